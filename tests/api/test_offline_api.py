"""Bank transfers that the seller's staff records."""

from __future__ import annotations

import pytest

from service.billing.people import Role
from tests.api.debts import USER_ERROR, Debt, a_debt
from tests.api.harness import JSON, Api
from tests.support.books import books

RECORD = f"""
mutation R($input: RecordOfflinePaymentInput!) {{ recordOfflinePayment(input: $input) {{
  __typename
  ... on RecordOfflinePaymentSuccess {{ payment {{
    id status amount {{ minorUnits currency }} bankReference capturedAt method {{ kind }}
    quote {{ rate charged {{ minorUnits currency }} }}
    allocations {{ amount {{ minorUnits }} invoice {{ number displayStatus }} }}
  }} }}
  ... on InvoiceNotPayableError {{ invoice {{ displayStatus }} }}
  {USER_ERROR}
}} }}
"""


async def record(debt: Debt, **changed: object) -> JSON:
    given: JSON = {
        "idempotencyKey": "transfer-1",
        "invoiceId": debt.invoice_id,
        "amount": "4000",
        "bankReference": "UTR 4711",
        "receivedOn": "2026-10-29",
    }
    answer = await debt.seen_by(Role.OPERATOR).ask(RECORD, input=given | changed)
    result: JSON = answer["recordOfflinePayment"]
    return result


async def test_transfers_settle_an_invoice_in_parts(api: Api) -> None:
    debt = await a_debt(api)
    result = await record(debt)
    assert result["payment"].pop("id").startswith("pay_")
    assert result == {
        "__typename": "RecordOfflinePaymentSuccess",
        "payment": {
            "status": "CAPTURED",
            "amount": {"minorUnits": "4000", "currency": "USD"},
            "bankReference": "UTR 4711",
            "capturedAt": "2026-10-29T12:00:00.000Z",
            "method": None,
            "quote": {"rate": "1", "charged": {"minorUnits": "4000", "currency": "USD"}},
            "allocations": [
                {
                    "amount": {"minorUnits": "4000"},
                    "invoice": {"number": "INV-2627-000001", "displayStatus": "PARTIALLY_PAID"},
                }
            ],
        },
    }
    assert await debt.see("amountDue { minorUnits } isPayable") == {
        "amountDue": {"minorUnits": "6000"},
        "isPayable": True,
    }
    rest = await record(debt, idempotencyKey="t-2", bankReference="UTR 4712", amount="6000")
    assert rest["payment"]["allocations"][0]["invoice"]["displayStatus"] == "PAID"


async def test_the_evidence_of_a_transfer_is_the_banks_reference(api: Api) -> None:
    debt = await a_debt(api)
    await record(debt)
    fields = "statusEvidence { source fact note reference }"
    (told,) = (await debt.see(fields))["statusEvidence"]
    assert told == {
        "source": "STAFF",
        "fact": "PAID_OFFLINE",
        "note": "Bank reference UTR 4711",
        "reference": "staff",
    }


async def test_a_transfer_counts_once_whoever_records_it(api: Api) -> None:
    debt = await a_debt(api)
    first = await record(debt)
    before = await books()
    assert await record(debt) == first
    assert await books() == before
    assert await record(debt, idempotencyKey="another") == first
    shown = await debt.see("amountPaid { minorUnits } payments { totalCount }")
    assert shown == {"amountPaid": {"minorUnits": "4000"}, "payments": {"totalCount": 1}}


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "4001"},
        {"bankReference": "UTR 4712"},
        {"receivedOn": "2026-10-28"},
    ],
    ids=lambda one: next(iter(one)),
)
async def test_a_key_that_was_used_takes_no_other_transfer(api: Api, changed: JSON) -> None:
    debt = await a_debt(api)
    await record(debt)
    before = await books()
    conflict = await record(debt, **changed)
    assert conflict["__typename"] == "IdempotencyConflictError"
    assert await books() == before


REFUSED = [
    ({"amount": "0"}, ["amount"], "TOO_LITTLE"),
    ({"amount": "-1"}, ["amount"], "TOO_LITTLE"),
    ({"amount": "10001"}, ["amount"], "TOO_MUCH"),
    ({"amount": "9999999999999999999"}, ["amount"], "TOO_MUCH"),
    ({"bankReference": ""}, ["bankReference"], "INVALID"),
    ({"bankReference": " -- "}, ["bankReference"], "INVALID"),
    ({"bankReference": "a\u0000b"}, ["bankReference"], "INVALID"),
    ({"bankReference": "x" * 65}, ["bankReference"], "INVALID"),
    ({"receivedOn": "2026-10-31"}, ["receivedOn"], "IN_FUTURE"),
    ({"receivedOn": "0001-01-01"}, ["receivedOn"], "TOO_OLD"),
    ({"idempotencyKey": ""}, ["idempotencyKey"], "INVALID"),
]


@pytest.mark.parametrize(("changed", "path", "code"), REFUSED, ids=lambda one: repr(one)[:30])
async def test_a_transfer_that_cannot_be_is_refused_and_changes_nothing(
    api: Api, changed: JSON, path: list[str], code: str
) -> None:
    debt = await a_debt(api)
    before = await books()
    result = await record(debt, **changed)
    assert result["__typename"] == "ValidationError"
    assert result["issues"] == [{"path": path, "code": code}]
    assert await books() == before


async def test_a_paid_invoice_takes_no_transfer(api: Api) -> None:
    debt = await a_debt(api)
    await debt.paid()
    before = await books()
    assert await record(debt) == {
        "__typename": "InvoiceNotPayableError",
        "code": "INVOICE_NOT_PAYABLE",
        "message": "Nothing is due on it.",
        "invoice": {"displayStatus": "PAID"},
    }
    assert await books() == before
