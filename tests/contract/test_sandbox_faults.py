"""Faults on demand, and the rest of the control API."""

from typing import Any

import pytest
import stripe

from tests.contract.conftest import Gate

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


async def paid(gate: Gate) -> Any:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay")
    return session


async def undelivered(gate: Gate) -> list[str]:
    page = await gate.stripe.v1.events.list_async({"delivery_success": False, "limit": 100})
    return [event.type for event in reversed(page.data)]


async def test_dropped_webhooks_stay_undelivered_until_they_are_resent(gate: Gate) -> None:
    await gate.control("faults", kind="drop_webhooks", types=["checkout.session.completed"])
    await paid(gate)
    gate.clock.move(3600)
    await gate.sandbox.tick()
    assert gate.receiver.types == [*PAID[:3], "charge.updated"]
    assert await undelivered(gate) == ["checkout.session.completed"]
    page = await gate.stripe.v1.events.list_async({"delivery_success": False})
    await gate.control(f"events/{page.data[0].id}/resend")
    await gate.sandbox.tick()
    assert gate.receiver.types[-1] == "checkout.session.completed"
    assert await undelivered(gate) == []


async def test_a_fault_for_the_next_two_touches_two(gate: Gate) -> None:
    await gate.control("faults", kind="drop_webhooks", next=2)
    await paid(gate)
    await gate.sandbox.tick()
    assert gate.receiver.types == PAID[2:]
    assert (await gate.browser.get("/_sandbox/faults")).json() == {"data": []}


async def test_duplicated_webhooks_carry_the_same_event(gate: Gate) -> None:
    await gate.control("faults", kind="duplicate_webhooks", copies=2, next=1)
    await paid(gate)
    await gate.sandbox.tick()
    assert gate.receiver.types == [PAID[0]] * 3 + PAID[1:]
    assert len({event["id"] for event in gate.receiver.events}) == 4
    assert await undelivered(gate) == []


async def test_delayed_webhooks_come_later(gate: Gate) -> None:
    await gate.control("faults", kind="delay_webhooks", seconds=30, types=PAID[-1:])
    await paid(gate)
    await gate.sandbox.tick()
    assert gate.receiver.types == PAID[:3]
    gate.clock.move(30)
    await gate.sandbox.tick()
    assert gate.receiver.types[3:] == [PAID[-1], "charge.updated"]


async def test_reordered_webhooks_arrive_last_first(gate: Gate) -> None:
    await gate.control("faults", kind="reorder_webhooks", window=4)
    await paid(gate)
    gate.clock.move(0.5)
    await gate.sandbox.tick()
    assert gate.receiver.types == PAID[::-1]


async def test_held_webhooks_go_when_the_reordering_is_lifted(gate: Gate) -> None:
    fault = await gate.control("faults", kind="reorder_webhooks", window=100)
    await paid(gate)
    assert await gate.sandbox.tick() == 0
    lifted = await gate.browser.delete(f"/_sandbox/faults/{fault['id']}")
    assert lifted.json() == {"data": [fault]}
    gate.clock.move(0.5)
    await gate.sandbox.tick()
    assert gate.receiver.types == PAID[::-1]


async def test_in_an_outage_everything_is_down_and_webhooks_wait(gate: Gate) -> None:
    session = await paid(gate)
    fault = await gate.control("faults", kind="outage")
    with pytest.raises(stripe.APIError) as caught:
        await gate.read(session)
    assert caught.value.http_status == 503
    assert (await gate.browser.get(f"/c/pay/{session.id}")).status_code == 503
    paying = await gate.browser.post(f"/_sandbox/sessions/{session.id}/pay", json={})
    assert paying.status_code == 503
    assert await gate.sandbox.tick() == 0
    assert (await gate.browser.get("/healthz")).json()["status"] == "ok"
    await gate.browser.delete(f"/_sandbox/faults/{fault['id']}")
    assert await gate.sandbox.tick() == 4
    assert (await gate.read(session)).payment_status == "paid"


@pytest.mark.parametrize(
    ("status", "error"), [(409, stripe.APIError), (429, stripe.RateLimitError)]
)
async def test_calls_fail_as_told_before_any_effect(
    gate: Gate, status: int, error: type[Exception]
) -> None:
    await gate.control("faults", kind="fail_api", status=status, next=1, path="/v1/customers")
    assert (await gate.session()).status == "open"
    with pytest.raises(error):
        await gate.stripe.v1.customers.create_async({}, {"idempotency_key": "k"})
    assert (await gate.stripe.v1.customers.list_async()).data == []
    made = await gate.stripe.v1.customers.create_async({}, {"idempotency_key": "k"})
    assert "idempotent-replayed" not in made.last_response.headers


