"""A debit of an attempt that has ended, and another attempt that is in its way: that one makes way
or goes first, its page is closed, and the gateway is not asked more often than it helps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from service.billing.payment import GatewayCheckout, PaymentMove, PaymentStatus
from service.store import accounts, payment_checks, payments
from service.store.database import execute, transaction
from service.workflows import sweep
from service.workflows.checkout import confirm
from tests.support.shop import Shop
from tests.workflows.test_debits_after_the_end import (
    behind_a_debit,
    debit_without_a_page,
    expired,
)
from tests.workflows.test_second_page import Around, two_pages

S = PaymentStatus


class Asked(Around):
    """A gateway that takes its time, and counts how often it is asked about a page."""

    count = 0

    async def look_up(self, session_id: str) -> GatewayCheckout:
        self.count += 1
        await asyncio.sleep(0.1)
        seen: GatewayCheckout = await self._gateway.look_up(session_id)
        return seen


async def test_who_turned_back_from_another_page_is_not_led_to_it_again(shop: Shop) -> None:
    of = await expired(shop)
    another = (await shop.start(of.account, of.invoice)).payment
    assert (await confirm(shop.ports, of.account, another.id)).status is S.PENDING
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.PROCESSING
    assert await of.live() is S.PROCESSING
    assert (await payments.find(of.account, another.id)).status is S.CANCELED


async def test_a_page_that_made_way_is_closed_though_the_gateway_was_silent(shop: Shop) -> None:
    of = await expired(shop)
    another = (await shop.start(of.account, of.invoice)).payment
    shop.clock.move(minutes=6)
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.PROCESSING
    with shop.sandbox.book.transaction():
        shop.sandbox.faults.add("outage")
    await sweep.sweep(shop.ports)
    shop.sandbox.faults.clear()
    assert of.status_of(another.session_id or "") == "open"
    await of.work_off()
    assert of.status_of(another.session_id or "") == "expired"


async def test_a_silent_gateway_is_asked_again_soon_about_a_debit_whose_way_is_free(
    shop: Shop,
) -> None:
    of, another = await behind_a_debit(shop, "debit_fails")
    shop.clock.move(seconds=1)
    assert (await shop.settle(of.account, another.id)).status is S.FAILED
    with shop.sandbox.book.transaction():
        shop.sandbox.faults.add("outage")
    await sweep.sweep(shop.ports)
    shop.sandbox.faults.clear()
    assert (await of.now()).next_check_at == shop.clock() + timedelta(minutes=1)
    shop.clock.move(minutes=1)
    await sweep.sweep(shop.ports)
    assert (await of.now()).status is S.CAPTURED


async def test_a_payer_who_comes_back_as_their_attempt_makes_way_is_noted_afterwards(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    at = shop.clock()

    async def come_back() -> bool:
        return await payment_checks.note_return(payment, at=at, deadline_at=at)

    held, over = asyncio.Event(), asyncio.Event()

    async def make_way() -> None:
        async with transaction():
            await accounts.lock(account)
            await payment_checks.hold_returns(account, [invoice.id])
            held.set()
            await over.wait()
            await payments.move(payment, PaymentMove.CANCEL, at=at)

    moving = asyncio.create_task(make_way())
    async with asyncio.timeout(5):
        await held.wait()
    returning = asyncio.create_task(come_back())
    await asyncio.sleep(0.2)
    assert not returning.done()
    over.set()
    await moving
    assert not await returning
    assert (await shop.payment(account, payment.id)).returned_at is None


async def test_what_waits_is_not_asked_about_every_two_seconds(shop: Shop) -> None:
    of = await expired(shop)
    shop.clock.move(hours=2)
    await execute("UPDATE invoice SET status = 'VOID' WHERE id = $1", of.invoice.id)
    of.pay_second("debit_succeeds")
    assert (await of.told_of_second()).status is S.EXPIRED
    shop.clock.move(seconds=2)
    assert await sweep.sweep(shop.ports) == 1
    assert (await of.now()).next_check_at == shop.clock() + timedelta(days=1)


async def test_two_debits_of_an_attempt_that_has_to_wait_do_not_take_turns_as_its_page(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    async with transaction(shop.ports.bus):
        await accounts.lock(of.account)
        await payments.move(of.started, PaymentMove.CANCEL, at=shop.clock())
    await execute("UPDATE invoice SET status = 'VOID' WHERE id = $1", of.invoice.id)
    await shop.pay(of.started, "debit_succeeds")
    of.pay_second("debit_succeeds")
    gateway = Asked(shop.ports.gateway)
    shop.with_ports(gateway=gateway)
    now = await of.told_of_second()
    assert (now.status, now.session_id, now.second_session_id) == (S.CANCELED, of.first, of.second)
    async with asyncio.timeout(20):
        await of.work_off()
    assert gateway.count < 10
    assert (await of.now()).session_id == of.first


class Deep(Around):
    """A gateway that made more pages since than its list is read of."""

    async def find_session(self, payment_id: UUID, **known: object) -> str | None:
        if known.get("transaction") is None:
            return None
        found: str | None = await self._gateway.find_session(payment_id, **known)
        return found


async def test_a_debit_without_a_page_is_asked_about_until_its_end(shop: Shop) -> None:
    payment = await debit_without_a_page(shop)
    await execute("UPDATE payment SET session_id = NULL, transaction = NULL, page_url = NULL")
    real = shop.ports.gateway
    shop.with_ports(gateway=Deep(real))
    shop.clock.move(days=2)
    await sweep.sweep(shop.ports)
    assert (await shop.payment(payment.account_id, payment.id)).next_check_at is not None
    shop.with_ports(gateway=real)
    shop.clock.move(days=1)
    await sweep.sweep(shop.ports)
    assert (await shop.payment(payment.account_id, payment.id)).status is S.CAPTURED


async def test_a_key_whose_payment_was_taken_is_not_answered_with_what_came_later(
    shop: Shop,
) -> None:
    of = await expired(shop)
    another = (await shop.start(of.account, of.invoice, key="k")).payment
    await shop.pay(another)
    of.pay_second("debit_fails")
    assert (await of.told_of_second()).status is S.PROCESSING
    assert (await shop.settle(of.account, another.id)).status is S.CAPTURED
    again = (await shop.start(of.account, of.invoice, key="k")).payment
    assert (again.id, again.status) == (another.id, S.CAPTURED)
