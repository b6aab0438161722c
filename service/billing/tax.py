"""Tax on an invoice: one rate per account, on the sum of the lines, rounded once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

from service.billing.money import Money, round_half_up


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax by its name on the invoice ("IGST", "VAT") and its percentage (18 for 18 %)."""

    name: str
    percent: Decimal

    def __post_init__(self) -> None:
        if not Decimal(0) <= self.percent <= Decimal(100):
            raise ValueError("a tax rate lies between 0 and 100 percent")


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """One tax as it stands on an invoice."""

    name: str
    percent: Decimal
    base: Money
    amount: Money


def tax_on(base: Money, rate: TaxRate) -> TaxAmount:
    """Compute a tax on a base; rounded half up to the minor unit."""
    with localcontext(prec=60):
        units = round_half_up(Decimal(base.minor_units) * rate.percent / 100)
    return TaxAmount(rate.name, rate.percent, base, Money(units, base.currency))
