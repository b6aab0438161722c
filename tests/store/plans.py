"""How PostgreSQL runs a statement of the store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tortoise.connection import get_connection

from service.store.database import transaction

Node = dict[str, Any]


def _nodes(plan: Node) -> list[Node]:
    return [plan, *(below for each in plan.get("Plans", ()) for below in _nodes(each))]


async def plan_of(read: Callable[[], Awaitable[object]]) -> list[Node]:
    """The nodes of the plan of the one statement that `read` sends, as it was run."""
    sent: list[Any] = []
    async with transaction():
        async with get_connection("default").acquire_connection() as taken:
            connection = taken
        # The driver asks about types that are new to a connection.
        await read()
        with connection.query_logger(sent.append):
            await read()
            await asyncio.sleep(0)  # the logger is called back by the event loop
        (statement,) = sent
        explained = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.query}", *statement.args
        )
    return _nodes(json.loads(explained)[0]["Plan"])
