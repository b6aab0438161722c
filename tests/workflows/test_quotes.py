"""What an amount costs in another currency: the newest published rate, kept by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from service.billing.errors import ExchangeRateUnavailable
from service.billing.money import Money
from service.billing.payment import PaymentStatus, Quote
from service.billing.period import Month
from service.billing.rates import EuroRates
from service.store import invoices, rates
from service.workflows.quotes import price
from tests.support.books import rows
from tests.support.shop import START, Shop

TEN_DOLLARS = Money(1000, "USD")
FRIDAY = date(2026, 10, 30)


class Published:
    """A source that publishes what a test says, and counts how often it is asked."""

    def __init__(self, *tables: EuroRates) -> None:
        self.tables = list(tables)
        self.asked = 0

    async def euro_rates(self, on: date) -> EuroRates | None:
        self.asked += 1
        known = [table for table in self.tables if table.as_of <= on]
        return max(known, key=lambda table: table.as_of, default=None)


def table(day: date, usd: str = "1.25", inr: str = "100", source: str = "A bank") -> EuroRates:
    return EuroRates(day, source, {"USD": Decimal(usd), "INR": Decimal(inr)})


async def priced(shop: Shop, on: date, amount: Money = TEN_DOLLARS) -> Quote:
    return await price(shop.ports, amount, "INR", on=on, valid_until=START)


async def test_a_price_names_its_rate_its_source_and_its_day(shop: Shop) -> None:
    shop.with_ports(rates=Published(table(FRIDAY)))
    assert await priced(shop, FRIDAY) == Quote(
        Decimal("80.000000000000"), "A bank", FRIDAY, START, Money(80000, "INR")
    )


async def test_the_bank_publishes_no_rate_on_a_weekend(shop: Shop) -> None:
    sunday = await priced(shop, date(2026, 10, 25))
    friday = await priced(shop, date(2026, 10, 23))
    assert sunday == friday
    assert sunday.as_of == date(2026, 10, 23)


async def test_euros_are_the_base_of_every_table(shop: Shop) -> None:
    shop.with_ports(rates=Published(table(FRIDAY)))
    from_euros = await priced(shop, FRIDAY, Money(1000, "EUR"))
    assert from_euros.charged == Money(100000, "INR")
    to_euros = await price(shop.ports, TEN_DOLLARS, "EUR", on=FRIDAY, valid_until=None)
    assert (to_euros.rate, to_euros.charged) == (Decimal("0.8"), Money(800, "EUR"))


async def test_a_days_table_is_fetched_once(shop: Shop) -> None:
    source = Published(table(FRIDAY))
    shop.with_ports(rates=source)
    first = await priced(shop, FRIDAY)
    assert await priced(shop, FRIDAY) == first
    assert source.asked == 1
    assert await rows("exchange_rate") == 2


async def test_a_newer_table_is_used_from_its_day_on(shop: Shop) -> None:
    monday = FRIDAY + timedelta(days=3)
    source = Published(table(FRIDAY))
    shop.with_ports(rates=source)
    assert (await priced(shop, monday)).as_of == FRIDAY
    source.tables.append(table(monday, inr="110"))
    later = await priced(shop, monday)
    assert (later.as_of, later.charged) == (monday, Money(88000, "INR"))
    assert (await priced(shop, FRIDAY)).charged == Money(80000, "INR")


async def test_a_rate_that_moves_changes_no_open_page_and_the_next_page_has_the_new_one(
    shop: Shop,
) -> None:
    """It moves at midnight where the seller is, half an hour after the page was opened."""
    saturday = FRIDAY + timedelta(days=1)
    shop.with_ports(rates=Published(table(FRIDAY), table(saturday, inr="110")))
    shop.clock.now = datetime(2026, 10, 30, 18, 0, tzinfo=UTC)
    account = await shop.account()
    invoice = await shop.invoice(account)
    other = await shop.invoice(account, month=Month(2026, 8))
    first = (await shop.start(account, invoice)).payment
    assert first.quote.charged == Money(800000, "INR")
    shop.clock.move(minutes=45)
    assert (await shop.start(account, other)).payment.quote.charged == Money(880000, "INR")
    again = (await shop.start(account, invoice)).payment
    assert (again.id, again.quote) == (first.id, first.quote)
    assert shop.at_gateway(first)["amount_total"] == 800000
    await shop.pay(first)
    paid = await shop.settle(account, first.id)
    assert (paid.status, paid.quote) == (PaymentStatus.CAPTURED, first.quote)
    assert (await invoices.find(account, invoice.id)).paid_minor == 10000


async def test_a_published_day_never_changes(shop: Shop) -> None:
    source = Published(table(FRIDAY))
    shop.with_ports(rates=source)
    await priced(shop, FRIDAY)
    await rates.record(table(FRIDAY, inr="999"))
    source.tables = [table(FRIDAY, inr="999")]
    assert (await priced(shop, FRIDAY)).charged == Money(80000, "INR")


async def test_a_day_that_is_kept_takes_no_further_currency(shop: Shop) -> None:
    await rates.record(table(FRIDAY))
    await rates.record(replace(table(FRIDAY), per_euro={"AED": Decimal("3.86")}))
    shop.with_ports(rates=Published())
    assert (await priced(shop, FRIDAY)).charged == Money(80000, "INR")
    with pytest.raises(ExchangeRateUnavailable):
        await priced(shop, FRIDAY, Money(1000, "AED"))


async def test_a_kept_table_serves_while_the_source_has_none(shop: Shop) -> None:
    shop.with_ports(rates=Published(table(FRIDAY)))
    await priced(shop, FRIDAY)
    shop.with_ports(rates=Published())
    assert (await priced(shop, FRIDAY + timedelta(days=3))).as_of == FRIDAY


async def test_nothing_published_yet_or_nothing_fresh_enough_is_no_rate(shop: Shop) -> None:
    shop.with_ports(rates=Published())
    with pytest.raises(ExchangeRateUnavailable) as refusal:
        await priced(shop, FRIDAY)
    assert (refusal.value.base, refusal.value.quote) == ("USD", "INR")
    assert refusal.value.as_of is None
    policy = replace(shop.ports.policy, rate_max_age=timedelta(days=7))
    shop.with_ports(rates=Published(table(FRIDAY)), policy=policy)
    assert (await priced(shop, FRIDAY + timedelta(days=7))).as_of == FRIDAY
    with pytest.raises(ExchangeRateUnavailable) as refusal:
        await priced(shop, FRIDAY + timedelta(days=8))
    assert refusal.value.as_of == FRIDAY
    assert str(refusal.value) == (
        "There is no recent exchange rate from USD to INR."
        " The newest one is of 2026-10-30, which is too old to charge at."
    )


async def test_a_currency_that_nobody_publishes_has_no_rate_in_either_direction(
    shop: Shop,
) -> None:
    with pytest.raises(ExchangeRateUnavailable):
        await priced(shop, FRIDAY, Money(1000, "AED"))
    with pytest.raises(ExchangeRateUnavailable):
        await price(shop.ports, TEN_DOLLARS, "KWD", on=FRIDAY, valid_until=None)


async def test_a_currency_costs_itself(shop: Shop) -> None:
    source = Published()
    shop.with_ports(rates=source)
    quote = await price(shop.ports, Money(777, "AED"), "AED", on=FRIDAY, valid_until=None)
    assert quote == Quote(Decimal(1), "no exchange", FRIDAY, None, Money(777, "AED"))
    assert source.asked == 0
