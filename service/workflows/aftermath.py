"""After the capture: refunds, disputes, and what the gateway pays out. The gateway's own lists are
the truth, also of what was done past this service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused
from service.billing.events import DisputeStatusChanged, RefundStatusChanged, SettlementRecorded
from service.billing.evidence import Evidence, Fact, Witness
from service.billing.ledger import (
    Book,
    GivenBack,
    dispute_lessened,
    dispute_lost,
    dispute_opened,
    dispute_reopened,
    dispute_won,
    give_back,
    next_part,
    refund_failed,
    refunded,
    times_lost,
)
from service.billing.money import Money, total
from service.billing.payment import Settlement
from service.billing.refund import (
    REFUND_BOOKED,
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    RefundReason,
    RefundStatus,
    dispute_move,
    refund_move,
)
from service.billing.support import CaseReason
from service.ports import Ports
from service.store import (
    accounts,
    events,
    evidence,
    invoices,
    ledger,
    payment_checks,
    payments,
    refunds,
)
from service.store.database import new_id, transaction
from service.store.money_records import Dispute, Refund
from service.store.records import Payment
from service.workflows import cases, standing

log = structlog.get_logger(__name__)

_REFUND_FACTS = {
    RefundStatus.REQUESTED: Fact.REFUND_REQUESTED,
    RefundStatus.PENDING: Fact.REFUND_PENDING,
    RefundStatus.SUCCEEDED: Fact.REFUND_SUCCEEDED,
    RefundStatus.FAILED: Fact.REFUND_FAILED,
}
_DISPUTE_FACTS = {
    DisputeStatus.OPEN: Fact.DISPUTE_OPENED,
    DisputeStatus.WON: Fact.DISPUTE_WON,
    DisputeStatus.LOST: Fact.DISPUTE_LOST,
}


@dataclass(frozen=True, slots=True)
class _News:
    """What a gateway's lists say of one captured payment."""

    refunds: Sequence[GatewayRefund]
    disputes: Sequence[GatewayDispute]
    settlement: Settlement | None


async def catch_up(ports: Ports, payment: Payment, witness: Witness) -> Payment:
    """Ask the gateway what became of a captured payment and make the books agree. Repeating it
    changes nothing.

    Raises:
        GatewayUnavailable: no answer; nothing changed.
        GatewayRefused: the gateway does not know the payment.
    """
    if payment.transaction is None:
        return payment
    news = await _news_of(ports, payment)
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        await take_in(ports, payment, news.refunds, news.disputes, witness)
        if news.settlement and await payment_checks.note_settlement(payment, news.settlement):
            told = SettlementRecorded(payment.id)
            await events.record(payment.account_id, told, at=ports.clock())
    return await payments.find(payment.account_id, payment.id)


async def _news_of(ports: Ports, payment: Payment) -> _News:
    gateway = ports.gateway_named(payment.gateway)
    if payment.transaction is None:
        raise GatewayRefused(GatewayRefused.UNKNOWN_OBJECT)
    settlement = payment.settlement
    if settlement is None and payment.session_id is not None:
        settlement = (await gateway.look_up(payment.session_id)).settlement
    return _News(
        await gateway.refunds_of(payment.transaction),
        await gateway.disputes_of(payment.transaction),
        settlement,
    )


async def take_in(
    ports: Ports,
    payment: Payment,
    seen_refunds: Sequence[GatewayRefund],
    seen_disputes: Sequence[GatewayDispute],
    witness: Witness,
) -> None:
    """Book what is new among a payment's refunds and disputes, and bring its invoices in line; do
    nothing when the gateway lists neither.

    Must run inside `transaction()`, under the account's lock.
    """
    if not seen_refunds and not seen_disputes:
        return
    parts = await payments.allocations(payment.account_id, [payment.id])
    before = await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])
    for refund in seen_refunds:
        await _take_refund(ports, payment, refund, witness)
    for dispute in seen_disputes:
        await _take_dispute(ports, payment, dispute, witness)
    await standing.refresh(ports, before)


