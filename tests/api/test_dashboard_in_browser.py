"""The dashboard's frame in a real browser: under a path, under its policy, and in other pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.api.built_dashboard import Proxy, built_into
from tests.api.harness import Api
from tests.api.toy_schema import served
from tests.support.browser import chromium

PREFIX = "/billing"
# Tells in the page's title what worked; `graphql` is where the settings say.
MAIN = b"""
const told = [];
const settings = await (await fetch(new URL("dashboard.json", document.baseURI))).json();
told.push(settings.graphql);
const socket = new WebSocket(
  new URL(settings.graphql, document.baseURI).href.replace("http", "ws"), "graphql-transport-ws");
await new Promise((done) => { socket.onopen = done; socket.onerror = () => done(); });
told.push(socket.readyState === WebSocket.OPEN ? "socket" : "no socket");
told.push(document.documentElement.lang);
try { eval("1"); told.push("eval"); } catch (refused) { told.push("no eval"); }
const inline = document.createElement("script");
inline.textContent = "document.documentElement.lang = 'inline'";
document.head.append(inline);
told.push(document.documentElement.lang === "inline" ? "inline" : "no inline");
document.title = told.join(", ");
"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chromium() as browser:
        yield await _new_page(browser)


async def _new_page(browser: Browser) -> Page:
    page = await browser.new_page()
    page.set_default_timeout(10_000)
    return page


@pytest.mark.parametrize("prefix", ["", PREFIX])
@pytest.mark.parametrize("place", ["/", "/invoices/inv_1"])
async def test_the_page_runs_anywhere_under_its_policy(
    api: Api, page: Page, tmp_path: Path, prefix: str, place: str
) -> None:
    folder = built_into(tmp_path / "built", **{"assets/index-B4x_9aZq.js": MAIN})
    (folder / "assets" / "index-B4x_9aZq.js.br").unlink()
    api.rebuild(dashboard_folder=folder, public_url=f"https://pay.example.com{prefix}")
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    async with served(Proxy(api.app, prefix)) as host:
        await page.goto(f"http://{host}{prefix}{place}")
        await page.wait_for_function("() => document.title.includes('eval')")
        expected = f"{prefix}/graphql, socket, hi, no eval, no inline"
        assert await page.title() == expected
    assert failed == []


async def test_a_payment_page_in_a_window_of_its_own_stays_in_the_pages_hands(
    api: Api, page: Page, tmp_path: Path
) -> None:
    async def gateways_page(_: Request) -> Response:
        return HTMLResponse("<h1>Card</h1>")

    gateway = Starlette(routes=[Route("/pay", gateways_page)])
    api.rebuild(dashboard_folder=built_into(tmp_path / "built"))
    async with served(api.app) as host, served(gateway) as elsewhere:
        await page.goto(f"http://{host}/")
        other = elsewhere.replace("127.0.0.1", "localhost")
        async with page.expect_popup() as opened:
            await page.evaluate(f"void (window.card = window.open('http://{other}/pay'))")
        popup = await opened.value
        await popup.wait_for_selector("h1")
        assert await page.evaluate("window.card.closed") is False
        await popup.close()
        await page.wait_for_function("() => window.card.closed")


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_page_of_another_origin_loads_the_element_when_it_is_allowed(
    api: Api, page: Page, tmp_path: Path, allowed: bool
) -> None:
    async def products_page(request: Request) -> Response:
        service = request.query_params["service"]
        return HTMLResponse(
            f"<!doctype html><title>product</title>"
            f'<script type="module" src="http://{service}/paidup-invoices.js"></script>'
            f'<script type="module">document.documentElement.dataset.over = "1"</script>'
        )

    product = Starlette(routes=[Route("/", products_page)])
    async with served(product) as origin:
        api.rebuild(
            dashboard_folder=built_into(tmp_path / "built"),
            allowed_origins=[f"http://{origin}"] if allowed else [],
        )
        async with served(api.app) as host:
            await page.goto(f"http://{origin}/?service={host}")
            await page.wait_for_selector("[data-over]")
            assert await page.title() == ("the element runs" if allowed else "product")


async def test_no_other_page_can_frame_the_dashboard(api: Api, page: Page, tmp_path: Path) -> None:
    async def framing_page(request: Request) -> Response:
        service = request.query_params["service"]
        return HTMLResponse(f'<iframe src="http://{service}/"></iframe>')

    api.rebuild(dashboard_folder=built_into(tmp_path / "built"))
    async with served(api.app) as host, served(Starlette(routes=[Route("/", framing_page)])) as own:
        await page.goto(f"http://{own}/?service={host}")
        frames = [frame for frame in page.frames if frame is not page.main_frame]
        assert [await frame.locator("#app").count() for frame in frames] == [0]
