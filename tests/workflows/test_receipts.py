"""From a capture to its receipt: numbered and queued with it, printed once, then mailed."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from pypdf import PdfReader

from service.adapters.chromium_finder import find_chromium
from service.adapters.chromium_printer import ChromiumPrinter
from service.billing.errors import NotFound
from service.billing.events import DocumentState, ReceiptStateChanged
from service.billing.ids import Kind, encode
from service.billing.money import Money
from service.billing.payment import Method, PaymentMove
from service.billing.period import Month
from service.billing.receipt import ReceiptSheet
from service.ports import Mail, PrinterUnavailable, ReceiptClaim
from service.store import accounts, documents, invoices, payments
from service.store.database import execute, new_id, transaction
from service.store.records import Document, Invoice, Payment
from service.workflows import links, notifications, offline, receipts
from service.workflows.receipts import print_receipt
from service.workflows.sheets import receipt_sheet_of
from tests.support.books import books, rows
from tests.support.paper import PDF, ListMailer, PlainPrinter
from tests.support.shop import START, TODAY, Shop

D = DocumentState
CHROMIUM = find_chromium(None)


async def captured(shop: Shop, account: UUID, *wanted: Invoice) -> Payment:
    started = (await shop.start(account, *wanted)).payment
    await shop.pay(started)
    return await shop.settle(account, started.id)


async def paid(shop: Shop, amount: str = "1249.00", **given: str) -> tuple[Invoice, Payment]:
    account = await shop.account(**given)  # type: ignore[arg-type]  # a test's own values
    invoice = await shop.invoice(account, amount, currency=given.get("currency", "USD"))
    return invoice, await captured(shop, account, invoice)


async def receipt_of(payment: Payment) -> Document:
    found = (await documents.receipts_of(payment.account_id, [payment.id]))[payment.id]
    assert found is not None
    return found


async def sheet_of(payment: Payment) -> ReceiptSheet:
    return await receipt_sheet_of(payment, await receipt_of(payment))


async def transferred(
    shop: Shop, invoice: Invoice, units: int, reference: str, on: date = TODAY
) -> Payment:
    received = offline.OfflinePayment(
        invoice_id=invoice.id,
        amount_minor=units,
        reference=reference,
        received_on=on,
        recorded_by="ops@seller.example",
        idempotency_key=reference,
    )
    return await offline.record(shop.ports, invoice.account_id, received)


async def states(shop: Shop, account: UUID) -> list[DocumentState]:
    happened = await shop.happened(account)
    return [event.state for event in happened if isinstance(event, ReceiptStateChanged)]


def with_mailer(shop: Shop) -> ListMailer:
    mailer = ListMailer()
    shop.with_ports(mailer=mailer, printer=PlainPrinter())
    return mailer


def of_receipts(mailer: ListMailer) -> list[Mail]:
    return [mail for mail in mailer.sent if mail.subject.startswith("Receipt")]


# -- queued ------------------------------------------------------------------------------------


async def test_a_capture_queues_its_receipt_once(shop: Shop) -> None:
    invoice, payment = await paid(shop)
    receipt = await receipt_of(payment)
    assert (receipt.number, receipt.state) == (f"RCT-{invoice.number}-1", D.QUEUED)
    assert (receipt.payment_id, receipt.invoice_id) == (payment.id, None)
    assert await rows("pgqueuer", "entrypoint = 'print_receipt'") == 1
    assert await rows("notification") == 0
    before = await books()
    async with transaction():
        await accounts.lock(payment.account_id)
        await receipts.plan(shop.ports, payment)
    assert await books() == before


async def test_a_capture_that_is_rolled_back_leaves_no_receipt(shop: Shop) -> None:
    account = await shop.account()
    started = (await shop.start(account, await shop.invoice(account))).payment
    before = await books()

    async def cut_off() -> None:
        async with transaction():
            await accounts.lock(account)
            await payments.move(started, PaymentMove.CAPTURE, at=START, captured_at=START)
            await receipts.plan(shop.ports, started)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await cut_off()
    assert await books() == before


async def test_an_attempt_that_is_not_captured_has_no_receipt(shop: Shop) -> None:
    account = await shop.account()
    started = (await shop.start(account, await shop.invoice(account))).payment
    await shop.pay(started, "debit_fails")
    await shop.settle(account, started.id)
    shop.clock.move(seconds=6)
    assert (await shop.settle(account, started.id)).status == "FAILED"
    assert await documents.receipts_of(account, [started.id]) == {started.id: None}
    await print_receipt(shop.ports, account, started.id)
    assert await states(shop, account) == []


# -- what stands on it -------------------------------------------------------------------------


async def test_an_exchanged_payment_is_on_its_receipt_as_it_was_quoted(shop: Shop) -> None:
    invoice, payment = await paid(shop)
    sheet = await sheet_of(payment)
    assert sheet.amount == Money(124900, "USD")
    assert (sheet.quote, sheet.charged) == (payment.quote, payment.quote.charged)
    assert sheet.charged.currency == "INR"
    assert sheet.charged == sheet.amount.convert(payment.quote.rate, "INR")
    assert (sheet.is_exchanged, sheet.is_at_rate, sheet.returned) == (True, True, None)
    assert sheet.quote.as_of <= START.date()
    assert sheet.method == Method("card", "visa", "4242")
    assert sheet.payment == encode(Kind.PAYMENT, payment.id)
    [part] = sheet.parts
    assert (part.invoice_number, part.issued_on) == (invoice.number, invoice.issued_on)
    assert (part.invoice_total, part.applied) == (Money(124900, "USD"), Money(124900, "USD"))
    assert part.surplus == Money(0, "USD")


async def test_a_payment_in_one_currency_is_not_exchanged(shop: Shop) -> None:
    _, payment = await paid(shop, currency="INR")
    sheet = await sheet_of(payment)
    assert (sheet.amount, sheet.charged) == (Money(124900, "INR"), Money(124900, "INR"))
    assert not sheet.is_exchanged


async def test_the_gateways_own_rate_and_fee_are_not_on_it(shop: Shop) -> None:
    _, payment = await paid(shop)
    before = await sheet_of(payment)
    shop.clock.move(minutes=10)
    await shop.settle(payment.account_id, payment.id, thorough=True)
    now = await shop.payment(payment.account_id, payment.id)
    assert now.settlement is not None
    assert await sheet_of(now) == before


async def test_several_invoices_of_one_payment_are_listed_by_number(shop: Shop) -> None:
    account = await shop.account()
    first = await shop.invoice(account, "100.00")
    second = await shop.invoice(account, "0.07", month=Month(2026, 8))
    payment = await captured(shop, account, second, first)
    sheet = await sheet_of(payment)
    assert sheet.number == f"RCT-{first.number}-1"
    assert [(one.invoice_number, one.applied.minor_units) for one in sheet.parts] == [
        (first.number, 10000),
        (second.number, 7),
    ]
    assert sheet.amount == Money(10007, "USD")


async def test_each_part_of_an_invoice_has_a_receipt_of_its_own(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    found = [
        await sheet_of(await transferred(shop, invoice, units, f"UTR {units}"))
        for units in (2500, 7500)
    ]
    assert [
        (one.number, one.reference, one.method, one.charged, one.parts[0].applied) for one in found
    ] == [
        (f"RCT-{invoice.number}-1", "UTR 2500", None, Money(2500, "USD"), Money(2500, "USD")),
        (f"RCT-{invoice.number}-2", "UTR 7500", None, Money(7500, "USD"), Money(7500, "USD")),
    ]
    assert {one.parts[0].invoice_total for one in found} == {Money(10000, "USD")}


@pytest.mark.parametrize(
    ("time_zone", "day"), [("Asia/Kolkata", date(2026, 10, 30)), ("UTC", date(2026, 10, 29))]
)
async def test_it_was_paid_on_the_day_it_was_where_the_account_is(
    shop: Shop, time_zone: str, day: date
) -> None:
    account = await shop.account(time_zone=time_zone)
    invoice = await shop.invoice(account)
    shop.clock.now = datetime(2026, 10, 29, 20, 0, tzinfo=UTC)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    payment = await shop.settle(account, started.id)
    assert (await sheet_of(payment)).paid_on == day


async def test_a_transfer_was_paid_on_the_day_that_the_bank_tells(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account(time_zone="America/Los_Angeles"))
    payment = await transferred(shop, invoice, 100, "UTR 1", date(2026, 10, 29))
    assert (await sheet_of(payment)).paid_on == date(2026, 10, 29)


async def test_the_parties_stay_as_on_the_invoice(shop: Shop) -> None:
    invoice, payment = await paid(shop)
    await execute("UPDATE account SET name = 'Renamed', email = 'new@northwind.example'")
    frozen = await invoices.frozen_parts(payment.account_id, invoice.id)
    sheet = await sheet_of(payment)
    assert (sheet.seller, sheet.buyer) == (frozen.seller, frozen.buyer)
    assert sheet.buyer.name == "Northwind Robotics, Inc."


async def twice_paid(shop: Shop) -> tuple[Invoice, Payment]:
    """An invoice whose first attempt was given up and is paid after the second one."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    first = (await shop.start(account, invoice)).payment
    async with transaction():
        await payments.move(first, PaymentMove.CANCEL, at=shop.clock())
    await captured(shop, account, invoice)
    await shop.pay(first)
    return invoice, await shop.settle(account, first.id)


