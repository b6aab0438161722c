"""What the seller, the payer's bank and the gateway do by hand, through the control API."""

from typing import Any

import pytest
import stripe

from service.sandbox.errors import Fault, Missing, Refused
from tests.contract.conftest import Gate

JSON = dict[str, Any]


async def paid(gate: Gate, **order: Any) -> Any:
    session = await gate.session(**order)
    await gate.control(f"sessions/{session.id}/pay")
    path = "payment_intent.latest_charge"
    return (await gate.read(session, path)).payment_intent.latest_charge


async def events(gate: Gate, last: int) -> list[Any]:
    """The newest events, oldest first."""
    page = await gate.stripe.v1.events.list_async({"limit": last})
    return list(reversed(page.data))


async def balance(gate: Gate) -> list[tuple[str, int]]:
    page = await gate.stripe.v1.balance_transactions.list_async({"limit": 100})
    return [(entry.type, entry.amount) for entry in reversed(page.data)]


async def refused(gate: Gate, where: str, **body: Any) -> JSON:
    """POST to the control API; it must refuse, and no event may tell of it."""
    before = await gate.event_types()
    answer = await gate.browser.post(f"/_sandbox/{where}", json=body)
    assert answer.status_code in (400, 404), answer.text
    assert await gate.event_types() == before
    error: JSON = answer.json()["error"]
    return error


# -- refunds of the seller ---------------------------------------------------------------------


async def test_a_refund_in_the_dashboard_looks_like_one_by_api_without_its_request(
    gate: Gate,
) -> None:
    charge = await paid(gate)
    refund = await gate.control(f"charges/{charge.id}/refund", amount=25000)
    assert (refund["amount"], refund["status"], refund["metadata"]) == (25000, "succeeded", {})
    by_api = await gate.stripe.v1.refunds.create_async({"charge": charge.id, "amount": 1000})
    assert by_api.to_dict().keys() == refund.keys()
    told = await events(gate, 4)
    assert [event.type for event in told] == ["refund.created", "charge.refunded"] * 2
    assert [event.request.id for event in told[:2]] == [None, None]
    assert told[2].request.id == by_api.last_response.request_id
    now = await gate.stripe.v1.charges.retrieve_async(charge.id)
    assert (now.amount_refunded, now.refunded) == (26000, False)


@pytest.mark.parametrize("body", [{}, {"amount": None}])
async def test_a_refund_without_an_amount_gives_back_the_rest(gate: Gate, body: JSON) -> None:
    charge = await paid(gate)
    await gate.control(f"charges/{charge.id}/refund", amount=25000)
    rest = await gate.control(f"charges/{charge.id}/refund", **body)
    assert rest["amount"] == 100000
    assert (await gate.stripe.v1.charges.retrieve_async(charge.id)).refunded is True


async def test_a_refund_in_the_dashboard_can_fail_later(gate: Gate) -> None:
    charge = await paid(gate)
    refund = await gate.control(f"charges/{charge.id}/refund", amount=25000, fails=True)
    assert refund["status"] == "succeeded"
    gate.clock.move(5)
    failed = await gate.stripe.v1.refunds.retrieve_async(refund["id"])
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    assert (await gate.stripe.v1.charges.retrieve_async(charge.id)).amount_refunded == 0
    assert await balance(gate) == [
        ("refund", -25000),
        ("charge", 125000),
        ("refund_failure", 25000),
    ]


@pytest.mark.parametrize(("fails", "ends"), [(False, "succeeded"), (True, "failed")])
async def test_a_pending_refund_is_decided_by_the_clock(gate: Gate, fails: bool, ends: str) -> None:
    charge = await paid(gate)
    refund = await gate.control(f"charges/{charge.id}/refund", pending=True, fails=fails)
    assert (refund["status"], refund["pending_reason"]) == ("pending", "processing")
    gate.clock.move(4.9)
    assert (await gate.stripe.v1.refunds.retrieve_async(refund["id"])).status == "pending"
    gate.clock.move(0.1)
    decided = await gate.stripe.v1.refunds.retrieve_async(refund["id"])
    assert (decided.status, decided.pending_reason) == (ends, None)


