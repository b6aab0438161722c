"""What stands on an issued invoice, and on the receipt of a payment."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from service.billing.ids import Kind, encode
from service.billing.invoice import InvoiceStatus, Line, Totals
from service.billing.ledger import Settled
from service.billing.money import Money
from service.billing.payment import Method
from service.billing.period import local_day
from service.billing.receipt import ReceiptPart, ReceiptSheet, settled_by
from service.billing.refund import RefundReason
from service.billing.sheet import InvoiceSheet
from service.store import accounts, invoices, ledger, payment_pages, payments, refunds
from service.store.records import Document, Invoice, Payment

# Attempts to pay one invoice; the newest ones, among which those that were captured are few.
_ATTEMPTS = 100


async def sheet_of(account_id: UUID, invoice: Invoice) -> InvoiceSheet:
    """What stands on an issued invoice: its own rows, which never change after the issue.

    Raises:
        ValueError: a draft has no sheet yet.
    """
    if invoice.number is None or invoice.issued_on is None or invoice.due_on is None:
        raise ValueError("a draft has no sheet")
    account = await accounts.find(account_id)
    parts = await invoices.frozen_parts(account_id, invoice.id)
    lines = (await invoices.lines(account_id, [invoice.id]))[invoice.id]
    currency = invoice.currency
    return InvoiceSheet(
        number=invoice.number,
        kind=invoice.kind,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        seller=parts.seller,
        buyer=parts.buyer,
        lines=tuple(Line(n.description, n.quantity, n.unit_price, n.amount) for n in lines),
        totals=Totals(
            Money(invoice.subtotal_minor, currency),
            invoice.taxes,
            Money(invoice.tax_minor, currency),
            Money(invoice.total_minor, currency),
        ),
        estimate=parts.estimate,
        locale=parts.locale or account.locale,
    )


async def paid_on(invoice: Invoice) -> date | None:
    """The day, in the account's time zone, on which the last of what was to pay was captured; None
    for an invoice that is not paid, or was paid by no payment of ours."""
    if invoice.status is not InvoiceStatus.PAID:
        return None
    attempts = (
        await payment_pages.page(invoice.account_id, size=_ATTEMPTS, invoice_id=invoice.id)
    ).payments
    parts = await payments.allocations(invoice.account_id, [one.id for one in attempts])
    amounts = {part.payment_id: part.amount for part in parts if part.invoice_id == invoice.id}
    missing = invoice.total_minor
    for captured_at, payment_id in sorted(
        (one.captured_at, one.id) for one in attempts if one.captured_at is not None
    ):
        missing -= amounts[payment_id].minor_units
        if missing <= 0:
            return local_day(captured_at, invoice.time_zone)
    return None


async def receipt_sheet_of(payment: Payment, receipt: Document) -> ReceiptSheet:
    """What stands on the receipt of a captured payment: the capture's own entries in the ledger,
    which never change. The parties are as on the newest of its invoices.

    Raises:
        ValueError: the payment was not captured, or the document is no receipt.
    """
    if receipt.number is None or payment.captured_at is None:
        raise ValueError("only a captured payment has a receipt")
    account = await accounts.find(payment.account_id)
    booked = await ledger.of_payment(payment.account_id, payment.id)
    settled = {one.invoice_id: one for one in settled_by(payment.id, payment.amount, booked)}
    paid = await invoices.find_many(payment.account_id, list(settled))
    paid.sort(key=lambda invoice: invoice.number or "")
    frozen = await invoices.frozen_parts(payment.account_id, paid[-1].id)
    return ReceiptSheet(
        number=receipt.number,
        payment=encode(Kind.PAYMENT, payment.id),
        paid_on=local_day(payment.captured_at, account.time_zone),
        seller=frozen.seller,
        buyer=frozen.buyer,
        method=method_of(payment),
        reference=payment.offline_reference,
        parts=tuple(_part(invoice, settled[invoice.id]) for invoice in paid),
        amount=payment.amount,
        quote=payment.quote,
        returned=await _returned(payment),
        locale=account.locale,
    )


def method_of(payment: Payment) -> Method | None:
    """What was paid with, where the gateway told."""
    if payment.method_kind is None:
        return None
    return Method(payment.method_kind, payment.method_brand, payment.method_last4)


def _part(invoice: Invoice, settled: Settled) -> ReceiptPart:
    if invoice.number is None or invoice.issued_on is None:
        raise ValueError("a draft is never paid")
    whole = Money(invoice.total_minor, invoice.currency)
    return ReceiptPart(invoice.number, invoice.issued_on, whole, settled.applied, settled.surplus)


async def _returned(payment: Payment) -> Money | None:
    """What goes back of it by itself."""
    known = (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id]
    return next((one.charged for one in known if one.reason is RefundReason.SURPLUS), None)
