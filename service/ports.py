"""What the service needs from the world, as protocols in the service's own words.

Adapters implement them; only the composition root knows which. Every call may take time and fail:
none is made inside a database transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from service.billing.errors import GatewayRefused
from service.billing.rates import EuroRates
from service.billing.sheet import Party
from service.gateway import Gateway

Clock = Callable[[], datetime]
"""The time now, with an offset."""


class Hints(Protocol):
    """A listener's mailbox that remembers one thing: that something may have changed."""

    async def wait(self, timeout_s: float) -> None:
        """Return when a hint has come since the last return, or after the time-out."""


class Bus(Protocol):
    """Carries hints "something of this account changed" between processes.

    A lost, doubled or reordered hint does no harm: listeners re-read the event log.
    """

    async def publish(self, account_id: UUID) -> None: ...

    def listen(self, account_id: UUID) -> AbstractAsyncContextManager[Hints]:
        """Listening has begun when the body of `async with` runs."""


class PrinterUnavailable(Exception):
    """The page could not be printed; trying again may help."""


class Printer(Protocol):
    """Turns a complete HTML page into a PDF. Nothing on the page is loaded or run."""

    async def print_pdf(self, html: str) -> bytes:
        """Print one page.

        Raises:
            PrinterUnavailable: no browser, a crash, or the deadline passed.
        """


class DocumentMissing(Exception):
    """No document is stored under this key."""


class DocumentStore(Protocol):
    """Keeps bytes that are written once."""

    async def put(self, key: str, body: bytes) -> None:
        """Store bytes; storing the same bytes again is a no-op.

        Raises:
            ValueError: other bytes are stored under this key.
        """

    async def get(self, key: str) -> bytes:
        """Raises DocumentMissing when nothing is stored under the key."""


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient. The same `message_id` is the same mail sent again."""

    message_id: str
    sender: str
    recipient_name: str
    recipient_email: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


class MailRefused(Exception):
    """The recipient's server said no for good (SMTP 5xx); trying again does not help."""


class MailUnavailable(Exception):
    """The mail could not be handed over now; trying again may help."""


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand a mail over.

        Raises:
            MailRefused, MailUnavailable.
        """


class RatesUnavailable(Exception):
    """No rates could be had: no answer, or one that is no table of rates. The text says why, and
    is for the seller."""


class RateSource(Protocol):
    """Publishes the euro's reference rates."""

    async def euro_rates(self, on: date) -> EuroRates | None:
        """The newest rates published on or before a day; None when there are none.

        Raises:
            RatesUnavailable: the source does not answer, or not with rates.
        """


@dataclass(frozen=True, slots=True)
class LinkClaim:
    """What a signed link opens: one invoice of one account, to look at and download."""

    account_id: UUID
    invoice_id: UUID


@dataclass(frozen=True, slots=True)
class ReceiptClaim:
    """What the link to a receipt opens: that of one payment of one account, to download."""

    account_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class CheckoutClaim:
    """What a signed link opens: the way to the gateway's page of one attempt."""

    account_id: UUID
    payment_id: UUID


@dataclass(frozen=True, slots=True)
class ReturnClaim:
    """What the link opens that a guest comes back by: how the payment of one payment link went."""

    account_id: UUID
    payment_link_id: UUID


