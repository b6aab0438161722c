"""What an amount costs in the currency it is charged in."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from service.billing.errors import ExchangeRateUnavailable
from service.billing.money import Money
from service.billing.payment import Quote, quote
from service.billing.rates import EuroRates, cross_rate
from service.ports import Ports
from service.workflows.rates import newest

SAME_CURRENCY = "no exchange"
UNCHANGED = Decimal(1)


async def price(
    ports: Ports, amount: Money, currency: str, *, on: date, valid_until: datetime | None
) -> Quote:
    """Price an amount in another currency with the newest rate published on or before a day.

    Not inside a transaction: rates are read from a file too.

    Raises:
        ExchangeRateUnavailable: there is no rate, or the newest is older than the policy allows.
    """
    table = None if amount.currency == currency else await newest(ports, on)
    return price_by(ports, table, amount, currency, on=on, valid_until=valid_until)


def price_by(
    ports: Ports,
    table: EuroRates | None,
    amount: Money,
    currency: str,
    *,
    on: date,
    valid_until: datetime | None,
) -> Quote:
    """Price an amount in another currency with a table of rates; its own currency needs none.

    Raises:
        ExchangeRateUnavailable: as for `price`.
    """
    if amount.currency == currency:
        return quote(
            amount, currency, UNCHANGED, source=SAME_CURRENCY, as_of=on, valid_until=valid_until
        )
    if table is None:
        raise ExchangeRateUnavailable(amount.currency, currency)
    rate = cross_rate(table, amount.currency, currency)
    if on - rate.as_of > ports.policy.rate_max_age:
        raise ExchangeRateUnavailable(amount.currency, currency, rate.as_of)
    return quote(
        amount, currency, rate.value, source=rate.source, as_of=rate.as_of, valid_until=valid_until
    )
