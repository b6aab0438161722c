"""A debit that begins on a page of an attempt that has ended, or beside another one that fails: it
is on its way, and nobody is asked to pay as long as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable, InvoiceNotPayable
from service.billing.evidence import Source, Witness
from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.gateway import CheckoutOrder, CheckoutPage
from service.ports import Ports
from service.store import invoices, payments
from service.store.database import execute
from service.store.records import Invoice, Payment
from service.workflows import capture, reports, sweep
from service.workflows.checkout import confirm
from tests.support.books import books, rows
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop
from tests.workflows.test_second_page import Around, Forgetful, Pages, page_of, two_pages

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
    assert (payment.status, payment.session_id) == (S.PROCESSING, of.second)
    assert await of.live() is S.PROCESSING
    other = await payments.find(of.account, another.id)
    assert (other.status, other.superseded_by) == (S.CANCELED, payment.id)
    await sweep.sweep(shop.ports)
    assert of.status_of(another.session_id or "") == "expired"


async def test_another_attempt_whose_payer_is_back_goes_first(shop: Shop) -> None:
    of = await expired(shop)
    another = (await shop.start(of.account, of.invoice)).payment
    with shop.sandbox.book.transaction():
        shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await confirm(shop.ports, of.account, another.id)
    shop.sandbox.faults.clear()
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.EXPIRED
    assert (await payments.find(of.account, another.id)).status is S.PENDING
    await of.work_off()  # nobody has paid on its page, which is closed
    assert (await payments.find(of.account, another.id)).status is S.EXPIRED
    await sweep.sweep(shop.ports)
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


async def test_the_end_of_the_attempt_in_the_way_is_not_missed_while_this_one_is_looked_at(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, another = await behind_a_debit(shop, "debit_fails")
    plan = sweep._plan_next
    ends = [another]

    async def meanwhile(ports: Ports, payment: Payment, *, is_known: bool) -> None:
        if payment.id == of.started.id and ends:
            shop.clock.move(seconds=1)
            assert (await shop.settle(of.account, ends.pop().id)).status is S.FAILED
        await plan(ports, payment, is_known=is_known)

    monkeypatch.setattr(sweep, "_plan_next", meanwhile)
    await sweep.sweep(shop.ports)
    assert ends == []
    await sweep.sweep(shop.ports)
    assert await of.live() is S.PROCESSING


async def behind_a_debit(shop: Shop, outcome: str) -> tuple[Pages, Payment]:
    """An old attempt with a debit that another one's, which ends in a second, is in the way of."""
    of = await expired(shop)
    shop.clock.move(hours=2)
    another = (await shop.start(of.account, of.invoice)).payment
    await shop.pay(another, outcome)
    assert (await shop.settle(of.account, another.id)).status is S.PROCESSING
    shop.clock.move(seconds=3)
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.EXPIRED
    shop.clock.move(seconds=2)
    return of, another


async def test_a_debit_behind_another_that_pays_the_invoice_is_a_surplus(shop: Shop) -> None:
    of, another = await behind_a_debit(shop, "debit_succeeds")
    shop.clock.move(seconds=1)
    assert (await shop.settle(of.account, another.id)).status is S.CAPTURED
    await sweep.sweep(shop.ports)
    # There is nothing to live for; what comes is found all the same, also if nobody tells of it.
    assert (await of.now()).status is S.EXPIRED
    shop.clock.move(days=1)
    await sweep.sweep(shop.ports)
    assert (await of.now()).status is S.CAPTURED
    await of.work_off()
    assert await rows("refund") == 1
    assert await of.audited() == []


@pytest.mark.parametrize("status", ["VOID", "UNCOLLECTIBLE"])
async def test_a_debit_for_what_nobody_has_to_pay_any_more_is_found_when_it_comes(
    shop: Shop, status: str
) -> None:
    of = await expired(shop)
    await execute("UPDATE invoice SET status = $1 WHERE id = $2", status, of.invoice.id)
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.EXPIRED
    shop.clock.move(seconds=6)
    await sweep.sweep(shop.ports)
    assert (await of.now()).status is S.CAPTURED
    await of.work_off()
    assert await of.audited() == []