async def test_what_was_too_much_is_on_the_receipt_with_what_goes_back(shop: Shop) -> None:
    invoice, payment = await twice_paid(shop)
    sheet = await sheet_of(payment)
    assert sheet.number == f"RCT-{invoice.number}-2"
    assert (sheet.applied, sheet.surplus) == (Money(0, "USD"), Money(10000, "USD"))
    assert sheet.returned == payment.quote.charged


# -- printed -----------------------------------------------------------------------------------


async def test_a_printed_receipt_is_kept_under_its_hash_and_then_mailed(shop: Shop) -> None:
    mailer = with_mailer(shop)
    invoice, payment = await paid(shop)
    shop.clock.move(seconds=7)
    await print_receipt(shop.ports, payment.account_id, payment.id)
    receipt = await receipt_of(payment)
    digest = sha256(PDF).hexdigest()
    assert (receipt.state, receipt.attempts, receipt.sha256) == (D.READY, 1, digest)
    assert receipt.storage_key == f"{payment.account_id}/{payment.id}/{digest}.pdf"
    assert receipt.ready_at == START + timedelta(seconds=7)
    assert await shop.ports.documents.get(receipt.storage_key) == PDF
    assert await states(shop, payment.account_id) == [D.READY]
    await shop.drain()
    sent = of_receipts(mailer)
    assert {mail.recipient_email for mail in sent} == {
        "payer@northwind.example",
        "accounts1@northwind.example",
    }
    for mail in sent:
        [attached] = mail.attachments
        assert (attached.filename, attached.body) == (f"RCT-{invoice.number}-1.pdf", PDF)


