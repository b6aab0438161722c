"""Payment attempts: guarded moves, and one live attempt per invoice whoever clicks how often."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.errors import LostRace, NotFound, TransitionRefused
from service.billing.invoice import InvoiceKind
from service.billing.money import Money
from service.billing.payment import (
    Decline,
    GatewayCheckout,
    GatewayState,
    Method,
    PaymentMove,
    PaymentStatus,
)
from service.gateway import CheckoutPage
from service.store import payment_checks, payment_pages, payments
from service.store.database import fetch, new_id, transaction
from service.store.payments import LiveAttemptExists
from service.store.records import Allocation, Invoice, Payment
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)


async def billed() -> tuple[UUID, Invoice]:
    account = await rows.account()
    return account.id, await rows.invoice(account.id)


async def move(
    payment: Payment, step: PaymentMove, *, captured_at: datetime | None = None
) -> PaymentStatus:
    async with transaction():
        return await payments.move(payment, step, at=LATER, captured_at=captured_at)


async def liveness(payment_id: UUID) -> list[bool]:
    found = await fetch("SELECT live FROM payment_allocation WHERE payment_id = $1", payment_id)
    return [row["live"] for row in found]


async def test_an_attempt_is_read_as_it_was_written() -> None:
    account_id, invoice = await billed()
    add_on = await rows.invoice(account_id, "0.99", kind=InvoiceKind.ADD_ON)
    new = rows.new_payment(account_id, [invoice, add_on])
    async with transaction():
        await payments.create(new, at=NOW)
    read = await payments.find(account_id, new.id)
    assert read == Payment(
        id=new.id,
        account_id=account_id,
        status=PaymentStatus.PENDING,
        amount=Money(10_099, "USD"),
        quote=new.quote,
        gateway="stripe",
        live_mode=False,
        session_id=None,
        second_session_id=None,
        transaction=None,
        page_url=None,
        page_form=None,
        success_url=new.success_url,
        cancel_url=new.cancel_url,
        payer_email=new.payer_email,
        expires_at=new.expires_at,
        method_kind=None,
        method_brand=None,
        method_last4=None,
        failure_code=None,
        failure_message=None,
        review_reason=None,
        next_check_at=new.next_check_at,
        checked_at=None,
        asked_at=None,
        seen_state=None,
        watched_since=None,
        watched_until=None,
        returned_at=None,
        deadline_at=None,
        superseded_by=None,
        settlement=None,
        offline_reference=None,
        captured_at=None,
        version=1,
        created_at=NOW,
    )
    assert new.quote.charged == Money(848_434, "INR")
    assert await payments.allocations(account_id, [new.id]) == sorted(
        [
            Allocation(new.id, invoice.id, Money(10_000, "USD")),
            Allocation(new.id, add_on.id, Money(99, "USD")),
        ],
        key=lambda part: part.invoice_id,
    )


async def test_an_attempt_of_another_account_is_not_found() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    stranger = (await rows.account()).id
    with pytest.raises(NotFound, match=r"No such payment\."):
        await payments.find(stranger, payment.id)
    assert await payments.find_many(stranger, [payment.id]) == []
    assert await payments.find_each([(stranger, payment.id)]) == []
    assert await payments.allocations(stranger, [payment.id]) == []
    assert await payments.live_for(stranger, [invoice.id]) is None
    assert (await payment_pages.page(stranger, size=10)).payments == []
    with pytest.raises(NotFound):
        await payments.latest(stranger, payment.id)
    assert await payments.owner_of(payment.id) == account_id
    assert await payments.owners_of([payment.id, new_id()]) == {payment.id: account_id}
    with pytest.raises(NotFound):
        await payments.owner_of(new_id())


async def test_a_move_is_written_once() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    after = await move(payment, PaymentMove.CAPTURE, captured_at=LATER)
    assert after is PaymentStatus.CAPTURED
    captured = await payments.find(account_id, payment.id)
    assert captured == replace(
        payment,
        status=PaymentStatus.CAPTURED,
        captured_at=LATER,
        next_check_at=None,
        version=2,
    )


async def test_who_read_an_older_status_loses() -> None:
    account_id, invoice = await billed()
    read = await rows.payment(account_id, invoice)
    await move(read, PaymentMove.PROCESS)
    before = await payments.find(account_id, read.id)
    with pytest.raises(LostRace, match=f"^payment {read.id}$"):
        await move(read, PaymentMove.CAPTURE, captured_at=LATER)
    assert await payments.find(account_id, read.id) == before
    with pytest.raises(LostRace):
        await move(replace(before, account_id=new_id()), PaymentMove.FAIL)
    assert await payments.find(account_id, read.id) == before


async def test_of_many_movers_one_wins() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    steps = [PaymentMove.FAIL, PaymentMove.CANCEL, PaymentMove.EXPIRE, PaymentMove.PROCESS] * 3
    ends = await asyncio.gather(*[move(payment, step) for step in steps], return_exceptions=True)
    (won,) = [end for end in ends if isinstance(end, PaymentStatus)]
    assert [type(end) for end in ends].count(LostRace) == 11
    found = await payments.find(account_id, payment.id)
    assert (found.status, found.version) == (won, 2)


async def test_what_has_ended_keeps_nobody_waiting() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    await payment_checks.set_deadline(payment, LATER)
    await move(payment, PaymentMove.PROCESS)
    waiting = await payments.find(account_id, payment.id)
    assert (waiting.deadline_at, waiting.next_check_at) == (LATER, payment.next_check_at)
    await move(waiting, PaymentMove.FAIL)
    ended = await payments.find(account_id, payment.id)
    assert (ended.deadline_at, ended.next_check_at) == (None, None)


async def test_a_move_that_is_not_listed_changes_nothing() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    await move(payment, PaymentMove.CAPTURE, captured_at=NOW)
    captured = await payments.find(account_id, payment.id)
    for step in PaymentMove:
        with pytest.raises(TransitionRefused):
            await move(captured, step)
    assert await payments.find(account_id, payment.id) == captured


async def test_a_capture_without_its_time_is_refused() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    with pytest.raises(IntegrityError, match="payment_captured"):
        await move(payment, PaymentMove.CAPTURE)
    assert await payments.find(account_id, payment.id) == payment


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([PaymentMove.PROCESS, PaymentMove.FAIL], PaymentStatus.FAILED),
        ([PaymentMove.EXPIRE, PaymentMove.CAPTURE], PaymentStatus.CAPTURED),
        ([PaymentMove.CANCEL], PaymentStatus.CANCELED),
    ],
)
async def test_the_allocations_follow_their_payment(
    steps: list[PaymentMove], status: PaymentStatus
) -> None:
    account_id, invoice = await billed()
    add_on = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    payment = await rows.payment(account_id, invoice, add_on)
    assert await liveness(payment.id) == [True, True]
    for step in steps:
        captured_at = LATER if step is PaymentMove.CAPTURE else None
        await move(payment, step, captured_at=captured_at)
        payment = await payments.find(account_id, payment.id)
        assert await liveness(payment.id) == [step is PaymentMove.PROCESS] * 2
    assert payment.status is status


async def test_of_twenty_attempts_at_once_one_is_made() -> None:
    account_id, invoice = await billed()

    async def attempt() -> UUID:
        return (await rows.payment(account_id, invoice)).id

    ends = await asyncio.gather(*[attempt() for _ in range(20)], return_exceptions=True)
    (won,) = [end for end in ends if isinstance(end, UUID)]
    assert [type(end) for end in ends].count(LiveAttemptExists) == 19
    assert await rows.number_of("payment") == 1
    assert await rows.number_of("payment_allocation") == 1
    live = await payments.live_for(account_id, [invoice.id])
    assert live is not None
    assert live.id == won


async def test_attempts_that_share_one_invoice_exclude_each_other() -> None:
    account_id, first = await billed()
    shared = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    last = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    kept = await rows.payment(account_id, first, shared)
    with pytest.raises(LiveAttemptExists):
        await rows.payment(account_id, shared, last)
    assert await rows.number_of("payment_allocation") == 2
    assert await payments.live_for(account_id, [shared.id, last.id]) == kept
    assert await payments.live_for(account_id, [last.id]) is None
    await rows.payment(account_id, last)


async def test_a_refused_attempt_leaves_its_transaction_usable() -> None:
    account_id, invoice = await billed()
    await rows.payment(account_id, invoice)
    async with transaction():
        with pytest.raises(LiveAttemptExists):
            await payments.create(rows.new_payment(account_id, [invoice]), at=NOW)
        assert await rows.number_of("payment") == 1


async def test_after_an_end_there_may_be_another_attempt() -> None:
    account_id, invoice = await billed()
    ended = await rows.payment(account_id, invoice)
    await move(ended, PaymentMove.FAIL)
    assert await payments.live_for(account_id, [invoice.id]) is None
    again = await rows.payment(account_id, invoice)
    assert await payments.live_for(account_id, [invoice.id]) == again


async def test_an_attempt_that_breaks_another_rule_is_a_defect() -> None:
    account_id, invoice = await billed()
    foreign = (await rows.account()).id
    with pytest.raises(IntegrityError, match="payment_allocation_invoice"):
        await rows.payment(foreign, invoice)
    free = rows.new_payment(account_id, [invoice], amount=Money(0, "USD"))
    with pytest.raises(IntegrityError, match="payment_amounts"):
        await payments.create(free, at=NOW)
    assert await rows.number_of("payment") == 0


async def test_the_first_page_that_is_kept_stays() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    form = {"order": "1", "signature": "s"}
    first = CheckoutPage("cs_1", "https://gateway.example/1", payment.expires_at, form)
    second = CheckoutPage("cs_2", "https://gateway.example/2", payment.expires_at)
    await payments.keep_page(payment, first, at=LATER)
    await payments.keep_page(payment, second, at=LATER)
    kept = await payments.find(account_id, payment.id)
    assert (kept.session_id, kept.page_url) == ("cs_1", "https://gateway.example/1")
    assert kept.page_form == form
    assert await payments.id_of_session("stripe", "cs_1") == payment.id
    assert await payments.id_of_session("stripe", "cs_2") is None
    assert await payments.id_of_session("other", "cs_1") is None


SEEN = GatewayCheckout(
    session_id="cs_1",
    state=GatewayState.PAID,
    amount=Money(840_117, "INR"),
    live_mode=False,
    reference=None,
    transaction="pi_1",
    captured_at=None,
    method=Method("card", "A bank with a name of 40 letters or more", "4242"),
    decline=None,
)


async def test_what_a_report_tells_is_kept_and_not_forgotten() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    await payments.note_report(payment, SEEN, at=LATER)
    await payments.note_report(payment, replace(SEEN, transaction=None, method=None), at=LATER)
    await payments.note_decline(payment, Decline("c" * 70, "m" * 600), at=LATER)
    await payments.note_review(payment, "USD was reported, INR was asked", at=LATER)
    noted = await payments.find(account_id, payment.id)
    assert noted == replace(
        payment,
        transaction="pi_1",
        method_kind="card",
        method_brand="A bank with a name of 40 letters",
        method_last4="4242",
        failure_code="c" * 64,
        failure_message="m" * 500,
        review_reason="USD was reported, INR was asked",
        version=3,
    )
    await payments.note_decline(payment, None, at=LATER)
    await payments.note_review(payment, "USD was reported, INR was asked", at=LATER)
    assert await payments.find(account_id, payment.id) == replace(
        noted, failure_code=None, failure_message=None, version=4
    )


async def test_the_page_that_brings_news_takes_the_place_of_the_one_that_is_kept() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    await payments.note_report(payment, SEEN, at=LATER)
    assert (await payments.find(account_id, payment.id)).session_id is None
    page = CheckoutPage("cs_first", "https://pay.example.com/cs_first", LATER)
    await payments.keep_page(payment, page, at=LATER)
    await payments.note_report(payment, replace(SEEN, session_id="cs_second"), at=LATER)
    assert (await payments.find(account_id, payment.id)).session_id == "cs_second"
    for minded, left in (("cs_third", "cs_third"), ("cs_second", None)):
        await payment_checks.note_second_page(payment, minded)
        await payments.note_report(payment, replace(SEEN, session_id="cs_second"), at=LATER)
        assert (await payments.find(account_id, payment.id)).second_session_id == left


async def test_a_payment_under_review_has_a_reason() -> None:
    account_id, invoice = await billed()
    payment = await rows.payment(account_id, invoice)
    with pytest.raises(IntegrityError, match="payment_reviewed"):
        await move(payment, PaymentMove.QUARANTINE)
    await payments.note_review(payment, "the amounts differ", at=NOW)
    assert await move(payment, PaymentMove.QUARANTINE) is PaymentStatus.UNDER_REVIEW
