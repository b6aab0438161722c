"""Every rule that the database holds, broken on purpose.

The rules are read from the migrations and from the catalogue: one that no statement here breaks
fails the suite.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from service.billing.events import DeliveryState, DocumentState
from service.billing.evidence import Fact, Source
from service.billing.invoice import InvoiceKind, InvoiceStatus
from service.billing.ledger import Book
from service.billing.payment import LIVE, GatewayState, PaymentStatus
from service.billing.people import ContactStatus, Plan
from service.billing.refund import DisputeStatus, RefundReason, RefundStatus
from service.billing.support import CaseReason, CaseStatus, NotificationKind
from service.store.database import database
from tests.store import breaks, money_breaks
from tests.store.seeds import one_of_everything

if TYPE_CHECKING:
    from tests.conftest import Databases

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIGRATIONS = [
    import_module(f"service.store.migrations.{name}")
    for name in (
        "0002_constraints",
        "0004_money_rules",
        "0006_mail_and_search",
        "0008_returned_by_bank",
    )
]
RULES, MONEY_RULES, MAIL_RULES, BANK_RULES = MIGRATIONS
# A later migration may replace a check of an earlier one.
CHECKS: dict[str, str] = {
    name: condition
    for migration in MIGRATIONS
    for checks in migration.CHECKS.values()
    for name, condition in checks.items()
}
BREAKS = breaks.BREAKS | money_breaks.BREAKS
REPEATS = breaks.REPEATS | money_breaks.REPEATS
LET_PASS = breaks.LET_PASS | money_breaks.LET_PASS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seeded(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make()
    async with database(url, pool_size=2):
        await one_of_everything()
    yield url
    await databases.drop(url)


@pytest_asyncio.fixture(loop_scope="module")
async def connection(seeded: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose changes are forgotten after the test."""
    connection = await asyncpg.connect(seeded)
    undone = connection.transaction()
    await undone.start()
    try:
        yield connection
    finally:
        await undone.rollback()
        await connection.close()


async def refusal(connection: asyncpg.Connection, statements: str) -> str | None:
    """The constraint that refuses a statement, after those before it went through."""
    *before, last = statements.split("; ")
    for statement in before:
        await connection.execute(statement)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await connection.execute(last)
    name: str | None = refused.value.constraint_name
    return name


async def test_every_constraint_is_broken_here() -> None:
    names = set(CHECKS)
    for migration in MIGRATIONS:
        names |= {*migration.UNIQUE_INDEXES, *getattr(migration, "COMPOSITE_KEYS", {})}
    assert set(BREAKS) == names
    assert not set(breaks.BREAKS) & set(money_breaks.BREAKS)
    assert all(BREAKS.values())


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        pytest.param(name, statements, id=f"{name}-{place}")
        for name, each in BREAKS.items()
        for place, statements in enumerate(each, start=1)
    ],
)
async def test_a_constraint_refuses(
    connection: asyncpg.Connection, name: str, statements: str
) -> None:
    assert await refusal(connection, statements) == name


async def test_every_key_is_broken_here(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) AS says"
        " FROM pg_constraint WHERE contype = 'u' AND connamespace = 'public'::regnamespace"
        " AND conrelid::regclass::text !~ '^(pgqueuer|tortoise)'"
    )
    assert {row["says"] for row in rows} == set(REPEATS)


@pytest.mark.parametrize("says", REPEATS)
async def test_a_key_refuses_to_repeat(connection: asyncpg.Connection, says: str) -> None:
    name = await connection.fetchval(
        "SELECT conname FROM pg_constraint"
        " WHERE conrelid::regclass || ' ' || pg_get_constraintdef(oid) = $1",
        says,
    )
    assert await refusal(connection, REPEATS[says]) == name


@pytest.mark.parametrize("what", LET_PASS)
async def test_the_constraints_let_pass(connection: asyncpg.Connection, what: str) -> None:
    for statement in LET_PASS[what].split("; "):
        assert (await connection.execute(statement)).split()[-1] != "0"


@pytest.mark.parametrize(
    ("check", "enum"),
    [
        ("account_plan", Plan),
        ("billing_contact_status", ContactStatus),
        ("charge_kind", InvoiceKind),
        ("invoice_kind", InvoiceKind),
        ("invoice_status", InvoiceStatus),
        ("payment_status", PaymentStatus),
        ("document_state", DocumentState),
        ("delivery_state", DeliveryState),
        ("payment_seen", GatewayState),
        ("ledger_entry_debit", Book),
        ("ledger_entry_credit", Book),
        ("refund_status", RefundStatus),
        ("refund_reason", RefundReason),
        ("dispute_status", DisputeStatus),
        ("evidence_fact", Fact),
        ("evidence_source", Source),
        ("support_case_status", CaseStatus),
        ("support_case_reason", CaseReason),
        ("notification_kind", NotificationKind),
        ("notification_state", DeliveryState),
    ],
)
async def test_a_check_lists_what_the_rules_list(check: str, enum: type[StrEnum]) -> None:
    assert set(re.findall(r"'([A-Z_]+)'", CHECKS[check])) == set(enum)


async def test_the_database_knows_which_payments_are_live() -> None:
    assert set(re.findall(r"'([A-Z_]+)'", CHECKS["payment_live"])) == LIVE


async def test_every_row_of_an_account_needs_the_account(connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "SELECT table_name::text AS name, EXISTS (SELECT FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = table_name::regclass"
        " AND pg_get_constraintdef(oid) = 'FOREIGN KEY (account_id) REFERENCES account(id)"
        " ON DELETE RESTRICT') AS held"
        " FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'account_id' ORDER BY 1"
    )
    assert len(rows) == 18
    assert [row["name"] for row in rows if not row["held"]] == []


@pytest.mark.parametrize("table", MONEY_RULES.APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
async def test_what_was_written_down_is_neither_changed_nor_removed(
    connection: asyncpg.Connection, table: str, change: str
) -> None:
    with pytest.raises(
        asyncpg.IntegrityConstraintViolationError, match=f"^{table} is only ever added to$"
    ):
        await connection.execute(change.format(table))


async def test_a_check_that_says_more_now_replaced_the_one_before() -> None:
    first, last = RULES.CHECKS, MONEY_RULES.CHECKS
    replaced = {
        (table, name): condition
        for table, checks in last.items()
        for name, condition in checks.items()
        if name in first.get(table, {})
    }
    assert replaced == {
        ("invoice", "invoice_paid"): "paid_minor >= 0 AND paid_minor <= total_minor"
    }
    former = MONEY_RULES.FORMER_CHECKS
    assert former == {"invoice": {"invoice_paid": first["invoice"]["invoice_paid"]}}


async def test_the_check_of_why_a_case_is_open_names_one_more_reason() -> None:
    former = BANK_RULES.FORMER_CHECKS
    reasons = MONEY_RULES.CHECKS["support_case"]["support_case_reason"]
    assert former == {"support_case": {"support_case_reason": reasons}}
    now = BANK_RULES.CHECKS["support_case"]["support_case_reason"]
    assert now == reasons.removesuffix(")") + ", 'SURPLUS')"


async def test_a_key_that_says_less_now_replaced_the_one_before() -> None:
    former = MAIL_RULES.FORMER_INDEXES
    assert former == {"delivery_once": RULES.UNIQUE_INDEXES["delivery_once"]}
    now = MAIL_RULES.UNIQUE_INDEXES["delivery_once"]
    assert now == former["delivery_once"].removesuffix(")") + ", resend)"
