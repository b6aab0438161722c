"""A second gateway of another shape: attempts move to it while the first is down, what comes back
to life is closed or given back, and everything that happens to a payment happens there too."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest

from service.adapters.circuit_breaker import CircuitBreaker
from service.billing.errors import BadSignature, GatewayUnavailable, NotFound
from service.billing.evidence import Fact, Source
from service.billing.invoice import DisplayStatus, InvoiceStatus
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.billing.refund import RefundReason, RefundStatus
from service.store import invoices, refunds
from service.store.evidence import of_payments
from service.store.money_records import Refund
from service.store.records import Invoice, Payment
from service.workflows import checkout, notices, reconcile, screens
from service.workflows.audit import audit
from service.workflows.refunds import RefundRequest, request, send
from service.workflows.returns import receive_callback
from service.workflows.sweep import sweep
from tests.support.books import books, rows
from tests.support.gateway_desks import CALLBACK_URL
from tests.support.paper import PlainPrinter
from tests.support.redirect_gateway import NAME, RedirectGateway
from tests.support.redirect_provider import JSON, RedirectProvider
from tests.support.shop import CANCEL_URL, ORIGIN, START, Shop

S = PaymentStatus


@dataclass
class Town:
    """A shop with two gateways: Stripe's on the sandbox, and behind it the redirect provider's."""

    shop: Shop
    provider: RedirectProvider

    def break_first(self) -> None:
        self.shop.sandbox.faults.add("outage")

    async def know_it(self) -> None:
        """The first gateway was silent so often that it counts as down."""
        for _ in range(5):
            with pytest.raises(GatewayUnavailable):
                await self.shop.ports.gateway.check()
        assert self.shop.ports.gateway.is_down

    async def mend_first(self) -> None:
        self.shop.sandbox.faults.clear()
        await self.shop.ports.gateway.check()

    async def carry(self) -> None:
        """Bring the provider's notices to the service, and do the work on them."""
        for body, headers in self.provider.notices:
            await notices.receive_notice(self.shop.ports, body, headers, gateway=NAME)
        self.provider.notices.clear()
        await self.shop.drain()

    async def moved(self) -> Moved:
        """An attempt that went to the provider before anybody had a page, and its page there."""
        self.break_first()
        account = await self.shop.account()
        invoice = await self.shop.invoice(account)
        payment = (await self.shop.start(account, invoice, key="k")).payment
        assert (payment.gateway, payment.status) == (NAME, S.PENDING)
        return Moved(account, invoice, payment)

    async def paid(self) -> Moved:
        """The same, paid with a card there."""
        of = await self.moved()
        self.provider.pay(of.session)
        await self.carry()
        return of

    async def now(self, payment: Payment) -> Payment:
        return await self.shop.payment(payment.account_id, payment.id)

    async def shows(self, invoice: Invoice) -> DisplayStatus:
        now = await invoices.find(invoice.account_id, invoice.id)
        return screens.shown(now, self.shop.clock())

    async def balanced(self, account: UUID) -> None:
        """Both gateways' ledgers and ours are equal."""
        self.shop.sandbox.faults.clear()
        self.provider.out = False
        for gateway in self.shop.ports.gateways:
            await gateway.check()
        assert [one async for one in audit(self.shop.ports, account_id=account)] == []


@dataclass(frozen=True)
class Moved:
    account: UUID
    invoice: Invoice
    payment: Payment

    @property
    def session(self) -> str:
        assert self.payment.session_id is not None
        return self.payment.session_id


@pytest.fixture
def town(shop: Shop) -> Town:
    provider = RedirectProvider(shop.clock)
    shop.with_ports(
        gateway=CircuitBreaker(shop.ports.gateway, shop.clock),
        standby_gateways=(RedirectGateway(provider, CALLBACK_URL),),
        printer=PlainPrinter(),
    )
    return Town(shop, provider)


