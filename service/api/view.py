"""The GraphQL endpoint: queries and mutations by GET and POST, streams, sockets, and the explorer.

It follows the GraphQL over HTTP specification, the distinct-connections mode of graphql-sse,
Apollo's multipart subscriptions and the graphql-transport-ws protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.schema.base import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from service.api import wire
from service.api.answers import masked_payload, outcome_of, payload_of
from service.api.conditional import unless_known
from service.api.execution import (
    ClientGone,
    Executor,
    Operation,
    WantsSubscription,
    read_operation,
)
from service.api.limits import Limits
from service.api.negotiation import EVENT_STREAM, JSON, Accepted, negotiate
from service.api.refusals import Refusal, error_body, status_of
from service.api.session import (
    Authenticate,
    MakeContext,
    SessionT,
    Unauthenticated,
    bearer_token,
    socket_token,
    utc_now,
)
from service.api.streaming import EventStream, MultipartSubscription, StreamAnswer, frames, once
from service.api.trusted import TrustedDocuments
from service.api.websocket import SocketAdapter, SocketHandler, SocketState
from service.ports import Clock

# Answers differ from viewer to viewer: no proxy may keep them.
_REVALIDATED = {"cache-control": "private, no-cache", "vary": "Accept, Authorization"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSettings:
    """Bounds of one request and of one socket."""

    body_bytes_max: int = 256 * 1024
    frame_chars_max: int = 256 * 1024
    query_string_bytes_max: int = 32 * 1024
    body_timeout_s: float = 10.0
    execution_timeout_s: float = 15.0
    socket_init_timeout_s: float = 10.0
    socket_operations_max: int = 50
    document_chars_max: int = Limits().document_chars


class PaidupView(GraphQL[object, None], Generic[SessionT]):
    """Mount it at one path, for HTTP and for WebSocket."""

    graphql_transport_ws_handler_class = SocketHandler
    websocket_adapter_class = SocketAdapter

    def __init__(
        self,
        schema: BaseSchema,
        *,
        authenticate: Authenticate[SessionT],
        make_context: MakeContext[SessionT],
        explorer_page: Callable[[Request], Response] | None = None,
        documents: TrustedDocuments | None = None,
        trusted_only: Callable[[SessionT], bool] = lambda _: False,
        allowed_origins: Sequence[str] = (),
        settings: TransportSettings | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Serve `schema`.

        Args:
            schema: made with `service.api.documents.extensions()`.
            authenticate: opens the session of a bearer token or raises Unauthenticated.
            make_context: makes the context of one operation.
            explorer_page: answers GET requests of browsers; None: there is no explorer.
            documents: those that may be asked for by their ids.
            trusted_only: whether a session is refused everything but them.
            allowed_origins: other origins whose pages may open a socket here.
            settings: bounds of requests and sockets.
            clock: the time now, against which sessions end.
        """
        self.settings = settings or TransportSettings()
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=self.settings.socket_init_timeout_s),
            max_subscriptions_per_connection=self.settings.socket_operations_max,
            allowed_origins=allowed_origins,
        )
        self.clock = clock
        self.executor = Executor(
            schema,
            timeout_s=self.settings.execution_timeout_s,
            document_chars_max=self.settings.document_chars_max,
        )
        self._authenticate = authenticate
        self._make_context = make_context
        self._explorer_page = explorer_page
        self._documents = documents or TrustedDocuments()
        self._trusted_only = trusted_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one socket until it closes."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        with contextlib.suppress(ClientDisconnect, ClientGone):
            response = await self._respond(request)
            await response(scope, receive, send)

    def decode_json(self, data: str | bytes) -> object:
        """Parse JSON within our bounds; the socket's messages come through here."""
        return wire.decode(data)

    async def get_context(self, request: Request | WebSocket, response: object) -> object:
        """Return what a socket knows about itself; operations get contexts of their own."""
        return SocketState(cast("WebSocket", request))

    async def on_ws_connect(self, context: object) -> Any:
        """Open the socket's session with the token of its `connection_init` message."""
        state = cast("SocketState", context)
        try:
            async with asyncio.timeout(self.settings.socket_init_timeout_s):
                token = socket_token(state.connection_params or {})
                state.session = await self._authenticate(token)
        except Unauthenticated as error:
            raise ConnectionRejectionError from error
        return await super().on_ws_connect(context)

    def socket_context(self, state: SocketState) -> object:
        """Make the context of one operation on a socket."""
        return self._make_context(state.session, state.websocket)

    def complete(self, operation: Operation, session: SessionT) -> Operation:
        """Return the operation with the text of the trusted document that it names.

        Raises:
            Refusal: there is no such document, or the session may not send a text.
        """
        return self._documents.complete(operation, trusted_only=self._trusted_only(session))

    async def _respond(self, request: Request) -> Response:
        accepted = negotiate(request.headers.get("accept"))
        media_type = accepted.json or JSON
        try:
            return await self._answer(request, accepted)
        except Refusal as refusal:
            return _json(
                error_body(refusal.code, str(refusal)),
                status_of(refusal.code, media_type),
                media_type,
                refusal.headers,
            )
        except (ClientDisconnect, ClientGone):
            raise
        except Exception as error:
            body = wire.encode(masked_payload(error))
            return _json(body, status_of("INTERNAL", media_type), media_type)

    async def _answer(self, request: Request, accepted: Accepted) -> Response:
        if request.method not in ("GET", "POST"):
            raise Refusal(
                "METHOD_NOT_ALLOWED", "Only GET and POST are supported.", {"allow": "GET, POST"}
            )
        if request.method == "GET" and accepted.html and self._explorer_page:
            return self._explorer_page(request)
        _check_headers(request, accepted)
        session = await self._session_of(request)
        operation = self.complete(await self._read(request), session)
        return await self._execute(request, accepted, session, operation)

    async def _session_of(self, request: Request) -> SessionT:
        try:
            return await self._authenticate(bearer_token(request.headers.get("authorization")))
        except Unauthenticated as error:
            raise Refusal(error.code, str(error), {"www-authenticate": "Bearer"}) from error

    async def _read(self, request: Request) -> Operation:
        try:
            if request.method == "GET":
                return read_operation(self._parameters(request))
            return read_operation(wire.decode(await self._body(request)))
        except json.JSONDecodeError as error:
            raise Refusal("BAD_REQUEST", "The request is not valid JSON.") from error

    def _parameters(self, request: Request) -> dict[str, object]:
        if len(request.url.query) > self.settings.query_string_bytes_max:
            raise Refusal("URI_TOO_LONG", "The query string is too long; send it by POST.")
        parameters: dict[str, object] = dict(request.query_params)
        for name in ("variables", "extensions"):
            text = parameters.get(name)
            parameters[name] = wire.decode(str(text)) if text else None
        return parameters

    async def _body(self, request: Request) -> bytes:
        limit = self.settings.body_bytes_max
        too_large = Refusal("PAYLOAD_TOO_LARGE", f"A body has at most {limit} bytes.")
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > limit:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self.settings.body_timeout_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > limit:
                        raise too_large
        except TimeoutError as error:
            raise Refusal(
                "BODY_TIMEOUT", "The body did not arrive in time.", {"connection": "close"}
            ) from error
        return bytes(body)

    async def _execute(
        self, request: Request, accepted: Accepted, session: SessionT, operation: Operation
    ) -> Response:
        context = self._make_context(session, request)
        try:
            result = await self.executor.run(
                operation,
                context,
                mutations=request.method == "POST",
                gone=lambda: _until_gone(request),
            )
        except WantsSubscription as error:
            if accepted.stream is None:
                raise Refusal(
                    "BAD_REQUEST",
                    "A subscription needs a WebSocket (graphql-transport-ws), or an Accept "
                    "header of text/event-stream or multipart/mixed;subscriptionSpec=1.0.",
                ) from error
            results = self.executor.stream(operation, context)
        else:
            if accepted.json is not None:
                return _result(request, operation, accepted.json, payload_of(result))
            results = once(result)
        framing = EventStream() if accepted.stream == EVENT_STREAM else MultipartSubscription()
        return StreamAnswer(frames(results, framing, session, self.clock), framing.headers)


