"""The receipt of a payment: exact amounts, as text and markup. How it looks on paper is in
tests/contract/test_receipt_print.py."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from service.billing.ledger import Book, Entry, Settled, captured, refunded
from service.billing.money import Money
from service.billing.payment import Method
from service.billing.receipt import ReceiptSheet, receipt_series, settled_by
from service.billing.sheet import Address
from service.templates.receipts import paid_with, receipt_html
from tests.support.receipts import part, receipt
from tests.support.sheets import SELLER

AT = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
PAYMENT = UUID("01a20bb1-1c61-7726-911b-570a096b447d")
FIRST = UUID("01a20bb1-1e1f-76ea-85db-0f939fcc1b66")
SECOND = UUID("01a20bb1-1e1f-76ea-85db-0f939fcc1b67")
NBSP = "\u00a0"


def usd(units: int) -> Money:
    return Money(units, "USD")


def text_of(sheet: ReceiptSheet) -> str:
    """The words of the page's body, blanks collapsed."""
    body = receipt_html(sheet).partition("<body")[2].partition(">")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_a_receipt_is_numbered_after_the_first_invoice_that_it_pays() -> None:
    assert receipt_series("INV-2627-000042") == "RCT-INV-2627-000042"


def test_a_capture_is_read_back_from_its_entries() -> None:
    settled = [
        Settled(FIRST, usd(10000), usd(0)),
        Settled(SECOND, usd(2500), usd(700)),
    ]
    entries = captured(PAYMENT, Money(1100000, "INR"), settled, cash=Book.GATEWAY, at=AT)
    assert settled_by(PAYMENT, usd(13200), entries) == settled


def test_money_that_was_wholly_too_much_settles_nothing() -> None:
    settled = [Settled(FIRST, usd(0), usd(10000))]
    entries = captured(PAYMENT, usd(10000), settled, cash=Book.GATEWAY, at=AT)
    assert settled_by(PAYMENT, usd(10000), entries) == settled


def test_what_came_after_the_capture_is_not_on_its_receipt() -> None:
    settled = [Settled(FIRST, usd(10000), usd(0))]
    entries = captured(PAYMENT, usd(10000), settled, cash=Book.GATEWAY, at=AT)
    given = Entry("refunded:1:x", Book.REFUNDED, Book.EXCHANGE, usd(10000), AT, FIRST, PAYMENT)
    entries += [*refunded(SECOND, PAYMENT, usd(10000), [], at=AT), given]
    assert settled_by(PAYMENT, usd(10000), entries) == settled


def test_a_receipt_that_does_not_add_up_is_refused() -> None:
    good = receipt(part(10000), part(2500, index=43, surplus=700))
    assert (good.applied, good.surplus, good.amount) == (usd(12500), usd(700), usd(13200))
    with pytest.raises(ValueError, match="do not add up"):
        replace(good, amount=usd(13201))


def test_the_receipt_in_one_currency_says_what_was_paid_and_nothing_of_exchange() -> None:
    words = text_of(receipt(locale="en-IN"))
    assert words == (
        "Paidup Cloud Private Limited Payment receipt"
        " Receipt number RCT-INV-2627-000042-1 Paid on 19 November 2026"
        " Paid with Visa card ending in 4242"
        " Paid to Paidup Cloud Private Limited 4th Floor, Prestige Atlanta 80 Feet Road"
        " Bengaluru , Karnataka 560034 India Tax ID 29ABCDE1234F2Z5 billing@seller.example"
        " Billed to Müller & Söhne GmbH 1 Main St Suite 400 Portland , OR 97201 United States"
        " Tax ID DE129273398 accounts@buyer.example"
        " Amount paid USD 1,043.52"
        " Paid invoice Issue date Invoice total (USD) Paid (USD)"
        " INV-2627-000042 4 November 2026 1,043.52 1,043.52"
        " Total USD 1,043.52"
        " Questions Write to billing@seller.example and name receipt RCT-INV-2627-000042-1 ."
        " This confirms a payment and is not an invoice."
        " Payment pay_06FHTK2M8RD9V5N1QZ3C7XJ4W0 ."
    )


def test_an_exchanged_payment_can_be_reckoned_from_its_receipt() -> None:
    sheet = receipt(charge_currency="INR", locale="en-IN")
    # 1,043.52 x 83.377512345678 = 87,006.101682...: the rate is printed with all its decimals.
    assert sheet.charged == Money(8700610, "INR")
    words = text_of(sheet)
    assert "Amount paid INR 87,006.10 for USD 1,043.52 Paid invoice" in words
    assert (
        "Total USD 1,043.52 Exchange rate, INR per USD 83.377512345678 Amount paid INR 87,006.10"
        " Exchange rate European Central Bank , as of 18 November 2026 ."
        " Rounded half up to the smallest unit of the charged currency, once. Questions"
    ) in words


