"""Where a browser may be sent to after the gateway's page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_URL_LENGTH_MAX = 2000
# Printable ASCII without blanks. Braces stay: gateways fill in {CHECKOUT_SESSION_ID}.
_URL_LETTERS = re.compile(r"[!#-;=?-\[\]-~]*")


def may_return_to(url: str, origins: tuple[str, ...]) -> bool:
    """Whether a browser may be sent to a URL: its origin is one of `origins`, letter by letter.

    Refused with it: credentials, backslashes, blanks, control characters and whatever is not
    ASCII, which browsers and servers read differently. A URL has none of them (RFC 3986).
    """
    if len(url) > _URL_LENGTH_MAX or not _URL_LETTERS.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not parts.netloc:
        return False
    return f"{parts.scheme}://{parts.netloc}" in origins
