"""Who is asking: the seam between the GraphQL transports and whatever checks tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from starlette.requests import HTTPConnection

from service.ports import Clock

TOKEN_CHARS_MAX = 8_192


class Session(Protocol):
    """What a checked token stands for. The transports look at nothing but its end."""

    @property
    def expires_at(self) -> datetime:
        """The instant, with a time zone, from which the token is worth nothing."""


SessionT = TypeVar("SessionT", bound=Session)
SessionOutT = TypeVar("SessionOutT", bound=Session, covariant=True)
SessionInT = TypeVar("SessionInT", bound=Session, contravariant=True)


class Unauthenticated(Exception):
    """The token is missing, malformed, expired or refused. Its text is shown to the client."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "A valid bearer token is required.") -> None:
        super().__init__(message)


class Authenticate(Protocol[SessionOutT]):
    """Checks one token.

    Raises:
        Unauthenticated: the token does not open a session; `None` never does.
    """

    async def __call__(self, token: str | None, /) -> SessionOutT: ...


class MakeContext(Protocol[SessionInT]):
    """Makes the context of one operation: fresh for each, on sockets too."""

    def __call__(self, session: SessionInT, connection: HTTPConnection, /) -> object: ...


def bearer_token(authorization: object) -> str | None:
    """Return the token of an `Authorization: Bearer ...` value, or None when it holds none."""
    if not isinstance(authorization, str) or len(authorization) > TOKEN_CHARS_MAX:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def socket_token(payload: Mapping[str, object]) -> str | None:
    """Return the token of a `connection_init` payload, or None when it holds none.

    Accepted are `{"Authorization": "Bearer ..."}`, the same in lower case, and `{"token": "..."}`.
    """
    for name in ("Authorization", "authorization"):
        if name in payload:
            return bearer_token(payload[name])
    token = payload.get("token")
    if isinstance(token, str) and 0 < len(token) <= TOKEN_CHARS_MAX:
        return token
    return None


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


def seconds_left(session: Session, clock: Clock) -> float:
    """Return how long the session lasts from now; not positive once it is over."""
    return (session.expires_at - clock()).total_seconds()
