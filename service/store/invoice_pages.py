"""Lists of invoices: newest first, by keyset, so that a page costs the same however far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from service.billing.invoice import MONEY_ON_ITS_WAY, DisplayStatus, InvoiceKind
from service.store.database import fetch, fetch_one
from service.store.invoices import COLUMNS, LIVE_PAYMENT, TABLES
from service.store.records import Invoice

_IN_FLIGHT = ", ".join(f"'{status}'" for status in sorted(MONEY_ON_ITS_WAY))
_OPEN = f"i.status = 'OPEN' AND coalesce({LIVE_PAYMENT} NOT IN ({_IN_FLIGHT}), true)"
_REFUNDED = "(i.paid_minor > 0 AND i.refunded_minor >= i.paid_minor)"
# The rules of billing.invoice.display_status as conditions; a test holds the two equal.
_SHOWS = {
    DisplayStatus.PAID: f"i.status = 'PAID' AND NOT i.disputed AND NOT {_REFUNDED}",
    DisplayStatus.REFUNDED: f"i.status = 'PAID' AND NOT i.disputed AND {_REFUNDED}",
    DisplayStatus.DISPUTED: "i.status = 'PAID' AND i.disputed",
    DisplayStatus.VOID: "i.status = 'VOID'",
    DisplayStatus.UNCOLLECTIBLE: "i.status = 'UNCOLLECTIBLE'",
    DisplayStatus.PROCESSING: f"i.status = 'OPEN' AND {LIVE_PAYMENT} IN ({_IN_FLIGHT})",
    DisplayStatus.OVERDUE: f"{_OPEN} AND i.due_on < {{today}}",
    DisplayStatus.PARTIALLY_PAID: f"{_OPEN} AND i.due_on >= {{today}} AND i.paid_minor > 0",
    DisplayStatus.DUE: f"{_OPEN} AND i.due_on >= {{today}} AND i.paid_minor = 0",
}


@dataclass(frozen=True, slots=True)
class Place:
    """An invoice's place in the list."""

    issued_on: date
    id: UUID


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Conditions that all hold. Day ranges include both ends. `today` is the account's day.

    Without `kinds` add-on invoices are left out: they are mailed, not listed.
    """

    today: date
    display_status: tuple[DisplayStatus, ...] = ()
    kinds: tuple[InvoiceKind, ...] = ()
    issued_from: date | None = None
    issued_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    number_prefix: str | None = None
    unpaid_only: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the list: up to `size` after `after` (or, backwards, before `before`)."""

    size: int
    after: Place | None = None
    before: Place | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Invoices newest first, and whether there are more beyond the end that was asked for."""

    invoices: list[Invoice]
    has_more: bool


@dataclass
class _Conditions:
    """SQL conditions with their arguments, numbered as they are added."""

    parts: list[str] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)

    def argument(self, value: Any) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def add(self, template: str, *values: Any) -> None:
        self.parts.append(template.format(*[self.argument(value) for value in values]))


async def page(account_id: UUID, wanted: InvoiceFilter, window: Window) -> InvoicePage:
    """One page of an account's invoices, in one statement."""
    where = _conditions(account_id, wanted)
    if window.after:
        where.add("(i.issued_on, i.id) < ({}, {})", window.after.issued_on, window.after.id)
    if window.before:
        where.add("(i.issued_on, i.id) > ({}, {})", window.before.issued_on, window.before.id)
    direction = "ASC" if window.backwards else "DESC"
    rows = await fetch(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE {' AND '.join(where.parts)}"  # noqa: S608
        f" ORDER BY i.issued_on {direction}, i.id {direction} LIMIT {window.size + 1}",
        *where.arguments,
    )
    invoices = [Invoice.read(row) for row in rows[: window.size]]
    if window.backwards:
        invoices.reverse()
    return InvoicePage(invoices, len(rows) > window.size)


async def count(account_id: UUID, wanted: InvoiceFilter) -> int:
    """How many invoices a list has in all."""
    where = _conditions(account_id, wanted)
    row = await fetch_one(
        f"SELECT count(*) AS n FROM {TABLES} WHERE {' AND '.join(where.parts)}",  # noqa: S608
        *where.arguments,
    )
    return int(row["n"]) if row else 0


def _conditions(account_id: UUID, wanted: InvoiceFilter) -> _Conditions:
    where = _Conditions()
    where.add("i.account_id = {}", account_id)
    where.add("i.status <> 'DRAFT'")
    where.add("i.kind = ANY({})", list(wanted.kinds or (InvoiceKind.USAGE,)))
    if wanted.unpaid_only:
        where.add("i.status = 'OPEN'")
    if wanted.display_status:
        shows = " OR ".join(f"({_SHOWS[status]})" for status in wanted.display_status)
        # PostgreSQL refuses an argument that no condition mentions.
        today = where.argument(wanted.today) if "{today}" in shows else ""
        where.parts.append(f"({shows.format(today=today)})")
    bounds = (
        ("i.issued_on >= {}", wanted.issued_from),
        ("i.issued_on <= {}", wanted.issued_to),
        ("i.due_on >= {}", wanted.due_from),
        ("i.due_on <= {}", wanted.due_to),
        ("starts_with(i.number, {})", wanted.number_prefix),
    )
    for template, value in bounds:
        if value is not None:
            where.add(template, value)
    return where
