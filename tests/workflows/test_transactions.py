"""A transaction that cannot begin leaves the store as able as before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest

from service.store.database import database, execute, fetch_one, transaction

POOL_SIZE = 2


@pytest.fixture
async def small_store(database_url: str) -> AsyncIterator[str]:
    """A store with few connections, so that a lost one is missed."""
    async with database(database_url, pool_size=POOL_SIZE):
        yield database_url


async def one_row() -> None:
    async with transaction():
        await execute("UPDATE account SET version = version")


async def as_able_as_before() -> None:
    """As many transactions as there are connections can be open at the same moment."""
    all_open = asyncio.Barrier(POOL_SIZE)

    async def one() -> None:
        async with transaction():
            await execute("UPDATE account SET version = version")
            await all_open.wait()

    async with asyncio.timeout(10):
        await asyncio.gather(*[one() for _ in range(POOL_SIZE)])


async def cut_connections(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def test_connections_that_broke_while_idle_are_replaced(small_store: str) -> None:
    broke = 0
    for _ in range(12):
        await as_able_as_before()
        await cut_connections(small_store)
        for _ in range(POOL_SIZE):
            try:
                await one_row()
            except Exception:
                broke += 1
    await as_able_as_before()
    # The same task goes on too: it is not tied to the connection that broke.
    assert await fetch_one("SELECT 1 AS one") is not None
    print(f"\n{broke} transactions found their connection broken")


async def test_a_cancelled_beginning_gives_its_connection_back(small_store: str) -> None:
    for turn in range(200):
        task = asyncio.create_task(one_row())
        for _ in range(turn % 12):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    # A socket that was cancelled while it connected may cost the next caller its connection once.
    with contextlib.suppress(asyncpg.PostgresConnectionError):
        await as_able_as_before()
    await as_able_as_before()


async def test_a_cancelled_transaction_leaves_nothing(small_store: str) -> None:
    begun = asyncio.Event()

    async def half() -> None:
        async with transaction():
            await execute("INSERT INTO number_series VALUES (gen_random_uuid(), 'INV', '2627', 41)")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(half())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await fetch_one("SELECT 1 FROM number_series") is None
    await as_able_as_before()
