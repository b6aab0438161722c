"""Refunds and disputes of captured payments: adding, moving and finding them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service.billing.errors import LostRace, NotFound
from service.billing.money import Money
from service.billing.refund import (
    DisputeMove,
    GatewayDispute,
    RefundMove,
    RefundStatus,
    advance_dispute,
    advance_refund,
)
from service.store.bank_references import is_same
from service.store.database import execute, fetch, fetch_one, new_id
from service.store.keys import WANTED, Key, by_id, columns, keys_of, lists_of
from service.store.money_records import Dispute, Refund


async def add(refund: Refund) -> bool:
    """Store a refund; False when it is there already: a second one of a surplus, or one that the
    gateway told of before. Must run inside `transaction()`, under the account's lock."""
    added = await fetch(
        "WITH added AS (INSERT INTO refund (id, account_id, payment_id, gateway, reference,"
        " status, reason, charged_minor, charge_currency, amount_minor, currency, requested_by,"
        " note, failure, key_number, version, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $17)"
        " ON CONFLICT DO NOTHING RETURNING id) SELECT id FROM added",
        refund.id,
        refund.account_id,
        refund.payment_id,
        refund.gateway,
        refund.reference,
        str(refund.status),
        str(refund.reason),
        refund.charged.minor_units,
        refund.charged.currency,
        refund.amount.minor_units,
        refund.amount.currency,
        refund.requested_by,
        refund.note,
        refund.failure,
        refund.key_number,
        refund.created_at,
        refund.updated_at,
    )
    return len(added) == 1


async def move(
    refund: Refund,
    step: RefundMove,
    *,
    at: datetime,
    reference: str | None = None,
    failure: str | None = None,
) -> RefundStatus:
    """Advance one refund, guarded by the status the decision was made on.

    Must run inside `transaction()`, next to the entries and the event that go with it.

    Raises:
        TransitionRefused: the rules in billing.refund do not list this move.
        LostRace: the row changed since it was read; nothing was written.
    """
    after = advance_refund(refund.status, step)
    moved = await execute(
        "UPDATE refund SET status = $4, reference = coalesce($5, reference),"
        " failure = coalesce($6, failure), version = version + 1, updated_at = $7"
        " WHERE account_id = $1 AND id = $2 AND status = $3",
        refund.account_id,
        refund.id,
        str(refund.status),
        str(after),
        reference,
        failure[:200] if failure else None,
        at,
    )
    if moved == 0:
        raise LostRace(f"refund {refund.id}")
    return after


async def use_next_key(refund: Refund) -> None:
    """The gateway keeps a failure under the refund's key: the next try goes under another."""
    await execute(
        "UPDATE refund SET key_number = key_number + 1 WHERE account_id = $1 AND id = $2"
        " AND key_number = $3 AND status = 'REQUESTED'",
        refund.account_id,
        refund.id,
        refund.key_number,
    )


async def note_asked(refund: Refund, *, at: datetime) -> None:
    """A gateway is about to be asked for a surplus: from now on its key and amount are used."""
    await execute(
        "UPDATE refund SET key_number = greatest(key_number, 1), updated_at = $3"
        " WHERE account_id = $1 AND id = $2 AND status = 'REQUESTED'",
        refund.account_id,
        refund.id,
        at,
    )


async def bring_down(refund: Refund, charged: Money, amount: Money, *, at: datetime) -> None:
    """Have a refund ask for less, under a key that was not used yet.

    Must run inside `transaction()`, next to the event that reports it.

    Raises:
        LostRace: the row changed since it was read; nothing was written.
    """
    moved = await execute(
        "UPDATE refund SET charged_minor = $4, amount_minor = $5, key_number = key_number + 1,"
        " version = version + 1, updated_at = $6"
        " WHERE account_id = $1 AND id = $2 AND key_number = $3 AND status = 'REQUESTED'",
        refund.account_id,
        refund.id,
        refund.key_number,
        charged.minor_units,
        amount.minor_units,
        at,
    )
    if moved == 0:
        raise LostRace(f"refund {refund.id}")


