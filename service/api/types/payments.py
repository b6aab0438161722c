"""Attempts to pay."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from service.api import cursors
from service.api.fields import resolved
from service.api.pages import PageInfo, Slice
from service.api.reads import Reads
from service.api.types.documents import PaymentReceipt
from service.api.types.evidence import StatusEvidence
from service.api.types.invoices import Invoice
from service.api.types.money import Money, Quote
from service.api.types.node import Node
from service.api.types.refunds import (
    Dispute,
    PaymentSettlement,
    Refund,
    refunded_minor,
    slippage,
)
from service.billing.ids import Kind, encode
from service.billing.payment import NextAction, PaymentStatus, next_action
from service.store import records
from service.store.payment_pages import InvoicePayments, PaymentList, PaymentPage


@strawberry.type(description="What was paid with, as far as it may be shown.")
class PaymentMethod:
    kind: str = strawberry.field(description="The gateway's name of the method: `card`.")
    brand: str | None = strawberry.field(
        description="The card's brand, such as `visa`; null for other methods."
    )
    last4: str | None = strawberry.field(
        description="The last four digits; null where the gateway names none."
    )


@strawberry.type(description="Why the last try of a payment did not go through.")
class PaymentFailure:
    code: str = strawberry.field(description="The gateway's code, such as `insufficient_funds`.")
    message: str = strawberry.field(description="A sentence for the payer, in English.")
    next_action: NextAction = strawberry.field(description="What helps.")


@strawberry.type(description="The part of a payment that settles one invoice.")
class PaymentAllocation:
    amount: Money = strawberry.field(description="The part, in the invoice's currency.")
    part: strawberry.Private[records.Allocation]
    account_id: strawberry.Private[UUID]
    reads: strawberry.Private[Reads]

    @resolved
    async def invoice(self) -> Invoice:
        """The invoice that it settles."""
        return await invoice_of(self.account_id, self.part.invoice_id, self.reads)


@strawberry.type(
    description="One attempt to pay one or more invoices, with the exchange rate that was frozen "
    "when it started."
)
class Payment(Node):
    status: PaymentStatus = strawberry.field(description="Where the attempt stands.")
    amount: Money = strawberry.field(description="What it settles, in the invoices' currency.")
    quote: Quote = strawberry.field(
        description="What the payer is charged, and at which rate: fixed for this attempt."
    )
    method: PaymentMethod | None = strawberry.field(
        description="What was paid with; null until the gateway tells it, and for a bank transfer."
    )
    failure: PaymentFailure | None = strawberry.field(
        description="Why the last try did not go through, also while the page is open for another "
        "one; null when nothing went wrong."
    )
    created_at: datetime = strawberry.field(description="When the attempt started.")
    captured_at: datetime | None = strawberry.field(
        description="When the money was taken, by the gateway's clock, or a bank transfer arrived; "
        "null until CAPTURED."
    )
    bank_reference: str | None = strawberry.field(
        description="The bank's reference of a transfer that the seller's staff recorded; null for "
        "payments through a gateway."
    )
    settlement: PaymentSettlement | None = strawberry.field(
        description="What the gateway pays out for it, to the seller's staff; null to customers, "
        "and until the gateway tells, some time after the capture."
    )
    slippage: Money | None = strawberry.field(
        description="What the gateway's own rate made of the payment beyond its frozen quote: "
        "`settlement.gross` less `amount`, in the invoices' currency; below zero it is the "
        "seller's loss. Null when nothing was exchanged or the payout is in a third currency, "
        "until the gateway tells, and to customers."
    )
    row: strawberry.Private[records.Payment]
    reads: strawberry.Private[Reads]

    @resolved
    async def allocations(self) -> list[PaymentAllocation]:
        """Which invoices it settles, and how much of it goes to each."""
        parts = await self.reads.allocations.load((self.row.account_id, self.row.id))
        return [
            PaymentAllocation(
                amount=Money.of(part.amount),
                part=part,
                account_id=self.row.account_id,
                reads=self.reads,
            )
            for part in parts
        ]

    @resolved
    async def refunds(self) -> list[Refund]:
        """What goes back to the payer, oldest first, failed ones included."""
        rows = await self.reads.refunds.load((self.row.account_id, self.row.id))
        return [Refund.of(row, self.reads) for row in rows]

    @resolved
    async def amount_refunded(self) -> Money:
        """What has gone back to the payer so far, in the invoices' currency."""
        rows = await self.reads.refunds.load((self.row.account_id, self.row.id))
        return Money.of_minor(refunded_minor(rows), self.row.amount.currency)

    @resolved
    async def disputes(self) -> list[Dispute]:
        """When the payer's bank took it back, oldest first."""
        rows = await self.reads.disputes.load((self.row.account_id, self.row.id))
        return [Dispute.of(row) for row in rows]

    @resolved
    async def evidence(self) -> list[StatusEvidence]:
        """Why its status is what it is: what was seen and done, oldest first; the newest 200
        pieces."""
        rows = await self.reads.payment_evidence.load((self.row.account_id, self.row.id))
        self.reads.count_evidence(len(rows))
        return StatusEvidence.all_of(rows, self.reads, self._next_check)

    async def _next_check(self) -> datetime | None:
        return self.row.next_check_at

    @resolved
    async def receipt(self) -> PaymentReceipt | None:
        """Its receipt; null until CAPTURED, and for payments captured before there were any."""
        document = await self.reads.receipts.load((self.row.account_id, self.row.id))
        return PaymentReceipt.of(document, self.reads) if document else None

    @classmethod
    def of(cls, row: records.Payment, reads: Reads) -> Payment:
        settlement = row.settlement if reads.viewer.is_staff else None
        return cls(
            id=strawberry.ID(encode(Kind.PAYMENT, row.id)),
            status=row.status,
            amount=Money.of(row.amount),
            quote=Quote.of(row.amount.currency, row.quote),
            method=_method(row),
            failure=_failure(row),
            created_at=row.created_at,
            captured_at=row.captured_at,
            bank_reference=row.offline_reference,
            settlement=PaymentSettlement.of(settlement) if settlement else None,
            slippage=slippage(row) if settlement else None,
            row=row,
            reads=reads,
        )


