"""The embedded PostgreSQL with real processes that are really killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import asyncpg
import psutil
import pytest

from service.adapters.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from service.store.database import database, transaction

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from service.adapters.embedded_postgres import EmbeddedPostgres
with EmbeddedPostgres.start(Path(sys.argv[1])) as postgres:
    print("server", postgres.server_pid, flush=True)
    sys.stdin.read()
"""


class Holder:
    """A process of its own that uses the server until it is told to leave."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def server_pid(self) -> int:
        """Wait until the server answers."""
        assert self.process.stdout is not None
        for line in self.process.stdout:  # log lines come before it
            if line.startswith("server "):
                return int(line.split()[1])
        raise AssertionError("the holder ended")

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(10) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self.kill()


# Not in pytest's own folder: each run of pytest closes that to other users, and for root the server
# runs as another user.
@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder with a cluster that was stopped."""
    with TemporaryDirectory() as folder:
        with EmbeddedPostgres.start(Path(folder)):
            pass
        yield Path(folder)


@pytest.fixture
def empty() -> Iterator[Path]:
    """A data folder to be; a server that a failed test left in it is stopped."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as parent:
        yield Path(parent) / "data"
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if any(word.startswith(f"{parent}/data") for word in process.cmdline()):
                    process.kill()


@pytest.fixture
def folder(made: Path, empty: Path) -> Path:
    """A data folder with a cluster of its own."""
    subprocess.run(["cp", "-a", made, empty], check=True)
    return empty


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def ended(pid: int, within_s: float = 3) -> bool:
    """Whether a process ends in time; one that was left to another parent is not ours to reap."""
    deadline = time.monotonic() + within_s
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


async def execute(postgres: EmbeddedPostgres, *statements: str) -> None:
    connection = await asyncpg.connect(postgres.dsn)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def value(postgres: EmbeddedPostgres, query: str) -> object:
    connection = await asyncpg.connect(postgres.dsn)
    found = await connection.fetchval(query)
    await connection.close()
    return found


async def keep(postgres: EmbeddedPostgres) -> None:
    await execute(postgres, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('safe')")


async def kept(postgres: EmbeddedPostgres) -> object:
    return await value(postgres, "SELECT string_agg(word, ',') FROM kept")


async def test_the_first_start_makes_a_private_database(empty: Path) -> None:
    with EmbeddedPostgres.start(empty) as postgres:
        assert await value(postgres, "SELECT current_database()") == "paidup"
        assert await value(postgres, "SHOW server_encoding") == "UTF8"
        assert await value(postgres, "SHOW listen_addresses") == ""
        assert await value(postgres, "SHOW shared_buffers") == "64MB"
        assert await value(postgres, "SHOW fsync") == "on"
        assert (empty / "postgres").stat().st_mode & 0o077 == 0


async def test_settings_reach_the_server(folder: Path) -> None:
    with EmbeddedPostgres.start(folder, fsync=False, settings={"work_mem": "3MB"}) as postgres:
        assert await value(postgres, "SHOW fsync") == "off"
        assert await value(postgres, "SHOW work_mem") == "3MB"


async def test_variables_of_other_databases_do_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with EmbeddedPostgres.start(folder, fsync=False) as postgres:
        assert await value(postgres, "SHOW port") == "5432"


async def test_the_store_opens_it(folder: Path) -> None:
    with EmbeddedPostgres.start(folder, fsync=False) as postgres:
        async with database(postgres.dsn, pool_size=2), transaction():
            pass


async def test_a_stop_ends_the_server_and_the_next_start_has_the_data(folder: Path) -> None:
    with EmbeddedPostgres.start(folder) as postgres:
        await keep(postgres)
        pid = postgres.server_pid
    assert ended(pid)
    assert not (folder / "postgres" / "postmaster.pid").exists()

    begun = time.monotonic()
    with EmbeddedPostgres.start(folder) as postgres:
        assert time.monotonic() - begun < 1
        assert postgres.server_pid != pid
        assert await kept(postgres) == "safe"
    postgres.stop()


async def test_a_stop_does_not_wait_for_clients(folder: Path) -> None:
    postgres = EmbeddedPostgres.start(folder, fsync=False)
    client = await asyncpg.connect(postgres.dsn)
    await client.execute("BEGIN")
    await client.execute("CREATE TABLE half_done (word text)")

    begun = time.monotonic()
    postgres.stop()

    assert time.monotonic() - begun < 3
    assert not alive(postgres.server_pid)
    client.terminate()


async def test_the_last_of_two_processes_stops_the_server(folder: Path) -> None:
    with Holder(folder) as holder:
        pid = holder.server_pid()
        with EmbeddedPostgres.start(folder) as postgres:
            assert postgres.server_pid == pid
            holder.leave()
            assert await value(postgres, "SELECT 1") == 1
        assert ended(pid)


def test_a_process_that_leaves_early_stops_nothing(folder: Path) -> None:
    with Holder(folder) as holder:
        pid = holder.server_pid()
        with EmbeddedPostgres.start(folder):
            pass
        assert alive(pid)
        holder.leave()
        assert ended(pid)


def test_processes_that_start_at_once_share_one_server(empty: Path) -> None:
    holders = [Holder(empty) for _ in range(4)]
    try:
        pids = {holder.server_pid() for holder in holders}
        assert len(pids) == 1
        for holder in holders:
            holder.leave()
        assert all(ended(pid) for pid in pids)
    finally:
        for holder in holders:
            holder.kill()


async def test_a_server_left_by_a_killed_process_is_joined_and_then_stopped(folder: Path) -> None:
    with Holder(folder) as holder:
        pid = holder.server_pid()
        holder.kill()
        assert alive(pid)
        with EmbeddedPostgres.start(folder) as postgres:
            assert postgres.server_pid == pid
            assert await value(postgres, "SELECT 1") == 1
        assert ended(pid)


async def test_everything_killed_is_back_within_three_seconds_with_its_data(folder: Path) -> None:
    with Holder(folder) as holder:
        pid = holder.server_pid()
        with EmbeddedPostgres.start(folder) as postgres:
            await keep(postgres)
        family = [psutil.Process(pid), *psutil.Process(pid).children()]
        holder.kill()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()

        begun = time.monotonic()
        with EmbeddedPostgres.start(folder) as postgres:
            assert time.monotonic() - begun < 3
            assert postgres.server_pid != pid
            assert await kept(postgres) == "safe"


async def test_an_orphaned_busy_backend_does_not_block_the_next_start(folder: Path) -> None:
    with Holder(folder) as holder:
        pid = holder.server_pid()
        with EmbeddedPostgres.start(folder) as postgres:
            await keep(postgres)
            client = await asyncpg.connect(postgres.dsn)
            backend = client.get_server_pid()
            query = client.fetchval("SELECT count(*) FROM generate_series(1, 100000000000)")
            running = asyncio.ensure_future(query)
            await asyncio.sleep(0.2)
            os.kill(pid, signal.SIGKILL)
            assert alive(backend)

        with EmbeddedPostgres.start(folder) as postgres:
            assert not alive(backend)
            assert await kept(postgres) == "safe"
            with pytest.raises((asyncpg.PostgresError, ConnectionError)):
                await running


async def test_a_zombie_is_not_taken_for_the_server(folder: Path) -> None:
    with Holder(folder) as holder:
        pid = holder.server_pid()
        os.kill(pid, signal.SIGKILL)  # its parent, the holder, does not reap it
        wait_for(lambda: not alive(pid))
        assert psutil.pid_exists(pid)
        with EmbeddedPostgres.start(folder) as postgres:
            assert postgres.server_pid != pid
            assert await value(postgres, "SELECT 1") == 1
        holder.leave()
        assert not alive(postgres.server_pid)


async def test_a_process_id_used_again_is_not_taken_for_the_server(folder: Path) -> None:
    with EmbeddedPostgres.start(folder) as postgres:
        pid_file = folder / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        await keep(postgres)
    owner = (folder / "postgres").stat()
    stranger = subprocess.Popen(
        ["sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None, extra_groups=None
    )
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        with EmbeddedPostgres.start(folder) as postgres:
            assert await kept(postgres) == "safe"
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("name", ["with space", "with,comma", "नाम", "l" * 120])
async def test_any_folder_name_will_do(empty: Path, name: str) -> None:
    with EmbeddedPostgres.start(empty / name, fsync=False) as postgres:
        assert await value(postgres, "SELECT 1") == 1
        with EmbeddedPostgres.start(empty / name) as again:
            assert again.dsn == postgres.dsn


async def test_a_half_made_cluster_is_made_again(empty: Path) -> None:
    draft = empty / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres.start(empty, fsync=False) as postgres:
        assert await value(postgres, "SELECT 1") == 1
    assert not draft.exists()


def test_a_cluster_of_another_version_is_refused_and_left_alone(folder: Path) -> None:
    with EmbeddedPostgres.start(folder, fsync=False):
        pass
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    before = sorted(path.name for path in version.parent.iterdir())
    with pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 16"):
        EmbeddedPostgres.start(folder)
    assert sorted(path.name for path in version.parent.iterdir()) == before


async def test_a_server_that_cannot_start_says_why_and_holds_nothing(folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="invalid value for parameter"):
        EmbeddedPostgres.start(folder, settings={"shared_buffers": "plenty"})
    with EmbeddedPostgres.start(folder, fsync=False) as postgres:
        assert await value(postgres, "SELECT 1") == 1
    assert not alive(postgres.server_pid)


def test_a_large_log_begins_anew(empty: Path) -> None:
    empty.mkdir()
    log = empty / "postgres.log"
    log.write_bytes(b"x" * 10_000_001)
    with EmbeddedPostgres.start(empty, fsync=False):
        assert 0 < log.stat().st_size < 10_000
        assert (empty / "postgres.log.1").stat().st_size == 10_000_001


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
