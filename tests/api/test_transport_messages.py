"""graphql-transport-ws: what a message may look like, on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from service.api.view import TransportSettings
from tests.api.toy_schema import Toy, served, toy_app
from tests.api.toy_socket import Socket, dial

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


class TestShapes:
    @pytest.mark.parametrize(
        "message",
        [
            "",
            "{",
            "null",
            "[]",
            '"x"',
            "5",
            "NaN",
            "{}",
            '{"type": null}',
            '{"type": "nope"}',
            '{"type": "' + "n" * 500 + '"}',
            '{"type": ' + "[" * 60 + "]" * 60 + "}",
            "[" * 1000 + "]" * 1000,
            '{"type": "ping", "payload": []}',
            '{"type": "pong", "payload": 5}',
            '{"type": "connection_init", "payload": []}',
            '{"type": "connection_init", "payload": "x"}',
            '{"type": "complete"}',
            '{"type": "complete", "id": {}}',
            '{"type": "subscribe"}',
            '{"type": "subscribe", "id": "1"}',
            '{"type": "subscribe", "id": "1", "payload": null}',
            '{"type": "subscribe", "id": "1", "payload": []}',
            '{"type": "subscribe", "id": "1", "payload": {}}',
            '{"type": "subscribe", "id": 1, "payload": {"query": "{ ping }"}}',
            '{"type": "subscribe", "id": "", "payload": {"query": "{ ping }"}}',
            '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ ping }", "variables": []}}',
            '{"type": "subscribe", "id": "1", "payload": {"query": "{ ping }", "extensions": 1}}',
            '{"type": "subscribe", "id": "1", "payload":'
            ' {"query": "{ ping }", "operationName": {}}}',
            b'{"type": "ping"}',
        ],
    )
    async def test_a_malformed_message_closes_4400(
        self, socket: Socket, toy: Toy, message: str | bytes
    ) -> None:
        await socket.say(message)
        code, reason = await socket.closing()
        assert code == 4400
        assert 0 < len(reason.encode()) <= 123
        assert toy.journal.executed == []

    async def test_an_id_in_use_closes_4409(self, socket: Socket) -> None:
        await socket.subscribe("subscription { silence }", id="x" * 300)
        await socket.subscribe("{ ping }", id="x" * 300)
        code, reason = await socket.closing()
        assert (code, reason[:16]) == (4409, "Subscriber for x")

    async def test_completing_what_is_not_running_is_fine(self, socket: Socket) -> None:
        await socket.say({"type": "complete", "id": "gone"})
        await socket.subscribe("{ ping }")
        assert (await socket.hear())["type"] == "next"

    async def test_a_frame_that_is_too_large_closes_1009(
        self,
    ) -> None:
        view = Toy().view(TransportSettings(frame_chars_max=1_000))
        async with (
            served(toy_app(view)) as host,
            dial(host) as socket,
        ):
            await socket.open()
            await socket.say({"type": "ping", "payload": {"x": "y" * 1_000}})
            assert await socket.closing() == (1009, "Message too big")

    async def test_the_server_itself_refuses_a_frame_beyond_its_own_limit(
        self, socket: Socket
    ) -> None:
        await socket.say({"type": "ping", "payload": {"x": "y" * 300_000}})
        assert (await socket.closing())[0] == 1009

    @pytest.mark.parametrize("payload", [{}, {"a": [1]}, None])
    async def test_a_ping_is_answered_with_its_payload(
        self, socket: Socket, payload: dict[str, Any] | None
    ) -> None:
        await socket.say({"type": "ping", "payload": payload})
        expected = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
        assert await socket.hear() == expected

    async def test_a_ping_may_come_before_the_init_and_a_pong_unasked(self, host: str) -> None:
        async with dial(host) as socket:
            await socket.say({"type": "ping"})
            assert await socket.hear() == {"type": "pong"}
            await socket.say({"type": "pong"})
            await socket.open()
