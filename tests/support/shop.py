"""A seller's shop for tests: real ports, and short ways to accounts, invoices and payments."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import stripe

from service import jobs
from service.adapters.ecb_rates import PackagedEcbRates
from service.adapters.folder_mailer import FolderMailer
from service.adapters.object_store import ObjectDocumentStore
from service.adapters.postgres_bus import PostgresBus
from service.adapters.signed_links import SignedLinks
from service.adapters.stripe_gateway import StripeGateway
from service.billing.events import Event
from service.billing.evidence import Fact, Source, Witness
from service.billing.invoice import InvoiceKind
from service.billing.people import Plan
from service.billing.period import Month
from service.billing.sheet import Address, Party
from service.billing.tax import TaxRate
from service.ports import Clock, Policy, Ports, Seller
from service.sandbox import Sandbox, SandboxSettings
from service.store import charges, events, evidence, invoices, payments
from service.store.charges import NewCharge
from service.store.database import new_id
from service.store.records import Invoice, Payment
from service.workflows import capture, checkout
from service.workflows.accounts import NewAccount, open_account
from service.workflows.checkout import CheckoutRequest, Started
from service.workflows.issuing import issue_usage

API_KEY = "sk_test_paiduptests"
WEBHOOK_SECRET = "whsec_paiduptests"
SANDBOX_URL = "http://sandbox.test"
ORIGIN = "https://app.example.com"
SUCCESS_URL = f"{ORIGIN}/paid?checkout={{CHECKOUT_SESSION_ID}}"
CANCEL_URL = f"{ORIGIN}/invoices"
START = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
TODAY = START.date()
SEPTEMBER = Month(2026, 9)

# The rates' file is read once for all tests: that takes a third of a second.
RATES = PackagedEcbRates()
# And so are certificates, for a fiftieth of one.
CERTIFICATES = ssl.create_default_context()

SELLER = Seller(
    party=Party(
        "Paidup Tests Pvt. Ltd.",
        "billing@seller.example",
        Address(("80 Feet Road",), "Bengaluru", "Karnataka", "560095", "IN"),
        "29AAGCP1234M1Z5",
    ),
    mail_from="billing@seller.example",
)


class SettableClock:
    """Stands still until it is told to move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class PrinterNotNeeded:
    """These tests print nothing: printing has tests of its own, on a real browser."""

    async def print_pdf(self, html: str) -> bytes:
        raise AssertionError("nothing is printed here")


class InProcessStripe(stripe.HTTPXClient):
    """The SDK's own client, carried to the sandbox without a socket."""

    def __init__(self, app: object) -> None:
        # Nothing is encrypted on the way there.
        super().__init__(timeout=5, verify_ssl_certs=False)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # any ASGI app
        self._client_async = httpx.AsyncClient(transport=transport)

    def _sleep_time_seconds(self, num_retries: int) -> float:
        """The SDK's pauses before its own retries, made short."""
        return 0.01


def unseen(payment: Payment) -> Payment:
    """A payment without when it was looked up last: what is left is what counts."""
    return replace(payment, checked_at=None, asked_at=None, seen_state=None)


