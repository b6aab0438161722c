"""What happens after a fact: the queue's tasks, each one line that calls a workflow.

PgQueuer runs them on the service's own PostgreSQL. Its defaults lose or loop jobs, so that this
module turns a cancelled job into one that is given back, retries every failure with growing pauses,
keeps jobs that are out of tries, and parks a job that kills its workers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Context, Job, Schedule
from pgqueuer.types import QueueExecutionMode

from service.billing.period import Month, local_day
from service.ports import Ports
from service.store import queue
from service.workflows import deliveries, documents, notices
from service.workflows.run_month import run_month as run_month_for_all
from service.workflows.sweep import sweep

log = structlog.get_logger(__name__)

# A dead worker's job is taken over 1 to 1.5 times this later.
HEARTBEAT = timedelta(seconds=10)
_PICKS_MAX = 8
_LOG_KEPT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Task:
    """How a task is run: tries after the first one, and how many at once over all workers."""

    run: Callable[..., Awaitable[object]]
    retries: int = 8
    at_once: int = 0


async def handle_receipt(ports: Ports, receipt_id: str) -> None:
    await notices.handle_receipt(ports, UUID(receipt_id))


async def print_invoice(ports: Ports, account_id: str, invoice_id: str) -> None:
    await documents.print_invoice(ports, UUID(account_id), UUID(invoice_id))


async def send_delivery(ports: Ports, account_id: str, delivery_id: str) -> None:
    await deliveries.send(ports, UUID(account_id), UUID(delivery_id))


async def run_month(ports: Ports, month: str) -> None:
    await run_month_for_all(ports, Month.parse(month))


TASKS = {
    # A gateway may be out for hours: its notices are worth asking about for as long.
    "handle_receipt": Task(handle_receipt, retries=60),
    "print_invoice": Task(print_invoice, retries=20, at_once=4),
    "send_delivery": Task(send_delivery, retries=20, at_once=8),
    "run_month": Task(run_month, at_once=1),
}


class _Guarded(DatabaseRetryEntrypointExecutor):
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
            log.exception("job_parked", task=job.entrypoint, job=job.id)
            raise


async def _refuse_deadly(job: Job, context: Context) -> None:
    """PgQueuer counts no try when a worker dies with its job: such a job would loop for ever.

    Raises:
        RuntimeError: it was begun too often without an end.
    """
    pool: Any = context.resources["pool"]
    picks = await pool.fetchval(
        "SELECT count(*) FROM pgqueuer_log WHERE job_id = $1 AND status = 'picked'", job.id
    )
    if picks > _PICKS_MAX + job.attempts:
        raise RuntimeError(f"picked {picks} times without an end")


def _build(pool: Any, ports: Ports, *, retry: bool = True) -> PgQueuer:
    queuer = PgQueuer(AsyncpgPoolDriver(pool), resources={"pool": pool})
    for name, task in TASKS.items():
        _register(queuer, name, task, ports, retry=retry)
    return queuer


def _register(queuer: PgQueuer, name: str, task: Task, ports: Ports, *, retry: bool) -> None:
    async def run(job: Job) -> None:
        structlog.contextvars.bind_contextvars(job=f"{name}:{job.id}")
        await task.run(ports, **queue.arguments_of(job.payload))

    def executor(parameters: Any) -> _Guarded:
        return _Guarded(parameters=parameters, max_attempts=task.retries if retry else 0)

    queuer.entrypoint(
        name, concurrency_limit=task.at_once, on_failure="hold", executor_factory=executor
    )(run)


def _schedule(queuer: PgQueuer, pool: Any, ports: Ports, *, run_day: int) -> None:
    @queuer.schedule("start_month_run", "7 * * * *")
    async def start_month_run(_: Schedule) -> None:
        """From the configured day on, each hour: an account that was billed is left alone."""
        today = local_day(ports.clock(), ports.seller.time_zone)
        if run_day and today.day >= run_day:
            month = str(Month.of(Month.of(today).first_day - timedelta(days=1)))
            await queue.enqueue("run_month", key=f"run_month:{month}", month=month)

    @queuer.schedule("prune_queue_log", "23 3 * * *")
    async def prune_queue_log(_: Schedule) -> None:
        await pool.execute(
            "DELETE FROM pgqueuer_log l WHERE created < now() - $1::interval"
            " AND NOT EXISTS (SELECT 1 FROM pgqueuer q WHERE q.id = l.job_id)",
            _LOG_KEPT,
        )


async def _sweep_forever(ports: Ports, pause_s: float) -> None:
    """Not a scheduled job: after a crash the next process sweeps at once."""
    while True:
        try:
            await sweep(ports)
        except Exception:
            log.exception("sweep_failed")
        await asyncio.sleep(pause_s)


@contextlib.asynccontextmanager
async def worker(
    url: str,
    ports: Ports,
    *,
    sweep_seconds: float = 5,
    run_day: int = 0,
    jobs_at_once: int = 16,
    grace_s: float = 2,
) -> AsyncIterator[None]:
    """Jobs are run while the block is open, in a serving process or in one of its own.

    On leaving, running jobs have `grace_s` seconds to end; those that have not are given back.
    """
    async with asyncpg.create_pool(url, min_size=2, max_size=6) as pool:
        queuer = _build(pool, ports)
        _schedule(queuer, pool, ports, run_day=run_day)
        running = asyncio.create_task(
            queuer.run(
                batch_size=jobs_at_once // 2,
                max_concurrent_tasks=jobs_at_once,
                heartbeat_timeout=HEARTBEAT,
                dequeue_timeout=timedelta(seconds=2),
            )
        )
        sweeping = asyncio.create_task(_sweep_forever(ports, sweep_seconds))
        try:
            yield
        finally:
            sweeping.cancel()
            queuer.shutdown.set()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(running, grace_s)


async def drain(url: str, ports: Ports) -> None:
    """Run the jobs that wait now, without retries, and return: for commands and tests."""
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as pool:
        await _build(pool, ports, retry=False).qm.run(mode=QueueExecutionMode.drain)
