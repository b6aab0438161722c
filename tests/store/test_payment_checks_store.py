"""When attempts are looked up, who watches them, and by when somebody gets an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from service.billing.errors import NotFound
from service.billing.evidence import RETURNS_APART, WATCH_LASTS
from service.billing.invoice import InvoiceKind
from service.billing.money import Money
from service.billing.payment import GatewayState, PaymentMove, PaymentStatus, Settlement
from service.billing.support import CaseReason
from service.store import cases, invoices, payment_checks, payments
from service.store.cases import NewCase
from service.store.database import new_id, transaction
from service.store.records import Payment
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

SECOND = timedelta(seconds=1)
LATER = NOW + 60 * SECOND


async def attempt(account_id: UUID | None = None, next_check_at: datetime = LATER) -> Payment:
    """An attempt to pay an add-on of an account, or of a new one."""
    owner = account_id or (await rows.account()).id
    invoice = await rows.invoice(owner, kind=InvoiceKind.ADD_ON)
    return await rows.payment(owner, invoice, next_check_at=next_check_at)


async def move(payment: Payment, *steps: PaymentMove) -> None:
    for step in steps:
        now = await payments.find(payment.account_id, payment.id)
        captured_at = NOW if step is PaymentMove.CAPTURE else None
        async with transaction():
            await payments.move(now, step, at=LATER, captured_at=captured_at)


async def now(payment: Payment) -> Payment:
    return await payments.find(payment.account_id, payment.id)


async def test_checks_are_claimed_by_one_sweep_each() -> None:
    account_id = (await rows.account()).id
    due = [await attempt(account_id, NOW - timedelta(minutes=minutes)) for minutes in range(6)]
    await attempt(account_id, LATER)
    claims = [payment_checks.claim_checks(NOW, until=LATER, limit=2) for _ in range(4)]
    claimed = [one for each in await asyncio.gather(*claims) for one in each]
    assert sorted(one.id for one in claimed) == sorted(one.id for one in due)
    assert {one.next_check_at for one in claimed} == {LATER}
    assert await payment_checks.claim_checks(NOW, until=LATER, limit=10) == []
    assert len(await payment_checks.claim_checks(LATER, until=LATER, limit=10)) == 7


async def test_the_most_overdue_checks_come_first() -> None:
    made = [await attempt(None, NOW - timedelta(minutes=minutes)) for minutes in (3, 9, 1)]
    claimed = await payment_checks.claim_checks(NOW, until=LATER, limit=2)
    assert {one.id for one in claimed} == {made[1].id, made[0].id}


async def test_an_attempt_that_ended_is_not_checked_again() -> None:
    payment = await attempt(None, NOW)
    await payment_checks.check_again(payment, LATER)
    assert (await now(payment)).next_check_at == LATER
    await move(payment, PaymentMove.FAIL)
    await payment_checks.check_again(payment, NOW)
    assert (await now(payment)).next_check_at is None
    assert await payment_checks.claim_checks(LATER, until=LATER, limit=10) == []


async def test_an_attempt_that_was_replaced_is_checked_until_its_page_is_over() -> None:
    payment = await attempt()
    await move(payment, PaymentMove.CANCEL)
    follower = await attempt(payment.account_id)
    await payment_checks.note_superseded(payment, follower.id, at=NOW)
    replaced = await now(payment)
    assert (replaced.superseded_by, replaced.next_check_at) == (follower.id, NOW)
    assert [one.id for one in await payment_checks.claim_checks(NOW, until=LATER, limit=9)] == [
        payment.id
    ]
    await payment_checks.check_again(payment, None)
    await payment_checks.check_again(payment, NOW)
    assert (await now(payment)).next_check_at is None


async def test_an_attempt_that_ended_is_checked_when_money_is_on_its_way_for_it() -> None:
    payment = await attempt()
    await payment_checks.check_ended(payment, NOW)
    assert (await now(payment)).next_check_at == LATER  # it lives
    await move(payment, PaymentMove.EXPIRE)
    parts = await payments.allocations(payment.account_id, [payment.id])
    invoice = await invoices.find(payment.account_id, parts[0].invoice_id)
    stranger = await attempt(payment.account_id)
    await move(stranger, PaymentMove.EXPIRE)
    assert (await now(payment)).next_check_at is None
    await payment_checks.check_ended(payment, LATER + SECOND)
    await move(await attempt(payment.account_id), PaymentMove.CAPTURE)
    assert (await now(payment)).next_check_at == LATER + SECOND
    # One that was in its way ends, in whatever way.
    for step in (PaymentMove.CANCEL, PaymentMove.CAPTURE):
        await payment_checks.check_ended(payment, LATER + SECOND)
        await move(await rows.payment(payment.account_id, invoice), step)
        assert (await now(payment)).next_check_at == LATER


async def test_an_attempt_that_lives_again_is_looked_up_at_once_and_was_replaced_by_none() -> None:
    payment = await attempt()
    other = await attempt(payment.account_id)
    await move(payment, PaymentMove.CANCEL)
    await payment_checks.note_superseded(payment, other.id, at=NOW)
    await move(payment, PaymentMove.PROCESS)
    again = await now(payment)
    assert (again.status, again.next_check_at) == (PaymentStatus.PROCESSING, LATER)
    assert again.superseded_by is None
    parts = await payments.allocations(payment.account_id, [payment.id])
    live = await payments.live_for(payment.account_id, [part.invoice_id for part in parts])
    assert live == again


async def test_a_second_page_is_minded_until_it_is_the_attempts_own_or_nothing_came_of_it() -> None:
    payment = await attempt()
    await payment_checks.note_second_page(payment, "cs_2")
    await payment_checks.forget_second_page(payment, "cs_3")
    assert (await now(payment)).second_session_id == "cs_2"
    await payment_checks.forget_second_page(payment, "cs_2")
    assert (await now(payment)).second_session_id is None


async def test_who_got_no_answer_gives_the_turn_back() -> None:
    payment = await attempt()
    for _ in range(2):
        assert await payment_checks.take_turn(payment, at=NOW, lasts=60 * SECOND, returning=False)
        await payment_checks.give_turn_back(payment)


async def test_the_latest_of_attempts_that_replaced_each_other_is_found() -> None:
    first = await attempt()
    chain = [first]
    for _ in range(3):
        await move(chain[-1], PaymentMove.CANCEL)
        chain.append(await attempt(first.account_id))
        await payment_checks.note_superseded(chain[-2], chain[-1].id, at=NOW)
    for one in chain:
        assert (await payments.latest(first.account_id, one.id)).id == chain[-1].id
    with pytest.raises(NotFound):
        await payments.latest(first.account_id, new_id())


async def test_what_a_gateway_said_last_is_kept() -> None:
    payment = await attempt()
    await payment_checks.note_seen(payment, GatewayState.OPEN, at=NOW)
    await payment_checks.note_seen(payment, GatewayState.PROCESSING, at=LATER)
    assert await now(payment) == replace(
        payment, checked_at=LATER, seen_state=GatewayState.PROCESSING
    )


@pytest.mark.parametrize("rate", [None, Decimal("0.011904761905")])
async def test_what_a_gateway_pays_out_is_kept_once(rate: Decimal | None) -> None:
    payment = await attempt()
    settlement = Settlement(Money(10_000, "EUR"), Money(320, "EUR"), rate)
    other = Settlement(Money(9_999, "EUR"), Money(-1, "EUR"), None)
    told = await asyncio.gather(
        *[payment_checks.note_settlement(payment, settlement) for _ in range(6)]
    )
    assert sorted(told) == [False] * 5 + [True]
    assert not await payment_checks.note_settlement(payment, other)
    assert await now(payment) == replace(payment, settlement=settlement)


async def test_who_watches_an_attempt_has_it_looked_up_soon() -> None:
    payment = await attempt(None, LATER)
    other = await attempt(payment.account_id, LATER)
    await payment_checks.watch(payment.account_id, NOW, payment_id=payment.id)
    watched = await now(payment)
    assert watched == replace(
        payment,
        watched_since=NOW,
        watched_until=NOW + WATCH_LASTS,
        next_check_at=NOW + 2 * SECOND,
    )
    assert await now(other) == other
    # Whoever goes on watching does not begin anew.
    await payment_checks.check_again(payment, NOW + 20 * SECOND)
    await payment_checks.watch(payment.account_id, NOW + 10 * SECOND, payment_id=payment.id)
    assert await now(payment) == replace(
        watched,
        watched_until=NOW + 10 * SECOND + WATCH_LASTS,
        next_check_at=NOW + 20 * SECOND,
    )
    # Who comes back after a pause does.
    again = NOW + 10 * SECOND + WATCH_LASTS
    await payment_checks.watch(payment.account_id, again, payment_id=payment.id)
    begun_anew = await now(payment)
    assert (begun_anew.watched_since, begun_anew.watched_until) == (again, again + WATCH_LASTS)
    assert begun_anew.next_check_at == NOW + 20 * SECOND


async def test_watching_an_invoice_or_an_account_watches_its_attempts() -> None:
    account_id = (await rows.account()).id
    invoice = await rows.invoice(account_id)
    add_on = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    ended = await rows.payment(account_id, invoice)
    await move(ended, PaymentMove.FAIL)
    live = await rows.payment(account_id, invoice)
    other = await rows.payment(account_id, add_on)
    stranger = await attempt()

    async def watched() -> set[UUID]:
        listed = [await now(one) for one in (ended, live, other, stranger)]
        return {one.id for one in listed if one.watched_until is not None}

    await payment_checks.watch(stranger.account_id, NOW, invoice_id=invoice.id)
    await payment_checks.watch(stranger.account_id, NOW, payment_id=live.id)
    assert await watched() == set()
    await payment_checks.watch(account_id, NOW, invoice_id=invoice.id)
    assert await watched() == {live.id}
    await payment_checks.watch(account_id, NOW)
    assert await watched() == {live.id, other.id}


async def test_a_check_that_is_nearer_than_watching_asks_for_stays() -> None:
    payment = await attempt(None, NOW + SECOND)
    await payment_checks.watch(payment.account_id, NOW)
    assert (await now(payment)).next_check_at == NOW + SECOND


async def test_the_first_return_of_a_payer_sets_the_deadline() -> None:
    payment = await attempt()
    told = await asyncio.gather(
        *[payment_checks.note_return(payment, at=NOW, deadline_at=LATER) for _ in range(5)]
    )
    assert sorted(told) == [False] * 4 + [True]
    assert not await payment_checks.note_return(payment, at=LATER, deadline_at=2 * SECOND + LATER)
    assert await now(payment) == replace(payment, returned_at=NOW, deadline_at=LATER)


async def test_a_return_moves_no_deadline_that_is_set() -> None:
    payment = await attempt()
    await payment_checks.set_deadline(payment, LATER)
    assert await payment_checks.note_return(payment, at=NOW, deadline_at=NOW + SECOND)
    assert (await now(payment)).deadline_at == LATER


async def test_a_return_within_a_minute_makes_an_answer_stale_and_moves_no_deadline() -> None:
    payment = await attempt()
    assert not await payment_checks.note_return_again(payment, at=NOW)
    assert await payment_checks.note_return(payment, at=NOW, deadline_at=LATER)
    assert not await payment_checks.note_return_again(payment, at=NOW)
    await payment_checks.note_seen(await now(payment), GatewayState.OPEN, at=NOW)
    soon, late = RETURNS_APART - SECOND, RETURNS_APART
    # A machine whose clock is a minute ahead or behind is not bound, nor does it bind.
    for off in (soon, -soon):
        assert not await payment_checks.note_return(payment, at=NOW + off, deadline_at=LATER + off)
    assert (await now(payment)).seen_state is GatewayState.OPEN
    assert await payment_checks.note_return_again(payment, at=NOW + soon)
    assert await now(payment) == replace(payment, returned_at=NOW + soon, deadline_at=LATER)
    for off in (late, -late):
        await payment_checks.note_seen(await now(payment), GatewayState.OPEN, at=NOW)
        assert await payment_checks.note_return(payment, at=NOW + off, deadline_at=LATER + off)
        assert (await now(payment)).deadline_at == LATER + off
    await payment_checks.note_seen(await now(payment), GatewayState.OPEN, at=NOW)
    await move(payment, PaymentMove.EXPIRE)
    assert not await payment_checks.note_return_again(payment, at=LATER)


async def test_nobody_waits_for_an_attempt_that_ended() -> None:
    payment = await attempt()
    await move(payment, PaymentMove.EXPIRE)
    ended = await now(payment)
    assert not await payment_checks.note_return(payment, at=NOW, deadline_at=LATER)
    await payment_checks.set_deadline(payment, LATER)
    assert await now(payment) == ended


async def test_a_payer_who_turned_back_is_owed_nothing_until_they_come_again() -> None:
    payment = await attempt()
    await payment_checks.note_return(payment, at=NOW, deadline_at=LATER)
    await payment_checks.clear_return(payment)
    assert await now(payment) == payment
    assert await payment_checks.note_return(payment, at=LATER, deadline_at=LATER)
    await move(payment, PaymentMove.PROCESS)
    waiting = await now(payment)
    await payment_checks.clear_return(payment)
    assert await now(payment) == waiting


async def test_of_many_who_want_to_ask_one_gets_the_turn() -> None:
    payment = await attempt()
    two = 2 * SECOND

    async def turns(at: datetime, *, returning: bool = False, requests: int = 8) -> int:
        tries = [
            payment_checks.take_turn(payment, at=at, lasts=two, returning=returning)
            for _ in range(requests)
        ]
        return sum(await asyncio.gather(*tries))

    assert await turns(NOW) == 1
    assert await turns(NOW + two - timedelta(microseconds=1)) == 0
    assert (await now(payment)).asked_at == NOW
    assert await turns(NOW + two) == 1
    # A machine whose clock is that far ahead, or this one's after it was set right.
    assert await turns(NOW) == 1
    assert (await now(payment)).asked_at == NOW


async def test_who_was_not_back_before_gets_the_turn_all_the_same() -> None:
    payment = await attempt()

    async def turn(*, returning: bool) -> bool:
        return await payment_checks.take_turn(
            payment, at=NOW, lasts=2 * SECOND, returning=returning
        )

    assert await turn(returning=False)
    assert await turn(returning=True)
    assert not await turn(returning=False)
    await payment_checks.note_return(payment, at=NOW, deadline_at=LATER)
    assert not await turn(returning=True)
    await payment_checks.clear_return(payment)
    assert await turn(returning=True)
    await move(payment, PaymentMove.EXPIRE)
    assert not await turn(returning=True)


async def open_case(payment: Payment) -> UUID:
    new = NewCase(payment.account_id, CaseReason.DEADLINE_PASSED, "service", payment_id=payment.id)
    case_id = await cases.open_case(new, at=NOW)
    assert case_id is not None
    return case_id


async def test_what_is_past_its_deadline_is_found_until_a_case_is_open() -> None:
    late = await attempt()
    later = await attempt()
    for payment, when in ((late, NOW - SECOND), (later, NOW), (await attempt(), NOW + SECOND)):
        await payment_checks.set_deadline(payment, when)
    await attempt()

    async def found(limit: int = 9) -> list[UUID]:
        return [one.id for one in await payment_checks.past_deadline(NOW, limit=limit)]

    assert await found() == [late.id, later.id]
    assert await found(limit=1) == [late.id]
    case_id = await open_case(late)
    assert await found() == [later.id]
    case = await cases.find(late.account_id, case_id)
    await cases.resolve(case, by="kim", resolution="it was a test", at=NOW)
    assert await found() == [late.id, later.id]
    await move(late, PaymentMove.CAPTURE)
    assert await found() == [later.id]
