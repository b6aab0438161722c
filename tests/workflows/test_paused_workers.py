"""A worker that sleeps past its lease, while another does its job, and then goes on."""

from __future__ import annotations

import asyncio

from service.adapters.stripe_gateway import StripeGateway
from service.billing.payment import GatewayCheckout, PaymentStatus
from service.billing.refund import GatewayRefund, RefundStatus
from service.gateway import RefundOrder
from service.workflows.refunds import request, send
from tests.support.books import books
from tests.support.shop import API_KEY, SANDBOX_URL, WEBHOOK_SECRET, InProcessStripe, Shop
from tests.workflows.test_refunds import asked, clean, now, paid, refunds_of


class Sleeper(StripeGateway):
    """A gateway whose first caller falls asleep with the answer in its hand, or before it asks."""

    def __init__(self, shop: Shop) -> None:
        client = InProcessStripe(shop.sandbox.app)
        super().__init__(API_KEY, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)
        self.asleep, self.awake = asyncio.Event(), asyncio.Event()

    async def look_up(self, session_id: str) -> GatewayCheckout:
        seen = await super().look_up(session_id)
        await self._sleep()
        return seen

    async def refund(self, order: RefundOrder) -> GatewayRefund:
        await self._sleep()
        return await super().refund(order)

    async def _sleep(self) -> None:
        if not self.asleep.is_set():
            self.asleep.set()
            await self.awake.wait()


async def test_a_worker_that_slept_past_its_lease_settles_nothing_again(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    gateway = Sleeper(shop)
    shop.with_ports(gateway=gateway)
    slept = asyncio.create_task(shop.settle(account, payment.id))
    await gateway.asleep.wait()
    captured = await shop.settle(account, payment.id)
    assert captured.status is PaymentStatus.CAPTURED
    intent = shop.sandbox.book.get("payment_intent", captured.transaction or "")
    shop.sandbox.dashboard.refund(intent["latest_charge"])
    shop.clock.move(minutes=10)
    await shop.settle(account, payment.id, thorough=True)
    before = await books()
    gateway.awake.set()
    assert (await slept).status is PaymentStatus.CAPTURED
    assert await books() == before
    await clean(shop, account)


async def test_a_worker_that_slept_past_its_lease_gives_nothing_back_twice(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of, 1000))
    gateway = Sleeper(shop)
    shop.with_ports(gateway=gateway)
    slept = asyncio.create_task(send(shop.ports, of.account, refund.id))
    await gateway.asleep.wait()
    await send(shop.ports, of.account, refund.id)
    shop.clock.move(minutes=10)
    before = await books()
    gateway.awake.set()
    await slept
    assert await books() == before
    assert shop.sandbox.book.count("refund") == 1
    assert [(one.status, one.charged.minor_units) for one in await refunds_of(of)] == [
        (RefundStatus.SUCCEEDED, 1000)
    ]
    assert (await now(of)).refunded_minor == 11
    await clean(shop, of.account)
