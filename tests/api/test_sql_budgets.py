"""How many statements the reads of a dashboard cost, however long the lists are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.billing.evidence import Source, Witness
from service.billing.ids import Kind
from service.billing.people import Role
from service.billing.period import Month
from service.billing.support import CaseReason
from service.store.cases import NewCase
from service.store.database import transaction
from service.workflows.cases import open_case
from tests.api.harness import Api, public

MONEY = "minorUnits amount currency"
INVOICE = f"""
  id number kind period {{ start end label }} status displayStatus isOverdue isPayable
  issuedOn dueOn currency version createdAt updatedAt
  subtotal {{ {MONEY} }} tax {{ {MONEY} }} total {{ {MONEY} }}
  amountPaid {{ {MONEY} }} amountDue {{ {MONEY} }}
  taxes {{ name rate base {{ {MONEY} }} amount {{ {MONEY} }} }}
  chargeEstimate {{ rate base quote source asOf charged {{ {MONEY} }} }}
  document {{ state sha256 pdfUrl viewUrl readyAt retryAt }}
"""
PAYMENTS = f"""
  payments(first: 20) {{ nodes {{
    id status amount {{ {MONEY} }} quote {{ rate charged {{ {MONEY} }} }}
    allocations {{ amount {{ {MONEY} }} invoice {{ id number }} }}
    method {{ kind last4 }} failure {{ code }}
  }} }}
"""
LINES = f"lineItems {{ description quantity unitPrice amount {{ {MONEY} }} }}"
LIST = f"""{{ viewer {{ email role account {{ id name plan
  invoices(first: 20) {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {INVOICE} }} }}
}} }} }}"""
ONE = f"query One($id: ID!) {{ invoice(by: {{id: $id}}) {{ {INVOICE} {LINES} {PAYMENTS} }} }}"
DEEP = f"""{{ viewer {{ account {{ invoices(first: 20) {{ nodes {{
  {INVOICE} {LINES} {PAYMENTS} deliveries {{ recipient state }}
  counted: payments(first: 20) {{ totalCount }}
}} }} }} }} }}"""


async def stocked(api: Api) -> tuple[Any, str]:
    """An account with 21 invoices, three of them with payments; its owner and the newest id."""
    shop = api.shop
    account_id = await shop.account()
    months = [Month(2025, number) for number in range(1, 13)]
    months += [Month(2026, number) for number in range(1, 10)]
    made = [await shop.invoice(account_id, month=month) for month in months]
    for outcome in ("success", "declined"):
        started = await shop.start(account_id, *made[-2:])
        await shop.pay(started.payment, outcome)
        await shop.settle(account_id, started.payment.id)
        made = made[:-2] if outcome == "success" else made
    owner = api.caller(Role.OWNER, account_id)
    await owner.ask("{ viewer { account { id } } }")
    return owner, public(Kind.INVOICE, made[-1].id)


async def test_the_twenty_invoice_list_costs_four_statements(
    api: Api, statements: list[str]
) -> None:
    owner, _ = await stocked(api)
    statements.clear()
    answer = await owner.ask(LIST)
    invoices = answer["viewer"]["account"]["invoices"]
    assert (len(invoices["nodes"]), invoices["totalCount"]) == (20, 21)
    assert sum(node["chargeEstimate"] is not None for node in invoices["nodes"]) == 18
    assert len(statements) == 4, statements


async def test_a_count_that_nobody_asks_for_is_not_made(api: Api, statements: list[str]) -> None:
    owner, _ = await stocked(api)
    statements.clear()
    await owner.ask("{ viewer { account { invoices { nodes { number } } } } }")
    assert len(statements) == 2, statements


async def test_one_invoice_with_lines_payments_and_document_costs_six_statements(
    api: Api, statements: list[str]
) -> None:
    shop = api.shop
    account_id = await shop.account()
    invoice = await shop.invoice(account_id)
    await shop.start(account_id, invoice)
    owner = api.caller(Role.OWNER, account_id)
    await owner.ask("{ viewer { account { id } } }")
    statements.clear()
    found = (await owner.ask(ONE, id=public(Kind.INVOICE, invoice.id)))["invoice"]
    (payment,) = found["payments"]["nodes"]
    assert payment["allocations"][0]["invoice"]["number"] == found["number"]
    assert found["chargeEstimate"] is not None
    assert len(statements) == 6, statements


async def test_an_invoice_that_was_paid_with_others_costs_one_statement_more(
    api: Api, statements: list[str]
) -> None:
    owner, invoice_id = await stocked(api)
    statements.clear()
    invoice = (await owner.ask(ONE, id=invoice_id))["invoice"]
    (payment,) = invoice["payments"]["nodes"]
    assert len(payment["allocations"]) == 2
    assert len(statements) == 7, statements


async def test_a_deep_list_costs_one_statement_more_for_each_kind_of_thing(
    api: Api, statements: list[str]
) -> None:
    owner, _ = await stocked(api)
    statements.clear()
    await owner.ask(DEEP)
    # Account, invoices, rates, lines, payments, counts, deliveries, allocations.
    assert len(statements) == 8, statements


async def test_many_nodes_of_a_kind_cost_one_statement(api: Api, statements: list[str]) -> None:
    owner, _ = await stocked(api)
    listed = await owner.ask("{ viewer { account { invoices { nodes { id } } } } }")
    ids = [node["id"] for node in listed["viewer"]["account"]["invoices"]["nodes"]]
    statements.clear()
    await owner.ask("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert len(statements) == 1, statements


STATUS = f"""
  progress {{ state reason nextCheckAt deadlineAt supportCase {{ id reason }} }}
  statusEvidence {{
    at source fact message note reference amount {{ {MONEY} }} expected {{ {MONEY} }} matches
    nextCheckAt
  }}
