"""What screens show of invoices, and telling it when it changed without a change of status."""

from __future__ import annotations

from datetime import datetime

from service.billing.events import InvoiceStatusChanged
from service.billing.invoice import DisplayStatus, display_status
from service.billing.period import local_day
from service.ports import Ports
from service.store import events, invoices, payments
from service.store.records import Invoice, Payment


def shown(invoice: Invoice, at: datetime) -> DisplayStatus:
    """What a screen shows of an invoice at a moment."""
    return display_status(
        invoice.status,
        due_on=invoice.due_on,
        today=local_day(at, invoice.time_zone),
        paid_minor=invoice.paid_minor,
        live_payment=invoice.live_payment,
        refunded_minor=invoice.refunded_minor,
        disputed=invoice.disputed,
    )


async def tell(ports: Ports, payment: Payment) -> None:
    """Report what screens show of a payment's invoices now, where its coming to doubt or out of it
    has changed that. Must run inside `transaction()`."""
    at = ports.clock()
    parts = await payments.allocations(payment.account_id, [payment.id])
    for now in await invoices.find_many(payment.account_id, [one.invoice_id for one in parts]):
        changed = InvoiceStatusChanged(now.id, now.status, shown(now, at))
        await events.record(now.account_id, changed, at=at)
