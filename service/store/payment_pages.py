"""Lists of payments, newest first, by keyset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from service.store.database import Record, fetch
from service.store.keys import HIGHEST, LOWEST, WANTED, Key, arrays, columns, in_groups
from service.store.records import Payment


@dataclass(frozen=True, slots=True)
class PaymentList:
    """Which of an account's payments: up to `size` between two of them, from one end."""

    account_id: UUID
    size: int
    after: UUID | None = None
    before: UUID | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class InvoicePayments:
    """Which of the payments meant for an invoice: up to `size` that follow one of them."""

    account_id: UUID
    invoice_id: UUID
    size: int
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Payments newest first, and whether there are more beyond the end that was asked for."""

    payments: list[Payment]
    has_more: bool


async def page(
    account_id: UUID,
    *,
    size: int,
    after: UUID | None = None,
    before: UUID | None = None,
    backwards: bool = False,
) -> PaymentPage:
    """One page of an account's payments, newest first."""
    return (await pages([PaymentList(account_id, size, after, before, backwards)]))[0]


async def pages(wanted: Sequence[PaymentList]) -> list[PaymentPage]:
    """A page of each list, newest first: in one statement those of a size and a direction."""
    return await in_groups(wanted, lambda one: (one.size, one.backwards), _pages)


async def _pages(wanted: Sequence[PaymentList]) -> list[PaymentPage]:
    size, backwards = wanted[0].size, wanted[0].backwards
    direction = "ASC" if backwards else "DESC"
    rows = await fetch(
        "SELECT w.place, p.*"  # noqa: S608
        f" FROM {arrays(account_id='uuid', after='uuid', before='uuid')}"
        " CROSS JOIN LATERAL (SELECT * FROM payment WHERE account_id = w.account_id"
        f" AND id < w.after AND id > w.before ORDER BY id {direction} LIMIT {size + 1}) p"
        f" ORDER BY w.place, p.id {direction}",
        [one.account_id for one in wanted],
        [one.after or HIGHEST for one in wanted],
        [one.before or LOWEST for one in wanted],
    )
    return _read(rows, len(wanted), size, backwards=backwards)


async def page_of_invoice(account_id: UUID, invoice_id: UUID, *, size: int) -> PaymentPage:
    """The newest payments meant for an invoice."""
    return (await pages_of_invoices([InvoicePayments(account_id, invoice_id, size)]))[0]


async def pages_of_invoices(wanted: Sequence[InvoicePayments]) -> list[PaymentPage]:
    """For each invoice the payments meant for it, newest first: in one statement those of a
    size."""
    return await in_groups(wanted, lambda one: one.size, _pages_of_invoices)


async def _pages_of_invoices(wanted: Sequence[InvoicePayments]) -> list[PaymentPage]:
    size = wanted[0].size
    rows = await fetch(
        "SELECT w.place, p.*"  # noqa: S608
        f" FROM {arrays(account_id='uuid', invoice_id='uuid', after='uuid')}"
        " CROSS JOIN LATERAL (SELECT p.* FROM payment_allocation l"
        " JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id"
        " WHERE l.account_id = w.account_id AND l.invoice_id = w.invoice_id"
        f" AND p.id < w.after ORDER BY p.id DESC LIMIT {size + 1}) p"
        " ORDER BY w.place, p.id DESC",
        [one.account_id for one in wanted],
        [one.invoice_id for one in wanted],
        [one.after or HIGHEST for one in wanted],
    )
    return _read(rows, len(wanted), size)


def _read(
    rows: Sequence[Record], lists: int, size: int, *, backwards: bool = False
) -> list[PaymentPage]:
    found: list[list[Payment]] = [[] for _ in range(lists)]
    for row in rows:
        found[row["place"] - 1].append(Payment.read(row))
    step = -1 if backwards else 1
    return [PaymentPage(one[:size][::step], len(one) > size) for one in found]


async def counts(account_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many payments each of some accounts has."""
    rows = await fetch(
        "SELECT account_id, count(*) AS n FROM payment WHERE account_id = ANY($1)"
        " GROUP BY account_id",
        list(account_ids),
    )
    return dict.fromkeys(account_ids, 0) | {row["account_id"]: row["n"] for row in rows}


async def counts_of_invoices(keys: Sequence[Key]) -> dict[Key, int]:
    """How many payments were meant for each of some invoices."""
    rows = await fetch(
        "SELECT l.account_id, l.invoice_id, count(*) AS n"  # noqa: S608
        f" FROM {WANTED} JOIN payment_allocation l"
        " ON l.account_id = w.account_id AND l.invoice_id = w.id"
        " GROUP BY l.account_id, l.invoice_id",
        *columns(keys),
    )
    found = {(row["account_id"], row["invoice_id"]): row["n"] for row in rows}
    return dict.fromkeys(keys, 0) | found
