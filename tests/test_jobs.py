"""The queue: nothing lost, nothing looped, whatever happens to the worker or the job."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from pgqueuer.types import HealthCheckId

from service import jobs
from service.job_guards import ListeningDriver, PatientQueries
from service.store import queue
from service.store.database import execute, fetch, transaction
from tests.support.books import rows
from tests.support.queue_probe import SOON_S, Probe, empty, put, until
from tests.support.shop import Shop

HEARTBEAT_S = 1.0
ROOT = Path(__file__).parent.parent


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    probe = Probe()
    probe.register(monkeypatch)
    return probe


async def status_of_queue() -> Counter[str]:
    """Without the jobs that the minute brings."""
    found = await fetch("SELECT status::text FROM pgqueuer WHERE entrypoint = 'probe'")
    return Counter(row["status"] for row in found)


# -- once, and only after the commit -----------------------------------------------------------


async def test_a_job_runs_once_after_the_commit(shop: Shop, probe: Probe) -> None:
    async with jobs.worker(shop.url, shop.ports):
        async with transaction():
            await queue.enqueue("probe", name="a")
            await asyncio.sleep(0.3)
            assert probe.done == []
        await until(empty)
    assert probe.done == ["a"]


async def test_a_job_of_a_transaction_that_failed_never_runs(shop: Shop, probe: Probe) -> None:
    async def failing() -> None:
        async with transaction():
            await queue.enqueue("probe", name="a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    await put("b")
    await jobs.drain(shop.url, shop.ports)
    assert probe.done == ["b"]


async def test_a_key_keeps_a_second_job_from_waiting_beside_the_first(
    shop: Shop, probe: Probe
) -> None:
    await put("a", "a", "a", key="one")
    await put("a", key="one")
    await put("b", key="two")
    await jobs.drain(shop.url, shop.ports)
    assert sorted(probe.done) == ["a", "b"]
    await put("a", key="one")
    await jobs.drain(shop.url, shop.ports)
    assert sorted(probe.done) == ["a", "a", "b"]


async def test_two_workers_share_the_jobs(shop: Shop, probe: Probe) -> None:
    names = [str(number) for number in range(60)]
    async with jobs.worker(shop.url, shop.ports), jobs.worker(shop.url, shop.ports):
        await put(*names)
        await until(empty)
    assert Counter(probe.done) == Counter(names)


async def test_a_limit_holds_over_all_workers(
    shop: Shop, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe.register(monkeypatch, at_once=2)
    async with jobs.worker(shop.url, shop.ports), jobs.worker(shop.url, shop.ports):
        await put(*[str(number) for number in range(20)])
        await until(empty)
    assert (len(probe.done), probe.most_at_once) == (20, 2)


async def test_what_is_urgent_goes_first(shop: Shop, probe: Probe) -> None:
    await put(*[f"later {number}" for number in range(10)])
    await put("urgent", priority=10)
    async with jobs.worker(shop.url, shop.ports, jobs_at_once=2):
        await until(empty)
    assert probe.done.index("urgent") < 2


async def test_whether_notices_are_heard_is_tried_once_they_can_be(shop: Shop) -> None:
    heard: list[str | bytes | bytearray] = []
    pool = await asyncpg.create_pool(shop.url, min_size=1, max_size=3)
    try:
        driver = ListeningDriver(pool)
        queries = PatientQueries(driver, stop=asyncio.Event())
        trial = asyncio.create_task(queries.notify_health_check(HealthCheckId(uuid4())))
        await asyncio.sleep(0.2)
        assert not trial.done()
        await driver.add_listener("ch_pgqueuer", heard.append)
        await trial
        await until(lambda: len(heard) == 1)
    finally:
        # The listener keeps its connection: a pool that closes would wait for it.
        pool.terminate()


# -- failures ----------------------------------------------------------------------------------


class Failing(Probe):
    """Fails as often as it is told, then works."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.tries = Counter[str]()
        self._failures = failures

    async def act(self, name: str) -> None:
        self.tries[name] += 1
        if self.tries[name] <= self._failures:
            raise RuntimeError("it did not work")


