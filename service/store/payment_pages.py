"""Lists of payments, newest first, by keyset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from service.store.database import fetch, fetch_one
from service.store.records import Payment


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Payments newest first, and whether there are more beyond the end that was asked for."""

    payments: list[Payment]
    has_more: bool


async def page(
    account_id: UUID,
    *,
    size: int,
    invoice_id: UUID | None = None,
    after: UUID | None = None,
    before: UUID | None = None,
    backwards: bool = False,
) -> PaymentPage:
    """One page of an account's payments (or of those meant for one invoice), newest first."""
    direction = "ASC" if backwards else "DESC"
    rows = await fetch(
        "SELECT * FROM payment WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2)"  # noqa: S608
        f" AND ($3::uuid IS NULL OR id > $3) AND {_OF_INVOICE.format('$4')}"
        f" ORDER BY id {direction} LIMIT {size + 1}",
        account_id,
        after,
        before,
        invoice_id,
    )
    found = [Payment.read(row) for row in rows[:size]]
    if backwards:
        found.reverse()
    return PaymentPage(found, len(rows) > size)


async def pages_of_invoices(
    account_id: UUID, wanted: Sequence[tuple[UUID, UUID | None]], *, size: int
) -> list[PaymentPage]:
    """For each invoice the payments meant for it, newest first, after a payment if one is named."""
    rows = await fetch(
        "SELECT w.place, p.* FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY"
        " AS w (invoice_id, after, place) CROSS JOIN LATERAL (SELECT p.* FROM payment_allocation l"
        " JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id"
        " WHERE l.account_id = $1 AND l.invoice_id = w.invoice_id"
        " AND (w.after IS NULL OR p.id < w.after) ORDER BY p.id DESC LIMIT $4) p"
        " ORDER BY w.place, p.id DESC",
        account_id,
        [invoice_id for invoice_id, _ in wanted],
        [after for _, after in wanted],
        size + 1,
    )
    found: list[list[Payment]] = [[] for _ in wanted]
    for row in rows:
        found[row["place"] - 1].append(Payment.read(row))
    return [PaymentPage(one[:size], len(one) > size) for one in found]


async def counts_of_invoices(account_id: UUID, invoice_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many payments were meant for each of some invoices."""
    rows = await fetch(
        "SELECT invoice_id, count(*) AS n FROM payment_allocation"
        " WHERE account_id = $1 AND invoice_id = ANY($2) GROUP BY invoice_id",
        account_id,
        list(invoice_ids),
    )
    return dict.fromkeys(invoice_ids, 0) | {row["invoice_id"]: row["n"] for row in rows}


async def count(account_id: UUID, *, invoice_id: UUID | None = None) -> int:
    """How many payments a list has in all."""
    row = await fetch_one(
        f"SELECT count(*) AS n FROM payment WHERE account_id = $1 AND {_OF_INVOICE.format('$2')}",  # noqa: S608
        account_id,
        invoice_id,
    )
    return int(row["n"]) if row else 0


_OF_INVOICE = (
    "({0}::uuid IS NULL OR id IN (SELECT payment_id FROM payment_allocation"
    " WHERE account_id = $1 AND invoice_id = {0}))"
)
