"""Examples of finding accounts, of their billing details, and of mailing an invoice again."""

from __future__ import annotations

from uuid import UUID

from service.billing.ids import Kind
from service.billing.people import Role
from tests.api.debts import Debt
from tests.api.harness import public
from tests.front.scenes_contacts import asha
from tests.front.stage import JSON, Ask, Stage, example
from tests.support.paper import ListMailer

ADDRESS = {
    "lines": ["14 MG Road", "3rd Floor"],
    "city": "Bengaluru",
    "region": "Karnataka",
    "postalCode": "560001",
    "countryCode": "IN",
}
# Another one than the contact was added with: keys count for an account, not for an operation.
RESEND_KEY = "9a0b8f3e-6c57-4f0e-8c39-2f4d1f6a7b10"
UPDATE = """mutation Update($input: UpdateBillingDetailsInput!) {
  updateBillingDetails(input: $input) { __typename } }"""
RESEND = """mutation Resend($input: ResendInvoiceInput!) {
  resendInvoice(input: $input) { __typename } }"""


# Finding


@example("Accounts", "default", "Accounts whose name begins so.", role=Role.SUPPORT)
async def found(stage: Stage) -> Ask:
    await stage.account()
    await stage.account(name="Contoso GmbH")
    return Ask({"search": "north", "first": 20})


@example("Accounts", "first-page", "The first two of three, by name.", role=Role.SUPPORT)
async def first_page(stage: Stage) -> Ask:
    for name in ("Northwind Robotics, Inc.", "Contoso GmbH", "Adventure Works"):
        await stage.account(name=name)
    return Ask({"first": 2})


@example("Accounts", "nothing-found", "Nobody is called so.", role=Role.SUPPORT)
async def nothing_found(stage: Stage) -> Ask:
    await stage.account()
    return Ask({"search": "nobody", "first": 20})


# Billing details


def change(**changed: object) -> JSON:
    given = {"expectedVersion": 1, "address": ADDRESS, "taxId": "29AAGCB7383J1Z4"}
    return {"input": given | changed}


@example("UpdateBillingDetails", "default", "An address and a tax id.", repeatable=False)
async def changed(stage: Stage) -> Ask:
    return Ask(change(), await stage.account())


@example("UpdateBillingDetails", "ValidationError", "The country is no code; the name is blank.")
async def wrong(stage: Stage) -> Ask:
    address = ADDRESS | {"countryCode": "India"}
    return Ask(change(address=address, name=" "), await stage.account())


@example("UpdateBillingDetails", "NotFoundError", "There is no such account.", role=Role.OPERATOR)
async def no_account(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(change(accountId=debt.invoice_id))


@example("UpdateBillingDetails", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_change(stage: Stage) -> Ask:
    return Ask(change(), await stage.account())


@example("UpdateBillingDetails", "StaleVersionError", "Somebody changed it since it was read.")
async def stale(stage: Stage) -> Ask:
    account_id = await stage.account()
    owner = stage.api.caller(Role.OWNER, account_id)
    await owner.ask(UPDATE, input={"expectedVersion": 1, "taxId": "29AAGCB7383J1Z4"})
    return Ask(change(), account_id)


# Mailing again


async def mailed(stage: Stage) -> Debt:
    """An invoice that was mailed an hour ago, to the account's address and to a contact."""
    stage.api.exchange(mailer=ListMailer())
    debt = await stage.debt()
    await asha(stage, debt.account_id)
    await stage.settle_all()
    stage.shop.clock.move(hours=1)
    return debt


def again(debt: Debt, **changed: object) -> JSON:
    given = {"idempotencyKey": RESEND_KEY, "invoiceId": debt.invoice_id}
    return {"input": given | changed}


@example("ResendInvoice", "default", "To everybody who gets invoices.", repeatable=False)
async def resent(stage: Stage) -> Ask:
    debt = await mailed(stage)
    return Ask(again(debt), debt.account_id)


@example("ResendInvoice", "ValidationError", "Nobody at this address gets the invoices.")
async def to_a_stranger(stage: Stage) -> Ask:
    debt = await mailed(stage)
    return Ask(again(debt, recipient="stranger@elsewhere.example"), debt.account_id)


@example("ResendInvoice", "NotFoundError", "An invoice of somebody else.")
async def not_theirs(stage: Stage) -> Ask:
    debt = await mailed(stage)
    return Ask(again(debt), await stage.account())


@example("ResendInvoice", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_mail(stage: Stage) -> Ask:
    debt = await mailed(stage)
    return Ask(again(debt), debt.account_id)


@example("ResendInvoice", "TooSoonError", "It was mailed a moment ago: `retryAt` says when.")
async def too_soon(stage: Stage) -> Ask:
    debt = await mailed(stage)
    await debt.owner.ask(RESEND, **again(debt, idempotencyKey="another-key"))
    stage.shop.clock.move(seconds=20)
    return Ask(again(debt), debt.account_id)


@example("ResendInvoice", "IdempotencyConflictError", "The key was used for one address.")
async def other_input(stage: Stage) -> Ask:
    debt = await mailed(stage)
    await debt.owner.ask(RESEND, **again(debt, recipient="asha@northwind.example"))
    stage.shop.clock.move(minutes=5)
    return Ask(again(debt), debt.account_id)


# What is told of it


@example(
    "BillingEvents", "details", "A contact is added, and the details change.", repeatable=False
)
async def told(stage: Stage) -> Ask:
    account_id = await stage.account()

    async def added() -> None:
        await asha(stage, account_id)

    async def details() -> None:
        owner = stage.api.caller(Role.OWNER, account_id)
        await owner.ask(UPDATE, **change())

    return Ask({}, account_id, [(added, 1), (details, 1)])


@example(
    "BillingEvents",
    "staff",
    "Staff follow an account's log.",
    role=Role.SUPPORT,
)
async def followed_by_staff(stage: Stage) -> Ask:
    account_id = await stage.account()
    owner = stage.api.caller(Role.OWNER, account_id)
    page = await owner.ask("{ billingEvents { endCursor } }")
    await asha(stage, account_id)
    variables = {"accountId": account(account_id), "after": page["billingEvents"]["endCursor"]}
    return Ask(variables, events=1)


def account(account_id: UUID) -> str:
    return public(Kind.ACCOUNT, account_id)