async def attempts_for(invoice: Invoice) -> int:
    return await rows("payment_allocation", f"invoice_id = '{invoice.id}'")


def only_try(town: Town) -> JSON:
    [payment] = town.provider.payments.values()
    return payment


# -- moving ------------------------------------------------------------------------------------


async def test_while_the_first_gateway_is_up_nothing_goes_to_the_second(town: Town) -> None:
    account = await town.shop.account()
    payment = (await town.shop.start(account, await town.shop.invoice(account))).payment
    assert (payment.gateway, payment.page_form) == ("stripe", None)
    assert town.provider.calls == []


async def test_an_attempt_without_a_page_moves_and_the_same_key_leads_on_to_it(
    town: Town,
) -> None:
    town.break_first()
    account = await town.shop.account()
    invoice = await town.shop.invoice(account)
    moved = (await town.shop.start(account, invoice, key="k")).payment
    assert moved.gateway == NAME
    assert moved.page_form is not None
    assert moved.page_form["order_id"] == moved.session_id
    again = await town.shop.start(account, invoice, key="k")
    assert (again.payment, again.replayed) == (moved, True)
    await town.mend_first()
    assert (await town.shop.start(account, invoice, key="k")).payment == moved
    assert (await town.shop.start(account, invoice, key="another")).payment.id == moved.id
    assert (await town.shop.live(invoice)).id == moved.id
    assert (len(town.provider.orders), await attempts_for(invoice)) == (1, 2)


async def test_what_moves_keeps_its_quote_to_the_minor_unit(town: Town) -> None:
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account, "1249.00")
    first = (await shop.start(account, invoice)).payment
    town.break_first()
    await town.know_it()
    second = (await shop.start(account, invoice)).payment
    assert (second.gateway, first.gateway) == (NAME, "stripe")
    assert second.quote.charged == first.quote.charged
    assert (second.quote.rate, second.quote.as_of) == (first.quote.rate, first.quote.as_of)
    assert town.provider.orders[second.session_id or ""]["amount"] == (
        first.quote.charged.minor_units
    )


async def test_a_second_click_opens_the_other_gateway_once_the_first_is_down(town: Town) -> None:
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice, key="one")).payment
    town.break_first()
    assert (await shop.start(account, invoice, key="two")).payment.id == first.id
    await town.know_it()
    second = (await shop.start(account, invoice, key="three")).payment
    assert (second.gateway, second.status) == (NAME, S.PENDING)
    former = await town.now(first)
    assert (former.status, former.superseded_by) == (S.CANCELED, second.id)
    for key in ("one", "two", "three"):
        assert (await shop.start(account, invoice, key=key)).payment.id == second.id
    about = (account, first.id)
    told = (await of_payments([about]))[about]
    assert [one.source for one in told if one.fact is Fact.SUPERSEDED] == [Source.SERVICE]


async def test_an_attempt_for_more_invoices_that_is_stranded_makes_room_for_one_of_them(
    town: Town,
) -> None:
    shop = town.shop
    account = await shop.account()
    one = await shop.invoice(account, "100.00")
    two = await shop.invoice(account, "40.00", month=Month(2026, 8))
    both = (await shop.start(account, one, two)).payment
    town.break_first()
    await town.know_it()
    single = (await shop.start(account, two)).payment
    assert (single.gateway, single.amount.minor_units) == (NAME, 4000)
    assert single.quote.charged.minor_units == 379821
    assert (await town.now(both)).status is S.CANCELED
    assert (await shop.start(account, one)).payment.amount.minor_units == 10000
    assert await rows("payment", "live") == 2


