"""A small schema that shows every behaviour of the transports, and a server to ask it by."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NewType

import strawberry
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from strawberry.schema.config import StrawberryConfig

from service.api.documents import DocumentShelf, extensions
from service.api.limits import Limits
from service.api.masking import QuietSchema
from service.api.session import Unauthenticated
from service.api.view import PaidupView, TransportSettings

SECRET = "dsn=postgres://billing:hunter2@db/paidup"
TOKEN = "good"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class ToySession:
    """A session named after its token."""

    name: str
    expires_at: datetime


@dataclass
class Journal:
    """What really happened on the server, for tests to look at."""

    executed: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    contexts: list[ToyContext] = field(default_factory=list)

    def clear(self) -> None:
        """Forget everything."""
        for entries in (self.executed, self.stopped, self.contexts):
            entries.clear()


@dataclass(eq=False)
class ToyContext:
    """One operation's context."""

    session: ToySession
    journal: Journal


Fragile = NewType("Fragile", str)

Info = strawberry.Info[ToyContext, None]


@strawberry.type
class Line:
    """One line of an invoice."""

    text: str


@strawberry.type
class PageInfo:
    """Where a page ends."""

    has_next_page: bool


@strawberry.type
class Invoice:
    """An invoice with lines and a way back to others."""

    number: str

    @strawberry.field
    def lines(self) -> list[Line]:
        """Its lines."""
        return [Line(text="hosting")]

    @strawberry.field
    def related(self, first: int | None = None) -> InvoiceConnection:
        """Invoices like this one."""
        return InvoiceConnection(nodes=[Invoice(number="R-1")], total_count=1)


@strawberry.type
class InvoiceConnection:
    """A page of invoices."""

    nodes: list[Invoice]
    total_count: int


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    def ping(self, info: Info) -> str:
        """Always pong."""
        info.context.journal.executed.append("ping")
        return "pong"

    @strawberry.field
    def viewer(self, info: Info) -> str:
        """Who asks."""
        return info.context.session.name

    @strawberry.field
    def echo(self, text: str) -> str:
        """The text, again."""
        return text

    @strawberry.field
    def add(self, a: int, b: int) -> int:
        """A sum of two."""
        return a + b

    @strawberry.field
    async def slow(self, info: Info, seconds: float) -> str:
        """Takes its time."""
        info.context.journal.executed.append("slow")
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            info.context.journal.stopped.append("slow")
            raise
        return "done"

    @strawberry.field
    def boom(self) -> str | None:
        """Fails without anybody having meant it."""
        raise RuntimeError(SECRET)

    @strawberry.field
    def boom_non_null(self) -> str:
        """Fails, and cannot be null."""
        raise RuntimeError(SECRET)

    @strawberry.field
    def refused(self) -> str | None:
        """Is refused on purpose."""
        raise GraphQLError("Not for you", extensions={"code": "FORBIDDEN"})

    @strawberry.field
    def surrogate(self) -> str:
        """A text that has no JSON form."""
        return "\ud800"

    @strawberry.field
    def day(self, value: datetime) -> str:
        """A day."""
        return value.isoformat()

    @strawberry.field
    def fragile(self, value: Fragile) -> str:
        """Takes a value that cannot be read."""
        return str(value)

    @strawberry.field
    def invoice(self) -> Invoice:
        """One invoice."""
        return Invoice(number="P-1")

    @strawberry.field
    def invoices_by_id(self, ids: list[strawberry.ID]) -> list[Invoice]:
        """Invoices by id."""
        return [Invoice(number=number) for number in ids]

    @strawberry.field
    def invoices(self, first: int | None = None, last: int | None = None) -> InvoiceConnection:
        """Invoices, a page at a time."""
        return InvoiceConnection(nodes=[Invoice(number="P-1")], total_count=1)


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.mutation
    async def work(self, info: Info, seconds: float = 0) -> str:
        """Does something slowly."""
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            info.context.journal.stopped.append("work")
            raise
        info.context.journal.executed.append("work")
        return "worked"


