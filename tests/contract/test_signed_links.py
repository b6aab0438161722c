"""Signed links: only ours, only unchanged, only until they expire."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc import jws, jwt
from joserfc.jwk import OctKey

from service.adapters.signed_links import SignedLinks
from service.ports import CheckoutClaim, LinkClaim, ReceiptClaim, ReturnClaim
from tests.support.shop import SettableClock

NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
SECRET = "a secret of at least thirty-two letters"
CLAIM = LinkClaim(
    UUID("01a20bb1-1c61-7726-911b-570a096b447d"), UUID("01a20bb1-1e1f-76ea-85db-0f939fcc1b66")
)
GOOD: dict[str, Any] = {
    "aud": "paidup:invoice-link",
    "sub": str(CLAIM.invoice_id),
    "acc": str(CLAIM.account_id),
    "exp": int(NOW.timestamp()) + 60,
}


def links(secret: str = SECRET, *, at: datetime = NOW) -> SignedLinks:
    return SignedLinks(secret, SettableClock(at))


def token(claims: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    key = OctKey.import_key(secret)
    return jwt.encode({"alg": algorithm}, claims, key, algorithms=[algorithm])


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."


def test_a_link_opens_what_it_was_signed_for() -> None:
    assert links().read(links().sign(CLAIM, lifetime=timedelta(minutes=15))) == CLAIM


def test_a_link_is_good_until_its_last_second_and_not_in_the_next() -> None:
    signed = links().sign(CLAIM, lifetime=timedelta(minutes=15))
    last = NOW + timedelta(minutes=15, seconds=-1)
    assert links(at=last).read(signed) == CLAIM
    assert links(at=last + timedelta(seconds=1)).read(signed) is None
    assert links(at=last + timedelta(days=3650)).read(signed) is None


def test_a_link_given_a_moment_later_is_the_same_and_none_ends_early() -> None:
    lifetime = timedelta(minutes=15)
    begun = [links(at=NOW + timedelta(seconds=s)).sign(CLAIM, lifetime=lifetime) for s in (1, 299)]
    assert begun[0] == begun[1] != links().sign(CLAIM, lifetime=lifetime)
    assert links(at=NOW + timedelta(seconds=299) + lifetime).read(begun[1]) == CLAIM


def test_a_link_opens_a_page_of_its_own_kind_only() -> None:
    checkout = CheckoutClaim(CLAIM.account_id, CLAIM.invoice_id)
    end = NOW + timedelta(minutes=15)
    signed = links().sign_checkout(checkout, until=end)
    assert links(at=NOW + timedelta(minutes=5)).sign_checkout(checkout, until=end) == signed
    assert links().read_checkout(signed) == checkout
    assert links().read(signed) is None
    assert links().read_checkout(links().sign(CLAIM, lifetime=timedelta(minutes=15))) is None
    assert links(at=end).read_checkout(signed) is None


def test_a_link_to_come_back_by_opens_nothing_else_and_nothing_else_opens_it() -> None:
    until = NOW + timedelta(minutes=15)
    claim = ReturnClaim(CLAIM.account_id, CLAIM.invoice_id)
    back = links().sign_return(claim, until=until)
    assert links().read_return(back) == claim
    assert links().read(back) is None
    assert links().read_return(links().sign(CLAIM, lifetime=timedelta(days=1))) is None
    assert links(at=until - timedelta(seconds=1)).read_return(back) == claim
    assert links(at=until).read_return(back) is None


def test_a_link_to_come_back_by_is_the_same_whenever_it_is_signed() -> None:
    until = NOW + timedelta(minutes=15)
    claim = ReturnClaim(CLAIM.account_id, CLAIM.invoice_id)
    later = links(at=NOW + timedelta(minutes=5))
    assert links().sign_return(claim, until=until) == later.sign_return(claim, until=until)


def test_a_link_to_a_receipt_opens_no_invoice_and_the_other_way_round() -> None:
    claim = ReceiptClaim(CLAIM.account_id, CLAIM.invoice_id)
    signed = links().sign_receipt(claim, lifetime=timedelta(minutes=15))
    assert links().read_receipt(signed) == claim
    assert links().read(signed) is None
    assert links().read_receipt(links().sign(CLAIM, lifetime=timedelta(minutes=15))) is None
    last = NOW + timedelta(minutes=15, seconds=-1)
    assert links(at=last).read_receipt(signed) == claim
    assert links(at=last + timedelta(seconds=1)).read_receipt(signed) is None


def test_a_link_of_another_secret_is_forged() -> None:
    signed = links("another secret of thirty-two letters!").sign(CLAIM, lifetime=timedelta(days=1))
    assert links().read(signed) is None


def test_every_changed_letter_makes_a_link_worthless() -> None:
    signed = links().sign(CLAIM, lifetime=timedelta(minutes=15))
    # The last letter of a part holds two bits that no decoder has to look at.
    for place, letter in enumerate(signed[:-1]):
        for other in ("A", "z", "-", "."):
            if other != letter:
                changed = f"{signed[:place]}{other}{signed[place + 1 :]}"
                assert links().read(changed) in (None, CLAIM if _same(changed, signed) else None)
        assert links().read(signed[:place]) is None


def _same(one: str, other: str) -> bool:
    """Whether two tokens decode to the same bytes, so that they are one token spelt twice."""

    def decoded(text: str) -> list[bytes] | None:
        try:
            parts = text.split(".")
            return [base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)) for p in parts]
        except ValueError:
            return None

    return decoded(one) is not None and decoded(one) == decoded(other)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "paidup"},
        {"aud": ""},
        {"aud": None},
        {"aud": ["paidup:invoice-link"]},
        {"exp": int(NOW.timestamp())},
        {"exp": 0},
        {"exp": -1},
        {"exp": "2100-01-01"},
        {"exp": None},
        {"exp": [9999999999]},
        {"acc": "not an id"},
        {"acc": None},
        {"acc": 7},
        {"sub": ""},
        {"sub": None},
        {"sub": {"a": 1}},
    ],
)
def test_a_well_signed_token_that_is_no_link_opens_nothing(changes: dict[str, Any]) -> None:
    assert links().read(token(GOOD)) == CLAIM
    assert links().read(token({**GOOD, **changes})) is None


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_a_token_without_one_of_its_claims_opens_nothing(missing: str) -> None:
    assert links().read(token({k: v for k, v in GOOD.items() if k != missing})) is None


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "EdDSA"])
def test_only_one_algorithm_is_read(algorithm: str) -> None:
    assert links().read(unsigned(GOOD, algorithm)) is None
    if algorithm.startswith("HS"):
        assert links().read(token(GOOD, SECRET * 2, algorithm)) is None
        assert links(SECRET * 2).read(token(GOOD, SECRET * 2, algorithm)) is None


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "a.b.c", "a.b", "e30.e30.", "e30.e30.e30", "\x00", "ü", "\ud800", " ",
     "ey" * 5000, "eyJhbGciOiJIUzI1NiJ9..", "eyJhbGciOiJIUzI1NiJ9.e30.", "null.null.null",
     "W10.W10.W10", "eyJhbGciOiJIUzI1NiJ9.W10.AAAA", "a.b.c.d.e", "%00.%00.%00", "\n.\n.\n"],
)  # fmt: skip
def test_what_is_no_token_opens_nothing(text: str) -> None:
    assert links().read(text) is None


@pytest.mark.parametrize("payload", [b"[]", b"null", b"7", b'"text"', b"\xff", b""])
def test_a_signed_payload_that_is_no_object_opens_nothing(payload: bytes) -> None:
    signed = jws.serialize_compact({"alg": "HS256"}, payload, OctKey.import_key(SECRET))
    assert links().read(signed) is None
