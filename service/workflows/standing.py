"""Bringing invoices in line with the ledger: paid, refunded, disputed, and what a screen shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service.billing.events import InvoiceStatusChanged
from service.billing.evidence import Source, Witness
from service.billing.invoice import (
    MOVES,
    InvoiceMove,
    InvoiceStatus,
)
from service.billing.support import SERVICE, CaseReason
from service.ports import Ports
from service.store import events, invoices, ledger, payments, refunds
from service.store.cases import open_about
from service.store.ledger import InvoiceSums
from service.store.records import Invoice
from service.workflows import cases, pages
from service.workflows.screens import shown


async def refresh(ports: Ports, before: Sequence[Invoice]) -> None:
    """Work out the sums and statuses of invoices anew from the ledger, and report what changed.

    Must run inside `transaction()`, under the account's lock, after the facts were written.
    `before` is how the invoices stood when the transaction began.
    """
    if not before:
        return
    account_id, ids = before[0].account_id, [invoice.id for invoice in before]
    sums = await ledger.sums_of(account_id, ids)
    disputed = await refunds.disputed_invoices(account_id, ids)
    at = ports.clock()
    for invoice in before:
        await _keep(invoice, sums[invoice.id], disputed=invoice.id in disputed, at=at)
    for now in await invoices.find_many(account_id, ids):
        earlier = next(invoice for invoice in before if invoice.id == now.id)
        await _report(earlier, now, at)
        if now.status is InvoiceStatus.PAID and earlier.status is not InvoiceStatus.PAID:
            await _close_claims(ports, now)


async def _keep(invoice: Invoice, sums: InvoiceSums, *, disputed: bool, at: datetime) -> None:
    await invoices.keep_sums(
        invoice,
        paid_minor=sums.paid_minor,
        refunded_minor=sums.refunded_minor,
        disputed=disputed,
        at=at,
    )
    move = _move(invoice, sums)
    if move is not None and (invoice.status, move) in MOVES:
        await invoices.move(invoice, move, at=at)
        # It takes no money from here on: a page that was opened for it would only bring a surplus.
        live = await payments.live_for(invoice.account_id, [invoice.id])
        if live is not None:
            await pages.have_closed(live)


def _move(invoice: Invoice, sums: InvoiceSums) -> InvoiceMove | None:
    """What the ledger leads to: settled once all of it is paid; written off once its bank took all
    of that back that was not refunded."""
    if invoice.status is InvoiceStatus.PAID:
        kept = sums.paid_minor - sums.refunded_minor - sums.charged_back_minor
        return InvoiceMove.CHARGE_BACK if sums.charged_back_minor > 0 and kept <= 0 else None
    # What was lost still counts as paid: it would settle what it was written off for.
    written_off = invoice.status is InvoiceStatus.UNCOLLECTIBLE and sums.charged_back_minor > 0
    settled = 0 < invoice.total_minor <= sums.paid_minor and not written_off
    return InvoiceMove.SETTLE if settled else None


async def _report(before: Invoice, now: Invoice, at: datetime) -> None:
    shows = shown(now, at)
    if (shows, now.status, now.paid_minor, now.refunded_minor) != (
        shown(before, at),
        before.status,
        before.paid_minor,
        before.refunded_minor,
    ):
        changed = InvoiceStatusChanged(now.id, now.status, shows)
        await events.record(now.account_id, changed, at=at)


async def _close_claims(ports: Ports, invoice: Invoice) -> None:
    """What its customers said of a paid invoice was found out: the receipt tells them."""
    for case in await open_about(invoice.account_id, invoice_ids=[invoice.id]):
        if case.reason is CaseReason.CLAIM:
            witness = Witness(Source.SERVICE)
            await cases.close(ports, case, "The invoice was paid.", witness, by=SERVICE)
