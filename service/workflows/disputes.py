"""Disputes as the gateway tells them: opened, won, lost, lost in part, and turned by an appeal."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from service.billing.events import DisputeStatusChanged
from service.billing.evidence import Evidence, Fact, Witness
from service.billing.ledger import (
    Book,
    dispute_lessened,
    dispute_lost,
    dispute_opened,
    dispute_reopened,
    dispute_won,
    times_lost,
)
from service.billing.money import Money, total
from service.billing.refund import (
    REFUND_BOOKED,
    DisputeStatus,
    GatewayDispute,
    RefundReason,
    RefundStatus,
    dispute_move,
    to_the_unit,
)
from service.billing.support import CaseReason
from service.ports import Ports
from service.store import events, evidence, ledger, refunds
from service.store.money_records import Dispute
from service.store.records import Payment
from service.workflows import cases
from service.workflows.shares import lost_by_others, part_of, taken_from

log = structlog.get_logger(__name__)

_FACTS = {
    DisputeStatus.OPEN: Fact.DISPUTE_OPENED,
    DisputeStatus.WON: Fact.DISPUTE_WON,
    DisputeStatus.LOST: Fact.DISPUTE_LOST,
}


async def take(ports: Ports, payment: Payment, seen: GatewayDispute, witness: Witness) -> None:
    """Book what is new of a dispute.

    Must run inside `transaction()`, under the account's lock, after the refunds were taken in.
    """
    account_id, at = payment.account_id, ports.clock()
    if await refunds.open_dispute(account_id, payment.id, payment.gateway, seen):
        dispute = await _find(payment, seen)
        entries = dispute_opened(dispute.id, payment.id, seen.amount, at=seen.created_at)
        await ledger.book(account_id, entries, at=at)
        await _tell(ports, payment, dispute, witness)
    dispute = await _find(payment, seen)
    if dispute.status is DisputeStatus.WON:
        return
    seen = to_the_unit(seen, payment.quote.charged, await _gone(payment, dispute))
    move, kept = dispute_move(dispute.status, seen.status), _kept(dispute, seen)
    if move is None and kept == dispute.charged:
        return
    if seen.status is DisputeStatus.LOST and kept.currency != payment.quote.charged.currency:
        log.error("dispute_in_another_currency", dispute=str(dispute.id), payment=str(payment.id))
        return
    was_lost = dispute.status is DisputeStatus.LOST
    undone = await _undo_losses(payment, at, and_of=dispute) if was_lost else []
    if kept != dispute.charged:
        dispute = await _lessen(payment, dispute, kept, at)
    if move is not None:
        await refunds.move_dispute(dispute, move, at=at)
        dispute = replace(dispute, status=seen.status)
    if dispute.status is DisputeStatus.WON:
        won = dispute_won(dispute.id, payment.id, dispute.charged, at=at)
        await ledger.book(account_id, won, at=at)
    elif dispute.status is DisputeStatus.LOST:
        undone.append(dispute.id)
    await _book_losses(payment, undone, at)
    await _tell(ports, payment, dispute, witness)
    if was_lost and dispute.status is DisputeStatus.WON:
        await _call_for_surplus(ports, payment)


async def book_losses_again(ports: Ports, payment: Payment) -> None:
    """A refund came back: what disputes took twice, they took once after all.

    Must run inside `transaction()`, under the account's lock.
    """
    at = ports.clock()
    await _book_losses(payment, await _undo_losses(payment, at), at)


async def _undo_losses(
    payment: Payment, at: datetime, *, and_of: Dispute | None = None
) -> list[UUID]:
    """Undo what was lost beyond what was left of the charge, which has changed, and one dispute's
    loss; return whose losses they were."""
    booked = await ledger.of_payment(payment.account_id, payment.id)
    whose: list[UUID] = []
    for dispute in await _disputes_of(payment):
        undone = dispute_reopened(dispute.id, booked, at=at)
        is_meant = and_of is not None and dispute.id == and_of.id
        if is_meant or any(entry.key.endswith(":excess") for entry in undone):
            await ledger.book(payment.account_id, undone, at=at)
            whose.append(dispute.id)
    return whose


async def _book_losses(payment: Payment, whose: Collection[UUID], at: datetime) -> None:
    for dispute in await _disputes_of(payment):
        if dispute.id in whose and dispute.status is DisputeStatus.LOST:
            await _book_loss(payment, dispute, at)


def _kept(dispute: Dispute, seen: GatewayDispute) -> Money:
    """What a dispute keeps of what it took; more than is known already is no news."""
    is_less = seen.kept.minor_units < dispute.charged.minor_units
    return seen.kept if is_less and seen.status is not DisputeStatus.WON else dispute.charged


async def _gone(payment: Payment, dispute: Dispute) -> Money:
    """What of a charge went back by refunds and by other disputes."""
    known = (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id]
    booked = [one.charged for one in known if one.status in REFUND_BOOKED]
    lost = await lost_by_others(payment, dispute.id)
    return total([*lost, *booked], payment.quote.charged.currency)


async def _lessen(payment: Payment, dispute: Dispute, left: Money, at: datetime) -> Dispute:
    returned = dispute.charged - left
    entries = dispute_lessened(dispute.id, payment.id, left, returned, at=at)
    await ledger.book(payment.account_id, entries, at=at)
    await refunds.lessen_dispute(dispute, left)
    return replace(dispute, charged=left)


async def _book_loss(payment: Payment, dispute: Dispute, at: datetime) -> None:
    account_id, step = payment.account_id, dispute.charged
    known = (await refunds.of_payments(account_id, [payment.id]))[payment.id]
    booked = [one for one in known if one.status in REFUND_BOOKED]
    lost = await part_of(payment, step, booked, of_dispute=dispute.id)
    left = payment.quote.charged - await _gone(payment, dispute)
    excess = max(step.minor_units - max(left.minor_units, 0), 0)
    entries = dispute_lost(
        dispute.id,
        payment.id,
        step,
        await taken_from(payment, lost, Book.CHARGED_BACK),
        excess=Money(excess, step.currency),
        before=times_lost(dispute.id, await ledger.of_payment(account_id, payment.id)),
        at=at,
    )
    await ledger.book(account_id, entries, at=at)


async def _call_for_surplus(ports: Ports, payment: Payment) -> None:
    """An appeal brought back what had not been due: its refund was given up when it was lost."""
    known = (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id]
    is_on_its_way = any(
        one.reason is RefundReason.SURPLUS and one.status is not RefundStatus.FAILED
        for one in known
    )
    if await ledger.surplus_of(payment) > 0 and not is_on_its_way:
        what = "An appeal brought back money that was not due."
        await cases.open_for(ports, payment, CaseReason.REFUND_FAILED, what)


async def _disputes_of(payment: Payment) -> list[Dispute]:
    return (await refunds.disputes_of_payments(payment.account_id, [payment.id]))[payment.id]


async def _find(payment: Payment, seen: GatewayDispute) -> Dispute:
    return next(one for one in await _disputes_of(payment) if one.reference == seen.reference)


async def _tell(ports: Ports, payment: Payment, dispute: Dispute, witness: Witness) -> None:
    at = ports.clock()
    changed = DisputeStatusChanged(dispute.id, payment.id, dispute.status)
    await events.record(payment.account_id, changed, at=at)
    told = Evidence(_FACTS[dispute.status], witness, dispute.reference, dispute.charged)
    await evidence.add(payment.account_id, told, at=at, payment_id=payment.id)
