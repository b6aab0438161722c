"""The pool that keeps connections at hand lends each to one, and loses none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from service.store import engine
from service.store.database import borrowed, database, fetch_one
from service.store.engine import HandyPool

SIZE = 2


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[HandyPool]:
    """A pool of two connections."""
    handy = HandyPool(await asyncpg.create_pool(database_url, min_size=0, max_size=SIZE))
    yield handy
    handy.terminate()


async def server_process(connection: Any) -> int:
    """The server's process at the other end, by which one connection is told from another."""
    number: int = await connection.fetchval("SELECT pg_backend_pid()")
    return number


async def borrow_all(pool: HandyPool) -> list[Any]:
    """As many connections as there are; no two are the same."""
    async with asyncio.timeout(10):
        lent = [await pool.acquire() for _ in range(SIZE)]
    assert len({await server_process(one) for one in lent}) == SIZE
    return lent


async def test_a_connection_given_back_goes_to_the_next_who_asks(pool: HandyPool) -> None:
    first = await pool.acquire()
    process = await server_process(first)
    await pool.release(first)
    assert await server_process(await pool.acquire()) == process


async def test_one_who_waits_gets_the_connection_that_comes_back(pool: HandyPool) -> None:
    lent = await borrow_all(pool)
    process = await server_process(lent[0])
    waiting = asyncio.create_task(pool.acquire())
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await pool.release(lent[0])
    async with asyncio.timeout(10):
        assert await server_process(await waiting) == process


async def test_many_who_wait_are_all_served(pool: HandyPool) -> None:
    async def use() -> None:
        connection = await pool.acquire()
        try:
            await server_process(connection)
        finally:
            await pool.release(connection)

    async with asyncio.timeout(20):
        await asyncio.gather(*[use() for _ in range(200)])
    await borrow_all(pool)


async def test_one_who_gives_up_waiting_costs_nobody_a_connection(pool: HandyPool) -> None:
    lent = await borrow_all(pool)
    for _ in range(20):
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    for connection in lent:
        await pool.release(connection)
    await borrow_all(pool)


async def test_a_connection_given_back_twice_is_lent_once(pool: HandyPool) -> None:
    connection = await pool.acquire()
    await pool.release(connection)
    await pool.release(connection)
    await borrow_all(pool)


async def test_a_connection_given_back_after_an_error_is_put_in_order(pool: HandyPool) -> None:
    connection = await pool.acquire()
    await connection.execute("SET application_name = 'left behind'")
    try:
        raise ValueError
    except ValueError:
        await pool.release(connection)
    # The pool resets what it takes back, and lets nobody use what it lent.
    with pytest.raises(asyncpg.InterfaceError):
        await server_process(connection)
    for one in await borrow_all(pool):
        assert await one.fetchval("SHOW application_name") == ""


async def test_a_connection_with_an_open_transaction_is_not_lent_on(pool: HandyPool) -> None:
    connection = await pool.acquire()
    await connection.execute("BEGIN")
    await pool.release(connection)
    for one in await borrow_all(pool):
        assert not one.is_in_transaction()


async def test_a_connection_that_broke_at_hand_is_replaced(
    pool: HandyPool, database_url: str
) -> None:
    connection = await pool.acquire()
    broken = await server_process(connection)
    await pool.release(connection)
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_terminate_backend($1)", broken)
    await other.close()
    # The pool takes a broken connection back by itself, from whoever has it.
    async with asyncio.timeout(10):
        while "released" not in repr(connection):
            await asyncio.sleep(0.01)
    assert broken not in {await server_process(one) for one in await borrow_all(pool)}


async def test_a_connection_goes_back_to_the_pool_after_its_time(
    pool: HandyPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, idle = await borrow_all(pool)
    await pool.release(idle)
    monkeypatch.setattr(engine, "KEPT_FOR_S", 0.0)
    await asyncio.sleep(0.01)
    # The idle one is at the bottom: nobody asks for it while the other is at hand.
    await pool.release(kept)
    await pool.release(await pool.acquire())
    with pytest.raises(asyncpg.InterfaceError):
        await server_process(idle)
    await borrow_all(pool)


async def test_closing_waits_for_who_has_a_connection(pool: HandyPool) -> None:
    lent = await borrow_all(pool)
    await pool.release(lent.pop())
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    await server_process(lent[0])
    with pytest.raises(asyncpg.InterfaceError, match="closing"):
        await pool.acquire()
    await pool.release(lent[0])
    async with asyncio.timeout(5):
        await closing


async def test_a_closed_store_and_a_second_one_are_refused(database_url: str) -> None:
    with pytest.raises(RuntimeError, match="no database is open"):
        borrowed()
    async with database(database_url):
        with pytest.raises(RuntimeError, match="open already"):
            async with database(database_url):
                raise AssertionError
        row = await fetch_one("SELECT 1 AS one")
        assert row is not None
        assert dict(row) == {"one": 1}
