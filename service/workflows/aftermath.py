"""After the capture: refunds, disputes, and what the gateway pays out. The gateway's own lists are
the truth, also of what was done past this service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from service.billing.errors import GatewayRefused
from service.billing.events import RefundStatusChanged, SettlementRecorded
from service.billing.evidence import Evidence, Fact, Witness
from service.billing.ledger import (
    Book,
    GivenBack,
    refund_failed,
    refunded,
)
from service.billing.payment import Settlement
from service.billing.refund import (
    REFUND_BOOKED,
    GatewayDispute,
    GatewayRefund,
    RefundReason,
    RefundStatus,
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
from service.store.money_records import Refund
from service.store.records import Payment
from service.workflows import cases, disputes, standing
from service.workflows.shares import part_of, taken_from

log = structlog.get_logger(__name__)

_REFUND_FACTS = {
    RefundStatus.REQUESTED: Fact.REFUND_REQUESTED,
    RefundStatus.PENDING: Fact.REFUND_PENDING,
    RefundStatus.SUCCEEDED: Fact.REFUND_SUCCEEDED,
    RefundStatus.FAILED: Fact.REFUND_FAILED,
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
        await disputes.take(ports, payment, dispute, witness)
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


async def _book_refund(
    ports: Ports, payment: Payment, refund: Refund, seen: GatewayRefund, after: RefundStatus
) -> None:
    at = ports.clock()
    if after is RefundStatus.FAILED:
        booked = await ledger.of_payment(payment.account_id, payment.id)
        await ledger.book(payment.account_id, refund_failed(refund.id, booked, at=at), at=at)
        await disputes.book_losses_again(ports, payment)
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