"""
AFTERWARDS = f"""payments(first: 20) {{ nodes {{
  refunds {{ id amount {{ {MONEY} }} }} amountRefunded {{ {MONEY} }}
  disputes {{ id status }} evidence {{ fact nextCheckAt }}
}} }}"""


async def test_progress_costs_two_statements_and_evidence_one_for_one_invoice_as_for_twenty(
    api: Api, statements: list[str]
) -> None:
    owner, invoice_id = await stocked(api)
    for fields, cost in (("progress { reason }", 2), (STATUS, 3)):
        one = f"query One($id: ID!) {{ invoice(by: {{id: $id}}) {{ number {fields} }} }}"
        many = f"{{ viewer {{ account {{ invoices(first: 20) {{ nodes {{ {fields} }} }} }} }} }}"
        statements.clear()
        await owner.ask(one, id=invoice_id)
        assert len(statements) == 1 + cost, statements
        statements.clear()
        await owner.ask(many)
        assert len(statements) == 2 + cost, statements


async def test_what_became_of_payments_costs_one_statement_for_each_kind_of_thing(
    api: Api, statements: list[str]
) -> None:
    owner, _ = await stocked(api)
    statements.clear()
    await owner.ask(
        f"{{ viewer {{ account {{ invoices(first: 20) {{ nodes {{ {AFTERWARDS} }} }} }} }} }}"
    )
    # Account, invoices, payments, refunds, disputes, evidence.
    assert len(statements) == 6, statements


CASES = f"""{{ supportCases(first: 20) {{ totalCount nodes {{
  id status reason account {{ id name }} invoice {{ number displayStatus }} payment {{ id }}
  candidates {{ id amount {{ {MONEY} }} }} evidence {{ fact nextCheckAt }}
}} }} }}"""


async def claimed(api: Api, account_id: UUID, number: int) -> None:
    """Cases of claims, each about an invoice of its own."""
    for month in [Month(2025, one) for one in range(1, number + 1)]:
        invoice = await api.shop.invoice(account_id, month=month)
        async with transaction():
            new = NewCase(account_id, CaseReason.CLAIM, "a@a.example", invoice.id)
            await open_case(api.shop.ports, new, Witness(Source.PAYER))


async def test_a_list_of_cases_costs_a_statement_for_each_kind_of_thing(
    api: Api, statements: list[str]
) -> None:
    account_id = await api.shop.account()
    await claimed(api, account_id, 10)
    support = api.caller(Role.SUPPORT)
    await support.ask("{ viewer { email } }")
    statements.clear()
    found = (await support.ask(CASES))["supportCases"]
    assert len(found["nodes"]) == 10
    # Cases, count, accounts, invoices, candidates, evidence, and what is under way: two.
    assert len(statements) == 8, statements


async def test_cases_of_many_accounts_cost_no_more(api: Api, statements: list[str]) -> None:
    for _ in range(4):
        await claimed(api, await api.shop.account(), 2)
    support = api.caller(Role.SUPPORT)
    await support.ask("{ viewer { email } }")
    statements.clear()
    found = (await support.ask(CASES))["supportCases"]
    assert len(found["nodes"]) == 8
    assert len(statements) == 8, statements
