"""Amounts: exact, in whole minor units, rounded half up once. The oracles are fractions."""

from __future__ import annotations

import ast
import math
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import service.billing
from service.billing.errors import CurrencyMismatch
from service.billing.money import (
    MINOR_UNITS_MAX,
    Money,
    exponent,
    parse_decimal,
    round_half_up,
    share,
    total,
)

# One currency for each number of decimals that ISO 4217 knows.
BY_EXPONENT = {0: "JPY", 2: "USD", 3: "KWD", 4: "CLF"}
CURRENCIES = st.sampled_from(sorted(BY_EXPONENT.values()))
UNITS = st.integers(-MINOR_UNITS_MAX, MINOR_UNITS_MAX)
MONEY = st.builds(Money, UNITS, CURRENCIES)
RATES = st.decimals(min_value=Decimal("0.000000000001"), max_value=Decimal(10**6), places=12)


def half_up(value: Fraction) -> int:
    """The rule in other words: to the nearest whole number, midpoints away from zero."""
    sign = -1 if value < 0 else 1
    return sign * math.floor(abs(value) + Fraction(1, 2))


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        *dict.fromkeys(("INR", "USD", "EUR", "GBP", "CHF", "XYZ"), 2).items(),
        *dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF"), 0).items(),
        *dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3).items(),
        *dict.fromkeys(("CLF", "UYW"), 4).items(),
    ],
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    "code", ["", "US", "USDD", "usd", "Usd", "US1", "US ", "USD\n", "ÜSD", "ＵＳＤ", "₹"]
)
def test_a_code_that_is_not_three_capitals_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 4217 code"):
        exponent(code)
    with pytest.raises(ValueError, match="not an ISO 4217 code"):
        Money(1, code)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.4", 0),
        ("0.5", 1),
        ("1.5", 2),
        ("2.5", 3),
        ("-0.4", 0),
        ("-0.5", -1),
        ("-2.5", -3),
        ("0.4999999999999999999999999999999999999999", 0),
        ("-0.4999999999999999999999999999999999999999", 0),
        ("9223372036854775806.5", 9223372036854775807),
    ],
)
def test_midpoints_go_away_from_zero(value: str, rounded: int) -> None:
    assert round_half_up(Decimal(value)) == rounded


@given(st.integers(-(10**40), 10**40), st.integers(0, 20))
def test_rounding_equals_the_fraction_rule(digits: int, places: int) -> None:
    value = Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -places))
    rounded = round_half_up(value)
    assert rounded == half_up(Fraction(digits, 10**places))
    assert type(rounded) is int


@pytest.mark.parametrize(
    ("amount", "currency", "minor_units"),
    [
        ("12.345", "USD", 1235),
        ("-12.345", "USD", -1235),
        ("12.344999", "USD", 1234),
        ("0.5", "JPY", 1),
        ("1.0005", "KWD", 1001),
        ("1.00005", "CLF", 10001),
        ("1E+3", "USD", 100000),
    ],
)
def test_major_units_are_rounded_to_minor_units(
    amount: str, currency: str, minor_units: int
) -> None:
    assert Money.from_decimal(Decimal(amount), currency) == Money(minor_units, currency)


@given(MONEY)
def test_an_amount_reads_back_as_it_was_written(money: Money) -> None:
    assert Money.from_decimal(money.amount, money.currency) == money
    assert money.amount.same_quantum(Decimal(1).scaleb(-exponent(money.currency)))


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1200, "USD"), "12.00"),
        (Money(-5, "USD"), "-0.05"),
        (Money(0, "KWD"), "0.000"),
        (Money(1200, "JPY"), "1200"),
        (Money(MINOR_UNITS_MAX, "USD"), "92233720368547758.07"),
    ],
)
def test_an_amount_shows_all_its_decimals(money: Money, text: str) -> None:
    assert str(money.amount) == text
    assert str(money) == f"{text} {money.currency}"


@pytest.mark.parametrize("pair", list(product(BY_EXPONENT, BY_EXPONENT)))
@given(units=st.integers(-(10**8), 10**8), rate=RATES)
@settings(max_examples=12)
def test_an_exchange_is_rounded_once(pair: tuple[int, int], units: int, rate: Decimal) -> None:
    base, quote = pair
    exchanged = Money(units, BY_EXPONENT[base]).convert(rate, BY_EXPONENT[quote])
    exact = Fraction(units, 10**base) * Fraction(rate) * 10**quote
    assert exchanged == Money(half_up(exact), BY_EXPONENT[quote])
    assert type(exchanged.minor_units) is int


