"""Starting to pay on a gateway's bad day: no answer, a lost answer, a definite no."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from service.billing.errors import GatewayRefused, GatewayUnavailable
from service.billing.events import PaymentStatusChanged
from service.billing.evidence import Fact
from service.billing.invoice import is_payable
from service.billing.payment import PaymentStatus
from service.store import evidence, invoices, payments
from service.store.records import Invoice
from tests.support.books import rows
from tests.support.shop import Shop

SESSIONS: dict[str, Any] = {"method": "POST", "path": "/v1/checkout/sessions"}


async def payable(invoice: Invoice) -> bool:
    now = await invoices.find(invoice.account_id, invoice.id)
    return is_payable(now.status, due_minor=now.due_minor, live_payment=now.live_payment)


async def test_an_outage_leaves_the_attempt_live_and_the_same_key_gets_the_page_later(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable) as outage:
        await shop.start(account, invoice, key="k")
    assert outage.value.retry_after_s == 30
    attempt = await shop.live(invoice)
    assert (attempt.status, attempt.session_id, attempt.page_url) == ("PENDING", None, None)
    assert await payable(invoice)
    shop.sandbox.faults.clear()
    again = await shop.start(account, invoice, key="k")
    assert again.replayed
    assert again.payment.id == attempt.id
    assert again.payment.quote == attempt.quote
    assert shop.at_gateway(again.payment)["status"] == "open"
    assert shop.sandbox.book.count("session") == await rows("payment") == 1


async def test_after_an_outage_another_key_gets_the_page_of_the_same_attempt(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice, key="one")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice, key="two")
    shop.sandbox.faults.clear()
    started = await shop.start(account, invoice, key="three")
    assert started.payment.id == (await shop.live(invoice)).id
    assert shop.sandbox.book.count("session") == await rows("payment") == 1


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_an_answer_lost_on_its_way_makes_no_second_session(shop: Shop, lost: int) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("fail_api", next=lost, status=502, when="after", kept=False, **SESSIONS)
    if lost == 3:  # the SDK itself asks three times
        with pytest.raises(GatewayUnavailable):
            await shop.start(account, invoice, key="k")
    payment = (await shop.start(account, invoice, key="k")).payment
    assert shop.at_gateway(payment)["amount_total"] == payment.quote.charged.minor_units
    assert shop.sandbox.book.count("session") == await rows("payment") == 1


async def test_a_failure_that_the_gateway_keeps_under_our_key_ends_the_attempt(
    shop: Shop,
) -> None:
    """The same key would answer the same 500 for a day, so that this attempt has no page ever."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("fail_api", next=1, status=500, when="after", kept=True, **SESSIONS)
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice, key="k")
    with pytest.raises(GatewayRefused) as refusal:
        await shop.start(account, invoice, key="k")
    assert refusal.value.gateway_code == "failure_replayed"
    assert await payable(invoice)
    second = await shop.start(account, invoice, key="k2")
    assert not second.replayed
    assert second.payment.status is PaymentStatus.PENDING
    await shop.pay(second.payment)
    assert (await shop.settle(account, second.payment.id)).status is PaymentStatus.CAPTURED


@pytest.mark.parametrize("status", [409, 429, 500, 503])
async def test_an_error_that_may_pass_is_no_refusal(shop: Shop, status: int) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("fail_api", status=status, kept=False, **SESSIONS)
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice, key="k")
    assert (await shop.live(invoice)).status is PaymentStatus.PENDING
    shop.sandbox.faults.clear()
    assert (await shop.start(account, invoice, key="k")).payment.page_url is not None


async def test_a_request_that_is_still_running_at_the_gateway_is_no_refusal(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("hang_api", next=1, seconds=0.5, when="after", **SESSIONS)
    results = await asyncio.gather(
        *[shop.start(account, invoice, key=key) for key in "abcd"], return_exceptions=True
    )
    assert {type(one).__name__ for one in results} <= {"Started", "GatewayUnavailable"}
    payment = (await shop.start(account, invoice, key="a")).payment
    assert payment.status is PaymentStatus.PENDING
    assert shop.at_gateway(payment)["status"] == "open"
    assert shop.sandbox.book.count("session") == await rows("payment") == 1


async def test_a_definite_no_fails_the_attempt_and_leaves_the_invoice_payable(shop: Shop) -> None:
    account = await shop.account(charge_currency="USD")
    invoice = await shop.invoice(account, "0.49")
    with pytest.raises(GatewayRefused) as refusal:
        await shop.start(account, invoice, key="k")
    assert refusal.value.gateway_code == "amount_too_small"
    payment = (await shop.start(account, invoice, key="k")).payment
    assert (payment.status, payment.failure_code) == ("FAILED", "amount_too_small")
    assert payment.failure_message == "The payment gateway refused this request."
    assert payment.next_check_at is None
    told = (await evidence.of_payments([(account, payment.id)]))[account, payment.id]
    assert (told[-1].fact, told[-1].note) == (Fact.GATEWAY_REFUSED, "amount_too_small")
    assert (await shop.happened(account))[-2:] == [
        PaymentStatusChanged(payment.id, PaymentStatus.PENDING, None),
        PaymentStatusChanged(payment.id, PaymentStatus.FAILED, "amount_too_small"),
    ]
    assert await payments.live_for(account, [invoice.id]) is None
    assert await payable(invoice)
    with pytest.raises(GatewayRefused):
        await shop.start(account, invoice, key="k2")
    assert await rows("payment", "status = 'FAILED'") == await rows("payment") == 2
    assert shop.sandbox.book.count("session") == 0


async def test_a_key_of_ours_that_is_not_accepted_says_nothing_of_the_checkout(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    gateway = shop.ports.gateway
    shop.with_ports(gateway=shop.gateway_with_key("sk_test_anotherone"))
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice, key="k")
    attempt = await shop.live(invoice)
    shop.with_ports(gateway=gateway)
    assert (await shop.start(account, invoice, key="k2")).payment.id == attempt.id


async def test_while_the_gateway_is_out_an_open_page_is_still_answered(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    shop.sandbox.faults.add("outage")
    assert (await shop.start(account, invoice, key="second")).payment == payment
