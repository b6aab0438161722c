"""The explorer's examples: each of their operations is run, and does what its comment says."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, print_ast

from service.api.explorer import EXAMPLES
from service.billing.ids import Kind
from service.billing.people import Role
from service.billing.period import Month
from service.store.database import new_id
from service.workflows import payment_links
from tests.api.debts import Debt, a_debt
from tests.api.harness import JSON, Api, Caller, public
from tests.api.scene import Scene
from tests.support.paper import PlainPrinter
from tests.support.shop import ORIGIN
from tests.workflows.test_claims import paid_elsewhere

Stand = dict[str, str]

TEXTS = json.loads(EXAMPLES.read_text(encoding="utf-8"))
OPERATIONS: dict[str, tuple[str, JSON]] = {
    node.name.value: (print_ast(node), example["variables"])
    for example in TEXTS
    for node in parse(example["query"]).definitions
    if isinstance(node, OperationDefinitionNode) and node.name is not None
}


async def owing(debt: Debt) -> Stand:
    """There is an invoice to pay."""
    return {
        "an invoice's number": debt.invoice.number or "",
        "the id of an invoice": debt.invoice_id,
        "the id of an invoice that isPayable": debt.invoice_id,
    }


async def at_checkout(debt: Debt) -> Stand:
    """A checkout is open."""
    payment = await debt.start()
    return await owing(debt) | {"the id of a checkout session": public(Kind.CHECKOUT, payment.id)}


async def paid(debt: Debt) -> Stand:
    payment = await debt.paid()
    return await owing(debt) | {
        "the id of a payment": public(Kind.PAYMENT, payment.id),
        "the id of a checkout session": public(Kind.CHECKOUT, payment.id),
    }


async def transferred(debt: Debt) -> Stand:
    """A part of the invoice was paid by bank."""
    answered = await run(debt.seen_by(Role.OPERATOR), "RecordTransfer", await owing(debt))
    payment = answered["recordOfflinePayment"]["payment"]
    return {"the id of a payment that has a bankReference": payment["id"]}


async def linked(debt: Debt) -> Stand:
    """There is a link to pay the invoice by."""
    wanted = payment_links.LinkRequest(debt.invoice.id, "rita@seller.example", str(new_id()))
    made = await payment_links.create(debt.shop.ports, debt.account_id, wanted)
    return {"the id of a payment link": public(Kind.LINK, made.link.id)}


async def claimed(debt: Debt) -> Stand:
    """Two payments could be the claimed one: a person has to say which."""
    for _ in range(2):
        await paid_elsewhere(debt.shop, "accounts1@northwind.example")
    stand = await owing(debt)
    await run(debt.seen_by(Role.OWNER), "ClaimPaid", stand)
    listed = await run(debt.seen_by(Role.SUPPORT), "SupportCases", stand)
    [case] = listed["supportCases"]["nodes"]
    return stand | {
        "the id of a support case": case["id"],
        "the id of a candidate": case["candidates"][0]["id"],
    }


async def with_contact(debt: Debt) -> Stand:
    added = await run(debt.owner, "AddContact", {})
    return {"the id of a contact": added["addBillingContact"]["billingContact"]["id"]}


def filled(value: Any, stand: Stand) -> Any:
    """Variables with what the explorer and its user put in."""
    if isinstance(value, dict):
        return {name: filled(inner, stand) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, stand) for inner in value]
    if not isinstance(value, str):
        return value
    put_in = {"{uuid}": str(new_id()), "{origin}": ORIGIN, "{today}": "2026-10-30"} | stand
    for name, given in sorted(put_in.items(), key=lambda one: -len(one[0])):
        value = value.replace(name, given)
    return value


def given_to(name: str, stand: Stand) -> tuple[str, JSON]:
    """An operation and its own variables, filled in."""
    text, variables = OPERATIONS[name]
    return text, {
        key: value for key, value in filled(variables, stand).items() if f"${key}" in text
    }


async def run(caller: Caller, name: str, stand: Stand) -> JSON:
    """The answer to an example's operation."""
    text, variables = given_to(name, stand)
    return await caller.ask(text, **variables)


