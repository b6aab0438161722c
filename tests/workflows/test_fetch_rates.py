"""Rates fetched from a bank over real sockets: kept once, doubted, missed, and made up for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from starlette.responses import Response
from structlog.testing import capture_logs

from service.adapters.ecb_http_rates import EcbHttpRates
from service.billing.errors import ExchangeRateUnavailable
from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.billing.rates import EuroRates
from service.ports import RatesUnavailable
from service.store import rates
from service.store.database import execute, fetch
from service.workflows.rates import RateFetch, fetch_rates, is_fetch_due
from tests.support.bank import DAILY, HISTORY, Bank, Table, open_bank
from tests.support.books import books, rows
from tests.support.shop import Shop

THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
# After the hour of publication on Monday.
MONDAY_EVENING = datetime(2026, 11, 23, 16, 20, tzinfo=UTC)


def table(usd: str = "1.0500", inr: str = "98.0000") -> Table:
    return {"USD": usd, "INR": inr}


@pytest.fixture(scope="module")
def site() -> Iterator[Bank]:
    with open_bank() as found:
        yield found


@pytest.fixture
def bank(site: Bank) -> Bank:
    return site.opened_anew({THURSDAY: table(), FRIDAY: table(), MONDAY: table(usd="1.0543")})


class Empty:
    """A package without rates."""

    async def euro_rates(self, on: date) -> EuroRates | None:
        return None


class Broken:
    """A source that nobody may need."""

    async def euro_rates(self, on: date) -> EuroRates | None:
        raise RatesUnavailable("nothing works")


@pytest.fixture
def open_shop(shop: Shop, bank: Bank) -> Shop:
    """A shop on Monday evening that knows no rates and takes no answer of the bank for fresh."""
    shop.clock.now = MONDAY_EVENING
    shop.with_ports(rates=Empty(), daily_rates=EcbHttpRates(bank.url, fresh_s=0))
    return shop


async def keep(day: date, of: Table) -> None:
    per_euro = {currency: Decimal(rate) for currency, rate in of.items()}
    await rates.record(EuroRates(day, "European Central Bank", per_euro))


async def kept_days() -> list[date]:
    found = await fetch("SELECT DISTINCT as_of FROM exchange_rate ORDER BY as_of")
    return [row["as_of"] for row in found]


# -- keeping -----------------------------------------------------------------------------------


async def test_the_days_table_is_kept(open_shop: Shop, bank: Bank) -> None:
    await keep(FRIDAY, table())
    assert await fetch_rates(open_shop.ports) == RateFetch((MONDAY,), MONDAY)
    found = await rates.newest(MONDAY)
    assert found == EuroRates(
        MONDAY, "European Central Bank", {"USD": Decimal("1.0543"), "INR": Decimal("98.0000")}
    )


async def test_a_day_that_is_kept_is_not_asked_for_again(open_shop: Shop, bank: Bank) -> None:
    await fetch_rates(open_shop.ports)
    asked = list(bank.asked)
    bank.tables[MONDAY] = table(usd="9.9999")
    assert await fetch_rates(open_shop.ports) == RateFetch((), MONDAY)
    assert bank.asked == asked


async def test_missed_days_are_made_up_for(open_shop: Shop, bank: Bank) -> None:
    await keep(date(2026, 11, 18), table())
    open_shop.with_ports(daily_rates=EcbHttpRates(bank.url))
    fetched = await fetch_rates(open_shop.ports)
    assert fetched == RateFetch((THURSDAY, FRIDAY, MONDAY), MONDAY)
    assert bank.asked == [DAILY, HISTORY]


async def test_a_service_that_knows_no_rates_begins_with_the_newest(
    open_shop: Shop, bank: Bank
) -> None:
    assert await fetch_rates(open_shop.ports) == RateFetch((MONDAY,), MONDAY)
    assert bank.asked == [DAILY]


async def test_the_newest_table_is_kept_also_when_the_missed_ones_cannot_be_had(
    open_shop: Shop, bank: Bank
) -> None:
    await keep(date(2026, 11, 18), table())
    missing = Response(status_code=404)
    bank.instead = lambda asked: missing if asked.url.path == HISTORY else bank.published(asked)
    assert await fetch_rates(open_shop.ports) == RateFetch((MONDAY,), MONDAY)
    assert await kept_days() == [date(2026, 11, 18), MONDAY]


async def test_on_a_weekend_the_bank_has_nothing_new(open_shop: Shop, bank: Bank) -> None:
    del bank.tables[MONDAY]
    await keep(FRIDAY, table())
    open_shop.clock.now = datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert await fetch_rates(open_shop.ports) == RateFetch((), FRIDAY)
    assert await kept_days() == [FRIDAY]


async def test_a_table_from_the_future_is_not_kept(open_shop: Shop, bank: Bank) -> None:
    bank.tables[date(2026, 12, 24)] = table()
    await keep(FRIDAY, table())
    assert (await fetch_rates(open_shop.ports)).kept == (MONDAY,)


async def test_a_service_without_a_url_asks_nobody(open_shop: Shop) -> None:
    open_shop.with_ports(daily_rates=None)
    assert not await is_fetch_due(open_shop.ports)
    fetched = await fetch_rates(open_shop.ports)
    assert (fetched.kept, fetched.newest) == ((), None)
    assert fetched.problem == "there is no URL to fetch rates from"


# -- when a fetch is due -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "is_due"),
    [
        ("2026-11-20T16:20:00+00:00", False),  # Friday's are kept
        ("2026-11-22T16:20:00+00:00", False),  # Sunday
        ("2026-11-23T14:20:00+00:00", False),  # Monday, 15:20 in Frankfurt
        ("2026-11-23T15:20:00+00:00", True),
        ("2026-11-24T03:20:00+00:00", True),
    ],
)
async def test_a_fetch_is_due_from_the_hour_of_publication_until_it_is_kept(
    open_shop: Shop, now: str, is_due: bool
) -> None:
    await keep(FRIDAY, table())
    open_shop.clock.now = datetime.fromisoformat(now)
    assert await is_fetch_due(open_shop.ports) is is_due
    await keep(MONDAY, table())
    assert not await is_fetch_due(open_shop.ports)


async def test_a_service_that_knows_no_rates_is_due(open_shop: Shop) -> None:
    assert await is_fetch_due(open_shop.ports)


# -- failures ----------------------------------------------------------------------------------


async def test_a_fetch_that_fails_is_told_and_what_is_kept_serves_on(
    open_shop: Shop, bank: Bank
) -> None:
    await keep(FRIDAY, table())
    bank.instead = lambda _: Response(status_code=500)
    with capture_logs() as logs:
        fetched = await fetch_rates(open_shop.ports)
    assert fetched == RateFetch((), FRIDAY, "127.0.0.1 answers 500")
    assert logs == [
        {
            "event": "rates_not_fetched",
            "log_level": "warning",
            "why": "127.0.0.1 answers 500",
            "newest": "2026-11-20",
        }
    ]
    assert await kept_days() == [FRIDAY]
    assert await is_fetch_due(open_shop.ports)
    bank.instead = None
    assert await fetch_rates(open_shop.ports) == RateFetch((MONDAY,), MONDAY)


async def test_rates_that_grow_too_old_raise_an_alarm(open_shop: Shop, bank: Bank) -> None:
    await keep(FRIDAY, table())
    open_shop.clock.now = datetime(2027, 1, 20, tzinfo=UTC)  # 61 days later
    bank.instead = lambda _: Response(status_code=500)
    with capture_logs() as logs:
        await fetch_rates(open_shop.ports)
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("rates_not_fetched", "warning"),
        ("rates_too_old", "error"),
    ]


async def test_an_absurd_rate_is_refused_and_the_next_good_table_is_kept(
    open_shop: Shop, bank: Bank
) -> None:
    await keep(FRIDAY, table())
    bank.tables[MONDAY] = table(inr="9800.00")
    with capture_logs() as logs:
        fetched = await fetch_rates(open_shop.ports)
    why = "the rates of 2026-11-23 were refused: INR moved from 98 to 9800"
    assert fetched == RateFetch((), FRIDAY, why)
    assert [(line["event"], line["why"]) for line in logs] == [("rates_not_fetched", why)]
    assert await kept_days() == [FRIDAY]

    open_shop.clock.move(days=1)
    bank.tables[TUESDAY] = table(inr="98.5000")
    fetched = await fetch_rates(open_shop.ports)
    assert (fetched.kept, fetched.newest) == ((TUESDAY,), TUESDAY)
    assert "2026-11-23" in fetched.problem
    assert await kept_days() == [FRIDAY, TUESDAY]


async def test_a_person_can_take_an_absurd_rate_for_true(open_shop: Shop, bank: Bank) -> None:
    await keep(FRIDAY, table())
    bank.tables[MONDAY] = table(inr="9800.00")
    fetched = await fetch_rates(open_shop.ports, accept_jumps=True)
    assert fetched == RateFetch((MONDAY,), MONDAY)


# -- payers ------------------------------------------------------------------------------------


async def test_a_payer_is_refused_while_rates_are_old_and_served_after_a_fetch(
    open_shop: Shop, bank: Bank
) -> None:
    await keep(date(2026, 11, 15), table())
    policy = replace(open_shop.ports.policy, rate_max_age=timedelta(days=7))
    open_shop.with_ports(policy=policy)
    account = await open_shop.account()
    invoice = await open_shop.invoice(account, "105.43")
    before = await books()

    with pytest.raises(ExchangeRateUnavailable) as refused:
        await open_shop.start(account, invoice)

    assert refused.value.as_of == date(2026, 11, 15)
    assert await books() == before
    assert open_shop.sandbox.book.count("session") == 0
    assert bank.asked == []
    await fetch_rates(open_shop.ports)
    payment = (await open_shop.start(account, invoice)).payment
    assert (payment.quote.as_of, payment.quote.charged) == (MONDAY, Money(980000, "INR"))


async def test_no_payer_waits_for_the_bank(open_shop: Shop, bank: Bank) -> None:
    await keep(FRIDAY, table())
    account = await open_shop.account()
    payment = (await open_shop.start(account, await open_shop.invoice(account))).payment
    assert payment.quote.as_of == FRIDAY
    assert bank.asked == []


async def test_a_payment_is_captured_without_any_rate(open_shop: Shop) -> None:
    await keep(FRIDAY, table())
    account = await open_shop.account()
    payment = (await open_shop.start(account, await open_shop.invoice(account))).payment
    await open_shop.pay(payment)
    await execute("DELETE FROM exchange_rate")
    open_shop.with_ports(rates=Broken(), daily_rates=Broken())
    settled = await open_shop.settle(account, payment.id)
    assert settled.status is PaymentStatus.CAPTURED
    assert await rows("exchange_rate") == 0
