"""Payment links: made, used once, revoked. A token itself is never stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from service.billing.errors import NotFound
from service.store.database import execute, fetch, fetch_one
from service.store.keys import WANTED, Key, columns, lists_of, owners
from service.store.money_records import PaymentLink


def digest_of(token: str) -> str:
    """What is kept of a token: its SHA-256 in hexadecimal."""
    return sha256(token.encode()).hexdigest()


async def create(link: PaymentLink, token: str) -> None:
    """Store a link. Must run inside `transaction()`."""
    await execute(
        "INSERT INTO payment_link (id, account_id, invoice_id, token_sha256, amount_minor,"
        " currency, invoice_version, created_by, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        link.id,
        link.account_id,
        link.invoice_id,
        digest_of(token),
        link.amount.minor_units,
        link.amount.currency,
        link.invoice_version,
        link.created_by[:254],
        link.created_at,
        link.expires_at,
    )


async def by_token(token: str) -> PaymentLink | None:
    """The link that a token opens, whatever became of it."""
    row = await fetch_one("SELECT * FROM payment_link WHERE token_sha256 = $1", digest_of(token))
    return PaymentLink.read(row) if row else None


async def use(link: PaymentLink, payment_id: UUID, *, at: datetime) -> bool:
    """Take a link's single use for an attempt; False when it was used, revoked or has expired."""
    used = await execute(
        "UPDATE payment_link SET used_at = $4, payment_id = $3 WHERE account_id = $1 AND id = $2"
        " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $4",
        link.account_id,
        link.id,
        payment_id,
        at,
    )
    return used == 1


async def revoke(account_id: UUID, link_id: UUID, *, at: datetime) -> None:
    """End a link; ending it again changes nothing."""
    # Another process, whose clock is ahead, may have used it: greatest() leaves NULL out.
    await execute(
        "UPDATE payment_link SET revoked_at = greatest($3, used_at)"
        " WHERE account_id = $1 AND id = $2"
        " AND revoked_at IS NULL",
        account_id,
        link_id,
        at,
    )


async def find(account_id: UUID, link_id: UUID) -> PaymentLink:
    """Raises NotFound."""
    found = await find_each([(account_id, link_id)])
    if not found:
        raise NotFound("payment link")
    return found[0]


async def find_each(keys: Sequence[Key]) -> list[PaymentLink]:
    """Those of the links that there are, in any order."""
    rows = await fetch(
        f"SELECT l.* FROM {WANTED} JOIN payment_link l"  # noqa: S608
        " ON l.account_id = w.account_id AND l.id = w.id",
        *columns(keys),
    )
    return [PaymentLink.read(row) for row in rows]


async def owner_of(link_id: UUID) -> UUID:
    """The account of a link, for the seller's staff only. Raises NotFound."""
    row = await fetch_one("SELECT account_id FROM payment_link WHERE id = $1", link_id)
    if row is None:
        raise NotFound("payment link")
    return UUID(str(row["account_id"]))


async def owners_of(link_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The accounts of links, for the seller's staff only."""
    return await owners("payment_link", link_ids)


async def of_invoices(keys: Sequence[Key]) -> dict[Key, list[PaymentLink]]:
    """The links of invoices, newest first."""
    rows = await fetch(
        f"SELECT l.* FROM {WANTED} JOIN payment_link l"  # noqa: S608
        " ON l.account_id = w.account_id AND l.invoice_id = w.id ORDER BY l.id DESC",
        *columns(keys),
    )
    return lists_of(keys, rows, "invoice_id", PaymentLink.read)
