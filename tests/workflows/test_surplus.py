"""A surplus goes back once, by whatever way: by itself, or by hand in the gateway's dashboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable
from service.billing.ids import Kind, encode
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.billing.refund import GatewayRefund, RefundReason, RefundStatus
from service.gateway import RefundOrder
from service.store import cases, invoices, refunds
from service.store.ledger import Held, held_by
from service.store.money_records import Refund
from service.store.records import Invoice, Payment
from service.workflows import offline
from service.workflows.audit import audit
from service.workflows.claim_settling import Decision, settle_with
from service.workflows.claims import claim
from service.workflows.offline import OfflinePayment
from service.workflows.refunds import RefundRequest, request, send
from tests.support.books import books, forge, rows
from tests.support.shop import Shop
from tests.workflows.test_claims import paid_elsewhere, said

AT_GATEWAY, SURPLUS, REQUESTED = (
    RefundReason.AT_GATEWAY,
    RefundReason.SURPLUS,
    RefundReason.REQUESTED,
)
Told = list[tuple[RefundReason, RefundStatus, int]]
DONE, GIVEN_UP = RefundStatus.SUCCEEDED, RefundStatus.FAILED


@dataclass(frozen=True)
class Overpaid:
    """One payment for two invoices over 100.00, of which the first was paid by bank meanwhile."""

    shop: Shop
    account: UUID
    first: Invoice
    second: Invoice
    started: Payment

    @property
    def charge(self) -> str:
        intent = self.shop.at_gateway(self.started)["payment_intent"]
        return str(self.shop.sandbox.book.get("payment_intent", intent)["latest_charge"])

    def by_hand(self, units: int) -> str:
        """Give something back in the gateway's dashboard."""
        return str(self.shop.sandbox.dashboard.refund(self.charge, units)["id"])

    async def seen(self) -> Payment:
        return await self.shop.settle(self.account, self.started.id, thorough=True)

    async def refunds(self) -> list[Refund]:
        return (await refunds.of_payments(self.account, [self.started.id]))[self.started.id]

    async def planned(self) -> Refund:
        [refund] = [one for one in await self.refunds() if one.reason is SURPLUS]
        return refund

    async def send(self) -> None:
        await send(self.shop.ports, self.account, (await self.planned()).id)

    async def told(self) -> Told:
        return [(one.reason, one.status, one.charged.minor_units) for one in await self.refunds()]

    async def held(self) -> dict[UUID, Held]:
        return {one.invoice_id: one for one in await held_by(self.account, self.started.id)}

    async def cases(self) -> list[str]:
        about = await cases.open_about(self.account, payment_ids=[self.started.id])
        return [one.reason for one in about]

    async def audited(self) -> list[str]:
        return [one.what async for one in audit(self.shop.ports, account_id=self.account)]

    async def is_settled(self) -> None:
        """Both invoices are paid, nothing of them went back, and nobody has to look."""
        for invoice in (self.first, self.second):
            now = await invoices.find(self.account, invoice.id)
            assert (now.status, now.paid_minor, now.refunded_minor) == ("PAID", 10000, 0)
        assert await self.held() == {
            self.first.id: Held(self.first.id, 0, 0),
            self.second.id: Held(self.second.id, 10000, 0),
        }
        assert await self.cases() == []
        assert await self.audited() == []


async def overpaid(shop: Shop, charge_currency: str = "USD") -> Overpaid:
    account = await shop.account(charge_currency=charge_currency)
    first = await shop.invoice(account)
    second = await shop.invoice(account, month=Month(2026, 8))
    started = (await shop.start(account, first, second)).payment
    by_bank = OfflinePayment(first.id, 10000, "UTR 1", shop.today, "ops@seller.example", "k")
    await offline.record(shop.ports, account, by_bank)
    await shop.pay(started)
    return Overpaid(shop, account, first, second, started)


# -- before the capture was seen ---------------------------------------------------------------


