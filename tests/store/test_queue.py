"""Work for later: there if and only if the change that asks for it is."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.types import QueueExecutionMode
from tortoise.connection import get_connection

from service.store import queue
from service.store.database import execute, fetch, fetch_one, transaction
from tests.store import rows


async def waiting() -> list[dict[str, Any]]:
    """The jobs that wait, in the order in which they are taken."""
    found = await fetch(
        "SELECT entrypoint, payload, priority, dedupe_key, status::text,"
        " extract(epoch FROM execute_after - created)::int AS delay_s"
        " FROM pgqueuer ORDER BY priority DESC, id"
    )
    return [dict(row) for row in found]


async def queue_log() -> dict[int, int]:
    """How many lines the log has of each job."""
    found = await fetch("SELECT job_id, count(*) AS n FROM pgqueuer_log GROUP BY job_id")
    return {row["job_id"]: row["n"] for row in found}


async def work(url: str) -> list[tuple[str, dict[str, Any]]]:
    """Run what waits, as a worker does; return the tasks with their arguments in order."""
    done: list[tuple[str, dict[str, Any]]] = []
    connection = await asyncpg.connect(url)
    queuer = PgQueuer(AsyncpgDriver(connection))

    @queuer.entrypoint("print_invoice")
    async def print_invoice(job: Job) -> None:
        done.append((job.entrypoint, queue.arguments_of(job.payload)))

    await queuer.qm.run(batch_size=1, mode=QueueExecutionMode.drain)
    await connection.close()
    return done


async def test_a_job_is_read_as_it_was_queued(db: str) -> None:
    await queue.enqueue("print_invoice", account_id="a", invoice_id="ケース “1”")
    assert await work(db) == [("print_invoice", {"account_id": "a", "invoice_id": "ケース “1”"})]
    assert await waiting() == []


async def test_a_job_without_arguments() -> None:
    assert queue.arguments_of(None) == {}
    assert queue.arguments_of(b"{}") == {}


@pytest.mark.usefixtures("db")
async def test_a_job_commits_with_its_transaction() -> None:
    async with transaction():
        await rows.account()
        await queue.enqueue("print_invoice", key="print:1", invoice_id="1")
        assert len(await waiting()) == 1
    (job,) = await waiting()
    assert job == {
        "entrypoint": "print_invoice",
        "payload": b'{"invoice_id":"1"}',
        "priority": 0,
        "dedupe_key": "print:1",
        "status": "queued",
        "delay_s": 0,
    }
    assert await rows.number_of("account") == 1


async def test_nobody_sees_a_job_before_the_commit(db: str) -> None:
    other = await asyncpg.connect(db)
    async with transaction():
        await queue.enqueue("print_invoice", invoice_id="1")
        assert await other.fetchval("SELECT count(*) FROM pgqueuer") == 0
    assert await other.fetchval("SELECT count(*) FROM pgqueuer") == 1
    await other.close()


@pytest.mark.usefixtures("db")
async def test_a_job_is_undone_with_its_transaction() -> None:
    async def queue_and_fail() -> None:
        async with transaction():
            await rows.account()
            await queue.enqueue("print_invoice", key="print:1", invoice_id="1")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await queue_and_fail()
    assert await waiting() == []
    assert await rows.number_of("account") == 0
    await queue.enqueue("print_invoice", key="print:1", invoice_id="1")
    assert len(await waiting()) == 1


@pytest.mark.usefixtures("db")
async def test_the_queue_writes_on_the_connection_of_the_transaction() -> None:
    """`acquire_connection` is not of the ORM's public interface: this is what we need of it."""
    async with transaction():
        ours = await fetch_one("SELECT pg_backend_pid() AS pid, pg_current_xact_id()::text AS xact")
        assert ours is not None
        async with get_connection("default").acquire_connection() as connection:
            assert isinstance(connection, asyncpg.Connection | asyncpg.pool.PoolConnectionProxy)
            theirs = await connection.fetchrow(
                "SELECT pg_backend_pid() AS pid, pg_current_xact_id()::text AS xact"
            )
        assert dict(theirs) == dict(ours)
    async with get_connection("default").acquire_connection() as connection:
        assert not connection.is_in_transaction()


async def test_a_key_is_queued_once_until_its_job_is_done(db: str) -> None:
    await queue.enqueue("print_invoice", key="print:1", invoice_id="first")
    await queue.enqueue("print_invoice", key="print:1", invoice_id="second")
    await queue.enqueue("print_invoice", key="print:2", invoice_id="third")
    await queue.enqueue("print_invoice", invoice_id="fourth")
    await queue.enqueue("print_invoice", invoice_id="fourth")
    done = [arguments["invoice_id"] for _, arguments in await work(db)]
    assert done == ["first", "third", "fourth", "fourth"]
    await queue.enqueue("print_invoice", key="print:1", invoice_id="again")
    assert await work(db) == [("print_invoice", {"invoice_id": "again"})]


@pytest.mark.usefixtures("db")
async def test_a_key_that_is_taken_does_not_spoil_the_transaction() -> None:
    await queue.enqueue("print_invoice", key="print:1", invoice_id="1")
    async with transaction():
        await queue.enqueue("print_invoice", key="print:1", invoice_id="1")
        await rows.account()
    assert len(await waiting()) == 1
    assert await rows.number_of("account") == 1


@pytest.mark.usefixtures("db")
async def test_of_many_at_once_one_is_queued() -> None:
    async def ask() -> None:
        async with transaction():
            await queue.enqueue("print_invoice", key="print:1", invoice_id="1")

    await asyncio.gather(*[ask() for _ in range(12)])
    assert len(await waiting()) == 1


async def test_jobs_of_a_higher_priority_go_first(db: str) -> None:
    await queue.enqueue("print_invoice", invoice_id="low")
    await queue.enqueue("print_invoice", priority=10, invoice_id="high")
    done = [arguments["invoice_id"] for _, arguments in await work(db)]
    assert done == ["high", "low"]


async def test_the_log_of_jobs_that_are_gone_is_pruned(db: str) -> None:
    await queue.enqueue("print_invoice", invoice_id="done")
    await work(db)
    await queue.enqueue("print_invoice", invoice_id="waits")
    await execute("UPDATE pgqueuer_log SET created = created - interval '15 days'")
    await queue.enqueue("print_invoice", invoice_id="young")
    assert await queue_log() == {1: 3, 2: 1, 3: 1}
    await queue.prune_log(older_than=timedelta(days=14))
    assert await queue_log() == {2: 1, 3: 1}
