"""Lists of invoices: in order, without a gap or a double, and equal to the rules they filter by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.billing.invoice import (
    MONEY_ON_ITS_WAY,
    DisplayStatus,
    InvoiceKind,
    InvoiceStatus,
    display_status,
)
from service.billing.payment import LIVE, GatewayState, PaymentStatus, is_in_doubt
from service.store import invoice_pages, invoices
from service.store.database import execute, fetch, new_id
from service.store.invoice_pages import InvoiceFilter, Place, Window
from service.store.records import Invoice
from tests.store import rows
from tests.store.plans import plan_of
from tests.store.rows import TODAY

pytestmark = pytest.mark.usefixtures("db")

DAY = timedelta(days=1)
EVERY = InvoiceFilter(today=TODAY, kinds=tuple(InvoiceKind))


def varied(place: int, issued_on: date, **changes: Any) -> dict[str, Any]:
    """One more invoice, of a month of its own."""
    month = date(2000, 1, 1) + place * DAY
    return {
        "id": new_id(),
        "number": f"INV-{place:06d}",
        "period_start": month,
        "period_end": month,
        "issued_on": issued_on,
        "due_on": issued_on + 15 * DAY,
    } | changes


async def account_with_sixty() -> UUID:
    """Sixty-one invoices of five days, so that days alone do not put them in order."""
    account = await rows.account()
    await rows.invoice(account.id)
    changes = [varied(number, TODAY - number % 5 * DAY) for number in range(60)]
    for number, change in enumerate(changes):
        if number % 7 == 0:
            change["kind"] = "ADD_ON"
        if number % 9 == 0:
            change |= {"status": "PAID", "paid_minor": 10_000}
    # The order in which they were made says nothing about the order of their days either.
    await rows.copy_many("invoice", changes[::2] + changes[1::2])
    return account.id


async def newest_first(account_id: UUID) -> list[Invoice]:
    found = await fetch("SELECT id FROM invoice WHERE account_id = $1", account_id)
    read = await invoices.find_many(account_id, [row["id"] for row in found])
    return sorted(read, key=lambda one: (one.issued_on, one.id), reverse=True)


async def count(account_id: UUID, wanted: InvoiceFilter) -> int:
    (found,) = await invoice_pages.counts([(account_id, wanted)])
    return found


def place_of(invoice: Invoice) -> Place:
    assert invoice.issued_on is not None
    return Place(invoice.issued_on, invoice.id)


@pytest.mark.parametrize("size", [1, 7, 60, 61, 100])
async def test_pages_forwards_are_the_whole_list(size: int) -> None:
    account_id = await account_with_sixty()
    expected = await newest_first(account_id)
    assert len(expected) == 61
    seen: list[Invoice] = []
    after = None
    while True:
        page = await invoice_pages.page(account_id, EVERY, Window(size, after=after))
        seen += page.invoices
        assert page.has_more is (len(seen) < 61)
        if not page.has_more:
            break
        assert len(page.invoices) == size
        after = place_of(seen[-1])
    assert seen == expected


@pytest.mark.parametrize("size", [1, 7, 60, 61, 100])
async def test_pages_backwards_are_the_whole_list(size: int) -> None:
    account_id = await account_with_sixty()
    expected = await newest_first(account_id)
    seen: list[Invoice] = []
    before = None
    while True:
        window = Window(size, before=before, backwards=True)
        page = await invoice_pages.page(account_id, EVERY, window)
        seen = page.invoices + seen
        assert page.has_more is (len(seen) < 61)
        if not page.has_more:
            break
        assert len(page.invoices) == size
        before = place_of(seen[0])
    assert seen == expected


async def test_a_page_between_two_places() -> None:
    account_id = await account_with_sixty()
    expected = await newest_first(account_id)
    first, last = place_of(expected[9]), place_of(expected[20])
    window = Window(20, after=first, before=last)
    forwards = await invoice_pages.page(account_id, EVERY, window)
    assert (forwards.invoices, forwards.has_more) == (expected[10:20], False)
    short = await invoice_pages.page(account_id, EVERY, replace(window, size=4))
    assert (short.invoices, short.has_more) == (expected[10:14], True)
    backwards = await invoice_pages.page(account_id, EVERY, replace(window, size=4, backwards=True))
    assert (backwards.invoices, backwards.has_more) == (expected[16:20], True)


async def test_an_invoice_that_arrives_meanwhile_moves_no_page() -> None:
    account_id = await account_with_sixty()
    expected = await newest_first(account_id)
    first = await invoice_pages.page(account_id, EVERY, Window(10))
    await rows.invoice(account_id, kind=InvoiceKind.ADD_ON, issued_on=TODAY + DAY)
    after = place_of(first.invoices[-1])
    second = await invoice_pages.page(account_id, EVERY, Window(10, after=after))
    assert second.invoices == expected[10:20]


async def test_a_place_whose_invoice_is_filtered_out_is_still_a_place() -> None:
    account_id = await account_with_sixty()
    expected = await newest_first(account_id)
    add_on = next(one for one in expected if one.kind is InvoiceKind.ADD_ON)
    below = expected[expected.index(add_on) + 1 :]
    usage = InvoiceFilter(today=TODAY)
    page = await invoice_pages.page(account_id, usage, Window(100, after=place_of(add_on)))
    assert page.invoices == [one for one in below if one.kind is InvoiceKind.USAGE]


FILTERS: list[tuple[InvoiceFilter, Callable[[Invoice], bool]]] = [
    (InvoiceFilter(TODAY), lambda one: one.kind == "USAGE"),
    (EVERY, lambda _: True),
    (InvoiceFilter(TODAY, kinds=(InvoiceKind.ADD_ON,)), lambda one: one.kind == "ADD_ON"),
    (replace(EVERY, unpaid_only=True), lambda one: one.status == "OPEN"),
    (replace(EVERY, issued_from=TODAY - DAY), lambda one: place_of(one).issued_on >= TODAY - DAY),
    (replace(EVERY, issued_to=TODAY - DAY), lambda one: place_of(one).issued_on <= TODAY - DAY),
    (
        replace(EVERY, due_from=TODAY + 12 * DAY, due_to=TODAY + 13 * DAY),
        lambda one: one.due_on in (TODAY + 12 * DAY, TODAY + 13 * DAY),
    ),
    (
        replace(EVERY, issued_from=TODAY - 2 * DAY, issued_to=TODAY - 2 * DAY, unpaid_only=True),
        lambda one: one.issued_on == TODAY - 2 * DAY and one.status == "OPEN",
    ),
    (replace(EVERY, number_prefix="INV-00003"), lambda one: str(one.number)[:9] == "INV-00003"),
    (replace(EVERY, number_prefix="INV-%3"), lambda _: False),
    (replace(EVERY, number_prefix="INV_"), lambda _: False),
    (
        replace(EVERY, display_status=(DisplayStatus.PAID,), kinds=(InvoiceKind.USAGE,)),
        lambda one: one.status == "PAID" and one.kind == "USAGE",
    ),
]


@pytest.mark.parametrize(("wanted", "matches"), FILTERS)
async def test_a_filter_keeps_what_matches(
    wanted: InvoiceFilter, matches: Callable[[Invoice], bool]
) -> None:
    account_id = await account_with_sixty()
    expected = [one for one in await newest_first(account_id) if matches(one)]
    page = await invoice_pages.page(account_id, wanted, Window(100))
    assert page.invoices == expected
    assert await count(account_id, wanted) == len(expected)
    half = await invoice_pages.page(account_id, wanted, Window(len(expected) // 2 or 1))
    assert half.invoices == expected[: len(expected) // 2 or 1]


async def test_drafts_and_the_invoices_of_others_are_not_listed() -> None:
    account_id = await account_with_sixty()
    stranger = (await rows.account()).id
    assert (await invoice_pages.page(stranger, EVERY, Window(100))).invoices == []
    assert await count(stranger, EVERY) == 0
    draft = {"status": "DRAFT", "number": None, "issued_on": None, "due_on": None}
    await rows.copy_many("invoice", [varied(999, TODAY) | draft])
    assert await rows.number_of("invoice") == 62
    assert await count(account_id, EVERY) == 61
    assert len((await invoice_pages.page(account_id, EVERY, Window(100))).invoices) == 61


async def test_pages_of_several_accounts_are_read_at_once() -> None:
    one, nobody = await account_with_sixty(), (await rows.account()).id
    other = (await rows.account()).id
    strange = await rows.invoice(other)
    mine = await newest_first(one)
    unpaid = [invoice for invoice in mine if invoice.status is InvoiceStatus.OPEN]
    free = replace(EVERY, unpaid_only=True)
    # Each account has a day and a plan of its own.
    tomorrow = replace(EVERY, today=TODAY + DAY)
    middle = place_of(mine[30])
    slices = [
        (other, tomorrow, Window(5)),
        (one, EVERY, Window(5)),
        (nobody, EVERY, Window(5)),
        (one, free, Window(5, after=middle)),
        (one, EVERY, Window(5, before=middle, backwards=True)),
        (one, replace(EVERY, kinds=(InvoiceKind.ADD_ON,)), Window(100)),
        (one, EVERY, Window(5)),
    ]
    found = await invoice_pages.pages(slices)
    after = [invoice for invoice in unpaid if place_of(invoice) in map(place_of, mine[31:])]
    assert [(page.invoices, page.has_more) for page in found] == [
        ([strange], False),
        (mine[:5], True),
        ([], False),
        (after[:5], True),
        (mine[25:30], True),
        ([invoice for invoice in mine if invoice.kind is InvoiceKind.ADD_ON], False),
        (mine[:5], True),
    ]
    lists = [(account_id, wanted) for account_id, wanted, _ in slices[:4]]
    assert await invoice_pages.counts(lists) == [1, 61, 0, len(unpaid)]


async def test_each_account_has_a_day_of_its_own() -> None:
    accounts = [(await rows.account()).id for _ in range(2)]
    made = [await rows.invoice(one, due_on=TODAY) for one in accounts]
    overdue = InvoiceFilter(TODAY, display_status=(DisplayStatus.OVERDUE,))
    lists = [
        (accounts[0], overdue, Window(5)),
        (accounts[1], replace(overdue, today=TODAY + DAY), Window(5)),
    ]
    assert [page.invoices for page in await invoice_pages.pages(lists)] == [[], [made[1]]]
    assert await invoice_pages.counts([one[:2] for one in lists]) == [0, 1]


# Paid, given back, and whether a bank disputes it.
SUMS = [
    (0, 0, False),
    (1, 0, False),
    (1, 1, False),
    (9_999, 0, True),
    (10_000, 0, False),
    (10_000, 9_999, False),
    (10_000, 10_000, False),
    (10_000, 0, True),
    (10_000, 10_000, True),
]


async def analyze(db: str) -> None:
    """Let PostgreSQL count its rows, as it does by itself after a while."""
    connection = await asyncpg.connect(db)
    await connection.execute("ANALYZE")
    await connection.close()


async def matrix(db: str) -> tuple[UUID, dict[UUID, PaymentStatus | None]]:
    """An invoice for every status, due day, sums and payment there can be."""
    account = await rows.account()
    first = await rows.invoice(account.id)
    await rows.payment(account.id, first)
    statuses = set(InvoiceStatus) - {InvoiceStatus.DRAFT}
    payments: list[PaymentStatus | None] = [None, *PaymentStatus]
    made: dict[UUID, PaymentStatus | None] = {first.id: PaymentStatus.PENDING}
    bills, attempts, parts = [], [], []
    combined = product(sorted(statuses), (-1, 0, 1), SUMS, payments)
    for number, (status, due, (paid, refunded, disputed), payment) in enumerate(combined):
        if status is InvoiceStatus.PAID and paid < 10_000:
            continue
        changes = {
            "status": status,
            "due_on": TODAY + due * DAY,
            "paid_minor": paid,
            "refunded_minor": refunded,
            "disputed": disputed,
        }
        bill = varied(number, TODAY - 30 * DAY, **changes)
        made[bill["id"]] = payment
        bills.append(bill)
        if payment is not None:
            attempt = {
                "id": new_id(),
                "status": payment,
                "live": payment in LIVE,
                "review_reason": "the amounts differ",
                "captured_at": "2026-10-30T09:31Z" if payment == "CAPTURED" else None,
            }
            attempts.append(attempt)
            parts.append(
                {
                    "id": new_id(),
                    "payment_id": attempt["id"],
                    "invoice_id": bill["id"],
                    "live": attempt["live"],
                }
            )
    # An invoice over nothing is paid from the start; nothing of it was given back.
    free = {"status": "PAID", "subtotal_minor": 0, "total_minor": 0, "paid_minor": 0}
    bills.append(varied(9_999, TODAY - 30 * DAY, **free))
    made[bills[-1]["id"]] = None
    await rows.copy_many("invoice", bills)
    await rows.copy_many("payment", attempts)
    await rows.copy_many("payment_allocation", parts)
    await analyze(db)
    return account.id, made


@pytest.mark.parametrize("seen", [None, *GatewayState])
async def test_an_invoice_whose_payer_came_back_is_listed_as_the_rule_has_it(
    db: str, seen: GatewayState | None
) -> None:
    account_id, made = await matrix(db)
    back = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
    await execute("UPDATE payment SET returned_at = $1, seen_state = $2", back, seen)
    everything = InvoiceFilter(today=TODAY)
    listed = (await invoice_pages.page(account_id, everything, Window(2000))).invoices
    for one in listed:
        payment = made[one.id] if made[one.id] in LIVE else None
        in_doubt = payment is not None and is_in_doubt(payment, returned_at=back, seen=seen)
        assert one.live_payment == (PaymentStatus.PROCESSING if in_doubt else payment)
    wanted = replace(everything, display_status=(DisplayStatus.PROCESSING,))
    shown = (await invoice_pages.page(account_id, wanted, Window(2000))).invoices
    assert {one.id for one in shown} == {
        one.id
        for one in listed
        if one.status is InvoiceStatus.OPEN and one.live_payment in MONEY_ON_ITS_WAY
    }


@pytest.mark.parametrize("today", [TODAY, TODAY + DAY, TODAY - 2 * DAY])
async def test_the_list_shows_what_the_rules_show(db: str, today: date) -> None:
    account_id, made = await matrix(db)
    everything = InvoiceFilter(today=today)
    listed = (await invoice_pages.page(account_id, everything, Window(2000))).invoices
    assert {one.id: one.live_payment for one in listed} == {
        invoice_id: payment if payment in LIVE else None for invoice_id, payment in made.items()
    }
    shown = {
        one.id: display_status(
            one.status,
            due_on=one.due_on,
            today=today,
            paid_minor=one.paid_minor,
            live_payment=one.live_payment,
            refunded_minor=one.refunded_minor,
            disputed=one.disputed,
        )
        for one in listed
    }
    filtered: dict[UUID, DisplayStatus] = {}
    for status in DisplayStatus:
        wanted = replace(everything, display_status=(status,))
        found = (await invoice_pages.page(account_id, wanted, Window(2000))).invoices
        assert await count(account_id, wanted) == len(found)
        assert not filtered.keys() & {one.id for one in found}
        filtered |= {one.id: status for one in found}
    assert filtered == shown
    assert len(shown) == len(made) == 770
    if today == TODAY:
        assert set(shown.values()) == set(DisplayStatus)

    asked_for = (DisplayStatus.DUE, DisplayStatus.OVERDUE, DisplayStatus.PARTIALLY_PAID)
    due = replace(everything, display_status=asked_for)
    page = await invoice_pages.page(account_id, due, Window(2000))
    assert {one.id for one in page.invoices} == {
        invoice_id for invoice_id, status in shown.items() if status in asked_for
    }


@pytest.mark.parametrize("far", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
async def test_a_page_costs_the_same_however_far_it_is(db: str, far: bool, backwards: bool) -> None:
    account_id = await account_with_sixty()
    changes = [varied(number, date(2000, 1, 1) + number * DAY) for number in range(100, 8_000)]
    await rows.copy_many("invoice", changes)
    await analyze(db)
    middle = Place(date(2010, 1, 1), new_id())
    window = Window(
        20,
        after=middle if far and not backwards else None,
        before=middle if far and backwards else None,
        backwards=backwards,
    )
    plan = await plan_of(lambda: invoice_pages.page(account_id, InvoiceFilter(TODAY), window))
    (scan,) = [node for node in plan if node.get("Index Name") == "invoice_newest"]
    assert scan["Scan Direction"] == ("Backward" if backwards else "Forward")
    assert scan["Actual Rows"] * scan["Actual Loops"] <= 21
    assert scan.get("Rows Removed by Filter", 0) <= 20
    assert not [node for node in plan if node["Node Type"] in ("Sort", "Incremental Sort")]
