"""Who asks, as the service sees it behind proxies and without."""

from __future__ import annotations

import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service.serving import bind, listening
from service.settings import SettingsError

FORWARDED = {"x-forwarded-for": "198.51.100.9, 203.0.113.5, 10.1.2.3"}


def has_ipv6() -> bool:
    try:
        bind("::", 0).close()
    except SettingsError:
        return False
    return True


async def who(request: Request) -> PlainTextResponse:
    assert request.client is not None
    return PlainTextResponse(request.client.host)


async def told(bound: socket.socket, trusted: tuple[str, ...]) -> str:
    """Whom the service takes for its client when a peer at 127.0.0.1 forwards a request."""
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    app = Starlette(routes=[Route("/", who)])
    async with (
        listening(app, bound, trusted_proxies=trusted),
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        return (await http.get("/", headers=FORWARDED)).text


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [
        ((), "127.0.0.1"),
        (("10.0.0.0/8",), "127.0.0.1"),
        (("127.0.0.1",), "10.1.2.3"),
        (("127.0.0.0/8", "10.0.0.0/8"), "203.0.113.5"),
    ],
)
async def test_only_a_trusted_proxy_says_who_asks(trusted: tuple[str, ...], seen: str) -> None:
    assert await told(bind("127.0.0.1", 0), trusted) == seen


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
@pytest.mark.parametrize(
    ("trusted", "seen"),
    [
        (("10.0.0.0/8",), "::ffff:127.0.0.1"),
        (("::1",), "::ffff:127.0.0.1"),
        (("127.0.0.1",), "10.1.2.3"),
        (("127.0.0.0/8", "10.1.2.3"), "203.0.113.5"),
        (("fd00::/8", "0.0.0.0/0"), "198.51.100.9"),
    ],
)
async def test_on_a_socket_for_both_families_a_proxy_is_trusted_by_its_ipv4_address(
    trusted: tuple[str, ...], seen: str
) -> None:
    assert await told(bind("::", 0), trusted) == seen
