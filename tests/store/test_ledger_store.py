"""The ledger: each fact booked once by its key, and sums that are what the entries say."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.invoice import InvoiceKind
from service.billing.ledger import (
    Book,
    Entry,
    GivenBack,
    Settled,
    captured,
    dispute_lost,
    dispute_opened,
    dispute_won,
    issued,
    refund_failed,
    refunded,
)
from service.billing.money import Money
from service.store import ledger
from service.store.database import fetch, new_id, transaction
from service.store.ledger import Held, InvoiceSums
from service.store.records import Invoice, Payment
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)
CHARGED = Money(840_117, "INR")


def usd(units: int) -> Money:
    return Money(units, "USD")


async def billed() -> tuple[Invoice, Payment]:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    return invoice, await rows.payment(account.id, invoice)


async def book(account_id: UUID, entries: list[Entry]) -> list[Entry]:
    async with transaction():
        return await ledger.book(account_id, entries, at=LATER)


async def sums(invoice: Invoice) -> InvoiceSums:
    return (await ledger.sums_of(invoice.account_id, [invoice.id]))[invoice.id]


async def test_entries_are_read_as_they_were_booked() -> None:
    invoice, payment = await billed()
    entries = [
        *issued(invoice.id, usd(10_000), at=NOW),
        *captured(
            payment.id,
            CHARGED,
            [Settled(invoice.id, usd(9_000), usd(1_000))],
            cash=Book.GATEWAY,
            at=LATER,
        ),
    ]
    assert len(entries) == 4
    assert await book(invoice.account_id, entries) == entries
    about = [entries[0], *entries[2:]]
    assert await ledger.of_invoice(invoice.account_id, invoice.id) == about
    assert await ledger.of_payment(invoice.account_id, payment.id) == entries[1:]
    stored = await fetch("SELECT booked_at FROM ledger_entry")
    assert {row["booked_at"] for row in stored} == {LATER}
    assert await book(invoice.account_id, []) == []


async def test_a_fact_is_booked_once() -> None:
    invoice, _ = await billed()
    entries = issued(invoice.id, usd(10_000), at=NOW)
    assert await book(invoice.account_id, entries) == entries
    again = [replace(entries[0], amount=usd(1)), replace(entries[0], key="another")]
    assert await book(invoice.account_id, again) == again[1:]
    assert await ledger.of_invoice(invoice.account_id, invoice.id) == [entries[0], again[1]]


async def test_of_the_same_booking_many_times_at_once_one_is_kept() -> None:
    invoice, payment = await billed()
    part = Settled(invoice.id, usd(10_000), usd(5))
    entries = captured(payment.id, CHARGED, [part], cash=Book.BANK, at=NOW)
    ends = await asyncio.gather(*[book(invoice.account_id, entries) for _ in range(8)])
    assert sum(len(end) for end in ends) == 3
    assert await ledger.of_payment(invoice.account_id, payment.id) == entries


async def test_each_account_has_a_ledger_of_its_own() -> None:
    invoice, payment = await billed()
    stranger = (await rows.account()).id
    entries = issued(invoice.id, usd(10_000), at=NOW)
    await book(invoice.account_id, entries)
    with pytest.raises(IntegrityError, match="ledger_entry_invoice"):
        await book(stranger, entries)
    assert await ledger.of_invoice(stranger, invoice.id) == []
    assert await ledger.of_payment(stranger, payment.id) == []
    assert await ledger.held_by(stranger, payment.id) == []
    assert await ledger.sums_of(stranger, [invoice.id]) == {invoice.id: InvoiceSums(0, 0, 0)}
    own = await rows.invoice(stranger)
    same_key = [replace(entries[0], invoice_id=own.id)]
    assert await book(stranger, same_key) == same_key


async def test_what_is_not_booked_in_full_is_not_booked() -> None:
    invoice, _ = await billed()
    good = issued(invoice.id, usd(10_000), at=NOW)
    bad = replace(good[0], key="bad", credit=Book.RECEIVABLE)
    with pytest.raises(IntegrityError, match="ledger_entry_books"):
        await book(invoice.account_id, [*good, bad])
    assert await rows.number_of("ledger_entry") == 0


async def test_an_invoice_without_entries_has_sums_of_nothing() -> None:
    invoice, payment = await billed()
    unknown = new_id()
    nothing = InvoiceSums(0, 0, 0)
    found = await ledger.sums_of(invoice.account_id, [invoice.id, unknown])
    assert found == {invoice.id: nothing, unknown: nothing}
    assert await ledger.sums_of(invoice.account_id, []) == {}
    assert await ledger.held_by(invoice.account_id, payment.id) == []


async def test_sums_follow_money_there_and_back() -> None:
    invoice, payment = await billed()
    account_id = invoice.account_id
    await book(account_id, issued(invoice.id, usd(10_000), at=NOW))
    assert await sums(invoice) == InvoiceSums(0, 0, 0)

    paid = Settled(invoice.id, usd(10_000), usd(2_000))
    await book(account_id, captured(payment.id, CHARGED, [paid], cash=Book.GATEWAY, at=NOW))
    assert await sums(invoice) == InvoiceSums(10_000, 0, 0)
    assert await ledger.held_by(account_id, payment.id) == [Held(invoice.id, 10_000, 2_000)]

    refund_id = new_id()
    given = [
        GivenBack(invoice.id, usd(2_000), Book.SURPLUS),
        GivenBack(invoice.id, usd(3_000), Book.REFUNDED),
    ]
    charged = Money(350_000, "INR")
    await book(account_id, refunded(refund_id, payment.id, charged, given, at=NOW))
    assert await sums(invoice) == InvoiceSums(10_000, 3_000, 0)
    assert await ledger.held_by(account_id, payment.id) == [Held(invoice.id, 7_000, 0)]

    booked = await ledger.of_payment(account_id, payment.id)
    await book(account_id, refund_failed(refund_id, booked, at=LATER))
    assert await sums(invoice) == InvoiceSums(10_000, 0, 0)
    assert await ledger.held_by(account_id, payment.id) == [Held(invoice.id, 10_000, 2_000)]


async def test_a_dispute_changes_sums_once_it_is_lost() -> None:
    invoice, payment = await billed()
    account_id = invoice.account_id
    paid = Settled(invoice.id, usd(10_000), usd(5))
    await book(account_id, captured(payment.id, CHARGED, [paid], cash=Book.GATEWAY, at=NOW))
    won, lost = new_id(), new_id()
    await book(account_id, dispute_opened(won, payment.id, CHARGED, at=NOW))
    await book(account_id, dispute_won(won, payment.id, CHARGED, at=NOW))
    await book(account_id, dispute_opened(lost, payment.id, CHARGED, at=NOW))
    assert await sums(invoice) == InvoiceSums(10_000, 0, 0)
    parts = [
        GivenBack(invoice.id, usd(5), Book.SURPLUS),
        GivenBack(invoice.id, usd(10_000), Book.CHARGED_BACK),
    ]
    none = Money(0, CHARGED.currency)
    await book(account_id, dispute_lost(lost, payment.id, CHARGED, parts, excess=none, at=NOW))
    assert await sums(invoice) == InvoiceSums(10_000, 0, 10_000)
    assert await ledger.held_by(account_id, payment.id) == [Held(invoice.id, 0, 0)]


async def test_what_is_held_is_told_by_invoice_and_by_payment() -> None:
    account_id = (await rows.account()).id
    invoice = await rows.invoice(account_id)
    add_on = await rows.invoice(account_id, "5.00", kind=InvoiceKind.ADD_ON)
    third = await rows.invoice(account_id, "5.00", kind=InvoiceKind.ADD_ON)
    payment = await rows.payment(account_id, invoice, add_on)
    parts = [
        Settled(invoice.id, usd(10_000), usd(0)),
        Settled(add_on.id, usd(0), usd(500)),
    ]
    await book(account_id, captured(payment.id, CHARGED, parts, cash=Book.GATEWAY, at=NOW))
    by_bank = [Settled(add_on.id, usd(500), usd(0))]
    other = (await rows.payment(account_id, third)).id
    await book(account_id, captured(other, usd(500), by_bank, cash=Book.BANK, at=NOW))
    assert await ledger.held_by(account_id, payment.id) == [
        Held(invoice.id, 10_000, 0),
        Held(add_on.id, 0, 500),
    ]
    assert await ledger.held_by(account_id, other) == [Held(add_on.id, 500, 0)]
    assert await ledger.sums_of(account_id, [invoice.id, add_on.id]) == {
        invoice.id: InvoiceSums(10_000, 0, 0),
        add_on.id: InvoiceSums(500, 0, 0),
    }
