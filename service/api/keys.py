"""The issuer's public keys: from a file, or from where the issuer publishes them."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, KeySet, OKPKey, RSAKey

from service.ports import Clock

log = structlog.get_logger(__name__)

# Symmetric keys are left out: whoever can check with one could also sign with it.
_KEY_TYPES = frozenset({"OKP", "EC", "RSA"})
_FRESH_FOR = timedelta(minutes=10)
_REFETCH_PAUSE = timedelta(seconds=30)
_FETCH_TIMEOUT_S = 5.0
_BYTES_MAX = 512 * 1024


class Keys(Protocol):
    """Where keys come from."""

    async def current(self) -> Key | KeySet | None:
        """The keys to check with; None while none could be had."""

    async def newer(self) -> Key | KeySet | None:
        """Keys that are newer than the current ones, for a token that names an unknown one; None
        when there is nothing newer to be had now."""


class FileKeys:
    """A JWK set or a PEM file, read once.

    Raises:
        ValueError: the file holds no usable public key.
        OSError: it cannot be read.
    """

    def __init__(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        self._keys = read_key_set(json.loads(text)) if text.lstrip()[:1] == "{" else _pem(text)

    async def current(self) -> Key | KeySet:
        return self._keys

    async def newer(self) -> None:
        return None


class PublishedKeys:
    """A JWK set behind a URL. It is fetched when it is needed and older than ten minutes, and at
    most every 30 seconds for tokens with unknown keys. In an outage the old keys stay good."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._keys: KeySet | None = None
        self._fresh_until: datetime | None = None
        self._tried_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def current(self) -> KeySet | None:
        if self._fresh_until is None or self._clock() >= self._fresh_until:
            await self._refetch()
        return self._keys

    async def newer(self) -> KeySet | None:
        before = self._keys
        await self._refetch()
        return self._keys if self._keys is not before else None

    async def _refetch(self) -> None:
        async with self._turn:
            now = self._clock()
            if self._tried_at is not None and now - self._tried_at < _REFETCH_PAUSE:
                return
            self._tried_at = now
            try:
                self._keys = read_key_set(await self._fetch())
                self._fresh_until = now + _FRESH_FOR
            except (httpx.HTTPError, ValueError) as error:
                log.warning("jwks_not_fetched", why=type(error).__name__)

    async def _fetch(self) -> Any:
        async with (
            httpx.AsyncClient(timeout=_FETCH_TIMEOUT_S) as client,
            client.stream("GET", self._url, headers={"accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _BYTES_MAX:
                    raise ValueError("the key set is too large")
        return json.loads(bytes(body))


def read_key_set(value: Any) -> KeySet:
    """The public signature keys of a JWK set (RFC 7517); keys of other kinds are skipped.

    Raises:
        ValueError: it is no JWK set, or holds no such key.
    """
    listed = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a JWK set")
    keys = [key for one in listed if (key := _key(one)) is not None]
    if not keys:
        raise ValueError("the JWK set holds no public signature key")
    return KeySet(keys)


def _key(value: Any) -> Key | None:
    if not isinstance(value, dict) or value.get("kty") not in _KEY_TYPES:
        return None
    if value.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(value)
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def _pem(text: str) -> Key:
    """A PEM file does not say which kind of key it holds in a way that can be asked for."""
    for kind in (OKPKey, ECKey, RSAKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("the key file holds no public key in PEM form")
