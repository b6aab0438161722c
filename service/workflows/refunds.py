"""Giving money back: decided and stored first, then asked of the gateway under a stored key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused, GatewayUnavailable, InvalidInput, NotFound
from service.billing.events import RefundStatusChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.money import Money
from service.billing.payment import OFFLINE, PaymentStatus
from service.billing.refund import (
    REFUND_HOLDS,
    DisputeStatus,
    GatewayRefund,
    RefundMove,
    RefundReason,
    RefundStatus,
)
from service.billing.support import CaseReason
from service.billing.text import clean_line
from service.gateway import RefundOrder
from service.ports import Ports
from service.store import accounts, events, evidence, idempotency, payments, refunds
from service.store.database import new_id, transaction
from service.store.money_records import Refund
from service.store.records import Payment
from service.workflows import aftermath, booking, cases, surplus
from service.workflows.shares import part_of

log = structlog.get_logger(__name__)

# Gateways forget idempotency keys after a day: from then on a refund is looked for before it is
# asked for.
_KEY_IS_SURE = timedelta(hours=20)
# A refund's job is tried again within minutes: one that waits for longer may have none.
_LATE = timedelta(minutes=15)
_GIVEN_UP = timedelta(days=1)
_LATE_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What the seller's staff asks for. `charged_minor` is in minor units of the charge currency;
    None: all that is left."""

    payment_id: UUID
    charged_minor: int | None
    note: str
    requested_by: str
    idempotency_key: str


async def request(ports: Ports, account_id: UUID, wanted: RefundRequest) -> Refund:
    """Decide a refund of a captured payment, once per key; a job sends it.

    Raises:
        NotFound: the account has no such payment.
        InvalidInput: it is not captured, it is disputed, less than that is left of it, or no reason
            is given.
        IdempotencyConflict.
    """
    note = clean_line(wanted.note, longest=300)
    if not note:
        raise InvalidInput.one("note", "INVALID", "Say why, in one line.")
    wanted = replace(wanted, note=note)
    use = idempotency.key_use(
        wanted.idempotency_key,
        "refundPayment",
        str(wanted.payment_id),
        str(wanted.charged_minor),
        note,
    )
    async with transaction(ports.bus):
        # Under the lock: the same request at the same moment has decided by then.
        await accounts.lock(account_id)
        decided = await idempotency.result_of(account_id, use)
        if decided is None:
            payment = await payments.find(account_id, wanted.payment_id)
            refund = await _new(ports, payment, wanted)
            decided = await idempotency.keep(account_id, use, refund.id, at=refund.created_at)
            await _decide(ports, refund, wanted)
    return await refunds.find(account_id, decided)


async def _new(ports: Ports, payment: Payment, wanted: RefundRequest) -> Refund:
    if payment.gateway == OFFLINE:
        raise InvalidInput.one(
            "paymentId",
            "NOT_AT_GATEWAY",
            "The bank received it: it goes back by the bank. Record that with recordOfflineRefund.",
        )
    if payment.status is not PaymentStatus.CAPTURED or payment.transaction is None:
        raise InvalidInput.one("paymentId", "NOT_CAPTURED", "Only a captured payment is refunded.")
    known = (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id]
    holding = [one for one in known if one.status in REFUND_HOLDS]
    charged = payment.quote.charged
    left = await _undisputed(payment) - sum(one.charged.minor_units for one in holding)
    units = wanted.charged_minor if wanted.charged_minor is not None else left
    if left <= 0:
        raise InvalidInput.one("charged", "TOO_MUCH", "There is nothing left to be refunded.")
    if units <= 0:
        raise InvalidInput.one("charged", "TOO_LITTLE", "An amount above zero can be refunded.")
    if units > left:
        most = Money(left, charged.currency)
        raise InvalidInput.one("charged", "TOO_MUCH", f"At most {most} can be refunded.")
    step = Money(units, charged.currency)
    at = ports.clock()
    return Refund(
        id=new_id(),
        account_id=payment.account_id,
        payment_id=payment.id,
        gateway=payment.gateway,
        reference=None,
        status=RefundStatus.REQUESTED,
        reason=RefundReason.REQUESTED,
        charged=step,
        amount=await part_of(payment, step, holding),
        requested_by=wanted.requested_by,
        note=wanted.note,
        failure=None,
        key_number=0,
        created_at=at,
        updated_at=at,
    )


