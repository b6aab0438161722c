"""The issuer's keys: from a file, and from a URL through rotation and outage."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import Key, OctKey

from service.api.auth import TokenChecker
from service.billing.people import Role
from tests.api.harness import AUDIENCE, ISSUER, JSON
from tests.api.tokens import (
    ED25519,
    NOW,
    P256,
    RSA,
    STAFF_CLAIMS,
    checker_of,
    refused,
    signed,
)
from tests.support.shop import SettableClock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a key",
        "{}",
        '{"keys": []}',
        '{"keys": "all"}',
        json.dumps({"keys": [OctKey.import_key("0123456789abcdef" * 2).as_dict(private=True)]}),
        json.dumps({"keys": [ED25519.as_dict(private=False) | {"use": "enc"}]}),
    ],
)
def test_a_file_without_a_public_signature_key_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(ValueError):
        checker_of(file)


def test_a_symmetric_key_is_never_read_from_a_set(tmp_path: Path) -> None:
    secret = OctKey.generate_key(256, {"kid": "shared"})
    file = tmp_path / "keys.json"
    both = [ED25519.as_dict(private=False), secret.as_dict(private=True)]
    file.write_text(json.dumps({"keys": both}))
    token = jwt.encode({"alg": "HS256", "kid": "shared"}, STAFF_CLAIMS, secret)
    asyncio.run(refused(checker_of(file), token))


@dataclass
class Published:
    """The issuer's key set behind a URL on this machine, and how often it was asked for."""

    url: str = ""
    keys: list[Key] = field(default_factory=list)
    status: int = 200
    asked: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()
        head = (
            f"HTTP/1.1 {self.status} Status\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def published(*keys: Key) -> AsyncIterator[Published]:
    found = Published(keys=list(keys))
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    async with server:
        found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
        yield found


def lasting(clock: SettableClock) -> JSON:
    return STAFF_CLAIMS | {"exp": int(clock().timestamp()) + 86_400}


def checker_at(source: Published, clock: SettableClock) -> TokenChecker:
    return TokenChecker(issuer=ISSUER, audience=AUDIENCE, jwks_url=source.url, clock=clock)


async def test_published_keys_are_kept_for_ten_minutes() -> None:
    clock = SettableClock(NOW)
    async with published(ED25519, P256) as source:
        checker = checker_at(source, clock)
        await checker(signed(lasting(clock)))
        clock.move(minutes=9, seconds=59)
        await checker(signed(lasting(clock), P256, "ES256"))
        assert source.asked == 1
        clock.move(seconds=1)
        await checker(signed(lasting(clock)))
        assert source.asked == 2


async def test_a_new_key_is_found_at_once_but_asked_for_at_most_every_thirty_seconds() -> None:
    clock = SettableClock(NOW)
    async with published(ED25519) as source:
        checker = checker_at(source, clock)
        await checker(signed(lasting(clock)))
        source.keys.append(P256)
        await refused(checker, signed(lasting(clock), P256, "ES256"))
        assert source.asked == 1
        clock.move(seconds=30)
        assert (await checker(signed(lasting(clock), P256, "ES256"))).role is Role.SUPPORT
        assert source.asked == 2
        for _ in range(3):
            await refused(checker, signed(lasting(clock), RSA, "RS256"))
        assert source.asked == 2


async def test_a_key_that_is_no_longer_published_is_refused_after_ten_minutes() -> None:
    clock = SettableClock(NOW)
    async with published(ED25519, P256) as source:
        checker = checker_at(source, clock)
        await checker(signed(lasting(clock)))
        source.keys.remove(ED25519)
        clock.move(minutes=10)
        await refused(checker, signed(lasting(clock)))


async def test_old_keys_stay_good_while_the_issuer_cannot_be_reached() -> None:
    clock = SettableClock(NOW)
    async with published(ED25519) as source:
        checker = checker_at(source, clock)
        await checker(signed(lasting(clock)))
        source.status = 503
        clock.move(minutes=20)
        assert (await checker(signed(lasting(clock)))).role is Role.SUPPORT
        assert source.asked == 2
    clock.move(minutes=20)
    assert (await checker(signed(lasting(clock)))).role is Role.SUPPORT


async def test_nobody_gets_in_before_the_first_keys_were_fetched() -> None:
    clock = SettableClock(NOW)
    async with published(ED25519) as source:
        source.status = 500
        checker = checker_at(source, clock)
        await refused(checker, signed(lasting(clock)))
        source.status = 200
        clock.move(seconds=30)
        assert (await checker(signed(lasting(clock)))).role is Role.SUPPORT


async def test_many_tokens_at_once_ask_for_the_keys_once() -> None:
    clock = SettableClock(NOW)
    async with published(ED25519) as source:
        checker = checker_at(source, clock)
        viewers = await asyncio.gather(*[checker(signed(lasting(clock))) for _ in range(10)])
        assert [viewer.role for viewer in viewers] == [Role.SUPPORT] * 10
        assert source.asked == 1


def test_a_checker_without_keys_cannot_be_made() -> None:
    with pytest.raises(ValueError):
        TokenChecker(issuer=ISSUER, audience=AUDIENCE, clock=lambda: datetime.now(UTC))
