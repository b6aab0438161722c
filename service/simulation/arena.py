"""Where histories are played: one database, one gateway client, one world after another."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from service.adapters.stripe_gateway import StripeGateway
from service.simulation import ledgers
from service.simulation.history import Outcome, play
from service.simulation.network import Door, PatientHttpClient, Wire
from service.simulation.parts import SeededIds
from service.simulation.queue_table import QueueTable
from service.simulation.world import API_KEY, GATEWAY_URL, WEBHOOK_SECRET, World
from service.store.database import database, id_source, on_unit_of_work

WEBHOOK_URL = "http://service.simulation/webhooks/stripe"
_CONNECTIONS = 4


@dataclass(slots=True)
class Arena:
    """An open store on a migrated database of its own, whose rows are lost with each history."""

    connection: Any
    wire: Wire
    gateway_client: StripeGateway

    async def server_pids(self) -> list[int]:
        """The server's processes for this database; none of a server on another machine, whose
        numbers may be those of other processes here."""
        rows = await self.connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        )
        return [row["pid"] for row in rows if _is_postgres(row["pid"])]

    async def play(self, seed: int) -> Outcome:
        """Play one seed."""
        await ledgers.empty(self.connection)
        world = World(seed, self.gateway_client, QueueTable(self.connection))
        world.open_gateway(Door(world), WEBHOOK_URL)
        self.wire.world = world
        ids = id_source.set(SeededIds(seed))
        places = on_unit_of_work.set(world.on_unit_of_work)
        try:
            return await play(world, self.connection)
        finally:
            on_unit_of_work.reset(places)
            id_source.reset(ids)
            await world.sandbox.close()


@contextlib.asynccontextmanager
async def arena(url: str) -> AsyncIterator[Arena]:
    """Open an arena on a migrated database that nothing else uses."""
    wire = Wire()
    client = StripeGateway(
        API_KEY, (WEBHOOK_SECRET,), api_base=GATEWAY_URL, http_client=PatientHttpClient(wire)
    )
    async with database(url, pool_size=_CONNECTIONS):
        connection = await asyncpg.connect(url)
        try:
            yield Arena(connection, wire, client)
        finally:
            await connection.close()


def _is_postgres(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False
