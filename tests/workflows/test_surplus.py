"""What was paid beyond what was due goes back once, however much of it the seller gave back first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.billing.evidence import Fact
from service.billing.invoice import DisplayStatus, InvoiceStatus
from service.billing.period import Month
from service.billing.refund import RefundReason, RefundStatus
from service.gateway import RefundOrder
from service.store import cases, evidence, invoices, refunds
from service.store.ledger import held_by
from service.store.money_records import Refund
from service.store.records import Invoice, Payment
from service.workflows import offline
from service.workflows.audit import audit
from service.workflows.claim_settling import Decision, settle_with
from service.workflows.claims import claim
from service.workflows.offline import OfflinePayment
from service.workflows.refunds import GIVEN_BACK, send
from service.workflows.screens import shown
from tests.support.shop import Shop
from tests.workflows.test_claims import owing, paid_elsewhere, said

R, S = RefundReason, RefundStatus


@dataclass(frozen=True)
class Overpaid:
    """A page for two invoices of 100.00, one of which a bank transfer paid while it was open."""

    shop: Shop
    account: UUID
    both: tuple[Invoice, Invoice]
    payment: Payment

    @classmethod
    async def paid(cls, shop: Shop) -> Overpaid:
        account = await shop.account(charge_currency="USD")
        first = await shop.invoice(account, "100.00")
        second = await shop.invoice(account, "100.00", month=Month(2026, 8))
        started = (await shop.start(account, first, second)).payment
        transfer = OfflinePayment(
            first.id, 10000, "UTR1", shop.clock(), "ops@seller.example", "transfer"
        )
        await offline.record(shop.ports, account, transfer)
        await shop.pay(started)
        return cls(shop, account, (first, second), started)

    async def seen(self) -> None:
        await self.shop.settle(self.account, self.payment.id, thorough=True)

    async def found(self) -> list[tuple[RefundReason, RefundStatus, int]]:
        return [(one.reason, one.status, one.charged.minor_units) for one in await self.refunds()]

    async def refunds(self) -> list[Refund]:
        found = await refunds.of_payments(self.account, [self.payment.id])
        return found[self.payment.id]

    async def planned(self) -> Refund:
        return next(one for one in await self.refunds() if one.reason is R.SURPLUS)

    async def send(self) -> None:
        await send(self.shop.ports, self.account, (await self.planned()).id)

    def give_back_at_gateway(self, units: int) -> None:
        intent = self.shop.at_gateway(self.payment)["payment_intent"]
        charge = self.shop.sandbox.book.get("payment_intent", intent)["latest_charge"]
        self.shop.sandbox.dashboard.refund(charge, units)

    async def is_settled(self) -> None:
        """Both invoices are paid, nobody is owed anything, nobody is called, the audit is clean."""
        for one in self.both:
            now = await invoices.find(self.account, one.id)
            assert (now.status, now.refunded_minor) == (InvoiceStatus.PAID, 0)
            assert shown(now, self.shop.clock()) is DisplayStatus.PAID
        held = await held_by(self.account, self.payment.id)
        assert sum(one.settled_minor for one in held) == 10000
        assert sum(one.surplus_minor for one in held) == 0
        assert await cases.open_about(self.account, payment_ids=[self.payment.id]) == []
        assert [one async for one in audit(self.shop.ports, account_id=self.account)] == []


async def test_a_surplus_goes_back_by_itself(shop: Shop) -> None:
    of = await Overpaid.paid(shop)
    await of.seen()
    await of.send()
    await of.seen()
    assert await of.found() == [(R.SURPLUS, S.SUCCEEDED, 10000)]
    await of.is_settled()


async def test_a_surplus_that_was_given_back_before_its_refund_was_sent_stays_given_back_once(
    shop: Shop,
) -> None:
    of = await Overpaid.paid(shop)
    await of.seen()
    of.give_back_at_gateway(10000)
    await of.send()
    assert await of.found() == [(R.SURPLUS, S.FAILED, 10000), (R.AT_GATEWAY, S.SUCCEEDED, 10000)]
    assert (await of.planned()).failure == GIVEN_BACK
    assert shop.sandbox.book.count("refund") == 1
    await of.is_settled()
    await of.send()
    assert shop.sandbox.book.count("refund") == 1


async def test_a_surplus_that_went_back_before_we_saw_the_money_is_not_sent_again(
    shop: Shop,
) -> None:
    of = await Overpaid.paid(shop)
    of.give_back_at_gateway(10000)
    await of.seen()
    await of.send()
    assert shop.sandbox.book.count("refund") == 1
    await of.is_settled()


async def test_of_a_surplus_only_what_is_left_goes_back(shop: Shop) -> None:
    of = await Overpaid.paid(shop)
    await of.seen()
    of.give_back_at_gateway(3000)
    await of.send()
    await of.seen()
    assert await of.found() == [(R.SURPLUS, S.SUCCEEDED, 7000), (R.AT_GATEWAY, S.SUCCEEDED, 3000)]
    await of.is_settled()
    facts = await evidence.of_payments([(of.account, of.payment.id)])
    sent = [one for one in facts[of.account, of.payment.id] if one.fact is Fact.REFUND_SUCCEEDED]
    assert sorted(one.amount.minor_units for one in sent if one.amount) == [3000, 7000]


async def test_a_refund_of_a_surplus_whose_answer_was_lost_is_not_made_smaller(shop: Shop) -> None:
    of = await Overpaid.paid(shop)
    await of.seen()
    refund, payment = await of.planned(), await shop.payment(of.account, of.payment.id)
    order = RefundOrder(refund.id, payment.id, payment.transaction or "", refund.charged, 0)
    await shop.ports.gateway.refund(order)
    await of.send()
    assert shop.sandbox.book.count("refund") == 1
    await of.seen()
    assert await of.found() == [(R.SURPLUS, S.SUCCEEDED, 10000)]
    await of.is_settled()


async def test_a_claimed_payment_of_which_staff_gave_the_excess_back_is_not_given_back_again(
    shop: Shop,
) -> None:
    account, invoice = await owing(shop)
    intent = await paid_elsewhere(shop, "payer@northwind.example", 20000)
    charge = shop.sandbox.book.get("payment_intent", intent)["latest_charge"]
    shop.sandbox.dashboard.refund(charge, 10000)
    outcome = await claim(shop.ports, account, said(invoice))
    assert outcome.case is not None
    [candidate] = await cases.candidates(account, outcome.case.id)
    decision = Decision(outcome.case.id, candidate.id, "It is this one.", "ops@seller.example")
    payment = await settle_with(shop.ports, account, decision)
    for one in (await refunds.of_payments(account, [payment.id]))[payment.id]:
        await send(shop.ports, account, one.id)
    assert shop.sandbox.book.count("refund") == 1
    now = await invoices.find(account, invoice.id)
    assert (now.status, now.paid_minor, now.refunded_minor) == (InvoiceStatus.PAID, 10000, 0)
    assert [one async for one in audit(shop.ports, account_id=account)] == []