class Links(Protocol):
    """Signed links to invoices and receipts, for browsers and mails, which bring no token; those
    that lead a payer to a gateway; and those that guests come back by. Each is good for its own
    kind only."""

    def sign(self, claim: LinkClaim, *, lifetime: timedelta) -> str:
        """A token for the link, good for `lifetime` from now."""

    def read(self, token: str) -> LinkClaim | None:
        """What a token opens; None when it is forged, damaged or expired."""

    def sign_receipt(self, claim: ReceiptClaim, *, lifetime: timedelta) -> str:
        """A token for a receipt's link, good for `lifetime` from now."""

    def read_receipt(self, token: str) -> ReceiptClaim | None:
        """What a token opens; None when it is forged, damaged or expired."""

    def sign_checkout(self, claim: CheckoutClaim, *, until: datetime) -> str:
        """A token to go to the gateway by. The same claim and end give the same token."""

    def read_checkout(self, token: str) -> CheckoutClaim | None:
        """What a token opens; None when it is forged, damaged or expired."""

    def sign_return(self, claim: ReturnClaim, *, until: datetime) -> str:
        """A token to come back by. The same claim and end give the same token."""

    def read_return(self, token: str) -> ReturnClaim | None:
        """What a token opens; None when it is forged, damaged or expired."""


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells: what stands on invoices, and the calendar of invoice numbers.

    `financial_year_start_month` is 4 for April. `number_prefix` is at most four characters long.
    """

    party: Party
    time_zone: str = "Asia/Kolkata"
    financial_year_start_month: int = 4
    number_prefix: str = "INV"
    payment_terms_days: int = 15
    mail_from: str = "billing@localhost"


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits that a seller may choose.

    `checkout_lifetime` is how long a quote and its page hold: gateways allow 30 minutes to a day.
    `answer_deadline` is how long a payer who has paid may wait for a status; then a support case is
    opened. `slow_method_deadline` is the same for methods that take days, such as bank debits.
    `pdf_patience` is how long the mails of an invoice wait for its PDF before they go without it.
    """

    checkout_lifetime: timedelta = timedelta(minutes=60)
    rate_max_age: timedelta = timedelta(days=7)
    return_origins: tuple[str, ...] = ()
    view_link_lifetime: timedelta = timedelta(minutes=15)
    mail_link_lifetime: timedelta = timedelta(days=30)
    payment_link_lifetime: timedelta = timedelta(days=7)
    answer_deadline: timedelta = timedelta(minutes=5)
    slow_method_deadline: timedelta = timedelta(days=14)
    pdf_patience: timedelta = timedelta(hours=6)
    base_url: str = "http://127.0.0.1:8000"

    @property
    def all_return_origins(self) -> tuple[str, ...]:
        """Where payers may be sent back to: the seller's origins, and this service's own pages."""
        parts = urlsplit(self.base_url)
        return (*self.return_origins, f"{parts.scheme}://{parts.netloc}")


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the workflows may touch beside the database, in one value.

    Attempts start at `gateway`, or at the first of `standby_gateways` that can do it while that
    one is down.

    `rates` are at hand, never unavailable, and may be old. `daily_rates` come over the network, for
    jobs alone; None is a service that does without.
    """

    gateway: Gateway
    bus: Bus
    printer: Printer
    documents: DocumentStore
    mailer: Mailer
    rates: RateSource
    links: Links
    clock: Clock
    seller: Seller
    policy: Policy = field(default_factory=Policy)
    daily_rates: RateSource | None = None
    standby_gateways: tuple[Gateway, ...] = ()

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        """All of them, the preferred one first."""
        return (self.gateway, *self.standby_gateways)

    def gateway_named(self, name: str) -> Gateway:
        """The gateway that an attempt was made at.

        Raises:
            GatewayRefused: it is not configured any more.
        """
        for gateway in self.gateways:
            if gateway.name == name:
                return gateway
        raise GatewayRefused("gateway_not_configured")

    def gateway_for(self, currency: str) -> Gateway:
        """Where to start a new attempt: the first one that is up and can charge the currency, else
        the first that can, else the preferred one."""
        able = [gateway for gateway in self.gateways if gateway.takes(currency)]
        up = [gateway for gateway in able if not gateway.is_down]
        return (up or able or [self.gateway])[0]

    def alternative_to(self, name: str, currency: str) -> Gateway | None:
        """Another gateway that is up and can charge the currency."""
        for gateway in self.gateways:
            if gateway.name != name and gateway.takes(currency) and not gateway.is_down:
                return gateway
        return None
