"""GraphQL over HTTP: what a request body may look like, on a real server."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.api.view import TransportSettings
from tests.api.toy_schema import BEARER, Toy, served, toy_app

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


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"null",
            b"5",
            b"true",
            b'"x"',
            b"[]",
            b'[{"query": "{ ping }"}]',
            b"{}",
            b'{"query": null}',
            b'{"query": ""}',
            b'{"query": 5}',
            b'{"query": ["{ ping }"]}',
            b'{"query": "{ ping }", "variables": []}',
            b'{"query": "{ ping }", "variables": "{}"}',
            b'{"query": "{ ping }", "operationName": {}}',
            b'{"query": "{ ping }", "extensions": 1}',
            b'{"query": "{ ping }", "variables": {"a": NaN}}',
            b'{"query": "\xff"}',
            b'{"query": "{ echo(text: \\"\\ud800\\") }"}',
            b'{"query": "{ ping }", "variables": {"a": ' + b"1" * 10_240 + b"}}",
            b'{"query": "{ ping }", "variables": {"a": ' + b"[" * 100 + b"]" * 100 + b"}}",
            b'{"query": "{ ping }", "variables": {"a": ' + b"[" * 10_240 + b"]" * 10_240 + b"}}",
            b"[" * 100_000 + b"]" * 100_000,
        ],
    )
    async def test_a_body_of_the_wrong_shape_is_400(
        self, client: httpx.AsyncClient, toy: Toy, body: bytes
    ) -> None:
        response = await client.post(
            "/graphql", content=body, headers={"content-type": JSON, "accept": JSON}
        )
        assert error_of(response) == (400, "BAD_REQUEST")
        assert toy.journal.executed == []

    @pytest.mark.parametrize(
        ("name", "value"), [("variables", "{"), ("variables", "[]"), ("extensions", "x")]
    )
    async def test_a_query_parameter_of_the_wrong_shape_is_400(
        self, client: httpx.AsyncClient, name: str, value: str
    ) -> None:
        response = await client.get(
            "/graphql", params={"query": "{ ping }", name: value}, headers={"accept": JSON}
        )
        assert error_of(response) == (400, "BAD_REQUEST")

    @pytest.mark.parametrize(
        "headers",
        [
            {"content-type": "text/plain"},
            {"content-type": "application/x-www-form-urlencoded"},
            {"content-type": "multipart/form-data; boundary=x"},
            {"content-type": "application/json; charset=utf-16"},
            {"content-type": "application/jsonp"},
            {"content-type": JSON, "content-encoding": "gzip"},
            {},
        ],
    )
    async def test_a_body_in_another_type_is_415(
        self, client: httpx.AsyncClient, toy: Toy, headers: dict[str, str]
    ) -> None:
        body = b'{"query": "{ ping }"}'
        if "content-encoding" in headers:
            body = gzip.compress(body)
        response = await client.post("/graphql", content=body, headers=headers)
        assert error_of(response) == (415, "UNSUPPORTED_MEDIA_TYPE")
        assert toy.journal.executed == []

    @pytest.mark.parametrize("content_type", [JSON, f"{JSON}; charset=utf-8", "Application/JSON"])
    async def test_json_may_name_its_charset(
        self, client: httpx.AsyncClient, content_type: str
    ) -> None:
        response = await client.post(
            "/graphql", content=b'{"query": "{ ping }"}', headers={"content-type": content_type}
        )
        assert response.json() == {"data": {"ping": "pong"}}

    async def test_null_members_and_unknown_members_are_fine(
        self, client: httpx.AsyncClient
    ) -> None:
        response = await post(
            client, "{ ping }", variables=None, operationName=None, extensions=None, other=1
        )
        assert response.json() == {"data": {"ping": "pong"}}

    async def test_a_body_of_the_largest_size_is_read_and_one_more_byte_is_not(
        self, client: httpx.AsyncClient
    ) -> None:
        head, tail = b'{"query": "{ ping }", "other": "', b'"}'
        for extra, status in ((0, 200), (1, 413)):
            body = head + b"x" * (256 * 1024 - len(head) - len(tail) + extra) + tail
            response = await client.post(
                "/graphql", content=body, headers={"content-type": JSON, "accept": JSON}
            )
            assert response.status_code == status
        assert error_of(response) == (413, "PAYLOAD_TOO_LARGE")

    async def test_a_body_without_a_length_is_cut_off_at_the_limit(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            yield b'{"query": "mutation { work }", "other": "'
            for _ in range(40):
                yield b"x" * 65_536
            yield b'"}'

        response = await client.post("/graphql", content=chunks(), headers={"content-type": JSON})
        assert error_of(response) == (413, "PAYLOAD_TOO_LARGE")
        assert toy.journal.executed == []

    async def test_a_query_string_is_bounded_too(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/graphql?query=" + "%20" * 11_000, headers={"accept": JSON})
        assert error_of(response) == (414, "URI_TOO_LONG")

    async def test_a_body_that_never_ends_is_not_waited_for(self, toy: Toy) -> None:
        view = toy.view(TransportSettings(body_timeout_s=0.2))
        async with served(toy_app(view)) as host:
            name, port = host.split(":")
            reader, writer = await asyncio.open_connection(name, int(port))
            writer.write(
                b"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n"
                b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
            )
            async with asyncio.timeout(5):
                answer = await reader.read(4096)
            writer.close()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"BODY_TIMEOUT"' in answer
