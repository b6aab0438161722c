"""Notices of the gateway as they came: stored once, worked on later."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.billing.errors import NotFound
from service.gateway import GatewayNotice
from service.store.database import execute, fetch_one, new_id
from service.store.records import Receipt


async def store(gateway: str, notice: GatewayNotice, body: bytes, *, at: datetime) -> UUID | None:
    """Keep a notice; None when the same event was kept before."""
    row = await fetch_one(
        "WITH kept AS (INSERT INTO receipt (id, gateway, event_id, kind, live_mode, session_id,"
        " payment_id, transaction, body, received_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (gateway, event_id) DO NOTHING RETURNING id) SELECT id FROM kept",
        new_id(),
        gateway,
        notice.event_id,
        notice.kind,
        notice.live_mode,
        notice.session_id,
        notice.payment_id,
        notice.transaction,
        body,
        at,
    )
    return row["id"] if row else None


async def find(receipt_id: UUID) -> Receipt:
    """Raises NotFound."""
    row = await fetch_one(
        "SELECT id, gateway, event_id, kind, session_id, payment_id, transaction, handled_at"
        " FROM receipt WHERE id = $1",
        receipt_id,
    )
    if row is None:
        raise NotFound("receipt")
    return Receipt(**row)


async def mark_handled(receipt_id: UUID, outcome: str, *, at: datetime) -> None:
    """Note what came of a notice; the first outcome stays."""
    await execute(
        "UPDATE receipt SET handled_at = $2, outcome = $3 WHERE id = $1 AND handled_at IS NULL",
        receipt_id,
        at,
        outcome,
    )