async def _undisputed(payment: Payment) -> int:
    """What of a charge no dispute took, in its minor units.

    Raises:
        InvalidInput: a dispute is open, or all was lost: the gateway would refuse any refund.
    """
    known = (await refunds.disputes_of_payments(payment.account_id, [payment.id]))[payment.id]
    lost = sum(one.charged.minor_units for one in known if one.status is DisputeStatus.LOST)
    left = payment.quote.charged.minor_units - lost
    if left <= 0 or any(one.status is DisputeStatus.OPEN for one in known):
        raise InvalidInput.one(
            "paymentId", "DISPUTED", "The payer's bank took it back by a dispute."
        )
    return left


async def _decide(ports: Ports, refund: Refund, wanted: RefundRequest) -> None:
    await refunds.add(refund)
    witness = Witness(Source.STAFF, wanted.requested_by)
    asked = Evidence(Fact.REFUND_REQUESTED, witness, wanted.note, refund.charged)
    await evidence.add(refund.account_id, asked, at=refund.created_at, payment_id=refund.payment_id)
    await booking.announce(ports, refund)


async def send(ports: Ports, account_id: UUID, refund_id: UUID) -> None:
    """Have the gateway give money back, once. Safe to repeat.

    Raises:
        GatewayUnavailable: the job is tried again later.
    """
    refund = await refunds.find(account_id, refund_id)
    if refund.status is not RefundStatus.REQUESTED:
        return
    payment = await payments.find(account_id, refund.payment_id)
    if payment.transaction is None:
        raise NotFound("payment at the gateway")
    if refund.reason is RefundReason.SURPLUS:
        refund = await surplus.still_owed(ports, refund, payment)
        if refund.status is not RefundStatus.REQUESTED:
            return
        seen = None
    else:
        seen = await _found(ports, refund, payment.transaction)
    if seen is None:
        try:
            seen = await ports.gateway_named(refund.gateway).refund(_order(refund, payment))
        except GatewayRefused as refusal:
            await _refused(ports, refund, payment, refusal)
            return
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        await aftermath.take_in(ports, payment, [seen], [], Witness(Source.SERVICE))


async def send_late(ports: Ports) -> int:
    """Queue again what should have been sent: a job may be lost, or out of tries. For what waits
    for a day a person is called, once. Return how many were late."""
    now = ports.clock()
    late = await refunds.unsent(before=now - _LATE, limit=_LATE_AT_ONCE)
    for refund in late:
        await booking.have_sent(refund)
    for refund in await refunds.given_up(before=now - _GIVEN_UP, limit=_LATE_AT_ONCE):
        await _call_for(ports, refund)
    return len(late)


async def _call_for(ports: Ports, refund: Refund) -> None:
    async with transaction(ports.bus):
        await accounts.lock(refund.account_id)
        current = await refunds.find(refund.account_id, refund.id)
        if current.status is RefundStatus.REQUESTED:
            payment = await payments.find(refund.account_id, refund.payment_id)
            note = "A refund has not gone out for a day; it is still tried."
            await cases.open_for(ports, payment, CaseReason.REFUND_FAILED, note)


def _order(refund: Refund, payment: Payment) -> RefundOrder:
    return RefundOrder(
        refund_id=refund.id,
        payment_id=payment.id,
        transaction=payment.transaction or "",
        amount=refund.charged,
        key_number=refund.key_number,
    )


async def _found(ports: Ports, refund: Refund, transaction_id: str) -> GatewayRefund | None:
    """The refund at the gateway, when its key may be forgotten or was used up by a failure."""
    if refund.key_number == 0 and ports.clock() - refund.created_at < _KEY_IS_SURE:
        return None
    listed = await ports.gateway_named(refund.gateway).refunds_of(transaction_id)
    return next((one for one in listed if one.our_id == str(refund.id)), None)


async def _refused(ports: Ports, refund: Refund, payment: Payment, refusal: GatewayRefused) -> None:
    if refusal.gateway_code == GatewayRefused.FAILURE_KEPT:
        await refunds.use_next_key(refund)
        raise GatewayUnavailable
    # What was given back at the gateway in the meantime counts first.
    await aftermath.catch_up(ports, payment, Witness(Source.SERVICE))
    async with transaction(ports.bus):
        await accounts.lock(refund.account_id)
        current = await refunds.find(refund.account_id, refund.id)
        if current.status is not RefundStatus.REQUESTED:
            return
        at = ports.clock()
        after = await refunds.move(current, RefundMove.FAIL, at=at, failure=refusal.gateway_code)
        changed = RefundStatusChanged(refund.id, payment.id, after)
        await events.record(refund.account_id, changed, at=at)
        await aftermath.warn_of_failure(ports, payment, current)
