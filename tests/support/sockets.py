"""Subscriptions as clients read them: graphql-transport-ws, server-sent events, multipart.

Each gives a `Stream`: results in order, with the moment of their arrival.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

JSON = dict[str, Any]
NEXT_S = 30.0
PROTOCOL = Subprotocol("graphql-transport-ws")


def document(text_or_id: str) -> JSON:
    """The member of a request that names a document: by its text, or by a trusted one's id."""
    return {"documentId" if text_or_id.startswith("sha256:") else "query": text_or_id}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One result and when it came, by time.perf_counter()."""

    at: float
    payload: JSON

    @property
    def event(self) -> JSON:
        """The one event that a subscription's result holds."""
        assert "errors" not in self.payload, self.payload["errors"]
        (event,) = self.payload["data"].values()
        found: JSON = event
        return found


@dataclass(slots=True)
class Stream:
    """Results that have come and were not read yet; None marks the end. It `is_cut` when the
    server ended it in a way that HTTP does not know."""

    arrivals: asyncio.Queue[Arrival | None] = field(default_factory=asyncio.Queue)
    is_cut: bool = False

    def put(self, payload: JSON) -> None:
        self.arrivals.put_nowait(Arrival(time.perf_counter(), payload))

    def end(self) -> None:
        self.arrivals.put_nowait(None)

    async def arrival(self, *, within: float = NEXT_S) -> Arrival:
        """The next result, which must come."""
        async with asyncio.timeout(within):
            arrival = await self.arrivals.get()
        assert arrival is not None, "the stream has ended"
        return arrival

    async def event(self, *, within: float = NEXT_S) -> JSON:
        return (await self.arrival(within=within)).event

    async def ended(self, *, within: float = NEXT_S) -> None:
        """Wait for the end; a result that comes instead is a failure."""
        async with asyncio.timeout(within):
            arrival = await self.arrivals.get()
        assert arrival is None, arrival

    async def up_to(
        self, is_last: Callable[[JSON], bool], *, within: float = NEXT_S
    ) -> list[Arrival]:
        """All results up to and with the first one that is the last."""
        read: list[Arrival] = []
        try:
            async with asyncio.timeout(within):
                while not read or not is_last(read[-1].event):
                    arrival = await self.arrivals.get()
                    assert arrival is not None, f"the stream has ended after {read}"
                    read.append(arrival)
        except TimeoutError:
            raise AssertionError(f"not within {within} s; what came: {read}") from None
        return read


class Socket:
    """One graphql-transport-ws connection after its connection_ack."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._streams: dict[str, Stream] = {}
        self._reader = asyncio.create_task(self._read())

    async def subscribe(self, query: str, **variables: object) -> Stream:
        name = str(len(self._streams) + 1)
        stream = self._streams[name] = Stream()
        payload = {**document(query), "variables": variables}
        await self._send({"id": name, "type": "subscribe", "payload": payload})
        return stream

    async def closed(self, *, within: float = NEXT_S) -> tuple[int | None, str | None]:
        """Wait until the server closes; return the close frame's code and reason."""
        async with asyncio.timeout(within):
            await self._connection.wait_closed()
        return self._connection.close_code, self._connection.close_reason

    async def close(self) -> None:
        await self._connection.close()
        await self._reader

    async def _send(self, message: JSON) -> None:
        await self._connection.send(json.dumps(message))

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._connection:
                await self._hear(json.loads(frame))
        for stream in self._streams.values():
            stream.end()

    async def _hear(self, message: JSON) -> None:
        match message["type"]:
            case "next":
                self._streams[message["id"]].put(message["payload"])
            case "error":
                self._streams[message["id"]].put({"errors": message["payload"]})
                self._streams[message["id"]].end()
            case "complete":
                self._streams[message["id"]].end()
            case "ping":
                await self._send({"type": "pong"})


@contextlib.asynccontextmanager
async def raw_socket(url: str) -> AsyncIterator[ClientConnection]:
    """A connection on which nothing was said yet."""
    async with connect(
        url, subprotocols=[PROTOCOL], proxy=None, open_timeout=20, max_size=None
    ) as connection:
        assert connection.subprotocol == PROTOCOL
        yield connection


@contextlib.asynccontextmanager
async def socket_of(url: str, token: str) -> AsyncIterator[Socket]:
    """A socket that the server has acknowledged."""
    async with raw_socket(url) as connection:
        hello = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
        await connection.send(json.dumps(hello))
        async with asyncio.timeout(NEXT_S):
            answer = json.loads(await connection.recv())
        assert answer["type"] == "connection_ack", answer
        socket = Socket(connection)
        try:
            yield socket
        finally:
            await socket.close()


@contextlib.asynccontextmanager
async def event_stream(
    url: str, token: str, query: str, **variables: object
) -> AsyncIterator[Stream]:
    """A subscription over text/event-stream, in the distinct connections mode."""
    async with _streaming(
        url, token, "text/event-stream", _server_sent, query, variables
    ) as stream:
        yield stream


@contextlib.asynccontextmanager
async def multipart(url: str, token: str, query: str, **variables: object) -> AsyncIterator[Stream]:
    """A subscription over Apollo's multipart protocol."""
    accept = "multipart/mixed;subscriptionSpec=1.0,application/json"
    async with _streaming(url, token, accept, _parts, query, variables) as stream:
        yield stream


async def _server_sent(response: httpx.Response, stream: Stream) -> None:
    assert response.headers["content-type"].startswith("text/event-stream"), response.headers
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:") and name == "next":
            stream.put(json.loads(line.removeprefix("data:")))


async def _parts(response: httpx.Response, stream: Stream) -> None:
    """Read a part when the delimiter after it has come, as Apollo's and Relay's readers do."""
    kind = response.headers["content-type"]
    assert kind.startswith("multipart/mixed"), response.headers
    delimiter = "\r\n--" + kind.partition('boundary="')[2].partition('"')[0]
    text = ""
    async for piece in response.aiter_text():
        *parts, text = (text + piece).split(delimiter)
        for part in parts:
            body = part.partition("\r\n\r\n")[2]
            message = json.loads(body) if body else {}
            if message.get("payload") is not None:
                stream.put(message["payload"])


@contextlib.asynccontextmanager
async def _streaming(
    url: str, token: str, accept: str, read: Any, query: str, variables: JSON
) -> AsyncIterator[Stream]:
    headers = {"authorization": f"Bearer {token}", "accept": accept}
    body = {**document(query), "variables": variables}
    stream = Stream()
    async with (
        httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(30, read=None)) as client,
        client.stream("POST", url, json=body, headers=headers) as response,
    ):
        assert response.status_code == 200, await response.aread()
        reader = asyncio.create_task(_read_all(read, response, stream))
        try:
            yield stream
        finally:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reader


async def _read_all(read: Any, response: httpx.Response, stream: Stream) -> None:
    try:
        await read(response, stream)
    except httpx.RemoteProtocolError:
        stream.is_cut = True
    finally:
        stream.end()