@pytest.mark.parametrize(("deed", "ends"), [("succeed", "succeeded"), ("fail", "failed")])
async def test_a_pending_refund_can_be_decided_at_once_and_the_clock_leaves_it(
    gate: Gate, deed: str, ends: str
) -> None:
    charge = await paid(gate)
    refund = await gate.control(f"charges/{charge.id}/refund", pending=True, fails=deed != "fail")
    decided = await gate.control(f"refunds/{refund['id']}/{deed}")
    assert decided["status"] == ends
    told = ["refund.updated", "charge.refund.updated"] + ["refund.failed"] * (ends == "failed")
    assert [event.type for event in await events(gate, len(told))] == told
    gate.clock.move(60)
    later = await gate.stripe.v1.refunds.retrieve_async(refund["id"])
    assert later.to_dict() == decided


async def test_a_refund_that_was_decided_is_not_decided_again(gate: Gate) -> None:
    charge = await paid(gate)
    refund = await gate.control(f"charges/{charge.id}/refund", pending=True)
    await gate.control(f"refunds/{refund['id']}/fail")
    for deed in ("succeed", "fail"):
        error = await refused(gate, f"refunds/{refund['id']}/{deed}")
        assert error["message"] == f"Refund {refund['id']} has a status of `failed`."
    gate.clock.move(60)
    assert (await gate.stripe.v1.refunds.retrieve_async(refund["id"])).status == "failed"
    amounts = [amount for kind, amount in await balance(gate) if kind.startswith("refund")]
    assert amounts == [-125000, 125000]


async def test_an_arrived_refund_can_still_come_back_but_not_arrive_twice(gate: Gate) -> None:
    charge = await paid(gate)
    refund = await gate.control(f"charges/{charge.id}/refund", amount=1000)
    await refused(gate, f"refunds/{refund['id']}/succeed")
    assert (await gate.control(f"refunds/{refund['id']}/fail"))["status"] == "failed"
    assert (await gate.stripe.v1.charges.retrieve_async(charge.id)).amount_refunded == 0


async def test_the_dashboard_refunds_no_more_than_is_left(gate: Gate) -> None:
    charge = await paid(gate)
    error = await refused(gate, f"charges/{charge.id}/refund", amount=125001)
    assert error["param"] == "amount"
    await refused(gate, f"charges/{charge.id}/refund", amount=0)
    await refused(gate, "charges/ch_none/refund")
    assert (await gate.stripe.v1.refunds.list_async()).data == []


# -- disputes ----------------------------------------------------------------------------------


async def test_any_charge_can_be_disputed_and_the_dispute_won(gate: Gate) -> None:
    charge = await paid(gate)
    dispute = await gate.control(f"charges/{charge.id}/dispute", amount=40000, reason="duplicate")
    assert (dispute["amount"], dispute["reason"]) == (40000, "duplicate")
    assert (dispute["status"], dispute["charge"]) == ("needs_response", charge.id)
    won = await gate.control(f"disputes/{dispute['id']}/win")
    assert won["status"] == "won"
    assert [event.type for event in await events(gate, 4)] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]
    assert {event.request.id for event in await events(gate, 4)} == {None}
    assert await balance(gate) == [("adjustment", -40000), ("adjustment", 40000)]


async def test_a_dispute_can_be_lost_under_review_and_is_decided_once(gate: Gate) -> None:
    charge = await paid(gate)
    dispute = await gate.control(f"charges/{charge.id}/dispute")
    assert dispute["amount"] == 125000
    evidence = {"service_date": "2026-10-01"}
    await gate.stripe.v1.disputes.update_async(dispute["id"], {"evidence": evidence})
    assert (await gate.control(f"disputes/{dispute['id']}/lose"))["status"] == "lost"
    for ending in ("win", "lose"):
        error = await refused(gate, f"disputes/{dispute['id']}/{ending}")
        assert error["message"] == f"Dispute {dispute['id']} has a status of `lost`."
    assert await balance(gate) == [("adjustment", -125000)]


