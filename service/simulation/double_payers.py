"""People who pay on a page and by bank, notice it, and have it put right by telephone."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from uuid import UUID

from service.billing.errors import BillingError
from service.billing.refund import RefundReason, RefundStatus
from service.simulation.banks import return_by_hand
from service.simulation.payers import Payer, submit
from service.simulation.staff import Clerk
from service.simulation.world import NoAnswer, World
from service.store import payments, refunds

_CHANCE = 0.15
_CALLS = 4
_PAUSES_S = (0.0, 0.0, 5.0, 60.0, 900.0)


def is_there_one(world: World) -> bool:
    """Whether a history has such people; its other people are the same with and without them."""
    return Random(f"double:{world.seed}").random() < _CHANCE  # noqa: S311 - it repeats itself


@dataclass(frozen=True, slots=True)
class DoublePayer:
    """One of them, and the clerk who takes the calls."""

    world: World
    account_id: UUID
    invoices: tuple[UUID, ...]

    async def live(self) -> None:
        """Pay twice, then call until it is put right."""
        try:
            page = await self._pay()
            for _ in range(_CALLS if page else 0):
                await self.world.sleep(self.world.rng.choice(_PAUSES_S), "calls")
                await self._put_right(page or "")
        except (NoAnswer, BillingError):
            return

    async def _pay(self) -> str | None:
        world = self.world
        payer = Payer(world, self.account_id, self.invoices)
        started = await payer.start(self.invoices, world.number("key"))
        if started.session_id is None:
            return None
        clerk = Clerk(world, self.account_id, self.invoices)
        if world.happens(0.5):
            await clerk.transfer()
            submit(world, started.session_id, "success")
        else:
            submit(world, started.session_id, "success")
            await clerk.transfer()
        return started.session_id

    async def _put_right(self, page: str) -> None:
        """Give some of it back in the gateway's dashboard, where the service is to by itself."""
        intent = self.world.sandbox.book.get("session", page)["payment_intent"]
        known = await payments.id_of_transaction("stripe", intent) if intent else None
        if known is None:
            return
        for refund in (await refunds.of_payments(self.account_id, [known]))[known]:
            waits = refund.status is RefundStatus.REQUESTED
            if waits and refund.reason is RefundReason.SURPLUS:
                units = refund.charged.minor_units
                part = self.world.rng.choice((units, units // 2 or 1, 1))
                return_by_hand(self.world, intent, part)
