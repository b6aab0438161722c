"""Hostile histories: none breaks a promise, and each can be played again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from service import jobs
from service.adapters.embedded_postgres import EmbeddedPostgres
from service.simulation import service_side
from service.simulation.campaign import campaign, report
from service.simulation.command import failure, simulate, watch
from service.simulation.history import Outcome
from service.store.database import fetch
from tests.support.books import rows
from tests.support.queue_probe import until
from tests.support.shop import Shop

HISTORIES = int(os.environ.get("PAIDUP_TEST_HISTORIES", "2000"))
SOME = range(1, 9)


@pytest.fixture(scope="module")
def shared(postgres: EmbeddedPostgres) -> dict[int, Outcome]:
    """Forty histories by their seeds, played by two processes."""
    return {one.seed: one for one in campaign(postgres.dsn, range(1, 41), jobs=2)}


def test_no_history_breaks_a_promise(
    postgres: EmbeddedPostgres, note: Callable[[str], None]
) -> None:
    began, outcomes = time.monotonic(), []
    for outcome in campaign(postgres.dsn, range(1, HISTORIES + 1), jobs=2):
        assert not outcome.broken, failure(outcome)
        outcomes.append(outcome)
    assert report(outcomes).played == HISTORIES
    note(f"{HISTORIES:,} histories in {time.monotonic() - began:.0f} s")


def test_a_seed_is_the_same_history_in_every_process(
    postgres: EmbeddedPostgres, shared: dict[int, Outcome]
) -> None:
    alone = list(campaign(postgres.dsn, SOME, jobs=1))
    assert {seed: shared[seed].digest for seed in SOME} == {one.seed: one.digest for one in alone}
    assert report([shared[seed] for seed in SOME]).digest == report(alone).digest
    assert len({one.digest for one in alone}) == len(SOME)


def test_histories_are_hostile(shared: dict[int, Outcome]) -> None:
    """Histories in which nothing happens would break no promise either."""
    told = "\n".join(line for one in shared.values() for line in one.lines)
    for what in (
        "web is killed",
        "worker is killed",
        "dies at: begin",
        "dies at: committed",
        "the gateway is down",
        "our clocks are",
        "pass at once",
        "the gateway misremembers",
        "is lost on its way",
        "fails after its effect",
        "does not hear the answer",
        "closes the tab",
        "passes the challenge",
        "gives up on the challenge",
        "pays (debit_succeeds)",
        "pays (debit_fails)",
        "by hand",
        "| is late",
        "is CAPTURED",
        "is EXPIRED",
        "is FAILED",
        "is UNDER_REVIEW",
    ):
        assert what in told, what


#: What else the clock starts: bills and rates, which histories have already, and tidying up.
APART = {"start_month_run", "start_rate_fetch", "prune_queue_log"}


async def test_whatever_the_clock_queues_is_queued_in_histories(shop: Shop) -> None:
    async def planned() -> bool:
        return await rows("pgqueuer_schedules") > 0

    async with jobs.worker(shop.url, shop.ports):
        await until(planned)
    found = {one["entrypoint"] for one in await fetch("SELECT entrypoint FROM pgqueuer_schedules")}
    assert found - APART == set(service_side.PLANNED)
    assert found >= APART


def test_the_command_tells_what_it_played(
    postgres: EmbeddedPostgres, shared: dict[int, Outcome]
) -> None:
    lines: list[str] = []
    assert watch(postgres.dsn, range(3, 5), jobs=1, trace=True, say=lines.append) == 0
    # How far it is, every five seconds, is for people.
    (third, fourth, summary, digest) = [one for one in lines if " of 2 histories" not in one]
    assert third.splitlines()[-1].startswith("seed 3: ")
    assert "asks us to pay" in fourth
    assert summary.startswith("2 histories, ")
    assert summary.endswith("no promise broken")
    both = report([shared[3], shared[4]]).digest
    assert digest == f"digest {both}"


def test_the_command_brings_its_own_database() -> None:
    lines: list[str] = []
    assert simulate([1], jobs=2, trace=False, say=lines.append) == 0
    # As above: on a slow machine one history takes longer than five seconds.
    (summary, digest) = [one for one in lines if " of 1 histories" not in one]
    assert summary.startswith("1 histories, ")
    assert digest.startswith("digest ")
