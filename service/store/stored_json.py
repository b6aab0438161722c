"""Values that stand in JSON columns: how they are written and read back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from service.billing.money import Money
from service.billing.payment import Quote
from service.billing.tax import TaxAmount


def tax_as_json(tax: TaxAmount) -> dict[str, str]:
    """The stored form of a tax; its currency is the invoice's."""
    return {
        "name": tax.name,
        "percent": str(tax.percent),
        "base_minor": str(tax.base.minor_units),
        "amount_minor": str(tax.amount.minor_units),
    }


def tax_from_json(data: dict[str, str], currency: str) -> TaxAmount:
    """Read a stored tax back."""
    return TaxAmount(
        data["name"],
        Decimal(data["percent"]),
        Money(int(data["base_minor"]), currency),
        Money(int(data["amount_minor"]), currency),
    )


def quote_as_json(quote: Quote) -> dict[str, str]:
    """The stored form of an estimate, which has no end."""
    return {
        "rate": str(quote.rate),
        "source": quote.source,
        "as_of": quote.as_of.isoformat(),
        "charged_minor": str(quote.charged.minor_units),
        "currency": quote.charged.currency,
    }


def quote_from_json(data: dict[str, str]) -> Quote:
    """Read a stored estimate back."""
    charged = Money(int(data["charged_minor"]), data["currency"])
    as_of = date.fromisoformat(data["as_of"])
    return Quote(Decimal(data["rate"]), data["source"], as_of, None, charged)


def read_json(value: Any) -> Any:
    """A JSONB column as Python values; the driver hands it over as text."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value
