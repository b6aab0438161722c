"""Tokens to try: keys, claims, and signing whatever a test makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from service.api.auth import TokenChecker
from service.api.session import Unauthenticated
from tests.api.harness import AUDIENCE, ISSUER
from tests.support.shop import START

JSON = dict[str, Any]
SAFE_TEXT = "A valid bearer token is required."
NOW = START
ED25519 = OKPKey.generate_key("Ed25519", {"kid": "ed"})
P256 = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STAFF_CLAIMS: JSON = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "staff-7",
    "email": "support@seller.example",
    "role": "SUPPORT",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 600,
}


def signed(claims: JSON, key: Key = ED25519, algorithm: str = "Ed25519", **header: object) -> str:
    lenient = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, claims, key, registry=lenient)


def written(folder: Path, *keys: Key) -> Path:
    file = folder / "keys.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))
    return file


def checker_of(key_file: Path, clock: Callable[[], datetime] | None = None) -> TokenChecker:
    return TokenChecker(
        issuer=ISSUER, audience=AUDIENCE, key_file=key_file, clock=clock or (lambda: NOW)
    )


async def refused(checker: TokenChecker, token: str | None) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await checker(token)
    assert str(refusal.value) == SAFE_TEXT
