"""GraphQL results as the members of an answer, and as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strawberry.types import ExecutionResult

from service.api.execution import is_request_error
from service.api.masking import INTERNAL, unexpected


def payload_of(result: ExecutionResult) -> dict[str, Any]:
    """Return the members of an answer; without `data` when nothing was executed."""
    payload: dict[str, Any] = {} if is_request_error(result) else {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def outcome_of(payload: Mapping[str, Any]) -> str:
    """Return the code that decides the status: OK, PARTIAL, or that of the first error."""
    if "errors" not in payload:
        return "OK"
    if "data" in payload:
        return "PARTIAL"
    codes = [error["extensions"]["code"] for error in payload["errors"]]
    return INTERNAL if INTERNAL in codes else str(codes[0])


def masked_payload(error: Exception) -> dict[str, Any]:
    """Log an exception and return the answer that tells a client no more than that it happened."""
    return {"errors": [unexpected(error).formatted]}