async def test_a_job_that_fails_is_tried_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = Failing(1)
    failing.register(monkeypatch, retries=1)
    await put("a")
    async with jobs.worker(shop.url, shop.ports):
        await until(empty)
    assert (failing.done, failing.tries["a"]) == (["a"], 2)


async def test_a_job_that_is_out_of_tries_is_kept_for_a_person(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing(99)
    failing.register(monkeypatch, retries=1)
    await put("a", key="a")
    async with jobs.worker(shop.url, shop.ports):
        await until(lambda: failing.tries["a"] == 2)
        await asyncio.sleep(0.3)
    assert await status_of_queue() == {"failed": 1}
    [kept] = await fetch("SELECT payload, attempts FROM pgqueuer WHERE entrypoint = 'probe'")
    assert (kept["payload"], kept["attempts"]) == (b'{"name":"a"}', 1)
    assert failing.tries["a"] == 2


async def test_a_job_that_comes_again_by_itself_is_not_kept_for_a_person(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not jobs.TASKS["read_gateway_events"].kept
    failing = Failing(1)
    monkeypatch.setitem(jobs.TASKS, "probe", jobs.Task(failing.run, retries=0, kept=False))
    await put("a", key="a")
    async with jobs.worker(shop.url, shop.ports):
        await until(empty)
        await put("a", key="a")
        await until(lambda: failing.done == ["a"])
    assert failing.tries["a"] == 2


async def test_draining_does_not_wait_for_second_tries(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing(1)
    failing.register(monkeypatch)
    await put("a")
    await jobs.drain(shop.url, shop.ports)
    assert await status_of_queue() == {"failed": 1}


async def test_a_job_that_killed_its_workers_is_parked_and_no_other_with_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Failing(1)
    failing.register(monkeypatch)
    await put("deadly")
    await execute(
        "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)"
        " SELECT id, 'picked', entrypoint, priority FROM pgqueuer, generate_series(1, 8)"
    )
    async with jobs.worker(shop.url, shop.ports):
        await until(lambda: rows_are("status = 'failed'", 1))
        await put("fine")
        await until(lambda: failing.done == ["fine"])
    assert failing.tries == {"fine": 2}
    assert await status_of_queue() == {"failed": 1}


async def rows_are(where: str, count: int) -> bool:
    return await rows("pgqueuer", where) == count


# -- workers that end --------------------------------------------------------------------------


class Long(Probe):
    """Works until it is told to end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0
        self.end = asyncio.Event()

    async def act(self, name: str) -> None:
        self.begun += 1
        await self.end.wait()


async def test_a_stopping_worker_lets_its_jobs_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Long()
    long.register(monkeypatch)
    await put("a")
    async with jobs.worker(shop.url, shop.ports, grace_s=10):
        await until(lambda: long.begun == 1)
        asyncio.get_running_loop().call_later(0.2, long.end.set)
    assert (long.done, long.begun) == (["a"], 1)
    assert await empty()


async def test_a_job_that_outlasts_the_grace_is_given_back_and_not_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = Long()
    long.register(monkeypatch, retries=0)
    await put("a", "b")
    async with jobs.worker(shop.url, shop.ports, grace_s=0.2):
        await until(lambda: long.begun == 2)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert (long.done, long.running) == ([], 0)
    assert await status_of_queue() == {"queued": 2}
    long.end.set()
    async with jobs.worker(shop.url, shop.ports):
        await until(empty)
    assert sorted(long.done) == ["a", "b"]


async def test_nothing_of_a_worker_runs_on_after_it_was_left(shop: Shop, probe: Probe) -> None:
    before = asyncio.all_tasks()
    async with jobs.worker(shop.url, shop.ports, sweep_seconds=0.01):
        await put("a")
        await until(empty)
    assert asyncio.all_tasks() == before
    await put("b")
    await asyncio.sleep(0.2)
    assert probe.done == ["a"]


async def test_a_worker_that_loses_its_connections_goes_on(shop: Shop, probe: Probe) -> None:
    async with jobs.worker(shop.url, shop.ports):
        await put("before")
        await until(lambda: probe.done == ["before"])
        await cut_connections(shop.url)
        await put_when_back("after")
        await until(lambda: "after" in probe.done)
    assert set(probe.done) == {"before", "after"}


class Unlucky(Failing):
    """Fails once, when the database has just gone away."""

    def __init__(self, url: str) -> None:
        super().__init__(1)
        self._url = url

    async def act(self, name: str) -> None:
        if not self.tries:
            await let_in(self._url, nobody=True)
        await super().act(name)


async def let_in(url: str, *, nobody: bool = False) -> None:
    """Open a database again; or part everybody from it, and let nobody in."""
    parts = urlsplit(url)
    name = parts.path.removeprefix("/")
    connection = await asyncpg.connect(parts._replace(path="/postgres").geturl())
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {not nobody}')
        if nobody:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
    finally:
        await connection.close()


@pytest.fixture
async def unlucky(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Unlucky]:
    found = Unlucky(shop.url)
    found.register(monkeypatch)
    yield found
    await let_in(shop.url)


async def test_a_job_that_fails_while_the_database_is_away_is_tried_again(
    shop: Shop, unlucky: Unlucky
) -> None:
    async with jobs.worker(shop.url, shop.ports):
        await put("a")
        await until(lambda: unlucky.tries["a"] == 1)
        await asyncio.sleep(0.3)
        await let_in(shop.url)
        await until(lambda: unlucky.done == ["a"])
        await put_when_back("b")
        await until(lambda: unlucky.done == ["a", "b"])
    assert await status_of_queue() == {}


async def test_a_worker_that_stops_while_the_database_is_away_leaves_its_job_to_others(
    shop: Shop, unlucky: Unlucky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT", timedelta(seconds=HEARTBEAT_S))
    async with jobs.worker(shop.url, shop.ports, grace_s=0.2):
        await put("a")
        await until(lambda: unlucky.tries["a"] == 1)
        await asyncio.sleep(0.3)
    await let_in(shop.url)
    await put_when_back("b")
    assert await status_of_queue() == {"picked": 1, "queued": 1}
    async with jobs.worker(shop.url, shop.ports):
        await until(empty)
    assert sorted(unlucky.done) == ["a", "b"]


async def cut_connections(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def put_when_back(name: str) -> None:
    """The store's own pool lost its connections too, and notices it at the first use of each."""
    for _ in range(20):
        try:
            await put(name)
        except Exception:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the store did not come back")


async def test_a_killed_workers_job_is_taken_over(
    shop: Shop, probe: Probe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put("a", key="a")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.worker_process",
        shop.url,
        str(tmp_path),
        str(HEARTBEAT_S),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        told = b""
        async with asyncio.timeout(SOON_S):
            while not told.startswith(b"began"):
                told = await process.stdout.readline()
        assert told == b"began a\n"
    finally:
        process.kill()
        await process.wait()
    monkeypatch.setattr(jobs, "HEARTBEAT", timedelta(seconds=HEARTBEAT_S))
    began = time.monotonic()
    async with jobs.worker(shop.url, shop.ports):
        await put("a", key="a")
        await until(empty)
    print(f"\ntaken over after {time.monotonic() - began:.1f} s")
    assert probe.done == ["a"]
    # Not those that the minute brings.
    log = await fetch(
        "SELECT status::text FROM pgqueuer_log WHERE entrypoint = 'probe' ORDER BY id"
    )
    assert [row["status"] for row in log] == ["queued", "picked", "picked", "successful"]
