"""Health, files, origins, and the frame around every request."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message
from starlette.websockets import WebSocket

from service.api.app import SampleViewer
from service.api.middleware import AccessLog, RequestId
from service.billing.ids import Kind
from service.store.database import execute, known_migrations, transaction
from service.workflows import links
from tests.api.harness import Api, client_of, public
from tests.support.shop import ORIGIN


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
    api.rebuild(sample_viewers=[SampleViewer("Ana", "a-token")])
    page = await api.http.get("/graphql", headers={"accept": "text/html"})
    data = await api.http.get("/graphql/explorer.json")
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
    invoice = await api.shop.invoice(await api.shop.account())
    url = links.view_url(
        api.shop.ports, invoice.account_id, invoice.id, lifetime=timedelta(minutes=15)
    )
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

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    app = framed(Starlette(routes=[WebSocketRoute("/graphql", refuse)]))
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "query_string": b"token=secret",
        "headers": [(b"x-request-id", b"request-0001")],
        "subprotocols": [],
    }
    with structlog.testing.capture_logs() as logged:
        await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert sent[0]["headers"] == [(b"x-request-id", b"request-0001")]
    assert [(line["method"], line["path"], line["status"]) for line in logged] == [
        ("WEBSOCKET", "/graphql", 4403)
    ]
