"""Examples of what customers read: the menu, the lists, an invoice, contacts and cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from service.billing.people import Plan, Role
from service.billing.period import Month
from service.store import accounts
from service.store.records import Invoice, Payment
from tests.front.scenes_contacts import a_contact
from tests.front.stage import Ask, Stage, checkout_id, example, invoice_id, pay

MAY, JUNE, JULY, AUGUST = (Month(2026, n) for n in range(5, 9))


@dataclass
class Months:
    """An account with five invoices, each in another state on 11 October 2026."""

    account_id: UUID
    refunded: Invoice
    paid: Invoice
    overdue: Invoice
    processing: Invoice
    due: Invoice


async def five_months(stage: Stage, **given: Any) -> Months:
    account_id = await stage.account(**given)
    refunded = await stage.invoice(account_id, "310.50", MAY)
    await refund(stage, await pay(stage, refunded))
    paid = await stage.invoice(account_id, "842.10", JUNE)
    await pay(stage, paid)
    overdue = await stage.invoice(account_id, "97.25", JULY)
    processing = await stage.invoice(account_id, "1249.00", AUGUST)
    due = await stage.invoice(account_id, "455.00")
    await stage.settle_all()
    stage.shop.clock.move(days=5)
    await pay(stage, processing, "debit_succeeds")
    return Months(account_id, refunded, paid, overdue, processing, due)


async def refund(stage: Stage, payment: Payment) -> None:
    """Give all of it back at the gateway."""
    intent = stage.shop.sandbox.book.get("payment_intent", payment.transaction or "")
    stage.shop.sandbox.dashboard.refund(intent["latest_charge"], payment.quote.charged.minor_units)
    await stage.shop.settle(payment.account_id, payment.id, thorough=True)


# Who asks


@example("Viewer", "default", "An owner on the PAID plan, who owes something.")
async def an_owner(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask({}, debt.account_id)


@example(
    "Viewer", "free-plan", "On the FREE plan there is no invoices section; a notice tells why."
)
async def on_the_free_plan(stage: Stage) -> Ask:
    debt = await stage.debt(plan=Plan.FREE)
    return Ask({}, debt.account_id)


@example("Viewer", "staff", "The seller's staff belongs to no account.", role=Role.SUPPORT)
async def of_the_staff(stage: Stage) -> Ask:
    return Ask({})


# Invoices


@example("Invoices", "default", "Five months, newest first, each in another state.")
async def invoices(stage: Stage) -> Ask:
    months = await five_months(stage)
    return Ask({"first": 20}, months.account_id)


@example("Invoices", "first-page", "The first two of five: there is more after `endCursor`.")
async def first_page(stage: Stage) -> Ask:
    months = await five_months(stage)
    return Ask({"first": 2}, months.account_id)


@example("Invoices", "next-page", "What comes after the first page.")
async def next_page(stage: Stage) -> Ask:
    months = await five_months(stage)
    owner = stage.api.caller(Role.OWNER, months.account_id)
    page = "{ viewer { account { invoices(first: 2) { pageInfo { endCursor } } } } }"
    shown = (await owner.ask(page))["viewer"]["account"]["invoices"]
    return Ask({"first": 2, "after": shown["pageInfo"]["endCursor"]}, months.account_id)


@example("Invoices", "filtered", "Only what is shown as overdue or due.")
async def filtered(stage: Stage) -> Ask:
    months = await five_months(stage)
    wanted = {"displayStatus": ["OVERDUE", "DUE"]}
    return Ask({"first": 20, "filter": wanted}, months.account_id)


@example("Invoices", "empty", "An account that was never billed.")
async def empty(stage: Stage) -> Ask:
    return Ask({"first": 20}, await stage.account())


@example("Invoices", "free-plan", "On the FREE plan the list has what is still to be paid.")
async def listed_on_the_free_plan(stage: Stage) -> Ask:
    months = await five_months(stage, plan=Plan.FREE)
    return Ask({"first": 20}, months.account_id)


@example("Invoice", "default", "An invoice that is due, with its PDF and mails.")
async def invoice_due(stage: Stage) -> Ask:
    debt = await stage.debt()
    await stage.settle_all()
    return Ask({"by": {"id": debt.invoice_id}}, debt.account_id)


@example("Invoice", "paid", "Paid by card, with the receipt and the exchange rate of the payment.")
async def invoice_paid(stage: Stage) -> Ask:
    debt = await stage.debt()
    await stage.settle_all()
    await pay(stage, debt.invoice)
    await stage.settle_all()
    return Ask({"by": {"number": debt.invoice.number}}, debt.account_id)


@example("Invoice", "declined", "The card was declined: `failure.nextAction` says what helps.")
async def invoice_declined(stage: Stage) -> Ask:
    debt = await stage.debt()
    await pay(stage, debt.invoice, "insufficient_funds")
    return Ask({"by": {"id": debt.invoice_id}}, debt.account_id)


@example("Invoice", "processing", "The bank works on it: `progress` says until when.")
async def invoice_processing(stage: Stage) -> Ask:
    debt = await stage.debt()
    await pay(stage, debt.invoice, "debit_succeeds")
    return Ask({"by": {"id": debt.invoice_id}}, debt.account_id)


@example("Invoice", "not-there", "What is not there and what is not yours are answered alike.")
async def invoice_not_there(stage: Stage) -> Ask:
    return Ask({"by": {"number": "INV-2627-009999"}}, await stage.account())


@example("InvoiceDocument", "default", "Links that open without a token, for some minutes.")
async def document_ready(stage: Stage) -> Ask:
    debt = await stage.debt()
    await stage.settle_all()
    return Ask({"id": debt.invoice_id}, debt.account_id)


@example("InvoiceDocument", "queued", "The PDF waits to be printed; the page can be seen already.")
async def document_queued(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask({"id": debt.invoice_id}, debt.account_id)


@example("PayableInvoices", "default", "Two to be paid together, and one that was paid since.")
async def chosen(stage: Stage) -> Ask:
    months = await five_months(stage)
    wanted = [months.due, months.overdue, months.paid]
    return Ask({"ids": [invoice_id(one) for one in wanted]}, months.account_id)


@example("Payments", "default", "Attempts to pay, newest first.")
async def payments(stage: Stage) -> Ask:
    months = await five_months(stage)
    return Ask({"first": 20}, months.account_id)


# Checkouts


@example("CheckoutSession", "default", "The page waits; the quote holds until a time.")
async def checkout_open(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask({"id": checkout_id(await debt.start())}, debt.account_id)


@example("CheckoutSession", "declined", "A declined card leaves the page open for another one.")
async def checkout_declined(stage: Stage) -> Ask:
    debt = await stage.debt()
    payment = await pay(stage, debt.invoice, "declined")
    return Ask({"id": checkout_id(payment)}, debt.account_id)


@example("CheckoutSession", "processing", "The money is on its way: `progress` has the deadline.")
async def checkout_processing(stage: Stage) -> Ask:
    debt = await stage.debt()
    payment = await pay(stage, debt.invoice, "debit_succeeds")
    return Ask({"id": checkout_id(payment)}, debt.account_id)


@example("CheckoutSession", "complete", "Paid: its invoices are settled.")
async def checkout_complete(stage: Stage) -> Ask:
    debt = await stage.debt()
    payment = await pay(stage, debt.invoice)
    return Ask({"id": checkout_id(payment)}, debt.account_id)


@example("CheckoutSession", "expired", "The page was not used in time.")
async def checkout_expired(stage: Stage) -> Ask:
    debt = await stage.debt()
    payment = await debt.start()
    stage.shop.clock.move(hours=2)
    await debt.settled(payment)
    return Ask({"id": checkout_id(payment)}, debt.account_id)


@example("CheckoutSession", "not-there", "No checkout of yours has this id.")
async def checkout_not_there(stage: Stage) -> Ask:
    debt = await stage.debt()
    elsewhere = await debt.start()
    return Ask({"id": checkout_id(elsewhere)}, await stage.account())


# People and cases


@example("BillingContacts", "default", "Two people, one of whom mails come back from.")
async def people(stage: Stage) -> Ask:
    account_id = await stage.account()
    await a_contact(stage, account_id, "Asha Rao", "asha@northwind.example", "hi-IN")
    await a_contact(stage, account_id, "Lee Jones", "lee@northwind.example")
    await accounts.mark_bouncing(account_id, "lee@northwind.example")
    return Ask({}, account_id)


@example("BillingContacts", "empty", "Only the account's own address receives invoices.")
async def nobody(stage: Stage) -> Ask:
    return Ask({}, await stage.account())


@example("BillingDetails", "default", "What the invoices are addressed to.")
async def details(stage: Stage) -> Ask:
    return Ask({}, await stage.account())


@example("SupportCases", "empty", "Nothing has to be looked at.")
async def no_cases(stage: Stage) -> Ask:
    return Ask({"first": 20, "status": "OPEN"}, await stage.account())


# The log


@example("BillingEventPage", "default", "The log from its beginning: an invoice that was paid.")
async def log(stage: Stage) -> Ask:
    debt = await stage.debt()
    await pay(stage, debt.invoice)
    return Ask({"first": 50}, debt.account_id)


@example("BillingEventPage", "nothing-new", "Nothing since: `endCursor` is where you were.")
async def nothing_new(stage: Stage) -> Ask:
    debt = await stage.debt()
    page = await debt.owner.ask("{ billingEvents { endCursor } }")
    return Ask({"after": page["billingEvents"]["endCursor"]}, debt.account_id)


@example("BillingEventPage", "more", "A short page: ask again with `endCursor` at once.")
async def more(stage: Stage) -> Ask:
    debt = await stage.debt()
    await pay(stage, debt.invoice)
    return Ask({"first": 2}, debt.account_id)
