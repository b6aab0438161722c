"""A headless Chromium, the pages it shows, and what it would complain about."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from service.adapters.chromium_finder import find_chromium, missing_chromium_help
from tests.support.graphql import CONFIRM_CHECKOUT, GraphQL

CARD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
CHALLENGED = "4000 0025 0000 3155"


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The Chromium that invoices are printed with, as a payer's browser."""
    found = find_chromium(os.environ.get("PAIDUP_CHROMIUM"))
    assert found is not None, missing_chromium_help()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, chromium_sandbox=os.geteuid() != 0
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Complaints:
    """What a page did that a good page does not: errors, and requests to other places."""

    errors: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)

    def watch(self, page: Page, *allowed: str) -> None:
        """Note errors and requests outside the `allowed` origins of a page."""
        origins = {_origin(url) for url in allowed}

        def note_message(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.errors.append(f"{message.type}: {message.text}")

        def note_request(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme not in ("data", "blob") and _origin(request.url) not in origins:
                self.strayed.append(request.url)

        page.on("console", note_message)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", note_request)
        page.on("websocket", lambda socket: self._note_socket(socket.url, origins))

    def _note_socket(self, url: str, origins: set[str]) -> None:
        if _origin(url.replace("ws", "http", 1)) not in origins:
            self.strayed.append(url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def fill_card(page: Page, number: str) -> None:
    """Fill the gateway's form and send it."""
    await page.get_by_label("Card number").fill(number)
    await page.get_by_label("Expiry (MM / YY)").fill("12 / 40")
    await page.get_by_label("Security code").fill("123")
    await page.get_by_label("Name on card or account").fill("Asha Rao")
    await page.locator("button.pay").click()


_APP_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Thank you</title>
<link rel="icon" href="data:,">
<h1>Thank you</h1><p id="status">asking</p>
<script>
const {url, token, body} = KEPT;
const headers = {authorization: `Bearer ${token}`, "content-type": "application/json"};
const say = (words) => { document.getElementById("status").textContent = words; };
fetch(url, {method: "POST", headers, body: JSON.stringify(body)})
  .then((answer) => answer.json())
  .then(({data}) => say(data.confirmCheckout.checkoutSession.status))
  .catch((error) => say(String(error)));
</script>
"""


class PayersApp:
    """A dashboard of another origin. Its page asks by confirmCheckout how the payment went."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.page = b""

    def remember(self, client: GraphQL, checkout_id: str) -> None:
        """Keep what the return page needs, as an app keeps it while the payer is away."""
        variables = {"input": {"checkoutSessionId": checkout_id}}
        body = {"query": CONFIRM_CHECKOUT, "variables": variables}
        kept = json.dumps({"url": client.url, "token": client.token, "body": body})
        self.page = _APP_PAGE.replace("KEPT", kept).encode()


@contextlib.contextmanager
def payers_app(port: int) -> Iterator[PayersApp]:
    """The dashboard answers at every path while the block is open."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(app.page)))
            self.end_headers()
            self.wfile.write(app.page)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Pages)
    app = PayersApp(server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
