"""How often one account may have a gateway asked, or its contacts and details changed."""

from __future__ import annotations

import math
import time
from uuid import UUID

from graphql import GraphQLError
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"

# A person pays once a minute and a screen confirms every two seconds; a claim walks whole lists.
CHECKOUTS = parse("120/minute")
CLAIMS = parse("10/minute")
# A person who types in fifty contacts is no loop.
EDITS = parse("60/minute")


class Allowance:
    """Counts what an account's members do that asks a gateway, which would else refuse all payers'
    requests for one customer's loop, or that adds to the account's log for ever. The counts are
    this process's: a fleet of n processes allows n times as many."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def start_or_confirm(self, account_id: UUID) -> None:
        """Count a checkout that is started or confirmed.

        Raises:
            GraphQLError: TOO_MANY_REQUESTS; nothing was done.
        """
        await self._take(CHECKOUTS, "checkout", account_id)

    async def claim(self, account_id: UUID) -> None:
        """Count a claim. Raises like `start_or_confirm`."""
        await self._take(CLAIMS, "claim", account_id)

    async def edit(self, account_id: UUID) -> None:
        """Count a change of billing contacts or details. Raises like `start_or_confirm`."""
        await self._take(EDITS, "edit", account_id)

    async def _take(self, rate: RateLimitItem, what: str, account_id: UUID) -> None:
        if await self._limiter.hit(rate, what, str(account_id)):
            return
        window = await self._limiter.get_window_stats(rate, what, str(account_id))
        wait_s = max(1, math.ceil(window.reset_time - time.time()))
        raise GraphQLError(
            f"This was asked for too often. Try again in {wait_s} s.",
            extensions={"code": TOO_MANY_REQUESTS, "retryAfterSeconds": wait_s},
        )
