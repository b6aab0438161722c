"""Loads the samples: accounts, contacts, fourteen months of charges, their invoices and payments.

Months in the files count back from the month of loading, so that a demo is never out of date.
Loading again after a crash goes on where it stopped.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from service.billing.invoice import InvoiceStatus
from service.billing.payment import PaymentStatus
from service.billing.people import Plan, Role
from service.billing.period import Month
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.ports import Clock, Ports
from service.store import accounts, invoice_pages
from service.store.invoice_pages import InvoiceFilter, Window
from service.store.records import Invoice
from service.workflows import checkout, contacts, issuing
from service.workflows.accounts import NewAccount, open_account
from service.workflows.charges import import_charges
from service.workflows.checkout import CheckoutRequest
from service.workflows.run_month import run_month

log = structlog.get_logger(__name__)

FOLDER = Path(__file__).parent
MONTHS = 14
RUN_DAY = 4
PAY_DAYS_LATER = 8


@dataclass(frozen=True, slots=True)
class SampleViewer:
    """Somebody who may sign in to the samples; staff have no account."""

    email: str
    role: Role
    account: str | None
    account_id: UUID | None
    plan: Plan | None


class TravelClock:
    """The time now, or, while samples are loaded, a moment in the past that runs on from there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shift = timedelta(0)

    def __call__(self) -> datetime:
        return self._clock() + self._shift

    def travel_to(self, moment: datetime) -> None:
        self._shift = moment - self._clock()

    def return_home(self) -> None:
        self._shift = timedelta(0)


Pay = Callable[[str], Awaitable[None]]
"""Pays the gateway's page at a URL, as a customer with a good card does."""


async def load(ports: Ports, clock: TravelClock, pay: Pay, *, today: date) -> None:
    """Load everything that is not there yet. `ports.clock` must be `clock`."""
    try:
        clock.travel_to(_moment(_month(today, MONTHS).first_day, ports))
        opened = await _open_accounts(ports)
        for months_ago in range(MONTHS, 0, -1):
            await _one_month(ports, clock, pay, opened, months_ago, today)
    finally:
        clock.return_home()


async def viewers() -> list[SampleViewer]:
    """Who may sign in: each sample account's people, and the seller's staff."""
    people: list[SampleViewer] = []
    known = await accounts.find_by_references([one["reference"] for one in _accounts()])
    for sample in _accounts():
        account = known[sample["reference"]]
        people += [
            SampleViewer(one["email"], Role(one["role"]), sample["name"], account.id, account.plan)
            for one in sample["viewers"]
        ]
    people.append(SampleViewer("support@paidup.example", Role.SUPPORT, None, None, None))
    people.append(SampleViewer("operator@paidup.example", Role.OPERATOR, None, None, None))
    return people


async def _open_accounts(ports: Ports) -> dict[str, UUID]:
    samples = _accounts()
    known = await accounts.find_by_references([one["reference"] for one in samples])
    opened = {reference: account.id for reference, account in known.items()}
    for sample in samples:
        reference = sample["reference"]
        if reference not in opened:
            opened[reference] = await open_account(ports, _new_account(sample))
        for index, contact in enumerate(sample["contacts"]):
            await contacts.add(
                ports, opened[reference], idempotency_key=f"sample:{index}", **contact
            )
    return opened


def _new_account(sample: dict[str, Any]) -> NewAccount:
    tax = sample["tax"]
    return NewAccount(
        reference=sample["reference"],
        name=sample["name"],
        email=sample["email"],
        plan=Plan(sample["plan"]),
        currency=sample["currency"],
        locale=sample["locale"],
        time_zone=sample["time_zone"],
        address=Address.from_json(sample["address"]),
        tax_id=sample["tax_id"],
        tax_rate=TaxRate(tax["name"], Decimal(tax["percent"])) if tax else None,
    )


async def _one_month(
    ports: Ports,
    clock: TravelClock,
    pay: Pay,
    opened: dict[str, UUID],
    months_ago: int,
    today: date,
) -> None:
    month = _month(today, months_ago)
    run_on = month.next().first_day + timedelta(days=RUN_DAY - 1)
    clock.travel_to(_moment(run_on, ports))
    report = await import_charges(ports, _charge_lines(months_ago, today))
    for refused in report.refused:
        raise ValueError(f"sample charge in line {refused.line}: {refused.issues}")
    await run_month(ports, month)
    for account_id in opened.values():
        await issuing.issue_add_on(ports, account_id)
    clock.travel_to(_moment(run_on + timedelta(days=PAY_DAYS_LATER), ports))
    for sample in _accounts():
        if months_ago not in sample["unpaid_months_ago"]:
            payer = sample["viewers"][0]["email"]
            await _pay_month(ports, pay, opened[sample["reference"]], month, payer)


async def _pay_month(ports: Ports, pay: Pay, account_id: UUID, month: Month, payer: str) -> None:
    wanted = InvoiceFilter(today=ports.clock().date())
    page = await invoice_pages.page(account_id, wanted, Window(size=100))
    for invoice in page.invoices:
        if invoice.period_start == month.first_day and invoice.status is InvoiceStatus.OPEN:
            await _pay_one(ports, pay, invoice, payer)


async def _pay_one(ports: Ports, pay: Pay, invoice: Invoice, payer: str) -> None:
    request = CheckoutRequest(
        invoice_ids=(invoice.id,),
        idempotency_key=f"sample:{invoice.id}",
        success_url=f"{ports.policy.base_url}/static/return/paid.html",
        cancel_url=f"{ports.policy.base_url}/static/return/canceled.html",
        payer_email=payer,
    )
    started = await checkout.start(ports, invoice.account_id, request)
    if started.payment.page_url is not None and started.payment.status is PaymentStatus.PENDING:
        await pay(started.payment.page_url)
    await checkout.confirm(ports, invoice.account_id, started.payment.id)


def _accounts() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((FOLDER / "accounts.json").read_text("utf-8"))
    return loaded


def _charge_lines(months_ago: int, today: date) -> Iterator[str]:
    """The sample charges of one month as lines of the CSV that sellers import."""
    yield "account,reference,occurred_at,description,quantity,unit_price,kind"
    with (FOLDER / "charges.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if int(row["month"]) != -months_ago:
                continue
            day = _month(today, months_ago).first_day
            day_of_month, _, clock_time = row["time"].partition("T")
            on = day.replace(day=int(day_of_month))
            at = datetime.combine(on, time.fromisoformat(clock_time), tzinfo=UTC)
            quoted = row["description"].replace('"', '""')
            yield (
                f"{row['account']},{row['reference']}-{on:%Y%m},{at.isoformat()},"
                f'"{quoted}",{row["quantity"]},{row["unit_price"]},{row["kind"]}'
            )


def _month(today: date, months_ago: int) -> Month:
    # Before the run day, last month has no invoices yet: the month before it is the newest one.
    newest = months_ago if today.day >= RUN_DAY else months_ago + 1
    index = today.year * 12 + today.month - 1 - newest
    return Month(index // 12, index % 12 + 1)


def _moment(day: date, ports: Ports) -> datetime:
    return datetime.combine(day, time(10), tzinfo=ZoneInfo(ports.seller.time_zone))
