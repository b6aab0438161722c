"""Mailing an invoice again: to whom it was asked, once per key, and never as a mail bomb."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from service.billing.errors import IdempotencyConflict, InvalidInput, NotFound, TooSoon
from service.billing.events import DeliveryState, DeliveryStateChanged, Event
from service.billing.invoice import InvoiceMove
from service.billing.people import ContactStatus
from service.billing.period import Month
from service.ports import MailRefused, MailUnavailable
from service.store import accounts, documents, invoices
from service.store.database import new_id, transaction
from service.store.records import Contact, Invoice
from service.workflows import billing_details, contacts
from service.workflows.deliveries import send
from service.workflows.documents import print_invoice
from service.workflows.resends import ResendRequest, Resent, resend
from tests.support.books import books, rows
from tests.support.paper import PDF, ListMailer, PlainPrinter
from tests.support.shop import START, Shop

AUGUST = Month(2026, 8)
OWN = "accounts1@northwind.example"
S = DeliveryState


async def contact(shop: Shop, account: UUID, address: str) -> Contact:
    return await contacts.add(
        shop.ports, account, idempotency_key=address, name="Asha", email=address, locale=None
    )


async def mailed(shop: Shop, *addresses: str) -> tuple[Invoice, ListMailer]:
    """An invoice that was printed and mailed an hour ago, to the account and some contacts; and a
    mailer that has forgotten about it."""
    account = await shop.account()
    for address in addresses:
        await contact(shop, account, address)
    shop.with_ports(printer=PlainPrinter(), mailer=ListMailer())
    invoice = await shop.invoice(account)
    await shop.drain()
    shop.clock.move(hours=1)
    mailer = ListMailer()
    shop.with_ports(mailer=mailer)
    return await invoices.find(account, invoice.id), mailer


async def again(
    shop: Shop, invoice: Invoice, recipient: str | None = None, *, key: str | None = None
) -> Resent:
    wanted = ResendRequest(invoice.id, key or str(new_id()), recipient)
    return await resend(shop.ports, invoice.account_id, wanted)


async def told(shop: Shop, invoice: Invoice, seen: list[Event]) -> list[DeliveryState]:
    """The states of mails that were told since."""
    new = (await shop.happened(invoice.account_id))[len(seen) :]
    assert all(isinstance(event, DeliveryStateChanged) for event in new)
    return [event.state for event in new if isinstance(event, DeliveryStateChanged)]


async def test_everybody_who_gets_invoices_gets_it_again(shop: Shop) -> None:
    invoice, mailer = await mailed(shop, "asha@northwind.example", "ACCOUNTS1@northwind.example")
    before = await shop.happened(invoice.account_id)
    sent = await again(shop, invoice)
    assert sent.invoice == invoice
    assert [(one.recipient_email, one.resend, one.state) for one in sent.deliveries] == [
        (OWN, 1, S.QUEUED),
        ("asha@northwind.example", 1, S.QUEUED),
    ]
    assert await rows("pgqueuer", "entrypoint = 'send_delivery'") == 2
    await shop.drain()
    assert sorted(mail.recipient_email for mail in mailer.sent) == [OWN, "asha@northwind.example"]
    assert await told(shop, invoice, before) == [S.QUEUED, S.QUEUED, S.SENT, S.SENT]
    listed = await documents.deliveries(invoice.account_id, invoice.id)
    assert [(one.resend, one.state) for one in listed] == [(0, S.SENT)] * 2 + [(1, S.SENT)] * 2


async def test_each_mail_is_one_of_its_own(shop: Shop) -> None:
    invoice, mailer = await mailed(shop)
    for _ in range(2):
        await again(shop, invoice)
        await shop.drain()
        shop.clock.move(minutes=1)
    listed = await documents.deliveries(invoice.account_id, invoice.id)
    ids = [f"{one.id}@seller.example" for one in listed]
    assert len(set(ids)) == 3
    assert [mail.message_id.strip("<>") for mail in mailer.sent] == ids[1:]
    assert [part.body for mail in mailer.sent for part in mail.attachments] == [PDF, PDF]


async def test_one_of_them_can_be_named_in_letters_of_any_case(shop: Shop) -> None:
    invoice, mailer = await mailed(shop, "asha@northwind.example")
    await again(shop, invoice, "Asha@Northwind.EXAMPLE")
    await again(shop, invoice, OWN)
    await shop.drain()
    assert {(mail.recipient_name, mail.recipient_email) for mail in mailer.sent} == {
        ("Asha", "asha@northwind.example"),
        ("Northwind Robotics, Inc.", OWN),
    }


async def test_somebody_who_gets_no_invoices_is_refused(shop: Shop) -> None:
    invoice, _ = await mailed(shop, "left@northwind.example")
    [left] = await accounts.contacts(invoice.account_id)
    await contacts.remove(shop.ports, invoice.account_id, left.id)
    other = await shop.account()
    await contact(shop, other, "theirs@contoso.example")
    before = await books()
    for address in ("left@northwind.example", "theirs@contoso.example", "", "nonsense\r\n", "%"):
        with pytest.raises(InvalidInput) as refused:
            await again(shop, invoice, address)
        assert [(one.path, one.code) for one in refused.value.issues] == [
            (("recipient",), "UNKNOWN")
        ]
    assert await books() == before


async def test_who_is_known_to_bounce_gets_it_only_by_name(shop: Shop) -> None:
    invoice, mailer = await mailed(shop, "gone@northwind.example")
    account = invoice.account_id
    [gone] = await accounts.contacts(account)
    await accounts.mark_bouncing(account, gone.email)
    sent = await again(shop, invoice)
    assert [one.recipient_email for one in sent.deliveries] == [OWN]
    await again(shop, invoice, gone.email)
    await shop.drain()
    assert sorted(mail.recipient_email for mail in mailer.sent) == [OWN, gone.email]
    # That a server took the mail is no proof that it arrived: a new address is, as before.
    assert (await accounts.find_contact(account, gone.id)).status is ContactStatus.BOUNCING


async def test_a_mail_that_bounces_again_marks_its_contact_as_the_first_does(shop: Shop) -> None:
    invoice, _ = await mailed(shop, "gone@northwind.example")
    [gone] = await accounts.contacts(invoice.account_id)
    shop.with_ports(mailer=ListMailer([MailRefused("550 no such user")]))
    sent = await again(shop, invoice, gone.email)
    await shop.drain()
    bounced = await documents.find_delivery(invoice.account_id, sent.deliveries[0].id)
    assert (bounced.state, bounced.last_error) == (S.BOUNCED, "550 no such user")
    marked = await accounts.find_contact(invoice.account_id, gone.id)
    assert marked.status is ContactStatus.BOUNCING


async def test_the_same_key_mails_once_and_answers_how_the_mails_stand(shop: Shop) -> None:
    invoice, mailer = await mailed(shop, "asha@northwind.example")
    made = await asyncio.gather(*[again(shop, invoice, key="k") for _ in range(8)])
    assert len({one.id for each in made for one in each.deliveries}) == 2
    await shop.drain()
    before = await books()
    repeated = await again(shop, invoice, key="k")
    assert [one.id for one in repeated.deliveries] == [one.id for one in made[0].deliveries]
    assert {one.state for one in repeated.deliveries} == {S.SENT}
    assert (len(mailer.sent), await books()) == (2, before)


async def test_a_key_used_for_something_else_is_refused(shop: Shop) -> None:
    invoice, _ = await mailed(shop, "asha@northwind.example")
    other = await shop.invoice(invoice.account_id, "70.00", month=AUGUST)
    await again(shop, invoice, key="k")
    shop.clock.move(minutes=5)
    before = await books()
    for wanted, recipient in ((invoice, OWN), (other, None)):
        with pytest.raises(IdempotencyConflict) as conflict:
            await again(shop, wanted, recipient, key="k")
        assert conflict.value.first_used_at == START + timedelta(hours=1)
    assert await books() == before


async def refused_until(shop: Shop, invoice: Invoice, recipient: str | None = None) -> datetime:
    """When the mails would go; nothing is changed by asking."""
    before = await books()
    with pytest.raises(TooSoon) as refused:
        await again(shop, invoice, recipient)
    assert await books() == before
    return refused.value.retry_at


async def test_an_address_gets_one_mail_a_minute(shop: Shop) -> None:
    invoice, _ = await mailed(shop, "asha@northwind.example")
    at = shop.clock()
    await again(shop, invoice, OWN)
    shop.clock.move(seconds=20)
    assert await refused_until(shop, invoice, OWN.upper()) == at + timedelta(minutes=1)
    assert await refused_until(shop, invoice) == at + timedelta(minutes=1)
    await again(shop, invoice, "asha@northwind.example")
    shop.clock.move(seconds=40)
    assert (await again(shop, invoice, OWN)).deliveries[0].resend == 3


async def test_who_just_got_the_first_mail_waits_too(shop: Shop) -> None:
    account = await shop.account()
    shop.with_ports(printer=PlainPrinter(), mailer=ListMailer())
    invoice = await shop.invoice(account)
    await print_invoice(shop.ports, account, invoice.id)
    assert await refused_until(shop, invoice) == START + timedelta(minutes=1)


async def test_an_invoice_is_mailed_again_ten_times_in_a_day(shop: Shop) -> None:
    invoice, _ = await mailed(shop)
    other = await shop.invoice(invoice.account_id, "70.00", month=AUGUST)
    first = shop.clock()
    for _ in range(10):
        await again(shop, invoice)
        shop.clock.move(minutes=2)
    assert await refused_until(shop, invoice) == first + timedelta(days=1)
    assert len((await again(shop, other)).deliveries) == 1
    shop.clock.now = first + timedelta(days=1, seconds=-1)
    assert await refused_until(shop, invoice) == first + timedelta(days=1)
    shop.clock.move(seconds=1)
    assert (await again(shop, invoice)).deliveries[0].resend == 11


async def test_an_account_gets_two_hundred_mails_in_a_day_so(shop: Shop) -> None:
    people = [f"p{number}@northwind.example" for number in range(49)]
    invoice, _ = await mailed(shop, *people)
    first = shop.clock()
    for _ in range(4):
        await again(shop, invoice)
        shop.clock.move(minutes=2)
    assert await rows("delivery", "resend > 0") == 200
    assert await refused_until(shop, invoice, OWN) == first + timedelta(days=1)
    stranger = await shop.invoice(await shop.account())
    assert len((await again(shop, stranger)).deliveries) == 1


async def test_an_address_gets_twenty_mails_in_a_day_over_all_invoices(shop: Shop) -> None:
    invoice, _ = await mailed(shop, "asha@northwind.example")
    account = invoice.account_id
    others = [await shop.invoice(account, month=Month(2026, month)) for month in (7, 8)]
    own = await accounts.find(account)
    victim = "Victim@stranger.example"
    await billing_details.change(
        shop.ports, account, expected_version=own.version, changes={"email": victim}
    )
    first = shop.clock()
    for number in range(20):
        await again(shop, [invoice, *others][number % 3], victim)
        shop.clock.move(minutes=1)
    for wanted in (invoice, *others):
        assert await refused_until(shop, wanted, victim.lower()) == first + timedelta(days=1)
        assert await refused_until(shop, wanted) == first + timedelta(days=1)
    assert await rows("delivery", "resend > 0") == 20
    assert len((await again(shop, invoice, "asha@northwind.example")).deliveries) == 1
    shop.clock.now = first + timedelta(days=1)
    assert [one.recipient_email for one in (await again(shop, others[1])).deliveries] == [
        victim,
        "asha@northwind.example",
    ]


async def test_of_two_resends_at_once_one_is_made(shop: Shop) -> None:
    invoice, mailer = await mailed(shop)
    ends = await asyncio.gather(*[again(shop, invoice) for _ in range(6)], return_exceptions=True)
    assert [isinstance(end, Resent) for end in ends].count(True) == 1
    assert [type(end) for end in ends].count(TooSoon) == 5
    await shop.drain()
    assert (len(mailer.sent), await rows("delivery", "resend > 0")) == (1, 1)


async def test_without_the_pdf_it_waits_as_the_first_mail_does(shop: Shop) -> None:
    account = await shop.account()
    mailer = ListMailer()
    shop.with_ports(printer=PlainPrinter(), mailer=mailer)
    invoice = await shop.invoice(account)
    [delivery] = (await again(shop, invoice)).deliveries
    with pytest.raises(MailUnavailable):
        await send(shop.ports, account, delivery.id)
    assert mailer.sent == []
    await print_invoice(shop.ports, account, invoice.id)
    await shop.drain()
    assert len(mailer.sent) == 2
    assert {len(mail.attachments) for mail in mailer.sent} == {1}
    listed = await documents.deliveries(account, invoice.id)
    assert sorted((one.resend, one.state) for one in listed) == [(0, S.SENT), (1, S.SENT)]


class DyingClock:
    """Stops the service at the given look at it: everything that was not committed is gone."""

    def __init__(self, shop: Shop, looks: int) -> None:
        self._clock, self._looks = shop.clock, looks

    def __call__(self) -> datetime:
        self._looks -= 1
        if self._looks < 0:
            raise SystemError("killed")
        return self._clock()


async def test_cut_off_anywhere_it_is_planned_as_a_whole_or_not_at_all(shop: Shop) -> None:
    invoice, mailer = await mailed(shop, "asha@northwind.example")
    clock = shop.clock
    before = await books()
    looks = 0
    while True:
        shop.with_ports(clock=DyingClock(shop, looks))
        try:
            await again(shop, invoice, key="k")
            break
        except SystemError:
            looks += 1
            assert await books() == before
    assert looks >= 3
    shop.with_ports(clock=clock)
    assert len((await again(shop, invoice, key="k")).deliveries) == 2
    await shop.drain()
    assert len(mailer.sent) == 2


async def test_nobody_is_asked_to_pay_what_was_paid(shop: Shop) -> None:
    invoice, mailer = await mailed(shop)
    await again(shop, invoice)
    await shop.drain()
    payment = (await shop.start(invoice.account_id, invoice)).payment
    await shop.pay(payment)
    await shop.settle(invoice.account_id, payment.id)
    shop.with_ports(mailer=(paid := ListMailer()))
    shop.clock.move(minutes=1)
    await again(shop, invoice)
    await shop.drain()
    about = f"Invoice {invoice.number} for September 2026: USD 100.00"
    asked = mailer.sent[0]
    assert asked.subject.replace("\xa0", " ").startswith(f"{about} due ")
    assert "You can pay it" in asked.text
    told = next(mail for mail in paid.sent if mail.subject.startswith("Invoice"))
    assert told.subject.replace("\xa0", " ") == about
    assert "There is nothing to pay on it now." in told.text
    for text in (told.text, told.html):
        assert "You can pay" not in text
        assert "Due date" not in text


async def test_somebody_elses_invoice_is_an_unknown_invoice(shop: Shop) -> None:
    invoice, _ = await mailed(shop)
    other = await shop.account()
    before = await books()
    for invoice_id in (invoice.id, new_id()):
        with pytest.raises(NotFound, match=r"^No such invoice\.$"):
            await resend(shop.ports, other, ResendRequest(invoice_id, "k"))
    assert await books() == before


async def test_a_withdrawn_invoice_can_be_mailed_too(shop: Shop) -> None:
    invoice, mailer = await mailed(shop)
    async with transaction():
        await invoices.move(invoice, InvoiceMove.CANCEL, at=shop.clock())
    await again(shop, invoice)
    await shop.drain()
    assert "There is nothing to pay on it now." in mailer.sent[0].text
