"""The ORM's PostgreSQL engine over a pool that keeps connections at hand.

asyncpg's pool makes a task, a future and two timers each time that a connection is given back:
as much CPU as a short query takes itself (`make bench`).
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

#: So many connections are kept at hand for whoever comes next.
KEPT = 4
#: A connection that left the pool so many seconds ago goes back to it, where idle connections are
#: closed and worn ones replaced.
KEPT_FOR_S = 60.0


class HandyPool:
    """What the ORM asks of an asyncpg pool. A connection that is given back while no exception is
    being handled goes to the next who asks; any other goes back to the pool, which puts it in order
    or replaces it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._at_hand: list[Any] = []
        self._left_pool_at: dict[Any, float] = {}
        self._waiting = 0
        self._closing = False

    async def acquire(self) -> Any:
        """Borrow a connection; wait for one when all are in use."""
        while self._at_hand:
            connection = self._at_hand.pop()
            if _is_in_order(connection) and not self._is_old(connection):
                return connection
            await self._to_pool(connection)
        self._waiting += 1
        try:
            connection = await self._pool.acquire()
        finally:
            self._waiting -= 1
        self._left_pool_at[connection] = asyncio.get_running_loop().time()
        return connection

    async def release(self, connection: Any) -> None:
        """Give a borrowed connection back. Done again, it does nothing."""
        if connection in self._at_hand:
            return
        if self._is_wanted(connection):
            self._at_hand.append(connection)
        else:
            await self._to_pool(connection)
        if self._at_hand and self._is_old(self._at_hand[0]):
            await self._to_pool(self._at_hand.pop(0))

    async def close(self) -> None:
        """Close all connections, once those that are borrowed are back."""
        self._closing = True
        while self._at_hand:
            await self._to_pool(self._at_hand.pop())
        await self._pool.close()

    def terminate(self) -> None:
        """Close all connections at once."""
        self._closing = True
        self._at_hand.clear()
        self._pool.terminate()

    async def _to_pool(self, connection: Any) -> None:
        self._left_pool_at.pop(connection, None)
        await self._pool.release(connection)

    def _is_wanted(self, connection: Any) -> bool:
        return (
            not self._closing
            and not self._waiting
            and len(self._at_hand) < KEPT
            and sys.exception() is None
            and _is_in_order(connection)
        )

    def _is_old(self, connection: Any) -> bool:
        now = asyncio.get_running_loop().time()
        return now - self._left_pool_at[connection] > KEPT_FOR_S


def _is_in_order(connection: Any) -> bool:
    try:
        return not (connection.is_closed() or connection.is_in_transaction())
    except asyncpg.InterfaceError:
        # Its server closed it, and the pool has taken it back already.
        return False


class Engine(AsyncpgDBClient):
    """The ORM's own engine for asyncpg, but for its pool."""

    async def create_pool(self, **kwargs: Any) -> Any:
        """Make the pool on first use."""
        return HandyPool(await super().create_pool(**kwargs))


#: The name by which the ORM finds an engine in a module.
client_class = Engine
