"""The sandbox's memory on disk: one JSON line per transaction, appended before it is answered.

A line is written with a single write(2), so a process killed at any moment leaves whole lines
and at most one torn tail, which the next start drops: it was never answered.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

#: (kind, id, value); None as the value forgets the object.
Change = tuple[str, str, dict[str, Any] | None]
#: How many object ids and request ids had been handed out when the line was written.
Counters = tuple[int, int]
CLOSED = -1  # no file descriptor; writing to it fails


class JournalBroken(Exception):
    """A line that is not the last cannot be read: the file was edited or the disk is failing."""


class JournalInUse(Exception):
    """Another sandbox has this journal open."""


class Journal:
    """An append-only file of transactions; opened once, by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Take the file, creating it.

        Raises:
            JournalInUse: another process holds it.
        """
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(path.with_suffix(path.suffix + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise JournalInUse(str(path)) from None
        self._file = self._open()

    def _open(self) -> int:
        return os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)

    def replay(self) -> Iterator[tuple[list[Change], Counters]]:
        """Yield every whole transaction in order; a torn tail is left out.

        `compact` must follow before anything is appended.

        Raises:
            JournalBroken: an unreadable line stands before a readable end.
        """
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        for number, line in enumerate(data[:whole].splitlines(), start=1):
            try:
                entry = orjson.loads(line)
                yield entry["put"], entry["n"]
            except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                raise JournalBroken(f"{self._path}, line {number}") from error

    def append(self, changes: list[Change], counters: Counters) -> None:
        """Write one transaction; when this returns it survives the end of the process."""
        line = orjson.dumps({"n": counters, "put": changes}, option=orjson.OPT_APPEND_NEWLINE)
        written = os.write(self._file, line)
        if written != len(line):
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError(f"{self._path}: wrote {written} of {len(line)} bytes")

    def compact(self, changes: Iterable[Change], counters: Counters) -> None:
        """Replace the file by one that holds only these values; atomic for a reader or a crash."""
        fresh = self._path.with_suffix(self._path.suffix + ".new")
        with fresh.open("wb") as file:
            for change in changes:
                entry = {"n": counters, "put": [change]}
                file.write(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        os.close(self._file)
        self._file = self._open()

    def close(self) -> None:
        """Let another process open the file. Closing twice is closing once."""
        if self._file != CLOSED:
            os.close(self._file)
            os.close(self._lock)
            self._file = CLOSED
