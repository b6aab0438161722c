"""Invoices to set in type: several currencies, scripts and lengths."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.billing.invoice import InvoiceKind, line, totals
from service.billing.payment import quote
from service.billing.sheet import Address, InvoiceSheet, Party
from service.billing.tax import TaxRate

SELLER = Party(
    "Paidup Cloud Private Limited",
    "billing@seller.example",
    Address(
        ("4th Floor, Prestige Atlanta", "80 Feet Road"), "Bengaluru", "Karnataka", "560034", "IN"
    ),
    "29ABCDE1234F2Z5",
)
PORTLAND = Address(("1 Main St", "Suite 400"), "Portland", "OR", "97201", "US")
BERLIN = Address(("Straße des 17. Juni 135",), "Berlin", None, "10623", "DE")
VAT = TaxRate("VAT", Decimal(19))
USAGE = (
    ("Compute, 4 vCPU", "744", "0.1925"),
    ("Object storage, GB-month", "12850.5", "0.000023"),
    ("Support plan, Business", "1", "900"),
)


def sheet(
    buyer_name: str = "Müller & Söhne GmbH",
    *,
    currency: str = "USD",
    locale: str = "en-US",
    address: Address | None = PORTLAND,
    tax: TaxRate | None = None,
    rate: str | None = "83.3775",
    usage: tuple[tuple[str, str, str], ...] = USAGE,
    number: str = "INV-2627-000042",
) -> InvoiceSheet:
    """An invoice for October 2026, issued on 4 November and due on 19 November."""
    lines = tuple(
        line(description, Decimal(quantity), Decimal(price), currency)
        for description, quantity, price in usage
    )
    sums = totals(lines, tax, currency)
    estimate = rate and quote(
        sums.total,
        "INR",
        Decimal(rate),
        source="European Central Bank",
        as_of=date(2026, 10, 30),
        valid_until=None,
    )
    return InvoiceSheet(
        number=number,
        kind=InvoiceKind.USAGE,
        issued_on=date(2026, 11, 4),
        due_on=date(2026, 11, 19),
        period_start=date(2026, 10, 1),
        period_end=date(2026, 10, 31),
        seller=SELLER,
        buyer=Party(buyer_name, "accounts@buyer.example", address, "DE129273398"),
        lines=lines,
        totals=sums,
        estimate=estimate or None,
        locale=locale,
    )


def long_sheet(count: int = 100) -> InvoiceSheet:
    """An invoice of many lines, each with a description of its own."""
    usage = tuple(
        (f"Virtual machine web-{i:03d}, on demand", "744", "0.1925") for i in range(count)
    )
    return sheet(usage=usage)


def add_on_sheet() -> InvoiceSheet:
    """An invoice for a service on request: it has no period."""
    return replace(sheet(), kind=InvoiceKind.ADD_ON, period_start=None, period_end=None)
