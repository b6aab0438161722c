"""A guest is back from the gateway: asked about at once, told of one payment, for a day."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest

from service.adapters.stripe_gateway import StripeGateway
from service.billing.errors import NotFound
from service.billing.invoice import InvoiceStatus
from service.billing.payment import GatewayCheckout, PaymentStatus
from service.ports import LinkClaim, ReturnClaim
from service.store import payment_links as link_rows
from service.store.database import execute, new_id
from service.store.payment_checks import take_turn
from service.store.records import Invoice, Payment
from service.workflows import asking, checkout, guest_returns, payment_links
from service.workflows.guest_returns import Returned
from service.workflows.payment_links import LinkRequest
from tests.support.books import books, rows
from tests.support.shop import API_KEY, SANDBOX_URL, WEBHOOK_SECRET, InProcessStripe, Shop
from tests.workflows.test_debits_after_the_end import pair

S = PaymentStatus


@dataclass(frozen=True)
class Visit:
    """A guest at the gateway's page, and where it will lead them back to."""

    shop: Shop
    invoice: Invoice
    payment: Payment
    token: str

    async def back(self, *, left: bool = False) -> Returned:
        return await guest_returns.come_back(self.shop.ports, self.token, left=left)

    async def stored(self) -> Payment:
        return await self.shop.payment(self.invoice.account_id, self.payment.id)


async def a_visit(shop: Shop, *, amount: str = "100.00") -> Visit:
    invoice = await shop.invoice(await shop.account(), amount)
    request = LinkRequest(invoice.id, "rita@seller.example", str(new_id()))
    made = await payment_links.create(shop.ports, invoice.account_id, request)
    assert made.url is not None
    followed = await payment_links.follow(shop.ports, made.url.rpartition("/")[2])
    return Visit(shop, invoice, followed.payment, followed.payment.success_url.rpartition("/")[2])


class Counting(StripeGateway):
    """A gateway that counts how often it is asked how a checkout stands, and takes its time."""

    def __init__(self, shop: Shop, *, takes_s: float = 0) -> None:
        client = InProcessStripe(shop.sandbox.app)
        super().__init__(API_KEY, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)
        self.asked = 0
        self.takes_s = takes_s

    async def look_up(self, session_id: str) -> GatewayCheckout:
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        return await super().look_up(session_id)


async def test_who_paid_is_told_so_at_once_without_any_notice(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment)
    returned = await visit.back()
    assert (returned.payment.status, returned.invoice.status) == (S.CAPTURED, InvoiceStatus.PAID)
    assert (returned.payment.id, returned.invoice.id) == (visit.payment.id, visit.invoice.id)


async def test_an_answer_is_owed_from_the_return_on(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment)
    shop.sandbox.faults.add("outage")
    returned = await visit.back()
    assert returned.payment.status is S.PENDING
    assert returned.payment.returned_at == shop.clock()
    assert returned.payment.deadline_at == shop.clock() + timedelta(minutes=5)


async def test_who_turned_back_is_owed_nothing_and_asked_about_all_the_same(shop: Shop) -> None:
    visit = await a_visit(shop)
    returned = await visit.back(left=True)
    assert (returned.payment.status, returned.payment.returned_at) == (S.PENDING, None)
    assert returned.payment.deadline_at is None
    await shop.pay(visit.payment)
    shop.clock.move(seconds=3)
    assert (await visit.back(left=True)).payment.status is S.CAPTURED


async def test_a_page_that_reloads_asks_every_two_seconds_at_most(shop: Shop) -> None:
    visit = await a_visit(shop)
    gateway = Counting(shop)
    shop.with_ports(gateway=gateway)
    for _ in range(5):
        await visit.back()
    assert gateway.asked == 1
    shop.clock.move(seconds=2)
    for _ in range(5):
        await visit.back()
    assert gateway.asked == 2


async def test_forty_looks_at_once_ask_once_and_all_are_told_the_answer(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment)
    gateway = Counting(shop, takes_s=0.3)
    shop.with_ports(gateway=gateway)
    found = await asyncio.gather(*[visit.back() for _ in range(40)])
    assert gateway.asked == 1
    assert [one.payment.status for one in found] == [S.CAPTURED] * 40
    assert [one.invoice.status for one in found] == [InvoiceStatus.PAID] * 40
    assert await rows("evidence", "fact = 'PAYER_RETURNED'") == 1


async def test_forty_looks_at_once_of_who_turned_back_ask_once(shop: Shop) -> None:
    visit = await a_visit(shop)
    gateway = Counting(shop, takes_s=0.3)
    shop.with_ports(gateway=gateway)
    found = await asyncio.gather(*[visit.back(left=True) for _ in range(40)])
    assert gateway.asked == 1
    assert {(one.payment.status, one.payment.seen_state) for one in found} == {(S.PENDING, "OPEN")}
    assert {one.payment.returned_at for one in found} == {None}


async def test_confirming_and_coming_back_at_once_share_one_question(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment)
    gateway = Counting(shop, takes_s=0.3)
    ports = shop.with_ports(gateway=gateway)
    where = (ports, visit.payment.account_id, visit.payment.id)
    confirmed = asyncio.gather(*[checkout.confirm(*where) for _ in range(20)])
    came_back = asyncio.gather(*[visit.back() for _ in range(20)])
    found = [*await confirmed, *[one.payment for one in await came_back]]
    assert gateway.asked == 1
    assert [one.status for one in found] == [S.CAPTURED] * 40


async def test_who_paid_after_turning_back_is_asked_about_at_once(shop: Shop) -> None:
    visit = await a_visit(shop)
    await visit.back(left=True)
    await shop.pay(visit.payment)
    assert (await visit.back(left=True)).payment.status is S.PENDING
    assert (await visit.back()).payment.status is S.CAPTURED


