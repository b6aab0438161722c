"""Real processes that start at once: forked from one that has imported the service already.

Importing costs seconds of CPU, and a test that kills ten processes starts eleven. Run as a program
this is the process that forks: one JSON line in asks, one JSON line out answers.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.processes import PAUSE_S, ROOT, Outcome, environment

COMMAND_S = 90.0


class Nursery:
    """Starts Python programs of this repository. Its processes end with it."""

    def __init__(self) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._one_at_a_time = threading.Lock()

    def start(
        self, *arguments: str, log: Path, env: Mapping[str, str], errors: Path | None = None
    ) -> Forked:
        """Start a module with arguments, as `python -m` does."""
        asked = {"output": str(log), "errors": str(errors or log), "env": dict(env)}
        return Forked(self, self.ask(start=arguments, **asked))

    def run(self, *arguments: str | Path, **settings: str) -> Outcome:
        """Run one `paidup` command to its end."""
        with tempfile.TemporaryDirectory() as folder:
            output, errors = Path(folder) / "output", Path(folder) / "errors"
            words = ("service", *map(str, arguments))
            env = environment(**settings)
            status = self.start(*words, log=output, errors=errors, env=env).wait(COMMAND_S)
            return Outcome(status, output.read_text(), errors.read_text())

    def ask(self, **question: object) -> Any:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        with self._one_at_a_time:
            self._parent.stdin.write(json.dumps(question) + "\n")
            return json.loads(self._parent.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parent.communicate(timeout=30)


class Forked:
    """A process of a nursery, with what is needed of subprocess.Popen."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._status: int | None = None

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        if self._status is None:
            self._status = self._nursery.ask(poll=self.pid)
        return self._status

    def wait(self, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(PAUSE_S)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def main() -> None:
    """Fork what standard input asks for until it closes; then end what still runs."""
    from service import __main__ as command_line
    from service import app, demo, serving
    from tests.support import gateway

    assert app
    assert demo
    assert serving
    assert threading.active_count() == 1, "a process with threads is not to be forked"
    programs = {"service": command_line.main, "tests.support.gateway": gateway.main}
    children: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "poll" in asked:
            answer = _status(asked["poll"], children)
        else:
            answer = os.fork()
            if answer == 0:
                _become(asked, programs[asked["start"][0]])
            children.add(answer)
        print(json.dumps(answer), flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _status(pid: int, children: set[int]) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended == 0:
        return None
    children.discard(pid)
    return os.waitstatus_to_exitcode(status)


def _become(asked: dict[str, Any], program: Any) -> None:
    """Be the program that was asked for, to the end of this process."""
    status = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, path in ((1, asked["output"]), (2, asked["errors"])):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), number)
        os.environ.clear()
        os.environ.update(asked["env"])
        sys.argv = asked["start"]
        program()
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
