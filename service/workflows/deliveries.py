"""Mailing invoices: one mail per recipient, with a link and the PDF."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog

from service.billing.events import BillingContactChanged, DeliveryState, DeliveryStateChanged
from service.billing.invoice import is_payable
from service.billing.money import Money
from service.billing.people import ContactStatus
from service.ports import Mail, MailRefused, MailUnavailable, Ports
from service.store import accounts, documents, events, invoices, queue
from service.store.database import transaction
from service.store.mail_records import Delivery
from service.store.records import Invoice
from service.templates.render import invoice_mail
from service.workflows import links
from service.workflows.sheets import sheet_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets an account's invoices; the account's own address is no contact. Mail to who is not
    `reached` came back."""

    contact_id: UUID | None
    name: str
    email: str
    reached: bool = True


async def recipients_of(account_id: UUID) -> list[Recipient]:
    """The account's own address, then its contacts. Several may share an address."""
    account = await accounts.find(account_id)
    return [
        Recipient(None, account.name, account.email),
        *[
            Recipient(one.id, one.name, one.email, one.status is ContactStatus.ACTIVE)
            for one in await accounts.contacts(account_id)
        ],
    ]


async def plan(ports: Ports, invoice: Invoice) -> None:
    """Plan the mails that come with the issue: to everybody who is reached.

    Must run inside `transaction()`. An address gets one mail, however many people share it.
    """
    for one in await recipients_of(invoice.account_id):
        if one.reached:
            await plan_one(ports, invoice, one)


async def plan_one(
    ports: Ports, invoice: Invoice, to: Recipient, *, resend: int = 0
) -> UUID | None:
    """Plan a mail, with the job that sends it; None when its address has one already.

    Must run inside `transaction()`.
    """
    account_id = invoice.account_id
    delivery_id = await documents.queue_delivery(
        account_id,
        invoice.id,
        contact_id=to.contact_id,
        name=to.name,
        email=to.email,
        at=ports.clock(),
        resend=resend,
    )
    if delivery_id is not None:
        await queue.enqueue(
            "send_delivery",
            key=f"delivery:{delivery_id}",
            account_id=str(account_id),
            delivery_id=str(delivery_id),
        )
    return delivery_id


def waited_enough(ports: Ports, invoice: Invoice) -> bool:
    """Whether the mails of an invoice go without its PDF: with the link alone."""
    return ports.clock() - invoice.created_at >= ports.policy.pdf_patience


async def send(ports: Ports, account_id: UUID, delivery_id: UUID) -> None:
    """Hand one mail over. Repeated after a crash it is the same mail, by its Message-ID.

    Raises:
        MailUnavailable: noted on the delivery; the job is tried again.
    """
    if not await documents.begin_delivery(account_id, delivery_id, at=ports.clock()):
        return
    delivery = await documents.find_delivery(account_id, delivery_id)
    invoice = await invoices.find(account_id, delivery.invoice_id)
    mail = await _compose(ports, delivery, invoice)
    try:
        await ports.mailer.send(mail)
    except (MailRefused, ValueError) as refusal:
        # ValueError: no message can be addressed so.
        await _end(ports, delivery, DeliveryState.BOUNCED, str(refusal))
    except MailUnavailable as error:
        await _end(ports, delivery, DeliveryState.FAILED, str(error))
        raise
    else:
        await _end(ports, delivery, DeliveryState.SENT, None)


async def _compose(ports: Ports, delivery: Delivery, invoice: Invoice) -> Mail:
    document = invoice.document
    key = document.storage_key if document else None
    if key is None and not waited_enough(ports, invoice):
        raise MailUnavailable("the PDF is not ready")
    lifetime = ports.policy.mail_link_lifetime
    domain = ports.seller.mail_from.partition("@")[2]
    return invoice_mail(
        await sheet_of(delivery.account_id, invoice),
        recipient_name=delivery.recipient_name,
        recipient_email=delivery.recipient_email,
        sender=ports.seller.mail_from,
        message_id=f"{delivery.id}@{domain}",
        view_url=links.view_url(ports, delivery.account_id, invoice.id, lifetime=lifetime),
        pdf=await ports.documents.get(key) if key else None,
        due=Money(_due_minor(invoice), invoice.currency),
        again=delivery.resend > 0,
    )


def _due_minor(invoice: Invoice) -> int:
    """What its reader is asked to pay now; nothing while a payment is on its way."""
    payable = is_payable(
        invoice.status, due_minor=invoice.due_minor, live_payment=invoice.live_payment
    )
    return invoice.due_minor if payable else 0


async def _end(ports: Ports, delivery: Delivery, state: DeliveryState, error: str | None) -> None:
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(delivery.account_id)
        ended = await documents.end_delivery(
            delivery.account_id, delivery.id, state, error=error, at=at
        )
        if ended:
            changed = DeliveryStateChanged(delivery.invoice_id, delivery.id, state)
            await events.record(delivery.account_id, changed, at=at)
        if ended and state is DeliveryState.BOUNCED:
            await _mark_bouncing(ports, delivery)


async def _mark_bouncing(ports: Ports, delivery: Delivery) -> None:
    account_id = delivery.account_id
    contact_id = await accounts.mark_bouncing(account_id, delivery.recipient_email)
    if contact_id is not None:
        await events.record(account_id, BillingContactChanged(contact_id), at=ports.clock())
