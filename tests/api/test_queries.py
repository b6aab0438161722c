"""Reading accounts and invoices, with exact values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.billing.ids import Kind
from service.billing.people import Plan, Role
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.store import documents
from service.store.database import execute
from service.workflows.accounts import NewAccount, open_account
from tests.api.debts import a_debt
from tests.api.harness import JSON, PDF_SHA256, Api, issued, printed, public


async def test_the_viewer_is_who_the_token_says(api: Api) -> None:
    account_id = await api.shop.account()
    viewer = "{ viewer { email role account { id } } }"
    assert await api.caller(Role.FINANCE, account_id).ask(viewer) == {
        "viewer": {
            "email": "finance@northwind.example",
            "role": "FINANCE",
            "account": {"id": public(Kind.ACCOUNT, account_id)},
        }
    }
    assert await api.caller(Role.OPERATOR).ask(viewer) == {
        "viewer": {"email": "operator@northwind.example", "role": "OPERATOR", "account": None}
    }


async def test_an_account_tells_all_that_a_dashboard_shows_of_it(api: Api) -> None:
    account_id = await open_account(
        api.shop.ports,
        NewAccount(
            reference="stockholm",
            name="Smörgås & Söner AB",
            email="faktura@smorgas.example",
            plan=Plan.PAID,
            currency="EUR",
            locale="sv-SE",
            time_zone="Europe/Stockholm",
            address=Address(("Götgatan 1", "4 tr"), "Stockholm", None, "116 21", "SE"),
            tax_id="SE556677889901",
        ),
    )
    await api.shop.invoice(account_id, "1249.50", currency="EUR")
    answer = await api.caller(Role.MEMBER, account_id).ask(
        """{ viewer { account {
            id name email plan hasInvoicesSection invoicesSectionNotice { code } currency
            chargeCurrency locale timeZone taxId
            address { lines city region postalCode countryCode }
            balanceDue { minorUnits amount currency formatted(locale: "sv-SE") }
            billingContacts { id }
        } } }"""
    )
    assert answer["viewer"]["account"] == {
        "id": public(Kind.ACCOUNT, account_id),
        "name": "Smörgås & Söner AB",
        "email": "faktura@smorgas.example",
        "plan": "PAID",
        "hasInvoicesSection": True,
        "invoicesSectionNotice": None,
        "currency": "EUR",
        "chargeCurrency": "INR",
        "locale": "sv-SE",
        "timeZone": "Europe/Stockholm",
        "taxId": "SE556677889901",
        "address": {
            "lines": ["Götgatan 1", "4 tr"],
            "city": "Stockholm",
            "region": None,
            "postalCode": "116 21",
            "countryCode": "SE",
        },
        "balanceDue": {
            "minorUnits": "124950",
            "amount": "1249.50",
            "currency": "EUR",
            "formatted": "1\u00a0249,50\u00a0€",
        },
        "billingContacts": [],
    }


WHOLE_INVOICE = """
query Invoice($by: InvoiceRef!) {
  invoice(by: $by) {
    id number kind period { start end label } status displayStatus isOverdue isPayable issuedOn
    dueOn currency version createdAt updatedAt
    lineItems { description quantity unitPrice amount { minorUnits amount currency } }
    subtotal { amount } taxes { name rate base { amount } amount { amount } } tax { amount }
    total { minorUnits amount currency formatted } amountPaid { amount } amountDue { amount }
    chargeEstimate { rate base quote source asOf validUntil charged { minorUnits currency } }
    document { state sha256 pdfUrl readyAt retryAt }
    payments(first: 5) { totalCount nodes { id } }
    deliveries { recipient }
  }
}
"""


async def test_an_invoice_tells_all_that_a_page_shows_of_it(api: Api) -> None:
    account_id = await api.shop.account(tax_rate=TaxRate("IGST", Decimal("18.00")))
    await api.shop.charge(account_id, "0.0012345", quantity="1000.5")
    invoice = await api.shop.invoice(account_id, "100.00")
    answer = await api.caller(Role.MEMBER, account_id).ask(
        WHOLE_INVOICE, by={"number": invoice.number}
    )
    assert answer["invoice"] == {
        "id": public(Kind.INVOICE, invoice.id),
        "number": "INV-2627-000001",
        "kind": "USAGE",
        "period": {"start": "2026-09-01", "end": "2026-09-30", "label": "September 2026"},
        "status": "OPEN",
        "displayStatus": "DUE",
        "isOverdue": False,
        "isPayable": True,
        "issuedOn": "2026-10-30",
        "dueOn": "2026-11-14",
        "currency": "USD",
        "version": 1,
        "createdAt": "2026-10-30T09:30:00.000Z",
        "updatedAt": "2026-10-30T09:30:00.000Z",
        "lineItems": [
            {
                "description": "API calls",
                "quantity": "1000.5",
                "unitPrice": "0.0012345",
                "amount": {"minorUnits": "124", "amount": "1.24", "currency": "USD"},
            },
            {
                "description": "API calls",
                "quantity": "1",
                "unitPrice": "100",
                "amount": {"minorUnits": "10000", "amount": "100.00", "currency": "USD"},
            },
        ],
        "subtotal": {"amount": "101.24"},
        "taxes": [
            {
                "name": "IGST",
                "rate": "18",
                "base": {"amount": "101.24"},
                "amount": {"amount": "18.22"},
            }
        ],
        "tax": {"amount": "18.22"},
        "total": {
            "minorUnits": "11946",
            "amount": "119.46",
            "currency": "USD",
            "formatted": "$119.46",
        },
        "amountPaid": {"amount": "0.00"},
        "amountDue": {"amount": "119.46"},
        "chargeEstimate": {
            "rate": "94.955245255997",
            "base": "USD",
            "quote": "INR",
            "source": "European Central Bank",
            "asOf": "2026-10-30",
            "validUntil": None,
            "charged": {"minorUnits": "1134335", "currency": "INR"},
        },
        "document": {
            "state": "QUEUED",
            "sha256": None,
            "pdfUrl": None,
            "readyAt": None,
            "retryAt": None,
        },
        "payments": {"totalCount": 0, "nodes": []},
        "deliveries": [],
    }


async def test_an_invoice_is_found_by_its_id_as_by_its_number(api: Api) -> None:
    account_id = await api.shop.account()
    invoice = await api.shop.invoice(account_id)
    caller = api.caller(Role.MEMBER, account_id)
    by_number = await caller.ask(WHOLE_INVOICE, by={"number": invoice.number})
    by_id = await caller.ask(WHOLE_INVOICE, by={"id": public(Kind.INVOICE, invoice.id)})
    assert by_id == by_number
    assert by_id["invoice"]["number"] == "INV-2627-000001"


@pytest.mark.parametrize("by", [{}, {"id": "x", "number": "y"}, {"id": None}, {"number": None}])
async def test_an_invoice_is_asked_for_by_exactly_one_thing(api: Api, by: JSON) -> None:
    caller = api.caller(Role.MEMBER, await api.shop.account())
    assert await caller.codes(WHOLE_INVOICE, by=by) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "by",
    [
        {"number": "INV-2627-999999"},
        {"number": ""},
        {"number": "INV-2627-000001\u0000"},
        {"number": "' OR true --"},
        {"number": "9" * 10_000},
        {"id": "inv_00000000000000000000000000"},
        {"id": "inv_\u0000"},
        {"id": ""},
        {"id": 7},
    ],
    ids=repr,
)
async def test_what_names_no_invoice_finds_none(api: Api, by: JSON) -> None:
    account_id = await api.shop.account()
    await api.shop.invoice(account_id)
    caller = api.caller(Role.MEMBER, account_id)
    assert await caller.ask(WHOLE_INVOICE, by=by) == {"invoice": None}


FREE = """{ viewer { account {
    hasInvoicesSection invoicesSectionNotice { code message } balanceDue { amount }
    invoices { totalCount nodes { number displayStatus isPayable } }
} } }"""


async def test_everybody_comes_from_an_invoice_to_its_account(api: Api) -> None:
    debt = await a_debt(api)
    account = {"account": {"id": public(Kind.ACCOUNT, debt.account_id)}}
    for role in Role:
        assert await debt.see("account { id }", role) == account


async def test_a_free_account_sees_what_it_owes_and_why_there_is_no_more(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account(plan=Plan.FREE)
    paid, _ = await issued(api, account_id, 2)
    started = await shop.start(account_id, paid)
    await shop.pay(started.payment)
    await shop.settle(account_id, started.payment.id)
    caller = api.caller(Role.MEMBER, account_id)
    assert (await caller.ask(FREE))["viewer"]["account"] == {
        "hasInvoicesSection": False,
        "invoicesSectionNotice": {
            "code": "FREE_PLAN",
            "message": "The invoices section comes with a paid plan. What you still owe is listed "
            "here and can be paid; a receipt you know the number of stays available.",
        },
        "balanceDue": {"amount": "100.00"},
        "invoices": {
            "totalCount": 1,
            "nodes": [{"number": "INV-2627-000002", "displayStatus": "DUE", "isPayable": True}],
        },
    }
    receipt = await caller.ask(WHOLE_INVOICE, by={"number": "INV-2627-000001"})
    assert receipt["invoice"]["displayStatus"] == "PAID"


async def test_an_invoice_without_a_recent_rate_has_no_estimate(api: Api) -> None:
    account_id = await api.shop.account(currency="USD", charge_currency="AED")
    invoice = await api.shop.invoice(account_id)
    answer = await api.caller(Role.MEMBER, account_id).ask(
        WHOLE_INVOICE, by={"number": invoice.number}
    )
    assert answer["invoice"]["isPayable"] is True
    assert answer["invoice"]["chargeEstimate"] is None


async def test_an_estimate_in_the_same_currency_is_the_amount_itself(api: Api) -> None:
    account_id = await api.shop.account(currency="INR")
    invoice = await api.shop.invoice(account_id, "5000.00", currency="INR")
    answer = await api.caller(Role.MEMBER, account_id).ask(
        WHOLE_INVOICE, by={"number": invoice.number}
    )
    estimate = answer["invoice"]["chargeEstimate"]
    assert (estimate["rate"], estimate["charged"]["minorUnits"]) == ("1", "500000")


async def test_a_printed_document_has_its_hash_and_a_link(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    invoice = await shop.invoice(account_id)
    await printed(shop, invoice)
    answer = await api.caller(Role.MEMBER, account_id).ask(
        WHOLE_INVOICE, by={"number": invoice.number}
    )
    document = answer["invoice"]["document"]
    start = f"https://pay.example.com/invoices/{public(Kind.INVOICE, invoice.id)}.pdf?token="
    assert document.pop("pdfUrl").startswith(start)
    assert document == {
        "state": "READY",
        "sha256": PDF_SHA256,
        "readyAt": "2026-10-30T09:30:00.000Z",
        "retryAt": None,
    }


async def test_deliveries_are_told_in_the_order_they_were_planned(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    invoice = await shop.invoice(account_id)
    for name in ("Ana", "Bo"):
        await documents.queue_delivery(
            account_id,
            invoice.id,
            contact_id=None,
            name=name,
            email=f"{name.lower()}@a.example",
            at=shop.clock(),
        )
    await execute("UPDATE delivery SET state = 'SENT', attempts = 1 WHERE recipient_name = 'Ana'")
    answer = await api.caller(Role.MEMBER, account_id).ask(
        """query D($by: InvoiceRef!) { invoice(by: $by) {
            deliveries { recipient state at attempts lastError }
        } }""",
        by={"number": invoice.number},
    )
    at = "2026-10-30T09:30:00.000Z"
    assert answer["invoice"]["deliveries"] == [
        {
            "recipient": "ana@a.example",
            "state": "SENT",
            "at": at,
            "attempts": 1,
            "lastError": None,
        },
        {
            "recipient": "bo@a.example",
            "state": "QUEUED",
            "at": at,
            "attempts": 0,
            "lastError": None,
        },
    ]
