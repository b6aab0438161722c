"""Payments: what was paid with, what for, and why not."""

from __future__ import annotations

from service.billing.ids import Kind
from service.billing.people import Role
from tests.api.harness import Api, issued, public

PAYMENTS = """
query Payments($first: Int, $after: String, $last: Int, $before: String) {
  viewer { account { payments(first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id }
    edges { cursor node { id } }
  } } }
}
"""

PAYMENT_FIELDS = """
  id status amount { amount currency }
  quote { rate base quote source asOf validUntil charged { minorUnits } }
  allocations { amount { amount } invoice { number displayStatus } }
  method { kind brand last4 } failure { code message nextAction } createdAt capturedAt
"""


async def test_a_payment_tells_what_was_paid_with_and_which_invoices_it_settles(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    one, other = await issued(api, account_id, 2)
    started = await shop.start(account_id, one, other)
    await shop.pay(started.payment)
    shop.clock.move(seconds=5)
    settled = await shop.settle(account_id, started.payment.id)
    answer = await api.caller(Role.MEMBER, account_id).ask(
        f"{{ viewer {{ account {{ payments {{ totalCount nodes {{ {PAYMENT_FIELDS} }} }} }} }} }}"
    )
    payments = answer["viewer"]["account"]["payments"]
    assert payments["totalCount"] == 1
    (payment,) = payments["nodes"]
    assert sorted(part["invoice"]["number"] for part in payment.pop("allocations")) == [
        "INV-2627-000001",
        "INV-2627-000002",
    ]
    quote = payment.pop("quote")
    assert quote.pop("charged") == {"minorUnits": str(settled.quote.charged.minor_units)}
    assert quote == {
        "rate": f"{settled.quote.rate.normalize():f}",
        "base": "USD",
        "quote": "INR",
        "source": "European Central Bank",
        "asOf": "2026-10-30",
        "validUntil": "2026-11-01T10:30:00.000Z",
    }
    assert payment == {
        "id": public(Kind.PAYMENT, started.payment.id),
        "status": "CAPTURED",
        "amount": {"amount": "200.00", "currency": "USD"},
        "method": {"kind": "card", "brand": "visa", "last4": "4242"},
        "failure": None,
        "createdAt": "2026-11-01T09:30:00.000Z",
        "capturedAt": "2026-11-01T09:30:00.000Z",
    }


async def test_a_declined_payment_tells_what_helps(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    started = await shop.start(account_id, await shop.invoice(account_id))
    await shop.pay(started.payment, "insufficient_funds")
    await shop.settle(account_id, started.payment.id)
    answer = await api.caller(Role.MEMBER, account_id).ask(
        "{ viewer { account { payments { nodes { status failure { code nextAction } } } } } }"
    )
    assert answer["viewer"]["account"]["payments"]["nodes"] == [
        {
            "status": "PENDING",
            "failure": {"code": "insufficient_funds", "nextAction": "NEW_CARD"},
        }
    ]


async def test_payments_of_an_account_and_of_its_invoices_are_paged_newest_first(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    invoices = await issued(api, account_id, 2)
    ids = []
    for _ in range(3):
        started = await shop.start(account_id, *invoices)
        ids.append(public(Kind.PAYMENT, started.payment.id))
        shop.clock.move(hours=2)
        await shop.settle(account_id, started.payment.id)
    newest_first = ids[::-1]
    caller = api.caller(Role.MEMBER, account_id)
    first = (await caller.ask(PAYMENTS, first=2))["viewer"]["account"]["payments"]
    assert [node["id"] for node in first["nodes"]] == newest_first[:2]
    assert first["totalCount"] == 3
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    rest = (await caller.ask(PAYMENTS, first=2, after=after))["viewer"]["account"]["payments"]
    assert [node["id"] for node in rest["nodes"]] == newest_first[2:]
    assert rest["pageInfo"]["hasNextPage"] is False
    oldest = (await caller.ask(PAYMENTS, last=1))["viewer"]["account"]["payments"]
    assert [node["id"] for node in oldest["nodes"]] == newest_first[2:]
    nested = await caller.ask(
        """query Nested($after: String) { viewer { account { invoices { nodes {
            newest: payments(first: 2) { totalCount pageInfo { hasNextPage } nodes { id } }
            rest: payments(first: 2, after: $after) { edges { node { id } cursor } }
        } } } } }""",
        after=after,
    )
    for node in nested["viewer"]["account"]["invoices"]["nodes"]:
        assert node["newest"] == {
            "totalCount": 3,
            "pageInfo": {"hasNextPage": True},
            "nodes": [{"id": one} for one in newest_first[:2]],
        }
        assert [edge["node"]["id"] for edge in node["rest"]["edges"]] == newest_first[2:]
