"""Search of PaymentIntents, and the lists that reconciliation walks."""

from typing import Any

import pytest
import stripe

from tests.contract.conftest import Gate, OpenGate
from tests.contract.test_sandbox_contract import check


async def intent(gate: Gate, payment_id: str, amount: int = 125000, currency: str = "inr") -> str:
    """Pay a session and return the id of its intent."""
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "x"}}
    session = await gate.session(
        line_items=[{"quantity": 1, "price_data": price}],
        payment_intent_data={"metadata": {"payment_id": payment_id, "of": "o'neil"}},
    )
    paid = await gate.control(f"sessions/{session.id}/pay")
    return str(paid["payment_intent"])


async def found(gate: Gate, query: str, **params: Any) -> list[str]:
    page = await gate.stripe.v1.payment_intents.search_async({"query": query, **params})
    return [item.id for item in page.data]


async def test_an_intent_is_found_by_its_metadata(gate: Gate) -> None:
    wanted = await intent(gate, "p-1")
    await intent(gate, "p-2")
    assert await found(gate, "metadata['payment_id']:'p-1'") == [wanted]
    assert await found(gate, 'metadata["payment_id"]:"p-1"') == [wanted]
    assert await found(gate, "metadata['payment_id']:'p-3'") == []
    assert await found(gate, "metadata['other']:'p-1'") == []


async def test_clauses_are_joined_by_and(gate: Gate) -> None:
    dear = await intent(gate, "p-1", 125000)
    cheap = await intent(gate, "p-2", 5000)
    foreign = await intent(gate, "p-3", 5000, "usd")
    assert await found(gate, "amount:5000 AND currency:'inr'") == [cheap]
    assert await found(gate, "amount:5000 and currency:'inr'") == [cheap]
    assert await found(gate, "currency:'inr' metadata['payment_id']:'p-1'") == [dear]
    assert await found(gate, "amount>5000") == [dear]
    assert await found(gate, "amount>=5000 AND amount<125000") == [foreign, cheap]
    assert await found(gate, "amount<=5000 AND currency:'usd'") == [foreign]


async def test_customer_status_and_time_can_be_searched(gate: Gate) -> None:
    customer = await gate.stripe.v1.customers.create_async({"email": "a@example.in"})
    session = await gate.session(customer=customer.id)
    known = (await gate.control(f"sessions/{session.id}/pay"))["payment_intent"]
    gate.clock.move(60)
    session = await gate.session()
    answer = await gate.control(f"sessions/{session.id}/pay", outcome="declined")
    late = answer["payment_intent"]
    assert await found(gate, f"customer:'{customer.id}'") == [known]
    assert await found(gate, "status:'requires_payment_method'") == [late]
    noon = int(gate.clock.now.timestamp())
    assert await found(gate, f"created>={noon}") == [late]
    assert await found(gate, f"created<{noon} AND status:'succeeded'") == [known]


async def test_a_quote_inside_a_value_is_escaped(gate: Gate) -> None:
    wanted = await intent(gate, "p-1")
    assert await found(gate, r"metadata['of']:'o\'neil'") == [wanted]
    assert await found(gate, "metadata['of']:\"o'neil\"") == [wanted]


@pytest.mark.parametrize(
    "query",
    [
        " ",
        "p-1",
        "metadata:'x'",
        "metadata['k']",
        "metadata['k']:p-1",
        "metadata['k']>'1'",
        "metadata[k]:'x'",
        "amount:'5'",
        "amount['k']:5",
        "currency:5",
        "currency~'in'",
        "-currency:'inr'",
        "currency:'inr' OR currency:'usd'",
        "currency:'inr' AND",
        "AND currency:'inr'",
        "currency:'inr'amount:5",
        "colour:'red'",
        "currency:'inr",
    ],
)
async def test_a_query_that_is_not_understood_is_refused(gate: Gate, query: str) -> None:
    await intent(gate, "p-1")
    with pytest.raises(stripe.InvalidRequestError, match="unable to parse") as caught:
        await found(gate, query)
    assert caught.value.param == "query"


async def test_search_needs_a_query(gate: Gate) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await gate.stripe.v1.payment_intents.search_async({})
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "query")


async def test_results_come_in_pages_newest_first(gate: Gate) -> None:
    made = [await intent(gate, f"p-{n}") for n in range(5)]
    first = await gate.stripe.v1.payment_intents.search_async({"query": "amount>0", "limit": 2})
    assert ([item.id for item in first.data], first.has_more) == (made[:2:-1], True)
    assert [item.id async for item in first.auto_paging_iter()] == made[::-1]
    last = await gate.stripe.v1.payment_intents.search_async({"query": "amount>0", "limit": 5})
    assert (last.has_more, last.next_page) == (False, None)
    with pytest.raises(stripe.InvalidRequestError, match="Invalid page"):
        await found(gate, "amount>0", page="cGlfbm9uZQ==")
    with pytest.raises(stripe.InvalidRequestError, match="Invalid limit"):
        await found(gate, "amount>0", limit=101)


