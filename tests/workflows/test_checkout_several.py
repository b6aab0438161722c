"""Paying several invoices at once: one page for exactly those, each with its share."""

from __future__ import annotations

from uuid import UUID

import pytest

from service.billing.errors import GatewayRefused, GatewayUnavailable, InvoiceNotPayable
from service.billing.invoice import InvoiceStatus
from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.store import invoices, payments
from service.store.database import execute
from service.store.records import Allocation, Invoice
from tests.support.books import books, rows
from tests.support.shop import Shop, unseen

AUGUST = Month(2026, 8)


async def two(shop: Shop) -> tuple[UUID, Invoice, Invoice]:
    account = await shop.account()
    return account, await shop.invoice(account), await shop.invoice(account, month=AUGUST)


async def test_several_invoices_are_paid_in_one_checkout_each_with_its_share(shop: Shop) -> None:
    account = await shop.account()
    months = [Month(2026, 7), AUGUST, Month(2026, 9)]
    amounts = ["100.01", "50.50", "0.99"]
    wanted = [
        await shop.invoice(account, amount, month=month)
        for amount, month in zip(amounts, months, strict=True)
    ]
    payment = (await shop.start(account, *wanted)).payment
    assert payment.amount == Money(15150, "USD")
    assert await payments.allocations(account, [payment.id]) == [
        Allocation(payment.id, invoice.id, Money(minor, "USD"))
        for invoice, minor in zip(wanted, [10001, 5050, 99], strict=True)
    ]
    items = shop.sandbox.book.get("checkout", payment.session_id or "")["line_items"]
    assert [item["description"] for item in items] == [f"Invoice {one.number}" for one in wanted]
    assert sum(item["amount_total"] for item in items) == payment.quote.charged.minor_units
    assert [item["amount_total"] for item in items] == [949647, 479524, 9401]
    await shop.pay(payment)
    await shop.settle(account, payment.id)
    found = [await invoices.find(account, one.id) for one in wanted]
    assert [(one.status, one.paid_minor) for one in found] == [
        ("PAID", 10001),
        ("PAID", 5050),
        ("PAID", 99),
    ]


async def test_what_is_too_small_to_be_charged_alone_is_paid_with_another_invoice(
    shop: Shop,
) -> None:
    account = await shop.account(charge_currency="USD")
    small = await shop.invoice(account, "0.49", month=AUGUST)
    with pytest.raises(GatewayRefused) as refusal:
        await shop.start(account, small)
    assert refusal.value.gateway_code == "amount_too_small"
    other = await shop.invoice(account)
    both = (await shop.start(account, small, other)).payment
    assert both.quote.charged == Money(10049, "USD")
    await shop.pay(both)
    await shop.settle(account, both.id)
    found = await invoices.find_many(account, [small.id, other.id])
    assert sorted((one.status, one.paid_minor) for one in found) == [("PAID", 49), ("PAID", 10000)]


async def test_the_order_of_the_invoices_does_not_change_the_request(shop: Shop) -> None:
    account = await shop.account()
    one, two = await shop.invoice(account), await shop.invoice(account, month=AUGUST)
    first = await shop.start(account, one, two, key="k")
    assert (await shop.start(account, two, one, key="k")).payment == first.payment


async def test_an_invoice_whose_payment_is_on_its_way_takes_no_other(shop: Shop) -> None:
    account = await shop.account()
    free, busy = await shop.invoice(account), await shop.invoice(account, month=AUGUST)
    payment = (await shop.start(account, busy)).payment
    await shop.pay(payment, "debit_succeeds")
    await shop.settle(account, payment.id)
    before = await books()
    with pytest.raises(InvoiceNotPayable, match="is being processed") as refusal:
        await shop.start(account, free, busy)
    assert refusal.value.invoice_id == busy.id
    assert await books() == before


async def test_invoices_of_two_currencies_are_not_paid_together(shop: Shop) -> None:
    account = await shop.account()
    dollars = await shop.invoice(account)
    await execute("UPDATE account SET currency = 'EUR' WHERE id = $1", account)
    euros = await shop.invoice(account, month=AUGUST, currency="EUR")
    before = await books()
    with pytest.raises(InvoiceNotPayable, match="share one currency"):
        await shop.start(account, dollars, euros)
    assert await books() == before


# -- a page for other invoices than are wanted now ---------------------------------------------


async def test_a_page_for_some_of_them_is_closed_before_one_for_all_is_opened(shop: Shop) -> None:
    account, one, other = await two(shop)
    first = (await shop.start(account, one, key="one")).payment
    both = await shop.start(account, other, one, key="both")
    assert not both.replayed
    assert both.payment.amount == Money(20000, "USD")
    assert shop.at_gateway(first)["status"] == "expired"
    assert (await shop.payment(account, first.id)).status is PaymentStatus.EXPIRED
    await shop.pay(both.payment)
    await shop.settle(account, both.payment.id)
    for invoice in (one, other):
        paid = await invoices.find(account, invoice.id)
        assert (paid.status, paid.paid_minor) == (InvoiceStatus.PAID, 10000)
    assert await rows("payment", "status = 'CAPTURED'") == 1


async def test_a_page_for_all_of_them_is_closed_before_one_for_some_is_opened(shop: Shop) -> None:
    account, one, other = await two(shop)
    both = (await shop.start(account, one, other)).payment
    alone = await shop.start(account, other)
    assert not alone.replayed
    assert shop.at_gateway(both)["status"] == "expired"
    assert (await shop.payment(account, both.id)).status is PaymentStatus.EXPIRED
    assert not (await shop.start(account, one)).replayed


async def test_two_pages_are_closed_for_one(shop: Shop) -> None:
    account, one, other = await two(shop)
    pages = [(await shop.start(account, invoice)).payment for invoice in (one, other)]
    both = await shop.start(account, one, other)
    assert not both.replayed
    assert [shop.at_gateway(page)["status"] for page in pages] == ["expired", "expired"]
    assert await rows("payment", "live") == 1


async def test_what_was_paid_on_the_other_page_meanwhile_counts(shop: Shop) -> None:
    account, one, other = await two(shop)
    first = (await shop.start(account, one)).payment
    await shop.pay(first)
    with pytest.raises(InvoiceNotPayable, match=r"^Nothing is due on it\.$") as refusal:
        await shop.start(account, one, other)
    assert refusal.value.invoice_id == one.id
    assert (await shop.payment(account, first.id)).status is PaymentStatus.CAPTURED
    assert not (await shop.start(account, other)).replayed


async def test_a_page_that_cannot_be_closed_now_stays_the_only_one(shop: Shop) -> None:
    account, one, other = await two(shop)
    first = (await shop.start(account, one)).payment
    shop.sandbox.faults.add("outage")
    before = await books()
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, one, other)
    assert await books() == before
    shop.sandbox.faults.clear()
    assert unseen((await shop.start(account, one)).payment) == first


async def test_an_attempt_that_lost_its_page_is_closed_too(shop: Shop) -> None:
    account, one, other = await two(shop)
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, one)
    shop.sandbox.faults.clear()
    first = await shop.live(one)
    assert not (await shop.start(account, one, other)).replayed
    assert (await shop.payment(account, first.id)).status is PaymentStatus.EXPIRED
    open_ones = [
        session
        for session in shop.sandbox.book.oldest_first("session")
        if session["status"] == "open"
    ]
    assert len(open_ones) == await rows("payment", "live") == 1
