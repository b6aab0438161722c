"""Bank transfers that the seller's staff records."""

from __future__ import annotations

import pytest

from service.billing.ids import Kind
from service.billing.people import Role
from tests.api.debts import USER_ERROR, Debt, a_debt
from tests.api.harness import JSON, Api, public
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
        {"beyondDue": True},
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
    ({"amount": "10001", "beyondDue": False}, ["amount"], "TOO_MUCH"),
    ({"amount": "9999999999999999999"}, ["amount"], "TOO_MUCH"),
    ({"amount": "9999999999999999999", "beyondDue": True}, ["amount"], "TOO_MUCH"),
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
        "message": "Nothing is due on it. Record money that came all the same with beyondDue.",
        "invoice": {"displayStatus": "PAID"},
    }
    assert await books() == before


# -- beyond what is due ------------------------------------------------------------------------

CASES = """{ supportCases { nodes {
  status reason openedBy note resolution resolvedBy payment { id } invoice { number }
} } }"""
RETURN = f"""
mutation R($input: RecordOfflineRefundInput!) {{ recordOfflineRefund(input: $input) {{
  __typename
  ... on RecordOfflineRefundSuccess {{
    refund {{
      id status reason charged {{ minorUnits currency }} amount {{ minorUnits currency }}
      bankReference createdAt requestedBy note
    }}
    payment {{ id amountRefunded {{ minorUnits }} }}
  }}
  {USER_ERROR}
}} }}
"""
NOTE = (
    "Bank transfer UTR 4711 brought 20.00 USD more than was due: that is to be returned to"
    " Northwind Robotics, Inc. by bank."
)


async def overpay(debt: Debt) -> str:
    """120.00 came for the invoice over 100.00; the payment's id."""
    result = await record(debt, amount="12000", beyondDue=True)
    return str(result["payment"]["id"])


async def give_back(debt: Debt, payment_id: str, **changed: object) -> JSON:
    given: JSON = {
        "idempotencyKey": "return-1",
        "paymentId": payment_id,
        "amount": "2000",
        "bankReference": "OUT 17",
        "returnedOn": "2026-10-30",
    }
    answer = await debt.seen_by(Role.OPERATOR).ask(RETURN, input=given | changed)
    result: JSON = answer["recordOfflineRefund"]
    return result


async def test_more_than_is_due_is_recorded_whole_and_the_invoice_is_paid_once(api: Api) -> None:
    debt = await a_debt(api)
    result = await record(debt, amount="12000", beyondDue=True)
    assert result["payment"]["amount"] == {"minorUnits": "12000", "currency": "USD"}
    assert result["payment"]["allocations"] == [
        {
            "amount": {"minorUnits": "12000"},
            "invoice": {"number": "INV-2627-000001", "displayStatus": "PAID"},
        }
    ]
    shown = await debt.see("amountPaid { minorUnits } amountDue { minorUnits } isPayable")
    assert shown == {
        "amountPaid": {"minorUnits": "10000"},
        "amountDue": {"minorUnits": "0"},
        "isPayable": False,
    }
    assert await record(debt, amount="12000", beyondDue=True) == result


async def test_a_paid_invoice_takes_a_transfer_that_is_said_to_be_beyond_what_is_due(
    api: Api,
) -> None:
    debt = await a_debt(api)
    await debt.paid()
    result = await record(debt, beyondDue=True)
    assert result["__typename"] == "RecordOfflinePaymentSuccess"
    assert await debt.see("amountPaid { minorUnits } displayStatus") == {
        "amountPaid": {"minorUnits": "10000"},
        "displayStatus": "PAID",
    }


@pytest.mark.parametrize("role", [Role.OWNER, Role.SUPPORT])
async def test_the_case_of_what_is_owed_is_seen_by_its_account_and_by_staff(
    api: Api, role: Role
) -> None:
    debt = await a_debt(api)
    payment_id = await overpay(debt)
    [case] = (await debt.seen_by(role).ask(CASES))["supportCases"]["nodes"]
    assert case == {
        "status": "OPEN",
        "reason": "SURPLUS",
        "openedBy": "service",
        "note": NOTE,
        "resolution": None,
        "resolvedBy": None,
        "payment": {"id": payment_id},
        "invoice": None,
    }


