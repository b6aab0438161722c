"""Signed notices of the gateway: kept first, answered at once, worked on by a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog

from service.billing.errors import BadSignature, GatewayRefused, NotFound
from service.billing.evidence import Source, Witness
from service.gateway import Gateway, GatewayNotice
from service.ports import Ports
from service.store import cases, payments, queue, receipts
from service.store.database import transaction
from service.store.records import Receipt
from service.workflows import candidates, capture

log = structlog.get_logger(__name__)


async def receive_notice(
    ports: Ports, body: bytes, headers: Mapping[str, str], *, gateway: str | None = None
) -> UUID | None:
    """Keep a gateway's notice and plan the work on it; None when it was kept before. Without a
    name it is the preferred gateway's.

    Raises:
        BadSignature: it is not the gateway's, of the other mode, or too far from now. Nothing was
            kept.
    """
    now = ports.clock()
    sender = sender_of(ports, gateway)
    notice = sender.read_notice(body, headers, now=now)
    if notice.live_mode != sender.live_mode:
        log.error("notice_of_other_mode", gateway=sender.name, event_id=notice.event_id)
        raise BadSignature
    return await keep(ports, sender, notice, body, at=now)


def sender_of(ports: Ports, name: str | None) -> Gateway:
    """The gateway of a name; without one the preferred.

    Raises:
        BadSignature: there is none, which nobody is told.
    """
    if name is None:
        return ports.gateway
    try:
        return ports.gateway_named(name)
    except GatewayRefused:
        raise BadSignature from None


async def keep(
    ports: Ports, gateway: Gateway, notice: GatewayNotice, body: bytes, *, at: datetime
) -> UUID | None:
    """Store a notice once by its event id, with the job that works on it."""
    async with transaction():
        receipt_id = await receipts.store(gateway.name, notice, body, at=at)
        if receipt_id is not None:
            key = f"receipt:{receipt_id}"
            await queue.enqueue("handle_receipt", key=key, priority=10, receipt_id=str(receipt_id))
    return receipt_id


async def handle_receipt(ports: Ports, receipt_id: UUID) -> None:
    """Look up what a notice is about and settle it. Safe to repeat.

    Raises:
        GatewayUnavailable: the job is tried again later.
    """
    receipt = await receipts.find(receipt_id)
    if receipt.handled_at is not None:
        return
    outcome = await _act_on(ports, receipt)
    await receipts.mark_handled(receipt_id, outcome, at=ports.clock())


async def _act_on(ports: Ports, receipt: Receipt) -> str:
    payment_id = await payment_of(receipt.gateway, receipt)
    if payment_id is None:
        return "not ours"
    try:
        account_id = await payments.owner_of(payment_id)
    except NotFound:
        log.warning("notice_for_unknown_payment", payment=str(payment_id))
        return "unknown payment"
    witness = Witness(Source.WEBHOOK, receipt.event_id)
    try:
        payment = await capture.settle(
            ports,
            account_id,
            payment_id,
            witness,
            session_hint=receipt.session_id,
            thorough=True,
        )
        # A refund or a dispute of money that is in no book names no page.
        if receipt.transaction not in (None, payment.transaction):
            await candidates.ask_about(ports, payment, receipt.transaction)
    except GatewayRefused as refusal:
        if refusal.gateway_code != GatewayRefused.UNKNOWN_OBJECT:
            raise
        return "gateway knows no such checkout"
    return payment.status


async def payment_of(gateway: str, notice: GatewayNotice | Receipt) -> UUID | None:
    """The payment that a notice is about: the one that has the money, which a person may have
    decided; else the attempt, as the notice says itself, or by the gateway's own ids, or as the
    case says that its money is in."""
    if notice.transaction is not None:
        booked = await payments.captured_as(gateway, notice.transaction)
        if booked is not None:
            return booked.id
    if notice.payment_id is not None:
        return notice.payment_id
    if notice.session_id is not None:
        return await payments.id_of_session(gateway, notice.session_id)
    if notice.transaction is not None:
        known = await payments.id_of_transaction(gateway, notice.transaction)
        return known or await cases.id_of_payment_with(gateway, notice.transaction)
    return None
