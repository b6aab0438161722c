"""Where a browser may be sent back to: only to the configured origins, however a URL is dressed."""

from __future__ import annotations

import pytest

from service.workflows.return_urls import may_return_to

ORIGINS = ("https://app.example.com", "http://localhost:3000")

GOOD = (
    "https://app.example.com",
    "https://app.example.com/",
    "https://app.example.com/paid?checkout={CHECKOUT_SESSION_ID}",
    "https://app.example.com/invoices/INV-2627-000001?tab=pay&from=mail#total",
    "https://app.example.com?next=https://evil.example",
    "https://app.example.com#@evil.example",
    "https://app.example.com/a//b/../c",
    "https://app.example.com/%E0%A4%85",
    "http://localhost:3000/paid",
)

EVIL = (
    # Nothing, or no web page at all.
    "",
    "/",
    "/paid",
    "paid",
    "?paid",
    "#paid",
    "app.example.com",
    "app.example.com/paid",
    "javascript:alert(1)",
    "javascript://app.example.com/%0aalert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "ftp://app.example.com/",
    "blob:https://app.example.com/1",
    "about:blank",
    "mailto:a@app.example.com",
    "intent://app.example.com/#Intent;scheme=https;end",
    "https",
    "https:",
    "https:/",
    "https://",
    "https:///",
    # Forms that browsers repair to another host.
    "//evil.example",
    "//app.example.com",
    "///evil.example",
    "https:evil.example",
    "https:app.example.com",
    "https:/app.example.com",
    "https:///app.example.com",
    "https:\\\\app.example.com",
    "https:/\\evil.example",
    "\\\\evil.example",
    "https://app.example.com\\@evil.example",
    "https://app.example.com\\.evil.example",
    "https://evil.example\\app.example.com",
    "https://evil.example/\\app.example.com",
    # Credentials before the host.
    "https://app.example.com@evil.example",
    "https://app.example.com:443@evil.example/",
    "https://app.example.com%40evil.example",
    "https://user@app.example.com",
    "https://user:password@app.example.com/",
    "https://@app.example.com/",
    "https://:@app.example.com/",
    # Another scheme, port or host.
    "http://app.example.com",
    "http://app.example.com:443/",
    "https://app.example.com:8443",
    "https://app.example.com:443",
    "https://app.example.com:",
    "https://app.example.com:0",
    "https://localhost:3000",
    "http://localhost",
    "http://localhost:30000",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
    "https://evil.example",
    "https://evil.example/https://app.example.com",
    "https://evil.example?https://app.example.com",
    "https://evil.example#https://app.example.com",
    "https://sub.app.example.com",
    "https://evilapp.example.com",
    "https://app.example.com.evil.example",
    "https://app.example.comevil.example",
    "https://app.example.com;evil.example",
    "https://app.example.com,evil.example",
    "https://app.example.com&evil.example",
    "https://app-example.com",
    "https://example.com",
    "https://*.example.com",
    # Letters that look or fold alike.
    "https://APP.example.com",
    "https://app.EXAMPLE.com/paid",
    "https://app.example.com.",
    "https://app.example.com..",
    "https://app%2eexample.com",
    "https://app.example.com%2f@evil.example",
    "https://app.example.com%00.evil.example",
    "https://app。example。com",
    "https://app．example．com",
    "https://аpp.example.com",
    "https://app.example.com／evil.example",
    "https://app.example.com℀evil.example",
    "https://app.example.com\u2215evil.example",
    "https://ａｐｐ.example.com",
    "https://app.example.c\u200dom",
    "https://app.example.com/\u202egpj.exe",
    "https://app.example.com/\ud800",
    "https://app.example.com/\x85",
    # Blanks and control characters, which some parsers drop.
    " https://app.example.com",
    "https://app.example.com ",
    "\thttps://app.example.com",
    "https://app.example.com\t.evil.example",
    "ht\ttps://app.example.com",
    "https://app.example.com\n.evil.example",
    "https://app.example.com/\r\nLocation: https://evil.example",
    "java\nscript:alert(1)",
    "https://app.example.com/\x00",
    "https://app.example.com/\x7f",
    "https://app.example.com/a b",
    # Characters that end an attribute.
    'https://app.example.com/"onmouseover="alert(1)',
    "https://app.example.com/<script>",
    "https://app.example.com/>",
    # Hosts that are none.
    "https://[app.example.com]",
    "https://[::1",
    "https://app.example.com]",
    # Longer than anybody's page.
    "https://app.example.com/" + "a" * 2000,
)


@pytest.mark.parametrize("url", GOOD)
def test_a_page_of_a_configured_origin_is_allowed(url: str) -> None:
    assert may_return_to(url, ORIGINS)


@pytest.mark.parametrize("url", EVIL, ids=ascii)
def test_any_other_place_is_refused(url: str) -> None:
    assert not may_return_to(url, ORIGINS)


@pytest.mark.parametrize("url", GOOD)
def test_without_configured_origins_nothing_is_allowed(url: str) -> None:
    assert not may_return_to(url, ())


def test_the_longest_url_is_allowed_and_one_letter_more_is_not() -> None:
    url = "https://app.example.com/".ljust(2000, "a")
    assert may_return_to(url, ORIGINS)
    assert not may_return_to(url + "a", ORIGINS)
