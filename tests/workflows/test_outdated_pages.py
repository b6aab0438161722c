"""A page that asks for more than is due by now: closed first, never shown again."""

from __future__ import annotations

from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable
from service.billing.evidence import Fact
from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.billing.refund import RefundReason, RefundStatus
from service.store import invoices, refunds
from service.store.database import new_id
from service.store.records import Invoice, Payment
from service.workflows import offline
from service.workflows.audit import audit
from service.workflows.offline import OfflinePayment
from service.workflows.sweep import sweep
from tests.support.books import books, rows
from tests.support.shop import Shop

S = PaymentStatus


async def transfer(shop: Shop, invoice: Invoice, minor: int) -> None:
    received = OfflinePayment(
        invoice.id, minor, f"UTR {new_id()}", shop.today, "ops@seller.example", str(new_id())
    )
    await offline.record(shop.ports, invoice.account_id, received)


async def outdated(shop: Shop) -> tuple[UUID, Invoice, Payment]:
    """A page over 100 dollars of an invoice on which 60 are left."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    await transfer(shop, invoice, 4000)
    return account, invoice, first


async def test_a_page_over_another_amount_is_closed_before_a_new_one_is_opened(shop: Shop) -> None:
    account, invoice, first = await outdated(shop)
    second = await shop.start(account, invoice)
    assert not second.replayed
    assert second.payment.amount == Money(6000, "USD")
    assert shop.at_gateway(first)["status"] == "expired"
    assert (await shop.payment(account, first.id)).status is S.EXPIRED
    assert (await shop.told_of(first))[-1] == (Fact.PAGE_CLOSED, None)
    await shop.pay(second.payment)
    await shop.settle(account, second.payment.id)
    now = await invoices.find(account, invoice.id)
    assert (now.status, now.paid_minor) == ("PAID", 10000)
    assert await rows("refund") == 0


async def test_the_next_sweep_closes_a_page_whose_amount_has_changed(shop: Shop) -> None:
    account, invoice, first = await outdated(shop)
    assert await sweep(shop.ports) == 1
    assert shop.at_gateway(first)["status"] == "expired"
    assert (await shop.payment(account, first.id)).status is S.EXPIRED
    now = await invoices.find(account, invoice.id)
    assert (now.status, now.due_minor, now.live_payment) == ("OPEN", 6000, None)


async def test_a_page_that_still_asks_for_what_is_due_stays_open(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    other = await shop.invoice(account, month=Month(2026, 8))
    first = (await shop.start(account, invoice)).payment
    await transfer(shop, other, 10000)
    shop.clock.move(minutes=1)
    assert await sweep(shop.ports) == 1
    assert shop.at_gateway(first)["status"] == "open"
    assert (await shop.start(account, invoice)).payment.id == first.id


async def test_what_was_paid_on_it_before_it_could_be_closed_counts_and_the_rest_goes_back(
    shop: Shop,
) -> None:
    account, invoice, first = await outdated(shop)
    await shop.pay(first)
    assert await sweep(shop.ports) == 1
    assert (await shop.payment(account, first.id)).status is S.CAPTURED
    now = await invoices.find(account, invoice.id)
    assert (now.status, now.paid_minor) == ("PAID", 10000)
    [back] = (await refunds.of_payments(account, [first.id]))[first.id]
    assert (back.reason, back.status) == (RefundReason.SURPLUS, RefundStatus.REQUESTED)
    assert back.amount == Money(4000, "USD")
    assert [one async for one in audit(shop.ports, account_id=account)] == []


async def test_while_it_cannot_be_closed_no_page_is_shown(shop: Shop) -> None:
    account, invoice, first = await outdated(shop)
    shop.sandbox.faults.add("outage")
    before = await books()
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice)
    assert await books() == before
    shop.sandbox.faults.clear()
    assert (await shop.start(account, invoice)).payment.amount == Money(6000, "USD")
    assert (await shop.payment(account, first.id)).status is S.EXPIRED
