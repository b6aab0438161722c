"""From a gateway's word to a paid invoice: once, exactly, and never on a word that does not fit."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable, InvoiceNotPayable, NotFound
from service.billing.events import InvoiceStatusChanged, PaymentStatusChanged
from service.billing.evidence import Fact, Source, Witness
from service.billing.invoice import DisplayStatus, InvoiceMove, InvoiceStatus, is_payable
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.store import invoices
from service.store.database import new_id, transaction
from service.store.records import Invoice, Payment
from service.workflows import capture
from tests.support.books import books, rows
from tests.support.shop import START, Shop, unseen

S = PaymentStatus


async def begun(shop: Shop, amount: str = "100.00") -> tuple[UUID, Invoice, Payment]:
    """An account, its invoice, and an open page for it."""
    account = await shop.account()
    invoice = await shop.invoice(account, amount)
    return account, invoice, (await shop.start(account, invoice)).payment


async def payable(invoice: Invoice) -> bool:
    now = await invoices.find(invoice.account_id, invoice.id)
    return is_payable(now.status, due_minor=now.due_minor, live_payment=now.live_payment)


async def tamper(shop: Shop, payment: Payment, **changes: Any) -> None:
    path = f"/_sandbox/sessions/{payment.session_id}/tamper"
    (await shop.http.post(path, json=changes)).raise_for_status()


async def authenticate(shop: Shop, payment: Payment, result: str) -> None:
    path = f"/_sandbox/sessions/{payment.session_id}/authenticate"
    (await shop.http.post(path, json={"result": result})).raise_for_status()


async def changes_of(shop: Shop, account: UUID) -> list[object]:
    """What happened to payments and to the status of invoices."""
    kinds = (PaymentStatusChanged, InvoiceStatusChanged)
    return [event for event in await shop.happened(account) if isinstance(event, kinds)]


# -- paid --------------------------------------------------------------------------------------


async def test_a_captured_payment_pays_its_invoice(shop: Shop) -> None:
    account, invoice, started = await begun(shop, "1249.00")
    shop.clock.move(seconds=40)
    await shop.pay(started)
    shop.clock.move(seconds=3)
    payment = await shop.settle(account, started.id)
    assert payment.status is S.CAPTURED
    assert payment.captured_at == START + timedelta(seconds=40)
    assert (payment.method_kind, payment.method_brand, payment.method_last4) == (
        "card",
        "visa",
        "4242",
    )
    assert payment.transaction == shop.at_gateway(payment)["payment_intent"]
    assert payment.next_check_at is None
    paid = await invoices.find(account, invoice.id)
    assert (paid.status, paid.paid_minor, paid.due_minor) == (InvoiceStatus.PAID, 124900, 0)
    assert paid.live_payment is None
    assert await changes_of(shop, account) == [
        PaymentStatusChanged(payment.id, S.PENDING, None),
        PaymentStatusChanged(payment.id, S.CAPTURED, None),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.PAID, DisplayStatus.PAID),
    ]


async def test_twenty_reports_of_one_capture_at_once_count_once(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started)
    settled = await asyncio.gather(*[shop.settle(account, started.id) for _ in range(20)])
    assert [payment.status for payment in settled] == [S.CAPTURED] * 20
    paid = await invoices.find(account, invoice.id)
    assert (paid.status, paid.paid_minor) == (InvoiceStatus.PAID, 10000)
    assert await changes_of(shop, account) == [
        PaymentStatusChanged(started.id, S.PENDING, None),
        PaymentStatusChanged(started.id, S.CAPTURED, None),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.PAID, DisplayStatus.PAID),
    ]
    before = await books()
    await shop.settle(account, started.id)
    assert await books() == before


async def test_an_open_page_changes_nothing(shop: Shop) -> None:
    account, _, started = await begun(shop)
    before = await books()
    assert unseen(await shop.settle(account, started.id)) == started
    assert await books() == before


async def test_somebody_elses_payment_is_an_unknown_payment(shop: Shop) -> None:
    _, _, started = await begun(shop)
    other = await shop.account()
    for payment_id in (started.id, new_id()):
        with pytest.raises(NotFound, match=r"^No such payment\.$"):
            await shop.settle(other, payment_id)


async def test_without_an_answer_nothing_changes(shop: Shop) -> None:
    account, _, started = await begun(shop)
    await shop.pay(started)
    shop.sandbox.faults.add("outage")
    before = await books()
    with pytest.raises(GatewayUnavailable):
        await shop.settle(account, started.id)
    assert await books() == before
    shop.sandbox.faults.clear()
    assert (await shop.settle(account, started.id)).status is S.CAPTURED


@pytest.mark.parametrize(
    ("step", "ends_as", "paid_minor"),
    [
        (InvoiceMove.CANCEL, InvoiceStatus.VOID, 0),
        (InvoiceMove.WRITE_OFF, InvoiceStatus.PAID, 10000),
    ],
)
async def test_money_for_an_invoice_that_was_closed_meanwhile_is_still_booked(
    shop: Shop, step: InvoiceMove, ends_as: InvoiceStatus, paid_minor: int
) -> None:
    account, invoice, started = await begun(shop)
    async with transaction():
        await invoices.move(invoice, step, at=shop.clock())
    await shop.pay(started)
    assert (await shop.settle(account, started.id)).status is S.CAPTURED
    after = await invoices.find(account, invoice.id)
    assert (after.status, after.paid_minor) == (ends_as, paid_minor)


# -- declined, challenged, delayed -------------------------------------------------------------


async def test_a_decline_is_reported_and_the_page_stays_open(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started, "declined")
    declined = await shop.settle(account, started.id)
    assert (declined.status, declined.failure_code) == (S.PENDING, "generic_decline")
    assert declined.failure_message == "Your card was declined."
    before = await books()
    assert await shop.settle(account, started.id) == declined
    assert await books() == before
    await shop.pay(started, "insufficient_funds")
    again = await shop.settle(account, started.id)
    assert (again.status, again.failure_code) == (S.PENDING, "insufficient_funds")
    assert await payable(invoice)
    await shop.pay(started)
    captured = await shop.settle(account, started.id)
    assert (captured.status, captured.failure_code) == (S.CAPTURED, None)
    assert await shop.told_of(started) == [
        (Fact.ATTEMPT_STARTED, None),
        (Fact.DECLINED, "Your card was declined."),
        (Fact.SEEN_OPEN, None),
        (Fact.DECLINED, "Your card has insufficient funds."),
        (Fact.SEEN_OPEN, None),
        (Fact.SEEN_PAID, None),
    ]
    assert await changes_of(shop, account) == [
        PaymentStatusChanged(started.id, S.PENDING, None),
        PaymentStatusChanged(started.id, S.PENDING, "generic_decline"),
        PaymentStatusChanged(started.id, S.PENDING, "insufficient_funds"),
        PaymentStatusChanged(started.id, S.CAPTURED, None),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.PAID, DisplayStatus.PAID),
    ]


async def test_a_challenge_is_waited_for(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started, "challenge")
    assert (await shop.settle(account, started.id)).status is S.PENDING
    await authenticate(shop, started, "fail")
    failed = await shop.settle(account, started.id)
    assert failed.status is S.PENDING
    assert failed.failure_code == "payment_intent_authentication_failure"
    await shop.pay(started, "challenge")
    await authenticate(shop, started, "complete")
    assert (await shop.settle(account, started.id)).status is S.CAPTURED
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID


async def test_a_bank_debit_is_processing_until_the_money_has_come(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started, "debit_succeeds")
    assert (await shop.settle(account, started.id)).status is S.PROCESSING
    assert not await payable(invoice)
    assert (await invoices.find(account, invoice.id)).paid_minor == 0
    shop.clock.move(seconds=6)
    captured = await shop.settle(account, started.id)
    assert (captured.status, captured.method_kind) == (S.CAPTURED, "us_bank_account")
    assert await changes_of(shop, account) == [
        PaymentStatusChanged(started.id, S.PENDING, None),
        PaymentStatusChanged(started.id, S.PROCESSING, None),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.OPEN, DisplayStatus.PROCESSING),
        PaymentStatusChanged(started.id, S.CAPTURED, None),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.PAID, DisplayStatus.PAID),
    ]


async def test_a_bank_debit_that_comes_back_leaves_the_invoice_due_again(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started, "debit_fails")
    await shop.settle(account, started.id)
    shop.clock.move(seconds=6)
    failed = await shop.settle(account, started.id)
    assert (failed.status, failed.failure_code) == (S.FAILED, "insufficient_funds")
    assert await payable(invoice)
    assert (await changes_of(shop, account))[-2:] == [
        PaymentStatusChanged(started.id, S.FAILED, "insufficient_funds"),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.OPEN, DisplayStatus.DUE),
    ]
    assert not (await shop.start(account, invoice)).replayed


# -- expired, and what turns up later ----------------------------------------------------------


async def test_a_page_that_expires_leaves_the_invoice_payable(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    shop.clock.move(minutes=60)
    expired = await shop.settle(account, started.id)
    assert (expired.status, expired.next_check_at) == (S.EXPIRED, None)
    assert await payable(invoice)
    assert await changes_of(shop, account) == [
        PaymentStatusChanged(started.id, S.PENDING, None),
        PaymentStatusChanged(started.id, S.EXPIRED, None),
    ]


async def test_a_page_that_expired_before_its_debit_failed_leaves_the_invoice_due_again(
    shop: Shop,
) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started, "debit_fails")
    shop.sandbox.dashboard.expire(started.session_id or "")
    assert (await shop.settle(account, started.id)).status is S.PROCESSING
    shop.clock.move(seconds=6)
    ended = await shop.settle(account, started.id)
    assert (ended.status, ended.next_check_at) == (S.EXPIRED, None)
    assert await payable(invoice)
    assert (await changes_of(shop, account))[-2:] == [
        PaymentStatusChanged(started.id, S.EXPIRED, None),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.OPEN, DisplayStatus.DUE),
    ]
    assert await rows("notification", "kind = 'PAYMENT_FAILED'") == 1


async def test_money_that_turns_up_after_the_end_is_still_booked(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    shop.clock.move(minutes=60)
    await shop.settle(account, started.id)
    with shop.sandbox.book.transaction():
        shop.sandbox.book.change("session", started.session_id or "", status="open")
    await shop.pay(started)
    assert (await shop.settle(account, started.id)).status is S.CAPTURED
    paid = await invoices.find(account, invoice.id)
    assert (paid.status, paid.paid_minor) == (InvoiceStatus.PAID, 10000)


async def test_wrong_money_that_turns_up_after_the_end_is_noted_and_not_booked(
    shop: Shop,
) -> None:
    account, invoice, started = await begun(shop)
    shop.clock.move(minutes=60)
    await shop.settle(account, started.id)
    with shop.sandbox.book.transaction():
        shop.sandbox.book.change("session", started.session_id or "", status="open")
    await shop.pay(started)
    await tamper(shop, started, amount_total=1)
    noted = await shop.settle(account, started.id)
    assert noted.status is S.EXPIRED
    assert noted.review_reason == "0.01 INR was reported, 9495.52 INR was asked"
    assert (await invoices.find(account, invoice.id)).paid_minor == 0
    before = await books()
    await shop.settle(account, started.id)
    assert await books() == before


# -- money that does not fit -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_total": 949551}, "9495.51 INR was reported, 9495.52 INR was asked"),
        ({"amount_total": 949553}, "9495.53 INR was reported, 9495.52 INR was asked"),
        ({"currency": "usd"}, "USD was reported, INR was asked"),
        (
            {"livemode": True},
            "the gateway reports another mode (live or test) than the attempt was made in",
        ),
    ],
)
async def test_money_that_does_not_fit_is_held_and_pays_nothing(
    shop: Shop, changes: dict[str, Any], reason: str
) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started)
    await tamper(shop, started, **changes)
    held = await shop.settle(account, started.id)
    assert (held.status, held.review_reason) == (S.UNDER_REVIEW, reason)
    assert held.captured_at is None
    now = await invoices.find(account, invoice.id)
    assert (now.status, now.paid_minor) == (InvoiceStatus.OPEN, 0)
    assert now.live_payment is S.UNDER_REVIEW
    assert not await payable(invoice)
    assert await changes_of(shop, account) == [
        PaymentStatusChanged(started.id, S.PENDING, None),
        PaymentStatusChanged(started.id, S.UNDER_REVIEW, None),
        InvoiceStatusChanged(invoice.id, InvoiceStatus.OPEN, DisplayStatus.PROCESSING),
    ]
    before = await books()
    await shop.settle(account, started.id)
    with pytest.raises(InvoiceNotPayable, match="is being processed"):
        await shop.start(account, invoice)
    assert await books() == before


async def test_a_wrong_report_that_is_put_right_is_booked_after_all(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    await shop.pay(started)
    await tamper(shop, started, amount_total=949551)
    assert (await shop.settle(account, started.id)).status is S.UNDER_REVIEW
    await tamper(shop, started, amount_total=949552)
    assert (await shop.settle(account, started.id)).status is S.CAPTURED
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID


async def test_a_debit_under_way_over_another_amount_is_held_too(shop: Shop) -> None:
    account, _, started = await begun(shop)
    await tamper(shop, started, amount_total=1)
    await shop.pay(started, "debit_succeeds")
    assert (await shop.settle(account, started.id)).status is S.UNDER_REVIEW


async def test_another_attempts_page_never_pays_this_one(shop: Shop) -> None:
    account, _, theirs = await begun(shop)
    await shop.pay(theirs)
    mine = await shop.invoice(account, month=Month(2026, 8))
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, mine, key="k")
    shop.sandbox.faults.clear()
    attempt = await shop.live(mine)
    held = await capture.settle(
        shop.ports,
        account,
        attempt.id,
        Witness(Source.WEBHOOK, "evt_1"),
        session_hint=theirs.session_id,
    )
    assert held.status is S.UNDER_REVIEW
    assert held.review_reason == "the gateway's reference is not this attempt"
    assert (await invoices.find(account, mine.id)).paid_minor == 0
