"""Accounts and their billing contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from service.billing.errors import InvalidInput, NotFound, StaleVersion
from service.billing.invoice import MONEY_ON_ITS_WAY
from service.billing.people import ContactStatus
from service.store.database import broke, execute, fetch, fetch_one, transaction
from service.store.invoices import LIVE_PAYMENT
from service.store.keys import owners
from service.store.records import Account, Contact
from service.store.tables import AccountRow, BillingContactRow


async def create(account: Account, *, at: datetime) -> None:
    """Store a new account.

    Raises:
        InvalidInput: the seller's reference is taken.
    """
    rate = account.tax_rate
    try:
        async with transaction():
            await AccountRow.create(
                id=account.id,
                reference=account.reference,
                name=account.name,
                email=account.email,
                plan=account.plan,
                currency=account.currency,
                charge_currency=account.charge_currency,
                locale=account.locale,
                time_zone=account.time_zone,
                address=account.address.as_json() if account.address else None,
                tax_id=account.tax_id,
                tax_name=rate.name if rate else None,
                tax_percent=rate.percent if rate else None,
                created_at=at,
                updated_at=at,
            )
    except IntegrityError as error:
        if broke(error, "account_reference_key"):
            raise InvalidInput.one("reference", "TAKEN", "This reference is taken.") from None
        raise


async def find(account_id: UUID) -> Account:
    """Raises NotFound."""
    row = await fetch_one("SELECT * FROM account WHERE id = $1", account_id)
    if row is None:
        raise NotFound("account")
    return Account.read(row)


async def find_many(account_ids: list[UUID]) -> list[Account]:
    """Those of the accounts that there are, in any order."""
    rows = await fetch("SELECT * FROM account WHERE id = ANY($1)", account_ids)
    return [Account.read(row) for row in rows]


async def find_by_references(references: list[str]) -> dict[str, Account]:
    """The accounts that the seller knows by these references, by reference."""
    rows = await fetch("SELECT * FROM account WHERE reference = ANY($1)", references)
    return {row["reference"]: Account.read(row) for row in rows}


async def ids(*, after: UUID | None = None, limit: int = 500) -> list[UUID]:
    """Account ids in order, a page at a time."""
    rows = await fetch(
        "SELECT id FROM account WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2",
        after,
        limit,
    )
    return [row["id"] for row in rows]


async def change_details(changed: Account, *, at: datetime) -> Account:
    """Write an account's name, address, mail address, locale and tax id, if nobody else did since
    it was read.

    Raises:
        StaleVersion: somebody did.
        NotFound.
    """
    written = await AccountRow.filter(id=changed.id, version=changed.version).update(
        name=changed.name,
        email=changed.email,
        locale=changed.locale,
        address=changed.address.as_json() if changed.address else None,
        tax_id=changed.tax_id,
        updated_at=at,
        version=F("version") + 1,
    )
    if written == 0:
        raise StaleVersion((await find(changed.id)).version)
    return replace(changed, version=changed.version + 1)


async def lock(account_id: UUID) -> None:
    """Let one transaction at a time change this account's money. Raises NotFound.

    Taken first by every transaction that moves an invoice or a payment, so that they cannot
    deadlock; readers and other accounts are not held up.
    """
    row = await fetch_one("SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE", account_id)
    if row is None:
        raise NotFound("account")


async def balances_due(account_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What accounts have to pay over all their open invoices, in minor units of their currency; an
    invoice whose payment is on its way is not due."""
    rows = await fetch(
        "SELECT i.account_id, sum(greatest(i.total_minor - i.paid_minor, 0))::bigint AS due"  # noqa: S608
        " FROM invoice i WHERE i.account_id = ANY($1) AND i.status = 'OPEN' AND NOT EXISTS"
        " (SELECT 1 FROM payment_allocation l JOIN payment p"
        " ON p.account_id = l.account_id AND p.id = l.payment_id"
        " WHERE l.account_id = i.account_id AND l.invoice_id = i.id AND l.live"
        f" AND {LIVE_PAYMENT} = ANY($2)) GROUP BY i.account_id",
        list(account_ids),
        list(MONEY_ON_ITS_WAY),
    )
    return dict.fromkeys(account_ids, 0) | {row["account_id"]: row["due"] for row in rows}


