"""Examples of "I have paid this", of the support cases that come of it, and of settling them."""

from __future__ import annotations

from service.billing.ids import Kind
from service.billing.invoice import InvoiceMove
from service.billing.people import Role
from service.store import cases, invoices
from service.store.database import transaction
from service.store.money_records import SupportCase
from service.workflows.claims import Claim, claim
from tests.api.debts import Debt
from tests.api.harness import public
from tests.front.stage import JSON, KEY, Ask, Stage, example
from tests.workflows.test_claims import paid_elsewhere

PAYER = "owner@northwind.example"
ELSEWHERE = "accounts@elsewhere.example"


def said(debt: Debt, **changed: object) -> JSON:
    given = {
        "idempotencyKey": KEY,
        "invoiceNumber": debt.invoice.number,
        "reference": "UTR 4711",
        "paidOn": "2026-10-10",
    }
    return {"input": given | changed}


async def claimed(stage: Stage, payers: int = 2) -> tuple[Debt, SupportCase]:
    """A claim that several payments fit, so that a person has to look."""
    debt = await stage.debt("100.00")
    for _ in range(payers):
        await paid_elsewhere(stage.shop, "accounts1@northwind.example")
    given = Claim(debt.invoice.number or "", "UTR 4711", None, PAYER, KEY)
    case = (await claim(stage.shop.ports, debt.account_id, given)).case
    assert case is not None
    return debt, case


def case_id(case: SupportCase) -> str:
    return public(Kind.CASE, case.id)


@example("ClaimPaid", "default", "The payment was found: the invoice is paid.", repeatable=False)
async def found(stage: Stage) -> Ask:
    debt = await stage.debt()
    await stage.shop.pay(await debt.start())
    return Ask(said(debt), debt.account_id)


@example("ClaimPaid", "ClaimUnderReview", "No safe match: a person looks at it.", repeatable=False)
async def under_review(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(said(debt), debt.account_id)


@example("ClaimPaid", "ValidationError", "A day that is still to come.")
async def in_future(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(said(debt, paidOn="2026-12-24"), debt.account_id)


@example("ClaimPaid", "NotFoundError", "No invoice of yours has this number.")
async def unknown(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(said(debt, invoiceNumber="INV-2627-009999"), debt.account_id)


@example("ClaimPaid", "ForbiddenError", "A member reads only.", role=Role.MEMBER)
async def may_not_claim(stage: Stage) -> Ask:
    debt = await stage.debt()
    return Ask(said(debt), debt.account_id)


@example("ClaimPaid", "GatewayUnavailableError", "No gateway can be searched at the moment.")
async def nobody_to_ask(stage: Stage) -> Ask:
    debt = await stage.debt()
    stage.shop.sandbox.faults.add("outage")
    return Ask(said(debt), debt.account_id)


@example("ClaimPaid", "IdempotencyConflictError", "The key was used with another reference.")
async def other_input(stage: Stage) -> Ask:
    debt, _ = await claimed(stage)
    return Ask(said(debt, reference="UTR 4712", paidOn=None), debt.account_id)


# Cases


@example("SupportCases", "default", "A customer's own cases: a claim that somebody looks at.")
async def own_cases(stage: Stage) -> Ask:
    debt, _ = await claimed(stage)
    return Ask({"first": 20}, debt.account_id)


@example("SupportCases", "staff", "What the seller's staff has to look at.", role=Role.SUPPORT)
async def all_cases(stage: Stage) -> Ask:
    await claimed(stage)
    return Ask({"first": 20, "status": "OPEN"})


@example("SupportCase", "default", "A claim as its customer sees it: without candidates.")
async def own_case(stage: Stage) -> Ask:
    debt, case = await claimed(stage)
    return Ask({"id": case_id(case)}, debt.account_id)


@example("SupportCase", "staff", "With its evidence and candidates.", role=Role.SUPPORT)
async def case_of_anybody(stage: Stage) -> Ask:
    _, case = await claimed(stage)
    return Ask({"id": case_id(case)})


@example("SupportCase", "not-there", "No case of yours has this id.")
async def no_case(stage: Stage) -> Ask:
    _, case = await claimed(stage)
    return Ask({"id": case_id(case)}, await stage.account())


# Settling


async def decision(stage: Stage, case: SupportCase, **changed: object) -> JSON:
    candidate = (await cases.candidates(case.account_id, case.id))[0]
    given = {
        "supportCaseId": case_id(case),
        "candidateId": public(Kind.CANDIDATE, candidate.id),
        "resolution": "Same amount and payer",
    }
    return {"input": given | changed}


@example(
    "SettleClaim",
    "default",
    "The candidate is booked and the case closed.",
    role=Role.SUPPORT,
    repeatable=False,
)
async def settled(stage: Stage) -> Ask:
    _, case = await claimed(stage)
    return Ask(await decision(stage, case))


@example("SettleClaim", "ValidationError", "It says nothing about why.", role=Role.SUPPORT)
async def no_reason(stage: Stage) -> Ask:
    _, case = await claimed(stage)
    return Ask(await decision(stage, case, resolution=" "))


@example("SettleClaim", "NotFoundError", "There is no such case.", role=Role.SUPPORT)
async def no_such_case(stage: Stage) -> Ask:
    debt, case = await claimed(stage)
    return Ask(await decision(stage, case, supportCaseId=debt.invoice_id))


@example("SettleClaim", "ForbiddenError", "Customers do not decide.")
async def may_not_settle(stage: Stage) -> Ask:
    debt, case = await claimed(stage)
    return Ask(await decision(stage, case), debt.account_id)


@example(
    "SettleClaim",
    "InvoiceNotPayableError",
    "It was withdrawn.",
    role=Role.SUPPORT,
)
async def withdrawn(stage: Stage) -> Ask:
    debt, case = await claimed(stage)
    async with transaction():
        await invoices.move(debt.invoice, InvoiceMove.CANCEL, at=stage.shop.clock())
    return Ask(await decision(stage, case))


@example(
    "SettleClaim",
    "GatewayUnavailableError",
    "It cannot be looked up.",
    role=Role.SUPPORT,
)
async def cannot_look(stage: Stage) -> Ask:
    _, case = await claimed(stage)
    stage.shop.sandbox.faults.add("outage")
    return Ask(await decision(stage, case))


# Closing by hand


def resolution(case: SupportCase, **changed: object) -> JSON:
    given = {"supportCaseId": case_id(case), "resolution": "The customer pays again"}
    return {"input": given | changed}


@example(
    "ResolveSupportCase",
    "default",
    "Closed by hand; no money moved.",
    role=Role.SUPPORT,
    repeatable=False,
)
async def resolved(stage: Stage) -> Ask:
    _, case = await claimed(stage)
    return Ask(resolution(case))


@example("ResolveSupportCase", "ValidationError", "It says nothing.", role=Role.SUPPORT)
async def nothing_said(stage: Stage) -> Ask:
    _, case = await claimed(stage)
    return Ask(resolution(case, resolution=""))


@example("ResolveSupportCase", "NotFoundError", "There is no such case.", role=Role.SUPPORT)
async def nothing_to_resolve(stage: Stage) -> Ask:
    debt, case = await claimed(stage)
    return Ask(resolution(case, supportCaseId=debt.invoice_id))


@example("ResolveSupportCase", "ForbiddenError", "Customers do not close cases.")
async def may_not_resolve(stage: Stage) -> Ask:
    debt, case = await claimed(stage)
    return Ask(resolution(case), debt.account_id)