def _check_headers(request: Request, accepted: Accepted) -> None:
    if accepted.nothing:
        raise Refusal(
            "NOT_ACCEPTABLE",
            "Acceptable are application/graphql-response+json, application/json, "
            "text/event-stream and multipart/mixed;subscriptionSpec=1.0.",
        )
    headers = request.headers
    if request.method == "GET":
        # A link, a form or an image of another site sends neither of the two.
        if not accepted.names_a_data_type and "graphql-require-preflight" not in headers:
            raise Refusal(
                "CSRF_PREVENTION",
                "A GET request names a JSON type in Accept or sends graphql-require-preflight.",
            )
        return
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", "The body must not be compressed.")
    media_type, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].split(";")[0].strip(" \"'") or "utf-8"
    if media_type.strip() != JSON or charset not in ("utf-8", "utf8"):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", "The body must be application/json in UTF-8.")


def _result(
    request: Request, operation: Operation, media_type: str, payload: Mapping[str, Any]
) -> Response:
    outcome, body = outcome_of(payload), wire.encode(payload)
    if request.method == "GET" and operation.document_id is not None and outcome == "OK":
        # Short addresses that come again: browsers keep the answer, and ask whether it still holds.
        return unless_known(request, body, _headers(media_type) | _REVALIDATED)
    return _json(body, status_of(outcome, media_type), media_type)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _json(
    body: bytes, status: int, media_type: str, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(body, status, {**_headers(media_type), **(headers or {})})


def _headers(media_type: str) -> dict[str, str]:
    return {
        "content-type": f"{media_type}; charset=utf-8",
        "cache-control": "no-store",
        "vary": "Accept",
        "x-content-type-options": "nosniff",
    }
