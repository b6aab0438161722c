"""Mails that tell payers what happened: with the facts, once for each fact, over a real server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from service.adapters.chromium_finder import find_chromium
from service.adapters.chromium_printer import ChromiumPrinter
from service.adapters.smtp_mailer import SmtpMailer
from service.billing.errors import GatewayUnavailable
from service.billing.ids import Kind, encode
from service.billing.payment import PaymentMove, PaymentStatus
from service.billing.support import CaseReason, CaseStatus, NotificationKind
from service.ports import LinkClaim, MailRefused, MailUnavailable
from service.store import cases, documents, payments, refunds
from service.store.cases import NewCase
from service.store.database import fetch, new_id, transaction
from service.store.records import Invoice, Payment
from service.templates.engine import figures_of
from service.workflows import checkout, notifications
from service.workflows.cases import resolve
from service.workflows.deadlines import enforce
from service.workflows.notifications import send
from service.workflows.sweep import sweep
from tests.support.books import books, rows
from tests.support.paper import ListMailer, PlainPrinter
from tests.support.shop import START, Shop
from tests.support.smtp import Inbox, smtp_server

CHROMIUM = find_chromium(None)
PAYER = "payer@northwind.example"
LINK = re.compile(r"^https://pay\.example\.com/invoices/(\S+)/view\?token=(\S+)$", re.MULTILINE)


@dataclass
class Payer:
    """Somebody with an open page for one invoice, and the mails that they get about it."""

    shop: Shop
    account: UUID
    invoice: Invoice
    payment: Payment
    mailer: ListMailer = field(default_factory=ListMailer)

    async def told(self) -> list[tuple[str, str]]:
        """What came about payments, by recipient and subject, after all jobs are done."""
        await self.shop.drain()
        return [
            (mail.recipient_email, mail.subject.replace("\u00a0", " "))
            for mail in self.mailer.sent
            if not mail.subject.startswith("Invoice")
        ]

    def text(self) -> str:
        """The newest mail, with plain blanks."""
        return self.mailer.sent[-1].text.replace("\u00a0", " ")

    async def now(self) -> Payment:
        return await self.shop.payment(self.account, self.payment.id)

    @property
    def number(self) -> str:
        assert self.invoice.number is not None
        return self.invoice.number

    @property
    def charged(self) -> str:
        return figures_of("en").coded(self.payment.quote.charged).replace("\u00a0", " ")


async def a_payer(shop: Shop) -> Payer:
    account = await shop.account(time_zone="Asia/Kolkata")
    invoice = await shop.invoice(account)
    payer = Payer(shop, account, invoice, (await shop.start(account, invoice)).payment)
    shop.with_ports(mailer=payer.mailer, printer=PlainPrinter())
    await shop.drain()
    return payer


async def silent(shop: Shop) -> Payer:
    """A payer who paid, and whose deadline passed at a gateway that does not answer."""
    payer = await a_payer(shop)
    await shop.pay(payer.payment)
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await checkout.confirm(shop.ports, payer.account, payer.payment.id)
    shop.clock.now = START + timedelta(minutes=5)
    await enforce(shop.ports)
    return payer


async def test_a_receipt_goes_to_the_payer_and_to_the_account_with_a_link_of_its_invoice(
    shop: Shop,
) -> None:
    payer = await a_payer(shop)
    await shop.pay(payer.payment)
    await shop.settle(payer.account, payer.payment.id)
    about = f"Receipt for invoice {payer.number}: USD 100.00 paid on October 30, 2026"
    assert sorted(await payer.told()) == [("accounts1@northwind.example", about), (PAYER, about)]
    assert payer.text().startswith(
        "Hello Northwind Robotics, Inc.,\n\n"
        "Paidup Tests Pvt. Ltd. has received your payment. Thank you.\n\n"
        f"Receipt:      RCT-{payer.number}-1\n"
        f"Invoice:      {payer.number}\n"
        f"Paid:         {payer.charged}\n"
        "For:          USD 100.00\n"
        "Paid on:      October 30, 2026\n"
        "Paid with:    Visa card ending in 4242\n\n"
        "Nothing is left to pay.\n\n"
        "The receipt is attached as a PDF.\n\n"
    )
    found = LINK.search(payer.text())
    assert found is not None
    assert found[1] == encode(Kind.INVOICE, payer.invoice.id)
    assert shop.ports.links.read(found[2]) == LinkClaim(payer.account, payer.invoice.id)
    shop.clock.now = START + timedelta(days=29, hours=23)
    assert shop.ports.links.read(found[2]) is not None
    shop.clock.move(hours=1)
    assert shop.ports.links.read(found[2]) is None


async def test_a_delayed_payment_that_fails_is_told_with_its_reason(shop: Shop) -> None:
    payer = await a_payer(shop)
    await shop.pay(payer.payment, "debit_fails")
    await shop.settle(payer.account, payer.payment.id)
    assert await payer.told() == []
    shop.clock.move(seconds=6)
    await shop.settle(payer.account, payer.payment.id)
    assert await payer.told() == [
        (PAYER, f"Your payment of USD 100.00 for invoice {payer.number} did not go through")
    ]
    reason = (await payer.now()).failure_message
    assert reason
    assert f"Reason:       {reason}\n" in payer.text()
    assert "Nothing was taken." in payer.text()
    assert f"Due again:\n{payer.number}: USD 100.00, due on " in payer.text()


async def test_a_surplus_is_told_once_with_both_amounts(shop: Shop) -> None:
    payer = await a_payer(shop)
    async with transaction():
        await payments.move(payer.payment, PaymentMove.CANCEL, at=shop.clock())
    second = (await shop.start(payer.account, payer.invoice)).payment
    await shop.pay(second)
    await shop.settle(payer.account, second.id)
    await payer.told()
    payer.mailer.sent.clear()
    await shop.pay(payer.payment)
    for _ in range(2):
        await shop.settle(payer.account, payer.payment.id, thorough=True)
    surplus = f"{payer.charged} goes back to you: more was paid than was due"
    told = await payer.told()
    assert told.count((PAYER, surplus)) == 1
    assert len(told) == 3
    [mail] = [one for one in payer.mailer.sent if "goes back to you" in one.subject]
    text = mail.text.replace("\u00a0", " ")
    assert f"Too much:     USD 100.00\nGoes back:    {payer.charged}\n" in text
    [refund] = (await refunds.of_payments(payer.account, [payer.payment.id]))[payer.payment.id]
    assert refund.status == "SUCCEEDED"


async def test_a_case_is_told_when_it_is_opened_and_when_the_truth_has_arrived(shop: Shop) -> None:
    payer = await silent(shop)
    [case] = await cases.open_about(payer.account, payment_ids=[payer.payment.id])
    looking = f"We are looking into your payment of USD 100.00 for invoice {payer.number}"
    assert await payer.told() == [(PAYER, looking)]
    name = encode(Kind.CASE, case.id)
    asked_next = (await payer.now()).next_check_at
    assert asked_next is not None
    local = asked_next + timedelta(hours=5, minutes=30)
    assert f"Case:         {name}\nInvoice:      {payer.number}\n" in payer.text()
    assert f"Next check:   Oct 30, 2026, {local:%H:%M} IST\n" in payer.text()
    shop.sandbox.faults.clear()
    shop.clock.move(hours=1)
    await sweep(shop.ports)
    subjects = [subject for _, subject in await payer.told()]
    received = f"Your payment of USD 100.00 for invoice {payer.number} was received"
    assert subjects.count(received) == 1
    assert sorted(subjects)[0].startswith("Receipt for invoice")
    assert len(subjects) == 4
    [closed] = [mail for mail in payer.mailer.sent if mail.subject.endswith("was received")]
    assert f"name case {name}." in closed.text


async def test_a_payment_that_fails_after_a_case_is_told_by_the_closing_of_the_case_alone(
    shop: Shop,
) -> None:
    payer = await a_payer(shop)
    await shop.pay(payer.payment, "debit_fails")
    await shop.settle(payer.account, payer.payment.id)
    shop.sandbox.faults.add("outage")
    shop.clock.move(days=14)
    await enforce(shop.ports)
    about = f"payment of USD 100.00 for invoice {payer.number}"
    assert [subject for _, subject in await payer.told()] == [f"We are looking into your {about}"]
    shop.sandbox.faults.clear()
    assert (await shop.settle(payer.account, payer.payment.id)).status == "FAILED"
    told = [subject for _, subject in await payer.told()]
    assert told[1:] == [f"Your {about} did not go through"]
    assert await rows("notification", "kind = 'PAYMENT_FAILED'") == 0
    assert "overdue since" not in payer.text()
    assert "due on November 14, 2026" in payer.text()


async def test_a_case_that_a_person_closes_is_told_too(shop: Shop) -> None:
    payer = await silent(shop)
    [case] = await cases.open_about(payer.account, payment_ids=[payer.payment.id])
    assert len(await payer.told()) == 1
    for _ in range(2):
        closed = await resolve(
            shop.ports,
            payer.account,
            case.id,
            by="ops@seller.example",
            resolution="Your bank sent it back.",
        )
        assert closed.status is CaseStatus.RESOLVED
    told = [subject for _, subject in await payer.told()]
    assert told[1:] == [
        f"We have looked into your payment of USD 100.00 for invoice {payer.number}"
    ]
    assert "Found out:    Your bank sent it back.\n" in payer.text()


async def test_money_beside_an_attempt_that_ended_is_told_in_its_own_words(shop: Shop) -> None:
    payer = await a_payer(shop)
    await shop.pay(payer.payment)
    async with transaction():
        await payments.move(payer.payment, PaymentMove.EXPIRE, at=shop.clock())
    more = payer.payment.quote.charged.minor_units + 1
    shop.sandbox.dashboard.tamper(payer.payment.session_id or "", amount_total=more)
    ended = await shop.settle(payer.account, payer.payment.id)
    assert (ended.status, ended.next_check_at) == ("EXPIRED", None)
    about = f"your payment of USD 100.00 for invoice {payer.number}"
    assert await payer.told() == [(PAYER, f"We are looking into {about}")]
    assert "Your attempt to pay Paidup Tests Pvt. Ltd. had ended when" in payer.text()
    for words in ("We go on asking", "The payment is held", "Next check", "by itself"):
        assert words not in payer.text()
    [case] = await cases.open_about(payer.account, payment_ids=[payer.payment.id])
    await resolve(
        shop.ports, payer.account, case.id, by="ops@seller.example", resolution="We sent it back."
    )
    assert (await payer.told())[1:] == [(PAYER, f"We have looked into {about}")]
    assert "Found out:    We sent it back.\n" in payer.text()
    for words in ("Nothing was paid", "Nothing was taken", "did not go through"):
        assert words not in payer.text()


async def test_a_case_that_is_closed_before_its_mail_goes_out_is_told_as_closed(
    shop: Shop,
) -> None:
    payer = await silent(shop)
    shop.sandbox.faults.clear()
    assert (await shop.settle(payer.account, payer.payment.id)).status == "CAPTURED"
    about = f"our payment of USD 100.00 for invoice {payer.number}"
    told = [subject for _, subject in await payer.told()]
    assert f"We were looking into y{about}" in told
    assert f"Y{about} was received" in told
    [opened] = [mail for mail in payer.mailer.sent if mail.subject.startswith("We were")]
    assert "The case is closed by now." in opened.text
    assert "We go on asking" not in opened.text


async def test_a_case_of_a_claim_is_closed_without_a_mail(shop: Shop) -> None:
    payer = await a_payer(shop)
    new = NewCase(
        account_id=payer.account,
        reason=CaseReason.CLAIM,
        opened_by=PAYER,
        invoice_id=payer.invoice.id,
    )
    async with transaction():
        case_id = await cases.open_case(new, at=shop.clock())
    assert case_id is not None
    await resolve(shop.ports, payer.account, case_id, by="ops@seller.example", resolution="Known")
    assert await payer.told() == []


async def planned(payer: Payer) -> UUID:
    """A mail to the payer that waits to be sent: their payment has failed."""
    async with transaction():
        payment = await payer.shop.payment(payer.account, payer.payment.id)
        if payment.status is PaymentStatus.PENDING:
            await payments.move(payment, PaymentMove.FAIL, at=payer.shop.clock())
        await notifications.plan(payer.shop.ports, payer.payment, NotificationKind.PAYMENT_FAILED)
    [row] = await fetch("SELECT id FROM notification")
    return UUID(str(row["id"]))


async def test_a_mail_is_planned_and_sent_once(shop: Shop) -> None:
    payer = await a_payer(shop)
    notification_id = await planned(payer)
    assert await planned(payer) == notification_id
    assert len(await payer.told()) == 1
    other = await shop.account()
    before = await books()
    await send(shop.ports, payer.account, notification_id)
    await send(shop.ports, other, notification_id)
    await send(shop.ports, payer.account, new_id())
    assert (await books(), len(await payer.told())) == (before, 1)


async def test_a_recipient_that_is_refused_for_good_is_not_tried_again(shop: Shop) -> None:
    payer = await a_payer(shop)
    notification_id = await planned(payer)
    shop.with_ports(mailer=ListMailer([MailRefused("550 no such user")]))
    await send(shop.ports, payer.account, notification_id)
    [row] = await fetch("SELECT state, last_error, attempts FROM notification")
    assert tuple(row.values()) == ("BOUNCED", "550 no such user", 1)
    await send(shop.ports, payer.account, notification_id)
    assert await rows("notification", "attempts = 1") == 1


async def test_a_mail_server_that_was_out_gets_the_same_mail_later(shop: Shop) -> None:
    payer = await a_payer(shop)
    notification_id = await planned(payer)
    async with smtp_server(Inbox(data_answer="452 4.3.1 Disk full")) as inbox:
        shop.with_ports(mailer=SmtpMailer(f"smtp://127.0.0.1:{inbox.port}", clock=shop.clock))
        with pytest.raises(MailUnavailable):
            await send(shop.ports, payer.account, notification_id)
        assert await rows("notification", "state = 'FAILED' AND attempts = 1") == 1
        inbox.data_answer = "250 OK"
        await send(shop.ports, payer.account, notification_id)
        await send(shop.ports, payer.account, notification_id)
    [(sender, recipients, body)] = inbox.taken
    assert (sender, recipients) == ("billing@seller.example", [PAYER])
    assert message_from_bytes(body)["Message-ID"] == f"<{notification_id}@seller.example>"
    assert await rows("notification", "state = 'SENT' AND attempts = 2") == 1


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_a_receipt_goes_over_a_real_server_as_it_was_printed(
    shop: Shop, tmp_path: Path
) -> None:
    payer = await a_payer(shop)
    await shop.pay(payer.payment)
    await shop.settle(payer.account, payer.payment.id)
    assert CHROMIUM is not None
    async with ChromiumPrinter(CHROMIUM) as printer, smtp_server(Inbox()) as inbox:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{inbox.port}", clock=shop.clock)
        shop.with_ports(printer=printer, mailer=mailer)
        await shop.drain()
    receipt = (await documents.receipts_of(payer.account, [payer.payment.id]))[payer.payment.id]
    assert receipt is not None
    assert receipt.storage_key is not None
    pdf = await shop.ports.documents.get(receipt.storage_key)
    assert pdf.startswith(b"%PDF-")
    assert sorted(to for _, [to], _ in inbox.taken) == ["accounts1@northwind.example", PAYER]
    for _, _, body in inbox.taken:
        message = message_from_bytes(body, policy=default)
        assert isinstance(message, EmailMessage)
        [attached] = message.iter_attachments()
        assert attached.get_filename() == f"RCT-{payer.number}-1.pdf"
        assert attached.get_content() == pdf