@dataclass
class Shop:
    """Ports over real parts; `clock` is also the sandbox's."""

    url: str
    ports: Ports
    clock: SettableClock
    sandbox: Sandbox
    http: httpx.AsyncClient
    count: int = field(default=0)

    @property
    def today(self) -> date:
        """The day, where all accounts are that say nothing else."""
        return self.clock().date()

    async def account(
        self,
        *,
        plan: Plan = Plan.PAID,
        currency: str = "USD",
        charge_currency: str = "INR",
        tax_rate: TaxRate | None = None,
        name: str = "Northwind Robotics, Inc.",
        time_zone: str = "UTC",
    ) -> UUID:
        self.count += 1
        return await open_account(
            self.ports,
            NewAccount(
                reference=f"account-{self.count}",
                name=name,
                email=f"accounts{self.count}@northwind.example",
                plan=plan,
                currency=currency,
                charge_currency=charge_currency,
                time_zone=time_zone,
                tax_rate=tax_rate,
            ),
        )

    async def charge(
        self,
        account_id: UUID,
        unit_price: str = "100.00",
        *,
        month: Month = SEPTEMBER,
        currency: str = "USD",
        kind: InvoiceKind = InvoiceKind.USAGE,
        quantity: str = "1",
    ) -> None:
        self.count += 1
        new = NewCharge(
            account_id=account_id,
            reference=f"charge-{self.count}",
            kind=kind,
            occurred_at=datetime(month.year, month.month, 15, 12, tzinfo=UTC),
            description="API calls",
            quantity=Decimal(quantity),
            unit_price=Decimal(unit_price),
            currency=currency,
        )
        await charges.record([new], at=self.clock())

    async def invoice(
        self,
        account_id: UUID,
        amount: str = "100.00",
        *,
        month: Month = SEPTEMBER,
        currency: str = "USD",
    ) -> Invoice:
        """An issued usage invoice over one charge."""
        await self.charge(account_id, amount, month=month, currency=currency)
        invoice_id = await issue_usage(self.ports, account_id, month)
        assert invoice_id is not None
        return await invoices.find(account_id, invoice_id)

    async def start(self, account_id: UUID, *wanted: Invoice, key: str | None = None) -> Started:
        request = CheckoutRequest(
            invoice_ids=tuple(invoice.id for invoice in wanted),
            idempotency_key=key or str(new_id()),
            success_url=SUCCESS_URL,
            cancel_url=CANCEL_URL,
            payer_email="payer@northwind.example",
        )
        return await checkout.start(self.ports, account_id, request)

    async def pay(self, payment: Payment, outcome: str = "success") -> None:
        """Do what a payer does on the gateway's page, with a card or debit that ends so."""
        assert payment.session_id is not None
        await self.pay_session(payment.session_id, outcome)

    async def pay_session(self, session_id: str, outcome: str = "success") -> None:
        path = f"/_sandbox/sessions/{session_id}/pay"
        (await self.http.post(path, json={"outcome": outcome})).raise_for_status()

    async def settle(
        self, account_id: UUID, payment_id: UUID, *, thorough: bool = False
    ) -> Payment:
        return await capture.settle(
            self.ports, account_id, payment_id, Witness(Source.POLL), thorough=thorough
        )

    async def payment(self, account_id: UUID, payment_id: UUID) -> Payment:
        return await payments.find(account_id, payment_id)

    async def told_of(self, payment: Payment) -> list[tuple[Fact, str | None]]:
        """What was seen of a payment, with what the gateway, or somebody, said about it."""
        key = (payment.account_id, payment.id)
        return [(one.fact, one.note) for one in (await evidence.of_payments([key]))[key]]

    async def live(self, invoice: Invoice) -> Payment:
        """The live attempt of an invoice."""
        found = await payments.live_for(invoice.account_id, [invoice.id])
        assert found is not None
        return found

    async def happened(self, account_id: UUID) -> list[Event]:
        """The account's events, oldest first."""
        return [logged.event for logged in await events.after(account_id, 0, limit=1000)]

    def at_gateway(self, payment: Payment) -> dict[str, Any]:
        """The gateway's own session of an attempt."""
        assert payment.session_id is not None
        return self.sandbox.book.get("session", payment.session_id)

    def gateway_with_key(self, key: str) -> StripeGateway:
        """The same gateway, asked with another key than its own."""
        client = InProcessStripe(self.sandbox.app)
        return StripeGateway(key, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)

    def with_ports(self, **changed: Any) -> Ports:
        """The ports with some of them exchanged, from now on."""
        self.ports = replace(self.ports, **changed)
        return self.ports

    async def drain(self) -> None:
        """Run the jobs that wait now."""
        await jobs.drain(self.url, self.ports)


@contextlib.asynccontextmanager
async def open_shop(
    url: str,
    folder: Path,
    *,
    start: datetime = START,
    dressed: Callable[[Clock], Clock] = lambda clock: clock,
) -> AsyncIterator[Shop]:
    """Everything over real parts. `dressed` puts another clock over the settable one."""
    home = SettableClock(start)
    clock = dressed(home)
    await RATES.euro_rates(start.date())
    sandbox = Sandbox(
        SandboxSettings(
            api_key=API_KEY,
            base_url=SANDBOX_URL,
            clock=clock,
            webhook_transport=httpx.AsyncHTTPTransport(verify=CERTIFICATES),
        )
    )
    transport = httpx.ASGITransport(app=sandbox.app)
    async with (
        PostgresBus(url) as bus,
        httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL) as http,
    ):
        ports = Ports(
            gateway=StripeGateway(
                API_KEY,
                (WEBHOOK_SECRET,),
                api_base=SANDBOX_URL,
                http_client=InProcessStripe(sandbox.app),
            ),
            bus=bus,
            printer=PrinterNotNeeded(),
            documents=ObjectDocumentStore.at(str(folder / "documents")),
            mailer=FolderMailer(folder / "mail", clock=clock),
            rates=RATES,
            links=SignedLinks("a secret of at least thirty-two letters", clock),
            clock=clock,
            seller=SELLER,
            policy=Policy(
                # The packaged rates end on START's day, and some tests look at months after it.
                rate_max_age=timedelta(days=60),
                return_origins=(ORIGIN,),
                base_url="https://pay.example.com",
            ),
        )
        yield Shop(url, ports, home, sandbox, http)
