"""Opening the database, migrating it, reading and writing in it.

Reads are SQL on the ORM's own connections (an ORM query costs several times the CPU of the same
SQL, see `make bench`); writes go through the functions of this package only.
"""

from __future__ import annotations

import contextlib
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import uuid_utils.compat
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError
from tortoise.migrations.api import migrate as apply_migrations
from tortoise.transactions import in_transaction

from service.ports import Bus
from service.store import engine, migrations

Record = Mapping[str, Any]

# Any constant of our own: two processes that migrate at once take turns on it.
_MIGRATION_LOCK = 7_105_101_001
_touched: ContextVar[set[UUID] | None] = ContextVar("touched_accounts", default=None)
# What the ORM would tell of itself, at several times the CPU: the outermost transaction that a task
# is in, and the client of the database that is open.
_within: ContextVar[BaseDBAsyncClient | None] = ContextVar("transaction_client", default=None)
_client: BaseDBAsyncClient | None = None

#: Where ids come from. A simulation that has to repeat itself sets another source.
id_source: ContextVar[Callable[[], UUID]] = ContextVar("id_source", default=uuid_utils.compat.uuid7)
#: Told of the moments "begin" and "committed" of each unit of work, outside of the transaction. A
#: simulation holds its tasks there, and ends them as a crash would.
on_unit_of_work: ContextVar[Callable[[str], Awaitable[None]] | None] = ContextVar(
    "on_unit_of_work", default=None
)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): random, and in the order of creation."""
    return id_source.get()()


def orm_url(url: str, *, pool_size: int) -> str:
    """Write a postgresql:// URL the way the ORM reads it, with the size of its pool."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query)) | {"minsize": "1", "maxsize": str(pool_size)}
    netloc = parts.netloc or ":@"
    return urlunsplit(("asyncpg", netloc, parts.path, urlencode(options, safe="/"), ""))


