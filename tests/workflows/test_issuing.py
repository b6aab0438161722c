"""Making invoices of charges: numbered without gaps, frozen, once per month."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from service.billing.errors import CurrencyMismatch, InvalidInput
from service.billing.events import DocumentState, InvoiceIssued, InvoiceStatusChanged
from service.billing.invoice import DisplayStatus, InvoiceKind, InvoiceStatus, Line
from service.billing.money import Money
from service.billing.period import Month
from service.billing.sheet import Party
from service.billing.tax import TaxAmount, TaxRate
from service.store import charges, invoices
from service.store.charges import NewCharge
from service.store.database import execute, fetch, transaction
from service.workflows.issuing import LINES_MAX, issue_add_on, issue_usage
from service.workflows.sheets import sheet_of
from tests.support.books import books, rows
from tests.support.shop import SELLER, SEPTEMBER, Shop

OCTOBER = Month(2026, 10)
NOVEMBER = datetime(2026, 11, 4, 12, tzinfo=UTC)


async def numbers() -> list[str]:
    return [row["number"] for row in await fetch("SELECT number FROM invoice ORDER BY number")]


async def charge_at(shop: Shop, account: UUID, moment: str, description: str = "Use") -> None:
    """A charge of one dollar at an instant."""
    new = NewCharge(
        account_id=account,
        reference=f"{description} {moment}",
        kind=InvoiceKind.USAGE,
        occurred_at=datetime.fromisoformat(moment),
        description=description,
        quantity=Decimal(1),
        unit_price=Decimal(1),
        currency="USD",
    )
    await charges.record([new], at=shop.clock())


async def lines_of(account: UUID, invoice_id: UUID | None) -> list[str]:
    assert invoice_id is not None
    of = (account, invoice_id)
    return [line.description for line in (await invoices.lines([of]))[of]]


# -- what is frozen ----------------------------------------------------------------------------


async def test_an_invoice_is_numbered_dated_and_announced(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "0.015", quantity="333")
    invoice_id = await issue_usage(shop.ports, account, SEPTEMBER)
    assert invoice_id is not None
    invoice = await invoices.find(account, invoice_id)
    assert (invoice.kind, invoice.status) == (InvoiceKind.USAGE, InvoiceStatus.OPEN)
    assert invoice.number == "INV-2627-000001"
    assert (invoice.period_start, invoice.period_end) == (date(2026, 9, 1), date(2026, 9, 30))
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 10, 30), date(2026, 11, 14))
    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (500, 0, 500)
    assert (invoice.paid_minor, invoice.due_minor) == (0, 500)
    assert invoice.document is not None
    assert (invoice.document.state, invoice.document.attempts) == (DocumentState.QUEUED, 0)
    assert await shop.happened(account) == [InvoiceIssued(invoice_id)]
    assert await rows("pgqueuer", "entrypoint = 'print_invoice' AND status = 'queued'") == 1
    assert await rows("charge", "invoice_id IS NULL") == 0


async def test_the_sheet_keeps_the_day_of_issue(shop: Shop) -> None:
    account = await shop.account(tax_rate=TaxRate("IGST", Decimal(18)), name="Müller & Söhne")
    invoice = await shop.invoice(account, "100.05")
    await execute("UPDATE account SET name = 'Renamed', tax_percent = 28, email = 'x@y.example'")
    sheet = await sheet_of(account, invoice)
    assert sheet.seller == SELLER.party
    assert sheet.buyer == Party("Müller & Söhne", "accounts1@northwind.example", None, None)
    assert sheet.lines == (Line("API calls", Decimal(1), Decimal("100.05"), Money(10005, "USD")),)
    tax = TaxAmount("IGST", Decimal(18), Money(10005, "USD"), Money(1801, "USD"))
    assert sheet.totals.taxes == (tax,)
    assert (sheet.totals.tax, sheet.totals.total) == (Money(1801, "USD"), Money(11806, "USD"))
    assert sheet.estimate is not None
    assert sheet.estimate.rate == Decimal("94.955245255997")
    assert sheet.estimate.charged == Money(1121042, "INR")
    assert (sheet.estimate.as_of, sheet.estimate.valid_until) == (date(2026, 10, 30), None)


async def test_each_line_is_rounded_once_and_the_tax_on_their_sum(shop: Shop) -> None:
    account = await shop.account(tax_rate=TaxRate("VAT", Decimal("7.7")))
    for price in ("0.005", "0.005", "0.004", "1.115", "-0.005"):
        await shop.charge(account, price)
    invoice_id = await issue_usage(shop.ports, account, SEPTEMBER)
    assert invoice_id is not None
    invoice = await invoices.find(account, invoice_id)
    sheet = await sheet_of(account, invoice)
    assert [line.amount.minor_units for line in sheet.lines] == [1, 1, 0, 112, -1]
    assert (invoice.subtotal_minor, invoice.tax_minor, invoice.total_minor) == (113, 9, 122)


async def test_without_a_rate_there_is_an_invoice_but_no_estimate(shop: Shop) -> None:
    account = await shop.account(currency="AED")
    invoice = await shop.invoice(account, "10.00", currency="AED")
    assert (await sheet_of(account, invoice)).estimate is None
    same = await shop.account(currency="INR")
    invoice = await shop.invoice(same, "10.00", currency="INR")
    assert (await sheet_of(same, invoice)).estimate is None


async def test_an_invoice_over_nothing_is_paid_as_it_is_issued(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "25.00")
    await shop.charge(account, "-25.00")
    invoice_id = await issue_usage(shop.ports, account, SEPTEMBER)
    assert invoice_id is not None
    invoice = await invoices.find(account, invoice_id)
    assert (invoice.status, invoice.total_minor, invoice.due_minor) == (InvoiceStatus.PAID, 0, 0)
    assert invoice.document is not None
    assert await shop.happened(account) == [
        InvoiceIssued(invoice_id),
        InvoiceStatusChanged(invoice_id, InvoiceStatus.PAID, DisplayStatus.PAID),
    ]


async def test_a_credit_is_no_invoice(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "25.00")
    await shop.charge(account, "-25.01")
    before = await books()
    with pytest.raises(ValueError, match="negative total"):
        await issue_usage(shop.ports, account, SEPTEMBER)
    assert await books() == before


async def test_charges_of_another_currency_are_never_added_up(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "25.00")
    await shop.charge(account, "25.00", currency="EUR")
    before = await books()
    with pytest.raises(CurrencyMismatch):
        await issue_usage(shop.ports, account, SEPTEMBER)
    assert await books() == before


# -- numbers -----------------------------------------------------------------------------------


async def test_numbers_have_no_gaps_however_many_accounts_are_billed_at_once(shop: Shop) -> None:
    accounts = [await shop.account() for _ in range(10)]
    for account in accounts:
        await shop.charge(account)

    async def given_back() -> None:
        async with transaction():
            await invoices.next_number("INV", "2627")
            await asyncio.sleep(0.005)
            raise ZeroDivisionError

    # Each account twice: the second to come took a number too, and has to give it back.
    work = [issue_usage(shop.ports, account, SEPTEMBER) for account in accounts * 2]
    results = await asyncio.gather(
        *work[:7], given_back(), *work[7:], given_back(), return_exceptions=True
    )
    assert len([one for one in results if isinstance(one, ZeroDivisionError)]) == 2
    assert len([one for one in results if isinstance(one, UUID)]) == 10
    assert await numbers() == [f"INV-2627-{count:06d}" for count in range(1, 11)]
    assert await issue_usage_of_a_new_account(shop) == "INV-2627-000011"


async def issue_usage_of_a_new_account(shop: Shop) -> str | None:
    return (await shop.invoice(await shop.account())).number


async def test_a_financial_year_begins_in_the_sellers_time_zone(shop: Shop) -> None:
    last_second = datetime(2027, 3, 31, 18, 29, 59, tzinfo=UTC)  # 23:59:59 in India
    shop.clock.now = last_second
    assert await issue_usage_of_a_new_account(shop) == "INV-2627-000001"
    assert await issue_usage_of_a_new_account(shop) == "INV-2627-000002"
    shop.clock.move(seconds=1)
    invoice = await shop.invoice(await shop.account())
    assert (invoice.number, invoice.issued_on) == ("INV-2728-000001", date(2027, 4, 1))
    shop.clock.now = last_second
    assert await issue_usage_of_a_new_account(shop) == "INV-2627-000003"


# -- months ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "last_of_september", "first_of_october"),
    [
        ("UTC", "2026-09-30T23:59:59.999999Z", "2026-10-01T00:00:00Z"),
        ("America/New_York", "2026-10-01T03:59:59.999999Z", "2026-10-01T04:00:00Z"),
        ("Asia/Kolkata", "2026-09-30T18:29:59.999999Z", "2026-09-30T18:30:00Z"),
        ("Pacific/Kiritimati", "2026-09-30T09:59:59.999999Z", "2026-09-30T10:00:00Z"),
    ],
)
async def test_a_month_ends_at_the_accounts_midnight(
    shop: Shop, zone: str, last_of_september: str, first_of_october: str
) -> None:
    account = await shop.account(time_zone=zone)
    await charge_at(shop, account, last_of_september, "September")
    await charge_at(shop, account, first_of_october, "October")
    shop.clock.now = NOVEMBER
    september = await issue_usage(shop.ports, account, SEPTEMBER)
    october = await issue_usage(shop.ports, account, OCTOBER)
    assert await lines_of(account, september) == ["September"]
    assert await lines_of(account, october) == ["October"]


async def test_late_charges_go_on_the_next_invoice_oldest_first(shop: Shop) -> None:
    account = await shop.account()
    await charge_at(shop, account, "2026-09-10T00:00:00Z", "In time")
    await issue_usage(shop.ports, account, SEPTEMBER)
    await charge_at(shop, account, "2026-10-02T00:00:00Z", "October")
    await charge_at(shop, account, "2026-09-20T00:00:00Z", "Late")
    await charge_at(shop, account, "2025-01-20T00:00:00Z", "Very late")
    before = await books()
    assert await issue_usage(shop.ports, account, SEPTEMBER) is None
    assert await books() == before
    shop.clock.now = NOVEMBER
    october = await issue_usage(shop.ports, account, OCTOBER)
    assert await lines_of(account, october) == ["Very late", "Late", "October"]
    invoice = await invoices.find(account, october or UUID(int=0))
    assert (invoice.period_start, invoice.period_end) == (date(2026, 10, 1), date(2026, 10, 31))


async def test_a_month_without_charges_has_no_invoice(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, month=OCTOBER)
    before = await books()
    assert await issue_usage(shop.ports, account, SEPTEMBER) is None
    assert await books() == before


@pytest.mark.parametrize(
    ("zone", "last_second"),
    [
        ("UTC", "2026-09-30T23:59:59Z"),
        ("America/New_York", "2026-10-01T03:59:59Z"),
        ("Pacific/Kiritimati", "2026-09-30T09:59:59Z"),
    ],
)
async def test_a_month_is_not_billed_before_it_is_over_where_the_account_is(
    shop: Shop, zone: str, last_second: str
) -> None:
    account = await shop.account(time_zone=zone)
    await shop.charge(account)
    shop.clock.now = datetime.fromisoformat(last_second)
    before = await books()
    assert await issue_usage(shop.ports, account, SEPTEMBER) is None
    assert await books() == before
    shop.clock.move(seconds=1)
    assert await issue_usage(shop.ports, account, SEPTEMBER) is not None


async def test_more_lines_than_an_invoice_holds_are_refused(shop: Shop) -> None:
    account = await shop.account()
    new = [
        NewCharge(account, f"r{n}", InvoiceKind.USAGE, datetime(2026, 9, 1, tzinfo=UTC), "Use",
                  Decimal(1), Decimal(1), "USD")
        for n in range(LINES_MAX + 1)
    ]  # fmt: skip
    await charges.record(new, at=shop.clock())
    before = await books()
    with pytest.raises(InvalidInput):
        await issue_usage(shop.ports, account, SEPTEMBER)
    assert await books() == before
    await execute("DELETE FROM charge WHERE reference = 'r0'")
    assert await issue_usage(shop.ports, account, SEPTEMBER) is not None


async def test_a_month_is_billed_once_however_often_it_is_asked_for(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account)
    made = await asyncio.gather(*[issue_usage(shop.ports, account, SEPTEMBER) for _ in range(8)])
    assert len([one for one in made if one is not None]) == 1
    assert await numbers() == ["INV-2627-000001"]
    assert await rows("invoice_line") == await rows("document") == 1
    assert len(await shop.happened(account)) == 1


# -- services on request -----------------------------------------------------------------------


async def test_a_service_on_request_has_an_invoice_of_its_own(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "100.00")
    await shop.charge(account, "950.00", kind=InvoiceKind.ADD_ON)
    invoice_id = await issue_add_on(shop.ports, account)
    assert invoice_id is not None
    invoice = await invoices.find(account, invoice_id)
    assert (invoice.kind, invoice.total_minor) == (InvoiceKind.ADD_ON, 95000)
    assert (invoice.period_start, invoice.period_end) == (None, None)
    assert invoice.due_on == date(2026, 10, 30) + timedelta(days=15)
    before = await books()
    assert await issue_add_on(shop.ports, account) is None
    assert await books() == before
    await shop.charge(account, "5.00", kind=InvoiceKind.ADD_ON)
    assert await issue_add_on(shop.ports, account) is not None
    usage_id = await issue_usage(shop.ports, account, SEPTEMBER)
    assert (await invoices.find(account, usage_id or UUID(int=0))).total_minor == 10000


async def test_a_service_is_billed_when_it_is_asked_for_and_not_when_it_is_due(
    shop: Shop,
) -> None:
    account = await shop.account()
    await shop.charge(account, kind=InvoiceKind.ADD_ON, month=Month(2027, 3))
    assert await issue_add_on(shop.ports, account) is not None


async def test_a_service_asked_for_twice_at_once_is_billed_once(shop: Shop) -> None:
    account = await shop.account()
    await shop.charge(account, "950.00", kind=InvoiceKind.ADD_ON)
    made = await asyncio.gather(*[issue_add_on(shop.ports, account) for _ in range(6)])
    assert len([one for one in made if one is not None]) == 1
    assert await numbers() == ["INV-2627-000001"]
    assert await rows("invoice") == await rows("invoice_line") == 1
