"""The printer on a real Chromium: what it prints, what it lets out, and what it survives."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import time
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import psutil
import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from service.adapters.chromium_finder import find_chromium
from service.adapters.chromium_printer import ChromiumPrinter
from service.adapters.reproducible_pdf import reproducible
from service.billing.sheet import Address
from service.ports import PrinterUnavailable
from service.templates.render import invoice_html
from tests.support.canary import Canary, hostile_page, open_canary
from tests.support.processes import reap, wait_until
from tests.support.sheets import BERLIN, VAT, long_sheet, sheet

FOUND = find_chromium(None)
CHROMIUM = FOUND or Path("chromium")
pytestmark = pytest.mark.skipif(FOUND is None, reason="no Chromium on this machine")


# What other tests of the same run have started, such as the demo of the journeys, is not ours.
STRANGERS: set[psutil.Process] = set()


@pytest.fixture(autouse=True)
def strangers() -> Iterator[None]:
    """Note who was there before the test."""
    STRANGERS.update(psutil.Process().children())
    yield
    STRANGERS.clear()


@pytest.fixture
async def printer() -> AsyncIterator[ChromiumPrinter]:
    async with ChromiumPrinter(CHROMIUM) as opened:
        yield opened


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page without blanks, compatibility forms made plain."""
    reader = PdfReader(io.BytesIO(pdf))
    return [
        re.sub(r"\s", "", unicodedata.normalize("NFKC", page.extract_text()))
        for page in reader.pages
    ]


def page_with(text: str) -> str:
    return f"<!doctype html><html lang=en><title>Test</title><p>{text}</p></html>"


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def started() -> list[psutil.Process]:
    """Everything this test started and that runs."""
    return [process for process in family() if runs(process)]


def family() -> Iterator[psutil.Process]:
    for child in psutil.Process().children():
        if child not in STRANGERS:
            yield child
            with suppress(psutil.NoSuchProcess):
                yield from child.children(recursive=True)


def browsers() -> list[psutil.Process]:
    """The browsers' main processes."""
    return [
        process
        for process in started()
        if process.name().startswith(CHROMIUM.name[:15])
        and not any(word.startswith("--type=") for word in process.cmdline())
    ]


def renderers() -> list[psutil.Process]:
    return [process for process in started() if "--type=renderer" in process.cmdline()]


async def test_an_invoice_prints_as_tagged_a4_with_text_in_many_scripts(
    printer: ChromiumPrinter,
) -> None:
    pdf = await printer.print_pdf(
        invoice_html(
            sheet(
                "Müller & Söhne GmbH, O'Brien <b>& Co</b>, अनन्या, חברת הדוגמה, Тест, Δοκιμή, Žižka",
                locale="en-IN",
                address=BERLIN,
                tax=VAT,
            )
        )
    )
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice INV-2627-000042"
    assert str(reader.root_object["/Lang"]) == "en-IN"
    assert "/StructTreeRoot" in reader.root_object
    assert "/Outlines" not in reader.root_object
    (text,) = pages_of(pdf)
    for expected in (
        "INV-2627-000042",
        "Müller&SöhneGmbH",
        "O'Brien<b>&Co</b>",
        "अनन्या",
        "הדוגמה",
        "Тест",
        "Δοκιμή",
        "Žižka",
        "TotalUSD1,241.79",
        "₹1,03,537.35",
        "Page1of1",
    ):
        assert expected in text


async def test_the_fonts_of_the_page_are_its_own(printer: ChromiumPrinter) -> None:
    """Were they not ready when the page is printed, another font would stand in."""
    invoice = sheet("شركة الاختبار", address=Address(("மதுரை", "חיפה"), "Łódź", None, None, "PL"))
    pdf = await printer.print_pdf(invoice_html(invoice))
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    listed = cast(DictionaryObject, cast(DictionaryObject, page["/Resources"])["/Font"])
    fonts = {
        str(cast(DictionaryObject, listed[name])["/BaseFont"]).partition("+")[2] for name in listed
    }
    assert fonts == {
        "NotoSans-Regular",
        "NotoSans-SemiBold",
        "NotoSansArabic-SemiBold",
        "NotoSansHebrewThin-Regular",  # so the file calls its regular weight
        "NotoSansTamil-Regular",
    }