async def test_who_died_asking_keeps_others_from_it_for_two_seconds(shop: Shop) -> None:
    visit = await a_visit(shop)
    gateway = Counting(shop)
    shop.with_ports(gateway=gateway)
    await visit.back()
    await shop.pay(visit.payment)
    shop.clock.move(seconds=10)
    pause = asking.ASKED_LATELY
    assert await take_turn(visit.payment, at=shop.clock(), lasts=pause, returning=True)
    began = time.monotonic()
    assert (await visit.back()).payment.status is S.PENDING
    assert time.monotonic() - began < 3
    assert gateway.asked == 1
    shop.clock.move(seconds=2)
    assert (await visit.back()).payment.status is S.CAPTURED


async def test_what_ended_is_asked_about_no_more(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment)
    await visit.back()
    gateway = Counting(shop)
    shop.with_ports(gateway=gateway)
    shop.clock.move(minutes=5)
    assert (await visit.back()).payment.status is S.CAPTURED
    assert gateway.asked == 0


async def test_looking_asks_nobody_and_notes_nothing(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment)
    before = await books()
    returned = await guest_returns.look(shop.ports, visit.token)
    assert returned.payment == await visit.stored()
    assert returned.payment.status is S.PENDING
    assert await books() == before


async def test_a_paid_link_is_told_of_for_a_day(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment)
    await visit.back()
    shop.clock.move(hours=23, minutes=59)
    assert (await visit.back()).payment.status is S.CAPTURED
    shop.clock.move(minutes=1)
    with pytest.raises(NotFound):
        await visit.back()


async def test_a_bank_debit_is_told_of_until_a_day_after_its_end(shop: Shop) -> None:
    visit = await a_visit(shop)
    await shop.pay(visit.payment, "debit_succeeds")
    assert (await visit.back()).payment.status is S.PROCESSING
    shop.sandbox.faults.add("outage")
    shop.clock.move(days=3)
    assert (await visit.back()).payment.status is S.PROCESSING
    shop.sandbox.faults.clear()
    shop.clock.move(seconds=2)
    assert (await visit.back()).payment.status is S.CAPTURED
    shop.clock.move(hours=23)
    assert (await visit.back()).invoice.status is InvoiceStatus.PAID
    shop.clock.move(hours=1)
    with pytest.raises(NotFound):
        await visit.back()


async def test_an_attempt_that_nobody_paid_is_over_after_a_day(shop: Shop) -> None:
    visit = await a_visit(shop)
    shop.clock.move(minutes=61)
    assert (await visit.back()).payment.status is S.EXPIRED
    shop.clock.move(hours=24)
    with pytest.raises(NotFound):
        await visit.back()


async def test_a_link_of_another_kind_or_secret_opens_nothing(shop: Shop) -> None:
    visit = await a_visit(shop)
    account_id, ports = visit.invoice.account_id, shop.ports
    day = timedelta(days=1)
    of = (account_id, visit.invoice.id)
    [own] = (await link_rows.of_invoices([of]))[of]
    forged = [
        "",
        visit.token[:-2],
        visit.token.swapcase(),
        ports.links.sign(LinkClaim(account_id, own.id), lifetime=day),
        ports.links.sign_return(ReturnClaim(account_id, new_id()), until=shop.clock() + day),
        ports.links.sign_return(ReturnClaim(new_id(), own.id), until=shop.clock() + day),
        ports.links.sign_return(ReturnClaim(account_id, own.id), until=shop.clock()),
    ]
    before = await books()
    for token in forged:
        with pytest.raises(NotFound):
            await guest_returns.come_back(ports, token, left=False)
    assert await books() == before
    assert ports.links.read(visit.token) is None


async def test_the_way_back_is_the_same_for_every_attempt_of_a_link(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    made = await payment_links.create(
        shop.ports, invoice.account_id, LinkRequest(invoice.id, "rita", "key")
    )
    first = payment_links.return_url_of(shop.ports, made.link)
    shop.clock.move(hours=5)
    assert payment_links.return_url_of(shop.ports, made.link) == first


async def test_a_payer_who_was_led_to_the_page_of_a_crashed_link_is_told_too(shop: Shop) -> None:
    """A crash came before the use was stored; then the owner's checkout shared the page."""
    visit = await a_visit(shop)
    await execute("UPDATE payment_link SET used_at = NULL, payment_id = NULL")
    shared = await shop.start(visit.invoice.account_id, visit.invoice)
    assert shared.payment.id == visit.payment.id
    await shop.pay(shared.payment)
    assert (await visit.back()).payment.status is S.CAPTURED
    assert await rows("payment") == 1


async def test_a_link_that_was_not_used_has_nothing_to_tell(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    made = await payment_links.create(
        shop.ports, invoice.account_id, LinkRequest(invoice.id, "rita", "key")
    )
    token = payment_links.return_url_of(shop.ports, made.link).rpartition("/")[2]
    with pytest.raises(NotFound):
        await guest_returns.come_back(shop.ports, token, left=False)


async def test_a_guest_is_told_nothing_of_the_payment_that_theirs_made_way_for(shop: Shop) -> None:
    of = await pair(shop)
    request = LinkRequest(of.one.id, "rita@seller.example", str(new_id()))
    made = await payment_links.create(shop.ports, of.account, request)
    assert made.url is not None
    guests = (await payment_links.follow(shop.ports, made.url.rpartition("/")[2])).payment
    assert (await of.pay_second()).status is S.PROCESSING
    back = await guest_returns.look(shop.ports, guests.success_url.rpartition("/")[2])
    assert (back.payment.id, back.payment.status) == (guests.id, S.CANCELED)
