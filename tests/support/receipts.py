"""Receipts to set in type: in one currency and exchanged, over one invoice and over many."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from service.billing.money import Money
from service.billing.payment import Method, Quote
from service.billing.receipt import ReceiptPart, ReceiptSheet
from service.billing.sheet import Address, Party
from tests.support.sheets import PORTLAND, SELLER

VISA = Method("card", "visa", "4242")
RATE = Decimal("83.377512345678")


def part(
    units: int,
    *,
    index: int = 42,
    surplus: int = 0,
    total: int | None = None,
    currency: str = "USD",
) -> ReceiptPart:
    """What a payment put on the invoice of a number, issued on 4 November."""
    return ReceiptPart(
        f"INV-2627-{index:06d}",
        date(2026, 11, 4),
        Money(total or units, currency),
        Money(units, currency),
        Money(surplus, currency),
    )


def receipt(
    *parts: ReceiptPart,
    buyer_name: str = "Müller & Söhne GmbH",
    address: Address | None = PORTLAND,
    method: Method | None = VISA,
    reference: str | None = None,
    charge_currency: str = "USD",
    charged: Money | None = None,
    returned: Money | None = None,
    locale: str = "en-US",
) -> ReceiptSheet:
    """The receipt of a payment on 19 November 2026 over the parts."""
    parts = parts or (part(104352),)
    currency = parts[0].applied.currency
    amount = Money(
        sum(one.applied.minor_units + one.surplus.minor_units for one in parts), currency
    )
    rate = RATE if charge_currency != currency else Decimal(1)
    return ReceiptSheet(
        number=f"RCT-{parts[0].invoice_number}-1",
        payment="pay_06FHTK2M8RD9V5N1QZ3C7XJ4W0",
        paid_on=date(2026, 11, 19),
        seller=SELLER,
        buyer=Party(buyer_name, "accounts@buyer.example", address, "DE129273398"),
        method=method,
        reference=reference,
        parts=parts,
        amount=amount,
        quote=Quote(
            rate,
            "European Central Bank",
            date(2026, 11, 18),
            None,
            charged or amount.convert(rate, charge_currency),
        ),
        returned=returned,
        locale=locale,
    )
