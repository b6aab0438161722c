"""The monthly run: every account once, none kept back by another, restartable anywhere."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from service.billing.errors import InvalidInput
from service.billing.period import Month
from service.store.database import execute, fetch
from service.workflows.run_month import RunReport, run_month
from tests.support.books import books, rows
from tests.support.shop import SEPTEMBER, Shop


async def totals() -> list[tuple[UUID, int]]:
    found = await fetch("SELECT account_id, total_minor FROM invoice ORDER BY account_id")
    return [(row["account_id"], row["total_minor"]) for row in found]


async def test_a_run_bills_every_account_with_charges_once(shop: Shop) -> None:
    busy, idle, yen = [
        await shop.account(),
        await shop.account(),
        await shop.account(currency="JPY"),
    ]
    await shop.charge(busy, "10.00")
    await shop.charge(busy, "2.50")
    await shop.charge(yen, "700", currency="JPY")
    assert await run_month(shop.ports, SEPTEMBER) == RunReport(2, 1, ())
    assert await totals() == [(busy, 1250), (yen, 700)]
    assert await rows("invoice", f"account_id = '{idle}'") == 0
    before = await books()
    assert await run_month(shop.ports, SEPTEMBER) == RunReport(0, 3, ())
    assert await books() == before


async def test_an_account_that_fails_is_named_and_keeps_no_other_back(shop: Shop) -> None:
    first, broken, last = [await shop.account() for _ in range(3)]
    for account in (first, broken, last):
        await shop.charge(account, "10.00")
    await shop.charge(broken, "1.00", currency="EUR")
    assert await run_month(shop.ports, SEPTEMBER) == RunReport(2, 0, (broken,))
    assert await totals() == [(first, 1000), (last, 1000)]
    numbers = await fetch("SELECT number FROM invoice ORDER BY number")
    assert [row["number"] for row in numbers] == ["INV-2627-000001", "INV-2627-000002"]
    await execute("UPDATE charge SET currency = 'USD'")
    assert await run_month(shop.ports, SEPTEMBER) == RunReport(1, 2, ())
    assert await totals() == [(first, 1000), (broken, 1100), (last, 1000)]


async def test_an_amount_that_no_number_holds_fails_only_its_account(shop: Shop) -> None:
    huge, small = await shop.account(), await shop.account()
    await shop.charge(huge, "99999999999999", quantity="9999999")
    await shop.charge(small, "1.00")
    assert await run_month(shop.ports, SEPTEMBER) == RunReport(1, 0, (huge,))
    assert await totals() == [(small, 100)]


async def test_two_runs_at_once_bill_nobody_twice(shop: Shop) -> None:
    accounts = [await shop.account() for _ in range(8)]
    for account in accounts:
        await shop.charge(account, "10.00")
    one, two = await asyncio.gather(
        run_month(shop.ports, SEPTEMBER), run_month(shop.ports, SEPTEMBER)
    )
    assert (one.issued + two.issued, one.failed, two.failed) == (8, (), ())
    assert await totals() == [(account, 1000) for account in accounts]


async def test_a_run_that_was_cut_off_goes_on_where_it_stopped(shop: Shop) -> None:
    accounts = [await shop.account() for _ in range(20)]
    for account in accounts:
        await shop.charge(account, "10.00")
    running = asyncio.create_task(run_month(shop.ports, SEPTEMBER))
    while await rows("invoice") < 3:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    made = await rows("invoice")
    assert 3 <= made < 20
    assert await run_month(shop.ports, SEPTEMBER) == RunReport(20 - made, made, ())
    assert await totals() == [(account, 1000) for account in accounts]
    numbers = await fetch("SELECT number FROM invoice ORDER BY number")
    assert [row["number"] for row in numbers] == [f"INV-2627-{n:06d}" for n in range(1, 21)]


async def test_a_run_reaches_the_accounts_beyond_its_first_page(shop: Shop) -> None:
    await execute(
        "INSERT INTO account (id, reference, name, email, plan, currency, charge_currency, locale,"
        " time_zone, event_seq, version, created_at, updated_at)"
        " SELECT gen_random_uuid(), 'many-' || n, 'Many', 'm@m.example', 'PAID', 'USD', 'USD',"
        " 'en', 'UTC', 0, 1, now(), now() FROM generate_series(1, 520) n"
    )
    await execute(
        "INSERT INTO charge (id, account_id, reference, kind, occurred_at, description, quantity,"
        " unit_price, currency, created_at) SELECT gen_random_uuid(), id, 'one', 'USAGE',"
        " '2026-09-15T12:00:00Z', 'Use', 1, 1, 'USD', now() FROM account"
        " ORDER BY id DESC LIMIT 3"
    )
    assert await run_month(shop.ports, SEPTEMBER) == RunReport(3, 517, ())


async def test_months_are_billed_in_any_order(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "1.00", month=Month(2026, 8))
    await shop.charge(account, "2.00", month=SEPTEMBER)
    assert (await run_month(shop.ports, SEPTEMBER)).issued == 1
    assert (await run_month(shop.ports, Month(2026, 8))).issued == 0
    assert await totals() == [(account, 300)]


async def test_a_month_that_is_not_over_is_refused(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "1.00", month=Month(2026, 10))
    before = await books()
    for month in (Month(2026, 10), Month(2062, 10)):
        with pytest.raises(InvalidInput):
            await run_month(shop.ports, month)
    assert await books() == before
    shop.clock.now = datetime(2026, 10, 31, 18, 30, tzinfo=UTC)  # midnight in India
    assert await run_month(shop.ports, Month(2026, 10)) == RunReport(0, 1, ())
    shop.clock.move(hours=6)  # and now where the account is
    assert await run_month(shop.ports, Month(2026, 10)) == RunReport(1, 0, ())