async def test_what_went_back_before_the_capture_was_seen_does_not_go_back_again(
    shop: Shop,
) -> None:
    of = await overpaid(shop)
    of.by_hand(10000)
    assert (await of.seen()).status is PaymentStatus.CAPTURED
    assert await of.told() == [(AT_GATEWAY, DONE, 10000)]
    assert await rows("notification", "kind = 'SURPLUS_REFUND'") == 0
    await of.is_settled()


async def test_a_refund_from_before_the_capture_that_comes_back_is_a_case_and_no_difference(
    shop: Shop,
) -> None:
    of = await overpaid(shop)
    made = of.by_hand(10000)
    await of.seen()
    await of.is_settled()
    shop.sandbox.dashboard.fail_refund(made)
    await of.seen()
    assert await of.told() == [(AT_GATEWAY, GIVEN_UP, 10000)]
    assert (await of.held())[of.first.id] == Held(of.first.id, 0, 10000)
    assert await of.cases() == ["REFUND_FAILED"]
    assert await of.audited() == []


async def test_of_a_payment_that_is_partly_back_only_the_rest_is_planned(shop: Shop) -> None:
    of = await overpaid(shop)
    of.by_hand(4000)
    await of.seen()
    planned = await of.planned()
    assert (planned.status, planned.charged.minor_units, planned.amount.minor_units) == (
        RefundStatus.REQUESTED,
        6000,
        6000,
    )
    await of.send()
    assert await of.told() == [(SURPLUS, DONE, 6000), (AT_GATEWAY, DONE, 4000)]
    await of.is_settled()


