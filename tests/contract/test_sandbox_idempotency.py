"""Idempotency keys: one effect, one answer."""

import asyncio
from collections.abc import Mapping

import pytest
import stripe

from tests.contract.conftest import Gate, OpenGate


def headers(caught: pytest.ExceptionInfo[stripe.StripeError]) -> Mapping[str, str]:
    assert caught.value.headers is not None
    return caught.value.headers


async def session_ids(gate: Gate) -> list[str]:
    page = await gate.stripe.v1.checkout.sessions.list_async({"limit": 100})
    return [session.id for session in page.data]


async def test_the_same_key_and_parameters_get_the_first_answer(gate: Gate) -> None:
    first = await gate.session(key="pay-1")
    await gate.submit(first)
    second = await gate.session(key="pay-1")
    assert second.to_dict() == first.to_dict()
    assert second.status == "open"
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    assert second.last_response.request_id != first.last_response.request_id
    assert await session_ids(gate) == [first.id]


async def test_the_order_of_parameters_does_not_count(gate: Gate) -> None:
    one = await gate.call("POST", "/v1/customers", {"name": "A", "phone": "1"}, Idempotency_Key="k")
    two = await gate.call("POST", "/v1/customers", {"phone": "1", "name": "A"}, Idempotency_Key="k")
    assert two.content == one.content


async def test_the_same_key_with_other_parameters_is_refused(gate: Gate) -> None:
    first = await gate.session(key="pay-1")
    with pytest.raises(stripe.IdempotencyError) as caught:
        await gate.session(key="pay-1", client_reference_id="other")
    assert caught.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        await gate.stripe.v1.customers.create_async({}, {"idempotency_key": "pay-1"})
    assert await session_ids(gate) == [first.id]


async def test_a_failed_validation_leaves_the_key_free(gate: Gate) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await gate.session(key="pay-1", success_url="nowhere")
    session = await gate.session(key="pay-1")
    assert await session_ids(gate) == [session.id]


async def test_a_refusal_by_state_is_kept(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session)
    path = f"/v1/checkout/sessions/{session.id}/expire"
    first = await gate.call("POST", path, Idempotency_Key="end-1")
    second = await gate.call("POST", path, Idempotency_Key="end-1")
    assert first.status_code == second.status_code == 400
    assert second.headers["idempotent-replayed"] == "true"


async def test_a_key_is_forgotten_after_a_day(gate: Gate) -> None:
    first = await gate.session(key="pay-1")
    gate.clock.move(24 * 3600 - 1)
    assert (await gate.session(key="pay-1")).id == first.id
    gate.clock.move(1)
    assert (await gate.session(key="pay-1")).id != first.id


async def test_a_key_that_is_at_work_is_in_conflict(open_gate: OpenGate) -> None:
    let_go = asyncio.Event()

    async def wait(seconds: float) -> None:
        await let_go.wait()

    gate = await open_gate(sleep=wait)
    gate.sandbox.faults.add("hang_api", next=1, when="before")
    first = asyncio.create_task(gate.session(key="pay-1"))
    while "pay-1" not in gate.sandbox.book.running_keys:
        await asyncio.sleep(0)
    with pytest.raises(stripe.APIError) as caught:
        await gate.session(key="pay-1")
    assert caught.value.http_status == 409
    assert headers(caught)["stripe-should-retry"] == "true"
    assert '"idempotency_key_in_use"' in str(caught.value.http_body)
    assert await session_ids(gate) == []
    let_go.set()
    session = await first
    assert (await gate.session(key="pay-1")).id == session.id
    assert await session_ids(gate) == [session.id]


async def test_an_answer_that_hangs_on_its_way_can_be_had_by_asking_again(
    open_gate: OpenGate,
) -> None:
    let_go = asyncio.Event()

    async def wait(seconds: float) -> None:
        await let_go.wait()

    gate = await open_gate(sleep=wait)
    gate.sandbox.faults.add("hang_api", next=1, when="after", method="POST")
    first = asyncio.create_task(gate.session(key="pay-1"))
    while gate.sandbox.book.count("session") == 0:
        await asyncio.sleep(0)
    again = await gate.session(key="pay-1")
    let_go.set()
    assert again.id == (await first).id
    assert await session_ids(gate) == [again.id]


async def test_many_at_once_with_one_key_make_one_session(gate: Gate) -> None:
    made = await asyncio.gather(*(gate.session(key="pay-1") for _ in range(20)))
    assert len({session.id for session in made}) == 1
    assert await session_ids(gate) == [made[0].id]


async def test_a_kept_500_is_replayed_and_the_sdk_told_not_to_retry(gate: Gate) -> None:
    gate.sandbox.faults.add("fail_api", next=1, when="before", status=500)
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as caught:
            await gate.session(key="pay-1")
        assert caught.value.http_status == 500
        assert headers(caught).get("idempotent-replayed") == replayed
        assert headers(caught)["stripe-should-retry"] == "false"
    assert await session_ids(gate) == []
    assert (await gate.session(key="pay-2")).status == "open"


async def test_a_500_after_the_effect_is_replayed_although_the_session_exists(gate: Gate) -> None:
    gate.sandbox.faults.add("fail_api", next=1, when="after", status=500)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await gate.session(key="pay-1")
    assert len(await session_ids(gate)) == 1


async def test_an_answer_lost_on_the_way_is_found_again_by_its_key(gate: Gate) -> None:
    gate.sandbox.faults.add("fail_api", next=1, when="after", status=502, kept=False)
    with pytest.raises(stripe.APIError) as caught:
        await gate.session(key="pay-1")
    assert headers(caught)["stripe-should-retry"] == "true"
    found = await gate.session(key="pay-1")
    assert await session_ids(gate) == [found.id]


async def test_the_sdk_survives_a_lost_answer_by_itself(gate: Gate) -> None:
    gate.sandbox.faults.add("fail_api", next=2, when="after", status=500, kept=False)
    options = {"idempotency_key": "pay-1", "max_network_retries": 2}
    session = await gate.stripe.v1.customers.create_async({"name": "A"}, options)
    assert session.name == "A"
    assert len((await gate.stripe.v1.customers.list_async()).data) == 1
