"""What our own processes do by themselves: take jobs, sweep, die and come back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from service.billing.refund import RefundReason
from service.jobs import TASKS, TIMETABLE
from service.simulation.queue_table import QueuedJob
from service.simulation.scheduler import Crash, inside
from service.simulation.world import Service, World
from service.store import refunds
from service.workflows import deadlines
from service.workflows.sweep import sweep

#: One process serves, the other one works; each may die alone.
NAMES = ("web", "worker")
_REFUND = ("account_id", "refund_id")
#: Seconds between two sweeps: the shortest is the usual one, the others a worker that is stuck.
SWEEP_PAUSES_S = (5.0, 60.0, 600.0, 7_200.0)
_SWEEP_WEIGHTS = (4, 3, 2, 1)
#: What the clock queues, in a fixed order; and how many seconds apart.
PLANNED = tuple(sorted(TIMETABLE))
_EACH_MINUTE = tuple(task for task in PLANNED if TIMETABLE[task] == "* * * * *")
TIMETABLE_PAUSES_S = (60.0, 3_600.0, 40_000.0)


async def begin(world: World, name: str) -> None:
    """Start a process; a worker first takes up what the last one left behind."""
    service = world.begin_service(name)
    if name == "worker":
        world.queue.give_back_all()
        world.forget_jobs()
        world.scheduler.start(world.number("sweeper"), _sweep_forever(world, service))
        world.scheduler.start(world.number("timetable"), _plan_forever(world, service))


async def _sweep_forever(world: World, service: Service) -> None:
    try:
        with inside(service.process):
            while True:
                pause = world.rng.choices(SWEEP_PAUSES_S, _SWEEP_WEIGHTS)[0]
                await world.sleep(pause, "rests")
                if world.healing:
                    return
                await _sweep(world, service)
    except Crash:
        return


async def _plan_forever(world: World, service: Service) -> None:
    """Queue what the timetable queues, at its time or long after it."""
    try:
        with inside(service.process):
            while True:
                await world.sleep(world.rng.choice(TIMETABLE_PAUSES_S), "rests")
                if world.healing:
                    return
                world.plan(world.rng.choice(PLANNED))
    except Crash:
        return


def planned_after(pause: timedelta) -> tuple[str, ...]:
    """What the clock has queued within a pause: some tasks come once a night."""
    return PLANNED if pause >= timedelta(days=1) else _EACH_MINUTE


async def sweep_in(world: World, service: Service) -> None:
    """Sweep once."""
    with inside(service.process):
        await _sweep(world, service)


#: The promise of `story_invariants` that is looked at after each sweep, and not at the end alone.
NO_CASE = "a_passed_deadline_has_its_case"
# Read past the store, as all that promises are about.
_PAST_DEADLINE = """
SELECT p.id FROM payment p WHERE p.deadline_at <= $1 AND NOT EXISTS (SELECT 1 FROM support_case c
WHERE c.account_id = p.account_id AND c.payment_id = p.id AND c.status = 'OPEN')
ORDER BY p.deadline_at, p.id
"""


async def _sweep(world: World, service: Service) -> None:
    count = await sweep(service.ports, at_once=1)
    began = world.clock.ours()
    late = await deadlines.enforce(service.ports, at_once=1)
    # A clock that was set back meanwhile has taken a deadline with it: it is over once more later.
    over = min(began, world.clock.ours())
    for row in await world.queue.connection.fetch(_PAST_DEADLINE, over):
        name = world.trace.name("payment", row["id"])
        world.complaints.append(f"{NO_CASE}: {name} is past its deadline, and nobody looks into it")
    if count or late:
        world.tell(f"looked up {count}, {late} past their deadline")


async def take_job(world: World, service: Service, job: QueuedJob) -> None:
    """Take a job and do it; one that fails is tried again, one whose worker dies is given back."""
    world.take(job)
    work = _run_job(world, service, job)
    world.scheduler.start(world.number("job"), work, place=f"took {_describe(world, job)}")


async def _run_job(world: World, service: Service, job: QueuedJob) -> None:
    try:
        with inside(service.process), _alone(world, await _overpaid(job)):
            if await _is_done(world, service, job):
                await world.give_way("to finish its job")
                await world.queue.finish(job)
            elif world.postpone(job.id) > TASKS[job.task].retries:
                await world.queue.hold(job)
            else:
                world.queue.give_back(job)
                world.forget_jobs()
    except Crash:
        return


async def _overpaid(job: QueuedJob) -> UUID | None:
    """The payment of which a job is to give a surplus back."""
    if job.task != "send_refund":
        return None
    refund = await refunds.find(*(UUID(job.arguments[name]) for name in _REFUND))
    return refund.payment_id if refund.reason is RefundReason.SURPLUS else None


@contextlib.contextmanager
def _alone(world: World, payment_id: UUID | None) -> Iterator[None]:
    """Keep the seller's staff from giving a payment back by hand meanwhile."""
    if payment_id is not None:
        world.giving_back.add(payment_id)
    try:
        yield
    finally:
        world.giving_back.discard(payment_id)


async def _is_done(world: World, service: Service, job: QueuedJob) -> bool:
    try:
        await TASKS[job.task].run(service.ports, **job.arguments)
    except Exception as error:
        world.tell(f"fails: {type(error).__name__}")
        return False
    return True


def _describe(world: World, job: QueuedJob) -> str:
    names = [
        world.trace.name(argument.removesuffix("_id"), value)
        for argument, value in sorted(job.arguments.items())
    ]
    return " ".join([job.task, *names])
