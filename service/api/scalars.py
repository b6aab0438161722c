"""The scalars of the schema: what each looks like on the wire, and what is taken as input.

Amounts, rates and quantities travel as strings: JSON clients read numbers as 64-bit floats.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

MinorUnits = NewType("MinorUnits", str)
ExactDecimal = NewType("ExactDecimal", str)
CurrencyCode = NewType("CurrencyCode", str)
URL = NewType("URL", str)
EmailAddress = NewType("EmailAddress", str)
EventCursor = NewType("EventCursor", str)

_DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,12})?", re.ASCII)
_MINOR_UNITS = re.compile(r"-?(0|[1-9]\d{0,18})", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")


def exact(value: Decimal) -> ExactDecimal:
    """Write a decimal with all its digits, without trailing zeros and without an exponent."""
    text = f"{value:f}"
    return ExactDecimal(text.rstrip("0").rstrip(".") if "." in text else text)


def write_date_time(value: datetime) -> str:
    """Write an instant in UTC with Z, to the millisecond, as JavaScript does."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def read_date_time(value: object) -> datetime:
    """Read an instant that names its offset; raises GraphQLError for anything else."""
    text = _matched(value, _DATE_TIME, "an instant such as 2026-10-30T09:30:00Z, with its offset")
    try:
        # More than six decimals are cut: the database keeps microseconds.
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refusal("an instant that exists") from None


def write_date(value: date) -> str:
    return value.isoformat()


def read_date(value: object) -> date:
    """Read YYYY-MM-DD; raises GraphQLError for anything else."""
    text = _matched(value, _DATE, "a day such as 2026-10-30")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _refusal("a day that exists") from None


def _matched(value: object, pattern: re.Pattern[str], expected: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _refusal(expected)
    return value


def _refusal(expected: str) -> GraphQLError:
    return GraphQLError(f"Expected {expected}.", extensions={"code": "BAD_USER_INPUT"})


def _reader(pattern: re.Pattern[str], expected: str) -> Callable[[object], str]:
    return lambda value: _matched(value, pattern, expected)


def _text(value: object) -> str:
    """What is wrong with a text is answered by the field that it is meant for, with its reason."""
    if not isinstance(value, str):
        raise _refusal("a string")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant as RFC 3339 has it, answered in UTC with Z and milliseconds: "
        "`2026-10-30T09:30:00.000Z`. Input may have any offset, but must name it.",
        serialize=write_date_time,
        parse_value=read_date_time,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day without a time zone: `2026-10-30`.",
        serialize=write_date,
        parse_value=read_date,
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
    ExactDecimal: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number as a string, without exponent: `83.125`. Never a "
        "JSON number.",
        serialize=str,
        parse_value=_reader(_DECIMAL, "a decimal number in a string, such as 83.125"),
    ),
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        description="A whole number of a currency's smallest units as a string: `124900` is "
        "1249.00 USD and 124900 JPY. A string, because it may exceed what a JSON number can hold.",
        serialize=str,
        parse_value=_reader(_MINOR_UNITS, "a whole number in a string, such as 124900"),
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="A currency by its three letters in ISO 4217: `USD`.",
        serialize=str,
        parse_value=_reader(_CURRENCY, "an ISO 4217 code such as USD"),
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute URL: `https://app.example.com/paid`.",
        serialize=str,
        parse_value=_text,
        specified_by_url="https://url.spec.whatwg.org/",
    ),
    EmailAddress: strawberry.scalar(
        name="EmailAddress",
        description="A mail address: `accounts@example.com`.",
        serialize=str,
        parse_value=_text,
        specified_by_url="https://html.spec.whatwg.org/#valid-e-mail-address",
    ),
    EventCursor: strawberry.scalar(
        name="EventCursor",
        description="An opaque place in one account's event log. Keep the last one you saw and "
        "hand it back as `after`: you get exactly what you missed, in order.",
        serialize=str,
        parse_value=_text,
    ),
}
