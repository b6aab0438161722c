"""Playing one seed: a beginning, hostile days, then peace, and what must be true after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from service.billing.ids import Kind, encode
from service.billing.invoice import InvoiceKind
from service.billing.people import Plan
from service.billing.period import Month
from service.simulation import banks, faults, ledgers, service_side
from service.simulation.double_payers import DoublePayer, is_there_one
from service.simulation.invariants import EARLY, FINAL, broken
from service.simulation.payers import Payer
from service.simulation.scheduler import Strand
from service.simulation.staff import Clerk
from service.simulation.world import World
from service.store import charges
from service.store.charges import NewCharge
from service.workflows.accounts import NewAccount, open_account
from service.workflows.audit import audit
from service.workflows.issuing import issue_usage

#: What goes in circles; days of an outage with all its tries take some four thousand.
STEPS_MAX = 20_000
JOBS_AT_ONCE = 2
#: Until the last deadline is over: pages expire, debits settle, checks become rare.
PEACE = (
    timedelta(minutes=10),
    timedelta(hours=3),
    timedelta(days=2),
    timedelta(days=5),
    # What the last of these found out has consequences of its own: a refund, and its arrival.
    timedelta(days=5),
)
_MONTHS = (Month(2026, 7), Month(2026, 8), Month(2026, 9))
#: Seconds that pass with a step.
_TICKS_S = (0.0, 0.05, 0.4, 3.0)


class Stuck(Exception):
    """The history does not come to its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a seed. `broken` are sentences, each after the promise's name."""

    seed: int
    digest: str
    broken: tuple[str, ...]
    lines: tuple[str, ...]


async def play(world: World, connection: Any) -> Outcome:
    """Play a history from its beginning to its end."""
    try:
        broken = await _play(world, connection)
    except Exception as error:
        broken = [f"nothing_breaks: {type(error).__name__}: {error}"]
    finally:
        await world.scheduler.cancel()
    for sentence in broken:
        world.announce(f"BROKEN {sentence}")
    return Outcome(world.seed, world.trace.digest, tuple(broken), tuple(world.trace.lines))


async def _play(world: World, connection: Any) -> list[str]:
    await _begin(world)
    while any(_is_person(one) for one in world.scheduler.strands):
        await _step(world)
    world.announce("peace")
    world.calm_down()
    for name in service_side.NAMES:
        if world.service(name) is None:
            await service_side.begin(world, name)
    await _settle_down(world)
    world.retry_now()
    await _settle_down(world)
    early = list(broken(EARLY, await ledgers.read(world, connection)))
    for pause in PEACE:
        banks.decide(world)
        world.clock.now += pause
        await _settle_down(world)
        await _sweep(world)
        for task in service_side.planned_after(pause):
            world.plan(task)
        await _settle_down(world)
    both = await ledgers.read(world, connection)
    _tell_the_end(world, both)
    audited = await _audited(world, both)
    final = list(broken(FINAL, replace(both, audited=audited)))
    return early + world.complaints + final


# -- the beginning -----------------------------------------------------------------------------


async def _begin(world: World) -> None:
    for name in service_side.NAMES:
        await service_side.begin(world, name)
    seller = world.scheduler.start("seller", _open_account(world))
    while seller in world.scheduler.strands:
        await world.scheduler.run(seller)
    account_id, invoices = world.accounts[0], tuple(world.invoices)
    for name in ("tab A", "tab B", "phone")[: world.rng.randint(1, 3)]:
        payer = Payer(world, account_id, invoices)
        world.scheduler.start(name, payer.live(world.rng.randint(1, 2)))
    if world.happens(0.5):
        clerk = Clerk(world, account_id, invoices)
        world.scheduler.start("staff", clerk.live(world.rng.randint(1, 4)))
    if is_there_one(world):
        world.scheduler.start("double payer", DoublePayer(world, account_id, invoices).live())
    if world.happens(0.4):
        world.scheduler.start("banks", banks.live(world, world.rng.randint(1, 4)))


async def _open_account(world: World) -> None:
    """An account with one to three invoices that are due."""
    rng = world.rng
    ports = world.services["web"].ports
    new = NewAccount(
        reference=f"simulated-{world.seed}",
        name="Simulated Customer",
        email="accounts@customer.example",
        plan=Plan.PAID,
        currency=rng.choice(("USD", "USD", "INR", "JPY")),
    )
    account_id = await open_account(ports, new)
    world.accounts.append(account_id)
    for month in _MONTHS[: rng.randint(1, 3)]:
        amount = Decimal(rng.randint(100, 90_000)).scaleb(0 if new.currency == "JPY" else -2)
        await charges.record([_usage(account_id, month, amount, new.currency)], at=ports.clock())
        invoice_id = await issue_usage(ports, account_id, month)
        if invoice_id is None:
            raise Stuck(f"{month} was not billed")
        world.announce(f"{world.trace.name('invoice', invoice_id)} is due")
        world.invoices.append(invoice_id)


