"""The explorer and the invoice page, as somebody with a browser meets them."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, WebSocket, expect
from pypdf import PdfReader

from service.billing.people import Role
from tests.support.browser import Complaints
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL, as_viewer, eventually
from tests.support.processes import Demo
from tests.support.seller import Customer

ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"


@dataclass
class Watched:
    """A page that may ask only the demo, and must not complain."""

    page: Page
    complaints: Complaints = field(default_factory=Complaints)


@pytest.fixture
async def watched(browser: Browser, demo: Demo) -> AsyncIterator[Watched]:
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    watched = Watched(page)
    watched.complaints.watch(page, demo.base_url)
    yield watched
    assert watched.complaints.errors == []
    assert watched.complaints.strayed == []


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go: to be looked at by people."""
    return tmp_path_factory.mktemp("shots")


async def answer(page: Page, holding: str) -> Any:
    """Wait until the explorer's answer holds a text; return it read as JSON."""
    await page.wait_for_function(f"text => {ANSWER}.includes(text)", arg=holding, timeout=20_000)
    return json.loads(await page.evaluate(ANSWER))


async def open_explorer(page: Page, demo: Demo) -> None:
    """Open the explorer, which asks as the first sample viewer by itself."""
    await page.goto(demo.graphql_url)
    await page.wait_for_selector(".graphiql-execute-button")
    await page.wait_for_selector(".state.good")


async def ask_as(page: Page, viewer: dict[str, Any]) -> None:
    """Choose another sample viewer."""
    async with page.expect_response("**/graphql"):
        await page.select_option(".bar select", label=f"{viewer['role']} · {viewer['email']}")
    await page.wait_for_selector(".state.good")


async def test_the_examples_list_invoices_and_show_a_payment_arriving(
    demo: Demo, watched: Watched, gateway: Gateway, shots: Path
) -> None:
    page = watched.page
    viewer = demo.viewer("OWNER", account=1)
    await open_explorer(page, demo)
    await ask_as(page, viewer)

    await page.click(".graphiql-execute-button")
    listed = await answer(page, "totalCount")
    shown = listed["data"]["viewer"]
    assert (shown["email"], shown["role"]) == (viewer["email"], "OWNER")
    assert shown["account"]["name"] == viewer["account"]
    nodes = shown["account"]["invoices"]["nodes"]
    assert len(nodes) == shown["account"]["invoices"]["totalCount"]
    payable = next(one for one in nodes if one["isPayable"])
    await page.screenshot(path=shots / "explorer-invoices.png")

    subscribed = asyncio.Event()

    def note_frame(frame: bytes | str) -> None:
        if '"subscribe"' in str(frame):
            subscribed.set()

    def note_socket(socket: WebSocket) -> None:
        socket.on("framesent", note_frame)

    page.on("websocket", note_socket)
    await page.click("text=BillingEvents")
    # Until it has read the editor again, the explorer runs the operation that was there before.
    await page.wait_for_function("() => localStorage['graphiql:operationName'] === 'BillingEvents'")
    await page.click(".graphiql-execute-button")
    await asyncio.wait_for(subscribed.wait(), 20)
    async with as_viewer(demo.graphql_url, viewer["token"]) as owner:
        session = await owner.open_checkout(payable["id"], return_to=demo.base_url)
        await gateway.pay(session["url"])
        event = await answer(page, '"displayStatus": "PAID"')
        assert (await owner.invoice(payable["id"]))["status"] == "PAID"
    assert event["data"]["billingEvents"]["invoice"]["number"] == payable["number"]
    await page.screenshot(path=shots / "explorer-event.png")


async def test_every_sample_viewer_is_offered_and_works(demo: Demo, watched: Watched) -> None:
    page = watched.page
    await open_explorer(page, demo)
    offered = await page.locator(".bar select option").all_inner_texts()
    viewers = demo.description["viewers"]
    assert offered[1:] == [f"{one['role']} · {one['email']}" for one in viewers]
    for one in viewers:
        async with as_viewer(demo.graphql_url, one["token"]) as client:
            data = await client.ask("{ viewer { email role account { id plan } } }")
        account = one["account_id"] and {"id": one["account_id"], "plan": one["plan"]}
        assert data["viewer"] == {"email": one["email"], "role": one["role"], "account": account}


@pytest.fixture
async def printed(customer: Customer, owner: GraphQL) -> dict[str, Any]:
    """An invoice whose PDF is ready, as the API shows it."""
    invoice_id = await customer.invoice("98765.43")

    async def ready() -> dict[str, Any] | None:
        invoice = await owner.invoice(invoice_id)
        return invoice if invoice["document"]["state"] == "READY" else None

    found = await eventually(ready, within=60, why="the PDF is ready")
    assert found is not None
    return found


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_invoice_page_is_read_printed_and_downloaded(
    printed: dict[str, Any], demo: Demo, watched: Watched, shots: Path, width: int
) -> None:
    page = watched.page
    await page.set_viewport_size({"width": width, "height": 900})
    document = printed["document"]
    assert document["viewUrl"].startswith(f"{demo.base_url}/invoices/{printed['id']}/view?")

    response = await page.goto(document["viewUrl"])

    assert response is not None
    assert response.status == 200
    assert await page.title() == f"Invoice {printed['number']}"
    await expect(page.get_by_role("status")).to_contain_text("Due")
    await expect(page.locator("main")).to_contain_text("98,765.43")
    assert await page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    await page.screenshot(path=shots / f"invoice-{width}.png", full_page=True)

    await page.evaluate("window.print = () => { window.printed = true }")
    await page.get_by_role("button", name="Print").click()
    assert await page.evaluate("window.printed")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download PDF").click()
    download = await downloading.value
    assert download.suggested_filename == f"{printed['number']}.pdf"
    body = (await download.path()).read_bytes()
    assert body.startswith(b"%PDF-")
    assert sha256(body).hexdigest() == document["sha256"]


async def test_the_print_of_a_paid_invoices_page_says_paid_and_asks_for_nothing(
    printed: dict[str, Any], demo: Demo, watched: Watched, owner: GraphQL, gateway: Gateway
) -> None:
    page = watched.page
    session = await owner.open_checkout(printed["id"], return_to=demo.base_url)
    await gateway.pay(session["url"])

    async def paid() -> bool:
        return str((await owner.invoice(printed["id"]))["status"]) == "PAID"

    await eventually(paid, within=30, why="the invoice is paid")
    await page.goto(printed["document"]["viewUrl"])
    (sheet,) = PdfReader(io.BytesIO(await page.pdf(prefer_css_page_size=True))).pages
    words = " ".join(sheet.extract_text().split())
    assert words.startswith("Page 1 of 1 Paid ")
    assert re.search(r"Paid on \w+ \d+, 20\d\d INR 98,765\.43 nothing is due", words)
    for wrong in ("Amount due", "Due date", "How to pay", "Download"):
        assert wrong not in words


async def test_a_link_without_its_signature_shows_nothing(
    printed: dict[str, Any], demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    stranger = await customer.seller.customer()
    view, pdf = printed["document"]["viewUrl"], printed["document"]["pdfUrl"]
    for url in (view, pdf):
        bare, _, signature = url.partition("?token=")
        for wrong in (bare, f"{bare}?token={signature[:-6]}AAAAAA", f"{bare}?token="):
            answered = await owner.http.get(wrong, headers={"authorization": ""})
            assert answered.status_code in (401, 404), wrong
            assert "98,765.43" not in answered.text
        foreign = await owner.http.get(
            bare, headers={"authorization": f"Bearer {stranger.token(Role.OWNER)}"}
        )
        assert foreign.status_code == 404