@strawberry.type
class Subscription:
    """What can be listened to."""

    @strawberry.subscription
    async def count(self, info: Info, to: int = 3, every: float = 0.0) -> AsyncGenerator[int, None]:
        """Counts from zero."""
        try:
            for number in range(to):
                yield number
                await asyncio.sleep(every)
        finally:
            info.context.journal.stopped.append("count")

    @strawberry.subscription
    async def silence(self, info: Info) -> AsyncGenerator[int, None]:
        """Says nothing for a long time."""
        try:
            await asyncio.sleep(3600)
            yield 0
        finally:
            info.context.journal.stopped.append("silence")

    @strawberry.subscription
    async def tidy(self, info: Info) -> AsyncGenerator[int, None]:
        """Takes a while to put things away."""
        try:
            yield 0
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.1)
            info.context.journal.stopped.append("tidy")

    @strawberry.subscription
    async def flood(self, info: Info) -> AsyncGenerator[str, None]:
        """Long texts without a pause."""
        try:
            while True:
                info.context.journal.executed.append("flood")
                yield "x" * 100_000
        finally:
            info.context.journal.stopped.append("flood")

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        """One event, then a failure."""
        yield 1
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def overrun(self) -> AsyncGenerator[int, None]:
        """Ends on purpose, with a code."""
        yield 1
        raise GraphQLError("Too slow", extensions={"code": "SLOW_CONSUMER"})


def toy_config() -> StrawberryConfig:
    """Return the scalars of the toy schema."""
    return StrawberryConfig(
        scalar_map={Fragile: strawberry.scalar(name="Fragile", serialize=str, parse_value=_break)}
    )


def _break(value: object) -> str:
    raise RuntimeError(SECRET)


def toy_schema(limits: Limits | None = None) -> QuietSchema:
    """Return a new schema with shelves of its own."""
    return QuietSchema(
        Query,
        Mutation,
        Subscription,
        extensions=extensions(DocumentShelf(limits or Limits())),
        config=toy_config(),
    )


async def run(text: str, schema: QuietSchema, **members: Any) -> Any:
    """Execute a document without a transport, as the viewer `good`."""
    session = ToySession(TOKEN, datetime.now(UTC) + timedelta(hours=1))
    return await schema.execute(text, context_value=ToyContext(session, Journal()), **members)


@dataclass
class Toy:
    """The view of a toy schema, with what the test may look at."""

    journal: Journal = field(default_factory=Journal)
    lifetimes: dict[str, timedelta] = field(default_factory=dict)

    async def authenticate(self, token: str | None, /) -> ToySession:
        """Accept `good` and the tokens that the test gave a lifetime."""
        if token == "crash":
            raise RuntimeError(SECRET)
        if token == TOKEN:
            return ToySession(token, datetime.now(UTC) + timedelta(hours=1))
        if token in self.lifetimes:
            return ToySession(token, datetime.now(UTC) + self.lifetimes[token])
        raise Unauthenticated

    def make_context(self, session: ToySession, connection: HTTPConnection, /) -> ToyContext:
        """Make the context of one operation."""
        context = ToyContext(session, self.journal)
        self.journal.contexts.append(context)
        return context

    def view(self, settings: TransportSettings | None = None, **options: Any) -> PaidupView[Any]:
        """Return a view of a new toy schema."""
        return PaidupView(
            toy_schema(options.pop("limits", None)),
            authenticate=self.authenticate,
            make_context=self.make_context,
            settings=settings,
            **options,
        )


def toy_app(view: PaidupView[Any], *routes: Any) -> Starlette:
    """Mount a view the way the service does."""
    return Starlette(routes=[Route("/graphql", view), WebSocketRoute("/graphql", view), *routes])


@contextlib.asynccontextmanager
async def served(app: ASGIApp, **options: Any) -> AsyncIterator[str]:
    """Serve an app on a free loopback port; yields `127.0.0.1:port`."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="warning", ws_max_size=256 * 1024, timeout_graceful_shutdown=2, **options
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await until(lambda: server.started)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


async def until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it never did.
    """
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)