async def test_two_attempts_that_are_stranded_make_room_for_one_for_both_of_their_invoices(
    town: Town,
) -> None:
    shop = town.shop
    account = await shop.account()
    one = await shop.invoice(account, "100.00")
    two = await shop.invoice(account, "40.00", month=Month(2026, 8))
    single = [(await shop.start(account, invoice)).payment for invoice in (one, two)]
    town.break_first()
    await town.know_it()
    both = (await shop.start(account, one, two)).payment
    assert (both.gateway, both.amount.minor_units) == (NAME, 14000)
    assert [(await town.now(payment)).status for payment in single] == [S.CANCELED] * 2
    assert [(await town.now(payment)).superseded_by for payment in single] == [both.id] * 2
    assert await rows("payment", "live") == 1


async def test_one_attempt_at_each_gateway_makes_room_for_one_for_both_of_their_invoices(
    town: Town,
) -> None:
    shop = town.shop
    account = await shop.account()
    one = await shop.invoice(account, "100.00")
    two = await shop.invoice(account, "40.00", month=Month(2026, 8))
    first = (await shop.start(account, one)).payment
    town.break_first()
    await town.know_it()
    second = (await shop.start(account, two)).payment
    assert (first.gateway, second.gateway) == ("stripe", NAME)
    both = (await shop.start(account, one, two)).payment
    assert (both.gateway, both.amount.minor_units) == (NAME, 14000)
    assert [(await town.now(payment)).status for payment in (first, second)] == [S.CANCELED] * 2
    assert await rows("payment", "live") == 1


async def test_who_came_back_from_the_first_page_is_not_led_to_a_second(town: Town) -> None:
    """They have probably paid: until the gateway says otherwise nobody is charged again."""
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    await shop.pay(first)
    town.break_first()
    with pytest.raises(GatewayUnavailable):
        await checkout.confirm(shop.ports, account, first.id)
    await town.know_it()
    assert (await shop.start(account, invoice)).payment.id == first.id
    assert town.provider.orders == {}
    await town.mend_first()
    assert (await shop.settle(account, first.id)).status is S.CAPTURED


async def test_clicks_at_the_same_moment_open_one_page_at_the_second(town: Town) -> None:
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    await shop.start(account, invoice)
    town.break_first()
    await town.know_it()
    started = await asyncio.gather(*[shop.start(account, invoice, key=key) for key in "abcdef"])
    assert len({one.payment.id for one in started}) == 1
    assert {one.payment.gateway for one in started} == {NAME}
    assert (len(town.provider.orders), await attempts_for(invoice)) == (1, 2)


async def test_the_first_clicks_of_two_tabs_share_the_page_at_the_second(town: Town) -> None:
    town.break_first()
    account = await town.shop.account()
    invoice = await town.shop.invoice(account)
    started = await asyncio.gather(
        *[town.shop.start(account, invoice, key=key) for key in "abcdef"]
    )
    assert len({one.payment.id for one in started}) == 1
    assert [one.payment.page_url for one in started].count(None) == 0
    assert len(town.provider.orders) == 1
    assert await rows("payment", "live") == 1


async def test_with_both_gateways_down_the_attempt_stays_and_either_may_take_it(
    town: Town,
) -> None:
    shop = town.shop
    town.break_first()
    town.provider.out = True
    account = await shop.account()
    invoice = await shop.invoice(account)
    for _ in range(2):
        with pytest.raises(GatewayUnavailable):
            await shop.start(account, invoice, key="k")
    assert await rows("payment", "live") == 1
    await town.mend_first()
    payment = (await shop.start(account, invoice, key="k")).payment
    assert payment.gateway == "stripe"
    assert shop.at_gateway(payment)["status"] == "open"
    await shop.pay(payment)
    assert (await shop.settle(account, payment.id)).status is S.CAPTURED
    await town.balanced(account)


async def test_dollars_are_not_taken_to_a_gateway_that_charges_rupees_only(town: Town) -> None:
    shop = town.shop
    account = await shop.account(charge_currency="USD")
    invoice = await shop.invoice(account)
    town.break_first()
    await town.know_it()
    for key in ("k", "k", "another"):
        with pytest.raises(GatewayUnavailable):
            await shop.start(account, invoice, key=key)
    assert town.provider.calls == []
    live = await shop.live(invoice)
    assert (live.gateway, await attempts_for(invoice)) == ("stripe", 1)
    await town.mend_first()
    assert (await shop.start(account, invoice, key="k")).payment.id == live.id


