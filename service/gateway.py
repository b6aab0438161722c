"""What the service asks of a payment gateway, in the service's own words; see `service.ports`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from service.billing.money import Money
from service.billing.payment import GatewayCheckout
from service.billing.refund import GatewayDispute, GatewayRefund


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
    """The gateway's page for one attempt. With `form` the browser has to POST these fields to
    `url`, as some gateways want it; without, to open `url` is enough."""

    session_id: str
    url: str
    expires_at: datetime
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatewayNotice:
    """A signed notice that something happened. It is a hint: the object is always looked up.

    `session_id`, `payment_id` and `transaction` name the attempt as far as the notice tells.
    """

    event_id: str
    kind: str
    live_mode: bool
    session_id: str | None
    payment_id: UUID | None
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What we ask a gateway to give back. The same `refund_id` and `key_number` ask for the same
    refund again."""

    refund_id: UUID
    payment_id: UUID
    transaction: str
    amount: Money
    key_number: int = 0


#: So many payments a search finds at most.
FOUND_MAX = 200


@dataclass(frozen=True, slots=True)
class PaymentSearch:
    """Payments that a gateway took in a span of time. Where amounts or payers are named, those by
    one of the payers, their addresses in any case of letters, those made for one of some attempts
    of ours, and those of one of the amounts that were made for no attempt: of a common amount other
    attempts are many.
    """

    since: datetime
    until: datetime
    amounts: frozenset[Money] = frozenset()
    payer_emails: frozenset[str] = frozenset()
    payment_ids: frozenset[UUID] = frozenset()

    @property
    def is_narrow(self) -> bool:
        """Whether amounts, payers or attempts are named."""
        return bool(self.amounts or self.payer_emails or self.payment_ids)

    def fits(self, payment: GatewayPayment) -> bool:
        """Whether a payment in the span is one of those that are looked for."""
        if not self.is_narrow:
            return True
        if payment.payment_id in self.payment_ids:
            return True
        if payment.amount in self.amounts and payment.payment_id is None:
            return True
        wanted = {email.casefold() for email in self.payer_emails}
        return payment.payer_email is not None and payment.payer_email.casefold() in wanted


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """A payment that a gateway took, as its own lists tell. `payment_id` is the attempt that it
    was made for, where it was one of ours. `given_back` says that all of it went back, or that
    the payer's bank disputes it: a dispute that the seller has won is over. `refunded` is what
    refunds have taken from it so far, as far as the list tells."""

    transaction: str
    amount: Money
    live_mode: bool
    captured_at: datetime
    payer_email: str | None
    payment_id: UUID | None
    given_back: bool = False
    refunded: Money | None = None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A stretch of the gateway's own list of what happened, oldest first. `cursor` is where it
    ends: hand it back for what comes next, also in another run, once this was stored."""

    notices: tuple[GatewayNotice, ...]
    cursor: str | None
    has_more: bool


class Gateway(Protocol):
    """Collects payments on a page of its own."""

    @property
    def name(self) -> str: ...

    @property
    def live_mode(self) -> bool: ...

    @property
    def is_down(self) -> bool:
        """Whether it lately answered so badly that asking it is not worth a payer's time."""

    def takes(self, currency: str) -> bool:
        """Whether it can charge in a currency."""

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

    async def refund(self, order: RefundOrder) -> GatewayRefund:
        """Give money back; asked again for the same refund id, answer the same refund.

        Raises:
            GatewayUnavailable: no answer; the refund may exist.
            GatewayRefused: a definite no; there is no refund.
        """

    async def refunds_of(self, transaction: str) -> list[GatewayRefund]:
        """All refunds of a payment, also those made past this service.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """

    async def disputes_of(self, transaction: str) -> list[GatewayDispute]:
        """All disputes of a payment.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        """Payments that were captured, newest first, at most `FOUND_MAX`: fewer are all that there
        are. Where a gateway has many of that time it takes long.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """

    async def find_session(
        self, payment_id: UUID, *, since: datetime, transaction: str | None = None
    ) -> str | None:
        """The page that was made for an attempt since then, if there is one: for an attempt whose
        page we may have lost when its idempotency key is forgotten. Of several it is the one that
        `transaction` was paid on.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """

    async def happened(
        self, cursor: str | None, *, since: datetime, undelivered: bool = False
    ) -> NoticePage:
        """Read a stretch of the gateway's own list of what happened: after a cursor, or without one
        from a moment on, which may be told from its end; only what could not be delivered to us,
        if so wanted. All that there is was told once a stretch has no more. Of a gateway that keeps
        no such list it is empty.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """

    def read_notice(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayNotice:
        """Verify and read a notice, or the signed fields that a payer's browser brings back.

        Raises:
            BadSignature: not signed with a known secret; or, where the time is signed too, more
                than 300 s from now.
        """

    async def check(self) -> None:
        """Ask something harmless, to see that the gateway answers and knows our key.

        Raises:
            GatewayUnavailable, GatewayRefused.
        """
