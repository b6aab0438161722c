"""Examples of requests that are refused instead of being executed, one for each code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import httpx

from service.adapters.signed_links import SignedLinks
from service.api.allowance import CLAIMS
from service.api.execution import Executor
from service.api.limits import Limits
from service.api.schema import schema
from service.billing.people import Role
from service.ports import LinkClaim
from tests.front.replay import CERTIFICATES, DOCUMENTS, GRAPHQL_JSON, TRUSTED, WITHIN_S
from tests.front.stage import JSON, KEY, Stage
from tests.support.sockets import event_stream, socket_of

READABLE = ("allow", "content-type", "www-authenticate")
SLOW_S = 0.3
TOKEN = {"authorization": "Bearer <token>"}
VIEWER = {"query": DOCUMENTS["Viewer"]}


def named(body: JSON) -> JSON:
    """A body with the name of the contract's document in place of its text."""
    name = next((name for name, text in DOCUMENTS.items() if text == body.get("query")), None)
    return body | {"query": f"<document of {name}>"} if name else body


class Request(Protocol):
    """A request that is ready to be sent once the stage is served."""

    async def send(self, stage: Stage) -> JSON:
        """The request and what came of it, as they are recorded."""
        ...


@dataclass
class Http:
    """One request. `note` says in words what is too long to show."""

    body: Any = None
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    note: str | None = None
    role: Role | None = Role.OWNER

    async def send(self, stage: Stage) -> JSON:
        headers = {"accept": GRAPHQL_JSON} | self.headers
        if self.method == "POST":
            headers = {"content-type": "application/json"} | headers
        async with httpx.AsyncClient(trust_env=False, verify=CERTIFICATES) as http:
            response = await http.request(
                self.method,
                stage.url,
                params=self.parameters,
                headers=headers | await self._token(stage),
                content=json.dumps(self.body).encode() if self.method == "POST" else None,
            )
        found = {name: response.headers.get(name) for name in READABLE}
        return {
            "transport": "http",
            "request": self._shown(headers),
            "response": {
                "status": response.status_code,
                "headers": {name: value for name, value in found.items() if value is not None},
                "body": response.json(),
            },
        }

    async def _token(self, stage: Stage) -> dict[str, str]:
        if self.role is None:
            return {}
        return {"authorization": f"Bearer {stage.token(self.role, await stage.account())}"}

    def _shown(self, headers: dict[str, str]) -> JSON:
        shown: JSON = {"method": self.method, "headers": headers | (TOKEN if self.role else {})}
        if self.note is not None:
            return shown | {"note": self.note}
        return shown | (
            {"body": self.body} if self.method == "POST" else {"query": self.parameters}
        )


