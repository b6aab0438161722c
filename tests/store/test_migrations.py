"""Migrations: equal to the models, safe to repeat, and safe to run from several processes."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from pathlib import Path

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector

import service
from service.store.database import applied_migrations, database, migrate, orm_config

ROOT = Path(service.__file__).parent.parent
# Processes of different versions meet on this number: it stays as it is for ever.
MIGRATION_LOCK = 7_105_101_001
NAMES = ["0001_initial", "0002_constraints", "0003_money", "0004_money_rules"]
NAMES += ["0005_asked", "0006_mail_and_search", "0007_second_pages", "0008_returned_by_bank"]

COLUMNS = """
SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision,
    numeric_scale, is_nullable
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name !~ '^(pgqueuer|tortoise)'
ORDER BY table_name, column_name
"""
SCHEMA = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'migration ' || name || ' ' || applied_at FROM tortoise_migrations
ORDER BY 1
"""


async def read(url: str, sql: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def tables(url: str) -> set[str]:
    found = await read(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {str(name) for (name,) in found}


async def test_the_autodetector_finds_nothing_to_add(db: str) -> None:
    assert Tortoise.apps is not None
    apps = orm_config(db)["apps"]
    assert await MigrationAutodetector(Tortoise.apps, apps).changes() == []


async def test_the_autodetector_would_find_a_missing_table(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    initial = import_module("service.store.migrations.0001_initial").Migration
    shorter = [one for one in initial.operations if getattr(one, "name", "") != "NumberSeriesRow"]
    monkeypatch.setattr(initial, "operations", shorter)
    assert Tortoise.apps is not None
    (found,) = await MigrationAutodetector(Tortoise.apps, orm_config(db)["apps"]).changes()
    assert [getattr(operation, "name", "") for operation in found.operations] == ["NumberSeriesRow"]


async def test_migrations_make_the_columns_of_the_models(database_url: str, empty_url: str) -> None:
    async with database(empty_url):
        await Tortoise.generate_schemas()
    migrated = await read(database_url, COLUMNS)
    assert migrated == await read(empty_url, COLUMNS)
    assert len({table for table, *_ in migrated}) == 23


async def test_migrating_again_changes_nothing(empty_url: str) -> None:
    assert await tables(empty_url) == set()
    await migrate(empty_url)
    first = await read(empty_url, SCHEMA)
    await migrate(empty_url)
    assert await read(empty_url, SCHEMA) == first
    async with database(empty_url):
        assert await applied_migrations() == NAMES


async def test_two_processes_migrate_at_once(empty_url: str, database_url: str) -> None:
    program = "import asyncio, sys; from service.store.database import migrate;"
    program += " asyncio.run(migrate(sys.argv[1]))"
    both = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, empty_url, cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    ends = await asyncio.gather(*[process.communicate() for process in both])
    assert [process.returncode for process in both] == [0, 0], ends
    assert await read(empty_url, COLUMNS) == await read(database_url, COLUMNS)
    async with database(empty_url):
        assert await applied_migrations() == NAMES


async def test_migrating_waits_for_who_migrates(empty_url: str) -> None:
    other = await asyncpg.connect(empty_url)
    await other.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    waiting = asyncio.create_task(migrate(empty_url))
    async with asyncio.timeout(10):
        while not await other.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ):
            await asyncio.sleep(0.01)
    assert await tables(empty_url) == set()
    await other.close()
    await waiting
    assert "invoice" in await tables(empty_url)


async def test_a_migration_that_fails_gives_the_lock_back(
    empty_url: str,
) -> None:
    blocker = await asyncpg.connect(empty_url)
    await blocker.execute("CREATE TABLE invoice (id int)")
    with pytest.raises(Exception, match='relation "invoice" already exists'):
        await migrate(empty_url)
    await blocker.execute("DROP TABLE invoice")
    await blocker.close()
    async with asyncio.timeout(10):
        await migrate(empty_url)
    assert "invoice_line" in await tables(empty_url)
