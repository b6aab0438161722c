"""Settling a claim with money that an attempt of ours was made for, or that went back already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from service.billing.errors import GatewayUnavailable, InvalidInput
from service.billing.events import PaymentStatusChanged
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.billing.refund import DisputeStatus, RefundStatus
from service.billing.support import NotificationKind
from service.store import cases, invoices, payments, refunds
from service.store.database import fetch
from service.store.records import Invoice, Payment
from service.workflows import reconcile
from service.workflows.audit import audit
from service.workflows.claim_settling import Decision, settle_with
from service.workflows.claims import claim
from tests.support.books import books
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop
from tests.workflows.test_claims import paid_elsewhere, said

AUGUST = Month(2026, 8)


@dataclass(frozen=True)
class Claimed:
    """A claim with the one candidate that was found, and the attempt it was made for, if any."""

    shop: Shop
    invoice: Invoice
    decision: Decision
    transaction: str
    attempt: Payment | None

    async def settle(self) -> Payment:
        return await settle_with(self.shop.ports, self.invoice.account_id, self.decision)

    async def now(self) -> Invoice:
        return await invoices.find(self.invoice.account_id, self.invoice.id)

    async def attempt_now(self) -> Payment:
        assert self.attempt is not None
        return await self.shop.payment(self.invoice.account_id, self.attempt.id)

    @property
    def charge(self) -> str:
        intent = self.shop.sandbox.book.get("payment_intent", self.transaction)
        return str(intent["latest_charge"])

    async def refunds_of(self, payment: Payment) -> list[tuple[RefundStatus, int]]:
        known = await refunds.of_payments(payment.account_id, [payment.id])
        return [(one.status, one.charged.minor_units) for one in known[payment.id]]

    async def clean(self) -> None:
        account = self.invoice.account_id
        assert [one async for one in audit(self.shop.ports, account_id=account)] == []


async def claimed(shop: Shop, invoice: Invoice, attempt: Payment | None = None) -> Claimed:
    case = (await claim(shop.ports, invoice.account_id, said(invoice))).case
    assert case is not None
    [candidate] = await cases.candidates(invoice.account_id, case.id)
    decision = Decision(case.id, candidate.id, "It is theirs", "ops@seller.example")
    return Claimed(shop, invoice, decision, candidate.transaction, attempt)


async def made_without_us(shop: Shop) -> Claimed:
    account = await shop.account()
    invoice = await shop.invoice(account)
    await paid_elsewhere(shop, "payer@northwind.example")
    return await claimed(shop, invoice)


async def told_late(shop: Shop) -> Claimed:
    """The payment that is found was made for August's invoice; September's is claimed."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    attempt = (await shop.start(account, await shop.invoice(account, month=AUGUST))).payment
    await shop.pay(attempt)
    shop.clock.move(seconds=20)
    return await claimed(shop, invoice, attempt)


