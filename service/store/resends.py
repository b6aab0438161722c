"""Mailing invoices again: what was planned lately, and the mails of one resend."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from service.billing.resend import PlannedMail
from service.store.database import fetch, fetch_one
from service.store.mail_records import Delivery


async def planned(account_id: UUID, invoice_id: UUID, *, since: datetime) -> list[PlannedMail]:
    """The mails that were planned after a moment: all about an invoice, and those by which other
    invoices of the account were mailed again."""
    rows = await fetch(
        "SELECT invoice_id, resend, lower(recipient_email) AS recipient, created_at FROM delivery"
        " WHERE account_id = $1 AND created_at > $3 AND resend > 0"
        " UNION ALL SELECT invoice_id, resend, lower(recipient_email), created_at FROM delivery"
        " WHERE account_id = $1 AND invoice_id = $2 AND created_at > $3 AND resend = 0",
        account_id,
        invoice_id,
        since,
    )
    return [
        PlannedMail(row["invoice_id"], row["resend"], row["recipient"], row["created_at"])
        for row in rows
    ]


async def next_number(account_id: UUID, invoice_id: UUID) -> int:
    """The number of the next resend of an invoice. Must run under the account's lock."""
    row = await fetch_one(
        "SELECT coalesce(max(resend), 0) + 1 AS next FROM delivery"
        " WHERE account_id = $1 AND invoice_id = $2",
        account_id,
        invoice_id,
    )
    return int(row["next"]) if row else 1


async def mails_beside(account_id: UUID, delivery_id: UUID) -> list[Delivery]:
    """All mails of the resend that a mail is one of, in the order they were planned."""
    rows = await fetch(
        "SELECT d.* FROM delivery one JOIN delivery d ON d.account_id = one.account_id"
        " AND d.invoice_id = one.invoice_id AND d.resend = one.resend"
        " WHERE one.account_id = $1 AND one.id = $2 ORDER BY d.id",
        account_id,
        delivery_id,
    )
    return [Delivery.read(row) for row in rows]
