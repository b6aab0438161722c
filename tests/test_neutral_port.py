"""The port and whatever works through it speak of gateways in words of no single one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import service

SERVICE = Path(service.__file__).parent
# Names of Stripe's objects and fields, and the beginnings of its ids. "Session", "checkout",
# "charge", "refund", "dispute" and "customer" are the field's own words, and ours.
WORDS = (
    r"stripe|livemode|whsec|stripe.signature|client.secret|client.reference(.id)?|idempotent.replayed"
    r"|(payment.|setup.)?intents?|payment[_ ]methods?(?!_kind)|latest.charge|balance.transaction"
    r"|checkout\.session|charge\.(refunded|updated|dispute)|[\"'](pi|ch|cs|re|dp|du|evt|pm|txn|acct)_\w*"
    r"|(sk|rk|pk)_(test|live)"
)
NAMED = re.compile(rf"(?<![A-Za-z0-9])({WORDS})(?![A-Za-z0-9])", re.IGNORECASE)
# The rules of billing are left out: their table of decline codes follows Stripe's list, which is
# the fullest public one. So are migrations, which tell what names once were.
ROOMS = ("gateway.py", "ports.py", "workflows", "store", "templates", "jobs.py")
FILES = sorted(
    path
    for room in ROOMS
    for path in [SERVICE / room, *(SERVICE / room).rglob("*")]
    if path.suffix in (".py", ".html", ".txt") and "migrations" not in path.parts
)


def test_there_is_something_to_read() -> None:
    names = {path.name for path in FILES}
    assert {
        "gateway.py",
        "ports.py",
        "capture.py",
        "checkout.py",
        "notices.py",
        "payments.py",
    } <= names


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(SERVICE)) for path in FILES])
def test_no_word_is_one_gateways(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert [(number, line) for number, line in enumerate(lines, 1) if NAMED.search(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "# Stripe opens no page for less",
        "intent = seen.payment_intent",
        'if reference.startswith("pi_3Mt"):',
        'kind == "checkout.session.completed"',
        "seen.livemode",
        "client_reference_id=str(payment.id)",
    ],
)
def test_a_word_of_one_gateway_would_be_found(line: str) -> None:
    assert NAMED.search(line)


@pytest.mark.parametrize(
    "line",
    ["session_id: str", "intentional", "charge.account_id", "live_mode: bool", "re_read(row)"],
)
def test_our_own_words_are_not_taken_for_theirs(line: str) -> None:
    assert not NAMED.search(line)
