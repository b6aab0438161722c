"""Events: facts about an account's billing, as subscribers and readers of the log see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from service.api import cursors
from service.api.fields import resolved
from service.api.reads import Reads
from service.api.scalars import EventCursor
from service.api.types.accounts import Account, BillingContact
from service.api.types.cases import SupportCase
from service.api.types.documents import Delivery
from service.api.types.invoices import Invoice
from service.api.types.links import PaymentLink
from service.api.types.payments import Payment, invoice_of, payment_of
from service.api.types.refunds import Dispute, Refund
from service.billing import events
from service.billing.events import DeliveryState, DocumentState
from service.billing.ids import Kind, encode
from service.billing.invoice import DisplayStatus, InvoiceStatus
from service.billing.payment import PaymentStatus
from service.billing.refund import DisputeStatus, RefundStatus
from service.billing.support import CaseStatus
from service.store import records


@strawberry.interface(
    description="Something that happened. Events come in the order of the account's log, each "
    "once; what they nest is as it stands now, which may be newer than the event. `status` and "
    "`state` have another type on each: give them aliases when you select several."
)
class BillingEvent:
    cursor: EventCursor = strawberry.field(
        description="Its place in the account's log. Hand the last one back as `after` to go on."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    account_id: strawberry.Private[UUID]
    reads: strawberry.Private[Reads]


@strawberry.type(description="An invoice was issued.")
class InvoiceIssued(BillingEvent):
    invoice_id: strawberry.Private[UUID]

    @resolved
    async def invoice(self) -> Invoice:
        """The invoice, as it stands now."""
        return await invoice_of(self.account_id, self.invoice_id, self.reads)


@strawberry.type(description="The status of an invoice changed, or what a screen shows of it.")
class InvoiceStatusChanged(BillingEvent):
    status: InvoiceStatus = strawberry.field(description="Its status after the change.")
    display_status: DisplayStatus = strawberry.field(
        description="What a screen showed after the change."
    )
    invoice_id: strawberry.Private[UUID]

    @resolved
    async def invoice(self) -> Invoice:
        """The invoice, as it stands now."""
        return await invoice_of(self.account_id, self.invoice_id, self.reads)


@strawberry.type(
    description="The status of a payment changed, or the reason why its last try was declined."
)
class PaymentStatusChanged(BillingEvent):
    status: PaymentStatus = strawberry.field(description="Its status after the change.")
    failure_code: str | None = strawberry.field(
        description="The gateway's code of the last decline; null when there is none."
    )
    payment_id: strawberry.Private[UUID]

    @resolved
    async def payment(self) -> Payment:
        """The payment, as it stands now."""
        return await payment_of(self.account_id, self.payment_id, self.reads)


@strawberry.type(description="The PDF of an invoice came to another state.")
class DocumentStateChanged(BillingEvent):
    state: DocumentState = strawberry.field(description="Its state after the change.")
    invoice_id: strawberry.Private[UUID]

    @resolved
    async def invoice(self) -> Invoice:
        """The invoice, as it stands now."""
        return await invoice_of(self.account_id, self.invoice_id, self.reads)


@strawberry.type(description="The receipt of a payment came to another state.")
class ReceiptStateChanged(BillingEvent):
    state: DocumentState = strawberry.field(description="Its state after the change.")
    payment_id: strawberry.Private[UUID]

    @resolved
    async def payment(self) -> Payment:
        """The payment, as it stands now."""
        row = await self.reads.payments.load((self.account_id, self.payment_id))
        if row is None:
            raise LookupError(f"payment {self.payment_id}")
        return Payment.of(row, self.reads)


@strawberry.type(description="A mail about an invoice came to another state.")
class DeliveryStateChanged(BillingEvent):
    state: DeliveryState = strawberry.field(description="Its state after the change.")
    invoice_id: strawberry.Private[UUID]
    delivery_id: strawberry.Private[UUID]

    @resolved
    async def invoice(self) -> Invoice:
        """The invoice that the mail brings, as it stands now."""
        return await invoice_of(self.account_id, self.invoice_id, self.reads)

    @resolved
    async def delivery(self) -> Delivery:
        """The mail, as it stands now."""
        row = await self.reads.delivery.load((self.account_id, self.delivery_id))
        if row is None:
            raise LookupError(f"delivery {self.delivery_id}")
        return Delivery.of(row)


@strawberry.type(description="A refund was decided, or came to another status.")
class RefundStatusChanged(BillingEvent):
    status: RefundStatus = strawberry.field(description="Its status after the change.")
    payment_id: strawberry.Private[UUID]
    refund_id: strawberry.Private[UUID]

    @resolved
    async def payment(self) -> Payment:
        """The payment that is given back, as it stands now."""
        return await payment_of(self.account_id, self.payment_id, self.reads)

    @resolved
    async def refund(self) -> Refund:
        """The refund, as it stands now."""
        made = await self.reads.refunds.load((self.account_id, self.payment_id))
        return Refund.of(next(one for one in made if one.id == self.refund_id), self.reads)


@strawberry.type(description="The payer's bank disputed a payment, or decided.")
class DisputeStatusChanged(BillingEvent):
    status: DisputeStatus = strawberry.field(description="Its status after the change.")
    payment_id: strawberry.Private[UUID]
    dispute_id: strawberry.Private[UUID]

    @resolved
    async def payment(self) -> Payment:
        """The payment that is disputed, as it stands now."""
        return await payment_of(self.account_id, self.payment_id, self.reads)

    @resolved
    async def dispute(self) -> Dispute:
        """The dispute, as it stands now."""
        made = await self.reads.disputes.load((self.account_id, self.payment_id))
        return Dispute.of(next(one for one in made if one.id == self.dispute_id))


@strawberry.type(
    description="The gateway told what it pays out for a payment. Customers get it too, so that "
    "their log has no gaps, and see no `settlement`."
)
class PaymentSettlementRecorded(BillingEvent):
    payment_id: strawberry.Private[UUID]

    @resolved
    async def payment(self) -> Payment:
        """The payment, as it stands now."""
        return await payment_of(self.account_id, self.payment_id, self.reads)


@strawberry.type(description="A support case was opened or closed.")
class SupportCaseChanged(BillingEvent):
    status: CaseStatus = strawberry.field(description="Its status after the change.")
    case_id: strawberry.Private[UUID]

    @resolved
    async def support_case(self) -> SupportCase:
        """The support case, as it stands now."""
        row = await self.reads.cases.load((self.account_id, self.case_id))
        if row is None:
            raise LookupError(f"support case {self.case_id}")
        return SupportCase.of(row, self.reads)


@strawberry.type(description="A payment link was made, used or revoked.")
class PaymentLinkChanged(BillingEvent):
    invoice_id: strawberry.Private[UUID]
    link_id: strawberry.Private[UUID]

    @resolved
    async def invoice(self) -> Invoice:
        """The invoice that it pays, as it stands now."""
        return await invoice_of(self.account_id, self.invoice_id, self.reads)

    @resolved
    async def payment_link(self) -> PaymentLink:
        """The payment link, as it stands now."""
        row = await self.reads.links.load((self.account_id, self.link_id))
        if row is None:
            raise LookupError(f"payment link {self.link_id}")
        return PaymentLink.of(row, self.reads)


async def _account_of(account_id: UUID, reads: Reads) -> Account:
    row = await reads.account(account_id)
    if row is None:
        raise LookupError(f"account {account_id}")
    return Account.of(row, reads)


@strawberry.type(description="What is printed on the account's next invoices was changed.")
class BillingDetailsChanged(BillingEvent):
    version: int = strawberry.field(description="The account's version since the change.")

    @resolved
    async def account(self) -> Account:
        """The account, as it stands now."""
        return await _account_of(self.account_id, self.reads)


@strawberry.type(
    description="A billing contact was added, changed or removed, or mail to it came back."
)
class BillingContactChanged(BillingEvent):
    billing_contact_id: strawberry.ID = strawberry.field(description="The contact's id.")
    contact_id: strawberry.Private[UUID]

    @resolved
    async def billing_contact(self) -> BillingContact | None:
        """The contact, as it stands now; null once it is removed."""
        listed = await self.reads.contacts.load(self.account_id)
        return next((BillingContact.of(row) for row in listed if row.id == self.contact_id), None)

    @resolved
    async def account(self) -> Account:
        """The account that has or had it, as it stands now."""
        return await _account_of(self.account_id, self.reads)


EVENT_TYPES = (
    InvoiceIssued,
    InvoiceStatusChanged,
    PaymentStatusChanged,
    DocumentStateChanged,
    ReceiptStateChanged,
    DeliveryStateChanged,
    RefundStatusChanged,
    DisputeStatusChanged,
    PaymentSettlementRecorded,
    SupportCaseChanged,
    PaymentLinkChanged,
    BillingDetailsChanged,
    BillingContactChanged,
)


@strawberry.type(description="A page of an account's event log, oldest first.")
class BillingEventPage:
    events: list[BillingEvent] = strawberry.field(description="The events, oldest first.")
    end_cursor: EventCursor = strawberry.field(
        description="Where the page ends: hand it back as `after` for what comes next, now or "
        "later. On an empty page it is where you were."
    )
    has_more: bool = strawberry.field(description="Whether there are more events already.")


def event_of(logged: records.LoggedEvent, reads: Reads) -> BillingEvent:
    """An event of the log as one of the schema."""
    cursor = cursors.of_event(logged.account_id, logged.seq)
    common: dict[str, Any] = {
        "cursor": cursor,
        "occurred_at": logged.occurred_at,
        "account_id": logged.account_id,
        "reads": reads,
    }
    fact = logged.event
    match fact:
        case events.InvoiceIssued():
            return InvoiceIssued(invoice_id=fact.invoice_id, **common)
        case events.InvoiceStatusChanged():
            return InvoiceStatusChanged(
                invoice_id=fact.invoice_id,
                status=fact.status,
                display_status=fact.display_status,
                **common,
            )
        case events.PaymentStatusChanged():
            return PaymentStatusChanged(
                payment_id=fact.payment_id,
                status=fact.status,
                failure_code=fact.failure_code,
                **common,
            )
        case events.DocumentStateChanged():
            return DocumentStateChanged(invoice_id=fact.invoice_id, state=fact.state, **common)
        case events.ReceiptStateChanged():
            return ReceiptStateChanged(payment_id=fact.payment_id, state=fact.state, **common)
        case events.DeliveryStateChanged():
            return DeliveryStateChanged(
                invoice_id=fact.invoice_id,
                delivery_id=fact.delivery_id,
                state=fact.state,
                **common,
            )
        case events.BillingDetailsChanged():
            return BillingDetailsChanged(version=fact.version, **common)
        case events.BillingContactChanged():
            contact_id = strawberry.ID(encode(Kind.CONTACT, fact.contact_id))
            return BillingContactChanged(
                billing_contact_id=contact_id, contact_id=fact.contact_id, **common
            )
        case _:
            return _money_event_of(fact, common)


def _money_event_of(
    fact: events.RefundStatusChanged
    | events.DisputeStatusChanged
    | events.SettlementRecorded
    | events.SupportCaseChanged
    | events.PaymentLinkChanged,
    common: dict[str, Any],
) -> BillingEvent:
    match fact:
        case events.RefundStatusChanged():
            return RefundStatusChanged(
                payment_id=fact.payment_id, refund_id=fact.refund_id, status=fact.status, **common
            )
        case events.DisputeStatusChanged():
            return DisputeStatusChanged(
                payment_id=fact.payment_id, dispute_id=fact.dispute_id, status=fact.status, **common
            )
        case events.SettlementRecorded():
            return PaymentSettlementRecorded(payment_id=fact.payment_id, **common)
        case events.SupportCaseChanged():
            return SupportCaseChanged(case_id=fact.case_id, status=fact.status, **common)
        case events.PaymentLinkChanged():
            return PaymentLinkChanged(invoice_id=fact.invoice_id, link_id=fact.link_id, **common)
