"""Notices that never came: read from the gateway's own lists, each once."""

from __future__ import annotations

from service.billing.invoice import InvoiceStatus
from service.billing.payment import PaymentStatus
from service.store import invoices
from service.store.database import execute
from service.workflows import reconcile
from tests.support.books import books, rows
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop


async def test_notices_that_were_lost_are_read_from_the_gateways_list_once(shop: Shop) -> None:
    """The shop has no webhook endpoint: nothing is delivered, as if every notice were lost."""
    shop.with_ports(printer=PlainPrinter())
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    assert await rows("receipt") == 0
    assert await reconcile.read_events(shop.ports) == await rows("receipt") > 0
    await shop.drain()
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID
    before = await books()
    assert await reconcile.read_events(shop.ports) == 0
    assert await books() == before


async def test_a_capture_of_the_last_three_days_is_found_by_the_nightly_walk(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    # As if the sweep had given it up too.
    await execute("UPDATE payment SET next_check_at = NULL WHERE id = $1", payment.id)
    shop.clock.move(days=2)
    assert await reconcile.compare_lately(shop.ports) == 1
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED
    assert (await invoices.find(account, invoice.id)).paid_minor == 10000
    assert await reconcile.compare_lately(shop.ports) == 0