# -- the first one comes back ------------------------------------------------------------------


async def test_the_page_that_was_left_is_closed_once_its_gateway_is_back(town: Town) -> None:
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    town.break_first()
    await town.know_it()
    second = (await shop.start(account, invoice)).payment
    await sweep(shop.ports)
    assert (await town.now(first)).next_check_at is not None
    await town.mend_first()
    shop.clock.move(minutes=5)
    await sweep(shop.ports)
    assert shop.at_gateway(first)["status"] == "expired"
    closed = await town.now(first)
    assert (closed.status, closed.next_check_at) == (S.CANCELED, None)
    assert (await town.now(second)).status is S.PENDING
    town.provider.pay(second.session_id or "")
    await town.carry()
    assert (await town.now(second)).status is S.CAPTURED
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID
    await town.balanced(account)


async def test_a_page_that_nobody_ever_saw_is_found_and_closed_too(town: Town) -> None:
    """Its gateway made it, and the answer was lost on its way."""
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("fail_api", next=3, status=502, when="after", kept=False)
    moved = (await shop.start(account, invoice)).payment
    assert (moved.gateway, shop.sandbox.book.count("session")) == (NAME, 1)
    [unseen] = shop.sandbox.book.oldest_first("session")
    await sweep(shop.ports)
    assert shop.sandbox.book.get("session", unseen["id"])["status"] == "expired"
    assert await rows("payment", "next_check_at IS NOT NULL") == 1


async def test_a_page_that_was_never_made_is_looked_for_until_it_could_not_be_paid(
    town: Town,
) -> None:
    of = await town.moved()
    await town.mend_first()
    left = "superseded_by IS NOT NULL AND next_check_at IS NOT NULL"
    for minutes in (1, 4, 56):
        await sweep(town.shop.ports)
        assert await rows("payment", left) == 1
        town.shop.clock.move(minutes=minutes)
    town.shop.clock.now = START + timedelta(days=2)
    await sweep(town.shop.ports)
    assert await rows("payment", left) == 0
    assert (await town.now(of.payment)).status is S.EXPIRED


async def test_a_debit_on_the_page_that_was_left_is_waited_for_and_the_other_page_closed(
    town: Town,
) -> None:
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    town.break_first()
    await town.know_it()
    second = (await shop.start(account, invoice)).payment
    await town.mend_first()
    await shop.pay(first, "debit_succeeds")
    # Whether the other gateway is up does not matter.
    town.provider.out = True
    await shop.settle(account, first.id)
    assert (await town.now(second)).status is S.CANCELED
    assert (await town.now(first)).status is S.PROCESSING
    assert await town.shows(invoice) is DisplayStatus.PROCESSING
    assert (await checkout.confirm(shop.ports, account, first.id)).id == first.id
    shop.clock.move(seconds=6)
    await shop.settle(account, first.id)
    assert await town.shows(invoice) is DisplayStatus.PAID
    await town.balanced(account)


async def test_after_a_debit_that_failed_there_the_key_leads_to_the_attempt_that_has_the_money(
    town: Town,
) -> None:
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice, key="k")).payment
    town.break_first()
    await town.know_it()
    second = (await shop.start(account, invoice)).payment
    town.provider.pay(second.session_id or "")
    await town.carry()
    await town.mend_first()
    await shop.pay(first, "debit_fails")
    for _ in range(2):
        await shop.settle(account, first.id)
        assert (await town.now(first)).status is S.CANCELED
        shop.clock.move(seconds=10)
    again = (await shop.start(account, invoice, key="k")).payment
    assert (again.id, again.status) == (second.id, S.CAPTURED)


