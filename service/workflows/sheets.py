"""What stands on an issued invoice."""

from __future__ import annotations

from uuid import UUID

from service.billing.invoice import Line, Totals
from service.billing.money import Money
from service.billing.sheet import InvoiceSheet
from service.store import accounts, invoices
from service.store.records import Invoice


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
