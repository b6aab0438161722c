"""Charges from the seller's files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from service.billing.errors import InputIssue, InvalidInput
from service.billing.invoice import InvoiceKind, line
from service.billing.money import parse_decimal
from service.billing.text import clean_line
from service.ports import Ports
from service.store import accounts, charges, queue
from service.store.charges import NewCharge
from service.store.database import transaction
from service.store.records import Account

COLUMNS = ("account", "reference", "occurred_at", "description", "quantity", "unit_price")
OPTIONAL_COLUMNS = ("currency", "kind")
REFERENCE_LENGTH_MAX = 64
_CHUNK = 1000
# Clocks of metering machines may be ahead, and zones be mixed up, by less than a day.
AHEAD_MAX = timedelta(hours=24)
# What the columns of a charge hold before the point.
_NUMBER_LIMIT = Decimal(10**14)


@dataclass(frozen=True, slots=True)
class LineReport:
    """Why one line of a file was not taken. Lines count from 1, the heading included."""

    line: int
    issues: tuple[InputIssue, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`recorded` new charges, `known` ones that were there before, and the lines refused."""

    recorded: int
    known: int
    refused: tuple[LineReport, ...]


async def import_charges(ports: Ports, lines: Iterable[str]) -> ImportReport:
    """Record the charges of a CSV file; good lines are taken, bad ones are reported.

    Columns: account (the seller's reference), reference (the seller's key of the charge, unique per
    account), occurred_at (ISO 8601 with offset), description, quantity, unit_price (in major units,
    up to ten decimals), and optionally currency (must be the account's) and kind (USAGE or ADD_ON).
    What has not happened yet is refused, a day ahead aside. Importing a file again records nothing
    twice; a line that says something else than was recorded under its reference is refused. Add-on
    charges are billed at once, by a job.

    Raises:
        InvalidInput: the heading lacks a column, or has an unknown or repeated one; nothing was
            recorded.
    """
    reader = csv.DictReader(lines, strict=True)
    _check_heading(reader)
    recorded, known = 0, 0
    refused: list[LineReport] = []
    for chunk in _chunks(reader, refused):
        found = await accounts.find_by_references(
            sorted({named for _, row in chunk if (named := _account_reference(row))})
        )
        good: list[tuple[int, NewCharge]] = []
        for number, row in chunk:
            try:
                good.append((number, _charge(row, found, now=ports.clock())))
            except InvalidInput as error:
                refused.append(LineReport(number, error.issues))
        stored = await _record(ports, [charge for _, charge in good])
        differing = await _differing(good)
        refused += differing
        recorded += len(stored)
        known += len(good) - len(stored) - len(differing)
    return ImportReport(recorded, known, tuple(sorted(refused, key=lambda one: one.line)))


async def _record(ports: Ports, good: Sequence[NewCharge]) -> set[tuple[UUID, str]]:
    async with transaction():
        stored = await charges.record(good, at=ports.clock())
        requested = {
            charge.account_id
            for charge in good
            if charge.kind is InvoiceKind.ADD_ON and (charge.account_id, charge.reference) in stored
        }
        for account_id in sorted(requested):
            # No key: a job that runs already may have read the charges before these.
            await queue.enqueue("issue_add_on", account_id=str(account_id))
    return stored


async def _differing(good: Sequence[tuple[int, NewCharge]]) -> list[LineReport]:
    """The lines whose reference stands for something else already. The first one recorded stays:
    it may be on an invoice."""
    kept = await charges.recorded([charge for _, charge in good])
    issue = InputIssue(
        ("reference",),
        "RECORDED_DIFFERENTLY",
        "Another charge is recorded under this reference; correct it by a charge of its own.",
    )
    return [
        LineReport(number, (issue,))
        for number, charge in good
        if kept[charge.account_id, charge.reference] != charge
    ]


def _check_heading(reader: csv.DictReader[str]) -> None:
    try:
        names = list(reader.fieldnames or ())
    except (csv.Error, UnicodeDecodeError) as error:
        why = error if isinstance(error, csv.Error) else "not UTF-8"
        raise InvalidInput.one("line", "MALFORMED", f"The heading is not CSV ({why}).") from None
    issues = [
        InputIssue((name,), "MISSING", f"The heading has no column {name}.")
        for name in COLUMNS
        if name not in names
    ]
    issues += [
        InputIssue((name,), "UNKNOWN", f"The heading has an unknown column {name!r}.")
        for name in names
        if name not in COLUMNS + OPTIONAL_COLUMNS
    ]
    issues += [
        InputIssue((name,), "TWICE", f"The heading has the column {name} twice.")
        for name in COLUMNS + OPTIONAL_COLUMNS
        if names.count(name) > 1
    ]
    if issues:
        raise InvalidInput(issues)


