"""What an amount costs in the currency it is charged in."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from service.billing.errors import ExchangeRateUnavailable
from service.billing.money import Money
from service.billing.payment import Quote, quote
from service.billing.rates import EuroRates, cross_rate
from service.ports import Ports
from service.store import rates

SAME_CURRENCY = "no exchange"


async def price(
    ports: Ports, amount: Money, currency: str, *, on: date, valid_until: datetime | None
) -> Quote:
    """Price an amount in another currency with the newest rate published on or before a day.

    Not inside a transaction: the rates may have to be fetched.

    Raises:
        ExchangeRateUnavailable: there is no rate, or the newest is older than the policy allows.
    """
    if amount.currency == currency:
        one = Decimal(1)
        return quote(amount, currency, one, source=SAME_CURRENCY, as_of=on, valid_until=valid_until)
    table = await _table(ports, on)
    if table is None or on - table.as_of > ports.policy.rate_max_age:
        raise ExchangeRateUnavailable(amount.currency, currency)
    rate = cross_rate(table, amount.currency, currency)
    return quote(
        amount, currency, rate.value, source=rate.source, as_of=rate.as_of, valid_until=valid_until
    )


async def _table(ports: Ports, on: date) -> EuroRates | None:
    kept = await rates.newest(on)
    if kept is not None and kept.as_of == on:
        return kept
    published = await ports.rates.euro_rates(on)
    if published is None:
        return kept
    if kept is None or published.as_of > kept.as_of:
        await rates.record(published)
        return published
    return kept
