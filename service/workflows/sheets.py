"""What stands on an issued invoice."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from service.billing.invoice import InvoiceStatus, Line, Totals
from service.billing.money import Money
from service.billing.period import local_day
from service.billing.sheet import InvoiceSheet
from service.store import accounts, invoices, payments
from service.store.records import Invoice

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
        locale=account.locale,
    )


async def paid_on(invoice: Invoice) -> date | None:
    """The day, in the account's time zone, on which the last of what was to pay was captured; None
    for an invoice that is not paid, or was paid by no payment of ours."""
    if invoice.status is not InvoiceStatus.PAID:
        return None
    attempts = (
        await payments.page(invoice.account_id, size=_ATTEMPTS, invoice_id=invoice.id)
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
