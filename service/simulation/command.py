"""`paidup simulate`: a campaign on an embedded PostgreSQL of its own, told to a person."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from service.adapters.embedded_postgres import EmbeddedPostgres
from service.simulation.campaign import campaign, report
from service.simulation.history import Outcome

_PROGRESS_EVERY_S = 5.0

Say = Callable[[str], None]


def simulate(seeds: Sequence[int], *, jobs: int, trace: bool, say: Say) -> int:
    """Play seeds until one breaks a promise; return the command's exit status.

    Raises:
        EmbeddedPostgresError: no database can run here.
        WorkerEnded: a process broke.
    """
    with (
        tempfile.TemporaryDirectory(prefix="paidup-simulation-") as folder,
        EmbeddedPostgres.start(Path(folder), fsync=False) as server,
    ):
        return watch(server.dsn, seeds, jobs=jobs, trace=trace, say=say)


def watch(url: str, seeds: Sequence[int], *, jobs: int, trace: bool, say: Say) -> int:
    """Play seeds on a running server and tell how it goes; 1 when a promise was broken."""
    began = told = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in campaign(url, seeds, jobs=jobs):
        outcomes.append(outcome)
        if trace:
            say("\n".join([*outcome.lines, f"seed {outcome.seed}: {outcome.digest}"]))
        if outcome.broken:
            say(failure(outcome, with_history=not trace))
            return 1
        if time.monotonic() - told > _PROGRESS_EVERY_S:
            told = time.monotonic()
            say(f"{len(outcomes):,} of {len(seeds):,} histories, {_rate(outcomes, began)}")
    digest = report(outcomes).digest
    say(f"{len(outcomes):,} histories, {_rate(outcomes, began)}, no promise broken")
    say(f"digest {digest}")
    return 0


def failure(outcome: Outcome, *, with_history: bool = True) -> str:
    """A broken promise for a person: what, in which history, and how to see it again."""
    history = [*outcome.lines, ""] if with_history else []
    return "\n".join(
        [
            *history,
            f"seed {outcome.seed} breaks a promise:",
            *(f"  {sentence}" for sentence in outcome.broken),
            f"again: paidup simulate --seed {outcome.seed} --histories 1 --trace",
        ]
    )


def _rate(outcomes: Sequence[Outcome], began: float) -> str:
    return f"{len(outcomes) / (time.monotonic() - began):.1f} a second"
