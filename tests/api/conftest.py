"""The app over a shop of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg.connection
import pytest

from tests.api.harness import Api, open_api
from tests.api.scene import Scene, WatchedBus
from tests.support.shop import Shop


@pytest.fixture
async def api(shop: Shop, tmp_path: Path) -> AsyncIterator[Api]:
    opened = open_api(shop, tmp_path)
    async with opened.http:
        yield opened


@pytest.fixture
async def scene(api: Api) -> Scene:
    bus = WatchedBus(api.shop.ports.bus)
    api.exchange(bus=bus)
    account_id = await api.shop.account()
    return Scene(api, bus, account_id, await api.shop.invoice(account_id))


# What the driver asks once on each new connection, to learn about types.
_DRIVERS_OWN = ("set_config('jit'", "typeinfo_tree")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What every connection of the process has executed so far."""
    executed: list[str] = []
    run = asyncpg.connection.Connection._Connection__execute

    async def note_and_run(connection: Any, query: str, *arguments: Any, **options: Any) -> Any:
        if not any(mark in query for mark in _DRIVERS_OWN):
            executed.append(query)
        return await run(connection, query, *arguments, **options)

    monkeypatch.setattr(asyncpg.connection.Connection, "_Connection__execute", note_and_run)
    return executed
