"""Why a status shows what it shows, what it waits for, and what of it is whose to read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.api.reads import ACCOUNT_READS_MAX, EVIDENCE_MAX
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.billing.period import Month
from service.billing.support import CaseReason
from service.store import accounts, cases, evidence
from service.store.database import transaction
from service.workflows import deadlines
from service.workflows.cases import open_for, resolve
from tests.api.debts import a_debt
from tests.api.harness import JSON, Api, public

PIECE = """
  at source fact message note reference
  amount { minorUnits currency } expected { minorUnits currency } matches nextCheckAt
"""
EVIDENCE = f"statusEvidence {{ {PIECE} }}"
BRIEF = "statusEvidence { source fact matches nextCheckAt }"
PROGRESS = "progress { state reason nextCheckAt deadlineAt supportCase { reason status } }"
CHECKOUT = f"""query($id: ID!) {{ checkoutSession(id: $id) {{ status {PROGRESS} }} }}"""
CONFIRM = """mutation($id: ID!) {
  confirmCheckout(input: {checkoutSessionId: $id}) { __typename } }"""
REFUND = """mutation($id: ID!) { refundPayment(input: {
  idempotencyKey: "r", paymentId: $id, charged: "52", note: "Do not tell" }) { __typename } }"""
WHOLE = {"minorUnits": "949552", "currency": "INR"}


def brief(found: JSON) -> list[str]:
    return [f"{one['source']} {one['fact']}" for one in found["statusEvidence"]]


async def test_evidence_tells_what_was_seen_when_and_from_where_oldest_first(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    api.shop.clock.move(seconds=30)
    await api.shop.pay(payment)
    await debt.settled(payment)
    found = await debt.see(EVIDENCE)
    assert found["statusEvidence"] == [
        {
            "at": "2026-10-30T09:30:00.000Z",
            "source": "PAYER",
            "fact": "ATTEMPT_STARTED",
            "message": "An attempt to pay was started.",
            "note": None,
            "reference": None,
            "amount": None,
            "expected": WHOLE,
            "matches": None,
            "nextCheckAt": None,
        },
        {
            "at": "2026-10-30T09:30:30.000Z",
            "source": "POLL",
            "fact": "SEEN_PAID",
            "message": "The payment was received.",
            "note": None,
            "reference": None,
            "amount": WHOLE,
            "expected": WHOLE,
            "matches": True,
            "nextCheckAt": None,
        },
    ]
    assert (await debt.see_payment(payment, f"evidence {{ {PIECE} }}"))["evidence"] == (
        found["statusEvidence"]
    )


async def test_only_the_newest_piece_tells_when_the_gateway_is_asked_again(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    await api.shop.pay(payment, "debit_succeeds")
    await debt.settled(payment)
    pieces = (await debt.see(BRIEF))["statusEvidence"]
    assert [one["nextCheckAt"] for one in pieces] == [None, "2026-10-30T09:31:00.000Z"]
    of_payment = await debt.see_payment(payment, "evidence { nextCheckAt }")
    assert [one["nextCheckAt"] for one in of_payment["evidence"]] == [
        None,
        "2026-10-30T09:31:00.000Z",
    ]


async def test_an_invoice_that_nobody_has_tried_to_pay_has_no_evidence(api: Api) -> None:
    debt = await a_debt(api)
    assert await debt.see(f"{EVIDENCE} {PROGRESS}") == {"statusEvidence": [], "progress": None}


async def test_amounts_that_differ_are_shown_beside_each_other(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    await api.shop.pay(payment)
    api.shop.sandbox.dashboard.tamper(payment.session_id or "", amount_total=949551)
    await debt.settled(payment)
    found = await debt.see(f"displayStatus {EVIDENCE} {PROGRESS}")
    seen = found["statusEvidence"][1]
    assert (seen["fact"], seen["matches"]) == ("MISMATCH", False)
    assert seen["amount"] == {"minorUnits": "949551", "currency": "INR"}
    assert seen["expected"] == WHOLE
    assert seen["note"] == "9495.51 INR was reported, 9495.52 INR was asked"
    assert found["displayStatus"] == "PROCESSING"
    assert found["progress"] == {
        "state": "UNDER_REVIEW",
        "reason": "UNDER_REVIEW",
        "nextCheckAt": "2026-10-30T09:31:00.000Z",
        "deadlineAt": None,
        "supportCase": {"reason": "UNDER_REVIEW", "status": "OPEN"},
    }


async def test_progress_goes_from_the_page_to_the_bank_to_nothing(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    checkout_id = public(Kind.CHECKOUT, payment.id)

    async def now() -> JSON | None:
        """Of the invoice and of its checkout, which are one."""
        of_checkout = (await debt.owner.ask(CHECKOUT, id=checkout_id))["checkoutSession"]
        found: JSON | None = (await debt.see(PROGRESS))["progress"]
        assert of_checkout["progress"] == found
        return found

    waiting = {
        "state": "PENDING",
        "reason": "AWAITING_PAYER",
        "nextCheckAt": "2026-10-30T09:31:00.000Z",
        "deadlineAt": None,
        "supportCase": None,
    }
    assert await now() == waiting
    confirm = (
        "mutation($id: ID!) { confirmCheckout(input: {checkoutSessionId: $id}) { __typename } }"
    )
    await debt.owner.ask(confirm, id=checkout_id)
    returned = {
        "reason": "CONFIRMING",
        "nextCheckAt": "2026-10-30T09:30:02.000Z",
        "deadlineAt": "2026-10-30T09:35:00.000Z",
    }
    assert await now() == waiting | returned
    await api.shop.pay(payment, "debit_succeeds")
    await debt.settled(payment)
    at_bank = {
        "state": "PROCESSING",
        "reason": "BANK_IS_PROCESSING",
        "deadlineAt": "2026-11-13T09:30:00.000Z",
    }
    assert await now() == waiting | returned | at_bank
    api.shop.clock.move(seconds=10)
    await debt.settled(payment)
    assert await now() is None


async def test_money_that_is_held_and_not_taken_is_said_to_be(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    api.shop.sandbox.dashboard.authorise(payment.session_id or "")
    await debt.settled(payment)
    progress = (await debt.see(PROGRESS))["progress"]
    assert (progress["state"], progress["reason"]) == ("PROCESSING", "AUTHORIZED_ONLY")
    assert progress["deadlineAt"] == "2026-10-30T09:35:00.000Z"


async def test_past_the_deadline_progress_names_the_case_and_after_the_truth_nothing(
    api: Api,
) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    api.shop.sandbox.dashboard.authorise(payment.session_id or "")
    await debt.settled(payment)
    api.shop.clock.move(minutes=5)
    await deadlines.enforce(api.shop.ports)
    late = (await debt.see(PROGRESS))["progress"]
    assert late["supportCase"] == {"reason": "DEADLINE_PASSED", "status": "OPEN"}
    assert late["reason"] == "AUTHORIZED_ONLY"
    held = await api.shop.payment(debt.account_id, payment.id)
    api.shop.sandbox.dashboard.capture(held.transaction or "")
    await debt.settled(payment)
    found = await debt.see(f"displayStatus {PROGRESS} {BRIEF}")
    assert (found["displayStatus"], found["progress"]) == ("PAID", None)
    assert brief(found) == [
        "PAYER ATTEMPT_STARTED",
        "POLL SEEN_AUTHORIZED",
        "SERVICE CASE_OPENED",
        "POLL SEEN_PAID",
        "SERVICE CASE_RESOLVED",
    ]


async def test_a_captured_payment_that_a_person_looks_at_is_under_review(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    assert (await debt.see(PROGRESS))["progress"] is None
    async with transaction(api.shop.ports.bus):
        await accounts.lock(debt.account_id)
        await open_for(api.shop.ports, payment, CaseReason.REFUND_FAILED, "A refund came back.")
    assert (await debt.see(PROGRESS))["progress"] == {
        "state": "CAPTURED",
        "reason": "UNDER_REVIEW",
        "nextCheckAt": None,
        "deadlineAt": None,
        "supportCase": {"reason": "REFUND_FAILED", "status": "OPEN"},
    }


async def test_an_attempt_that_was_given_up_is_no_progress(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    api.shop.clock.move(minutes=61)
    await debt.settled(payment)
    found = await debt.see(f"{PROGRESS} {BRIEF}")
    assert found["progress"] is None
    assert brief(found) == ["PAYER ATTEMPT_STARTED", "POLL SEEN_EXPIRED"]


async def test_of_an_invoice_paid_with_others_the_evidence_is_that_of_their_payment(
    api: Api,
) -> None:
    debt = await a_debt(api)
    other = await api.shop.invoice(debt.account_id, month=Month(2026, 8))
    together = (await api.shop.start(debt.account_id, debt.invoice, other)).payment
    await api.shop.pay(together)
    await debt.settled(together)
    mine = await debt.see(BRIEF)
    theirs = await replace(debt, invoice=other).see(BRIEF)
    assert mine == theirs
    assert brief(mine) == ["PAYER ATTEMPT_STARTED", "POLL SEEN_PAID"]


@pytest.mark.parametrize("role", Role)
async def test_who_of_the_sellers_staff_did_it_is_for_staff_alone(api: Api, role: Role) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    operator = debt.seen_by(Role.OPERATOR)
    await operator.ask(REFUND, id=public(Kind.PAYMENT, payment.id))
    asked = (await debt.see(EVIDENCE, role))["statusEvidence"][-1]
    assert (asked["source"], asked["fact"]) == ("STAFF", "REFUND_REQUESTED")
    if role in STAFF:
        assert (asked["reference"], asked["note"]) == (operator.viewer.email, "Do not tell")
    else:
        assert (asked["reference"], asked["note"]) == ("staff", None)


async def test_one_request_gets_no_more_evidence_than_is_read_out_in_a_moment(api: Api) -> None:
    debt = await a_debt(api)
    claimed = Evidence(Fact.CLAIMED, Witness(Source.PAYER))
    for _ in range(evidence.SHOWN_MAX + 1):
        await evidence.add(
            debt.account_id, claimed, at=api.shop.clock(), invoice_id=debt.invoice.id
        )
    assert len((await debt.see("statusEvidence { at }"))["statusEvidence"]) == 200

    def often(times: int) -> str:
        aliases = " ".join(f"e{place}: statusEvidence {{ at }}" for place in range(times))
        return f"query($id: ID!) {{ invoice(by: {{id: $id}}) {{ {aliases} }} }}"

    enough = EVIDENCE_MAX // evidence.SHOWN_MAX
    await debt.owner.ask(often(enough), id=debt.invoice_id)
    assert set(await debt.owner.codes(often(enough + 1), id=debt.invoice_id)) == {"BAD_USER_INPUT"}


async def test_lists_inside_lists_end_before_they_hold_up_everybody(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    for _ in range(18):
        async with transaction(api.shop.ports.bus):
            await accounts.lock(debt.account_id)
            await open_for(api.shop.ports, payment, CaseReason.REFUND_FAILED, "It came back.")
        [case] = await cases.open_about(debt.account_id, payment_ids=[payment.id])
        await resolve(api.shop.ports, debt.account_id, case.id, by="sam", resolution="Paid out.")
    inner = "nodes { account { balanceDue { minorUnits } } }"
    outer = f"nodes {{ account {{ supportCases(first: 18) {{ {inner} }} }} }}"
    assert ACCOUNT_READS_MAX < 1 + 18 + 18 * 18
    await debt.owner.ask(f"{{ viewer {{ account {{ supportCases(first: 9) {{ {outer} }} }} }} }}")
    query = f"{{ viewer {{ account {{ supportCases(first: 18) {{ {outer} }} }} }} }}"
    assert set(await debt.owner.codes(query)) == {"BAD_USER_INPUT"}
