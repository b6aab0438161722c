"""Disputes: opened, won, lost; the invoice never shows as due again."""

from __future__ import annotations

import pytest

from service.billing.errors import InvalidInput, InvoiceNotPayable
from service.billing.events import InvoiceStatusChanged
from service.billing.invoice import DisplayStatus
from service.billing.ledger import Book, balance
from service.billing.refund import RefundStatus
from service.sandbox import events as sandbox_events
from service.store import cases, ledger, refunds
from service.store.ledger import Held, held_by
from service.workflows import payment_links, reconcile
from service.workflows.payment_links import LinkRequest
from service.workflows.refunds import request, send
from tests.support.books import books
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop
from tests.workflows.test_refunds import (
    Paid,
    asked,
    clean,
    now,
    paid,
    paid_twice,
    refunds_of,
    shows,
)


async def opened(shop: Shop) -> tuple[Paid, str]:
    of = await paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    await shop.settle(of.account, of.payment.id, thorough=True)
    return of, dispute["id"]


async def holds(of: Paid, book: Book) -> int:
    entries = await ledger.of_payment(of.account, of.payment.id)
    return balance(entries, book, of.payment.quote.charged.currency)


async def statuses(of: Paid) -> list[str]:
    known = await refunds.disputes_of_payments(of.account, [of.payment.id])
    return [str(one.status) for one in known[of.payment.id]]


async def test_an_open_dispute_shows_and_its_money_is_set_aside(shop: Shop) -> None:
    of, _ = await opened(shop)
    assert await statuses(of) == ["OPEN"]
    assert await shows(shop, of) is DisplayStatus.DISPUTED
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (0, 949552)
    await clean(shop, of.account)


async def test_a_dispute_that_is_won_is_over(shop: Shop) -> None:
    of, dispute = await opened(shop)
    shop.sandbox.dashboard.win_dispute(dispute)
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await statuses(of) == ["WON"]
    assert await shows(shop, of) is DisplayStatus.PAID
    assert (await holds(of, Book.GATEWAY), await holds(of, Book.DISPUTED)) == (949552, 0)
    await clean(shop, of.account)


async def test_a_dispute_that_is_lost_writes_the_invoice_off_and_asks_nobody_again(
    shop: Shop,
) -> None:
    of, dispute = await opened(shop)
    shop.sandbox.dashboard.lose_dispute(dispute)
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await statuses(of) == ["LOST"]
    after = await now(of)
    assert (after.status, after.due_minor, after.disputed) == ("UNCOLLECTIBLE", 0, False)
    assert await shows(shop, of) is DisplayStatus.UNCOLLECTIBLE
    assert await holds(of, Book.GATEWAY) == 0
    await clean(shop, of.account)


@pytest.mark.parametrize("is_lost", [False, True])
async def test_what_is_disputed_or_lost_gets_no_second_page_and_no_link(
    shop: Shop, *, is_lost: bool
) -> None:
    of, dispute = await opened(shop)
    if is_lost:
        shop.sandbox.dashboard.lose_dispute(dispute)
        await shop.settle(of.account, of.payment.id, thorough=True)
    assert await statuses(of) == ["LOST" if is_lost else "OPEN"]
    before = await books()
    with pytest.raises(InvoiceNotPayable):
        await shop.start(of.account, of.invoice)
    with pytest.raises(InvoiceNotPayable):
        await payment_links.create(
            shop.ports, of.account, LinkRequest(of.invoice.id, "ops@seller.example", "k", None)
        )
    assert await books() == before


async def test_a_lost_dispute_stays_lost_however_often_it_is_looked_at(shop: Shop) -> None:
    of, dispute = await opened(shop)
    shop.sandbox.dashboard.lose_dispute(dispute)
    await shop.settle(of.account, of.payment.id, thorough=True)
    before, told = await books(), await shop.happened(of.account)
    for _ in range(3):
        await shop.settle(of.account, of.payment.id, thorough=True)
        assert (await now(of)).status == "UNCOLLECTIBLE"
    assert await books() == before
    assert await shop.happened(of.account) == told


async def test_a_dispute_that_the_event_list_tells_of_stays_lost(shop: Shop) -> None:
    of = await paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    # The list has an event of its withdrawal, one of its opening, and one of its end.
    assert await reconcile.read_events(shop.ports) > 3
    await shop.drain()
    assert (await now(of)).status == "UNCOLLECTIBLE"
    moved = [
        one for one in await shop.happened(of.account) if isinstance(one, InvoiceStatusChanged)
    ]
    assert [one.status for one in moved] == ["PAID", "UNCOLLECTIBLE"]
    await clean(shop, of.account)


async def test_a_dispute_that_was_opened_and_lost_between_two_looks_is_booked_whole(
    shop: Shop,
) -> None:
    of = await paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await statuses(of) == ["LOST"]
    assert await holds(of, Book.GATEWAY) == 0
    assert (await now(of)).status == "UNCOLLECTIBLE"
    await clean(shop, of.account)


