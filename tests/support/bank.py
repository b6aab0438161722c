"""A bank that publishes reference rates on this machine: its two files, and whatever goes wrong."""

from __future__ import annotations

import contextlib
import csv
import io
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from xml.sax.saxutils import quoteattr

import uvicorn
from currency_converter import CURRENCY_FILE
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.processes import wait_until

DAILY = "/stats/eurofxref/eurofxref-daily.xml"
HISTORY = "/stats/eurofxref/eurofxref-hist-90d.xml"

Table = Mapping[str, str]
Answer = Callable[[Request], Response]


def packaged_tables() -> dict[date, Table]:
    """What the bank published on each day up to the package's last, as the texts that it was."""
    with zipfile.ZipFile(CURRENCY_FILE) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return {
        date.fromisoformat(row["Date"]): {
            currency: rate
            for currency, rate in row.items()
            if currency not in ("Date", "") and rate not in ("N/A", "")
        }
        for row in csv.DictReader(io.StringIO(text))
    }


def next_table(**changed: str) -> Table:
    """A table that may follow the last packaged one: the same rates but for some."""
    tables = packaged_tables()
    return {**tables[max(tables)], **changed}


def file_of(tables: Mapping[date, Table]) -> bytes:
    """Tables in the bank's form, newest first: a currency's units for one euro, by day."""
    days = "".join(
        f'<Cube time="{day}">{"".join(map(_cube, tables[day].items()))}</Cube>'
        for day in sorted(tables, reverse=True)
    )
    return envelope(f"<Cube>{days}</Cube>").encode()


def envelope(cubes: str) -> str:
    """What stands around the rates."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"'
        ' xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
        "<gesmes:subject>Reference rates</gesmes:subject>"
        "<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>"
        f"{cubes}</gesmes:Envelope>"
    )


def _cube(rate: tuple[str, str]) -> str:
    return f"<Cube currency={quoteattr(rate[0])} rate={quoteattr(rate[1])}/>"


@dataclass
class Bank:
    """Publishes `tables` with an ETag; `instead` answers for it while it is set."""

    origin: str
    tables: dict[date, Table] = field(default_factory=dict)
    instead: Answer | None = None
    asked: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.origin + DAILY

    def opened_anew(self, tables: Mapping[date, Table]) -> Bank:
        """The same bank with other tables and without a past."""
        self.tables, self.instead = dict(tables), None
        self.asked, self.statuses = [], []
        return self

    def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        answer = (self.instead or self.published)(request)
        self.statuses.append(answer.status_code)
        return answer

    def published(self, request: Request) -> Response:
        newest = max(self.tables)
        wanted = {newest: self.tables[newest]} if request.url.path == DAILY else self.tables
        body = file_of(wanted)
        tag = f'"{sha256(body).hexdigest()}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304)
        return Response(body, media_type="text/xml", headers={"etag": tag})


@contextlib.contextmanager
def open_bank(tables: Mapping[date, Table] | None = None) -> Iterator[Bank]:
    """A bank on a free port. It answers from a thread, also to a test that waits for a process."""
    bank = Bank("", dict(tables or {}))
    # Endpoints that are plain functions run in threads: a slow one keeps no other waiting.
    routes = [Route("/{path:path}", bank.answer, methods=["GET"])]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    wait_until(lambda: server.started, within=10, why="the bank opens")
    bank.origin = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield bank
    finally:
        server.should_exit = True
        serving.join(10)