async def test_a_dispute_decided_by_hand_is_left_by_the_clock(gate: Gate) -> None:
    charge = await paid(gate)
    dispute = await gate.control(f"charges/{charge.id}/dispute")
    evidence = {"uncategorized_text": "winning_evidence"}
    await gate.stripe.v1.disputes.update_async(dispute["id"], {"evidence": evidence})
    lost = await gate.control(f"disputes/{dispute['id']}/lose")
    gate.clock.move(30 * 24 * 3600)
    later = await gate.stripe.v1.disputes.retrieve_async(dispute["id"])
    assert later.to_dict() == lost


async def test_a_charge_refunded_in_part_is_disputed_whole_and_the_part_comes_back(
    gate: Gate,
) -> None:
    charge = await paid(gate)
    await gate.control(f"charges/{charge.id}/refund", amount=25000)
    dispute = await gate.control(f"charges/{charge.id}/dispute", amount=125000)
    assert (await gate.control(f"disputes/{dispute['id']}/lose"))["status"] == "lost"
    moved = [("adjustment", -125000), ("adjustment", 25000)]
    assert [one for one in await balance(gate) if one[0] == "adjustment"] == moved
    assert [event.type for event in await events(gate, 2)] == [
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


async def test_a_charge_is_disputed_in_parts_up_to_what_is_left(gate: Gate) -> None:
    charge = await paid(gate)
    await gate.control(f"charges/{charge.id}/refund", amount=25000)
    await gate.control(f"charges/{charge.id}/dispute", amount=60000)
    error = await refused(gate, f"charges/{charge.id}/dispute", amount=65001)
    assert "greater than what is left" in error["message"]
    second = await gate.control(f"charges/{charge.id}/dispute")
    assert second["amount"] == 40000
    error = await refused(gate, f"charges/{charge.id}/dispute")
    assert "nothing of it is left" in error["message"]


async def test_a_bank_debit_is_disputed_without_a_card_network(gate: Gate) -> None:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay", outcome="debit_succeeds")
    gate.clock.move(5)
    charge = (await gate.read(session, "payment_intent")).payment_intent.latest_charge
    dispute = await gate.control(f"charges/{charge}/dispute", reason="debit_not_authorized")
    assert (dispute["payment_method_details"], dispute["network_reason_code"]) == (None, None)


async def test_a_dispute_needs_a_captured_charge_and_a_known_reason(gate: Gate) -> None:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/authorise")
    held = (await gate.read(session, "payment_intent")).payment_intent.latest_charge
    assert "not captured" in (await refused(gate, f"charges/{held}/dispute"))["message"]
    charge = await paid(gate)
    error = await refused(gate, f"charges/{charge.id}/dispute", reason="weather")
    assert error["param"] == "reason"


# -- money that is only held -------------------------------------------------------------------


async def test_a_payment_can_be_authorised_without_being_captured(gate: Gate) -> None:
    session = await gate.session()
    answer = await gate.control(f"sessions/{session.id}/authorise")
    assert (answer["outcome"], answer["payment_status"]) == ("complete", "unpaid")
    held = await gate.read(session, "payment_intent.latest_charge")
    intent = held.payment_intent
    assert (intent.status, intent.capture_method) == ("requires_capture", "manual")
    assert (intent.amount_capturable, intent.amount_received) == (125000, 0)
    assert (intent.latest_charge.captured, intent.latest_charge.paid) == (False, True)
    gate.clock.move(60)
    assert await balance(gate) == []


async def test_what_is_authorised_can_be_captured_in_part(gate: Gate) -> None:
    session = await gate.session()
    intent_id = (await gate.control(f"sessions/{session.id}/authorise"))["payment_intent"]
    await refused(gate, f"payment_intents/{intent_id}/capture", amount=125001)
    captured = await gate.control(f"payment_intents/{intent_id}/capture", amount=100000)
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 100000)
    assert (await gate.read(session)).payment_status == "paid"
    told = await events(gate, 2)
    assert [event.type for event in told] == ["charge.captured", "payment_intent.succeeded"]
    assert [event.request.id for event in told] == [None, None]
    await refused(gate, f"payment_intents/{intent_id}/cancel")


