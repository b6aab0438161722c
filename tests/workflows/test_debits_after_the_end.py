"""A debit that begins on a page of an attempt that has ended, or beside another one that fails: it
is on its way, and nobody is asked to pay as long as it is."""

from __future__ import annotations

import pytest

from service.billing.errors import InvoiceNotPayable
from service.billing.evidence import Source, Witness
from service.billing.payment import PaymentStatus
from service.store import invoices, payments
from service.workflows import reports, sweep
from tests.support.books import books
from tests.support.shop import Shop
from tests.workflows.test_second_page import Pages, two_pages

S = PaymentStatus


async def expired(shop: Shop) -> Pages:
    of = await two_pages(shop)
    shop.sandbox.dashboard.expire(of.first)
    assert (await of.settle()).status is S.EXPIRED
    return of


async def test_a_debit_by_a_second_page_after_the_attempt_expired_is_waited_for(shop: Shop) -> None:
    of = await expired(shop)
    of.pay_second("debit_succeeds")
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.PROCESSING, of.second)
    assert await of.live() is S.PROCESSING
    before = await books()
    with pytest.raises(InvoiceNotPayable):
        await shop.start(of.account, of.invoice)
    assert await books() == before
    shop.clock.move(seconds=6)
    # Nobody has to tell of its end.
    await sweep.sweep(shop.ports)
    assert await of.is_paid()
    assert (await of.notes(), await of.audited()) == ([], [])


async def test_a_debit_after_the_end_that_fails_leaves_the_invoice_due(shop: Shop) -> None:
    of = await expired(shop)
    of.pay_second("debit_fails")
    assert (await of.told_of_second()).status is S.PROCESSING
    shop.clock.move(seconds=6)
    assert (await of.settle()).status is S.FAILED
    assert await of.live() is None
    assert (await of.notes(), await of.audited()) == ([], [])
    before = await books()
    await of.told_of_second()
    assert await books() == before


async def test_a_stale_word_of_a_debit_brings_no_attempt_back_to_life(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started, "debit_fails")
    asked = await of.settle()
    assert asked.status is S.PROCESSING
    stale = await shop.ports.gateway.look_up(of.first)
    shop.clock.move(seconds=6)
    assert (await of.settle()).status is S.FAILED
    before = await books()
    assert not await reports.apply(shop.ports, asked, stale, Witness(Source.POLL))
    assert await books() == before


async def test_a_debit_beside_another_one_that_fails_is_waited_for(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started, "debit_fails")
    assert (await of.settle()).status is S.PROCESSING
    shop.clock.move(seconds=4)
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).session_id == of.first
    shop.clock.move(seconds=3)
    # The first has failed by now: the invoice is not due for a moment.
    payment = await of.settle()
    assert (payment.status, payment.session_id) == (S.PROCESSING, of.second)
    assert payment.second_session_id is None
    assert await of.live() is S.PROCESSING
    shop.clock.move(seconds=6)
    assert (await of.settle()).status is S.CAPTURED
    assert await of.is_paid()
    assert (await of.notes(), await of.audited()) == ([], [])


async def test_of_two_debits_that_succeed_a_person_is_called_for_the_second(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started, "debit_succeeds")
    await of.settle()
    of.pay_second("debit_succeeds")
    await of.told_of_second()
    shop.clock.move(seconds=6)
    assert (await of.settle()).status is S.CAPTURED
    assert await of.is_paid()
    await of.told_of_second()
    taken = [amount for _, amount in await of.candidates()]
    assert taken == [of.started.quote.charged]


async def test_a_second_debit_that_fails_beside_the_first_is_forgotten(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second("debit_fails")
    shop.clock.move(seconds=3)
    await shop.pay(of.started, "debit_succeeds")
    await of.settle()
    assert (await of.told_of_second()).second_session_id == of.second
    shop.clock.move(seconds=3)
    now = await of.settle()
    assert (now.status, now.second_session_id) == (S.PROCESSING, None)


async def test_another_attempt_that_nobody_has_paid_makes_way_for_a_debit(shop: Shop) -> None:
    of = await expired(shop)
    another = (await shop.start(of.account, of.invoice)).payment
    of.pay_second("debit_succeeds")
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.EXPIRED, of.second)
    await of.work_off()
    assert (await payments.find(of.account, another.id)).status is S.EXPIRED
    shop.clock.move(seconds=2)
    await sweep.sweep(shop.ports)
    assert (await of.now()).status is S.PROCESSING
    assert await of.live() is S.PROCESSING


async def test_a_debit_of_another_attempt_goes_first_and_then_makes_way(shop: Shop) -> None:
    of = await expired(shop)
    another = (await shop.start(of.account, of.invoice)).payment
    await shop.pay(another, "debit_fails")
    assert (await shop.settle(of.account, another.id)).status is S.PROCESSING
    shop.clock.move(seconds=4)
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.EXPIRED
    assert await of.live() is S.PROCESSING
    shop.clock.move(seconds=3)
    assert (await shop.settle(of.account, another.id)).status is S.FAILED
    await sweep.sweep(shop.ports)
    assert await of.live() is S.PROCESSING
    shop.clock.move(minutes=5)
    await sweep.sweep(shop.ports)
    invoice = await invoices.find(of.account, of.invoice.id)
    assert (invoice.status, invoice.paid_minor) == ("PAID", invoice.total_minor)
    assert (await of.notes(), await of.audited()) == ([], [])