async def test_a_hundred_lines_keep_their_heads_and_their_sums(printer: ChromiumPrinter) -> None:
    pages = pages_of(await printer.print_pdf(invoice_html(long_sheet(100))))
    head = "DescriptionQuantityUnitprice(USD)Amount(USD)"
    assert [page.count(head) for page in pages] == [1] * len(pages)
    for index, page in enumerate(pages, start=1):
        assert f"Page{index}of{len(pages)}" in page
        assert "InvoiceINV-2627-000042·PaidupCloudPrivateLimited" in page
    assert re.findall(r"web-(\d{3}),", "".join(pages)) == [f"{i:03d}" for i in range(100)]
    assert ["Subtotal" in page for page in pages] == [False] * (len(pages) - 1) + [True]
    assert "TotalUSD14,322.00" in pages[-1]
    assert "web-099" in pages[-1]


async def test_the_sums_never_stand_without_a_line(printer: ChromiumPrinter) -> None:
    """Near the end of the first page and of the second, whatever the number of lines."""
    page_counts = set()
    for count in (*range(11, 22), *range(40, 61)):
        pages = pages_of(await printer.print_pdf(invoice_html(long_sheet(count))))
        page_counts.add(len(pages))
        (closing,) = [page for page in pages if "Subtotal" in page]
        assert pages[-1] is closing
        assert f"web-{count - 1:03d}" in closing
        assert "onceperlineandpertax." in closing
    assert page_counts == {1, 2, 3}


async def test_a_page_prints_to_the_same_bytes_whenever_and_wherever_it_is_printed(
    printer: ChromiumPrinter,
) -> None:
    page = invoice_html(long_sheet(60))
    first = await printer.print_pdf(page)
    await printer.print_pdf(invoice_html(sheet("अनन्या, חברת הדוגמה, Тест")))
    assert await printer.print_pdf(page) == first
    await asyncio.sleep(1)  # what a PDF tells of time, it tells in seconds
    async with ChromiumPrinter(CHROMIUM) as other:
        assert await other.print_pdf(page) == first
    assert await printer.print_pdf(invoice_html(long_sheet(61))) != first


async def test_names_out_of_order_are_put_in_the_order_of_the_page(
    printer: ChromiumPrinter,
) -> None:
    """Chromium gives them out of order now and then."""
    printed = await printer.print_pdf(invoice_html(sheet()))
    mixed = _swapped(printed, b"(node00000002)", b"(node00000005)")
    assert mixed != printed
    assert reproducible(mixed) == printed


def _swapped(text: bytes, one: bytes, other: bytes) -> bytes:
    return text.replace(one, b"(none)").replace(other, one).replace(b"(none)", other)


async def test_the_heads_of_columns_are_still_named_by_their_cells(
    printer: ChromiumPrinter,
) -> None:
    """Screen readers tell with each figure what it is."""
    await printer.warm_up()
    reader = PdfReader(io.BytesIO(await printer.print_pdf(invoice_html(long_sheet(2)))))
    root = cast(DictionaryObject, reader.root_object["/StructTreeRoot"])
    named = dict(_names(cast(DictionaryObject, root["/IDTree"])))
    assert len(named) == 6  # four columns, and the heads of two rows of sums
    cells = [part for part in _structure(root) if part.get("/S") == "/TD"]
    asked = [str(name) for cell in cells for name in _headers(cell)]
    assert len(asked) >= 8
    assert set(asked) <= set(named)
    for name, element in named.items():
        assert (str(element["/S"]), str(element["/ID"])) == ("/TH", name)


def _names(tree: DictionaryObject) -> Iterator[tuple[str, DictionaryObject]]:
    for kid in cast(ArrayObject, tree.get("/Kids", ())):
        yield from _names(cast(DictionaryObject, kid.get_object()))
    listed = cast(ArrayObject, tree.get("/Names", ArrayObject()))
    for name, element in zip(listed[::2], listed[1::2], strict=True):
        yield str(name), cast(DictionaryObject, element.get_object())


def _structure(element: DictionaryObject) -> Iterator[DictionaryObject]:
    yield element
    kids = element.get("/K", ())
    for kid in kids if isinstance(kids, ArrayObject) else (kids,):
        found = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(found, DictionaryObject):
            yield from _structure(found)


def _headers(cell: DictionaryObject) -> Iterator[object]:
    for attributes in cast(ArrayObject, cell.get("/A", ArrayObject())):
        yield from cast(DictionaryObject, attributes.get_object()).get("/Headers", ())


async def test_prints_side_by_side_do_not_mix(printer: ChromiumPrinter) -> None:
    numbers = [f"INV-2627-{index:06d}" for index in range(8)]
    pdfs = await asyncio.gather(
        *(printer.print_pdf(invoice_html(sheet(number=number))) for number in numbers)
    )
    for number, pdf in zip(numbers, pdfs, strict=True):
        assert set(re.findall(r"INV-2627-\d{6}", "".join(pages_of(pdf)))) == {number}


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with open_canary() as opened:
        yield opened