async def test_what_is_authorised_can_be_let_go(gate: Gate) -> None:
    session = await gate.session()
    intent_id = (await gate.control(f"sessions/{session.id}/authorise"))["payment_intent"]
    await refused(gate, f"payment_intents/{intent_id}/cancel", reason="mood")
    canceled = await gate.control(f"payment_intents/{intent_id}/cancel", reason="automatic")
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "automatic")
    assert (await gate.read(session)).payment_status == "unpaid"
    await refused(gate, f"payment_intents/{intent_id}/capture")


async def test_a_second_try_after_a_decline_can_be_authorised(gate: Gate) -> None:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay", outcome="declined")
    await gate.control(f"sessions/{session.id}/authorise")
    intent = (await gate.read(session, "payment_intent")).payment_intent
    assert (intent.status, intent.capture_method) == ("requires_capture", "manual")


async def test_authorising_leaves_a_paid_session_alone(gate: Gate) -> None:
    charge = await paid(gate)
    session = (await gate.stripe.v1.checkout.sessions.list_async()).data[0]
    answer = await gate.control(f"sessions/{session.id}/authorise")
    assert (answer["outcome"], answer["payment_status"]) == ("complete", "paid")
    intent = await gate.stripe.v1.payment_intents.retrieve_async(charge.payment_intent)
    assert intent.capture_method == "automatic_async"


# -- the gateway by itself ---------------------------------------------------------------------


async def test_the_gateway_expires_a_session_before_its_time(gate: Gate) -> None:
    session = await gate.session()
    expired = await gate.control(f"sessions/{session.id}/expire")
    assert (expired["status"], expired["url"]) == ("expired", None)
    (event,) = await events(gate, 1)
    assert (event.type, event.request.id) == ("checkout.session.expired", None)
    await refused(gate, f"sessions/{session.id}/expire")
    assert (await gate.submit(session)).status_code == 410


@pytest.mark.parametrize(
    ("where", "body"),
    [
        ("refund", {"amount": "1"}),
        ("refund", {"amount": True}),
        ("refund", {"fails": 1}),
        ("refund", {"note": "x"}),
        ("dispute", {"reason": 7}),
    ],
)
async def test_a_deed_takes_only_what_it_knows(gate: Gate, where: str, body: JSON) -> None:
    charge = await paid(gate)
    error = await refused(gate, f"charges/{charge.id}/{where}", **body)
    ((name, value),) = body.items()
    assert error["message"] == f"cannot take {name}={value!r}"


# -- without HTTP ------------------------------------------------------------------------------


async def test_a_program_does_all_of_it_without_http(gate: Gate) -> None:
    by_hand = gate.sandbox.dashboard
    session = await gate.session()
    answer = by_hand.pay(session.id, "challenge")
    assert answer["outcome"] == "challenge"
    answer = by_hand.authenticate(session.id, passed=True)
    assert answer["success_url"] == f"https://seller.test/return?cs={session.id}"
    intent = await gate.stripe.v1.payment_intents.retrieve_async(answer["payment_intent"])
    refund = by_hand.refund(intent.latest_charge, 1000, pending=True)
    assert by_hand.succeed_refund(refund["id"])["status"] == "succeeded"
    dispute = by_hand.dispute(intent.latest_charge)
    assert dispute["amount"] == 124000
    assert by_hand.lose_dispute(dispute["id"])["status"] == "lost"
    with pytest.raises(Refused):
        by_hand.win_dispute(dispute["id"])
    with pytest.raises(Missing):
        by_hand.expire("cs_test_none")
    gate.sandbox.faults.add("outage")
    with pytest.raises(Fault):
        by_hand.pay(session.id)


async def test_in_an_outage_the_seller_and_the_banks_go_on(gate: Gate) -> None:
    charge = await paid(gate)
    gate.sandbox.faults.add("outage")
    await gate.control(f"charges/{charge.id}/refund", amount=1000)
    with pytest.raises(stripe.APIError):
        await gate.stripe.v1.refunds.list_async()
    gate.sandbox.faults.clear()
    assert len((await gate.stripe.v1.refunds.list_async()).data) == 1
