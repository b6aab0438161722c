"""The invoice as text and markup; how it looks on paper is in tests/contract/test_printer.py."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from service.billing.money import ROUNDING_RULE, Money
from service.billing.sheet import Address, InvoiceSheet
from service.ports import Mail
from service.templates.figures import Figures
from service.templates.fonts import FONTS, faces, scripts_for
from service.templates.render import invoice_html, invoice_mail, view_page
from service.templates.untrusted import MARKS_PER_BASE_MAX, clean
from tests.support.sheets import BERLIN, SELLER, VAT, add_on_sheet, sheet

NBSP = "\u00a0"


def text_of(page: str) -> str:
    """The words of a page's body, blanks collapsed."""
    body = page.partition("<body")[2].partition(">")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def view(invoice: InvoiceSheet, *, pdf_url: str | None = "/invoices/1.pdf?sig=a&exp=2") -> str:
    return view_page(
        invoice, status_label="Due on 19 November 2026", status_tone="due", pdf_url=pdf_url
    )


def mail_for(invoice: InvoiceSheet, *, recipient_name: str = "Ada Example", **given: Any) -> Mail:
    return invoice_mail(
        invoice,
        recipient_name=recipient_name,
        recipient_email="ada@buyer.example",
        sender="billing@seller.example",
        message_id="42@seller.example",
        view_url="https://billing.example/invoices/1/view?sig=a&exp=2",
        pdf=b"%PDF-1.4",
        **given,
    )


def test_an_invoice_states_everything_a_bookkeeper_needs() -> None:
    words = text_of(invoice_html(sheet(locale="en-IN", address=BERLIN, tax=VAT)))
    for expected in (
        "Paidup Cloud Private Limited 4th Floor, Prestige Atlanta 80 Feet Road",
        "Bengaluru , Karnataka 560034 India Tax ID 29ABCDE1234F2Z5 billing@seller.example",
        "Müller & Söhne GmbH Straße des 17. Juni 135 10623 Berlin Germany Tax ID DE129273398",
        "Invoice number INV-2627-000042",
        "Issue date 4 November 2026",
        "Due date 19 November 2026",
        "Billing period October 2026",
        "Amount due USD 1,241.79 by 19 November 2026",
        "Description Quantity Unit price (USD) Amount (USD)",
        "Compute, 4 vCPU 744 0.1925 143.22",
        "Object storage, GB-month 12,850.5 0.000023 0.30",
        "Support plan, Business 1 900.00 900.00",
        "Subtotal 1,043.52 VAT 19% on 1,043.52 198.27 Total USD 1,241.79",
        "About ₹1,03,537.35 at 83.3775 INR per USD, European Central Bank, 30 Oct 2026.",
        "The rate is fixed when you pay.",
        "How to pay Online, from the invoices page of your dashboard.",
        ROUNDING_RULE,
        "Write to billing@seller.example and name invoice INV-2627-000042 .",
    ):
        assert expected in words


def test_an_invoice_in_the_charge_currency_promises_no_exchange() -> None:
    words = text_of(invoice_html(sheet(currency="INR", locale="en-IN", rate=None)))
    assert "Total INR 1,043.52" in words
    assert "Charged in" not in words
    assert "The rate is fixed" not in words


def test_an_add_on_has_no_billing_period() -> None:
    assert "Billing period" not in text_of(invoice_html(add_on_sheet()))


def test_an_invoice_over_nothing_asks_for_nothing() -> None:
    invoice = sheet(usage=(("Free tier", "1", "0"),), rate=None)
    words = text_of(invoice_html(invoice))
    assert "Amount due USD 0.00 nothing to pay" in words
    assert "by November 19" not in words
    assert "How to pay" not in words
    assert "You can pay" not in mail_for(invoice).text


