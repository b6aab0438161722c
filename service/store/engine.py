"""The ORM's PostgreSQL engine over a pool that keeps connections at hand.

asyncpg's pool makes a task, a future and two timers each time that a connection is given back:
as much CPU as a short query takes itself (`make bench`).
"""

from __future__ import annotations

import sys
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

#: So many connections are kept at hand for whoever comes next.
KEPT = 4


class HandyPool:
    """What the ORM asks of an asyncpg pool. A connection that was used without an error goes to
    the next who asks; any other goes back to the pool, which puts it in order or replaces it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._at_hand: list[Any] = []
        self._waiting = 0

    async def acquire(self) -> Any:
        """Borrow a connection; wait for one when all are in use."""
        while self._at_hand:
            connection = self._at_hand.pop()
            if _is_in_order(connection):
                return connection
            await self._pool.release(connection)
        self._waiting += 1
        try:
            return await self._pool.acquire()
        finally:
            self._waiting -= 1

    async def release(self, connection: Any) -> None:
        """Give a borrowed connection back."""
        wanted = not self._waiting and len(self._at_hand) < KEPT
        if wanted and sys.exception() is None and _is_in_order(connection):
            self._at_hand.append(connection)
        else:
            await self._pool.release(connection)

    async def close(self) -> None:
        """Close all connections, once those that are borrowed are back."""
        await self._let_go()
        await self._pool.close()

    def terminate(self) -> None:
        """Close all connections at once."""
        self._pool.terminate()

    async def expire_connections(self) -> None:
        """Have every connection replaced before it is used again."""
        await self._let_go()
        await self._pool.expire_connections()

    async def _let_go(self) -> None:
        while self._at_hand:
            await self._pool.release(self._at_hand.pop())


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
