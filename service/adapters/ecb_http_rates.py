"""The euro's reference rates from the files that the European Central Bank publishes.

Two files of one form: the newest day's table, and beside it those of the last 90 days.
https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from service.adapters.ecb_rates import ECB
from service.billing.rates import EuroRates
from service.ports import RatesUnavailable

HISTORY = "eurofxref-hist-90d.xml"
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
# As many digits as the store keeps.
_RATE = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)
# The 90 days have less than 100 kB.
_BYTES_MAX = 1024 * 1024
_HOPS_MAX = 3
# Days that are asked for one after the other are read from one answer.
_FRESH_S = 60.0

Tables = tuple[EuroRates, ...]


@dataclass(frozen=True, slots=True)
class _Copy:
    """A file as it was fetched: its tables, how to ask whether it has changed, and its age."""

    tables: Tables
    validators: dict[str, str]
    read_at: float


class EcbHttpRates:
    """A RateSource on the bank's own files, or on a mirror of them."""

    def __init__(self, url: str, *, timeout_s: float = 20.0, fresh_s: float = _FRESH_S) -> None:
        """`url` is the daily file; `timeout_s` bounds one fetch from beginning to end; an answer
        is asked for again when it is older than `fresh_s`."""
        self._daily = httpx.URL(url)
        self._history = self._daily.join(HISTORY)
        self._timeout_s = timeout_s
        self._fresh_s = fresh_s
        self._copies: dict[httpx.URL, _Copy] = {}
        self._turn = asyncio.Lock()

    async def euro_rates(self, on: date) -> EuroRates | None:
        """The newest rates published on or before a day, at most 90 days back.

        Raises:
            RatesUnavailable: no answer, or one that is no such file.
        """
        daily = await self._tables(self._daily)
        if daily[-1].as_of <= on:
            return daily[-1]
        earlier = [table for table in await self._tables(self._history) if table.as_of <= on]
        return earlier[-1] if earlier else None

    async def _tables(self, url: httpx.URL) -> Tables:
        """The tables of a file, oldest first and at least one."""
        async with self._turn:
            kept = self._copies.get(url)
            if kept is None or time.monotonic() - kept.read_at >= self._fresh_s:
                kept = self._copies[url] = await self._fetched(url, kept)
            return kept.tables

    async def _fetched(self, url: httpx.URL, kept: _Copy | None) -> _Copy:
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                httpx.AsyncClient(timeout=self._timeout_s) as client,
            ):
                answer = await _get(client, url, kept.validators if kept else {})
                body = b"" if answer.status_code == 304 else await _body(answer)
        except TimeoutError:
            raise RatesUnavailable(f"{url.host} is too slow") from None
        except httpx.HTTPError as error:
            # Its words may quote a URL with a password in it.
            raise RatesUnavailable(f"{url.host}: {type(error).__name__}") from None
        if answer.status_code == 304 and kept:
            return _Copy(kept.tables, kept.validators, time.monotonic())
        if answer.status_code != 200:
            raise RatesUnavailable(f"{url.host} answers {answer.status_code}")
        return _Copy(read_tables(body), _validators(answer), time.monotonic())


async def _get(
    client: httpx.AsyncClient, url: httpx.URL, headers: dict[str, str]
) -> httpx.Response:
    """Ask, following redirects within the same origin only; the body is still to be read."""
    # Not compressed: what a few bytes unpack to has no bound.
    plain = {"accept": "application/xml, text/xml", "accept-encoding": "identity"}
    request = client.build_request("GET", url, headers=plain | headers)
    for _ in range(_HOPS_MAX):
        answer = await client.send(request, stream=True)
        if answer.next_request is None:
            return answer
        request = answer.next_request
        if _origin(request.url) != _origin(url):
            raise RatesUnavailable(f"{url.host} redirects to {request.url.host}")
    raise RatesUnavailable(f"{url.host} redirects without end")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


async def _body(answer: httpx.Response) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise RatesUnavailable(f"{answer.url.host} answers in an encoding that was not asked for")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > _BYTES_MAX:
            raise RatesUnavailable(f"{answer.url.host} answers more than {_BYTES_MAX} bytes")
    return bytes(body)


def _validators(answer: httpx.Response) -> dict[str, str]:
    """What to ask with whether the file has changed (RFC 9110, 13.1)."""
    pairs = {"if-none-match": "etag", "if-modified-since": "last-modified"}
    return {name: answer.headers[given] for name, given in pairs.items() if given in answer.headers}


def read_tables(body: bytes) -> Tables:
    """Read one of the bank's files; return its tables, oldest first and at least one.

    Raises:
        RatesUnavailable: it is no such file, or any part of it has another form.
    """
    try:
        # Without a document type there are no entities to expand or to fetch.
        root = fromstring(body, forbid_dtd=True)
        tables = [_table(cube) for cube in root.findall(f"{_CUBE}/{_CUBE}")]
    except DefusedXmlException:
        raise RatesUnavailable("the file declares a document type, which is not read") from None
    except (ParseError, LookupError, ValueError) as error:
        raise RatesUnavailable(f"the file is none of reference rates: {error}") from None
    tables.sort(key=lambda table: table.as_of)
    if not tables or len({table.as_of for table in tables}) < len(tables):
        raise RatesUnavailable("the file has no day, or one of them twice")
    return tuple(tables)


def _table(cube: Any) -> EuroRates:
    """One day's table. Raises ValueError when it has another form."""
    day = date.fromisoformat(_matching(_DAY, cube.get("time")))
    rates = [_rate(inner) for inner in cube.findall(_CUBE)]
    per_euro = dict(rates)
    if not rates or len(per_euro) < len(rates):
        raise ValueError(f"{day} has no currency, or one of them twice")
    return EuroRates(day, ECB, per_euro)


def _rate(cube: Any) -> tuple[str, Decimal]:
    currency = _matching(_CURRENCY, cube.get("currency"))
    rate = Decimal(_matching(_RATE, cube.get("rate")))
    if not rate or currency == "EUR":
        raise ValueError(f"{rate} is no rate of {currency}")
    return currency, rate


def _matching(form: re.Pattern[str], text: str | None) -> str:
    if text is None or not form.fullmatch(text):
        raise ValueError(f"{text!r:.40} stands where {form.pattern} is expected")
    return text
