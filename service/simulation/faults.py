"""What goes wrong by itself: crashes, outages, clocks that jump, a gateway that is wrong."""

from __future__ import annotations

from datetime import timedelta

import orjson

from service.sandbox.errors import JSON
from service.simulation import service_side
from service.simulation.world import World

#: A lying gateway's amounts, currencies and modes, and the reference of another checkout.
LIES: tuple[JSON, ...] = (
    {"amount_total": 1},
    {"amount_total": 99_999_999},
    {"currency": "jpy"},
    {"livemode": True},
    {"client_reference_id": "another checkout"},
)
#: Seconds that our clocks may be off; a signature is good for 300.
SKEWS_S = (-400, -90, -2, 0, 2, 90, 400)
JUMPS_S = (60, 3_600, 90_000, 260_000)
LATE_S = (1.0, 30.0, 900.0, 20_000.0, 200_000.0)


async def strike(world: World) -> None:
    """Let one thing go wrong, or nothing."""
    now = world.weather
    if world.happens(now.crash):
        await _crash(world)
    elif world.happens(now.outage):
        _begin_outage(world)
    elif world.happens(now.clock_jump):
        _move_clock(world)
    elif world.happens(now.tampering):
        _tamper(world)


async def _crash(world: World) -> None:
    name = world.rng.choice(service_side.NAMES)
    service = world.service(name)
    if service is None:
        return
    victims = [one for one in world.scheduler.strands if one.process is service.process]
    world.announce(f"{name} is killed")
    for victim in victims:
        world.announce(f"{victim.name} dies at: {victim.place}")
    await world.scheduler.kill(service.process)
    world.scheduler.start("operator", _restart(world, name))


async def _restart(world: World, name: str) -> None:
    await world.sleep(world.rng.choice((0.0, 2.0, 20.0, 900.0)), f"waits to start {name}")
    world.tell(f"starts {name}")
    await service_side.begin(world, name)


def _begin_outage(world: World) -> None:
    if world.sandbox.faults.outage:
        return
    world.announce("the gateway is down")
    fault = world.sandbox.faults.add("outage")
    world.scheduler.start("gateway", _end_outage(world, fault.id))


async def _end_outage(world: World, fault_id: str) -> None:
    await world.sleep(world.rng.choice((2.0, 60.0, 2_000.0, 20_000.0)), "is down")
    if world.sandbox.faults.clear(fault_id):
        world.tell("is up again")


def _move_clock(world: World) -> None:
    if world.happens(0.5):
        skew = world.rng.choice(SKEWS_S)
        world.clock.skew = timedelta(seconds=skew)
        world.announce(f"our clocks are {skew} s off")
    else:
        jump = world.rng.choice(JUMPS_S)
        world.clock.now += timedelta(seconds=jump)
        world.announce(f"{jump} s pass at once")


def _tamper(world: World) -> None:
    """Have the gateway misremember an open page: what is paid on it will not be what we asked."""
    pages = [
        session["id"]
        for session in world.sandbox.book.oldest_first("session")
        if session["status"] == "open" and session["id"] not in world.tampered
    ]
    if pages:
        page, lie = world.rng.choice(pages), world.rng.choice(LIES)
        world.sandbox.dashboard.tamper(page, **lie)
        world.tampered.add(page)
        world.announce(f"the gateway misremembers {world.name(page)}: {orjson.dumps(lie).decode()}")


def send_webhooks(world: World) -> None:
    """Let the gateway's clock do its work, and put what it sends on its way: late, out of order,
    several times, or never."""
    for delivery in world.sandbox.take_due():
        event = world.sandbox.book.get("event", delivery["event"])
        name = world.trace.name("webhook", delivery["id"])
        world.announce(f"{name}: {event['type']} {world.name(event['id'])}")
        late = world.happens(world.weather.webhook_late)
        place, delay = ("is late", world.rng.choice(LATE_S)) if late else ("is on its way", 0.0)
        until = world.clock.now + timedelta(seconds=delay)
        world.scheduler.start(name, world.sandbox.send(delivery), place=place, until=until)
