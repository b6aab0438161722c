"""Who asks, as the service sees it behind proxies and without."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service.app import bind, listening

FORWARDED = {"x-forwarded-for": "198.51.100.9, 203.0.113.5, 10.1.2.3"}


async def who(request: Request) -> PlainTextResponse:
    assert request.client is not None
    return PlainTextResponse(request.client.host)


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
    bound = bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    app = Starlette(routes=[Route("/", who)])
    async with (
        listening(app, bound, trusted_proxies=trusted),
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        assert (await http.get("/", headers=FORWARDED)).text == seen
