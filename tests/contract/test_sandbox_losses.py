"""Connections that break without an answer, and webhooks that come days late."""

from typing import Any

import httpx
import pytest
import stripe

from service.sandbox import Sandbox, SandboxSettings
from tests.contract.conftest import Gate
from tests.contract.test_sandbox_webhooks import served

AUTH = {"Authorization": "Bearer sk_test_sandbox"}


async def customers(gate: Gate) -> list[str]:
    page = await gate.stripe.v1.customers.list_async()
    return [customer.name for customer in page.data]


async def create(gate: Gate, key: str, retries: int = 0) -> Any:
    options = {"idempotency_key": key, "max_network_retries": retries}
    return await gate.stripe.v1.customers.create_async({"name": key}, options)


async def test_a_connection_lost_before_the_effect_leaves_nothing(gate: Gate) -> None:
    await gate.control("faults", kind="lose_api", when="before", next=1, method="POST")
    with pytest.raises(stripe.APIConnectionError):
        await create(gate, "k")
    assert await customers(gate) == []
    made = await create(gate, "k")
    assert "idempotent-replayed" not in made.last_response.headers
    assert await customers(gate) == ["k"]


async def test_a_connection_lost_after_the_effect_is_found_again_by_its_key(gate: Gate) -> None:
    await gate.control("faults", kind="lose_api", next=1, method="POST")
    with pytest.raises(stripe.APIConnectionError):
        await create(gate, "k")
    assert await customers(gate) == ["k"]
    again = await create(gate, "k")
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert await customers(gate) == ["k"]


async def test_a_repeat_can_be_lost_as_well(gate: Gate) -> None:
    await gate.control("faults", kind="lose_api", next=2, method="POST")
    for _ in range(2):
        with pytest.raises(stripe.APIConnectionError):
            await create(gate, "k")
    assert await customers(gate) == ["k"]


async def test_the_sdk_asks_again_by_itself(gate: Gate) -> None:
    await gate.control("faults", kind="lose_api", next=1, method="POST")
    assert (await create(gate, "k", retries=1)).name == "k"
    assert await customers(gate) == ["k"]


@pytest.mark.parametrize(
    ("error", "when"),
    [
        ("ConnectError", "before"),
        ("ConnectTimeout", "before"),
        ("ReadError", "before"),
        ("ReadTimeout", "after"),
    ],
)
async def test_in_one_process_the_caller_gets_the_named_exception(
    gate: Gate, error: str, when: str
) -> None:
    fault = await gate.control("faults", kind="lose_api", error=error, when=when, next=1)
    assert (fault["error"], fault["when"]) == (error, when)
    before = gate.clock.now
    with pytest.raises(getattr(httpx, error)):
        await gate.call("POST", "/v1/customers", {"name": "A"})
    assert gate.clock.now == before
    assert await customers(gate) == (["A"] if when == "after" else [])


async def test_over_a_socket_the_connection_closes_without_an_answer() -> None:
    sandbox = Sandbox(SandboxSettings())
    sandbox.faults.add("lose_api", next=1, method="POST")
    async with (
        served(sandbox.app) as url,
        httpx.AsyncClient(base_url=url, headers=AUTH) as http,
    ):
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post("/v1/customers", data={"name": "A"})
        assert [one["name"] for one in sandbox.book.oldest_first("customer")] == ["A"]
        assert (await http.get("/v1/customers")).json()["data"][0]["name"] == "A"


@pytest.mark.parametrize(
    "fields",
    [
        {"error": "SSLError"},
        {"error": "ConnectError"},
        {"error": "ConnectError", "when": "after"},
        {"when": "during"},
        {"seconds": 1},
    ],
)
async def test_a_loss_that_makes_no_sense_is_refused(gate: Gate, fields: dict[str, Any]) -> None:
    answer = await gate.browser.post("/_sandbox/faults", json={"kind": "lose_api", **fields})
    assert answer.status_code == 400
    assert gate.sandbox.faults.active == []


# -- days and copies ---------------------------------------------------------------------------


async def test_webhooks_can_come_four_days_late_and_no_later(gate: Gate) -> None:
    days = 4 * 24 * 3600
    await gate.control("faults", kind="delay_webhooks", seconds=days, next=1)
    await gate.stripe.v1.customers.create_async({"name": "A"})
    gate.clock.move(days - 1)
    assert await gate.sandbox.tick() == 0
    gate.clock.move(1)
    assert await gate.sandbox.tick() == 1
    assert gate.receiver.events[0]["created"] == int(gate.clock.now.timestamp()) - days
    refused = await gate.browser.post(
        "/_sandbox/faults", json={"kind": "delay_webhooks", "seconds": days + 1}
    )
    assert refused.status_code == 400


async def test_a_webhook_can_come_six_times(gate: Gate) -> None:
    await gate.control("faults", kind="duplicate_webhooks", copies=5, next=1)
    await gate.stripe.v1.customers.create_async({"name": "A"})
    assert await gate.sandbox.tick() == 6
    assert len({event["id"] for event in gate.receiver.events}) == 1


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_call_fails_with_any_status_before_or_after_its_effect(
    gate: Gate, status: int, when: str
) -> None:
    fault = {"kind": "fail_api", "status": status, "when": when, "kept": False, "next": 1}
    await gate.control("faults", **fault)
    answer = await gate.call("POST", "/v1/customers", {"name": "A"}, Idempotency_Key="k")
    assert answer.status_code == status
    assert await customers(gate) == (["A"] if when == "after" else [])
    again = await gate.call("POST", "/v1/customers", {"name": "A"}, Idempotency_Key="k")
    assert again.json()["name"] == "A"
    assert await customers(gate) == ["A"]
