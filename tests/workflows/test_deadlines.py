"""By when a payer gets an answer: the gateway's, or a person's, who is called by the service."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable
from service.billing.evidence import Fact
from service.billing.money import Money
from service.billing.payment import GatewayState, PaymentMove, PaymentStatus
from service.billing.support import CaseReason, CaseStatus
from service.store import cases, evidence, invoices, payments
from service.store.database import execute, fetch, transaction
from service.store.money_records import SupportCase
from service.store.records import Payment
from service.workflows import cases as cases_of_people
from service.workflows import checkout
from service.workflows.deadlines import enforce
from service.workflows.sweep import sweep
from tests.support.books import books
from tests.support.shop import START, Shop

S = PaymentStatus
FIVE = timedelta(minutes=5)


async def begun(shop: Shop) -> tuple[UUID, Payment]:
    account = await shop.account()
    return account, (await shop.start(account, await shop.invoice(account))).payment


async def returned(shop: Shop, payment: Payment) -> None:
    """The payer is back, and the gateway says nothing."""
    with pytest.raises(GatewayUnavailable):
        await checkout.confirm(shop.ports, payment.account_id, payment.id)


async def open_cases(payment: Payment) -> list[SupportCase]:
    return await cases.open_about(payment.account_id, payment_ids=[payment.id])


async def facts(payment: Payment) -> list[Fact]:
    key = (payment.account_id, payment.id)
    return [one.fact for one in (await evidence.of_payments([key]))[key]]


async def mails(account: UUID) -> list[str]:
    rows = await fetch("SELECT kind FROM notification WHERE account_id = $1 ORDER BY id", account)
    return [row["kind"] for row in rows]


async def silent(shop: Shop) -> tuple[UUID, Payment]:
    """A payer who paid and came back to a gateway that does not answer."""
    account, payment = await begun(shop)
    await shop.pay(payment)
    shop.sandbox.faults.add("outage")
    await returned(shop, payment)
    return account, await shop.payment(account, payment.id)


async def test_a_payer_who_comes_back_has_an_answer_within_five_minutes(shop: Shop) -> None:
    _, payment = await silent(shop)
    assert (payment.returned_at, payment.deadline_at) == (START, START + FIVE)
    assert payment.next_check_at == START + timedelta(seconds=2)


async def test_at_the_deadline_a_case_is_opened_with_the_evidence_and_the_payer_is_told(
    shop: Shop,
) -> None:
    account, payment = await silent(shop)
    shop.clock.now = START + FIVE - timedelta(seconds=1)
    assert await enforce(shop.ports) == 0
    shop.clock.now = START + FIVE
    assert await enforce(shop.ports) == 1
    [case] = await open_cases(payment)
    assert (case.reason, case.opened_by) == (CaseReason.DEADLINE_PASSED, "service")
    assert await mails(account) == ["CASE_OPENED"]
    assert await facts(payment) == [
        Fact.ATTEMPT_STARTED,
        Fact.PAYER_RETURNED,
        Fact.GATEWAY_SILENT,
        Fact.CASE_OPENED,
    ]
    assert await enforce(shop.ports) == 0


async def test_when_the_truth_arrives_the_case_closes_itself(shop: Shop) -> None:
    account, payment = await silent(shop)
    shop.clock.now = START + FIVE
    await enforce(shop.ports)
    shop.sandbox.faults.clear()
    shop.clock.move(minutes=60)
    assert await sweep(shop.ports) == 1
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED
    assert await open_cases(payment) == []
    closed = (await cases.page(account, size=5, status=CaseStatus.RESOLVED)).cases
    assert [case.resolved_by for case in closed] == ["service"]
    assert await mails(account) == ["CASE_OPENED", "CASE_RESOLVED"]


async def test_at_the_deadline_the_gateway_is_asked_once_more_before_a_person_is(
    shop: Shop,
) -> None:
    account, payment = await silent(shop)
    shop.sandbox.faults.clear()
    shop.clock.now = START + FIVE
    assert await enforce(shop.ports) == 1
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED
    assert await open_cases(payment) == []


async def test_a_payer_who_turned_back_without_paying_is_nobodys_case(shop: Shop) -> None:
    account, payment = await begun(shop)
    back = await checkout.confirm(shop.ports, account, payment.id)
    assert (back.status, back.deadline_at) == (S.PENDING, START + FIVE)
    shop.clock.now = START + FIVE
    assert await enforce(shop.ports) == 1
    after = await shop.payment(account, payment.id)
    assert (after.status, after.deadline_at, after.returned_at) == (S.PENDING, None, None)
    assert after.seen_state is GatewayState.OPEN
    assert await open_cases(payment) == []


async def test_a_bank_debit_has_days_and_an_authorisation_minutes(shop: Shop) -> None:
    account, debit = await begun(shop)
    await shop.pay(debit, "debit_succeeds")
    slow = await shop.settle(account, debit.id)
    assert (slow.status, slow.deadline_at) == (S.PROCESSING, START + timedelta(days=14))
    other, card = await begun(shop)
    shop.sandbox.dashboard.authorise(card.session_id or "")
    held = await shop.settle(other, card.id)
    assert (held.status, held.seen_state) == (S.PROCESSING, GatewayState.AUTHORIZED)
    assert held.deadline_at == START + FIVE
    shop.clock.now = START + FIVE
    assert await enforce(shop.ports) == 1
    assert [case.reason for case in await open_cases(card)] == [CaseReason.DEADLINE_PASSED]
    assert await open_cases(debit) == []


async def test_an_authorisation_that_is_captured_pays_and_one_that_is_released_does_not(
    shop: Shop,
) -> None:
    for by_hand, status in (("capture", S.CAPTURED), ("cancel", S.CANCELED)):
        account, payment = await begun(shop)
        shop.sandbox.dashboard.authorise(payment.session_id or "")
        held = await shop.settle(account, payment.id)
        intent = shop.at_gateway(held)["payment_intent"]
        getattr(shop.sandbox.dashboard, by_hand)(intent)
        assert (await shop.settle(account, payment.id)).status is status


async def test_money_that_does_not_fit_is_a_case_at_once(shop: Shop) -> None:
    account, payment = await begun(shop)
    await shop.pay(payment)
    shop.sandbox.dashboard.tamper(payment.session_id or "", amount_total=1)
    assert (await shop.settle(account, payment.id)).status is S.UNDER_REVIEW
    [case] = await open_cases(payment)
    note = f"0.01 INR was reported, {payment.quote.charged} was asked"
    assert (case.reason, case.note) == (CaseReason.UNDER_REVIEW, note)
    before = await books()
    await shop.settle(account, payment.id)
    assert await books() == before
    charged = payment.quote.charged.minor_units
    shop.sandbox.dashboard.tamper(payment.session_id or "", amount_total=charged)
    assert (await shop.settle(account, payment.id)).status is S.CAPTURED
    assert await open_cases(payment) == []


async def test_what_a_person_has_answered_is_not_asked_again(shop: Shop) -> None:
    account, payment = await begun(shop)
    shop.sandbox.dashboard.authorise(payment.session_id or "")
    await shop.settle(account, payment.id)
    shop.clock.now = START + FIVE
    await enforce(shop.ports)
    [case] = await open_cases(payment)
    await cases_of_people.resolve(
        shop.ports, account, case.id, by="ops@seller.example", resolution="The bank holds it."
    )
    shop.clock.move(days=1)
    assert await enforce(shop.ports) == 0
    assert await open_cases(payment) == []
    assert await mails(account) == ["CASE_OPENED", "CASE_RESOLVED"]
    after = await shop.payment(account, payment.id)
    assert (after.status, after.deadline_at) == (S.PROCESSING, None)


async def test_a_payer_who_comes_back_once_more_is_owed_another_answer(shop: Shop) -> None:
    account, payment = await silent(shop)
    shop.clock.now = START + FIVE
    await enforce(shop.ports)
    [case] = await open_cases(payment)
    await cases_of_people.resolve(
        shop.ports, account, case.id, by="ops@seller.example", resolution="Nothing was paid."
    )
    settled = await shop.payment(account, payment.id)
    assert (settled.status, settled.returned_at, settled.deadline_at) == (S.PENDING, None, None)
    shop.clock.move(minutes=10)
    await returned(shop, payment)
    again = await shop.payment(account, payment.id)
    assert (again.returned_at, again.deadline_at) == (shop.clock(), shop.clock() + FIVE)


async def test_money_that_does_not_fit_an_attempt_that_ended_is_a_case_too(shop: Shop) -> None:
    account, payment = await begun(shop)
    await shop.pay(payment)
    async with transaction(shop.ports.bus):
        await payments.move(payment, PaymentMove.EXPIRE, at=START)
    charged = payment.quote.charged.minor_units
    shop.sandbox.dashboard.tamper(payment.session_id or "", amount_total=charged + 1)
    assert (await shop.settle(account, payment.id)).status is S.EXPIRED
    [case] = await open_cases(payment)
    note = f"{Money(charged + 1, 'INR')} was reported, {Money(charged, 'INR')} was asked"
    assert (case.reason, case.note) == (CaseReason.UNDER_REVIEW, note)
    await shop.settle(account, payment.id)
    assert [one.id for one in await open_cases(payment)] == [case.id]
    shop.sandbox.dashboard.tamper(payment.session_id or "", amount_total=charged)
    assert (await shop.settle(account, payment.id)).status is S.CAPTURED
    assert await open_cases(payment) == []


async def test_a_delayed_payment_that_fails_is_told_by_mail_and_the_invoice_is_due_again(
    shop: Shop,
) -> None:
    account, payment = await begun(shop)
    await shop.pay(payment, "debit_fails")
    assert (await shop.settle(account, payment.id)).status is S.PROCESSING
    shop.clock.move(seconds=6)
    assert (await shop.settle(account, payment.id)).status is S.FAILED
    [part] = await payments.allocations(account, [payment.id])
    invoice = await invoices.find(account, part.invoice_id)
    assert (invoice.status, invoice.due_minor, invoice.live_payment) == ("OPEN", 10000, None)
    assert await mails(account) == ["PAYMENT_FAILED"]


async def test_a_session_that_expires_while_its_debit_is_processing_is_still_paid(
    shop: Shop,
) -> None:
    account, payment = await begun(shop)
    await shop.pay(payment, "debit_succeeds")
    shop.sandbox.dashboard.expire(payment.session_id or "")
    assert (await shop.settle(account, payment.id)).status is S.PROCESSING
    shop.clock.move(seconds=6)
    assert (await shop.settle(account, payment.id)).status is S.CAPTURED


async def test_a_report_that_nobody_understands_is_a_case_and_holds_up_no_other(
    shop: Shop,
) -> None:
    _, odd = await silent(shop)
    shop.sandbox.faults.clear()
    _, fine = await silent(shop)
    shop.sandbox.faults.clear()
    with shop.sandbox.book.transaction():
        session = shop.at_gateway(odd)
        unlike = {name: value for name, value in session.items() if name != "livemode"}
        shop.sandbox.book.put("session", session["id"], unlike)
    shop.clock.now = START + FIVE
    assert await enforce(shop.ports, at_once=1) == 2
    assert [case.reason for case in await open_cases(odd)] == [CaseReason.DEADLINE_PASSED]
    assert (await shop.payment(fine.account_id, fine.id)).status is S.CAPTURED
    assert await open_cases(fine) == []


async def test_an_attempt_that_breaks_is_tried_again_and_holds_up_no_other(shop: Shop) -> None:
    _, broken = await silent(shop)
    shop.sandbox.faults.clear()
    _, fine = await silent(shop)
    shop.clock.now = START + FIVE
    refused = f"CHECK (payment_id <> '{broken.id}')"
    await execute(f"ALTER TABLE support_case ADD CONSTRAINT broken {refused}")
    count = await enforce(shop.ports, at_once=1)
    await execute("ALTER TABLE support_case DROP CONSTRAINT broken")
    assert count == 2
    assert [case.reason for case in await open_cases(fine)] == [CaseReason.DEADLINE_PASSED]
    assert await open_cases(broken) == []
    assert await enforce(shop.ports) == 1
    assert [case.reason for case in await open_cases(broken)] == [CaseReason.DEADLINE_PASSED]


async def test_late_answers_are_waited_for_beside_each_other(shop: Shop) -> None:
    for _ in range(8):
        await silent(shop)
        shop.sandbox.faults.clear()
    shop.clock.now = START + FIVE
    shop.sandbox.faults.add("hang_api", seconds=0.5, when="before")
    began = time.monotonic()
    assert await enforce(shop.ports) == 8
    assert time.monotonic() - began < 2
