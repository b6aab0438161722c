""" "I have paid this": claims, their candidates, and the support cases that come of them."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.billing.period import Month
from tests.api.debts import USER_ERROR, Debt, a_debt
from tests.api.harness import JSON, Api, public
from tests.support.books import books
from tests.workflows.test_claims import paid_elsewhere

CASE = """
  id status reason openedBy note resolution resolvedBy createdAt resolvedAt
  account { id } invoice { number } payment { id }
"""
CANDIDATES = "candidates { id gateway transactionId amount { minorUnits currency } payerEmail }"
CLAIM = f"""
mutation C($input: ClaimPaidInput!) {{ claimPaid(input: $input) {{
  __typename
  ... on ClaimSettled {{ invoice {{ displayStatus }} payment {{ id status }} }}
  ... on ClaimUnderReview {{ supportCase {{ {CASE} {CANDIDATES} }} }}
  ... on IdempotencyConflictError {{ firstUsedAt }}
  {USER_ERROR}
}} }}
"""
SETTLE = f"""
mutation S($input: SettleClaimInput!) {{ settleClaim(input: $input) {{
  __typename
  ... on SettleClaimSuccess {{
    supportCase {{ {CASE} }} payment {{ id status amount {{ minorUnits }} }}
  }}
  {USER_ERROR}
}} }}
"""
RESOLVE = f"""
mutation R($input: ResolveSupportCaseInput!) {{ resolveSupportCase(input: $input) {{
  __typename
  ... on ResolveSupportCaseSuccess {{ supportCase {{ {CASE} }} }}
  {USER_ERROR}
}} }}
"""
SEE = f"query($id: ID!) {{ node(id: $id) {{ ... on SupportCase {{ {CASE} {CANDIDATES} }} }} }}"
LIST = """
query L($first: Int, $after: String, $status: SupportCaseStatus) {
  supportCases(first: $first, after: $after, status: $status) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { id } edges { cursor node { id } }
  }
}
"""
OF_ACCOUNT = """query($status: SupportCaseStatus) { viewer { account {
  supportCases(first: 5, status: $status) { totalCount nodes { id } } } } }"""
OWNER = "owner@northwind.example"


async def claim(debt: Debt, role: Role = Role.OWNER, **changed: object) -> JSON:
    given: JSON = {
        "idempotencyKey": "claim-1",
        "invoiceNumber": debt.invoice.number,
        "reference": "UTR 4711",
        "paidOn": "2026-10-29",
    }
    result: JSON = (await debt.seen_by(role).ask(CLAIM, input=given | changed))["claimPaid"]
    return result


async def claimed(debt: Debt) -> JSON:
    """The case of a claim whose payment was made past this service; as staff sees it."""
    await paid_elsewhere(debt.shop, OWNER)
    case_id = (await claim(debt))["supportCase"]["id"]
    found: JSON = (await debt.seen_by(Role.SUPPORT).ask(SEE, id=case_id))["node"]
    return found


async def settle(debt: Debt, case: JSON, role: Role = Role.SUPPORT, **changed: object) -> JSON:
    given = {
        "supportCaseId": case["id"],
        "candidateId": case["candidates"][0]["id"],
        "resolution": "Same amount and payer",
    }
    result: JSON = (await debt.seen_by(role).ask(SETTLE, input=given | changed))["settleClaim"]
    return result


@pytest.mark.parametrize("role", [Role.OWNER, Role.FINANCE])
async def test_a_claim_finds_the_payment_that_nobody_told_us_of(api: Api, role: Role) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    await api.shop.pay(payment)
    settled = {
        "__typename": "ClaimSettled",
        "invoice": {"displayStatus": "PAID"},
        "payment": {"id": public(Kind.PAYMENT, payment.id), "status": "CAPTURED"},
    }
    assert await claim(debt, role) == settled
    before = await books()
    assert await claim(debt, role) == settled
    assert await books() == before


async def test_a_claim_without_a_match_is_a_case_for_a_person(api: Api) -> None:
    debt = await a_debt(api)
    result = await claim(debt)
    case = result["supportCase"]
    assert case.pop("id").startswith("cas_")
    assert result == {
        "__typename": "ClaimUnderReview",
        "supportCase": {
            "status": "OPEN",
            "reason": "CLAIM",
            "openedBy": OWNER,
            "note": "UTR 4711, paid on 2026-10-29",
            "resolution": None,
            "resolvedBy": None,
            "createdAt": "2026-10-30T09:30:00.000Z",
            "resolvedAt": None,
            "account": {"id": public(Kind.ACCOUNT, debt.account_id)},
            "invoice": {"number": "INV-2627-000001"},
            "payment": None,
            "candidates": [],
        },
    }
    shown = await debt.see("displayStatus progress { state reason supportCase { reason } }")
    assert shown == {
        "displayStatus": "DUE",
        "progress": {
            "state": None,
            "reason": "UNDER_REVIEW",
            "supportCase": {"reason": "CLAIM"},
        },
    }


async def test_a_repeated_claim_is_one_case_also_once_that_is_closed(api: Api) -> None:
    debt = await a_debt(api)
    first = await claim(debt)
    assert await claim(debt) == first
    assert (await claim(debt, idempotencyKey="claim-2"))["supportCase"] == first["supportCase"]
    conflict = await claim(debt, reference="another")
    assert conflict["__typename"] == "IdempotencyConflictError"
    case_id = first["supportCase"]["id"]
    closing = {"supportCaseId": case_id, "resolution": "It went to another seller."}
    await debt.seen_by(Role.SUPPORT).ask(RESOLVE, input=closing)
    before = await books()
    again = (await claim(debt))["supportCase"]
    assert (again["id"], again["status"]) == (case_id, "RESOLVED")
    assert await books() == before
    anew = (await claim(debt, idempotencyKey="claim-3"))["supportCase"]
    assert (anew["id"] != case_id, anew["status"]) == (True, "OPEN")


async def test_an_account_claims_ten_times_a_minute(api: Api) -> None:
    debt, other = await a_debt(api), await a_debt(api)
    for _ in range(10):
        await claim(debt)
    before = await books()
    given = {"idempotencyKey": "claim-2", "invoiceNumber": debt.invoice.number}
    refused = await debt.owner.send(CLAIM, input=given)
    assert refused["data"] is None
    [error] = refused["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= error["extensions"]["retryAfterSeconds"] <= 60
    assert await books() == before
    assert (await claim(other))["__typename"] == "ClaimUnderReview"


@pytest.mark.parametrize("role", Role)
async def test_candidates_are_seen_by_the_sellers_staff_alone(api: Api, role: Role) -> None:
    debt = await a_debt(api)
    intent = await paid_elsewhere(api.shop, OWNER)
    made = await claim(debt)
    assert made["supportCase"]["candidates"] == []
    case_id = made["supportCase"]["id"]
    seen = (await debt.seen_by(role).ask(SEE, id=case_id))["node"]["candidates"]
    if role not in STAFF:
        assert seen == []
        return
    (candidate,) = seen
    assert candidate.pop("id").startswith("cnd_")
    assert candidate == {
        "gateway": "stripe",
        "transactionId": intent,
        "amount": {"minorUnits": "10000", "currency": "USD"},
        "payerEmail": OWNER,
    }


@pytest.mark.parametrize("role", sorted(STAFF))
async def test_staff_settles_a_claim_with_a_candidate_and_a_resolution(
    api: Api, role: Role
) -> None:
    debt = await a_debt(api)
    case = await claimed(debt)
    api.shop.clock.move(minutes=1)
    result = await settle(debt, case, role)
    assert result["__typename"] == "SettleClaimSuccess"
    assert result["payment"]["status"] == "CAPTURED"
    assert result["payment"]["amount"] == {"minorUnits": "10000"}
    closed = result["supportCase"]
    assert closed["status"] == "RESOLVED"
    assert closed["resolvedAt"] == "2026-10-30T09:31:00.000Z"
    assert closed["resolvedBy"] == f"{role.lower()}@northwind.example"
    amounts = "amount { minorUnits } expected { minorUnits } matches"
    shown = await debt.see(
        f"displayStatus progress {{ reason }} statusEvidence {{ fact note {amounts} }}"
    )
    assert (shown["displayStatus"], shown["progress"]) == ("PAID", None)
    # The payment's own evidence was kept before the case was closed.
    assert [one["fact"] for one in shown["statusEvidence"]] == [
        "CLAIMED",
        "CASE_OPENED",
        "SEEN_PAID",
        "CASE_RESOLVED",
    ]
    taken = {key: shown["statusEvidence"][2][key] for key in ("amount", "expected", "matches")}
    whole = {"minorUnits": "10000"}
    assert taken == {"amount": whole, "expected": whole, "matches": True}
    seen = (await debt.owner.ask(SEE, id=case["id"]))["node"]
    assert (seen["resolution"], seen["resolvedBy"]) == ("Same amount and payer", "staff")


async def test_a_claim_is_settled_once(api: Api) -> None:
    debt = await a_debt(api)
    case = await claimed(debt)
    await settle(debt, case)
    before = await books()
    again = await settle(debt, case)
    assert again["issues"] == [{"path": ["supportCaseId"], "code": "CLOSED"}]
    assert await books() == before


async def test_two_people_who_settle_at_once_settle_it_once(api: Api) -> None:
    debt = await a_debt(api, "250.00")
    await paid_elsewhere(api.shop, OWNER)
    case = await claimed(debt)
    one, other = [candidate["id"] for candidate in case["candidates"]]
    results = await asyncio.gather(
        settle(debt, case, candidateId=one), settle(debt, case, Role.OPERATOR, candidateId=other)
    )
    assert sorted(result["__typename"] for result in results) == [
        "SettleClaimSuccess",
        "ValidationError",
    ]
    shown = await debt.see("displayStatus amountPaid { minorUnits }")
    assert shown == {"displayStatus": "PARTIALLY_PAID", "amountPaid": {"minorUnits": "10000"}}


async def test_a_candidate_of_another_case_settles_nothing(api: Api) -> None:
    mine, theirs = await a_debt(api), await a_debt(api)
    case = await claimed(mine)
    other = (await claim(theirs))["supportCase"]
    before = await books()
    for candidate in (case["candidates"][0]["id"], public(Kind.CANDIDATE, uuid4()), "", "x\u0000"):
        result = await settle(mine, case, supportCaseId=other["id"], candidateId=candidate)
        assert result == {
            "__typename": "NotFoundError",
            "code": "NOT_FOUND",
            "message": "No such candidate.",
        }
    assert await books() == before


CLAIMS: list[tuple[JSON, JSON]] = [
    ({"reference": "two\nlines"}, {"path": ["reference"], "code": "INVALID"}),
    ({"reference": "x" * 201}, {"path": ["reference"], "code": "INVALID"}),
    ({"paidOn": "2026-11-01"}, {"path": ["paidOn"], "code": "IN_FUTURE"}),
    ({"paidOn": "0001-01-01"}, {"path": ["paidOn"], "code": "TOO_OLD"}),
    ({"idempotencyKey": ""}, {"path": ["idempotencyKey"], "code": "INVALID"}),
]


@pytest.mark.parametrize(("changed", "issue"), CLAIMS, ids=lambda one: repr(one)[:30])
async def test_a_claim_that_makes_no_sense_is_refused(api: Api, changed: JSON, issue: JSON) -> None:
    debt = await a_debt(api)
    before = await books()
    result = await claim(debt, **changed)
    assert (result["__typename"], result["issues"]) == ("ValidationError", [issue])
    assert await books() == before


async def test_what_names_no_invoice_of_ones_own_cannot_be_claimed(api: Api) -> None:
    debt, foreign = await a_debt(api), await a_debt(api)
    before = await books()
    for number in (foreign.invoice.number, "INV-2627-999999", "", "a\u0000", "9" * 1000):
        result = await claim(debt, invoiceNumber=number)
        assert result == {
            "__typename": "NotFoundError",
            "code": "NOT_FOUND",
            "message": "No such invoice.",
        }
    assert await books() == before


async def test_while_no_gateway_answers_a_claim_is_worth_another_try(api: Api) -> None:
    debt = await a_debt(api)
    api.shop.sandbox.faults.add("outage")
    before = await books()
    assert (await claim(debt))["__typename"] == "GatewayUnavailableError"
    assert await books() == before


@pytest.mark.parametrize("role", sorted(STAFF))
async def test_staff_closes_a_case_once(api: Api, role: Role) -> None:
    debt = await a_debt(api)
    case = (await claim(debt))["supportCase"]
    asked = {"supportCaseId": case["id"], "resolution": " It went to another seller. "}
    staff = debt.seen_by(role)
    closed = (await staff.ask(RESOLVE, input=asked))["resolveSupportCase"]["supportCase"]
    assert (closed["status"], closed["resolution"]) == ("RESOLVED", "It went to another seller.")
    before = await books()
    again = await staff.ask(RESOLVE, input=asked)
    assert again["resolveSupportCase"]["supportCase"] == closed
    other = await staff.ask(RESOLVE, input=asked | {"resolution": "Something else."})
    assert other["resolveSupportCase"]["issues"] == [{"path": ["supportCaseId"], "code": "CLOSED"}]
    assert await books() == before


@pytest.mark.parametrize("resolution", ["", " ", "a\nb", "a\u0000", "x" * 301])
async def test_a_case_is_not_closed_without_a_word(api: Api, resolution: str) -> None:
    debt = await a_debt(api)
    case = (await claim(debt))["supportCase"]
    before = await books()
    asked = {"supportCaseId": case["id"], "resolution": resolution}
    result = (await debt.seen_by(Role.SUPPORT).ask(RESOLVE, input=asked))["resolveSupportCase"]
    assert result["issues"] == [{"path": ["resolution"], "code": "INVALID"}]
    assert await books() == before


async def test_cases_are_listed_newest_first_to_their_account_and_to_staff(api: Api) -> None:
    one, other = await a_debt(api), await a_debt(api)
    ids = [(await claim(one))["supportCase"]["id"], (await claim(other))["supportCase"]["id"]]
    one.invoice = await api.shop.invoice(one.account_id, month=Month(2026, 8))
    ids.append((await claim(one, idempotencyKey="claim-2"))["supportCase"]["id"])
    support = api.caller(Role.SUPPORT)
    closing = {"supportCaseId": ids[0], "resolution": "Found."}
    await support.ask(RESOLVE, input=closing)

    first = (await support.ask(LIST, first=2))["supportCases"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert [node["id"] for node in first["nodes"]] == [ids[2], ids[1]]
    rest = (await support.ask(LIST, first=2, after=first["pageInfo"]["endCursor"]))["supportCases"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == [ids[0]]
    assert rest["pageInfo"]["hasNextPage"] is False

    for status, expected in (("OPEN", [ids[2]]), ("RESOLVED", [ids[0]]), (None, [ids[2], ids[0]])):
        own = (await one.owner.ask(LIST, status=status))["supportCases"]
        assert [node["id"] for node in own["nodes"]] == expected
        assert own["totalCount"] == len(expected)
        nested = await one.owner.ask(OF_ACCOUNT, status=status)
        found = nested["viewer"]["account"]["supportCases"]
        assert found == {"totalCount": own["totalCount"], "nodes": own["nodes"]}


async def test_a_list_of_cases_refuses_other_lists_cursors(api: Api) -> None:
    debt = await a_debt(api)
    for given, code in (
        ({"after": "nonsense"}, "BAD_CURSOR"),
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
    ):
        assert await debt.owner.codes(LIST, **given) == [code]
