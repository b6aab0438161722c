"""Examples of paying: opening a payment page, and asking how it stands."""

from __future__ import annotations

from service.billing.people import Role
from tests.api.debts import Debt, go_down
from tests.front.scenes_reading import AUGUST
from tests.front.stage import (
    KEY,
    Ask,
    Stage,
    checkout_id,
    checkout_input,
    example,
    pay,
)

ELSEWHERE = "https://elsewhere.example/paid"


@example("StartCheckout", "default", "A page is open: send the payer to `url`.", repeatable=False)
async def started(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example("StartCheckout", "together", "Two invoices on one page.", repeatable=False)
async def started_together(stage: Stage) -> Ask:
    account_id = await stage.account()
    older = await stage.invoice(account_id, "97.25", AUGUST)
    newer = await stage.invoice(account_id)
    return Ask(checkout_input(older, newer), account_id)


@example("StartCheckout", "replayed", "A live checkout is answered instead of a second one.")
async def replayed(stage: Stage) -> Ask:
    debt = await stage.debt()
    await debt.start()
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example("StartCheckout", "ValidationError", "No invoices, and a page that is not the seller's.")
async def wrong(stage: Stage) -> Ask:
    return Ask(checkout_input(successUrl=ELSEWHERE), await stage.account())


@example("StartCheckout", "NotFoundError", "An invoice of somebody else.")
async def not_theirs(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(checkout_input(debt.invoice), await stage.account())


@example("StartCheckout", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_pay(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example("StartCheckout", "InvoiceNotPayableError", "It was paid meanwhile, in another tab.")
async def paid_meanwhile(stage: Stage) -> Ask:
    debt = await stage.debt()
    await pay(stage, debt.invoice)
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example(
    "StartCheckout", "CheckoutRefusedError", "Too little for the gateway to take.", repeatable=False
)
async def too_little(stage: Stage) -> Ask:
    debt = await stage.debt("0.49", charge_currency="USD")
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example(
    "StartCheckout",
    "GatewayUnavailableError",
    "The gateway does not answer: repeat it with the same key.",
    repeatable=False,
)
async def silent(stage: Stage) -> Ask:
    debt = await stage.debt()
    stage.shop.sandbox.faults.add("outage")
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example(
    "StartCheckout",
    "GatewayUnavailableError-with-link",
    "Every gateway is known to be down: a link to pay by later, told this once.",
    repeatable=False,
)
async def down(stage: Stage) -> Ask:
    debt = await stage.debt()
    go_down(stage.api)
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example("StartCheckout", "ExchangeRateUnavailableError", "There is no rate to charge at.")
async def no_rate(stage: Stage) -> Ask:
    debt = await stage.debt(charge_currency="AED")
    return Ask(checkout_input(debt.invoice), debt.account_id)


@example("StartCheckout", "IdempotencyConflictError", "The key was used for another invoice.")
async def other_input(stage: Stage) -> Ask:
    account_id = await stage.account()
    older = await stage.invoice(account_id, "97.25", AUGUST)
    newer = await stage.invoice(account_id)
    await stage.shop.start(account_id, older, key=KEY)
    return Ask(checkout_input(newer), account_id)


# Coming back from the page


async def at_the_page(stage: Stage) -> tuple[Debt, Ask]:
    debt = await stage.debt()
    payment = await debt.start()
    return debt, Ask({"input": {"checkoutSessionId": checkout_id(payment)}}, debt.account_id)


@example("ConfirmCheckout", "default", "It is paid.", repeatable=False)
async def confirmed(stage: Stage) -> Ask:
    debt, ask = await at_the_page(stage)
    await stage.shop.pay(await stage.shop.live(debt.invoice))
    return ask


@example("ConfirmCheckout", "not-paid-yet", "The payer came back without paying.", repeatable=False)
async def not_paid_yet(stage: Stage) -> Ask:
    return (await at_the_page(stage))[1]


@example("ConfirmCheckout", "declined", "Declined; the page is open.", repeatable=False)
async def declined(stage: Stage) -> Ask:
    debt, ask = await at_the_page(stage)
    await stage.shop.pay(await stage.shop.live(debt.invoice), "declined")
    return ask


@example("ConfirmCheckout", "processing", "The bank works on it.", repeatable=False)
async def processing(stage: Stage) -> Ask:
    debt, ask = await at_the_page(stage)
    await stage.shop.pay(await stage.shop.live(debt.invoice), "debit_succeeds")
    return ask


@example("ConfirmCheckout", "NotFoundError", "A checkout of somebody else.")
async def no_checkout_of_theirs(stage: Stage) -> Ask:
    _, ask = await at_the_page(stage)
    return Ask(ask.variables, await stage.account())


@example("ConfirmCheckout", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_confirm(stage: Stage) -> Ask:
    return (await at_the_page(stage))[1]


@example(
    "ConfirmCheckout",
    "GatewayUnavailableError",
    "The gateway does not answer: ask again.",
    # Whoever asks within two seconds is told what is known.
    repeatable=False,
)
async def nobody_to_ask(stage: Stage) -> Ask:
    _, ask = await at_the_page(stage)
    stage.shop.sandbox.faults.add("outage")
    return ask
