"""What happens after a fact: the queue's tasks, each one line that calls a workflow.

PgQueuer runs them on the service's own PostgreSQL. Its defaults lose or loop jobs: beside what
`job_guards` mends, every failure is retried with growing pauses, and jobs that are out of tries are
kept.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.models import Job, Schedule
from pgqueuer.types import QueueExecutionMode

from service.billing.evidence import Source, Witness
from service.billing.period import Month, local_day
from service.job_guards import Guarded, ListeningDriver, PatientQueries, pause_unless
from service.ports import Ports
from service.store import queue
from service.workflows import (
    capture,
    claims,
    closing,
    deadlines,
    deliveries,
    documents,
    issuing,
    notices,
    notifications,
    rates,
    receipts,
    reconcile,
    refunds,
)
from service.workflows.run_month import run_month as run_month_for_all
from service.workflows.sweep import SWEEP_LIMIT, sweep

log = structlog.get_logger(__name__)

# A dead worker's job is taken over 1 to 1.5 times this later.
HEARTBEAT = timedelta(seconds=10)
_LOG_KEPT = timedelta(days=14)
_CLOSE_S = 1.0
# With a pause of 5 minutes at most: what a gateway, mail server or browser needs to come back.
RETRIES = 900  # three days


@dataclass(frozen=True, slots=True)
class Task:
    """How a task is run: tries after the first one, how many at once over all workers, and whether
    a job that is out of tries is kept for a person."""

    run: Callable[..., Awaitable[object]]
    retries: int = RETRIES
    at_once: int = 0
    kept: bool = True


async def handle_receipt(ports: Ports, receipt_id: str) -> None:
    await notices.handle_receipt(ports, UUID(receipt_id))


async def print_invoice(ports: Ports, account_id: str, invoice_id: str) -> None:
    await documents.print_invoice(ports, UUID(account_id), UUID(invoice_id))


async def print_receipt(ports: Ports, account_id: str, payment_id: str) -> None:
    await receipts.print_receipt(ports, UUID(account_id), UUID(payment_id))


async def send_delivery(ports: Ports, account_id: str, delivery_id: str) -> None:
    await deliveries.send(ports, UUID(account_id), UUID(delivery_id))


async def send_refund(ports: Ports, account_id: str, refund_id: str) -> None:
    await refunds.send(ports, UUID(account_id), UUID(refund_id))


async def close_page(ports: Ports, account_id: str, payment_id: str, session_id: str = "") -> None:
    await closing.close_page(ports, UUID(account_id), UUID(payment_id), former=session_id or None)


async def send_notification(ports: Ports, account_id: str, notification_id: str) -> None:
    await notifications.send(ports, UUID(account_id), UUID(notification_id))


async def search_claim(
    ports: Ports, account_id: str, case_id: str, paid_on: str, claimed_by: str = ""
) -> None:
    day = date.fromisoformat(paid_on) if paid_on else None
    await claims.search_on(ports, UUID(account_id), UUID(case_id), day, claimed_by)


async def catch_up(ports: Ports, account_id: str, payment_id: str) -> None:
    ids, witness = (UUID(account_id), UUID(payment_id)), Witness(Source.POLL)
    await capture.settle(ports, *ids, witness, thorough=True)


async def read_gateway_events(ports: Ports) -> None:
    await reconcile.read_events(ports)


async def issue_add_on(ports: Ports, account_id: str) -> None:
    await issuing.issue_add_on(ports, UUID(account_id))


async def run_month(ports: Ports, month: str) -> None:
    await run_month_for_all(ports, Month.parse(month))


async def fetch_rates(ports: Ports) -> None:
    await rates.fetch_rates(ports)


TASKS = {
    "handle_receipt": Task(handle_receipt),
    "print_invoice": Task(print_invoice, at_once=4),
    "print_receipt": Task(print_receipt, at_once=4),
    "send_delivery": Task(send_delivery, at_once=8),
    "send_refund": Task(send_refund, at_once=4),
    "close_page": Task(close_page, at_once=4),
    "send_notification": Task(send_notification, at_once=8),
    "search_claim": Task(search_claim, at_once=2),
    "catch_up": Task(catch_up, at_once=4),
    # The next minute's go on where these ended.
    "read_gateway_events": Task(read_gateway_events, retries=0, at_once=1, kept=False),
    "send_late_refunds": Task(refunds.send_late, retries=0, at_once=1, kept=False),
    "compare_payments": Task(reconcile.compare_lately, retries=3, at_once=1),
    "issue_add_on": Task(issue_add_on),
    "run_month": Task(run_month, at_once=1),
    "fetch_rates": Task(fetch_rates),
}
#: What is queued by the clock, and when, as cron has it.
TIMETABLE = {
    "read_gateway_events": "* * * * *",
    "send_late_refunds": "* * * * *",
    "compare_payments": "41 2 * * *",
}


def _build(pool: Any, ports: Ports, stop: asyncio.Event, *, retry: bool = True) -> PgQueuer:
    driver = ListeningDriver(pool)
    queries = PatientQueries(driver, stop=stop)
    queuer = PgQueuer(driver, queries=queries, resources={"pool": pool})
    for name, task in TASKS.items():
        _register(queuer, name, task, ports, retry=retry)
    return queuer


def _register(queuer: PgQueuer, name: str, task: Task, ports: Ports, *, retry: bool) -> None:
    async def run(job: Job) -> None:
        structlog.contextvars.bind_contextvars(job=f"{name}:{job.id}")
        await task.run(ports, **queue.arguments_of(job.payload))

    def executor(parameters: Any) -> Guarded:
        return Guarded(parameters=parameters, max_attempts=task.retries if retry else 0)

    queuer.entrypoint(
        name,
        concurrency_limit=task.at_once,
        on_failure="hold" if task.kept else "delete",
        executor_factory=executor,
    )(run)


def _schedule(queuer: PgQueuer, ports: Ports, *, run_day: int) -> None:
    for task, times in TIMETABLE.items():
        _plan(queuer, task, times)

    @queuer.schedule("start_month_run", "7 * * * *")
    async def start(_: Schedule) -> None:
        await start_month_run(ports, run_day=run_day)

    @queuer.schedule("start_rate_fetch", "20 * * * *")
    async def fetch(_: Schedule) -> None:
        await start_rate_fetch(ports)

    @queuer.schedule("prune_queue_log", "23 3 * * *")
    async def prune(_: Schedule) -> None:
        await prune_queue_log()


def _plan(queuer: PgQueuer, task: str, times: str) -> None:
    @queuer.schedule(task, times)
    async def plan(_: Schedule) -> None:
        await queue.enqueue(task, key=task)


async def start_month_run(ports: Ports, *, run_day: int) -> None:
    """Queue last month's run, from the configured day on; 0 is never. Asked each hour: an account
    that was billed is left alone."""
    today = local_day(ports.clock(), ports.seller.time_zone)
    if run_day and today.day >= run_day:
        month = str(Month.of(Month.of(today).first_day - timedelta(days=1)))
        await queue.enqueue("run_month", key=f"run_month:{month}", month=month)


async def start_rate_fetch(ports: Ports) -> None:
    """Queue a fetch of the day's exchange rates. Asked each hour: rates that are kept are left
    alone, so that the bank is asked from its hour of publication until it has published."""
    if await rates.is_fetch_due(ports):
        await queue.enqueue("fetch_rates", key="fetch_rates")


async def prune_queue_log() -> None:
    """Drop the queue's old log lines, but for those that jobs which still wait are judged by."""
    await queue.prune_log(older_than=_LOG_KEPT)


