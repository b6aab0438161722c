"""How many statements the lists of staff cost, over however many accounts they span."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from service.billing.ids import Kind
from service.billing.people import Role
from service.billing.period import Month
from service.billing.support import CaseReason
from service.store import cases, documents, refunds
from service.store.cases import NewCase
from service.store.database import transaction
from service.workflows import contacts, payment_links
from service.workflows.payment_links import LinkRequest
from tests.api.harness import Api, Caller, public
from tests.store import rows

MONEY = "minorUnits amount currency"
PAYMENT = f"""
  id allocations {{ amount {{ {MONEY} }} invoice {{ number }} }}
  refunds {{ id }} amountRefunded {{ {MONEY} }} disputes {{ id }} receipt {{ number }}
  evidence {{ fact nextCheckAt }}
"""
# The number of statements that fields of accounts cost, for any number of accounts.
OF_AN_ACCOUNT = {
    "balanceDue { minorUnits }": 1,
    "billingContacts { email }": 1,
    "invoices(first: 2) { nodes { number } }": 1,
    "invoices(first: 2) { totalCount }": 2,
    "invoices(last: 1, filter: {displayStatus: [DUE], kind: [USAGE]}) { nodes { number } }": 1,
    "invoices(first: 2) { nodes { lineItems { description amount { minorUnits } } } }": 2,
    "invoices(first: 2) { nodes { deliveries { recipient } } }": 2,
    "invoices(first: 2) { nodes { paymentLinks { id state invoice { number } } } }": 2,
    "invoices(first: 2) { nodes { chargeEstimate { rate } } }": 2,
    "invoices(first: 2) { nodes { progress { reason supportCase { id } } } }": 3,
    "invoices(first: 2) { nodes { statusEvidence { fact nextCheckAt } } }": 4,
    "invoices(first: 2) { nodes { payments { totalCount nodes { id } } } }": 3,
    "payments(first: 2) { nodes { id } }": 1,
    "payments(first: 2) { totalCount }": 2,
    "payments(first: 2) { nodes { allocations { amount { minorUnits } } } }": 2,
    "payments(first: 2) { nodes { allocations { invoice { number } } } }": 3,
    "payments(first: 2) { nodes { refunds { id } amountRefunded { minorUnits } } }": 2,
    "payments(first: 2) { nodes { disputes { id } } }": 2,
    "payments(first: 2) { nodes { receipt { number } } }": 2,
    "payments(first: 2) { nodes { evidence { fact nextCheckAt } } }": 2,
    "supportCases(first: 3) { nodes { id reason candidates { id } } }": 2,
    "supportCases(first: 3, status: OPEN) { totalCount }": 2,
}
EVERYTHING = f"""
  name balanceDue {{ minorUnits }} billingContacts {{ email }}
  supportCases(first: 3) {{ totalCount nodes {{ id payment {{ id }} }} }}
  all: payments(first: 2) {{ totalCount }}
  invoices(first: 2) {{ totalCount nodes {{
    number lineItems {{ description }} deliveries {{ recipient }} chargeEstimate {{ rate }}
    paymentLinks {{ id state }}
    payments(first: 2) {{ totalCount nodes {{ {PAYMENT} }} }}
  }} }}