# Who runs an operation, on what, and the kind of answer that a mutation gives.
RUNS: dict[str, tuple[Role, Callable[[Debt], Awaitable[Stand]], str | None]] = {
    "Invoices": (Role.OWNER, owing, None),
    "Invoice": (Role.OWNER, paid, None),
    "StartCheckout": (Role.OWNER, owing, "StartCheckoutSuccess"),
    "ConfirmCheckout": (Role.OWNER, at_checkout, "ConfirmCheckoutSuccess"),
    "StatusEvidence": (Role.OWNER, at_checkout, None),
    "ClaimPaid": (Role.OWNER, owing, "ClaimUnderReview"),
    "Payments": (Role.OPERATOR, paid, None),
    "RefundPayment": (Role.OPERATOR, paid, "RefundPaymentSuccess"),
    "RecordTransfer": (Role.OPERATOR, owing, "RecordOfflinePaymentSuccess"),
    "RecordReturn": (Role.OPERATOR, transferred, "RecordOfflineRefundSuccess"),
    "CreatePaymentLink": (Role.SUPPORT, owing, "CreatePaymentLinkSuccess"),
    "RevokePaymentLink": (Role.SUPPORT, linked, "RevokePaymentLinkSuccess"),
    "SupportCases": (Role.SUPPORT, claimed, None),
    "SettleClaim": (Role.SUPPORT, claimed, "SettleClaimSuccess"),
    "ResolveCase": (Role.SUPPORT, claimed, "ResolveSupportCaseSuccess"),
    "Contacts": (Role.OWNER, with_contact, None),
    "AddContact": (Role.OWNER, owing, "AddBillingContactSuccess"),
    "UpdateContact": (Role.OWNER, with_contact, "UpdateBillingContactSuccess"),
    "RemoveContact": (Role.OWNER, with_contact, "RemoveBillingContactSuccess"),
    "BillingDetails": (Role.OWNER, owing, None),
    "UpdateDetails": (Role.OWNER, owing, "UpdateBillingDetailsSuccess"),
    "ResendInvoice": (Role.OWNER, owing, "ResendInvoiceSuccess"),
    "Accounts": (Role.SUPPORT, owing, None),
}
# Who follows.
FOLLOWED = {
    "BillingEvents": Role.OWNER,
    "InvoiceEvents": Role.OWNER,
    "CheckoutEvents": Role.OWNER,
    "AccountEvents": Role.SUPPORT,
}


def test_every_operation_of_the_examples_is_run() -> None:
    assert set(OPERATIONS) == set(RUNS) | set(FOLLOWED)


@pytest.mark.parametrize("name", RUNS)
async def test_an_example_is_answered(api: Api, name: str) -> None:
    role, prepare, kind = RUNS[name]
    debt = await a_debt(api)
    stand = await prepare(debt)
    [answer] = (await run(debt.seen_by(role), name, stand)).values()
    assert answer is not None
    if kind is not None:
        assert answer["__typename"] == kind


@pytest.mark.parametrize("name", sorted(FOLLOWED))
async def test_an_example_tells_what_happens(scene: Scene, name: str) -> None:
    payment = await scene.start()
    stand = {
        "the id of an account": public(Kind.ACCOUNT, scene.account_id),
        "the id of an invoice": public(Kind.INVOICE, scene.invoice.id),
        "the id of a checkout session": public(Kind.CHECKOUT, payment.id),
    }
    text, variables = given_to(name, stand)
    caller = scene.api.caller(FOLLOWED[name], scene.account_id)
    async with scene.following(text, caller, **variables) as follower:
        await scene.pay(payment)
        told = [await follower.next(), await follower.next()]
    assert [one["__typename"] for one in told] == ["PaymentStatusChanged", "InvoiceStatusChanged"]
    assert [one.get("status") or one["displayStatus"] for one in told] == ["CAPTURED", "PAID"]


async def test_the_examples_show_why_a_status_is_what_it_is_and_what_was_given_back(
    api: Api,
) -> None:
    api.exchange(printer=PlainPrinter())
    debt = await a_debt(api)
    stand = await paid(debt)
    await run(debt.seen_by(Role.OPERATOR), "RefundPayment", stand)
    await debt.shop.drain()
    told = (await run(debt.owner, "StatusEvidence", stand))["invoice"]
    facts = [one["fact"] for one in told["statusEvidence"]]
    assert facts == ["ATTEMPT_STARTED", "SEEN_PAID", "REFUND_REQUESTED", "REFUND_SUCCEEDED"]
    seen = (await run(debt.seen_by(Role.OPERATOR), "Payments", stand))["invoice"]
    [payment] = seen["payments"]["nodes"]
    assert [one["charged"]["formatted"] for one in payment["refunds"]] == ["₹25.00"]


async def test_an_example_pays_a_part_of_another_invoice_by_transfer(api: Api) -> None:
    debt = await a_debt(api)
    other = await debt.shop.invoice(debt.account_id, "70.00", month=Month(2026, 8))
    stand = {"the id of an invoice that isPayable": public(Kind.INVOICE, other.id)}
    answered = await run(debt.seen_by(Role.OPERATOR), "RecordTransfer", stand)
    payment = answered["recordOfflinePayment"]["payment"]
    assert (payment["status"], payment["bankReference"]) == ("CAPTURED", "UTR 4711")
    assert payment["amount"] == {"formatted": "$40.00"}
