"""How far a gateway's own list was read."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from service.store import cursors
from service.store.database import fetch
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")


async def test_a_list_that_was_never_read_has_no_place() -> None:
    assert await cursors.place_in("stripe", "events") is None
    assert await rows.number_of("gateway_cursor") == 0


async def test_the_last_place_that_was_kept_is_told() -> None:
    for cursor in ("evt_1", "evt_2"):
        await cursors.keep_place("stripe", "events", cursor, at=NOW)
        assert await cursors.place_in("stripe", "events") == cursor
    await cursors.keep_place("stripe", "events", None, at=NOW + timedelta(minutes=1))
    assert await cursors.place_in("stripe", "events") is None
    (row,) = await fetch("SELECT updated_at FROM gateway_cursor")
    assert row["updated_at"] == NOW + timedelta(minutes=1)


async def test_each_list_of_each_gateway_has_a_place_of_its_own() -> None:
    places = {
        ("stripe", "events"): "evt_1",
        ("stripe", "refunds"): "re_1",
        ("other", "events"): "7",
    }
    for (gateway, stream), cursor in places.items():
        await cursors.keep_place(gateway, stream, cursor, at=NOW)
    found = {where: await cursors.place_in(*where) for where in places}
    assert found == places


async def test_places_kept_at_once_leave_one() -> None:
    kept = [f"evt_{place}" for place in range(8)]
    await asyncio.gather(
        *[cursors.keep_place("stripe", "events", cursor, at=NOW) for cursor in kept]
    )
    assert await cursors.place_in("stripe", "events") in kept
    assert await rows.number_of("gateway_cursor") == 1
