"""The routes beside GraphQL: invoices in the browser, webhooks, health, files, and the frame
around every request."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from service.api.app import SampleViewer, build_api
from service.api.auth import TokenChecker
from service.api.health import known_migrations
from service.api.middleware import AccessLog, RequestId
from service.billing.ids import Kind
from service.billing.invoice import InvoiceMove
from service.billing.people import Role
from service.store import documents, invoices
from service.store.database import execute, fetch, transaction
from service.store.records import Invoice
from service.workflows import links
from tests.api.harness import AUDIENCE, ISSUER, Api, public
from tests.support.books import books, rows
from tests.support.shop import ORIGIN, WEBHOOK_SECRET, Shop

PDF = b"%PDF-1.7 the very bytes"
DIGEST = sha256(PDF).hexdigest()


async def printed(shop: Shop, invoice: Invoice) -> None:
    """Give an invoice a PDF, as the printing job does."""
    key = f"{invoice.account_id}/{invoice.id}.pdf"
    await shop.ports.documents.put(key, PDF)
    async with transaction():
        await documents.begin(invoice.account_id, invoice.id)
        await documents.finish(
            invoice.account_id,
            invoice.id,
            storage_key=key,
            sha256=DIGEST,
            size_bytes=len(PDF),
            template_version="1",
            at=shop.clock(),
        )


async def an_invoice(api: Api) -> Invoice:
    return await api.shop.invoice(await api.shop.account())


def view_url(api: Api, invoice: Invoice, *, minutes: int = 15) -> str:
    lifetime = timedelta(minutes=minutes)
    return links.view_url(api.shop.ports, invoice.account_id, invoice.id, lifetime=lifetime)


def pdf_url(api: Api, invoice: Invoice, *, minutes: int = 15) -> str:
    lifetime = timedelta(minutes=minutes)
    return links.pdf_url(api.shop.ports, invoice.account_id, invoice.id, lifetime=lifetime)


PRIVATE = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; font-src "
    "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-robots-tag": "noindex",
}


def assert_private(answered: httpx.Response) -> None:
    assert {name: answered.headers[name] for name in PRIVATE} == PRIVATE


async def test_a_link_from_the_api_shows_the_invoice(api: Api) -> None:
    invoice = await an_invoice(api)
    owner = api.caller(Role.OWNER, invoice.account_id)
    found = await owner.ask(
        "query V($n: String!) { invoice(by: {number: $n}) { document { viewUrl pdfUrl } } }",
        n=invoice.number,
    )
    assert found["invoice"]["document"]["pdfUrl"] is None
    answered = await api.http.get(found["invoice"]["document"]["viewUrl"])
    assert answered.status_code == 200
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert_private(answered)
    for shown in ("INV-2627-000001", "Northwind Robotics, Inc.", "Due", "/static/view/view.css"):
        assert shown in answered.text
    assert ".pdf" not in answered.text


async def test_the_page_leads_to_the_pdf_as_far_as_its_own_link_goes(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = view_url(api, invoice, minutes=60)
    token = url.rpartition("token=")[2]
    page = await api.http.get(url)
    path = f"/invoices/{public(Kind.INVOICE, invoice.id)}.pdf?token={token}"
    assert path in page.text
    api.shop.clock.move(minutes=59)
    assert (await api.http.get(path)).content == PDF
    api.shop.clock.move(minutes=1)
    assert (await api.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("status", "words"),
    [("OPEN", "Due"), ("late", "Overdue"), ("PAID", "Paid"), ("VOID", "Void")],
)
async def test_the_page_says_how_the_invoice_stands(api: Api, status: str, words: str) -> None:
    invoice = await an_invoice(api)
    if status == "late":
        api.shop.clock.move(days=16)
    elif status == "PAID":
        started = await api.shop.start(invoice.account_id, invoice)
        await api.shop.pay(started.payment)
        await api.shop.settle(invoice.account_id, started.payment.id)
    elif status == "VOID":
        async with transaction():
            await invoices.move(invoice, InvoiceMove.CANCEL, at=api.shop.clock())
    page = await api.http.get(view_url(api, invoice))
    assert f">{words}<" in page.text


async def test_the_pdf_is_downloaded_byte_by_byte(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    answered = await api.http.get(pdf_url(api, invoice))
    assert (answered.status_code, answered.content) == (200, PDF)
    assert answered.headers["content-type"] == "application/pdf"
    assert answered.headers["content-disposition"] == 'attachment; filename="INV-2627-000001.pdf"'
    assert answered.headers["content-length"] == str(len(PDF))
    assert answered.headers["etag"] == f'"{DIGEST}"'
    assert_private(answered)


async def test_a_pdf_that_is_known_is_not_sent_again(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = pdf_url(api, invoice)
    known = await api.http.get(url, headers={"if-none-match": f'"{DIGEST}"'})
    assert (known.status_code, known.content) == (304, b"")
    other = await api.http.get(url, headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, PDF)


async def test_a_pdf_that_is_not_printed_yet_is_promised(api: Api) -> None:
    invoice = await an_invoice(api)
    answered = await api.http.get(pdf_url(api, invoice))
    assert answered.status_code == 409
    assert answered.headers["retry-after"] == "5"
    assert "The PDF is being prepared" in answered.text
    assert_private(answered)


async def test_a_pdf_whose_bytes_are_lost_is_our_fault(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    await execute("UPDATE document SET storage_key = 'elsewhere/lost.pdf'")
    with structlog.testing.capture_logs() as logged:
        answered = await api.http.get(pdf_url(api, invoice))
    assert answered.status_code == 500
    assert "elsewhere" not in answered.text
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["document_lost"]


@pytest.mark.parametrize("path", ["/view", ".pdf"])
async def test_whatever_does_not_open_an_invoice_is_answered_alike(api: Api, path: str) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    make = view_url if path == "/view" else pdf_url
    good = make(api, invoice)
    head, _, token = good.partition("?token=")
    expired = make(api, invoice, minutes=-1)
    missing = head.replace(
        public(Kind.INVOICE, invoice.id), public(Kind.INVOICE, invoice.account_id)
    )
    answers = [
        await api.http.get(url)
        for url in (
            expired,
            head,
            f"{head}?token=",
            f"{head}?token={token[:-2]}",
            f"{head}?token={token.swapcase()}",
            f"{missing}?token={token}",
            good.replace("inv_", "INV_"),
            good.replace("inv_", "acc_"),
        )
    ]
    assert [answered.status_code for answered in answers] == [404] * len(answers)
    assert {answered.text for answered in answers} == {answers[0].text}
    for answered in answers:
        assert_private(answered)


async def test_a_bad_bearer_token_is_told_so(api: Api) -> None:
    invoice = await an_invoice(api)
    url = view_url(api, invoice).partition("?")[0]
    answered = await api.http.get(url, headers={"authorization": "Bearer nonsense"})
    assert answered.status_code == 401
    assert answered.headers["www-authenticate"] == "Bearer"


async def test_invoices_are_only_read_here(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = pdf_url(api, invoice)
    assert (await api.http.post(url)).status_code == 405
    head = await api.http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(PDF))


EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "livemode": False,
    "data": {"object": {"object": "checkout.session", "id": "cs_test_1"}},
}


def signed(
    api: Api, body: bytes, *, secret: str = WEBHOOK_SECRET, age_s: int = 0
) -> dict[str, str]:
    at = int(api.shop.clock().timestamp()) - age_s
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={at},v1={digest}", "content-type": "application/json"}


async def notify(api: Api, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await api.http.post("/webhooks/stripe", content=body, headers=headers)


async def test_a_signed_notice_is_kept_once_and_answered_every_time(api: Api) -> None:
    body = json.dumps(EVENT, indent=2).encode()
    first = await notify(api, body, signed(api, body))
    again = await notify(api, body, signed(api, body))
    assert (first.status_code, first.json()) == (200, {"received": True, "duplicate": False})
    assert (again.status_code, again.json()) == (200, {"received": True, "duplicate": True})
    (kept,) = await fetch("SELECT event_id, body, handled_at FROM receipt")
    assert (kept["event_id"], bytes(kept["body"]), kept["handled_at"]) == ("evt_1", body, None)
    assert await rows("pgqueuer", "entrypoint = 'handle_receipt'") == 1


async def test_a_notice_that_is_not_the_gateways_is_refused(api: Api) -> None:
    body = json.dumps(EVENT).encode()
    good = signed(api, body)
    before = await books()
    for sent, headers in (
        (body, {}),
        (body, {"stripe-signature": "nonsense"}),
        (body, signed(api, body, secret="whsec_another")),
        (body, signed(api, body, age_s=301)),
        (body, signed(api, body, age_s=-301)),
        (body + b" ", good),
        (b"", good),
        (b"\xff\xfe", signed(api, b"\xff\xfe")),
        (b"[]", signed(api, b"[]")),
    ):
        refused = await notify(api, sent, headers)
        assert refused.status_code == 400
        assert refused.json() == {
            "error": {
                "code": "BAD_SIGNATURE",
                "message": "The signature does not match or is too old.",
            }
        }
    assert await books() == before


async def test_a_notice_of_more_than_a_mebibyte_is_not_read(api: Api) -> None:
    body = b" " * (1024 * 1024 + 1)
    refused = await notify(api, body, signed(api, body))
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "PAYLOAD_TOO_LARGE"
    assert await rows("receipt") == 0


async def test_a_notice_is_answered_within_fifty_milliseconds(api: Api) -> None:
    body = json.dumps(EVENT).encode()
    await notify(api, body, signed(api, body))
    durations = []
    for number in range(2, 12):
        body = json.dumps(EVENT | {"id": f"evt_{number}"}).encode()
        headers = signed(api, body)
        started = time.perf_counter()
        assert (await notify(api, body, headers)).status_code == 200
        durations.append(time.perf_counter() - started)
    assert sorted(durations)[len(durations) // 2] < 0.05


async def test_without_a_signing_secret_there_is_no_webhook(api: Api) -> None:
    app = app_of(api, webhook_enabled=False)
    body = json.dumps(EVENT).encode()
    async with client_of(app) as http:
        answered = await http.post("/webhooks/stripe", content=body, headers=signed(api, body))
    assert answered.status_code == 404
    assert await rows("receipt") == 0


def app_of(api: Api, *, webhook_enabled: bool = True, public_url: str = "") -> Starlette:
    checker = TokenChecker(
        issuer=ISSUER, audience=AUDIENCE, key_file=api.issuer.public_key_file, clock=api.shop.clock
    )
    return build_api(
        api.shop.ports,
        authenticate=checker,
        allowed_origins=[ORIGIN],
        public_url=public_url,
        webhook_enabled=webhook_enabled,
        sample_viewers=[SampleViewer("Ana", "a-token")],
    )


def client_of(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


async def test_below_a_path_the_page_links_below_it_too(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = view_url(api, invoice).removeprefix("https://pay.example.com")
    async with client_of(app_of(api, public_url="https://shop.example.com/billing")) as http:
        page = (await http.get(url)).text
    assert 'href="/billing/static/view/view.css"' in page
    assert f"/billing/invoices/{public(Kind.INVOICE, invoice.id)}.pdf?token=" in page


async def test_the_process_is_up_and_ready(api: Api) -> None:
    for path in ("/healthz", "/readyz"):
        answered = await api.http.get(path)
        assert (answered.status_code, answered.json()) == (200, {"status": "ok"})
        assert answered.headers["cache-control"] == "no-store"


@contextlib.asynccontextmanager
async def an_older_database() -> AsyncIterator[None]:
    """The database has the form of an older release while the block is open."""
    newest = sorted(known_migrations())[-1]
    rename = "UPDATE tortoise_migrations SET name = $2 WHERE name = $1"
    assert await execute(rename, newest, "not there") == 1
    try:
        yield
    finally:
        await execute(rename, "not there", newest)


async def test_a_database_that_lacks_a_migration_is_not_ready(api: Api) -> None:
    assert {"0001_initial", "0002_constraints"} <= known_migrations()
    async with an_older_database():
        answered = await api.http.get("/readyz")
        assert answered.status_code == 503
        assert answered.json() == {"status": "unavailable", "database": "migrations missing: 1"}
        assert (await api.http.get("/healthz")).status_code == 200
    assert (await api.http.get("/readyz")).status_code == 200


async def test_a_database_that_hangs_is_not_ready_within_a_second(api: Api) -> None:
    async with transaction():
        await execute("LOCK TABLE tortoise_migrations IN ACCESS EXCLUSIVE MODE")
        started = time.perf_counter()
        answered = await outside_of_the_transaction(api, "/readyz")
        assert time.perf_counter() - started < 2
    assert answered.status_code == 503
    assert answered.json() == {"status": "unavailable", "database": "no answer within 1 s"}


async def outside_of_the_transaction(api: Api, path: str) -> httpx.Response:
    """Ask as another request would: the test's own transaction is not its."""
    task = asyncio.get_running_loop().create_task(api.http.get(path), context=contextvars.Context())
    return await task


