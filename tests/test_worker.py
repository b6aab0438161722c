"""What a worker does by itself: settling, sweeping, starting the month's run, keeping house."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from starlette.responses import Response

from service import jobs
from service.adapters.ecb_http_rates import EcbHttpRates
from service.billing.payment import PaymentStatus
from service.store import payment_checks, queue
from service.store import rates as rate_store
from service.store.database import execute, fetch
from service.workflows.notices import receive_notice
from tests.support.bank import DAILY, Bank, next_table, open_bank
from tests.support.books import rows
from tests.support.notices import body_of, event_of, signed
from tests.support.paper import PlainPrinter
from tests.support.queue_probe import Probe, empty, put, until
from tests.support.shop import Shop


async def test_a_notice_is_settled_within_moments(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account))).payment
    await shop.pay(payment)
    body = body_of(event_of(shop, "checkout.session.completed"))

    async def captured() -> bool:
        return (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED

    async with jobs.worker(shop.url, shop.ports, sweep_seconds=60):
        await until(empty)
        began = time.monotonic()
        await receive_notice(shop.ports, body, signed(body, shop.clock()))
        await until(captured)
        print(f"\nnotice to captured: {(time.monotonic() - began) * 1000:.0f} ms")


async def test_a_lost_notice_is_made_up_for_by_the_workers_sweep(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account))).payment
    await shop.pay(payment)
    shop.clock.move(minutes=1)

    async def captured() -> bool:
        return (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED

    async with jobs.worker(shop.url, shop.ports, sweep_seconds=0.05):
        await until(captured)


async def test_the_sweep_does_not_wait_for_attempts_that_are_past_their_deadline(
    shop: Shop,
) -> None:
    shop.with_ports(printer=PlainPrinter())
    late, paid = [await shop.account() for _ in range(2)]
    hung = (await shop.start(late, await shop.invoice(late))).payment
    payment = (await shop.start(paid, await shop.invoice(paid))).payment
    await shop.pay(payment)
    await payment_checks.set_deadline(hung, shop.clock())
    await payment_checks.check_again(hung, None)
    path = f"/v1/checkout/sessions/{hung.session_id}"
    shop.sandbox.faults.add("hang_api", seconds=30, when="before", path=path, next=1)

    async def captured() -> bool:
        return (await shop.payment(paid, payment.id)).status is PaymentStatus.CAPTURED

    async with jobs.worker(shop.url, shop.ports, sweep_seconds=0.05):
        await until(lambda: not shop.sandbox.faults.active)
        shop.clock.move(minutes=1)
        await until(captured, within_s=2)


@pytest.mark.parametrize(
    ("now", "run_day", "expected"),
    [
        (datetime(2026, 11, 3, 18, 29, tzinfo=UTC), 4, []),
        (datetime(2026, 11, 3, 18, 30, tzinfo=UTC), 4, ["2026-10"]),
        (datetime(2026, 11, 30, 12, 0, tzinfo=UTC), 4, ["2026-10"]),
        (datetime(2027, 1, 4, 12, 0, tzinfo=UTC), 4, ["2026-12"]),
        (datetime(2026, 11, 30, 12, 0, tzinfo=UTC), 0, []),
    ],
)
async def test_the_month_is_billed_from_the_sellers_run_day_on(
    shop: Shop, now: datetime, run_day: int, expected: list[str]
) -> None:
    shop.clock.now = now
    for _ in range(2):
        await jobs.start_month_run(shop.ports, run_day=run_day)
    found = await fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'run_month'")
    assert [queue.arguments_of(row["payload"]) for row in found] == [
        {"month": month} for month in expected
    ]


async def test_a_planned_month_run_bills_the_month(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    await shop.charge(await shop.account(), "12.00")
    shop.clock.now = datetime(2026, 10, 4, 12, tzinfo=UTC)
    await jobs.start_month_run(shop.ports, run_day=4)
    await jobs.drain(shop.url, shop.ports)
    assert await rows("invoice", "period_start = '2026-09-01' AND total_minor = 1200") == 1


async def test_old_log_lines_go_and_those_of_waiting_jobs_stay(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    Probe().register(monkeypatch)
    await put("done")
    await jobs.drain(shop.url, shop.ports)
    await put("waits")
    await execute("UPDATE pgqueuer_log SET created = now() - interval '15 days'")
    await put("young")
    await jobs.prune_queue_log()
    kept = await fetch(
        "SELECT DISTINCT q.payload FROM pgqueuer_log l JOIN pgqueuer q"
        " ON q.id = l.job_id ORDER BY 1"
    )
    assert [queue.arguments_of(row["payload"]) for row in kept] == [
        {"name": "waits"},
        {"name": "young"},
    ]
    assert await rows("pgqueuer_log", "created < now() - interval '14 days'") == 1


MONDAY = date(2026, 11, 23)


@pytest.fixture
def bank() -> Iterator[Bank]:
    with open_bank({MONDAY: next_table()}) as found:
        yield found


@pytest.fixture
def monday_evening(shop: Shop, bank: Bank) -> Shop:
    shop.clock.now = datetime(2026, 11, 23, 16, 20, tzinfo=UTC)
    shop.with_ports(daily_rates=EcbHttpRates(bank.url))
    return shop


async def rates_are_kept() -> bool:
    return await rows("exchange_rate", "as_of = '2026-11-23'") == len(next_table())


async def test_a_worker_that_was_down_at_the_hour_fetches_the_rates_when_it_starts(
    monday_evening: Shop, bank: Bank
) -> None:
    async with jobs.worker(monday_evening.url, monday_evening.ports):
        await until(rates_are_kept)
        await until(empty)
    newest = await rate_store.newest(MONDAY)
    assert newest is not None
    assert newest.as_of == MONDAY


async def test_however_many_workers_the_bank_is_asked_once(
    monday_evening: Shop, bank: Bank
) -> None:
    url, ports = monday_evening.url, monday_evening.ports
    async with jobs.worker(url, ports), jobs.worker(url, ports), jobs.worker(url, ports):
        await until(rates_are_kept)
        for _ in range(3):
            await jobs.start_rate_fetch(ports)
        await until(empty)
    assert bank.asked.count(DAILY) == 1
    assert await rows("pgqueuer_schedules", "entrypoint = 'start_rate_fetch'") == 1


async def test_rates_are_asked_for_each_hour_until_they_are_there(
    monday_evening: Shop, bank: Bank
) -> None:
    bank.instead = lambda _: Response(status_code=503)
    for hour in (1, 2):
        for _ in range(3):
            await jobs.start_rate_fetch(monday_evening.ports)
        assert await rows("pgqueuer", "entrypoint = 'fetch_rates'") == 1
        await monday_evening.drain()
        assert (await rows("pgqueuer"), bank.asked.count(DAILY)) == (0, hour)
        monday_evening.clock.move(hours=1)
    bank.instead = None
    await jobs.start_rate_fetch(monday_evening.ports)
    await monday_evening.drain()
    assert await rates_are_kept()
    await jobs.start_rate_fetch(monday_evening.ports)
    assert await empty()
