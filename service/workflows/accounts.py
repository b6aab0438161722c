"""Opening accounts, and what may be printed on their invoices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies

from service.billing.errors import InputIssue, InvalidInput
from service.billing.people import Plan, is_email
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.billing.text import clean_line
from service.ports import Ports
from service.store import accounts
from service.store.database import new_id
from service.store.records import Account

_LINE_LENGTH_MAX = 200
# As many as an invoice has room for.
_ADDRESS_LINES_MAX = 6
_COUNTRY = re.compile(r"[A-Z]{2}")


class Details(Protocol):
    """What is printed on an account's invoices, and where these are mailed to."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def address(self) -> Address | None: ...
    @property
    def tax_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a seller says of a new account. `reference` is the seller's own key for it."""

    reference: str
    name: str
    email: str
    plan: Plan
    currency: str
    charge_currency: str = "INR"
    locale: str = "en"
    time_zone: str = "Asia/Kolkata"
    address: Address | None = None
    tax_id: str | None = None
    tax_rate: TaxRate | None = None


async def open_account(ports: Ports, new: NewAccount) -> UUID:
    """Open an account and return its id.

    Raises:
        InvalidInput: what is wrong, field by field; nothing was stored.
    """
    issues = _issues(new)
    if issues:
        raise InvalidInput(issues)
    account = Account(
        id=new_id(),
        reference=new.reference,
        name=new.name,
        email=new.email,
        plan=new.plan,
        currency=new.currency,
        charge_currency=new.charge_currency,
        locale=new.locale,
        time_zone=new.time_zone,
        address=new.address,
        tax_id=new.tax_id,
        tax_rate=new.tax_rate,
        version=1,
    )
    await accounts.create(account, at=ports.clock())
    return account.id


def _issues(new: NewAccount) -> list[InputIssue]:
    checks = {
        "reference": _is_line(new.reference, longest=64),
        **dict.fromkeys(("name", "email", "locale", "address", "tax_id"), True),
        **dict.fromkeys((fault[0] for fault in faults(new)), False),
        "currency": _is_currency(new.currency),
        "charge_currency": _is_currency(new.charge_currency),
        "time_zone": _is_time_zone(new.time_zone),
        "tax_rate": new.tax_rate is None or _is_tax_rate(new.tax_rate),
    }
    return [
        InputIssue((name,), "INVALID", f"This is not a valid {name.replace('_', ' ')}.")
        for name, valid in checks.items()
        if not valid
    ]


def faults(details: Details) -> list[tuple[str, ...]]:
    """What of an account's details cannot be printed or mailed to, each by its path: ("name",), or
    ("address", "city")."""
    checks: list[tuple[tuple[str, ...], bool]] = [
        (("name",), _is_line(details.name, longest=_LINE_LENGTH_MAX)),
        (("email",), is_email(details.email)),
        (("locale",), is_locale(details.locale)),
        (("tax_id",), details.tax_id is None or _is_line(details.tax_id, longest=32)),
    ]
    if details.address is not None:
        checks += [(("address", part), fits) for part, fits in _parts_of(details.address)]
    return [path for path, fits in checks if not fits]


def _parts_of(address: Address) -> list[tuple[str, bool]]:
    """The parts of an address, and whether each can be printed."""

    def fits(text: str | None) -> bool:
        return text is None or _is_line(text, longest=_LINE_LENGTH_MAX)

    few = len(address.lines) <= _ADDRESS_LINES_MAX
    return [
        ("lines", few and all(map(fits, address.lines))),
        ("city", fits(address.city)),
        ("region", fits(address.region)),
        ("postal_code", fits(address.postal_code)),
        ("country_code", _COUNTRY.fullmatch(address.country_code) is not None),
    ]


def _is_line(text: str, *, longest: int) -> bool:
    return clean_line(text, longest=longest) == text


def _is_currency(code: str) -> bool:
    return code in _currencies_in_use()


@cache
def _currencies_in_use() -> frozenset[str]:
    """What is legal tender somewhere by the Unicode CLDR: hardly anybody could pay an invoice in
    another currency, or over metal or a test code."""
    places = Locale("en").territories
    return frozenset(code for place in places for code in get_territory_currencies(str(place)))


def is_locale(tag: str) -> bool:
    """Whether a tag such as `de-DE` names a locale that amounts and dates can be shown in."""
    try:
        Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return False
    return len(tag) <= 20


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        # OSError: the name of a folder of zones, or longer than a file's can be.
        return False
    return len(name) <= 64


def _is_tax_rate(rate: TaxRate) -> bool:
    return _is_line(rate.name, longest=32) and rate.percent == round(rate.percent, 4)
