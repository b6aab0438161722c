"""After the payer: captures by hand, and the fees that come later."""

import pytest
import stripe

from tests.contract.conftest import Gate


async def test_a_manual_capture_is_authorised_then_captured_in_part(gate: Gate) -> None:
    session = await gate.session(payment_intent_data={"capture_method": "manual"})
    await gate.submit(session)
    held = await gate.read(session, "payment_intent.latest_charge")
    assert (held.status, held.payment_status) == ("complete", "unpaid")
    assert held.payment_intent.status == "requires_capture"
    charge = held.payment_intent.latest_charge
    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, False)
    assert held.payment_intent.amount_capturable == 125000
    intents = gate.stripe.v1.payment_intents
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and"):
        await intents.capture_async(held.payment_intent.id, {"amount_to_capture": 125001})
    await intents.capture_async(held.payment_intent.id, {"amount_to_capture": 100000})
    paid = await gate.read(session, "payment_intent.latest_charge")
    assert (paid.payment_status, paid.payment_intent.amount_received) == ("paid", 100000)
    charge = paid.payment_intent.latest_charge
    assert (charge.amount_captured, charge.amount_refunded) == (100000, 25000)


async def test_the_intent_of_an_open_session_cannot_be_canceled_by_itself(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session, number="4000000000000002")
    intent = (await gate.read(session)).payment_intent
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session instead"):
        await gate.stripe.v1.payment_intents.cancel_async(intent)
    assert (await gate.read(session)).status == "open"


async def test_the_fee_is_known_a_little_after_the_capture(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session)
    path = "payment_intent.latest_charge.balance_transaction"
    paid = await gate.read(session, path)
    assert paid.payment_intent.latest_charge.balance_transaction is None
    gate.clock.move(1)
    posted = (await gate.read(session, path)).payment_intent.latest_charge.balance_transaction
    assert (posted.amount, posted.fee, posted.net) == (125000, 3655, 121345)
    events = await gate.stripe.v1.events.list_async({"type": "charge.updated"})
    assert events.data[0].data.previous_attributes.to_dict() == {"balance_transaction": None}
    assert events.data[0].data.object.balance_transaction == posted.id


async def test_half_a_unit_of_fee_rounds_up(gate: Gate) -> None:
    price = {"currency": "inr", "unit_amount": 500, "product_data": {"name": "x"}}
    session = await gate.session(line_items=[{"quantity": 1, "price_data": price}])
    await gate.submit(session)
    gate.clock.move(1)
    posted = (await gate.stripe.v1.balance_transactions.list_async()).data[0]
    assert (posted.fee, posted.net) == (45, 455)
