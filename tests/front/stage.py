"""Where examples are played: a shop of their own, served on a socket, and the list of examples."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from service.api.view import PaidupView
from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.billing.period import Month
from service.serving import bind, listening
from service.store.records import Invoice, Payment
from tests.api.debts import Debt
from tests.api.harness import Api, open_api, public
from tests.api.scene import WatchedBus
from tests.front.neutral import Neutral
from tests.support.paper import PlainPrinter
from tests.support.shop import ORIGIN, SEPTEMBER, Shop, open_shop

JSON = dict[str, Any]
SUCCESS_URL = f"{ORIGIN}/invoices?checkout={{CHECKOUT_SESSION_ID}}"
CANCEL_URL = f"{ORIGIN}/invoices"
KEY = "3e0f6f2a-5c1f-4a3e-9d0a-0b6a3f1c7d55"


@dataclass
class Stage:
    """A shop with its app, and everything that examples are made of."""

    api: Api
    bus: WatchedBus
    neutral: Neutral = field(default_factory=Neutral)
    url: str = ""

    @property
    def shop(self) -> Shop:
        return self.api.shop

    @property
    def view(self) -> PaidupView[Any]:
        """What answers at /graphql, whose bounds an example may narrow."""
        return next(route.endpoint for route in self.api.app.routes if route.path == "/graphql")  # type: ignore[attr-defined]

    async def account(self, **given: Any) -> UUID:
        """An account; the first one is called so in all examples."""
        account_id = await self.shop.account(**given)
        self.neutral.name(account_id, f"account {self.shop.count}", is_account=True)
        return account_id

    async def invoice(
        self, account_id: UUID, amount: str = "1249.00", month: Month = SEPTEMBER
    ) -> Invoice:
        """An invoice that was issued in the morning of the fourth after its month."""
        at = month.next()
        self.shop.clock.now = datetime(at.year, at.month, 4, 3, 30, tzinfo=UTC)
        invoice = await self.shop.invoice(account_id, amount, month=month)
        self.neutral.name(invoice.id, f"invoice of {month}")
        return invoice

    async def debt(self, amount: str = "1249.00", **given: Any) -> Debt:
        """An account that owes an invoice, a week after it was issued."""
        account_id = await self.account(**given)
        invoice = await self.invoice(account_id, amount)
        self.shop.clock.move(days=7)
        return Debt(self.api, account_id, invoice)

    def token(self, role: Role, account_id: UUID | None) -> str:
        """A token for an hour from now."""
        return self.api.caller(role, None if role in STAFF else account_id).token

    async def settle_all(self) -> None:
        """Print, mail and refund whatever waits for it."""
        await self.shop.drain()


@dataclass
class Ask:
    """What a client asks: the variables, and who asks for which account.

    For a subscription also what happens while somebody listens: steps, each with the number of
    events that it is told by. They are awaited before the next step, since what an event nests is
    as it stands then. A stream that `ends` does so by itself after them.
    """

    variables: JSON
    account_id: UUID | None = None
    steps: Sequence[tuple[Callable[[], Awaitable[object]], int]] = ()
    events: int = 0
    ends: bool = False


Play: TypeAlias = Callable[[Stage], Awaitable[Ask]]


@dataclass(frozen=True)
class Example:
    """An example: which operation, how the case is called, what is to be seen, and how it comes
    about. A `repeatable` one changes nothing: it is asked over each transport in turn."""

    operation: str
    case: str
    about: str
    role: Role
    repeatable: bool
    play: Play

    @property
    def name(self) -> str:
        return f"{self.operation}/{self.case}"


EXAMPLES: list[Example] = []


def example(
    operation: str,
    case: str,
    about: str,
    *,
    role: Role = Role.OWNER,
    repeatable: bool = True,
) -> Callable[[Play], Play]:
    """List a function as an example."""

    def listed(play: Play) -> Play:
        EXAMPLES.append(Example(operation, case, about, role, repeatable, play))
        return play

    return listed


@contextlib.asynccontextmanager
async def a_stage(database_url: str, folder: Path) -> AsyncIterator[Stage]:
    """A shop over an empty database."""
    async with open_shop(database_url, folder) as shop:
        bus = WatchedBus(shop.ports.bus)
        shop.with_ports(bus=bus, printer=PlainPrinter())
        api = open_api(shop, folder)
        async with api.http:
            yield Stage(api, bus)


@contextlib.asynccontextmanager
async def served(stage: Stage) -> AsyncIterator[Stage]:
    """The stage's app answers on a socket while the block is open."""
    bound = bind("127.0.0.1", 0)
    async with listening(stage.api.app, bound):
        stage.url = f"http://127.0.0.1:{bound.getsockname()[1]}/graphql"
        yield stage


def invoice_id(invoice: Invoice) -> str:
    return public(Kind.INVOICE, invoice.id)


def payment_id(payment: Payment) -> str:
    return public(Kind.PAYMENT, payment.id)


def checkout_id(payment: Payment) -> str:
    return public(Kind.CHECKOUT, payment.id)


def checkout_input(*invoices: Invoice, **changed: Any) -> JSON:
    """What StartCheckout is given."""
    given = {
        "idempotencyKey": KEY,
        "invoiceIds": [invoice_id(one) for one in invoices],
        "successUrl": SUCCESS_URL,
        "cancelUrl": CANCEL_URL,
    }
    return {"input": given | changed}


async def pay(stage: Stage, invoice: Invoice, outcome: str = "success") -> Payment:
    """Pay an invoice two days after its issue, and let the gateway's word be taken in."""
    stage.shop.clock.move(days=2)
    payment = (await stage.shop.start(invoice.account_id, invoice)).payment
    return await paid_by(stage, payment, outcome)


async def paid_by(stage: Stage, payment: Payment, outcome: str = "success") -> Payment:
    """Do the payer's part on the page of a checkout, and take in the gateway's word."""
    await stage.shop.pay(payment, outcome)
    return await stage.shop.settle(payment.account_id, payment.id)
