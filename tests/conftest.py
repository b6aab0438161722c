"""The real things that tests run on: PostgreSQL, the sandbox gateway, a settable clock."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from xdist.scheduler import LoadFileScheduling

from service.adapters.embedded_postgres import EmbeddedPostgres
from service.store.database import database, migrate
from tests.support.shop import Shop, open_shop

TEMPLATE = "paidup_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL for the run; nothing on it has to survive a power cut.

    Not in pytest's own temporary folder: a second run closes that one to the server's user.
    """
    with (
        tempfile.TemporaryDirectory(prefix="paidup-tests-") as folder,
        EmbeddedPostgres.start(Path(folder), fsync=False) as server,
    ):
        yield server


class Databases:
    """Lends each test a migrated database that is empty; making one anew takes ten times as long
    as emptying one."""

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._template_made = False
        self._free: list[str] = []

    def url_of(self, name: str) -> str:
        return urlsplit(self._admin_url)._replace(path=f"/{name}").geturl()

    async def make(self) -> str:
        """A new database, as a copy of one that was migrated once."""
        name = f"test_{uuid.uuid4().hex}"
        async with self._admin() as admin:
            if not self._template_made:
                await admin.execute(f"CREATE DATABASE {TEMPLATE}")
                await migrate(self.url_of(TEMPLATE))
                self._template_made = True
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url_of(name)

    async def drop(self, url: str) -> None:
        async with self._admin() as admin:
            await admin.execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    async def lend(self) -> str:
        """An empty database; give it back with its tables as they were."""
        return self._free.pop() if self._free else await self.make()

    async def take_back(self, url: str) -> None:
        """Part everybody from a database and empty it."""
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(_PART)
            await connection.execute(_EMPTY)
        finally:
            await connection.close()
        self._free.append(url)

    @contextlib.asynccontextmanager
    async def _admin(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._admin_url)
        try:
            yield connection
        finally:
            await connection.close()


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


_PART = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# TRUNCATE writes new files for a table and all its indexes, and every backend learns of them: it
# costs ten times what deleting a test's few rows costs. It is for tables that have grown. The lock
# waits, as TRUNCATE does, for whoever was parted in the middle of a write. The ledger refuses to be
# emptied, as it should: tests switch its triggers off, which takes a superuser.
_EMPTY = """
DO $$
DECLARE name text; large bool;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name, large IN SELECT oid::regclass, pg_relation_size(oid) > 128 * 1024 FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'tortoise_migrations'
    LOOP
        IF large THEN EXECUTE 'TRUNCATE ' || name || ' CASCADE';
        ELSE
            EXECUTE 'LOCK TABLE ' || name || ' IN SHARE ROW EXCLUSIVE MODE';
            EXECUTE 'DELETE FROM ' || name;
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE last_value IS NOT NULL
        AND sequencename NOT LIKE 'tortoise_migrations%';
END $$
"""


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Databases:
    return Databases(postgres.dsn)


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A migrated database of the test's own, as a postgresql:// URL."""
    url = await databases.lend()
    yield url
    await databases.take_back(url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[str]:
    """The store, opened on the test's own database."""
    async with database(database_url):
        yield database_url


@pytest.fixture
async def shop(db: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """Workflows over real ports: the store, the sandbox gateway in process, a settable clock."""
    async with contextlib.AsyncExitStack() as stack:
        yield await stack.enter_async_context(open_shop(db, tmp_path))


JOURNEYS = "tests/journeys/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The largest parts first, so that no worker has one before it when the others are done."""
    largest = (JOURNEYS, "tests/simulation/")
    items.sort(key=lambda item: [one not in item.nodeid for one in largest])


class OneDemo(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Each file is run by one worker; all journeys are, for they share a demo that takes half a
    minute to make."""

    def _split_scope(self, nodeid: str) -> str:
        return JOURNEYS if JOURNEYS in nodeid else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """What `--dist loadfile` does here."""
    return OneDemo(config, log)


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Keep a measured figure for the end of the run."""
    return lambda figure: record_property("figure", figure)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, by whichever worker."""
    figures = [
        figure
        for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
        if report.when == "call"
        for name, figure in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures of this machine")
    for figure in figures:
        terminalreporter.write_line(figure)
