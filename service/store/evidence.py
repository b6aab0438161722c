"""What was seen and done about payments and invoices, oldest first; only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from service.billing.evidence import Evidence, Fact
from service.store.database import fetch, fetch_one, new_id
from service.store.keys import WANTED, Key, columns, lists_of
from service.store.money_records import EvidenceRecord
from service.store.records import Payment

# Of one invoice or payment; what is older is kept, and no screen is read that far.
SHOWN_MAX = 200

_INSERT = """
INSERT INTO evidence (id, account_id, invoice_id, payment_id, fact, source, reference, note,
    amount_minor, currency, expected_minor, expected_currency, at)
SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::varchar, $6, $7, $8, $9::bigint, $10,
    $11::bigint, $12, $13::timestamptz
"""
# A look that finds what the one before it found is no news.
_UNLESS_REPEATED = """
WHERE $5::varchar IS DISTINCT FROM (
    SELECT fact FROM evidence WHERE account_id = $2 AND payment_id = $4 ORDER BY id DESC LIMIT 1
)
"""


async def add(
    account_id: UUID,
    seen: Evidence,
    *,
    at: datetime,
    payment_id: UUID | None = None,
    invoice_id: UUID | None = None,
    unless_repeated: bool = False,
) -> bool:
    """Keep a piece of evidence about a payment or an invoice; return whether it was kept.

    With `unless_repeated` nothing is kept when the payment's newest piece says the same.
    """
    amount, expected = seen.amount, seen.expected
    kept = await fetch(
        f"WITH kept AS ({_INSERT}{_UNLESS_REPEATED if unless_repeated else ''} RETURNING id)"  # noqa: S608
        " SELECT id FROM kept",
        new_id(),
        account_id,
        invoice_id,
        payment_id,
        str(seen.fact),
        str(seen.witness.source),
        seen.witness.reference[:255] if seen.witness.reference else None,
        seen.note[:500] if seen.note else None,
        amount.minor_units if amount else None,
        amount.currency if amount else None,
        expected.minor_units if expected else None,
        expected.currency if expected else None,
        at,
    )
    return bool(kept)


async def newest_of(payment: Payment) -> Fact | None:
    """What the newest piece of evidence about a payment says; None when there is none."""
    row = await fetch_one(
        "SELECT fact FROM evidence WHERE account_id = $1 AND payment_id = $2"
        " ORDER BY id DESC LIMIT 1",
        payment.account_id,
        payment.id,
    )
    return Fact(row["fact"]) if row else None


# What can be had as often as one likes must not push out of sight what moved money.
_ORDINARY = ", ".join(
    f"'{fact}'"
    for fact in (
        Fact.CLAIMED,
        Fact.DECLINED,
        Fact.GATEWAY_SILENT,
        Fact.LINK_CREATED,
        Fact.PAGE_OPENED,
        Fact.PAYER_RETURNED,
        Fact.SEEN_OPEN,
    )
)
_NEWEST = f"ORDER BY fact IN ({_ORDINARY}), id DESC LIMIT {SHOWN_MAX}"


async def add_claim(account_id: UUID, invoice_id: UUID, said: Evidence, *, at: datetime) -> None:
    """Keep what a customer says of an invoice, once as long as they say the same."""
    listed = await fetch(
        "SELECT reference, note FROM evidence WHERE account_id = $1 AND invoice_id = $2"
        " AND fact = 'CLAIMED' ORDER BY id DESC LIMIT 1",
        account_id,
        invoice_id,
    )
    if not listed or (listed[0]["reference"], listed[0]["note"]) != (
        said.witness.reference,
        said.note,
    ):
        await add(account_id, said, at=at, invoice_id=invoice_id)


async def of_invoices(keys: Sequence[Key]) -> dict[Key, list[EvidenceRecord]]:
    """Evidence about invoices and about the payments meant for them, oldest first: `SHOWN_MAX`
    pieces of each, the newest that tell of money or a status before those that do not."""
    rows = await fetch(
        f"SELECT w.id AS about, e.* FROM {WANTED} CROSS JOIN LATERAL"  # noqa: S608
        " (SELECT * FROM (SELECT * FROM evidence"
        " WHERE account_id = w.account_id AND invoice_id = w.id"
        " UNION SELECT e.* FROM payment_allocation l JOIN evidence e"
        " ON e.account_id = l.account_id AND e.payment_id = l.payment_id"
        " WHERE l.account_id = w.account_id AND l.invoice_id = w.id) b"
        f" {_NEWEST}) e ORDER BY e.id",
        *columns(keys),
    )
    return lists_of(keys, rows, "about", EvidenceRecord.read)


async def of_payments(keys: Sequence[Key]) -> dict[Key, list[EvidenceRecord]]:
    """Evidence about payments, chosen in the same way."""
    rows = await fetch(
        f"SELECT w.id AS about, e.* FROM {WANTED} CROSS JOIN LATERAL"  # noqa: S608
        " (SELECT * FROM evidence WHERE account_id = w.account_id AND payment_id = w.id"
        f" {_NEWEST}) e ORDER BY e.id",
        *columns(keys),
    )
    return lists_of(keys, rows, "about", EvidenceRecord.read)
