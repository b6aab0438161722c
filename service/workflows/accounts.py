"""Opening accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from service.billing.errors import InputIssue, InvalidInput
from service.billing.money import exponent
from service.billing.people import Plan, is_email
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.billing.text import clean_line
from service.ports import Ports
from service.store import accounts
from service.store.database import new_id
from service.store.records import Account

_LINE_LENGTH_MAX = 200
_COUNTRY = re.compile(r"[A-Z]{2}")


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
        "name": _is_line(new.name, longest=_LINE_LENGTH_MAX),
        "email": is_email(new.email),
        "currency": _is_currency(new.currency),
        "charge_currency": _is_currency(new.charge_currency),
        "locale": is_locale(new.locale),
        "time_zone": _is_time_zone(new.time_zone),
        "address": new.address is None or _is_address(new.address),
        "tax_id": new.tax_id is None or _is_line(new.tax_id, longest=32),
        "tax_rate": new.tax_rate is None or _is_tax_rate(new.tax_rate),
    }
    return [
        InputIssue((name,), "INVALID", f"This is not a valid {name.replace('_', ' ')}.")
        for name, valid in checks.items()
        if not valid
    ]


def _is_line(text: str, *, longest: int) -> bool:
    return clean_line(text, longest=longest) == text


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return True


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


def _is_address(address: Address) -> bool:
    parts = [*address.lines, address.city, address.region, address.postal_code]
    return _COUNTRY.fullmatch(address.country_code) is not None and all(
        _is_line(part, longest=_LINE_LENGTH_MAX) for part in parts if part is not None
    )


def _is_tax_rate(rate: TaxRate) -> bool:
    return _is_line(rate.name, longest=32) and rate.percent == round(rate.percent, 4)
