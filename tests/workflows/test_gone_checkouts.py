"""Attempts whose page the gateway does not know (any more), and attempts that never had one."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from service.billing.errors import GatewayRefused, GatewayUnavailable
from service.billing.evidence import Source, Witness
from service.billing.payment import PaymentMove, PaymentStatus
from service.store import invoices, payments
from service.store.database import execute, transaction
from service.store.records import Payment
from service.workflows import capture, notices
from tests.support.books import rows
from tests.support.shop import Shop


async def forgotten(shop: Shop, payment: Payment) -> None:
    """The gateway lost the page: another Stripe account, a restored backup."""
    await execute("UPDATE payment SET session_id = 'cs_test_gone' WHERE id = $1", payment.id)


async def test_an_attempt_that_the_gateway_does_not_know_ends_once_its_time_is_over(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await forgotten(shop, payment)
    with pytest.raises(GatewayRefused):
        await shop.settle(account, payment.id)
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.PENDING
    shop.clock.move(hours=2, seconds=1)
    assert (await shop.settle(account, payment.id)).status is PaymentStatus.EXPIRED
    again = await shop.start(account, invoice)
    assert not again.replayed


async def test_an_attempt_of_the_other_mode_ends_at_once(shop: Shop) -> None:
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account))).payment
    await forgotten(shop, payment)
    await execute("UPDATE payment SET live_mode = true WHERE id = $1", payment.id)
    assert (await shop.settle(account, payment.id)).status is PaymentStatus.EXPIRED


async def test_a_wrong_key_ends_no_attempt_and_no_notice(shop: Shop) -> None:
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account))).payment
    ports = shop.with_ports(gateway=shop.gateway_with_key("sk_test_of_somebody_else"))
    with pytest.raises(GatewayUnavailable):
        await capture.settle(ports, account, payment.id, Witness(Source.POLL))
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.PENDING
    columns = "id, gateway, event_id, kind, live_mode, payment_id, body, received_at"
    await execute(
        f"INSERT INTO receipt ({columns}) VALUES"  # noqa: S608
        " ($1, 'stripe', 'evt_1', 'checkout.session.completed', false, $1, '', now())",
        payment.id,
    )
    with pytest.raises(GatewayUnavailable):
        await notices.handle_receipt(ports, payment.id)
    assert await rows("receipt", "handled_at IS NULL") == 1


async def test_an_attempt_without_a_page_expires_when_no_page_can_be_had_in_its_time(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice, key="k")
    shop.sandbox.faults.clear()
    shop.clock.move(minutes=31)
    late = await shop.start(account, invoice, key="k")
    assert (late.payment.status, late.payment.page_url) == (PaymentStatus.EXPIRED, None)
    fresh = await shop.start(account, invoice, key="another")
    assert fresh.payment.status is PaymentStatus.PENDING
    assert fresh.payment.page_url is not None


async def test_money_beyond_the_invoice_is_kept_and_told(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    await shop.pay(first)
    # Given up too early, as by a clock that was wrong: the payer pays a second page as well.
    async with transaction():
        await payments.move(first, PaymentMove.EXPIRE, at=shop.clock())
    second = (await shop.start(account, invoice)).payment
    await shop.pay(second)
    assert (await shop.settle(account, second.id)).status is PaymentStatus.CAPTURED
    with capture_logs() as lines:
        assert (await shop.settle(account, first.id)).status is PaymentStatus.CAPTURED
    assert [line["payment"] for line in lines if line["event"] == "surplus_received"] == [
        str(first.id)
    ]
    now = await invoices.find(account, invoice.id)
    assert (now.status, now.paid_minor, now.total_minor) == ("PAID", 10000, 10000)