# -- several invoices --------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """An attempt for two invoices that has expired, with a second page."""

    shop: Shop
    account: UUID
    one: Invoice
    two: Invoice
    attempt: Payment
    second: str

    async def begun(self, invoice: Invoice, outcome: str | None = None) -> Payment:
        """Another attempt, for one of them."""
        payment = (await self.shop.start(self.account, invoice)).payment
        if outcome is not None:
            await self.shop.pay(payment, outcome)
            await self.shop.settle(self.account, payment.id)
        return payment

    async def pay_second(self) -> Payment:
        self.shop.sandbox.dashboard.pay(self.second, "debit_succeeds")
        witness = Witness(Source.WEBHOOK, "evt_1")
        ids = self.account, self.attempt.id
        return await capture.settle(self.shop.ports, *ids, witness, session_hint=self.second)

    async def live(self, invoice: Invoice) -> PaymentStatus | None:
        return (await invoices.find(self.account, invoice.id)).live_payment


async def pair(shop: Shop) -> Pair:
    account = await shop.account()
    one, two = [await shop.invoice(account, month=Month(2026, month)) for month in (7, 8)]
    attempt = (await shop.start(account, one, two)).payment
    second = await page_of(shop, attempt)
    shop.sandbox.dashboard.expire(attempt.session_id or "")
    assert (await shop.settle(account, attempt.id)).status is S.EXPIRED
    return Pair(shop, account, one, two, attempt, second)


async def test_the_rest_of_several_invoices_is_waited_for_once_the_first_is_paid(
    shop: Shop,
) -> None:
    of = await pair(shop)
    shop.clock.move(hours=2)
    another = await of.begun(of.one, "debit_succeeds")
    shop.clock.move(seconds=3)
    assert (await of.pay_second()).status is S.EXPIRED
    shop.clock.move(seconds=3)
    assert (await shop.settle(of.account, another.id)).status is S.CAPTURED
    await sweep.sweep(shop.ports)
    assert await of.live(of.two) is S.PROCESSING


async def test_all_other_pages_of_several_invoices_are_closed(shop: Shop) -> None:
    of = await pair(shop)
    await of.begun(of.one, "debit_succeeds")
    other = await of.begun(of.two)
    assert (await of.pay_second()).status is S.EXPIRED
    shop.with_ports(printer=PlainPrinter())
    await shop.drain()
    assert (await payments.find(of.account, other.id)).status is S.EXPIRED


async def test_several_attempts_that_nobody_has_paid_make_way(shop: Shop) -> None:
    of = await pair(shop)
    others = [await of.begun(invoice) for invoice in (of.one, of.two)]
    assert (await of.pay_second()).status is S.PROCESSING
    for other in others:
        assert (await payments.find(of.account, other.id)).status is S.CANCELED
    assert [await of.live(one) for one in (of.one, of.two)] == [S.PROCESSING, S.PROCESSING]


# -- beside money that did not match -----------------------------------------------------------


@pytest.mark.parametrize("is_forgotten", [True, False])
async def test_a_debit_after_held_money_went_back_is_waited_for(
    shop: Shop, *, is_forgotten: bool
) -> None:
    of = await held_and_back(shop)
    of.pay_second("debit_succeeds")
    if is_forgotten:
        shop.with_ports(gateway=Forgetful(shop.ports.gateway, of.first))
    assert (await of.told_of_second()).status is S.PROCESSING
    assert await of.live() is S.PROCESSING
    assert await of.notes() == []


