"""The event log of each account: append in the change's transaction, read from a place on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from service.billing.errors import LostRace
from service.billing.events import Event, as_json, from_json
from service.billing.invoice import DisplayStatus
from service.store.database import Record, fetch, fetch_one, new_id, touch
from service.store.records import LoggedEvent

# Taking the sequence locks the account's row, so that a lower number never commits after a higher.
_APPEND = """
WITH next AS (
    UPDATE account SET event_seq = event_seq + 1 WHERE id = $1 RETURNING event_seq
)
INSERT INTO event (id, account_id, seq, kind, invoice_id, payment_id, data, occurred_at)
SELECT $2, $1, next.event_seq, $3, $4, $5, $6::jsonb, $7 FROM next
RETURNING seq
"""


async def record(account_id: UUID, event: Event, *, at: datetime) -> int:
    """Append a fact and return its place. Must run in the transaction of the change it reports.

    Raises:
        RuntimeError: there is no transaction.
        LostRace: the account is gone.
    """
    touch(account_id)
    row = await fetch_one(
        _APPEND,
        account_id,
        new_id(),
        type(event).__name__,
        getattr(event, "invoice_id", None),
        getattr(event, "payment_id", None),
        orjson.dumps(as_json(event)).decode(),
        at,
    )
    if row is None:
        raise LostRace(f"account {account_id}")
    return int(row["seq"])


async def newest(account_id: UUID) -> int:
    """The place of the newest fact; 0 when there is none."""
    row = await fetch_one("SELECT event_seq FROM account WHERE id = $1", account_id)
    return int(row["event_seq"]) if row else 0


async def after(account_id: UUID, seq: int, *, limit: int) -> list[LoggedEvent]:
    """All facts of an account after a place, oldest first."""
    rows = await fetch(
        "SELECT * FROM event WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        account_id,
        seq,
        limit,
    )
    return [_read(row) for row in rows]


async def of_invoice(
    account_id: UUID, invoice_id: UUID, seq: int, *, limit: int
) -> list[LoggedEvent]:
    """Facts about one invoice, its document and deliveries, and the payments meant for it."""
    rows = await fetch(
        "SELECT * FROM event WHERE account_id = $1 AND seq > $2 AND (invoice_id = $3"
        " OR payment_id IN (SELECT payment_id FROM payment_allocation"
        " WHERE account_id = $1 AND invoice_id = $3)) ORDER BY seq LIMIT $4",
        account_id,
        seq,
        invoice_id,
        limit,
    )
    return [_read(row) for row in rows]


async def of_payment(
    account_id: UUID, payment_id: UUID, seq: int, *, limit: int
) -> list[LoggedEvent]:
    """Facts about one payment and the status of the invoices it is meant for."""
    rows = await fetch(
        "SELECT * FROM event WHERE account_id = $1 AND seq > $2 AND (payment_id = $3"
        " OR (kind = 'InvoiceStatusChanged' AND invoice_id IN (SELECT invoice_id"
        " FROM payment_allocation WHERE account_id = $1 AND payment_id = $3)))"
        " ORDER BY seq LIMIT $4",
        account_id,
        seq,
        payment_id,
        limit,
    )
    return [_read(row) for row in rows]


async def shown_last(account_id: UUID, invoice_ids: Sequence[UUID]) -> dict[UUID, DisplayStatus]:
    """What screens were told last of invoices; one of which nothing was told is left out."""
    rows = await fetch(
        "SELECT DISTINCT ON (invoice_id) invoice_id, data->>'display_status' AS shows FROM event"
        " WHERE account_id = $1 AND invoice_id = ANY($2) AND kind = 'InvoiceStatusChanged'"
        " ORDER BY invoice_id, seq DESC",
        account_id,
        list(invoice_ids),
    )
    return {row["invoice_id"]: DisplayStatus(row["shows"]) for row in rows}


def _read(row: Record) -> LoggedEvent:
    event = from_json(row["kind"], orjson.loads(row["data"]))
    return LoggedEvent(row["account_id"], row["seq"], row["occurred_at"], event)