async def test_a_new_intent_is_listed_at_once_and_found_after_the_lag(open_gate: OpenGate) -> None:
    gate = await open_gate(search_lag_s=60)
    wanted = await intent(gate, "p-1")
    query = "metadata['payment_id']:'p-1'"
    listed = await gate.stripe.v1.payment_intents.list_async()
    assert [item.id for item in listed.data] == [wanted]
    assert await found(gate, query) == []
    gate.clock.move(59)
    assert await found(gate, query) == []
    gate.clock.move(1)
    assert await found(gate, query) == [wanted]


async def test_a_seller_without_search_is_refused(open_gate: OpenGate) -> None:
    gate = await open_gate(search_available=False)
    with pytest.raises(stripe.InvalidRequestError, match="not available"):
        await found(gate, "amount>0")


async def test_a_search_result_fits_the_sdk_and_can_be_expanded(gate: Gate) -> None:
    await intent(gate, "p-1")
    query = "query=amount%3E0&expand[]=data.latest_charge"
    body = (await gate.call("GET", f"/v1/payment_intents/search?{query}")).json()
    assert (body["object"], body["url"]) == ("search_result", "/v1/payment_intents/search")
    (item,) = body["data"]
    check(item)
    assert item["latest_charge"]["paid"] is True


# -- lists -------------------------------------------------------------------------------------


async def _two_minutes(gate: Gate) -> tuple[Any, Any, int]:
    """A refunded payment, a minute, and another; returns both charges and the minute's end."""
    charges = []
    for _ in range(2):
        gate.clock.move(60)
        session = await gate.session()
        await gate.control(f"sessions/{session.id}/pay")
        path = "payment_intent.latest_charge"
        charge = (await gate.read(session, path)).payment_intent.latest_charge
        await gate.stripe.v1.refunds.create_async({"charge": charge.id, "amount": 1000})
        charges.append(charge)
    return charges[0], charges[1], int(gate.clock.now.timestamp())


@pytest.mark.parametrize(
    "path",
    [
        "balance_transactions",
        "charges",
        "checkout/sessions",
        "events",
        "payment_intents",
        "refunds",
    ],
)
async def test_every_list_is_bounded_by_time_and_walked_by_cursors(gate: Gate, path: str) -> None:
    _, _, noon = await _two_minutes(gate)

    async def ids(query: str) -> list[str]:
        body = (await gate.call("GET", f"/v1/{path}?limit=100&{query}")).json()
        return [item["id"] for item in body["data"]]

    every, late = await ids(""), await ids(f"created[gte]={noon}")
    assert 0 < len(late) < len(every)
    assert late == every[: len(late)]
    assert await ids(f"created[lt]={noon}") == every[len(late) :]
    assert await ids(f"created[gt]={noon}") == []
    assert await ids(f"created[lte]={noon}") == every
    assert await ids(f"starting_after={late[-1]}") == every[len(late) :]
    assert await ids(f"ending_before={every[-1]}") == every[:-1]


async def test_refunds_and_intents_are_listed_by_what_they_belong_to(gate: Gate) -> None:
    first, second, _ = await _two_minutes(gate)
    refunds = gate.stripe.v1.refunds
    (by_charge,) = (await refunds.list_async({"charge": first.id})).data
    (by_intent,) = (await refunds.list_async({"payment_intent": second.payment_intent})).data
    assert (by_charge.charge, by_intent.charge) == (first.id, second.id)
    customer = await gate.stripe.v1.customers.create_async({})
    session = await gate.session(customer=customer.id)
    paid = await gate.control(f"sessions/{session.id}/pay")
    page = await gate.stripe.v1.payment_intents.list_async({"customer": customer.id})
    assert [item.id for item in page.data] == [paid["payment_intent"]]


async def test_events_are_walked_from_a_cursor_undelivered_ones_apart(gate: Gate) -> None:
    await gate.stripe.v1.customers.create_async({})
    await gate.sandbox.tick()
    events = gate.stripe.v1.events
    cursor = (await events.list_async()).data[0].id
    gate.sandbox.faults.add("drop_webhooks", types=["payment_intent.succeeded"])
    await intent(gate, "p-1")
    await gate.sandbox.tick()
    newer = await events.list_async({"ending_before": cursor, "limit": 2})
    walked = [event.type async for event in newer.auto_paging_iter()]
    assert walked == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    missed = await events.list_async({"ending_before": cursor, "delivery_success": False})
    assert [event.type for event in missed.data] == ["payment_intent.succeeded"]
    with pytest.raises(stripe.InvalidRequestError, match="at most 20"):
        await events.list_async({"types": ["charge.updated"] * 21})