async def test_a_hanging_call_is_answered_late_with_its_effect(gate: Gate) -> None:
    await gate.control("faults", kind="hang_api", seconds=30, when="after", method="POST")
    before = gate.clock.now
    session = await gate.session()
    assert (gate.clock.now - before).total_seconds() == 30
    assert session.created == int(before.timestamp())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "rain"},
        {"kind": "outage", "seconds": 1},
        {"kind": "drop_webhooks", "next": 0},
        {"kind": "drop_webhooks", "types": "all"},
        {"kind": "duplicate_webhooks", "copies": -1},
        {"kind": "delay_webhooks", "seconds": "long"},
        {"kind": "fail_api", "status": 200},
        {"kind": "fail_api", "when": "during"},
        {"kind": "hang_api", "seconds": 1e9},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(gate: Gate, body: dict[str, Any]) -> None:
    answer = await gate.browser.post("/_sandbox/faults", json=body)
    assert answer.status_code == 400
    assert gate.sandbox.faults.active == []


# -- the rest of the control API ---------------------------------------------------------------


async def test_the_clock_can_be_moved_and_what_is_due_happens(gate: Gate) -> None:
    session = await gate.session()
    answer = await gate.control("clock", seconds=24 * 3600)
    assert answer["clock_shift_s"] == 24 * 3600
    assert (await gate.read(session)).status == "expired"
    assert await gate.sandbox.tick() == 1
    # Receivers judge a signature by their own clock, which nobody moved.
    assert gate.receiver.signatures[0].startswith(f"t={int(gate.clock.now.timestamp())},")


@pytest.mark.parametrize("paid_first", [True, False])
async def test_a_session_can_be_made_to_lie(gate: Gate, paid_first: bool) -> None:
    session = await gate.session()
    if paid_first:
        await gate.submit(session)
    await gate.control(
        f"sessions/{session.id}/tamper", amount_total=1, currency="usd", livemode=True
    )
    if not paid_first:
        await gate.submit(session)
    lie = await gate.read(session, "payment_intent.latest_charge")
    intent, charge = lie.payment_intent, lie.payment_intent.latest_charge
    assert (lie.amount_total, lie.amount_subtotal) == (1, 1)
    assert (intent.amount, intent.amount_received) == (1, 1)
    assert (charge.amount, charge.amount_captured) == (1, 1)
    assert {lie.currency, intent.currency, charge.currency} == {"usd"}
    assert [lie.livemode, intent.livemode, charge.livemode] == [True, True, True]


async def test_a_lie_about_a_declined_payment_takes_no_money(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session, number="4000000000000002")
    await gate.control(f"sessions/{session.id}/tamper", amount_total=1)
    intent = (await gate.read(session, "payment_intent.latest_charge")).payment_intent
    assert (intent.amount, intent.amount_received) == (1, 0)
    assert (intent.latest_charge.amount, intent.latest_charge.amount_captured) == (1, 0)


@pytest.mark.parametrize(
    "body", [{"amount_total": "1"}, {"livemode": 1}, {"currency": "USD"}, {"status": "complete"}]
)
async def test_a_lie_must_be_well_formed(gate: Gate, body: dict[str, Any]) -> None:
    session = await gate.session()
    answer = await gate.browser.post(f"/_sandbox/sessions/{session.id}/tamper", json=body)
    assert answer.status_code == 400
    assert (await gate.read(session)).to_dict() == session.to_dict()


async def test_paying_by_program_answers_how_it_went(gate: Gate) -> None:
    session = await gate.session()
    declined = await gate.control(f"sessions/{session.id}/pay", outcome="insufficient_funds")
    assert (declined["outcome"], declined["status"]) == ("declined", "open")
    assert declined["decline_code"] == "insufficient_funds"
    challenged = await gate.control(f"sessions/{session.id}/pay", outcome="challenge")
    assert challenged["outcome"] == "challenge"
    done = await gate.control(f"sessions/{session.id}/authenticate", result="complete")
    assert (done["outcome"], done["payment_status"]) == ("complete", "paid")
    assert done["success_url"] == f"https://seller.test/return?cs={session.id}"
    wrong = await gate.browser.post(f"/_sandbox/sessions/{session.id}/pay", json={"number": "4242"})
    assert wrong.status_code == 400
    assert "Your card number is incomplete." in wrong.json()["error"]["message"]
    missing = await gate.browser.post("/_sandbox/sessions/cs_none/pay", json={})
    assert missing.status_code == 404


async def test_a_page_in_a_browser_cannot_drive_the_control_api(gate: Gate) -> None:
    answer = await gate.browser.post("/_sandbox/faults", content=b'{"kind": "outage"}')
    form = await gate.browser.post("/_sandbox/faults", data={"kind": "outage"})
    assert answer.status_code == form.status_code == 400
    assert gate.sandbox.faults.active == []
