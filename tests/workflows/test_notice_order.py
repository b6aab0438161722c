"""A gateway's notices in any order and number: each is a reason to look, and no more."""

from __future__ import annotations

import random

import pytest

from service.billing.events import InvoiceStatusChanged
from service.billing.invoice import DisplayStatus
from service.workflows.notices import receive_notice
from tests.support.books import rows
from tests.support.notices import body_of, signed
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop
from tests.workflows.test_refunds import clean


@pytest.mark.parametrize("seed", range(4))
async def test_notices_in_any_order_lead_to_the_same_end(shop: Shop, seed: int) -> None:
    """Seed 0 has them last first: the refund before the payment that it is of."""
    shop.with_ports(printer=PlainPrinter())
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment, "debit_succeeds")
    shop.clock.move(seconds=6)
    await shop.sandbox.tick()
    intent = shop.at_gateway(payment)["payment_intent"]
    charge = shop.sandbox.book.get("payment_intent", intent)["latest_charge"]
    shop.sandbox.dashboard.refund(charge, 100000)
    told = list(shop.sandbox.book.oldest_first("event"))[::-1]
    if seed:
        random.Random(seed).shuffle(told)
    for event in told + told[:3]:
        body = body_of(event)
        await receive_notice(shop.ports, body, signed(body, shop.clock()))
        await shop.drain()
    assert await rows("receipt", "handled_at IS NOT NULL") == len(told)
    now = await shop.payment(account, payment.id)
    assert (now.status, now.quote.charged.minor_units) == ("CAPTURED", 949552)
    assert await rows("payment", "status = 'CAPTURED'") == 1
    assert await rows("refund", "status = 'SUCCEEDED' AND charged_minor = 100000") == 1
    assert await rows("refund") == 1
    shown = [
        event.display_status
        for event in await shop.happened(account)
        if isinstance(event, InvoiceStatusChanged)
    ]
    assert set(shown) == {DisplayStatus.PAID}
    await clean(shop, account)
