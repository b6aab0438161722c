"""Money that a person was called for, and that goes back to its payer: its case closes by itself,
and is there again when the refund fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.gateway import GatewayPayment
from service.store import cases
from service.workflows import candidates, reconcile
from service.workflows.cases import resolve
from service.workflows.claim_settling import settle_with
from tests.support.books import books
from tests.support.shop import Shop
from tests.workflows.test_second_page import Forgetful, Pages, decided, two_pages

S = PaymentStatus


async def by_a_notice_of_the_page(of: Pages) -> None:
    await of.told_of_second()


async def by_the_list_of_events(of: Pages) -> None:
    await reconcile.read_events(of.shop.ports)
    await of.work_off()


async def by_the_nightly_walk(of: Pages) -> None:
    await reconcile.compare_lately(of.shop.ports)


TOLD = [by_a_notice_of_the_page, by_the_list_of_events, by_the_nightly_walk]


async def both_paid(shop: Shop, **changes: str) -> Pages:
    """The first page's money is booked; a person is called for the second's."""
    of = await two_pages(shop, **changes)
    await shop.pay(of.started)
    assert (await of.settle()).status is S.CAPTURED
    of.pay_second()
    await reconcile.compare_lately(shop.ports)
    assert await of.candidates() == [(of.intent(of.second), of.started.quote.charged)]
    return of


@pytest.mark.parametrize("told", TOLD)
async def test_the_case_of_a_second_pages_money_closes_when_that_goes_back(
    shop: Shop, told: Callable[[Pages], Awaitable[None]]
) -> None:
    of = await both_paid(shop)
    shop.sandbox.dashboard.refund(of.charge(of.second))
    await told(of)
    assert (await of.notes(), await of.audited()) == ([], [])
    before = await books()
    await told(of)
    assert await books() == before


@pytest.mark.parametrize("told", TOLD[1:])
async def test_the_case_of_money_without_a_page_closes_when_that_goes_back(
    shop: Shop, told: Callable[[Pages], Awaitable[None]]
) -> None:
    of = await both_paid(shop, client_reference_id="by hand")
    shop.sandbox.dashboard.refund(of.charge(of.second))
    await told(of)
    assert (await of.notes(), await of.audited()) == ([], [])


@pytest.mark.parametrize("told", TOLD)
async def test_the_case_of_a_second_pages_money_stays_as_long_as_some_of_it_is_there(
    shop: Shop, told: Callable[[Pages], Awaitable[None]]
) -> None:
    of = await both_paid(shop)
    shop.sandbox.dashboard.refund(of.charge(of.second), 100)
    await told(of)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]


@pytest.mark.parametrize("told", TOLD)
async def test_it_closes_when_the_payers_bank_has_won_it_and_no_earlier(
    shop: Shop, told: Callable[[Pages], Awaitable[None]]
) -> None:
    of = await both_paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge(of.second))
    await told(of)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    await told(of)
    assert (await of.notes(), await of.audited()) == ([], [])


@pytest.mark.parametrize("told", TOLD)
async def test_a_part_that_was_lost_leaves_the_case_of_the_rest(
    shop: Shop, told: Callable[[Pages], Awaitable[None]]
) -> None:
    of = await both_paid(shop)
    lost = shop.sandbox.dashboard.dispute(of.charge(of.second), 100)
    won = shop.sandbox.dashboard.dispute(of.charge(of.second))
    shop.sandbox.dashboard.lose_dispute(lost["id"])
    shop.sandbox.dashboard.win_dispute(won["id"])
    await told(of)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    assert await of.audited() == [of.taken()]


async def test_money_of_which_a_part_was_lost_before_anybody_knew_calls_a_person(
    shop: Shop,
) -> None:
    of = await two_pages(shop, client_reference_id="by hand")
    of.pay_second()
    lost = shop.sandbox.dashboard.dispute(of.charge(of.second), 100)
    shop.sandbox.dashboard.lose_dispute(lost["id"])
    await by_the_nightly_walk(of)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    assert await of.audited() == [of.taken()]


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review"])
@pytest.mark.parametrize("told", TOLD)
async def test_an_inquiry_of_the_payers_bank_takes_nothing_back(
    shop: Shop, told: Callable[[Pages], Awaitable[None]], status: str
) -> None:
    of = await both_paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge(of.second))
    with shop.sandbox.book.transaction():
        shop.sandbox.book.change("dispute", dispute["id"], status=status)
    await told(of)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    assert await of.audited() == [of.taken()]


@pytest.mark.parametrize("is_closed_by_a_person", [True, False])
@pytest.mark.parametrize("told", TOLD)
async def test_a_person_is_called_again_when_the_refund_fails(
    shop: Shop, told: Callable[[Pages], Awaitable[None]], *, is_closed_by_a_person: bool
) -> None:
    of = await both_paid(shop)
    [case] = await cases.open_about(of.account, payment_ids=[of.started.id])
    refund = shop.sandbox.dashboard.refund(of.charge(of.second))
    if is_closed_by_a_person:
        by = "ops@seller.example"
        await resolve(shop.ports, of.account, case.id, by=by, resolution="Sent back")
    await told(of)
    assert await of.notes() == []
    shop.sandbox.dashboard.fail_refund(refund["id"])
    await told(of)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    assert await of.candidates() == [(of.intent(of.second), of.started.quote.charged)]


async def test_held_money_of_a_page_that_lost_its_place_closes_its_case_when_it_goes_back(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    of.hold_first()
    assert (await of.settle()).status is S.UNDER_REVIEW
    of.pay_second()
    assert (await of.told_of_second()).status is S.CAPTURED
    assert len(await of.notes()) == 1
    shop.sandbox.dashboard.refund(of.charge(of.first))
    await by_the_list_of_events(of)
    assert (await of.notes(), await of.audited()) == ([], [])


@pytest.mark.parametrize("told", TOLD[1:])
async def test_held_money_of_a_page_that_was_forgotten_closes_its_case_when_it_goes_back(
    shop: Shop, told: Callable[[Pages], Awaitable[None]]
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    of.hold_first()
    shop.clock.move(minutes=1)
    assert (await of.settle()).status is S.UNDER_REVIEW
    of.pay_second()
    shop.with_ports(gateway=Forgetful(shop.ports.gateway, of.first))
    assert (await of.told_of_second()).status is S.CAPTURED
    assert len(await of.candidates()) == 1
    shop.sandbox.dashboard.refund(of.charge(of.first))
    await told(of)
    assert await of.notes() == []


async def test_wrong_money_that_became_the_attempts_own_closes_its_case_when_it_goes_back(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started, "debit_fails")
    assert (await of.settle()).status is S.PROCESSING
    of.pay_second()
    shop.sandbox.dashboard.tamper(of.second, amount_total=7)
    await of.told_of_second()
    shop.clock.move(seconds=6)
    # The debit came to nothing: what the second page took is all that there is.
    held = await of.told_of_second()
    assert (held.status, held.session_id) == (S.UNDER_REVIEW, of.second)
    shop.sandbox.dashboard.refund(of.charge(of.second))
    assert (await of.settle()).status is S.CANCELED
    assert (await of.notes(), await of.candidates()) == ([], [])


async def test_money_that_went_back_leaves_the_case_of_other_money(shop: Shop) -> None:
    of = await both_paid(shop)
    other = Money(500, "INR")
    taken = GatewayPayment("pi_3", other, False, shop.clock(), None, of.started.id)
    await candidates.take_in(shop.ports, of.started, taken)
    shop.sandbox.dashboard.refund(of.charge(of.second))
    await by_the_list_of_events(of)
    assert await of.candidates() == [("pi_3", other)]
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]


async def asked_by_the_bank(of: Pages) -> None:
    inquiry = of.shop.sandbox.dashboard.dispute(of.charge(of.second))
    with of.shop.sandbox.book.transaction():
        of.shop.sandbox.book.change("dispute", inquiry["id"], status="warning_needs_response")


async def lost_in_part(of: Pages) -> None:
    dispute = of.shop.sandbox.dashboard.dispute(of.charge(of.second), 100)
    of.shop.sandbox.dashboard.lose_dispute(dispute["id"])


@pytest.mark.parametrize("changed", [asked_by_the_bank, lost_in_part])
async def test_what_a_person_is_called_for_they_can_put_on_the_invoice(
    shop: Shop, changed: Callable[[Pages], Awaitable[None]]
) -> None:
    of = await two_pages(shop, client_reference_id="by hand")
    of.pay_second()
    shop.clock.move(minutes=1)
    await changed(of)
    await reconcile.compare_lately(shop.ports)
    assert len(await of.candidates()) == 1
    payment = await settle_with(shop.ports, of.account, await decided(of))
    assert payment.status is S.CAPTURED
    await of.work_off()
    assert await of.audited() == []
