"""Links to our own pages, signed with HMAC-SHA256 as a JWT (RFC 7519): nothing is stored for them.

What a link is for is its audience, so that no link opens a page of another kind.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from service.ports import CheckoutClaim, Clock, LinkClaim, ReceiptClaim, ReturnClaim

_INVOICE = "paidup:invoice-link"
_RECEIPT = "paidup:receipt-link"
_CHECKOUT = "paidup:checkout-link"
_RETURN = "paidup:return-link"
_ALGORITHM = "HS256"
_ROUND = timedelta(minutes=5)


class SignedLinks:
    """Signs with `secret`; changing it ends all links that were given out."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._key = OctKey.import_key(secret)
        self._clock = clock

    def sign(self, claim: LinkClaim, *, lifetime: timedelta) -> str:
        return self._sign(_INVOICE, claim.account_id, claim.invoice_id, self._end_of(lifetime))

    def read(self, token: str) -> LinkClaim | None:
        found = self._read(_INVOICE, token)
        return LinkClaim(*found) if found else None

    def sign_receipt(self, claim: ReceiptClaim, *, lifetime: timedelta) -> str:
        return self._sign(_RECEIPT, claim.account_id, claim.payment_id, self._end_of(lifetime))

    def read_receipt(self, token: str) -> ReceiptClaim | None:
        found = self._read(_RECEIPT, token)
        return ReceiptClaim(*found) if found else None

    def sign_checkout(self, claim: CheckoutClaim, *, until: datetime) -> str:
        return self._sign(_CHECKOUT, claim.account_id, claim.payment_id, until)

    def read_checkout(self, token: str) -> CheckoutClaim | None:
        found = self._read(_CHECKOUT, token)
        return CheckoutClaim(*found) if found else None

    def sign_return(self, claim: ReturnClaim, *, until: datetime) -> str:
        return self._sign(_RETURN, claim.account_id, claim.payment_link_id, until)

    def read_return(self, token: str) -> ReturnClaim | None:
        found = self._read(_RETURN, token)
        return ReturnClaim(*found) if found else None

    def _end_of(self, lifetime: timedelta) -> datetime:
        """The end of a lifetime, rounded up to five minutes: an answer with a link in it stays the
        same for a while, and need not be sent again."""
        end = self._clock() + lifetime
        return end + (datetime.min.replace(tzinfo=end.tzinfo) - end) % _ROUND

    def _sign(self, audience: str, account_id: UUID, subject: UUID, until: datetime) -> str:
        claims = {
            "aud": audience,
            "sub": str(subject),
            "acc": str(account_id),
            "exp": int(until.timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key)

    def _read(self, audience: str, token: str) -> tuple[UUID, UUID] | None:
        """Account and subject of a token for this audience."""
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            if claims["aud"] != audience or claims["exp"] <= self._clock().timestamp():
                return None
            return UUID(claims["acc"]), UUID(claims["sub"])
        except (JoseError, ValueError, KeyError, TypeError, AttributeError):
            return None