async def under_review(shop: Shop, units: int = 474776) -> Claimed:
    """The gateway reports another amount than the attempt's 949552 minor units."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    attempt = (await shop.start(account, invoice)).payment
    await shop.pay(attempt)
    assert attempt.session_id is not None
    shop.sandbox.dashboard.tamper(attempt.session_id, amount_total=units)
    held = await shop.settle(account, attempt.id)
    assert held.status is PaymentStatus.UNDER_REVIEW
    return await claimed(shop, invoice, attempt)


# -- money of an attempt -----------------------------------------------------------------------


async def test_money_whose_notice_is_late_goes_where_it_was_meant_to(shop: Shop) -> None:
    of = await told_late(shop)
    with pytest.raises(InvalidInput, match="is booked"):
        await of.settle()
    assert (await of.attempt_now()).status is PaymentStatus.CAPTURED
    assert ((await of.now()).status, (await of.now()).paid_minor) == ("OPEN", 0)
    before = await books()
    with pytest.raises(InvalidInput, match="is booked"):
        await of.settle()
    assert await books() == before
    await of.clean()


async def test_an_attempt_whose_money_settles_a_claim_ends_with_its_case(shop: Shop) -> None:
    of = await under_review(shop)
    payment = await of.settle()
    after = await of.now()
    assert (after.status, after.paid_minor, after.live_payment) == ("OPEN", 5000, None)
    ended = await of.attempt_now()
    assert (ended.status, ended.next_check_at, ended.deadline_at) == ("CANCELED", None, None)
    account = of.invoice.account_id
    about = {"payment_ids": [ended.id], "invoice_ids": [of.invoice.id]}
    assert await cases.open_about(account, **about) == []
    canceled = PaymentStatusChanged(ended.id, PaymentStatus.CANCELED, None)
    assert (await shop.happened(account)).count(canceled) == 1
    mails = await fetch("SELECT kind, payment_id FROM notification ORDER BY id")
    told = [(mail["kind"], mail["payment_id"]) for mail in mails]
    assert told.count((NotificationKind.CASE_RESOLVED, payment.id)) == 1
    assert (NotificationKind.CASE_RESOLVED, ended.id) not in told
    await of.clean()


async def test_money_that_is_booked_as_another_payment_is_not_captured_again(shop: Shop) -> None:
    of = await under_review(shop)
    await of.settle()
    assert of.attempt is not None
    assert of.attempt.session_id is not None
    charged = of.attempt.quote.charged.minor_units
    shop.sandbox.dashboard.tamper(of.attempt.session_id, amount_total=charged)
    before = await books()
    assert (await shop.settle(of.invoice.account_id, of.attempt.id)).status == "CANCELED"
    assert await books() == before


async def test_money_that_is_booked_as_another_payment_is_no_candidate(shop: Shop) -> None:
    of = await under_review(shop)
    await of.settle()
    other = await shop.invoice(of.invoice.account_id, month=AUGUST)
    outcome = await claim(shop.ports, other.account_id, said(other, key="other"))
    assert outcome.candidates == 0


async def test_a_refund_at_the_gateway_reaches_the_payment_that_has_the_money(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    of = await under_review(shop)
    payment = await of.settle()
    shop.sandbox.dashboard.refund(of.charge)
    await reconcile.read_events(shop.ports)
    await shop.drain()
    assert await of.refunds_of(payment) == [(RefundStatus.SUCCEEDED, 474776)]
    assert (await of.now()).refunded_minor == 5000
    assert of.attempt is not None
    assert await of.refunds_of(of.attempt) == []
    assert await payments.id_of_transaction("stripe", of.transaction) == payment.id
    await of.clean()


async def test_a_candidate_that_is_worth_nothing_is_refused(shop: Shop) -> None:
    of = await under_review(shop, units=1)
    before = await books()
    with pytest.raises(InvalidInput, match="worth nothing"):
        await of.settle()
    assert await books() == before


# -- money that went back ----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["refund", "dispute"])
async def test_money_that_went_back_is_no_candidate(shop: Shop, how: str) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    intent = await paid_elsewhere(shop, "payer@northwind.example")
    charge = shop.sandbox.book.get("payment_intent", intent)["latest_charge"]
    getattr(shop.sandbox.dashboard, how)(charge)
    assert (await claim(shop.ports, account, said(invoice))).candidates == 0


@pytest.mark.parametrize("how", ["refund", "dispute"])
async def test_a_candidate_that_went_back_meanwhile_is_refused(shop: Shop, how: str) -> None:
    of = await made_without_us(shop)
    getattr(shop.sandbox.dashboard, how)(of.charge)
    before = await books()
    with pytest.raises(InvalidInput, match="was given back"):
        await of.settle()
    assert await books() == before


async def disputed(shop: Shop, *statuses: str) -> Invoice:
    """An invoice, and a payment made without us whose disputes stand so."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    intent = await paid_elsewhere(shop, "payer@northwind.example")
    charge = shop.sandbox.book.get("payment_intent", intent)["latest_charge"]
    for status in statuses:
        dispute = shop.sandbox.dashboard.dispute(charge, 10000 // len(statuses))["id"]
        with shop.sandbox.book.transaction():
            shop.sandbox.book.change("dispute", dispute, status=status)
    assert shop.sandbox.book.get("charge", charge)["disputed"] is True
    return invoice


@pytest.mark.parametrize("statuses", [["won"], ["warning_closed"], ["won", "warning_closed"]])
async def test_money_that_was_disputed_in_vain_settles_a_claim(
    shop: Shop, statuses: list[str]
) -> None:
    of = await claimed(shop, await disputed(shop, *statuses))
    await of.settle()
    assert ((await of.now()).status, (await of.now()).disputed) == ("PAID", False)
    await of.clean()


@pytest.mark.parametrize(
    "statuses",
    [
        ["needs_response"],
        ["under_review"],
        ["lost"],
        ["warning_needs_response"],
        ["warning_under_review"],
        ["appeal_under_review"],
        ["prevented"],
        ["won", "needs_response"],
    ],
)
async def test_money_whose_dispute_is_open_or_lost_is_no_candidate(
    shop: Shop, statuses: list[str]
) -> None:
    invoice = await disputed(shop, *statuses)
    assert (await claim(shop.ports, invoice.account_id, said(invoice))).candidates == 0


async def test_a_candidate_whose_dispute_was_won_meanwhile_is_settled(shop: Shop) -> None:
    of = await made_without_us(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    shop.sandbox.dashboard.win_dispute(dispute["id"])
    payment = await of.settle()
    known = await refunds.disputes_of_payments(payment.account_id, [payment.id])
    assert [one.status for one in known[payment.id]] == [DisputeStatus.WON]
    assert (await of.now()).status == "PAID"
    await of.clean()


async def test_what_was_refunded_before_is_booked_with_the_decision(shop: Shop) -> None:
    of = await made_without_us(shop)
    shop.sandbox.dashboard.refund(of.charge, 2500)
    payment = await of.settle()
    assert await of.refunds_of(payment) == [(RefundStatus.SUCCEEDED, 2500)]
    after = await of.now()
    assert (after.status, after.paid_minor, after.refunded_minor) == ("PAID", 10000, 2500)
    await of.clean()


class SilentAboutRefunds:
    """A gateway that stops answering after the decision, as for a process that dies there."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def refunds_of(self, transaction: str) -> Any:
        raise GatewayUnavailable


async def test_what_was_refunded_before_is_booked_by_a_job_at_the_latest(shop: Shop) -> None:
    of = await made_without_us(shop)
    shop.sandbox.dashboard.refund(of.charge, 2500)
    answering = shop.ports.gateway
    shop.with_ports(gateway=SilentAboutRefunds(answering))
    payment = await of.settle()
    assert await of.refunds_of(payment) == []
    shop.with_ports(gateway=answering, printer=PlainPrinter())
    await shop.drain()
    assert await of.refunds_of(payment) == [(RefundStatus.SUCCEEDED, 2500)]
    await of.clean()


async def test_a_dispute_after_the_decision_is_booked(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    of = await under_review(shop)
    payment = await of.settle()
    shop.sandbox.dashboard.dispute(of.charge)
    await reconcile.read_events(shop.ports)
    await shop.drain()
    known = await refunds.disputes_of_payments(payment.account_id, [payment.id])
    assert [one.status for one in known[payment.id]] == [DisputeStatus.OPEN]
