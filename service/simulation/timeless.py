"""An event loop whose clock stands still: no timer of a library ever fires."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class TimelessLoop(asyncio.SelectorEventLoop):
    """Time-outs are faults of the simulated world. Those of the real one would come from a busy
    machine, and differ from run to run."""

    def time(self) -> float:
        """Always the same moment."""
        return 0.0


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a timeless loop."""
    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        return runner.run(work)