@pytest.mark.parametrize(
    ("locale", "currency", "units", "plain", "coded", "symbol"),
    [
        ("en-US", "USD", 124_900, "1,249.00", f"USD{NBSP}1,249.00", "$1,249.00"),
        ("en-IN", "INR", 10_422_190, "1,04,221.90", f"INR{NBSP}1,04,221.90", "₹1,04,221.90"),
        ("de-DE", "EUR", 124_179, "1.241,79", f"1.241,79{NBSP}EUR", f"1.241,79{NBSP}€"),
        ("fr-FR", "EUR", 124_179, f"1{NBSP}241,79", f"1{NBSP}241,79{NBSP}EUR", None),
        ("ja-JP", "JPY", 141_641, "141,641", f"JPY{NBSP}141,641", "￥141,641"),
        ("en-US", "KWD", 1_234_567, "1,234.567", f"KWD{NBSP}1,234.567", None),
        # The locale data rounds this currency to whole units; ISO 4217 has two decimals.
        ("en-US", "HUF", 123_456, "1,234.56", f"HUF{NBSP}1,234.56", None),
        ("en-US", "USD", -5, "-0.05", f"USD{NBSP}-0.05", None),
        ("en-US", "USD", 2**63 - 1, "92,233,720,368,547,758.07", None, None),
    ],
)
def test_amounts_keep_the_decimals_of_their_currency(
    locale: str, currency: str, units: int, plain: str, coded: str | None, symbol: str | None
) -> None:
    figures = Figures(locale)
    amount = Money(units, currency)
    assert figures.plain(amount) == plain
    assert coded is None or figures.coded(amount) == coded
    assert symbol is None or figures.symbol(amount) == symbol


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("900", "900.00"),
        ("0.1925", "0.1925"),
        ("0.000023", "0.000023"),
        ("1.500000", "1.50"),
        ("123456789012345.123456789012", "123,456,789,012,345.123456789012"),
        ("1E+3", "1,000.00"),
    ],
)
def test_unit_prices_show_all_their_decimals(price: str, shown: str) -> None:
    assert Figures("en-US").unit_price(Decimal(price), "USD") == shown


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        ("83.377500000000", "83.3775"),
        ("97.450912345678", "97.450912"),
        ("0.551234567890", "0.551235"),
        ("0.003312345678", "0.00331235"),
        ("1", "1"),
    ],
)
def test_rates_show_six_decimals_or_six_digits(rate: str, shown: str) -> None:
    assert Figures("en-IN").rate(Decimal(rate)) == shown


@pytest.mark.parametrize(
    ("locale", "language", "shown"),
    [
        ("en-US", "en-US", "November 19, 2026"),
        ("en-IN", "en-IN", "19 November 2026"),
        ("de-DE", "en-DE", "19 November 2026"),
        ("ar-AE", "en-AE", "19 November 2026"),
        ("ja-JP", "en-001", "19 November 2026"),
        ("en", "en", "November 19, 2026"),
    ],
)
def test_dates_are_english_in_the_order_of_the_region(
    locale: str, language: str, shown: str
) -> None:
    figures = Figures(locale)
    assert figures.language == language
    assert figures.day(date(2026, 11, 19)) == shown
    assert f'<html lang="{language}">' in invoice_html(sheet(locale=locale))


def test_a_period_is_a_month_by_name_or_two_dates() -> None:
    figures = Figures("en-IN")
    assert figures.period(date(2028, 2, 1), date(2028, 2, 29)) == "February 2028"
    assert figures.period(date(2026, 12, 1), date(2026, 12, 31)) == "December 2026"
    assert figures.period(date(2026, 10, 1), date(2026, 10, 15)) == "1 Oct 2026 – 15 Oct 2026"


HOSTILE_NAMES = [
    "O'Brien <b>& Co</b>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</bdi></p></style><iframe src='file:///etc/passwd'>",
    "{{ 7 * 7 }}{% raw %}",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_markup_in_a_name_is_shown_and_never_obeyed(name: str) -> None:
    invoice = sheet(
        name, usage=((name, "1", "1"),), address=Address((name,), name, name, name, "US")
    )
    invoice = replace(invoice, seller=replace(SELLER, name=name))
    for page in (invoice_html(invoice), view(invoice), mail_for(invoice).html):
        assert f"<bdi>{html.escape(name, quote=False)}</bdi>" in page.replace("&#39;", "'").replace(
            "&#34;", '"'
        )
        assert not re.search(r"<(script>|img|iframe|b>)", page)


def test_a_name_cannot_leave_the_footer_string() -> None:
    invoice = replace(sheet(), seller=replace(SELLER, name='A"; } body { display: none } </style>'))
    rule = invoice_html(invoice).partition("@bottom-left { content: ")[2].partition("\n")[0]
    assert rule == (
        '"Invoice INV-2627-000042 · A\\22 \\3b  \\7d  body \\7b  display\\3a  none \\7d  '
        '\\3c \\2f style\\3e "; } }'
    )


def test_bidi_controls_never_reach_the_page() -> None:
    controls = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
    invoice = sheet(f"Good{controls}txt.exe", usage=((f"Disk{controls}", "1", "1"),))
    mail = mail_for(invoice, recipient_name=f"Ada{controls}")
    for page in (invoice_html(invoice), view(invoice), mail.html, mail.text, mail.recipient_name):
        assert not set(page) & set(controls)
    assert "<bdi>Goodtxt.exe</bdi>" in invoice_html(invoice)


@pytest.mark.parametrize(
    ("raw", "longest", "kept"),
    [
        ("  Müller\r\n &\tSöhne\u2028GmbH\0 ", 200, "Müller & Söhne GmbH"),
        ("Mu\u0308ller", 200, "Müller"),
        ("lone \ud800 surrogate", 200, "lone surrogate"),
        ("अनन्या टेक्नोलॉजीज़ प्रा. लि.", 200, "अनन्या टेक्नोलॉजीज़ प्रा. लि."),
        ("शि\u200dप", 200, "शि\u200dप"),
        ("x" * 11, 10, "x" * 9 + "…"),
        ("a" + "\u0336" * 20_000 + "b", 200, "a" + "\u0336" * MARKS_PER_BASE_MAX),
        ("a" + "\u0336" * 20 + "b", 200, "a" + "\u0336" * MARKS_PER_BASE_MAX + "b"),
    ],
)
def test_untrusted_text_is_one_bounded_line(raw: str, longest: int, kept: str) -> None:
    assert clean(raw, longest) == kept


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Launch \U0001f680 support", "Launch support"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 Family plan", "Family plan"),
        ("Flag \U0001f1ee\U0001f1f3, hand \U0001f44d\U0001f3fd", "Flag , hand"),
        ("\U0001f680\U0001f680", "\U0001f680\U0001f680"),
        ("শি\u200dপ 株式会社 ✓ №5 ½ ™", "শি\u200dপ 株式会社 ✓ №5 ½ ™"),
    ],
)
def test_emoji_are_left_out_where_no_font_draws_them(written: str, shown: str) -> None:
    invoice = sheet(written, usage=((written, "1", "1"),))
    for page in (invoice_html(invoice), view(invoice)):
        assert page.count(f"<bdi>{shown}</bdi>") == 2


