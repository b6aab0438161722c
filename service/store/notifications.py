"""Mails about payments, each planned once by its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.billing.errors import NotFound
from service.billing.events import DeliveryState
from service.billing.support import NotificationKind
from service.store.database import execute, fetch_one, new_id
from service.store.money_records import Notification


@dataclass(frozen=True, slots=True)
class NewNotification:
    """What a mail is about, and to whom it goes. `key` is planned once in its account."""

    account_id: UUID
    key: str
    kind: NotificationKind
    recipient_name: str
    recipient_email: str
    payment_id: UUID | None = None
    invoice_id: UUID | None = None
    subject_id: UUID | None = None


async def plan(new: NewNotification, *, at: datetime) -> UUID | None:
    """Plan a mail; None when one with this key was planned before."""
    row = await fetch_one(
        "WITH planned AS (INSERT INTO notification (id, account_id, key, kind, payment_id,"
        " invoice_id, subject_id, recipient_name, recipient_email, state, attempts, created_at,"
        " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'QUEUED', 0, $10, $10)"
        " ON CONFLICT (account_id, key) DO NOTHING RETURNING id) SELECT id FROM planned",
        new_id(),
        new.account_id,
        new.key,
        str(new.kind),
        new.payment_id,
        new.invoice_id,
        new.subject_id,
        new.recipient_name,
        new.recipient_email,
        at,
    )
    return row["id"] if row else None


async def find(account_id: UUID, notification_id: UUID) -> Notification:
    """Raises NotFound."""
    row = await fetch_one(
        "SELECT * FROM notification WHERE account_id = $1 AND id = $2", account_id, notification_id
    )
    if row is None:
        raise NotFound("notification")
    return Notification.read(row)


async def begin(account_id: UUID, notification_id: UUID, *, at: datetime) -> bool:
    """Note that a mail is being handed over; False when it was sent or refused for good."""
    begun = await execute(
        "UPDATE notification SET state = 'SENDING', attempts = attempts + 1, updated_at = $3"
        " WHERE account_id = $1 AND id = $2 AND state IN ('QUEUED', 'SENDING', 'FAILED')",
        account_id,
        notification_id,
        at,
    )
    return begun == 1


async def end(
    account_id: UUID,
    notification_id: UUID,
    state: DeliveryState,
    *,
    error: str | None,
    at: datetime,
) -> None:
    """Note how handing over ended; the first end stays."""
    await execute(
        "UPDATE notification SET state = $3, last_error = $4, updated_at = $5"
        " WHERE account_id = $1 AND id = $2 AND state = 'SENDING'",
        account_id,
        notification_id,
        str(state),
        error[:500] if error else None,
        at,
    )
