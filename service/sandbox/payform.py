"""The payment form: what a payer typed, checked field by field.

The card number and the security code are read here and go no further than the try they are for:
they are not among the values that a page shows again, and nothing keeps them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.sandbox import cards, customers, sessions, shapes
from service.sandbox.cards import TestAccount
from service.sandbox.checkout import CardEntry
from service.sandbox.errors import JSON
from service.sandbox.payments import Payer
from service.sandbox.territories import COUNTRIES

#: What a page may show again. Not the number, not the security code.
REMEMBERED = (
    "account",
    "city",
    "country",
    "email",
    "expiry",
    "line1",
    "method",
    "name",
    "postal_code",
    "state",
)
TEXT_LENGTH = 200


@dataclass(slots=True)
class PayForm:
    """A submitted form: complete when `errors` is empty, and then `payer` and `means` are set."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    payer: Payer | None = None
    means: CardEntry | TestAccount | None = None


def read(fields: Mapping[str, str], session: JSON, now: float) -> PayForm:
    """Check a submitted form against its session; `now` is the gateway's clock, in seconds."""
    typed = {name: value.strip() for name, value in fields.items()}
    method = typed.get("method", session["payment_method_types"][0])
    form = PayForm({name: typed.get(name, "") for name in REMEMBERED} | {"method": method})
    form.errors = {
        name: "This is too long." for name, text in typed.items() if len(text) > TEXT_LENGTH
    }
    payer = _payer(typed, session, form.errors)
    if method not in session["payment_method_types"]:
        form.errors["method"] = "Choose how to pay."
    elif method == sessions.CARD:
        form.means = _card(typed, form.errors, now)
    else:
        form.means = _account(typed, form.errors)
    if not form.errors:
        form.payer = payer
    return form


def _payer(typed: Mapping[str, str], session: JSON, errors: dict[str, str]) -> Payer:
    email = fixed_email(session) or typed.get("email", "")
    if not email:
        errors["email"] = "Enter your email address."
    elif not customers.is_email(email):
        errors["email"] = "Enter a whole email address, like name@example.com."
    if not typed.get("name"):
        errors["name"] = "Enter the name of the card or account holder."
    if typed.get("country") not in COUNTRIES:
        errors["country"] = "Choose a country."
    if needs_address(session):
        for name, label in (("line1", "street address"), ("city", "city")):
            if not typed.get(name):
                errors[name] = f"Enter your {label}."
        if not typed.get("postal_code"):
            errors["postal_code"] = "Enter your postal code."
    address = {key: typed.get(key) or None for key in shapes.ADDRESS_KEYS}
    return Payer(email, typed.get("name", ""), address)


def fixed_email(session: JSON) -> str | None:
    """Return the email that the session's creator set, which the payer cannot change."""
    email: str | None = (session["customer_details"] or {}).get("email")
    return email


def needs_address(session: JSON) -> bool:
    """Whether the payer has to give a billing address."""
    return bool(session["billing_address_collection"] == "required")


def _card(typed: Mapping[str, str], errors: dict[str, str], now: float) -> CardEntry:
    number = re.sub(r"[\s-]", "", typed.get("number", ""))
    if not number:
        errors["number"] = "Enter your card number."
    elif not re.fullmatch(r"[0-9]{12,19}", number):
        errors["number"] = "Your card number is incomplete."
    elif not cards.passes_luhn(number):
        errors["number"] = "Your card number is invalid."
    month, year = _expiry(typed.get("expiry", ""), errors, now)
    digits = 4 if number.startswith(("34", "37")) else 3
    if not re.fullmatch(rf"[0-9]{{{digits}}}", typed.get("cvc", "")):
        errors["cvc"] = f"Enter the {digits} digits of the security code."
    return CardEntry(number, month, year)


def _expiry(text: str, errors: dict[str, str], now: float) -> tuple[int, int]:
    """Return month and year of MM/YY or MM/YYYY, (0, 0) if it is neither."""
    match = re.fullmatch(r"(0?[1-9]|1[0-2])\s*[/-]?\s*(?:20)?([0-9]{2})", text)
    if match is None:
        errors["expiry"] = "Enter the expiry date as MM / YY."
        return 0, 0
    month, year = int(match[1]), 2000 + int(match[2])
    today = datetime.fromtimestamp(now, UTC)
    if (year, month) < (today.year, today.month):
        errors["expiry"] = "Your card's expiry date is in the past."
    return month, year


def _account(typed: Mapping[str, str], errors: dict[str, str]) -> TestAccount | None:
    account = cards.TEST_ACCOUNTS.get(typed.get("account", ""))
    if account is None:
        errors["account"] = "Choose a test account."
    return account
