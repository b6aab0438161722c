"""The API explorer: what it may load, what it gives away, and that it works in a browser."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from graphql import build_schema, parse, validate
from playwright.async_api import Page, async_playwright

from service.api.explorer import EXAMPLES, FOLDER, Explorer, SampleViewer, content_policy
from service.api.limits import Limits, refuse
from tests.api.toy_schema import BEARER, Toy, served, toy_app

BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SCHEMA_FILE = Path(__file__).parents[2] / "schema.graphql"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[tuple[Toy, str]]:
    toy = Toy(lifetimes={"short": timedelta(seconds=2)})
    explorer = Explorer(
        sample_viewers=lambda: [SampleViewer("Asha, owner", "good"), SampleViewer("Late", "short")]
    )
    view = toy.view(explorer_page=explorer.page)
    async with served(toy_app(view, *explorer.routes())) as host:
        yield toy, host


@pytest_asyncio.fixture(loop_scope="module")
async def client(service: tuple[Toy, str]) -> AsyncIterator[httpx.AsyncClient]:
    service[0].journal.clear()
    async with httpx.AsyncClient(base_url=f"http://{service[1]}") as client:
        yield client


class TestPage:
    async def test_a_browser_gets_the_page_without_a_token(
        self, client: httpx.AsyncClient, service: tuple[Toy, str]
    ) -> None:
        for path in ("/graphql", "/graphql?query={ping}"):
            response = await client.get(path, headers={"accept": BROWSER_ACCEPT})
            assert response.status_code == 200
            assert response.headers["content-type"] == "text/html; charset=utf-8"
            assert response.headers["vary"] == "Accept"
            assert response.headers["x-frame-options"] == "DENY"
            assert response.headers["referrer-policy"] == "no-referrer"
        assert service[0].journal.executed == []

    async def test_a_client_that_prefers_json_gets_json(self, client: httpx.AsyncClient) -> None:
        headers = {"accept": "text/html;q=0.5, application/json", **BEARER}
        response = await client.get("/graphql?query={ping}", headers=headers)
        assert response.json() == {"data": {"ping": "pong"}}

    async def test_a_post_is_never_the_page(self, client: httpx.AsyncClient) -> None:
        headers = {"accept": BROWSER_ACCEPT, **BEARER}
        response = await client.post("/graphql", json={"query": "{ ping }"}, headers=headers)
        assert response.json() == {"data": {"ping": "pong"}}

    async def test_without_an_explorer_there_is_no_page(self) -> None:
        async with (
            served(toy_app(Toy().view())) as host,
            httpx.AsyncClient(base_url=f"http://{host}", headers=BEARER) as client,
        ):
            response = await client.get("/graphql", headers={"accept": "text/html"})
            assert response.status_code == 406

    async def test_the_policy_allows_nothing_but_this_server(
        self, client: httpx.AsyncClient, service: tuple[Toy, str]
    ) -> None:
        response = await client.get("/graphql", headers={"accept": "text/html"})
        host = service[1]
        assert response.headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            "font-src 'self' data:; img-src 'self' data:; "
            f"connect-src 'self' ws://{host} wss://{host}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    @pytest.mark.parametrize(
        "host", ["", "a b", "x; script-src *", "*", "evil.example/path", "a:b", "[::1", "a\nb"]
    )
    async def test_a_host_that_is_none_does_not_reach_the_policy(self, host: str) -> None:
        assert "connect-src 'self';" in content_policy(host)

    @pytest.mark.parametrize("host", ["localhost:8000", "[::1]:8000", "api.example.com"])
    async def test_a_host_may_be_a_name_or_an_address(self, host: str) -> None:
        assert f"connect-src 'self' ws://{host} wss://{host};" in content_policy(host)

    async def test_everything_the_page_loads_is_our_own(self, client: httpx.AsyncClient) -> None:
        page = (await client.get("/graphql", headers={"accept": "text/html"})).text
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
        assert re.findall(r"\son\w+=|style=|javascript:", page) == []
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(loaded) == 7
        program = (FOLDER / "explorer.js").read_text(encoding="utf-8")
        imported = re.findall(r'^import .* from "\./([a-z.]+)";$', program, re.MULTILINE)
        assert len(imported) == program.count("import ") == 2
        loaded += [f"/static/explorer/{name}" for name in imported]
        for path in loaded:
            assert path.startswith("/static/explorer/")
            response = await client.get(path)
            assert response.status_code == 200, path
            assert response.headers["x-content-type-options"] == "nosniff"
            again = await client.get(path, headers={"if-none-match": response.headers["etag"]})
            assert again.status_code == 304

    async def test_files_outside_the_folder_are_not_served(self, client: httpx.AsyncClient) -> None:
        for path in ("/static/explorer/%2e%2e/%2e%2e/api/view.py", "/static/explorer/"):
            assert (await client.get(path)).status_code == 404


class TestData:
    async def test_the_sample_viewers_and_the_examples(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/graphql/explorer.json")
        assert response.headers["cache-control"] == "no-store"
        data = response.json()
        assert data["viewers"] == [
            {"label": "Asha, owner", "token": "good"},
            {"label": "Late", "token": "short"},
        ]
        assert data["examples"] == json.loads(EXAMPLES.read_text(encoding="utf-8"))

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    async def test_a_page_of_another_site_gets_no_tokens(
        self, client: httpx.AsyncClient, site: str
    ) -> None:
        response = await client.get("/graphql/explorer.json", headers={"sec-fetch-site": site})
        assert response.json()["viewers"] == []

    async def test_outside_the_demo_there_is_nobody_to_ask_as(self) -> None:
        explorer = Explorer()
        app = toy_app(Toy().view(explorer_page=explorer.page), *explorer.routes())
        async with served(app) as host, httpx.AsyncClient(base_url=f"http://{host}") as client:
            assert (await client.get("/graphql/explorer.json")).json()["viewers"] == []


class TestExamples:
    async def test_every_example_fits_the_schema_and_the_limits(self) -> None:
        schema = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
        examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
        assert len({example["name"] for example in examples}) == len(examples) >= 8
        for example in examples:
            document = parse(example["query"])
            assert validate(schema, document) == [], example["name"]
            assert refuse(schema, document, Limits()) is None, example["name"]

    async def test_their_tabs_are_called_as_they_are(self) -> None:
        for example in json.loads(EXAMPLES.read_text(encoding="utf-8")):
            first: Any = parse(example["query"]).definitions[0]
            assert first.name.value == example["name"]


async def test_the_vendored_files_are_as_published() -> None:
    vendor = FOLDER / "vendor"
    listed = re.findall(
        r"^\| (\S+) \| \S+ \| MIT, `(\S+)` \| `([0-9a-f]{64})` \|$",
        (vendor / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert {name for name, _, _ in listed} == {
        path.name for path in vendor.iterdir() if path.suffix in (".js", ".css")
    }
    for name, licence, digest in listed:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest
        assert "MIT License" in (vendor / licence).read_text(encoding="utf-8")


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of so far."""
    return []


