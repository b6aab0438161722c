"""Charges as the seller reported them, until they are billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from service.billing.errors import LostRace
from service.billing.invoice import InvoiceKind
from service.store.database import execute, fetch, new_id
from service.store.records import Charge


@dataclass(frozen=True, slots=True)
class NewCharge:
    """One charge to record. `reference` is the seller's key for it, unique per account."""

    account_id: UUID
    reference: str
    kind: InvoiceKind
    occurred_at: datetime
    description: str
    quantity: Decimal
    unit_price: Decimal
    currency: str


async def record(charges: Sequence[NewCharge], *, at: datetime) -> set[tuple[UUID, str]]:
    """Store charges; those whose reference is known already are left alone.

    Returns the (account id, reference) of the ones that were stored.
    """
    rows = await fetch(
        "WITH stored AS (INSERT INTO charge (id, account_id, reference, kind, occurred_at,"
        " description, quantity, unit_price, currency, created_at)"
        " SELECT *, $10::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[],"
        " $5::timestamptz[], $6::text[], $7::numeric[], $8::numeric[], $9::text[])"
        " ON CONFLICT (account_id, reference) DO NOTHING RETURNING account_id, reference)"
        " SELECT account_id, reference FROM stored",
        [new_id() for _ in charges],
        [charge.account_id for charge in charges],
        [charge.reference for charge in charges],
        [charge.kind for charge in charges],
        [charge.occurred_at for charge in charges],
        [charge.description for charge in charges],
        [charge.quantity for charge in charges],
        [charge.unit_price for charge in charges],
        [charge.currency for charge in charges],
        at,
    )
    return {(row["account_id"], row["reference"]) for row in rows}


async def recorded(charges: Sequence[NewCharge]) -> dict[tuple[UUID, str], NewCharge]:
    """What is stored under the references of these charges, by (account id, reference)."""
    rows = await fetch(
        "SELECT c.account_id, c.reference, c.kind, c.occurred_at, c.description, c.quantity,"
        " c.unit_price, c.currency FROM charge c JOIN unnest($1::uuid[], $2::text[])"
        " AS wanted (account_id, reference) USING (account_id, reference)",
        [charge.account_id for charge in charges],
        [charge.reference for charge in charges],
    )
    return {
        (row["account_id"], row["reference"]): NewCharge(
            **{**row, "kind": InvoiceKind(row["kind"])}
        )
        for row in rows
    }


async def unbilled(account_id: UUID, kind: InvoiceKind, *, before: datetime | None) -> list[Charge]:
    """Charges of a kind that no invoice has yet, up to an instant if one is given, oldest first.
    Late ones of earlier months are among them: they go on the next invoice."""
    rows = await fetch(
        "SELECT id, account_id, occurred_at, description, quantity, unit_price, currency"
        " FROM charge WHERE account_id = $1 AND kind = $2 AND invoice_id IS NULL"
        " AND ($3::timestamptz IS NULL OR occurred_at < $3) ORDER BY occurred_at, id",
        account_id,
        kind,
        before,
    )
    return [Charge.read(row) for row in rows]


async def mark_billed(account_id: UUID, invoice_id: UUID, charges: Sequence[Charge]) -> None:
    """Tie charges to their invoice. Must run inside `transaction()`.

    Raises:
        LostRace: one of them was billed since it was read.
    """
    marked = await execute(
        "UPDATE charge SET invoice_id = $2"
        " WHERE account_id = $1 AND id = ANY($3) AND invoice_id IS NULL",
        account_id,
        invoice_id,
        [charge.id for charge in charges],
    )
    if marked != len(charges):
        raise LostRace("charges")
