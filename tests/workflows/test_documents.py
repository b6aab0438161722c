"""From an issued invoice to its PDF: printed, kept under its hash, never replaced."""

from __future__ import annotations

import asyncio
import io
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from pypdf import PdfReader

from service.adapters.chromium_finder import find_chromium
from service.adapters.chromium_printer import ChromiumPrinter
from service.billing.errors import NotFound
from service.billing.events import DocumentState, DocumentStateChanged
from service.ports import PrinterUnavailable
from service.store import documents, invoices
from service.store.database import fetch_one, new_id
from service.store.records import Document, Invoice
from service.templates.render import TEMPLATE_VERSION
from service.workflows.documents import print_invoice
from tests.support.books import books, rows
from tests.support.paper import PDF, PlainPrinter
from tests.support.processes import launched
from tests.support.shop import START, Shop

D = DocumentState
CHROMIUM = find_chromium(None)


async def issued(shop: Shop) -> tuple[UUID, Invoice]:
    account = await shop.account()
    return account, await shop.invoice(account, "1249.00")


async def document_of(invoice: Invoice) -> Document:
    document = (await invoices.find(invoice.account_id, invoice.id)).document
    assert document is not None
    return document


async def states(shop: Shop, account: UUID) -> list[DocumentState]:
    happened = await shop.happened(account)
    return [event.state for event in happened if isinstance(event, DocumentStateChanged)]


class ChangingPrinter:
    """Puts something into each page that the last one had not, as another release of the browser
    does."""

    def __init__(self) -> None:
        self._count = count(1)

    async def print_pdf(self, html: str) -> bytes:
        number = next(self._count)
        await asyncio.sleep(0.01 * (3 - number % 3))
        return PDF + str(number).encode()


async def test_a_printed_invoice_is_kept_under_its_hash(shop: Shop) -> None:
    printer = PlainPrinter()
    shop.with_ports(printer=printer)
    account, invoice = await issued(shop)
    shop.clock.move(seconds=7)
    await print_invoice(shop.ports, account, invoice.id)
    document = await document_of(invoice)
    digest = sha256(PDF).hexdigest()
    assert (document.state, document.attempts) == (D.READY, 1)
    assert (document.sha256, document.retry_at) == (digest, None)
    assert document.storage_key == f"{account}/{invoice.id}/{digest}.pdf"
    assert document.ready_at == START + timedelta(seconds=7)
    assert await shop.ports.documents.get(document.storage_key) == PDF
    row = await fetch_one("SELECT size_bytes, template_version FROM document")
    assert row is not None
    assert (row["size_bytes"], row["template_version"]) == (len(PDF), TEMPLATE_VERSION)
    assert await states(shop, account) == [D.READY]
    assert invoice.number is not None
    assert invoice.number in printer.printed[0]


async def test_a_second_run_prints_nothing(shop: Shop) -> None:
    printer = PlainPrinter()
    shop.with_ports(printer=printer)
    account, invoice = await issued(shop)
    await print_invoice(shop.ports, account, invoice.id)
    printer.body = b"another page"
    shop.clock.move(days=1)
    before = await books()
    await print_invoice(shop.ports, account, invoice.id)
    assert len(printer.printed) == 1
    assert await books() == before


async def test_runs_at_the_same_moment_keep_one_pdf_and_announce_it_once(shop: Shop) -> None:
    shop.with_ports(printer=ChangingPrinter())
    account, invoice = await issued(shop)
    await asyncio.gather(*[print_invoice(shop.ports, account, invoice.id) for _ in range(5)])
    document = await document_of(invoice)
    assert document.state is D.READY
    assert document.storage_key is not None
    kept = await shop.ports.documents.get(document.storage_key)
    assert sha256(kept).hexdigest() == document.sha256
    assert await states(shop, account) == [D.READY]
    assert await rows("delivery") == await rows("pgqueuer", "entrypoint = 'send_delivery'") == 1


async def test_a_printer_that_fails_is_a_state_and_not_the_end(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter(failures=2))
    account, invoice = await issued(shop)
    for attempt in (1, 2):
        with pytest.raises(PrinterUnavailable):
            await print_invoice(shop.ports, account, invoice.id)
        failed = await document_of(invoice)
        assert (failed.state, failed.attempts) == (D.FAILED, attempt)
        assert failed.retry_at == START + timedelta(minutes=1)
        assert (failed.storage_key, failed.sha256) == (None, None)
        assert await rows("delivery") == 0
    await print_invoice(shop.ports, account, invoice.id)
    ready = await document_of(invoice)
    assert (ready.state, ready.attempts, ready.retry_at) == (D.READY, 3, None)
    assert await states(shop, account) == [D.FAILED, D.READY]