@pytest_asyncio.fixture(loop_scope="module")
async def page(service: tuple[Toy, str], complaints: list[str]) -> AsyncIterator[Page]:
    """A browser page with the explorer, which fails the test on any complaint of the browser."""
    found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium", "chrome"))
    async with async_playwright() as playwright:
        path = next((path for path in found if path), None)
        browser = await playwright.chromium.launch(executable_path=path)
        page = await browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda entry: complaints.append(entry.text))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((f"http://{service[1]}/", "data:"))
                else complaints.append(request.url)
            ),
        )
        await page.goto(f"http://{service[1]}/graphql")
        await page.wait_for_selector(".graphiql-execute-button")
        yield page
        await browser.close()
        assert complaints == []


async def write(page: Page, query: str) -> None:
    """Put a document into the editor and wait until GraphiQL has taken it in."""
    await page.evaluate(
        "text => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror"
        ".setValue(text)",
        query,
    )
    await page.wait_for_timeout(500)
    await page.click(".graphiql-execute-button")


async def answer(page: Page, holding: str) -> Any:
    """Wait until the answer holds a text, and return it parsed."""
    editor = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"
    await page.wait_for_function(f"text => {editor}.includes(text)", arg=holding, timeout=8_000)
    return json.loads(await page.evaluate(editor))