def orm_config(url: str, *, pool_size: int = 10) -> dict[str, Any]:
    """The ORM's configuration: one database, one app, instants in UTC."""
    return {
        "connections": {"default": orm_url(url, pool_size=pool_size)},
        "apps": {
            "service": {
                "models": ["service.store.tables", "service.store.money_tables"],
                "migrations": "service.store.migrations",
                "default_connection": "default",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _on_our_engine(url: str) -> dict[str, Any]:
    """The same connection on `service.store.engine`, and without a RESET after each use: another
    round trip, and nothing here leaves settings, locks or listeners on the ORM's connections."""
    settings: dict[str, Any] = expand_db_url(url)
    settings["engine"] = engine.__name__
    settings["credentials"]["reset"] = _leave_as_it_is
    return settings


async def _leave_as_it_is(_: Any) -> None:
    return


@contextlib.asynccontextmanager
async def database(url: str, *, pool_size: int = 10) -> AsyncIterator[None]:
    """The store works while the block is open. `url` is a postgresql:// URL.

    Raises:
        RuntimeError: a database is open already.
    """
    global _client
    if _client is not None:
        raise RuntimeError("a database is open already")
    config = orm_config(url, pool_size=pool_size)
    config["connections"]["default"] = _on_our_engine(config["connections"]["default"])
    await Tortoise.init(config=config, _enable_global_fallback=True)
    _client = get_connection("default")
    try:
        yield
    finally:
        _client = None
        await Tortoise.close_connections()


async def migrate(url: str) -> None:
    """Bring the database to the newest form. Safe to call from several processes at once."""
    lock = await asyncpg.connect(url)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        try:
            await apply_migrations(config=orm_config(url, pool_size=2))
        finally:
            await Tortoise.close_connections()
        queue = Queries(AsyncpgDriver(lock))
        if await queue.schema_is_installed():
            await queue.upgrade()
        else:
            await queue.install()
    finally:
        await lock.close()


@contextlib.asynccontextmanager
async def transaction(bus: Bus | None = None) -> AsyncIterator[None]:
    """One unit of work: all of it or nothing. After the commit, tell `bus` whose log has grown.

    Nothing in it may wait for the world: no gateway, printer, mail or bus. A transaction inside
    another is a savepoint, and leaves telling to the outer one.
    """
    outer = _touched.get()
    passing = on_unit_of_work.get() if outer is None else None
    if passing is not None:
        await passing("begin")
    touched: set[UUID] = set() if outer is None else outer
    token = _touched.set(touched)
    try:
        async with _begun():
            yield
    finally:
        _touched.reset(token)
    if passing is not None:
        await passing("committed")
    if outer is None and bus is not None:
        for account_id in touched:
            await bus.publish(account_id)


@contextlib.asynccontextmanager
async def _begun() -> AsyncIterator[None]:
    """The ORM's transaction. When it cannot begin, because the connection broke in the pool or the
    task was cancelled, the ORM (1.1.9) keeps the connection for ever and ties the task to it."""
    context = in_transaction("default")
    async with contextlib.AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(context)
        except BaseException as error:
            if hasattr(context, "token"):
                with contextlib.suppress(Exception):
                    await context.__aexit__(type(error), error, error.__traceback__)
            raise
        # A savepoint is of the same connection, which takes one statement at a time.
        token = _within.set(_within.get() or client)
        try:
            yield
        finally:
            _within.reset(token)


def touch(account_id: UUID) -> None:
    """Note that this transaction added to an account's log.

    Raises:
        RuntimeError: there is no transaction: the fact could outlive the change that it reports.
    """
    touched = _touched.get()
    if touched is None:
        raise RuntimeError("an event is recorded in the transaction of its change")
    touched.add(account_id)


def borrowed() -> contextlib.AbstractAsyncContextManager[Any]:
    """A connection of asyncpg's for a statement or two: the transaction's, inside of one.

    Raises:
        RuntimeError: no database is open.
    """
    client = _within.get() or _client
    if client is None:
        raise RuntimeError("no database is open")
    return client.acquire_connection()


async def fetch(sql: str, *arguments: Any) -> list[Record]:
    """Run a statement and return its rows.

    Raises:
        IntegrityError: a constraint refused it.
        PostgresError: asyncpg's own, for anything else that the server refuses.
    """
    try:
        async with borrowed() as connection:
            rows: list[Record] = await connection.fetch(sql, *arguments)
            return rows
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error


async def fetch_one(sql: str, *arguments: Any) -> Record | None:
    """The first row of a query; None when it has none."""
    rows = await fetch(sql, *arguments)
    return rows[0] if rows else None


async def execute(sql: str, *arguments: Any) -> int:
    """Run a statement and return the number of rows that its command's tag tells; 0 when it tells
    none.

    Raises:
        IntegrityError: a constraint refused it.
        PostgresError: asyncpg's own, for anything else that the server refuses.
    """
    try:
        async with borrowed() as connection:
            # "UPDATE 1", "INSERT 0 1", "ANALYZE": the command's tag in PostgreSQL's protocol.
            count = (await connection.execute(sql, *arguments)).rpartition(" ")[2]
            return int(count) if count.isdecimal() else 0
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error


def broke(error: IntegrityError, constraint: str) -> bool:
    """Whether it was this constraint that refused a write. Any other that did is a defect of ours:
    it must not be told as something that people do."""
    return getattr(error.__cause__, "constraint_name", None) == constraint


async def ping() -> None:
    """Ask the database something; raises whatever the driver raises when it does not answer."""
    await fetch("SELECT 1")


async def applied_migrations() -> list[str]:
    """The names of the migrations that this database has, in order; none in a new one."""
    known = await fetch("SELECT to_regclass('tortoise_migrations') IS NOT NULL AS there")
    if not known[0]["there"]:
        return []
    rows = await fetch("SELECT name FROM tortoise_migrations WHERE app = 'service' ORDER BY id")
    return [row["name"] for row in rows]


def known_migrations() -> set[str]:
    """The names of the migrations of this release."""
    return {module.name for module in pkgutil.iter_modules(migrations.__path__)}
