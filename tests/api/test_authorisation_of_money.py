"""Who may do what about claims, cases, links, refunds, transfers, mails and details: role by role,
and never with what is another account's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.billing.period import Month
from service.store import accounts
from service.workflows import offline, payment_links
from service.workflows.offline import OfflinePayment
from service.workflows.payment_links import LinkRequest
from tests.api.debts import Debt, a_debt
from tests.api.harness import JSON, Api, Caller, public
from tests.support.books import books
from tests.support.shop import TODAY
from tests.workflows.test_claims import paid_elsewhere

CUSTOMERS = [role for role in Role if role not in STAFF]
MISSING = {
    "account": public(Kind.ACCOUNT, uuid4()),
    "invoice": public(Kind.INVOICE, uuid4()),
    "number": "INV-2627-999999",
    "payment": public(Kind.PAYMENT, uuid4()),
    "transfer": public(Kind.PAYMENT, uuid4()),
    "case": public(Kind.CASE, uuid4()),
    "candidate": public(Kind.CANDIDATE, uuid4()),
    "link": public(Kind.LINK, uuid4()),
}


@dataclass(frozen=True)
class Deed:
    """A mutation: its input, who may do it, and what others are told that they may not."""

    name: str
    type: str
    input: str
    names: tuple[str, ...]
    allowed: frozenset[Role]
    what: str
    success: str = ""

    @property
    def text(self) -> str:
        declared = ", ".join(f"${name}: {_TYPES.get(name, 'ID!')}" for name in self.names)
        answer = "{ __typename ... on UserError { code message } }"
        return f"mutation({declared}) {{ {self.name}(input: {{ {self.input} }}) {answer} }}"

    async def done_by(self, caller: Caller, ids: dict[str, str]) -> JSON:
        data = await caller.ask(self.text, **{name: ids[name] for name in self.names})
        result: JSON = data[self.name]
        return result


_TYPES = {"number": "String!"}
OPERATOR = frozenset({Role.OPERATOR})
DEEDS = [
    Deed(
        "claimPaid",
        "invoice",
        'idempotencyKey: "1", invoiceNumber: $number',
        ("number",),
        frozenset({Role.OWNER, Role.FINANCE}),
        "claim payments",
        "ClaimUnderReview",
    ),
    Deed(
        "settleClaim",
        "support case",
        'supportCaseId: $case, candidateId: $candidate, resolution: "It is this one"',
        ("case", "candidate"),
        STAFF,
        "work on support cases",
    ),
    Deed(
        "resolveSupportCase",
        "support case",
        'supportCaseId: $case, resolution: "Found"',
        ("case",),
        STAFF,
        "work on support cases",
    ),
    Deed(
        "createPaymentLink",
        "invoice",
        'idempotencyKey: "2", invoiceId: $invoice',
        ("invoice",),
        STAFF,
        "make payment links",
    ),
    Deed(
        "revokePaymentLink",
        "payment link",
        "paymentLinkId: $link",
        ("link",),
        STAFF,
        "make payment links",
    ),
    Deed(
        "refundPayment",
        "payment",
        'idempotencyKey: "3", paymentId: $payment, note: "Agreed"',
        ("payment",),
        OPERATOR,
        "refund payments",
    ),
    Deed(
        "recordOfflinePayment",
        "invoice",
        'idempotencyKey: "4", invoiceId: $invoice, amount: "1", bankReference: "UTR",'
        ' receivedOn: "2026-10-30"',
        ("invoice",),
        OPERATOR,
        "record bank transfers",
    ),
    Deed(
        "recordOfflineRefund",
        "payment",
        'idempotencyKey: "6", paymentId: $transfer, amount: "1", bankReference: "OUT",'
        ' returnedOn: "2026-10-30", beyondSurplus: true',
        ("transfer",),
        OPERATOR,
        "record bank transfers",
    ),
    Deed(
        "resendInvoice",
        "invoice",
        'idempotencyKey: "5", invoiceId: $invoice',
        ("invoice",),
        STAFF | {Role.OWNER, Role.FINANCE},
        "mail invoices again",
    ),
    Deed(
        "updateBillingDetails",
        "account",
        'accountId: $account, expectedVersion: 1, name: "Renamed"',
        ("account",),
        OPERATOR | {Role.OWNER, Role.FINANCE},
        "edit billing details",
    ),
]
BY_NAME = {deed.name: deed for deed in DEEDS}
SIGHTS = ("case", "link")


@dataclass(frozen=True)
class Stock:
    """An account with invoices that are paid by card and by bank, and an open one that has a claim
    and a link."""

    debt: Debt
    ids: dict[str, str]

    def seen_by(self, role: Role) -> Caller:
        return self.debt.seen_by(role)


async def stocked(api: Api) -> Stock:
    settled = await a_debt(api)
    payment = await settled.paid()
    by_bank = await api.shop.invoice(settled.account_id, "1.00", month=Month(2026, 7))
    came = OfflinePayment(by_bank.id, 100, "UTR 1", TODAY, "ops@seller.example", "stock-transfer")
    transfer = await offline.record(api.shop.ports, settled.account_id, came)
    debt = replace(
        settled, invoice=await api.shop.invoice(settled.account_id, month=Month(2026, 8))
    )
    payer = (await accounts.find(debt.account_id)).email
    await paid_elsewhere(api.shop, payer)
    claimant = api.caller(Role.OWNER, debt.account_id)
    found = await claimant.ask(
        """mutation($number: String!) { claimPaid(input: {
            idempotencyKey: "stock", invoiceNumber: $number }) {
            ... on ClaimUnderReview { supportCase { id } } } }""",
        number=debt.invoice.number,
    )
    case_id = found["claimPaid"]["supportCase"]["id"]
    wanted = LinkRequest(debt.invoice.id, "support@seller.example", "stock-link")
    link = await payment_links.create(api.shop.ports, debt.account_id, wanted)
    ids = {
        "account": public(Kind.ACCOUNT, debt.account_id),
        "invoice": debt.invoice_id,
        "number": str(debt.invoice.number),
        "payment": public(Kind.PAYMENT, payment.id),
        "transfer": public(Kind.PAYMENT, transfer.id),
        "case": case_id,
        "candidate": await candidate_of(api, case_id, payer),
        "link": public(Kind.LINK, link.link.id),
    }
    return Stock(debt, ids)


async def candidate_of(api: Api, case_id: str, payer: str) -> str:
    seen = await api.caller(Role.SUPPORT).ask(
        "query($id: ID!) { node(id: $id) { ... on SupportCase { candidates { id payerEmail } } } }",
        id=case_id,
    )
    (candidate,) = [one for one in seen["node"]["candidates"] if one["payerEmail"] == payer]
    return str(candidate["id"])


@pytest.fixture
async def ours(api: Api) -> Stock:
    return await stocked(api)


@pytest.fixture
async def theirs(api: Api) -> Stock:
    return await stocked(api)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", BY_NAME)
async def test_only_the_roles_that_may_do_it_and_whoever_may_not_changes_nothing(
    api: Api, ours: Stock, role: Role, name: str
) -> None:
    deed = BY_NAME[name]
    caller = ours.seen_by(role)
    if role in deed.allowed:
        done = await deed.done_by(caller, ours.ids)
        assert done == {"__typename": deed.success or f"{name[0].upper()}{name[1:]}Success"}
        return
    before = await books()
    for ids in (ours.ids, MISSING):
        assert await deed.done_by(caller, ids) == {
            "__typename": "ForbiddenError",
            "code": "FORBIDDEN",
            "message": f"Your role {role} may not {deed.what}.",
        }
    assert await books() == before


@pytest.mark.parametrize("name", BY_NAME)
async def test_what_is_not_there_is_not_found_by_those_who_may_do_it(
    api: Api, ours: Stock, theirs: Stock, name: str
) -> None:
    deed = BY_NAME[name]
    before = await books()
    for role in sorted(deed.allowed):
        # What is another account's does not exist for customers; staff acts for any account.
        foreign = [MISSING] if role in STAFF else [MISSING, theirs.ids]
        for ids in foreign:
            assert await deed.done_by(ours.seen_by(role), ids) == {
                "__typename": "NotFoundError",
                "code": "NOT_FOUND",
                "message": f"No such {deed.type}.",
            }
    assert await books() == before


@pytest.mark.parametrize("kind", SIGHTS)
@pytest.mark.parametrize("role", Role)
async def test_cases_and_links_are_seen_by_their_account_and_by_staff(
    api: Api, ours: Stock, theirs: Stock, role: Role, kind: str
) -> None:
    query = "query($id: ID!) { node(id: $id) { id } }"
    caller = ours.seen_by(role)
    own, foreign = ours.ids[kind], theirs.ids[kind]
    assert await caller.ask(query, id=own) == {"node": {"id": own}}
    expected = {"id": foreign} if role in STAFF else None
    assert await caller.ask(query, id=foreign) == {"node": expected}
    assert await caller.ask(query, id=MISSING[kind]) == {"node": None}
    assert await caller.ask(query, id=ours.ids["candidate"]) == {"node": None}


@pytest.mark.parametrize("role", Role)
async def test_lists_of_cases_hold_ones_own_alone_but_for_staff(
    api: Api, ours: Stock, theirs: Stock, role: Role
) -> None:
    query = "{ supportCases { totalCount nodes { id } } }"
    listed = (await ours.seen_by(role).ask(query))["supportCases"]
    expected = [ours.ids["case"]]
    if role in STAFF:
        expected.insert(0, theirs.ids["case"])
    assert [node["id"] for node in listed["nodes"]] == expected
    assert listed["totalCount"] == len(expected)
