"""Amounts: exact text for programs, and the reader's own way for people."""

from __future__ import annotations

import pytest

from service.api.types.money import Money

MONEY = [
    (124900, "USD", "1249.00", "$1,249.00", "1.249,00\u00a0$"),
    (-5, "USD", "-0.05", "-$0.05", "-0,05\u00a0$"),
    (124900, "JPY", "124900", "¥124,900", "124.900\u00a0¥"),
    (1249, "KWD", "1.249", None, None),
    (9223372036854775807, "INR", "92233720368547758.07", None, None),
]


@pytest.mark.parametrize(("units", "currency", "amount", "english", "german"), MONEY)
def test_money_is_exact_text_and_formatted_for_people(
    units: int, currency: str, amount: str, english: str | None, german: str | None
) -> None:
    money = Money.of_minor(units, currency)
    assert (money.minor_units, money.amount, money.currency) == (str(units), amount, currency)
    if english is not None:
        assert (money.formatted(), money.formatted("de-DE")) == (english, german)


@pytest.mark.parametrize("locale", ["", "xx-XX", "en-US-u-hc-h23", "../../etc", "\u0000", "e" * 99])
def test_an_unknown_locale_breaks_no_screen(locale: str) -> None:
    assert Money.of_minor(124900, "USD").formatted(locale) == "$1,249.00"
