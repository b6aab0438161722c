"""Money given back: by the seller's staff, at the gateway, and when more was paid than was due."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable, IdempotencyConflict, InvalidInput
from service.billing.invoice import DisplayStatus
from service.billing.payment import PaymentMove, PaymentStatus
from service.billing.refund import RefundReason, RefundStatus
from service.store import accounts, cases, invoices, payments, queue, refunds
from service.store.database import execute, transaction
from service.store.ledger import Held, held_by
from service.store.money_records import Refund
from service.store.records import Invoice, Payment
from service.workflows import screens
from service.workflows.audit import audit
from service.workflows.cases import resolve
from service.workflows.refunds import RefundRequest, request, send, send_late
from tests.support.books import books, rows
from tests.support.shop import Shop


@dataclass(frozen=True)
class Paid:
    account: UUID
    invoice: Invoice
    payment: Payment
    charge: str


async def paid(shop: Shop, amount: str = "100.00") -> Paid:
    account = await shop.account()
    invoice = await shop.invoice(account, amount)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    payment = await shop.settle(account, started.id)
    assert payment.status is PaymentStatus.CAPTURED
    intent = shop.sandbox.book.get("payment_intent", payment.transaction or "")
    return Paid(account, invoice, payment, intent["latest_charge"])


async def refunds_of(of: Paid) -> list[Refund]:
    return (await refunds.of_payments(of.account, [of.payment.id]))[of.payment.id]


async def now(of: Paid) -> Invoice:
    return await invoices.find(of.account, of.invoice.id)


async def shows(shop: Shop, of: Paid) -> DisplayStatus:
    return screens.shown(await now(of), shop.clock())


async def clean(shop: Shop, account: UUID) -> None:
    assert [one async for one in audit(shop.ports, account_id=account)] == []


def asked(of: Paid, units: int | None = None, key: str = "k") -> RefundRequest:
    return RefundRequest(of.payment.id, units, "Agreed by telephone", "ops@seller.example", key)


# -- by the seller's staff ---------------------------------------------------------------------


async def test_a_full_refund_leaves_the_invoice_paid_and_shows_it_refunded(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of))
    assert (refund.status, refund.reason) == (RefundStatus.REQUESTED, RefundReason.REQUESTED)
    await send(shop.ports, of.account, refund.id)
    [done] = await refunds_of(of)
    assert (done.status, done.charged, done.amount.minor_units) == (
        RefundStatus.SUCCEEDED,
        of.payment.quote.charged,
        10000,
    )
    after = await now(of)
    assert (after.status, after.paid_minor, after.refunded_minor) == ("PAID", 10000, 10000)
    assert await shows(shop, of) is DisplayStatus.REFUNDED
    await clean(shop, of.account)


async def test_partial_refunds_add_up_to_the_whole_to_the_last_unit(shop: Shop) -> None:
    of = await paid(shop, "99.99")
    whole = of.payment.quote.charged.minor_units
    for place, units in enumerate([1, whole // 3, 7, None]):
        refund = await request(shop.ports, of.account, asked(of, units, key=f"k{place}"))
        await send(shop.ports, of.account, refund.id)
    done = await refunds_of(of)
    assert sum(one.charged.minor_units for one in done) == whole
    assert sum(one.amount.minor_units for one in done) == 9999
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert await shows(shop, of) is DisplayStatus.REFUNDED
    await clean(shop, of.account)


async def test_what_is_left_after_a_failed_refund_is_given_back_to_the_last_unit(
    shop: Shop,
) -> None:
    of = await paid(shop)
    # Of 100.00, 48 units of the charge are half a cent and a little: one cent for the first.
    made = [await request(shop.ports, of.account, asked(of, 48, key=key)) for key in "ab"]
    assert [one.amount.minor_units for one in made] == [1, 0]
    await send(shop.ports, of.account, made[0].id)
    [first, _] = await refunds_of(of)
    shop.sandbox.dashboard.fail_refund(first.reference or "")
    await shop.settle(of.account, of.payment.id, thorough=True)
    await send(shop.ports, of.account, made[1].id)
    rest = await request(shop.ports, of.account, asked(of, key="c"))
    assert rest.amount.minor_units == 10000
    await send(shop.ports, of.account, rest.id)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert await shows(shop, of) is DisplayStatus.REFUNDED
    await clean(shop, of.account)


async def test_what_the_gateway_gives_back_after_a_failed_refund_is_booked_to_the_last_unit(
    shop: Shop,
) -> None:
    of = await paid(shop)
    first = shop.sandbox.dashboard.refund(of.charge, 48)
    await shop.settle(of.account, of.payment.id, thorough=True)
    shop.sandbox.dashboard.refund(of.charge, 48)
    await shop.settle(of.account, of.payment.id, thorough=True)
    shop.sandbox.dashboard.fail_refund(first["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    shop.sandbox.dashboard.refund(of.charge)
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert [one.amount.minor_units for one in await refunds_of(of)] == [1, 0, 10000]
    assert await shows(shop, of) is DisplayStatus.REFUNDED
    await clean(shop, of.account)


async def test_a_partial_refund_leaves_the_invoice_shown_as_paid(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of, 100))
    await send(shop.ports, of.account, refund.id)
    assert await shows(shop, of) is DisplayStatus.PAID
    assert (await now(of)).refunded_minor == 1
    await clean(shop, of.account)


@pytest.mark.parametrize("units", [0, -1, 10**9])
async def test_no_more_is_refunded_than_is_left(shop: Shop, units: int) -> None:
    of = await paid(shop)
    before = await books()
    with pytest.raises(InvalidInput, match="can be refunded"):
        await request(shop.ports, of.account, asked(of, units))
    assert await books() == before


async def test_a_refund_that_waits_counts_against_what_is_left(shop: Shop) -> None:
    of = await paid(shop)
    await request(shop.ports, of.account, asked(of))
    before = await books()
    with pytest.raises(InvalidInput, match="There is nothing left to be refunded"):
        await request(shop.ports, of.account, asked(of, 1, key="another"))
    assert await books() == before


async def test_refunds_asked_for_at_once_never_exceed_what_was_paid(shop: Shop) -> None:
    of = await paid(shop)
    third = of.payment.quote.charged.minor_units // 3
    answers = await asyncio.gather(
        *[request(shop.ports, of.account, asked(of, third, key=f"k{n}")) for n in range(5)],
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in answers) == ["InvalidInput"] * 2 + ["Refund"] * 3
    assert sum(one.charged.minor_units for one in await refunds_of(of)) == 3 * third == 949551


async def test_a_repeated_request_is_one_refund(shop: Shop) -> None:
    of = await paid(shop)
    first = await request(shop.ports, of.account, asked(of, 500))
    assert await request(shop.ports, of.account, asked(of, 500)) == first
    with pytest.raises(IdempotencyConflict):
        await request(shop.ports, of.account, asked(of, 501))
    assert await refunds_of(of) == [first]


async def test_the_same_request_twice_at_one_moment_is_one_refund(shop: Shop) -> None:
    of = await paid(shop)
    locked, both_wait = asyncio.Event(), asyncio.Event()

    async def hold_back() -> None:
        async with transaction():
            await accounts.lock(of.account)
            locked.set()
            await both_wait.wait()

    holding = asyncio.create_task(hold_back())
    await locked.wait()
    two = [asyncio.create_task(request(shop.ports, of.account, asked(of))) for _ in range(2)]
    while await rows("pg_stat_activity", "wait_event_type = 'Lock'") < 2:
        await asyncio.sleep(0.01)
    both_wait.set()
    first, second = await asyncio.gather(*two)
    await holding
    assert first == second
    assert await refunds_of(of) == [first]


async def test_an_attempt_that_was_not_captured_is_not_refunded(shop: Shop) -> None:
    account = await shop.account()
    started = (await shop.start(account, await shop.invoice(account))).payment
    before = await books()
    with pytest.raises(InvalidInput, match="Only a captured payment"):
        await request(
            shop.ports, account, RefundRequest(started.id, None, "why", "ops@seller.example", "k")
        )
    assert await books() == before


async def test_a_refund_sent_twice_is_one_at_the_gateway(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of, 500))
    shop.sandbox.faults.add("fail_api", status=503, when="after", kept=False, path="/v1/refunds")
    with pytest.raises(GatewayUnavailable):
        await send(shop.ports, of.account, refund.id)
    shop.sandbox.faults.clear()
    await send(shop.ports, of.account, refund.id)
    await send(shop.ports, of.account, refund.id)
    assert shop.sandbox.book.count("refund") == 1
    await clean(shop, of.account)


async def test_a_failure_that_the_gateway_keeps_under_the_key_gets_another_key(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of, 500))
    shop.sandbox.faults.add(
        "fail_api", status=500, when="before", kept=True, method="POST", path="/v1/refunds", next=1
    )
    for _ in range(3):
        try:
            await send(shop.ports, of.account, refund.id)
        except GatewayUnavailable:
            continue
    [done] = await refunds_of(of)
    assert done.status is RefundStatus.SUCCEEDED
    assert shop.sandbox.book.count("refund") == 1
    await clean(shop, of.account)


async def test_after_a_day_a_refund_is_looked_for_before_it_is_asked_for_again(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of, 500))
    shop.sandbox.faults.add("lose_api", when="after", method="POST", path="/v1/refunds")
    with pytest.raises(GatewayUnavailable):
        await send(shop.ports, of.account, refund.id)
    shop.sandbox.faults.clear()
    shop.clock.move(hours=30)
    await send(shop.ports, of.account, refund.id)
    assert shop.sandbox.book.count("refund") == 1
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.SUCCEEDED]


async def test_a_refund_whose_job_was_lost_goes_out_all_the_same(shop: Shop) -> None:
    of = await paid(shop)
    await request(shop.ports, of.account, asked(of))
    await execute("DELETE FROM pgqueuer")
    shop.clock.move(minutes=16)
    assert await send_late(shop.ports) == 1
    await shop.drain()
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.SUCCEEDED]
    assert await send_late(shop.ports) == 0
    await clean(shop, of.account)


async def test_a_refund_whose_job_is_held_goes_out_once_the_gateway_is_back(shop: Shop) -> None:
    of = await paid(shop)
    await request(shop.ports, of.account, asked(of))
    shop.sandbox.faults.add("fail_api", status=503, when="before", kept=False, path="/v1/refunds")
    await shop.drain()
    assert await rows("pgqueuer", "entrypoint = 'send_refund' AND status = 'failed'") == 1
    shop.sandbox.faults.clear()
    shop.clock.move(minutes=16)
    await queue.enqueue("send_late_refunds")
    await shop.drain()
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.SUCCEEDED]
    assert shop.sandbox.book.count("refund") == 1


async def test_a_late_refund_whose_job_still_waits_gets_no_second_one(shop: Shop) -> None:
    of = await paid(shop)
    await request(shop.ports, of.account, asked(of))
    shop.clock.move(minutes=14)
    assert await send_late(shop.ports) == 0
    shop.clock.move(minutes=2)
    assert await send_late(shop.ports) == 1
    assert await rows("pgqueuer", "entrypoint = 'send_refund'") == 1


async def test_for_a_refund_that_waits_for_a_day_a_person_is_called_once(shop: Shop) -> None:
    of = await paid(shop)
    await request(shop.ports, of.account, asked(of))
    shop.clock.move(hours=24)
    await send_late(shop.ports)
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    shop.clock.move(seconds=1)
    for _ in range(2):
        await send_late(shop.ports)
    [case] = await cases.open_about(of.account, payment_ids=[of.payment.id])
    assert (case.reason, case.note) == (
        "REFUND_FAILED",
        "A refund has not gone out for a day; it is still tried.",
    )
    await resolve(shop.ports, of.account, case.id, by="ops", resolution="The gateway was down")
    shop.clock.move(hours=24)
    await send_late(shop.ports)
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    assert await rows("support_case") == 1


async def test_a_pending_refund_is_followed_until_it_has_arrived(shop: Shop) -> None:
    of = await paid(shop)
    made = shop.sandbox.dashboard.refund(of.charge, 500, pending=True)
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.PENDING]
    shop.sandbox.dashboard.succeed_refund(made["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.SUCCEEDED]
    await clean(shop, of.account)


# -- at the gateway ----------------------------------------------------------------------------


async def test_a_refund_made_at_the_gateway_is_booked(shop: Shop) -> None:
    of = await paid(shop)
    shop.sandbox.dashboard.refund(of.charge)
    await shop.settle(of.account, of.payment.id, thorough=True)
    [done] = await refunds_of(of)
    assert (done.reason, done.status) == (RefundReason.AT_GATEWAY, RefundStatus.SUCCEEDED)
    assert await shows(shop, of) is DisplayStatus.REFUNDED
    before = await books()
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await books() == before
    await clean(shop, of.account)


async def test_a_refund_that_comes_back_is_undone_and_a_person_is_called(shop: Shop) -> None:
    of = await paid(shop)
    made = shop.sandbox.dashboard.refund(of.charge, 949552 // 2)
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert (await now(of)).refunded_minor == 5000
    shop.sandbox.dashboard.fail_refund(made["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.FAILED]
    assert (await now(of)).refunded_minor == 0
    [case] = await cases.open_about(of.account, payment_ids=[of.payment.id])
    assert case.reason == "REFUND_FAILED"
    await clean(shop, of.account)


async def test_a_refund_of_ours_that_was_made_at_the_gateway_meanwhile_fails_without_a_double(
    shop: Shop,
) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of))
    shop.sandbox.dashboard.refund(of.charge)
    await send(shop.ports, of.account, refund.id)
    assert {(one.reason, one.status) for one in await refunds_of(of)} == {
        (RefundReason.REQUESTED, RefundStatus.FAILED),
        (RefundReason.AT_GATEWAY, RefundStatus.SUCCEEDED),
    }
    assert (await now(of)).refunded_minor == 10000
    # The payer has the money: nobody has to look, and nobody is told that something came back.
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    assert await rows("notification", "kind = 'CASE_OPENED'") == 0
    await clean(shop, of.account)


async def test_a_refund_that_fails_while_a_part_is_still_with_us_calls_a_person(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of))
    shop.sandbox.dashboard.refund(of.charge, 949552 // 2)
    await send(shop.ports, of.account, refund.id)
    assert (await now(of)).refunded_minor == 5000
    [case] = await cases.open_about(of.account, payment_ids=[of.payment.id])
    assert case.reason == "REFUND_FAILED"


# -- surplus -----------------------------------------------------------------------------------


async def paid_twice(shop: Shop) -> tuple[Paid, Payment]:
    """Two pages of one invoice, both paid: the first was given up too early."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    async with transaction():
        await payments.move(first, PaymentMove.EXPIRE, at=shop.clock())
    second = (await shop.start(account, invoice)).payment
    await shop.pay(second)
    await shop.settle(account, second.id)
    await shop.pay(first)
    late = await shop.settle(account, first.id)
    assert late.status is PaymentStatus.CAPTURED
    intent = shop.sandbox.book.get("payment_intent", late.transaction or "")
    return Paid(account, invoice, late, intent["latest_charge"]), second


async def test_a_late_second_success_is_kept_and_given_back_by_itself(shop: Shop) -> None:
    of, second = await paid_twice(shop)
    after = await now(of)
    assert (after.status, after.paid_minor, after.refunded_minor) == ("PAID", 10000, 0)
    [refund] = await refunds_of(of)
    assert (refund.reason, refund.status, refund.charged) == (
        RefundReason.SURPLUS,
        RefundStatus.REQUESTED,
        of.payment.quote.charged,
    )
    await send(shop.ports, of.account, refund.id)
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.SUCCEEDED]
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert await held_by(of.account, second.id) == [Held(of.invoice.id, 10000, 0)]
    assert await shows(shop, of) is DisplayStatus.PAID
    await clean(shop, of.account)


async def test_a_surplus_given_back_at_the_gateway_is_not_given_back_again(shop: Shop) -> None:
    of, _ = await paid_twice(shop)
    shop.sandbox.dashboard.refund(of.charge)
    [refund] = await refunds_of(of)
    await send(shop.ports, of.account, refund.id)
    assert shop.sandbox.book.count("refund") == 1
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    assert await shows(shop, of) is DisplayStatus.PAID
    await clean(shop, of.account)
