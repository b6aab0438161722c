"""Cross rates from one day's table of the euro."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.errors import ExchangeRateUnavailable
from service.billing.rates import EuroRates, Rate, cross_rate, due_day, implausible

DAY = date(2026, 10, 30)
TABLE = EuroRates(
    DAY, "ECB", {"USD": Decimal("1.0892"), "INR": Decimal("91.5055"), "JPY": Decimal("164.02")}
)


@pytest.mark.parametrize(
    ("base", "quote", "value"),
    [
        ("EUR", "INR", "91.505500000000"),
        ("EUR", "EUR", "1.000000000000"),
        ("USD", "EUR", "0.918105031216"),
        ("USD", "INR", "84.011659933896"),
        ("INR", "JPY", "1.792460562480"),
        ("USD", "USD", "1.000000000000"),
    ],
)
def test_a_cross_rate_is_the_quotient_to_twelve_decimals(base: str, quote: str, value: str) -> None:
    rate = cross_rate(TABLE, base, quote)
    assert rate == Rate(base, quote, Decimal(value), DAY, "ECB")
    assert str(rate.value) == value


PER_EURO = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(100_000), places=6)


@given(PER_EURO, PER_EURO)
def test_a_cross_rate_is_within_half_its_last_decimal(base: Decimal, quote: Decimal) -> None:
    table = EuroRates(DAY, "ECB", {"AAA": base, "BBB": quote})
    value = cross_rate(table, "AAA", "BBB").value
    distance = Fraction(value) - Fraction(quote) / Fraction(base)
    assert Fraction(-1, 2 * 10**12) < distance <= Fraction(1, 2 * 10**12)


@pytest.mark.parametrize(("base", "quote"), [("XXX", "INR"), ("INR", "XXX"), ("XXX", "EUR")])
def test_a_currency_that_is_not_in_the_table_has_no_rate(base: str, quote: str) -> None:
    with pytest.raises(ExchangeRateUnavailable) as refused:
        cross_rate(TABLE, base, quote)
    assert (refused.value.base, refused.value.quote) == (base, quote)
    assert str(refused.value) == f"There is no recent exchange rate from {base} to {quote}."


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-25T14:59:59+00:00", "2026-11-24"),  # a Wednesday, 15:59 in Frankfurt
        ("2026-11-25T15:00:00+00:00", "2026-11-25"),
        ("2026-07-15T14:00:00+00:00", "2026-07-15"),  # summer time
        ("2026-07-15T13:59:59+00:00", "2026-07-14"),
        ("2026-11-26T00:30:00+05:30", "2026-11-25"),  # the day before in Frankfurt
        ("2026-11-28T12:00:00+00:00", "2026-11-27"),  # Saturday
        ("2026-11-29T23:59:59+00:00", "2026-11-27"),  # Monday has begun in Frankfurt
        ("2026-11-30T14:00:00+00:00", "2026-11-27"),  # Monday before the hour
        ("2026-11-30T15:00:00+00:00", "2026-11-30"),
    ],
)
def test_a_table_is_due_on_weekdays_at_four_in_frankfurt(now: str, due: str) -> None:
    assert due_day(datetime.fromisoformat(now)) == date.fromisoformat(due)


def table(**per_euro: str) -> EuroRates:
    return EuroRates(DAY, "ECB", {currency: Decimal(rate) for currency, rate in per_euro.items()})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"USD": "1.00"}, {"USD": "1.50"}),
        ({"USD": "1.00"}, {"USD": "0.50"}),
        ({"USD": "1.00"}, {"USD": "1.00", "INR": "999"}),  # a currency that is new
        ({"USD": "1.00", "BGN": "1.9558"}, {"USD": "1.01"}),  # one that became the euro
    ],
)
def test_markets_move_and_currencies_come_and_go(
    before: dict[str, str], after: dict[str, str]
) -> None:
    assert implausible(table(**after), table(**before)) is None


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"USD": "1.00"}, {"USD": "1.5001"}, "USD moved from 1 to 1.5001"),
        ({"USD": "1.00"}, {"USD": "0.4999"}, "USD moved from 1 to 0.4999"),
        ({"USD": "1.05", "INR": "98"}, {"USD": "1.05", "INR": "9800"}, "INR moved from 98 to 9800"),
        ({"USD": "1", "INR": "98", "JPY": "160"}, {"USD": "1"}, "2 of 3 currencies are missing"),
    ],
)
def test_a_table_that_cannot_follow_another_is_doubted(
    before: dict[str, str], after: dict[str, str], words: str
) -> None:
    assert implausible(table(**after), table(**before)) == words
