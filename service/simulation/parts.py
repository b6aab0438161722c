"""What the service stands on in a simulated world, beside its store and its gateway adapter."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from uuid import UUID

from service.billing.rates import EuroRates
from service.billing.sheet import Address, Party
from service.ports import (
    CheckoutClaim,
    DocumentMissing,
    Hints,
    LinkClaim,
    Mail,
    ReceiptClaim,
    ReturnClaim,
    Seller,
)
from service.simulation.scheduler import Scheduler

SELLER = Seller(
    Party(
        "Simulated Seller Pvt. Ltd.",
        "billing@seller.example",
        Address(("1 Sample Road",), "Bengaluru", "Karnataka", "560095", "IN"),
        None,
    )
)
_RATES = {"USD": Decimal("1.1"), "INR": Decimal("93.4567"), "JPY": Decimal("163.21")}


class VirtualClock:
    """The world's clock. `skew` is how far our machines' clocks are off it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.skew = timedelta(0)

    def __call__(self) -> datetime:
        """The gateway's time: nobody doubts it."""
        return self.now

    def at(self, seconds: float) -> datetime:
        """The moment that the gateway calls so many seconds since 1970."""
        return datetime.fromtimestamp(seconds, self.now.tzinfo)

    def ours(self) -> datetime:
        """The time that our machines believe it is."""
        return self.now + self.skew


class SeededIds:
    """UUIDs of version 7's form, in the order of creation, the same in every run."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"ids:{seed}")  # noqa: S311 - it has to repeat itself
        self._count = 0

    def __call__(self) -> UUID:
        self._count += 1
        tail = self._rng.getrandbits(62)
        return UUID(int=self._count << 80 | 7 << 76 | 0b10 << 62 | tail)


@dataclass(slots=True)
class LocalBus:
    """A bus without a wire. Publishing has a place before and after it, where a crash may come."""

    scheduler: Scheduler
    clock: Callable[[], datetime]

    async def publish(self, account_id: UUID) -> None:
        await self.scheduler.give_way("to publish")
        await self.scheduler.give_way("published")

    @contextlib.asynccontextmanager
    async def listen(self, account_id: UUID) -> AsyncIterator[Hints]:
        yield _Patience(self.scheduler, self.clock)


@dataclass(slots=True)
class _Patience:
    """Hints may all be lost: who listens looks again after the time-out."""

    scheduler: Scheduler
    clock: Callable[[], datetime]

    async def wait(self, timeout_s: float) -> None:
        until = self.clock() + timedelta(seconds=timeout_s)
        await self.scheduler.give_way("waits for a hint", until=until)


class SteadyRates:
    """One table of rates for all days."""

    async def euro_rates(self, on: date) -> EuroRates | None:
        return EuroRates(on, "simulated rates", _RATES)


class PlainPrinter:
    """Paper without a browser: the same page gives the same bytes."""

    async def print_pdf(self, html: str) -> bytes:
        return b"%PDF-" + sha256(html.encode()).hexdigest().encode()


@dataclass(slots=True)
class Shelf:
    """Documents in memory."""

    kept: dict[str, bytes] = field(default_factory=dict)

    async def put(self, key: str, body: bytes) -> None:
        if self.kept.setdefault(key, body) != body:
            raise ValueError("other bytes are stored under this key")

    async def get(self, key: str) -> bytes:
        try:
            return self.kept[key]
        except KeyError:
            raise DocumentMissing from None


@dataclass(slots=True)
class Outbox:
    """Mails, kept instead of sent, by message id."""

    sent: dict[str, Mail] = field(default_factory=dict)

    async def send(self, mail: Mail) -> None:
        self.sent[mail.message_id] = mail


class NoLinks:
    """Nobody opens a link in a simulation."""

    def sign(self, claim: LinkClaim, *, lifetime: timedelta) -> str:
        return "link"

    def read(self, token: str) -> LinkClaim | None:
        return None

    def sign_receipt(self, claim: ReceiptClaim, *, lifetime: timedelta) -> str:
        return "receipt"

    def read_receipt(self, token: str) -> ReceiptClaim | None:
        return None

    def sign_checkout(self, claim: CheckoutClaim, *, until: datetime) -> str:
        return "checkout"

    def read_checkout(self, token: str) -> CheckoutClaim | None:
        return None

    def sign_return(self, claim: ReturnClaim, *, until: datetime) -> str:
        return f"return-{claim.payment_link_id}"

    def read_return(self, token: str) -> ReturnClaim | None:
        return None
