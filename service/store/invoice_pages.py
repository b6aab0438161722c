"""Lists of invoices: newest first, by keyset, so that a page costs the same however far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from service.billing.invoice import MONEY_ON_ITS_WAY, DisplayStatus, InvoiceKind
from service.store.database import fetch
from service.store.invoices import COLUMNS, LIVE_PAYMENT, TABLES
from service.store.keys import HIGHEST, LOWEST, arrays, in_groups
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
    DisplayStatus.OVERDUE: f"{_OPEN} AND i.due_on < w.today",
    DisplayStatus.PARTIALLY_PAID: f"{_OPEN} AND i.due_on >= w.today AND i.paid_minor > 0",
    DisplayStatus.DUE: f"{_OPEN} AND i.due_on >= w.today AND i.paid_minor = 0",
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


InvoiceList: TypeAlias = tuple[UUID, InvoiceFilter]
"""An account, and which of its invoices."""
InvoiceSlice: TypeAlias = tuple[UUID, InvoiceFilter, Window]
"""An account, which of its invoices, and which part of that list."""

_LISTS = arrays(account_id="uuid", today="date", unpaid_only="boolean")
_SLICES = arrays(
    account_id="uuid",
    today="date",
    unpaid_only="boolean",
    after_day="date",
    after_id="uuid",
    before_day="date",
    before_id="uuid",
)
# Before and after every place there is.
_NEWEST, _OLDEST = Place(date.max, HIGHEST), Place(date.min, LOWEST)


@dataclass
class _Conditions:
    """SQL conditions with their arguments, numbered as they are added."""

    parts: list[str]
    arguments: list[Any]

    def add(self, template: str, value: Any) -> None:
        self.arguments.append(value)
        self.parts.append(template.format(f"${len(self.arguments)}"))


async def page(account_id: UUID, wanted: InvoiceFilter, window: Window) -> InvoicePage:
    """One page of an account's invoices, in one statement."""
    return (await pages([(account_id, wanted, window)]))[0]


async def pages(slices: Sequence[InvoiceSlice]) -> list[InvoicePage]:
    """A page of each list: in one statement those that differ in no more than the account, its day
    and plan, and the place."""
    return await in_groups(slices, _form_of_slice, _pages)


def _form_of_slice(one: InvoiceSlice) -> tuple[InvoiceFilter, int, bool]:
    account_id, wanted, window = one
    return _form((account_id, wanted)), window.size, window.backwards


def _form(one: InvoiceList) -> InvoiceFilter:
    return replace(one[1], today=date.min, unpaid_only=False)


async def _pages(slices: Sequence[InvoiceSlice]) -> list[InvoicePage]:
    _, wanted, window = slices[0]
    after = [one.after or _NEWEST for _, _, one in slices]
    before = [one.before or _OLDEST for _, _, one in slices]
    where = _conditions(
        wanted,
        *_columns([(account_id, narrowed) for account_id, narrowed, _ in slices]),
        [place.issued_on for place in after],
        [place.id for place in after],
        [place.issued_on for place in before],
        [place.id for place in before],
    )
    where.parts += [
        "(i.issued_on, i.id) < (w.after_day, w.after_id)",
        "(i.issued_on, i.id) > (w.before_day, w.before_id)",
    ]
    direction = "ASC" if window.backwards else "DESC"
    rows = await fetch(
        f"SELECT w.place, f.* FROM {_SLICES} CROSS JOIN LATERAL (SELECT {COLUMNS}"  # noqa: S608
        f" FROM {TABLES} WHERE {' AND '.join(where.parts)}"
        f" ORDER BY i.issued_on {direction}, i.id {direction} LIMIT {window.size + 1}) f",
        *where.arguments,
    )
    found: list[list[Invoice]] = [[] for _ in slices]
    for row in rows:
        found[row["place"] - 1].append(Invoice.read(row))
    return [_page(listed, window) for listed in found]


def _page(found: list[Invoice], window: Window) -> InvoicePage:
    # What is joined comes in no order that SQL promises.
    listed = sorted(found, key=lambda one: (one.issued_on or date.min, one.id), reverse=True)
    kept = listed[-window.size :] if window.backwards else listed[: window.size]
    return InvoicePage(kept, len(found) > window.size)


async def counts(lists: Sequence[InvoiceList]) -> list[int]:
    """How many invoices each list has in all: in one statement those that differ in no more than
    the account, its day and plan."""
    return await in_groups(lists, _form, _counts)


async def _counts(lists: Sequence[InvoiceList]) -> list[int]:
    where = _conditions(lists[0][1], *_columns(lists))
    rows = await fetch(
        f"SELECT c.n FROM {_LISTS} CROSS JOIN LATERAL (SELECT count(*) AS n"  # noqa: S608
        f" FROM {TABLES} WHERE {' AND '.join(where.parts)}) c ORDER BY w.place",
        *where.arguments,
    )
    return [row["n"] for row in rows]


def _columns(lists: Sequence[InvoiceList]) -> tuple[list[UUID], list[date], list[bool]]:
    """What lists of one form differ in."""
    return (
        [account_id for account_id, _ in lists],
        [wanted.today for _, wanted in lists],
        [wanted.unpaid_only for _, wanted in lists],
    )


def _conditions(wanted: InvoiceFilter, *columns: Any) -> _Conditions:
    always = [
        "i.account_id = w.account_id",
        "i.status <> 'DRAFT'",
        "(NOT w.unpaid_only OR i.status = 'OPEN')",
    ]
    where = _Conditions(always, list(columns))
    where.add("i.kind = ANY({})", list(wanted.kinds or (InvoiceKind.USAGE,)))
    if wanted.display_status:
        shows = " OR ".join(f"({_SHOWS[status]})" for status in wanted.display_status)
        where.parts.append(f"({shows})")
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
