"""Refunds never give back more than was taken."""

import asyncio
from typing import Any

import pytest
import stripe

from tests.contract.conftest import Gate


async def paid(gate: Gate, **form: str) -> Any:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay", **form)
    gate.clock.move(6)
    intent = (await gate.read(session, "payment_intent.latest_charge")).payment_intent
    return intent.latest_charge


async def charge_of(gate: Gate, charge: Any) -> Any:
    return await gate.stripe.v1.charges.retrieve_async(charge.id, {"expand": ["refunds"]})


async def test_a_refund_in_parts_ends_fully_refunded(gate: Gate) -> None:
    charge = await paid(gate)
    refunds = gate.stripe.v1.refunds
    part = await refunds.create_async(
        {"charge": charge.id, "amount": 25000, "metadata": {"note": "1"}, "reason": "duplicate"}
    )
    assert (part.amount, part.currency, part.status) == (25000, "inr", "succeeded")
    assert (part.metadata.to_dict(), part.reason) == ({"note": "1"}, "duplicate")
    now = await charge_of(gate, charge)
    assert (now.amount_refunded, now.refunded) == (25000, False)
    rest = await refunds.create_async({"payment_intent": charge.payment_intent})
    assert rest.amount == 100000
    now = await charge_of(gate, charge)
    assert (now.amount_refunded, now.refunded) == (125000, True)
    assert [refund.id for refund in now.refunds.data] == [rest.id, part.id]
    assert (await gate.event_types())[-4:] == ["refund.created", "charge.refunded"] * 2


@pytest.mark.parametrize(
    ("amount", "message"),
    [(0, "Invalid positive integer"), (-1, "Invalid positive integer"), (125001, "greater than")],
)
async def test_an_amount_out_of_range_is_refused(gate: Gate, amount: int, message: str) -> None:
    charge = await paid(gate)
    with pytest.raises(stripe.InvalidRequestError, match=message) as caught:
        await gate.stripe.v1.refunds.create_async({"charge": charge.id, "amount": amount})
    assert caught.value.param == "amount"
    assert (await charge_of(gate, charge)).amount_refunded == 0


async def test_a_second_full_refund_is_refused(gate: Gate) -> None:
    charge = await paid(gate)
    await gate.stripe.v1.refunds.create_async({"charge": charge.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await gate.stripe.v1.refunds.create_async({"charge": charge.id})
    assert caught.value.code == "charge_already_refunded"
    assert len((await gate.stripe.v1.refunds.list_async({"charge": charge.id})).data) == 1


async def test_refunds_at_once_never_exceed_the_charge(gate: Gate) -> None:
    charge = await paid(gate)
    made = await asyncio.gather(
        *(
            gate.stripe.v1.refunds.create_async({"charge": charge.id, "amount": 20000})
            for _ in range(20)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(entry, stripe.Refund) for entry in made) == 6
    assert (await charge_of(gate, charge)).amount_refunded == 120000


async def test_what_was_not_captured_cannot_be_refunded(gate: Gate) -> None:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay", outcome="declined")
    intent = (await gate.read(session)).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="was not captured"):
        await gate.stripe.v1.refunds.create_async({"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError, match="exactly one"):
        await gate.stripe.v1.refunds.create_async({"amount": 1})


async def test_a_refund_can_be_pending_before_it_succeeds(gate: Gate) -> None:
    charge = await paid(gate, number="4000000000007726")
    refund = await gate.stripe.v1.refunds.create_async({"charge": charge.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    gate.clock.move(5)
    assert (await gate.stripe.v1.refunds.retrieve_async(refund.id)).status == "succeeded"
    assert (await gate.event_types())[-2:] == ["refund.updated", "charge.refund.updated"]


async def test_a_refund_can_fail_later_and_gives_the_charge_its_money_back(gate: Gate) -> None:
    charge = await paid(gate, number="4000000000005126")
    refund = await gate.stripe.v1.refunds.create_async({"charge": charge.id, "amount": 5000})
    assert refund.status == "succeeded"
    gate.clock.move(5)
    failed = await gate.stripe.v1.refunds.retrieve_async(
        refund.id, {"expand": ["failure_balance_transaction"]}
    )
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert failed.failure_balance_transaction.amount == 5000
    assert (await charge_of(gate, charge)).amount_refunded == 0
    assert (await gate.event_types())[-1] == "refund.failed"


async def test_a_debit_is_refunded_with_a_delay(gate: Gate) -> None:
    charge = await paid(gate, outcome="debit_succeeds")
    assert charge.id.startswith("py_")
    refund = await gate.stripe.v1.refunds.create_async({"charge": charge.id})
    assert refund.status == "pending"
    assert refund.destination_details.type == "us_bank_transfer"


async def test_the_balance_is_the_sum_of_what_came_and_went(gate: Gate) -> None:
    charge = await paid(gate)
    await gate.stripe.v1.refunds.create_async({"charge": charge.id, "amount": 25000})
    page = await gate.stripe.v1.balance_transactions.list_async({"expand": ["data.source"]})
    assert [(entry.type, entry.amount, entry.fee, entry.net) for entry in page.data] == [
        ("refund", -25000, 0, -25000),
        ("charge", 125000, 3655, 121345),
    ]
    assert page.data[1].source.id == charge.id
