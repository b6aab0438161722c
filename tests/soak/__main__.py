"""Kill -9 of the real processes at random moments, under a stream of payments, and a comparison of
both ledgers afterwards.

    python -m tests.soak [--kills 200] [--seed 1]

Half of the kills are of a service with its embedded PostgreSQL, half of one whose server, worker
and database are apart; the gateway is never killed. Prints what was killed, how long it took to be
ready again, what was paid, and every difference; ends with 1 when there is one, or when the service
needed longer than 3 s.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
from collections import Counter
from collections.abc import Sequence

from service.logs import configure_logs
from tests.soak.campaign import Result, campaign
from tests.soak.ground import Layout, Ready, Victim
from tests.support.processes import Interpreters

READY_S = 3.0
_CRITICAL = 50


def main(kills: int, seed: int) -> int:
    """Run both halves and print; the exit status."""
    configure_logs("console", level=_CRITICAL)
    halves = {Layout.EMBEDDED: kills - kills // 2, Layout.SEPARATE: kills // 2}
    results = []
    for layout, count in halves.items():
        if count:
            result = asyncio.run(campaign(layout, Interpreters(), kills=count, seed=seed))
            print("\n".join(lines(result)), flush=True)
            results.append(result)
    slow = [one for result in results for one in times(result) if one > READY_S]
    found = sum(len(result.differences) for result in results)
    every = _spread([one for result in results for one in times(result)])
    print(f"\nready after{every}  (s: median, p95, worst)")
    print(f"{kills} kills, {found} differences, {len(slow)} times not ready within {READY_S:g} s")
    return 1 if slow or found else 0


def times(result: Result) -> list[float]:
    """Seconds until the server was ready, of all kills that hit it."""
    return [ready.server_s for _, ready in result.kills if ready.server_s is not None]


def lines(result: Result) -> list[str]:
    """A campaign's report."""
    head = f"{'ready':>32}{'listens for jobs':>27}"
    columns = 2 * f"{'median':>11}{'p95':>8}{'worst':>8}"
    victims = sorted({victim for victim, _ in result.kills})
    starting = sum(ready == Ready() for _, ready in result.kills)
    return [
        f"\n{result.layout:<26}{head}",
        f"{'killed':<26}{'times':>5}{columns}",
        *[_row(result, " + ".join(victim), [victim]) for victim in victims],
        _row(result, "all", victims),
        f"killed again while it started {starting}; ended by itself {result.gave_up}",
        *[_told(counted) for counted in (result.acts, result.counts)],
        f"settled {result.settled_s:.0f} s after the last payer went",
        *(result.differences or ["no difference"]),
    ]


def _told(counted: Counter[str]) -> str:
    return "; ".join(f"{name} {count}" for name, count in sorted(counted.items()))


def _row(result: Result, name: str, victims: Sequence[Victim]) -> str:
    hits = [ready for victim, ready in result.kills if victim in victims]
    server = [ready.server_s for ready in hits if ready.server_s is not None]
    jobs = [ready.jobs_s for ready in hits if ready.jobs_s is not None]
    return f"{name:<26}{len(hits):>5}{_spread(server)}{_spread(jobs)}"


def _spread(seconds: list[float]) -> str:
    """Median, 95th percentile and worst."""
    if not seconds:
        return f"{'-':>11}{'-':>8}{'-':>8}"
    ordered = sorted(seconds)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    return f"{statistics.median(ordered):>11.2f}{p95:>8.2f}{ordered[-1]:>8.2f}"


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.soak")
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    sys.exit(main(given.kills, given.seed))
