"""Money of bank transfers on its way back: owed to the payer first, and recorded by the seller's
staff once the bank has sent it. No gateway has any part in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from service.billing.errors import InvalidInput
from service.billing.events import RefundStatusChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.ids import Kind, encode
from service.billing.ledger import Book, refunded
from service.billing.money import Money
from service.billing.payment import OFFLINE
from service.billing.period import local_day
from service.billing.refund import RefundReason, RefundStatus
from service.billing.support import SERVICE, CaseReason, NotificationKind
from service.billing.text import clean_line
from service.ports import Ports
from service.store import (
    accounts,
    events,
    evidence,
    idempotency,
    invoices,
    ledger,
    payments,
    refunds,
)
from service.store import cases as case_store
from service.store.cases import NewCase
from service.store.database import new_id, transaction
from service.store.money_records import Refund
from service.store.records import Account, Payment
from service.workflows import cases, notifications, standing, transfers
from service.workflows.shares import taken_from


@dataclass(frozen=True, slots=True)
class OfflineRefund:
    """Money of a bank transfer that went back by bank, in the payment's currency. `reference` is
    the bank's, compared like that of a transfer. `note` is for the seller's records."""

    payment_id: UUID
    amount_minor: int
    reference: str
    returned_on: date
    note: str | None
    recorded_by: str
    idempotency_key: str
    beyond_surplus: bool = False


async def call_for(ports: Ports, payment: Payment, surplus: Money) -> None:
    """Call the seller's staff to give back what of a transfer was not due, and tell the payer that
    it is theirs.

    Must run inside `transaction()`, under the account's lock.
    """
    account = await accounts.find(payment.account_id)
    new = NewCase(
        account_id=payment.account_id,
        reason=CaseReason.SURPLUS,
        opened_by=SERVICE,
        payment_id=payment.id,
        note=f"Bank transfer {payment.offline_reference} brought {surplus} more than was due:"
        f" that is to be returned to {account.name} by bank.",
    )
    if await cases.open_case(ports, new, Witness(Source.SERVICE)) is not None:
        await notifications.plan(ports, payment, NotificationKind.SURPLUS_REFUND)


async def record(ports: Ports, account_id: UUID, returned: OfflineRefund) -> Refund:
    """Book money of a bank transfer that the seller's bank has sent back, surpluses first. The same
    reference again, for the same payment and amount, answers the refund that was recorded first.

    Raises:
        NotFound: the account has no such payment.
        InvalidInput: a payment of a gateway, no amount or no reference, more than is left of the
            payment, or than its surplus and not `beyond_surplus`, a day to come or before the
            payment came, or a reference that was recorded with another payment, amount or day.
        IdempotencyConflict.
    """
    returned = _checked(returned)
    use = idempotency.key_use(
        returned.idempotency_key,
        "recordOfflineRefund",
        str(returned.payment_id),
        str(returned.amount_minor),
        returned.reference,
        returned.returned_on.isoformat(),
        returned.note or "",
        str(returned.beyond_surplus),
    )
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        refund_id = await idempotency.result_of(account_id, use)
        if refund_id is None:
            refund_id = await _recorded_once(ports, account_id, returned)
            await idempotency.keep(account_id, use, refund_id, at=ports.clock())
    return await refunds.find(account_id, refund_id)


def _checked(returned: OfflineRefund) -> OfflineRefund:
    reference = transfers.checked_reference(returned.reference)
    if returned.amount_minor <= 0:
        raise InvalidInput.one("amount", "TOO_LITTLE", "An amount above zero went back.")
    note = clean_line(returned.note, longest=300) if returned.note else None
    if returned.note and note is None:
        raise InvalidInput.one("note", "INVALID", "It is one line of up to 300 letters.")
    return replace(returned, reference=reference, note=note)


async def _recorded_once(ports: Ports, account_id: UUID, returned: OfflineRefund) -> UUID:
    """The refund that the transfer became, or becomes now. Asked under the account's lock: of two
    people with the same transfer the second one sees what the first one recorded.

    Raises:
        NotFound, InvalidInput.
    """
    payment = await payments.find(account_id, returned.payment_id)
    if payment.gateway != OFFLINE:
        what = "A gateway took it: give it back with refundPayment."
        raise InvalidInput.one("paymentId", "AT_GATEWAY", what)
    known = await refunds.of_offline(account_id, returned.reference)
    if known is None:
        return await _record(ports, payment, returned)
    zone = (await accounts.find(account_id)).time_zone
    same_day = transfers.moment_of(returned.returned_on, zone, now=known.updated_at)
    first = (known.payment_id, known.charged.minor_units, known.created_at)
    if first == (payment.id, returned.amount_minor, same_day):
        return known.id
    day = local_day(known.created_at, zone)
    raise InvalidInput.one(
        "bankReference",
        "KNOWN",
        f"Refund {encode(Kind.REFUND, known.id)} has it: {known.charged}"
        f" of payment {encode(Kind.PAYMENT, known.payment_id)}, returned on {day}."
        " Give each part of a transfer a reference of its own.",
    )


async def _record(ports: Ports, payment: Payment, returned: OfflineRefund) -> UUID:
    await _check_left(payment, returned)
    account = await accounts.find(payment.account_id)
    _check_day(ports, payment, account, returned.returned_on)
    parts = await payments.allocations(payment.account_id, [payment.id])
    before = await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])
    refund = _new(ports, payment, account, returned)
    await refunds.add(refund)
    taken = await taken_from(payment, refund.amount, Book.REFUNDED)
    entries = refunded(
        refund.id, payment.id, refund.charged, taken, at=refund.created_at, cash=Book.BANK
    )
    await ledger.book(payment.account_id, entries, at=ports.clock())
    await _tell(ports, refund)
    await standing.refresh(ports, before)
    await _close_if_returned(ports, payment)
    return refund.id


async def _check_left(payment: Payment, returned: OfflineRefund) -> None:
    held = await ledger.held_by(payment.account_id, payment.id)
    left = sum(one.settled_minor + one.surplus_minor for one in held)
    if left <= 0:
        raise InvalidInput.one("amount", "TOO_MUCH", "All of it has gone back already.")
    if returned.amount_minor > left:
        most = Money(left, payment.amount.currency)
        raise InvalidInput.one("amount", "TOO_MUCH", f"At most {most} is left of it.")
    surplus = sum(one.surplus_minor for one in held)
    if returned.amount_minor > surplus and not returned.beyond_surplus:
        owed = Money(surplus, payment.amount.currency)
        raise InvalidInput.one(
            "amount",
            "BEYOND_SURPLUS",
            f"{owed} of it was not due. To give back also of what settled its invoice, say so with"
            " beyondSurplus.",
        )


def _check_day(ports: Ports, payment: Payment, account: Account, returned_on: date) -> None:
    """Raises InvalidInput: a day to come, or before the money came."""
    if returned_on > transfers.last_day(ports, account.time_zone):
        raise InvalidInput.one("returnedOn", "IN_FUTURE", "It went back by today.")
    # The quote of a transfer is of the day on which it came.
    if returned_on < payment.quote.as_of:
        came = f"It came on {payment.quote.as_of}, and went back on that day or later."
        raise InvalidInput.one("returnedOn", "TOO_OLD", came)


def _new(ports: Ports, payment: Payment, account: Account, returned: OfflineRefund) -> Refund:
    now = ports.clock()
    amount = Money(returned.amount_minor, payment.amount.currency)
    return Refund(
        id=new_id(),
        account_id=payment.account_id,
        payment_id=payment.id,
        gateway=OFFLINE,
        reference=returned.reference,
        status=RefundStatus.SUCCEEDED,
        reason=RefundReason.REQUESTED,
        charged=amount,
        amount=amount,
        requested_by=returned.recorded_by,
        note=returned.note,
        failure=None,
        key_number=0,
        created_at=transfers.moment_of(returned.returned_on, account.time_zone, now=now),
        updated_at=now,
    )


async def _tell(ports: Ports, refund: Refund) -> None:
    at = ports.clock()
    changed = RefundStatusChanged(refund.id, refund.payment_id, refund.status)
    await events.record(refund.account_id, changed, at=at)
    told = Evidence(
        Fact.REFUND_SUCCEEDED,
        Witness(Source.STAFF, refund.requested_by),
        f"Bank reference {refund.reference}",
        refund.charged,
    )
    await evidence.add(refund.account_id, told, at=at, payment_id=refund.payment_id)


async def _close_if_returned(ports: Ports, payment: Payment) -> None:
    """Close the case of a surplus once nothing of that is left. The payer has the money: no mail
    tells more than their bank does."""
    if await ledger.surplus_of(payment) > 0:
        return
    for case in await case_store.open_about(payment.account_id, payment_ids=[payment.id]):
        if case.reason is CaseReason.SURPLUS:
            resolution = "What was not due went back by bank transfer."
            await cases.close(ports, case, resolution, Witness(Source.SERVICE), by=SERVICE)