async def disputed_invoices(account_id: UUID, invoice_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some invoices that an open dispute is about."""
    rows = await fetch(
        "SELECT DISTINCT l.invoice_id FROM payment_allocation l JOIN dispute d"
        " ON d.account_id = l.account_id AND d.payment_id = l.payment_id AND d.status = 'OPEN'"
        " WHERE l.account_id = $1 AND l.invoice_id = ANY($2)",
        account_id,
        list(invoice_ids),
    )
    return {row["invoice_id"] for row in rows}


async def find(account_id: UUID, refund_id: UUID) -> Refund:
    """Raises NotFound."""
    row = await fetch_one(
        "SELECT * FROM refund WHERE account_id = $1 AND id = $2", account_id, refund_id
    )
    if row is None:
        raise NotFound("refund")
    return Refund.read(row)


async def of_offline(account_id: UUID, reference: str) -> Refund | None:
    """What an account was given back by bank under a reference, however that is written."""
    row = await fetch_one(
        "SELECT * FROM refund WHERE account_id = $1 AND gateway = 'offline'"  # noqa: S608
        f" AND {is_same('reference', '$2::text')} ORDER BY reference = $2 DESC, id LIMIT 1",
        account_id,
        reference,
    )
    return Refund.read(row) if row else None


async def of_payments(account_id: UUID, payment_ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    """The refunds of an account's payments, oldest first."""
    return by_id(await of_each(keys_of(account_id, payment_ids)))


async def of_each(keys: Sequence[Key]) -> dict[Key, list[Refund]]:
    """The refunds of payments, oldest first."""
    rows = await fetch(
        f"SELECT r.* FROM {WANTED} JOIN refund r"  # noqa: S608
        " ON r.account_id = w.account_id AND r.payment_id = w.id ORDER BY r.id",
        *columns(keys),
    )
    return lists_of(keys, rows, "payment_id", Refund.read)


async def open_dispute(
    account_id: UUID, payment_id: UUID, gateway: str, seen: GatewayDispute
) -> bool:
    """Store a dispute as OPEN; False when it is there already. Must run inside `transaction()`."""
    added = await fetch(
        "WITH added AS (INSERT INTO dispute (id, account_id, payment_id, gateway, reference,"
        " status, reason, charged_minor, charge_currency, opened_at, version)"
        " VALUES ($1, $2, $3, $4, $5, 'OPEN', $6, $7, $8, $9, 1)"
        " ON CONFLICT (gateway, reference) DO NOTHING RETURNING id) SELECT id FROM added",
        new_id(),
        account_id,
        payment_id,
        gateway,
        seen.reference,
        seen.reason[:64],
        seen.amount.minor_units,
        seen.amount.currency,
        seen.created_at,
    )
    return len(added) == 1


async def move_dispute(dispute: Dispute, step: DisputeMove, *, at: datetime) -> None:
    """Close one dispute, guarded by the status the decision was made on.

    Raises:
        TransitionRefused: the rules in billing.refund do not list this move.
        LostRace: the row changed since it was read; nothing was written.
    """
    after = advance_dispute(dispute.status, step)
    moved = await execute(
        "UPDATE dispute SET status = $4, closed_at = $5, version = version + 1"
        " WHERE account_id = $1 AND id = $2 AND status = $3",
        dispute.account_id,
        dispute.id,
        str(dispute.status),
        str(after),
        at,
    )
    if moved == 0:
        raise LostRace(f"dispute {dispute.id}")


async def lessen_dispute(dispute: Dispute, left: Money) -> None:
    """Keep that a part of what a dispute took came back, and `left` did not; guarded by the
    amount that the decision was made on.

    Raises:
        LostRace: the row changed since it was read; nothing was written.
    """
    done = await execute(
        "UPDATE dispute SET charged_minor = $4, version = version + 1"
        " WHERE account_id = $1 AND id = $2 AND charged_minor = $3",
        dispute.account_id,
        dispute.id,
        dispute.charged.minor_units,
        left.minor_units,
    )
    if done == 0:
        raise LostRace(f"dispute {dispute.id}")


async def disputes_of_payments(
    account_id: UUID, payment_ids: Sequence[UUID]
) -> dict[UUID, list[Dispute]]:
    """The disputes of an account's payments, oldest first."""
    return by_id(await disputes_of_each(keys_of(account_id, payment_ids)))


async def disputes_of_each(keys: Sequence[Key]) -> dict[Key, list[Dispute]]:
    """The disputes of payments, oldest first."""
    rows = await fetch(
        f"SELECT d.* FROM {WANTED} JOIN dispute d"  # noqa: S608
        " ON d.account_id = w.account_id AND d.payment_id = w.id ORDER BY d.id",
        *columns(keys),
    )
    return lists_of(keys, rows, "payment_id", Dispute.read)


async def unsent(*, before: datetime, limit: int) -> list[Refund]:
    """Refunds that were decided before a moment and that no gateway has taken on yet."""
    rows = await fetch(
        "SELECT * FROM refund WHERE status = 'REQUESTED' AND updated_at < $1"
        " ORDER BY updated_at LIMIT $2",
        before,
        limit,
    )
    return [Refund.read(row) for row in rows]


async def given_up(*, before: datetime, limit: int) -> list[Refund]:
    """Refunds that were decided before a moment, that no gateway has taken on yet, and whose
    failing nobody was called for since."""
    rows = await fetch(
        "SELECT r.* FROM refund r WHERE r.status = 'REQUESTED' AND r.created_at < $1"
        " AND NOT EXISTS (SELECT 1 FROM support_case c WHERE c.account_id = r.account_id"
        " AND c.payment_id = r.payment_id AND c.reason = 'REFUND_FAILED'"
        " AND (c.status = 'OPEN' OR c.created_at >= r.created_at))"
        " ORDER BY r.created_at LIMIT $2",
        before,
        limit,
    )
    return [Refund.read(row) for row in rows]
