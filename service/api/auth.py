"""Who asks: bearer tokens, signed by the product's own issuer.

A token is a JWT (RFC 7519) with `iss`, `aud`, `exp`, `sub`, `email` and `role`, and for members of
an account `account`: its id as the API shows it, or its UUID. Why one is refused is not told.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError, SecurityWarning
from joserfc.jwk import Key, KeySet
from joserfc.jws import JWSRegistry

from service.api.context import Viewer
from service.api.keys import FileKeys, Keys, PublishedKeys
from service.api.session import TOKEN_CHARS_MAX, Unauthenticated
from service.billing.errors import NotFound
from service.billing.ids import Kind, decode_as
from service.billing.people import STAFF, Role, is_email
from service.ports import Clock
from service.store import accounts

# Asymmetric ones only; a token names one, and it has to fit the key.
ALGORITHMS = ("Ed25519", "EdDSA", "ES256", "RS256")
# For clocks that differ. Expiry is taken by our own: a session must not outlast its token.
_LEEWAY_S = 30
_KNOWN_ACCOUNTS_MAX = 10_000


class TokenChecker:
    """Opens the session of a token. Keys come from `jwks_url`, or else from `key_file`.

    Raises:
        ValueError: the key file holds no usable key.
        OSError: the key file cannot be read.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks_url: str = "",
        key_file: Path | None = None,
        clock: Clock,
    ) -> None:
        if not jwks_url and key_file is None:
            raise ValueError("tokens are checked with keys from a URL or a file")
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._keys: Keys = (
            FileKeys(key_file) if key_file and not jwks_url else PublishedKeys(jwks_url, clock)
        )
        # Headers that nobody has to understand are ignored, as RFC 7515 has it.
        self._registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        self._known_accounts: set[UUID] = set()

    async def __call__(self, token: str | None, /) -> Viewer:
        """Open a session.

        Raises:
            Unauthenticated: the token is missing or not good.
        """
        if not token or len(token) > TOKEN_CHARS_MAX:
            raise Unauthenticated
        viewer = read_claims(
            await self._verified(token),
            issuer=self._issuer,
            audience=self._audience,
            now=self._clock(),
        )
        await self._check_account(viewer.account_id)
        return viewer

    async def _verified(self, token: str) -> Mapping[str, Any]:
        keys = await self._keys.current()
        if keys is None:
            raise Unauthenticated
        try:
            return self._decode(token, keys)
        except InvalidKeyIdError:
            newer = await self._keys.newer()
        if newer is None:
            raise Unauthenticated
        try:
            return self._decode(token, newer)
        except InvalidKeyIdError:
            raise Unauthenticated from None

    def _decode(self, token: str, keys: Key | KeySet) -> Mapping[str, Any]:
        with warnings.catch_warnings():
            # Issuers still write EdDSA for what RFC 9864 calls Ed25519.
            warnings.simplefilter("ignore", SecurityWarning)
            try:
                return jwt.decode(token, keys, ALGORITHMS, self._registry).claims
            except InvalidKeyIdError:
                raise
            except (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
                # A header is the sender's: whatever its shape makes the library raise.
                raise Unauthenticated from None

    async def _check_account(self, account_id: UUID | None) -> None:
        """Accounts are never deleted, so that one that was seen needs no second look."""
        if account_id is None or account_id in self._known_accounts:
            return
        try:
            await accounts.find(account_id)
        except NotFound:
            raise Unauthenticated from None
        if len(self._known_accounts) >= _KNOWN_ACCOUNTS_MAX:
            self._known_accounts.clear()
        self._known_accounts.add(account_id)


def read_claims(claims: Mapping[str, Any], *, issuer: str, audience: str, now: datetime) -> Viewer:
    """Read the claims of a token whose signature is good.

    Raises:
        Unauthenticated: a claim is missing, has the wrong form, or is not meant for us now.
    """
    audiences = claims.get("aud")
    if claims.get("iss") != issuer or not (
        audiences == audience or (isinstance(audiences, list) and audience in audiences)
    ):
        raise Unauthenticated
    expires_at = _instant(claims.get("exp"))
    latest = now.timestamp() + _LEEWAY_S
    if expires_at <= now or any(
        _instant(claims[name]).timestamp() > latest for name in ("nbf", "iat") if name in claims
    ):
        raise Unauthenticated
    return Viewer(
        email=_email(claims),
        role=_role(claims),
        account_id=_account(claims),
        expires_at=expires_at,
    )


def _instant(value: object) -> datetime:
    """A NumericDate: seconds since 1970 in UTC."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthenticated
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unauthenticated from None


def _email(claims: Mapping[str, Any]) -> str:
    subject, email = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not subject or not isinstance(email, str):
        raise Unauthenticated
    if not is_email(email):
        raise Unauthenticated
    return email


def _role(claims: Mapping[str, Any]) -> Role:
    try:
        return Role(claims.get("role", ""))
    except ValueError:
        raise Unauthenticated from None


def _account(claims: Mapping[str, Any]) -> UUID | None:
    """The account of a member; staff must not have one, lest a slip makes a member of them."""
    named = claims.get("account")
    if _role(claims) in STAFF:
        if named is not None:
            raise Unauthenticated
        return None
    found = _account_id(named) if isinstance(named, str) else None
    if found is None:
        raise Unauthenticated
    return found


def _account_id(text: str) -> UUID | None:
    try:
        return decode_as(Kind.ACCOUNT, text) or UUID(text)
    except ValueError:
        return None
