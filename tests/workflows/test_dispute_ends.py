"""How disputes end: with a part that comes back, by an appeal, or over more than is left."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from service.billing.invoice import DisplayStatus
from service.billing.ledger import Book, balance
from service.billing.payment import PaymentStatus
from service.billing.refund import RefundStatus
from service.billing.support import CaseReason
from service.sandbox.errors import JSON
from service.store import cases, ledger, refunds
from service.store.ledger import Held, held_by
from service.store.money_records import Dispute
from service.workflows.refunds import send
from tests.support.books import books
from tests.support.shop import Shop
from tests.workflows.test_refunds import (
    Paid,
    clean,
    now,
    paid,
    paid_twice,
    refunds_of,
    shows,
)

CHARGED = 949552
A_QUARTER = CHARGED // 4


@dataclass(frozen=True)
class Disputed(Paid):
    reference: str


async def in_rupees(shop: Shop) -> Paid:
    """An invoice in the currency that is charged: nothing is exchanged."""
    account = await shop.account(currency="INR")
    invoice = await shop.invoice(account, "100.00", currency="INR")
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    payment = await shop.settle(account, started.id)
    assert payment.status is PaymentStatus.CAPTURED
    intent = shop.sandbox.book.get("payment_intent", payment.transaction or "")
    return Paid(account, invoice, payment, intent["latest_charge"])


async def look_at_all(shop: Shop, of: Paid) -> list[Dispute]:
    """Ask the gateway again."""
    await shop.settle(of.account, of.payment.id, thorough=True)
    known = await refunds.disputes_of_payments(of.account, [of.payment.id])
    return known[of.payment.id]


async def look(shop: Shop, of: Paid) -> Dispute:
    """Ask the gateway again; the payment has one dispute."""
    [dispute] = await look_at_all(shop, of)
    return dispute


def tell(shop: Shop, reference: str, *posted: int) -> None:
    """The gateway tells that so much was withdrawn, and so much came back."""
    book = shop.sandbox.book
    [first, *_] = book.get("dispute", reference)["balance_transactions"]
    told = [{**first, "amount": units} for units in posted]
    with book.transaction():
        book.change("dispute", reference, balance_transactions=told)


async def holds(of: Paid, book: Book, currency: str = "INR") -> int:
    return balance(await ledger.of_payment(of.account, of.payment.id), book, currency)


def without_return(shop: Shop, reference: str) -> JSON:
    """The gateway has not given anything back yet; returns the dispute as it was."""
    book = shop.sandbox.book
    told = book.get("dispute", reference)
    with book.transaction():
        book.change("dispute", reference, balance_transactions=told["balance_transactions"][:1])
    return told


async def test_a_dispute_over_all_of_a_charge_loses_only_what_had_not_been_refunded(
    shop: Shop,
) -> None:
    of = await paid(shop)
    shop.sandbox.dashboard.refund(of.charge, A_QUARTER)
    made = shop.sandbox.dashboard.dispute(of.charge, CHARGED)
    dispute = await look(shop, of)
    assert (dispute.status, dispute.charged.minor_units) == ("OPEN", CHARGED)
    assert await holds(of, Book.GATEWAY) == -A_QUARTER
    assert await holds(of, Book.DISPUTED) == CHARGED
    await clean(shop, of.account)

    shop.sandbox.dashboard.lose_dispute(made["id"])
    dispute = await look(shop, of)
    assert (dispute.status, dispute.charged.minor_units) == ("LOST", CHARGED - A_QUARTER)
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (0, 0)
    assert await holds(of, Book.CHARGED_BACK, "USD") == 7500
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    after = await now(of)
    assert (after.status, after.refunded_minor, after.due_minor) == ("UNCOLLECTIBLE", 2500, 0)
    await clean(shop, of.account)
    before = await books()
    await look(shop, of)
    assert await books() == before


async def test_what_comes_back_after_a_dispute_was_lost_is_booked_when_it_comes(
    shop: Shop,
) -> None:
    of = await in_rupees(shop)
    shop.sandbox.dashboard.refund(of.charge, 2500)
    made = shop.sandbox.dashboard.dispute(of.charge, 10000)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    told = without_return(shop, made["id"])
    dispute = await look(shop, of)
    assert (dispute.status, dispute.charged.minor_units) == ("LOST", 10000)
    # What the refund had given back already is lost a second time.
    assert await holds(of, Book.GATEWAY) == -2500
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.EXCHANGE)) == (10000, 0)
    assert (await now(of)).status == "UNCOLLECTIBLE"
    await clean(shop, of.account)

    book = shop.sandbox.book
    with book.transaction():
        book.change("dispute", made["id"], balance_transactions=told["balance_transactions"])
    dispute = await look(shop, of)
    assert (dispute.status, dispute.charged.minor_units) == ("LOST", 7500)
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (0, 0)
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.EXCHANGE)) == (7500, 0)
    await clean(shop, of.account)
    before = await books()
    await look(shop, of)
    assert await books() == before


async def test_a_lost_dispute_that_an_appeal_wins_is_paid_again(shop: Shop) -> None:
    of = await paid(shop)
    made = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    assert (await look(shop, of)).status == "LOST"
    shop.sandbox.dashboard.appeal_dispute(made["id"])
    assert (await look(shop, of)).status == "LOST"
    assert await shows(shop, of) is DisplayStatus.UNCOLLECTIBLE
    await clean(shop, of.account)

    shop.sandbox.dashboard.win_dispute(made["id"])
    assert (await look(shop, of)).status == "WON"
    after = await now(of)
    assert (after.status, after.paid_minor, after.due_minor) == ("PAID", 10000, 0)
    assert await shows(shop, of) is DisplayStatus.PAID
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 10000, 0)]
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (CHARGED, 0)
    assert await holds(of, Book.CHARGED_BACK, "USD") == 0
    await clean(shop, of.account)
    before = await books()
    await look(shop, of)
    assert await books() == before


@pytest.mark.parametrize("posted", [(-10001, 2501), (-10000, 2525), (-10000, 2475)])
async def test_what_comes_back_at_another_rate_is_what_had_been_refunded(
    shop: Shop, posted: tuple[int, int]
) -> None:
    """The payout is in dollars: what was withdrawn and what came back are rounded there."""
    of = await paid(shop)
    shop.sandbox.dashboard.refund(of.charge, A_QUARTER)
    made = shop.sandbox.dashboard.dispute(of.charge, CHARGED)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    tell(shop, made["id"], *posted)
    dispute = await look(shop, of)
    assert (dispute.status, dispute.charged.minor_units) == ("LOST", CHARGED - A_QUARTER)
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (0, 0)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert (await now(of)).status == "UNCOLLECTIBLE"
    await clean(shop, of.account)


async def test_a_refund_that_fails_after_what_came_back_was_rounded_leaves_books_that_agree(
    shop: Shop,
) -> None:
    of = await in_rupees(shop)
    refund = shop.sandbox.dashboard.refund(of.charge, 2500)
    made = shop.sandbox.dashboard.dispute(of.charge, 10000)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    tell(shop, made["id"], -10000, 2475)
    assert (await look(shop, of)).charged.minor_units == 7500
    shop.sandbox.dashboard.fail_refund(refund["id"])
    await look(shop, of)
    assert await holds(of, Book.GATEWAY) == 2500
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 2500, 0)]
    [case] = await cases.open_about(of.account, payment_ids=[of.payment.id])
    assert case.reason is CaseReason.REFUND_FAILED
    await clean(shop, of.account)


@pytest.mark.parametrize("back", [9900, 10000, 10100])
async def test_a_dispute_that_gave_all_back_is_won_whatever_it_is_called(
    shop: Shop, back: int
) -> None:
    """All of the charge had been refunded: of it nothing can be taken a second time."""
    of = await in_rupees(shop)
    made = shop.sandbox.dashboard.dispute(of.charge, 10000)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    tell(shop, made["id"], -10000, back)
    book = shop.sandbox.book
    with book.transaction():
        # At this gateway a refund makes a dispute impossible: here it was made just before.
        book.change("charge", of.charge, disputed=False)
    shop.sandbox.dashboard.refund(of.charge, 10000)
    assert (await look(shop, of)).status == "WON"
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (0, 0)
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.REFUNDED)) == (0, 10000)
    assert await shows(shop, of) is DisplayStatus.REFUNDED
    await clean(shop, of.account)


async def two_lost(shop: Shop, refunded: int) -> tuple[Paid, str, str, str]:
    """A charge of 100.00 of which a part was refunded, and all was lost in two halves besides."""
    of = await in_rupees(shop)
    refund = shop.sandbox.dashboard.refund(of.charge, refunded)
    lost = [shop.sandbox.dashboard.dispute(of.charge, 5000)["id"] for _ in range(2)]
    for reference in lost:
        shop.sandbox.dashboard.lose_dispute(reference)
        without_return(shop, reference)
    assert [one.status for one in await look_at_all(shop, of)] == ["LOST", "LOST"]
    assert await holds(of, Book.GATEWAY) == -refunded
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.EXCHANGE)) == (10000, 0)
    await clean(shop, of.account)
    return of, refund["id"], lost[0], lost[1]


@pytest.mark.parametrize("place", [0, 1])
async def test_of_two_lost_disputes_one_gives_back_what_both_had_taken_twice(
    shop: Shop, place: int
) -> None:
    of, _, *lost = await two_lost(shop, 2500)
    tell(shop, lost[place], -5000, 2500)
    kept = [one.charged.minor_units for one in await look_at_all(shop, of)]
    assert sorted(kept) == [2500, 5000]
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (0, 0)
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.EXCHANGE)) == (7500, 0)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    await clean(shop, of.account)


@pytest.mark.parametrize("place", [0, 1])
async def test_of_two_lost_disputes_one_is_won_in_the_end(shop: Shop, place: int) -> None:
    of, _, *lost = await two_lost(shop, 2500)
    shop.sandbox.dashboard.appeal_dispute(lost[place])
    shop.sandbox.dashboard.win_dispute(lost[place])
    assert sorted(one.status for one in await look_at_all(shop, of)) == ["LOST", "WON"]
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (2500, 0)
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.EXCHANGE)) == (5000, 0)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 2500, 0)]
    await clean(shop, of.account)


@pytest.mark.parametrize("refunded", [2500, 7500])
async def test_a_refund_that_fails_after_two_lost_disputes_is_owed_to_nobody(
    shop: Shop, refunded: int
) -> None:
    of, refund, *_ = await two_lost(shop, refunded)
    shop.sandbox.dashboard.fail_refund(refund)
    await look_at_all(shop, of)
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.EXCHANGE)) == (0, 0)
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.REFUNDED)) == (10000, 0)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    await clean(shop, of.account)


async def test_a_refund_that_fails_after_a_lost_dispute_is_owed_to_nobody(shop: Shop) -> None:
    """The payer disputed all of it because the refund had not arrived, and has all of it."""
    of = await in_rupees(shop)
    refund = shop.sandbox.dashboard.refund(of.charge, 2500)
    made = shop.sandbox.dashboard.dispute(of.charge, 10000)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    without_return(shop, made["id"])
    await look(shop, of)
    shop.sandbox.dashboard.fail_refund(refund["id"])
    await look(shop, of)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.EXCHANGE)) == (0, 0)
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.REFUNDED)) == (10000, 0)
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    assert (await now(of)).refunded_minor == 0
    await clean(shop, of.account)
    before = await books()
    await look(shop, of)
    assert await books() == before


async def test_books_agree_while_an_appeal_after_a_partial_refund_is_decided(shop: Shop) -> None:
    of = await in_rupees(shop)
    shop.sandbox.dashboard.refund(of.charge, 2500)
    made = shop.sandbox.dashboard.dispute(of.charge, 10000)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    shop.sandbox.dashboard.appeal_dispute(made["id"])
    # First seen in its appeal: what came back is booked, and the rest is set aside.
    dispute = await look(shop, of)
    assert (dispute.status, dispute.charged.minor_units) == ("OPEN", 7500)
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (0, 7500)
    await clean(shop, of.account)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    assert (await look(shop, of)).status == "LOST"
    await clean(shop, of.account)
    shop.sandbox.dashboard.appeal_dispute(made["id"])
    assert (await look(shop, of)).status == "LOST"
    await clean(shop, of.account)


async def test_a_surplus_that_an_appeal_brings_back_calls_a_person(shop: Shop) -> None:
    of, _ = await paid_twice(shop)
    made = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    await look(shop, of)
    [refund] = await refunds_of(of)
    await send(shop.ports, of.account, refund.id)
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.FAILED]
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    shop.sandbox.dashboard.appeal_dispute(made["id"])
    shop.sandbox.dashboard.win_dispute(made["id"])
    assert (await look(shop, of)).status == "WON"
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 10000)]
    [case] = await cases.open_about(of.account, payment_ids=[of.payment.id])
    assert case.reason is CaseReason.REFUND_FAILED
    await clean(shop, of.account)


async def test_an_appeal_that_is_lost_changes_nothing(shop: Shop) -> None:
    of = await paid(shop)
    made = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    await look(shop, of)
    before = await books()
    shop.sandbox.dashboard.appeal_dispute(made["id"])
    await look(shop, of)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    assert (await look(shop, of)).status == "LOST"
    assert await books() == before
    await clean(shop, of.account)


async def test_a_dispute_that_is_first_seen_in_its_appeal_is_open(shop: Shop) -> None:
    of = await paid(shop)
    made = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    shop.sandbox.dashboard.appeal_dispute(made["id"])
    assert (await look(shop, of)).status == "OPEN"
    assert await shows(shop, of) is DisplayStatus.DISPUTED
    await clean(shop, of.account)


async def test_after_a_partial_refund_an_appeal_brings_back_what_the_dispute_took(
    shop: Shop,
) -> None:
    of = await in_rupees(shop)
    shop.sandbox.dashboard.refund(of.charge, 2500)
    made = shop.sandbox.dashboard.dispute(of.charge, 10000)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    await look(shop, of)
    shop.sandbox.dashboard.appeal_dispute(made["id"])
    shop.sandbox.dashboard.win_dispute(made["id"])
    assert (await look(shop, of)).status == "WON"
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (7500, 0)
    assert (await holds(of, Book.CHARGED_BACK), await holds(of, Book.EXCHANGE)) == (0, 0)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 7500, 0)]
    assert (await now(of)).status == "PAID"
    await clean(shop, of.account)


@pytest.mark.parametrize("units", [1, 2500])
async def test_a_dispute_lost_in_another_currency_is_left_to_a_person_and_hides_no_refund(
    shop: Shop, units: int
) -> None:
    of = await in_rupees(shop)
    made = shop.sandbox.dashboard.dispute(of.charge, 5000)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    book = shop.sandbox.book
    with book.transaction():
        book.change("dispute", made["id"], currency="eur")
        # While a dispute stands the gateway refunds nothing: this was made before it.
        book.change("charge", of.charge, disputed=False)
    shop.sandbox.dashboard.refund(of.charge, units)
    assert (await look(shop, of)).status == "OPEN"
    after = await now(of)
    assert (after.refunded_minor, after.disputed) == (units, True)
