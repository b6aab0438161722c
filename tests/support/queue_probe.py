"""A task that notes what it was asked to do, and waiting for what a queue does in its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from service import jobs
from service.ports import Ports
from service.store import queue
from service.store.database import transaction
from tests.support.books import rows

SOON_S = 15.0


async def until(condition: Callable[[], bool | Awaitable[bool]], within_s: float = SOON_S) -> None:
    """Wait for a condition; fail when it takes too long."""
    deadline = time.monotonic() + within_s
    while True:
        found = condition()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


class Probe:
    """A task that notes what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.running = 0
        self.most_at_once = 0

    async def run(self, _: Ports, name: str) -> None:
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await self.act(name)
        finally:
            self.running -= 1
        self.done.append(name)

    async def act(self, name: str) -> None:
        await asyncio.sleep(0.01)

    def register(self, monkeypatch: pytest.MonkeyPatch, retries: int = 8, at_once: int = 0) -> None:
        monkeypatch.setitem(jobs.TASKS, "probe", jobs.Task(self.run, retries, at_once))


async def put(*names: str, key: str | None = None, priority: int = 0) -> None:
    async with transaction():
        for name in names:
            await queue.enqueue("probe", key=key, priority=priority, name=name)


async def empty() -> bool:
    return await rows("pgqueuer") == 0
