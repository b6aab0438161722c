"""Asks the real server for an example over each of its transports."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx

from service.api.trusted import TrustedDocuments
from service.billing.people import Role
from tests.front.stage import Ask, Example, Stage
from tests.support import sockets
from tests.support.sockets import Stream, event_stream, multipart, socket_of
from tools.contract_documents import CONTRACT, by_operation, id_of, operation_of

JSON = dict[str, Any]
DOCUMENTS = by_operation()
TRUSTED = TrustedDocuments.of([CONTRACT / "persisted-documents.json"])
WITHIN_S = 10.0
# Made once: reading the system's certificates takes longer than a request.
CERTIFICATES = ssl.create_default_context()
GRAPHQL_JSON = "application/graphql-response+json"

Over: TypeAlias = Callable[[Stage, Example, Ask, str], Awaitable[JSON]]
"""Asks for a document, by its text or by its id."""


def is_subscription(operation: str) -> bool:
    return operation_of(DOCUMENTS[operation]).operation.value == "subscription"


async def over_http(stage: Stage, example: Example, ask: Ask, document: str) -> JSON:
    """One POST, answered at once."""
    headers = {"authorization": f"Bearer {_token(stage, example, ask)}", "accept": GRAPHQL_JSON}
    body = {**sockets.document(document), "variables": ask.variables}
    async with httpx.AsyncClient(trust_env=False, verify=CERTIFICATES) as http:
        response = await http.post(stage.url, json=body, headers=headers)
    assert response.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert response.status_code == 200, response.text
    return {"response": response.json()}


async def over_get(stage: Stage, example: Example, ask: Ask, document: str) -> JSON:
    """A GET, whose answer a browser keeps while it holds."""
    headers = {"authorization": f"Bearer {_token(stage, example, ask)}", "accept": GRAPHQL_JSON}
    given = {**sockets.document(document), "variables": json.dumps(ask.variables)}
    async with httpx.AsyncClient(trust_env=False, verify=CERTIFICATES, headers=headers) as http:
        response = await http.get(stage.url, params=given)
        tag = response.headers["etag"]
        again = await http.get(stage.url, params=given, headers={"if-none-match": tag})
    assert (response.status_code, again.status_code) == (200, 304)
    return {"response": response.json()}


async def over_sse(stage: Stage, example: Example, ask: Ask, document: str) -> JSON:
    """A stream of server-sent events."""
    token = _token(stage, example, ask)
    stage.bus.waiting.clear()
    async with event_stream(stage.url, token, document, **ask.variables) as stream:
        return await _listen(stage, example, ask, stream)


async def over_multipart(stage: Stage, example: Example, ask: Ask, document: str) -> JSON:
    """Apollo's parts of one answer."""
    token = _token(stage, example, ask)
    stage.bus.waiting.clear()
    async with multipart(stage.url, token, document, **ask.variables) as stream:
        return await _listen(stage, example, ask, stream)


async def over_websocket(stage: Stage, example: Example, ask: Ask, document: str) -> JSON:
    """An operation on a socket."""
    token = _token(stage, example, ask)
    stage.bus.waiting.clear()
    async with socket_of(stage.url.replace("http", "ws", 1), token) as socket:
        stream = await socket.subscribe(document, **ask.variables)
        return await _listen(stage, example, ask, stream)


TRANSPORTS: dict[str, Over] = {
    "http": over_http,
    "get": over_get,
    "sse": over_sse,
    "websocket": over_websocket,
    "multipart": over_multipart,
}


def transports_of(operation: str) -> list[str]:
    """Those that an operation can be asked over: the answer over the first one is recorded."""
    kind = operation_of(DOCUMENTS[operation]).operation.value
    if kind == "subscription":
        return ["websocket", "sse", "multipart"]
    return ["http", "get", "sse", "websocket"] if kind == "query" else ["http", "sse", "websocket"]


async def answered(stage: Stage, example: Example, ask: Ask, transport: str) -> JSON:
    """An answer over one transport: over the first one the text is sent, over the others the id."""
    text = DOCUMENTS[example.operation]
    is_first = transport == transports_of(example.operation)[0]
    return await TRANSPORTS[transport](stage, example, ask, text if is_first else id_of(text))


def _token(stage: Stage, example: Example, ask: Ask) -> str:
    return stage.token(Role(example.role), ask.account_id)


async def _listen(stage: Stage, example: Example, ask: Ask, stream: Stream) -> JSON:
    """The one answer of a query or mutation, or the events of a subscription."""
    if not is_subscription(example.operation):
        return {"response": (await stream.arrival(within=WITHIN_S)).payload}
    events = [(await stream.arrival(within=WITHIN_S)).payload for _ in range(ask.events)]
    for happens, count in ask.steps:
        async with asyncio.timeout(WITHIN_S):
            await stage.bus.waiting.wait()
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