@pytest.mark.parametrize("first_wins", [True, False])
async def test_both_pages_paid_is_one_invoice_paid_and_the_rest_given_back_where_it_came_from(
    town: Town, first_wins: bool
) -> None:
    shop = town.shop
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    town.break_first()
    await town.know_it()
    second = (await shop.start(account, invoice)).payment
    await town.mend_first()
    await shop.pay(first)
    town.provider.pay(second.session_id or "")
    if first_wins:
        await shop.settle(account, first.id)
        await town.carry()
    else:
        await town.carry()
        await shop.settle(account, first.id)
    await town.carry()
    winner, loser = (first, second) if first_wins else (second, first)
    assert {(await town.now(one)).status for one in (first, second)} == {S.CAPTURED}
    after = await invoices.find(account, invoice.id)
    assert (after.status, after.paid_minor, after.refunded_minor) == ("PAID", 10000, 0)
    assert await town.shows(invoice) is DisplayStatus.PAID
    known = await refunds.of_payments(account, [winner.id, loser.id])
    assert known[winner.id] == []
    [back] = known[loser.id]
    assert (back.status, back.reason, back.gateway) == (
        RefundStatus.SUCCEEDED,
        RefundReason.SURPLUS,
        loser.gateway,
    )
    assert back.charged == loser.quote.charged
    assert await rows("notification", "kind = 'SURPLUS_REFUND'") == 1
    assert await rows("refund") == 1
    await town.balanced(account)


# -- end to end through the second one ---------------------------------------------------------


async def test_a_card_payment_there_pays_the_invoice(town: Town) -> None:
    of = await town.moved()
    town.shop.clock.move(seconds=40)
    town.provider.pay(of.session)
    await town.carry()
    payment = await town.now(of.payment)
    assert (payment.status, payment.captured_at) == (S.CAPTURED, START + timedelta(seconds=40))
    assert (payment.method_kind, payment.method_brand, payment.method_last4) == (
        "card",
        "visa",
        "1111",
    )
    assert payment.transaction == only_try(town)["id"]
    assert await town.shows(of.invoice) is DisplayStatus.PAID
    town.provider.pay_out(only_try(town)["id"])
    await town.carry()
    settled = (await town.now(of.payment)).settlement
    assert settled is not None
    assert settled.fee.minor_units == payment.quote.charged.minor_units // 50
    await town.balanced(of.account)


async def test_a_lost_notice_is_made_good_by_the_sweep_and_by_the_nightly_list(
    town: Town,
) -> None:
    swept, compared = await town.moved(), await town.moved()
    town.provider.pay(swept.session)
    town.shop.clock.move(minutes=1)
    await sweep(town.shop.ports)
    assert (await town.now(swept.payment)).status is S.CAPTURED
    town.provider.pay(compared.session)
    town.shop.sandbox.faults.clear()
    assert await reconcile.compare_lately(town.shop.ports) == 1
    assert (await town.now(compared.payment)).status is S.CAPTURED
    assert await reconcile.read_events(town.shop.ports) == 0


async def test_a_declined_card_leaves_the_page_there_payable(town: Town) -> None:
    of = await town.moved()
    town.provider.pay(of.session, "declined")
    await town.carry()
    declined = await town.now(of.payment)
    assert (declined.status, declined.failure_code) == (S.PENDING, "generic_decline")
    town.provider.pay(of.session)
    await town.carry()
    assert (await town.now(of.payment)).status is S.CAPTURED
    await town.balanced(of.account)


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_late_payment_there_ends_as_its_bank_says(town: Town, arrives: bool) -> None:
    of = await town.moved()
    town.provider.pay(of.session, "late")
    await town.carry()
    assert (await town.now(of.payment)).status is S.PROCESSING
    assert await town.shows(of.invoice) is DisplayStatus.PROCESSING
    town.provider.decide(only_try(town)["id"], arrives=arrives)
    await town.carry()
    assert (await town.now(of.payment)).status is (S.CAPTURED if arrives else S.FAILED)
    assert await town.shows(of.invoice) is (DisplayStatus.PAID if arrives else DisplayStatus.DUE)
    await town.balanced(of.account)


