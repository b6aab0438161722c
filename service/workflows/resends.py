"""Mailing an issued invoice again, when somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.billing.errors import InvalidInput, NotFound, TooSoon
from service.billing.events import DeliveryState, DeliveryStateChanged
from service.billing.resend import DAY, not_before
from service.ports import Ports
from service.store import accounts, events, idempotency, invoices, resends
from service.store.database import transaction
from service.store.mail_records import Delivery
from service.store.records import Invoice
from service.workflows import deliveries
from service.workflows.deliveries import Recipient


@dataclass(frozen=True, slots=True)
class ResendRequest:
    """Which invoice to mail again, and to whom: one of those who get the account's invoices;
    without a `recipient` to all of them."""

    invoice_id: UUID
    idempotency_key: str
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class Resent:
    """An invoice, and the mails by which it is mailed again."""

    invoice: Invoice
    deliveries: list[Delivery]


async def resend(ports: Ports, account_id: UUID, wanted: ResendRequest) -> Resent:
    """Plan the mails that bring an issued invoice again, once per key. They wait for the PDF as the
    first ones do. Who is named gets the mail even if the last one came back.

    Raises:
        NotFound: the account has no such invoice.
        InvalidInput: the address is none of those who get the account's invoices.
        TooSoon: that would be too many mails.
        IdempotencyConflict.
    """
    use = idempotency.key_use(
        wanted.idempotency_key, "resendInvoice", str(wanted.invoice_id), wanted.recipient or ""
    )
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        first = await idempotency.result_of(account_id, use)
        if first is None:
            first = await _plan(ports, account_id, wanted)
            await idempotency.keep(account_id, use, first, at=ports.clock())
    return Resent(
        await invoices.find(account_id, wanted.invoice_id),
        await resends.mails_beside(account_id, first),
    )


async def _plan(ports: Ports, account_id: UUID, wanted: ResendRequest) -> UUID:
    """Plan the mails; return the first one."""
    at = ports.clock()
    invoice = await invoices.find(account_id, wanted.invoice_id)
    if invoice.number is None:
        raise NotFound("invoice")
    recipients = await _recipients(account_id, wanted.recipient)
    lately = await resends.planned(account_id, invoice.id, since=at - DAY)
    wait = not_before(at, lately, invoice.id, recipients.keys())
    if wait is not None:
        raise TooSoon(wait)
    number = await resends.next_number(account_id, invoice.id)
    planned = []
    for recipient in recipients.values():
        delivery_id = await deliveries.plan_one(ports, invoice, recipient, resend=number)
        if delivery_id is None:
            raise RuntimeError("the account is locked: nobody else plans this resend")
        changed = DeliveryStateChanged(invoice.id, delivery_id, DeliveryState.QUEUED)
        await events.record(account_id, changed, at=at)
        planned.append(delivery_id)
    return planned[0]


async def _recipients(account_id: UUID, named: str | None) -> dict[str, Recipient]:
    """By their addresses in small letters, so that each address counts once."""
    known = await deliveries.recipients_of(account_id)
    if named is None:
        wanted = [one for one in known if one.reached]
    else:
        wanted = [one for one in known if one.email.lower() == named.lower()]
    if not wanted:
        raise InvalidInput.one(
            "recipient", "UNKNOWN", "Nobody at this address gets the account's invoices."
        )
    by_address: dict[str, Recipient] = {}
    for one in wanted:
        by_address.setdefault(one.email.lower(), one)
    return by_address
