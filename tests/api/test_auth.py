"""Bearer tokens: who gets in, and that everybody else gets one and the same answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from joserfc.jwk import Key, OKPKey

from service.api.auth import ALGORITHMS, TokenChecker
from service.api.context import Viewer
from service.billing.ids import Kind, encode
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
    written,
)
from tests.support.shop import Shop


@pytest.fixture
def checker(tmp_path: Path) -> TokenChecker:
    return checker_of(written(tmp_path, ED25519, P256, RSA))


async def test_a_staff_token_opens_a_session_without_an_account(checker: TokenChecker) -> None:
    assert await checker(signed(STAFF_CLAIMS)) == Viewer(
        "support@seller.example", Role.SUPPORT, None, NOW + timedelta(seconds=600)
    )


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(ED25519, "Ed25519"), (ED25519, "EdDSA"), (P256, "ES256"), (RSA, "RS256")],
)
async def test_each_listed_algorithm_is_taken_with_its_key(
    checker: TokenChecker, key: Key, algorithm: str
) -> None:
    assert algorithm in ALGORITHMS
    viewer = await checker(signed(STAFF_CLAIMS, key, algorithm))
    assert viewer.email == "support@seller.example"


@pytest.mark.parametrize("key", [ED25519, P256, RSA], ids=["Ed25519", "P-256", "RSA"])
async def test_a_pem_file_is_a_key_whatever_tokens_call_it(tmp_path: Path, key: Key) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(key.as_pem(private=False))  # type: ignore[union-attr]  # not an OctKey
    algorithm = {"OKP": "Ed25519", "EC": "ES256", "RSA": "RS256"}[key.key_type]
    for header in ({}, {"kid": "whatever the issuer says"}):
        viewer = await checker_of(file)(signed(STAFF_CLAIMS, key, algorithm, **header))
        assert viewer.role is Role.SUPPORT


@pytest.mark.parametrize("named", ["public id", "uuid"])
async def test_a_member_belongs_to_the_account_that_the_token_names(
    shop: Shop, tmp_path: Path, named: str
) -> None:
    account_id = await shop.account()
    name = encode(Kind.ACCOUNT, account_id) if named == "public id" else str(account_id)
    claims = STAFF_CLAIMS | {"role": "FINANCE", "account": name}
    viewer = await checker_of(written(tmp_path, ED25519))(signed(claims))
    assert (viewer.role, viewer.account_id) == (Role.FINANCE, account_id)


async def test_an_account_that_does_not_exist_lets_nobody_in(shop: Shop, tmp_path: Path) -> None:
    checker = checker_of(written(tmp_path, ED25519))
    claims = STAFF_CLAIMS | {"role": "OWNER", "account": encode(Kind.ACCOUNT, uuid4())}
    await refused(checker, signed(claims))
    account_id = await shop.account()
    claims["account"] = encode(Kind.ACCOUNT, account_id)
    assert (await checker(signed(claims))).account_id == account_id


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://issuer.example.org"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"aud": "another-service"},
        {"aud": None},
        {"aud": []},
        {"aud": ["another-service"]},
        {"aud": {AUDIENCE: True}},
        {"exp": None},
        {"exp": True},
        {"exp": "2099-01-01"},
        {"exp": str(int(NOW.timestamp()) + 600)},
        {"exp": int(NOW.timestamp())},
        {"exp": int(NOW.timestamp()) - 1},
        {"exp": 1e300},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"nbf": int(NOW.timestamp()) + 31},
        {"nbf": "now"},
        {"iat": int(NOW.timestamp()) + 31},
        {"iat": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"email": None},
        {"email": "not an address"},
        {"email": "support@seller.example\r\nBcc: everybody@example.com"},
        {"email": ["support@seller.example"]},
        {"role": None},
        {"role": "ADMIN"},
        {"role": "support"},
        {"role": ["SUPPORT"]},
        {"account": encode(Kind.ACCOUNT, UUID(int=1))},
        {"role": "OWNER"},
        {"role": "MEMBER", "account": ""},
        {"role": "MEMBER", "account": 7},
        {"role": "MEMBER", "account": encode(Kind.INVOICE, UUID(int=1))},
        {"role": "MEMBER", "account": encode(Kind.ACCOUNT, UUID(int=2**128 - 1)).lower()},
    ],
    ids=repr,
)
async def test_a_token_with_another_claim_is_refused(checker: TokenChecker, changed: JSON) -> None:
    claims = {name: value for name, value in (STAFF_CLAIMS | changed).items() if value is not None}
    if "iat" in changed and changed["iat"] is None:
        claims["iat"] = None
    await refused(checker, signed(claims))


@pytest.mark.parametrize("seconds", [30, 0])
@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_clocks_may_differ_by_thirty_seconds_at_the_start(
    checker: TokenChecker, claim: str, seconds: int
) -> None:
    claims = STAFF_CLAIMS | {claim: int(NOW.timestamp()) + seconds}
    assert (await checker(signed(claims))).role is Role.SUPPORT


async def test_a_token_may_be_meant_for_several_audiences(checker: TokenChecker) -> None:
    claims = STAFF_CLAIMS | {"aud": ["another-service", AUDIENCE]}
    assert (await checker(signed(claims))).role is Role.SUPPORT


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned() -> str:
    return f"{segment({'alg': 'none'})}.{segment(STAFF_CLAIMS)}."


def signed_with_the_public_key() -> str:
    """HMAC with the bytes of the public key, which everybody has."""
    head = f"{segment({'alg': 'HS256', 'kid': 'rsa'})}.{segment(STAFF_CLAIMS)}"
    digest = hmac.new(RSA.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def with_header(header: object) -> str:
    _, payload, signature = signed(STAFF_CLAIMS).split(".")
    return f"{segment(header)}.{payload}.{signature}"


def with_another_payload() -> str:
    head, _, signature = signed(STAFF_CLAIMS).split(".")
    return f"{head}.{segment(STAFF_CLAIMS | {'role': 'OPERATOR'})}.{signature}"


FORGED = {
    "missing": None,
    "empty": "",
    "no token": "Bearer",
    "two segments": "a.b",
    "not base 64": "%.%.%",
    "unsigned": unsigned(),
    "signed with the public key": signed_with_the_public_key(),
    "of an unlisted algorithm": signed(STAFF_CLAIMS, RSA, "PS256"),
    "of an algorithm that does not fit the key": with_header({"alg": "RS256", "kid": "ed"}),
    "of a key that is not listed": signed(
        STAFF_CLAIMS, OKPKey.generate_key("Ed25519", {"kid": "new"})
    ),
    "of a key with a listed name": signed(
        STAFF_CLAIMS, OKPKey.generate_key("Ed25519", {"kid": "ed"})
    ),
    "with its own key": signed(
        STAFF_CLAIMS,
        OKPKey.generate_key("Ed25519", {"kid": "ed"}),
        jwk=OKPKey.generate_key("Ed25519").as_dict(private=False),
    ),
    "changed": with_another_payload(),
    "cut": signed(STAFF_CLAIMS)[:-4],
    "with a list as its header": with_header(["alg"]),
    "with a text as its header": with_header("alg"),
    "with a number as its algorithm": with_header({"alg": 7}),
    "with an unknown critical header": signed(STAFF_CLAIMS).replace(
        signed(STAFF_CLAIMS).split(".")[0],
        segment({"alg": "Ed25519", "kid": "ed", "crit": ["x"], "x": 1}),
    ),
    "with claims that are a list": signed(STAFF_CLAIMS).replace(
        signed(STAFF_CLAIMS).split(".")[1], segment([STAFF_CLAIMS])
    ),
    "deeply nested": with_header({"alg": "Ed25519", "kid": "ed"}).replace(".", "." + "W" * 4000, 1),
    "too long": signed(STAFF_CLAIMS | {"more": "x" * 9000}),
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused_in_the_same_words(
    checker: TokenChecker, token: str | None
) -> None:
    await refused(checker, token)


async def test_headers_that_nobody_has_to_understand_are_ignored(checker: TokenChecker) -> None:
    viewer = await checker(signed(STAFF_CLAIMS, nonce="abc", typ="at+jwt"))
    assert viewer.role is Role.SUPPORT