@dataclass
class HalfSent(Http):
    """A request whose body never comes to its end."""

    async def send(self, stage: Stage) -> JSON:
        headers = {"accept": GRAPHQL_JSON, "content-type": "application/json"}
        head = headers | await self._token(stage) | {"content-length": "1000", "host": "localhost"}
        url = urlsplit(stage.url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        lines = [f"POST {url.path} HTTP/1.1", *(f"{name}: {it}" for name, it in head.items())]
        writer.write("\r\n".join([*lines, "", "{"]).encode())
        async with asyncio.timeout(WITHIN_S):
            answer = (await reader.read()).decode()
        writer.close()
        status, _, rest = answer.partition("\r\n")
        found, _, body = rest.partition("\r\n\r\n")
        kind = next(one for one in found.splitlines() if one.startswith("content-type: "))
        return {
            "transport": "http",
            "request": self._shown(headers),
            "response": {
                "status": int(status.split()[1]),
                "headers": {"content-type": kind.removeprefix("content-type: ")},
                "body": json.loads(body),
            },
        }


@dataclass
class Streamed:
    """A subscription over server-sent events: `happens` while it is open."""

    token: str
    operation: str
    variables: JSON
    happens: Callable[[], None]

    async def send(self, stage: Stage) -> JSON:
        document = DOCUMENTS[self.operation]
        async with event_stream(stage.url, self.token, document, **self.variables) as stream:
            self.happens()
            last = (await stream.arrival(within=WITHIN_S)).payload
            await stream.ended(within=WITHIN_S)
        body = named({"query": document, "variables": self.variables})
        headers = {"content-type": "application/json", "accept": "text/event-stream"} | TOKEN
        return {
            "transport": "sse",
            "request": {"method": "POST", "headers": headers, "body": body},
            "response": {"last": last},
        }


@dataclass
class Subscribed:
    """A subscription on a socket on which `before` run already."""

    token: str
    operation: str
    variables: JSON
    before: int = 0

    async def send(self, stage: Stage) -> JSON:
        document = DOCUMENTS[self.operation]
        async with socket_of(stage.url.replace("http", "ws", 1), self.token) as socket:
            for _ in range(self.before):
                await socket.subscribe(DOCUMENTS["BillingEvents"])
            stream = await socket.subscribe(document, **self.variables)
            payload = (await stream.arrival(within=WITHIN_S)).payload
        return {
            "transport": "websocket",
            "request": named({"query": document, "variables": self.variables}),
            "response": payload,
        }


Prepare: TypeAlias = Callable[[Stage], Awaitable[Request]]


@dataclass(frozen=True)
class Refused:
    """How a code comes about."""

    code: str
    about: str
    prepare: Prepare


REFUSED: list[Refused] = []


def refused(code: str, about: str) -> Callable[[Prepare], Prepare]:
    """List a function as the example of a code."""

    def listed(prepare: Prepare) -> Prepare:
        REFUSED.append(Refused(code, about, prepare))
        return prepare

    return listed


# Requests that are not looked into


@refused("UNAUTHENTICATED", "There is no token.")
async def without_token(_: Stage) -> Request:
    return Http(VIEWER, role=None)


@refused("METHOD_NOT_ALLOWED", "A mutation by GET.")
async def mutation_by_get(_: Stage) -> Request:
    document = 'mutation { removeBillingContact(input: { id: "x" }) { __typename } }'
    return Http(method="GET", parameters={"query": document})


@refused("NOT_ACCEPTABLE", "A kind of answer that the server does not have.")
async def as_xml(_: Stage) -> Request:
    return Http(VIEWER, headers={"accept": "application/xml"})


@refused("UNSUPPORTED_MEDIA_TYPE", "A form instead of JSON.")
async def as_form(_: Stage) -> Request:
    return Http(VIEWER, headers={"content-type": "application/x-www-form-urlencoded"})


@refused("CSRF_PREVENTION", "A GET that an image of another site could send.")
async def as_image(_: Stage) -> Request:
    return Http(method="GET", headers={"accept": "*/*"}, parameters={"query": "{ __typename }"})


@refused("URI_TOO_LONG", "A document that is too long for a query string.")
async def long_query(_: Stage) -> Request:
    parameters = {"query": "{ __typename } #" + "x" * 33_000}
    return Http(method="GET", parameters=parameters, note="a query string of more than 32 KiB")


@refused("PAYLOAD_TOO_LARGE", "A body that is too large.")
async def large_body(_: Stage) -> Request:
    body = VIEWER | {"variables": {"x": "x" * 300_000}}
    return Http(body, note="a body of more than 256 KiB")


@refused("BODY_TIMEOUT", "A body that does not come.")
async def no_body(stage: Stage) -> Request:
    stage.view.settings = replace(stage.view.settings, body_timeout_s=SLOW_S)
    return HalfSent(VIEWER, note="a body that takes more than 10 seconds")


@refused("BAD_REQUEST", "A subscription without a transport for one.")
async def subscription_as_json(_: Stage) -> Request:
    return Http({"query": "subscription { billingEvents { cursor } }"})


# Documents


@refused("GRAPHQL_PARSE_FAILED", "A document that is cut off.")
async def cut_off(_: Stage) -> Request:
    return Http({"query": "{ viewer { email "})


@refused("GRAPHQL_VALIDATION_FAILED", "A field that the schema does not have.")
async def unknown_field(_: Stage) -> Request:
    return Http({"query": "{ viewer { telephone } }"})


@refused("OPERATION_RESOLUTION_FAILURE", "The document has no operation of this name.")
async def unknown_operation(_: Stage) -> Request:
    return Http({"query": "query A { __typename }", "operationName": "B"})


@refused("QUERY_TOO_COMPLEX", "More levels than a document may have.")
async def too_deep(_: Stage) -> Request:
    level = "nodes { allocations { invoice { payments(first: 1) { "
    document = "{ viewer { account { payments(first: 1) { " + level * 3 + "totalCount"
    return Http({"query": document + " }" * 16})


@refused("PERSISTED_QUERY_NOT_FOUND", "An id that no document was registered under.")
async def unknown_id(stage: Stage) -> Request:
    stage.api.rebuild(documents=TRUSTED)
    return Http({"documentId": f"sha256:{'0' * 64}", "variables": {}})


@refused("PERSISTED_QUERY_ID_REQUIRED", "A text, where customers may ask by ids only.")
async def text_to_a_trusting_server(stage: Stage) -> Request:
    stage.api.rebuild(documents=TRUSTED, trusted_only=True)
    return Http(VIEWER)


@refused("BAD_USER_INPUT", "More entries than a page has.")
async def large_page(_: Stage) -> Request:
    return Http({"query": DOCUMENTS["Payments"], "variables": {"first": 1000}})


@refused("BAD_CURSOR", "A cursor of another list: read the list from its beginning.")
async def foreign_cursor(_: Stage) -> Request:
    return Http({"query": DOCUMENTS["Payments"], "variables": {"after": "from-another-list"}})


@refused("FORBIDDEN", "The seller's staff has no event log of its own.")
async def log_of_nobody(_: Stage) -> Request:
    return Http({"query": DOCUMENTS["BillingEventPage"]}, role=Role.SUPPORT)


@dataclass
class OfOwner(Http):
    """A request of the owner of what it names."""

    token: str = ""

    async def _token(self, stage: Stage) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@dataclass
class Hurried(OfOwner):
    """A request that is sent again and again, until it is one too many."""

    times: int = 0

    async def send(self, stage: Stage) -> JSON:
        for _ in range(self.times):
            await super().send(stage)
        return await super().send(stage)


@refused("TOO_MANY_REQUESTS", "A claim more than an account may make in a minute.")
async def hurried(stage: Stage) -> Request:
    token = stage.token(Role.OWNER, await stage.account())
    claim = {"idempotencyKey": KEY, "invoiceNumber": "INV-2026-09999"}
    body = {"query": DOCUMENTS["ClaimPaid"], "variables": {"input": claim}}
    return Hurried(body, token=token, times=CLAIMS.amount)


# What goes wrong while it is executed


class BrokenLinks(SignedLinks):
    """Links that cannot be signed."""

    def sign(self, claim: LinkClaim, *, lifetime: timedelta) -> str:
        raise RuntimeError("what nobody expected")


@refused("INTERNAL", "A fault of the server's; its text is in the log, under `requestId`.")
async def fault(stage: Stage) -> Request:
    stage.api.exchange(
        links=BrokenLinks("a secret of at least thirty-two letters", stage.shop.clock)
    )
    debt = await stage.debt()
    body = {"query": DOCUMENTS["InvoiceDocument"], "variables": {"id": debt.invoice_id}}
    return OfOwner(body, token=debt.owner.token)


@dataclass
class WhileBusy(OfOwner):
    """A request whose rows somebody else holds, so that it takes too long."""

    async def send(self, stage: Stage) -> JSON:
        busy = await asyncpg.connect(stage.shop.url)
        try:
            async with busy.transaction():
                await busy.execute("LOCK TABLE invoice IN ACCESS EXCLUSIVE MODE")
                return await super().send(stage)
        finally:
            await busy.close()


@refused("EXECUTION_TIMEOUT", "It took too long. Whether a mutation did its part is unknown.")
async def too_slow(stage: Stage) -> Request:
    limit = Limits().document_chars
    stage.view.executor = Executor(schema, timeout_s=SLOW_S, document_chars_max=limit)
    debt = await stage.debt()
    body = {"query": DOCUMENTS["InvoiceDocument"], "variables": {"id": debt.invoice_id}}
    return WhileBusy(body, token=debt.owner.token)


# Streams and sockets


@refused("TOKEN_EXPIRED", "The token ended while the stream was open: come back with another one.")
async def ended(stage: Stage) -> Request:
    debt, clock = await stage.debt(), stage.shop.clock
    clock.move(minutes=-59, seconds=-59)
    token = debt.owner.token
    clock.move(minutes=59, seconds=59)
    return Streamed(token, "BillingEvents", {}, lambda: clock.move(seconds=1))


@refused("NOT_FOUND", "What is to be followed is not there, or is somebody else's.")
async def nothing_to_follow(stage: Stage) -> Request:
    debt = await stage.debt()
    stranger = stage.token(Role.OWNER, await stage.account())
    return Subscribed(stranger, "InvoiceEvents", {"invoiceId": debt.invoice_id})


@refused("TOO_MANY_OPERATIONS", "The socket runs as many operations as it may.")
async def too_many(stage: Stage) -> Request:
    debt = await stage.debt()
    before = stage.view.settings.socket_operations_max
    return Subscribed(debt.owner.token, "BillingEvents", {}, before)