def _usage(account_id: UUID, month: Month, amount: Decimal, currency: str) -> NewCharge:
    return NewCharge(
        account_id=account_id,
        reference=str(month),
        kind=InvoiceKind.USAGE,
        occurred_at=month.bounds("UTC")[0] + timedelta(days=9),
        description="API calls",
        quantity=Decimal(1),
        unit_price=amount,
        currency=currency,
    )


# -- hostile days ------------------------------------------------------------------------------


def _is_person(strand: Strand) -> bool:
    return strand.name.startswith(("tab", "phone", "staff", "guest", "banks", "double"))


async def _step(world: World) -> None:
    """Let something go wrong, then let one strand go on, or pass the time until one can."""
    world.clock.now += timedelta(seconds=world.rng.choice(_TICKS_S))
    world.spoil_webhooks()
    await faults.strike(world)
    faults.send_webhooks(world)
    await _offer_jobs(world)
    ready = world.scheduler.ready(world.clock.now)
    if ready:
        await _go_on(world, world.rng.choice(ready))
    else:
        _pass_time(world)


async def _go_on(world: World, strand: Strand) -> None:
    world.steps += 1
    if world.steps > STEPS_MAX:
        raise Stuck(f"more than {STEPS_MAX} steps; the last one was at: {strand.place}")
    world.trace.tell(world.clock.now, strand.name, f"| {strand.place}")
    await world.scheduler.run(strand)


def _pass_time(world: World) -> None:
    moments = [world.scheduler.next_wake()]
    due = world.sandbox.next_due()
    if due is not None:
        moments.append(world.clock.at(due))
    known = [moment for moment in moments if moment is not None]
    if not known:
        raise Stuck("nobody can go on")
    world.clock.now = max(world.clock.now, min(known))


async def _offer_jobs(world: World) -> None:
    """Have a free worker take a job, if it looks right now."""
    worker = world.service("worker")
    busy = sum(one.name.startswith("job ") for one in world.scheduler.strands)
    if worker is None or busy >= JOBS_AT_ONCE or not (world.healing or world.happens(0.3)):
        return
    waiting = await world.jobs()
    if waiting:
        await service_side.take_job(world, worker, world.rng.choice(waiting))


# -- peace -------------------------------------------------------------------------------------


async def _settle_down(world: World) -> None:
    """Let everything that can happen now happen, in any order, without a fault."""
    while True:
        faults.send_webhooks(world)
        await _offer_jobs(world)
        if not world.scheduler.strands:
            return
        await _go_on(world, world.rng.choice(world.scheduler.strands))


async def _sweep(world: World) -> None:
    worker = world.services["worker"]
    world.scheduler.start(world.number("sweeper"), service_side.sweep_in(world, worker))
    await _settle_down(world)


async def _audited(world: World, both: ledgers.Ledgers) -> list[str]:
    """What `paidup audit` tells, but for money that a person has to look at anyway."""
    found: list[str] = []

    async def work() -> None:
        ports = world.services["worker"].ports
        held = {
            f"payment {encode(Kind.PAYMENT, one['id'])}"
            for one in both.payments.values()
            if both.is_held(one)
        }
        told = [one async for one in audit(ports, account_id=world.accounts[0])]
        found.extend(one.what for one in told if one.about not in held)

    world.scheduler.start("auditor", work())
    await _settle_down(world)
    return found


def _tell_the_end(world: World, both: ledgers.Ledgers) -> None:
    for invoice in both.invoices:
        name = both.name("invoice", invoice["id"])
        told = f"{invoice['paid_minor']} of {invoice['total_minor']}"
        world.announce(f"{name} is {invoice['status']}: {told}")
    for refund in both.refunds:
        name = both.name("refund", refund["id"])
        world.announce(f"{name} ({refund['reason']}) is {refund['status']}")
    for case in both.cases:
        world.announce(f"a case {case['reason']} is {case['status']}")
    for payment in both.payments.values():
        name = both.name("payment", payment["id"])
        reason = f": {payment['review_reason']}" if payment["review_reason"] else ""
        world.announce(f"{name} is {payment['status']}{reason}")
