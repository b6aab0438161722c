"""Signed notices of the gateway: kept first, answered at once, worked on by a job."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused, NotFound
from service.ports import Ports
from service.store import payments, queue, receipts
from service.store.database import transaction
from service.workflows import capture

log = structlog.get_logger(__name__)


async def receive_notice(ports: Ports, body: bytes, headers: Mapping[str, str]) -> UUID | None:
    """Keep a gateway's notice and plan the work on it; None when it was kept before.

    Raises:
        BadSignature: it is not the gateway's, or too far from now. Nothing was kept.
    """
    now = ports.clock()
    notice = ports.gateway.read_notice(body, headers, now=now)
    async with transaction():
        receipt_id = await receipts.store(ports.gateway.name, notice, body, at=now)
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
    outcome = await _act_on(ports, receipt.payment_id, receipt.session_id)
    await receipts.mark_handled(receipt_id, outcome, at=ports.clock())


async def _act_on(ports: Ports, payment_id: UUID | None, session_id: str | None) -> str:
    if payment_id is None and session_id is not None:
        payment_id = await payments.id_of_session(ports.gateway.name, session_id)
    if payment_id is None:
        return "not ours"
    try:
        account_id = await payments.owner_of(payment_id)
    except NotFound:
        log.warning("notice_for_unknown_payment", payment=str(payment_id))
        return "unknown payment"
    try:
        payment = await capture.settle(ports, account_id, payment_id, session_hint=session_id)
    except GatewayRefused as refusal:
        if refusal.gateway_code != GatewayRefused.UNKNOWN_OBJECT:
            raise
        return "gateway knows no such checkout"
    return payment.status
