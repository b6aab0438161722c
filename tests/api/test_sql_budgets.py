"""How many statements the reads of a dashboard cost, however long the lists are."""

from __future__ import annotations

from typing import Any

import asyncpg.connection
import pytest

from service.billing.ids import Kind
from service.billing.people import Role
from service.billing.period import Month
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
    id status amount {{ {MONEY} }} charged {{ rate charged {{ {MONEY} }} }}
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


# What the driver asks once on each new connection, to learn about types.
_DRIVERS_OWN = ("set_config('jit'", "typeinfo_tree")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What every connection of the process has executed so far."""
    executed: list[str] = []
    run = asyncpg.connection.Connection._Connection__execute

    async def note_and_run(connection: Any, query: str, *arguments: Any, **options: Any) -> Any:
        if not any(mark in query for mark in _DRIVERS_OWN):
            executed.append(query)
        return await run(connection, query, *arguments, **options)

    monkeypatch.setattr(asyncpg.connection.Connection, "_Connection__execute", note_and_run)
    return executed


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
