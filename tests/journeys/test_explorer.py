"""The explorer and the invoice page, as somebody with a browser meets them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from pypdf import PdfReader

from service.billing.people import Role
from tests.support.browser import CARD, Complaints, fill_card
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL, as_viewer, eventually
from tests.support.processes import Demo
from tests.support.seller import Customer

ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"
SELECT_LINE = """text => {
  const editor = document.querySelector(".graphiql-editor-tool .CodeMirror").CodeMirror;
  const line = editor.getValue().split("\\n").findIndex(one => one.includes(text));
  editor.focus();
  editor.setSelection({line, ch: 0}, {line});
}"""


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


async def choose_tab(page: Page, name: str) -> None:
    """Choose a tab of the explorer, and wait until the explorer has read its operation."""
    await page.locator(".graphiql-tab-button", has_text=re.compile(f"^{name}$")).click()
    await page.wait_for_function(
        "name => localStorage['graphiql:operationName'] === name", arg=name, timeout=20_000
    )


async def pay_by_hand(page: Page, invoice_id: str, placeholder: str) -> dict[str, Any]:
    """Put an invoice's id into the tab StartCheckout, run it, and pay on the page it leads to."""
    await choose_tab(page, "StartCheckout")
    await page.evaluate(SELECT_LINE, placeholder)
    await page.keyboard.insert_text(f'      "{invoice_id}"')
    # GraphiQL takes typed text in after a pause; a person is slower than that.
    await page.wait_for_timeout(500)
    await page.click(".graphiql-execute-button")
    started = (await answer(page, '"url"'))["data"]["startCheckout"]
    async with page.context.expect_page() as opening:
        await page.get_by_role("link", name="url", exact=True).click()
    hosted = await opening.value
    await fill_card(hosted, CARD)
    await hosted.wait_for_url("**/static/return/paid.html")
    await hosted.close()
    session: dict[str, Any] = started["checkoutSession"]
    assert started["replayed"] is False
    return session


async def live_events(page: Page, *, until: str) -> list[tuple[str, str]]:
    """The kinds and values of what the panel lists of payments and invoices, once it lists a
    value."""
    await page.wait_for_selector(f".live li >> text={until}", timeout=20_000)
    rows = [row.split("\n") for row in await page.locator(".live li").all_inner_texts()]
    money = ("PaymentStatusChanged", "InvoiceStatusChanged")
    return [(kind, words[0]) for _, kind, *words in rows if kind in money]


async def test_the_readme_s_five_minutes_lead_to_a_paid_invoice_and_to_a_second_one(
    demo: Demo, watched: Watched, shots: Path
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
    first, second = [one for one in nodes if one["isPayable"]][:2]
    await page.screenshot(path=shots / "explorer-invoices.png")

    await choose_tab(page, "BillingEvents")
    await page.click(".graphiql-execute-button")
    await page.wait_for_selector(".live .state >> text=BillingEvents is listening")
    paid = await pay_by_hand(page, first["id"], "the id of an invoice")
    events = await live_events(page, until=first["number"])
    assert [words.partition("  ")[0] for _, words in events] == [
        "status PENDING",
        "status CAPTURED",
        "displayStatus PAID",
    ]
    assert events[-1] == (
        "InvoiceStatusChanged",
        f"displayStatus PAID  invoice.number {first['number']}",
    )
    await page.screenshot(path=shots / "explorer-paid.png")

    again = await pay_by_hand(page, second["id"], first["id"])
    assert again["id"] != paid["id"]
    events = await live_events(page, until=second["number"])
    assert len(events) == 6

    await choose_tab(page, "Invoices")
    await page.click(".graphiql-execute-button")
    now = (await answer(page, "totalCount"))["data"]["viewer"]["account"]["invoices"]["nodes"]
    statuses = {one["id"]: one["displayStatus"] for one in now}
    assert (statuses[first["id"]], statuses[second["id"]]) == ("PAID", "PAID")


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
