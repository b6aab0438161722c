"""One API call, from its bytes to its answer: key, version, parameters, faults, idempotency."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable

import httpx
import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service.sandbox import idempotency, timers
from service.sandbox.book import Book
from service.sandbox.errors import ApiError, Fault, InvalidRequest, Unauthorized, Unrecognized
from service.sandbox.events import API_VERSION
from service.sandbox.expand import expand
from service.sandbox.faults import ActiveFault, injected, lost
from service.sandbox.idempotency import Answer
from service.sandbox.operations import OPERATIONS, Operation
from service.sandbox.params import Pairs, decode, nest

MAX_BODY_BYTES = 1_000_000
log = structlog.get_logger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]


class Api:
    """Stripe's HTTP API over a book."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def routes(self) -> list[Route]:
        """Return a route for each operation, and one that refuses every other path."""
        routes = [
            Route(operation.path, self._endpoint(operation), methods=[operation.method])
            for operation in OPERATIONS
        ]
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return [*routes, Route("/v1/{path:path}", self._unrecognized, methods=methods)]

    def _endpoint(self, operation: Operation) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return await self._serve(request, operation)

        return endpoint

    async def _unrecognized(self, request: Request) -> Response:
        return await self._serve(request, None)

    async def _serve(self, request: Request, operation: Operation | None) -> Response:
        request_id = self._book.ids.request()
        headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION}
        key = request.headers.get("idempotency-key")
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            answer = await self._answer(request, operation, request_id)
        except ApiError as error:
            answer = _failure(error, request_id)
        except httpx.TransportError as loss:
            return _BrokenOff(loss)
        except Exception:
            log.exception("sandbox_error", request_id=request_id, path=request.url.path)
            answer = _failure(Fault(500, "The sandbox itself failed.", kept=False), request_id)
        if answer.request_id != request_id:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.request_id}
        if answer.should_retry is not None:
            headers["Stripe-Should-Retry"] = "true" if answer.should_retry else "false"
        return Response(answer.body, answer.status, headers, media_type="application/json")

    async def _answer(
        self, request: Request, operation: Operation | None, request_id: str
    ) -> Answer:
        if self._book.faults.outage:
            raise Fault(503, "The gateway is down (injected outage).", kept=False)
        self._authenticate(request.headers.get("authorization"))
        _check_version(request.headers.get("stripe-version"))
        if operation is None:
            raise Unrecognized(f"Unrecognized request URL ({request.method}: {request.url.path}).")
        call = _Call(self._book, operation, request, request_id, await _pairs(request))
        return await call.answer()

    def _authenticate(self, header: str | None) -> None:
        """Refuse a call without our key, sent as Bearer or as the user name of Basic."""
        if not header:
            raise Unauthorized("You did not provide an API key. Send it as a Bearer token.")
        scheme, _, given = header.partition(" ")
        key = given.strip()
        if scheme.lower() == "basic":
            try:
                key = base64.b64decode(key, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                key = ""
        if not hmac.compare_digest(key.encode(), self._book.settings.api_key.encode()):
            shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)
            raise Unauthorized(f"Invalid API Key provided: {shown}")


class _BrokenOff(Response):
    """An answer that ends after its headers: the connection is lost.

    Raising is what makes both kinds of carrier give up: a server closes the connection, since
    what it began to send can no longer be completed, and httpx.ASGITransport hands the exception
    to the caller, as a network would.
    """

    def __init__(self, loss: httpx.TransportError) -> None:
        super().__init__()
        self._loss = loss

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        raise self._loss


class _Call:
    """One authenticated call of an operation."""

    def __init__(
        self, book: Book, operation: Operation, request: Request, request_id: str, pairs: Pairs
    ) -> None:
        self._book = book
        self._operation = operation
        self._id = request_id
        self._method, self._path = request.method, request.url.path
        self._params = operation.reader.read(nest(pairs)) | request.path_params
        key = request.headers.get("idempotency-key")
        self._key = key or None if request.method == "POST" else None
        self._fingerprint = idempotency.fingerprint(request.method, request.url.path, pairs)

    async def answer(self) -> Answer:
        """Replay the key's answer, or execute with the faults in force."""
        kept = None
        if self._key is not None:
            kept = idempotency.recall(self._book, self._key, self._fingerprint)
        faults, replay = self._book.faults, kept is not None
        loss = faults.loss(self._method, self._path)
        if loss is not None and loss.fields["when"] == "before":
            raise lost(loss)
        hang = faults.hang(self._method, self._path)
        failure = faults.failure(self._method, self._path, replay=replay)
        with idempotency.running(self._book, self._key):
            if hang is not None and hang.fields["when"] == "before":
                await self._book.settings.sleep(hang.fields["seconds"])
            if kept is None:
                answer = self._execute(failure)
            else:
                answer = _failure(injected(failure), self._id) if failure else kept
        if hang is not None and hang.fields["when"] == "after":
            await self._book.settings.sleep(hang.fields["seconds"])
        if loss is not None:
            raise lost(loss)
        return answer

    def _execute(self, failure: ActiveFault | None) -> Answer:
        """Run the operation and keep its answer in one transaction."""
        timers.run_due(self._book)
        cause = {"id": self._id, "idempotency_key": self._key}
        if failure is not None and failure.fields["when"] == "before":
            error: ApiError = injected(failure)
        else:
            try:
                with self._book.transaction(cause):
                    answer = self._run()
                    if failure is not None:
                        return self._lose(answer, injected(failure))
                    self._keep(answer)
                    return answer
            except ApiError as refused:
                error = refused
        answer = _failure(error, self._id)
        if error.kept:
            with self._book.transaction(cause):
                self._keep(answer)
        return answer

    def _run(self) -> Answer:
        paths = self._params.pop("expand", [])
        result = self._operation.run(self._book, self._params)
        return Answer(200, orjson.dumps(expand(self._book, result, paths)), self._id)

    def _lose(self, answer: Answer, error: Fault) -> Answer:
        """Answer with an error although the effect stands."""
        failed = _failure(error, self._id)
        self._keep(failed if error.kept else answer)
        return failed

    def _keep(self, answer: Answer) -> None:
        if self._key is not None:
            idempotency.keep(self._book, self._key, self._fingerprint, answer)


async def _pairs(request: Request) -> Pairs:
    """Return the parameters of a call: the query of a GET or DELETE, the form of a POST."""
    if request.method != "POST":
        return decode(request.url.query.encode())
    content_type = request.headers.get("content-type", "")
    body = await read_body(request)
    if body and not content_type.startswith("application/x-www-form-urlencoded"):
        raise InvalidRequest("Send parameters as application/x-www-form-urlencoded.")
    return decode(body)


async def read_body(request: Request) -> bytes:
    """Return a request's whole body.

    Raises:
        InvalidRequest: it is larger than any form has reason to be.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise InvalidRequest("The request body is too large.")
    return body


def _check_version(version: str | None) -> None:
    if version not in (None, API_VERSION):
        message = f"Invalid Stripe API version: {version}. This sandbox speaks {API_VERSION}."
        raise InvalidRequest(message)


def _failure(error: ApiError, request_id: str) -> Answer:
    return Answer(error.status, orjson.dumps(error.envelope()), request_id, error.should_retry)
