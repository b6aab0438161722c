"""Webhooks: signed, retried, at least once, and bad on demand."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe
import uvicorn
from starlette.types import ASGIApp

from service.sandbox import Sandbox, SandboxSettings
from tests.contract.conftest import Gate, OpenGate

SECRET = "whsec_gate"
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


@contextlib.asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a free port of the loopback and yield its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(5):
        while not server.started:
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def test_events_are_posted_signed_in_order(gate: Gate) -> None:
    await paid(gate)
    assert await undelivered(gate) == PAID
    assert await gate.sandbox.tick() == 4
    assert gate.receiver.types == PAID
    assert await undelivered(gate) == []
    for body, signature in zip(gate.receiver.bodies, gate.receiver.signatures, strict=True):
        # The gate's clock is ahead of or behind ours, so only the age is not checked.
        assert stripe.WebhookSignature.verify_header(body, signature, SECRET) is True
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(body + b" ", signature, SECRET)
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(body, signature, "whsec_other")
    stamp = int(gate.clock.now.timestamp())
    assert {entry.split(",")[0] for entry in gate.receiver.signatures} == {f"t={stamp}"}
    assert [event["pending_webhooks"] for event in gate.receiver.events] == [1, 1, 1, 1]


async def test_a_real_server_gets_them_and_the_worker_retries_after_500s(
    open_gate: OpenGate,
) -> None:
    elsewhere = await open_gate()
    receiver = elsewhere.receiver
    receiver.answers = [500, 500]
    async with served(receiver.app) as url:
        sandbox = Sandbox(
            SandboxSettings(
                webhook_endpoints=((f"{url}/hook", SECRET),),
                webhook_retry_s=(0.05, 0.1),
                balance_posts_after_s=0.2,
            )
        )
        async with served(sandbox.app) as base:
            client = stripe.StripeClient(
                "sk_test_sandbox",
                base_addresses={"api": base},
                http_client=stripe.HTTPXClient(timeout=5),
            )
            session = await client.v1.checkout.sessions.create_async(
                {
                    "mode": "payment",
                    "success_url": "https://seller.test/ok",
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": "inr",
                                "unit_amount": 5000,
                                "product_data": {"name": "Invoice"},
                            },
                        }
                    ],
                }
            )
            async with httpx.AsyncClient(base_url=base) as browser:
                await browser.post(f"/_sandbox/sessions/{session.id}/pay", json={})
            async with asyncio.timeout(5):
                while len(receiver.bodies) < 7:
                    await asyncio.sleep(0.01)
            started = time.perf_counter()
        assert time.perf_counter() - started < 1
    events = [
        client.construct_event(body, signature, SECRET)
        for body, signature in zip(receiver.bodies, receiver.signatures, strict=True)
    ]
    assert {event.type for event in events} == {*PAID, "charge.updated"}
    assert len({event.id for event in events}) == 5


async def test_a_worker_that_waits_for_a_slow_endpoint_stops_at_once() -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(60)

    sandbox = Sandbox(
        SandboxSettings(
            webhook_endpoints=(("http://receiver.test/hook", SECRET),),
            webhook_transport=httpx.ASGITransport(silent),
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(sandbox.app), base_url="http://sandbox.test"
    ) as client:
        async with sandbox.running():
            await client.post("/v1/customers", headers={"Authorization": "Bearer sk_test_sandbox"})
            await asyncio.sleep(0.05)
            started = time.perf_counter()
        assert time.perf_counter() - started < 1
    (delivery,) = sandbox.book.oldest_first("delivery")
    assert (delivery["status"], delivery["tries"]) == ("pending", 0)


async def test_a_failed_delivery_waits_longer_each_time_and_is_given_up(
    open_gate: OpenGate,
) -> None:
    gate = await open_gate(webhook_retry_s=(1, 5))
    gate.receiver.answers = [500, 404, 301]
    await gate.stripe.v1.customers.create_async()
    seen = []
    for pause in (0, 0.9, 0.1, 4.9, 0.1, 100):
        gate.clock.move(pause)
        seen.append(await gate.sandbox.tick())
    assert seen == [1, 0, 1, 0, 1, 0]
    assert await undelivered(gate) == ["customer.created"]
    deliveries = (await gate.browser.get("/_sandbox/deliveries")).json()["data"]
    assert [(d["status"], d["tries"], d["answer"]) for d in deliveries] == [("failed", 3, "301")]


async def test_an_endpoint_that_cannot_be_reached_is_tried_again(open_gate: OpenGate) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    gate = await open_gate(webhook_transport=httpx.MockTransport(refuse), webhook_retry_s=(1, 1))
    await gate.stripe.v1.customers.create_async()
    await gate.sandbox.tick()
    (delivery,) = gate.sandbox.book.oldest_first("delivery")
    assert (delivery["status"], delivery["answer"]) == ("pending", "ConnectError")
    assert gate.sandbox.next_due() == gate.clock.now.timestamp() + 1


async def test_an_endpoint_gets_only_the_events_it_wants(open_gate: OpenGate) -> None:
    gate = await open_gate(webhook_endpoints=())
    made = await gate.stripe.v1.webhook_endpoints.create_async(
        {"url": "http://receiver.test/hook", "enabled_events": ["checkout.session.completed"]}
    )
    assert (await gate.stripe.v1.webhook_endpoints.retrieve_async(made.id)).to_dict().get(
        "secret"
    ) is None
    await paid(gate)
    await gate.sandbox.tick()
    assert gate.receiver.types == ["checkout.session.completed"]
    stripe.WebhookSignature.verify_header(
        gate.receiver.bodies[0], gate.receiver.signatures[0], made.secret
    )
    await gate.stripe.v1.webhook_endpoints.delete_async(made.id)
    await paid(gate)
    assert await gate.sandbox.tick() == 0
    with pytest.raises(stripe.InvalidRequestError, match="the documented values"):
        await gate.stripe.v1.webhook_endpoints.create_async(
            {"url": "http://receiver.test/hook", "enabled_events": ["invoice.eaten"]}
        )


async def test_an_event_can_be_sent_again(gate: Gate) -> None:
    await paid(gate)
    await gate.sandbox.tick()
    last = gate.receiver.events[-1]
    assert await gate.control(f"events/{last['id']}/resend") == {"deliveries": 1}
    await gate.sandbox.tick()
    assert gate.receiver.types == [*PAID, PAID[-1]]
    assert gate.receiver.events[-1]["id"] == last["id"]
    assert await undelivered(gate) == []
