"""A payer who came back while the gateway is silent may have paid: nothing shows them as due."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable, InvoiceNotPayable
from service.billing.events import InvoiceStatusChanged
from service.billing.invoice import DisplayStatus, InvoiceStatus, is_payable
from service.billing.payment import GatewayCheckout, GatewayState, PaymentStatus
from service.billing.period import Month
from service.store import accounts, invoices, payment_checks
from service.store.cases import open_about
from service.store.records import Invoice, Payment
from service.workflows import cases, checkout, closing, offline, payment_links
from service.workflows.deadlines import enforce
from service.workflows.offline import OfflinePayment
from service.workflows.screens import shown
from service.workflows.sweep import sweep
from tests.support.shop import START, Shop
from tests.workflows.test_second_page import Around

D = DisplayStatus


class Doubt:
    """An invoice whose payer paid, or did not, and is back at a gateway that is silent."""

    def __init__(self, shop: Shop, account: UUID, invoice: Invoice, payment: Payment) -> None:
        self.shop, self.account, self.invoice, self.payment = shop, account, invoice, payment

    @classmethod
    async def begin(cls, shop: Shop) -> Doubt:
        account = await shop.account()
        invoice = await shop.invoice(account)
        return cls(shop, account, invoice, (await shop.start(account, invoice)).payment)

    async def come_back(self) -> Payment:
        return await checkout.confirm(self.shop.ports, self.account, self.payment.id)

    async def come_back_in_vain(self) -> None:
        self.shop.sandbox.faults.add("outage")
        with pytest.raises(GatewayUnavailable):
            await self.come_back()

    async def shows(self) -> tuple[DisplayStatus, bool, int]:
        """What a screen shows, whether it has a pay button, and what the account owes."""
        now = await invoices.find(self.account, self.invoice.id)
        payable = is_payable(now.status, due_minor=now.due_minor, live_payment=now.live_payment)
        due = (await accounts.balances_due([self.account]))[self.account]
        return shown(now, self.shop.clock()), payable, due

    async def told(self) -> list[DisplayStatus]:
        """What was pushed of the invoice."""
        return [
            event.display_status
            for event in await self.shop.happened(self.account)
            if isinstance(event, InvoiceStatusChanged)
        ]


async def test_who_paid_and_came_back_to_a_silent_gateway_is_not_shown_as_due(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    assert await doubt.shows() == (D.DUE, True, 10000)
    await shop.pay(doubt.payment)
    await doubt.come_back_in_vain()
    assert await doubt.shows() == (D.PROCESSING, False, 0)
    assert await doubt.told() == [D.PROCESSING]
    shop.clock.now = START + timedelta(days=60)
    assert (await doubt.shows())[0] is D.PROCESSING


async def test_who_comes_back_to_a_gateway_that_answers_is_told_what_it_says_and_no_doubt(
    shop: Shop,
) -> None:
    doubt = await Doubt.begin(shop)
    await shop.pay(doubt.payment, "debit_succeeds")
    assert (await doubt.come_back()).status is PaymentStatus.PROCESSING
    assert await doubt.told() == [D.PROCESSING]
    turned_back = await Doubt.begin(shop)
    assert (await turned_back.come_back()).status is PaymentStatus.PENDING
    assert await turned_back.told() == []


async def test_who_turned_back_and_then_pays_by_debit_is_told_that_it_is_on_its_way(
    shop: Shop,
) -> None:
    doubt = await Doubt.begin(shop)
    assert (await doubt.come_back()).status is PaymentStatus.PENDING
    await shop.pay(doubt.payment, "debit_succeeds")
    await shop.settle(doubt.account, doubt.payment.id)
    assert await doubt.told() == [D.PROCESSING]


async def test_who_comes_back_as_the_gateways_answer_is_written_is_told_that_it_is_on_its_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt = await Doubt.begin(shop)
    await shop.pay(doubt.payment, "debit_succeeds")
    writing = asyncio.Event()

    async def come_back() -> bool:
        await writing.wait()
        at = shop.clock()
        return await payment_checks.note_return(doubt.payment, at=at, deadline_at=at)

    returning = asyncio.create_task(come_back())
    keep_answer = payment_checks.note_seen

    async def keep_once_the_payer_is_back(
        asked: Payment, state: GatewayState, *, at: datetime
    ) -> None:
        writing.set()
        assert await returning
        await keep_answer(asked, state, at=at)

    monkeypatch.setattr(payment_checks, "note_seen", keep_once_the_payer_is_back)
    await shop.settle(doubt.account, doubt.payment.id)
    assert await doubt.told() == [D.PROCESSING]


async def test_each_invoice_of_a_checkout_is_told_also_when_another_of_them_was_told_before(
    shop: Shop,
) -> None:
    """The payer was back when a process was killed before it could tell; then a transfer for one of
    the invoices told that one alone what it shows."""
    account = await shop.account()
    one = await shop.invoice(account)
    two = await shop.invoice(account, "40.00", month=Month(2026, 8))
    payment = (await shop.start(account, one, two)).payment
    await shop.pay(payment, "debit_succeeds")
    shop.clock.move(seconds=1)
    at = shop.clock()
    assert await payment_checks.note_return(payment, at=at, deadline_at=at + timedelta(minutes=5))
    received = OfflinePayment(
        one.id, 2_500, "UTR 1", shop.clock().date(), "ops@seller.example", "k1"
    )
    await offline.record(shop.ports, account, received)
    assert await pushed(shop, account) == [(one.id, D.PROCESSING)]
    assert (await shop.settle(account, payment.id)).status is PaymentStatus.PROCESSING
    assert await pushed(shop, account) == [(one.id, D.PROCESSING), (two.id, D.PROCESSING)]


async def pushed(shop: Shop, account: UUID) -> list[tuple[UUID, DisplayStatus]]:
    """What was pushed of which invoice."""
    return [
        (event.invoice_id, event.display_status)
        for event in await shop.happened(account)
        if isinstance(event, InvoiceStatusChanged)
    ]


async def test_it_stays_so_until_the_truth_is_known_and_is_told_once(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await shop.pay(doubt.payment)
    await doubt.come_back_in_vain()
    for _ in range(3):
        shop.clock.move(minutes=6)
        await sweep(shop.ports)
        await enforce(shop.ports)
    assert len(await open_about(doubt.account, payment_ids=[doubt.payment.id])) == 1
    assert await doubt.shows() == (D.PROCESSING, False, 0)
    assert await doubt.told() == [D.PROCESSING]
    shop.sandbox.faults.clear()
    shop.clock.move(minutes=60)
    assert await sweep(shop.ports) == 1
    assert await doubt.shows() == (D.PAID, False, 0)
    assert await doubt.told() == [D.PROCESSING, D.PAID]


async def test_who_did_not_pay_is_shown_as_due_once_the_gateway_says_so(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back_in_vain()
    assert (await doubt.shows())[0] is D.PROCESSING
    shop.sandbox.faults.clear()
    shop.clock.move(seconds=3)
    await doubt.come_back()
    assert await doubt.shows() == (D.DUE, True, 10000)
    assert await doubt.told() == [D.PROCESSING, D.DUE]


async def test_who_turned_back_is_never_in_doubt_while_the_gateway_answers(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back()
    assert await doubt.shows() == (D.DUE, True, 10000)
    assert await doubt.told() == []


async def test_what_the_gateway_said_before_the_payer_came_back_again_does_not_count(
    shop: Shop,
) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back()
    await shop.pay(doubt.payment)
    shop.clock.move(minutes=3)
    await doubt.come_back_in_vain()
    assert await doubt.shows() == (D.PROCESSING, False, 0)
    again = await shop.payment(doubt.account, doubt.payment.id)
    assert again.deadline_at == shop.clock() + shop.ports.policy.answer_deadline
    assert (again.checked_at, again.seen_state) == (None, None)


async def test_an_answer_to_a_question_from_before_the_return_does_not_count(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    asked = await shop.payment(doubt.account, doubt.payment.id)
    later = START + timedelta(minutes=5)
    assert await payment_checks.note_return(asked, at=START, deadline_at=later)
    await payment_checks.note_seen(asked, GatewayState.OPEN, at=START)
    assert (await doubt.shows())[0] is D.PROCESSING
    asked = await shop.payment(doubt.account, doubt.payment.id)
    await payment_checks.note_seen(asked, GatewayState.OPEN, at=START)
    assert (await doubt.shows())[0] is D.DUE


class Late(Around):
    """A gateway that answers once its payer has paid and is back: with what was before."""

    def __init__(self, gateway: object, doubt: Doubt) -> None:
        super().__init__(gateway)
        self._doubt = doubt

    async def look_up(self, session_id: str) -> GatewayCheckout:
        seen: GatewayCheckout = await self._gateway.look_up(session_id)
        shop, payment = self._doubt.shop, self._doubt.payment
        await shop.pay(payment)
        at = shop.clock()
        assert await payment_checks.note_return(payment, at=at, deadline_at=at)
        return seen


async def test_an_answer_from_before_the_return_that_comes_after_it_does_not_count_either(
    shop: Shop,
) -> None:
    doubt = await Doubt.begin(shop)
    shop.with_ports(gateway=Late(shop.ports.gateway, doubt))
    await shop.settle(doubt.account, doubt.payment.id)
    assert await doubt.shows() == (D.PROCESSING, False, 0)
    assert (await shop.payment(doubt.account, doubt.payment.id)).seen_state is None


async def test_a_page_whose_time_is_over_leaves_no_doubt(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back_in_vain()
    shop.sandbox.faults.clear()
    shop.clock.move(hours=25)
    await sweep(shop.ports)
    payment = await shop.payment(doubt.account, doubt.payment.id)
    assert payment.status is PaymentStatus.EXPIRED
    assert (await doubt.shows())[1:] == (True, 10000)
    assert await doubt.told() == [D.PROCESSING, (await doubt.shows())[0]]


async def test_a_doubt_ends_for_screens_too_when_we_close_the_page(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back_in_vain()
    shop.sandbox.faults.clear()
    await closing.close_page(shop.ports, doubt.account, doubt.payment.id)
    payment = await shop.payment(doubt.account, doubt.payment.id)
    assert payment.status is PaymentStatus.EXPIRED
    assert await doubt.shows() == (D.DUE, True, 10000)
    assert await doubt.told() == [D.PROCESSING, D.DUE]


async def test_a_doubt_ends_for_screens_too_when_the_page_asked_for_too_much(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back_in_vain()
    shop.sandbox.faults.clear()
    received = offline.OfflinePayment(
        doubt.invoice.id, 4000, "REF1", START.date(), "op@seller.example", "k1"
    )
    await offline.record(shop.ports, doubt.account, received)
    shop.clock.move(minutes=10)
    await sweep(shop.ports)
    assert await doubt.shows() == (D.PARTIALLY_PAID, True, 6000)
    assert (await doubt.told())[-1] is D.PARTIALLY_PAID


async def test_a_person_who_found_out_that_nothing_was_paid_makes_it_due_again(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back_in_vain()
    shop.clock.move(minutes=6)
    await enforce(shop.ports)
    [case] = await open_about(doubt.account, payment_ids=[doubt.payment.id])
    await cases.resolve(
        shop.ports, doubt.account, case.id, by="ops@seller.example", resolution="Not paid."
    )
    assert await doubt.shows() == (D.DUE, True, 10000)
    assert await doubt.told() == [D.PROCESSING, D.DUE]


async def test_the_page_that_is_in_doubt_is_the_only_one_that_is_shown(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await shop.pay(doubt.payment)
    await doubt.come_back_in_vain()
    again = await shop.start(doubt.account, doubt.invoice, key="from-another-tab")
    assert (again.payment.id, again.replayed) == (doubt.payment.id, True)
    with pytest.raises(InvoiceNotPayable):
        await payment_links.create(
            shop.ports,
            doubt.account,
            payment_links.LinkRequest(doubt.invoice.id, "support@seller.example", "link"),
        )
    invoice = await invoices.find(doubt.account, doubt.invoice.id)
    assert (invoice.status, invoice.live_payment) == (InvoiceStatus.OPEN, PaymentStatus.PROCESSING)


async def test_twenty_who_come_back_at_once_are_told_of_the_doubt_once(shop: Shop) -> None:
    doubt = await Doubt.begin(shop)
    await shop.pay(doubt.payment)
    shop.sandbox.faults.add("outage")
    answers = await asyncio.gather(*[doubt.come_back() for _ in range(20)], return_exceptions=True)
    asked = [one for one in answers if isinstance(one, GatewayUnavailable)]
    waited = [one for one in answers if isinstance(one, Payment)]
    assert (len(asked), len(waited)) == (1, 19)
    assert {one.status for one in waited} == {PaymentStatus.PENDING}
    assert await doubt.told() == [D.PROCESSING]
