"""Whose notices the Stripe adapter takes, to the second, and what it reads from them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
import stripe

from service.adapters.stripe_gateway import StripeGateway
from service.billing.errors import BadSignature
from service.gateway import GatewayNotice

NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
STAMP = int(NOW.timestamp())
SECRET = "whsec_one"
PAYMENT = UUID("01a20bb1-1e1f-76ea-85db-0f939fcc1b66")
SESSION = {
    "object": "checkout.session",
    "id": "cs_test_1",
    "client_reference_id": str(PAYMENT),
    "metadata": {"payment_id": str(PAYMENT)},
}


def body(data: Any = SESSION, **changes: Any) -> bytes:
    event = {
        "id": "evt_1",
        "type": "checkout.session.completed",
        "livemode": False,
        "data": {"object": data},
    }
    return orjson.dumps({**event, **changes})


def sign(content: bytes, stamp: int = STAMP, secret: str = SECRET) -> str:
    header = stripe.WebhookSignature.generate_signature_header(content.decode(), secret, stamp)
    return str(header)


def read(content: bytes, header: str, *secrets: str) -> GatewayNotice:
    gateway = StripeGateway("sk_test_x", secrets or (SECRET,))
    return gateway.read_notice(content, {"stripe-signature": header}, now=NOW)


def test_a_signed_notice_is_read() -> None:
    assert read(body(), sign(body())) == GatewayNotice(
        "evt_1", "checkout.session.completed", False, "cs_test_1", PAYMENT
    )


def test_a_notice_about_another_object_names_its_payment_by_metadata() -> None:
    charge = {"object": "charge", "id": "ch_1", "metadata": {"payment_id": str(PAYMENT)}}
    content = body(charge, type="charge.refunded", livemode=True)
    assert read(content, sign(content)) == GatewayNotice(
        "evt_1", "charge.refunded", True, None, PAYMENT
    )


@pytest.mark.parametrize(
    "data",
    [
        {"object": "charge"},
        {"object": "charge", "metadata": None},
        {"object": "charge", "metadata": {}},
        {"object": "charge", "metadata": {"payment_id": "somebody else's"}},
        {"object": "charge", "client_reference_id": "order 7"},
        {},
    ],
)
def test_a_notice_that_names_no_payment_of_ours_is_read_all_the_same(data: Any) -> None:
    content = body(data, type="charge.updated")
    notice = read(content, sign(content))
    assert (notice.session_id, notice.payment_id) == (None, None)


def test_a_thin_event_is_read_and_leads_nowhere() -> None:
    content = orjson.dumps({"id": "evt_2", "type": "v1.charge.updated", "livemode": False})
    assert read(content, sign(content)) == GatewayNotice(
        "evt_2", "v1.charge.updated", False, None, None
    )


@pytest.mark.parametrize("seconds", [-300, -299, -1, 0, 1, 299, 300])
def test_a_signature_of_the_last_and_the_next_five_minutes_is_good(seconds: int) -> None:
    assert read(body(), sign(body(), STAMP + seconds)).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-(10**9), -86400, -301, 301, 86400, 10**9])
def test_an_older_or_a_younger_signature_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature):
        read(body(), sign(body(), STAMP + seconds))


Forge = Callable[[str], str]
FORGERIES: dict[str, Forge] = {
    "nothing": lambda _: "",
    "blanks": lambda _: "   ",
    "no timestamp": lambda header: header.partition(",")[2],
    "no signature": lambda header: header.partition(",")[0],
    "another scheme": lambda header: header.replace("v1=", "v0="),
    "another signature": lambda header: f"{header[:-4]}0000",
    "half a signature": lambda header: header[:-32],
    "another second": lambda header: header.replace(f"t={STAMP}", f"t={STAMP + 1}"),
    "no number": lambda header: header.replace(f"t={STAMP}", "t=now"),
    "nothing as a number": lambda header: header.replace(f"t={STAMP}", "t="),
    "a negative number": lambda header: header.replace(f"t={STAMP}", f"t=-{STAMP}"),
    "a fraction": lambda header: header.replace(f"t={STAMP}", f"t={STAMP}.5"),
    "an exponent": lambda header: header.replace(f"t={STAMP}", "t=1e9"),
    "underscores": lambda header: header.replace(f"t={STAMP}", f"t={STAMP:_}"),
    "digits of another script": lambda header: header.replace(
        f"t={STAMP}", "t=" + "".join(chr(0x0966 + int(digit)) for digit in str(STAMP))
    ),
    "too many digits": lambda header: header.replace(f"t={STAMP}", f"t={'9' * 400}"),
    "zeros": lambda _: f"t={STAMP},v1={'0' * 64}",
    "noise": lambda _: "\x00\xff,t,=,v1",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_signature_is_refused(forge: Forge) -> None:
    with pytest.raises(BadSignature):
        read(body(), forge(sign(body())))


@pytest.mark.parametrize("young", [f"x=1, t={STAMP}", f" t={STAMP}", f"t={STAMP} ", f"t={STAMP}"])
@pytest.mark.parametrize("broken", ["{}", "{}=", "{}=x", " {}", "{} ", "t=,{}", "t=x,{}"])
def test_an_old_signature_is_not_made_young_by_a_second_timestamp(young: str, broken: str) -> None:
    """Its age and its signature must be judged by the same timestamp of the header."""
    timestamp, _, rest = sign(body(), STAMP - 86400).partition(",")
    old = broken.format(timestamp)
    for header in (f"{young},{old},{rest}", f"{old},{young},{rest}", f"{old},{rest},{young}"):
        with pytest.raises(BadSignature):
            read(body(), header)


def test_any_of_the_configured_secrets_and_any_of_the_signatures_may_fit() -> None:
    content = body()
    for secret in ("whsec_new", "whsec_old"):
        assert read(content, sign(content, secret=secret), "whsec_new", "whsec_old")
    second = sign(content, secret="whsec_new").partition(",")[2]
    assert read(content, f"{sign(content, secret='whsec_retired')},{second}", "whsec_new")
    with pytest.raises(BadSignature):
        read(content, sign(content, secret="whsec_retired"), "whsec_new", "whsec_old")


@pytest.mark.parametrize("secrets", [(), ("",), (" ",), ("\t\n",)])
def test_without_a_secret_nothing_is_good(secrets: tuple[str, ...]) -> None:
    gateway = StripeGateway("sk_test_x", secrets)
    for secret in ("", " ", "\t\n"):
        with pytest.raises(BadSignature):
            gateway.read_notice(body(), {"stripe-signature": sign(body(), secret=secret)}, now=NOW)


def test_a_body_that_differs_in_one_byte_is_refused() -> None:
    content, header = body(), sign(body())
    for altered in (content + b" ", content + b"\n", content[:-1], content[1:], b"", b"{}"):
        with pytest.raises(BadSignature):
            read(altered, header)


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"\x80", b'{"id": "\xc3"}'])
def test_a_body_that_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(BadSignature):
        read(content, sign(b"{}"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"text"',
        b"{",
        b"{}",
        b'{"id": "evt_1"}',
        body(data=None),
        body(data="text"),
        body(data=[]),
        body({"object": "checkout.session"}),
        body({"object": "charge", "metadata": "text"}),
        body({"object": "charge", "metadata": {"payment_id": 7}}),
        body({"object": "charge", "metadata": {"payment_id": {"a": 1}}}),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(content: bytes) -> None:
    with pytest.raises(BadSignature):
        read(content, sign(content))
