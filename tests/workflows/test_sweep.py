"""Finding by ourselves what notices and return pages missed, each attempt once, never too often."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from service.billing.invoice import InvoiceStatus
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.store import invoices
from service.store.payment_checks import watch
from service.store.records import Payment
from service.workflows.sweep import CLAIM, sweep
from tests.support.books import books
from tests.support.shop import START, Shop

S = PaymentStatus


async def attempts(shop: Shop, count: int) -> list[Payment]:
    """Open pages of as many accounts."""
    started = []
    for _ in range(count):
        account = await shop.account()
        started.append((await shop.start(account, await shop.invoice(account))).payment)
    return started


async def now(shop: Shop, payment: Payment) -> Payment:
    return await shop.payment(payment.account_id, payment.id)


def asked(shop: Shop) -> int:
    """How many requests the gateway has answered so far."""
    return shop.sandbox.book.ids.issued["request"]


async def test_a_payment_whose_notice_was_lost_is_found(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    assert await sweep(shop.ports) == 0
    shop.clock.move(minutes=1)
    assert await sweep(shop.ports) == 1
    assert (await now(shop, payment)).status is S.CAPTURED
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID
    shop.clock.move(hours=1)
    before = await books()
    assert await sweep(shop.ports) == 0
    assert await books() == before


async def test_sweeps_at_the_same_moment_share_the_work(shop: Shop) -> None:
    started = await attempts(shop, 6)
    for payment in started:
        await shop.pay(payment)
    shop.clock.move(minutes=1)
    before = asked(shop)
    looked_up = await asyncio.gather(*[sweep(shop.ports) for _ in range(5)])
    assert sum(looked_up) == 6
    assert asked(shop) - before == 6
    assert [(await now(shop, payment)).status for payment in started] == [S.CAPTURED] * 6


async def test_more_attempts_than_a_turn_takes_are_looked_up_in_the_next(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = await attempts(shop, 5)
    monkeypatch.setattr("service.workflows.sweep.SWEEP_LIMIT", 2)
    shop.clock.move(minutes=1)
    assert [await sweep(shop.ports) for _ in range(4)] == [2, 2, 1, 0]
    for payment in started:
        assert (await now(shop, payment)).next_check_at == START + timedelta(minutes=5)


async def test_an_outage_only_postpones(shop: Shop) -> None:
    [payment] = await attempts(shop, 1)
    await shop.pay(payment)
    shop.sandbox.faults.add("outage")
    shop.clock.move(minutes=1)
    events = await shop.happened(payment.account_id)
    assert await sweep(shop.ports) == 1
    later = await now(shop, payment)
    assert (later.status, later.next_check_at) == (S.PENDING, START + timedelta(minutes=5))
    assert await shop.happened(payment.account_id) == events
    shop.sandbox.faults.clear()
    assert await sweep(shop.ports) == 0
    shop.clock.move(minutes=4)
    assert await sweep(shop.ports) == 1
    assert (await now(shop, payment)).status is S.CAPTURED


async def test_one_checkout_that_the_gateway_lost_holds_up_no_other(shop: Shop) -> None:
    lost, fine = await attempts(shop, 2)
    await shop.pay(fine)
    with shop.sandbox.book.transaction():
        shop.sandbox.book.put("session", lost.session_id or "", None)
    shop.clock.move(minutes=1)
    assert await sweep(shop.ports) == 2
    assert (await now(shop, fine)).status is S.CAPTURED
    still = await now(shop, lost)
    assert (still.status, still.next_check_at) == (S.PENDING, START + timedelta(minutes=5))


async def test_a_claim_of_a_process_that_died_runs_out(shop: Shop) -> None:
    [payment] = await attempts(shop, 1)
    await shop.pay(payment)
    shop.clock.move(minutes=1)
    shop.sandbox.faults.add("hang_api", seconds=30, when="before", next=1)
    dying = asyncio.create_task(sweep(shop.ports))
    await asyncio.sleep(0.1)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await now(shop, payment)).next_check_at == shop.clock() + CLAIM
    shop.clock.now += CLAIM - timedelta(seconds=1)
    assert await sweep(shop.ports) == 0
    shop.clock.move(seconds=1)
    assert await sweep(shop.ports) == 1
    assert (await now(shop, payment)).status is S.CAPTURED


async def test_looks_grow_rarer_as_an_attempt_grows_old(shop: Shop) -> None:
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account))).payment
    await shop.pay(payment, "debit_succeeds")
    shop.sandbox.faults.add("outage")  # the money stays on its way for days
    assert payment.next_check_at == START + timedelta(minutes=1)
    for age, next_age in (
        (timedelta(minutes=1), timedelta(minutes=5)),
        (timedelta(minutes=5), timedelta(hours=1)),
        (timedelta(hours=1), timedelta(days=1, hours=1)),
        (timedelta(days=1, hours=1), timedelta(days=2, hours=1)),
    ):
        shop.clock.now = START + age - timedelta(seconds=1)
        assert await sweep(shop.ports) == 0
        shop.clock.now = START + age
        assert await sweep(shop.ports) == 1
        assert (await now(shop, payment)).next_check_at == START + next_age


async def test_while_somebody_watches_the_gateway_is_asked_after_2_5_10_and_20_seconds(
    shop: Shop,
) -> None:
    [payment] = await attempts(shop, 1)
    shop.clock.move(minutes=30)
    await sweep(shop.ports)
    began = shop.clock()
    await watch(payment.account_id, began, payment_id=payment.id)
    seen = []
    for second in range(60):
        shop.clock.now = began + timedelta(seconds=second)
        if await sweep(shop.ports):
            seen.append(second)
    assert seen == [2, 5, 10, 20, 40]


async def test_who_goes_on_watching_is_no_reason_to_begin_anew(shop: Shop) -> None:
    [payment] = await attempts(shop, 1)
    shop.clock.move(minutes=30)
    await sweep(shop.ports)
    began = shop.clock()
    seen = []
    for second in range(121):
        shop.clock.now = began + timedelta(seconds=second)
        if second % 30 == 0:
            await watch(payment.account_id, shop.clock(), payment_id=payment.id)
        if await sweep(shop.ports):
            seen.append(second)
    assert seen == [2, 5, 10, 20, 40, 60, 80, 100, 120]


async def test_what_ended_or_waits_for_a_person_is_looked_up_no_more_than_that(
    shop: Shop,
) -> None:
    expired, held = await attempts(shop, 2)
    await shop.pay(held)
    path = f"/_sandbox/sessions/{held.session_id}/tamper"
    (await shop.http.post(path, json={"amount_total": 1})).raise_for_status()
    shop.clock.move(minutes=60)
    assert await sweep(shop.ports) == 2
    assert (await now(shop, expired)).status is S.EXPIRED
    assert (await now(shop, expired)).next_check_at is None
    under_review = await now(shop, held)
    assert under_review.status is S.UNDER_REVIEW
    assert under_review.next_check_at == shop.clock() + timedelta(days=1)


async def test_one_sweep_covers_payments_of_many_months_and_accounts(shop: Shop) -> None:
    account = await shop.account()
    months = [Month(2026, month) for month in range(1, 10)]
    started = [
        (await shop.start(account, await shop.invoice(account, month=month))).payment
        for month in months
    ]
    for payment in started:
        await shop.pay(payment)
    shop.clock.move(minutes=1)
    assert await sweep(shop.ports) == 9
    assert [(await now(shop, payment)).status for payment in started] == [S.CAPTURED] * 9
