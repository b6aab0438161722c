"""Reading: accounts, invoices, payments, pages and nodes, with exact values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from service.api.types.money import Money
from service.billing.ids import Kind
from service.billing.invoice import InvoiceKind
from service.billing.people import Plan, Role
from service.billing.period import Month
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.store import documents
from service.store.database import execute, transaction
from service.store.records import Invoice
from service.workflows import contacts
from service.workflows.accounts import NewAccount, open_account
from service.workflows.issuing import issue_add_on
from tests.api.harness import JSON, Api, Caller, public

MONTHS = [Month(2025, number) for number in range(1, 13)] + [Month(2026, n) for n in range(1, 10)]


async def issued(api: Api, account_id: UUID, count: int) -> list[Invoice]:
    """Invoices of a month each, the newest last, each issued on a day of its own."""
    made = []
    for month in MONTHS[:count]:
        made.append(await api.shop.invoice(account_id, "100.00", month=month))
        api.shop.clock.move(days=1)
    return made


PAGE = """
query Page($first: Int, $after: String, $last: Int, $before: String, $filter: InvoiceFilter) {
  viewer { account { invoices(
    first: $first, after: $after, last: $last, before: $before, filter: $filter
  ) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { number }
    edges { cursor node { number } }
  } } }
}
"""


async def page(caller: Caller, **variables: object) -> JSON:
    found: JSON = (await caller.ask(PAGE, **variables))["viewer"]["account"]["invoices"]
    return found


def numbers(found: JSON) -> list[int]:
    """The counting part of the invoice numbers of a page."""
    return [int(node["number"].rpartition("-")[2]) for node in found["nodes"]]


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


async def test_pages_follow_one_another_newest_first(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 7)
    caller = api.caller(Role.MEMBER, account_id)
    first = await page(caller, first=3)
    assert numbers(first) == [7, 6, 5]
    assert [edge["node"] for edge in first["edges"]] == first["nodes"]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[2],
    }
    second = await page(caller, first=3, after=cursors[2])
    assert numbers(second) == [4, 3, 2]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (
        True,
        True,
    )
    last = await page(caller, first=3, after=second["pageInfo"]["endCursor"])
    assert numbers(last) == [1]
    assert (last["pageInfo"]["hasNextPage"], last["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert [found["totalCount"] for found in (first, second, last)] == [7, 7, 7]


async def test_pages_can_be_turned_back(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 5)
    caller = api.caller(Role.MEMBER, account_id)
    end = await page(caller, last=2)
    assert numbers(end) == [2, 1]
    assert (end["pageInfo"]["hasNextPage"], end["pageInfo"]["hasPreviousPage"]) == (False, True)
    before = await page(caller, last=2, before=end["pageInfo"]["startCursor"])
    assert numbers(before) == [4, 3]
    assert (before["pageInfo"]["hasNextPage"], before["pageInfo"]["hasPreviousPage"]) == (
        True,
        True,
    )
    start = await page(caller, last=2, before=before["pageInfo"]["startCursor"])
    assert numbers(start) == [5]
    assert (start["pageInfo"]["hasNextPage"], start["pageInfo"]["hasPreviousPage"]) == (True, False)


async def test_a_page_can_be_bounded_on_both_sides(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 6)
    caller = api.caller(Role.MEMBER, account_id)
    cursors = [edge["cursor"] for edge in (await page(caller))["edges"]]
    between = await page(caller, after=cursors[0], before=cursors[4])
    assert numbers(between) == [5, 4, 3]
    assert between["pageInfo"]["hasNextPage"] is True
    assert between["pageInfo"]["hasPreviousPage"] is True


async def test_an_invoice_issued_meanwhile_moves_no_page(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 4)
    caller = api.caller(Role.MEMBER, account_id)
    first = await page(caller, first=2)
    await api.shop.invoice(account_id, month=Month(2026, 9))
    second = await page(caller, first=2, after=first["pageInfo"]["endCursor"])
    assert numbers(first) + numbers(second) == [4, 3, 2, 1]


async def test_a_page_has_twenty_entries_by_default(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 21)
    found = await page(api.caller(Role.MEMBER, account_id))
    assert numbers(found) == list(range(21, 1, -1))
    assert found["totalCount"] == 21


async def test_an_empty_list_is_an_empty_page(api: Api) -> None:
    account_id = await api.shop.account()
    assert await page(api.caller(Role.MEMBER, account_id)) == {
        "totalCount": 0,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
        "nodes": [],
        "edges": [],
    }


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


@pytest.mark.parametrize("query", [PAGE, PAYMENTS])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": -1}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
        ({"first": 2**31 - 1}, "BAD_USER_INPUT"),
        ({"last": 0}, "BAD_USER_INPUT"),
        ({"last": 101}, "BAD_USER_INPUT"),
        ({"first": 1, "last": 1}, "BAD_USER_INPUT"),
        ({"after": ""}, "BAD_CURSOR"),
        ({"after": "0"}, "BAD_CURSOR"),
        ({"before": "AWkAC0pPAaILvUlic0W1sXj11uv_9gAA"}, "BAD_CURSOR"),
        ({"after": "\u0000"}, "BAD_CURSOR"),
    ],
    ids=repr,
)
async def test_paging_that_makes_no_sense_is_refused(
    api: Api, query: str, arguments: JSON, code: str
) -> None:
    caller = api.caller(Role.MEMBER, await api.shop.account())
    answer = await caller.send(query, **arguments)
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert answer["data"] == {"viewer": {"account": None}}


async def test_a_page_may_have_one_or_a_hundred_entries(api: Api) -> None:
    account_id = await api.shop.account()
    await issued(api, account_id, 2)
    caller = api.caller(Role.MEMBER, account_id)
    assert numbers(await page(caller, first=1)) == [2]
    assert numbers(await page(caller, last=1)) == [1]
    assert numbers(await page(caller, first=100)) == [2, 1]


async def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    account_id = await api.shop.account()
    invoice = await api.shop.invoice(account_id)
    await api.shop.start(account_id, invoice)
    caller = api.caller(Role.MEMBER, account_id)
    of_invoice = (await page(caller))["pageInfo"]["endCursor"]
    payments = (await caller.ask(PAYMENTS))["viewer"]["account"]["payments"]
    of_payment = payments["pageInfo"]["endCursor"]
    assert await caller.codes(PAYMENTS, after=of_invoice) == ["BAD_CURSOR"]
    assert await caller.codes(PAGE, after=of_payment) == ["BAD_CURSOR"]


FILTERS: list[tuple[JSON, list[int]]] = [
    ({}, [5, 4, 3, 2, 1]),
    ({"displayStatus": ["DUE"]}, [4, 3]),
    ({"displayStatus": ["OVERDUE"]}, [2, 1]),
    ({"displayStatus": ["PAID"]}, [5]),
    ({"displayStatus": ["PAID", "OVERDUE"]}, [5, 2, 1]),
    ({"displayStatus": []}, [5, 4, 3, 2, 1]),
    ({"displayStatus": None}, [5, 4, 3, 2, 1]),
    ({"kind": ["ADD_ON"]}, [6]),
    ({"kind": ["USAGE", "ADD_ON"]}, [6, 5, 4, 3, 2, 1]),
    ({"issuedOn": {"from": "2026-11-20"}}, [5, 4, 3]),
    ({"issuedOn": {"from": "2026-10-31", "to": "2026-11-20"}}, [3, 2]),
    ({"issuedOn": {"to": "2026-10-30"}}, [1]),
    ({"issuedOn": {}}, [5, 4, 3, 2, 1]),
    ({"dueOn": {"to": "2026-11-15"}}, [2, 1]),
    ({"numberPrefix": "INV-2627-000002"}, [2]),
    ({"numberPrefix": "INV-26"}, [5, 4, 3, 2, 1]),
    ({"numberPrefix": "inv"}, []),
    ({"displayStatus": ["DUE"], "issuedOn": {"from": "2026-11-21"}}, [4]),
]


async def test_filters_narrow_the_list_and_its_count(api: Api) -> None:
    shop = api.shop
    account_id = await shop.account()
    for month, day in zip(MONTHS, [30, 31, 51, 52, 53], strict=False):
        shop.clock.now = datetime(2026, 10, 1, 9, 30, tzinfo=UTC) + timedelta(days=day - 1)
        newest = await shop.invoice(account_id, month=month)
    await shop.charge(account_id, kind=InvoiceKind.ADD_ON)
    await issue_add_on(shop.ports, account_id)
    started = await shop.start(account_id, newest)
    await shop.pay(started.payment)
    await shop.settle(account_id, started.payment.id)
    caller = api.caller(Role.MEMBER, account_id)
    for wanted, expected in FILTERS:
        found = await page(caller, filter=wanted)
        assert (wanted, numbers(found)) == (wanted, expected)
        assert found["totalCount"] == len(expected)


@pytest.mark.parametrize("prefix", ["", "INV%", "INV_", "\u0000", "A" * 17, "Ä"])
async def test_a_prefix_that_no_number_has_is_refused(api: Api, prefix: str) -> None:
    caller = api.caller(Role.MEMBER, await api.shop.account())
    assert await caller.codes(PAGE, filter={"numberPrefix": prefix}) == ["BAD_USER_INPUT"]


FREE = """{ viewer { account {
    hasInvoicesSection invoicesSectionNotice { code message } balanceDue { amount }
    invoices { totalCount nodes { number displayStatus isPayable } }
} } }"""


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


PAYMENT_FIELDS = """
  id status amount { amount currency }
  charged { rate base quote source asOf validUntil charged { minorUnits } }
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
    charged = payment.pop("charged")
    assert charged.pop("charged") == {"minorUnits": str(settled.quote.charged.minor_units)}
    assert charged == {
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


NODES = """
query Nodes($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id
    ... on Account { name }
    ... on BillingContact { email }
    ... on Invoice { number }
    ... on Payment { status }
    ... on CheckoutSession { checkoutStatus: status }
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


MONEY = [
    (124900, "USD", "1249.00", "$1,249.00", "1.249,00\u00a0$"),
    (-5, "USD", "-0.05", "-$0.05", "-0,05\u00a0$"),
    (124900, "JPY", "124900", "¥124,900", "124.900\u00a0¥"),
    (1249, "KWD", "1.249", None, None),
    (9223372036854775807, "INR", "92233720368547758.07", None, None),
]


@pytest.mark.parametrize(("units", "currency", "amount", "english", "german"), MONEY)
def test_money_is_exact_text_and_formatted_for_people(
    units: int, currency: str, amount: str, english: str | None, german: str | None
) -> None:
    money = Money.of_minor(units, currency)
    assert (money.minor_units, money.amount, money.currency) == (str(units), amount, currency)
    if english is not None:
        assert (money.formatted(), money.formatted("de-DE")) == (english, german)


@pytest.mark.parametrize("locale", ["", "xx-XX", "en-US-u-hc-h23", "../../etc", "\u0000", "e" * 99])
def test_an_unknown_locale_breaks_no_screen(locale: str) -> None:
    assert Money.of_minor(124900, "USD").formatted(locale) == "$1,249.00"


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
    async with transaction():
        await documents.begin(account_id, invoice.id)
        await documents.finish(
            account_id,
            invoice.id,
            storage_key="some/key.pdf",
            sha256="ab" * 32,
            size_bytes=7,
            template_version="1",
            at=shop.clock(),
        )
    answer = await api.caller(Role.MEMBER, account_id).ask(
        WHOLE_INVOICE, by={"number": invoice.number}
    )
    document = answer["invoice"]["document"]
    start = f"https://pay.example.com/invoices/{public(Kind.INVOICE, invoice.id)}.pdf?token="
    assert document.pop("pdfUrl").startswith(start)
    assert document == {
        "state": "READY",
        "sha256": "ab" * 32,
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