@strawberry.type(description="A payment in a list.")
class PaymentEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after` or `before`.")
    node: Payment = strawberry.field(description="The payment.")


@strawberry.type(description="A page of payments, newest first.")
class PaymentConnection:
    nodes: list[Payment] = strawberry.field(description="The payments of the page, newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    account_id: strawberry.Private[UUID]
    invoice_id: strawberry.Private[UUID | None]
    reads: strawberry.Private[Reads]

    @resolved
    def edges(self) -> list[PaymentEdge]:
        """The payments of the page, newest first, each with its cursor."""
        return [
            PaymentEdge(cursor=cursors.of_payment(node.row.id), node=node) for node in self.nodes
        ]

    @resolved
    async def total_count(self) -> int:
        """How many payments the list has on all pages."""
        if self.invoice_id is None:
            return await self.reads.payment_counts.load(self.account_id)
        return await self.reads.invoice_payment_counts.load((self.account_id, self.invoice_id))

    @classmethod
    async def of_account(
        cls, account_id: UUID, asked: Slice[UUID], reads: Reads
    ) -> PaymentConnection:
        """A page of all payments of an account."""
        reads.count_account_read()
        listed = PaymentList(account_id, asked.size, asked.after, asked.before, asked.backwards)
        page = await reads.payment_pages.load(listed)
        return cls._of(page, asked, account_id, None, reads)

    @classmethod
    async def of_invoice(
        cls, invoice: records.Invoice, asked: Slice[UUID], reads: Reads
    ) -> PaymentConnection:
        """A page of the payments meant for an invoice."""
        listed = InvoicePayments(invoice.account_id, invoice.id, asked.size, asked.after)
        page = await reads.invoice_payment_pages.load(listed)
        return cls._of(page, asked, invoice.account_id, invoice.id, reads)

    @classmethod
    def _of(
        cls,
        page: PaymentPage,
        asked: Slice[UUID],
        account_id: UUID,
        invoice_id: UUID | None,
        reads: Reads,
    ) -> PaymentConnection:
        places = [row.id for row in page.payments]
        return cls(
            nodes=[Payment.of(row, reads) for row in page.payments],
            page_info=PageInfo.of(asked, places, cursors.of_payment, has_more=page.has_more),
            account_id=account_id,
            invoice_id=invoice_id,
            reads=reads,
        )


async def invoice_of(account_id: UUID, invoice_id: UUID, reads: Reads) -> Invoice:
    """An invoice that a row of the same account points to.

    Raises:
        LookupError: it is gone, which the database rules out.
    """
    row = await reads.invoices.load((account_id, invoice_id))
    if row is None:
        raise LookupError(f"invoice {invoice_id}")
    return Invoice.of(row, reads)


async def payment_of(account_id: UUID, payment_id: UUID, reads: Reads) -> Payment:
    """A payment that a row of the same account points to.

    Raises:
        LookupError: it is gone, which the database rules out.
    """
    row = await reads.payments.load((account_id, payment_id))
    if row is None:
        raise LookupError(f"payment {payment_id}")
    return Payment.of(row, reads)


def _method(row: records.Payment) -> PaymentMethod | None:
    if row.method_kind is None:
        return None
    return PaymentMethod(kind=row.method_kind, brand=row.method_brand, last4=row.method_last4)


def _failure(row: records.Payment) -> PaymentFailure | None:
    if row.failure_code is None:
        return None
    return PaymentFailure(
        code=row.failure_code,
        message=row.failure_message or "",
        next_action=next_action(row.failure_code),
    )
