"""One strand at a time, from place to place; a killed process takes only its own strands along."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from service.simulation import timeless
from service.simulation.scheduler import Crash, Process, Scheduler, inside

NOON = datetime(2026, 10, 30, 12, tzinfo=UTC)


async def test_a_strand_goes_from_place_to_place_when_it_is_chosen() -> None:
    scheduler, done = Scheduler(), []

    async def work(name: str) -> None:
        done.append(f"{name}1")
        await scheduler.give_way("between")
        done.append(f"{name}2")

    first, second = scheduler.start("a", work("a")), scheduler.start("b", work("b"))
    assert (done, first.place) == ([], "begins")
    await scheduler.run(second)
    await scheduler.run(first)
    assert (done, second.place) == (["b1", "a1"], "between")
    await scheduler.run(first)
    assert (done, scheduler.strands) == (["b1", "a1", "a2"], [second])
    await scheduler.cancel()


async def test_a_sleeper_is_ready_when_its_time_has_come() -> None:
    scheduler = Scheduler()

    async def work() -> None:
        await scheduler.give_way("sleeps", until=NOON)

    strand = scheduler.start("a", work())
    await scheduler.run(strand)
    assert scheduler.ready(NOON - timedelta(seconds=1)) == []
    assert (scheduler.ready(NOON), scheduler.next_wake()) == ([strand], NOON)
    await scheduler.cancel()


async def test_a_killed_process_throws_its_strands_out_where_they_stand() -> None:
    scheduler, process, told = Scheduler(), Process("web"), []

    async def client() -> None:
        try:
            with inside(process):
                try:
                    await scheduler.give_way("at work")
                except Exception:  # what our own code may catch
                    told.append("survived")
        except Crash:
            told.append("no answer")
        await scheduler.give_way("outside")
        told.append("goes on")

    async def bystander() -> None:
        await scheduler.give_way("elsewhere")
        told.append("unharmed")

    victim, other = scheduler.start("a", client()), scheduler.start("b", bystander())
    await scheduler.run(victim)
    await scheduler.run(other)
    await scheduler.kill(process)
    assert (told, victim.place) == (["no answer"], "outside")
    await scheduler.run(victim)
    await scheduler.run(other)
    assert told == ["no answer", "goes on", "unharmed"]


async def test_nothing_runs_on_in_a_dead_process() -> None:
    process = Process("web", alive=False)
    scheduler = Scheduler()

    async def work() -> None:
        with inside(process):
            raise AssertionError("ran in a dead process")

    with pytest.raises(Crash):
        await scheduler.run(scheduler.start("a", work()))


async def test_tasks_that_a_strand_made_die_with_its_process() -> None:
    scheduler, process, reached = Scheduler(), Process("worker"), []

    async def step(turns: asyncio.Semaphore, name: str) -> None:
        async with turns:
            await scheduler.give_way(name)
            reached.append(name)

    async def work() -> None:
        turns = asyncio.Semaphore(1)
        with inside(process):
            await asyncio.gather(step(turns, "one"), step(turns, "two"))

    strand = scheduler.start("a", work())
    await scheduler.run(strand)
    with pytest.raises(Crash):
        await scheduler.kill(process)
    await asyncio.sleep(0.01)
    assert (reached, scheduler.strands) == ([], [])


async def test_what_ends_a_strand_is_told() -> None:
    scheduler = Scheduler()

    async def work() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await scheduler.run(scheduler.start("a", work()))


def test_no_timer_fires_on_a_timeless_loop() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        loop.call_later(0.001, lambda: pytest.fail("a timer fired"))
        await asyncio.to_thread(lambda: __import__("time").sleep(0.01))
        return loop.time()

    assert timeless.run(work()) == 0.0