class TestBrowser:
    async def test_a_query_and_a_subscription_run_as_the_chosen_viewer(self, page: Page) -> None:
        assert await page.input_value(".bar select") == "good"
        await write(page, "{ viewer }")
        assert await answer(page, "viewer") == {"data": {"viewer": "good"}}
        await page.wait_for_selector(".state.good")
        await write(page, "subscription Counting { count(to: 4, every: 0.05) }")
        assert await answer(page, '"count": 3') == {"data": {"count": 3}}

    async def test_the_examples_are_tabs_with_their_variables(self, page: Page) -> None:
        examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
        titles = await page.locator(".graphiql-tab-button").all_inner_texts()
        assert titles == [example["name"] for example in examples]
        editor = "document.querySelector('.graphiql-editor-tool .CodeMirror').CodeMirror.getValue()"
        assert json.loads(await page.evaluate(editor)) == examples[0]["variables"]
        await page.click("text=StartCheckout")
        given = json.loads(await page.evaluate(editor))["input"]
        assert re.fullmatch(r"[0-9a-f-]{36}", given["idempotencyKey"])
        assert given["successUrl"].startswith(page.url.removesuffix("/graphql"))

    async def test_a_subscription_says_why_it_was_closed(
        self, page: Page, service: tuple[Toy, str]
    ) -> None:
        await page.select_option(".bar select", label="Late")
        await write(page, "subscription Long { silence }")
        closed = await answer(page, "4403")
        assert closed["errors"][0]["message"].endswith("4403 Token expired")
        await page.wait_for_selector(".state.bad")
        assert "silence" in service[0].journal.stopped

    async def test_the_token_is_hidden_and_kept_for_this_tab_only(self, page: Page) -> None:
        assert await page.get_attribute(".bar input", "type") == "password"
        await page.select_option(".bar select", label="Late")
        stored = await page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
        session, local = json.loads(stored)
        assert session == {"paidup.explorer.token": "short"}
        assert "short" not in json.dumps(local)

    async def test_without_a_token_it_asks_for_one(self, page: Page) -> None:
        await page.select_option(".bar select", label="a token of my own")
        await page.wait_for_selector(".state.warn")
        await write(page, "{ ping }")
        refused = await answer(page, "errors")
        assert refused["errors"][0]["message"] == "Choose whom to ask as, or paste a token."
        await page.fill(".bar input", "good")
        await page.click("text=Use")
        await page.wait_for_selector(".state.good")


async def listening(page: Page) -> list[str]:
    """The subscriptions that the panel says are running."""
    texts = await page.locator(".live .state").all_inner_texts()
    return [text.partition("\n")[0] for text in texts]


async def choose(page: Page, tab: str) -> None:
    """Choose a tab and wait until GraphiQL has read its editors."""
    await page.click(f".graphiql-tab-button >> text={tab}")
    await page.wait_for_timeout(500)


async def has_stopped(service: tuple[Toy, str], *, within_s: float = 5) -> bool:
    deadline = asyncio.get_running_loop().time() + within_s
    while asyncio.get_running_loop().time() < deadline:
        if "silence" in service[0].journal.stopped:
            return True
        await asyncio.sleep(0.02)
    return False


@pytest_asyncio.fixture(loop_scope="module")
async def waiting(page: Page, service: tuple[Toy, str]) -> Page:
    """A page whose first tab runs a subscription."""
    service[0].journal.clear()
    await write(page, "subscription Long { silence }")
    await page.wait_for_selector(".live .state >> text=Long is listening")
    return page


