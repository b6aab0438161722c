"""What the service needs from the world, as protocols in the service's own words.

Adapters implement them; only the composition root knows which. Every call may take time and fail:
none is made inside a database transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from service.billing.money import Money
from service.billing.payment import GatewayCheckout
from service.billing.rates import EuroRates
from service.billing.sheet import Party

Clock = Callable[[], datetime]
"""The time now, with an offset."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One position on the gateway's page."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """What we ask a gateway to collect. The same `payment_id` asks for the same page again."""

    payment_id: UUID
    items: tuple[OrderItem, ...]
    description: str
    payer_email: str
    locale: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """The gateway's page for one attempt."""

    session_id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class GatewayNotice:
    """A signed notice that something happened. It is a hint: the object is always looked up.

    `session_id` and `payment_id` name the attempt as far as the notice tells.
    """

    event_id: str
    kind: str
    live_mode: bool
    session_id: str | None
    payment_id: UUID | None


class Gateway(Protocol):
    """Collects payments on a page of its own."""

    @property
    def name(self) -> str: ...

    @property
    def live_mode(self) -> bool: ...

    async def open_checkout(self, order: CheckoutOrder) -> CheckoutPage:
        """Open a page; asked again for the same payment id, answer the same page.

        Raises:
            GatewayUnavailable: no answer; the page may exist.
            GatewayRefused: a definite no; there is no page.
        """

    async def close_checkout(self, session_id: str) -> None:
        """Close a page on which nothing was paid yet, so that nothing can be paid on it.

        Raises:
            GatewayUnavailable: no answer.
            GatewayRefused: it is not open any more; look it up.
        """

    async def look_up(self, session_id: str) -> GatewayCheckout:
        """What the gateway says of a checkout now.

        Raises:
            GatewayUnavailable: no answer.
            GatewayRefused: it does not know this checkout.
        """

    def read_notice(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayNotice:
        """Verify and read a notice.

        Raises:
            BadSignature: not signed with a known secret, or signed more than 300 s from now.
        """

    async def check(self) -> None:
        """Ask something harmless, to see that the gateway answers and knows our key.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """


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


class Links(Protocol):
    """Signed links to an invoice's page, for browsers and mails, which bring no token."""

    def sign(self, claim: LinkClaim, *, lifetime: timedelta) -> str:
        """A token for the link, good for `lifetime` from now."""

    def read(self, token: str) -> LinkClaim | None:
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
    """

    checkout_lifetime: timedelta = timedelta(minutes=60)
    rate_max_age: timedelta = timedelta(days=7)
    return_origins: tuple[str, ...] = ()
    view_link_lifetime: timedelta = timedelta(minutes=15)
    mail_link_lifetime: timedelta = timedelta(days=30)
    base_url: str = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the workflows may touch beside the database, in one value.

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