async def _take_refund(
    ports: Ports, payment: Payment, seen: GatewayRefund, witness: Witness
) -> None:
    known = (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id]
    refund = next((one for one in known if _is_same(one, seen)), None)
    if refund is None:
        refund = await _made_elsewhere(ports, payment, seen, known)
    move = refund_move(refund.status, seen.status)
    if move is None:
        return
    at = ports.clock()
    after = await refunds.move(refund, move, at=at, reference=seen.reference, failure=seen.failure)
    await _book_refund(ports, payment, refund, seen, after)
    changed = RefundStatusChanged(refund.id, payment.id, after)
    await events.record(payment.account_id, changed, at=at)
    told = Evidence(
        _REFUND_FACTS[after], witness, seen.reference, seen.amount, expected=refund.charged
    )
    await evidence.add(payment.account_id, told, at=at, payment_id=payment.id)


def _is_same(refund: Refund, seen: GatewayRefund) -> bool:
    """One that was given up here, and is made all the same, is another: its money is gone."""
    nameless = refund.reference is None and refund.status is not RefundStatus.FAILED
    return refund.reference == seen.reference or (nameless and seen.our_id == str(refund.id))


async def _made_elsewhere(
    ports: Ports, payment: Payment, seen: GatewayRefund, known: Sequence[Refund]
) -> Refund:
    """A refund that was made at the gateway: as if we had decided it a moment ago."""
    at = ports.clock()
    booked = [one for one in known if one.status in REFUND_BOOKED]
    refund = Refund(
        id=new_id(),
        account_id=payment.account_id,
        payment_id=payment.id,
        gateway=payment.gateway,
        reference=None,
        status=RefundStatus.REQUESTED,
        reason=RefundReason.AT_GATEWAY,
        charged=seen.amount,
        amount=await part_of(payment, seen.amount, booked),
        requested_by=None,
        note=None,
        failure=None,
        key_number=0,
        created_at=seen.created_at,
        updated_at=at,
    )
    await refunds.add(refund)
    return refund


async def part_of(
    payment: Payment, step: Money, before: Sequence[Refund], *, of_dispute: UUID | None = None
) -> Money:
    """What a step of a charge back to its payer is in the invoices' currency, after refunds
    `before` it and other disputes that were lost."""
    lost = await _lost_by_others(payment, of_dispute)
    held = await ledger.held_by(payment.account_id, payment.id)
    left = sum(one.settled_minor + one.surplus_minor for one in held)
    waiting = [one.amount for one in before if one.status not in REFUND_BOOKED]
    amount, charged = payment.amount, payment.quote.charged
    return next_part(
        amount,
        amount - Money(left, amount.currency) + total(waiting, amount.currency),
        total([*lost, *(one.charged for one in before)], charged.currency),
        step,
        charged,
    )


async def _book_refund(
    ports: Ports, payment: Payment, refund: Refund, seen: GatewayRefund, after: RefundStatus
) -> None:
    at = ports.clock()
    if after is RefundStatus.FAILED:
        booked = await ledger.of_payment(payment.account_id, payment.id)
        await ledger.book(payment.account_id, refund_failed(refund.id, booked, at=at), at=at)
        await warn_of_failure(ports, payment, refund)
        return
    # From PENDING on it is booked: its keys are known then, and nothing is added.
    parts: list[GivenBack] = []
    if refund.status is RefundStatus.REQUESTED:
        beside = await _is_beside_surplus(refund)
        parts = await taken_from(payment, refund.amount, Book.REFUNDED, settled_first=beside)
    entries = refunded(refund.id, payment.id, seen.amount, parts, at=seen.created_at)
    await ledger.book(payment.account_id, entries, at=at)


async def _is_beside_surplus(refund: Refund) -> bool:
    """Whether the seller's staff gives it back beside a surplus that has its own way back."""
    known = (await refunds.of_payments(refund.account_id, [refund.payment_id]))[refund.payment_id]
    return refund.reason is RefundReason.REQUESTED and any(
        one.reason is RefundReason.SURPLUS and one.status is RefundStatus.REQUESTED for one in known
    )


async def taken_from(
    payment: Payment, amount: Money, book: Book, *, settled_first: bool = False
) -> list[GivenBack]:
    """What of a payment goes back to its payer, as far as it is there: surpluses first, or else
    what settled invoices first; that is debited to `book`."""
    held = await ledger.held_by(payment.account_id, payment.id)
    surpluses = [(one.invoice_id, Book.SURPLUS, one.surplus_minor) for one in held]
    settled = [(one.invoice_id, book, one.settled_minor) for one in held]
    parts: list[GivenBack] = []
    left = amount.minor_units
    for sources in (settled, surpluses) if settled_first else (surpluses, settled):
        taken = min(left, sum(max(units, 0) for _, _, units in sources))
        parts += give_back(Money(taken, amount.currency), sources)
        left -= taken
    return parts


