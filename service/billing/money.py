"""Money as whole minor units of an ISO 4217 currency, and the one rounding rule.

Every conversion and every share is rounded half up (away from zero at the midpoint), once, at the
end of a calculation: the rule that commercial invoices use and that ours state in their footer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from service.billing.errors import CurrencyMismatch

ROUNDING_RULE = (
    "Amounts are rounded half up to the smallest unit of the currency, once per line and per tax."
)

# ISO 4217 minor units that differ from two. Source: the ISO 4217 list, column "Minor unit".
_NO_DECIMALS = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"]
_NO_DECIMALS += ["UYI", "VND", "VUV", "XAF", "XOF", "XPF"]
_THREE_DECIMALS = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
_FOUR_DECIMALS = ["CLF", "UYW"]
_EXPONENTS = (
    dict.fromkeys(_NO_DECIMALS, 0)
    | dict.fromkeys(_THREE_DECIMALS, 3)
    | dict.fromkeys(_FOUR_DECIMALS, 4)
)
_CODE = re.compile(r"[A-Z]{3}\Z")
# Largest amount that PostgreSQL's BIGINT and a signed 64-bit client both hold.
MINOR_UNITS_MAX = 2**63 - 1
# Wide enough that no product of a BIGINT amount and a rate of 12 decimals is rounded early.
_PRECISION = 60


def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD.

    Raises:
        ValueError: not three capital letters.
    """
    if not _CODE.match(currency):
        raise ValueError(f"not an ISO 4217 code: {currency!r}")
    return _EXPONENTS.get(currency, 2)


def round_half_up(value: Decimal) -> int:
    """Round an exact value to a whole number; midpoints go away from zero."""
    with localcontext(prec=_PRECISION):
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: whole minor units and a currency. Negative amounts are credits."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not -MINOR_UNITS_MAX <= self.minor_units <= MINOR_UNITS_MAX:
            raise ValueError("the amount does not fit 64 bits")

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Money:
        """Round an amount in major units (12.345 USD) to minor units (1235)."""
        with localcontext(prec=_PRECISION):
            return cls(round_half_up(amount.scaleb(exponent(currency))), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all its decimals: 1200 minor units of USD are 12.00."""
        with localcontext(prec=_PRECISION):
            return Decimal(self.minor_units).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        """In units of the currency, for messages to people: `9495.52 INR`."""
        return f"{self.amount:f} {self.currency}"

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor_units + other.minor_units, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor_units - other.minor_units, self.currency)

    def convert(self, rate: Decimal, currency: str) -> Money:
        """Exchange at `rate` units of `currency` for one unit of this currency."""
        with localcontext(prec=_PRECISION):
            return Money.from_decimal(self.amount * rate, currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)


def total(amounts: Sequence[Money], currency: str) -> Money:
    """The sum of amounts in one currency; zero when there are none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def share(amount: Money, weights: Sequence[int]) -> list[Money]:
    """Split an amount in proportion to `weights`; the shares add up exactly.

    Largest remainder: each share is rounded down, the left-over units go to the largest remainders,
    earlier shares first.

    Raises:
        ValueError: no weight is above zero, or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and must have a positive sum")
    sign = -1 if amount.minor_units < 0 else 1
    units = abs(amount.minor_units)
    parts = [units * weight // whole for weight in weights]
    remainders = [units * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -remainders[i])
    for i in by_remainder[: units - sum(parts)]:
        parts[i] += 1
    return [Money(sign * part, amount.currency) for part in parts]


def parse_decimal(text: str, *, places: int) -> Decimal:
    """Read a plain decimal such as "-12.50" with at most `places` decimals; no exponents.

    Raises:
        ValueError: not such a number.
    """
    if not re.fullmatch(rf"-?\d{{1,15}}(\.\d{{1,{places}}})?", text, flags=re.ASCII):
        raise ValueError(f"not a decimal number with at most {places} decimals")
    return Decimal(text)
