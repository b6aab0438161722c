"""Subscriptions over HTTP: server-sent events, and multipart as Apollo's clients read it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from service.api import wire
from service.api.answers import masked_payload, payload_of
from service.api.session import Session, seconds_left
from service.ports import Clock

TOKEN_EXPIRED: Mapping[str, Any] = {
    "message": "Token expired",
    "extensions": {"code": "TOKEN_EXPIRED"},
}

_NO_TRANSFORM = {
    "cache-control": "no-cache, no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
    "vary": "Accept",
}


class Framing(Protocol):
    """How results are written into an open HTTP answer."""

    headers: Mapping[str, str]
    heartbeat_s: float

    def begin(self) -> bytes: ...

    def heartbeat(self) -> bytes: ...

    def result(self, payload: Mapping[str, Any]) -> bytes: ...

    def expired(self) -> bytes: ...

    def end(self) -> bytes: ...


class EventStream:
    """The distinct-connections mode of graphql-sse. Lines end in LF: urql splits on two of them."""

    headers: Mapping[str, str] = {
        "content-type": "text/event-stream; charset=utf-8",
        **_NO_TRANSFORM,
    }
    heartbeat_s = 15.0

    def begin(self) -> bytes:
        """A comment at once, so that the reader knows the stream is open."""
        return self.heartbeat()

    def heartbeat(self) -> bytes:
        """A comment, which readers skip."""
        return b": ping\n\n"

    def result(self, payload: Mapping[str, Any]) -> bytes:
        """One `next` event."""
        return b"event: next\ndata: %b\n\n" % wire.encode(payload)

    def expired(self) -> bytes:
        """A last `next` event with the code TOKEN_EXPIRED: come back with another token."""
        return self.result({"errors": [TOKEN_EXPIRED]})

    def end(self) -> bytes:
        """The `complete` event; browsers drop an event that has no data line."""
        return b"event: complete\ndata:\n\n"


class MultipartSubscription:
    """Apollo's multipart subscriptions, subscriptionSpec=1.0, framed as RFC 2046 has it.

    Each part is written together with the delimiter behind it: readers take a part only once that
    has come, and would else have the last event as late as the next heartbeat.
    """

    headers: Mapping[str, str] = {
        "content-type": 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
        **_NO_TRANSFORM,
    }
    heartbeat_s = 5.0

    def begin(self) -> bytes:
        """The opening delimiter, and an empty object, so that the reader knows it is open."""
        return b"\r\n--graphql" + self.heartbeat()

    def heartbeat(self) -> bytes:
        """An empty object, which readers skip."""
        return self._part({})

    def result(self, payload: Mapping[str, Any]) -> bytes:
        """One part; results sit under `payload`, beside errors of the transport."""
        return self._part({"payload": payload})

    def expired(self) -> bytes:
        """A part with an error of the transport, which ends the subscription."""
        return self._part({"payload": None, "errors": [TOKEN_EXPIRED]})

    def end(self) -> bytes:
        """What makes the last delimiter the closing one."""
        return b"--\r\n"

    def _part(self, body: Mapping[str, Any]) -> bytes:
        head = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
        return head + wire.encode(body) + b"\r\n--graphql"


async def frames(
    results: AsyncGenerator[ExecutionResult, None],
    framing: Framing,
    session: Session,
    clock: Clock,
) -> AsyncGenerator[bytes, None]:
    """Yield the body of a stream: a heartbeat at once, results as they come, the end.

    The next result is only asked for when the last one was written, so a slow reader slows the
    source down and nothing piles up. The stream ends when the token does.
    """
    yield framing.begin()
    pending: asyncio.Future[ExecutionResult] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(results))
            left = seconds_left(session, clock)
            if left <= 0:
                yield framing.expired()
                break
            await asyncio.wait({pending}, timeout=min(framing.heartbeat_s, left))
            if not pending.done():
                if seconds_left(session, clock) > 0:
                    yield framing.heartbeat()
                continue
            try:
                result = pending.result()
            except StopAsyncIteration:
                break
            pending = None
            yield _frame(framing, result)
        yield framing.end()
    finally:
        if pending is not None:
            pending.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await pending
        await results.aclose()


def _frame(framing: Framing, result: ExecutionResult) -> bytes:
    try:
        return framing.result(payload_of(result))
    except TypeError as error:
        return framing.result(masked_payload(error))


async def once(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    """Yield one result: a query asked for as a stream."""
    yield result


class StreamAnswer(StreamingResponse):
    """An open answer that closes its source as soon as the client hangs up or the server stops,
    and waits for it."""

    def __init__(self, body: AsyncGenerator[bytes, None], headers: Mapping[str, str]) -> None:
        super().__init__(body, headers=headers)
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self.stream_response(send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            # The server stops. The body ends as HTTP has it, but the subscription is not complete:
            # its reader knows from that to come back.
            await _stop(sending)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await _stop(sending)
            await _stop(leaving)
            await self._body.aclose()


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
