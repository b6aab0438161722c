"""The bank's files over real sockets: fetched, asked for again, and refused when they are none."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from service.adapters.ecb_http_rates import EcbHttpRates
from service.billing.rates import EuroRates
from service.ports import RatesUnavailable
from tests.support.bank import DAILY, HISTORY, Answer, Bank, envelope, file_of, open_bank

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
FILE = {FRIDAY: {"USD": "1.0510", "INR": "98.1015"}, MONDAY: {"USD": "1.0543", "INR": "98.2750"}}
ON_MONDAY = EuroRates(
    MONDAY, "European Central Bank", {"USD": Decimal("1.0543"), "INR": Decimal("98.2750")}
)


@pytest.fixture(scope="module")
def site() -> Iterator[Bank]:
    with open_bank() as found:
        yield found


@pytest.fixture
def bank(site: Bank) -> Bank:
    """The same address for all tests, as if nobody had asked there before."""
    return site.opened_anew(FILE)


def eager(bank: Bank, *, timeout_s: float = 5) -> EcbHttpRates:
    """A source that takes no answer for fresh."""
    return EcbHttpRates(bank.url, timeout_s=timeout_s, fresh_s=0)


def answering(body: bytes, status: int = 200) -> Answer:
    return lambda _: Response(body, status)


async def refusal(source: EcbHttpRates) -> str:
    with pytest.raises(RatesUnavailable) as refused:
        await source.euro_rates(MONDAY)
    return str(refused.value)


# -- asking ------------------------------------------------------------------------------------


async def test_todays_rates_come_from_the_daily_file_alone(bank: Bank) -> None:
    assert await EcbHttpRates(bank.url).euro_rates(MONDAY) == ON_MONDAY
    assert bank.asked == [DAILY]


async def test_earlier_days_are_read_from_one_copy_of_the_90_days(bank: Bank) -> None:
    source = EcbHttpRates(bank.url)
    for day in (22, 21, 20):
        rates = await source.euro_rates(date(2026, 11, day))
        assert rates is not None
        assert rates.as_of == FRIDAY
    assert bank.asked == [DAILY, HISTORY]


async def test_many_who_ask_at_once_are_one_who_asks(bank: Bank) -> None:
    source = EcbHttpRates(bank.url)
    assert await asyncio.gather(*(source.euro_rates(MONDAY) for _ in range(20))) == [ON_MONDAY] * 20
    assert bank.asked == [DAILY]


async def test_a_file_that_has_not_changed_is_not_sent_again(bank: Bank) -> None:
    source = eager(bank)
    assert await source.euro_rates(MONDAY) == await source.euro_rates(MONDAY) == ON_MONDAY
    assert bank.statuses == [200, 304]
    tuesday = date(2026, 11, 24)
    bank.tables[tuesday] = {"USD": "1.0600", "INR": "99.0000"}
    newer = await source.euro_rates(tuesday)
    assert newer is not None
    assert newer.per_euro["USD"] == Decimal("1.0600")
    assert bank.statuses == [200, 304, 200]


async def test_a_bank_without_etags_is_asked_by_date(bank: Bank) -> None:
    seen: list[str | None] = []
    changed = "Mon, 23 Nov 2026 15:00:00 GMT"

    def dated(request: Request) -> Response:
        seen.append(request.headers.get("if-modified-since"))
        if seen[-1] == changed:
            return Response(status_code=304)
        return Response(file_of(FILE), headers={"last-modified": changed})

    bank.instead = dated
    source = eager(bank)
    assert await source.euro_rates(MONDAY) == await source.euro_rates(MONDAY) == ON_MONDAY
    assert seen == [None, changed]


async def test_a_move_within_the_same_site_is_followed(bank: Bank) -> None:
    def moved(request: Request) -> Response:
        if request.url.path == DAILY:
            return RedirectResponse("/new/eurofxref-daily.xml", 301)
        return Response(file_of(FILE))

    bank.instead = moved
    assert await eager(bank).euro_rates(MONDAY) == ON_MONDAY
    assert bank.asked == [DAILY, "/new/eurofxref-daily.xml"]


async def test_a_move_to_another_site_is_not_followed(bank: Bank) -> None:
    with open_bank(FILE) as other:
        bank.instead = lambda _: RedirectResponse(other.url)
        assert await refusal(eager(bank)) == "127.0.0.1 redirects to 127.0.0.1"
        assert other.asked == []


async def test_moves_in_a_circle_end(bank: Bank) -> None:
    bank.instead = lambda _: RedirectResponse(DAILY)
    assert await refusal(eager(bank)) == "127.0.0.1 redirects without end"
    assert bank.asked == [DAILY] * 3


# -- answers that are none ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [204, 304, 403, 404, 429, 500, 503])
async def test_a_status_other_than_success_is_no_table(bank: Bank, status: int) -> None:
    bank.instead = answering(b"", status)
    assert await refusal(eager(bank)) == f"127.0.0.1 answers {status}"


async def test_nobody_at_the_address_is_no_table() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        words = await refusal(EcbHttpRates(f"http://name:hidden-word@127.0.0.1:{port}/daily.xml"))
    assert words == "127.0.0.1: ConnectError"


async def test_a_bank_that_drips_is_left_when_the_time_is_up(bank: Bank) -> None:
    def drip() -> Iterator[bytes]:
        for byte in file_of(FILE):
            time.sleep(0.05)
            yield bytes([byte])

    bank.instead = lambda _: StreamingResponse(drip(), media_type="text/xml")
    begun = time.monotonic()
    assert await refusal(eager(bank, timeout_s=0.5)) == "127.0.0.1 is too slow"
    assert 0.4 < time.monotonic() - begun < 3


async def test_a_bank_that_says_nothing_is_left_when_the_time_is_up(bank: Bank) -> None:
    def silent(_: Request) -> Response:
        time.sleep(1)
        return Response(file_of(FILE))

    bank.instead = silent
    assert "127.0.0.1" in await refusal(eager(bank, timeout_s=0.2))


async def test_a_huge_answer_is_not_read_to_its_end(bank: Bank) -> None:
    sent = 0

    def flood() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(2000):
            sent += 65536
            yield b" " * 65536

    bank.instead = lambda _: StreamingResponse(flood(), media_type="text/xml")
    assert await refusal(eager(bank)) == "127.0.0.1 answers more than 1048576 bytes"
    assert sent < 2000 * 65536


async def test_an_answer_that_would_unpack_to_a_huge_one_is_not_unpacked(bank: Bank) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    bank.instead = lambda _: Response(packed, headers={"content-encoding": "gzip"})
    assert "an encoding that was not asked for" in await refusal(eager(bank))


# -- files that are none -----------------------------------------------------------------------

LAUGHS = "".join(
    f'<!ENTITY {letter} "{f"&{before};" * 10}">' for before, letter in pairwise("abcdefghij")
)
BOMB = f'<!DOCTYPE lolz [<!ENTITY a "lol">{LAUGHS}]><lolz>&j;</lolz>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, "<!DOCTYPE html><html></html>"])
async def test_a_file_with_a_document_type_is_not_read(bank: Bank, text: str) -> None:
    bank.instead = answering(text.encode())
    begun = time.monotonic()
    words = await refusal(eager(bank))
    assert words == "the file declares a document type, which is not read"
    assert time.monotonic() - begun < 2


def day(rates: str, time: str = "2026-11-23") -> str:
    return envelope(f'<Cube><Cube time="{time}">{rates}</Cube></Cube>')


USD = '<Cube currency="USD" rate="1.0543"/>'
NO_TABLES = {
    "nothing": "",
    "words": "The service is under maintenance.",
    "a page": "<html><body>Maintenance</body></html>",
    "half a file": file_of(FILE).decode()[:-20],
    "an entity nobody declared": envelope("<Cube>&x;</Cube>"),
    "no day": envelope("<Cube></Cube>"),
    "a day without rates": day(""),
    "a day without a name": envelope(f"<Cube><Cube>{USD}</Cube></Cube>"),
    "a day that does not exist": day(USD, "2026-02-30"),
    "a day in another form": day(USD, "23.11.2026"),
    "a day in other digits": day(USD, "२०२६-११-२३"),
    "a day with a time": day(USD, "2026-11-23T16:00:00"),
    "a day twice": envelope(f'<Cube>{f"""<Cube time="2026-11-23">{USD}</Cube>""" * 2}</Cube>'),
    "a currency twice": day(USD + USD),
    "the euro itself": day('<Cube currency="EUR" rate="1"/>'),
    "a currency in small letters": day('<Cube currency="usd" rate="1.0543"/>'),
    "a currency of four letters": day('<Cube currency="USDT" rate="1.0543"/>'),
    "a rate without a currency": day('<Cube rate="1.0543"/>'),
    "a currency without a rate": day('<Cube currency="USD"/>'),
    "a rate of nothing": day('<Cube currency="USD" rate="0.0000"/>'),
    "a rate below nothing": day('<Cube currency="USD" rate="-1.0543"/>'),
    "a rate that is no number": day('<Cube currency="USD" rate="NaN"/>'),
    "a rate without end": day('<Cube currency="USD" rate="Infinity"/>'),
    "a rate with an exponent": day('<Cube currency="USD" rate="1e9"/>'),
    "a rate with a comma": day('<Cube currency="USD" rate="1,0543"/>'),
    "a rate with more digits than are kept": day('<Cube currency="USD" rate="1.0543000000001"/>'),
    "another file": '<Cube xmlns="https://example.com"/>',
    "an encoding nobody knows": '<?xml version="1.0" encoding="klingon"?><a/>',
}


@pytest.mark.parametrize("text", NO_TABLES.values(), ids=list(NO_TABLES))
async def test_a_file_of_another_form_is_refused_whole_and_with_words(
    bank: Bank, text: str
) -> None:
    bank.instead = answering(text.encode())
    source = eager(bank)
    words = await refusal(source)
    assert words.startswith("the file ")
    assert len(words) < 200
    bank.instead = None
    assert await source.euro_rates(MONDAY) == ON_MONDAY


async def test_elements_within_elements_without_end_are_refused(bank: Bank) -> None:
    deep = 100_000
    bank.instead = answering(envelope("<a>" * deep + "</a>" * deep).encode())
    assert await refusal(eager(bank)) == "the file has no day, or one of them twice"


async def test_after_a_failure_the_next_answer_counts(bank: Bank) -> None:
    source = eager(bank)
    assert await source.euro_rates(MONDAY) == ON_MONDAY
    bank.instead = answering(b"", 500)
    await refusal(source)
    bank.instead = None
    assert await source.euro_rates(MONDAY) == ON_MONDAY
    assert bank.statuses == [200, 500, 304]
