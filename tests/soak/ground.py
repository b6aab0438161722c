"""The processes that are killed, how they are started again, and how long that takes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import asyncpg
import httpx
import psutil

from service.adapters.embedded_postgres import EmbeddedPostgres
from tests.support.fleet import Fleet, fleet_on
from tests.support.graphql import eventually
from tests.support.processes import Program, Starter, data_folder, reap

READY_WITHIN_S = 60.0


class Part(StrEnum):
    """A process of the service, or all those of its PostgreSQL."""

    SERVER = "server"
    WORKER = "worker"
    DATABASE = "database"


class Layout(StrEnum):
    """How the service is laid out. The gateway is a process of its own in both."""

    #: No database is configured: `serve` runs jobs too, `work` helps, and both share the embedded
    #: PostgreSQL, which is started by whoever comes first.
    EMBEDDED = "embedded database"
    #: `serve` answers and `work` works, on a PostgreSQL that somebody else starts again.
    SEPARATE = "separate database"


Victim = tuple[Part, ...]
VICTIMS: dict[Layout, tuple[Victim, ...]] = {
    Layout.EMBEDDED: (
        (Part.SERVER,),
        (Part.WORKER,),
        (Part.SERVER, Part.DATABASE),
        (Part.SERVER, Part.WORKER, Part.DATABASE),
    ),
    Layout.SEPARATE: (
        (Part.SERVER,),
        (Part.WORKER,),
        (Part.SERVER, Part.WORKER),
        (Part.DATABASE,),
    ),
}


#: Who runs jobs.
LISTENING: dict[Layout, set[Part]] = {
    Layout.EMBEDDED: {Part.SERVER, Part.WORKER},
    Layout.SEPARATE: {Part.WORKER},
}


@dataclass(frozen=True, slots=True)
class Ready:
    """Seconds from the start of what was killed until `/readyz` says yes, and until everybody who
    runs jobs listens for them. None: it was not hit, or another kill came first."""

    server_s: float | None = None
    jobs_s: float | None = None


@dataclass
class Ground:
    """One service with its gateway and its database."""

    layout: Layout
    fleet: Fleet
    http: httpx.AsyncClient
    programs: dict[Part, Program] = field(default_factory=dict)
    #: The PostgreSQL that is not the service's own, where there is one.
    postgres: list[EmbeddedPostgres] = field(default_factory=list)
    database_url: str = ""
    #: Processes that ended though nobody killed them, such as one that found no database.
    gave_up: list[Part] = field(default_factory=list)

    def close(self) -> None:
        """Leave the database; what else runs is killed with the fleet."""
        for one in self.postgres:
            one.stop()

    async def kill(self, victim: Victim, chance: random.Random) -> None:
        """Kill -9 of all parts, in any order."""
        for part in chance.sample(victim, len(victim)):
            if part is Part.DATABASE:
                reap(self._postgres_processes())
            else:
                self.programs[part].send(signal.SIGKILL)
        for part in victim:
            if part in self.programs:
                await asyncio.to_thread(self.programs[part].kill)

    async def open(self) -> None:
        """Start everything for the first time."""
        if self.layout is Layout.SEPARATE:
            await self._start_postgres()
            self.fleet.database_url = self.database_url = self.postgres[-1].dsn
            assert self.fleet.run("migrate").status == 0
        begun = time.time()
        await self._launch(Part.SERVER)
        # On a database without tables a worker gives up, and serve makes those of its own.
        await self._seconds_until(self._answers, begun)
        if self.layout is Layout.EMBEDDED:
            with EmbeddedPostgres.start(self.fleet.folder) as postgres:
                self.database_url = postgres.dsn
        await self._launch(Part.WORKER)
        await self.ready((Part.WORKER,), begun)

    def _postgres_processes(self) -> set[psutil.Process]:
        """Postmaster and children: each works in the cluster's folder."""
        found = set()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                is_postgres = process.name().startswith("postgres")
                if is_postgres and process.cwd().startswith(str(self.fleet.folder)):
                    found.add(process)
        return found

    async def start(self, victim: Victim, chance: random.Random) -> None:
        """Start what was killed, in any order, and do not wait. A database of its own comes first:
        nobody starts without it."""
        if Part.DATABASE in victim and self.layout is Layout.SEPARATE:
            await self._start_postgres()
        for part in chance.sample(victim, len(victim)):
            if part is not Part.DATABASE:
                await self._launch(part)

    async def _start_postgres(self) -> None:
        folder = self.fleet.folder / "database"
        self.postgres.append(await asyncio.to_thread(EmbeddedPostgres.start, folder))
        for one in self.postgres[:-1]:
            await asyncio.to_thread(one.stop)
        del self.postgres[:-1]

    async def _launch(self, part: Part) -> None:
        if part is Part.WORKER:
            started = await asyncio.to_thread(self.fleet.start_worker)
        else:
            separate = {"PAIDUP_WORKER": "separate"} if self.fleet.database_url else {}
            started = await asyncio.to_thread(self.fleet.launch_service, **separate)
        self.programs[part] = started

    async def ready(self, victim: Victim, begun: float) -> Ready:
        """Wait until what was hit works again; `begun` is a reading of the wall clock."""
        hit = _hit(victim, {Part.SERVER})
        listening = _hit(victim, LISTENING[self.layout])

        async def listen() -> bool:
            return await self._listeners(begun) >= len(listening)

        server_s, jobs_s = await asyncio.gather(
            self._seconds_until(self._answers, begun) if hit else _nothing(),
            self._seconds_until(listen, begun) if listening else _nothing(),
        )
        return Ready(server_s, jobs_s)

    async def answering(self) -> None:
        """Wait until the service answers and nothing of it has ended."""
        await self._seconds_until(self._answers, time.time())

    async def _seconds_until(self, look: Callable[[], Awaitable[bool]], begun: float) -> float:
        async def seen() -> bool:
            await self._revive()
            return await look()

        await eventually(seen, within=READY_WITHIN_S, why=f"{self.layout}: it works again")
        return time.time() - begun

    async def _revive(self) -> None:
        """What a supervisor does about a process that ended by itself."""
        for part, program in list(self.programs.items()):
            if program.process.poll() is not None:
                self.gave_up.append(part)
                await self._launch(part)

    async def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            answer = await self.http.get(f"{self.fleet.base_url}/readyz")
            return answer.status_code == 200
        return False

    async def _listeners(self, begun: float) -> int:
        """Connections on which somebody has begun to listen for jobs since a moment."""
        try:
            connection = await asyncpg.connect(self.database_url, timeout=5)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return 0
        try:
            since = datetime.fromtimestamp(begun, UTC)
            return int(await connection.fetchval(_LISTENERS, since))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return 0
        finally:
            connection.terminate()


_LISTENERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE backend_start >= $1 AND query LIKE 'LISTEN%pgqueuer%'"
)


def _hit(victim: Victim, parts: set[Part]) -> set[Part]:
    """Those of some parts that have lost themselves or their database."""
    return parts if Part.DATABASE in victim else parts & set(victim)


async def _nothing() -> None:
    return None


@contextlib.asynccontextmanager
async def ground(layout: Layout, starter: Starter) -> AsyncIterator[Ground]:
    """A service that runs, and its gateway; all of it is gone afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(data_folder())
        folder.mkdir(mode=0o755)
        fleet = stack.enter_context(fleet_on("", folder, starter))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=5, trust_env=False))
        made = Ground(layout, fleet, http)
        stack.callback(made.close)
        await made.open()
        yield made
