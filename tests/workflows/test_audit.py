"""An audit tells what two sources tell differently, and is not stopped by a gateway's silence."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from service.adapters.circuit_breaker import CircuitBreaker
from service.billing.errors import GatewayUnavailable
from service.billing.ids import Kind, encode
from service.billing.money import Money
from service.billing.payment import GatewayCheckout
from service.billing.refund import GatewayRefund
from service.gateway import CheckoutOrder, Gateway, GatewayPayment, OrderItem, PaymentSearch
from service.store.database import execute, new_id
from service.workflows import audit_lists
from service.workflows.audit import audit
from service.workflows.audit_findings import Weight
from service.workflows.refunds import request
from tests.support.shop import CANCEL_URL, SUCCESS_URL, Shop
from tests.workflows.test_claims import paid_elsewhere
from tests.workflows.test_refunds import Paid, asked, paid, paid_twice

Told = list[tuple[str, str]]


async def told(
    shop: Shop,
    account: UUID | None,
    weight: Weight = Weight.DIFFERENCE,
    *,
    ask_gateways: bool = True,
) -> Told:
    found = audit(shop.ports, account_id=account, ask_gateways=ask_gateways)
    return [(one.about, one.what) async for one in found if one.weight is weight]


def named(payment_id: UUID) -> str:
    """How a payment is called where people read."""
    return f"payment {encode(Kind.PAYMENT, payment_id)}"


async def of_payment(shop: Shop, of: Paid) -> list[str]:
    found = await told(shop, of.account)
    assert {about for about, _ in found} <= {named(of.payment.id)}
    return [what for _, what in found]


class Silent:
    """A gateway that does not answer about one thing."""

    def __init__(self, gateway: Gateway, about: str | None) -> None:
        self._gateway = gateway
        self._about = about

    def __getattr__(self, name: str) -> object:
        return getattr(self._gateway, name)

    async def look_up(self, session_id: str) -> GatewayCheckout:
        if session_id == self._about:
            raise GatewayUnavailable
        return await self._gateway.look_up(session_id)

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        if self._about is None:
            raise GatewayUnavailable
        return await self._gateway.find_payments(search)


# -- disputes and refunds ----------------------------------------------------------------------


async def test_a_dispute_that_nobody_told_us_of_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    assert await of_payment(shop, of) == [
        "the gateway holds 0 INR of it, we book 949552",
        f"the gateway has a dispute {dispute['id']} that we do not know",
    ]


async def test_a_dispute_that_is_lost_there_and_open_here_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await of_payment(shop, of) == []
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    assert await of_payment(shop, of) == [f"dispute {dispute['id']} is LOST there, OPEN here"]
    await shop.settle(of.account, of.payment.id, thorough=True)
    assert await of_payment(shop, of) == []
    await execute("UPDATE invoice SET status = 'PAID'")
    assert await told(shop, of.account) == [
        (
            f"invoice {of.invoice.number}",
            "it is shown as paid, and the payer's bank took it back",
        )
    ]


async def test_a_refund_that_was_not_sent_within_an_hour_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    refund = await request(shop.ports, of.account, asked(of, 100))
    shop.clock.move(hours=1)
    assert await of_payment(shop, of) == []
    shop.clock.move(seconds=1)
    assert await of_payment(shop, of) == [
        f"refund {encode(Kind.REFUND, refund.id)} was decided at 2026-10-30 09:30 UTC"
        " and was not sent"
    ]


async def test_a_refund_or_dispute_that_the_gateway_does_not_know_is_a_difference(
    shop: Shop,
) -> None:
    of = await paid(shop)
    shop.sandbox.dashboard.refund(of.charge, 100)
    shop.sandbox.dashboard.dispute(of.charge, 200)
    await shop.settle(of.account, of.payment.id, thorough=True)
    await execute("UPDATE refund SET reference = 're_other'")
    found = await of_payment(shop, of)
    assert found[-1] == "the gateway does not know refund re_other"
    assert len(found) == 2


async def test_refunds_and_disputes_of_a_payment_are_asked_for_once(shop: Shop) -> None:
    of = await paid(shop)
    asked_for = []

    class Counting(Silent):
        async def refunds_of(self, transaction: str) -> list[GatewayRefund]:
            asked_for.append(transaction)
            return await self._gateway.refunds_of(transaction)

    shop.with_ports(gateway=Counting(shop.ports.gateway, ""))
    assert await of_payment(shop, of) == []
    assert asked_for == [of.payment.transaction]


# -- amounts -----------------------------------------------------------------------------------


async def test_another_amount_at_the_gateway_than_was_asked_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    shop.sandbox.dashboard.tamper(of.payment.session_id or "", amount_total=949553)
    assert "the gateway took 949553 INR, 949552 INR was asked" in await of_payment(shop, of)


async def test_entries_that_are_not_what_was_charged_or_allocated_are_a_difference(
    shop: Shop,
) -> None:
    of = await paid(shop)
    await execute("UPDATE payment_allocation SET amount_minor = 9999")
    await execute("UPDATE payment SET amount_minor = 9999, charged_minor = 949551")
    assert await told(shop, of.account, ask_gateways=False) == [
        (named(of.payment.id), "949552 was booked as received, 949551 was charged"),
        (
            named(of.payment.id),
            "what was booked on its invoices is not what was allocated to them",
        ),
    ]


async def test_a_surplus_without_a_refund_is_a_difference(shop: Shop) -> None:
    of, _ = await paid_twice(shop)
    assert await of_payment(shop, of) == []
    await execute("DELETE FROM refund")
    assert await of_payment(shop, of) == ["10000 USD of it was not due, and no refund was decided"]


async def test_an_invoice_that_is_written_off_though_it_was_paid_is_a_difference(
    shop: Shop,
) -> None:
    of = await paid(shop)
    await execute("UPDATE invoice SET status = 'UNCOLLECTIBLE'")
    assert await told(shop, of.account) == [
        (f"invoice {of.invoice.number}", "it is shown as written off, and was paid in full")
    ]


# -- what only the gateway knows of ------------------------------------------------------------


async def test_a_payment_for_an_attempt_that_is_unknown_here_is_a_difference(shop: Shop) -> None:
    payment_id, amount = new_id(), Money(12_500, "INR")
    order = CheckoutOrder(
        payment_id=payment_id,
        items=(OrderItem("Invoice INV-1", amount),),
        description="Invoice INV-1",
        payer_email="payer@northwind.example",
        locale="en",
        success_url=SUCCESS_URL,
        cancel_url=CANCEL_URL,
        expires_at=shop.clock() + timedelta(hours=1),
        metadata={"payment_id": str(payment_id)},
    )
    page = await shop.ports.gateway.open_checkout(order)
    await shop.pay_session(page.session_id)
    intent = shop.sandbox.book.get("session", page.session_id)["payment_intent"]
    assert await told(shop, None) == [
        (
            "gateway stripe",
            f"it took 12500 INR as {intent} for {named(payment_id)}, which is unknown here",
        )
    ]
    assert await told(shop, await shop.account()) == []


async def test_a_second_payment_for_one_attempt_is_a_difference_of_its_account(shop: Shop) -> None:
    of = await paid(shop)
    await execute("UPDATE payment SET transaction = 'pi_other'")
    taken = f"the gateway took 949552 INR as {of.payment.transaction} for it, which is not booked"
    for account in (of.account, None):
        assert (named(of.payment.id), taken) in await told(shop, account)
    assert await told(shop, await shop.account()) == []


async def test_a_payment_of_other_software_is_told_and_no_difference(shop: Shop) -> None:
    of = await paid(shop)
    transaction = await paid_elsewhere(shop, "accounts1@northwind.example", 12_345)
    assert await told(shop, None) == []
    day = f"{shop.clock():%Y-%m-%d}"
    assert await told(shop, None, Weight.NOTE) == [
        (
            "gateway stripe",
            f"12345 USD as {transaction} on {day} is not booked and names no attempt",
        )
    ]
    assert await told(shop, of.account, Weight.NOTE) == []


async def test_the_walk_goes_on_past_what_a_gateway_lists_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for units in range(100, 107):
        await paid_elsewhere(shop, "payer@northwind.example", units)
        shop.clock.move(seconds=3)

    class Short(Silent):
        async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
            return (await self._gateway.find_payments(search))[:2]

    monkeypatch.setattr(audit_lists, "_FULL", 2)
    monkeypatch.setattr(audit_lists, "_NOTED_MAX", 3)
    shop.with_ports(gateway=Short(shop.ports.gateway, ""))
    found = [one async for one in audit(shop.ports) if one.weight is Weight.NOTE]
    notes = [one.what for one in found]
    assert [note.partition(" ")[0] for note in notes] == ["106", "105", "104", "4"]
    assert notes[-1] == "4 more payments of the last 30 days name no attempt"
    assert [one.stands_for for one in found] == [1, 1, 1, 4]


# -- silence -----------------------------------------------------------------------------------


async def test_a_gateway_that_does_not_answer_about_one_payment_stops_nothing(shop: Shop) -> None:
    first, second = await paid(shop), await paid(shop)
    shop.sandbox.dashboard.refund(second.charge, 100)
    shop.with_ports(gateway=Silent(shop.ports.gateway, first.payment.session_id))
    assert await told(shop, None, Weight.NOT_CHECKED) == [
        (named(first.payment.id), "it was not checked: the gateway does not answer")
    ]
    assert [about for about, _ in await told(shop, None)] == [named(second.payment.id)] * 2


async def test_a_list_that_could_not_be_read_is_told(shop: Shop) -> None:
    of = await paid(shop)
    shop.with_ports(gateway=Silent(shop.ports.gateway, None))
    assert await told(shop, of.account, Weight.NOT_CHECKED) == [
        ("gateway stripe", "what it took was not listed: the gateway does not answer")
    ]


async def test_a_gateway_that_is_known_to_be_down_is_not_waited_for(shop: Shop) -> None:
    payments = [(await paid(shop)).payment.id for _ in range(7)]
    shop.with_ports(gateway=CircuitBreaker(shop.ports.gateway, shop.clock))
    shop.sandbox.faults.add("outage")
    silent = await told(shop, None, Weight.NOT_CHECKED)
    assert [about for about, _ in silent] == [named(one) for one in payments] + ["gateway stripe"]
    assert await told(shop, None, ask_gateways=False) == []


async def test_what_was_made_at_a_gateway_that_is_not_configured_is_not_checked(shop: Shop) -> None:
    of = await paid(shop)
    await execute("UPDATE payment SET gateway = 'former' WHERE id = $1", of.payment.id)
    what = "it was not checked: its gateway former is not configured"
    assert await told(shop, of.account, Weight.NOT_CHECKED) == [(named(of.payment.id), what)]
    # The gateway that is configured lists the payment, too: as one of nothing that is booked there.
    assert [about for about, _ in await told(shop, of.account)] == [named(of.payment.id)]
