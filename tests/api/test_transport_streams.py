"""Subscriptions over HTTP: server-sent events and Apollo's multipart, on a real server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog

from service.api.streaming import EventStream, MultipartSubscription
from tests.api.toy_schema import BEARER, SECRET, Toy, served, toy_app, until

EVENTS = "text/event-stream"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
# What Apollo's client sends with a subscription, and urql's.
APOLLO = f"{MULTIPART},application/graphql-response+json,application/json;q=0.9"
URQL = "text/event-stream, multipart/mixed"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[tuple[Toy, str]]:
    toy = Toy()
    async with served(toy_app(toy.view())) as host:
        yield toy, host


@pytest.fixture
def toy(service: tuple[Toy, str]) -> Toy:
    service[0].journal.clear()
    return service[0]


@pytest_asyncio.fixture(loop_scope="module")
async def client(toy: Toy, service: tuple[Toy, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{service[1]}", headers=BEARER) as client:
        yield client


@pytest.fixture
def quick_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EventStream, "heartbeat_s", 0.1)
    monkeypatch.setattr(MultipartSubscription, "heartbeat_s", 0.1)


@asynccontextmanager
async def stream(
    client: httpx.AsyncClient, query: str, accept: str, **members: Any
) -> AsyncIterator[httpx.Response]:
    body = {"query": query, **members}
    request = client.stream("POST", "/graphql", json=body, headers={"accept": accept}, timeout=5)
    async with request as response:
        yield response


async def read(client: httpx.AsyncClient, query: str, accept: str, **members: Any) -> str:
    async with stream(client, query, accept, **members) as response:
        assert response.status_code == 200
        return (await response.aread()).decode()


def events(text: str) -> Iterator[tuple[str, Any]]:
    """Parse server-sent events, strictly: LF lines, blank-line ends, comments skipped."""
    assert "\r" not in text
    assert text.endswith("\n\n")
    for block in text[:-2].split("\n\n"):
        if block.startswith(":"):
            continue
        name, data = block.split("\n")
        assert name.startswith("event: ")
        assert data.startswith("data:")
        yield name[7:], json.loads(data[5:]) if data[5:].strip() else None


def parts(text: str) -> Iterator[Any]:
    """Parse a multipart body as RFC 2046 has it; heartbeats are skipped."""
    preamble, *pieces, epilogue = text.split("\r\n--graphql")
    assert preamble == ""
    assert epilogue == "--\r\n"
    for piece in pieces:
        head, body = piece.split("\r\n\r\n")
        assert head == "\r\nContent-Type: application/json; charset=utf-8"
        if body != "{}":
            yield json.loads(body)


class TestEventStreams:
    @pytest.mark.parametrize(
        "accept", [EVENTS, URQL, "application/json, text/event-stream", f"{EVENTS};q=0.1"]
    )
    async def test_a_subscription(self, client: httpx.AsyncClient, accept: str) -> None:
        async with stream(client, "subscription { count(to: 2) }", accept) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert "no-cache" in response.headers["cache-control"]
            assert response.headers["x-accel-buffering"] == "no"
            text = (await response.aread()).decode()
        assert text.startswith(": ping\n\n")
        assert list(events(text)) == [
            ("next", {"data": {"count": 0}}),
            ("next", {"data": {"count": 1}}),
            ("complete", None),
        ]

    async def test_a_subscription_by_get(self, client: httpx.AsyncClient) -> None:
        response = await client.get(
            "/graphql?query=subscription{count(to:1)}", headers={"accept": EVENTS}
        )
        assert list(events(response.text)) == [
            ("next", {"data": {"count": 0}}),
            ("complete", None),
        ]

    @pytest.mark.parametrize(
        ("query", "payload"),
        [
            ("{ ping }", {"data": {"ping": "pong"}}),
            ("mutation { work }", {"data": {"work": "worked"}}),
        ],
    )
    async def test_other_operations_are_one_event(
        self, client: httpx.AsyncClient, query: str, payload: dict[str, Any]
    ) -> None:
        found = list(events(await read(client, query, EVENTS)))
        assert found == [("next", payload), ("complete", None)]

    async def test_the_first_byte_comes_before_the_first_event(
        self, client: httpx.AsyncClient
    ) -> None:
        started = time.monotonic()
        async with stream(client, "subscription { silence }", EVENTS) as response:
            assert await anext(response.aiter_text()) == ": ping\n\n"
        assert time.monotonic() - started < 1

    @pytest.mark.usefixtures("quick_heartbeats")
    async def test_silence_is_filled_with_comments(self, client: httpx.AsyncClient) -> None:
        text = await read(client, "subscription { count(to: 1, every: 0.35) }", EVENTS)
        assert text.count(": ping\n\n") >= 3
        assert [name for name, _ in events(text)] == ["next", "complete"]

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription {", "GRAPHQL_PARSE_FAILED"),
            ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ],
    )
    async def test_a_request_error_is_an_event_without_data(
        self, client: httpx.AsyncClient, query: str, code: str
    ) -> None:
        (name, payload), end = events(await read(client, query, EVENTS))
        assert (name, end) == ("next", ("complete", None))
        assert set(payload) == {"errors"}
        assert payload["errors"][0]["extensions"]["code"] == code

    @pytest.mark.parametrize(
        ("field", "code", "text"),
        [("breaks", "INTERNAL", "Internal error"), ("overrun", "SLOW_CONSUMER", "Too slow")],
    )
    async def test_a_source_that_fails_ends_with_an_error(
        self, client: httpx.AsyncClient, field: str, code: str, text: str
    ) -> None:
        with structlog.testing.capture_logs() as logs:
            body = await read(client, f"subscription {{ {field} }}", EVENTS)
        first, (name, payload), end = events(body)
        assert first == ("next", {"data": {field: 1}})
        assert (name, end) == ("next", ("complete", None))
        assert payload["errors"][0]["message"] == text
        assert payload["errors"][0]["extensions"]["code"] == code
        assert SECRET not in body
        assert len(logs) == (code == "INTERNAL")

    async def test_a_value_without_a_json_form_is_masked(self, client: httpx.AsyncClient) -> None:
        with structlog.testing.capture_logs():
            (_, payload), _ = events(await read(client, "{ surrogate }", EVENTS))
        assert payload["errors"][0]["extensions"]["code"] == "INTERNAL"

    async def test_without_a_token_there_is_no_stream(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        del client.headers["authorization"]
        async with stream(client, "subscription { count }", EVENTS) as response:
            assert response.status_code == 401
            await response.aread()
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert toy.journal.contexts == []

    @pytest.mark.parametrize(
        ("field", "name"),
        [
            ("silence", "silence"),
            ("count(to: 9999, every: 0.01)", "count"),
            ("flood", "flood"),
            ("tidy", "tidy"),
        ],
    )
    async def test_hanging_up_stops_the_source(
        self, client: httpx.AsyncClient, toy: Toy, field: str, name: str
    ) -> None:
        async with stream(client, f"subscription {{ {field} }}", EVENTS) as response:
            await anext(response.aiter_bytes())
            await asyncio.sleep(0.1)
        await until(lambda: toy.journal.stopped == [name])

    async def test_the_stream_ends_when_its_token_expires(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        toy.lifetimes["short"] = timedelta(seconds=0.4)
        client.headers["authorization"] = "Bearer short"
        for field in ("silence", "count(to: 100000, every: 0.02)"):
            toy.journal.clear()
            started = time.monotonic()
            body = await read(client, f"subscription {{ {field} }}", EVENTS)
            assert 0.4 <= time.monotonic() - started < 2
            assert list(events(body))[-2:] == [
                (
                    "next",
                    {
                        "errors": [
                            {"message": "Token expired", "extensions": {"code": "TOKEN_EXPIRED"}}
                        ]
                    },
                ),
                ("complete", None),
            ]
            assert toy.journal.stopped == [field.split("(")[0]]


class TestMultipart:
    @pytest.mark.parametrize(
        "accept",
        [MULTIPART, APOLLO, f"application/json, {MULTIPART}", MULTIPART.replace("d;b", "d; b")],
    )
    async def test_a_subscription(self, client: httpx.AsyncClient, accept: str) -> None:
        async with stream(client, "subscription { count(to: 2) }", accept) as response:
            content_type = response.headers["content-type"]
            text = (await response.aread()).decode()
        assert content_type == 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
        assert list(parts(text)) == [
            {"payload": {"data": {"count": 0}}},
            {"payload": {"data": {"count": 1}}},
        ]

    async def test_a_query_with_the_accept_of_a_subscription_is_answered_in_json(
        self, client: httpx.AsyncClient
    ) -> None:
        response = await client.post(
            "/graphql", json={"query": "{ ping }"}, headers={"accept": APOLLO}
        )
        assert response.headers["content-type"].startswith("application/graphql-response+json")
        assert response.json() == {"data": {"ping": "pong"}}

    async def test_a_multipart_without_the_subscription_spec_is_not_spoken(
        self, client: httpx.AsyncClient
    ) -> None:
        async with stream(client, "subscription { count }", "multipart/mixed") as response:
            assert response.status_code == 406

    @pytest.mark.usefixtures("quick_heartbeats")
    async def test_silence_is_filled_with_empty_parts(self, client: httpx.AsyncClient) -> None:
        text = await read(client, "subscription { count(to: 1, every: 0.35) }", MULTIPART)
        assert text.count("\r\n\r\n{}") >= 3
        assert list(parts(text)) == [{"payload": {"data": {"count": 0}}}]

    async def test_an_unexpected_failure_is_masked(self, client: httpx.AsyncClient) -> None:
        with structlog.testing.capture_logs():
            body = await read(client, "subscription { breaks }", MULTIPART)
        first, last = parts(body)
        assert first == {"payload": {"data": {"breaks": 1}}}
        assert last["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert SECRET not in body

    async def test_the_stream_ends_when_its_token_expires(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        toy.lifetimes["short"] = timedelta(seconds=0.3)
        client.headers["authorization"] = "Bearer short"
        body = await read(client, "subscription { silence }", MULTIPART)
        assert list(parts(body)) == [
            {
                "payload": None,
                "errors": [{"message": "Token expired", "extensions": {"code": "TOKEN_EXPIRED"}}],
            }
        ]
        assert toy.journal.stopped == ["silence"]