async def add_contact(contact: Contact, *, at: datetime) -> None:
    """Store a new contact.

    Raises:
        InvalidInput: another contact of the account has this address.
    """
    try:
        async with transaction():
            await BillingContactRow.create(
                id=contact.id,
                account_id=contact.account_id,
                name=contact.name,
                email=contact.email,
                locale=contact.locale,
                status=contact.status,
                created_at=at,
            )
    except IntegrityError as error:
        if broke(error, "billing_contact_email"):
            raise _email_taken() from None
        raise


async def contacts(account_id: UUID) -> list[Contact]:
    """The account's contacts in the order they were added."""
    return (await contacts_of_each([account_id]))[account_id]


async def contacts_of_each(account_ids: Sequence[UUID]) -> dict[UUID, list[Contact]]:
    """The contacts of each of some accounts, in the order they were added."""
    rows = await fetch(
        "SELECT * FROM billing_contact WHERE account_id = ANY($1) AND removed_at IS NULL"
        " ORDER BY id",
        list(account_ids),
    )
    found: dict[UUID, list[Contact]] = {account_id: [] for account_id in account_ids}
    for row in rows:
        found[row["account_id"]].append(Contact.read(row))
    return found


async def find_contact(account_id: UUID, contact_id: UUID) -> Contact:
    """Raises NotFound."""
    row = await fetch_one(
        "SELECT * FROM billing_contact WHERE account_id = $1 AND id = $2 AND removed_at IS NULL",
        account_id,
        contact_id,
    )
    if row is None:
        raise NotFound("billing contact")
    return Contact.read(row)


async def owners_of_contacts(contact_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The accounts of contacts, for the seller's staff only."""
    return await owners("billing_contact", contact_ids)


async def change_contact(changed: Contact, *, expected_version: int) -> Contact:
    """Write a contact's name, address and locale if nobody else did since `expected_version`.

    A changed address is no longer known to bounce.

    Raises:
        NotFound, StaleVersion, InvalidInput: as for a new contact.
    """
    current = await find_contact(changed.account_id, changed.id)
    if current.version != expected_version:
        raise StaleVersion(current.version)
    status = current.status if changed.email == current.email else ContactStatus.ACTIVE
    try:
        async with transaction():
            written = await BillingContactRow.filter(
                id=changed.id,
                account_id=changed.account_id,
                version=expected_version,
                removed_at=None,
            ).update(
                name=changed.name,
                email=changed.email,
                locale=changed.locale,
                status=status,
                version=F("version") + 1,
            )
    except IntegrityError as error:
        if broke(error, "billing_contact_email"):
            raise _email_taken() from None
        raise
    if written == 0:
        current = await find_contact(changed.account_id, changed.id)
        raise StaleVersion(current.version)
    return replace(changed, status=status, version=expected_version + 1)


async def remove_contact(account_id: UUID, contact_id: UUID, *, at: datetime) -> None:
    """Take a contact off the list; past deliveries keep it. Raises NotFound."""
    removed = await execute(
        "UPDATE billing_contact SET removed_at = $3, version = version + 1"
        " WHERE account_id = $1 AND id = $2 AND removed_at IS NULL",
        account_id,
        contact_id,
        at,
    )
    if removed == 0:
        raise NotFound("billing contact")


async def mark_bouncing(account_id: UUID, email: str) -> UUID | None:
    """Note that the contact with this address cannot be reached: its server refused for good.
    Returns which one that is; None when there is none, or it was known."""
    row = await fetch_one(
        "WITH marked AS (UPDATE billing_contact SET status = 'BOUNCING', version = version + 1"
        " WHERE account_id = $1 AND lower(email) = lower($2) AND status = 'ACTIVE'"
        " AND removed_at IS NULL RETURNING id) SELECT id FROM marked",
        account_id,
        email,
    )
    return row["id"] if row else None


def _email_taken() -> InvalidInput:
    return InvalidInput.one("email", "TAKEN", "Another billing contact has this address.")