@pytest.mark.parametrize(("by_hand", "rest"), [(10000, 0), (2500, 7500)])
async def test_a_claim_settled_with_a_partly_refunded_payment_gives_back_the_rest_alone(
    shop: Shop, by_hand: int, rest: int
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    intent = await paid_elsewhere(shop, "payer@northwind.example", 20000)
    charge = shop.sandbox.book.get("payment_intent", intent)["latest_charge"]
    shop.sandbox.dashboard.refund(charge, by_hand)
    case = (await claim(shop.ports, account, said(invoice))).case
    assert case is not None
    [candidate] = await cases.candidates(account, case.id)
    decision = Decision(case.id, candidate.id, "It is theirs", "ops@seller.example")
    payment = await settle_with(shop.ports, account, decision)
    for refund in (await refunds.of_payments(account, [payment.id]))[payment.id]:
        await send(shop.ports, account, refund.id)
    given = [one.charged.minor_units for one in await _given_back(payment)]
    assert given == ([rest, by_hand] if rest else [by_hand])
    assert await held_by(account, payment.id) == [Held(invoice.id, 10000, 0)]
    now = await invoices.find(account, invoice.id)
    assert (now.status, now.paid_minor, now.refunded_minor) == ("PAID", 10000, 0)
    assert [one async for one in audit(shop.ports, account_id=account)] == []


async def _given_back(payment: Payment) -> list[Refund]:
    known = (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id]
    assert {one.status for one in known} == {DONE}
    return known


# -- while its refund waits --------------------------------------------------------------------


@pytest.mark.parametrize("is_noticed", [True, False])
async def test_what_went_back_while_its_refund_waits_is_not_sent(
    shop: Shop, is_noticed: bool
) -> None:
    of = await overpaid(shop)
    await of.seen()
    of.by_hand(10000)
    if is_noticed:
        await of.seen()
    await of.send()
    assert await of.told() == [(SURPLUS, GIVEN_UP, 10000), (AT_GATEWAY, DONE, 10000)]
    assert (await of.planned()).failure == "given_back"
    assert shop.sandbox.book.count("refund") == 1
    await of.is_settled()
    before = await books()
    await of.send()
    assert await books() == before


async def test_what_partly_went_back_while_its_refund_waits_is_sent_for_the_rest(
    shop: Shop,
) -> None:
    of = await overpaid(shop, "INR")
    await of.seen()
    assert await of.told() == [(SURPLUS, RefundStatus.REQUESTED, 949553)]
    of.by_hand(333_333)
    await of.send()
    assert await of.told() == [(SURPLUS, DONE, 949_553 - 333_333), (AT_GATEWAY, DONE, 333_333)]
    assert [one.amount.minor_units for one in await of.refunds()] == [6490, 3510]
    await of.is_settled()


async def test_of_a_payment_that_was_all_surplus_the_last_unit_goes_back(shop: Shop) -> None:
    of = await overpaid(shop, "INR")
    by_bank = OfflinePayment(of.second.id, 10000, "UTR 2", shop.today, "ops@seller.example", "l")
    await offline.record(shop.ports, of.account, by_bank)
    await of.seen()
    of.by_hand(333_333)
    await of.send()
    charged = of.started.quote.charged.minor_units
    assert await of.told() == [(SURPLUS, DONE, charged - 333_333), (AT_GATEWAY, DONE, 333_333)]
    assert {(one.settled_minor, one.surplus_minor) for one in (await of.held()).values()} == {
        (0, 0)
    }
    assert await of.audited() == []


async def test_a_refund_by_hand_that_comes_back_calls_a_person_for_the_surplus(shop: Shop) -> None:
    of = await overpaid(shop)
    await of.seen()
    made = of.by_hand(10000)
    await of.send()
    shop.sandbox.dashboard.fail_refund(made)
    await of.seen()
    assert (await of.held())[of.first.id].surplus_minor == 10000
    assert await of.cases() == ["REFUND_FAILED"]


async def test_what_staff_gives_back_beside_a_surplus_is_not_taken_for_it(shop: Shop) -> None:
    of = await overpaid(shop)
    await of.seen()
    wanted = RefundRequest(of.started.id, 4000, "Agreed by telephone", "ops@seller.example", "r")
    goodwill = await request(shop.ports, of.account, wanted)
    await send(shop.ports, of.account, goodwill.id)
    await of.send()
    assert await of.told() == [(SURPLUS, DONE, 10000), (REQUESTED, DONE, 4000)]
    assert await of.held() == {
        of.first.id: Held(of.first.id, 0, 0),
        of.second.id: Held(of.second.id, 6000, 0),
    }
    assert (await invoices.find(of.account, of.second.id)).refunded_minor == 4000
    assert await of.audited() == []


# -- calls whose end is not known --------------------------------------------------------------


@dataclass
class Unheard:
    """A gateway that a refund does not reach, so many times; and what it was asked for."""

    gateway: Any
    times: int
    asked: list[tuple[int, int]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gateway, name)

    async def refund(self, order: RefundOrder) -> GatewayRefund:
        self.asked.append((order.key_number, order.amount.minor_units))
        if len(self.asked) <= self.times:
            raise GatewayUnavailable
        refund: GatewayRefund = await self.gateway.refund(order)
        return refund


async def unheard(shop: Shop, times: int = 1) -> tuple[Overpaid, Unheard]:
    """The refund of a surplus was asked for, and nobody knows whether it was made."""
    of = await overpaid(shop)
    await of.seen()
    gateway = Unheard(shop.ports.gateway, times)
    shop.with_ports(gateway=gateway)
    for _ in range(times):
        with pytest.raises(GatewayUnavailable):
            await of.send()
    return of, gateway


async def test_a_call_that_may_be_under_way_is_repeated_as_it_was(shop: Shop) -> None:
    of, gateway = await unheard(shop, times=2)
    await of.send()
    assert gateway.asked == [(1, 10000)] * 3
    assert await of.told() == [(SURPLUS, DONE, 10000)]
    await of.is_settled()


async def test_less_is_asked_for_once_no_call_for_more_can_be_under_way(shop: Shop) -> None:
    of, gateway = await unheard(shop)
    of.by_hand(4000)
    shop.clock.move(minutes=4)
    with pytest.raises(GatewayUnavailable):
        await of.send()
    assert (await of.told())[0] == (SURPLUS, RefundStatus.REQUESTED, 10000)
    shop.clock.move(minutes=2)
    await of.send()
    assert gateway.asked == [(1, 10000), (2, 6000)]
    assert await of.told() == [(SURPLUS, DONE, 6000), (AT_GATEWAY, DONE, 4000)]
    await of.is_settled()


async def test_nothing_is_given_up_that_may_still_be_made(shop: Shop) -> None:
    of, gateway = await unheard(shop)
    of.by_hand(10000)
    with pytest.raises(GatewayUnavailable):
        await of.send()
    shop.clock.move(minutes=6)
    await of.send()
    assert gateway.asked == [(1, 10000)]
    assert await of.told() == [(SURPLUS, GIVEN_UP, 10000), (AT_GATEWAY, DONE, 10000)]
    await of.is_settled()


async def test_a_refund_whose_answer_was_lost_is_found_and_what_came_after_is_no_surplus(
    shop: Shop,
) -> None:
    of = await overpaid(shop)
    await of.seen()
    shop.sandbox.faults.add("lose_api", when="after", method="POST", path="/v1/refunds")
    with pytest.raises(GatewayUnavailable):
        await of.send()
    shop.sandbox.faults.clear()
    of.by_hand(2500)
    await of.send()
    assert await of.told() == [(SURPLUS, DONE, 10000), (AT_GATEWAY, DONE, 2500)]
    assert (await of.held())[of.second.id] == Held(of.second.id, 7500, 0)
    assert await of.audited() == []


# -- what an audit tells -----------------------------------------------------------------------


async def test_a_surplus_that_went_back_twice_is_a_difference(shop: Shop) -> None:
    """Between the last look and the call nobody can be kept from the dashboard."""
    of = await overpaid(shop)
    await of.seen()
    first = await of.planned()

    class Late(Unheard):
        async def refund(self, order: RefundOrder) -> GatewayRefund:
            of.by_hand(10000)
            await of.seen()
            refund: GatewayRefund = await self.gateway.refund(order)
            return refund

    shop.with_ports(gateway=Late(shop.ports.gateway, 0))
    await of.send()
    assert await of.told() == [(SURPLUS, DONE, 10000), (AT_GATEWAY, DONE, 10000)]
    assert await of.audited() == [
        f"refund {encode(Kind.REFUND, first.id)} of a surplus gave back 10000 USD of what had"
        " settled invoices"
    ]


async def test_more_surplus_back_than_was_booked_is_a_difference(shop: Shop) -> None:
    of = await overpaid(shop)
    await of.seen()
    await of.send()
    await forge(
        "UPDATE ledger_entry SET amount_minor = 9000 WHERE key LIKE '%:surplus'",
        "UPDATE payment SET amount_minor = 19000 WHERE gateway = 'stripe'",
        "UPDATE payment_allocation SET amount_minor = 9000 WHERE (payment_id, invoice_id) IN"
        " (SELECT payment_id, invoice_id FROM ledger_entry WHERE key LIKE '%:surplus')",
    )
    assert "10000 USD of a surplus went back, 9000 was booked as surplus" in await of.audited()


async def test_a_refund_that_was_given_up_here_and_made_there_is_booked_and_a_difference(
    shop: Shop,
) -> None:
    of, gateway = await unheard(shop)
    of.by_hand(10000)
    shop.clock.move(minutes=6)
    await of.send()
    given_up = await of.planned()
    order = RefundOrder(given_up.id, of.started.id, _transaction(of), given_up.charged, 1)
    made = await gateway.gateway.refund(order)
    await of.seen()
    assert await of.told() == [
        (SURPLUS, GIVEN_UP, 10000),
        (AT_GATEWAY, DONE, 10000),
        (AT_GATEWAY, DONE, 10000),
    ]
    assert (await of.held())[of.second.id] == Held(of.second.id, 0, 0)
    assert await of.audited() == [
        f"refund {encode(Kind.REFUND, given_up.id)} was given up here, and made there as"
        f" {made.reference}"
    ]


def _transaction(of: Overpaid) -> str:
    return str(of.shop.at_gateway(of.started)["payment_intent"])