Row = Mapping[str | None, str | None]
"""One line by column; what is beyond the heading's columns stands under None."""


def _chunks(
    reader: csv.DictReader[str], refused: list[LineReport]
) -> Iterator[list[tuple[int, Row]]]:
    """The lines in bundles; what cannot be read as CSV ends the file and is refused."""
    chunk: list[tuple[int, Row]] = []
    try:
        for row in reader:
            chunk.append((reader.line_num, dict(row)))
            if len(chunk) == _CHUNK:
                yield chunk
                chunk = []
    except (csv.Error, UnicodeDecodeError) as error:
        why = error if isinstance(error, csv.Error) else "not UTF-8"
        message = f"This line is not CSV ({why}); the rest was not read."
        issue = InputIssue(("line",), "MALFORMED", message)
        refused.append(LineReport(reader.reader.line_num, (issue,)))
    if chunk:
        yield chunk


def _charge(row: Row, found: Mapping[str, Account], *, now: datetime) -> NewCharge:
    """Read one line.

    Raises:
        InvalidInput: everything that is wrong with it.
    """
    reading = _Reading(row)
    if None in row:
        reading.refuse("line", "TOO_MANY_FIELDS", "The line has more fields than the heading.")
    account = found.get(_account_reference(row) or "")
    if account is None:
        reading.refuse("account", "UNKNOWN", "There is no account with this reference.")
    charge_reference = reading.text("reference", REFERENCE_LENGTH_MAX)
    occurred_at = reading.instant("occurred_at")
    if occurred_at > now + AHEAD_MAX:
        reading.refuse("occurred_at", "IN_THE_FUTURE", "A charge is of the past, or of today.")
    description = reading.text("description", 500)
    quantity = reading.decimal("quantity", places=6)
    unit_price = reading.decimal("unit_price", places=10)
    if quantity <= 0:
        reading.refuse("quantity", "NOT_POSITIVE", "A quantity is above zero.")
    elif account is not None and not _fits(quantity, unit_price, account.currency):
        reading.refuse("unit_price", "TOO_LARGE", "The amount of the line is too large.")
    kind = row.get("kind") or InvoiceKind.USAGE
    if kind not in tuple(InvoiceKind):
        reading.refuse("kind", "INVALID", "A kind is USAGE or ADD_ON.")
    currency = row.get("currency") or (account.currency if account else "")
    if account is not None and currency != account.currency:
        reading.refuse("currency", "NOT_THE_ACCOUNTS", f"The account is in {account.currency}.")
    if reading.issues or account is None:
        raise InvalidInput(reading.issues)
    return NewCharge(
        account_id=account.id,
        reference=charge_reference,
        kind=InvoiceKind(kind),
        occurred_at=occurred_at,
        description=description,
        quantity=quantity,
        unit_price=unit_price,
        currency=currency,
    )


def _account_reference(row: Row) -> str | None:
    """The account as it may be looked up; None for what no account is called."""
    return clean_line(row.get("account") or "", longest=REFERENCE_LENGTH_MAX)


def _fits(quantity: Decimal, unit_price: Decimal, currency: str) -> bool:
    """Whether an amount of money holds the line: one that does not would never be billed."""
    try:
        line("", quantity, unit_price, currency)
    except ValueError:
        return False
    return True


class _Reading:
    """Reads the fields of one line and collects what is wrong with them."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.issues: list[InputIssue] = []

    def refuse(self, column: str, code: str, message: str) -> None:
        self.issues.append(InputIssue((column,), code, message))

    def text(self, column: str, longest: int) -> str:
        cleaned = clean_line(self._row.get(column) or "", longest=longest)
        if cleaned is None:
            self.refuse(column, "INVALID", f"{column} is one line of 1 to {longest} letters.")
        return cleaned or ""

    def decimal(self, column: str, *, places: int) -> Decimal:
        try:
            number = parse_decimal((self._row.get(column) or "").strip(), places=places)
        except ValueError as error:
            self.refuse(column, "NOT_A_NUMBER", f"{column} is {error}.")
            return Decimal(1)
        if abs(number) >= _NUMBER_LIMIT:
            self.refuse(column, "TOO_LARGE", f"{column} has at most 14 digits before the point.")
            return Decimal(1)
        return number

    def instant(self, column: str) -> datetime:
        try:
            moment = datetime.fromisoformat((self._row.get(column) or "").strip())
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.refuse(column, "NOT_AN_INSTANT", f"{column} is an ISO 8601 time with an offset.")
        return datetime.min.replace(tzinfo=UTC)
