"""Stripe's error envelope.

ApiError
|-- InvalidRequest     400, found before anything ran: never kept under an idempotency key
|   |-- Missing        404, no such object
|   `-- Unrecognized   404, no such URL
|-- Refused            400, the object's state forbids it: kept like any other result
|-- Unauthorized       401
|-- IdempotencyError   400, the key was used for another request
|-- KeyInUse           409, the key's first request is still running
`-- Fault              a failure that was asked for, or one of our own
"""

from typing import Any

JSON = dict[str, Any]
FAULT_CODES = {409: "lock_timeout", 429: "rate_limit"}


class ApiError(Exception):
    """One error answer: its HTTP status, Stripe's envelope and how clients should retry."""

    status = 400
    type = "invalid_request_error"
    #: Whether an idempotency key replays this answer.
    kept = False
    #: Value of the stripe-should-retry header; None leaves the choice to the client.
    should_retry: bool | None = None

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param

    def envelope(self) -> JSON:
        """Return the body; keys without a value are left out, as Stripe does."""
        error: JSON = {"message": self.message, "type": self.type}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://docs.stripe.com/error-codes#{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


class InvalidRequest(ApiError):
    """The parameters cannot be taken as they are."""


class Missing(InvalidRequest):
    """The id names nothing."""

    status = 404

    def __init__(self, noun: str, object_id: str, *, param: str = "id") -> None:
        super().__init__(f"No such {noun}: '{object_id}'", code="resource_missing", param=param)


class Unrecognized(InvalidRequest):
    """The URL names no operation."""

    status = 404


class Refused(ApiError):
    """The object is not in a state that allows this."""

    kept = True


class Unauthorized(ApiError):
    """No key, or not ours."""

    status = 401


class IdempotencyError(ApiError):
    """The key belongs to a request with other parameters or another path."""

    type = "idempotency_error"


class KeyInUse(ApiError):
    """The request that first used this key has not been answered yet."""

    status = 409
    type = "idempotency_error"
    should_retry = True

    def __init__(self) -> None:
        super().__init__(
            "There is currently another in-progress request using this Idempotent Key (that "
            "probably means you submitted twice, and the other request is still going through).",
            code="idempotency_key_in_use",
        )


class Fault(ApiError):
    """A failing gateway: 409, 429 or a 5xx, injected or real."""

    def __init__(self, status: int, message: str, *, kept: bool) -> None:
        super().__init__(message, code=FAULT_CODES.get(status))
        self.status = status
        self.kept = kept
        self.type = "api_error" if status >= 500 else "invalid_request_error"
        # A kept failure would only be replayed: the SDK is told not to bother.
        self.should_retry = {409: True, 429: None}.get(status, not kept)
