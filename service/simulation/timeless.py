"""An event loop whose clock stands still: no timer of a library ever fires."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

import uvloop

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class TimelessLoop(uvloop.Loop):
    """Time-outs are faults of the simulated world. Those of the real one would come from a busy
    machine, and differ from run to run."""

    def time(self) -> float:
        """Always the same moment."""
        return 0.0

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Have something called never."""
        return _Never(when, callback, args, self, context)

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Have something called never."""
        return self.call_at(delay, callback, *args, context=context)


class _Never(asyncio.TimerHandle):
    """A timer that no loop keeps."""

    def cancel(self) -> None:
        """Nothing has to be taken out of anything."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a timeless loop."""
    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        return runner.run(work)
