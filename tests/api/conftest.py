"""The app over a shop of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

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
