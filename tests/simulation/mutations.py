"""How many seeds the simulator needs to notice each safeguard that is taken away.

    python -m tests.simulation.mutations [first seed] [seeds at most]

prints a table: the safeguard, how many seeds it takes to find its absence, and the promises that
are broken then.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from service.adapters.embedded_postgres import EmbeddedPostgres
from service.logs import configure_logs
from service.simulation import timeless
from service.simulation.arena import arena
from service.simulation.history import Outcome
from service.store.database import migrate
from tests.simulation.mutants import MUTANTS, Mutant

SEEDS_MAX = 2_000
_CRITICAL = 50
_TEMPLATE = "mutation_template"


async def hunt(url: str, mutant: Mutant, seeds: Iterable[int]) -> Outcome | None:
    """The first history in which the mutant breaks its promise; None when there is none.

    `url` is a migrated database that nothing else uses; it stays without the safeguard.
    """
    if mutant.ddl:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(mutant.ddl)
        finally:
            await connection.close()
    with mutant.at_work():
        async with arena(url) as ground:
            for seed in seeds:
                outcome = await ground.play(seed)
                if mutant.promise in promises(outcome):
                    return outcome
    return None


def promises(outcome: Outcome) -> list[str]:
    """The names of the promises that a history breaks, each once."""
    return list(dict.fromkeys(sentence.partition(":")[0] for sentence in outcome.broken))


def _hunt_one(task: tuple[str, int, range]) -> tuple[int, Outcome | None]:
    url, place, seeds = task
    configure_logs("console", level=_CRITICAL)
    own = asyncio.run(copy_of_template(url, f"mutant_{place}"))
    return place, timeless.run(hunt(own, MUTANTS[place], seeds))


async def make_template(url: str) -> None:
    """Make the database that mutants get a copy of."""
    admin = await asyncpg.connect(url)
    await admin.execute(f"CREATE DATABASE {_TEMPLATE}")
    await admin.close()
    await migrate(urlsplit(url)._replace(path=f"/{_TEMPLATE}").geturl())


async def copy_of_template(url: str, name: str) -> str:
    """A migrated, empty database."""
    admin = await asyncpg.connect(url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    await admin.close()
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def main(first: int = 1, seeds_max: int = SEEDS_MAX) -> int:
    """Print the table; 1 when a safeguard is missed by nobody."""
    missed = 0
    with (
        tempfile.TemporaryDirectory(prefix="paidup-mutations-") as folder,
        EmbeddedPostgres.start(Path(folder), fsync=False) as server,
        multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool,
    ):
        asyncio.run(make_template(server.dsn))
        seeds = range(first, first + seeds_max)
        tasks = [(server.dsn, place, seeds) for place in range(len(MUTANTS))]
        print(f"{'safeguard taken away':<54} {'seeds':>5}  promise that breaks")
        for place, outcome in pool.imap(_hunt_one, tasks):
            missed += outcome is None
            print(_row(MUTANTS[place], outcome, first), flush=True)
    return 1 if missed else 0


def _row(mutant: Mutant, outcome: Outcome | None, first: int) -> str:
    if outcome is None:
        return f"{mutant.safeguard:<54} {'-':>5}  NOT FOUND"
    needed = outcome.seed - first + 1
    others = [f"({one})" for one in promises(outcome) if one != mutant.promise]
    return f"{mutant.safeguard:<54} {needed:>5}  {' '.join([mutant.promise, *others])}"


if __name__ == "__main__":
    configure_logs("console", level=_CRITICAL)
    sys.exit(main(*map(int, sys.argv[1:])))