async def test_what_is_held_there_is_paid_once_it_is_captured(town: Town) -> None:
    of = await town.moved()
    town.provider.pay(of.session, "held")
    await town.carry()
    assert (await town.now(of.payment)).status is S.PROCESSING
    town.provider.decide(only_try(town)["id"], arrives=True)
    await town.carry()
    assert (await town.now(of.payment)).status is S.CAPTURED
    await town.balanced(of.account)


async def test_a_page_there_expires(town: Town) -> None:
    of = await town.moved()
    town.shop.clock.move(minutes=61)
    await sweep(town.shop.ports)
    assert (await town.now(of.payment)).status is S.EXPIRED
    assert await town.shows(of.invoice) is DisplayStatus.DUE


async def known_refunds(of: Moved) -> list[Refund]:
    return (await refunds.of_payments(of.account, [of.payment.id]))[of.payment.id]


async def test_refunds_there_by_staff_and_by_hand_are_booked(town: Town) -> None:
    of = await town.paid()
    wanted = RefundRequest(of.payment.id, 100000, "Agreed", "ops@seller.example", "refund")
    await request(town.shop.ports, of.account, wanted)
    await town.carry()
    [ours] = await known_refunds(of)
    assert (ours.status, ours.gateway) == (RefundStatus.SUCCEEDED, NAME)
    assert town.provider.refunds[ours.reference or ""]["receipt"] == f"{ours.id}:0"
    rest = of.payment.quote.charged.minor_units - 100000
    town.provider.refund(only_try(town)["id"], amount=rest)
    await town.carry()
    assert [one.reason for one in await known_refunds(of)] == [
        RefundReason.REQUESTED,
        RefundReason.AT_GATEWAY,
    ]
    assert await town.shows(of.invoice) is DisplayStatus.REFUNDED
    await town.balanced(of.account)
    town.provider.fail_refund(ours.reference or "")
    await town.carry()
    assert (await known_refunds(of))[0].status is RefundStatus.FAILED
    await town.balanced(of.account)


async def test_a_refund_there_whose_answer_was_lost_is_made_once(town: Town) -> None:
    of = await town.paid()
    wanted = RefundRequest(of.payment.id, None, "Agreed", "ops@seller.example", "refund")
    refund = await request(town.shop.ports, of.account, wanted)
    town.provider.lost = 1
    with pytest.raises(GatewayUnavailable):
        await send(town.shop.ports, of.account, refund.id)
    assert (await known_refunds(of))[0].status is RefundStatus.REQUESTED
    await send(town.shop.ports, of.account, refund.id)
    [known] = await known_refunds(of)
    assert (known.id, known.status) == (refund.id, RefundStatus.SUCCEEDED)
    assert len(town.provider.refunds) == 1
    await town.balanced(of.account)


@pytest.mark.parametrize(
    ("won", "shows"), [(True, DisplayStatus.PAID), (False, DisplayStatus.UNCOLLECTIBLE)]
)
async def test_a_dispute_there_is_booked_until_it_is_decided(
    town: Town, won: bool, shows: DisplayStatus
) -> None:
    of = await town.paid()
    dispute = town.provider.dispute(only_try(town)["id"])
    await town.carry()
    assert await town.shows(of.invoice) is DisplayStatus.DISPUTED
    town.provider.close_dispute(dispute["id"], won=won)
    await town.carry()
    assert await town.shows(of.invoice) is shows
    await town.balanced(of.account)


# -- the signed way back -----------------------------------------------------------------------


async def come_back(town: Town, fields: dict[str, str], gateway: str = NAME) -> str:
    body = urlencode(fields).encode()
    return await receive_callback(town.shop.ports, body, {}, gateway=gateway)


