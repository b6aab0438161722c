"""The receipt on paper, by a real Chromium: what can be read, and where its pages break."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from service.adapters.chromium_finder import find_chromium
from service.adapters.chromium_printer import ChromiumPrinter
from service.billing.money import Money
from service.billing.payment import Method
from service.templates.receipts import receipt_html
from tests.support.receipts import part, receipt
from tests.support.sheets import BERLIN, SELLER

FOUND = find_chromium(None)
pytestmark = pytest.mark.skipif(FOUND is None, reason="no Chromium on this machine")


@pytest.fixture
async def printer() -> AsyncIterator[ChromiumPrinter]:
    async with ChromiumPrinter(FOUND or Path("chromium")) as opened:
        yield opened


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page without blanks, compatibility forms made plain."""
    reader = PdfReader(io.BytesIO(pdf))
    return [
        re.sub(r"\s", "", unicodedata.normalize("NFKC", page.extract_text()))
        for page in reader.pages
    ]


async def test_a_receipt_prints_as_one_tagged_a4_page(printer: ChromiumPrinter) -> None:
    pdf = await printer.print_pdf(
        receipt_html(
            receipt(
                part(100000, surplus=4352),
                buyer_name="Müller & Söhne GmbH, O'Brien <b>& Co</b>, अनन्या, Тест",
                address=BERLIN,
                charge_currency="INR",
                returned=Money(362863, "INR"),
                locale="en-IN",
            )
        )
    )
    reader = PdfReader(io.BytesIO(pdf))
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.metadata is not None
    assert reader.metadata.title == "Receipt RCT-INV-2627-000042-1"
    assert str(reader.root_object["/Lang"]) == "en-IN"
    assert "/StructTreeRoot" in reader.root_object
    (text,) = pages_of(pdf)
    for expected in (
        "Paymentreceipt",
        "RCT-INV-2627-000042-1",
        "19November2026",
        "Visacardendingin4242",
        "Müller&SöhneGmbH,O'Brien<b>&Co</b>,अनन्या,Тест",
        "INR87,006.10forUSD1,043.52",
        "INV-2627-0000424November20261,000.001,000.00",
        "Paidbeyondwhatwasdue43.52",
        "Exchangerate,INRperUSD83.377512345678",
        "EuropeanCentralBank,asof18November2026.",
        "INR3,628.63goesbackthewayitwaspaid.",
        "pay_06FHTK2M8RD9V5N1QZ3C7XJ4W0",
        "ReceiptRCT-INV-2627-000042-1·PaidupCloudPrivateLimited",
        "Page1of1",
    ):
        assert expected in text


async def test_fifty_invoices_keep_their_heads_and_their_sums(printer: ChromiumPrinter) -> None:
    """As many as one payment can have, and every number that ends near the foot of a page."""
    head = "PaidinvoiceIssuedateInvoicetotal(USD)Paid(USD)"
    for count in (1, 16, 18, 20, 46, 48, 50):
        sheet = receipt(*[part(104352, index=index + 1) for index in range(count)])
        pages = pages_of(await printer.print_pdf(receipt_html(sheet)))
        assert [page.count(head) for page in pages] == [1] * len(pages)
        for index, page in enumerate(pages, start=1):
            assert f"Page{index}of{len(pages)}" in page
        assert ["TotalUSD" in page for page in pages] == [False] * (len(pages) - 1) + [True]
        assert f"INV-2627-{count:06d}November4,2026" in pages[-1]
        listed = re.findall(r"INV-2627-(\d{6})November4", "".join(pages))
        assert listed == [f"{index + 1:06d}" for index in range(count)]


HOSTILE = '</style></bdi><script>document.title="RAN"</script><img src="http://127.0.0.1:9/x">'


async def test_hostile_names_are_printed_and_never_obeyed(printer: ChromiumPrinter) -> None:
    sheet = receipt(buyer_name=HOSTILE, method=Method("card", HOSTILE[:32], "4242"))
    sheet = replace(sheet, seller=replace(SELLER, name=HOSTILE), reference=HOSTILE[:60])
    pdf = await printer.print_pdf(receipt_html(sheet))
    metadata = PdfReader(io.BytesIO(pdf)).metadata
    assert metadata is not None
    assert metadata.title == "Receipt RCT-INV-2627-000042-1"
    text = "".join(pages_of(pdf))
    assert text.count('<script>document.title="RAN"</script>') >= 2


async def test_long_words_are_broken_into_lines(printer: ChromiumPrinter) -> None:
    name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    sheet = receipt(buyer_name=name, method=None, reference="R" * 64)
    pdf = await printer.print_pdf(receipt_html(sheet))
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    printed = page.extract_text()
    for word in (name, "R" * 64):
        assert word not in printed
        assert word in printed.replace("\n", "")
