"""What a client may read about an error: codes for what it did, one sentence for what we did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import uuid4

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext
from strawberry.types.execution import StreamExecutionResult

INTERNAL = "INTERNAL"

_log = structlog.get_logger(__name__)


class QuietSchema(strawberry.Schema):
    """A schema that leaves the logging of errors to this module.

    The library logs every error with its text, a client's typo and a secret alike.
    """

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: `settle` logs what nobody expected, once."""


class MaskUnexpected(SchemaExtension):
    """Settles the errors of every result, on subscription streams too."""

    def on_operation(self) -> Iterator[None]:
        """Settle the errors of a query or mutation."""
        yield
        _settle_result(self.execution_context.result)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Settle the errors of one event before it is sent."""
        _settle_result(result)
        yield


def _settle_result(result: object) -> None:
    errors = getattr(result, "errors", None)
    if errors:
        result.errors = settle(errors)  # type: ignore[attr-defined]  # any of three result types


def settle(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Return errors that all carry a code; what was not meant for a client is masked and logged.

    Settling twice changes nothing and logs nothing more.
    """
    return [_settle_one(error) for error in errors]


def unexpected(error: Exception) -> GraphQLError:
    """Log an exception with its traceback and return what a client may read about it."""
    return _settle_one(
        error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
    )


def with_code(error: GraphQLError, code: str) -> GraphQLError:
    """Return the same error, with the code unless it has one already.

    What a scalar's parser raised is cut out of the message, unless it is a GraphQLError.
    """
    extensions = dict(error.extensions or {})
    extensions.setdefault("code", code)
    return GraphQLError(
        _without_cause(error),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions=extensions,
    )


def _without_cause(error: GraphQLError) -> str:
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if cause is None:
        return error.message
    return error.message.replace(f", but encountered error '{cause}'; found", ", found")


def _settle_one(error: GraphQLError) -> GraphQLError:
    if (error.extensions or {}).get("code"):
        return error
    code = _code_of(error)
    return _mask(error) if code is None else with_code(error, code)


def _code_of(error: GraphQLError) -> str | None:
    """The code of an error that a client caused; None for an error of our own."""
    original = error.original_error
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if isinstance(original, CannotGetOperationTypeError):
        return "OPERATION_RESOLUTION_FAILURE"
    if isinstance(original, InvalidOperationTypeError):
        return "BAD_REQUEST"
    if isinstance(error, StrawberryInputCoercionError) or isinstance(
        original, StrawberryInputCoercionError
    ):
        return "BAD_USER_INPUT"
    # Before the first resolver runs, an error that points into the document is about a variable.
    if error.path is None and error.nodes:
        return "BAD_USER_INPUT"
    return None


def _mask(error: GraphQLError) -> GraphQLError:
    request_id = structlog.contextvars.get_contextvars().get("request_id") or uuid4().hex
    cause = error.original_error or error
    _log.error(
        "graphql.unexpected_error",
        request_id=request_id,
        path=error.path,
        exc_info=(type(cause), cause, cause.__traceback__),
    )
    return GraphQLError(
        "Internal error",
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": INTERNAL, "requestId": str(request_id)},
    )
