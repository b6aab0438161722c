"""Evidence: kept in order, only ever added to, and found by invoice and by payment."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError

from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.invoice import InvoiceKind
from service.billing.money import Money
from service.billing.payment import PaymentMove
from service.store import evidence, payments
from service.store.database import new_id, transaction
from service.store.money_records import EvidenceRecord
from service.store.records import Invoice, Payment
from tests.store import rows
from tests.store.plans import plan_of
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)
POLL = Witness(Source.POLL)


async def billed() -> tuple[Invoice, Payment]:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    return invoice, await rows.payment(account.id, invoice)


async def saw(payment: Payment, fact: Fact, *, unless_repeated: bool = True) -> None:
    await evidence.add(
        payment.account_id,
        Evidence(fact, POLL),
        at=NOW,
        payment_id=payment.id,
        unless_repeated=unless_repeated,
    )


async def about_payments(account_id: UUID, *payment_ids: UUID) -> list[list[EvidenceRecord]]:
    keys = [(account_id, payment_id) for payment_id in payment_ids]
    found = await evidence.of_payments(keys)
    return [found[key] for key in keys]


async def about_invoices(account_id: UUID, *invoice_ids: UUID) -> list[list[EvidenceRecord]]:
    keys = [(account_id, invoice_id) for invoice_id in invoice_ids]
    found = await evidence.of_invoices(keys)
    return [found[key] for key in keys]


async def facts(payment: Payment) -> list[Fact]:
    [found] = await about_payments(payment.account_id, payment.id)
    return [one.fact for one in found]


async def test_evidence_is_read_as_it_was_kept() -> None:
    invoice, payment = await billed()
    amount, expected = Money(840_116, "INR"), Money(840_117, "INR")
    seen = Evidence(
        Fact.MISMATCH, Witness(Source.WEBHOOK, "evt_" + "1" * 300), "n" * 600, amount, expected
    )
    await evidence.add(invoice.account_id, seen, at=LATER, payment_id=payment.id)
    [[kept]] = await about_payments(invoice.account_id, payment.id)
    assert kept == EvidenceRecord(
        id=kept.id,
        account_id=invoice.account_id,
        invoice_id=None,
        payment_id=payment.id,
        fact=Fact.MISMATCH,
        source=Source.WEBHOOK,
        reference="evt_" + "1" * 251,
        note="n" * 500,
        amount=amount,
        expected=expected,
        at=LATER,
    )


@pytest.mark.parametrize("fact", Fact)
async def test_every_fact_can_be_kept(fact: Fact) -> None:
    _, payment = await billed()
    for source in Source:
        seen = Evidence(fact, Witness(source))
        await evidence.add(payment.account_id, seen, at=NOW, payment_id=payment.id)
    [kept] = await about_payments(payment.account_id, payment.id)
    assert [(one.fact, one.source) for one in kept] == [(fact, source) for source in Source]


async def test_a_look_that_finds_the_same_again_is_no_news() -> None:
    _, payment = await billed()
    _, other = await billed()
    for fact in (Fact.SEEN_OPEN, Fact.SEEN_OPEN, Fact.GATEWAY_SILENT, Fact.SEEN_OPEN):
        await saw(payment, fact)
    await saw(other, Fact.SEEN_OPEN)
    await saw(payment, Fact.SEEN_OPEN)
    assert await facts(payment) == [Fact.SEEN_OPEN, Fact.GATEWAY_SILENT, Fact.SEEN_OPEN]
    assert await facts(other) == [Fact.SEEN_OPEN]
    await saw(payment, Fact.SEEN_OPEN, unless_repeated=False)
    assert (await facts(payment))[-2:] == [Fact.SEEN_OPEN] * 2


async def test_the_newest_piece_is_told() -> None:
    _, payment = await billed()
    assert await evidence.newest_of(payment) is None
    await saw(payment, Fact.GATEWAY_SILENT)
    await saw(payment, Fact.PAGE_CLOSED)
    assert await evidence.newest_of(payment) is Fact.PAGE_CLOSED


async def test_an_invoice_shows_what_is_known_of_it_and_of_its_payments() -> None:
    invoice, first = await billed()
    account_id = invoice.account_id
    add_on = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    await saw(first, Fact.SEEN_OPEN)
    linked = Evidence(Fact.LINK_CREATED, Witness(Source.STAFF, "kim"))
    await evidence.add(account_id, linked, at=NOW, invoice_id=invoice.id)
    async with transaction():
        await payments.move(first, PaymentMove.FAIL, at=NOW)
    both = await rows.payment(account_id, invoice, add_on)
    await saw(both, Fact.SEEN_PROCESSING)
    case = Evidence(Fact.CASE_OPENED, POLL)
    await evidence.add(account_id, case, at=NOW, invoice_id=invoice.id, payment_id=both.id)
    found = await about_invoices(account_id, add_on.id, invoice.id, new_id())
    assert [[one.fact for one in listed] for listed in found] == [
        [Fact.SEEN_PROCESSING, Fact.CASE_OPENED],
        [Fact.SEEN_OPEN, Fact.LINK_CREATED, Fact.SEEN_PROCESSING, Fact.CASE_OPENED],
        [],
    ]
    assert await about_invoices(account_id) == []


async def test_of_much_evidence_the_newest_two_hundred_pieces_are_read() -> None:
    invoice, payment = await billed()
    facts = [Fact.SEEN_OPEN, Fact.SEEN_PROCESSING]
    for place in range(evidence.SHOWN_MAX + 1):
        await saw(payment, facts[place % 2], unless_repeated=False)
    [about_it] = await about_payments(invoice.account_id, payment.id)
    assert [one.fact for one in about_it] == facts[::-1] * 100
    assert await about_invoices(invoice.account_id, invoice.id) == [about_it]


async def test_what_can_be_had_at_will_pushes_nothing_of_weight_out_of_sight() -> None:
    invoice, payment = await billed()
    await saw(payment, Fact.SEEN_PAID)
    linked = Evidence(Fact.LINK_CREATED, Witness(Source.PAYER))
    for _ in range(evidence.SHOWN_MAX + 50):
        await evidence.add(invoice.account_id, linked, at=NOW, invoice_id=invoice.id)
    [about_it] = await about_invoices(invoice.account_id, invoice.id)
    assert [one.fact for one in about_it] == [Fact.SEEN_PAID] + [Fact.LINK_CREATED] * 199


async def test_what_a_customer_says_is_kept_once_as_long_as_they_say_the_same() -> None:
    invoice, _ = await billed()
    for said in ("UTR 1", "UTR 1", "UTR 2", "UTR 2", "UTR 1"):
        claimed = Evidence(Fact.CLAIMED, Witness(Source.PAYER, "a@x.example"), said)
        await evidence.add_claim(invoice.account_id, invoice.id, claimed, at=NOW)
    [about_it] = await about_invoices(invoice.account_id, invoice.id)
    assert [one.note for one in about_it] == ["UTR 1", "UTR 2", "UTR 1"]


async def test_evidence_is_for_its_account_alone() -> None:
    invoice, payment = await billed()
    stranger = (await rows.account()).id
    await saw(payment, Fact.SEEN_PAID)
    assert await about_invoices(stranger, invoice.id) == [[]]
    assert await about_payments(stranger, payment.id) == [[]]
    seen = Evidence(Fact.SEEN_PAID, POLL)
    with pytest.raises(IntegrityError, match="evidence_payment"):
        await evidence.add(stranger, seen, at=NOW, payment_id=payment.id)
    with pytest.raises(IntegrityError, match="evidence_invoice"):
        await evidence.add(stranger, seen, at=NOW, invoice_id=invoice.id)
    with pytest.raises(IntegrityError, match="evidence_subject"):
        await evidence.add(stranger, seen, at=NOW)
    assert await rows.number_of("evidence") == 1


async def fill(db: str) -> None:
    """Ten pieces about each of many other payments and invoices of the oldest account."""
    bills = [{"id": new_id(), "number": f"X-{place}", "kind": "ADD_ON"} for place in range(300)]
    await rows.copy_many("invoice", bills)
    attempts = [{"id": new_id()} for _ in range(300)]
    await rows.copy_many("payment", attempts)
    about: list[dict[str, object]] = [{"payment_id": one["id"]} for one in attempts]
    about += [{"payment_id": None, "invoice_id": one["id"]} for one in bills]
    await rows.copy_many("evidence", [{"id": new_id()} | one for one in about * 10])
    connection = await asyncpg.connect(db)
    await connection.execute("ANALYZE")
    await connection.close()


async def test_evidence_about_an_invoice_costs_the_same_however_much_there_is(db: str) -> None:
    invoice, payment = await billed()
    await saw(payment, Fact.SEEN_OPEN)
    await fill(db)
    plan = await plan_of(lambda: about_invoices(invoice.account_id, invoice.id))
    scans = [node for node in plan if node.get("Relation Name") == "evidence"]
    assert len(scans) == 2
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Bitmap Heap Scan"}
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans) == 1
    assert [node.get("Rows Removed by Filter", 0) for node in scans] == [0, 0]
