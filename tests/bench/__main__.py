"""CPU per request of two reads, as a ratio to a raw handler that answers the same JSON.

    python -m tests.bench [rounds]

The service and the raw handler run as processes of their own on one PostgreSQL; rounds are taken
in turns, the order turned round each time. CPU is user and system time of the server process plus
PostgreSQL's, by request; medians over the rounds are printed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import psutil

from service.adapters.embedded_postgres import EmbeddedPostgres
from service.app import utc_now
from service.billing.people import Role
from service.billing.period import Month
from service.store.database import database, migrate
from service.store.records import Invoice
from service.tokens import AUDIENCE, ISSUER, DemoIssuer
from tests.bench.documents import LIST, ONE
from tests.support.processes import free_ports
from tests.support.shop import open_shop

INVOICES = 48
LINES = 30
REQUESTS = 400
AT_ONCE = 8


@dataclass(frozen=True)
class Server:
    name: str
    url: str
    process: subprocess.Popen[bytes]


@dataclass(frozen=True)
class Sample:
    """CPU in milliseconds of one request."""

    server_ms: float
    postgres_ms: float

    @property
    def total_ms(self) -> float:
        return self.server_ms + self.postgres_ms


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="paidup-bench-") as name:
        folder = Path(name)
        postgres = EmbeddedPostgres.start(folder, fsync=False)
        try:
            await _measure(folder, postgres, rounds)
        finally:
            postgres.stop()


async def _measure(folder: Path, postgres: EmbeddedPostgres, rounds: int) -> None:
    url = postgres.dsn
    await migrate(url)
    account_id, number = await _seed(url, folder)
    issuer = DemoIssuer(folder / "issuer")
    token = issuer.token(
        email="bench@example.com", role=Role.OWNER, account_id=account_id, at=utc_now()
    )
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    bodies = {
        "list of 20 invoices": orjson.dumps({"query": LIST}),
        "one invoice": orjson.dumps({"query": ONE, "variables": {"number": number}}),
    }
    with _service(folder, url, issuer) as service, _raw(url, account_id) as raw:
        async with _clients(headers) as client:
            for label, body in bodies.items():
                await _compare(client, label, body, (service, raw), postgres.server_pid, rounds)


async def _compare(
    client: httpx.AsyncClient,
    label: str,
    body: bytes,
    servers: tuple[Server, Server],
    postgres_pid: int,
    rounds: int,
) -> None:
    service, raw = servers
    answers = [await _answer(client, server, body) for server in (service, raw)]
    if answers[0] != answers[1]:
        raise SystemExit(f"{label}: the answers differ\n{answers[0]}\n{answers[1]}")
    samples: dict[str, list[Sample]] = {service.name: [], raw.name: []}
    for server in (service, raw):
        await _load(client, server, body)
    for turn in range(rounds):
        for server in (service, raw) if turn % 2 == 0 else (raw, service):
            samples[server.name].append(await _sample(client, server, body, postgres_pid))
    medians = {name: _median(taken) for name, taken in samples.items()}
    ratio = medians[service.name].total_ms / medians[raw.name].total_ms
    print(f"{label}: {ratio:.1f}x the CPU of the raw handler")
    for name, median in medians.items():
        print(
            f"  {name:<8} {median.total_ms:6.2f} ms a request"
            f" (server {median.server_ms:.2f}, PostgreSQL {median.postgres_ms:.2f})"
        )


def _median(samples: list[Sample]) -> Sample:
    return Sample(
        statistics.median(one.server_ms for one in samples),
        statistics.median(one.postgres_ms for one in samples),
    )


async def _answer(client: httpx.AsyncClient, server: Server, body: bytes) -> Any:
    answer = await client.post(server.url, content=body)
    answer.raise_for_status()
    return answer.json()


async def _sample(
    client: httpx.AsyncClient, server: Server, body: bytes, postgres_pid: int
) -> Sample:
    before = _cpu_s(server.process.pid), _tree_cpu_s(postgres_pid)
    await _load(client, server, body)
    after = _cpu_s(server.process.pid), _tree_cpu_s(postgres_pid)
    return Sample(
        (after[0] - before[0]) * 1000 / REQUESTS, (after[1] - before[1]) * 1000 / REQUESTS
    )


async def _load(client: httpx.AsyncClient, server: Server, body: bytes) -> None:
    async def turns() -> None:
        for _ in range(REQUESTS // AT_ONCE):
            (await client.post(server.url, content=body)).raise_for_status()

    await asyncio.gather(*[turns() for _ in range(AT_ONCE)])


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def _tree_cpu_s(pid: int) -> float:
    """Of a process and its children; those of PostgreSQL live as long as their connections."""
    return _cpu_s(pid) + sum(_cpu_s(child.pid) for child in psutil.Process(pid).children())


@contextlib.asynccontextmanager
async def _clients(headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        yield client


async def _seed(url: str, folder: Path) -> tuple[UUID, str]:
    """Accounts with invoices, made by the workflows; the newest has many lines and a payment."""
    async with database(url), open_shop(url, folder) as shop:
        account_id = await shop.account()
        newest: Invoice | None = None
        for index in range(INVOICES):
            month = Month(2022 + index // 12, index % 12 + 1)
            for _ in range(LINES - 1 if index == INVOICES - 1 else 2):
                await shop.charge(account_id, "12.3456", month=month, quantity="3.25")
            newest = await shop.invoice(account_id, "49.00", month=month)
        assert newest is not None
        assert newest.number is not None
        started = await shop.start(account_id, newest)
        await shop.pay(started.payment)
        await shop.settle(account_id, started.payment.id)
        return account_id, newest.number


@contextlib.contextmanager
def _service(folder: Path, url: str, issuer: DemoIssuer) -> Iterator[Server]:
    port = free_ports(1)
    environment = {
        "PAIDUP_DATABASE_URL": url,
        "PAIDUP_DATA_DIR": str(folder / "service"),
        "PAIDUP_PORT": str(port),
        "PAIDUP_WORKER": "separate",
        "PAIDUP_JWT_ISSUER": ISSUER,
        "PAIDUP_JWT_AUDIENCE": AUDIENCE,
        "PAIDUP_JWT_KEY_FILE": str(issuer.public_key_file),
        "PAIDUP_STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(8)}",
        "PAIDUP_STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(8)}",
        "PAIDUP_RATES_URL": "",
        "PAIDUP_RATE_MAX_AGE_DAYS": "36500",
    }
    command = [sys.executable, "-m", "service", "serve"]
    with _process("service", command, port, environment) as server:
        yield server


@contextlib.contextmanager
def _raw(url: str, account_id: UUID) -> Iterator[Server]:
    port = free_ports(1)
    command = [sys.executable, "-m", "tests.bench.raw_server", url, str(account_id), str(port)]
    with _process("raw", command, port, {}) as server:
        yield server


@contextlib.contextmanager
def _process(
    name: str, command: list[str], port: int, environment: dict[str, str]
) -> Iterator[Server]:
    process = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Server(name, f"http://127.0.0.1:{port}/graphql", process)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
