"""Keys and bearer tokens of the demo. In production the product's own issuer signs tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OKPKey

from service.app import write_private
from service.billing.ids import Kind, encode
from service.billing.people import Role

ISSUER = "paidup-demo"
AUDIENCE = "paidup"
ALGORITHM = "Ed25519"
TOKEN_LIFETIME = timedelta(hours=12)


class DemoIssuer:
    """Signs with an Ed25519 key (RFC 8037, RFC 9864) that is made once in the data folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        private = folder / "jwt-private.pem"
        if not private.exists():
            key = OKPKey.generate_key("Ed25519")
            write_private(private, key.as_pem(private=True).decode())
        self._key = OKPKey.import_key(private.read_text())
        self.public_key_file = folder / "jwt-public.pem"
        self.public_key_file.write_bytes(self._key.as_pem(private=False))

    def token(self, *, email: str, role: Role, account_id: UUID | None, at: datetime) -> str:
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": email,
            "email": email,
            "role": role,
            "iat": int(at.timestamp()),
            "exp": int((at + TOKEN_LIFETIME).timestamp()),
        }
        if account_id is not None:
            claims["account"] = encode(Kind.ACCOUNT, account_id)
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])
