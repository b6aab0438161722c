"""What an audit reads: kept figures beside what lines and ledger say, and gaps in a log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.billing.events import InvoiceIssued
from service.billing.invoice import InvoiceKind, InvoiceMove, InvoiceStatus
from service.billing.ledger import Book, captured, issued
from service.billing.money import Money
from service.billing.payment import PaymentMove
from service.store import audits, events, invoices, ledger, payments
from service.store.audits import AuditedInvoice
from service.store.database import execute, new_id, transaction
from service.store.records import Invoice
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")


async def book_issue(invoice: Invoice, units: int | None = None) -> None:
    total = Money(invoice.total_minor if units is None else units, invoice.currency)
    async with transaction():
        await ledger.book(invoice.account_id, issued(invoice.id, total, at=NOW), at=NOW)


async def audited(invoice: Invoice) -> AuditedInvoice:
    found = await audits.invoices_of(invoice.account_id)
    return next(one for one in found if one.id == invoice.id)


async def test_an_invoice_is_told_with_what_its_lines_and_the_ledger_say() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    await book_issue(invoice)
    async with transaction():
        await invoices.keep_sums(
            invoice, paid_minor=4_000, refunded_minor=500, disputed=True, at=NOW
        )
        await invoices.move(invoice, InvoiceMove.WRITE_OFF, at=NOW)
    assert invoice.number is not None
    assert await audits.invoices_of(account.id) == [
        AuditedInvoice(
            id=invoice.id,
            number=invoice.number,
            status=InvoiceStatus.UNCOLLECTIBLE,
            subtotal_minor=10_000,
            total_minor=10_000,
            paid_minor=4_000,
            refunded_minor=500,
            disputed=True,
            lines_minor=10_000,
            issued_minor=10_000,
        )
    ]


async def test_what_differs_is_told_as_it_stands() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    before = await audited(invoice)
    assert before.issued_minor == 0
    await execute("UPDATE invoice_line SET amount_minor = amount_minor - 1")
    await book_issue(invoice, 9_000)
    assert await audited(invoice) == replace(before, lines_minor=9_999, issued_minor=9_000)
    await execute("DELETE FROM invoice_line")
    assert (await audited(invoice)).lines_minor == 0


async def test_drafts_and_the_invoices_of_others_are_not_audited() -> None:
    account = await rows.account()
    first = await rows.invoice(account.id)
    stranger = (await rows.account()).id
    draft = {"status": "DRAFT", "kind": "ADD_ON", "number": None, "issued_on": None, "due_on": None}
    await rows.copy_many("invoice", [{"id": new_id()} | draft])
    voided = await rows.invoice(account.id, kind=InvoiceKind.ADD_ON)
    async with transaction():
        await invoices.move(voided, InvoiceMove.CANCEL, at=NOW)
    assert [one.id for one in await audits.invoices_of(account.id)] == [first.id, voided.id]
    assert await audits.invoices_of(stranger) == []


async def test_all_attempts_are_told_oldest_first() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    ended = await rows.payment(account.id, invoice)
    async with transaction():
        await payments.move(ended, PaymentMove.FAIL, at=NOW)
    live = await rows.payment(account.id, invoice)
    assert await audits.payments_of(account.id) == [
        await payments.find(account.id, ended.id),
        live,
    ]
    assert await audits.payments_of((await rows.account()).id) == []


async def test_the_attempts_are_told_of_which_something_is_in_the_ledger() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    await book_issue(invoice)
    payment = await rows.payment(account.id, invoice)
    assert await audits.booked_payments(account.id) == set()
    charged = payment.quote.charged
    async with transaction():
        entries = captured(payment.id, charged, [], cash=Book.GATEWAY, at=NOW)
        await ledger.book(account.id, entries, at=NOW)
    assert await audits.booked_payments(account.id) == {payment.id}
    assert await audits.booked_payments((await rows.account()).id) == set()


async def test_the_first_gap_of_a_log_is_found() -> None:
    account, other = await rows.account(), await rows.account()
    assert await audits.event_gap(account.id) is None
    for owner in (account.id, other.id):
        async with transaction():
            for _ in range(5):
                await events.record(owner, InvoiceIssued(new_id()), at=NOW)
    assert await audits.event_gap(account.id) is None
    await execute("DELETE FROM event WHERE account_id = $1 AND seq IN (3, 5)", account.id)
    assert await audits.event_gap(account.id) == 3
    assert await audits.event_gap(other.id) is None
    await execute("DELETE FROM event WHERE account_id = $1 AND seq = 5", other.id)
    assert await audits.event_gap(other.id) == 5
    assert await audits.event_gap(new_id()) is None
