"""What an invoice is made of, how its status moves, and what a screen shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum

from service.billing.errors import TransitionRefused
from service.billing.money import Money, total
from service.billing.payment import PaymentStatus
from service.billing.tax import TaxAmount, TaxRate, tax_on


class InvoiceKind(StrEnum):
    USAGE = "USAGE"
    """Made once a month for what was used in it."""
    ADD_ON = "ADD_ON"
    """Made when a service is requested; mailed, and by default not listed."""


class InvoiceStatus(StrEnum):
    DRAFT = "DRAFT"
    OPEN = "OPEN"
    PAID = "PAID"
    VOID = "VOID"
    UNCOLLECTIBLE = "UNCOLLECTIBLE"


class InvoiceMove(StrEnum):
    ISSUE = "ISSUE"
    SETTLE = "SETTLE"
    CANCEL = "CANCEL"
    WRITE_OFF = "WRITE_OFF"
    CHARGE_BACK = "CHARGE_BACK"


MOVES = {
    (InvoiceStatus.DRAFT, InvoiceMove.ISSUE): InvoiceStatus.OPEN,
    (InvoiceStatus.OPEN, InvoiceMove.SETTLE): InvoiceStatus.PAID,
    (InvoiceStatus.OPEN, InvoiceMove.CANCEL): InvoiceStatus.VOID,
    (InvoiceStatus.OPEN, InvoiceMove.WRITE_OFF): InvoiceStatus.UNCOLLECTIBLE,
    # Money that arrives late still settles what it was meant for.
    (InvoiceStatus.UNCOLLECTIBLE, InvoiceMove.SETTLE): InvoiceStatus.PAID,
    # The payer's bank decided a dispute against us: the money is gone, the invoice stays closed.
    (InvoiceStatus.PAID, InvoiceMove.CHARGE_BACK): InvoiceStatus.UNCOLLECTIBLE,
}


def advance(status: InvoiceStatus, move: InvoiceMove) -> InvoiceStatus:
    """Return the status after `move`; raise TransitionRefused if none is listed."""
    try:
        return MOVES[status, move]
    except KeyError:
        raise TransitionRefused(status, move) from None


class DisplayStatus(StrEnum):
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    PROCESSING = "PROCESSING"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    REFUNDED = "REFUNDED"
    DISPUTED = "DISPUTED"
    VOID = "VOID"
    UNCOLLECTIBLE = "UNCOLLECTIBLE"


# Payments that have left the payer's hands: until their end is known the invoice is not "due".
MONEY_ON_ITS_WAY = frozenset({PaymentStatus.PROCESSING, PaymentStatus.UNDER_REVIEW})


def display_status(
    status: InvoiceStatus,
    *,
    due_on: date | None,
    today: date,
    paid_minor: int,
    live_payment: PaymentStatus | None,
    refunded_minor: int = 0,
    disputed: bool = False,
) -> DisplayStatus:
    """What a screen shows. Money on its way goes before the due date: who paid is never "due".

    `live_payment` is PROCESSING too for an attempt whose payer came back while the gateway has not
    said how it ended (`payment.is_in_doubt`). `today` is the day in the account's time zone. A
    refund does not make an invoice due again: it was paid, and the seller gave the money back.
    """
    if status is InvoiceStatus.PAID and disputed:
        return DisplayStatus.DISPUTED
    if status is InvoiceStatus.PAID and 0 < paid_minor <= refunded_minor:
        return DisplayStatus.REFUNDED
    if status in (InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE):
        return DisplayStatus(status)
    if live_payment in MONEY_ON_ITS_WAY:
        return DisplayStatus.PROCESSING
    if is_overdue(status, due_on=due_on, today=today):
        return DisplayStatus.OVERDUE
    return DisplayStatus.PARTIALLY_PAID if paid_minor > 0 else DisplayStatus.DUE


def is_overdue(status: InvoiceStatus, *, due_on: date | None, today: date) -> bool:
    """Whether the due day is over; `today` is the day in the account's time zone."""
    return status is InvoiceStatus.OPEN and due_on is not None and today > due_on


def is_payable(
    status: InvoiceStatus, *, due_minor: int, live_payment: PaymentStatus | None
) -> bool:
    """Whether to show the pay link. An open checkout page (PENDING) is no obstacle: paying
    again leads back to it."""
    return status is InvoiceStatus.OPEN and due_minor > 0 and live_payment not in MONEY_ON_ITS_WAY


@dataclass(frozen=True, slots=True)
class Line:
    """One billed position. `unit_price` is exact, in major units; the amount is rounded once."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Money


def line(description: str, quantity: Decimal, unit_price: Decimal, currency: str) -> Line:
    """Price a position: quantity times unit price (in major units), rounded half up, once."""
    with localcontext(prec=60):
        amount = Money.from_decimal(quantity * unit_price, currency)
    return Line(description, quantity, unit_price, amount)


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of an invoice; `subtotal + tax == total` always."""

    subtotal: Money
    taxes: tuple[TaxAmount, ...]
    tax: Money
    total: Money


def totals(lines: Sequence[Line], rate: TaxRate | None, currency: str) -> Totals:
    """Add up lines and tax.

    Raises:
        CurrencyMismatch: a line is in another currency.
        ValueError: the total is negative: a credit is not an invoice.
    """
    subtotal = total([item.amount for item in lines], currency)
    taxes = (tax_on(subtotal, rate),) if rate else ()
    tax = total([item.amount for item in taxes], currency)
    whole = subtotal + tax
    if whole.minor_units < 0:
        raise ValueError("an invoice cannot have a negative total")
    return Totals(subtotal, taxes, tax, whole)


def number(prefix: str, year: str, count: int) -> str:
    """An invoice number such as INV-2627-000042.

    At most 16 characters, of letters, digits and dashes: rule 46(b) of India's CGST Rules.

    Raises:
        ValueError: it would be longer.
    """
    text = f"{prefix}-{year}-{count:06d}"
    if len(text) > 16:
        raise ValueError(f"an invoice number has at most 16 characters: {text}")
    return text
