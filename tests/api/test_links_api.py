"""Payment links: made and ended by staff, and offered while every gateway is down."""

from __future__ import annotations

import pytest

from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.billing.period import Month
from service.store import evidence as evidence_store
from service.workflows import payment_links
from tests.api.debts import USER_ERROR, Debt, a_debt, go_down
from tests.api.harness import JSON, Api, public
from tests.support.books import books, rows
from tests.support.shop import CANCEL_URL, SUCCESS_URL

LINK = """
  id url state amount { minorUnits currency } createdAt expiresAt usedAt revokedAt
  invoice { number }
"""
CREATE = f"""
mutation C($input: CreatePaymentLinkInput!) {{ createPaymentLink(input: $input) {{
  __typename
  ... on CreatePaymentLinkSuccess {{ paymentLink {{ {LINK} }} }}
  ... on InvoiceNotPayableError {{ invoice {{ displayStatus }} }}
  {USER_ERROR}
}} }}
"""
REVOKE = f"""
mutation R($input: RevokePaymentLinkInput!) {{ revokePaymentLink(input: $input) {{
  __typename
  ... on RevokePaymentLinkSuccess {{ paymentLink {{ {LINK} }} }}
  ... on UserError {{ code message }}
}} }}
"""
START = f"""
mutation S($input: StartCheckoutInput!) {{ startCheckout(input: $input) {{
  __typename
  ... on GatewayUnavailableError {{ nextAction retryAt paymentLink {{ {LINK} }} }}
  {USER_ERROR}
}} }}
"""
SEE = f"query($id: ID!) {{ node(id: $id) {{ ... on PaymentLink {{ {LINK} }} }} }}"
OPEN = {
    "state": "OPEN",
    "amount": {"minorUnits": "10000", "currency": "USD"},
    "createdAt": "2026-10-30T09:30:00.000Z",
    "expiresAt": "2026-11-06T09:30:00.000Z",
    "usedAt": None,
    "revokedAt": None,
    "invoice": {"number": "INV-2627-000001"},
}


async def create(debt: Debt, role: Role = Role.SUPPORT, **changed: object) -> JSON:
    given: JSON = {"idempotencyKey": "link-1", "invoiceId": debt.invoice_id}
    answer = await debt.seen_by(role).ask(CREATE, input=given | changed)
    result: JSON = answer["createPaymentLink"]
    return result


async def see(debt: Debt, link_id: str, role: Role = Role.SUPPORT) -> JSON:
    found: JSON = (await debt.seen_by(role).ask(SEE, id=link_id))["node"]
    return found


async def start(debt: Debt, *invoices: str, key: str = "key-1") -> JSON:
    given = {
        "idempotencyKey": key,
        "invoiceIds": list(invoices) or [debt.invoice_id],
        "successUrl": SUCCESS_URL,
        "cancelUrl": CANCEL_URL,
    }
    result: JSON = (await debt.owner.ask(START, input=given))["startCheckout"]
    return result


@pytest.mark.parametrize("role", sorted(STAFF))
async def test_staff_makes_a_link_whose_url_is_told_once(api: Api, role: Role) -> None:
    debt = await a_debt(api)
    made = (await create(debt, role))["paymentLink"]
    start, _, token = made.pop("url").rpartition("/")
    assert (start, len(token)) == ("https://pay.example.com/pay", 43)
    link_id = made.pop("id")
    assert link_id.startswith("lnk_")
    assert made == OPEN
    again = (await create(debt, role))["paymentLink"]
    assert again == OPEN | {"id": link_id, "url": None}
    assert await see(debt, link_id) == again
    assert await rows("payment_link") == 1
    link, _ = await payment_links.opened_by(api.shop.ports, token)
    assert public(Kind.LINK, link.id) == link_id


async def test_a_link_lives_as_long_as_it_is_asked_to(api: Api) -> None:
    debt = await a_debt(api)
    made = (await create(debt, expiresInHours=1))["paymentLink"]
    assert made["expiresAt"] == "2026-10-30T10:30:00.000Z"
    api.shop.clock.move(minutes=59)
    assert (await see(debt, made["id"]))["state"] == "OPEN"
    api.shop.clock.move(minutes=1)
    assert (await see(debt, made["id"]))["state"] == "EXPIRED"


LIVES = [
    ({"expiresInHours": 0}, {"path": ["expiresInHours"], "code": "RANGE"}),
    ({"expiresInHours": -1}, {"path": ["expiresInHours"], "code": "RANGE"}),
    ({"expiresInHours": 721}, {"path": ["expiresInHours"], "code": "RANGE"}),
    ({"expiresInHours": 2**31 - 1}, {"path": ["expiresInHours"], "code": "RANGE"}),
    ({"idempotencyKey": "k k"}, {"path": ["idempotencyKey"], "code": "INVALID"}),
]


@pytest.mark.parametrize(("changed", "issue"), LIVES, ids=lambda one: repr(one)[:30])
async def test_a_link_that_cannot_be_is_refused(api: Api, changed: JSON, issue: JSON) -> None:
    debt = await a_debt(api)
    before = await books()
    result = await create(debt, **changed)
    assert (result["__typename"], result["issues"]) == ("ValidationError", [issue])
    assert await books() == before


