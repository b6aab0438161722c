"""Handing work to the queue inside the transaction that makes it necessary."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from service.store.database import borrowed, execute


async def enqueue(
    task: str,
    *,
    key: str | None = None,
    priority: int = 0,
    **arguments: str,
) -> None:
    """Queue a task of `service.jobs` by its name, with ids as its arguments.

    Inside `transaction()` the job exists if and only if the transaction commits. A `key` keeps a
    second job from being queued while one with the same key waits or runs. Jobs of a higher
    `priority` go first.
    """
    body = orjson.dumps(arguments)
    async with borrowed() as connection:
        queries = Queries(AsyncpgDriver(connection))
        await queries.enqueue(task, body, priority, None, key, on_conflict="skip")


def arguments_of(body: bytes | None) -> dict[str, Any]:
    """Read a job's arguments back."""
    return dict(orjson.loads(body)) if body else {}


async def prune_log(*, older_than: timedelta) -> None:
    """Drop old log lines of jobs that are gone."""
    await execute(
        "DELETE FROM pgqueuer_log l WHERE created < now() - $1::interval"
        " AND NOT EXISTS (SELECT 1 FROM pgqueuer q WHERE q.id = l.job_id)",
        older_than,
    )


async def retry_held() -> int:
    """Queue the jobs again that are out of tries; return how many."""
    async with borrowed() as connection:
        queries = Queries(AsyncpgDriver(connection))
        held = [job.id for job in await queries.list_failed_jobs(limit=10_000)]
        # Their past counts no more: it would have them parked again as deadly.
        await connection.execute("DELETE FROM pgqueuer_log WHERE job_id = ANY($1)", held)
        await queries.requeue_jobs(held)
    return len(held)
