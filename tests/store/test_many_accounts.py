"""What several accounts have is read in one statement, and none of it under another account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.support import CaseReason
from service.store import (
    accounts,
    cases,
    documents,
    evidence,
    invoices,
    payment_links,
    payment_pages,
    payments,
    refunds,
)
from service.store.cases import NewCase
from service.store.database import new_id, transaction
from service.store.keys import Key, in_groups
from service.store.records import Invoice, Payment
from tests.store import rows
from tests.store.plans import plan_of
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

#: What finds a value for each key, or only the records that there are.
Find = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Any] | Sequence[Any]]]


@dataclass(frozen=True)
class Stock:
    """An account with one of everything: keys of its invoice, payment, case and link."""

    invoice: Key
    payment: Key
    case: Key
    link: Key


async def stocked(amount: str = "100.00") -> Stock:
    account_id = (await rows.account()).id
    invoice = await rows.invoice(account_id, amount)
    payment = await rows.payment(account_id, invoice)
    link = rows.new_link(invoice)
    claimed = NewCase(account_id, CaseReason.CLAIM, "ada@mueller.example", invoice.id)
    async with transaction():
        await refunds.add(rows.new_refund(payment))
        await payment_links.create(link, str(link.id))
        case_id = await cases.open_case(claimed, at=NOW)
    assert case_id is not None
    await gateway_saw(payment, case_id)
    await mailed(invoice, payment)
    return Stock(
        (account_id, invoice.id),
        (account_id, payment.id),
        (account_id, case_id),
        (account_id, link.id),
    )


async def gateway_saw(payment: Payment, case_id: UUID) -> None:
    name = str(payment.id)
    seen = Evidence(Fact.SEEN_PAID, Witness(Source.POLL))
    async with transaction():
        disputed = rows.gateway_dispute(name)
        await refunds.open_dispute(payment.account_id, payment.id, payment.gateway, disputed)
        found = rows.gateway_payment(payment.amount, name)
        await cases.add_candidate(payment.account_id, case_id, payment.gateway, found)
    await evidence.add(payment.account_id, seen, at=NOW, payment_id=payment.id)


async def mailed(invoice: Invoice, payment: Payment) -> None:
    of = (invoice.account_id, invoice.id)
    async with transaction():
        await documents.queue(*of, at=NOW)
        await documents.queue_receipt(payment.account_id, payment.id, series="RCT", at=NOW)
        await documents.queue_delivery(*of, contact_id=None, name="Ada", email="ada@b", at=NOW)


READS: dict[str, tuple[str, Find]] = {
    "invoices": ("invoice", invoices.find_each),
    "lines": ("invoice", invoices.lines),
    "deliveries": ("invoice", documents.deliveries_of_each),
    "links of invoices": ("invoice", payment_links.of_invoices),
    "evidence about invoices": ("invoice", evidence.of_invoices),
    "numbers of payments": ("invoice", payment_pages.counts_of_invoices),
    "payments": ("payment", payments.find_each),
    "allocations": ("payment", payments.allocations_of_each),
    "receipts": ("payment", documents.receipts_of_each),
    "refunds": ("payment", refunds.of_each),
    "disputes": ("payment", refunds.disputes_of_each),
    "evidence about payments": ("payment", evidence.of_payments),
    "cases": ("case", cases.find_each),
    "candidates": ("case", cases.candidates_of),
    "links": ("link", payment_links.find_each),
}


def filled(found: Mapping[Key, Any] | Sequence[Any]) -> set[Key]:
    """The keys that something was found for."""
    if isinstance(found, Mapping):
        return {key for key, value in found.items() if value}
    return {(record.account_id, record.id) for record in found}


@pytest.mark.parametrize("name", READS)
async def test_nothing_is_read_under_an_account_that_it_is_not_of(name: str) -> None:
    attribute, find = READS[name]
    own, others = [getattr(await stocked(amount), attribute) for amount in ("1.00", "2.00")]
    crossed = [(own[0], others[1]), (others[0], own[1]), (new_id(), own[1])]
    assert filled(await find(crossed)) == set()
    found = await find([*crossed, others, own, own])
    assert filled(found) == {own, others}
    assert await find([own, own]) == await find([own])
    assert not await find([])
    if isinstance(found, Mapping):
        assert found.keys() == {*crossed, own, others}
        assert await find([own]) == {own: found[own]}
        assert await find([others]) == {others: found[others]}


# What has to differ between the copies of a row, beside what they are about.
OWN: dict[str, Callable[[UUID], dict[str, Any]]] = {
    "payment_link": lambda one: {"token_sha256": one.hex * 2},
    "document": lambda one: {"invoice_id": None, "number": one.hex[:24]},
    "dispute": lambda one: {"reference": one.hex},
    "evidence": lambda _: {"invoice_id": None},
    "case_candidate": lambda one: {"transaction": one.hex},
}


async def fill(db: str) -> None:
    """Make all tables long, as one account's, and let PostgreSQL count their rows."""
    bills, attempts, claims = [[new_id() for _ in range(6_000)] for _ in range(3)]
    usual = {"kind": "ADD_ON", "period_start": None, "period_end": None}
    await rows.copy_many("invoice", [{"id": one, "number": one.hex[-16:]} | usual for one in bills])
    await rows.copy_many("payment", [{"id": one} for one in attempts])
    claimed = zip(claims, bills, strict=True)
    await rows.copy_many("support_case", [{"id": a, "invoice_id": one} for a, one in claimed])
    about = {
        "invoice_id": (bills, ("invoice_line", "delivery", "payment_link")),
        "payment_id": (attempts, ("document", "refund", "dispute", "evidence")),
        "case_id": (claims, ("case_candidate",)),
    }
    for column, (ids, tables) in about.items():
        for table in tables:
            own = OWN.get(table)
            copies = [{"id": new_id(), column: one} | (own(one) if own else {}) for one in ids]
            await rows.copy_many(table, copies)
    pairs = zip(bills, attempts, strict=True)
    parts = [{"id": new_id(), "invoice_id": one, "payment_id": other} for one, other in pairs]
    await rows.copy_many("payment_allocation", parts)
    connection = await asyncpg.connect(db)
    await connection.execute("ANALYZE")
    await connection.close()


