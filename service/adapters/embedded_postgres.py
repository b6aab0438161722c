"""The embedded PostgreSQL: a private server in the data folder, for one machine and no set-up.

Whoever uses it holds a shared file lock for as long as it does. The kernel gives the lock back
however a process ends, so the last user to leave knows that it is the last, and after a crash the
next user to come joins the server that was left behind, or repairs what is left of it.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from service.adapters.postgres_cluster import DATABASE, PORT, SUPERUSER, PostgresCluster
from service.adapters.postgres_user import EmbeddedPostgresError

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

CHANGE_SECONDS = 20.0  # another process may be making the cluster
LEAVE_SECONDS = 0.5
PAUSE_SECONDS = 0.01


class EmbeddedPostgres:
    """One process's use of the server. Start it off the event loop: it blocks for a moment.

    Use as `with EmbeddedPostgres.start(folder) as postgres`, or call `stop` yourself.
    """

    def __init__(self, cluster: PostgresCluster, lock_path: Path, holders: int) -> None:
        self._cluster = cluster
        self._lock_path = lock_path
        self._holders: int | None = holders

    @classmethod
    def start(
        cls, data_dir: Path, *, fsync: bool = True, settings: Mapping[str, str] | None = None
    ) -> Self:
        """Start the server in `data_dir`/postgres, or join the one that runs there.

        `settings` are PostgreSQL's own; they and `fsync` count only where this call starts the
        server. Without `fsync` a power cut may lose everything: for tests.

        Raises:
            EmbeddedPostgresError: the server cannot run here; the text says why.
        """
        folder = data_dir.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        cluster = PostgresCluster(folder, settings={**_durability(fsync), **(settings or {})})
        lock_path = folder / "postgres.lock"
        with _locked(lock_path, CHANGE_SECONDS):
            holders = _open(folder / "postgres.holders")
            try:
                fcntl.flock(holders, fcntl.LOCK_SH)
                cluster.run()
            except BaseException:
                os.close(holders)
                raise
        return cls(cluster, lock_path, holders)

    @staticmethod
    def is_in(data_dir: Path) -> bool:
        """Whether there is a database in a data folder, running or not."""
        return (data_dir / "postgres").is_dir()

    @property
    def dsn(self) -> str:
        """The database as a postgresql:// URL, over a socket that only its owner can open."""
        host = quote(str(self._cluster.socket_dir), safe="")
        return f"postgresql://{SUPERUSER}:@/{DATABASE}?host={host}&port={PORT}"

    @property
    def server_pid(self) -> int:
        """The process id of the server."""
        return self._cluster.server_pid

    def stop(self) -> None:
        """Leave the server; the last one to leave stops it, within 3 s. May be called twice."""
        holders, self._holders = self._holders, None
        if holders is None:
            return
        try:
            # Whoever has the lock for longer is starting the server, and then stops it too.
            with suppress(_LockBusyError), _locked(self._lock_path, LEAVE_SECONDS):
                if _is_last(holders):
                    self._cluster.shut_down()
        finally:
            os.close(holders)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class _LockBusyError(EmbeddedPostgresError):
    """Another process keeps starting or stopping the server."""


def _durability(fsync: bool) -> dict[str, str]:
    if fsync:
        return {}
    return {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"{error.strerror}: {path}; use a data folder that is yours"
        ) from None


@contextmanager
def _locked(path: Path, seconds: float) -> Iterator[None]:
    """Only one process at a time starts, repairs or stops the server."""
    deadline = time.monotonic() + seconds
    lock = _open(path)
    try:
        while not _taken(lock):
            if time.monotonic() > deadline:
                raise _LockBusyError(f"{path} is locked by another process for over {seconds} s")
            time.sleep(PAUSE_SECONDS)
        yield
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_last(holders: int) -> bool:
    """Whether nobody else holds the shared lock."""
    return _taken(holders)
