"""Invoices: numbered without gaps, billed once a month, moved under guard, frozen at issue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.errors import LostRace, NotFound, TransitionRefused
from service.billing.invoice import InvoiceKind, InvoiceMove, InvoiceStatus, line, totals
from service.billing.money import Money
from service.billing.payment import PaymentMove, PaymentStatus, Quote
from service.billing.period import Month
from service.billing.sheet import Address, Party
from service.billing.tax import TaxRate
from service.store import invoices, payments
from service.store.database import new_id, transaction
from service.store.invoices import AlreadyBilled
from service.store.records import FrozenParts, Invoice, InvoiceLine
from tests.store import rows
from tests.store.rows import NOW, TODAY

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)


async def test_an_invoice_is_read_as_it_was_issued() -> None:
    account = await rows.account()
    lines = (
        line("Plätze <Team> “ケース”", Decimal("3.5"), Decimal("19.99"), "USD"),
        line("Credit", Decimal(1), Decimal("-0.0000000001"), "USD"),
    )
    sums = totals(lines, TaxRate("VAT", Decimal("19.0000")), "USD")
    address = Address(("Line 1", "Line 2"), "Köln", None, None, "DE")
    parts = FrozenParts(
        seller=Party("Seller", "billing@seller.example", None, "29AAGCP1234M1Z5"),
        buyer=Party("Müller", "ap@mueller.example", address, None),
        estimate=Quote(Decimal("84.01"), "ECB", TODAY, None, Money(699_453, "INR")),
        locale="de-CH",
    )
    new = rows.new_invoice(account.id, lines=lines, totals=sums, parts=parts)
    async with transaction():
        await invoices.create(new, at=NOW)

    read = await invoices.find(account.id, new.id)
    assert (read.status, read.kind, read.version) == (InvoiceStatus.OPEN, InvoiceKind.USAGE, 1)
    assert (read.number, read.issued_on, read.due_on) == (new.number, TODAY, date(2026, 11, 14))
    assert (read.period_start, read.period_end) == (date(2026, 9, 1), date(2026, 9, 30))
    assert (read.subtotal_minor, read.tax_minor, read.total_minor) == (6_997, 1_329, 8_326)
    assert (read.paid_minor, read.due_minor) == (0, 8_326)
    assert read.taxes == sums.taxes
    assert (read.created_at, read.updated_at, read.time_zone) == (NOW, NOW, "Europe/Berlin")
    assert (read.live_payment, read.document) == (None, None)
    assert await invoices.lines(account.id, [new.id]) == {
        new.id: [
            InvoiceLine(place, one.description, one.quantity, one.unit_price, one.amount)
            for place, one in enumerate(lines, start=1)
        ]
    }
    assert await invoices.frozen_parts(account.id, new.id) == parts


async def test_an_invoice_of_another_account_is_not_found() -> None:
    account, stranger = await rows.account(), await rows.account()
    invoice = await rows.invoice(account.id)
    assert invoice.number is not None
    with pytest.raises(NotFound, match=r"No such invoice\."):
        await invoices.find(stranger.id, invoice.id)
    with pytest.raises(NotFound):
        await invoices.find_by_number(stranger.id, invoice.number)
    with pytest.raises(NotFound):
        await invoices.frozen_parts(stranger.id, invoice.id)
    assert await invoices.find_many(stranger.id, [invoice.id]) == []
    assert await invoices.lines(stranger.id, [invoice.id]) == {invoice.id: []}
    assert await invoices.find_by_number(account.id, invoice.number) == invoice
    assert await invoices.owner_of(invoice.id) == account.id
    assert await invoices.owner_of_number(invoice.number) == account.id
    with pytest.raises(NotFound):
        await invoices.owner_of(new_id())
    with pytest.raises(NotFound):
        await invoices.owner_of_number("INV-0000-000000")


async def test_an_invoice_names_its_live_payment_and_no_other() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    ended = await rows.payment(account.id, invoice)
    async with transaction():
        await payments.move(ended, PaymentMove.FAIL, at=NOW)
    assert (await invoices.find(account.id, invoice.id)).live_payment is None
    live = await rows.payment(account.id, invoice)
    assert (await invoices.find(account.id, invoice.id)).live_payment is PaymentStatus.PENDING
    async with transaction():
        await payments.move(live, PaymentMove.PROCESS, at=NOW)
    assert (await invoices.find(account.id, invoice.id)).live_payment is PaymentStatus.PROCESSING


async def take_number(*, fail: bool = False) -> int:
    async with transaction():
        given = await invoices.next_number("INV", "2627")
        await asyncio.sleep(0.001)
        if fail:
            raise ConnectionError
    return given


async def test_numbers_have_no_gap_whoever_fails() -> None:
    ends = await asyncio.gather(
        *[take_number(fail=place % 3 == 0) for place in range(18)], return_exceptions=True
    )
    given = [end for end in ends if isinstance(end, int)]
    assert sorted(given) == list(range(1, 13))
    assert [type(end) for end in ends].count(ConnectionError) == 6


async def test_each_series_counts_by_itself() -> None:
    async with transaction():
        for _ in range(3):
            last = await invoices.next_number("INV", "2627")
        assert last == 3
        assert await invoices.next_number("INV", "2728") == 1
        assert await invoices.next_number("ADD", "2627") == 1


async def test_a_month_is_billed_once() -> None:
    account = await rows.account()
    first = await rows.invoice(account.id)
    async with transaction():
        with pytest.raises(AlreadyBilled):
            await invoices.create(rows.new_invoice(account.id), at=NOW)
        assert await rows.number_of("invoice") == 1
    await rows.invoice(account.id, month=Month(2026, 8))
    await rows.invoice(account.id, kind=InvoiceKind.ADD_ON)
    async with transaction():
        await invoices.move(first, InvoiceMove.CANCEL, at=NOW)
    await rows.invoice(account.id)
    assert await rows.number_of("invoice") == 4


async def test_of_many_runs_at_once_one_bills_the_month() -> None:
    account = await rows.account()
    ends = await asyncio.gather(
        *[rows.invoice(account.id) for _ in range(10)], return_exceptions=True
    )
    assert [type(end) for end in ends].count(AlreadyBilled) == 9
    assert await rows.number_of("invoice") == 1
    assert await rows.number_of("invoice_line") == 1


async def test_an_invoice_that_breaks_another_rule_is_a_defect() -> None:
    account = await rows.account()
    first = await rows.invoice(account.id)
    with pytest.raises(IntegrityError, match="invoice_number_key"):
        await rows.invoice(account.id, month=Month(2026, 8), number=first.number)
    with pytest.raises(IntegrityError, match="invoice_dates"):
        await rows.invoice(account.id, month=Month(2026, 8), due_on=TODAY - timedelta(days=1))
    assert await rows.number_of("invoice") == 1


async def test_a_move_is_written_once() -> None:
    account = await rows.account()
    read = await rows.invoice(account.id)
    async with transaction():
        after = await invoices.move(read, InvoiceMove.WRITE_OFF, at=LATER)
    assert after is InvoiceStatus.UNCOLLECTIBLE
    moved = await invoices.find(account.id, read.id)
    assert moved == replace(read, status=after, version=2, updated_at=LATER)
    assert moved.due_minor == 0
    with pytest.raises(LostRace, match=f"^invoice {read.id}$"):
        await invoices.move(read, InvoiceMove.CANCEL, at=LATER)
    with pytest.raises(TransitionRefused):
        await invoices.move(moved, InvoiceMove.CANCEL, at=LATER)
    with pytest.raises(LostRace):
        await invoices.move(replace(moved, account_id=new_id()), InvoiceMove.SETTLE, at=LATER)
    assert await invoices.find(account.id, read.id) == moved


async def test_an_invoice_is_not_settled_before_it_is_paid() -> None:
    account = await rows.account()
    read = await rows.invoice(account.id)
    with pytest.raises(IntegrityError, match="invoice_settled"):
        await invoices.move(read, InvoiceMove.SETTLE, at=LATER)
    assert await invoices.find(account.id, read.id) == read


async def keep(invoice: Invoice, paid: int, refunded: int = 0, *, disputed: bool = False) -> bool:
    async with transaction():
        return await invoices.keep_sums(
            invoice, paid_minor=paid, refunded_minor=refunded, disputed=disputed, at=LATER
        )


async def test_the_sums_of_an_invoice_are_kept_as_they_are_told() -> None:
    account = await rows.account()
    read = await rows.invoice(account.id)
    assert await keep(read, 4_000)
    part = await invoices.find(account.id, read.id)
    assert part == replace(read, paid_minor=4_000, version=2, updated_at=LATER)
    assert part.due_minor == 6_000
    assert await keep(read, 10_000, 2_500, disputed=True)
    full = await invoices.find(account.id, read.id)
    assert full == replace(part, paid_minor=10_000, refunded_minor=2_500, disputed=True, version=3)
    assert full.due_minor == 0
    assert await keep(read, 10_000, 10_000)
    assert not (await invoices.find(account.id, read.id)).disputed


@pytest.mark.parametrize("times", [1, 8])
async def test_sums_that_are_no_news_change_nothing(times: int) -> None:
    account = await rows.account()
    read = await rows.invoice(account.id)
    assert not await keep(read, 0)
    told = await asyncio.gather(*[keep(read, 4_000, disputed=True) for _ in range(times)])
    assert sorted(told) == [False] * (times - 1) + [True]
    kept = await invoices.find(account.id, read.id)
    assert (kept.paid_minor, kept.disputed, kept.version) == (4_000, True, 2)


async def test_nobody_keeps_sums_of_the_invoice_of_another_account() -> None:
    account, stranger = await rows.account(), await rows.account()
    read = await rows.invoice(account.id)
    assert not await keep(replace(read, account_id=stranger.id), 4_000)
    assert await invoices.find(account.id, read.id) == read


@pytest.mark.parametrize(
    ("paid", "refunded", "constraint"),
    [
        (10_001, 0, "invoice_paid"),
        (-1, 0, "invoice_paid"),
        (4_000, 4_001, "invoice_refunded"),
        (4_000, -1, "invoice_refunded"),
    ],
)
async def test_sums_that_cannot_be_are_a_defect(paid: int, refunded: int, constraint: str) -> None:
    account = await rows.account()
    read = await rows.invoice(account.id)
    with pytest.raises(IntegrityError, match=constraint):
        await keep(read, paid, refunded)
    assert await invoices.find(account.id, read.id) == read
