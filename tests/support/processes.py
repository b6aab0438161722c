"""The real processes: started on ports of their own, waited for, stopped, killed, and counted."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
READY_S = 90.0
COMMAND_S = 90.0
PAUSE_S = 0.02

T = TypeVar("T")


def wait_until(look: Callable[[], T], *, within: float, why: str) -> T:
    """Look again and again until what is seen is true; return it."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {why}")
        time.sleep(PAUSE_S)
    return seen


# Below those that outgoing connections get: one of them could take a port while its process is
# killed and started again. Each test process has ports of its own, and goes round in them.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_FIRST_PORT = 20_000 + _WORKER % 8 * 1_000
_BLOCKS = 125
_blocks = itertools.count(os.getpid())


def free_ports(count: int) -> int:
    """The first of up to eight ports in a row that nobody listens on."""
    for block in itertools.islice(_blocks, _BLOCKS):
        port = _FIRST_PORT + block % _BLOCKS * 8
        with contextlib.ExitStack() as stack:
            try:
                for offset in range(count):
                    taken = stack.enter_context(socket.socket())
                    taken.bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    raise AssertionError(f"no {count} free ports in a row")


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """A place for a data folder that does not exist yet, removed afterwards.

    Not below pytest's own: every other pytest of this user takes the rights on that away from
    the user that an embedded PostgreSQL of root runs as.
    """
    parent = Path(tempfile.mkdtemp(prefix="paidup-journey-"))
    parent.chmod(0o755)
    try:
        yield parent / "data"
    finally:
        reap(processes_of(parent))
        shutil.rmtree(parent, ignore_errors=True)


def answers(url: str) -> bool:
    """Whether a server gives any answer under 400 there."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code < 400
    except httpx.HTTPError:
        return False


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of the service, and `settings` on top."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PAIDUP_")}
    return {**clean, "PYTHONUNBUFFERED": "1", **settings}


class Handle(Protocol):
    """A started process, as subprocess.Popen has it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float) -> int: ...

    def send_signal(self, number: int) -> None: ...


def launched(
    *arguments: str | Path, log: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """A command line of Python in a new process."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=ROOT,
            env=dict(env) if env is not None else environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


class Starter(Protocol):
    """Starts programs of this repository and runs `paidup` commands."""

    def start(self, *arguments: str, log: Path, env: Mapping[str, str]) -> Handle: ...

    def run(self, *arguments: str | Path, **settings: str) -> Outcome: ...


class Interpreters:
    """Starts each program in a Python of its own, as a supervisor does: all imports included."""

    def start(self, *arguments: str, log: Path, env: Mapping[str, str]) -> Handle:
        return launched(*arguments, log=log, env=env)

    def run(self, *arguments: str | Path, **settings: str) -> Outcome:
        return run(*arguments, **settings)


class Program:
    """A process whose output goes to a file. Leaving the block kills what still runs."""

    def __init__(self, process: Handle, log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        """All that it wrote so far, by earlier processes on the same file too."""
        return self.log.read_text(errors="replace")

    def wait_until(self, look: Callable[[], T], *, within: float = READY_S, why: str) -> T:
        """Like the function of that name, but a process that ended is waited for no longer."""

        def alive_and_seen() -> T:
            status = self.process.poll()
            assert status is None, f"it ended with status {status}:\n{self.output[-4000:]}"
            return look()

        try:
            return wait_until(alive_and_seen, within=within, why=why)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output[-4000:]}") from None

    def family(self) -> set[psutil.Process]:
        """The process and all that it started, as of now. Of one that ended there is none: by then
        its id may be another's."""
        if self.process.poll() is not None:
            return set()
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(self.pid)
            return {own, *own.children(recursive=True)}
        return set()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM, *, within: float = 30) -> int:
        """Ask it to stop; return its exit status."""
        if self.process.poll() is None:
            self.send(number)
        return self.process.wait(within)

    def kill(self) -> None:
        """Kill -9, of this one process only."""
        if self.process.poll() is None:
            self.send(signal.SIGKILL)
        self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        relatives = self.family()
        self.kill()
        reap(relatives)