async def test_a_hostile_page_reaches_nobody_and_reads_nothing(
    printer: ChromiumPrinter, canary: Canary, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("<p>TOP-SECRET</p>")
    pdf = await printer.print_pdf(hostile_page(canary.url, secret))
    text = "".join(pages_of(pdf))
    assert "Visible" in text
    for leak in ("TOP-SECRET", "LEAKED", "SCRIPT-RAN", "RAN"):
        assert leak not in text
    metadata = PdfReader(io.BytesIO(pdf)).metadata
    assert metadata is not None
    assert metadata.title == "Before"
    await asyncio.sleep(0.5)
    assert canary.hits == []
    # The trap works: who goes there is seen.
    _, writer = await asyncio.open_connection("127.0.0.1", canary.port)
    writer.write(b"GET /control HTTP/1.1\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    assert canary.hits == ["/control"]


@pytest.mark.parametrize("delay_s", [0, 1])
async def test_a_page_that_leaves_is_refused_and_does_no_harm_to_the_next(
    printer: ChromiumPrinter, canary: Canary, delay_s: int
) -> None:
    leaving = f'<meta http-equiv="refresh" content="{delay_s};url={canary.url}/refresh"><p>Bye'
    with pytest.raises(PrinterUnavailable):
        await printer.print_pdf(leaving)
    (browser,) = browsers()
    assert "Next" in pages_of(await printer.print_pdf(page_with("Next")))[0]
    await asyncio.sleep(delay_s + 0.2)
    assert "Later" in pages_of(await printer.print_pdf(page_with("Later")))[0]
    assert canary.hits == []
    assert browsers() == [browser]


@pytest.mark.parametrize("victim", ["browser", "driver", "renderer"])
async def test_a_kill_in_the_middle_of_a_print_is_not_noticed(
    printer: ChromiumPrinter, victim: str
) -> None:
    await printer.warm_up()
    (browser,) = browsers()
    printing = asyncio.create_task(printer.print_pdf(invoice_html(long_sheet(300))))
    await asyncio.sleep(0.05)
    chosen = {"browser": browser, "driver": browser.parent(), "renderer": renderers()[0]}[victim]
    assert chosen is not None
    assert not printing.done()
    chosen.kill()
    text = "".join(pages_of(await printing))
    assert "web-299" in text
    assert "TotalUSD42,966.00" in text
    assert browser not in browsers() or victim == "renderer"


async def test_a_browser_that_died_idle_is_replaced(printer: ChromiumPrinter) -> None:
    await printer.warm_up()
    (browser,) = browsers()
    browser.kill()
    await asyncio.sleep(0.2)
    assert "Again" in pages_of(await printer.print_pdf(page_with("Again")))[0]
    assert browsers() != [browser]


async def test_a_hang_ends_at_the_deadline_and_the_next_print_works() -> None:
    async with ChromiumPrinter(CHROMIUM, deadline_s=2.0) as printer:
        await printer.warm_up()
        stopped = renderers()
        for process in stopped:
            process.send_signal(signal.SIGSTOP)
        begin = time.monotonic()
        with pytest.raises(PrinterUnavailable, match="not printed within 2 s"):
            await printer.print_pdf(page_with("Stuck"))
        assert 1.9 < time.monotonic() - begin < 3.5
        assert "Fresh" in pages_of(await printer.print_pdf(page_with("Fresh")))[0]
    assert not any(runs(process) for process in stopped)


async def test_a_page_that_keeps_the_layout_busy_ends_at_the_deadline() -> None:
    async with ChromiumPrinter(CHROMIUM, deadline_s=2.0) as printer:
        await printer.warm_up()
        with pytest.raises(PrinterUnavailable, match="not printed within 2 s"):
            await printer.print_pdf(page_with("a" + "\u0336" * 100_000))
        assert "Fresh" in pages_of(await printer.print_pdf(page_with("Fresh")))[0]


async def test_a_cancelled_print_leaves_the_printer_usable(printer: ChromiumPrinter) -> None:
    await printer.warm_up()
    printing = asyncio.create_task(printer.print_pdf(invoice_html(long_sheet(300))))
    await asyncio.sleep(0.05)
    printing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await printing
    assert "Next" in pages_of(await printer.print_pdf(page_with("Next")))[0]


async def test_more_callers_than_may_wait_are_refused() -> None:
    async with ChromiumPrinter(CHROMIUM, slots=1, queue_max=1) as printer:
        pages = [page_with(f"Page{index}") for index in range(4)]
        results = await asyncio.gather(
            *(printer.print_pdf(page) for page in pages), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, PrinterUnavailable)]
        printed = [result for result in results if isinstance(result, bytes)]
        assert (len(printed), len(refused)) == (2, 2)
        assert "After" in pages_of(await printer.print_pdf(page_with("After")))[0]


async def test_pages_and_browsers_are_replaced_after_their_share_of_prints() -> None:
    async with ChromiumPrinter(
        CHROMIUM, slots=1, recycle_page_after=2, recycle_browser_after=4
    ) as printer:
        seen: list[tuple[int, int]] = []
        for index in range(5):
            text = f"Print{index}"
            assert text in pages_of(await printer.print_pdf(page_with(text)))[0]
            browser = max(browsers(), key=psutil.Process.create_time)
            page = max(renderers(), key=psutil.Process.create_time)
            seen.append((browser.pid, page.pid))
    assert seen[0] == seen[1]
    assert seen[2] == seen[3]
    assert seen[0][0] == seen[2][0] != seen[4][0]
    assert len({page for _, page in seen}) == 3


async def test_nothing_starts_before_the_first_print_and_nothing_stays_after_the_last() -> None:
    before = {process.pid for process in started()}
    async with ChromiumPrinter(CHROMIUM) as printer:
        assert {process.pid for process in started()} == before
        await asyncio.gather(*(printer.print_pdf(page_with(str(index))) for index in range(3)))
        assert len({process.pid for process in started()} - before) >= 4
        # Chromium's sandbox refuses root; nobody else runs without it.
        (browser,) = browsers()
        assert ("--no-sandbox" in browser.cmdline()) is (os.geteuid() == 0)
        begin = time.monotonic()
    assert time.monotonic() - begin < 2.0
    assert {process.pid for process in started()} <= before


@pytest.fixture(scope="module")
def another_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    """A Chromium that something else of the same run has started, and uses."""
    folder = tmp_path_factory.mktemp("another-browser")
    with subprocess.Popen(
        [
            *(CHROMIUM, "--headless", "--remote-debugging-port=0", f"--user-data-dir={folder}"),
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        wait_until((folder / "DevToolsActivePort").exists, within=30, why="the browser is up")
        relatives = psutil.Process(process.pid).children(recursive=True)
        yield psutil.Process(process.pid)
        process.kill()
        reap(relatives)


async def test_a_browser_of_somebody_else_is_neither_counted_nor_touched(
    another_browser: psutil.Process, printer: ChromiumPrinter
) -> None:
    assert started() == []
    await printer.warm_up()
    (browser,) = browsers()
    assert browser != another_browser
    await printer.close()
    assert started() == []
    assert runs(another_browser)


async def test_closing_does_not_wait_for_a_hung_page() -> None:
    before = {process.pid for process in started()}
    printer = ChromiumPrinter(CHROMIUM)
    await printer.warm_up()
    for process in renderers():
        process.send_signal(signal.SIGSTOP)
    printing = asyncio.create_task(printer.print_pdf(page_with("Stuck")))
    await asyncio.sleep(0.1)
    begin = time.monotonic()
    await printer.close()
    assert time.monotonic() - begin < 2.0
    with pytest.raises(PrinterUnavailable):
        await printing
    await asyncio.sleep(0.1)
    assert {process.pid for process in started()} <= before


@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.35])
async def test_closing_while_the_browser_starts_leaves_nothing(after_s: float) -> None:
    before = {process.pid for process in started()}
    printer = ChromiumPrinter(CHROMIUM)
    printing = asyncio.create_task(printer.print_pdf(page_with("Early")))
    await asyncio.sleep(after_s)
    await printer.close()
    with pytest.raises(PrinterUnavailable, match="closed"):
        await printing
    assert {process.pid for process in started()} <= before


async def test_a_closed_printer_and_a_missing_browser_say_so(tmp_path: Path) -> None:
    printer = ChromiumPrinter(CHROMIUM)
    await printer.close()
    with pytest.raises(PrinterUnavailable, match="closed"):
        await printer.print_pdf(page_with("Late"))
    before = {process.pid for process in started()}
    async with ChromiumPrinter(tmp_path / "chromium") as missing:
        with pytest.raises(PrinterUnavailable, match="does not start"):
            await missing.print_pdf(page_with("None"))
    assert {process.pid for process in started()} <= before
