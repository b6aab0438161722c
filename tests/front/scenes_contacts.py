"""Examples of who receives the invoices, and of changing that."""

from __future__ import annotations

from uuid import UUID

from service.billing.ids import Kind
from service.billing.people import Role
from service.store.records import Contact
from service.workflows import contacts
from tests.api.harness import public
from tests.front.stage import JSON, KEY, Ask, Stage, example

ASHA: JSON = {
    "idempotencyKey": KEY,
    "name": "Asha Rao",
    "email": "asha@northwind.example",
    "locale": "hi-IN",
}


async def a_contact(
    stage: Stage, account_id: UUID, name: str, email: str, locale: str | None = None
) -> Contact:
    return await contacts.add(
        stage.shop.ports,
        account_id,
        idempotency_key=KEY if name == ASHA["name"] else f"key of {email}",
        name=name,
        email=email,
        locale=locale,
    )


async def asha(stage: Stage, account_id: UUID) -> Contact:
    """The contact that AddBillingContact's examples add."""
    return await a_contact(stage, account_id, ASHA["name"], ASHA["email"], ASHA["locale"])


async def known(stage: Stage) -> tuple[UUID, Contact]:
    account_id = await stage.account()
    return account_id, await asha(stage, account_id)


def change(contact: Contact, **changed: object) -> JSON:
    given = {
        "billingContactId": public(Kind.CONTACT, contact.id),
        "expectedVersion": contact.version,
        "name": "Asha R. Rao",
    }
    return {"input": given | changed}


@example("AddBillingContact", "default", "Asha receives invoices from now on.", repeatable=False)
async def added(stage: Stage) -> Ask:
    return Ask({"input": ASHA}, await stage.account())


@example("AddBillingContact", "repeated", "The same key and input again: nobody is added twice.")
async def added_before(stage: Stage) -> Ask:
    account_id, _ = await known(stage)
    return Ask({"input": ASHA}, account_id)


@example("AddBillingContact", "ValidationError", "All that is wrong is listed, each with its path.")
async def wrong(stage: Stage) -> Ask:
    given = ASHA | {"name": " ", "email": "asha@", "locale": "klingon"}
    given["email"] = "asha@northwind.example."
    return Ask({"input": given}, await stage.account())


@example("AddBillingContact", "NotFoundError", "The contact that this key added was removed since.")
async def removed_since(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    await contacts.remove(stage.shop.ports, account_id, contact.id)
    return Ask({"input": ASHA}, account_id)


@example("AddBillingContact", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_add(stage: Stage) -> Ask:
    return Ask({"input": ASHA}, await stage.account())


@example("AddBillingContact", "IdempotencyConflictError", "The key was used for somebody else.")
async def other_input(stage: Stage) -> Ask:
    account_id, _ = await known(stage)
    return Ask({"input": ASHA | {"name": "Asha Roy"}}, account_id)


@example("UpdateBillingContact", "default", "The name is changed.", repeatable=False)
async def changed(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    return Ask(change(contact), account_id)


@example("UpdateBillingContact", "ValidationError", "Another contact has this address.")
async def taken(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    lee = await a_contact(stage, account_id, "Lee Jones", "lee@northwind.example")
    return Ask(change(contact, email=lee.email), account_id)


@example("UpdateBillingContact", "NotFoundError", "It was removed meanwhile.")
async def changed_too_late(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    await contacts.remove(stage.shop.ports, account_id, contact.id)
    return Ask(change(contact), account_id)


@example("UpdateBillingContact", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_change(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    return Ask(change(contact), account_id)


@example("UpdateBillingContact", "StaleVersionError", "Somebody changed it since it was read.")
async def stale(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    await contacts.change(
        stage.shop.ports, account_id, contact.id, expected_version=1, name="A. Rao"
    )
    return Ask(change(contact), account_id)


def removal(contact: Contact) -> JSON:
    return {"input": {"billingContactId": public(Kind.CONTACT, contact.id)}}


@example("RemoveBillingContact", "default", "No more mails go there.", repeatable=False)
async def removed(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    return Ask(removal(contact), account_id)


@example("RemoveBillingContact", "NotFoundError", "It was removed before.")
async def removed_twice(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    await contacts.remove(stage.shop.ports, account_id, contact.id)
    return Ask(removal(contact), account_id)


@example("RemoveBillingContact", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_remove(stage: Stage) -> Ask:
    account_id, contact = await known(stage)
    return Ask(removal(contact), account_id)
