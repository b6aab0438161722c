"""Making invoices of charges: numbered, frozen, announced, and sent on their way to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service.billing import ledger
from service.billing.errors import ExchangeRateUnavailable, InvalidInput, LostRace
from service.billing.events import InvoiceIssued, InvoiceStatusChanged
from service.billing.invoice import (
    DisplayStatus,
    InvoiceKind,
    InvoiceMove,
    Totals,
    line,
    number,
    totals,
)
from service.billing.payment import Quote
from service.billing.period import Month, due_day, financial_year, local_day
from service.ports import Ports
from service.store import accounts, charges, documents, events, invoices, queue
from service.store import ledger as ledger_entries
from service.store.database import new_id, transaction
from service.store.invoices import AlreadyBilled, NewInvoice
from service.store.records import Account, Charge, FrozenParts
from service.workflows import quotes

LINES_MAX = 1000


async def issue_usage(ports: Ports, account_id: UUID, month: Month) -> UUID | None:
    """Issue an account's usage invoice for a month, once; return its id.

    Unbilled charges of earlier months are on it too. None when there is nothing to bill, when the
    month is not over where the account is, or when it was billed before: then late charges wait
    for the next invoice.

    Raises:
        InvalidInput: more charges than one invoice holds.
    """
    account = await accounts.find(account_id)
    _, end = month.bounds(account.time_zone)
    found = await charges.unbilled(account_id, InvoiceKind.USAGE, before=end)
    if not found or end > ports.clock():
        return None
    period = (month.first_day, month.last_day)
    try:
        return await _issue(ports, account, found, InvoiceKind.USAGE, period)
    except AlreadyBilled:
        return None


async def issue_add_on(ports: Ports, account_id: UUID) -> UUID | None:
    """Issue an invoice for the add-on charges that have none; return its id, None without any, or
    when they were billed at the same moment by somebody else."""
    account = await accounts.find(account_id)
    found = await charges.unbilled(account_id, InvoiceKind.ADD_ON, before=None)
    if not found:
        return None
    try:
        return await _issue(ports, account, found, InvoiceKind.ADD_ON, None)
    except LostRace:
        return None


async def _issue(
    ports: Ports,
    account: Account,
    found: Sequence[Charge],
    kind: InvoiceKind,
    period: tuple[date, date] | None,
) -> UUID:
    if len(found) > LINES_MAX:
        raise InvalidInput.one(
            "charges", "TOO_MANY", f"An invoice has at most {LINES_MAX} lines: sum up the charges."
        )
    at = ports.clock()
    issued_on = local_day(at, ports.seller.time_zone)
    lines = tuple(
        line(one.description, one.quantity, one.unit_price, one.currency) for one in found
    )
    sums = totals(lines, account.tax_rate, account.currency)
    estimate = await _estimate(ports, account, sums, issued_on)
    year = financial_year(issued_on, ports.seller.financial_year_start_month)
    prefix = ports.seller.number_prefix
    invoice_id = new_id()
    async with transaction(ports.bus):
        await accounts.lock(account.id)
        new = NewInvoice(
            id=invoice_id,
            account_id=account.id,
            kind=kind,
            number=number(prefix, year, await invoices.next_number(prefix, year)),
            period_start=period[0] if period else None,
            period_end=period[1] if period else None,
            issued_on=issued_on,
            due_on=due_day(issued_on, ports.seller.payment_terms_days),
            lines=lines,
            totals=sums,
            parts=FrozenParts(ports.seller.party, account.party, estimate, account.locale),
        )
        await invoices.create(new, at=at)
        entries = ledger.issued(invoice_id, sums.total, at=at)
        await ledger_entries.book(account.id, entries, at=at)
        await charges.mark_billed(account.id, invoice_id, found)
        await documents.queue(account.id, invoice_id, at=at)
        await events.record(account.id, InvoiceIssued(invoice_id), at=at)
        if sums.total.minor_units == 0:
            await _settle_nothing(ports, account.id, invoice_id)
        await queue.enqueue(
            "print_invoice",
            key=f"print:{invoice_id}",
            account_id=str(account.id),
            invoice_id=str(invoice_id),
        )
    return invoice_id


async def _settle_nothing(ports: Ports, account_id: UUID, invoice_id: UUID) -> None:
    """An invoice over nothing is paid as it is issued: nobody can be asked for it."""
    at = ports.clock()
    invoice = await invoices.find(account_id, invoice_id)
    status = await invoices.move(invoice, InvoiceMove.SETTLE, at=at)
    changed = InvoiceStatusChanged(invoice_id, status, DisplayStatus.PAID)
    await events.record(account_id, changed, at=at)


async def _estimate(ports: Ports, account: Account, sums: Totals, on: date) -> Quote | None:
    """What the invoice would be charged today; an invoice is issued without it if need be."""
    if account.charge_currency == account.currency:
        return None
    try:
        return await quotes.price(
            ports, sums.total, account.charge_currency, on=on, valid_until=None
        )
    except ExchangeRateUnavailable:
        return None
