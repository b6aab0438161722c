"""The ledger: entries are added once by their key, and read back; nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.billing.ledger import Book, Entry
from service.billing.money import Money
from service.store.database import Record, fetch, new_id
from service.store.records import Payment


async def book(account_id: UUID, entries: Sequence[Entry], *, at: datetime) -> list[Entry]:
    """Add entries whose keys are new; return those. Must run inside `transaction()`, under the
    account's lock, next to what they change."""
    if not entries:
        return []
    rows = await fetch(
        "WITH added AS (INSERT INTO ledger_entry (id, account_id, key, debit, credit, amount_minor,"
        " currency, invoice_id, payment_id, occurred_at, booked_at)"
        " SELECT id, $1, key, debit, credit, amount, currency, invoice_id, payment_id, occurred_at,"
        " $11 FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[],"
        " $7::text[], $8::uuid[], $9::uuid[], $10::timestamptz[]) AS e (id, key, debit, credit,"
        " amount, currency, invoice_id, payment_id, occurred_at)"
        " ON CONFLICT (account_id, key) DO NOTHING RETURNING key) SELECT key FROM added",
        account_id,
        [new_id() for _ in entries],
        [entry.key for entry in entries],
        [str(entry.debit) for entry in entries],
        [str(entry.credit) for entry in entries],
        [entry.amount.minor_units for entry in entries],
        [entry.amount.currency for entry in entries],
        [entry.invoice_id for entry in entries],
        [entry.payment_id for entry in entries],
        [entry.occurred_at for entry in entries],
        at,
    )
    added = {row["key"] for row in rows}
    return [entry for entry in entries if entry.key in added]


async def of_payment(account_id: UUID, payment_id: UUID) -> list[Entry]:
    """All entries of a payment, oldest first."""
    rows = await fetch(
        "SELECT * FROM ledger_entry WHERE account_id = $1 AND payment_id = $2 ORDER BY id",
        account_id,
        payment_id,
    )
    return [_read(row) for row in rows]


async def of_invoice(account_id: UUID, invoice_id: UUID) -> list[Entry]:
    """All entries of an invoice, oldest first."""
    rows = await fetch(
        "SELECT * FROM ledger_entry WHERE account_id = $1 AND invoice_id = $2 ORDER BY id",
        account_id,
        invoice_id,
    )
    return [_read(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Held:
    """What a payment still has on one invoice: what settled it, and what is beyond that."""

    invoice_id: UUID
    settled_minor: int
    surplus_minor: int


async def held_by(account_id: UUID, payment_id: UUID) -> list[Held]:
    """What of a payment was not given back or lost yet, by invoice."""
    rows = await fetch(
        "SELECT invoice_id,"
        " sum(amount_minor * ((credit = 'RECEIVABLE')::int - (debit = 'RECEIVABLE')::int"
        " - (debit = 'REFUNDED')::int + (credit = 'REFUNDED')::int"
        " - (debit = 'CHARGED_BACK')::int + (credit = 'CHARGED_BACK')::int)) AS settled,"
        " sum(amount_minor * ((credit = 'SURPLUS')::int - (debit = 'SURPLUS')::int)) AS surplus"
        " FROM ledger_entry WHERE account_id = $1 AND payment_id = $2 AND invoice_id IS NOT NULL"
        " GROUP BY invoice_id ORDER BY invoice_id",
        account_id,
        payment_id,
    )
    return [Held(row["invoice_id"], int(row["settled"]), int(row["surplus"])) for row in rows]


async def surplus_of(payment: Payment) -> int:
    """What of a payment was not due, and is still with us; in minor units of its invoices'
    currency."""
    held = await held_by(payment.account_id, payment.id)
    return sum(one.surplus_minor for one in held)


@dataclass(frozen=True, slots=True)
class InvoiceSums:
    """What the ledger says of an invoice, in minor units of its currency."""

    paid_minor: int
    refunded_minor: int
    charged_back_minor: int


async def sums_of(account_id: UUID, invoice_ids: Sequence[UUID]) -> dict[UUID, InvoiceSums]:
    """The sums that invoices keep a copy of, worked out from their entries."""
    rows = await fetch(
        "SELECT invoice_id, sum(amount_minor * ((credit = 'RECEIVABLE')::int"
        " - (debit = 'RECEIVABLE' AND credit <> 'SALES')::int)) AS paid,"
        " sum(amount_minor * ((debit = 'REFUNDED')::int - (credit = 'REFUNDED')::int)) AS refunded,"
        " sum(amount_minor * ((debit = 'CHARGED_BACK')::int - (credit = 'CHARGED_BACK')::int))"
        " AS charged_back"
        " FROM ledger_entry WHERE account_id = $1 AND invoice_id = ANY($2) GROUP BY invoice_id",
        account_id,
        list(invoice_ids),
    )
    nothing = dict.fromkeys(invoice_ids, InvoiceSums(0, 0, 0))
    return nothing | {
        row["invoice_id"]: InvoiceSums(
            int(row["paid"]), int(row["refunded"]), int(row["charged_back"])
        )
        for row in rows
    }


def _read(row: Record) -> Entry:
    return Entry(
        key=row["key"],
        debit=Book(row["debit"]),
        credit=Book(row["credit"]),
        amount=Money(row["amount_minor"], row["currency"]),
        occurred_at=row["occurred_at"],
        invoice_id=row["invoice_id"],
        payment_id=row["payment_id"],
    )
