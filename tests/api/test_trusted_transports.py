"""Trusted documents over every transport, on real servers: the toy schema's, and the whole app."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.api.trusted import TrustedDocuments, hash_of
from service.billing.people import STAFF, Role
from tests.api.harness import Api, Caller
from tests.api.toy_schema import BEARER, TOKEN, Toy, served, toy_app
from tests.api.toy_socket import ACK, Socket, dial

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"

PING = "query Ping { ping }"
ECHO = "query Echo($text: String!) { echo(text: $text) }"
WORK = "mutation Work { work }"
COUNT = "subscription Count { count(to: 2) }"
SILENCE = "subscription Silence { silence }"
PARTIAL = "query Partial { ping refused }"
STALE = "query Stale { nope }"
DOCUMENTS = TrustedDocuments(
    {hash_of(one): one for one in (PING, ECHO, WORK, COUNT, SILENCE, PARTIAL, STALE)}
)
NOT_FOUND = {
    "message": "PersistedQueryNotFound",
    "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
}
ID_REQUIRED = {
    "message": "Only registered documents are executed: send `documentId`.",
    "extensions": {"code": "PERSISTED_QUERY_ID_REQUIRED"},
}
COUNTED = [{"data": {"count": 0}}, {"data": {"count": 1}}]

pytestmark = pytest.mark.asyncio(loop_scope="module")


def by_id(text: str, **members: Any) -> dict[str, Any]:
    return {"documentId": f"sha256:{hash_of(text)}", **members}


def by_apollo(text: str, **members: Any) -> dict[str, Any]:
    return {
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}},
        **members,
    }


def parameters(body: dict[str, Any]) -> dict[str, str]:
    """A body as query parameters."""
    return {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[tuple[Toy, str]]:
    toy = Toy()
    view = toy.view(documents=DOCUMENTS, trusted_only=lambda session: session.name == TOKEN)
    async with served(toy_app(view)) as host:
        yield toy, host


@pytest.fixture
def toy(service: tuple[Toy, str]) -> Toy:
    service[0].journal.clear()
    return service[0]


@pytest.fixture
def host(service: tuple[Toy, str]) -> str:
    return service[1]


@pytest_asyncio.fixture(loop_scope="module")
async def client(toy: Toy, host: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{host}", headers=BEARER) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def socket(toy: Toy, host: str) -> AsyncIterator[Socket]:
    async with dial(host) as socket:
        await socket.open()
        yield socket


async def post(
    client: httpx.AsyncClient, body: dict[str, Any], accept: str = GRAPHQL_JSON
) -> httpx.Response:
    return await client.post("/graphql", json=body, headers={"accept": accept})


async def get(
    client: httpx.AsyncClient, body: dict[str, Any], accept: str = GRAPHQL_JSON, **headers: str
) -> httpx.Response:
    return await client.get(
        "/graphql", params=parameters(body), headers={"accept": accept, **headers}
    )


class TestHttp:
    @pytest.mark.parametrize("form", [by_id, by_apollo])
    async def test_a_document_is_asked_for_by_its_id(
        self, client: httpx.AsyncClient, form: Any
    ) -> None:
        asked = form(ECHO, variables={"text": "₹"}, operationName="Echo")
        for answer in (await post(client, asked), await get(client, asked)):
            assert (answer.status_code, answer.json()) == (200, {"data": {"echo": "₹"}})

    async def test_a_mutation_by_its_id_is_posted(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        assert (await get(client, by_id(WORK))).status_code == 405
        assert toy.journal.executed == []
        assert (await post(client, by_id(WORK))).json() == {"data": {"work": "worked"}}
        assert toy.journal.executed == ["work"]

    @pytest.mark.parametrize(("accept", "status"), [(GRAPHQL_JSON, 400), (JSON, 200)])
    async def test_an_unknown_id_is_not_found_and_never_registered(
        self, client: httpx.AsyncClient, toy: Toy, accept: str, status: int
    ) -> None:
        for asked in (by_id("{ viewer }"), by_apollo("{ viewer }", query="{ viewer }")) * 2:
            for answer in (await post(client, asked, accept), await get(client, asked, accept)):
                assert (answer.status_code, answer.json()) == (status, {"errors": [NOT_FOUND]})
                assert answer.headers["cache-control"] == "no-store"
        assert toy.journal.contexts == []

    @pytest.mark.parametrize("query", [PING, "{ viewer }", "{ __typename }", WORK, COUNT, "{"])
    @pytest.mark.parametrize("accept", [GRAPHQL_JSON, JSON, EVENTS, MULTIPART])
    async def test_a_text_is_refused_whatever_it_says(
        self, client: httpx.AsyncClient, toy: Toy, query: str, accept: str
    ) -> None:
        body = {"query": query}
        for answer in (await post(client, body, accept), await get(client, body, accept)):
            assert (answer.status_code, answer.json()) == (400, {"errors": [ID_REQUIRED]})
        assert toy.journal.contexts == []

    async def test_a_text_beside_another_id_is_refused(self, client: httpx.AsyncClient) -> None:
        answer = await post(client, by_id(PING, query="{ viewer }"))
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"

    async def test_who_asks_is_checked_before_the_document(self, client: httpx.AsyncClient) -> None:
        headers = {"authorization": "Bearer wrong"}
        for body in (by_id(PING), by_id("{ viewer }"), {"query": PING}):
            assert (await client.post("/graphql", json=body, headers=headers)).status_code == 401

    async def test_a_document_that_the_schema_left_behind_says_so(
        self, client: httpx.AsyncClient
    ) -> None:
        for _ in range(2):
            answer = await post(client, by_id(STALE))
            assert answer.status_code == 400
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


class TestCaching:
    async def test_a_get_by_id_is_kept_by_the_browser_and_asked_about_again(
        self, client: httpx.AsyncClient
    ) -> None:
        first = await get(client, by_id(PING))
        assert first.headers["cache-control"] == "private, no-cache"
        assert first.headers["vary"] == "Accept, Authorization"
        etag = first.headers["etag"]
        assert etag.startswith('"')
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await get(client, by_id(PING), **{"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == etag
            assert again.headers["cache-control"] == "private, no-cache"
            assert again.headers["vary"] == "Accept, Authorization"
            assert "content-type" not in again.headers

    async def test_another_answer_has_another_validator(self, client: httpx.AsyncClient) -> None:
        one = await get(client, by_id(ECHO, variables={"text": "one"}))
        known = {"if-none-match": one.headers["etag"]}
        two = await get(client, by_id(ECHO, variables={"text": "two"}), **known)
        assert (two.status_code, two.json()) == (200, {"data": {"echo": "two"}})

    async def test_a_cached_answer_needs_a_token_again(self, client: httpx.AsyncClient) -> None:
        known = {"if-none-match": (await get(client, by_id(PING))).headers["etag"]}
        answer = await get(client, by_id(PING), **known, authorization="Bearer wrong")
        assert answer.status_code == 401

    async def test_nothing_else_is_kept(self, client: httpx.AsyncClient, toy: Toy) -> None:
        for answer in (
            await post(client, by_id(PING)),
            await get(client, by_id(PARTIAL)),
            await get(client, by_id(STALE)),
            await get(client, by_id("{ viewer }")),
            await get(client, {"query": PING}),
        ):
            assert answer.headers["cache-control"] == "no-store"
            assert "etag" not in answer.headers

    async def test_a_get_still_needs_what_other_sites_cannot_send(
        self, client: httpx.AsyncClient, toy: Toy
    ) -> None:
        refused = await get(client, by_id(PING), "*/*")
        assert refused.json()["errors"][0]["extensions"]["code"] == "CSRF_PREVENTION"
        assert toy.journal.contexts == []
        asked = await get(client, by_id(PING), "*/*", **{"graphql-require-preflight": "1"})
        assert asked.json() == {"data": {"ping": "pong"}}


class TestStreams:
    @pytest.mark.parametrize("form", [by_id, by_apollo])
    async def test_events_of_a_document(self, client: httpx.AsyncClient, form: Any) -> None:
        for answer in (
            await post(client, form(COUNT), EVENTS),
            await get(client, form(COUNT), EVENTS),
        ):
            lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
            assert [json.loads(line.removeprefix("data: ")) for line in lines] == COUNTED
            assert "etag" not in answer.headers

    @pytest.mark.parametrize("form", [by_id, by_apollo])
    async def test_parts_of_a_document(self, client: httpx.AsyncClient, form: Any) -> None:
        answer = await post(client, form(COUNT), MULTIPART)
        bodies = [part.partition("\r\n\r\n")[2] for part in answer.text.split("\r\n--graphql")]
        results = [json.loads(body) for body in bodies if body not in ("", "{}")]
        assert results == [{"payload": one} for one in COUNTED]

    @pytest.mark.parametrize("accept", [EVENTS, MULTIPART])
    async def test_an_unknown_document_opens_no_stream(
        self, client: httpx.AsyncClient, accept: str
    ) -> None:
        answer = await post(client, by_id("subscription { silence }"), accept)
        assert answer.json() == {"errors": [NOT_FOUND]}


class TestSockets:
    @pytest.mark.parametrize("form", [by_id, by_apollo])
    async def test_operations_are_subscribed_to_by_id(self, socket: Socket, form: Any) -> None:
        await socket.say({"id": "1", "type": "subscribe", "payload": form(COUNT)})
        assert [await socket.hear() for _ in range(3)] == [
            *({"id": "1", "type": "next", "payload": one} for one in COUNTED),
            {"id": "1", "type": "complete"},
        ]
        asked = form(ECHO, variables={"text": "x"}, operationName="Echo")
        await socket.say({"id": "1", "type": "subscribe", "payload": asked})
        assert (await socket.hear())["payload"] == {"data": {"echo": "x"}}

    async def test_what_is_refused_is_a_message_and_the_socket_stays(
        self, socket: Socket, toy: Toy
    ) -> None:
        for payload, error in (
            (by_id("{ viewer }"), NOT_FOUND),
            (by_apollo("{ viewer }", query="{ viewer }"), NOT_FOUND),
            ({"query": PING}, ID_REQUIRED),
            ({"query": "{ __schema { types { name } } }"}, ID_REQUIRED),
        ):
            await socket.say({"id": "1", "type": "subscribe", "payload": payload})
            assert await socket.hear() == {"id": "1", "type": "error", "payload": [error]}
        assert toy.journal.contexts == []
        await socket.say({"id": "1", "type": "subscribe", "payload": by_id(PING)})
        assert (await socket.hear())["payload"] == {"data": {"ping": "pong"}}

    @pytest.mark.parametrize(
        "payload",
        [
            {},
            {"documentId": 5},
            {"documentId": None},
            {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": hash_of(PING)}}},
        ],
    )
    async def test_an_id_of_the_wrong_shape_closes_the_socket(
        self, socket: Socket, payload: dict[str, Any]
    ) -> None:
        await socket.say({"id": "1", "type": "subscribe", "payload": payload})
        assert (await socket.closing())[0] == 4400

    async def test_nothing_is_looked_up_before_the_socket_is_open(self, host: str) -> None:
        async with dial(host) as socket:
            await socket.say({"id": "1", "type": "subscribe", "payload": by_id("{ viewer }")})
            assert await socket.closing() == (4401, "Unauthorized")

    async def test_an_operations_own_id_must_be_free(self, socket: Socket) -> None:
        for asked in (by_id(SILENCE), by_id("{ viewer }")):
            await socket.say({"id": "1", "type": "subscribe", "payload": asked})
        assert await socket.closing() == (4409, "Subscriber for 1 already exists")


# The whole app

VIEWER = "query Viewer { viewer { email } }"
LISTEN = "subscription Listen { billingEvents { __typename } }"
INTROSPECTION = "{ __schema { queryType { name } } }"
OWN = TrustedDocuments({hash_of(one): one for one in (VIEWER, LISTEN)})


@pytest.mark.asyncio(loop_scope="function")
class TestApp:
    @pytest.fixture
    def trusting(self, api: Api) -> Api:
        api.rebuild(documents=OWN, trusted_only=True)
        return api

    @pytest.mark.parametrize("role", [role for role in Role if role not in STAFF])
    async def test_customers_ask_for_trusted_documents_alone(
        self, trusting: Api, role: Role
    ) -> None:
        caller = trusting.caller(role, await trusting.shop.account())
        answer = await trusting.http.post("/graphql", json=by_id(VIEWER), headers=caller.bearer)
        assert answer.json() == {"data": {"viewer": {"email": caller.viewer.email}}}
        for query in (VIEWER, INTROSPECTION, "mutation { __typename }"):
            assert await caller.codes(query) == ["PERSISTED_QUERY_ID_REQUIRED"]

    @pytest.mark.parametrize("role", sorted(STAFF))
    async def test_staff_asks_for_anything(self, trusting: Api, role: Role) -> None:
        caller = trusting.caller(role)
        assert await caller.ask(INTROSPECTION) == {"__schema": {"queryType": {"name": "Query"}}}
        answer = await trusting.http.post("/graphql", json=by_id(VIEWER), headers=caller.bearer)
        assert answer.json() == {"data": {"viewer": {"email": caller.viewer.email}}}

    async def test_in_the_open_customers_ask_for_anything(self, api: Api) -> None:
        api.rebuild(documents=OWN)
        caller = api.caller(account_id=await api.shop.account())
        assert "__schema" in await caller.ask(INTROSPECTION)
        answer = await api.http.post("/graphql", json=by_id(VIEWER), headers=caller.bearer)
        assert answer.json() == {"data": {"viewer": {"email": caller.viewer.email}}}

    async def test_sockets_keep_the_same_rule(self, trusting: Api) -> None:
        owner = trusting.caller(account_id=await trusting.shop.account())
        staff = trusting.caller(Role.SUPPORT)
        async with served(trusting.app) as host:
            assert await self.heard(host, owner, by_id(VIEWER)) == {
                "data": {"viewer": {"email": owner.viewer.email}}
            }
            assert await self.heard(host, owner, {"query": LISTEN}) == [ID_REQUIRED]
            assert await self.heard(host, owner, by_id(INTROSPECTION)) == [NOT_FOUND]
            assert await self.heard(host, staff, {"query": INTROSPECTION}) == {
                "data": {"__schema": {"queryType": {"name": "Query"}}}
            }

    async def test_a_browser_may_not_take_what_it_has_for_another_viewer(
        self, trusting: Api
    ) -> None:
        account_id = await trusting.shop.account()
        one, other = (
            trusting.caller(Role.OWNER, account_id),
            trusting.caller(Role.FINANCE, account_id),
        )
        first = await get(trusting.http, by_id(VIEWER), **one.bearer)
        known = {"if-none-match": first.headers["etag"]}
        assert (await get(trusting.http, by_id(VIEWER), **one.bearer, **known)).status_code == 304
        second = await get(trusting.http, by_id(VIEWER), **other.bearer, **known)
        assert second.json() == {"data": {"viewer": {"email": other.viewer.email}}}

    async def heard(self, host: str, caller: Caller, payload: dict[str, Any]) -> Any:
        """What a socket of the caller's hears first of an operation."""
        async with dial(host) as socket:
            await socket.say({"type": "connection_init", "payload": {"token": caller.token}})
            assert await socket.hear() == ACK
            await socket.say({"id": "1", "type": "subscribe", "payload": payload})
            return (await socket.hear())["payload"]
