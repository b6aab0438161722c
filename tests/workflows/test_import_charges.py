"""A seller's charges from CSV: good lines are taken, each bad one is told with every reason."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from service.billing.errors import InvalidInput
from service.store.database import fetch, fetch_one
from service.workflows.charges import ImportReport, import_charges
from tests.support.books import books, rows
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop

HEADING = "account,reference,occurred_at,description,quantity,unit_price"
GOOD = "account-1,r1,2026-09-15T12:00:00Z,API calls,2,0.50"
WITH_ALL = f"{HEADING},currency,kind"

Reasons = dict[int, list[tuple[str, str]]]


async def taken(shop: Shop, text: str) -> ImportReport:
    return await import_charges(shop.ports, io.StringIO(text, newline=""))


def reasons(report: ImportReport) -> Reasons:
    """What is wrong, by line: the column and the code."""
    return {
        refused.line: [(".".join(issue.path), issue.code) for issue in refused.issues]
        for refused in report.refused
    }


def line(**changes: str) -> str:
    """The good line with some of its fields changed."""
    fields = dict(zip(HEADING.split(","), GOOD.split(","), strict=True)) | changes
    return ",".join(f'"{value}"' for value in fields.values())


async def test_a_line_becomes_a_charge_exactly(shop: Shop) -> None:
    account = await shop.account()
    text = (
        f"{WITH_ALL}\r\n"
        'account-1,r1,2026-09-15T23:30:00-05:00,"Say ""hi"", twice",'
        " 1234.567891 , 0.0123456789 ,USD,ADD_ON\r\n"
    )
    assert await taken(shop, text) == ImportReport(1, 0, ())
    row = await fetch_one("SELECT * FROM charge")
    assert row is not None
    assert (row["account_id"], row["reference"]) == (account, "r1")
    assert row["occurred_at"] == datetime(2026, 9, 16, 4, 30, tzinfo=UTC)
    assert row["description"] == 'Say "hi", twice'
    assert (row["quantity"], row["unit_price"]) == (
        Decimal("1234.567891"),
        Decimal("0.0123456789"),
    )
    assert (row["currency"], row["kind"], row["invoice_id"]) == ("USD", "ADD_ON", None)
    assert row["created_at"] == shop.clock()


async def test_columns_may_stand_in_any_order_and_the_optional_ones_be_empty(shop: Shop) -> None:
    await shop.account(currency="EUR")
    heading = "kind,unit_price,quantity,description,occurred_at,reference,account,currency"
    text = f"{heading}\n,1,1,Use,2026-09-15T12:00:00Z,r1,account-1,\n"
    assert await taken(shop, text) == ImportReport(1, 0, ())
    assert await rows("charge", "currency = 'EUR' AND kind = 'USAGE'") == 1


async def test_a_description_may_be_in_any_script_and_span_its_quotes(shop: Shop) -> None:
    await shop.account()
    described = ["डेटा भंडारण, GB-माह", "ケース #7", "a < b & c", "=SUM(A1)", "e\u0301"]
    text = "\n".join(
        [HEADING, *(line(reference=f"r{n}", description=d) for n, d in enumerate(described))]
    )
    assert (await taken(shop, text)).recorded == 5
    found = [row["description"] for row in await fetch("SELECT * FROM charge ORDER BY reference")]
    assert found == [*described[:4], "\u00e9"]


BAD: list[tuple[dict[str, str], list[tuple[str, str]]]] = [
    ({"account": "nobody"}, [("account", "UNKNOWN")]),
    ({"account": ""}, [("account", "UNKNOWN")]),
    ({"account": "Account-1"}, [("account", "UNKNOWN")]),
    ({"account": "account-1\x00"}, [("account", "UNKNOWN")]),
    ({"account": "account-1\ud800"}, [("account", "UNKNOWN")]),
    ({"account": "a" * 70000}, [("account", "UNKNOWN")]),
    ({"reference": ""}, [("reference", "INVALID")]),
    ({"reference": "   "}, [("reference", "INVALID")]),
    ({"reference": "r" * 65}, [("reference", "INVALID")]),
    ({"reference": "a\x00b"}, [("reference", "INVALID")]),
    ({"description": "two\nlines"}, [("description", "INVALID")]),
    ({"description": "d" * 501}, [("description", "INVALID")]),
    ({"description": "\ud83d"}, [("description", "INVALID")]),
    ({"description": "gnp.\u202eexe"}, [("description", "INVALID")]),
    ({"occurred_at": ""}, [("occurred_at", "NOT_AN_INSTANT")]),
    ({"occurred_at": "2026-09-15T12:00:00"}, [("occurred_at", "NOT_AN_INSTANT")]),
    ({"occurred_at": "15.09.2026"}, [("occurred_at", "NOT_AN_INSTANT")]),
    ({"occurred_at": "2026-09-31T12:00:00Z"}, [("occurred_at", "NOT_AN_INSTANT")]),
    ({"occurred_at": "2026-09-15T24:01:00Z"}, [("occurred_at", "NOT_AN_INSTANT")]),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, [("occurred_at", "NOT_AN_INSTANT")]),
    ({"occurred_at": "9999-12-31T23:59:59-12:00"}, [("occurred_at", "NOT_AN_INSTANT")]),
    ({"occurred_at": "2026-10-31T09:30:01Z"}, [("occurred_at", "IN_THE_FUTURE")]),
    ({"occurred_at": "2062-09-15T12:00:00Z"}, [("occurred_at", "IN_THE_FUTURE")]),
    ({"quantity": ""}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "1e3"}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "1,5"}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "NaN"}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "Infinity"}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "+1"}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "१२"}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "1.0000001"}, [("quantity", "NOT_A_NUMBER")]),
    ({"quantity": "0"}, [("quantity", "NOT_POSITIVE")]),
    ({"quantity": "-1"}, [("quantity", "NOT_POSITIVE")]),
    ({"quantity": "999999999999999"}, [("quantity", "TOO_LARGE")]),
    ({"unit_price": "12.34567890123"}, [("unit_price", "NOT_A_NUMBER")]),
    ({"unit_price": "$1"}, [("unit_price", "NOT_A_NUMBER")]),
    ({"unit_price": "100000000000000"}, [("unit_price", "TOO_LARGE")]),
    ({"unit_price": "-100000000000000"}, [("unit_price", "TOO_LARGE")]),
    (
        {"quantity": "99999999999999", "unit_price": "99999999999999"},
        [("unit_price", "TOO_LARGE")],
    ),
    (
        {"account": "x", "reference": "", "occurred_at": "x", "quantity": "x"},
        [
            ("account", "UNKNOWN"),
            ("reference", "INVALID"),
            ("occurred_at", "NOT_AN_INSTANT"),
            ("quantity", "NOT_A_NUMBER"),
        ],
    ),
]


async def test_a_bad_field_refuses_its_line_and_no_other(shop: Shop) -> None:
    await shop.account()
    bad = [line(**changes) for changes, _ in BAD]
    report = await taken(shop, "\n".join([HEADING, *bad, line(reference="good")]))
    found = zip(BAD, reasons(report).values(), strict=True)
    assert [(changes, told) for (changes, _), told in found] == BAD
    assert (report.recorded, report.known) == (1, 0)
    assert await rows("charge") == await rows("charge", "reference = 'good'") == 1


async def test_a_charge_may_be_a_day_ahead_of_our_clock(shop: Shop) -> None:
    await shop.account()
    report = await taken(shop, f"{HEADING}\n{line(occurred_at='2026-10-31T09:30:00Z')}")
    assert report == ImportReport(1, 0, ())


async def test_currency_kind_and_the_number_of_fields_are_checked(shop: Shop) -> None:
    await shop.account()
    endings = {
        "EUR,USAGE": ("currency", "NOT_THE_ACCOUNTS"),
        "usd,USAGE": ("currency", "NOT_THE_ACCOUNTS"),
        "USD,usage": ("kind", "INVALID"),
        "USD,REFUND": ("kind", "INVALID"),
        "USD,USAGE,more": ("line", "TOO_MANY_FIELDS"),
        "USD,USAGE,": ("line", "TOO_MANY_FIELDS"),
    }
    report = await taken(shop, "\n".join([WITH_ALL, *(f"{GOOD},{end}" for end in endings)]))
    assert reasons(report) == {
        number: [reason] for number, reason in enumerate(endings.values(), start=2)
    }
    assert await rows("charge") == 0


async def test_a_short_line_lacks_its_last_fields(shop: Shop) -> None:
    await shop.account()
    report = await taken(shop, f"{HEADING}\naccount-1,r1,2026-09-15T12:00:00Z,Use\n")
    assert reasons(report) == {2: [("quantity", "NOT_A_NUMBER"), ("unit_price", "NOT_A_NUMBER")]}


async def test_lines_are_counted_as_an_editor_counts_them(shop: Shop) -> None:
    await shop.account()
    bad = line(account="nobody")
    text = "\n".join([HEADING, GOOD, "", bad, line(description="two\nlines"), bad])
    assert list(reasons(await taken(shop, text))) == [4, 6, 7]


async def test_a_file_loaded_again_records_nothing_twice(shop: Shop) -> None:
    await shop.account()
    text = "\n".join([HEADING, GOOD, line(reference="r2"), line(reference="")])
    first = await taken(shop, text)
    assert (first.recorded, first.known, len(first.refused)) == (2, 0, 1)
    before = await books()
    again = await taken(shop, text)
    assert (again.recorded, again.known, again.refused) == (0, 2, first.refused)
    assert await books() == before


async def test_a_reference_twice_in_one_file_is_one_charge(shop: Shop) -> None:
    await shop.account()
    report = await taken(shop, "\n".join([HEADING, GOOD, GOOD, line()]))
    assert (report.recorded, report.known, report.refused) == (1, 2, ())
    assert await rows("charge") == 1


async def test_a_known_reference_that_says_something_else_is_refused(shop: Shop) -> None:
    await shop.account()
    await taken(shop, f"{HEADING}\n{GOOD}\n")
    before = await books()
    changes = [
        {"unit_price": "0.51"},
        {"quantity": "3"},
        {"description": "Other calls"},
        {"occurred_at": "2026-09-15T12:00:01Z"},
    ]
    report = await taken(shop, "\n".join([HEADING, *(line(**one) for one in changes), GOOD]))
    assert list(reasons(report).items()) == [
        (number, [("reference", "RECORDED_DIFFERENTLY")]) for number in range(2, 6)
    ]
    assert (report.recorded, report.known) == (0, 1)
    assert await books() == before
    same = line(quantity="2.000", unit_price="0.5", occurred_at="2026-09-15T14:00:00+02:00")
    assert await taken(shop, f"{HEADING}\n{same}") == ImportReport(0, 1, ())


async def test_a_service_on_request_is_billed_as_soon_as_it_is_imported(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    account = await shop.account()
    report = await taken(shop, f"{WITH_ALL}\n{GOOD},USD,ADD_ON\n")
    assert report.recorded == 1
    await shop.drain()
    assert await rows("invoice", f"kind = 'ADD_ON' AND account_id = '{account}'") == 1
    await taken(shop, f"{WITH_ALL}\n{GOOD},USD,ADD_ON\n")
    await shop.drain()
    assert await rows("invoice") == 1


async def test_accounts_may_use_the_same_reference(shop: Shop) -> None:
    await shop.account()
    await shop.account()
    text = "\n".join([HEADING, GOOD, line(account="account-2")])
    assert (await taken(shop, text)).recorded == 2


HEADINGS: dict[str, list[tuple[str, str]]] = {
    "": [(name, "MISSING") for name in HEADING.split(",")],
    "account,reference": [(name, "MISSING") for name in HEADING.split(",")[2:]],
    f"{HEADING},colour": [("colour", "UNKNOWN")],
    f"{HEADING},": [("", "UNKNOWN")],
    f"\ufeff{HEADING}": [("account", "MISSING"), ("\ufeffaccount", "UNKNOWN")],
    f"{HEADING},quantity": [("quantity", "TWICE")],
    f'"{HEADING}': [("line", "MALFORMED")],
    HEADING.replace("account", "Account"): [("account", "MISSING"), ("Account", "UNKNOWN")],
    HEADING.replace(",quantity", ";quantity"): [
        ("description", "MISSING"),
        ("quantity", "MISSING"),
        ("description;quantity", "UNKNOWN"),
    ],
}


async def test_a_heading_that_is_none_refuses_the_whole_file(shop: Shop) -> None:
    await shop.account()
    before = await books()
    for heading, expected in HEADINGS.items():
        with pytest.raises(InvalidInput) as refusal:
            await taken(shop, f"{heading}\n{GOOD}")
        found = [(".".join(issue.path), issue.code) for issue in refusal.value.issues]
        assert found == expected
    assert await books() == before


async def test_a_byte_order_mark_is_read_as_spreadsheets_write_it(shop: Shop) -> None:
    await shop.account()
    written = f"{HEADING}\n{GOOD}\n".encode("utf-8-sig")
    file = io.TextIOWrapper(io.BytesIO(written), encoding="utf-8-sig", newline="")
    assert await import_charges(shop.ports, file) == ImportReport(1, 0, ())


async def test_what_is_no_csv_ends_the_file_and_is_told_in_its_place(shop: Shop) -> None:
    await shop.account()
    text = "\n".join([HEADING, line(account="nobody"), GOOD, '"open', line(reference="r2")])
    report = await taken(shop, text)
    assert reasons(report) == {2: [("account", "UNKNOWN")], 5: [("line", "MALFORMED")]}
    assert report.recorded == 1


async def test_bytes_that_are_no_text_end_the_file_and_are_told_in_their_place(
    shop: Shop,
) -> None:
    await shop.account()
    many = [line(reference=f"r{n}") for n in range(1500)]
    written = "\n".join([HEADING, *many]).encode() + b"\naccount-1,\xff\n"
    file = io.TextIOWrapper(io.BytesIO(written), encoding="utf-8", newline="")
    report = await import_charges(shop.ports, file)
    [(_, told)] = reasons(report).items()
    assert told == [("line", "MALFORMED")]
    assert report.recorded == await rows("charge")


async def test_a_field_longer_than_csv_readers_take_is_no_crash(shop: Shop) -> None:
    await shop.account()
    text = "\n".join([HEADING, GOOD, line(description="d" * 200_000)])
    report = await taken(shop, text)
    assert (report.recorded, reasons(report)) == (1, {3: [("line", "MALFORMED")]})


async def test_an_empty_file_and_one_of_a_heading_alone_are_different(shop: Shop) -> None:
    with pytest.raises(InvalidInput):
        await taken(shop, "")
    assert await taken(shop, HEADING) == ImportReport(0, 0, ())


async def test_five_thousand_lines_are_taken_quickly(shop: Shop) -> None:
    """Printed, not asserted: it should take less than three seconds."""
    accounts: list[UUID] = [await shop.account() for _ in range(10)]
    text = "\n".join(
        [
            HEADING,
            *(line(account=f"account-{1 + n % 10}", reference=f"r{n}") for n in range(5000)),
            *(line(account=f"account-{n}", reference="x") for n in range(11, 21)),
        ]
    )
    began = time.perf_counter()
    report = await taken(shop, text)
    print(f"\n5,010 lines in {time.perf_counter() - began:.2f} s")
    assert (report.recorded, report.known, len(report.refused)) == (5000, 0, 10)
    assert [refused.line for refused in report.refused] == list(range(5002, 5012))
    assert await rows("charge", f"account_id = '{accounts[3]}'") == 500