async def test_files_and_the_explorer_are_served(api: Api) -> None:
    for path in ("/static/view/view.css", "/static/view/invoice.css", "/static/fonts/fonts.css"):
        answered = await api.http.get(path)
        assert answered.status_code == 200
        assert answered.headers["content-type"].startswith("text/css")
    assert (await api.http.get("/static/../app.py")).status_code == 404
    assert (await api.http.get("/static/%2e%2e/app.py")).status_code == 404
    async with client_of(app_of(api)) as http:
        page = await http.get("/graphql", headers={"accept": "text/html"})
        data = await http.get("/graphql/explorer.json")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert data.json()["viewers"] == [{"label": "Ana", "token": "a-token"}]


async def test_pages_of_allowed_origins_may_call_the_api(api: Api) -> None:
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    allowed = await api.http.options("/graphql", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in allowed.headers
    refused = await api.http.options("/graphql", headers=asked | {"origin": "https://evil.example"})
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    forbidden = asked | {"access-control-request-headers": "x-anything"}
    assert (await api.http.options("/graphql", headers=forbidden)).status_code == 400


async def test_every_answer_names_its_request(api: Api) -> None:
    own = (await api.http.get("/healthz")).headers["x-request-id"]
    assert len(own) == 32
    assert (await api.http.get("/healthz")).headers["x-request-id"] != own
    asked = {"x-request-id": "client-request.42_A"}
    answered = await api.http.get("/healthz", headers=asked)
    assert answered.headers["x-request-id"] == "client-request.42_A"


@pytest.mark.parametrize("strange", ["short", "x" * 65, 'forged" line', "ключ-ключ-ключ".encode()])
async def test_a_strange_request_id_is_replaced(api: Api, strange: str | bytes) -> None:
    value = strange if isinstance(strange, bytes) else strange.encode()
    answered = await api.http.get("/healthz", headers=[(b"x-request-id", value)])
    assert len(answered.headers["x-request-id"]) == 32


async def test_a_request_leaves_one_line_without_its_query_string(api: Api) -> None:
    invoice = await an_invoice(api)
    url = view_url(api, invoice)
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as logged:
        await api.http.get(url, headers={"x-request-id": "request-0001"})
    (line,) = logged
    assert line.pop("ms") > 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "path": f"/invoices/{public(Kind.INVOICE, invoice.id)}/view",
        "status": 200,
        "request_id": "request-0001",
    }


