"""Asks the real server for an example over each of its transports."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx

from service.billing.people import Role
from tests.front.stage import Ask, Example, Stage
from tests.support.sockets import Stream, event_stream, multipart, socket_of
from tools.contract_documents import by_operation, operation_of

JSON = dict[str, Any]
DOCUMENTS = by_operation()
WITHIN_S = 10.0
# Made once: reading the system's certificates takes longer than a request.
CERTIFICATES = ssl.create_default_context()
GRAPHQL_JSON = "application/graphql-response+json"

Over: TypeAlias = Callable[[Stage, Example, Ask], Awaitable[JSON]]


def is_subscription(operation: str) -> bool:
    return operation_of(DOCUMENTS[operation]).operation.value == "subscription"


async def over_http(stage: Stage, example: Example, ask: Ask) -> JSON:
    """One POST, answered at once."""
    headers = {"authorization": f"Bearer {_token(stage, example, ask)}", "accept": GRAPHQL_JSON}
    body = {"query": DOCUMENTS[example.operation], "variables": ask.variables}
    async with httpx.AsyncClient(trust_env=False, verify=CERTIFICATES) as http:
        response = await http.post(stage.url, json=body, headers=headers)
    assert response.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert response.status_code == 200, response.text
    return {"response": response.json()}


async def over_sse(stage: Stage, example: Example, ask: Ask) -> JSON:
    """A stream of server-sent events."""
    document, token = DOCUMENTS[example.operation], _token(stage, example, ask)
    stage.bus.waiting.clear()
    async with event_stream(stage.url, token, document, **ask.variables) as stream:
        return await _listen(stage, example, ask, stream)


async def over_multipart(stage: Stage, example: Example, ask: Ask) -> JSON:
    """Apollo's parts of one answer."""
    document, token = DOCUMENTS[example.operation], _token(stage, example, ask)
    stage.bus.waiting.clear()
    async with multipart(stage.url, token, document, **ask.variables) as stream:
        return await _listen(stage, example, ask, stream)


async def over_websocket(stage: Stage, example: Example, ask: Ask) -> JSON:
    """An operation on a socket."""
    document, token = DOCUMENTS[example.operation], _token(stage, example, ask)
    stage.bus.waiting.clear()
    async with socket_of(stage.url.replace("http", "ws", 1), token) as socket:
        stream = await socket.subscribe(document, **ask.variables)
        return await _listen(stage, example, ask, stream)


TRANSPORTS: dict[str, Over] = {
    "http": over_http,
    "sse": over_sse,
    "websocket": over_websocket,
    "multipart": over_multipart,
}


def transports_of(operation: str) -> list[str]:
    """Those that an operation can be asked over: the answer over the first one is recorded."""
    if is_subscription(operation):
        return ["websocket", "sse", "multipart"]
    return ["http", "sse", "websocket"]


def _token(stage: Stage, example: Example, ask: Ask) -> str:
    return stage.token(Role(example.role), ask.account_id)


async def _listen(stage: Stage, example: Example, ask: Ask, stream: Stream) -> JSON:
    """The one answer of a query or mutation, or the events of a subscription."""
    if not is_subscription(example.operation):
        return {"response": (await stream.arrival(within=WITHIN_S)).payload}
    events = [(await stream.arrival(within=WITHIN_S)).payload for _ in range(ask.events)]
    for happens, count in ask.steps:
        await asyncio.wait_for(stage.bus.waiting.wait(), WITHIN_S)
        await happens()
        events += [(await stream.arrival(within=WITHIN_S)).payload for _ in range(count)]
    if ask.ends:
        events += await _rest(stream)
    return {"events": events, "ends": ask.ends}


async def _rest(stream: Stream) -> list[JSON]:
    found: list[JSON] = []
    async with asyncio.timeout(WITHIN_S):
        while (arrival := await stream.arrivals.get()) is not None:
            found.append(arrival.payload)
    return found