async def test_what_several_accounts_have_costs_the_same_however_much_else_there_is(
    db: str,
) -> None:
    own, others = await stocked(), await stocked()
    await fill(db)
    for name, (attribute, find) in READS.items():
        keys = [getattr(own, attribute), getattr(others, attribute)]
        plan = await plan_of(partial(find, keys))
        scans = [node for node in plan if "Relation Name" in node]
        assert scans, name
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= 12, (
            name,
            scans,
        )
        assert sum(node.get("Rows Removed by Filter", 0) for node in scans) <= 2, (name, scans)


async def test_the_contacts_of_several_accounts_are_read_at_once() -> None:
    added = {}
    for _ in range(2):
        contact = rows.new_contact((await rows.account()).id)
        await accounts.add_contact(contact, at=NOW)
        added[contact.account_id] = [contact]
    nobody = new_id()
    assert await accounts.contacts_of_each([nobody, *added]) == added | {nobody: []}
    known = {listed[0].id: account_id for account_id, listed in added.items()}
    assert await accounts.owners_of_contacts([*known, new_id()]) == known


async def test_what_is_alike_is_read_together_and_handed_out_as_it_was_asked_for() -> None:
    read: list[Sequence[int]] = []

    async def double(group: Sequence[int]) -> list[int]:
        read.append(group)
        return [2 * one for one in group]

    assert await in_groups([5, 2, 3, 5, 4], lambda one: one % 2, double) == [10, 4, 6, 10, 8]
    assert read == [[5, 3], [2, 4]]
