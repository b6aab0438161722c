"""Accounts from the seller's files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.billing.errors import InputIssue, InvalidInput
from service.billing.money import parse_decimal
from service.billing.people import Plan
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.ports import Ports
from service.store import accounts
from service.store.records import Account
from service.workflows.accounts import NewAccount, open_account
from service.workflows.charges import LineReport

COLUMNS = ("reference", "name", "email", "plan", "currency")
OPTIONAL_COLUMNS = (
    *("charge_currency", "locale", "time_zone", "street", "city", "region", "postal_code"),
    *("country_code", "tax_id", "tax_name", "tax_percent"),
)

Row = Mapping[str | None, str | None]


@dataclass(frozen=True, slots=True)
class AccountsReport:
    """`opened` new accounts, `known` ones that were there before, the lines refused, and those of
    known accounts that say something else of them than what is kept."""

    opened: int
    known: int
    refused: tuple[LineReport, ...]
    differing: tuple[int, ...] = ()


async def import_accounts(ports: Ports, lines: Iterable[str]) -> AccountsReport:
    """Open the accounts of a CSV file; good lines are taken, bad ones are reported.

    Columns: reference (the seller's key), name, email, plan (FREE or PAID), currency, and
    optionally charge_currency (INR), locale (en), time_zone (Asia/Kolkata), street (up to six lines
    separated by ;), city, region, postal_code, country_code (with city: an address), tax_id,
    tax_name and tax_percent. Importing a file again opens nothing twice and changes nothing.

    Raises:
        InvalidInput: the heading lacks a column or has an unknown one, or the file cannot be read
            as CSV; nothing was opened.
    """
    numbered = _read(lines)
    known = await accounts.find_by_references([row.get("reference") or "" for _, row in numbered])
    opened, before = 0, 0
    refused: list[LineReport] = []
    differing: list[int] = []
    for number, row in numbered:
        account = known.get(row.get("reference") or "")
        if account is not None:
            before += 1
            if _says_otherwise(row, account):
                differing.append(number)
            continue
        try:
            await open_account(ports, _account(row))
            opened += 1
        except InvalidInput as error:
            refused.append(LineReport(number, error.issues))
    return AccountsReport(opened, before, tuple(refused), tuple(differing))


def _says_otherwise(row: Row, account: Account) -> bool:
    try:
        said = _account(row)
    except InvalidInput:
        return True
    given = {name for name, value in row.items() if name and value}
    fields = {"name", "email", "plan", "currency"}
    fields |= given & {"charge_currency", "locale", "time_zone", "tax_id"}
    if given & {"tax_name", "tax_percent"}:
        fields.add("tax_rate")
    if given & {"street", "city", "region", "postal_code", "country_code"}:
        fields.add("address")
    return any(getattr(said, name) != getattr(account, name) for name in fields)


def _read(lines: Iterable[str]) -> list[tuple[int, Row]]:
    reader = csv.DictReader(lines, strict=True)
    try:
        rows: list[tuple[int, Row]] = [(reader.line_num, dict(row)) for row in reader]
    except (csv.Error, UnicodeDecodeError):
        raise InvalidInput.one("line", "MALFORMED", "The file is not CSV in UTF-8.") from None
    names = list(reader.fieldnames or ())
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS + OPTIONAL_COLUMNS]
    if missing or unknown:
        raise InvalidInput(
            [InputIssue((n,), "MISSING", f"The heading has no column {n}.") for n in missing]
            + [InputIssue((n,), "UNKNOWN", f"The heading has an unknown {n!r}.") for n in unknown]
        )
    return rows


def _account(row: Row) -> NewAccount:
    """Read one line.

    Raises:
        InvalidInput: what this reading finds wrong; the rest is found when it is opened.
    """
    if None in row:
        raise InvalidInput.one("line", "TOO_MANY_FIELDS", "It has more fields than the heading.")
    plan = row["plan"]
    if plan not in tuple(Plan):
        raise InvalidInput.one("plan", "INVALID", "A plan is FREE or PAID.")
    return NewAccount(
        reference=row["reference"] or "",
        name=row["name"] or "",
        email=row["email"] or "",
        plan=Plan(plan),
        currency=row["currency"] or "",
        charge_currency=row.get("charge_currency") or "INR",
        locale=row.get("locale") or "en",
        time_zone=row.get("time_zone") or "Asia/Kolkata",
        address=_address(row),
        tax_id=row.get("tax_id") or None,
        tax_rate=_tax_rate(row),
    )


def _address(row: Row) -> Address | None:
    street = tuple(line.strip() for line in (row.get("street") or "").split(";") if line.strip())
    city, country = row.get("city") or "", row.get("country_code") or ""
    if not (street or city or country):
        return None
    return Address(street, city, row.get("region") or None, row.get("postal_code") or None, country)


def _tax_rate(row: Row) -> TaxRate | None:
    name, percent = row.get("tax_name") or "", row.get("tax_percent") or ""
    if not (name or percent):
        return None
    try:
        return TaxRate(name, parse_decimal(percent, places=4))
    except ValueError:
        raise InvalidInput.one(
            "tax_percent", "INVALID", "A tax has a name, and a percentage from 0 to 100."
        ) from None