def test_an_overlong_description_does_not_drop_its_line() -> None:
    words = text_of(invoice_html(sheet(usage=(("x" * 100_000, "2", "3.5"),))))
    assert f"{'x' * 499}… 2 3.50 7.00" in words


@pytest.mark.parametrize(
    ("country", "language"), [("JP", "ja"), ("TW", "zh-Hant"), ("CN", "zh-Hans"), ("KR", "ko")]
)
def test_shared_characters_take_the_shape_of_the_buyers_country(
    country: str, language: str
) -> None:
    invoice = sheet("直骨角株式会社", address=Address(("1-1-1",), "東京", None, None, country))
    page = invoice_html(invoice)
    assert f'<bdi lang="{language}">直骨角株式会社</bdi>' in page
    assert "<bdi>1-1-1</bdi>" in page


def test_the_printed_page_loads_nothing() -> None:
    page = invoice_html(sheet("अनन्या टेक्नोलॉजीज़"))
    assert "default-src 'none'" in page
    assert re.findall(r"url\(\"(?!data:font/woff2;base64,)", page) == []
    assert not re.search(r"<(script|link|img|iframe|object|embed)", page)
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("Invoice 1", {"latin"}),
        ("₹ Ž", {"latin", "latin-ext", "currency"}),
        ("Việt Nam", {"latin", "vietnamese"}),
        ("Δοκιμή Тест", {"latin", "greek", "cyrillic"}),
        ("अनन्या।", {"devanagari"}),
        ("অনন্যা।", {"bengali"}),
        ("شركة", {"arabic"}),
        ("חברה", {"hebrew"}),
        ("நிறுவனம்", {"tamil"}),
        ("株式会社", set()),
    ],
)
def test_only_the_scripts_of_a_text_are_inlined(text: str, scripts: set[str]) -> None:
    assert scripts_for(text) == scripts


def test_every_font_file_is_in_the_style_sheet_once_and_all_are_small() -> None:
    files = sorted(path.name for path in FONTS.glob("*.woff2"))
    assert sorted(face.file for face in faces()) == files
    assert sum(path.stat().st_size for path in FONTS.glob("*.woff2")) < 2_500_000
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text(encoding="utf-8")


def test_the_view_page_holds_no_script_or_style_of_its_own() -> None:
    page = view(sheet())
    assert " style=" not in page
    assert "<style" not in page
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/static/view/view.js" defer>']
    assert not re.search(r" on[a-z]+=", page)
    for linked in re.findall(r'(?:href|src)="/static/([^"]+)"', page):
        assert (FONTS.parent / linked).is_file()


def test_the_view_page_offers_the_pdf_only_when_it_is_ready() -> None:
    ready, waiting = view(sheet()), view(sheet(), pdf_url=None)
    assert 'href="/invoices/1.pdf?sig=a&amp;exp=2"' in ready
    assert "PDF is being prepared" not in ready
    assert "PDF is being prepared" in waiting
    assert "Download PDF" not in waiting