async def warn_of_failure(ports: Ports, payment: Payment, refund: Refund) -> None:
    """A person has to give the money back in another way, if it is still with us.

    Must run inside `transaction()`.
    """
    held = await ledger.held_by(payment.account_id, payment.id)
    owed = sum(one.surplus_minor for one in held)
    if refund.reason is not RefundReason.SURPLUS:
        owed += sum(one.settled_minor for one in held)
    if owed <= 0:
        return
    log.error("refund_failed", refund=str(refund.id), payment=str(payment.id))
    await cases.open_for(ports, payment, CaseReason.REFUND_FAILED, "A refund came back.")


async def _take_dispute(
    ports: Ports, payment: Payment, seen: GatewayDispute, witness: Witness
) -> None:
    account_id, at = payment.account_id, ports.clock()
    if await refunds.open_dispute(account_id, payment.id, payment.gateway, seen):
        dispute = await _find_dispute(payment, seen)
        entries = dispute_opened(dispute.id, payment.id, seen.amount, at=seen.created_at)
        await ledger.book(account_id, entries, at=at)
        await _tell_dispute(ports, payment, dispute, DisputeStatus.OPEN, witness)
    dispute = await _find_dispute(payment, seen)
    move = dispute_move(dispute.status, seen.status)
    is_lessened = seen.status is DisputeStatus.LOST and _is_less(seen.amount, dispute.charged)
    if move is None and not is_lessened:
        return
    is_exchanged = seen.amount.currency != payment.quote.charged.currency
    if is_exchanged and seen.status is DisputeStatus.LOST:
        log.error("dispute_in_another_currency", dispute=str(dispute.id), payment=str(payment.id))
        return
    if dispute.status is DisputeStatus.LOST:
        booked = await ledger.of_payment(account_id, payment.id)
        await ledger.book(account_id, dispute_reopened(dispute.id, booked, at=at), at=at)
    if is_lessened:
        dispute = await _lessen(payment, dispute, seen.amount, at)
    if seen.status is DisputeStatus.WON:
        won = dispute_won(dispute.id, payment.id, dispute.charged, at=at)
        await ledger.book(account_id, won, at=at)
    else:
        await _book_loss(payment, dispute, at)
    if move is not None:
        await refunds.move_dispute(dispute, move, at=at)
    await _tell_dispute(ports, payment, dispute, seen.status, witness)


def _is_less(amount: Money, than: Money) -> bool:
    return amount.currency == than.currency and amount.minor_units < than.minor_units


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
    gone = [*await _lost_by_others(payment, dispute.id), *(one.charged for one in booked)]
    left = payment.quote.charged - total(gone, step.currency)
    excess = Money(max(step.minor_units - max(left.minor_units, 0), 0), step.currency)
    entries = dispute_lost(
        dispute.id,
        payment.id,
        step,
        await taken_from(payment, lost, Book.CHARGED_BACK),
        excess=excess,
        before=times_lost(dispute.id, await ledger.of_payment(account_id, payment.id)),
        at=at,
    )
    await ledger.book(account_id, entries, at=at)


async def _lost_by_others(payment: Payment, but: UUID | None) -> list[Money]:
    disputes = (await refunds.disputes_of_payments(payment.account_id, [payment.id]))[payment.id]
    return [one.charged for one in disputes if one.status is DisputeStatus.LOST and one.id != but]


async def _find_dispute(payment: Payment, seen: GatewayDispute) -> Dispute:
    known = (await refunds.disputes_of_payments(payment.account_id, [payment.id]))[payment.id]
    return next(one for one in known if one.reference == seen.reference)


async def _tell_dispute(
    ports: Ports, payment: Payment, dispute: Dispute, status: DisputeStatus, witness: Witness
) -> None:
    at = ports.clock()
    changed = DisputeStatusChanged(dispute.id, payment.id, status)
    await events.record(payment.account_id, changed, at=at)
    told = Evidence(_DISPUTE_FACTS[status], witness, dispute.reference, dispute.charged)
    await evidence.add(payment.account_id, told, at=at, payment_id=payment.id)