async def test_an_address_in_other_letters_gets_one_receipt(shop: Shop) -> None:
    mailer = with_mailer(shop)
    await paid(shop)
    await execute("UPDATE payment SET payer_email = 'Accounts1@Northwind.example'")
    await shop.drain()
    assert [mail.recipient_email for mail in of_receipts(mailer)] == ["Accounts1@Northwind.example"]


async def test_a_second_run_prints_and_mails_nothing_again(shop: Shop) -> None:
    mailer = with_mailer(shop)
    printer = PlainPrinter()
    shop.with_ports(printer=printer)
    _, payment = await paid(shop)
    await shop.drain()
    before, sent = await books(), len(mailer.sent)
    shop.clock.move(hours=1)
    await print_receipt(shop.ports, payment.account_id, payment.id)
    await shop.drain()
    assert (await books(), len(mailer.sent), len(printer.printed)) == (before, sent, 2)


async def test_two_workers_make_one_receipt(shop: Shop) -> None:
    with_mailer(shop)
    _, payment = await paid(shop)
    await asyncio.gather(
        *[print_receipt(shop.ports, payment.account_id, payment.id) for _ in range(4)]
    )
    assert await states(shop, payment.account_id) == [D.READY]
    assert await rows("notification", "kind = 'RECEIPT'") == 2