async def _sweep_all(ports: Ports) -> None:
    while await sweep(ports) == SWEEP_LIMIT:
        pass


async def _repeat(
    name: str, turn: Callable[[Ports], Awaitable[object]], ports: Ports, pause_s: float
) -> None:
    """Not a scheduled job: after a crash the next process takes its turn at once."""
    while True:
        try:
            await turn(ports)
        except Exception:
            log.exception(f"{name}_failed")
        await asyncio.sleep(pause_s)


@contextlib.asynccontextmanager
async def _pool(url: str, *, size: int) -> AsyncIterator[Any]:
    pool = await asyncpg.create_pool(url, min_size=1, max_size=size)
    try:
        yield pool
    finally:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await pool.close()
        pool.terminate()


async def _work_forever(
    url: str, ports: Ports, stop: asyncio.Event, *, run_day: int, jobs_at_once: int
) -> None:
    """PgQueuer ends when its connections break; the next one goes on once the database is back."""
    while not stop.is_set():
        try:
            async with _pool(url, size=6) as pool:
                await _work(pool, ports, stop, run_day=run_day, jobs_at_once=jobs_at_once)
        except Exception as error:
            log.warning("queue_broke", why=type(error).__name__)
            await pause_unless(stop)


async def _work(
    pool: Any, ports: Ports, stop: asyncio.Event, *, run_day: int, jobs_at_once: int
) -> None:
    queuer = _build(pool, ports, stop)
    _schedule(queuer, ports, run_day=run_day)
    # A service that was down at the hour of publication does not wait for the next one.
    await start_rate_fetch(ports)
    # Its own event is set at every end, also at one that is to be mended.
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: queuer.shutdown.set())
    try:
        await queuer.run(
            batch_size=jobs_at_once // 2,
            max_concurrent_tasks=jobs_at_once,
            heartbeat_timeout=HEARTBEAT,
            dequeue_timeout=timedelta(seconds=2),
            shutdown_on_listener_failure=True,
        )
    finally:
        stopping.cancel()


@contextlib.asynccontextmanager
async def worker(
    url: str,
    ports: Ports,
    *,
    sweep_seconds: float = 1,
    run_day: int = 0,
    jobs_at_once: int = 16,
    grace_s: float = 2,
) -> AsyncIterator[None]:
    """Jobs are run while the block is open, in a serving process or in one of its own.

    On leaving, running jobs have `grace_s` seconds to end; those that have not are given back.
    """
    stop = asyncio.Event()
    working = asyncio.create_task(
        _work_forever(url, ports, stop, run_day=run_day, jobs_at_once=jobs_at_once)
    )
    # Beside each other: deadlines wait long for a gateway that is silent, and the sweep must not.
    rounds = {
        asyncio.create_task(_repeat("sweep", _sweep_all, ports, sweep_seconds)),
        asyncio.create_task(_repeat("deadlines", deadlines.enforce, ports, sweep_seconds)),
    }
    try:
        yield
    finally:
        stop.set()
        for turning in rounds:
            turning.cancel()
        await asyncio.wait({working, *rounds}, timeout=grace_s)
        working.cancel()
        await asyncio.gather(working, *rounds, return_exceptions=True)


async def drain(url: str, ports: Ports) -> None:
    """Run the jobs that wait now, without retries, and return: for commands and tests."""
    async with _pool(url, size=4) as pool:
        await _build(pool, ports, asyncio.Event(), retry=False).qm.run(
            mode=QueueExecutionMode.drain
        )
