"""Exchange rates: one day's reference rates of the euro, and cross rates from them.

The European Central Bank publishes, each TARGET day, how many units of a currency one euro buys.
A rate between two other currencies is their quotient, kept to twelve decimals, half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from service.billing.errors import ExchangeRateUnavailable

RATE_PLACES = Decimal("0.000000000001")


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
