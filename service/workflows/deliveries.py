"""Mailing invoices: one mail per recipient, with a link and the PDF."""

from __future__ import annotations

from uuid import UUID

import structlog

from service.billing.events import DeliveryState, DeliveryStateChanged
from service.billing.people import ContactStatus
from service.ports import Mail, MailRefused, MailUnavailable, Ports
from service.store import accounts, documents, events, invoices, queue
from service.store.database import transaction
from service.store.records import Delivery, Invoice
from service.templates.render import invoice_mail
from service.workflows import links
from service.workflows.sheets import sheet_of

log = structlog.get_logger(__name__)


async def plan(ports: Ports, invoice: Invoice) -> None:
    """Plan a mail to the account's own address and to each active contact.

    Must run inside `transaction()`. An address gets one mail, however many people share it.
    """
    account = await accounts.find(invoice.account_id)
    contacts = await accounts.contacts(invoice.account_id)
    recipients: list[tuple[UUID | None, str, str]] = [(None, account.name, account.email)]
    recipients += [
        (contact.id, contact.name, contact.email)
        for contact in contacts
        if contact.status is ContactStatus.ACTIVE
    ]
    for contact_id, name, email in recipients:
        delivery_id = await documents.queue_delivery(
            account.id, invoice.id, contact_id=contact_id, name=name, email=email, at=ports.clock()
        )
        if delivery_id is not None:
            await queue.enqueue(
                "send_delivery",
                key=f"delivery:{delivery_id}",
                account_id=str(account.id),
                delivery_id=str(delivery_id),
            )


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
        await accounts.mark_bouncing(account_id, delivery.recipient_email)
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
    )


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
