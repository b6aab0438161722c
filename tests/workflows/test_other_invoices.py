"""A live page for one set of invoices, and a wish to pay another set."""

from __future__ import annotations

import pytest

from service.billing.errors import GatewayUnavailable, InvoiceNotPayable
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.store import invoices, payments
from tests.support.books import rows
from tests.support.shop import Shop

AUGUST = Month(2026, 8)


async def test_the_page_for_one_invoice_is_closed_before_one_for_two_opens(shop: Shop) -> None:
    account = await shop.account()
    one, two = await shop.invoice(account, month=AUGUST), await shop.invoice(account)
    first = (await shop.start(account, one)).payment
    both = await shop.start(account, one, two)
    assert not both.replayed
    assert (await shop.payment(account, first.id)).status is PaymentStatus.EXPIRED
    assert shop.at_gateway(first)["status"] == "expired"
    parts = await payments.allocations(account, [both.payment.id])
    assert {part.invoice_id for part in parts} == {one.id, two.id}


async def test_two_pages_are_closed_before_one_for_both_opens(shop: Shop) -> None:
    account = await shop.account()
    one, two = await shop.invoice(account, month=AUGUST), await shop.invoice(account)
    pages = [(await shop.start(account, invoice)).payment for invoice in (one, two)]
    both = await shop.start(account, one, two)
    assert not both.replayed
    assert [shop.at_gateway(page)["status"] for page in pages] == ["expired", "expired"]
    assert await rows("payment", "live") == 1


async def test_what_was_paid_on_the_first_page_meanwhile_counts(shop: Shop) -> None:
    account = await shop.account()
    one, two = await shop.invoice(account, month=AUGUST), await shop.invoice(account)
    first = (await shop.start(account, one)).payment
    await shop.pay(first)
    with pytest.raises(InvoiceNotPayable) as refusal:
        await shop.start(account, one, two)
    assert refusal.value.invoice_id == one.id
    assert (await shop.payment(account, first.id)).status is PaymentStatus.CAPTURED
    assert (await invoices.find(account, one.id)).status == "PAID"
    assert await rows("payment") == 1


async def test_a_page_that_cannot_be_closed_now_stays_the_only_one(shop: Shop) -> None:
    account = await shop.account()
    one, two = await shop.invoice(account, month=AUGUST), await shop.invoice(account)
    first = (await shop.start(account, one)).payment
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, one, two)
    assert (await shop.payment(account, first.id)).status is PaymentStatus.PENDING
    assert await rows("payment") == 1
