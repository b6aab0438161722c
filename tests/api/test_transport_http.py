"""GraphQL over HTTP: negotiation, statuses, shapes and bounds, on a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog

from service.api import wire
from service.api.negotiation import negotiate
from service.api.refusals import STATUS_POLICY
from service.api.view import TransportSettings
from tests.api.toy_schema import BEARER, SECRET, Toy, served, toy_app, until

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[tuple[Toy, str]]:
    toy = Toy()
    async with served(toy_app(toy.view())) as host:
        yield toy, host


@pytest.fixture
def toy(service: tuple[Toy, str]) -> Toy:
    service[0].journal.clear()
    return service[0]


@pytest_asyncio.fixture(loop_scope="module")
async def client(toy: Toy, service: tuple[Toy, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{service[1]}", headers=BEARER) as client:
        yield client


async def post(
    client: httpx.AsyncClient, query: str, *, accept: str = GRAPHQL_JSON, **members: Any
) -> httpx.Response:
    body = {"query": query, **members}
    return await client.post("/graphql", json=body, headers={"accept": accept})


def error_of(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert set(body) == {"errors"}
    (error,) = body["errors"]
    assert error["message"]
    return response.status_code, error["extensions"]["code"]


class TestNegotiation:
    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            (None, JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            (JSON, JSON),
            (GRAPHQL_JSON, GRAPHQL_JSON),
            (f"{JSON}, {GRAPHQL_JSON}", JSON),
            (f"{GRAPHQL_JSON}, {JSON}", GRAPHQL_JSON),
            (f"{JSON};q=0.5, {GRAPHQL_JSON};q=0.9", GRAPHQL_JSON),
            (f"{GRAPHQL_JSON};q=0.1, {JSON};q=0.2", JSON),
            (f"{JSON};q=0, */*", GRAPHQL_JSON),
            (f"{JSON}; charset=utf-8", JSON),
            (f'{JSON}; charset="UTF-8"', JSON),
            (f"{GRAPHQL_JSON};charset=utf-16, {JSON}", JSON),
            (f"{GRAPHQL_JSON}; q=high, {JSON}; q=0.3", JSON),
            ("text/html, */*;q=0.1", JSON),
            (f"{JSON}, text/event-stream", JSON),
            # What urql sends with a query, and Apollo with queries, subscriptions and @defer.
            (
                f"{GRAPHQL_JSON}, application/graphql+json, {JSON}, text/event-stream, "
                "multipart/mixed",
                GRAPHQL_JSON,
            ),
            (f"{GRAPHQL_JSON},{JSON};q=0.9", GRAPHQL_JSON),
            (
                "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,"
                f"{GRAPHQL_JSON},{JSON};q=0.9",
                GRAPHQL_JSON,
            ),
            (
                f"multipart/mixed;incrementalSpec=v0.2,{GRAPHQL_JSON},{JSON};q=0.9",
                GRAPHQL_JSON,
            ),
        ],
    )
    async def test_a_query_is_answered_in_the_preferred_json(
        self, client: httpx.AsyncClient, accept: str | None, media_type: str
    ) -> None:
        headers = {} if accept is None else {"accept": accept}
        if accept is None:
            del client.headers["accept"]
        response = await client.post("/graphql", json={"query": "{ ping }"}, headers=headers)
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert response.headers["vary"] == "Accept"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.json() == {"data": {"ping": "pong"}}

    @pytest.mark.parametrize(
        "accept",
        ["text/plain", "image/*", f"{JSON};q=0", f"{JSON};charset=utf-16", "x" * 5000],
    )
    async def test_an_answer_nobody_could_read_is_not_made(
        self, client: httpx.AsyncClient, toy: Toy, accept: str
    ) -> None:
        response = await post(client, "{ ping }", accept=accept)
        assert error_of(response) == (406, "NOT_ACCEPTABLE")
        assert toy.journal.executed == []

    async def test_every_accept_header_is_read_once(self) -> None:
        assert negotiate(f"{JSON};q=0.123") is negotiate(f"{JSON};q=0.123")


class TestStatuses:
    @pytest.mark.parametrize(
        ("query", "members", "code"),
        [
            ("{", {}, "GRAPHQL_PARSE_FAILED"),
            ("# nothing", {}, "GRAPHQL_PARSE_FAILED"),
            ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED"),
            ("{ add(a: 1) }", {}, "GRAPHQL_VALIDATION_FAILED"),
            (
                "query($a: Int!) { add(a: $a, b: 1) }",
                {"variables": {"a": "x"}},
                "BAD_USER_INPUT",
            ),
            ("query($a: Int!) { add(a: $a, b: 1) }", {}, "BAD_USER_INPUT"),
            (
                "query($d: DateTime!) { day(value: $d) }",
                {"variables": {"d": "tomorrow"}},
                "BAD_USER_INPUT",
            ),
        ],
    )
    async def test_a_request_error_is_400_without_data_and_200_in_plain_json(
        self, client: httpx.AsyncClient, query: str, members: dict[str, Any], code: str
    ) -> None:
        assert error_of(await post(client, query, **members)) == (400, code)
        assert error_of(await post(client, query, accept=JSON, **members)) == (200, code)

    @pytest.mark.parametrize("accept", [JSON, GRAPHQL_JSON])
    async def test_an_operation_that_is_not_in_the_document_is_400(
        self, client: httpx.AsyncClient, accept: str
    ) -> None:
        response = await post(
            client, "query A { ping } query B { ping }", accept=accept, operationName="C"
        )
        assert error_of(response) == (400, "OPERATION_RESOLUTION_FAILURE")

    async def test_a_field_error_leaves_the_data_and_is_200(
        self, client: httpx.AsyncClient
    ) -> None:
        response = await post(client, "{ ping refused }")
        assert response.status_code == 200
        assert response.json() == {
            "data": {"ping": "pong", "refused": None},
            "errors": [
                {
                    "message": "Not for you",
                    "locations": [{"line": 1, "column": 8}],
                    "path": ["refused"],
                    "extensions": {"code": "FORBIDDEN"},
                }
            ],
        }

    async def test_data_that_is_null_by_a_field_error_is_still_data(
        self, client: httpx.AsyncClient
    ) -> None:
        response = await post(client, "{ boomNonNull }")
        assert response.status_code == 200
        assert response.json()["data"] is None

    async def test_every_status_is_a_client_error_a_server_error_or_200(self) -> None:
        for statuses in STATUS_POLICY.values():
            assert {status // 100 for status in statuses} <= {2, 4, 5}
            assert statuses.graphql_json == statuses.json or statuses.json == 200


class TestMethods:
    async def test_a_query_by_get(self, client: httpx.AsyncClient) -> None:
        response = await client.get(
            "/graphql",
            params={
                "query": "query Sum($a: Int!) { add(a: $a, b: 1) } query Other { ping }",
                "variables": '{"a": 2}',
                "operationName": "Sum",
                "extensions": "{}",
            },
            headers={"accept": JSON},
        )
        assert (response.status_code, response.json()) == (200, {"data": {"add": 3}})

    @pytest.mark.parametrize("accept", ["*/*", "image/png,*/*", "text/html"])
    async def test_a_get_that_any_page_could_cause_is_refused(
        self, client: httpx.AsyncClient, toy: Toy, accept: str
    ) -> None:
        refused = await client.get("/graphql?query={ping}", headers={"accept": accept})
        assert refused.status_code in (400, 406)
        assert toy.journal.executed == []

    async def test_a_get_with_the_preflight_header_is_answered(
        self, client: httpx.AsyncClient
    ) -> None:
        response = await client.get(
            "/graphql?query={ping}", headers={"accept": "*/*", "graphql-require-preflight": "1"}
        )
        assert response.json() == {"data": {"ping": "pong"}}

    async def test_a_mutation_by_get_is_405_and_not_executed(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        response = await client.get("/graphql?query=mutation{work}", headers={"accept": JSON})
        assert error_of(response) == (405, "METHOD_NOT_ALLOWED")
        assert response.headers["allow"] == "POST"
        assert toy.journal.executed == []

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
    async def test_other_methods_are_405(self, client: httpx.AsyncClient, method: str) -> None:
        response = await client.request(method, "/graphql")
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, POST"

    async def test_a_mutation_by_post_is_executed_once(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        response = await post(client, "mutation { work }")
        assert response.json() == {"data": {"work": "worked"}}
        assert toy.journal.executed == ["work"]

    async def test_a_subscription_needs_a_stream(self, client: httpx.AsyncClient) -> None:
        response = await post(client, "subscription { count }")
        assert error_of(response) == (400, "BAD_REQUEST")
        assert "text/event-stream" in response.text


class TestTokens:
    @pytest.mark.parametrize(
        "authorization",
        [None, "", "Bearer", "Bearer bad", "Basic good", "good", "Bearer " + "x" * 9000],
    )
    async def test_without_a_valid_token_nothing_is_executed(
        self, client: httpx.AsyncClient, toy: Toy, authorization: str | None
    ) -> None:
        del client.headers["authorization"]
        headers = {} if authorization is None else {"authorization": authorization}
        for query in ("{ ping }", "{ __schema { queryType { name } } }", "mutation { work }", "{"):
            response = await client.post("/graphql", json={"query": query}, headers=headers)
            assert error_of(response) == (401, "UNAUTHENTICATED")
            assert response.headers["www-authenticate"] == "Bearer"
        assert toy.journal.executed == []

    async def test_without_a_valid_token_the_body_is_not_looked_at(
        self, client: httpx.AsyncClient
    ) -> None:
        del client.headers["authorization"]
        for body in (b"{", b"x" * 300_000):
            response = await client.post(
                "/graphql", content=body, headers={"content-type": JSON, "accept": JSON}
            )
            assert error_of(response) == (401, "UNAUTHENTICATED")

    async def test_the_scheme_is_not_case_sensitive(self, client: httpx.AsyncClient) -> None:
        response = await client.post(
            "/graphql", json={"query": "{ viewer }"}, headers={"authorization": "bearer good"}
        )
        assert response.json() == {"data": {"viewer": "good"}}

    async def test_a_failure_of_the_token_check_is_masked(self, client: httpx.AsyncClient) -> None:
        response = await client.post(
            "/graphql", json={"query": "{ ping }"}, headers={"authorization": "Bearer crash"}
        )
        assert error_of(response) == (500, "INTERNAL")
        assert SECRET not in response.text


class TestMasking:
    async def test_an_unexpected_error_is_logged_and_masked(
        self, client: httpx.AsyncClient
    ) -> None:
        with structlog.testing.capture_logs() as logs:
            response = await post(client, "{ ping boom }")
        (error,) = response.json()["errors"]
        assert response.json()["data"] == {"ping": "pong", "boom": None}
        assert error["message"] == "Internal error"
        assert error["path"] == ["boom"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert SECRET not in response.text
        (entry,) = logs
        assert entry["event"] == "graphql.unexpected_error"
        assert entry["log_level"] == "error"
        assert entry["request_id"] == error["extensions"]["requestId"]
        kind, cause, traceback = entry["exc_info"]
        assert (kind, str(cause)) == (RuntimeError, SECRET)
        assert traceback is not None

    async def test_a_value_without_a_json_form_is_masked(self, client: httpx.AsyncClient) -> None:
        response = await post(client, "{ surrogate }")
        assert error_of(response) == (500, "INTERNAL")

    async def test_nothing_but_the_unexpected_is_logged(self, client: httpx.AsyncClient) -> None:
        with structlog.testing.capture_logs() as logs:
            for query in ("{", "{ nope }", "{ refused }", "{ ping }"):
                await post(client, query)
        assert logs == []


class TestTime:
    async def test_an_operation_is_stopped_at_its_deadline(self, toy: Toy) -> None:
        view = toy.view(TransportSettings(execution_timeout_s=0.2))
        async with (
            served(toy_app(view)) as host,
            httpx.AsyncClient(base_url=f"http://{host}", headers=BEARER) as client,
        ):
            response = await post(client, "{ slow(seconds: 30) }")
            assert error_of(response) == (504, "EXECUTION_TIMEOUT")
            assert toy.journal.stopped == ["slow"]
            response = await post(client, "mutation { work(seconds: 30) }")
            assert error_of(response) == (504, "EXECUTION_TIMEOUT")
            assert toy.journal.stopped == ["slow", "work"]

    async def test_a_query_is_stopped_when_its_client_leaves(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        client.timeout = httpx.Timeout(0.3)
        with pytest.raises(httpx.ReadTimeout):
            await post(client, "{ slow(seconds: 30) also: slow(seconds: 30) }")
        await until(lambda: toy.journal.stopped == ["slow", "slow"])

    async def test_a_mutation_goes_on_when_its_client_leaves(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        query = "mutation { work(seconds: 0.5) }"
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/graphql", json={"query": query}, timeout=0.2)
        await until(lambda: toy.journal.executed == ["work"])
        assert toy.journal.stopped == []


async def test_every_request_has_a_context_of_its_own(client: httpx.AsyncClient, toy: Toy) -> None:
    responses = await asyncio.gather(*(post(client, "{ me: viewer }") for _ in range(20)))
    assert {response.text for response in responses} == {'{"data":{"me":"good"}}'}
    assert len(toy.journal.contexts) == 20


async def test_the_body_of_an_answer_is_compact_utf_8() -> None:
    assert wire.encode({"a": "नमस्ते"}) == '{"a":"नमस्ते"}'.encode()
    assert json.loads(wire.encode({"a": [1, None]})) == {"a": [1, None]}
