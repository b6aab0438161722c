"""What screens show of invoices, and telling it when it changed without a change of status."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

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
    """Report what screens show of a payment's invoices now, where they were told something else
    last: its coming to doubt or out of it changes that without a change of status.

    Must run inside `transaction()`.
    """
    at = ports.clock()
    ids = await _invoices_of(payment)
    told = await events.shown_last(payment.account_id, ids)
    for now in await invoices.find_many(payment.account_id, ids):
        shows = shown(now, at)
        is_known = shows is told[now.id] if now.id in told else shows in _UNTOLD
        if not is_known:
            changed = InvoiceStatusChanged(now.id, now.status, shows)
            await events.record(now.account_id, changed, at=at)


# What an invoice shows from its day of issue on, and once its due day is over.
_UNTOLD = (DisplayStatus.DUE, DisplayStatus.OVERDUE)


async def told_of_doubt(payment: Payment) -> set[UUID]:
    """The invoices of which screens were told that a payment's money may be on its way, for its
    payer is back and its gateway silent. What else became of one of them may have told it alone."""
    if not payment.is_in_doubt:
        return set()
    told = await events.shown_last(payment.account_id, await _invoices_of(payment))
    return {one for one, shows in told.items() if shows is DisplayStatus.PROCESSING}


async def _invoices_of(payment: Payment) -> list[UUID]:
    parts = await payments.allocations(payment.account_id, [payment.id])
    return [part.invoice_id for part in parts]
