"""Money that came to the seller's own bank account, recorded by the seller's staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from service.billing.errors import InvalidInput, InvoiceNotPayable
from service.billing.events import PaymentStatusChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.ids import Kind, encode
from service.billing.ledger import Book
from service.billing.money import MINOR_UNITS_MAX, Money
from service.billing.payment import PaymentStatus, Quote
from service.ports import Ports
from service.store import accounts, events, evidence, idempotency, invoices, ledger, payments
from service.store.database import new_id, transaction
from service.store.payments import NewReceived
from service.store.records import Allocation, Invoice, Payment
from service.workflows import (
    booking,
    offline_refunds,
    quotes,
    receipts,
    standing,
    transfers,
)
from service.workflows.booking import TAKES_MONEY

# As long as books are open at most; what is older is a typing error.
_LONGEST_AGO = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class OfflinePayment:
    """A bank transfer, in the invoice's currency. `reference` is the bank's: it counts once, in
    capital and small letters, and with or without spaces and hyphens.
    `received_on` is the day as the account reads it on its receipt. `beyond_due` is what tells an
    amount beyond what is due from a typing error."""

    invoice_id: UUID
    amount_minor: int
    reference: str
    received_on: date
    recorded_by: str
    idempotency_key: str
    beyond_due: bool = False


async def record(ports: Ports, account_id: UUID, received: OfflinePayment) -> Payment:
    """Put a bank transfer on an invoice, in whole or in part. What is beyond what is due is owed to
    the payer, and the seller's staff is called to give it back. The same reference again, for the
    same invoice, amount and day, answers the payment that was recorded first.

    Raises:
        NotFound: the account has no such invoice.
        InvalidInput: no amount or no reference, more than is due and not `beyond_due`, a day to
            come or too long ago, or a reference that was recorded with another invoice, amount or
            day.
        InvoiceNotPayable: nothing is due on the invoice and not `beyond_due`, it was not issued, or
            more than is due comes for one of which a dispute took money back: that is no surplus.
        IdempotencyConflict.
    """
    reference = _check(received)
    use = idempotency.key_use(
        received.idempotency_key,
        "recordOfflinePayment",
        str(received.invoice_id),
        str(received.amount_minor),
        reference,
        received.received_on.isoformat(),
        # Left out where it says nothing: keys that were used before there was one stay good.
        *(["beyondDue"] if received.beyond_due else []),
    )
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        payment_id = await idempotency.result_of(account_id, use)
        if payment_id is None:
            payment_id = await _recorded_once(ports, account_id, received, reference)
            await idempotency.keep(account_id, use, payment_id, at=ports.clock())
    return await payments.find(account_id, payment_id)


async def _recorded_once(
    ports: Ports, account_id: UUID, received: OfflinePayment, reference: str
) -> UUID:
    """The payment that the transfer became, or becomes now. Asked under the account's lock: of two
    people with the same transfer the second one sees what the first one recorded.

    Raises:
        NotFound, InvoiceNotPayable.
        InvalidInput: more than is due, or a reference that was recorded with another invoice or
            amount.
    """
    known = await payments.id_of_offline(account_id, reference)
    if known is None:
        invoice = await invoices.find(account_id, received.invoice_id)
        return await _record(ports, invoice, received, reference)
    await _check_same(await payments.find(account_id, known), received)
    return known


async def _check_same(first: Payment, received: OfflinePayment) -> None:
    [part] = await payments.allocations(first.account_id, [first.id])
    # The quote of a transfer is of the day on which it came.
    known = (part.invoice_id, part.amount.minor_units, first.quote.as_of)
    if known == (received.invoice_id, received.amount_minor, received.received_on):
        return
    invoice = await invoices.find(first.account_id, part.invoice_id)
    raise InvalidInput.one(
        "bankReference",
        "KNOWN",
        f"Payment {encode(Kind.PAYMENT, first.id)} has it: {first.amount}"
        f" on invoice {invoice.number}, received on {first.quote.as_of}."
        " Give each part of a transfer a reference of its own.",
    )


def _check(received: OfflinePayment) -> str:
    reference = transfers.checked_reference(received.reference)
    if received.amount_minor <= 0:
        raise InvalidInput.one("amount", "TOO_LITTLE", "An amount above zero was received.")
    if received.amount_minor > MINOR_UNITS_MAX:
        raise InvalidInput.one("amount", "TOO_MUCH", "No bank moves as much as that.")
    return reference


def _captured_at(ports: Ports, received_on: date, time_zone: str) -> datetime:
    """An instant of the day on which the money arrived.

    Raises:
        InvalidInput: a day to come, or too long ago.
    """
    today = transfers.last_day(ports, time_zone)
    if received_on > today:
        raise InvalidInput.one("receivedOn", "IN_FUTURE", "It was received by today.")
    if received_on < today - _LONGEST_AGO:
        raise InvalidInput.one("receivedOn", "TOO_OLD", f"At most {_LONGEST_AGO.days} days ago.")
    return transfers.moment_of(received_on, time_zone, now=ports.clock())


async def _check_due(invoice: Invoice, received: OfflinePayment) -> None:
    """Raises InvoiceNotPayable, InvalidInput."""
    if invoice.number is None:
        raise InvoiceNotPayable(invoice.id, "Nothing is due on it.")
    due = invoice.total_minor - invoice.paid_minor if invoice.status in TAKES_MONEY else 0
    if received.amount_minor > due and await _was_charged_back(invoice):
        what = "A dispute took money of it back: what comes to make up for that is not booked here."
        rest = f" At most {Money(due, invoice.currency)} is due." if due > 0 else ""
        raise InvoiceNotPayable(invoice.id, what + rest)
    if received.beyond_due:
        return
    if due <= 0:
        what = "Nothing is due on it. Record money that came all the same with beyondDue."
        raise InvoiceNotPayable(invoice.id, what)
    if received.amount_minor > due:
        most = Money(due, invoice.currency)
        raise InvalidInput.one(
            "amount",
            "TOO_MUCH",
            f"At most {most} is due. If more came, record the whole of it with beyondDue.",
        )


async def _was_charged_back(invoice: Invoice) -> bool:
    sums = await ledger.sums_of(invoice.account_id, [invoice.id])
    return sums[invoice.id].charged_back_minor > 0


async def _record(ports: Ports, invoice: Invoice, received: OfflinePayment, reference: str) -> UUID:
    await _check_due(invoice, received)
    at = ports.clock()
    amount = Money(received.amount_minor, invoice.currency)
    account = await accounts.find(invoice.account_id)
    captured_at = _captured_at(ports, received.received_on, account.time_zone)
    quote = Quote(quotes.UNCHANGED, quotes.SAME_CURRENCY, received.received_on, None, amount)
    part = Allocation(new_id(), invoice.id, amount)
    new = NewReceived(
        account_id=invoice.account_id,
        amount=amount,
        quote=quote,
        allocation=part,
        reference=reference,
        payer_email=account.email,
        captured_at=captured_at,
    )
    await payments.create_received(new, at=at)
    payment = await payments.find(invoice.account_id, part.payment_id)
    witness = Witness(Source.STAFF, received.recorded_by)
    told = Evidence(Fact.PAID_OFFLINE, witness, f"Bank reference {reference}", amount)
    await evidence.add(invoice.account_id, told, at=at, payment_id=payment.id)
    surplus = await booking.book_capture(
        ports,
        payment,
        [part],
        [invoice],
        charged=amount,
        captured_at=captured_at,
        cash=Book.BANK,
    )
    changed = PaymentStatusChanged(payment.id, PaymentStatus.CAPTURED, None)
    await events.record(invoice.account_id, changed, at=at)
    if surplus.minor_units > 0:
        await offline_refunds.call_for(ports, payment, surplus)
    await standing.refresh(ports, [invoice])
    await receipts.plan(ports, payment)
    return payment.id
