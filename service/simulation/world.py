"""One history's world: its clock, chance, gateway, and our processes in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

import httpx

from service.billing.errors import BillingError
from service.gateway import Gateway
from service.ports import Policy, Ports
from service.sandbox import Sandbox, SandboxSettings
from service.simulation import parts, weather
from service.simulation.queue_table import QueuedJob, QueueTable
from service.simulation.scheduler import Crash, Process, Scheduler, current, inside
from service.simulation.trace import Trace
from service.simulation.weather import CALM, FAILURES, Weather

T = TypeVar("T")

API_KEY = "sk_test_simulation"
WEBHOOK_SECRET = "whsec_simulation"  # noqa: S105 - of a gateway that exists in memory only
GATEWAY_URL = "http://gateway.simulation"
ORIGIN = "https://app.simulation"
BEGAN = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
COPIES_MAX = 5
RETRY_AFTER_S = 300
_KINDS = {
    "ch": "charge",
    "cs": "page",
    "du": "dispute",
    "evt": "event",
    "pi": "intent",
    "py": "charge",
    "pyr": "refund",
    "re": "refund",
}


class NoAnswer(Exception):
    """A client of ours got no answer: we were down, died, or the line was cut."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of our processes with its ports."""

    process: Process
    ports: Ports


@dataclass(eq=False)
class World:
    """Everything of one history. Who reads it for the first time begins with `history`."""

    seed: int
    gateway_client: Gateway
    queue: QueueTable
    rng: Random = field(init=False)
    weather: Weather = field(init=False)
    clock: parts.VirtualClock = field(init=False)
    trace: Trace = field(init=False)
    scheduler: Scheduler = field(init=False)
    sandbox: Sandbox = field(init=False)
    services: dict[str, Service] = field(default_factory=dict)
    shelf: parts.Shelf = field(default_factory=parts.Shelf)
    outbox: parts.Outbox = field(default_factory=parts.Outbox)
    #: Pages that payers have seen, in that order, and the checkouts that clients' keys led to.
    pages: list[str] = field(default_factory=list)
    answers: dict[tuple[UUID, str], set[UUID]] = field(default_factory=dict)
    accounts: list[UUID] = field(default_factory=list)
    invoices: list[UUID] = field(default_factory=list)
    #: Pages of which the gateway remembers something that we never asked for.
    tampered: set[str] = field(default_factory=set)
    #: Payments whose surplus a job of ours is about to give back.
    giving_back: set[UUID | None] = field(default_factory=set)
    #: Broken promises that were seen while the history went on.
    complaints: list[str] = field(default_factory=list)
    healing: bool = False
    steps: int = 0
    _jobs: list[QueuedJob] | None = None
    _postponed: dict[int, datetime] = field(default_factory=dict)
    _failures: dict[int, int] = field(default_factory=dict)
    _webhook_faults: list[str] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)  # noqa: S311 - it has to repeat itself
        self.weather = weather.forecast(self.rng)
        self.clock = parts.VirtualClock(BEGAN)
        self.trace = Trace(BEGAN)
        self.scheduler = Scheduler()

    # -- the gateway ---------------------------------------------------------------------------

    def open_gateway(self, door: httpx.AsyncBaseTransport, url: str) -> None:
        """Open the gateway; its webhooks come in at our door."""
        settings = SandboxSettings(
            api_key=API_KEY,
            base_url=GATEWAY_URL,
            webhook_endpoints=((url, WEBHOOK_SECRET),),
            seed=self.seed,
            clock=self.clock,
            debit_settles_after_s=self.weather.debit_settles_after_s,
            refund_settles_after_s=self.weather.refund_settles_after_s,
            webhook_transport=door,
            webhook_concurrency=1_000,
        )
        self.sandbox = Sandbox(settings)

    def let_next_call_fail(self, what: str) -> None:
        """Have the gateway fail the call that is about to be made."""
        status, when, kept = self.rng.choice(FAILURES)
        self.sandbox.faults.add("fail_api", next=1, status=status, when=when, kept=kept)
        effect = "after its effect" if when == "after" else "without effect"
        self.tell(f"{what} fails {effect}{', for good' if kept else ''}")

    def spoil_webhooks(self) -> None:
        """Have the gateway drop or double some events of its next change."""
        faults = self.sandbox.faults
        for fault_id in self._webhook_faults:
            faults.clear(fault_id)
        self._webhook_faults.clear()
        if self.happens(self.weather.webhook_dropped):
            fault = faults.add("drop_webhooks", next=self.rng.randint(1, 4))
            self._webhook_faults.append(fault.id)
        if self.happens(self.weather.webhook_doubled):
            copies = self.rng.randint(1, COPIES_MAX - 1)
            fault = faults.add("duplicate_webhooks", next=2, copies=copies)
            self._webhook_faults.append(fault.id)

    # -- our processes -------------------------------------------------------------------------

    def service(self, name: str) -> Service | None:
        """The process of this name, if it is up."""
        found = self.services.get(name)
        return found if found is not None and found.process.alive else None

    def begin_service(self, name: str) -> Service:
        """Start a process anew: nothing in memory survives the last one."""
        made = self.services[name] = Service(Process(name), self._ports())
        return made

    def _ports(self) -> Ports:
        return Ports(
            gateway=self.gateway_client,
            bus=parts.LocalBus(self.scheduler, self.clock),
            printer=parts.PlainPrinter(),
            documents=self.shelf,
            mailer=self.outbox,
            rates=parts.SteadyRates(),
            links=parts.NoLinks(),
            clock=self.clock.ours,
            seller=parts.SELLER,
            policy=Policy(return_origins=(ORIGIN,)),
        )

    async def request(self, what: str, work: Callable[[Ports], Awaitable[T]]) -> T:
        """Have the API do something for a client.

        Raises:
            NoAnswer: it may have been done or not.
            BillingError: it was refused.
        """
        web = self.service("web")
        self.tell(f"asks us to {what}")
        if web is None:
            self.tell("nobody answers")
            raise NoAnswer
        try:
            with inside(web.process):
                await self.give_way(f"asks to {what}")
                answer = await self._work(web.ports, work)
                await self.give_way(f"is answered on {what}")
        except Crash:
            raise NoAnswer from None
        if self.happens(self.weather.client_cut_off):
            self.tell("does not hear the answer")
            raise NoAnswer
        return answer

    async def _work(self, ports: Ports, work: Callable[[Ports], Awaitable[T]]) -> T:
        try:
            return await work(ports)
        except BillingError as error:
            self.tell(f"is refused: {error.code}")
            raise

    # -- time and chance -----------------------------------------------------------------------

    async def give_way(self, place: str) -> None:
        """Let others go first."""
        await self.scheduler.give_way(place)

    async def sleep(self, seconds: float, place: str) -> None:
        """Go on no earlier than so many seconds from now."""
        until = self.clock.now + timedelta(seconds=seconds)
        await self.scheduler.give_way(place, until=until)

    def happens(self, chance: float) -> bool:
        """Whether something happens that has this chance."""
        return self.rng.random() < chance

    def postpone(self, job_id: int) -> int:
        """Have a job that failed wait before its next try; return how often it failed."""
        self._postponed[job_id] = self.clock.now + timedelta(seconds=RETRY_AFTER_S)
        self._failures[job_id] = self._failures.get(job_id, 0) + 1
        return self._failures[job_id]

    async def jobs(self) -> list[QueuedJob]:
        """The jobs that a worker may take now; the queue is asked only if it may have changed."""
        if self._jobs is None:
            self._jobs = await self.queue.waiting()
        now = self.clock.now
        return [job for job in self._jobs if self._postponed.get(job.id, now) <= now]

    def take(self, job: QueuedJob) -> None:
        """Have a worker take a job."""
        self.queue.take(job)
        if self._jobs is not None:
            self._jobs.remove(job)

    def retry_now(self) -> None:
        """Have the jobs that failed wait no longer."""
        self._postponed.clear()

    def plan(self, task: str) -> None:
        """Have the clock queue a job, unless one of its kind waits already."""
        job = self.queue.plan(task)
        if job is not None and self._jobs is not None:
            self._jobs.append(job)

    def forget_jobs(self) -> None:
        """The queue has changed."""
        self._jobs = None

    async def on_unit_of_work(self, place: str) -> None:
        """What the store tells of: our code may stop here, and what it committed is there now."""
        if place == "committed":
            self.forget_jobs()
        await self.give_way(place)

    def calm_down(self) -> None:
        """No more faults from here on."""
        self.weather, self.healing = CALM, True
        self.sandbox.faults.clear()
        self.clock.skew = timedelta(0)

    # -- words ---------------------------------------------------------------------------------

    def tell(self, what: str) -> None:
        """Add a line to the history, by the strand that runs."""
        self.trace.tell(self.clock.now, current().name, what)

    def announce(self, what: str) -> None:
        """Add a line to the history about what nobody does."""
        self.trace.tell(self.clock.now, "-", what)

    def name(self, key: str) -> str:
        """A short name for a gateway's id; other words stay."""
        prefix, rest = key.partition("_")[::2]
        return self.trace.name(_KINDS[prefix], key) if rest and prefix in _KINDS else key

    def number(self, kind: str) -> str:
        """A name for the next of its kind: "job 3"."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind} {self._counts[kind]}"
