"""Many histories on several processes, each with a database of its own on one server."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection, wait
from urllib.parse import urlsplit

import asyncpg

from service.logs import configure_logs
from service.simulation import timeless
from service.simulation.arena import arena
from service.simulation.history import Outcome
from service.store.database import migrate

#: No history takes so long: one that does waits for something that never comes.
WATCHDOG_S = 120
_CRITICAL = 50
# Nobody looks at how these databases are used: telling it takes a twentieth of the server's time.
_UNWATCHED = ("track_activities", "track_counts", "update_process_title")


class WorkerEnded(Exception):
    """A process of the campaign ended before its histories did; it has told why on stderr."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a campaign came to. `digest` is a hash over all trace hashes, in the seeds' order."""

    played: int
    broken: tuple[Outcome, ...]
    digest: str


def report(outcomes: Sequence[Outcome]) -> Report:
    """Sum up histories that were played."""
    ordered = sorted(outcomes, key=lambda one: one.seed)
    digest = sha256("\n".join(one.digest for one in ordered).encode()).hexdigest()
    return Report(len(ordered), tuple(one for one in ordered if one.broken), digest)


def campaign(url: str, seeds: Sequence[int], *, jobs: int) -> Iterator[Outcome]:
    """Play each seed once and yield what became of it, in the order in which they end.

    `url` is a database of a server on which others may be made. Left early, all processes stop.

    Raises:
        WorkerEnded: one of the processes broke, or a history never came to its end.
    """
    context = multiprocessing.get_context("spawn")
    shares = [seeds[place::jobs] for place in range(min(jobs, len(seeds)))]
    processes, ends = [], []
    try:
        for place, share in enumerate(shares):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(url, share, place, theirs), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            ends.append(ours)
        yield from _results(ends, len(seeds))
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _results(ends: list[Connection], expected: int) -> Iterator[Outcome]:
    """What comes out of the pipes until each has been closed at its other end."""
    while ends:
        for end in [one for one in ends if one in wait(ends)]:
            try:
                outcome: Outcome = end.recv()
            except EOFError:
                ends.remove(end)
                continue
            expected -= 1
            yield outcome
    if expected:
        raise WorkerEnded(f"a process ended early: {expected} histories were not played")


def _work(url: str, seeds: Sequence[int], place: int, results: Connection) -> None:
    """What one of the processes does."""
    cores = _share_of_cores(place)
    _keep_to(cores, 0)
    configure_logs("console", level=_CRITICAL)
    for name in ("sniffio", "trio"):
        # HTTP clients look for it at each call, on the disk, as long as they do not find it.
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    own = asyncio.run(_make_database(url, f"simulation_{multiprocessing.current_process().pid}"))
    # What is loaded by now stays, and of what a history makes little is in cycles: looking through
    # it again and again costs a quarter of the time, and spares 20 MB.
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000_000)
    timeless.run(_play(own, seeds, cores, results))


def _share_of_cores(place: int) -> set[int]:
    """The core for the process at a place; none where they cannot be told apart."""
    if sys.platform != "linux":
        return set()
    cores = sorted(os.sched_getaffinity(0))
    return {cores[place % len(cores)]}


def _keep_to(cores: set[int], *pids: int) -> None:
    """Keep processes to one core, where we may; 0 is our own. A process and its database take
    turns: to wake each other on another core each time costs an eighth of all histories."""
    if sys.platform == "linux" and cores:
        for pid in pids:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(pid, cores)


async def _make_database(url: str, name: str) -> str:
    """Make and migrate a database beside the one of `url`."""
    admin = await asyncpg.connect(url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
        for setting in _UNWATCHED:
            await admin.execute(f"ALTER DATABASE {name} SET {setting} = off")
    finally:
        await admin.close()
    own = urlsplit(url)._replace(path=f"/{name}").geturl()
    await migrate(own)
    return own


async def _play(url: str, seeds: Sequence[int], cores: set[int], results: Connection) -> None:
    async with arena(url) as ground:
        for played, seed in enumerate(seeds):
            if played == 1:
                # The store has connected by now.
                _keep_to(cores, *await ground.server_pids())
            faulthandler.dump_traceback_later(WATCHDOG_S, exit=True)
            results.send(await ground.play(seed))
    faulthandler.cancel_dump_traceback_later()
    results.close()
