"""Exchange rates: one day's reference rates of the euro, and cross rates from them.

The European Central Bank publishes, each TARGET day, how many units of a currency one euro buys.
A rate between two other currencies is their quotient, kept to twelve decimals, half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from zoneinfo import ZoneInfo

from service.billing.errors import ExchangeRateUnavailable

RATE_PLACES = Decimal("0.000000000001")
# More is a slip, a forgery, or a crash that a person looks at first. Of all the bank's rates since
# 1999 one moved by more from one day to the next: that of the Turkish lira, by 68 % in 2001.
MOVE_MAX = Decimal("0.5")
# "The reference rates are usually updated at around 16:00 CET every working day."
_PUBLISHED_AT_HOUR = 16
_FRANKFURT = ZoneInfo("Europe/Berlin")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class EuroRates:
    """Units of each currency for one euro on the day `as_of`, as `source` published them."""

    as_of: date
    source: str
    per_euro: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of `quote` for one unit of `base`."""

    base: str
    quote: str
    value: Decimal
    as_of: date
    source: str


def cross_rate(rates: EuroRates, base: str, quote: str) -> Rate:
    """The rate between two currencies of one day's table.

    Raises:
        ExchangeRateUnavailable: one of them is not in the table.
    """
    try:
        per_base = Decimal(1) if base == "EUR" else rates.per_euro[base]
        per_quote = Decimal(1) if quote == "EUR" else rates.per_euro[quote]
    except KeyError:
        raise ExchangeRateUnavailable(base, quote) from None
    with localcontext(prec=60):
        value = (per_quote / per_base).quantize(RATE_PLACES, rounding=ROUND_HALF_UP)
    return Rate(base, quote, value, rates.as_of, rates.source)


def due_day(now: datetime) -> date:
    """The newest day whose table should be out: published on weekdays at 16:00 in Frankfurt.

    The bank's holidays count as weekdays: its next table is then a day or two late.
    """
    local = now.astimezone(_FRANKFURT)
    day = local.date()
    if local.hour < _PUBLISHED_AT_HOUR:
        day -= timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day


def implausible(rates: EuroRates, before: EuroRates) -> str | None:
    """Why a table cannot be the one that follows another; None when it can.

    Currencies come and go, but not most of them at once; no rate moves by more than MOVE_MAX.
    """
    gone = before.per_euro.keys() - rates.per_euro.keys()
    if 2 * len(gone) > len(before.per_euro):
        return f"{len(gone)} of {len(before.per_euro)} currencies are missing"
    for currency in sorted(before.per_euro.keys() & rates.per_euro.keys()):
        was, now = before.per_euro[currency], rates.per_euro[currency]
        if abs(now - was) > was * MOVE_MAX:
            return f"{currency} moved from {was.normalize():f} to {now.normalize():f}"
    return None