async def test_a_debit_beside_held_money_that_is_there_again_is_waited_for(shop: Shop) -> None:
    of = await held_and_back(shop)
    [refund] = shop.sandbox.book.oldest_first("refund")
    shop.sandbox.dashboard.fail_refund(refund["id"])
    await of.settle()
    assert len(await of.notes()) == 1
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.PROCESSING
    held = Money(of.started.quote.charged.minor_units + 1, "INR")
    assert await of.candidates() == [(of.intent(of.first), held)]
    shop.clock.move(seconds=6)
    await sweep.sweep(shop.ports)
    assert await of.is_paid()
    assert await of.candidates() == [(of.intent(of.first), held)]


async def held_and_back(shop: Shop) -> Pages:
    of = await two_pages(shop)
    await shop.pay(of.started)
    of.hold_first()
    assert (await of.settle()).status is S.UNDER_REVIEW
    shop.sandbox.dashboard.refund(of.charge(of.first))
    assert (await of.settle()).status is S.CANCELED
    return of


# -- deadlines and mails -----------------------------------------------------------------------


async def test_a_debit_that_takes_the_place_of_another_has_a_deadline_of_its_own(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started, "debit_fails")
    first = await of.settle()
    shop.clock.move(seconds=4)
    of.pay_second("debit_succeeds")
    await of.told_of_second()
    shop.clock.move(seconds=3)
    now = await of.settle()
    assert (now.session_id, now.status) == (of.second, S.PROCESSING)
    assert first.deadline_at is not None
    assert now.deadline_at == first.deadline_at + timedelta(seconds=7)


async def failed_once(shop: Shop) -> Pages:
    of = await two_pages(shop)
    await shop.pay(of.started, "debit_fails")
    assert (await of.settle()).status is S.PROCESSING
    shop.clock.move(seconds=6)
    assert (await of.settle()).status is S.FAILED
    return of


async def test_each_debit_that_fails_is_told(shop: Shop) -> None:
    of = await failed_once(shop)
    await of.work_off()
    of.pay_second("debit_fails")
    assert (await of.told_of_second()).status is S.PROCESSING
    shop.clock.move(seconds=6)
    assert (await of.settle()).status is S.FAILED
    await of.work_off()
    assert await rows("notification", "kind = 'PAYMENT_FAILED' AND state = 'SENT'") == 2


async def test_no_mail_tells_of_a_failure_while_another_debit_is_under_way(shop: Shop) -> None:
    of = await failed_once(shop)
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.PROCESSING
    await of.work_off()
    assert await rows("notification", "kind = 'PAYMENT_FAILED' AND state = 'SENT'") == 0
    why = "last_error = 'Not sent: the payment has not failed any more.'"
    assert await rows("notification", why) == 1


# -- a page that nobody kept -------------------------------------------------------------------


class Lost(Around):
    """A gateway whose answer with the page is lost."""

    async def open_checkout(self, order: CheckoutOrder) -> CheckoutPage:
        await self._gateway.open_checkout(order)
        raise GatewayUnavailable


async def debit_without_a_page(shop: Shop) -> Payment:
    """An attempt whose page was lost, and a debit on that, which a notice has told of."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    real = shop.ports.gateway
    shop.with_ports(gateway=Lost(real))
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice)
    started = await shop.live(invoice)
    assert started is not None
    shop.with_ports(gateway=real)
    [page] = shop.sandbox.book.oldest_first("session")
    shop.sandbox.dashboard.pay(page["id"], "debit_succeeds")
    witness = Witness(Source.WEBHOOK, "evt_1")
    return await capture.settle(shop.ports, account, started.id, witness, session_hint=page["id"])


async def test_a_debit_on_a_page_that_we_never_had_is_swept(shop: Shop) -> None:
    payment = await debit_without_a_page(shop)
    assert payment.status is S.PROCESSING
    shop.clock.move(minutes=10)
    await sweep.sweep(shop.ports)
    assert (await shop.payment(payment.account_id, payment.id)).status is S.CAPTURED
