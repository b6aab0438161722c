"""One GraphQL operation: its shape, its deadline, and the end of its client."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from service.api.masking import settle, unexpected
from service.api.refusals import Refusal

# What an id starts with that says how it was made; the rest is the hash in hexadecimal.
ID_PREFIX = "sha256:"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asks for, in the right shape. The document is not parsed yet.

    `document_id` is the hash of a trusted document, whose text may be missing: `query` is empty
    then, until `service.api.trusted` has looked it up.
    """

    query: str
    variables: dict[str, Any] | None = None
    name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


class ClientGone(Exception):
    """The client hung up before the answer; the query was stopped."""


class WantsSubscription(Exception):
    """The operation is a subscription and has to be streamed."""


def read_operation(body: object) -> Operation:
    """Return the operation of a request body, of query parameters or of a socket message.

    Raises:
        Refusal: BAD_REQUEST, naming the member that has the wrong shape.
    """
    if isinstance(body, list):
        raise Refusal("BAD_REQUEST", "Batches of operations are not supported.")
    if not isinstance(body, dict):
        raise Refusal("BAD_REQUEST", "The request must be a JSON object.")
    extensions = _optional(body, "extensions", dict, "an object")
    document_id = _document_id(body, extensions or {})
    query = body.get("query")
    if document_id is not None and query is None:
        query = ""
    if not isinstance(query, str):
        raise Refusal("BAD_REQUEST", "`query` must be a string.")
    return Operation(
        query,
        _optional(body, "variables", dict, "an object"),
        _optional(body, "operationName", str, "a string") or None,
        extensions,
        document_id,
    )


def _document_id(body: dict[str, Any], extensions: dict[str, Any]) -> str | None:
    """The hash that `documentId` names, or what Apollo's clients send in its place."""
    given = [_optional(body, "documentId", str, "a string")]
    persisted = _optional(extensions, "persistedQuery", dict, "an object")
    if persisted is not None:
        given.append(persisted.get("sha256Hash"))
        if persisted.get("version") != 1 or not isinstance(given[-1], str):
            raise Refusal("BAD_REQUEST", "`persistedQuery` has `version` 1 and a `sha256Hash`.")
    ids = {one.removeprefix(ID_PREFIX) for one in given if one is not None}
    if len(ids) > 1:
        raise Refusal("BAD_REQUEST", "`documentId` and `persistedQuery` name two documents.")
    return ids.pop() if ids else None


def _optional(body: dict[str, Any], name: str, kind: type, words: str) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise Refusal("BAD_REQUEST", f"`{name}` must be {words} or null.")
    return value


def is_request_error(result: ExecutionResult) -> bool:
    """True when nothing was executed, so that the answer has no `data` entry."""
    if isinstance(result, PreExecutionError):
        return True
    errors = result.errors or []
    return result.data is None and bool(errors) and all(error.path is None for error in errors)


class Executor:
    """Executes operations on one schema, each within `timeout_s` seconds."""

    def __init__(self, schema: BaseSchema, *, timeout_s: float, document_chars_max: int) -> None:
        self._schema = schema
        self._timeout_s = timeout_s
        self._document_chars_max = document_chars_max
        self._mutations: set[asyncio.Task[ExecutionResult]] = set()

    async def run(
        self,
        operation: Operation,
        context: object,
        *,
        mutations: bool = True,
        gone: Callable[[], Awaitable[None]] | None = None,
    ) -> ExecutionResult:
        """Execute a query or a mutation.

        `gone` returns when the client has hung up: a query is stopped then. A mutation goes on to
        its own end, so that the client finds its outcome when it repeats the idempotency key.

        Raises:
            WantsSubscription: nothing was executed; use `stream`.
            ClientGone: the client hung up.
            Refusal: METHOD_NOT_ALLOWED, PAYLOAD_TOO_LARGE, EXECUTION_TIMEOUT or
                OPERATION_RESOLUTION_FAILURE.
        """
        if not operation.query:
            raise Refusal("BAD_REQUEST", "`query` is empty.")
        if len(operation.query) > self._document_chars_max:
            raise Refusal(
                "PAYLOAD_TOO_LARGE",
                f"A document has at most {self._document_chars_max} characters.",
            )
        try:
            return await self._run_by_type(operation, context, mutations=mutations, gone=gone)
        except CannotGetOperationTypeError as error:
            raise Refusal("OPERATION_RESOLUTION_FAILURE", error.as_http_error_reason()) from error
        except TimeoutError as error:
            raise Refusal(
                "EXECUTION_TIMEOUT", f"The operation was stopped after {self._timeout_s:g} seconds."
            ) from error

    async def stream(
        self, operation: Operation, context: object
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Yield the results of a subscription. Every error is a result, also an unexpected one."""
        try:
            results = await self._schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                operation_extensions=operation.extensions,
                allowed_operation_types=(OperationType.SUBSCRIPTION,),
            )
            async with contextlib.aclosing(results):
                async for result in results:
                    yield _settled(result)
        except Exception as error:
            yield PreExecutionError(data=None, errors=[unexpected(error)])

    async def _run_by_type(
        self,
        operation: Operation,
        context: object,
        *,
        mutations: bool,
        gone: Callable[[], Awaitable[None]] | None,
    ) -> ExecutionResult:
        try:
            return await self._within_time(operation, context, OperationType.QUERY, gone)
        except InvalidOperationTypeError as error:
            # Raised once the document is parsed and before anything is executed.
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise WantsSubscription from error
            if not mutations:
                raise Refusal(
                    "METHOD_NOT_ALLOWED", "Mutations are sent by POST.", {"allow": "POST"}
                ) from error
        task = asyncio.create_task(
            self._within_time(operation, context, OperationType.MUTATION, None)
        )
        self._mutations.add(task)
        task.add_done_callback(self._mutations.discard)
        return await asyncio.shield(task)

    async def _within_time(
        self,
        operation: Operation,
        context: object,
        kind: OperationType,
        gone: Callable[[], Awaitable[None]] | None,
    ) -> ExecutionResult:
        hung_up = False
        loop = asyncio.get_running_loop()

        async def watch(until_gone: Callable[[], Awaitable[None]]) -> None:
            nonlocal hung_up
            await until_gone()
            hung_up = True
            deadline.reschedule(loop.time())

        watcher = None
        try:
            async with asyncio.timeout(self._timeout_s) as deadline:
                if gone is not None:
                    watcher = asyncio.create_task(watch(gone))
                return await self._execute(operation, context, kind)
        except TimeoutError:
            if hung_up:
                raise ClientGone from None
            raise
        finally:
            if watcher is not None:
                watcher.cancel()

    async def _execute(
        self, operation: Operation, context: object, kind: OperationType
    ) -> ExecutionResult:
        return _settled(
            await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                operation_extensions=operation.extensions,
                allowed_operation_types=(kind,),
            )
        )


def _settled(result: Any) -> ExecutionResult:
    """Settle what the schema's own extension cannot see: errors raised around the execution."""
    if not isinstance(result, ExecutionResult):
        raise GraphQLError(
            "Incremental delivery is not supported.", extensions={"code": "BAD_REQUEST"}
        )
    if result.errors:
        result.errors = settle(result.errors)
    return result
