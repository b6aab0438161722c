"""A gateway that is not asked in vain: after some calls without an answer it counts as down, and a
payer is told so at once instead of waiting for another time-out.

One breaker is one process's own experience: nothing is shared, and nothing is stored.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from service.billing.errors import GatewayBusy, GatewayRefused, GatewayUnavailable
from service.billing.payment import GatewayCheckout
from service.billing.refund import GatewayDispute, GatewayRefund
from service.gateway import (
    CheckoutOrder,
    CheckoutPage,
    Gateway,
    GatewayNotice,
    GatewayPayment,
    NoticePage,
    PaymentSearch,
    RefundOrder,
)
from service.ports import (
    Clock,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")

FAILURES_IN_A_ROW = 5
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(seconds=60)


class CircuitBreaker:
    """A gateway, and whether it is worth asking.

    Closed, every call goes through. After five calls in a row without an answer it is open: for 10
    seconds, and twice as long after each probe that finds the gateway still silent, up to a minute,
    `open_checkout` fails at once. All other calls are probes then, one at a time: who comes while
    one runs learns from it. After the pause `open_checkout` may be the probe. Any answer closes it,
    also a refusal, and the word that it was asked too often.
    """

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self._gateway = gateway
        self._clock = clock
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._retry_at: datetime | None = None
        self._probe: asyncio.Future[bool] | None = None

    @property
    def name(self) -> str:
        return self._gateway.name

    @property
    def live_mode(self) -> bool:
        return self._gateway.live_mode

    @property
    def is_down(self) -> bool:
        if self._retry_at is None:
            return False
        return self._probe is not None or self._clock() < self._retry_at

    def takes(self, currency: str) -> bool:
        return self._gateway.takes(currency)

    async def open_checkout(self, order: CheckoutOrder) -> CheckoutPage:
        if self.is_down:
            raise self._refusal()
        return await self._ask(lambda: self._gateway.open_checkout(order))

    async def close_checkout(self, session_id: str) -> None:
        await self._ask(lambda: self._gateway.close_checkout(session_id))

    async def look_up(self, session_id: str) -> GatewayCheckout:
        return await self._ask(lambda: self._gateway.look_up(session_id))

    async def refund(self, order: RefundOrder) -> GatewayRefund:
        return await self._ask(lambda: self._gateway.refund(order))

    async def refunds_of(self, transaction: str) -> list[GatewayRefund]:
        return await self._ask(lambda: self._gateway.refunds_of(transaction))

    async def disputes_of(self, transaction: str) -> list[GatewayDispute]:
        return await self._ask(lambda: self._gateway.disputes_of(transaction))

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        return await self._ask(lambda: self._gateway.find_payments(search))

    async def find_session(
        self, payment_id: UUID, *, since: datetime, transaction: str | None = None
    ) -> str | None:
        return await self._ask(
            lambda: self._gateway.find_session(payment_id, since=since, transaction=transaction)
        )

    async def happened(
        self, cursor: str | None, *, since: datetime, undelivered: bool = False
    ) -> NoticePage:
        return await self._ask(
            lambda: self._gateway.happened(cursor, since=since, undelivered=undelivered)
        )

    def read_notice(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayNotice:
        return self._gateway.read_notice(body, headers, now=now)

    async def check(self) -> None:
        await self._ask(self._gateway.check)

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """The gateway's answer.

        Raises:
            GatewayUnavailable: none, or a probe that ran just then got none.
            GatewayRefused: a no, which is an answer too.
        """
        if self._retry_at is None:
            return await self._tried(call)
        if self._probe is None:
            return await self._probed(call)
        if not await asyncio.shield(self._probe):
            raise self._refusal()
        return await self._tried(call)

    async def _probed(self, call: Callable[[], Awaitable[T]]) -> T:
        probe = self._probe = asyncio.get_running_loop().create_future()
        try:
            return await self._tried(call, probing=True)
        finally:
            self._probe = None
            probe.set_result(self._retry_at is None)

    async def _tried(self, call: Callable[[], Awaitable[T]], *, probing: bool = False) -> T:
        try:
            answer = await call()
        except (GatewayRefused, GatewayBusy):
            self._answered()
            raise
        except GatewayUnavailable:
            self._failed(probing=probing)
            raise
        self._answered()
        return answer

    def _answered(self) -> None:
        if self._retry_at is not None:
            log.info("gateway_up", gateway=self.name)
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._retry_at = None

    def _failed(self, *, probing: bool) -> None:
        """Count a call without an answer. Of calls that began before it was open, and end now,
        nothing new is learnt."""
        if self._retry_at is not None:
            if probing:
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
                self._retry_at = self._clock() + self._pause
            return
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            self._retry_at = self._clock() + self._pause
            log.warning("gateway_down", gateway=self.name, failures=self._failures)

    def _refusal(self) -> GatewayUnavailable:
        if self._retry_at is None:
            return GatewayUnavailable(1)
        left = (self._retry_at - self._clock()).total_seconds()
        return GatewayUnavailable(max(math.ceil(left), 1))
