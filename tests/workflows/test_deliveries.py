"""Mailing invoices: everybody once, with the PDF and a link that opens this invoice only."""

from __future__ import annotations

import asyncio
import email
import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from service.adapters.chromium_finder import find_chromium
from service.adapters.chromium_printer import ChromiumPrinter
from service.billing.events import (
    BillingContactChanged,
    DeliveryState,
    DeliveryStateChanged,
    DocumentState,
)
from service.billing.ids import Kind, encode
from service.billing.people import ContactStatus
from service.ports import LinkClaim, Mail, MailRefused, MailUnavailable, PrinterUnavailable
from service.store import accounts, documents, invoices
from service.store.database import new_id
from service.store.mail_records import Delivery
from service.store.records import Contact, Invoice
from service.workflows import contacts
from service.workflows.deliveries import send
from service.workflows.documents import print_invoice
from tests.support.books import books, rows
from tests.support.paper import PDF, ListMailer, PlainPrinter
from tests.support.shop import START, Shop

S = DeliveryState
CHROMIUM = find_chromium(None)


async def contact(shop: Shop, account: UUID, address: str, name: str = "Asha Rao") -> Contact:
    return await contacts.add(
        shop.ports, account, idempotency_key=address, name=name, email=address, locale=None
    )


async def printed(shop: Shop, account: UUID) -> tuple[Invoice, list[Delivery]]:
    """A printed invoice and the mails that are planned for it."""
    shop.with_ports(printer=PlainPrinter())
    invoice = await shop.invoice(account, "1249.00")
    await print_invoice(shop.ports, account, invoice.id)
    return invoice, await documents.deliveries(account, invoice.id)


async def states(shop: Shop, account: UUID) -> list[DeliveryState]:
    happened = await shop.happened(account)
    return [event.state for event in happened if isinstance(event, DeliveryStateChanged)]


def with_mailer(shop: Shop, *errors: Exception | None) -> ListMailer:
    mailer = ListMailer(errors)
    shop.with_ports(mailer=mailer)
    return mailer


async def test_every_address_gets_one_mail(shop: Shop) -> None:
    account = await shop.account()
    await contact(shop, account, "asha@northwind.example")
    await contact(shop, account, "Accounts1@Northwind.example", "Shares the account's address")
    await contact(shop, account, "lee@northwind.example", "李")
    mailer = with_mailer(shop)
    invoice, planned = await printed(shop, account)
    expected = [
        ("Northwind Robotics, Inc.", "accounts1@northwind.example"),
        ("Asha Rao", "asha@northwind.example"),
        ("李", "lee@northwind.example"),
    ]
    assert [(one.recipient_name, one.recipient_email) for one in planned] == expected
    assert {(one.state, one.attempts) for one in planned} == {(S.QUEUED, 0)}
    assert await rows("pgqueuer", "entrypoint = 'send_delivery'") == 3
    await shop.drain()
    assert sorted((mail.recipient_name, mail.recipient_email) for mail in mailer.sent) == sorted(
        expected
    )
    sent = await documents.deliveries(account, invoice.id)
    assert {(one.state, one.attempts, one.last_error) for one in sent} == {(S.SENT, 1, None)}
    assert await states(shop, account) == [S.SENT] * 3


async def test_a_mail_brings_the_pdf_and_a_link_to_this_invoice(shop: Shop) -> None:
    account = await shop.account()
    mailer = with_mailer(shop)
    invoice, [planned] = await printed(shop, account)
    await send(shop.ports, account, planned.id)
    [mail] = mailer.sent
    assert mail.message_id.strip("<>") == f"{planned.id}@seller.example"
    [attachment] = mail.attachments
    assert (attachment.filename, attachment.media_type) == (
        f"{invoice.number}.pdf",
        "application/pdf",
    )
    assert attachment.body == PDF
    name = encode(Kind.INVOICE, invoice.id)
    link = re.search(rf"https://pay\.example\.com/invoices/{name}/view\?token=(\S+)", mail.text)
    assert link is not None
    assert shop.ports.links.read(link[1]) == LinkClaim(account, invoice.id)
    shop.clock.now = START
    shop.clock.move(days=29, hours=23)
    assert shop.ports.links.read(link[1]) is not None
    shop.clock.move(hours=1)
    assert shop.ports.links.read(link[1]) is None


