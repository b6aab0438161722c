"""One thing at a time: strands that stop at named places until they are chosen to go on.

A strand is a task with a name. It gives way at its places only, never inside a transaction, so
that whoever chooses the next strand decides the whole order of events. A process is what strands
of our service run in: when it is killed, each of them is thrown out of the place where it stands.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Crash(BaseException):
    """The process was killed here. No handler of errors may keep code alive that is dead."""


@dataclass(eq=False, slots=True)
class Process:
    """One life of one of our processes."""

    name: str
    alive: bool = True


@dataclass(eq=False, slots=True)
class Strand:
    """A task, where it stands, in which process of ours it is, and until when it sleeps."""

    name: str
    place: str
    process: Process | None = None
    wakes_at: datetime | None = None
    gate: asyncio.Future[None] | None = None
    task: asyncio.Task[None] | None = None


_current: ContextVar[Strand] = ContextVar("current_strand")
# Beside the strand's own note: tasks that it has made are in the process that they were made in.
_process: ContextVar[Process | None] = ContextVar("process", default=None)


def current() -> Strand:
    """The strand that runs now."""
    return _current.get()


@dataclass(eq=False, slots=True)
class Scheduler:
    """The strands of one history, in the order in which they were started."""

    strands: list[Strand] = field(default_factory=list)
    _yielded: asyncio.Event = field(default_factory=asyncio.Event)

    def start(
        self,
        name: str,
        work: Coroutine[Any, Any, None],
        *,
        place: str = "begins",
        until: datetime | None = None,
    ) -> Strand:
        """Make a strand; it stands at its first place until it is chosen."""
        gate = asyncio.get_running_loop().create_future()
        strand = Strand(name, place, wakes_at=until, gate=gate)
        strand.task = asyncio.create_task(self._live(strand, work))
        self.strands.append(strand)
        return strand

    async def _live(self, strand: Strand, work: Coroutine[Any, Any, None]) -> None:
        _current.set(strand)
        try:
            if strand.gate is not None:
                await strand.gate
            strand.wakes_at = None
            await work
        finally:
            work.close()
            self.strands.remove(strand)
            self._yielded.set()

    async def give_way(self, place: str, *, until: datetime | None = None) -> None:
        """Stand at a place until chosen, not before a moment.

        Raises:
            Crash: the process that this strand is in was killed meanwhile.
        """
        _survive()
        strand = current()
        strand.place, strand.wakes_at = place, until
        strand.gate = asyncio.get_running_loop().create_future()
        self._yielded.set()
        await strand.gate
        strand.wakes_at = None
        _survive()

    def ready(self, now: datetime) -> list[Strand]:
        """Those that may go on now."""
        return [one for one in self.strands if one.wakes_at is None or one.wakes_at <= now]

    def next_wake(self) -> datetime | None:
        """When the first sleeper wakes."""
        return min((one.wakes_at for one in self.strands if one.wakes_at is not None), default=None)

    async def run(self, strand: Strand) -> None:
        """Let a strand go on to its next place, or to its end.

        Raises:
            Exception: whatever ended the strand.
        """
        gate, task = strand.gate, strand.task
        if gate is None or task is None:
            raise RuntimeError(f"{strand.name} does not stand anywhere")
        strand.gate = None
        self._yielded.clear()
        gate.set_result(None)
        await self._yielded.wait()
        if strand not in self.strands:
            await task

    async def kill(self, process: Process) -> None:
        """End a process: each of its strands is thrown out of its place, one after another."""
        process.alive = False
        for strand in [one for one in self.strands if one.process is process]:
            await self.run(strand)

    async def cancel(self) -> None:
        """End everything, as after a history that failed."""
        tasks = [one.task for one in self.strands if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def inside(process: Process) -> Iterator[None]:
    """The strand is in a process of ours while the block runs; a crash is thrown in it only.

    Raises:
        Crash: the process is dead already.
    """
    strand, token = current(), _process.set(process)
    strand.process = process
    try:
        _survive()
        yield
    finally:
        strand.process = None
        _process.reset(token)


def _survive() -> None:
    process = _process.get()
    if process is not None and not process.alive:
        raise Crash
