"""How invoices move, what a screen shows of them, and that their sums agree."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.errors import CurrencyMismatch, TransitionRefused
from service.billing.invoice import (
    MONEY_ON_ITS_WAY,
    MOVES,
    DisplayStatus,
    InvoiceMove,
    InvoiceStatus,
    advance,
    display_status,
    is_overdue,
    is_payable,
    line,
    number,
    totals,
)
from service.billing.money import Money, exponent
from service.billing.payment import LIVE, PaymentStatus
from service.billing.tax import TaxRate, tax_on

EDGES = """
DRAFT         ISSUE     OPEN
OPEN          SETTLE    PAID
OPEN          CANCEL    VOID
OPEN          WRITE_OFF UNCOLLECTIBLE
UNCOLLECTIBLE SETTLE    PAID
PAID          CHARGE_BACK UNCOLLECTIBLE
"""


def test_the_moves_are_these_and_no_others() -> None:
    expected = {tuple(edge.split()) for edge in EDGES.strip().splitlines()}
    assert {(str(a), str(move), str(b)) for (a, move), b in MOVES.items()} == expected


@pytest.mark.parametrize(("status", "move"), list(product(InvoiceStatus, InvoiceMove)))
def test_a_move_is_listed_or_refused(status: InvoiceStatus, move: InvoiceMove) -> None:
    if (status, move) in MOVES:
        assert advance(status, move) is MOVES[status, move]
    else:
        with pytest.raises(TransitionRefused, match=f"^{move} is not possible from {status}$"):
            advance(status, move)


def test_nothing_leaves_void_and_only_a_lost_dispute_leaves_paid() -> None:
    assert InvoiceStatus.VOID not in {status for status, _ in MOVES}
    from_paid = [move for status, move in MOVES if status is InvoiceStatus.PAID]
    assert from_paid == [InvoiceMove.CHARGE_BACK]


def test_nothing_becomes_a_draft_and_nothing_that_was_paid_becomes_due() -> None:
    assert InvoiceStatus.DRAFT not in MOVES.values()
    becomes_due = [status for (status, _), after in MOVES.items() if after is InvoiceStatus.OPEN]
    assert becomes_due == [InvoiceStatus.DRAFT]


def paid(**given: Any) -> DisplayStatus:
    values: dict[str, Any] = {
        "due_on": TODAY,
        "today": TODAY,
        "paid_minor": 100,
        "live_payment": None,
    }
    return display_status(InvoiceStatus.PAID, **values | given)


def test_a_paid_invoice_shows_its_refund_and_its_dispute() -> None:
    assert paid() is DisplayStatus.PAID
    assert paid(refunded_minor=99) is DisplayStatus.PAID
    assert paid(refunded_minor=100) is DisplayStatus.REFUNDED
    assert paid(disputed=True) is DisplayStatus.DISPUTED
    assert paid(disputed=True, refunded_minor=100) is DisplayStatus.DISPUTED


def test_an_invoice_over_nothing_was_not_refunded() -> None:
    assert paid(paid_minor=0) is DisplayStatus.PAID


TODAY = date(2026, 11, 19)
DAY = timedelta(days=1)
DUE_DAYS = {"none": None, "past": TODAY - DAY, "today": TODAY, "ahead": TODAY + DAY}

# Status, due day, paid in part, live payment: what is shown. A dash: whichever.
SHOWN = """
PAID          -      -    -             PAID
VOID          -      -    -             VOID
UNCOLLECTIBLE -      -    -             UNCOLLECTIBLE
OPEN          -      -    PROCESSING    PROCESSING
OPEN          -      -    UNDER_REVIEW  PROCESSING
OPEN          past   -    PENDING       OVERDUE
OPEN          past   -    none          OVERDUE
OPEN          today  no   PENDING       DUE
OPEN          today  no   none          DUE
OPEN          today  yes  PENDING       PARTIALLY_PAID
OPEN          today  yes  none          PARTIALLY_PAID
OPEN          ahead  no   PENDING       DUE
OPEN          ahead  no   none          DUE
OPEN          ahead  yes  PENDING       PARTIALLY_PAID
OPEN          ahead  yes  none          PARTIALLY_PAID
OPEN          none   no   PENDING       DUE
OPEN          none   no   none          DUE
OPEN          none   yes  PENDING       PARTIALLY_PAID
OPEN          none   yes  none          PARTIALLY_PAID
DRAFT         -      -    PROCESSING    PROCESSING
DRAFT         -      -    UNDER_REVIEW  PROCESSING
DRAFT         -      no   PENDING       DUE
DRAFT         -      no   none          DUE
DRAFT         -      yes  PENDING       PARTIALLY_PAID
DRAFT         -      yes  none          PARTIALLY_PAID
"""
LIVE_PAYMENTS: dict[str, PaymentStatus | None] = {"none": None} | {one: one for one in sorted(LIVE)}
SITUATIONS = list(product(InvoiceStatus, DUE_DAYS, ("no", "yes"), LIVE_PAYMENTS))


def shown(*situation: str) -> DisplayStatus:
    """The one row of the table that speaks of a situation."""
    rows = [row.split() for row in SHOWN.strip().splitlines()]
    (found,) = [
        result
        for *given, result in rows
        if all(cell in ("-", value) for cell, value in zip(given, situation, strict=True))
    ]
    return DisplayStatus(found)


@pytest.mark.parametrize(("status", "due", "paid", "payment"), SITUATIONS)
def test_what_a_screen_shows(status: InvoiceStatus, due: str, paid: str, payment: str) -> None:
    found = display_status(
        status,
        due_on=DUE_DAYS[due],
        today=TODAY,
        paid_minor=100 if paid == "yes" else 0,
        live_payment=LIVE_PAYMENTS[payment],
    )
    assert found is shown(status, due, paid, payment)


@given(
    st.sampled_from(InvoiceStatus),
    st.none() | st.dates(),
    st.dates(),
    st.integers(0, 10**9),
    st.sampled_from(sorted(MONEY_ON_ITS_WAY)),
)
def test_who_has_money_on_its_way_is_never_asked_for_it(
    status: InvoiceStatus, due_on: date | None, today: date, paid: int, payment: PaymentStatus
) -> None:
    found = display_status(
        status, due_on=due_on, today=today, paid_minor=paid, live_payment=payment
    )
    assert found not in (DisplayStatus.DUE, DisplayStatus.OVERDUE, DisplayStatus.PARTIALLY_PAID)
    assert not is_payable(status, due_minor=1, live_payment=payment)


def test_money_on_its_way_is_live_and_beyond_the_page() -> None:
    assert LIVE - {PaymentStatus.PENDING} == MONEY_ON_ITS_WAY


@pytest.mark.parametrize(
    ("status", "due_on", "overdue"),
    [
        (InvoiceStatus.OPEN, TODAY - DAY, True),
        (InvoiceStatus.OPEN, TODAY, False),
        (InvoiceStatus.OPEN, TODAY + DAY, False),
        (InvoiceStatus.OPEN, None, False),
        (InvoiceStatus.DRAFT, TODAY - DAY, False),
        (InvoiceStatus.PAID, TODAY - DAY, False),
        (InvoiceStatus.VOID, TODAY - DAY, False),
        (InvoiceStatus.UNCOLLECTIBLE, TODAY - DAY, False),
    ],
)
def test_an_invoice_is_overdue_from_the_day_after_it_was_due(
    status: InvoiceStatus, due_on: date | None, overdue: bool
) -> None:
    assert is_overdue(status, due_on=due_on, today=TODAY) is overdue


@pytest.mark.parametrize(
    ("status", "due_minor", "payment"),
    list(product(InvoiceStatus, (0, 1), (None, *PaymentStatus))),
)
def test_what_can_be_paid(
    status: InvoiceStatus, due_minor: int, payment: PaymentStatus | None
) -> None:
    payable = status == "OPEN" and due_minor == 1 and payment not in ("PROCESSING", "UNDER_REVIEW")
    assert is_payable(status, due_minor=due_minor, live_payment=payment) is payable


@pytest.mark.parametrize(
    ("quantity", "unit_price", "currency", "minor_units"),
    [
        ("1", "100.00", "USD", 10_000),
        ("0.5", "0.01", "USD", 1),
        ("0.4999", "0.01", "USD", 0),
        ("1234.567", "0.40", "USD", 49_383),
        ("3", "0.0875", "USD", 26),
        ("1", "0.5", "JPY", 1),
        ("1", "1.2345", "KWD", 1_235),
        ("1", "-10.005", "USD", -1_001),
    ],
)
def test_a_line_is_rounded_once(
    quantity: str, unit_price: str, currency: str, minor_units: int
) -> None:
    made = line("API calls", Decimal(quantity), Decimal(unit_price), currency)
    assert made.amount == Money(minor_units, currency)
    assert (made.description, made.quantity, made.unit_price) == (
        "API calls",
        Decimal(quantity),
        Decimal(unit_price),
    )


CURRENCY = st.sampled_from(["USD", "JPY", "KWD"])
QUANTITY = st.decimals(min_value=Decimal("0.000001"), max_value=10**6, places=6)
UNIT_PRICE = st.decimals(min_value=0, max_value=10**4, places=10)


@given(QUANTITY, UNIT_PRICE, CURRENCY)
def test_a_line_is_within_half_a_unit_of_the_exact_product(
    quantity: Decimal, unit_price: Decimal, currency: str
) -> None:
    amount = line("", quantity, unit_price, currency).amount.minor_units
    exact = Fraction(quantity) * Fraction(unit_price) * 10 ** exponent(currency)
    assert exact - Fraction(1, 2) < amount <= exact + Fraction(1, 2)


TAX_RATE = st.none() | st.builds(
    TaxRate, st.just("VAT"), st.decimals(min_value=0, max_value=100, places=4)
)


@given(st.lists(st.tuples(QUANTITY, UNIT_PRICE), max_size=12), TAX_RATE)
def test_lines_and_tax_add_up_to_the_total(
    items: list[tuple[Decimal, Decimal]], rate: TaxRate | None
) -> None:
    lines = [line("", quantity, unit_price, "USD") for quantity, unit_price in items]
    sums = totals(lines, rate, "USD")
    assert sums.subtotal.minor_units == sum(one.amount.minor_units for one in lines)
    assert sums.taxes == ((tax_on(sums.subtotal, rate),) if rate else ())
    assert sums.tax.minor_units == sum(tax.amount.minor_units for tax in sums.taxes)
    assert sums.total == sums.subtotal + sums.tax


def test_a_total_over_nothing_is_nothing() -> None:
    sums = totals([], TaxRate("IGST", Decimal(18)), "INR")
    assert (sums.subtotal, sums.tax, sums.total) == (Money(0, "INR"),) * 3


def test_a_credit_lowers_the_total_but_never_below_zero() -> None:
    paid = line("Seats", Decimal(1), Decimal("10.00"), "USD")
    credit = line("Credit", Decimal(1), Decimal("-10.00"), "USD")
    more = line("Credit", Decimal(1), Decimal("-0.01"), "USD")
    assert totals([paid, credit], None, "USD").total == Money(0, "USD")
    with pytest.raises(ValueError, match="negative total"):
        totals([paid, credit, more], None, "USD")


def test_lines_of_another_currency_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        totals([line("", Decimal(1), Decimal(1), "EUR")], None, "USD")


@pytest.mark.parametrize(
    ("prefix", "year", "count", "text"),
    [
        ("INV", "2627", 1, "INV-2627-000001"),
        ("INV", "2627", 999_999, "INV-2627-999999"),
        ("INV", "2627", 1_000_000, "INV-2627-1000000"),
        ("INVO", "2627", 42, "INVO-2627-000042"),
        ("I", "2626", 123_456_789, "I-2626-123456789"),
    ],
)
def test_an_invoice_number_reads_well(prefix: str, year: str, count: int, text: str) -> None:
    assert number(prefix, year, count) == text


@given(
    st.from_regex(r"[A-Z0-9]{1,4}", fullmatch=True),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.integers(1, 10**12),
)
def test_an_invoice_number_obeys_rule_46b(prefix: str, year: str, count: int) -> None:
    try:
        text = number(prefix, year, count)
    except ValueError:
        assert len(prefix) + len(str(count)) > 10
    else:
        assert len(text) <= 16
        assert re.fullmatch("[A-Z0-9-]+", text)
        assert text.split("-") == [prefix, year, f"{count:06d}"]


def test_a_number_that_would_be_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 16 characters: INVO-2627-1000000"):
        number("INVO", "2627", 1_000_000)