async def test_health_checks_leave_lines_only_when_they_fail(api: Api) -> None:
    with structlog.testing.capture_logs() as logged:
        await api.http.get("/healthz")
        await api.http.get("/readyz")
        assert logged == []
        async with an_older_database():
            await api.http.get("/readyz")
    assert [(line["path"], line["status"]) for line in logged] == [("/readyz", 503)]


def framed(app: ASGIApp) -> ASGIApp:
    return RequestId(AccessLog(app))


async def test_a_crash_leaves_a_line_too() -> None:
    async def crash(_: Request) -> Response:
        raise RuntimeError("broken")

    app = Starlette(routes=[Route("/crash", crash)])
    with structlog.testing.capture_logs() as logged:
        async with client_of(framed(app)) as http:
            answered = await http.get("/crash")
    assert answered.status_code == 500
    assert [(line["path"], line["status"]) for line in logged] == [("/crash", 500)]


async def test_the_requests_id_is_on_every_line_of_its_work_and_on_no_other() -> None:
    log = structlog.get_logger()

    async def work(_: Request) -> Response:
        log.info("working")
        return PlainTextResponse("done")

    app = framed(Starlette(routes=[Route("/work", work)]))
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as logged:
        async with client_of(app) as http:
            await http.get("/work", headers={"x-request-id": "request-0001"})
        log.info("afterwards")
    assert [(line["event"], line.get("request_id")) for line in logged] == [
        ("working", "request-0001"),
        ("request", "request-0001"),
        ("afterwards", None),
    ]


async def test_a_socket_leaves_one_line_when_it_closes() -> None:
    async def refuse(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close(4403)

    app = Starlette(
        routes=[WebSocketRoute("/graphql", refuse)],
        middleware=[Middleware(RequestId), Middleware(AccessLog)],
    )
    with (
        structlog.testing.capture_logs() as logged,
        TestClient(app) as client,
        client.websocket_connect("/graphql?token=secret") as socket,
    ):
        assert socket.receive()["code"] == 4403
    assert [(line["method"], line["path"], line["status"]) for line in logged] == [
        ("WEBSOCKET", "/graphql", 4403)
    ]
