"""Refunds, disputes and payouts as the API shows them, and refundPayment."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.store.records import Payment
from tests.api.debts import USER_ERROR, Debt, a_debt
from tests.api.harness import JSON, Api, public
from tests.api.test_offline_api import record
from tests.support.books import books

REFUND = """
  id status reason charged { minorUnits currency } amount { minorUnits currency }
  createdAt updatedAt failureCode requestedBy note
"""
AFTER = f"""
  refunds {{ {REFUND} }} amountRefunded {{ minorUnits currency }}
  disputes {{ id status reason charged {{ minorUnits currency }} openedAt closedAt }}
"""
GIVE_BACK = f"""
mutation R($input: RefundPaymentInput!) {{ refundPayment(input: $input) {{
  __typename
  ... on RefundPaymentSuccess {{ refund {{ {REFUND} }} payment {{ id status }} }}
  {USER_ERROR}
}} }}
"""
SETTLED = """
  settlement { gross { minorUnits currency } fee { minorUnits } net { minorUnits } rate }
  slippage { minorUnits currency }
"""


async def give_back(debt: Debt, payment: Payment, **changed: object) -> JSON:
    given: JSON = {
        "idempotencyKey": "refund-1",
        "paymentId": public(Kind.PAYMENT, payment.id),
        "note": "Agreed by telephone",
    }
    answer = await debt.seen_by(Role.OPERATOR).ask(GIVE_BACK, input=given | changed)
    result: JSON = answer["refundPayment"]
    return result


async def test_an_operator_gives_a_whole_payment_back_and_the_invoice_shows_it(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    result = await give_back(debt, payment)
    refund = result["refund"]
    assert refund.pop("id").startswith("rfd_")
    assert result == {
        "__typename": "RefundPaymentSuccess",
        "refund": {
            "status": "REQUESTED",
            "reason": "REQUESTED",
            "charged": {"minorUnits": "949552", "currency": "INR"},
            "amount": {"minorUnits": "10000", "currency": "USD"},
            "createdAt": "2026-10-30T09:30:00.000Z",
            "updatedAt": "2026-10-30T09:30:00.000Z",
            "failureCode": None,
            "requestedBy": "operator@northwind.example",
            "note": "Agreed by telephone",
        },
        "payment": {"id": public(Kind.PAYMENT, payment.id), "status": "CAPTURED"},
    }
    assert (await debt.see("displayStatus"))["displayStatus"] == "PAID"
    api.shop.clock.move(seconds=3)
    await api.shop.drain()
    seen = await debt.see_payment(payment, AFTER)
    assert seen["amountRefunded"] == {"minorUnits": "10000", "currency": "USD"}
    (done,) = seen["refunds"]
    assert (done["status"], done["updatedAt"]) == ("SUCCEEDED", "2026-10-30T09:30:03.000Z")
    assert (done["requestedBy"], done["note"]) == (None, None)
    shown = await debt.see("displayStatus amountRefunded { minorUnits } amountDue { minorUnits }")
    assert shown == {
        "displayStatus": "REFUNDED",
        "amountRefunded": {"minorUnits": "10000"},
        "amountDue": {"minorUnits": "0"},
    }


async def test_a_part_is_given_back_in_the_charge_currency(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    refund = (await give_back(debt, payment, charged="474776"))["refund"]
    assert refund["charged"] == {"minorUnits": "474776", "currency": "INR"}
    assert refund["amount"] == {"minorUnits": "5000", "currency": "USD"}
    await api.shop.drain()
    shown = await debt.see("displayStatus amountRefunded { minorUnits }")
    assert shown == {"displayStatus": "PAID", "amountRefunded": {"minorUnits": "5000"}}


async def test_the_same_key_gives_back_once(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    first = await give_back(debt, payment, charged="52")
    before = await books()
    assert await give_back(debt, payment, charged="52") == first
    assert await give_back(debt, payment, charged="52", note=" Agreed by telephone ") == first
    assert await books() == before


@pytest.mark.parametrize(
    "changed",
    [{"charged": "53"}, {"charged": None}, {"note": "Agreed by letter"}],
    ids=["another amount", "no amount", "another note"],
)
async def test_a_key_that_was_used_gives_nothing_else_back(api: Api, changed: JSON) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    await give_back(debt, payment, charged="52")
    before = await books()
    conflict = await give_back(debt, payment, **({"charged": "52"} | changed))
    assert conflict["__typename"] == "IdempotencyConflictError"
    assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
    assert await books() == before


REFUSED = [
    ({"charged": "949553"}, ["charged"], "TOO_MUCH"),
    ({"charged": "0"}, ["charged"], "TOO_LITTLE"),
    ({"charged": "-1"}, ["charged"], "TOO_LITTLE"),
    ({"charged": "9999999999999999999"}, ["charged"], "TOO_MUCH"),
    ({"note": " "}, ["note"], "INVALID"),
    ({"note": "a\u0000b"}, ["note"], "INVALID"),
    ({"note": "x" * 301}, ["note"], "INVALID"),
    ({"idempotencyKey": ""}, ["idempotencyKey"], "INVALID"),
]


@pytest.mark.parametrize(("changed", "path", "code"), REFUSED, ids=lambda one: repr(one)[:30])
async def test_a_refund_that_cannot_be_is_refused_and_changes_nothing(
    api: Api, changed: JSON, path: list[str], code: str
) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    before = await books()
    result = await give_back(debt, payment, **changed)
    assert result["__typename"] == "ValidationError"
    assert result["issues"] == [{"path": path, "code": code}]
    assert await books() == before


async def test_a_bank_transfer_goes_back_by_the_bank(api: Api) -> None:
    debt = await a_debt(api)
    transfer = await record(debt)
    before = await books()
    operator = debt.seen_by(Role.OPERATOR)
    given = {"idempotencyKey": "k", "paymentId": transfer["payment"]["id"], "note": "Agreed"}
    result = (await operator.ask(GIVE_BACK, input=given))["refundPayment"]
    assert result["issues"] == [{"path": ["paymentId"], "code": "NOT_AT_GATEWAY"}]
    assert await books() == before


async def test_what_was_not_captured_is_not_given_back(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.start()
    before = await books()
    result = await give_back(debt, payment)
    assert result["issues"] == [{"path": ["paymentId"], "code": "NOT_CAPTURED"}]
    assert await books() == before


async def test_a_refund_that_comes_back_is_shown_as_failed(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    made = api.shop.sandbox.dashboard.refund(debt.charge_of(payment))
    await debt.settled(payment, thorough=True)
    api.shop.sandbox.dashboard.fail_refund(made["id"])
    await debt.settled(payment, thorough=True)
    seen = await debt.see_payment(payment, AFTER)
    assert [(one["status"], one["reason"]) for one in seen["refunds"]] == [("FAILED", "AT_GATEWAY")]
    assert seen["refunds"][0]["failureCode"]
    assert seen["amountRefunded"] == {"minorUnits": "0", "currency": "USD"}
    assert (await debt.see("displayStatus"))["displayStatus"] == "PAID"


async def test_a_dispute_is_shown_from_its_opening_to_its_end(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    made = api.shop.sandbox.dashboard.dispute(debt.charge_of(payment))
    await debt.settled(payment, thorough=True)
    (dispute,) = (await debt.see_payment(payment, AFTER))["disputes"]
    assert dispute.pop("id").startswith("dsp_")
    opened = {
        "status": "OPEN",
        "reason": "fraudulent",
        "charged": {"minorUnits": "949552", "currency": "INR"},
        "openedAt": "2026-10-30T09:30:00.000Z",
        "closedAt": None,
    }
    assert dispute == opened
    assert await debt.see("status displayStatus isPayable") == {
        "status": "PAID",
        "displayStatus": "DISPUTED",
        "isPayable": False,
    }
    api.shop.clock.move(hours=1)
    api.shop.sandbox.dashboard.win_dispute(made["id"])
    await debt.settled(payment, thorough=True)
    (dispute,) = (await debt.see_payment(payment, AFTER))["disputes"]
    dispute.pop("id")
    assert dispute == opened | {"status": "WON", "closedAt": "2026-10-30T10:30:00.000Z"}
    assert (await debt.see("displayStatus"))["displayStatus"] == "PAID"


async def test_a_part_that_a_dispute_took_shows_on_the_invoice_that_stays_paid(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    dashboard = api.shop.sandbox.dashboard
    made = dashboard.dispute(debt.charge_of(payment), 949552 // 4)
    dashboard.lose_dispute(made["id"])
    await debt.settled(payment, thorough=True)
    shown = await debt.see(
        "displayStatus amountDue { minorUnits } amountRefunded { minorUnits }"
        " statusEvidence { fact message amount { minorUnits currency } }"
        " payments { edges { node { disputes { status charged { minorUnits currency } } } } }"
    )
    part = {"minorUnits": "237388", "currency": "INR"}
    assert shown.pop("statusEvidence")[-1] == {
        "fact": "DISPUTE_LOST",
        "message": "The payer's bank kept the money.",
        "amount": part,
    }
    assert shown == {
        "displayStatus": "PAID",
        "amountDue": {"minorUnits": "0"},
        "amountRefunded": {"minorUnits": "0"},
        "payments": {"edges": [{"node": {"disputes": [{"status": "LOST", "charged": part}]}}]},
    }


@pytest.mark.parametrize("words", ["Refunded", "Disputed"])
async def test_the_page_of_an_invoice_says_what_became_of_its_payment(api: Api, words: str) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    dashboard = api.shop.sandbox.dashboard
    happen = dashboard.refund if words == "Refunded" else dashboard.dispute
    happen(debt.charge_of(payment))
    await debt.settled(payment, thorough=True)
    url = (await debt.see("document { viewUrl }"))["document"]["viewUrl"]
    assert f">{words}<" in (await api.http.get(url)).text


async def test_lists_are_narrowed_to_what_was_refunded_or_is_disputed(api: Api) -> None:
    refunded = await a_debt(api)
    await give_back(refunded, await refunded.paid())
    await api.shop.drain()
    query = """query($shown: [InvoiceDisplayStatus!]) { viewer { account {
        invoices(filter: {displayStatus: $shown}) { totalCount nodes { displayStatus } } } } }"""

    async def listed(*shown: str) -> JSON:
        answer = await refunded.owner.ask(query, shown=list(shown))
        found: JSON = answer["viewer"]["account"]["invoices"]
        return found

    assert await listed("REFUNDED") == {"totalCount": 1, "nodes": [{"displayStatus": "REFUNDED"}]}
    assert await listed("REFUNDED", "DISPUTED") == await listed("REFUNDED")
    assert await listed("PAID", "DISPUTED") == {"totalCount": 0, "nodes": []}


@pytest.mark.parametrize("role", Role)
async def test_what_the_gateway_pays_out_is_for_the_sellers_staff(api: Api, role: Role) -> None:
    book = api.shop.sandbox.book
    book.settings = replace(
        book.settings, settlement_currency="usd", settlement_rates={"inr": Decimal("0.0104")}
    )
    debt = await a_debt(api)
    payment = await debt.paid()
    api.shop.clock.move(seconds=5)
    assert (await debt.see_payment(payment, SETTLED, role))["settlement"] is None
    await debt.settled(payment, thorough=True)
    seen = await debt.see_payment(payment, SETTLED, role)
    if role not in STAFF:
        assert seen == {"settlement": None, "slippage": None}
        return
    # 9,495.52 INR at 0.0104 are 98.75 USD, for an invoice over 100.00.
    assert seen == {
        "settlement": {
            "gross": {"minorUnits": "9875", "currency": "USD"},
            "fee": {"minorUnits": "316"},
            "net": {"minorUnits": "9559"},
            "rate": "0.0104",
        },
        "slippage": {"minorUnits": "-125", "currency": "USD"},
    }


async def test_a_payout_in_the_charge_currency_has_no_slippage(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    api.shop.clock.move(seconds=5)
    await debt.settled(payment, thorough=True)
    seen = await debt.see_payment(payment, SETTLED, Role.SUPPORT)
    assert seen["settlement"]["gross"] == {"minorUnits": "949552", "currency": "INR"}
    assert (seen["settlement"]["rate"], seen["slippage"]) == (None, None)