async def test_a_failure_that_comes_late_does_not_undo_what_is_ready(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    account, invoice = await issued(shop)
    await print_invoice(shop.ports, account, invoice.id)
    before = await books()
    assert not await documents.fail(await document_of(invoice), retry_at=shop.clock())
    assert not await documents.begin(await document_of(invoice))
    assert await books() == before


async def test_while_it_is_printed_the_document_says_so(shop: Shop) -> None:
    account, invoice = await issued(shop)
    seen: list[DocumentState] = []

    class LookingPrinter(PlainPrinter):
        async def print_pdf(self, html: str) -> bytes:
            seen.append((await document_of(invoice)).state)
            return PDF

    shop.with_ports(printer=LookingPrinter())
    await print_invoice(shop.ports, account, invoice.id)
    assert seen == [D.RENDERING]


async def test_a_paid_invoice_keeps_the_pdf_of_its_issue(shop: Shop) -> None:
    printer = PlainPrinter()
    shop.with_ports(printer=printer)
    account, invoice = await issued(shop)
    await print_invoice(shop.ports, account, invoice.id)
    before = await document_of(invoice)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    await shop.settle(account, payment.id)
    await print_invoice(shop.ports, account, invoice.id)
    assert await document_of(invoice) == before
    assert len(printer.printed) == 1


async def test_an_invoice_of_somebody_else_is_not_printed(shop: Shop) -> None:
    printer = PlainPrinter()
    shop.with_ports(printer=printer)
    _, invoice = await issued(shop)
    before = await books()
    with pytest.raises(NotFound):
        await print_invoice(shop.ports, await shop.account(), invoice.id)
    with pytest.raises(NotFound):
        await print_invoice(shop.ports, invoice.account_id, new_id())
    assert printer.printed == []
    after = await books()
    assert (after["document"], after["event"]) == (before["document"], before["event"])


async def test_issuing_leads_to_a_pdf_by_itself(shop: Shop) -> None:
    shop.with_ports(printer=PlainPrinter())
    _, invoice = await issued(shop)
    await shop.drain()
    assert (await document_of(invoice)).state is D.READY
    assert await rows("pgqueuer") == 0


@pytest.fixture
async def chromium() -> AsyncIterator[ChromiumPrinter]:
    assert CHROMIUM is not None
    async with ChromiumPrinter(CHROMIUM) as printer:
        yield printer


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_a_browser_prints_the_invoice(shop: Shop, chromium: ChromiumPrinter) -> None:
    shop.with_ports(printer=chromium)
    account, invoice = await issued(shop)
    await print_invoice(shop.ports, account, invoice.id)
    document = await document_of(invoice)
    assert document.storage_key is not None
    pdf = await shop.ports.documents.get(document.storage_key)
    assert sha256(pdf).hexdigest() == document.sha256
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert invoice.number is not None
    for printed in (invoice.number, "1,249.00", "Northwind Robotics", "API calls"):
        assert printed in text


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_killed_between_the_file_and_the_commit_the_next_run_finds_its_file(
    shop: Shop, chromium: ChromiumPrinter, tmp_path: Path
) -> None:
    account, invoice = await issued(shop)
    command = ("tests.support.printing_process", shop.url, tmp_path, account, invoice.id)
    process = launched(*map(str, command), log=tmp_path / "killed.log")
    status = await asyncio.to_thread(process.wait, 60)
    assert status == -signal.SIGKILL, (tmp_path / "killed.log").read_text()
    (left,) = (tmp_path / "documents").rglob("*.pdf")
    cut = await document_of(invoice)
    assert (cut.state, cut.storage_key, cut.sha256) == (D.RENDERING, None, None)

    await chromium.warm_up()  # unlike the browser before, this one has printed other pages
    shop.with_ports(printer=chromium)
    await print_invoice(shop.ports, account, invoice.id)

    document = await document_of(invoice)
    assert (document.state, document.attempts) == (D.READY, 2)
    assert document.storage_key == f"{account}/{invoice.id}/{document.sha256}.pdf"
    assert list((tmp_path / "documents").rglob("*.pdf")) == [left]
    assert sha256(await shop.ports.documents.get(document.storage_key)).hexdigest() == left.stem
    assert left.stem == document.sha256
    assert await states(shop, account) == [D.READY]
