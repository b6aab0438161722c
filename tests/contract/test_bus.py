"""What every Bus does: a hint reaches each listener of its account, and its loss harms nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import asyncpg
import pytest

from service.adapters.postgres_bus import PostgresBus
from service.ports import Bus, Hints
from service.store.database import new_id

OpenBus = Callable[[str], AbstractAsyncContextManager[Bus]]
OPENERS: dict[str, OpenBus] = {"postgres": PostgresBus}
# Longer than any hint takes on a busy machine.
SOON_S = 5.0
# Long enough for a hint that should not come.
QUIET_S = 0.15


@pytest.fixture(params=list(OPENERS))
def open_bus(request: pytest.FixtureRequest) -> OpenBus:
    return OPENERS[request.param]


@pytest.fixture
async def bus(open_bus: OpenBus, database_url: str) -> AsyncIterator[Bus]:
    async with open_bus(database_url) as opened:
        yield opened


async def told(hints: Hints, within_s: float = SOON_S) -> bool:
    """Whether a hint comes in time."""
    began = time.monotonic()
    await hints.wait(within_s)
    return time.monotonic() - began < within_s


async def test_a_hint_reaches_a_listener(bus: Bus) -> None:
    account = new_id()
    async with bus.listen(account) as hints:
        await bus.publish(account)
        assert await told(hints)
        assert not await told(hints, QUIET_S)


async def test_a_hint_sent_before_the_listener_waits_is_not_lost(bus: Bus) -> None:
    account = new_id()
    async with bus.listen(account) as hints:
        await bus.publish(account)
        await asyncio.sleep(QUIET_S)
        assert await told(hints)


async def test_a_listener_who_leaves_as_a_hint_comes_does_leave(bus: Bus) -> None:
    account = new_id()

    async def listen() -> None:
        async with bus.listen(account) as hints:
            while True:
                await hints.wait(60)

    for steps in range(12):
        listener = asyncio.create_task(listen())
        await asyncio.sleep(0)
        await bus.publish(account)
        for _ in range(steps):
            await asyncio.sleep(0)
        listener.cancel()
        ended, _ = await asyncio.wait({listener}, timeout=SOON_S)
        assert ended, f"still there, having left {steps} steps after the hint"


async def test_many_hints_are_one_reason_to_look_again(bus: Bus) -> None:
    account = new_id()
    async with bus.listen(account) as hints:
        for _ in range(50):
            await bus.publish(account)
        await asyncio.sleep(QUIET_S)
        assert await told(hints)
        assert not await told(hints, QUIET_S)


async def test_another_accounts_hint_wakes_nobody(bus: Bus) -> None:
    async with bus.listen(new_id()) as hints:
        await bus.publish(new_id())
        assert not await told(hints, QUIET_S)


async def test_every_listener_of_an_account_is_told(bus: Bus) -> None:
    account = new_id()
    async with bus.listen(account) as one, bus.listen(account) as two, bus.listen(account) as three:
        await bus.publish(account)
        assert all(await asyncio.gather(told(one), told(two), told(three)))


async def test_a_listener_that_left_does_not_keep_the_others_from_being_told(bus: Bus) -> None:
    account = new_id()
    async with bus.listen(account) as stays:
        async with bus.listen(account):
            pass
        await bus.publish(account)
        assert await told(stays)
    await bus.publish(account)
    async with bus.listen(account) as comes_back:
        assert not await told(comes_back, QUIET_S)


async def test_waiting_ends_with_its_time(bus: Bus) -> None:
    async with bus.listen(new_id()) as hints:
        began = time.monotonic()
        await hints.wait(QUIET_S)
        assert QUIET_S <= time.monotonic() - began < SOON_S


async def test_a_listener_may_be_cancelled_and_listen_again(bus: Bus) -> None:
    account = new_id()
    async with bus.listen(account) as hints:
        waiting = asyncio.create_task(hints.wait(60))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await bus.publish(account)
        assert await told(hints)


async def test_a_hint_crosses_from_one_process_connection_to_another(
    open_bus: OpenBus, database_url: str
) -> None:
    account = new_id()
    async with (
        open_bus(database_url) as sender,
        open_bus(database_url) as receiver,
        receiver.listen(account) as far,
        sender.listen(account) as near,
    ):
        await sender.publish(account)
        assert all(await asyncio.gather(told(far), told(near)))


async def test_a_thousand_accounts_at_once_are_each_told(bus: Bus) -> None:
    accounts = [new_id() for _ in range(1000)]

    async def one(account: UUID) -> bool:
        async with bus.listen(account) as hints:
            await bus.publish(account)
            return await told(hints, 20)

    assert all(await asyncio.gather(*map(one, accounts)))


# -- PostgreSQL's own troubles -----------------------------------------------------------------


async def cut(url: str) -> None:
    """End every other connection to the database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def test_after_a_lost_connection_every_listener_is_told_to_look_again(
    database_url: str,
) -> None:
    account, other = new_id(), new_id()
    async with (
        PostgresBus(database_url) as bus,
        bus.listen(account) as hints,
        bus.listen(other) as others,
    ):
        await cut(database_url)
        assert all(await asyncio.gather(told(hints), told(others)))
        async with PostgresBus(database_url) as sender:
            await sender.publish(account)
            assert await told(hints)
            assert not await told(others, QUIET_S)


async def test_a_hint_that_cannot_be_sent_still_reaches_the_listeners_here(
    database_url: str,
) -> None:
    account = new_id()
    async with PostgresBus(database_url) as bus, bus.listen(account) as hints:
        await cut(database_url)
        await bus.publish(account)
        assert await told(hints)


async def test_a_connection_lost_again_and_again_is_made_anew(database_url: str) -> None:
    account = new_id()
    async with PostgresBus(database_url) as bus, bus.listen(account) as hints:
        for _ in range(40):
            await cut(database_url)
        assert await told(hints)
        while await told(hints, 1.5):
            pass
        async with PostgresBus(database_url) as sender:
            await sender.publish(account)
            assert await told(hints)


async def test_a_bus_that_is_closed_leaves_no_connection_behind(database_url: str) -> None:
    async with PostgresBus(database_url) as bus:
        await bus.publish(new_id())
    connection = await asyncpg.connect(database_url)
    try:
        left = await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
    assert left == 0


async def test_a_bus_whose_connection_is_gone_closes_all_the_same(database_url: str) -> None:
    async with PostgresBus(database_url):
        await cut(database_url)


async def test_a_database_that_is_not_there_is_found_out_at_the_start(database_url: str) -> None:
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        async with PostgresBus(database_url.replace("/test_", "/absent_")):
            pass
