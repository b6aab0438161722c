"""Conditional requests by RFC 9110, section 13.1.2: whoever has the newest bytes gets no others."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response


def unless_known(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """Answer 200 with the body and its validator, or 304 to a client that names it."""
    etag = f'"{sha256(body).hexdigest()}"'
    headers = {**headers, "etag": etag}
    if _names(request.headers.get("if-none-match", ""), etag):
        kept = {name: value for name, value in headers.items() if name != "content-type"}
        return Response(status_code=304, headers=kept)
    return Response(body, headers=headers)


def _names(if_none_match: str, etag: str) -> bool:
    """Compare weakly, as the header asks for: proxies that compress make a validator weak."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in tags or "*" in tags
