"""The queue's table, as a worker uses it. Which job is next is the simulation's choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from service.jobs import TASKS
from service.store.queue import arguments_of

#: Tasks that move no money.
LEFT_OUT = frozenset({"print_invoice", "send_delivery", "issue_add_on", "run_month"})


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job that waits."""

    id: int
    task: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class QueueTable:
    """Takes, gives back and finishes jobs by the rows that PgQueuer keeps. Its own worker goes by
    the wall clock, and could not be killed between two of its steps.

    Which jobs a worker has is noted here and not in the rows: nobody else asks for that, and to
    the rules of the queue a job that is taken is one that waits. So are the jobs that the clock
    queues: they belong to no transaction of ours, and outlive a process here as they do there.
    """

    connection: Any
    _taken: set[int] = field(default_factory=set)
    _planned: dict[int, QueuedJob] = field(default_factory=dict)
    _held: list[QueuedJob] = field(default_factory=list)
    # Those of the table are above zero.
    _numbers: Iterator[int] = field(default_factory=lambda: count(-1, step=-1))

    def plan(self, task: str) -> QueuedJob | None:
        """Queue a job without arguments, as the clock does, unless it waits already."""
        if any(job.task == task for job in self._planned.values()):
            return None
        job = QueuedJob(next(self._numbers), task, {})
        self._planned[job.id] = job
        return job

    @property
    def left(self) -> list[dict[str, Any]]:
        """The jobs that the clock queued and nobody has finished, as rows of the table."""
        waiting = [(job, "queued") for job in self._planned.values()]
        held = [(job, "failed") for job in self._held]
        return [
            {"id": job.id, "entrypoint": job.task, "status": status}
            for job, status in (*waiting, *held)
        ]

    async def waiting(self) -> list[QueuedJob]:
        """The jobs that nobody has taken, first in line first."""
        rows = await self.connection.fetch(
            "SELECT id, entrypoint, payload FROM pgqueuer"
            " WHERE status = 'queued' AND entrypoint = ANY($1) ORDER BY priority DESC, id",
            _TASKS,
        )
        queued = [
            QueuedJob(row["id"], row["entrypoint"], arguments_of(row["payload"])) for row in rows
        ]
        return [job for job in (*queued, *self._planned.values()) if job.id not in self._taken]

    def take(self, job: QueuedJob) -> None:
        """Note that a worker has it."""
        self._taken.add(job.id)

    def give_back(self, job: QueuedJob) -> None:
        """Put a job back that its worker could not finish."""
        self._taken.discard(job.id)

    async def hold(self, job: QueuedJob) -> None:
        """Keep a job that is out of tries, for a person."""
        if self._planned.pop(job.id, None) is not None:
            self._held.append(job)
            return
        await self.connection.execute("UPDATE pgqueuer SET status = 'failed' WHERE id = $1", job.id)

    async def finish(self, job: QueuedJob) -> None:
        """Take a job off the queue."""
        if self._planned.pop(job.id, None) is not None:
            return
        await self.connection.execute("DELETE FROM pgqueuer WHERE id = $1", job.id)

    def give_back_all(self) -> None:
        """What happens to the jobs of a worker that died."""
        self._taken.clear()


_TASKS = sorted(TASKS.keys() - LEFT_OUT)
