"""PDFs of invoices and of receipts as states, and mails about invoices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service.billing.errors import NotFound
from service.billing.events import DeliveryState
from service.store.database import execute, fetch, fetch_one, new_id
from service.store.keys import WANTED, Key, columns
from service.store.mail_records import Delivery
from service.store.records import Document

# Of one invoice, which can be mailed again and again.
DELIVERIES_SHOWN_MAX = 200


async def queue(account_id: UUID, invoice_id: UUID, *, at: datetime) -> UUID:
    """Make the document of an invoice, in state QUEUED. Must run inside `transaction()`."""
    document_id = new_id()
    await execute(
        "INSERT INTO document (id, account_id, invoice_id, state, attempts, created_at)"
        " VALUES ($1, $2, $3, 'QUEUED', 0, $4)",
        document_id,
        account_id,
        invoice_id,
        at,
    )
    return document_id


async def queue_receipt(account_id: UUID, payment_id: UUID, *, series: str, at: datetime) -> bool:
    """Make the receipt of a payment, in state QUEUED, with the next number of a series; False when
    it has one. Must run inside `transaction()`, under the account's lock."""
    queued = await fetch(
        "WITH queued AS (INSERT INTO document (id, account_id, payment_id, number, state, attempts,"
        " created_at) SELECT $1, $2, $3, $4 || '-' || (count(*) + 1), 'QUEUED', 0, $5"
        " FROM document WHERE account_id = $2 AND starts_with(number, $4 || '-')"
        " ON CONFLICT (account_id, payment_id) DO NOTHING RETURNING id) SELECT id FROM queued",
        new_id(),
        account_id,
        payment_id,
        series,
        at,
    )
    return len(queued) == 1


async def receipts_of(account_id: UUID, payment_ids: Sequence[UUID]) -> dict[UUID, Document | None]:
    """The receipt of each of some payments; None where none was captured."""
    rows = await fetch(
        "SELECT * FROM document WHERE account_id = $1 AND payment_id = ANY($2)",
        account_id,
        list(payment_ids),
    )
    found: dict[UUID, Document | None] = dict.fromkeys(payment_ids)
    return found | {row["payment_id"]: Document.read(row) for row in rows}


async def begin(document: Document) -> bool:
    """Note that a document is being rendered; False when it is READY already."""
    begun = await execute(
        "UPDATE document SET state = 'RENDERING', attempts = attempts + 1, retry_at = NULL"
        " WHERE account_id = $1 AND id = $2 AND state <> 'READY'",
        document.account_id,
        document.id,
    )
    return begun == 1


async def finish(
    document: Document,
    *,
    storage_key: str,
    sha256: str,
    size_bytes: int,
    template_version: str,
    at: datetime,
) -> bool:
    """Note where a document's bytes are; False when another run was quicker: its bytes stay."""
    finished = await execute(
        "UPDATE document SET state = 'READY', storage_key = $3, sha256 = $4, size_bytes = $5,"
        " template_version = $6, ready_at = $7, retry_at = NULL"
        " WHERE account_id = $1 AND id = $2 AND state <> 'READY'",
        document.account_id,
        document.id,
        storage_key,
        sha256,
        size_bytes,
        template_version,
        at,
    )
    return finished == 1


async def fail(document: Document, *, retry_at: datetime) -> bool:
    """Note that rendering failed and when it is tried again."""
    failed = await execute(
        "UPDATE document SET state = 'FAILED', retry_at = $3"
        " WHERE account_id = $1 AND id = $2 AND state <> 'READY'",
        document.account_id,
        document.id,
        retry_at,
    )
    return failed == 1


async def queue_delivery(
    account_id: UUID,
    invoice_id: UUID,
    *,
    contact_id: UUID | None,
    name: str,
    email: str,
    at: datetime,
    resend: int = 0,
) -> UUID | None:
    """Plan a mail to one recipient; None when one to this address is planned already, of the same
    `resend`: 0 are the mails that come with the issue."""
    row = await fetch_one(
        "WITH planned AS (INSERT INTO delivery (id, account_id, invoice_id, contact_id,"
        " recipient_name, recipient_email, state, attempts, created_at, updated_at, resend)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'QUEUED', 0, $7, $7, $8)"
        " ON CONFLICT (account_id, invoice_id, lower(recipient_email), resend) DO NOTHING"
        " RETURNING id) SELECT id FROM planned",
        new_id(),
        account_id,
        invoice_id,
        contact_id,
        name,
        email,
        at,
        resend,
    )
    return row["id"] if row else None


async def find_delivery(account_id: UUID, delivery_id: UUID) -> Delivery:
    """Raises NotFound."""
    row = await fetch_one(
        "SELECT * FROM delivery WHERE account_id = $1 AND id = $2", account_id, delivery_id
    )
    if row is None:
        raise NotFound("delivery")
    return Delivery.read(row)


async def deliveries(account_id: UUID, invoice_id: UUID) -> list[Delivery]:
    """The mails about an invoice, in the order they were planned."""
    rows = await fetch(
        "SELECT * FROM delivery WHERE account_id = $1 AND invoice_id = $2 ORDER BY id",
        account_id,
        invoice_id,
    )
    return [Delivery.read(row) for row in rows]


async def deliveries_of(
    account_id: UUID, invoice_ids: Sequence[UUID]
) -> dict[UUID, list[Delivery]]:
    """The newest mails about each of some invoices, in the order they were planned."""
    rows = await fetch(
        "SELECT d.* FROM unnest($2::uuid[]) AS w (id), LATERAL (SELECT * FROM delivery"  # noqa: S608
        " WHERE account_id = $1 AND invoice_id = w.id"
        f" ORDER BY id DESC LIMIT {DELIVERIES_SHOWN_MAX}) d ORDER BY d.id",
        account_id,
        list(invoice_ids),
    )
    found: dict[UUID, list[Delivery]] = {invoice_id: [] for invoice_id in invoice_ids}
    for row in rows:
        found[row["invoice_id"]].append(Delivery.read(row))
    return found


async def find_deliveries(keys: Sequence[Key]) -> list[Delivery]:
    """Those of some mails that there are, in any order."""
    rows = await fetch(
        f"SELECT d.* FROM {WANTED} JOIN delivery d"  # noqa: S608
        " ON d.account_id = w.account_id AND d.id = w.id",
        *columns(keys),
    )
    return [Delivery.read(row) for row in rows]


async def begin_delivery(account_id: UUID, delivery_id: UUID, *, at: datetime) -> bool:
    """Note that a mail is being handed over; False when it was sent or refused for good."""
    begun = await execute(
        "UPDATE delivery SET state = 'SENDING', attempts = attempts + 1, updated_at = $3"
        " WHERE account_id = $1 AND id = $2 AND state IN ('QUEUED', 'SENDING', 'FAILED')",
        account_id,
        delivery_id,
        at,
    )
    return begun == 1


async def end_delivery(
    account_id: UUID,
    delivery_id: UUID,
    state: DeliveryState,
    *,
    error: str | None,
    at: datetime,
) -> bool:
    """Note how handing over ended; False when another run noted an end before."""
    ended = await execute(
        "UPDATE delivery SET state = $3, last_error = $4, updated_at = $5"
        " WHERE account_id = $1 AND id = $2 AND state = 'SENDING'",
        account_id,
        delivery_id,
        state,
        error[:500] if error else None,
        at,
    )
    return ended == 1
