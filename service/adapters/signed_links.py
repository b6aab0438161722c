"""Links to one invoice, signed with HMAC-SHA256 as a JWT (RFC 7519): nothing is stored for them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from service.ports import Clock, LinkClaim

_AUDIENCE = "paidup:invoice-link"
_ALGORITHM = "HS256"


class SignedLinks:
    """Signs with `secret`; changing it ends all links that were given out."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._key = OctKey.import_key(secret)
        self._clock = clock

    def sign(self, claim: LinkClaim, *, lifetime: timedelta) -> str:
        claims = {
            "aud": _AUDIENCE,
            "sub": str(claim.invoice_id),
            "acc": str(claim.account_id),
            "exp": int((self._clock() + lifetime).timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key)

    def read(self, token: str) -> LinkClaim | None:
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            if claims["aud"] != _AUDIENCE or claims["exp"] <= self._clock().timestamp():
                return None
            return LinkClaim(UUID(claims["acc"]), UUID(claims["sub"]))
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            return None
