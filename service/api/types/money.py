"""Amounts and exchange rates."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated

import strawberry
from babel import UnknownLocaleError

from service.api.fields import given, resolved
from service.api.scalars import CurrencyCode, ExactDecimal, MinorUnits, exact
from service.billing import money, payment
from service.templates.figures import Figures

LOCALE_DEFAULT = "en"
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}", re.ASCII)

LocaleArgument = Annotated[
    str | None,
    strawberry.argument(
        description="A BCP 47 language tag such as `de-DE`; `en` when it is absent or unknown."
    ),
]


@strawberry.type(
    description="An exact amount in one currency. Negative amounts are credits. Calculate with "
    "`minorUnits`, show `formatted`."
)
class Money:
    minor_units: MinorUnits = strawberry.field(
        description="The amount in the currency's smallest unit (cents, paise; yen have none)."
    )
    amount: ExactDecimal = strawberry.field(
        description="The amount in major units with all decimals of the currency: `1249.00`."
    )
    currency: CurrencyCode = strawberry.field(description="The currency of the amount.")

    @resolved
    def formatted(self, locale: LocaleArgument = strawberry.UNSET) -> str:
        """The amount for people, with the currency's symbol, as the locale writes it."""
        amount = money.Money(int(self.minor_units), self.currency)
        return figures(given(locale)).symbol(amount)

    @classmethod
    def of(cls, amount: money.Money) -> Money:
        return cls.of_minor(amount.minor_units, amount.currency)

    @classmethod
    def of_minor(cls, units: int, currency: str) -> Money:
        return cls(
            minor_units=MinorUnits(str(units)),
            amount=major(units, currency),
            currency=CurrencyCode(currency),
        )


def major(units: int, currency: str) -> ExactDecimal:
    """Minor units written in major units: 1200 of USD are 12.00. Plain text work: lists of
    invoices hold a hundred amounts."""
    places = money.exponent(currency)
    if places == 0:
        return ExactDecimal(str(units))
    digits = str(abs(units)).rjust(places + 1, "0")
    sign = "-" if units < 0 else ""
    return ExactDecimal(f"{sign}{digits[:-places]}.{digits[-places:]}")


def figures(tag: str | None) -> Figures:
    """How a locale writes amounts and dates; an unknown one writes as its language does, or as
    English. A screen must not break because of what a browser calls its language."""
    wanted = tag if tag and _TAG.fullmatch(tag) else LOCALE_DEFAULT
    return _figures(wanted)


@lru_cache(maxsize=256)
def _figures(tag: str) -> Figures:
    for known in (tag, re.split("[-_]", tag)[0]):
        try:
            return Figures(known)
        except (ValueError, UnknownLocaleError):
            continue
    return Figures(LOCALE_DEFAULT)


@strawberry.type(description="What an amount costs in the currency that it is charged in.")
class Quote:
    rate: ExactDecimal = strawberry.field(
        description="Units of `quote` for one unit of `base`; 1 when both are the same."
    )
    base: CurrencyCode = strawberry.field(description="The currency of the invoice.")
    quote: CurrencyCode = strawberry.field(description="The currency that is charged.")
    source: str = strawberry.field(description="Who published the rate.")
    as_of: date = strawberry.field(description="The day the rate was published for.")
    valid_until: datetime | None = strawberry.field(
        description="Until when the quote holds; null for an estimate, which nothing is bound to."
    )
    charged: Money = strawberry.field(
        description="The amount in the charge currency, rounded half up to its smallest unit."
    )

    @classmethod
    def of(cls, base: str, quote: payment.Quote) -> Quote:
        return cls(
            rate=exact(quote.rate),
            base=CurrencyCode(base),
            quote=CurrencyCode(quote.charged.currency),
            source=quote.source,
            as_of=quote.as_of,
            valid_until=quote.valid_until,
            charged=Money.of(quote.charged),
        )
