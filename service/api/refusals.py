"""Requests that are refused before, or instead of, being executed, and their HTTP statuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphql import GraphQLError

from service.api import wire
from service.api.negotiation import GRAPHQL_JSON


class Statuses(NamedTuple):
    """The status under `application/graphql-response+json`, and under `application/json`."""

    graphql_json: int
    json: int


# The draft of GraphQL over HTTP (August 2026) moves on to 422 for documents that do not validate
# and to 294 for partial answers. Clients and proxies know 400 and 200; changing is one line here.
STATUS_POLICY: Mapping[str, Statuses] = {
    "OK": Statuses(200, 200),
    "PARTIAL": Statuses(200, 200),
    "GRAPHQL_PARSE_FAILED": Statuses(400, 200),
    "GRAPHQL_VALIDATION_FAILED": Statuses(400, 200),
    "QUERY_TOO_COMPLEX": Statuses(400, 200),
    "PERSISTED_QUERY_NOT_FOUND": Statuses(400, 200),
    "PERSISTED_QUERY_ID_REQUIRED": Statuses(400, 400),
    "BAD_USER_INPUT": Statuses(400, 200),
    "OPERATION_RESOLUTION_FAILURE": Statuses(400, 400),
    "BAD_REQUEST": Statuses(400, 400),
    "CSRF_PREVENTION": Statuses(400, 400),
    "UNAUTHENTICATED": Statuses(401, 401),
    "METHOD_NOT_ALLOWED": Statuses(405, 405),
    "NOT_ACCEPTABLE": Statuses(406, 406),
    "BODY_TIMEOUT": Statuses(408, 408),
    "PAYLOAD_TOO_LARGE": Statuses(413, 413),
    "URI_TOO_LONG": Statuses(414, 414),
    "UNSUPPORTED_MEDIA_TYPE": Statuses(415, 415),
    "INTERNAL": Statuses(500, 500),
    "EXECUTION_TIMEOUT": Statuses(504, 504),
}


def status_of(code: str, media_type: str) -> int:
    """Return the HTTP status; a code of the schema's own that stops a whole request is a 400."""
    statuses = STATUS_POLICY.get(code, STATUS_POLICY["BAD_USER_INPUT"])
    return statuses.graphql_json if media_type == GRAPHQL_JSON else statuses.json


class Refusal(Exception):
    """A request that is not executed: a code of STATUS_POLICY and a text for the client."""

    def __init__(self, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.headers = dict(headers or {})

    def as_error(self) -> GraphQLError:
        """Return the refusal as an entry of a GraphQL answer's `errors`."""
        return GraphQLError(str(self), extensions={"code": self.code})


def error_body(code: str, message: str) -> bytes:
    """Return the JSON of an answer that has errors and no data."""
    return wire.encode({"errors": [{"message": message, "extensions": {"code": code}}]})
