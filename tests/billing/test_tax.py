"""Tax: one rate, on the sum of the lines, rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.money import MINOR_UNITS_MAX, Money
from service.billing.tax import TaxAmount, TaxRate, tax_on

PERCENT = st.decimals(min_value=0, max_value=100, places=4)


@pytest.mark.parametrize(
    ("base", "percent", "tax"),
    [
        (10000, "18", 1800),
        (10003, "18", 1801),
        (25, "18", 5),
        (-25, "18", -5),
        (10000, "8.875", 888),
        (1, "50", 1),
        (-1, "50", -1),
        (1, "49.9999", 0),
        (12345, "0", 0),
        (12345, "100", 12345),
    ],
)
def test_a_tax_is_rounded_half_up(base: int, percent: str, tax: int) -> None:
    rate = TaxRate("IGST", Decimal(percent))
    expected = TaxAmount("IGST", Decimal(percent), Money(base, "INR"), Money(tax, "INR"))
    assert tax_on(Money(base, "INR"), rate) == expected


@given(st.integers(0, MINOR_UNITS_MAX), PERCENT)
def test_a_tax_is_within_half_a_unit_of_the_exact_one(base: int, percent: Decimal) -> None:
    taxed = tax_on(Money(base, "USD"), TaxRate("VAT", percent)).amount.minor_units
    exact = Fraction(base) * Fraction(percent) / 100
    assert exact - Fraction(1, 2) < taxed <= exact + Fraction(1, 2)
    assert 0 <= taxed <= base


@given(st.integers(0, MINOR_UNITS_MAX), PERCENT)
def test_a_credit_gives_back_the_tax_that_was_taken(base: int, percent: Decimal) -> None:
    rate = TaxRate("VAT", percent)
    taken = tax_on(Money(base, "USD"), rate).amount.minor_units
    assert tax_on(Money(-base, "USD"), rate).amount.minor_units == -taken


def test_a_rate_of_many_decimals_is_rounded_once() -> None:
    percent = Decimal("50.00000000000000004999999999999999")
    taxed = tax_on(Money(10**18, "USD"), TaxRate("VAT", percent)).amount
    assert taxed == Money(500_000_000_000_000_000, "USD")


@pytest.mark.parametrize("percent", ["-0.0001", "100.0001", "1000"])
def test_a_rate_outside_0_to_100_is_refused(percent: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        TaxRate("VAT", Decimal(percent))
