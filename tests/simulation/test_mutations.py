"""The simulator notices each safeguard that is taken away, and tells how to see it again."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from service.adapters.embedded_postgres import EmbeddedPostgres
from service.simulation import timeless
from service.simulation.arena import arena
from service.simulation.command import failure
from service.simulation.history import Outcome
from service.simulation.invariants import EARLY, FINAL
from tests.conftest import Databases
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.mutations import hunt, promises

#: Other code than ours makes other histories of the same seeds: then one soon after will do.
NEAR = 250


@pytest.fixture(autouse=True)
def unlogged() -> Iterator[None]:
    """Mutants log thousands of lines, and none of them says why a test fails."""
    with capture_logs():
        yield


def near(mutant: Mutant) -> range:
    return range(mutant.seed, mutant.seed + NEAR)


def missed(mutant: Mutant) -> str:
    return (
        f"no seed of {near(mutant)} notices that a safeguard is gone: {mutant.safeguard}. Look for"
        " one with python -m tests.simulation.mutations, and keep it in mutants.py"
    )


def lent(databases: Databases) -> str:
    """A database for one mutant; it is dropped, not given back."""
    return asyncio.run(databases.make())


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.safeguard)
def test_a_missing_safeguard_is_noticed(
    postgres: EmbeddedPostgres, databases: Databases, mutant: Mutant
) -> None:
    url = lent(databases)
    found = timeless.run(hunt(url, mutant, near(mutant)))
    asyncio.run(databases.drop(url))
    assert found is not None, missed(mutant)
    assert mutant.promise in promises(found)


def test_the_mutants_name_promises_that_there_are() -> None:
    known = {promise.__name__ for promise in EARLY + FINAL}
    assert len(MUTANTS) >= 12
    assert {one.promise for one in MUTANTS} <= known


def test_a_defect_is_told_so_that_it_can_be_played_again(databases: Databases) -> None:
    mutant = next(one for one in MUTANTS if one.promise == "nothing_stays_live")
    url = lent(databases)

    async def play(seed: int, *, defect: bool) -> Outcome:
        async with arena(url) as ground:
            with mutant.at_work() if defect else contextlib.nullcontext():
                return await ground.play(seed)

    found = timeless.run(hunt(url, mutant, near(mutant)))
    assert found is not None, missed(mutant)
    again = timeless.run(play(found.seed, defect=True))
    healthy = timeless.run(play(found.seed, defect=False))
    asyncio.run(databases.drop(url))
    told = failure(found)
    assert f"seed {found.seed} breaks a promise:" in told
    assert re.search(r"  nothing_stays_live: payment \d+ is PENDING for ever", told)
    assert f"paidup simulate --seed {found.seed} --histories 1 --trace" in told
    assert told.splitlines()[0].endswith("invoice 1 is due")
    assert (again.digest, again.lines) == (found.digest, found.lines)
    assert healthy.broken == ()
