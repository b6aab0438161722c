"""graphql-transport-ws on a real server, spoken by a real WebSocket client."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import structlog
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from service.api.view import TransportSettings
from tests.api.toy_schema import SECRET, Toy, served, toy_app, until
from tests.api.toy_socket import ACK, INIT, Socket, dial

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[tuple[Toy, str]]:
    toy = Toy()
    view = toy.view(
        TransportSettings(socket_init_timeout_s=0.3, socket_operations_max=3),
        allowed_origins=["https://dashboard.example"],
    )
    async with served(toy_app(view)) as host:
        yield toy, host


@pytest.fixture
def toy(service: tuple[Toy, str]) -> Toy:
    service[0].journal.clear()
    return service[0]


@pytest.fixture
def host(service: tuple[Toy, str]) -> str:
    return service[1]


@pytest_asyncio.fixture(loop_scope="module")
async def socket(host: str, toy: Toy) -> AsyncIterator[Socket]:
    async with dial(host) as socket:
        await socket.open()
        yield socket


class TestOperations:
    async def test_a_subscription_counts_and_completes(self, socket: Socket, toy: Toy) -> None:
        await socket.subscribe("subscription { count(to: 2) }")
        assert [await socket.hear() for _ in range(3)] == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 0}}},
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "complete"},
        ]
        assert toy.journal.stopped == ["count"]

    async def test_queries_and_mutations_run_too(self, socket: Socket, toy: Toy) -> None:
        await socket.subscribe(
            "query Q($a: Int!) { add(a: $a, b: 1) } query Other { ping }",
            variables={"a": 1},
            operationName="Q",
        )
        assert (await socket.hear())["payload"] == {"data": {"add": 2}}
        assert await socket.hear() == {"id": "1", "type": "complete"}
        await socket.subscribe("mutation { work }")
        assert (await socket.hear())["payload"] == {"data": {"work": "worked"}}
        assert await socket.hear() == {"id": "1", "type": "complete"}
        assert toy.journal.executed == ["work"]

    async def test_operations_run_side_by_side(self, socket: Socket) -> None:
        await socket.subscribe("subscription { silence }", id="quiet")
        await socket.subscribe("{ ping }", id="quick")
        assert (await socket.hear())["id"] == "quick"

    async def test_every_operation_has_a_context_of_its_own(self, socket: Socket, toy: Toy) -> None:
        for _ in range(3):
            await socket.subscribe("{ viewer }")
            assert (await socket.hear())["payload"] == {"data": {"viewer": "good"}}
            await socket.hear()
        assert len(set(map(id, toy.journal.contexts))) == 3

    async def test_complete_stops_the_source_and_frees_the_id(
        self, socket: Socket, toy: Toy
    ) -> None:
        await socket.subscribe("subscription { count(to: 1000, every: 0.05) }")
        assert (await socket.hear())["payload"] == {"data": {"count": 0}}
        await socket.say({"id": "1", "type": "complete"})
        await until(lambda: toy.journal.stopped == ["count"])
        await socket.subscribe("{ ping }")
        while (message := await socket.hear())["payload"] != {"data": {"ping": "pong"}}:
            assert "count" in message["payload"]["data"]

    async def test_hanging_up_stops_the_sources_but_not_a_mutation(
        self, host: str, toy: Toy
    ) -> None:
        async with dial(host) as socket:
            await socket.open()
            await socket.subscribe("subscription { tidy }", id="a")
            await socket.subscribe("mutation { work(seconds: 0.3) }", id="b")
            await socket.hear()
            await socket.subscribe("{ ping }", id="c")
            await socket.hear()
        await until(lambda: toy.journal.stopped == ["tidy"])
        await until(lambda: toy.journal.executed == ["ping", "work"])

    @pytest.mark.parametrize(
        ("query", "members", "code"),
        [
            ("{", {}, "GRAPHQL_PARSE_FAILED"),
            ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
            ("", {}, "BAD_REQUEST"),
            ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { nope }", {}, "GRAPHQL_VALIDATION_FAILED"),
            ("{ ping }", {"operationName": "X"}, "OPERATION_RESOLUTION_FAILURE"),
            ("query($a: Int!) { add(a: $a, b: 1) }", {}, "BAD_USER_INPUT"),
            ("subscription($n: Int!) { count(to: $n) }", {}, "BAD_USER_INPUT"),
            ("{ echo(text: " + '"' + "x" * 33_000 + '") }', {}, "PAYLOAD_TOO_LARGE"),
        ],
    )
    async def test_a_request_error_is_a_message_and_the_socket_stays(
        self, socket: Socket, query: str, members: dict[str, Any], code: str
    ) -> None:
        await socket.subscribe(query, **members)
        message = await socket.hear()
        assert (message["id"], message["type"]) == ("1", "error")
        (error,) = message["payload"]
        assert error["extensions"]["code"] == code
        await socket.subscribe("{ ping }")
        assert (await socket.hear())["payload"] == {"data": {"ping": "pong"}}

    async def test_a_field_error_is_part_of_a_result(self, socket: Socket) -> None:
        with structlog.testing.capture_logs() as logs:
            await socket.subscribe("{ ping boom }")
            payload = (await socket.hear())["payload"]
        assert payload["data"] == {"ping": "pong", "boom": None}
        assert payload["errors"][0]["message"] == "Internal error"
        assert SECRET not in json.dumps(payload)
        assert [entry["event"] for entry in logs] == ["graphql.unexpected_error"]

    @pytest.mark.parametrize(
        ("field", "code", "text"),
        [("breaks", "INTERNAL", "Internal error"), ("overrun", "SLOW_CONSUMER", "Too slow")],
    )
    async def test_a_source_that_fails_ends_with_an_error(
        self, socket: Socket, field: str, code: str, text: str
    ) -> None:
        with structlog.testing.capture_logs():
            await socket.subscribe(f"subscription {{ {field} }}")
            assert (await socket.hear())["payload"] == {"data": {field: 1}}
            message = await socket.hear()
        assert message["type"] == "error"
        (error,) = message["payload"]
        assert (error["message"], error["extensions"]["code"]) == (text, code)
        await socket.subscribe("{ ping }")
        assert (await socket.hear())["type"] == "next"

    async def test_a_value_without_a_json_form_is_masked(self, socket: Socket) -> None:
        with structlog.testing.capture_logs():
            await socket.subscribe("{ surrogate }")
            message = await socket.hear()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "INTERNAL"

    async def test_operations_of_one_socket_are_bounded(self, socket: Socket) -> None:
        for name in ("a", "b", "c"):
            await socket.subscribe("subscription { silence }", id=name)
        await socket.subscribe("{ ping }", id="d")
        message = await socket.hear()
        assert (message["id"], message["type"]) == ("d", "error")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await socket.say({"id": "a", "type": "complete"})
        await socket.subscribe("{ ping }", id="e")
        assert (await socket.hear())["payload"] == {"data": {"ping": "pong"}}


class TestInit:
    @pytest.mark.parametrize(
        "payload",
        [
            {"Authorization": "Bearer good"},
            {"authorization": "bearer good"},
            {"token": "good"},
            {"token": "good", "other": 1},
        ],
    )
    async def test_the_token_comes_in_the_payload(self, host: str, payload: dict[str, Any]) -> None:
        async with dial(host) as socket:
            await socket.say({"type": "connection_init", "payload": payload})
            assert await socket.hear() == ACK

    @pytest.mark.parametrize(
        "message",
        [
            {"type": "connection_init"},
            {"type": "connection_init", "payload": None},
            {"type": "connection_init", "payload": {}},
            {"type": "connection_init", "payload": {"token": "bad"}},
            {"type": "connection_init", "payload": {"token": 5}},
            {"type": "connection_init", "payload": {"token": "x" * 9_000}},
            {"type": "connection_init", "payload": {"Authorization": ["Bearer good"]}},
            {"type": "connection_init", "payload": {"Authorization": "Basic good"}},
        ],
    )
    async def test_a_refused_token_closes_4403(
        self, host: str, toy: Toy, message: dict[str, Any]
    ) -> None:
        async with dial(host) as socket:
            await socket.say(message)
            await socket.subscribe("{ ping }")
            assert await socket.closing() == (4403, "Forbidden")
        assert toy.journal.executed == []

    async def test_the_header_of_the_handshake_opens_nothing(self, host: str) -> None:
        async with dial(host, additional_headers={"authorization": "Bearer good"}) as socket:
            await socket.say({"type": "connection_init"})
            assert await socket.closing() == (4403, "Forbidden")

    async def test_a_failure_of_the_token_check_closes_4500(self, host: str) -> None:
        with structlog.testing.capture_logs() as logs:
            async with dial(host) as socket:
                await socket.say({"type": "connection_init", "payload": {"token": "crash"}})
                assert await socket.closing() == (4500, "Internal server error")
        assert [entry["event"] for entry in logs] == ["graphql.unexpected_error"]

    async def test_a_silent_socket_closes_4408(self, host: str) -> None:
        async with dial(host) as socket:
            assert await socket.closing() == (4408, "Connection initialisation timeout")

    async def test_a_second_init_closes_4429(self, socket: Socket) -> None:
        await socket.say(INIT)
        assert await socket.closing() == (4429, "Too many initialisation requests")

    async def test_an_operation_before_the_init_closes_4401(self, host: str, toy: Toy) -> None:
        async with dial(host) as socket:
            await socket.subscribe("{ ping }")
            assert await socket.closing() == (4401, "Unauthorized")
        assert toy.journal.executed == []

    @pytest.mark.parametrize("subprotocols", [None, [Subprotocol("graphql-ws")]])
    async def test_another_protocol_closes_4406(self, host: str, subprotocols: Any) -> None:
        async with dial(host, subprotocols=subprotocols) as socket:
            assert await socket.closing() == (4406, "Subprotocol not acceptable")

    async def test_pages_of_other_origins_are_refused_at_the_handshake(self, host: str) -> None:
        for origin in ("https://evil.example", "null", "http://dashboard.example"):
            with pytest.raises(InvalidStatus) as refused:
                async with dial(host, origin=Origin(origin)):
                    pass
            assert refused.value.response.status_code == 403
        async with dial(host, origin=Origin("https://dashboard.example")) as socket:
            await socket.open()


class TestExpiry:
    @pytest.mark.parametrize("busy", [False, True])
    async def test_the_socket_closes_when_its_token_expires(
        self, host: str, toy: Toy, busy: bool
    ) -> None:
        toy.lifetimes["short"] = timedelta(seconds=0.5)
        started = time.monotonic()
        async with dial(host) as socket:
            await socket.say({"type": "connection_init", "payload": {"token": "short"}})
            assert await socket.hear() == ACK
            if busy:
                await socket.subscribe("subscription { count(to: 100000, every: 0.01) }")
            assert await socket.closing() == (4403, "Token expired")
        assert 0.5 <= time.monotonic() - started < 2
        if busy:
            await until(lambda: toy.journal.stopped == ["count"])

    async def test_the_timer_ends_with_the_socket(self, host: str, toy: Toy) -> None:
        before = len(asyncio.all_tasks())
        for _ in range(3):
            async with dial(host) as socket:
                await socket.open()
        await until(lambda: len(asyncio.all_tasks()) <= before)


async def test_an_operation_is_stopped_at_its_deadline() -> None:
    toy = Toy()
    view = toy.view(TransportSettings(execution_timeout_s=0.2))
    async with (
        served(toy_app(view)) as host,
        dial(host) as socket,
    ):
        await socket.open()
        await socket.subscribe("subscription { count(to: 2, every: 0.5) }", id="long")
        await socket.subscribe("{ slow(seconds: 30) }", id="slow")
        heard = [await socket.hear() for _ in range(4)]
    assert toy.journal.stopped == ["slow", "count"]
    errors = [message for message in heard if message["type"] == "error"]
    assert [(error["id"], error["payload"][0]["extensions"]["code"]) for error in errors] == [
        ("slow", "EXECUTION_TIMEOUT")
    ]
    # A subscription has no deadline.
    assert {"id": "long", "type": "complete"} in heard


async def test_a_reader_that_is_too_slow_slows_its_source_down(host: str, toy: Toy) -> None:
    async with dial(host, max_queue=1, compression=None, close_timeout=0.2) as socket:
        await socket.open()
        await socket.subscribe("subscription { flood }")
        await asyncio.sleep(0.5)
        first = toy.journal.executed.count("flood")
        await asyncio.sleep(0.5)
        assert toy.journal.executed.count("flood") == first
        assert first < 1_000
    await until(lambda: toy.journal.stopped == ["flood"])


async def test_the_library_still_has_the_hooks_that_are_overridden() -> None:
    for name in (
        "handle_message",
        "handle_connection_init",
        "handle_subscribe",
        "handle_ping",
        "handle_invalid_message",
        "run_operation",
        "shutdown",
    ):
        assert callable(getattr(BaseGraphQLTransportWSHandler, name))
    created = BaseGraphQLTransportWSHandler.__init__.__code__.co_names
    assert {"operations", "connection_acknowledged", "context"} <= set(created)
