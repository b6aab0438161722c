"""What an audit reads: everything of an account, past the copies that screens are served from."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.billing.invoice import InvoiceStatus
from service.store.database import fetch, fetch_one
from service.store.records import Payment


@dataclass(frozen=True, slots=True)
class AuditedInvoice:
    """An invoice's kept figures beside what its lines and the ledger say, in minor units."""

    id: UUID
    number: str
    status: InvoiceStatus
    subtotal_minor: int
    total_minor: int
    paid_minor: int
    refunded_minor: int
    disputed: bool
    lines_minor: int
    issued_minor: int


async def invoices_of(account_id: UUID) -> list[AuditedInvoice]:
    """The issued invoices of an account."""
    rows = await fetch(
        "SELECT i.id, i.number, i.status, i.subtotal_minor, i.total_minor, i.paid_minor,"
        " i.refunded_minor, i.disputed, (SELECT coalesce(sum(amount_minor), 0) FROM invoice_line n"
        " WHERE n.account_id = i.account_id AND n.invoice_id = i.id) AS lines_minor,"
        " (SELECT coalesce(sum(amount_minor), 0) FROM ledger_entry e WHERE e.account_id ="
        " i.account_id AND e.invoice_id = i.id AND e.credit = 'SALES') AS issued_minor"
        " FROM invoice i WHERE i.account_id = $1 AND i.status <> 'DRAFT' ORDER BY i.id",
        account_id,
    )
    return [
        AuditedInvoice(
            id=row["id"],
            number=row["number"],
            status=InvoiceStatus(row["status"]),
            subtotal_minor=row["subtotal_minor"],
            total_minor=row["total_minor"],
            paid_minor=row["paid_minor"],
            refunded_minor=row["refunded_minor"],
            disputed=row["disputed"],
            lines_minor=int(row["lines_minor"]),
            issued_minor=int(row["issued_minor"]),
        )
        for row in rows
    ]


async def payments_of(account_id: UUID) -> list[Payment]:
    """All attempts of an account, oldest first."""
    rows = await fetch("SELECT * FROM payment WHERE account_id = $1 ORDER BY id", account_id)
    return [Payment.read(row) for row in rows]


async def booked_payments(account_id: UUID) -> set[UUID]:
    """The attempts of which something is in the ledger."""
    rows = await fetch(
        "SELECT DISTINCT payment_id FROM ledger_entry"
        " WHERE account_id = $1 AND payment_id IS NOT NULL",
        account_id,
    )
    return {row["payment_id"] for row in rows}


async def event_gap(account_id: UUID) -> int | None:
    """The first place of the account's log that is empty; None when it is whole."""
    row = await fetch_one(
        "SELECT s.seq FROM account a CROSS JOIN LATERAL generate_series(1, a.event_seq) AS s (seq)"
        " LEFT JOIN event e ON e.account_id = a.id AND e.seq = s.seq"
        " WHERE a.id = $1 AND e.seq IS NULL ORDER BY s.seq LIMIT 1",
        account_id,
    )
    return int(row["seq"]) if row else None