async def test_a_second_run_mails_nobody_again(shop: Shop) -> None:
    account = await shop.account()
    mailer = with_mailer(shop)
    _, [planned] = await printed(shop, account)
    await send(shop.ports, account, planned.id)
    before = await books()
    shop.clock.move(hours=1)
    await send(shop.ports, account, planned.id)
    assert len(mailer.sent) == 1
    assert await books() == before


async def test_who_is_known_to_bounce_or_was_removed_gets_no_mail(shop: Shop) -> None:
    account = await shop.account()
    bouncing = await contact(shop, account, "gone@northwind.example")
    removed = await contact(shop, account, "left@northwind.example")
    await accounts.mark_bouncing(account, bouncing.email)
    await contacts.remove(shop.ports, account, removed.id)
    _, planned = await printed(shop, account)
    assert [one.recipient_email for one in planned] == ["accounts1@northwind.example"]


async def test_a_recipient_that_is_refused_for_good_is_marked(shop: Shop) -> None:
    account = await shop.account()
    gone = await contact(shop, account, "gone@northwind.example")
    stays = await contact(shop, account, "stays@northwind.example")
    mailer = with_mailer(shop, MailRefused("550 no such user"))
    invoice, planned = await printed(shop, account)
    to_gone = next(one for one in planned if one.recipient_email == gone.email)
    await send(shop.ports, account, to_gone.id)
    bounced = await documents.find_delivery(account, to_gone.id)
    assert (bounced.state, bounced.last_error) == (S.BOUNCED, "550 no such user")
    assert (await shop.happened(account))[-2:] == [
        DeliveryStateChanged(invoice.id, to_gone.id, S.BOUNCED),
        BillingContactChanged(gone.id),
    ]
    assert (await accounts.find_contact(account, gone.id)).status is ContactStatus.BOUNCING
    assert (await accounts.find_contact(account, stays.id)).status is ContactStatus.ACTIVE
    before = await books()
    await send(shop.ports, account, to_gone.id)
    assert (await books(), mailer.sent) == (before, [])
    changed = await contacts.change(
        shop.ports, account, gone.id, expected_version=2, email="new@northwind.example"
    )
    assert changed.status is ContactStatus.ACTIVE
    assert (await invoices.find(account, invoice.id)).number == invoice.number


async def test_a_bounce_and_what_it_says_of_the_contact_are_one_fact(shop: Shop) -> None:
    account = await shop.account()
    gone = await contact(shop, account, "gone@northwind.example")
    with_mailer(shop, MailRefused("550 no such user"))
    _, planned = await printed(shop, account)
    clock, looks = shop.clock, iter(range(3))

    def dying() -> datetime:
        # Alive while the mail begins and ends, and then no more.
        if next(looks) == 2:
            raise SystemError("killed")
        return clock()

    shop.with_ports(clock=dying)
    with pytest.raises(SystemError):
        await send(shop.ports, account, planned[1].id)
    shop.with_ports(clock=clock)
    cut = await documents.find_delivery(account, planned[1].id)
    assert (cut.recipient_email, cut.state) == (gone.email, S.SENDING)
    assert await accounts.find_contact(account, gone.id) == gone


async def test_a_mail_server_that_is_out_is_asked_again(shop: Shop) -> None:
    account = await shop.account()
    out = MailUnavailable("451 try again later")
    mailer = with_mailer(shop, out, out)
    _, [planned] = await printed(shop, account)
    for attempt in (1, 2):
        with pytest.raises(MailUnavailable):
            await send(shop.ports, account, planned.id)
        failed = await documents.find_delivery(account, planned.id)
        assert (failed.state, failed.attempts) == (S.FAILED, attempt)
        assert failed.last_error == "451 try again later"
    await send(shop.ports, account, planned.id)
    sent = await documents.find_delivery(account, planned.id)
    assert (sent.state, sent.attempts, sent.last_error) == (S.SENT, 3, None)
    assert await states(shop, account) == [S.FAILED, S.FAILED, S.SENT]
    assert len(mailer.sent) == 1


