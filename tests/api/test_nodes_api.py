"""Everything with an id is found again by it."""

from __future__ import annotations

from uuid import uuid4

from service.billing.ids import Kind
from service.billing.people import Role
from service.billing.support import CaseReason
from service.store import cases
from service.store.cases import NewCase
from service.store.database import transaction
from service.workflows import contacts, payment_links
from service.workflows.payment_links import LinkRequest
from tests.api.harness import JSON, Api, public

NODES = """
query Nodes($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id
    ... on Account { name }
    ... on BillingContact { email }
    ... on Invoice { number }
    ... on Payment { status }
    ... on CheckoutSession { checkoutStatus: status }
    ... on SupportCase { reason }
    ... on PaymentLink { state }
  }
}
"""


async def test_everything_with_an_id_is_found_again_by_it(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    invoice = await shop.invoice(account_id)
    payment = (await shop.start(account_id, invoice)).payment
    contact = await contacts.add(
        shop.ports, account_id, idempotency_key="k", name="Ana", email="ana@a.example", locale=None
    )
    async with transaction():
        new = NewCase(account_id, CaseReason.CLAIM, "ana@a.example", invoice.id)
        case_id = await cases.open_case(new, at=shop.clock())
    assert case_id is not None
    wanted = LinkRequest(invoice.id, "ops@seller.example", "key")
    link = (await payment_links.create(shop.ports, account_id, wanted)).link
    expected: list[JSON | None] = [
        {
            "__typename": "Account",
            "id": public(Kind.ACCOUNT, account_id),
            "name": "Northwind Robotics, Inc.",
        },
        None,
        {
            "__typename": "BillingContact",
            "id": public(Kind.CONTACT, contact.id),
            "email": "ana@a.example",
        },
        {
            "__typename": "Invoice",
            "id": public(Kind.INVOICE, invoice.id),
            "number": "INV-2627-000001",
        },
        {"__typename": "Payment", "id": public(Kind.PAYMENT, payment.id), "status": "PENDING"},
        {
            "__typename": "CheckoutSession",
            "id": public(Kind.CHECKOUT, payment.id),
            "checkoutStatus": "OPEN",
        },
        {"__typename": "SupportCase", "id": public(Kind.CASE, case_id), "reason": "CLAIM"},
        {"__typename": "PaymentLink", "id": public(Kind.LINK, link.id), "state": "OPEN"},
    ]
    ids = [one["id"] if one else public(Kind.INVOICE, uuid4()) for one in expected]
    for caller in (api.caller(Role.MEMBER, account_id), api.caller(Role.SUPPORT)):
        assert (await caller.ask(NODES, ids=ids))["nodes"] == expected
        for one in expected:
            if one is not None:
                found = await caller.ask("query N($id: ID!) { node(id: $id) { id } }", id=one["id"])
                assert found == {"node": {"id": one["id"]}}


async def test_a_hundred_nodes_can_be_asked_for_and_no_more(api: Api) -> None:
    account_id = await api.shop.account()
    caller = api.caller(Role.MEMBER, account_id)
    own = public(Kind.ACCOUNT, account_id)
    found = await caller.ask("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[own] * 100)
    assert found == {"nodes": [{"id": own}] * 100}
    codes = await caller.codes("query N($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[own] * 101)
    assert codes == ["BAD_USER_INPUT"]