def test_the_view_page_and_the_paper_hold_the_same_invoice() -> None:
    invoice = sheet(address=BERLIN, tax=VAT)
    paper, screen = text_of(invoice_html(invoice)), text_of(view(invoice))
    assert screen.endswith(paper)
    assert screen.startswith("Invoice INV-2627-000042 Print Download PDF Due on 19 November 2026")


def test_a_mail_says_what_is_due_and_brings_the_pdf() -> None:
    mail = mail_for(sheet(locale="en-IN"))
    assert mail.subject == (
        "Invoice INV-2627-000042 for October 2026: USD 1,043.52 due 19 November 2026"
    )
    assert mail.sender == "Paidup Cloud Private Limited <billing@seller.example>"
    assert (mail.recipient_name, mail.recipient_email) == ("Ada Example", "ada@buyer.example")
    assert mail.message_id == "42@seller.example"
    assert [(part.filename, part.media_type, part.body) for part in mail.attachments] == [
        ("INV-2627-000042.pdf", "application/pdf", b"%PDF-1.4")
    ]
    assert mail.text == (
        "Hello Ada Example,\n\n"
        "Paidup Cloud Private Limited has issued invoice INV-2627-000042 for October 2026.\n\n"
        f"Amount:      USD{NBSP}1,043.52\n"
        "Charged as:  about ₹87,006.09; the rate is fixed when you pay\n"
        "Due date:    19 November 2026\n"
        "Billed to:   Müller & Söhne GmbH\n\n"
        "View and print it here:\n"
        "https://billing.example/invoices/1/view?sig=a&exp=2\n\n"
        "You can pay it from the invoices page of your dashboard.\n"
        "The invoice is attached as a PDF.\n\n"
        "Questions? Write to billing@seller.example and name invoice INV-2627-000042.\n"
    )
    assert 'href="https://billing.example/invoices/1/view?sig=a&amp;exp=2"' in mail.html
    assert f"USD{NBSP}1,043.52" in html.unescape(mail.html)
    assert "<img" not in mail.html


def words_of(mail: Mail) -> list[str]:
    """What the mail says, in plain text and in HTML, with ordinary blanks."""
    return [part.replace(NBSP, " ") for part in (mail.text, text_of(mail.html))]


def test_a_mail_that_comes_again_says_so() -> None:
    for words in words_of(mail_for(sheet(), again=True)):
        assert "has issued" not in words
        assert (
            "Here is invoice INV-2627-000042 of Paidup Cloud Private Limited for October 2026 "
            "once more." in words
        )
        assert "You can pay it from the invoices page of your dashboard." in words


def test_a_mail_about_what_is_settled_asks_for_nothing() -> None:
    mail = mail_for(sheet(locale="en-IN"), due=Money(0, "USD"))
    assert mail.subject.replace(NBSP, " ") == (
        "Invoice INV-2627-000042 for October 2026: USD 1,043.52"
    )
    for words in words_of(mail):
        assert "USD 1,043.52" in words
        assert "There is nothing to pay on it now." in words
        for asking in ("You can pay", "Due date", "Still due", "Charged as"):
            assert asking not in words


def test_a_mail_about_what_is_paid_in_part_asks_for_the_rest() -> None:
    mail = mail_for(sheet(locale="en-IN"), due=Money(4_352, "USD"))
    assert mail.subject.replace(NBSP, " ") == (
        "Invoice INV-2627-000042 for October 2026: USD 43.52 due 19 November 2026"
    )
    for words in words_of(mail):
        assert re.search(r"Amount:?\s+USD 1,043\.52", words)
        assert re.search(r"Still due:?\s+USD 43\.52", words)
        assert re.search(r"Due date:?\s+19 November 2026", words)
        # What would be charged was worked out for the whole of it.
        assert "Charged as" not in words
        assert "You can pay it" in words


def test_an_add_on_mail_names_no_month() -> None:
    assert mail_for(add_on_sheet()).subject == (
        "Invoice INV-2627-000042: USD 1,043.52 due November 19, 2026"
    )


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@victim.example", "Eve\nX: 1", "Eve\0", "Eve\x0b"]
)
def test_names_cannot_break_out_of_a_mail_header(name: str) -> None:
    invoice = replace(sheet(name), seller=replace(SELLER, name=name))
    mail = mail_for(invoice, recipient_name=name)
    for header in (mail.subject, mail.sender, mail.recipient_name):
        assert not re.search(r"[\r\n\0\x0b]", header)
    assert mail.recipient_name == " ".join(name.replace("\0", " ").split())