def running(processes: Iterable[psutil.Process]) -> set[psutil.Process]:
    """Those that still run; one that ended and was not yet collected does not."""
    alive = set()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                alive.add(process)
    return alive


def reap(processes: Iterable[psutil.Process]) -> None:
    """Kill what is left of a test's processes."""
    for process in running(processes):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def processes_of(folder: Path) -> set[psutil.Process]:
    """Every process with the folder in its command line or below it as its working directory."""
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = [*process.cmdline(), process.cwd()]
            if process.pid != os.getpid() and any(str(folder) in word for word in words):
                found.add(process)
    return running(found)


@dataclass
class Demo:
    """`paidup demo` on a folder. The same object is started again and again."""

    folder: Path
    port: int = field(default_factory=lambda: free_ports(2))
    settings: Mapping[str, str] = field(default_factory=dict)
    program: Program | None = None
    description: dict[str, Any] = field(default_factory=dict)

    def start(self) -> float:
        """Start it and wait until it says how to reach it; return the seconds that took."""
        begun = time.monotonic()
        self.launch()
        self.program_now.wait_until(self._is_ready, why="the demo describes itself")
        return time.monotonic() - begun

    def launch(self) -> None:
        """Start it, and do not wait."""
        log = self.folder.with_suffix(".log")
        place = ("--port", str(self.port), "--data-dir", self.folder)
        process = launched("service", "demo", *place, log=log, env=environment(**self.settings))
        self.program = Program(process, log)

    @property
    def program_now(self) -> Program:
        assert self.program is not None, "the demo was not started"
        return self.program

    def stop(self, number: signal.Signals = signal.SIGTERM, *, within: float = 30) -> int:
        return self.program_now.stop(number, within=within)

    def kill(self) -> None:
        self.program_now.kill()

    def family(self) -> set[psutil.Process]:
        """Everything that belongs to it now, adopted or not."""
        return self.program_now.family() | processes_of(self.folder)

    def end(self) -> None:
        """Stop it and leave nothing behind, whatever state it is in."""
        if self.program is None:
            return
        family = self.family()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop(within=15)
        reap(family | self.family())

    def viewer(self, role: str, *, account: int = 0) -> dict[str, Any]:
        """A sample viewer by role; customers of the n-th account."""
        found = [one for one in self.description["viewers"] if one["role"] == role]
        viewer: dict[str, Any] = found[account]
        return viewer

    @property
    def graphql_url(self) -> str:
        return str(self.description["graphql_url"])

    @property
    def ws_url(self) -> str:
        return str(self.description["ws_url"])

    @property
    def base_url(self) -> str:
        return str(self.description["base_url"])

    @property
    def sandbox_url(self) -> str:
        return str(self.description["sandbox"]["base_url"])

    def _is_ready(self) -> bool:
        """`demo.json` is of this very process, not one that an earlier start left."""
        try:
            described = json.loads((self.folder / "demo.json").read_text("utf-8"))
        except FileNotFoundError:
            return False
        if described["pid"] != self.program_now.pid:
            return False
        self.description = described
        return True


@contextlib.contextmanager
def demo_on(folder: Path, **settings: str) -> Iterator[Demo]:
    """A demo that is running; all of it is gone afterwards."""
    demo = Demo(folder, settings=settings)
    try:
        demo.start()
        yield demo
    finally:
        demo.end()


def run(*arguments: str | Path, **settings: str) -> Outcome:
    """Run one `paidup` command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "service", *map(str, arguments)],
        cwd=ROOT,
        env=environment(**settings),
        capture_output=True,
        timeout=COMMAND_S,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and what it wrote."""

    status: int
    output: str
    errors: str
