"""Amounts, numbers and dates as the reader's region writes them.

Our words are English. A month named in another language would stand among them as a stranger, and
one written from right to left would move the figures around it, so dates take the order of the
reader's region and English names.

The decimals of an amount follow ISO 4217 (`billing.money.exponent`), not the locale data, which
rounds some currencies to cash units.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal

from service.billing.money import Money, exponent

_FRACTION = re.compile(r"\.[0#]+")
_RATE_DIGITS = 6
# Some locales group digits by a narrow space that few fonts have.
_NARROW_SPACE, _NO_BREAK_SPACE = "\u202f", "\u00a0"


class Figures:
    """Writes values for one locale, named by its tag such as "de-DE".

    Raises:
        ValueError, babel.UnknownLocaleError: no such locale.
    """

    def __init__(self, tag: str) -> None:
        self._locale = Locale.parse(tag.replace("_", "-"), sep="-")
        self._dates = _english_of(self._locale.territory)

    @property
    def language(self) -> str:
        """The tag of the language that our words and dates are in, such as "en-DE"."""
        return str(self._dates).replace("_", "-")

    def plain(self, amount: Money) -> str:
        """An amount without its currency, for a column that names it in the head."""
        return self._decimal(amount.amount, exponent(amount.currency))

    def coded(self, amount: Money) -> str:
        """An amount with its ISO 4217 code, on the side where the locale has its symbol."""
        number = self.plain(amount)
        if self._symbol_pattern().startswith("¤"):
            return f"{amount.currency}{_NO_BREAK_SPACE}{number}"
        return f"{number}{_NO_BREAK_SPACE}{amount.currency}"

    def symbol(self, amount: Money) -> str:
        """An amount with its currency symbol."""
        pattern = _with_decimals(self._symbol_pattern(), exponent(amount.currency))
        text = format_currency(
            amount.amount, amount.currency, pattern, locale=self._locale, currency_digits=False
        )
        return text.replace(_NARROW_SPACE, _NO_BREAK_SPACE)

    def unit_price(self, price: Decimal, currency: str) -> str:
        """A price in major units with all its decimals, at least those of the currency."""
        return self._decimal(price, max(exponent(currency), _decimals(price)))

    def exact(self, number: Decimal) -> str:
        """A number with all its decimals and none more: quantities, percentages."""
        return self._decimal(number, _decimals(number))

    def rate(self, rate: Decimal) -> str:
        """An exchange rate to six decimals, or to six digits when it is below one."""
        places = max(_RATE_DIGITS, _RATE_DIGITS - 1 - rate.adjusted())
        with localcontext(prec=60):
            rounded = rate.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        return self.exact(rounded)

    def day(self, day: date) -> str:
        """A date in words: 19 November 2026."""
        return format_date(day, "long", locale=self._dates)

    def short_day(self, day: date) -> str:
        """A date in short words: 19 Nov 2026."""
        return format_date(day, "medium", locale=self._dates)

    def moment(self, moment: datetime) -> str:
        """A time of day with its zone, by the zone that it carries: 19 Nov 2026, 15:04 IST."""
        zone = moment.tzname() or ""
        named = f"UTC{zone}" if zone[:1] in "+-" else zone
        return f"{self.short_day(moment.date())}, {moment:%H:%M}{_NO_BREAK_SPACE}{named}"

    def period(self, first: date, last: date) -> str:
        """The name of a calendar month ("October 2026"), or two dates for any other period."""
        if first.day == 1 and last == _month_end(first):
            return format_skeleton("yMMMM", first, locale=self._dates)
        return f"{self.short_day(first)} – {self.short_day(last)}"

    def _symbol_pattern(self) -> str:
        return str(self._locale.currency_formats["standard"].pattern)

    def _decimal(self, number: Decimal, decimals: int) -> str:
        pattern = _with_decimals(str(self._locale.decimal_formats[None].pattern), decimals)
        text = format_decimal(number, pattern, locale=self._locale)
        return text.replace(_NARROW_SPACE, _NO_BREAK_SPACE)


def _english_of(territory: str | None) -> Locale:
    """English as a territory writes it; international English where no custom is known."""
    try:
        return Locale("en", territory)
    except UnknownLocaleError:
        return Locale("en", "001")


def _with_decimals(pattern: str, decimals: int) -> str:
    return _FRACTION.sub("." + "0" * decimals if decimals else "", pattern)


def _decimals(number: Decimal) -> int:
    """Decimals of a number without trailing zeros."""
    if number == 0:
        return 0
    places = number.as_tuple().exponent
    text = f"{number:f}".rstrip("0") if isinstance(places, int) and places < 0 else "0"
    return len(text.partition(".")[2])


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
