"""Cross rates from one day's table of the euro."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.errors import ExchangeRateUnavailable
from service.billing.rates import EuroRates, Rate, cross_rate

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