"""


async def entangled(api: Api, charge_currency: str) -> UUID:
    """An account with one of everything: a payment that is refunded and disputed, with a receipt
    and a case; and an open invoice with a link, a mail, and a claim that has a candidate."""
    shop = api.shop
    account_id = await shop.account(charge_currency=charge_currency)
    await contacts.add(
        shop.ports,
        account_id,
        idempotency_key="contact",
        name="Ana",
        email="a@a.example",
        locale=None,
    )
    paid = await shop.invoice(account_id, month=Month(2026, 8))
    payment = (await shop.start(account_id, paid)).payment
    await shop.pay(payment)
    payment = await shop.settle(account_id, payment.id)
    due = await shop.invoice(account_id)
    link = LinkRequest(due.id, "kim@seller.example", "link")
    await payment_links.create(shop.ports, account_id, link)
    name, at = str(payment.id), shop.clock()
    async with transaction():
        await refunds.add(rows.new_refund(payment))
        disputed = rows.gateway_dispute(name)
        await refunds.open_dispute(account_id, payment.id, payment.gateway, disputed)
        await documents.queue_delivery(
            account_id, due.id, contact_id=None, name="Ana", email=f"{name}@a.example", at=at
        )
        failed = NewCase(account_id, CaseReason.REFUND_FAILED, "service", payment_id=payment.id)
        await cases.open_case(failed, at=at)
        case_id = await cases.open_case(
            NewCase(account_id, CaseReason.CLAIM, "a@a.example", due.id), at=at
        )
        assert case_id is not None
        found = rows.gateway_payment(payment.amount, name)
        await cases.add_candidate(account_id, case_id, payment.gateway, found)
    return account_id


async def of_accounts(support: Caller, fields: str) -> dict[str, Any]:
    """What staff sees of the accounts of all cases, by account."""
    query = f"{{ supportCases(first: 40) {{ nodes {{ account {{ id {fields} }} }} }} }}"
    nodes = (await support.ask(query))["supportCases"]["nodes"]
    return {node["account"]["id"]: node["account"] for node in nodes}


CURRENCIES = ("INR", "EUR", "USD", "GBP", "JPY")


async def test_each_field_of_an_account_costs_the_same_for_six_accounts_as_for_one(
    api: Api, statements: list[str]
) -> None:
    support = api.caller(Role.SUPPORT)
    known = [await entangled(api, "INR")]
    await support.ask("{ viewer { email } }")

    async def costs() -> dict[str, int]:
        found = {}
        for fields in (*OF_AN_ACCOUNT, EVERYTHING):
            statements.clear()
            assert len(await of_accounts(support, fields)) == len(known)
            # Beside the list of cases and its accounts.
            found[fields] = len(statements) - 2
        return found

    # Balances, contacts; cases, their count, their payments; payments and their count; invoices,
    # their count, lines, mails, rates and links; payments of invoices and their count;
    # allocations, refunds, disputes, receipts, evidence.
    expected = OF_AN_ACCOUNT | {EVERYTHING: 20}
    assert await costs() == expected
    known += [await entangled(api, currency) for currency in CURRENCIES]
    assert await costs() == expected


async def test_what_is_read_of_many_accounts_at_once_is_what_each_has(api: Api) -> None:
    for currency in CURRENCIES:
        await entangled(api, currency)
    support = api.caller(Role.SUPPORT)
    alone = f"query($id: ID!) {{ account(id: $id) {{ id {EVERYTHING} }} }}"
    together = await of_accounts(support, EVERYTHING)
    assert len(together) == len(CURRENCIES)
    for account_id, seen in together.items():
        assert seen == (await support.ask(alone, id=account_id))["account"]
        due, paid = seen["invoices"]["nodes"]
        (payment,) = paid["payments"]["nodes"]
        (part,) = payment["allocations"]
        assert part["invoice"]["number"] == paid["number"]
        lists = [payment["refunds"], payment["disputes"], due["paymentLinks"], due["deliveries"]]
        assert [len(one) for one in lists] == [1, 1, 1, 1]
        assert payment["receipt"]["number"].startswith("RCT-")
        assert (due["chargeEstimate"] is None, due["lineItems"] == []) == (False, False)
        assert seen["supportCases"]["totalCount"] == 2


IDS = """
  billingContacts { id } supportCases(first: 3) { nodes { id } }
  payments(first: 2) { nodes { id } } invoices(first: 2) { nodes { id paymentLinks { id } } }
"""


def ids_in(seen: Any) -> list[str]:
    """Every id below the top of an answer."""
    below = seen.values() if isinstance(seen, dict) else seen if isinstance(seen, list) else ()
    own = [one["id"] for one in below if isinstance(one, dict) and "id" in one]
    return own + [found for one in below for found in ids_in(one)]


async def test_nodes_of_many_accounts_cost_staff_two_statements_for_each_kind(
    api: Api, statements: list[str]
) -> None:
    for currency in CURRENCIES:
        await entangled(api, currency)
    support = api.caller(Role.SUPPORT)
    listed = [ids_in(seen) for seen in (await of_accounts(support, IDS)).values()]
    # A contact, two cases, a payment, two invoices, a link.
    assert [len(set(ids)) for ids in listed] == [7] * 5
    for ids in (listed[0], [one for several in listed for one in several]):
        statements.clear()
        found = await support.ask("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
        assert [node["id"] for node in found["nodes"]] == ids
        # Whose they are, and what they are, of five kinds.
        assert len(statements) == 10, statements


async def test_a_checkout_of_many_invoices_costs_no_more(api: Api, statements: list[str]) -> None:
    shop = api.shop
    account_id = await shop.account()
    made = [await shop.invoice(account_id, month=Month(2025, number)) for number in range(1, 6)]
    started = await shop.start(account_id, *made)
    owner = api.caller(Role.OWNER, account_id)
    await owner.ask("{ viewer { account { id } } }")
    statements.clear()
    found = await owner.ask(
        "query($id: ID!) { checkoutSession(id: $id) { invoices { number } } }",
        id=public(Kind.CHECKOUT, started.payment.id),
    )
    listed = [one["number"] for one in found["checkoutSession"]["invoices"]]
    assert sorted(listed) == [one.number for one in made]
    # The attempt, its parts, their invoices.
    assert len(statements) == 3, statements
