"""What keeps PgQueuer from losing jobs: one that is stopped or fails is given back, one that kills
its workers is parked, and a database that is away is waited for."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Context, Job, TracebackRecord
from pgqueuer.ports.driver import NotifyCallback
from pgqueuer.queries import Queries
from pgqueuer.types import HealthCheckId

log = structlog.get_logger(__name__)

_PICKS_MAX = 8
_RESTART_PAUSE_S = 1.0


class Guarded(DatabaseRetryEntrypointExecutor):
    """Retries with backoff; a stopped worker gives its job back; a deadly job is parked."""

    async def execute(self, job: Job, context: Context) -> None:
        try:
            await _refuse_deadly(job, context)
            await super().execute(job, context)
        except RetryRequested as retry:
            log.warning("job_retried", task=job.entrypoint, job=job.id, why=retry.reason)
            raise
        except asyncio.CancelledError:
            # Left alone, PgQueuer would log it as canceled and delete it.
            raise RetryRequested(delay=timedelta(0), reason="worker stopped") from None
        except Exception:
            log.exception("job_given_up", task=job.entrypoint, job=job.id)
            raise


async def _refuse_deadly(job: Job, context: Context) -> None:
    """PgQueuer counts no try when a worker dies with its job: such a job would loop for ever.

    Raises:
        RuntimeError: it was begun too often without an end.
        RetryRequested: the database did not answer.
    """
    pool: Any = context.resources["pool"]
    try:
        picks = await pool.fetchval(
            "SELECT count(*) FROM pgqueuer_log WHERE job_id = $1 AND status = 'picked'", job.id
        )
    except Exception as error:
        raise RetryRequested(delay=timedelta(seconds=1), reason="no database") from error
    if picks > _PICKS_MAX + job.attempts:
        raise RuntimeError(f"picked {picks} times without an end")


class ListeningDriver(AsyncpgPoolDriver):
    """Tells since when notices are heard."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.listening = asyncio.Event()

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        await super().add_listener(channel, callback)
        self.listening.set()


@dataclass
class PatientQueries(Queries):
    """Gives a job back once the database is there to take it, and tries whether notices are heard
    once they can be.

    Left alone, PgQueuer parks a job as failed when its next try could not be written: everything
    that ran while the database went away would wait for a person. And it sends its first trial
    while it begins to listen: what is lost so has the queue begin anew ten seconds later.
    """

    driver: ListeningDriver
    _: KW_ONLY
    stop: asyncio.Event

    async def notify_health_check(self, health_check_event_id: HealthCheckId) -> None:
        await self.driver.listening.wait()
        await super().notify_health_check(health_check_event_id)

    async def retry_job(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        while not self.stop.is_set():
            try:
                await super().retry_job(job, delay, traceback_record)
            except Exception as error:  # whatever a driver raises whose connection breaks
                log.warning("job_not_given_back", job=job.id, why=type(error).__name__)
                await pause_unless(self.stop)
            else:
                return
        await self._give_back_at_last(job, delay, traceback_record)

    async def _give_back_at_last(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """A worker that stops does not wait. What it cannot give back is left as it is, and taken
        over like the job of a worker that died."""
        try:
            await super().retry_job(job, delay, traceback_record)
        except Exception:
            raise asyncio.CancelledError from None


async def pause_unless(stop: asyncio.Event) -> None:
    """Wait a moment before the next try, but not for one who stops."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RESTART_PAUSE_S):
            await stop.wait()
