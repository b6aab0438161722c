"""The short form of `make soak`: kills of every kind at random moments lose and double nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.soak.__main__ import lines
from tests.soak.campaign import campaign
from tests.soak.ground import VICTIMS, Layout
from tests.support.nursery import Nursery

KILLS = 5
SEED = 6


@pytest.mark.parametrize("layout", Layout, ids=lambda one: one.name.lower())
async def test_kills_at_random_moments_lose_and_double_nothing(
    layout: Layout, nursery: Nursery, note: Callable[[str], None]
) -> None:
    result = await campaign(layout, nursery, kills=KILLS, seed=SEED, hasten=True)
    note("\n".join(lines(result)))
    assert result.differences == []
    assert {victim for victim, _ in result.kills} == set(VICTIMS[layout])
    assert result.counts["payments captured"] > KILLS