async def test_a_paid_invoice_gets_no_link_and_kills_the_one_it_had(api: Api) -> None:
    debt = await a_debt(api)
    link_id = (await create(debt))["paymentLink"]["id"]
    await debt.paid()
    assert (await see(debt, link_id))["state"] == "SETTLED"
    before = await books()
    assert await create(debt, idempotencyKey="link-2") == {
        "__typename": "InvoiceNotPayableError",
        "code": "INVOICE_NOT_PAYABLE",
        "message": "Nothing can be paid on it now.",
        "invoice": {"displayStatus": "PAID"},
    }
    assert await books() == before


async def test_a_key_that_made_another_link_is_a_conflict(api: Api) -> None:
    debt = await a_debt(api)
    await create(debt)
    before = await books()
    result = await create(debt, expiresInHours=2)
    assert result["__typename"] == "IdempotencyConflictError"
    assert await books() == before


@pytest.mark.parametrize("role", sorted(STAFF))
async def test_staff_ends_a_link_for_good(api: Api, role: Role) -> None:
    debt = await a_debt(api)
    link_id = (await create(debt))["paymentLink"]["id"]
    api.shop.clock.move(minutes=1)
    staff = debt.seen_by(role)
    ended = (await staff.ask(REVOKE, input={"paymentLinkId": link_id}))["revokePaymentLink"]
    revoked = {"id": link_id, "url": None, "state": "REVOKED"}
    revoked["revokedAt"] = "2026-10-30T09:31:00.000Z"
    assert ended["paymentLink"] == OPEN | revoked
    before = await books()
    again = (await staff.ask(REVOKE, input={"paymentLinkId": link_id}))["revokePaymentLink"]
    assert again == ended
    assert await books() == before


@pytest.mark.parametrize("role", Role)
async def test_the_links_of_an_invoice_are_listed_to_staff_alone(api: Api, role: Role) -> None:
    debt = await a_debt(api)
    first = (await create(debt))["paymentLink"]["id"]
    second = (await create(debt, idempotencyKey="link-2"))["paymentLink"]["id"]
    seen = await debt.see("paymentLinks { id url state }", role)
    if role not in STAFF:
        assert seen == {"paymentLinks": []}
        return
    assert seen["paymentLinks"] == [
        {"id": second, "url": None, "state": "OPEN"},
        {"id": first, "url": None, "state": "OPEN"},
    ]


async def test_who_made_a_link_is_told_by_the_evidence(api: Api) -> None:
    debt = await a_debt(api)
    await create(debt)
    fields = "statusEvidence { source fact reference amount { minorUnits } }"
    made = {"fact": "LINK_CREATED", "source": "STAFF", "amount": {"minorUnits": "10000"}}
    assert await debt.see(fields) == {"statusEvidence": [made | {"reference": "staff"}]}
    by_staff = await debt.see(fields, Role.OPERATOR)
    assert by_staff == {"statusEvidence": [made | {"reference": "support@northwind.example"}]}


async def test_while_every_gateway_is_down_a_link_is_offered_to_pay_by_later(api: Api) -> None:
    debt = await a_debt(api)
    go_down(api)
    result = await start(debt)
    offered = result.pop("paymentLink")
    assert result == {
        "__typename": "GatewayUnavailableError",
        "code": "GATEWAY_UNAVAILABLE",
        "message": "The payment gateway does not answer at the moment. Nothing is lost.",
        "nextAction": "USE_LINK",
        "retryAt": "2026-10-30T09:30:30.000Z",
    }
    token = offered.pop("url").rpartition("/")[2]
    link_id = offered.pop("id")
    assert offered == OPEN
    link, _ = await payment_links.opened_by(api.shop.ports, token)
    assert public(Kind.LINK, link.id) == link_id
    key = (debt.account_id, debt.invoice.id)
    kept = (await evidence_store.of_invoices([key]))[key]
    (created,) = [one for one in kept if one.fact == "LINK_CREATED"]
    assert (created.source, created.reference) == ("PAYER", "owner@northwind.example")

    before = await books()
    again = await start(debt)
    assert again["paymentLink"] == OPEN | {"id": link_id, "url": None}
    assert again["nextAction"] == "USE_LINK"
    assert await books() == before


async def test_a_gateway_that_may_be_back_any_moment_is_worth_waiting_for(api: Api) -> None:
    debt = await a_debt(api)
    api.shop.sandbox.faults.add("outage")
    result = await start(debt)
    assert (result["nextAction"], result["paymentLink"]) == ("WAIT", None)
    assert await rows("payment_link") == 0


async def test_no_link_is_offered_for_several_invoices(api: Api) -> None:
    debt = await a_debt(api)
    other = await api.shop.invoice(debt.account_id, month=Month(2026, 8))
    go_down(api)
    result = await start(debt, debt.invoice_id, public(Kind.INVOICE, other.id))
    assert (result["nextAction"], result["paymentLink"]) == ("WAIT", None)
    assert await rows("payment_link") == 0


async def test_the_same_invoice_named_twice_is_one(api: Api) -> None:
    debt = await a_debt(api)
    go_down(api)
    result = await start(debt, debt.invoice_id, debt.invoice_id)
    assert result["paymentLink"]["invoice"] == {"number": "INV-2627-000001"}