async def test_a_printer_that_fails_holds_the_mail_back_and_is_tried_again(shop: Shop) -> None:
    mailer = with_mailer(shop)
    _, payment = await paid(shop)
    shop.with_ports(printer=PlainPrinter(failures=2))
    for attempt in (1, 2):
        with pytest.raises(PrinterUnavailable):
            await print_receipt(shop.ports, payment.account_id, payment.id)
        failed = await receipt_of(payment)
        assert (failed.state, failed.attempts, failed.storage_key) == (D.FAILED, attempt, None)
        assert failed.retry_at == START + timedelta(minutes=1)
        assert await rows("notification") == 0
    await shop.drain()
    assert (await receipt_of(payment)).state is D.READY
    assert await states(shop, payment.account_id) == [D.FAILED, D.READY]
    assert len(of_receipts(mailer)) == 2


async def test_a_payment_of_somebody_else_is_not_printed(shop: Shop) -> None:
    printer = PlainPrinter()
    shop.with_ports(printer=printer)
    _, payment = await paid(shop)
    other = await shop.account()
    before = await books()
    for account, wanted in ((other, payment.id), (payment.account_id, new_id())):
        with pytest.raises(NotFound):
            await print_receipt(shop.ports, account, wanted)
    assert (await books(), printer.printed) == (before, [])


async def test_without_its_pdf_a_receipts_mail_waits(shop: Shop) -> None:
    mailer = with_mailer(shop)
    _, payment = await paid(shop)
    async with transaction():
        await notifications.plan_receipt(shop.ports, payment)
    shop.with_ports(printer=PlainPrinter(failures=1))
    await shop.drain()
    assert of_receipts(mailer) == []
    assert await rows("notification", "state = 'SENT'") == 0
    await print_receipt(shop.ports, payment.account_id, payment.id)
    await shop.drain()
    assert await rows("notification", "kind = 'RECEIPT'") == 2


async def test_the_link_of_a_receipt_opens_it_alone_and_expires(shop: Shop) -> None:
    _, payment = await paid(shop)
    url = links.receipt_url(
        shop.ports, payment.account_id, payment.id, lifetime=timedelta(minutes=15)
    )
    name = encode(Kind.PAYMENT, payment.id)
    found = re.fullmatch(
        rf"https://pay\.example\.com/payments/{name}/receipt\.pdf\?token=(.+)", url
    )
    assert found is not None
    claim = ReceiptClaim(payment.account_id, payment.id)
    assert shop.ports.links.read_receipt(found[1]) == claim
    assert shop.ports.links.read(found[1]) is None
    shop.clock.move(minutes=15)
    assert shop.ports.links.read_receipt(found[1]) is None


@pytest.fixture
async def chromium() -> AsyncIterator[ChromiumPrinter]:
    assert CHROMIUM is not None
    async with ChromiumPrinter(CHROMIUM) as printer:
        yield printer


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_a_browser_prints_the_receipt(shop: Shop, chromium: ChromiumPrinter) -> None:
    shop.with_ports(printer=chromium)
    invoice, payment = await paid(shop)
    await print_receipt(shop.ports, payment.account_id, payment.id)
    receipt = await receipt_of(payment)
    assert receipt.storage_key is not None
    pdf = await shop.ports.documents.get(receipt.storage_key)
    assert sha256(pdf).hexdigest() == receipt.sha256
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert receipt.number == f"RCT-{invoice.number}-1"
    for printed in (receipt.number, "1,249.00", "Northwind Robotics", "Visa card ending in 4242"):
        assert printed in text