async def test_a_payer_who_comes_back_with_signed_fields_has_paid_at_once(town: Town) -> None:
    of = await town.moved()
    paid = town.provider.pay(of.session)
    town.provider.notices.clear()
    url = await come_back(town, town.provider.callback(paid["id"]))
    assert url == f"{ORIGIN}/paid?checkout={of.session}"
    payment = await town.now(of.payment)
    assert (payment.status, payment.returned_at) == (S.CAPTURED, START)
    about = (of.account, payment.id)
    told = (await of_payments([about]))[about]
    assert [one.source for one in told if one.fact is Fact.SEEN_PAID] == [Source.RETURN]
    assert await rows("receipt", "outcome = 'CAPTURED'") == 1


@pytest.mark.parametrize("first", ["callback", "notice", "both at once"])
async def test_the_way_back_and_the_notice_together_settle_once(town: Town, first: str) -> None:
    of = await town.moved()
    fields = town.provider.callback(town.provider.pay(of.session)["id"])
    if first == "callback":
        await come_back(town, fields)
        await town.carry()
    elif first == "notice":
        await town.carry()
        await come_back(town, fields)
    else:
        await asyncio.gather(town.carry(), come_back(town, fields), come_back(town, fields))
    await town.shop.drain()
    before = await books()
    assert await come_back(town, fields) == f"{ORIGIN}/paid?checkout={of.session}"
    await town.shop.drain()
    assert await books() == before
    assert (await invoices.find(of.account, of.invoice.id)).paid_minor == 10000
    assert await rows("ledger_entry", "key LIKE 'captured:%'") == 2
    assert (await rows("receipt"), await rows("receipt", "handled_at IS NULL")) == (2, 0)
    await town.balanced(of.account)


async def test_a_way_back_that_the_gateway_did_not_sign_changes_nothing(town: Town) -> None:
    of = await town.moved()
    other = await town.moved()
    fields = town.provider.callback(town.provider.pay(of.session)["id"])
    before = await books()
    for forged in (
        {},
        fields | {"signature": "0" * 64},
        fields | {"signature": "é"},
        fields | {"order_id": other.session},
        fields | {"payment_id": "pay_00000002"},
        {name: value for name, value in fields.items() if name != "signature"},
    ):
        with pytest.raises(BadSignature):
            await come_back(town, forged)
    for gateway in ("stripe", "offline", "unknown", ""):
        with pytest.raises(BadSignature):
            await come_back(town, fields, gateway)
    assert await books() == before


async def test_a_way_back_from_somebody_elses_order_is_kept_and_leads_nowhere(
    town: Town,
) -> None:
    of = await town.moved()
    paid = town.provider.pay(of.session)
    town.provider.notices.clear()
    paid["order_id"] = "order_of_another_shop"
    with pytest.raises(NotFound):
        await come_back(town, town.provider.callback(paid["id"]))
    await town.shop.drain()
    assert await rows("receipt", "outcome = 'not ours'") == 1
    assert (await town.now(of.payment)).status is S.PENDING


async def test_without_an_answer_the_payer_waits_at_the_page_of_success_and_the_job_settles(
    town: Town,
) -> None:
    of = await town.moved()
    fields = town.provider.callback(town.provider.pay(of.session)["id"])
    town.provider.notices.clear()
    town.provider.out = True
    assert await come_back(town, fields) == f"{ORIGIN}/paid?checkout={of.session}"
    assert (await town.now(of.payment)).status is S.PENDING
    town.provider.out = False
    await town.shop.drain()
    assert (await town.now(of.payment)).status is S.CAPTURED


async def test_who_comes_back_from_a_failure_is_taken_to_where_they_can_try_again(
    town: Town,
) -> None:
    of = await town.moved()
    late = town.provider.pay(of.session, "late")
    town.provider.decide(late["id"], arrives=False)
    assert await come_back(town, town.provider.callback(late["id"])) == CANCEL_URL
    assert (await town.now(of.payment)).status is S.FAILED
