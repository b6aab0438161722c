"""The ledger of what was booked before there was one: made by the migrations, entry by entry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from tortoise import Tortoise
from tortoise.migrations.api import migrate as apply_migrations

from service.billing.invoice import InvoiceStatus
from service.billing.ledger import Book, Entry, balance
from service.billing.money import Money
from service.store import audits, documents, invoices, ledger, payments
from service.store.database import database, fetch, migrate, new_id, orm_config
from service.store.ledger import InvoiceSums

ISSUED = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
PAID = datetime(2026, 10, 30, 9, 31, 0, 123456, tzinfo=UTC)
_counter = count(1)


@dataclass
class Past:
    """A database as the service left it before it had a ledger."""

    connection: asyncpg.Connection

    async def add(self, table: str, **values: Any) -> UUID:
        row_id = new_id()
        row = {"id": row_id} | values
        await self.connection.execute(
            f"INSERT INTO {table} ({', '.join(row)}) SELECT {', '.join(row)}"  # noqa: S608
            f" FROM jsonb_populate_record(NULL::{table}, $1::jsonb)",
            orjson.dumps(row).decode(),
        )
        return row_id

    async def account(self, reference: str) -> UUID:
        return await self.add(
            "account",
            reference=reference,
            name="Müller",
            email="ap@mueller.example",
            plan="PAID",
            currency="USD",
            charge_currency="INR",
            locale="de",
            time_zone="Europe/Berlin",
            event_seq=0,
            version=1,
            created_at=ISSUED,
            updated_at=ISSUED,
        )

    async def invoice(self, account_id: UUID, total: int, **given: Any) -> UUID:
        values = {
            "account_id": account_id,
            "kind": "ADD_ON",
            "status": "OPEN",
            "number": f"INV-{next(_counter)}",
            "issued_on": "2026-10-01",
            "due_on": "2026-10-16",
            "currency": "USD",
            "subtotal_minor": total,
            "tax_minor": 0,
            "total_minor": total,
            "paid_minor": 0,
            "taxes": [],
            "seller": {},
            "buyer": {},
            "version": 1,
            "created_at": ISSUED,
            "updated_at": ISSUED,
        }
        return await self.add("invoice", **values | given)

    async def payment(self, account_id: UUID, parts: dict[UUID, int], **given: Any) -> UUID:
        amount = sum(parts.values())
        values = {
            "account_id": account_id,
            "status": "CAPTURED",
            "live": False,
            "amount_minor": amount,
            "currency": "USD",
            "charged_minor": amount * 84,
            "charge_currency": "INR",
            "rate": "84",
            "rate_source": "ECB",
            "rate_as_of": "2026-10-29",
            "gateway": "stripe",
            "live_mode": False,
            "success_url": "",
            "cancel_url": "",
            "payer_email": "ap@mueller.example",
            "expires_at": PAID,
            "captured_at": PAID,
            "version": 1,
            "created_at": ISSUED,
            "updated_at": ISSUED,
        }
        payment_id = await self.add("payment", **values | given)
        for invoice_id, units in parts.items():
            await self.add(
                "payment_allocation",
                account_id=account_id,
                payment_id=payment_id,
                invoice_id=invoice_id,
                amount_minor=units,
                live=(values | given)["live"],
            )
        return payment_id


@pytest.fixture
async def past(empty_url: str) -> AsyncIterator[Past]:
    config = orm_config(empty_url, pool_size=2)
    await apply_migrations(config=config, target="service.0002_constraints")
    await Tortoise.close_connections()
    connection = await asyncpg.connect(empty_url)
    yield Past(connection)
    await connection.close()


def issued(invoice_id: UUID, units: int) -> Entry:
    amount = Money(units, "USD")
    return Entry(
        f"issued:{invoice_id}", Book.RECEIVABLE, Book.SALES, amount, ISSUED, invoice_id, None
    )


def charged(payment_id: UUID, units: int, at: datetime) -> Entry:
    amount = Money(units, "INR")
    key = f"captured:{payment_id}"
    return Entry(key, Book.GATEWAY, Book.EXCHANGE, amount, at, None, payment_id)


def applied(payment_id: UUID, invoice_id: UUID, units: int, at: datetime) -> Entry:
    amount = Money(units, "USD")
    key = f"captured:{payment_id}:{invoice_id}"
    return Entry(key, Book.EXCHANGE, Book.RECEIVABLE, amount, at, invoice_id, payment_id)


def surplus(payment_id: UUID, invoice_id: UUID, units: int, at: datetime) -> Entry:
    amount = Money(units, "USD")
    key = f"captured:{payment_id}:{invoice_id}:surplus"
    return Entry(key, Book.EXCHANGE, Book.SURPLUS, amount, at, invoice_id, payment_id)


async def test_an_invoice_that_was_paid_twice_has_a_surplus(past: Past, empty_url: str) -> None:
    account_id = await past.account("a")
    invoice_id = await past.invoice(account_id, 10_000, status="PAID", paid_minor=20_000)
    later = PAID + timedelta(minutes=4)
    second = await past.payment(account_id, {invoice_id: 10_000}, captured_at=later)
    first = await past.payment(account_id, {invoice_id: 10_000}, intent_id="pi_1")
    await migrate(empty_url)
    async with database(empty_url):
        assert await ledger.of_payment(account_id, first) == [
            charged(first, 840_000, PAID),
            applied(first, invoice_id, 10_000, PAID),
        ]
        assert await ledger.of_payment(account_id, second) == [
            charged(second, 840_000, later),
            surplus(second, invoice_id, 10_000, later),
        ]
        assert await ledger.of_invoice(account_id, invoice_id) == [
            issued(invoice_id, 10_000),
            applied(first, invoice_id, 10_000, PAID),
            surplus(second, invoice_id, 10_000, later),
        ]
        invoice = await invoices.find(account_id, invoice_id)
        assert (invoice.status, invoice.paid_minor) == (InvoiceStatus.PAID, 10_000)
        assert (invoice.refunded_minor, invoice.disputed) == (0, False)
        assert (await payments.find(account_id, first)).transaction == "pi_1"


async def test_a_payment_of_several_invoices_is_split_as_it_was_allocated(
    past: Past, empty_url: str
) -> None:
    account_id = await past.account("a")
    part_paid = await past.invoice(account_id, 5_000, status="PAID", paid_minor=7_000)
    other = await past.invoice(account_id, 2_500, status="PAID", paid_minor=2_500)
    first = await past.payment(account_id, {part_paid: 3_000})
    both = await past.payment(account_id, {part_paid: 4_000, other: 2_500})
    await migrate(empty_url)
    async with database(empty_url):
        assert await ledger.of_payment(account_id, first) == [
            charged(first, 252_000, PAID),
            applied(first, part_paid, 3_000, PAID),
        ]
        assert await ledger.of_payment(account_id, both) == [
            charged(both, 546_000, PAID),
            applied(both, part_paid, 2_000, PAID),
            surplus(both, part_paid, 2_000, PAID),
            applied(both, other, 2_500, PAID),
        ]


async def test_money_for_a_voided_invoice_is_a_surplus(past: Past, empty_url: str) -> None:
    account_id = await past.account("a")
    voided = await past.invoice(account_id, 700, status="VOID", paid_minor=700)
    payment_id = await past.payment(account_id, {voided: 700})
    await migrate(empty_url)
    async with database(empty_url):
        assert await ledger.of_payment(account_id, payment_id) == [
            charged(payment_id, 58_800, PAID),
            surplus(payment_id, voided, 700, PAID),
        ]
        assert (await invoices.find(account_id, voided)).paid_minor == 0


async def test_what_moved_no_money_is_not_in_the_ledger(past: Past, empty_url: str) -> None:
    account_id = await past.account("a")
    draft = {"status": "DRAFT", "number": None, "issued_on": None, "due_on": None}
    await past.invoice(account_id, 400, **draft)
    await past.invoice(account_id, 0, status="PAID")
    open_invoice = await past.invoice(account_id, 300)
    ends = [("FAILED", False), ("CANCELED", False), ("EXPIRED", False), ("PENDING", True)]
    for status, live in ends:
        declined = {"status": status, "live": live, "captured_at": None, "failure_code": "declined"}
        await past.payment(account_id, {open_invoice: 300}, **declined)
    await migrate(empty_url)
    async with database(empty_url):
        assert await ledger.of_invoice(account_id, open_invoice) == [issued(open_invoice, 300)]
        assert len(await fetch("SELECT id FROM ledger_entry")) == 1


async def test_what_was_under_way_has_a_deadline_and_what_was_not_has_none(
    past: Past, empty_url: str
) -> None:
    account_id = await past.account("a")

    async def attempt(status: str, at: datetime) -> UUID:
        live = status in {"PENDING", "PROCESSING", "UNDER_REVIEW"}
        why = "another amount" if status == "UNDER_REVIEW" else None
        given = {"status": status, "live": live, "captured_at": None, "updated_at": at}
        given |= {"review_reason": why}
        return await past.payment(account_id, {await past.invoice(account_id, 300): 300}, **given)

    before = datetime.now(UTC)
    debit = await attempt("PROCESSING", before - timedelta(days=2))
    old_debit = await attempt("PROCESSING", before - timedelta(days=30))
    held = await attempt("UNDER_REVIEW", before - timedelta(days=2))
    others = [await attempt(status, before) for status in ("PENDING", "FAILED", "EXPIRED")]
    await migrate(empty_url)
    soon = timedelta(minutes=5)
    async with database(empty_url):
        found = {one.id: one.deadline_at for one in await audits.payments_of(account_id)}
        assert found[debit] == before + timedelta(days=12)
        for one in (old_debit, held):
            assert before + soon <= (found[one] or before) <= datetime.now(UTC) + soon
        assert [found[one] for one in others] == [None, None, None]


async def fill(past: Past) -> list[UUID]:
    """Two accounts with a bit of everything."""
    both = [await past.account("a"), await past.account("b")]
    for account_id in both:
        twice = await past.invoice(account_id, 10_000, status="PAID", paid_minor=20_000)
        more = await past.invoice(account_id, 5_000, status="PAID", paid_minor=7_000)
        late = await past.invoice(account_id, 900, status="UNCOLLECTIBLE")
        void = await past.invoice(account_id, 700, status="VOID", paid_minor=700)
        await past.invoice(account_id, 300)
        await past.payment(account_id, {twice: 10_000})
        await past.payment(account_id, {twice: 10_000, more: 3_000, void: 700})
        await past.payment(account_id, {more: 4_000})
        failed = {"status": "FAILED", "captured_at": None}
        await past.payment(account_id, {late: 900}, **failed)
    return both


async def test_sums_are_what_invoices_show_and_books_balance(past: Past, empty_url: str) -> None:
    accounts = await fill(past)
    await migrate(empty_url)
    async with database(empty_url):
        for account_id in accounts:
            listed = await audits.invoices_of(account_id)
            sums = await ledger.sums_of(account_id, [one.id for one in listed])
            for one in listed:
                assert sums[one.id] == InvoiceSums(one.paid_minor, 0, 0)
                assert one.issued_minor == one.total_minor
                assert one.paid_minor <= one.total_minor
            assert [one.paid_minor for one in listed] == [10_000, 5_000, 0, 0, 0]
            entries = [
                entry for one in listed for entry in await ledger.of_invoice(account_id, one.id)
            ]
            in_dollars = {book: balance(entries, book, "USD") for book in Book}
            assert {book: held for book, held in in_dollars.items() if held} == {
                Book.RECEIVABLE: 1_900,
                Book.SALES: -16_900,
                Book.EXCHANGE: 27_700,
                Book.SURPLUS: -12_700,
            }
            assert sum(in_dollars.values()) == 0
        taken = await fetch(
            "SELECT account_id, sum(amount_minor) AS units FROM ledger_entry"
            " WHERE debit = 'GATEWAY' AND credit = 'EXCHANGE' AND currency = 'INR' GROUP BY 1"
        )
        assert {row["account_id"]: row["units"] for row in taken} == dict.fromkeys(
            accounts, 27_700 * 84
        )


async def test_entries_of_the_past_come_before_new_ones(past: Past, empty_url: str) -> None:
    await fill(past)
    await migrate(empty_url)
    async with database(empty_url):
        rows = await fetch("SELECT id, occurred_at FROM ledger_entry ORDER BY id")
    assert [row["occurred_at"] for row in rows] == sorted(row["occurred_at"] for row in rows)
    assert {UUID(str(row["id"])).version for row in rows} == {7}
    assert UUID(str(rows[-1]["id"])) < new_id()


async def test_an_invoice_of_the_past_stays_in_the_locale_of_its_account(
    past: Past, empty_url: str
) -> None:
    account_id = await past.account("a")
    invoice_id = await past.invoice(account_id, 10_000)
    await migrate(empty_url)
    async with database(empty_url):
        read = await fetch("SELECT locale FROM invoice WHERE id = $1", invoice_id)
    assert [row["locale"] for row in read] == ["de"]


async def test_a_mail_of_the_past_came_with_the_issue(past: Past, empty_url: str) -> None:
    account_id = await past.account("a")
    invoice_id = await past.invoice(account_id, 10_000)
    mail: dict[str, Any] = {"recipient_name": "A", "recipient_email": "a@b", "state": "SENT"}
    mail |= {"attempts": 1, "created_at": ISSUED, "updated_at": ISSUED}
    await past.add("delivery", account_id=account_id, invoice_id=invoice_id, **mail)
    await migrate(empty_url)
    async with database(empty_url):
        [kept] = await documents.deliveries(account_id, invoice_id)
    assert (kept.resend, kept.recipient_email, kept.created_at) == (0, "a@b", ISSUED)
