"""graphql-transport-ws: shape checks, one context for each operation, and the token's end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from starlette.websockets import WebSocketDisconnected as AlreadyClosed
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import (
    NonJsonMessageReceived,
    NonTextMessageReceived,
    WebSocketDisconnected,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    Operation as RunningOperation,
)
from strawberry.types import ExecutionResult

from service.api import wire
from service.api.execution import (
    Operation,
    WantsSubscription,
    is_request_error,
    read_operation,
)
from service.api.masking import unexpected
from service.api.refusals import Refusal
from service.api.session import Session, seconds_left

if TYPE_CHECKING:
    from service.api.view import PaidupView

# RFC 6455, section 5.5: a close frame holds a two-byte code and at most 123 bytes of text.
_REASON_BYTES_MAX = 123
# A sleep never outlasts this, so that a clock that is set forward is noticed.
_NAP_S_MAX = 60.0


@dataclass(slots=True)
class SocketState:
    """What a socket knows about itself: its first message and the session that it opened."""

    websocket: WebSocket
    connection_params: dict[str, object] | None = None
    session: Any = None


class SocketAdapter(ASGIWebSocketAdapter):
    """Text frames of bounded size, and closing that may come from two sides at once."""

    async def iter_json(
        self, *, ignore_parsing_errors: bool = False
    ) -> AsyncGenerator[object, None]:
        """Yield the messages until either side closes.

        Raises:
            NonTextMessageReceived: a binary frame.
            NonJsonMessageReceived: not JSON, or nested too deeply.
        """
        chars_max = cast("PaidupView[Session]", self.view).settings.frame_chars_max
        while self.ws.application_state is not WebSocketState.DISCONNECTED:
            try:
                message = await self.ws.receive()
            except AlreadyClosed:
                return
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                raise NonTextMessageReceived
            if len(text) > chars_max:
                await self.close(1009, "Message too big")
                return
            try:
                yield self.view.decode_json(text)
            except json.JSONDecodeError as error:
                raise NonJsonMessageReceived from error

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message.

        Raises:
            WebSocketDisconnected: the socket is closed.
            TypeError: the message has no JSON form.
        """
        try:
            await self.ws.send_text(wire.encode(message).decode())
        except (WebSocketDisconnect, AlreadyClosed) as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Close the socket unless it is closed; a reason that is too long is cut."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            return
        cut = reason.encode()[:_REASON_BYTES_MAX].decode(errors="ignore")
        with contextlib.suppress(WebSocketDisconnect, AlreadyClosed):
            await self.ws.close(code=code, reason=cut)


class SocketHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """Serves one socket."""

    view: PaidupView[Session]
    context: SocketState
    _expiry: asyncio.Task[None] | None = None

    async def handle_message(self, message: Any) -> None:
        """Dispatch one message; a malformed one closes with 4400, a fault of ours with 4500."""
        try:
            fault = _fault_of(message)
            if fault:
                await self.handle_invalid_message(fault)
            else:
                await super().handle_message(message)
        except WebSocketDisconnected:
            raise
        except Exception as error:
            unexpected(error)
            await self.websocket.close(4500, "Internal server error")

    async def handle_connection_init(self, message: Any) -> None:
        """Open the session and, once it is open, watch for its end."""
        if message.get("payload") is None:
            message = {"type": "connection_init"}
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self._expiry is None:
            self._expiry = asyncio.create_task(self._close_at_expiry())

    async def handle_subscribe(self, message: Any) -> None:
        """Start an operation, unless too many are running on this socket or its document is not
        to be had. What is wrong with the order of messages is left to the library."""
        if self.connection_acknowledged and message["id"] not in self.operations:
            try:
                message = message | {"payload": self._accepted(message["payload"])}
            except Refusal as refusal:
                error = refusal.as_error().formatted
                await self.send_message({"id": message["id"], "type": "error", "payload": [error]})
                return
        await super().handle_subscribe(message)

    async def handle_ping(self, message: Any) -> None:
        """Answer with a pong that carries the ping's payload."""
        payload = message.get("payload")
        await self.send_message(
            {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
        )

    async def run_operation(self, operation: RunningOperation[Any, None]) -> None:
        """Run one operation to its end and say so; every failure is a message of the protocol."""
        try:
            await self._run(operation)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            return
        except Refusal as refusal:
            await self._send_error(operation, refusal)
        except Exception as error:
            await self._send_error(operation, error)

    async def shutdown(self) -> None:
        """Stop the timers and the operations when the socket has closed."""
        if self._expiry is not None:
            self._expiry.cancel()
        await super().shutdown()

    def _accepted(self, payload: Any) -> Any:
        """The payload of a subscribe message, with the text of its document."""
        limit = self.max_subscriptions_per_connection
        if limit is not None and len(self.operations) >= limit:
            raise Refusal(
                "TOO_MANY_OPERATIONS", f"A socket runs at most {limit} operations at a time."
            )
        operation = self.view.complete(read_operation(payload), self.context.session)
        return payload | {"query": operation.query}

    async def _run(self, running: RunningOperation[Any, None]) -> None:
        operation = Operation(running.query, running.variables, running.operation_name)
        context = self.view.socket_context(self.context)
        try:
            await _send(running, await self.view.executor.run(operation, context))
        except WantsSubscription:
            results = self.view.executor.stream(operation, context)
            async with contextlib.aclosing(results):
                async for result in results:
                    await _send(running, result)

    async def _send_error(
        self, operation: RunningOperation[Any, None], error: Refusal | Exception
    ) -> None:
        shown = error.as_error() if isinstance(error, Refusal) else unexpected(error)
        with contextlib.suppress(WebSocketDisconnected):
            await operation.send_initial_errors([shown])

    async def _close_at_expiry(self) -> None:
        left = seconds_left(self.context.session, self.view.clock)
        while left > 0:
            await asyncio.sleep(min(left, _NAP_S_MAX))
            left = seconds_left(self.context.session, self.view.clock)
        await self.websocket.close(4403, "Token expired")


async def _send(running: RunningOperation[Any, None], result: ExecutionResult) -> None:
    if is_request_error(result):
        await running.send_initial_errors(result.errors or [])
    else:
        await running.send_next(result)


def _fault_of(message: object) -> str | None:
    """Say what is wrong with the shape of a message, or None."""
    if not isinstance(message, dict):
        return "A message must be a JSON object"
    kind, payload = message.get("type"), message.get("payload")
    if not isinstance(kind, str):
        return "A message must have a type"
    if kind in ("subscribe", "complete") and not _is_id(message.get("id")):
        return f"A {kind} message must have an id"
    if kind == "subscribe":
        try:
            read_operation(payload)
        except Refusal as refusal:
            return str(refusal)
    elif kind != "complete" and not isinstance(payload, dict | None):
        return f"The payload of a {kind} message must be an object"
    return None


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value != ""