def test_an_exchange_keeps_every_digit_of_the_largest_amount() -> None:
    rate = Decimal("1.000000000001")
    exact = half_up(Fraction(10**18) * Fraction(rate))
    assert Money(10**18, "USD").convert(rate, "INR") == Money(exact, "INR")
    assert Money(10**18, "USD").convert(rate, "INR").minor_units == 1000000000001000000


@given(st.lists(st.integers(-(10**15), 10**15)), CURRENCIES)
def test_a_total_is_the_sum_of_its_amounts(units: list[int], currency: str) -> None:
    added = total([Money(one, currency) for one in units], currency)
    assert added == Money(sum(units), currency)
    assert type(added.minor_units) is int


def test_sums_and_differences() -> None:
    assert Money(1, "USD") + Money(2, "USD") == Money(3, "USD")
    assert Money(1, "USD") - Money(2, "USD") == Money(-1, "USD")
    assert total([], "INR") == Money(0, "INR")


def test_amounts_of_two_currencies_are_not_added() -> None:
    with pytest.raises(CurrencyMismatch, match="USD and INR cannot be added"):
        Money(1, "USD") + Money(1, "INR")
    with pytest.raises(CurrencyMismatch, match="USD and INR cannot be added"):
        Money(1, "USD") - Money(1, "INR")
    with pytest.raises(CurrencyMismatch, match="INR and USD cannot be added"):
        total([Money(1, "INR"), Money(1, "USD")], "INR")
    with pytest.raises(CurrencyMismatch):
        total([Money(0, "USD")], "INR")


@pytest.mark.parametrize("units", [MINOR_UNITS_MAX + 1, -MINOR_UNITS_MAX - 1])
def test_an_amount_beyond_64_bits_is_refused(units: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        Money(units, "USD")


def test_a_sum_beyond_64_bits_is_refused() -> None:
    largest = Money(MINOR_UNITS_MAX, "USD")
    with pytest.raises(ValueError, match="64 bits"):
        largest + Money(1, "USD")
    with pytest.raises(ValueError, match="64 bits"):
        largest.convert(Decimal("1.000001"), "USD")


WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(MONEY, WEIGHTS)
def test_shares_add_up_exactly(money: Money, weights: list[int]) -> None:
    shares = share(money, weights)
    assert total(shares, money.currency) == money
    assert len(shares) == len(weights)
    for part, weight in zip(shares, weights, strict=True):
        exact = Fraction(money.minor_units * weight, sum(weights))
        assert abs(part.minor_units - exact) < 1
        assert type(part.minor_units) is int
        assert weight or part.minor_units == 0


@given(MONEY, WEIGHTS)
def test_a_credit_is_shared_like_the_debit_it_undoes(money: Money, weights: list[int]) -> None:
    undone = share(Money(-money.minor_units, money.currency), weights)
    assert [Money(-part.minor_units, part.currency) for part in undone] == share(money, weights)


@pytest.mark.parametrize(
    ("units", "weights", "shares"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (10, [1, 2, 3], [2, 3, 5]),
        (100, [0, 1, 0], [0, 100, 0]),
        (1, [1, 5, 3], [0, 1, 0]),
        (0, [3, 4], [0, 0]),
    ],
)
def test_left_over_units_go_to_the_largest_remainders(
    units: int, weights: list[int], shares: list[int]
) -> None:
    assert [part.minor_units for part in share(Money(units, "USD"), weights)] == shares


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1], [-1]])
def test_weights_without_a_meaning_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        share(Money(100, "USD"), weights)


@pytest.mark.parametrize("text", ["0", "-12.50", "000123.4", "999999999999999.99", "-0"])
def test_a_plain_decimal_is_read(text: str) -> None:
    read = parse_decimal(text, places=2)
    assert read == Decimal(text)
    assert str(read) == str(Decimal(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        ".5",
        "1.",
        "1,000",
        "1_000",
        "1e3",
        "1E3",
        "0x1",
        "--1",
        "-",
        "NaN",
        "Infinity",
        "１",
        "१",
        "1.234",
        "1.2.3",
        "1" * 16,
    ],
)
def test_anything_else_is_no_decimal(text: str) -> None:
    with pytest.raises(ValueError, match="at most 2 decimals"):
        parse_decimal(text, places=2)


def test_the_rules_know_no_floats() -> None:
    """A float that slips in rounds in binary: neither a literal nor a conversion may stand here."""
    folder = Path(service.billing.__file__).parent
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(folder.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert found == []