async def test_what_went_back_is_a_refund_and_closes_the_case(api: Api) -> None:
    debt = await a_debt(api)
    payment_id = await overpay(debt)
    result = await give_back(debt, payment_id, note="As the bank said")
    assert result["refund"].pop("id").startswith("rfd_")
    assert result == {
        "__typename": "RecordOfflineRefundSuccess",
        "refund": {
            "status": "SUCCEEDED",
            "reason": "REQUESTED",
            "charged": {"minorUnits": "2000", "currency": "USD"},
            "amount": {"minorUnits": "2000", "currency": "USD"},
            "bankReference": "OUT 17",
            "createdAt": "2026-10-30T09:30:00.000Z",
            "requestedBy": "operator@northwind.example",
            "note": "As the bank said",
        },
        "payment": {"id": payment_id, "amountRefunded": {"minorUnits": "2000"}},
    }
    [case] = (await debt.owner.ask(CASES))["supportCases"]["nodes"]
    assert (case["status"], case["resolution"], case["resolvedBy"]) == (
        "RESOLVED",
        "What was not due went back by bank transfer.",
        "service",
    )
    assert await debt.see("displayStatus amountPaid { minorUnits }") == {
        "displayStatus": "PAID",
        "amountPaid": {"minorUnits": "10000"},
    }


async def test_customers_see_the_banks_reference_and_not_who_recorded_it_or_why(api: Api) -> None:
    debt = await a_debt(api)
    payment_id = await overpay(debt)
    await give_back(debt, payment_id, note="As the bank said")
    query = """query($id: ID!) { node(id: $id) { ... on Payment {
        refunds { bankReference requestedBy note }
        evidence { fact source reference note } } } }"""
    seen = (await debt.owner.ask(query, id=payment_id))["node"]
    assert seen["refunds"] == [{"bankReference": "OUT 17", "requestedBy": None, "note": None}]
    assert [one for one in seen["evidence"] if one["fact"] == "REFUND_SUCCEEDED"] == [
        {
            "fact": "REFUND_SUCCEEDED",
            "source": "STAFF",
            "reference": "staff",
            "note": "Bank reference OUT 17",
        }
    ]


async def test_a_refund_by_bank_counts_once_whoever_records_it(api: Api) -> None:
    debt = await a_debt(api)
    payment_id = await overpay(debt)
    first = await give_back(debt, payment_id)
    before = await books()
    assert await give_back(debt, payment_id) == first
    assert await books() == before
    again = await give_back(debt, payment_id, idempotencyKey="another", bankReference="out-17")
    assert again == first
    conflict = await give_back(debt, payment_id, amount="1999")
    assert conflict["__typename"] == "IdempotencyConflictError"


@pytest.mark.parametrize(
    ("changed", "path", "code"),
    [
        ({"amount": "12001"}, ["amount"], "TOO_MUCH"),
        ({"amount": "9999999999999999999"}, ["amount"], "TOO_MUCH"),
        ({"amount": "0"}, ["amount"], "TOO_LITTLE"),
        ({"bankReference": ""}, ["bankReference"], "INVALID"),
        ({"returnedOn": "2026-10-31"}, ["returnedOn"], "IN_FUTURE"),
        ({"returnedOn": "2026-10-28"}, ["returnedOn"], "TOO_OLD"),
        ({"note": "a\nb"}, ["note"], "INVALID"),
        ({"idempotencyKey": ""}, ["idempotencyKey"], "INVALID"),
    ],
    ids=lambda one: repr(one)[:30],
)
async def test_a_refund_by_bank_that_cannot_be_is_refused_and_changes_nothing(
    api: Api, changed: JSON, path: list[str], code: str
) -> None:
    debt = await a_debt(api)
    payment_id = await overpay(debt)
    before = await books()
    result = await give_back(debt, payment_id, **changed)
    assert result["__typename"] == "ValidationError"
    assert result["issues"] == [{"path": path, "code": code}]
    assert await books() == before


async def test_what_a_card_paid_does_not_go_back_by_bank(api: Api) -> None:
    debt = await a_debt(api)
    payment = await debt.paid()
    before = await books()
    assert await give_back(debt, public(Kind.PAYMENT, payment.id)) == {
        "__typename": "ValidationError",
        "code": "VALIDATION_FAILED",
        "message": "A gateway took it: give it back with refundPayment.",
        "issues": [{"path": ["paymentId"], "code": "AT_GATEWAY"}],
    }
    assert await books() == before


async def test_a_case_of_what_is_owed_is_closed_by_what_goes_back_alone(api: Api) -> None:
    debt = await a_debt(api)
    await overpay(debt)
    staff = debt.seen_by(Role.OPERATOR)
    [case] = (await staff.ask("{ supportCases { nodes { id } } }"))["supportCases"]["nodes"]
    close = f"""mutation($id: ID!) {{ resolveSupportCase(input: {{
        supportCaseId: $id, resolution: "Done" }}) {{ __typename {USER_ERROR} }} }}"""
    before = await books()
    assert (await staff.ask(close, id=case["id"]))["resolveSupportCase"] == {
        "__typename": "ValidationError",
        "code": "VALIDATION_FAILED",
        "message": "Its money is owed to the payer. Give it back by bank, and record that with"
        " recordOfflineRefund: the case closes itself.",
        "issues": [{"path": ["supportCaseId"], "code": "STILL_OWED"}],
    }
    assert await books() == before
