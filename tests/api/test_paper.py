"""Invoices in the browser: the page and the PDF, by link and by token."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
import structlog

from service.billing.ids import Kind
from service.billing.invoice import DisplayStatus, InvoiceMove, InvoiceStatus
from service.billing.people import Role
from service.sandbox.dashboard import Dashboard
from service.store import invoices
from service.store.database import execute, transaction
from service.store.records import Invoice, Payment
from service.workflows import links, offline
from service.workflows.offline import OfflinePayment
from service.workflows.screens import shown
from tests.api.harness import PDF, PDF_SHA256, Api, printed, public


async def an_invoice(api: Api) -> Invoice:
    return await api.shop.invoice(await api.shop.account())


def view_url(api: Api, invoice: Invoice, *, minutes: int = 15) -> str:
    lifetime = timedelta(minutes=minutes)
    return links.view_url(api.shop.ports, invoice.account_id, invoice.id, lifetime=lifetime)


def pdf_url(api: Api, invoice: Invoice, *, minutes: int = 15) -> str:
    lifetime = timedelta(minutes=minutes)
    return links.pdf_url(api.shop.ports, invoice.account_id, invoice.id, lifetime=lifetime)


PRIVATE = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; font-src "
    "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-robots-tag": "noindex",
}


def assert_private(answered: httpx.Response) -> None:
    assert {name: answered.headers[name] for name in PRIVATE} == PRIVATE


async def test_a_link_from_the_api_shows_the_invoice(api: Api) -> None:
    invoice = await an_invoice(api)
    owner = api.caller(Role.OWNER, invoice.account_id)
    found = await owner.ask(
        "query V($n: String!) { invoice(by: {number: $n}) { document { viewUrl pdfUrl } } }",
        n=invoice.number,
    )
    assert found["invoice"]["document"]["pdfUrl"] is None
    answered = await api.http.get(found["invoice"]["document"]["viewUrl"])
    assert answered.status_code == 200
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert_private(answered)
    for words in ("INV-2627-000001", "Northwind Robotics, Inc.", "Due", "/static/view/view.css"):
        assert words in answered.text
    assert ".pdf" not in answered.text


async def test_the_page_leads_to_the_pdf_as_far_as_its_own_link_goes(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = view_url(api, invoice, minutes=60)
    token = url.rpartition("token=")[2]
    page = await api.http.get(url)
    path = f"/invoices/{public(Kind.INVOICE, invoice.id)}.pdf?token={token}"
    assert path in page.text
    api.shop.clock.move(minutes=59)
    assert (await api.http.get(path)).content == PDF
    api.shop.clock.move(minutes=1)
    assert (await api.http.get(path)).status_code == 404


def words_of(page: httpx.Response) -> str:
    """The words of a page, blanks collapsed."""
    body = page.text.partition("<main>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


async def pay(api: Api, invoice: Invoice) -> None:
    started = await api.shop.start(invoice.account_id, invoice)
    await api.shop.pay(started.payment)
    await api.shop.settle(invoice.account_id, started.payment.id)


DUE_LINE = "Amount due USD 100.00 by November 14, 2026"
HOW_TO_PAY = "How to pay Online, from the invoices page of your dashboard."


@pytest.mark.parametrize(("days", "words"), [(0, "Due"), (16, "Overdue")])
async def test_the_page_of_an_open_invoice_says_what_is_due_and_how_to_pay(
    api: Api, days: int, words: str
) -> None:
    invoice = await an_invoice(api)
    api.shop.clock.move(days=days)
    shown = words_of(await api.http.get(view_url(api, invoice)))
    assert shown.startswith(f"{words} Sign in to your dashboard to pay it.")
    for expected in ("Due date November 14, 2026", DUE_LINE, HOW_TO_PAY, "Charged in INR"):
        assert expected in shown


async def test_the_page_of_a_paid_invoice_says_when_it_was_paid_and_of_nothing_that_it_is_due(
    api: Api,
) -> None:
    invoice = await an_invoice(api)
    api.shop.clock.move(days=16)
    await pay(api, invoice)
    api.shop.clock.move(days=3)
    shown = words_of(await api.http.get(view_url(api, invoice)))
    assert shown.startswith("Paid ")
    assert "Paid on November 15, 2026 USD 100.00 nothing is due" in shown
    assert_asks_for_nothing(shown)


def assert_asks_for_nothing(shown: str) -> None:
    assert re.findall(r"(?i)\b(?:over)?due\b", shown) == ["due"]
    for wrong in ("Amount due", "Due date", "by November", "How to pay", "when you pay"):
        assert wrong not in shown


@pytest.mark.parametrize(
    ("move", "words"), [(InvoiceMove.CANCEL, "Void"), (InvoiceMove.WRITE_OFF, "Written off")]
)
async def test_the_page_of_an_invoice_that_was_given_up_asks_for_nothing(
    api: Api, move: InvoiceMove, words: str
) -> None:
    invoice = await an_invoice(api)
    async with transaction():
        await invoices.move(invoice, move, at=api.shop.clock())
    shown = words_of(await api.http.get(view_url(api, invoice)))
    assert shown.startswith(words)
    assert f"{words} USD 100.00 nothing is due" in shown
    assert_asks_for_nothing(shown)


async def test_the_page_of_an_invoice_whose_money_is_on_its_way_asks_for_nothing(api: Api) -> None:
    invoice = await an_invoice(api)
    started = await api.shop.start(invoice.account_id, invoice)
    await api.shop.pay(started.payment, "debit_succeeds")
    await api.shop.settle(invoice.account_id, started.payment.id)
    shown = words_of(await api.http.get(view_url(api, invoice)))
    assert shown.startswith("Payment on its way There is nothing more to do")
    assert "Payment on its way USD 100.00 nothing is due" in shown
    assert_asks_for_nothing(shown)


async def test_the_page_of_a_partly_paid_invoice_asks_for_the_rest_alone(api: Api) -> None:
    invoice = await an_invoice(api)
    async with transaction():
        await invoices.keep_sums(
            invoice, paid_minor=4000, refunded_minor=0, disputed=False, at=api.shop.clock()
        )
    shown = words_of(await api.http.get(view_url(api, invoice)))
    assert shown.startswith("Partly paid Sign in to your dashboard to pay the rest.")
    assert "Amount due USD 60.00 of USD 100.00, by November 14, 2026" in shown
    assert HOW_TO_PAY in shown
    assert "Charged in INR" not in shown


# -- every status ------------------------------------------------------------------------------


async def nothing_happens(api: Api, invoice: Invoice) -> None:
    """It was just issued."""


async def time_passes(api: Api, invoice: Invoice) -> None:
    api.shop.clock.move(days=16)


async def a_part_arrives(api: Api, invoice: Invoice) -> None:
    received = OfflinePayment(invoice.id, 4000, "UTR 1", api.shop.today, "rita", "key")
    await offline.record(api.shop.ports, invoice.account_id, received)


async def a_debit_begins(api: Api, invoice: Invoice) -> None:
    started = await api.shop.start(invoice.account_id, invoice)
    await api.shop.pay(started.payment, "debit_succeeds")
    await api.shop.settle(invoice.account_id, started.payment.id)


@dataclass(frozen=True)
class Charged:
    """What the gateway knows of a payment that was captured."""

    api: Api
    payment: Payment
    charge: str

    @property
    def dashboard(self) -> Dashboard:
        return self.api.shop.sandbox.dashboard

    async def told(self) -> None:
        """The service hears of what was done at the gateway."""
        of = (self.payment.account_id, self.payment.id)
        await self.api.shop.settle(*of, thorough=True)


async def charged(api: Api, invoice: Invoice) -> Charged:
    started = await api.shop.start(invoice.account_id, invoice)
    await api.shop.pay(started.payment)
    payment = await api.shop.settle(invoice.account_id, started.payment.id)
    intent = api.shop.sandbox.book.get("payment_intent", payment.transaction or "")
    return Charged(api, payment, intent["latest_charge"])


async def all_goes_back(api: Api, invoice: Invoice) -> None:
    of = await charged(api, invoice)
    of.dashboard.refund(of.charge)
    await of.told()


async def a_part_goes_back(api: Api, invoice: Invoice) -> None:
    of = await charged(api, invoice)
    of.dashboard.refund(of.charge, of.payment.quote.charged.minor_units // 4)
    await of.told()


async def its_bank_asks(api: Api, invoice: Invoice) -> None:
    of = await charged(api, invoice)
    of.dashboard.dispute(of.charge)
    await of.told()


async def its_bank_decides_against_us(api: Api, invoice: Invoice) -> None:
    of = await charged(api, invoice)
    of.dashboard.lose_dispute(of.dashboard.dispute(of.charge)["id"])
    await of.told()


async def it_is_withdrawn(api: Api, invoice: Invoice) -> None:
    async with transaction():
        await invoices.move(invoice, InvoiceMove.CANCEL, at=api.shop.clock())


async def it_is_given_up(api: Api, invoice: Invoice) -> None:
    async with transaction():
        await invoices.move(invoice, InvoiceMove.WRITE_OFF, at=api.shop.clock())


D = DisplayStatus
SIGN_IN = "Sign in to your dashboard to pay"
# How an invoice gets to where it shows a status, and what its page then begins and goes on with.
SAID = {
    D.DUE: (nothing_happens, f"Due {SIGN_IN} it.", DUE_LINE),
    D.OVERDUE: (time_passes, f"Overdue {SIGN_IN} it.", DUE_LINE),
    D.PARTIALLY_PAID: (
        a_part_arrives,
        f"Partly paid {SIGN_IN} the rest.",
        "Amount due USD 60.00 of USD 100.00, by November 14, 2026",
    ),
    D.PROCESSING: (
        a_debit_begins,
        "Payment on its way There is nothing more to do; this page shows it as paid once the money "
        "has arrived.",
        "Payment on its way USD 100.00 nothing is due Description",
    ),
    D.PAID: (
        pay,
        "Paid Paidup Tests Pvt. Ltd.",
        "Paid on October 30, 2026 USD 100.00 nothing is due Description",
    ),
    D.REFUNDED: (
        all_goes_back,
        "Refunded It was paid, and the money was given back.",
        "Refunded USD 100.00 nothing is due, USD 100.00 was given back Description",
    ),
    D.DISPUTED: (
        its_bank_asks,
        "Disputed It was paid, and the payer's bank looks into the payment. Please do not pay "
        "again.",
        "Disputed USD 100.00 nothing is due Description",
    ),
    D.VOID: (
        it_is_withdrawn,
        "Void It was withdrawn. Nothing is to be paid.",
        "Void USD 100.00 nothing is due Description",
    ),
    D.UNCOLLECTIBLE: (
        it_is_given_up,
        "Written off Nothing is to be paid.",
        "Written off USD 100.00 nothing is due Description",
    ),
}


@pytest.mark.parametrize("status", DisplayStatus)
async def test_the_page_has_words_for_every_status(api: Api, status: DisplayStatus) -> None:
    way, first, later = SAID[status]
    invoice = await an_invoice(api)
    await way(api, invoice)
    now = await invoices.find(invoice.account_id, invoice.id)
    assert shown(now, api.shop.clock()) is status
    read = words_of(await api.http.get(view_url(api, invoice)))
    assert read.startswith(f"{first} ")
    assert later in read


async def test_the_page_tells_how_much_of_a_paid_invoice_was_given_back(api: Api) -> None:
    invoice = await an_invoice(api)
    await a_part_goes_back(api, invoice)
    read = words_of(await api.http.get(view_url(api, invoice)))
    assert read.startswith("Paid Paidup")
    told = "Paid on October 30, 2026 USD 100.00 nothing is due, USD 25.00 was given back"
    assert told in read
    assert_asks_for_nothing(read)


async def test_the_page_tells_a_lost_dispute_from_what_was_never_paid(api: Api) -> None:
    invoice = await an_invoice(api)
    await its_bank_decides_against_us(api, invoice)
    now = await invoices.find(invoice.account_id, invoice.id)
    assert now.status is InvoiceStatus.UNCOLLECTIBLE
    read = words_of(await api.http.get(view_url(api, invoice)))
    assert read.startswith("Charged back It was paid, and the payer's bank took the money back.")
    assert "Charged back USD 100.00 nothing is due" in read
    assert_asks_for_nothing(read)


async def test_the_pdf_is_downloaded_byte_by_byte(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    answered = await api.http.get(pdf_url(api, invoice))
    assert (answered.status_code, answered.content) == (200, PDF)
    assert answered.headers["content-type"] == "application/pdf"
    assert answered.headers["content-disposition"] == 'attachment; filename="INV-2627-000001.pdf"'
    assert answered.headers["content-length"] == str(len(PDF))
    assert answered.headers["etag"] == f'"{PDF_SHA256}"'
    assert_private(answered)


async def test_a_number_with_a_slash_is_found_and_makes_a_file_name(api: Api) -> None:
    api.exchange(seller=replace(api.shop.ports.seller, number_prefix="N/C"))
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    found = await api.caller(Role.MEMBER, invoice.account_id).ask(
        'query { invoice(by: {number: "N/C-2627-000001"}) { number document { pdfUrl } } }'
    )
    assert found["invoice"]["number"] == "N/C-2627-000001"
    answered = await api.http.get(found["invoice"]["document"]["pdfUrl"])
    assert answered.headers["content-disposition"] == 'attachment; filename="N-C-2627-000001.pdf"'


async def test_a_pdf_that_is_known_is_not_sent_again(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = pdf_url(api, invoice)
    known = await api.http.get(url, headers={"if-none-match": f'"{PDF_SHA256}"'})
    assert (known.status_code, known.content) == (304, b"")
    other = await api.http.get(url, headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, PDF)


async def test_a_pdf_that_is_not_printed_yet_is_promised(api: Api) -> None:
    invoice = await an_invoice(api)
    answered = await api.http.get(pdf_url(api, invoice))
    assert answered.status_code == 409
    assert answered.headers["retry-after"] == "5"
    assert "The PDF is being prepared" in answered.text
    assert_private(answered)


async def test_a_pdf_whose_bytes_are_lost_is_our_fault(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    await execute("UPDATE document SET storage_key = 'elsewhere/lost.pdf'")
    with structlog.testing.capture_logs() as logged:
        answered = await api.http.get(pdf_url(api, invoice))
    assert answered.status_code == 500
    assert "elsewhere" not in answered.text
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["document_lost"]


@pytest.mark.parametrize("path", ["/view", ".pdf"])
async def test_whatever_does_not_open_an_invoice_is_answered_alike(api: Api, path: str) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    make = view_url if path == "/view" else pdf_url
    good = make(api, invoice)
    head, _, token = good.partition("?token=")
    expired = make(api, invoice, minutes=-1)
    missing = head.replace(
        public(Kind.INVOICE, invoice.id), public(Kind.INVOICE, invoice.account_id)
    )
    answers = [
        await api.http.get(url)
        for url in (
            expired,
            head,
            f"{head}?token=",
            f"{head}?token={token[:-2]}",
            f"{head}?token={token.swapcase()}",
            f"{missing}?token={token}",
            good.replace("inv_", "INV_"),
            good.replace("inv_", "acc_"),
        )
    ]
    assert [answered.status_code for answered in answers] == [404] * len(answers)
    assert {answered.text for answered in answers} == {answers[0].text}
    for answered in answers:
        assert_private(answered)


async def test_a_bad_bearer_token_is_told_so(api: Api) -> None:
    invoice = await an_invoice(api)
    url = view_url(api, invoice).partition("?")[0]
    answered = await api.http.get(url, headers={"authorization": "Bearer nonsense"})
    assert answered.status_code == 401
    assert answered.headers["www-authenticate"] == "Bearer"


async def test_invoices_are_only_read_here(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = pdf_url(api, invoice)
    assert (await api.http.post(url)).status_code == 405
    head = await api.http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(PDF))


async def test_below_a_path_the_page_links_below_it_too(api: Api) -> None:
    invoice = await an_invoice(api)
    await printed(api.shop, invoice)
    url = view_url(api, invoice).removeprefix("https://pay.example.com")
    api.rebuild(public_url="https://shop.example.com/billing")
    page = (await api.http.get(url)).text
    assert 'href="/billing/static/view/view.css"' in page
    assert f"/billing/invoices/{public(Kind.INVOICE, invoice.id)}.pdf?token=" in page
