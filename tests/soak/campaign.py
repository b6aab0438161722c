"""A campaign: kills under a stream of payments, and what both ledgers say afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from service.billing.people import Role
from service.billing.period import Month
from tests.soak import ledgers
from tests.soak.crowd import PATIENCE_S, Office, Payer, Street, Weather
from tests.soak.ground import VICTIMS, Ground, Layout, Ready, Victim, ground
from tests.soak.ledgers import Ledgers
from tests.support.fleet import API_KEY
from tests.support.gateway import gateway_at
from tests.support.graphql import GraphQL
from tests.support.processes import Outcome, Starter
from tests.support.seller import Customer, open_seller

PAYERS = 4
INVOICES_PER_KILL = 8
FIRST_MONTH = Month(2000, 1)
#: From one kill to the next, in seconds, once everything works again; or right while it starts.
KILL_S = (0.02, 1.0)
WHILE_STARTING_S = (0.05, 1.5)
WHILE_STARTING = 0.15
SETTLED_WITHIN_S = 240.0
LOOK_S = 0.5


@dataclass
class Result:
    """What a campaign found."""

    layout: Layout
    kills: list[tuple[Victim, Ready]] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    #: Processes that ended though nobody killed them, and were started again.
    gave_up: int = 0
    settled_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


async def campaign(
    layout: Layout, starter: Starter, *, kills: int, seed: int, hasten: bool = False
) -> Result:
    """Kill so often, let everything come to rest, and compare. With `hasten` the gateway's lists
    are read by a command at the end; else the service does so within a minute by itself."""
    result = Result(layout)
    async with ground(layout, starter) as found, _street(found, kills) as (street, payers):
        await _stream(found, street, payers, result, kills=kills, seed=seed)
        began = time.monotonic()
        await found.answering()
        if hasten:
            await asyncio.to_thread(found.fleet.run, "reconcile")
        read = await _settled(found, street, result)
        told = _told(await _audit(found))
        # The gateway's clock goes on: a refund may fail after both sides agreed on it.
        while told and time.monotonic() < began + SETTLED_WITHIN_S:
            read = await _settled(found, street, result)
            told = _told(await _audit(found))
        result.settled_s = time.monotonic() - began
        result.counts = _counts(read)
        result.acts = street.acts
        result.gave_up = len(found.gave_up)
        result.differences += street.surprises + told
    return result


@contextlib.asynccontextmanager
async def _street(found: Ground, kills: int) -> AsyncIterator[tuple[Street, list[Payer]]]:
    """Everybody, with invoices to pay for the whole campaign."""
    fleet = found.fleet
    async with contextlib.AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(gateway_at(fleet.gateway_url, API_KEY))

        async def client(token: str) -> GraphQL:
            made = GraphQL(fleet.graphql_url, token, timeout_s=PATIENCE_S)
            await stack.enter_async_context(made.http)
            return made

        async with open_seller(fleet.settings(), fleet.issuer) as seller:
            staff = await client(seller.token(Role.OPERATOR, None))
            street = Street(gateway, staff, fleet.base_url)
            payers = []
            for place in range(PAYERS):
                customer = Customer(seller, (await seller.customer()).id, next_month=FIRST_MONTH)
                bills = await customer.invoices(kills * INVOICES_PER_KILL // PAYERS + 3)
                payers.append(
                    Payer(street, await client(customer.token()), bills, random.Random(place))
                )
        yield street, payers


async def _stream(
    found: Ground,
    street: Street,
    payers: list[Payer],
    result: Result,
    *,
    kills: int,
    seed: int,
) -> None:
    """Everybody acts while the service is killed again and again."""
    for place, payer in enumerate(payers):
        payer.chance.seed(f"{seed} payer {place}")
    office = Office(street, random.Random(f"{seed} office"))
    weather = Weather(street, random.Random(f"{seed} weather"))
    async with asyncio.TaskGroup() as living:
        for life in (*[payer.live() for payer in payers], office.live(), weather.live()):
            living.create_task(life)
        await _kill_often(found, result, random.Random(f"{seed} kills"), kills)
        street.done.set()


async def _kill_often(found: Ground, result: Result, chance: random.Random, kills: int) -> None:
    victims = _shuffled(VICTIMS[found.layout], chance)
    for victim in islice(victims, kills):
        await asyncio.sleep(chance.uniform(*KILL_S))
        await found.kill(victim, chance)
        begun = time.time()
        await found.start(victim, chance)
        if chance.random() < WHILE_STARTING:
            await asyncio.sleep(chance.uniform(*WHILE_STARTING_S))
            result.kills.append((victim, Ready()))
        else:
            result.kills.append((victim, await found.ready(victim, begun)))


def _shuffled(victims: Sequence[Victim], chance: random.Random) -> Iterator[Victim]:
    """For ever, each as often as the others."""
    while True:
        yield from chance.sample(victims, len(victims))


async def _audit(found: Ground) -> Outcome:
    return await asyncio.to_thread(found.fleet.run, "audit")


async def _settled(found: Ground, street: Street, result: Result) -> Ledgers:
    """Look until both sides agree and nothing moves any more; what is left then is a difference."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    while True:
        await found.answering()
        read = await ledgers.read(found.database_url, street.gateway)
        left = ledgers.differences(read)
        if not left or time.monotonic() > deadline:
            result.differences += left
            return read
        await asyncio.sleep(LOOK_S)


def _counts(read: Ledgers) -> Counter[str]:
    taken = [charge for charges in read.taken().values() for charge in charges]
    return Counter(
        {
            "checkouts": len(read.sessions),
            "payments captured": len(read.captured),
            "taken by the gateway, minor units": sum(one["amount_captured"] for one in taken),
            "refunds": len(read.refunds),
            "disputes": len(read.disputes),
            "webhook deliveries": len(read.deliveries),
            "events in the logs": len(read.ours["events"]),
        }
    )


def _told(audit: Outcome) -> list[str]:
    """What `paidup audit` says against the books."""
    if (audit.status, audit.output) == (0, "no differences\n"):
        return []
    return [f"paidup audit ends with {audit.status}: {audit.output}{audit.errors[-2000:]}"]
