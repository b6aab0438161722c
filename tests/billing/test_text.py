"""What is kept of a line that a person typed, and what is refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.text import clean_line


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Northwind", "Northwind"),
        ("  Northwind Robotics, Inc. ", "Northwind Robotics, Inc."),
        ("\u00a0\u3000Northwind\u2003", "Northwind"),
        ("a  b", "a  b"),
        ("Mu\u0308ller", "Müller"),
        ("\u212bngstro\u0308m", "Ångström"),
        ("O’Brien & <Söhne>", "O’Brien & <Söhne>"),
        ("अनन्या राव", "अनन्या राव"),
        ("क्\u200dष", "क्\u200dष"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("شركة\u200f!", "شركة\u200f!"),
        ("株式会社ケース", "株式会社ケース"),
        ("👩\u200d👩\u200d👧 GmbH", "👩\u200d👩\u200d👧 GmbH"),
        ("🇮🇳", "🇮🇳"),
        ("𝔘𝔫𝔦", "𝔘𝔫𝔦"),
        ("'; DROP TABLE account; --", "'; DROP TABLE account; --"),
        ("7", "7"),
        ("…", "…"),
    ],
)
def test_a_line_is_kept(text: str, kept: str) -> None:
    assert clean_line(text, longest=200) == kept


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(" \u00a0\u3000", id="blanks"),
        pytest.param("\u200b\u200d\ufeff", id="nothing-visible"),
        pytest.param("a\nb", id="line-feed"),
        pytest.param("a\n", id="line-feed-at-the-end"),
        pytest.param("a\rb", id="carriage-return"),
        pytest.param("a\r\nBcc: b@c", id="mail-header"),
        pytest.param("a\tb", id="tab"),
        pytest.param("a\x0bb", id="vertical-tab"),
        pytest.param("a\x0cb", id="form-feed"),
        pytest.param("a\x85b", id="next-line"),
        pytest.param("a\u2028b", id="line-separator"),
        pytest.param("a\u2029b", id="paragraph-separator"),
        pytest.param("a\x00b", id="nul"),
        pytest.param("a\x1b[31mb", id="escape-sequence"),
        pytest.param("a\x7fb", id="delete"),
        pytest.param("a\ud800b", id="high-surrogate"),
        pytest.param("a\udc00b", id="low-surrogate"),
        pytest.param("\ud83d\ude00", id="surrogate-pair-of-two-characters"),
        pytest.param("a\u202egnp.exe", id="right-to-left-override"),
        pytest.param("a\u202db", id="left-to-right-override"),
        pytest.param("a\u202bb", id="right-to-left-embedding"),
        pytest.param("a\u2067b", id="right-to-left-isolate"),
        pytest.param("a\u2069b", id="pop-isolate"),
        pytest.param("a\ue000b", id="private-use"),
        pytest.param("a\uffffb", id="noncharacter"),
        pytest.param("a\u0378b", id="unassigned"),
    ],
)
def test_a_line_is_refused(text: str) -> None:
    assert clean_line(text, longest=200) is None


def test_a_line_may_be_as_long_as_is_said() -> None:
    assert clean_line("x" * 200, longest=200) == "x" * 200
    assert clean_line("x" * 201, longest=200) is None
    assert clean_line(" " + "x" * 200 + " ", longest=200) == "x" * 200


def test_a_line_is_as_long_as_what_is_kept_of_it() -> None:
    assert clean_line("u\u0308" * 200, longest=200) == "ü" * 200
    # One character whose normal form has three.
    assert clean_line("\ufb2c", longest=2) is None


@given(st.text(max_size=40))
def test_what_is_kept_is_kept_again(text: str) -> None:
    kept = clean_line(text, longest=30)
    if kept is not None:
        assert clean_line(kept, longest=30) == kept
        assert kept == unicodedata.normalize("NFC", kept) == kept.strip()
        assert 1 <= len(kept) <= 30
        assert kept.splitlines() == [kept]
        assert kept.encode().decode() == kept
