"""What every gateway does behind the port, whatever its own words: the same tests for each adapter,
bare and behind a circuit breaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.errors import BadSignature, GatewayRefused, GatewayUnavailable
from service.billing.money import Money
from service.billing.payment import GatewayCheckout, GatewayState
from service.billing.refund import DisputeStatus, GatewayDispute, GatewayRefund, RefundStatus
from service.gateway import CheckoutOrder, GatewayPayment, OrderItem, PaymentSearch, RefundOrder
from tests.support.gateway_desks import Desk, RedirectDesk, StripeDesk, guarded
from tests.support.shop import SettableClock

S = GatewayState
NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
PRICE = Money(125000, "INR")
DESKS: dict[str, Callable[[SettableClock], Desk]] = {
    "stripe": StripeDesk.opened,
    "redirectpay": RedirectDesk.opened,
    "stripe behind a breaker": lambda clock: guarded(StripeDesk.opened(clock)),
    "redirectpay behind a breaker": lambda clock: guarded(RedirectDesk.opened(clock)),
}


@pytest.fixture(params=list(DESKS.values()), ids=list(DESKS))
def desk(request: pytest.FixtureRequest) -> Desk:
    opened: Desk = request.param(SettableClock(NOW))
    return opened


def order(*amounts: Money, **changes: Any) -> CheckoutOrder:
    payment_id = uuid4()
    items = tuple(OrderItem(f"Invoice {n}", one) for n, one in enumerate(amounts, start=1))
    base = CheckoutOrder(
        payment_id=payment_id,
        items=items or (OrderItem("Invoice INV-2627-000001", PRICE),),
        description="Invoice INV-2627-000001",
        payer_email="payer@northwind.example",
        locale="en-IN",
        success_url="https://app.example.com/paid?checkout={CHECKOUT_SESSION_ID}",
        cancel_url="https://app.example.com/invoices",
        expires_at=NOW + timedelta(minutes=60),
        metadata={"payment_id": str(payment_id), "invoices": "INV-2627-000001"},
    )
    return replace(base, **changes)


async def opened(desk: Desk, **changes: Any) -> str:
    return (await desk.gateway.open_checkout(order(**changes))).session_id


async def paid(desk: Desk, **changes: Any) -> str:
    """A payment that was captured, as the gateway names it."""
    session_id = await opened(desk, **changes)
    desk.pay(session_id)
    return await transaction_of(desk, session_id)


async def transaction_of(desk: Desk, session_id: str) -> str:
    seen = await desk.gateway.look_up(session_id)
    assert seen.transaction is not None
    return seen.transaction


# -- pages -------------------------------------------------------------------------------------


async def test_a_page_is_for_the_sum_of_its_items_until_its_time_is_over(desk: Desk) -> None:
    asked = order(Money(100001, "INR"), Money(24999, "INR"))
    page = await desk.gateway.open_checkout(asked)
    assert page.url.startswith("http")
    assert page.expires_at == asked.expires_at
    assert await desk.gateway.look_up(page.session_id) == GatewayCheckout(
        session_id=page.session_id,
        state=S.OPEN,
        amount=PRICE,
        live_mode=False,
        reference=str(asked.payment_id),
        transaction=None,
        captured_at=None,
        method=None,
        decline=None,
    )
    desk.clock.now = asked.expires_at
    assert (await desk.gateway.look_up(page.session_id)).state is S.EXPIRED


async def test_asked_again_for_the_same_payment_the_gateway_answers_the_same_page(
    desk: Desk,
) -> None:
    asked = order()
    first = await desk.gateway.open_checkout(asked)
    desk.clock.move(minutes=20)
    assert await desk.gateway.open_checkout(asked) == first
    assert desk.pages() == 1
    dearer = replace(asked, items=(OrderItem("Invoice 1", Money(125001, "INR")),))
    with pytest.raises(GatewayRefused):
        await desk.gateway.open_checkout(dearer)
    assert desk.pages() == 1
    assert (await desk.gateway.open_checkout(order())).session_id != first.session_id


async def test_a_page_whose_answer_was_lost_is_answered_when_asked_again(desk: Desk) -> None:
    asked = order()
    desk.lose_an_answer()
    with pytest.raises(GatewayUnavailable):
        await desk.gateway.open_checkout(asked)
    assert desk.pages() == 1
    page = await desk.gateway.open_checkout(asked)
    assert desk.pages() == 1
    found = await desk.gateway.find_session(asked.payment_id, since=NOW)
    assert found == page.session_id


async def test_a_page_is_found_by_the_payment_that_it_was_made_for(desk: Desk) -> None:
    asked = order()
    await opened(desk)
    page = await desk.gateway.open_checkout(asked)
    await opened(desk)
    assert await desk.gateway.find_session(asked.payment_id, since=NOW) == page.session_id
    assert await desk.gateway.find_session(uuid4(), since=NOW) is None


async def test_a_page_is_found_by_what_was_paid_on_it(desk: Desk) -> None:
    asked = order()
    page = await desk.gateway.open_checkout(asked)
    desk.pay(page.session_id)
    transaction = (await desk.gateway.look_up(page.session_id)).transaction
    find = desk.gateway.find_session
    found = await find(asked.payment_id, since=NOW, transaction=transaction)
    assert found == page.session_id
    assert await find(uuid4(), since=NOW, transaction=transaction) is None


async def test_nothing_can_be_paid_on_a_page_that_was_closed(desk: Desk) -> None:
    session_id = await opened(desk)
    await desk.gateway.close_checkout(session_id)
    assert (await desk.gateway.look_up(session_id)).state in (S.EXPIRED, S.CANCELED)
    with pytest.raises(GatewayRefused):
        await desk.gateway.close_checkout(session_id)


@pytest.mark.parametrize("outcome", ["success", "late_arrives"])
async def test_a_page_with_money_on_it_is_not_closed(desk: Desk, outcome: str) -> None:
    session_id = await opened(desk)
    desk.pay(session_id, outcome)
    before = await desk.gateway.look_up(session_id)
    with pytest.raises(GatewayRefused):
        await desk.gateway.close_checkout(session_id)
    assert await desk.gateway.look_up(session_id) == before


async def test_what_the_gateway_does_not_know_is_refused_by_that_name(desk: Desk) -> None:
    for ask in (desk.gateway.look_up, desk.gateway.close_checkout):
        with pytest.raises(GatewayRefused) as refusal:
            await ask("unknown")
        assert refusal.value.gateway_code == GatewayRefused.UNKNOWN_OBJECT


async def test_an_amount_that_is_too_small_is_a_definite_no(desk: Desk) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        await desk.gateway.open_checkout(order(Money(49, "INR")))
    assert refusal.value.gateway_code == "amount_too_small"
    assert str(refusal.value) == "The payment gateway refused this request."
    assert desk.pages() == 0


async def test_every_gateway_charges_rupees_and_refuses_what_it_does_not_take(desk: Desk) -> None:
    assert desk.gateway.takes("INR")
    dollars = order(Money(1000, "USD"))
    if desk.gateway.takes("USD"):
        page = await desk.gateway.open_checkout(dollars)
        assert (await desk.gateway.look_up(page.session_id)).amount == Money(1000, "USD")
    else:
        with pytest.raises(GatewayRefused):
            await desk.gateway.open_checkout(dollars)
        assert desk.pages() == 0


# -- payments ----------------------------------------------------------------------------------


async def test_a_card_payment_is_paid_at_once(desk: Desk) -> None:
    asked = order()
    page = await desk.gateway.open_checkout(asked)
    desk.clock.move(seconds=30)
    desk.pay(page.session_id)
    seen = await desk.gateway.look_up(page.session_id)
    assert (seen.state, seen.amount, seen.live_mode) == (S.PAID, PRICE, False)
    assert seen.reference == str(asked.payment_id)
    assert seen.captured_at == NOW + timedelta(seconds=30)
    assert seen.method is not None
    assert (seen.method.kind, seen.method.brand) == ("card", "visa")
    assert seen.transaction
    assert (seen.decline, seen.slow, seen.was_changed) == (None, False, False)
    assert seen.refunded == Money(0, "INR")


async def test_a_declined_card_leaves_the_page_open_with_the_reason(desk: Desk) -> None:
    session_id = await opened(desk)
    desk.pay(session_id, "declined")
    seen = await desk.gateway.look_up(session_id)
    assert (seen.state, seen.captured_at, seen.method) == (S.OPEN, None, None)
    assert seen.decline is not None
    assert seen.decline.code == "generic_decline"
    desk.pay(session_id)
    assert (await desk.gateway.look_up(session_id)).state is S.PAID


@pytest.mark.parametrize(("outcome", "ends"), [("late_arrives", S.PAID), ("late_fails", S.FAILED)])
async def test_a_late_payment_is_processing_until_its_bank_has_answered(
    desk: Desk, outcome: str, ends: GatewayState
) -> None:
    session_id = await opened(desk)
    desk.pay(session_id, outcome)
    under_way = await desk.gateway.look_up(session_id)
    assert (under_way.state, under_way.amount) == (S.PROCESSING, PRICE)
    assert (under_way.captured_at, under_way.slow) == (None, True)
    desk.bank_answers(session_id)
    ended = await desk.gateway.look_up(session_id)
    assert ended.state is ends
    assert (ended.decline is not None) == (ends is S.FAILED)


async def test_what_is_held_for_us_is_authorised_until_it_is_captured(desk: Desk) -> None:
    session_id = await opened(desk)
    desk.pay(session_id, "held")
    held = await desk.gateway.look_up(session_id)
    assert (held.state, held.amount, held.captured_at) == (S.AUTHORIZED, PRICE, None)
    desk.capture(session_id)
    assert (await desk.gateway.look_up(session_id)).state is S.PAID


# -- refunds and disputes ----------------------------------------------------------------------


def refund_order(transaction: str, minor_units: int, **changes: Any) -> RefundOrder:
    base = RefundOrder(uuid4(), uuid4(), transaction, Money(minor_units, "INR"))
    return replace(base, **changes)


async def test_a_refund_is_made_once_however_often_it_is_asked_for(desk: Desk) -> None:
    session_id = await opened(desk)
    desk.pay(session_id)
    transaction = await transaction_of(desk, session_id)
    asked = refund_order(transaction, 5000)
    desk.clock.move(seconds=10)
    made = await desk.gateway.refund(asked)
    assert made == GatewayRefund(
        reference=made.reference,
        status=RefundStatus.SUCCEEDED,
        amount=Money(5000, "INR"),
        created_at=NOW + timedelta(seconds=10),
        our_id=str(asked.refund_id),
        failure=None,
    )
    assert await desk.gateway.refund(asked) == made
    assert await desk.gateway.refunds_of(transaction) == [made]
    seen = await desk.gateway.look_up(session_id)
    assert (seen.state, seen.amount, seen.was_changed) == (S.PAID, PRICE, True)
    assert seen.refunded == Money(5000, "INR")


async def test_a_refund_whose_answer_was_lost_is_answered_when_asked_again(desk: Desk) -> None:
    transaction = await paid(desk)
    asked = refund_order(transaction, 5000)
    desk.lose_an_answer(of_a_refund=True)
    with pytest.raises(GatewayUnavailable):
        await desk.gateway.refund(asked)
    made = await desk.gateway.refund(asked)
    assert await desk.gateway.refunds_of(transaction) == [made]


async def test_another_key_number_asks_for_another_refund(desk: Desk) -> None:
    transaction = await paid(desk)
    first = refund_order(transaction, 5000)
    made = await desk.gateway.refund(first)
    again = await desk.gateway.refund(replace(first, key_number=1))
    assert made.reference != again.reference
    assert await desk.gateway.refunds_of(transaction) == [made, again]


async def test_more_than_was_paid_is_not_given_back(desk: Desk) -> None:
    transaction = await paid(desk)
    await desk.gateway.refund(refund_order(transaction, 120000))
    with pytest.raises(GatewayRefused):
        await desk.gateway.refund(refund_order(transaction, 5001))
    assert len(await desk.gateway.refunds_of(transaction)) == 1


async def test_refunds_made_by_hand_and_refunds_that_fail_are_told(desk: Desk) -> None:
    transaction = await paid(desk)
    ours = await desk.gateway.refund(refund_order(transaction, 5000))
    desk.refund_by_hand(transaction, 700)
    desk.fail_refund(ours.reference)
    failed, by_hand = await desk.gateway.refunds_of(transaction)
    assert (failed.reference, failed.status) == (ours.reference, RefundStatus.FAILED)
    assert failed.failure
    assert (by_hand.our_id, by_hand.amount) == (None, Money(700, "INR"))


async def test_a_payment_is_told_with_what_went_back_of_it_so_far(desk: Desk) -> None:
    session_id = await opened(desk)
    desk.pay(session_id)
    transaction = (await desk.gateway.look_up(session_id)).transaction or ""
    for by_hand, so_far in ((5000, 5000), (20000, 25000), (100000, 125000)):
        desk.refund_by_hand(transaction, by_hand)
        [found] = await desk.gateway.find_payments(PaymentSearch(NOW, NOW))
        assert (found.refunded, found.given_back) == (Money(so_far, "INR"), so_far == 125000)
        assert (await desk.gateway.look_up(session_id)).refunded == Money(so_far, "INR")
    desk.fail_refund((await desk.gateway.refunds_of(transaction))[0].reference)
    assert (await desk.gateway.look_up(session_id)).refunded == Money(120000, "INR")


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_is_told_until_it_is_decided(desk: Desk, won: bool) -> None:
    transaction = await paid(desk)
    assert await desk.gateway.disputes_of(transaction) == []
    reference = desk.dispute(transaction)
    [told] = await desk.gateway.disputes_of(transaction)
    assert told == GatewayDispute(reference, DisputeStatus.OPEN, PRICE, told.reason, NOW)
    assert told.reason
    desk.close_dispute(reference, won=won)
    [decided] = await desk.gateway.disputes_of(transaction)
    assert decided == replace(told, status=DisputeStatus.WON if won else DisputeStatus.LOST)


# -- lists and notices -------------------------------------------------------------------------


async def test_captured_payments_are_found_by_time_amount_and_payer(desk: Desk) -> None:
    asked = order()
    first = (await desk.gateway.open_checkout(asked)).session_id
    declined, second = await opened(desk), await opened(desk, payer_email="b@northwind.example")
    desk.pay(first)
    desk.pay(declined, "declined")
    desk.clock.move(minutes=5)
    desk.pay(second)
    hour = PaymentSearch(NOW - timedelta(minutes=30), NOW + timedelta(minutes=30))
    newer, older = await desk.gateway.find_payments(hour)
    assert (older.transaction, older.amount, older.live_mode, older.captured_at) == (
        await transaction_of(desk, first),
        PRICE,
        False,
        NOW,
    )
    assert (older.payment_id, older.payer_email is None) == (asked.payment_id, False)
    assert newer.transaction == await transaction_of(desk, second)
    narrow = replace(hour, until=NOW + timedelta(minutes=4))
    assert await desk.gateway.find_payments(narrow) == [older]
    ours = replace(hour, payment_ids=frozenset({asked.payment_id}))
    assert await desk.gateway.find_payments(ours) == [older]
    # Both were made for attempts: a common amount leads to neither.
    alike = replace(hour, amounts=frozenset({PRICE}))
    assert await desk.gateway.find_payments(alike) == []


@given(email=st.sampled_from([None, "A@x.example", "b@x.example"]), units=st.integers(1, 3))
@pytest.mark.parametrize("attempt", [None, uuid4()])
def test_a_narrow_search_is_for_payers_attempts_and_amounts_without_one(
    attempt: UUID | None, email: str | None, units: int
) -> None:
    ours = uuid4()
    search = PaymentSearch(
        NOW, NOW, frozenset({Money(1, "INR")}), frozenset({"a@x.example"}), frozenset({ours})
    )
    found = GatewayPayment("pi_1", Money(units, "INR"), False, NOW, email, attempt)
    fits = email == "A@x.example" or (attempt is None and units == 1)
    assert search.fits(found) == fits
    assert search.fits(replace(found, payment_id=ours))
    assert PaymentSearch(NOW, NOW).fits(found)


@pytest.mark.parametrize("won", [True, False])
async def test_a_payment_is_given_back_by_a_dispute_that_is_open_or_lost(
    desk: Desk, won: bool
) -> None:
    transaction = await paid(desk)

    async def given_back() -> bool:
        [found] = await desk.gateway.find_payments(PaymentSearch(NOW, NOW))
        assert found.transaction == transaction
        return found.given_back

    assert not await given_back()
    dispute = desk.dispute(transaction)
    assert await given_back()
    desk.close_dispute(dispute, won=won)
    assert await given_back() is not won


async def test_a_payment_is_given_back_when_all_of_it_was_refunded(desk: Desk) -> None:
    transaction = await paid(desk)
    for units, all_of_it in ((1000, False), (PRICE.minor_units - 1000, True)):
        desk.refund_by_hand(transaction, units)
        [found] = await desk.gateway.find_payments(PaymentSearch(NOW, NOW))
        assert found.given_back is all_of_it


async def test_a_notice_names_the_attempt_and_only_a_signed_one_is_read(desk: Desk) -> None:
    asked = order()
    session_id = (await desk.gateway.open_checkout(asked)).session_id
    desk.pay(session_id)
    body, headers = desk.notice()
    told = desk.gateway.read_notice(body, headers, now=desk.clock())
    named = {
        told.payment_id: asked.payment_id,
        told.session_id: session_id,
        told.transaction: await transaction_of(desk, session_id),
    }
    named.pop(None, None)
    assert named
    assert list(named) == list(named.values())
    assert (told.live_mode, bool(told.event_id)) == (False, True)
    for altered, with_headers in ((body + b" ", headers), (body, {})):
        with pytest.raises(BadSignature):
            desk.gateway.read_notice(altered, with_headers, now=desk.clock())


async def test_the_same_notice_has_the_same_id_whenever_it_comes(desk: Desk) -> None:
    session_id = await opened(desk)
    desk.pay(session_id)
    body, headers = desk.notice()
    first = desk.gateway.read_notice(body, headers, now=desk.clock())
    assert desk.gateway.read_notice(body, headers, now=desk.clock()) == first
    desk.refund_by_hand(await transaction_of(desk, session_id), 100)
    body, headers = desk.notice()
    other = desk.gateway.read_notice(body, headers, now=desk.clock())
    assert other.event_id != first.event_id


async def test_what_happened_is_told_from_a_cursor_on_and_never_twice(desk: Desk) -> None:
    page = await desk.gateway.happened(None, since=NOW - timedelta(days=1))
    assert (page.notices, page.has_more) == ((), False)
    for _ in range(3):
        desk.pay(await opened(desk))
    seen = []
    cursor = page.cursor
    for _ in range(3):
        page = await desk.gateway.happened(cursor, since=NOW - timedelta(days=1))
        seen += [notice.event_id for notice in page.notices]
        cursor = page.cursor
    assert len(seen) == len(set(seen))
    assert (len(seen) > 0) == desk.keeps_a_list


# -- no answer ---------------------------------------------------------------------------------


async def test_no_answer_is_never_taken_for_a_no(desk: Desk) -> None:
    transaction = await paid(desk)
    session_id = await opened(desk)
    gateway = desk.gateway
    desk.break_down()
    for call in (
        gateway.open_checkout(order()),
        gateway.close_checkout(session_id),
        gateway.look_up(session_id),
        gateway.refund(refund_order(transaction, 100)),
        gateway.refunds_of(transaction),
        gateway.disputes_of(transaction),
        gateway.find_payments(PaymentSearch(NOW, NOW)),
        gateway.find_session(uuid4(), since=NOW),
        gateway.check(),
    ):
        with pytest.raises(GatewayUnavailable):
            await call
    desk.mend()
    assert (await gateway.look_up(session_id)).state is S.OPEN
    assert await gateway.refunds_of(transaction) == []
    assert desk.pages() == 2


async def test_a_check_asks_something_harmless(desk: Desk) -> None:
    await desk.gateway.check()
    assert desk.pages() == 0


async def test_a_key_that_is_not_accepted_tells_nothing_of_a_checkout(desk: Desk) -> None:
    session_id = await opened(desk)
    for call in (desk.stranger.look_up(session_id), desk.stranger.check()):
        with pytest.raises(GatewayUnavailable):
            await call