class TestLiveEvents:
    async def test_every_event_is_listed_and_not_the_newest_alone(self, page: Page) -> None:
        assert await page.locator(".live").count() == 0
        await write(page, "subscription Counting { count(to: 4, every: 0.01) }")
        await answer(page, '"count": 3')
        rows = [row.split("\n") for row in await page.locator(".live li").all_inner_texts()]
        assert [(kind, words) for _, kind, words in rows] == [
            ("count", str(number)) for number in range(4)
        ]
        assert all(re.fullmatch(r"\d\d:\d\d:\d\d[.,]\d{3}", at) for at, _, _ in rows)
        await page.wait_for_selector(".live .state", state="detached")
        await page.click(".live >> text=Clear")
        assert await page.locator(".live").count() == 0

    async def test_a_subscription_goes_on_in_another_tab_until_it_is_stopped(
        self, waiting: Page, service: tuple[Toy, str]
    ) -> None:
        await choose(waiting, "StartCheckout")
        assert not await has_stopped(service, within_s=1)
        assert await listening(waiting) == ["Long is listening"]
        await write(waiting, "{ ping }")
        assert await answer(waiting, "pong") == {"data": {"ping": "pong"}}
        assert not await has_stopped(service, within_s=0.5)
        await waiting.click(".live >> text=Stop")
        assert await has_stopped(service)
        assert await listening(waiting) == []

    @pytest.mark.parametrize("how", ["the play button", "the panel", "another viewer", "its tab"])
    async def test_a_subscription_ends(
        self, waiting: Page, service: tuple[Toy, str], how: str
    ) -> None:
        await end(waiting, how)
        assert await has_stopped(service)
        assert await listening(waiting) == []

    async def test_a_subscription_that_is_begun_again_replaces_the_one_before(
        self, waiting: Page, service: tuple[Toy, str]
    ) -> None:
        await choose(waiting, "StartCheckout")
        await write(waiting, "subscription Long { silence }")
        assert await has_stopped(service)
        assert await listening(waiting) == ["Long is listening"]

    async def test_what_closes_a_subscription_in_the_background_is_told(self, page: Page) -> None:
        await page.select_option(".bar select", label="Late")
        await write(page, "subscription Long { silence }")
        await choose(page, "StartCheckout")
        await page.wait_for_selector(".live li >> text=4403 Token expired", timeout=8_000)
        assert await listening(page) == []


async def end(page: Page, how: str) -> None:
    if how == "the play button":
        await page.click(".graphiql-execute-button")
    elif how == "the panel":
        await page.click(".live >> text=Stop")
    elif how == "another viewer":
        await page.select_option(".bar select", label="a token of my own")
    else:
        await page.click(".graphiql-tab-active .graphiql-tab-close")


class TestKeys:
    async def test_a_key_is_renewed_once_its_mutation_is_answered(self, page: Page) -> None:
        key, kept = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
        await set_variables(page, {"input": {"idempotencyKey": key, "note": kept}})
        await write(page, "mutation Work { work }")
        await answer(page, "worked")
        renewed = (await variables(page))["input"]
        assert renewed["note"] == kept
        assert renewed["idempotencyKey"] != key
        assert UUID(renewed["idempotencyKey"]).version == 4

    async def test_a_query_keeps_the_key(self, page: Page) -> None:
        await set_variables(page, GIVEN)
        await write(page, "{ ping }")
        await answer(page, "pong")
        assert await variables(page) == GIVEN

    async def test_a_mutation_whose_answer_was_lost_keeps_the_key(
        self, page: Page, complaints: list[str]
    ) -> None:
        await set_variables(page, GIVEN)
        await page.context.set_offline(True)
        await write(page, "mutation Work { work }")
        await page.wait_for_function("() => document.querySelector('.result-window').innerText")
        assert await variables(page) == GIVEN
        assert complaints == ["Failed to load resource: net::ERR_INTERNET_DISCONNECTED"]
        complaints.clear()


GIVEN = {"input": {"idempotencyKey": "11111111-1111-4111-8111-111111111111"}}
VARIABLES = "document.querySelector('.graphiql-editor-tool .CodeMirror').CodeMirror"


async def set_variables(page: Page, value: dict[str, Any]) -> None:
    await page.evaluate(f"text => {VARIABLES}.setValue(text)", json.dumps(value))


async def variables(page: Page) -> Any:
    return json.loads(await page.evaluate(f"{VARIABLES}.getValue()"))


@pytest.mark.parametrize("width", [320, 390])
async def test_on_a_phone_the_editors_and_the_answer_have_room(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    for name in (".graphiql-query-editor .CodeMirror", ".result-window"):
        box = await page.locator(name).bounding_box()
        assert box is not None
        assert box["width"] > 0.55 * width, name
        assert box["height"] > 200, name
    tool = await page.locator(".graphiql-editor-tool").bounding_box()
    assert tool is not None
    assert (tool["width"] > 0.8 * width, tool["height"] > 90) == (True, True)
    assert await page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [900, 1280])
async def test_every_tab_is_seen_above_the_editors(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    frame = await page.locator(".graphiql-sessions").bounding_box()
    editors = await page.locator(".graphiql-session").bounding_box()
    assert frame is not None
    assert editors is not None
    assert editors["height"] > 500
    for tab in await page.locator(".graphiql-tab, .graphiql-tab-add").all():
        box = await tab.bounding_box()
        assert box is not None
        assert frame["y"] <= box["y"] < box["y"] + box["height"] <= editors["y"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
