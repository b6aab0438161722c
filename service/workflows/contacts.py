"""Who receives an account's invoices."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from service.billing.errors import InputIssue, InvalidInput
from service.billing.events import BillingContactChanged
from service.billing.people import ContactStatus, is_email
from service.billing.text import clean_line
from service.ports import Ports
from service.store import accounts, events, idempotency
from service.store.database import new_id, transaction
from service.store.records import Contact
from service.workflows.accounts import is_locale

CONTACTS_MAX = 50


async def add(
    ports: Ports,
    account_id: UUID,
    *,
    idempotency_key: str,
    name: str,
    email: str,
    locale: str | None,
) -> Contact:
    """Add a contact; the same key with the same input answers the first one again.

    Raises:
        InvalidInput: a field is wrong, the address is taken, or the list is full.
        IdempotencyConflict: the key was used for something else.
        NotFound: the contact that this key made was removed since.
    """
    contact = _checked(
        Contact(
            id=new_id(),
            account_id=account_id,
            name=name,
            email=email,
            locale=locale,
            status=ContactStatus.ACTIVE,
            version=1,
        )
    )
    use = idempotency.key_use(idempotency_key, "addBillingContact", name, email, locale or "")
    made = await idempotency.result_of(account_id, use)
    if made is not None:
        return await accounts.find_contact(account_id, made)
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        kept = await idempotency.keep(account_id, use, contact.id, at=at)
        if kept != contact.id:
            return await accounts.find_contact(account_id, kept)
        if len(await accounts.contacts(account_id)) >= CONTACTS_MAX:
            raise InvalidInput.one(
                "email", "TOO_MANY", f"An account has at most {CONTACTS_MAX} billing contacts."
            )
        await accounts.add_contact(contact, at=at)
        await events.record(account_id, BillingContactChanged(contact.id), at=at)
    return contact


async def change(
    ports: Ports,
    account_id: UUID,
    contact_id: UUID,
    *,
    expected_version: int,
    name: str | None = None,
    email: str | None = None,
    locale: str | None = None,
) -> Contact:
    """Change the given fields of a contact; None leaves a field as it is. What stays as it is
    counts for no change.

    Raises:
        NotFound, StaleVersion, InvalidInput.
    """
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        current = await accounts.find_contact(account_id, contact_id)
        changed = _checked(
            replace(
                current,
                name=current.name if name is None else name,
                email=current.email if email is None else email,
                locale=current.locale if locale is None else locale,
            )
        )
        if changed == current and current.version == expected_version:
            return current
        written = await accounts.change_contact(changed, expected_version=expected_version)
        await events.record(account_id, BillingContactChanged(contact_id), at=ports.clock())
    return written


async def remove(ports: Ports, account_id: UUID, contact_id: UUID) -> None:
    """Take a contact off the list. Raises NotFound."""
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        await accounts.remove_contact(account_id, contact_id, at=at)
        await events.record(account_id, BillingContactChanged(contact_id), at=at)


def _checked(contact: Contact) -> Contact:
    name = clean_line(contact.name, longest=200)
    issues = []
    if name is None:
        issues.append(InputIssue(("name",), "INVALID", "A name is one line of 1 to 200 letters."))
    if not is_email(contact.email):
        issues.append(InputIssue(("email",), "INVALID", "This is not a mail address."))
    if contact.locale is not None and not (len(contact.locale) <= 20 and is_locale(contact.locale)):
        issues.append(InputIssue(("locale",), "INVALID", "This is not a locale."))
    if issues or name is None:
        raise InvalidInput(issues)
    return replace(contact, name=name)
