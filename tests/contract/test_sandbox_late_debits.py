"""A session that expires while its bank debit is still processing."""

from typing import Any

import pytest

from tests.contract.conftest import Gate, OpenGate


async def expired_while_processing(gate: Gate, outcome: str) -> Any:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay", outcome=outcome)
    await gate.control(f"sessions/{session.id}/expire")
    return session


async def test_the_session_is_expired_and_the_payment_goes_on(gate: Gate) -> None:
    session = await expired_while_processing(gate, "debit_succeeds")
    late = await gate.read(session, "payment_intent.latest_charge")
    assert (late.status, late.payment_status, late.url) == ("expired", "unpaid", None)
    assert late.payment_intent.status == "processing"
    assert late.payment_intent.latest_charge.status == "pending"
    assert (await gate.event_types())[-2:] == [
        "checkout.session.completed",
        "checkout.session.expired",
    ]


async def test_the_debit_succeeds_and_only_its_intent_tells(gate: Gate) -> None:
    session = await expired_while_processing(gate, "debit_succeeds")
    gate.clock.move(5)
    late = await gate.read(session, "payment_intent.latest_charge")
    assert (late.status, late.payment_status) == ("expired", "unpaid")
    intent = late.payment_intent
    assert (intent.status, intent.amount_received) == ("succeeded", 125000)
    assert (intent.latest_charge.paid, intent.latest_charge.captured) == (True, True)
    assert (await gate.event_types())[-3:] == [
        "checkout.session.expired",
        "charge.succeeded",
        "payment_intent.succeeded",
    ]


async def test_the_debit_fails_and_only_its_intent_tells(gate: Gate) -> None:
    session = await expired_while_processing(gate, "debit_fails")
    gate.clock.move(5)
    late = await gate.read(session, "payment_intent.latest_charge")
    assert (late.status, late.payment_status) == ("expired", "unpaid")
    assert late.payment_intent.status == "requires_payment_method"
    assert late.payment_intent.latest_charge.status == "failed"
    assert (await gate.event_types())[-3:] == [
        "checkout.session.expired",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


async def test_it_expires_once_and_takes_no_other_payment(gate: Gate) -> None:
    session = await expired_while_processing(gate, "debit_succeeds")
    before = await gate.event_types()
    again = await gate.browser.post(f"/_sandbox/sessions/{session.id}/expire", json={})
    assert again.status_code == 400
    assert (await gate.submit(session)).status_code == 410
    assert await gate.event_types() == before


@pytest.mark.parametrize("outcome", ["success", "debit_fails"])
async def test_a_session_whose_payment_has_ended_cannot_expire(gate: Gate, outcome: str) -> None:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay", outcome=outcome)
    gate.clock.move(5)
    before = (await gate.read(session)).to_dict()
    answer = await gate.browser.post(f"/_sandbox/sessions/{session.id}/expire", json={})
    assert answer.status_code == 400
    assert (await gate.read(session)).to_dict() == before


async def test_a_late_debit_can_be_refunded(open_gate: OpenGate) -> None:
    gate = await open_gate(debit_settles_after_s=3 * 24 * 3600)
    session = await expired_while_processing(gate, "debit_succeeds")
    gate.clock.move(3 * 24 * 3600)
    intent = (await gate.read(session)).payment_intent
    refund = await gate.stripe.v1.refunds.create_async({"payment_intent": intent})
    assert (refund.amount, refund.status) == (125000, "pending")
