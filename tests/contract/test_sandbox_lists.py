"""Expansion, pages and filters."""

from typing import Any

import pytest
import stripe

from tests.contract.conftest import Gate


@pytest.mark.parametrize("path", ["colour", "payment_intent.colour", "data", "amount_total"])
async def test_what_cannot_be_expanded_is_refused(gate: Gate, path: str) -> None:
    session = await gate.session()
    await gate.submit(session)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded") as caught:
        await gate.read(session, path)
    assert caught.value.user_message == f"This property cannot be expanded ({path})."


async def test_more_than_four_levels_are_refused(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session)
    deep = "payment_intent.latest_charge.payment_intent.latest_charge"
    assert (await gate.read(session, deep)).payment_intent.latest_charge.payment_intent.id
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        await gate.read(session, f"{deep}.payment_intent")


async def test_lists_walk_both_ways_without_gap_or_double(gate: Gate) -> None:
    made = [(await gate.stripe.v1.customers.create_async({"name": str(n)})).id for n in range(7)]
    customers = gate.stripe.v1.customers
    first = await customers.list_async({"limit": 3})
    assert [item.id for item in first.data] == made[:3:-1]
    assert first.has_more is True
    assert [item.id async for item in first.auto_paging_iter()] == made[::-1]
    newer = await customers.list_async({"limit": 2, "ending_before": made[2]})
    assert [item.id for item in newer.data] == [made[4], made[3]]
    walked = [item.id async for item in newer.auto_paging_iter()]
    assert walked == made[3:]
    last = await customers.list_async({"limit": 3, "starting_after": made[1]})
    assert ([item.id for item in last.data], last.has_more) == ([made[0]], False)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "starting_after=cus_none", "starting_after=a&ending_before=b"],
)
async def test_a_wrong_cursor_or_limit_is_refused(gate: Gate, query: str) -> None:
    answer = await gate.call("GET", f"/v1/customers?{query}")
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_lists_filter_by_time_and_by_what_belongs_together(gate: Gate) -> None:
    early = await gate.session()
    await gate.submit(early)
    gate.clock.move(60)
    late = await gate.session(customer_email="late@example.in")
    v1, noon = gate.stripe.v1, int(gate.clock.now.timestamp())

    async def found(**params: Any) -> list[str]:
        return [item.id for item in (await v1.checkout.sessions.list_async(params)).data]

    assert await found(created={"gte": noon}) == [late.id]
    assert await found(created={"lt": noon}) == [early.id]
    assert await found(created=noon) == [late.id]
    assert await found(status="complete") == [early.id]
    assert await found(customer_details={"email": "late@example.in"}) == [late.id]
    intent = (await gate.read(early)).payment_intent
    assert await found(payment_intent=intent) == [early.id]
    charges = await v1.charges.list_async({"payment_intent": intent})
    assert [charge.payment_intent for charge in charges.data] == [intent]


async def test_events_filter_by_type_wildcard_and_list(gate: Gate) -> None:
    await gate.submit(await gate.session())

    async def found(**params: Any) -> list[str]:
        return [event.type for event in (await gate.stripe.v1.events.list_async(params)).data]

    assert await found(type="charge.succeeded") == ["charge.succeeded"]
    assert await found(type="payment_intent.*") == [
        "payment_intent.succeeded",
        "payment_intent.created",
    ]
    wanted = ["charge.succeeded", "checkout.session.completed"]
    assert await found(types=wanted) == wanted[::-1]
    with pytest.raises(stripe.InvalidRequestError):
        await found(type="x", types=["y"])


async def test_an_event_keeps_the_object_as_it_was_and_the_request_that_caused_it(
    gate: Gate,
) -> None:
    session = await gate.session()
    await gate.submit(session, number="4000000000000002")
    await gate.submit(session)
    created = (await gate.stripe.v1.events.list_async({"type": "payment_intent.created"})).data[0]
    assert created.data.object.status == "requires_payment_method"
    assert (created.request.id, created.request.idempotency_key) == (None, None)
    assert created.api_version == stripe.api_version
    assert created.livemode is False

    customer = await gate.stripe.v1.customers.create_async({}, {"idempotency_key": "key-1"})
    event = (await gate.stripe.v1.events.list_async({"type": "customer.created"})).data[0]
    assert event.request.id == customer.last_response.request_id
    assert event.request.idempotency_key == "key-1"
