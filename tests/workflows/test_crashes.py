"""A crash between the gateway's answer and our commit: the attempt goes on with the same page."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest

from service.adapters.stripe_gateway import StripeGateway
from service.billing.errors import GatewayRefused, GatewayUnavailable
from service.billing.evidence import Source, Witness
from service.billing.invoice import InvoiceStatus, is_payable
from service.billing.payment import PaymentStatus
from service.sandbox import Sandbox, SandboxSettings
from service.store import invoices
from service.store.database import execute
from service.store.records import Invoice, Payment
from service.workflows import capture
from service.workflows.sweep import sweep
from tests.support.books import rows
from tests.support.shop import API_KEY, SANDBOX_URL, InProcessStripe, Shop

S = PaymentStatus
BY_WEBHOOK = Witness(Source.WEBHOOK, "evt_1")


@dataclass(frozen=True)
class Cut:
    """An attempt whose page is at the gateway, while the commit that kept it was lost."""

    account: UUID
    invoice: Invoice
    attempt: Payment
    session_id: str
    url: str


async def cut_after_the_answer(shop: Shop) -> Cut:
    account = await shop.account()
    invoice = await shop.invoice(account)
    kept = (await shop.start(account, invoice, key="k")).payment
    assert kept.session_id is not None
    assert kept.page_url is not None
    await execute("UPDATE payment SET session_id = NULL, page_url = NULL, version = 1")
    return Cut(account, invoice, await shop.live(invoice), kept.session_id, kept.page_url)


async def cut_before_the_question(shop: Shop) -> tuple[UUID, Invoice, Payment]:
    """An attempt that the gateway never heard of."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice, key="k")
    shop.sandbox.faults.clear()
    return account, invoice, await shop.live(invoice)


async def test_settling_takes_up_the_page_that_the_crash_lost(shop: Shop) -> None:
    cut = await cut_after_the_answer(shop)
    resumed = await shop.settle(cut.account, cut.attempt.id)
    assert resumed.status is S.PENDING
    assert (resumed.session_id, resumed.page_url) == (cut.session_id, cut.url)
    assert shop.sandbox.book.count("session") == await rows("payment") == 1


async def test_the_sweep_takes_up_the_page_that_the_crash_lost_and_its_money(shop: Shop) -> None:
    cut = await cut_after_the_answer(shop)
    await shop.pay_session(cut.session_id)
    shop.clock.move(minutes=1)
    assert await sweep(shop.ports) == 1
    payment = await shop.payment(cut.account, cut.attempt.id)
    assert (payment.status, payment.session_id) == (S.CAPTURED, cut.session_id)
    paid = await invoices.find(cut.account, cut.invoice.id)
    assert (paid.status, paid.paid_minor) == (InvoiceStatus.PAID, 10000)
    assert shop.sandbox.book.count("session") == 1


async def test_the_payers_next_try_takes_up_the_page_that_the_crash_lost(shop: Shop) -> None:
    cut = await cut_after_the_answer(shop)
    again = await shop.start(cut.account, cut.invoice, key="another tab")
    assert (again.payment.id, again.payment.page_url) == (cut.attempt.id, cut.url)
    assert shop.sandbox.book.count("session") == 1


async def test_an_attempt_that_never_reached_the_gateway_gets_its_page(shop: Shop) -> None:
    account, _, attempt = await cut_before_the_question(shop)
    resumed = await shop.settle(account, attempt.id)
    assert shop.at_gateway(resumed)["client_reference_id"] == str(attempt.id)
    assert shop.sandbox.book.count("session") == 1


async def test_an_attempt_without_a_page_expires_in_its_time(shop: Shop) -> None:
    account, invoice, attempt = await cut_before_the_question(shop)
    shop.clock.move(minutes=60, seconds=1)
    expired = await shop.settle(account, attempt.id)
    assert (expired.status, expired.session_id) == (S.EXPIRED, None)
    assert shop.sandbox.book.count("session") == 0
    now = await invoices.find(account, invoice.id)
    assert is_payable(now.status, due_minor=now.due_minor, live_payment=now.live_payment)
    assert not (await shop.start(account, invoice)).replayed


async def test_a_notice_that_is_quicker_than_our_commit_finds_the_attempt(shop: Shop) -> None:
    cut = await cut_after_the_answer(shop)
    await shop.pay_session(cut.session_id)
    settled = await capture.settle(
        shop.ports, cut.account, cut.attempt.id, BY_WEBHOOK, session_hint=cut.session_id
    )
    assert settled.status is S.CAPTURED
    assert (await invoices.find(cut.account, cut.invoice.id)).status is InvoiceStatus.PAID


async def test_a_notice_about_an_open_page_does_not_stand_in_for_it(shop: Shop) -> None:
    cut = await cut_after_the_answer(shop)
    hinted = await capture.settle(
        shop.ports, cut.account, cut.attempt.id, BY_WEBHOOK, session_hint=cut.session_id
    )
    assert hinted.status is S.PENDING
    assert (await shop.settle(cut.account, cut.attempt.id)).page_url == cut.url


async def test_money_that_a_notice_reports_after_the_attempt_expired_is_booked(
    shop: Shop,
) -> None:
    cut = await cut_after_the_answer(shop)
    await shop.pay_session(cut.session_id)
    shop.clock.move(minutes=60, seconds=1)
    assert (await shop.settle(cut.account, cut.attempt.id)).status is S.EXPIRED
    late = await capture.settle(
        shop.ports, cut.account, cut.attempt.id, BY_WEBHOOK, session_hint=cut.session_id
    )
    assert late.status is S.CAPTURED
    assert (await invoices.find(cut.account, cut.invoice.id)).paid_minor == 10000


async def test_a_page_is_asked_for_as_long_as_a_gateway_would_open_one(shop: Shop) -> None:
    account, invoice, attempt = await cut_before_the_question(shop)
    shop.clock.move(minutes=30)
    assert (await shop.settle(account, attempt.id)).page_url is not None
    account, invoice, attempt = await cut_before_the_question(shop)
    shop.clock.move(minutes=30, seconds=1)
    again = await shop.start(account, invoice, key="another tab")
    assert again.payment.id != attempt.id
    assert (await shop.payment(account, attempt.id)).status is S.EXPIRED


async def lost_by_the_gateway(shop: Shop) -> tuple[UUID, Invoice, Payment]:
    """An open page, and a gateway that has never heard of it: restored, or another account's."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    other = Sandbox(SandboxSettings(api_key=API_KEY, base_url=SANDBOX_URL, clock=shop.clock))
    client = InProcessStripe(other.app)
    shop.with_ports(gateway=StripeGateway(API_KEY, (), api_base=SANDBOX_URL, http_client=client))
    return account, invoice, payment


async def test_a_page_that_the_gateway_lost_ends_an_hour_after_its_time(shop: Shop) -> None:
    account, invoice, payment = await lost_by_the_gateway(shop)
    shop.clock.move(hours=2)
    with pytest.raises(GatewayRefused):
        await shop.settle(account, payment.id)
    assert (await shop.start(account, invoice)).payment == payment
    shop.clock.move(seconds=1)
    assert (await shop.settle(account, payment.id)).status is S.EXPIRED
    assert not (await shop.start(account, invoice)).replayed


async def test_a_page_of_the_other_mode_ends_at_once(shop: Shop) -> None:
    account, invoice, payment = await lost_by_the_gateway(shop)
    await execute("UPDATE payment SET live_mode = TRUE")
    again = await shop.start(account, invoice)
    assert (again.replayed, again.payment.live_mode) == (False, False)
    assert (await shop.payment(account, payment.id)).status is S.EXPIRED