async def test_a_dispute_of_what_a_partial_refund_left_can_be_lost(shop: Shop) -> None:
    of = await paid(shop)
    shop.sandbox.dashboard.refund(of.charge, 949552 // 4)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    after = await now(of)
    assert (after.status, after.refunded_minor, after.paid_minor) == ("UNCOLLECTIBLE", 2500, 10000)
    await clean(shop, of.account)


async def test_the_last_of_several_lost_disputes_takes_all_that_is_left(shop: Shop) -> None:
    of = await paid(shop)
    # Each of the first two is less than half a cent of 100.00.
    for units in (47, 47, None):
        dispute = shop.sandbox.dashboard.dispute(of.charge, units)
        shop.sandbox.dashboard.lose_dispute(dispute["id"])
        await shop.settle(of.account, of.payment.id, thorough=True)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert (await now(of)).status == "UNCOLLECTIBLE"
    await clean(shop, of.account)


async def test_a_dispute_after_a_failed_refund_takes_all_that_is_left(shop: Shop) -> None:
    of = await paid(shop)
    first = shop.sandbox.dashboard.refund(of.charge, 48)
    await shop.settle(of.account, of.payment.id, thorough=True)
    shop.sandbox.dashboard.refund(of.charge, 48)
    await shop.settle(of.account, of.payment.id, thorough=True)
    shop.sandbox.dashboard.fail_refund(first["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert (await now(of)).status == "UNCOLLECTIBLE"
    await clean(shop, of.account)


@pytest.mark.parametrize("lost", [False, True])
async def test_what_a_dispute_took_back_is_not_refunded(shop: Shop, lost: bool) -> None:
    of, dispute = await opened(shop)
    if lost:
        shop.sandbox.dashboard.lose_dispute(dispute)
        await shop.settle(of.account, of.payment.id, thorough=True)
    before = await books()
    with pytest.raises(InvalidInput) as refusal:
        await request(shop.ports, of.account, asked(of, 1))
    assert [(one.path, one.code) for one in refusal.value.issues] == [(("paymentId",), "DISPUTED")]
    assert await books() == before
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []


async def test_after_a_dispute_that_was_won_all_can_be_refunded(shop: Shop) -> None:
    of, dispute = await opened(shop)
    shop.sandbox.dashboard.win_dispute(dispute)
    await shop.settle(of.account, of.payment.id, thorough=True)
    refund = await request(shop.ports, of.account, asked(of))
    assert (refund.charged, refund.amount.minor_units) == (of.payment.quote.charged, 10000)


async def test_of_a_payment_that_a_dispute_took_a_part_of_only_the_rest_is_refunded(
    shop: Shop,
) -> None:
    of = await paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge, 949552 // 4)
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    with pytest.raises(InvalidInput, match=r"At most 7121\.64 INR can be refunded"):
        await request(shop.ports, of.account, asked(of, 712165))
    refund = await request(shop.ports, of.account, asked(of))
    assert (refund.charged.minor_units, refund.amount.minor_units) == (712164, 7500)


async def test_a_surplus_that_a_dispute_took_back_is_owed_to_nobody(shop: Shop) -> None:
    of, first = await paid_twice(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await held_by(of.account, of.payment.id) == [Held(of.invoice.id, 0, 0)]
    assert await held_by(of.account, first.id) == [Held(of.invoice.id, 10000, 0)]
    # The surplus was on its way back already: the gateway says no, and nobody has to pay it twice.
    [refund] = await refunds_of(of)
    await send(shop.ports, of.account, refund.id)
    assert [one.status for one in await refunds_of(of)] == [RefundStatus.FAILED]
    assert await cases.open_about(of.account, payment_ids=[of.payment.id]) == []
    assert await shows(shop, of) is DisplayStatus.PAID
    await clean(shop, of.account)


@pytest.mark.parametrize("event", ["charge.dispute.updated", "charge.dispute.funds_withdrawn"])
async def test_an_inquiry_that_becomes_a_dispute_is_followed_from_then_on(
    shop: Shop, event: str
) -> None:
    shop.with_ports(printer=PlainPrinter())
    of = await paid(shop)
    book = shop.sandbox.book
    made = shop.sandbox.dashboard.dispute(of.charge)
    with book.transaction():
        book.change("dispute", made["id"], status="warning_needs_response")
    await reconcile.read_events(shop.ports)
    await shop.drain()
    assert await statuses(of) == []
    with book.transaction():
        escalated = book.change("dispute", made["id"], status="needs_response")
        sandbox_events.record(book, event, escalated)
    await reconcile.read_events(shop.ports)
    await shop.drain()
    assert await statuses(of) == ["OPEN"]
    assert await shows(shop, of) is DisplayStatus.DISPUTED
    await clean(shop, of.account)