def test_a_payment_that_counts_in_proportion_claims_no_rounding_rule() -> None:
    sheet = receipt(charge_currency="INR", charged=Money(8700611, "INR"))
    assert not sheet.is_at_rate
    words = text_of(sheet)
    assert "Rounded half up" not in words
    assert "The payment counts in the proportion that was quoted at this rate." in words


def test_several_invoices_are_listed_with_what_each_was_paid() -> None:
    sheet = receipt(part(104352), part(50000, index=43, total=99900), part(1, index=44))
    words = text_of(sheet)
    assert (
        "INV-2627-000042 November 4, 2026 1,043.52 1,043.52"
        " INV-2627-000043 November 4, 2026 999.00 500.00"
        " INV-2627-000044 November 4, 2026 0.01 0.01 Total USD 1,543.53"
    ) in words


def test_a_surplus_and_what_goes_back_are_told() -> None:
    sheet = receipt(
        part(100000, surplus=4352),
        charge_currency="INR",
        returned=Money(362863, "INR"),
        locale="en-IN",
    )
    words = text_of(sheet)
    assert "Paid on invoices 1,000.00 Paid beyond what was due 43.52 Total USD 1,043.52" in words
    assert "USD 43.52 more was paid than was due. INR 3,628.63 goes back the way it was" in words


def test_a_surplus_too_small_to_go_back_is_not_promised() -> None:
    words = text_of(receipt(part(100000, surplus=1)))
    assert "USD 0.01 more was paid than was due. Questions" in words
    assert "goes back" not in words


def test_currencies_without_decimals_have_none() -> None:
    sheet = receipt(part(104352, currency="JPY"), locale="ja-JP")
    assert f"JPY{NBSP}104,352" in html.unescape(receipt_html(sheet))
    assert "104,352.00" not in text_of(sheet)


def test_a_bank_transfer_names_its_reference() -> None:
    words = text_of(receipt(method=None, reference="UTR <b>7</b>"))
    assert "Paid with Bank transfer Bank reference UTR <b>7</b> Paid to" in words


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (None, "Online payment"),
        (Method("card", "visa", "4242"), "Visa card ending in 4242"),
        (Method("card", "amex", "0005"), "American Express card ending in 0005"),
        (Method("card", "girocard", None), "girocard card"),
        (Method("card", None, None), "Card"),
        (Method("upi", None, None), "UPI"),
        (Method("us_bank_account", "TEST BANK", "6789"), "Bank debit, TEST BANK ending in 6789"),
        (Method("sepa_debit", None, "3000"), "SEPA direct debit ending in 3000"),
        (Method("pay_by_bank", None, None), "Pay by bank"),
    ],
)
def test_a_method_is_named_in_words(method: Method | None, words: str) -> None:
    assert paid_with(method, None) == words


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</bdi></style><iframe>"]


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_names_is_shown_and_never_obeyed(name: str) -> None:
    sheet = receipt(
        buyer_name=name,
        address=Address((name,), name, name, name, "US"),
        method=Method("card", name[:32], name[-4:]),
    )
    transfer = receipt(method=None, reference=name)
    sheet = replace(sheet, seller=replace(SELLER, name=name, email=name))
    for page in (receipt_html(sheet), receipt_html(transfer)):
        assert f"<bdi>{html.escape(name, quote=False)}</bdi>" in page.replace("&#34;", '"')
        assert not re.search(r"<(script|img|iframe)", page)


def test_the_printed_receipt_loads_nothing() -> None:
    page = receipt_html(receipt(buyer_name="अनन्या टेक्नोलॉजीज़"))
    assert "<title>Receipt RCT-INV-2627-000042-1</title>" in page
    assert "default-src 'none'" in page
    assert re.findall(r"url\(\"(?!data:font/woff2;base64,)", page) == []
    assert "http://" not in page
    assert "https://" not in page


def test_a_rate_below_one_keeps_its_digits() -> None:
    sheet = receipt(part(8700610, currency="INR"), charge_currency="USD", locale="en-IN")
    sheet = replace(sheet, quote=replace(sheet.quote, rate=Decimal("0.011993641893")))
    assert "Exchange rate, USD per INR 0.011993641893" in text_of(sheet)
