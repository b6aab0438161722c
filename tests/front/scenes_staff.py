"""Examples of the seller's staff: looking things up, links, refunds and bank transfers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from service.billing.ids import Kind
from service.billing.people import Role
from service.store.money_records import PaymentLink
from service.workflows import offline, payment_links
from service.workflows.offline import OfflinePayment
from tests.api.debts import Debt
from tests.api.harness import public
from tests.front.scenes_reading import five_months
from tests.front.stage import JSON, KEY, Ask, Stage, example, pay, payment_id

STAFF_MAIL = "support@northwind.example"


@example("StaffAccount", "default", "An account with its invoices and people.", role=Role.SUPPORT)
async def account(stage: Stage) -> Ask:
    months = await five_months(stage)
    return Ask({"id": public(Kind.ACCOUNT, months.account_id), "first": 20})


@example("StaffAccount", "not-there", "There is no such account.", role=Role.SUPPORT)
async def no_account(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask({"id": debt.invoice_id})


@example(
    "StaffInvoice",
    "default",
    "With the payout of its payment, and a link that was made for it.",
    role=Role.SUPPORT,
)
async def invoice(stage: Stage) -> Ask:
    book = stage.shop.sandbox.book
    book.settings = replace(
        book.settings, settlement_currency="usd", settlement_rates={"inr": Decimal("0.0104")}
    )
    debt = await stage.debt()
    await linked(stage, debt)
    payment = await pay(stage, debt.invoice)
    stage.shop.clock.move(seconds=5)
    await debt.settled(payment, thorough=True)
    await stage.settle_all()
    return Ask({"by": {"number": debt.invoice.number}})


@example("StaffInvoice", "not-there", "No invoice has this number.", role=Role.SUPPORT)
async def no_invoice(stage: Stage) -> Ask:
    await stage.debt()
    return Ask({"by": {"number": "INV-2627-009999"}})


# Links


async def linked(stage: Stage, debt: Debt) -> PaymentLink:
    wanted = payment_links.LinkRequest(debt.invoice.id, STAFF_MAIL, KEY)
    return (await payment_links.create(stage.shop.ports, debt.account_id, wanted)).link


def link_for(debt: Debt, **changed: object) -> JSON:
    given = {"idempotencyKey": KEY, "invoiceId": debt.invoice_id}
    return {"input": given | changed}


@example(
    "CreatePaymentLink",
    "default",
    "A link to send to the payer. Its `url` is told this once.",
    role=Role.SUPPORT,
    repeatable=False,
)
async def link_made(stage: Stage) -> Ask:
    return Ask(link_for(await stage.debt(), expiresInHours=48))


@example("CreatePaymentLink", "repeated", "The same key again: no `url`.", role=Role.SUPPORT)
async def link_made_before(stage: Stage) -> Ask:
    debt = await stage.debt()
    await linked(stage, debt)
    return Ask(link_for(debt))


@example("CreatePaymentLink", "ValidationError", "It would live too long.", role=Role.SUPPORT)
async def too_long(stage: Stage) -> Ask:
    return Ask(link_for(await stage.debt(), expiresInHours=721))


@example("CreatePaymentLink", "NotFoundError", "There is no such invoice.", role=Role.SUPPORT)
async def link_for_nothing(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(link_for(debt, invoiceId=public(Kind.ACCOUNT, debt.account_id)))


@example("CreatePaymentLink", "ForbiddenError", "Customers pay by StartCheckout.")
async def may_not_link(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(link_for(debt), debt.account_id)


@example("CreatePaymentLink", "InvoiceNotPayableError", "It is paid.", role=Role.SUPPORT)
async def link_for_paid(stage: Stage) -> Ask:
    debt = await stage.debt()
    await pay(stage, debt.invoice)
    return Ask(link_for(debt))


@example(
    "CreatePaymentLink",
    "IdempotencyConflictError",
    "The key was used with another lifetime.",
    role=Role.SUPPORT,
)
async def other_link(stage: Stage) -> Ask:
    debt = await stage.debt()
    await linked(stage, debt)
    return Ask(link_for(debt, expiresInHours=1))


def end_of(link: PaymentLink) -> JSON:
    return {"input": {"paymentLinkId": public(Kind.LINK, link.id)}}


@example("RevokePaymentLink", "default", "It opens nothing any more.", role=Role.SUPPORT)
async def revoked(stage: Stage) -> Ask:
    return Ask(end_of(await linked(stage, await stage.debt())))


@example("RevokePaymentLink", "NotFoundError", "There is no such link.", role=Role.SUPPORT)
async def nothing_to_revoke(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask({"input": {"paymentLinkId": debt.invoice_id}})


@example("RevokePaymentLink", "ForbiddenError", "Customers end no links.")
async def may_not_revoke(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(end_of(await linked(stage, debt)), debt.account_id)


# Refunds


async def refund(stage: Stage, **changed: object) -> tuple[Debt, JSON]:
    debt = await stage.debt()
    payment = await pay(stage, debt.invoice)
    given = {
        "idempotencyKey": KEY,
        "paymentId": payment_id(payment),
        "charged": "250000",
        "note": "Agreed by telephone",
    }
    return debt, {"input": given | changed}


@example(
    "RefundPayment",
    "default",
    "A part goes back; the gateway is asked to do it.",
    role=Role.OPERATOR,
    repeatable=False,
)
async def refunded(stage: Stage) -> Ask:
    return Ask((await refund(stage))[1])


@example("RefundPayment", "ValidationError", "More than was paid.", role=Role.OPERATOR)
async def too_much(stage: Stage) -> Ask:
    return Ask((await refund(stage, charged="99999999"))[1])


@example("RefundPayment", "NotFoundError", "There is no such payment.", role=Role.OPERATOR)
async def nothing_to_refund(stage: Stage) -> Ask:
    debt, _ = await refund(stage)
    return Ask((await refund(stage, paymentId=debt.invoice_id))[1])


@example("RefundPayment", "ForbiddenError", "Only operators give money back.", role=Role.SUPPORT)
async def may_not_refund(stage: Stage) -> Ask:
    return Ask((await refund(stage))[1])


@example(
    "RefundPayment",
    "IdempotencyConflictError",
    "The key was used before.",
    role=Role.OPERATOR,
)
async def other_refund(stage: Stage) -> Ask:
    _, variables = await refund(stage)
    operator = stage.api.caller(Role.OPERATOR)
    send = "mutation($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }"
    await operator.ask(send, **variables)
    return Ask({"input": variables["input"] | {"charged": "1"}})


# Bank transfers


def transfer(debt: Debt, **changed: object) -> JSON:
    given = {
        "idempotencyKey": KEY,
        "invoiceId": debt.invoice_id,
        "amount": "50000",
        "bankReference": "UTR 4711",
        "receivedOn": "2026-10-10",
    }
    return {"input": given | changed}


@example(
    "RecordOfflinePayment",
    "default",
    "A part was received by bank transfer.",
    role=Role.OPERATOR,
    repeatable=False,
)
async def recorded(stage: Stage) -> Ask:
    return Ask(transfer(await stage.debt()))


@example("RecordOfflinePayment", "ValidationError", "More than is due.", role=Role.OPERATOR)
async def more_than_due(stage: Stage) -> Ask:
    return Ask(transfer(await stage.debt(), amount="124901"))


@example("RecordOfflinePayment", "NotFoundError", "There is no such invoice.", role=Role.OPERATOR)
async def for_nothing(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(transfer(debt, invoiceId=public(Kind.ACCOUNT, debt.account_id)))


@example("RecordOfflinePayment", "ForbiddenError", "Only operators do.", role=Role.SUPPORT)
async def may_not_record(stage: Stage) -> Ask:
    return Ask(transfer(await stage.debt()))


@example("RecordOfflinePayment", "InvoiceNotPayableError", "It is paid.", role=Role.OPERATOR)
async def paid_before(stage: Stage) -> Ask:
    debt = await stage.debt()
    await pay(stage, debt.invoice)
    return Ask(transfer(debt))


@example(
    "RecordOfflinePayment",
    "IdempotencyConflictError",
    "The key recorded another sum.",
    role=Role.OPERATOR,
)
async def other_transfer(stage: Stage) -> Ask:
    debt = await stage.debt()
    operator = stage.api.caller(Role.OPERATOR)
    send = (
        "mutation($input: RecordOfflinePaymentInput!)"
        " { recordOfflinePayment(input: $input) { __typename } }"
    )
    await operator.ask(send, **transfer(debt))
    return Ask(transfer(debt, amount="1"))


@example(
    "RecordOfflinePayment",
    "beyond-due",
    "More came than is due, and all of it is recorded: the rest is owed to the payer.",
    role=Role.OPERATOR,
    repeatable=False,
)
async def overpaid(stage: Stage) -> Ask:
    return Ask(transfer(await stage.debt(), amount="150000", beyondDue=True))


async def returned(stage: Stage, **changed: object) -> tuple[Debt, JSON]:
    """An account that transferred 1500.00 for what was 1249.00, and what goes back of it."""
    debt = await stage.debt()
    came = OfflinePayment(
        debt.invoice.id, 150_000, "UTR 4711", date(2026, 10, 10), STAFF_MAIL, KEY, beyond_due=True
    )
    payment = await offline.record(stage.shop.ports, debt.account_id, came)
    given = {
        "idempotencyKey": "8c1d4c52-90b7-4d0f-8a51-5f0d0c6b3c11",
        "paymentId": payment_id(payment),
        "amount": "25100",
        "bankReference": "OUT 17",
        "returnedOn": "2026-10-11",
    }
    return debt, {"input": given | changed}


@example(
    "RecordOfflineRefund",
    "default",
    "What came beyond what was due went back by bank; its case is closed by that.",
    role=Role.OPERATOR,
    repeatable=False,
)
async def sent_back(stage: Stage) -> Ask:
    return Ask((await returned(stage))[1])


@example("RecordOfflineRefund", "ValidationError", "More than is left of it.", role=Role.OPERATOR)
async def more_than_is_left(stage: Stage) -> Ask:
    return Ask((await returned(stage, amount="150001"))[1])


@example("RecordOfflineRefund", "NotFoundError", "There is no such payment.", role=Role.OPERATOR)
async def nothing_to_send_back(stage: Stage) -> Ask:
    debt, variables = await returned(stage)
    return Ask({"input": variables["input"] | {"paymentId": debt.invoice_id}})


@example("RecordOfflineRefund", "ForbiddenError", "Only operators do.", role=Role.SUPPORT)
async def may_not_send_back(stage: Stage) -> Ask:
    return Ask((await returned(stage))[1])


@example(
    "RecordOfflineRefund",
    "IdempotencyConflictError",
    "The key recorded another sum.",
    role=Role.OPERATOR,
)
async def other_return(stage: Stage) -> Ask:
    _, variables = await returned(stage)
    operator = stage.api.caller(Role.OPERATOR)
    send = (
        "mutation($input: RecordOfflineRefundInput!)"
        " { recordOfflineRefund(input: $input) { __typename } }"
    )
    await operator.ask(send, **variables)
    return Ask({"input": variables["input"] | {"amount": "1"}})
