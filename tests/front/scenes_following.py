"""Examples of subscriptions: what is told while somebody listens, and what was missed."""

from __future__ import annotations

from service.billing.people import Role
from service.workflows import documents
from tests.front.scenes_staff import linked
from tests.front.stage import JSON, Ask, Stage, checkout_id, example, paid_by, pay

LAST_CURSOR = "{ billingEvents(first: 1) { endCursor } }"


@example("BillingEvents", "default", "A payment begins, is captured, settles.", repeatable=False)
async def paying(stage: Stage) -> Ask:
    debt = await stage.debt()

    async def ends() -> None:
        await paid_by(stage, await stage.shop.live(debt.invoice))

    return Ask({}, debt.account_id, [(debt.start, 1), (ends, 2)])


@example("BillingEvents", "issued", "A new invoice.", repeatable=False)
async def issued(stage: Stage) -> Ask:
    account_id = await stage.account()

    async def happens() -> None:
        await stage.invoice(account_id)

    return Ask({}, account_id, [(happens, 1)])


@example("BillingEvents", "resumed", "What was missed since a cursor comes first, in order.")
async def resumed(stage: Stage) -> Ask:
    debt = await stage.debt()
    page = (await debt.owner.ask(LAST_CURSOR))["billingEvents"]
    await pay(stage, debt.invoice)
    return Ask({"after": page["endCursor"]}, debt.account_id, events=3)


@example("BillingEvents", "BAD_CURSOR", "A cursor of another account: begin without one.")
async def foreign_cursor(stage: Stage) -> Ask:
    debt = await stage.debt()
    page = (await debt.owner.ask(LAST_CURSOR))["billingEvents"]
    return Ask({"after": page["endCursor"]}, await stage.account(), ends=True)


@example("BillingEvents", "FORBIDDEN", "Staff has no log of its own.", role=Role.SUPPORT)
async def of_the_staff(stage: Stage) -> Ask:
    return Ask({}, ends=True)


@example(
    "InvoiceEvents", "default", "Linked, printed, mailed, paid, with a receipt.", repeatable=False
)
async def life_of_an_invoice(stage: Stage) -> Ask:
    debt = await stage.debt()

    async def link() -> None:
        await linked(stage, debt)

    async def ends() -> None:
        await paid_by(stage, await stage.shop.live(debt.invoice))

    async def printed() -> None:
        await documents.print_invoice(stage.shop.ports, debt.account_id, debt.invoice.id)

    steps = [
        (link, 1),
        (printed, 1),
        (stage.settle_all, 1),
        (debt.start, 1),
        (ends, 2),
        (stage.settle_all, 1),
    ]
    return Ask({"invoiceId": debt.invoice_id}, debt.account_id, steps)


@example("InvoiceEvents", "after-the-payment", "Refunded, then disputed.", repeatable=False)
async def after_the_payment(stage: Stage) -> Ask:
    debt = await stage.debt()
    payment = await pay(stage, debt.invoice)
    dashboard = stage.shop.sandbox.dashboard
    made: list[JSON] = []

    async def refunded() -> None:
        stage.shop.clock.move(seconds=2)
        made.append(dashboard.refund(debt.charge_of(payment), 100000))
        await debt.settled(payment, thorough=True)

    async def failed_and_disputed() -> None:
        dashboard.fail_refund(made[0]["id"])
        made.append(dashboard.dispute(debt.charge_of(payment)))
        await debt.settled(payment, thorough=True)

    async def won() -> None:
        dashboard.win_dispute(made[1]["id"])
        await debt.settled(payment, thorough=True)

    steps = [(refunded, 3), (failed_and_disputed, 4), (won, 2)]
    return Ask({"invoiceId": debt.invoice_id}, debt.account_id, steps)


@example("InvoiceEvents", "NOT_FOUND", "No invoice of yours has this id.")
async def no_invoice(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask({"invoiceId": debt.invoice_id}, await stage.account(), ends=True)


@example(
    "CheckoutEvents",
    "default",
    "A decline, then a payment; the stream ends by itself.",
    repeatable=False,
)
async def one_checkout(stage: Stage) -> Ask:
    debt = await stage.debt()
    payment = await debt.start()

    async def declined() -> None:
        await paid_by(stage, payment, "insufficient_funds")

    async def captured() -> None:
        await paid_by(stage, payment)

    variables = {"checkoutSessionId": checkout_id(payment)}
    return Ask(variables, debt.account_id, [(declined, 1), (captured, 2)], ends=True)


@example("CheckoutEvents", "over", "It was final before: the stream ends at once.")
async def over(stage: Stage) -> Ask:
    debt = await stage.debt()
    payment = await pay(stage, debt.invoice)
    return Ask({"checkoutSessionId": checkout_id(payment)}, debt.account_id, ends=True)


@example("CheckoutEvents", "NOT_FOUND", "No checkout of yours has this id.")
async def no_checkout(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask({"checkoutSessionId": debt.invoice_id}, debt.account_id, ends=True)