async def test_a_mail_cut_off_by_a_crash_is_the_same_mail_when_it_is_sent_again(
    shop: Shop,
) -> None:
    account = await shop.account()
    _, [planned] = await printed(shop, account)
    sending = asyncio.Event()

    class CutMailer(ListMailer):
        async def send(self, mail: Mail) -> None:
            await super().send(mail)
            sending.set()
            await asyncio.Event().wait()

    cut = CutMailer()
    shop.with_ports(mailer=cut)
    dying = asyncio.create_task(send(shop.ports, account, planned.id))
    await sending.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert (await documents.find_delivery(account, planned.id)).state is S.SENDING
    mailer = with_mailer(shop)
    await send(shop.ports, account, planned.id)
    assert [mail.message_id for mail in mailer.sent] == [mail.message_id for mail in cut.sent]
    assert (await documents.find_delivery(account, planned.id)).state is S.SENT


async def test_without_its_pdf_a_mail_waits(shop: Shop) -> None:
    account = await shop.account()
    mailer = with_mailer(shop)
    invoice = await shop.invoice(account)
    delivery_id = await documents.queue_delivery(
        account, invoice.id, contact_id=None, name="A", email="a@b.example", at=shop.clock()
    )
    assert delivery_id is not None
    with pytest.raises(MailUnavailable):
        await send(shop.ports, account, delivery_id)
    assert mailer.sent == []
    shop.with_ports(printer=PlainPrinter())
    await print_invoice(shop.ports, account, invoice.id)
    await send(shop.ports, account, delivery_id)
    assert len(mailer.sent) == 1


async def test_after_six_hours_without_a_browser_the_mails_go_with_the_link_alone(
    shop: Shop,
) -> None:
    account = await shop.account()
    mailer = with_mailer(shop)
    shop.with_ports(printer=PlainPrinter(failures=2))
    invoice = await shop.invoice(account)
    for waited, planned in ((timedelta(hours=6, seconds=-1), 0), (timedelta(hours=6), 1)):
        shop.clock.now = invoice.created_at + waited
        with pytest.raises(PrinterUnavailable):
            await print_invoice(shop.ports, account, invoice.id)
        assert await rows("delivery") == planned
    [delivery] = await documents.deliveries(account, invoice.id)
    await send(shop.ports, account, delivery.id)
    [mail] = mailer.sent
    assert mail.attachments == ()
    assert f"/invoices/{encode(Kind.INVOICE, invoice.id)}/view?token=" in mail.text
    assert "Its PDF is not made yet: that page offers it as soon as it is." in mail.text
    assert "attached" not in mail.text + mail.html
    await print_invoice(shop.ports, account, invoice.id)
    await shop.drain()
    document = (await invoices.find(account, invoice.id)).document
    assert document is not None
    assert document.state is DocumentState.READY
    assert (len(mailer.sent), await rows("delivery", "state = 'SENT'")) == (1, 1)


async def test_somebody_elses_mail_is_not_sent(shop: Shop) -> None:
    account = await shop.account()
    mailer = with_mailer(shop)
    _, [planned] = await printed(shop, account)
    other = await shop.account()
    before = await books()
    await send(shop.ports, other, planned.id)
    await send(shop.ports, account, new_id())
    assert (await books(), mailer.sent) == (before, [])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_an_invoice_arrives_in_the_mail_folder_as_it_was_printed(
    shop: Shop, tmp_path: Path
) -> None:
    account = await shop.account(name="Druckerei Müller & Söhne GmbH")
    await contact(shop, account, "taro@northwind.example", "山田 太郎")
    assert CHROMIUM is not None
    async with ChromiumPrinter(CHROMIUM) as chromium:
        shop.with_ports(printer=chromium)
        invoice = await shop.invoice(account, "1249.00")
        await shop.drain()
    document = (await invoices.find(account, invoice.id)).document
    assert document is not None
    assert document.storage_key is not None
    pdf = await shop.ports.documents.get(document.storage_key)
    mails = [read_mail(path) for path in sorted((tmp_path / "mail").glob("*.eml"))]
    assert len(mails) == 2
    to = [mail["To"].addresses[0] for mail in mails]
    assert {(one.display_name, one.addr_spec) for one in to} == {
        ("Druckerei Müller & Söhne GmbH", "accounts1@northwind.example"),
        ("山田 太郎", "taro@northwind.example"),
    }
    for mail in mails:
        [attached] = mail.iter_attachments()
        assert attached.get_filename() == f"{invoice.number}.pdf"
        assert attached.get_content() == pdf


def read_mail(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message
