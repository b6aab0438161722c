"""The samples: loaded through the workflows, whole from any day, resumed after any cut."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest

from service.billing.people import Plan, Role
from service.billing.period import Month
from service.samples import loader
from service.samples.loader import TravelClock
from service.store.database import fetch
from tests.support.books import books, rows
from tests.support.shop import Shop, open_shop

# Fourteen months of two customers, twelve of the third, and one add-on.
INVOICES = 14 + 14 + 12 + 1
# Each customer owes two months, and the add-on is never paid.
PAID = INVOICES - 3 * 2 - 1
CHARGES = 130

Pay = Callable[[str], Awaitable[None]]
OpenSamples = Callable[[date], Awaitable["Samples"]]


@dataclass
class Samples:
    """A shop whose clock can travel, and a payer with a good card."""

    shop: Shop
    today: date

    async def pay(self, page_url: str) -> None:
        await self.shop.pay_session(page_url.rpartition("/")[2])

    async def load(self, pay: Pay | None = None) -> None:
        clock = self.shop.ports.clock
        assert isinstance(clock, TravelClock)
        await loader.load(self.shop.ports, clock, pay or self.pay, today=self.today)


@pytest.fixture
async def open_samples(db: str, tmp_path: Path) -> AsyncIterator[OpenSamples]:
    async with contextlib.AsyncExitStack() as stack:

        async def opened(today: date) -> Samples:
            noon = datetime.combine(today, time(12), tzinfo=UTC)
            shop = await stack.enter_async_context(
                open_shop(db, tmp_path, start=noon, dressed=TravelClock)
            )
            policy = replace(
                shop.ports.policy,
                rate_max_age=timedelta(days=36500),
                return_origins=(shop.ports.policy.base_url,),
            )
            shop.with_ports(policy=policy)
            return Samples(shop, today)

        yield opened


async def periods(reference: str) -> list[Month]:
    """The billed months of an account, oldest first."""
    found = await fetch(
        "SELECT period_start FROM invoice i JOIN account a ON a.id = i.account_id"
        " WHERE a.reference = $1 AND kind = 'USAGE' ORDER BY period_start",
        reference,
    )
    return [Month.of(row["period_start"]) for row in found]


def months_up_to(last: Month, how_many: int) -> list[Month]:
    months = [last]
    for _ in range(how_many - 1):
        months.insert(0, Month.of(months[0].first_day - timedelta(days=1)))
    return months


async def assert_whole() -> None:
    """Everything is there once, and the books agree."""
    assert await rows("account") == 3
    assert await rows("billing_contact") == 5
    assert await rows("charge") == CHARGES
    assert await rows("charge", "invoice_id IS NULL") == 0
    assert await rows("invoice") == INVOICES
    assert await rows("invoice", "status = 'PAID' AND paid_minor = total_minor") == PAID
    assert await rows("invoice", "status = 'OPEN' AND paid_minor = 0") == INVOICES - PAID
    assert await rows("payment") == await rows("payment", "status = 'CAPTURED'") == PAID
    assert await rows("event", "kind = 'InvoiceIssued'") == INVOICES
    numbers = await fetch("SELECT number FROM invoice ORDER BY number")
    by_year: dict[str, list[int]] = {}
    for row in numbers:
        _, year, number = row["number"].split("-")
        by_year.setdefault(year, []).append(int(number))
    for given in by_year.values():
        assert given == list(range(1, len(given) + 1))


@pytest.mark.parametrize(
    ("today", "newest"),
    [
        (date(2026, 11, 24), Month(2026, 10)),
        (date(2026, 12, 2), Month(2026, 10)),
        (date(2028, 2, 29), Month(2028, 1)),
        (date(2027, 1, 4), Month(2026, 12)),
    ],
    ids=str,
)
async def test_the_samples_are_whole_on_any_day(
    open_samples: OpenSamples, today: date, newest: Month
) -> None:
    samples = await open_samples(today)
    await samples.load()
    await assert_whole()
    assert await periods("northwind") == months_up_to(newest, 14)
    assert await periods("druckerei-mueller") == months_up_to(newest, 14)
    assert await periods("ananya") == months_up_to(newest, 12)
    assert await rows("invoice", f"issued_on > '{today}'") == 0
    assert await rows("payment", f"captured_at >= '{today + timedelta(days=1)}'") == 0
    noon = datetime.combine(today, time(12), tzinfo=UTC)
    assert samples.shop.ports.clock() == noon
    assert await rows("event", f"occurred_at > '{noon + timedelta(minutes=1)}'") == 0


async def test_a_load_that_is_cut_off_again_and_again_goes_on_without_doubles(
    open_samples: OpenSamples,
) -> None:
    samples = await open_samples(date(2026, 11, 24))
    calls, cuts = count(1), 0

    async def cut_now_and_then(page_url: str) -> None:
        call = next(calls)
        if call % 12 == 3:
            raise ConnectionError("before the payment")
        await samples.pay(page_url)
        if call % 12 == 9:
            raise ConnectionError("after the payment")

    while True:
        try:
            await samples.load(cut_now_and_then)
        except ConnectionError:
            cuts += 1
            assert samples.shop.ports.clock() == samples.shop.clock()
        else:
            break
    assert cuts == 7
    await assert_whole()
    assert samples.shop.sandbox.book.count("session") == PAID
    before = await books()
    await samples.load(cut_now_and_then)
    assert await books() == before


async def test_the_names_come_through_in_every_script(open_samples: OpenSamples) -> None:
    samples = await open_samples(date(2026, 11, 24))
    await samples.load()
    names = {row["name"] for row in await fetch("SELECT name FROM account")}
    assert names == {
        "Northwind Robotics, Inc.",
        "Druckerei Müller & Söhne GmbH",
        "अनन्या टेक्नोलॉजीज़ प्रा. लि.",
    }
    described = {row["d"] for row in await fetch("SELECT description AS d FROM invoice_line")}
    assert "Extra regions <eu-central & ap-south>" in described
    assert "Schulung „Farbprofile für Größen > A2“, Stunden" in described
    assert "डेटा भंडारण, GB-माह" in described
    found = [
        (one.email, one.role, one.account is not None, one.plan) for one in await loader.viewers()
    ]
    assert found == [
        ("olivia@northwind.example", Role.OWNER, True, Plan.PAID),
        ("marcus@northwind.example", Role.MEMBER, True, Plan.PAID),
        ("juergen@mueller-soehne.example", Role.OWNER, True, Plan.PAID),
        ("aylin@mueller-soehne.example", Role.MEMBER, True, Plan.PAID),
        ("ananya@ananya.example", Role.OWNER, True, Plan.FREE),
        ("arjun@ananya.example", Role.MEMBER, True, Plan.FREE),
        ("support@paidup.example", Role.SUPPORT, False, None),
        ("operator@paidup.example", Role.OPERATOR, False, None),
    ]
