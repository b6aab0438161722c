"""What stands on an invoice: the frozen content that is printed, viewed and mailed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from service.billing.invoice import InvoiceKind, Line, Totals
from service.billing.payment import Quote


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country_code` is ISO 3166-1 alpha-2."""

    lines: tuple[str, ...]
    city: str
    region: str | None
    postal_code: str | None
    country_code: str

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "lines": list(self.lines),
            "city": self.city,
            "region": self.region,
            "postal_code": self.postal_code,
            "country_code": self.country_code,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Address:
        """Read the stored form back."""
        return cls(
            tuple(data["lines"]),
            data["city"],
            data["region"],
            data["postal_code"],
            data["country_code"],
        )


@dataclass(frozen=True, slots=True)
class Party:
    """The seller or the buyer as they stood on the day of issue."""

    name: str
    email: str
    address: Address | None
    tax_id: str | None

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "name": self.name,
            "email": self.email,
            "address": self.address.as_json() if self.address else None,
            "tax_id": self.tax_id,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Party:
        """Read the stored form back."""
        address = data["address"]
        return cls(
            data["name"],
            data["email"],
            Address.from_json(address) if address else None,
            data["tax_id"],
        )


@dataclass(frozen=True, slots=True)
class InvoiceSheet:
    """Everything printed on one invoice. `estimate` is what paying on the day of issue would have
    charged in the account's charge currency; None when that is the invoice currency."""

    number: str
    kind: InvoiceKind
    issued_on: date
    due_on: date
    period_start: date | None
    period_end: date | None
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    totals: Totals
    estimate: Quote | None
    locale: str
