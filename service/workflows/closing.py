"""Closing the page of an attempt that nobody is to pay on any more."""

from __future__ import annotations

from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused
from service.billing.evidence import Source, Witness
from service.billing.payment import PaymentStatus
from service.ports import Ports
from service.store import payments
from service.store.records import Payment
from service.workflows import capture, look_ups

log = structlog.get_logger(__name__)


async def close_page(
    ports: Ports, account_id: UUID, payment_id: UUID, *, former: str | None = None
) -> None:
    """The job that a settled invoice, a revoked link or another attempt with money leads to; and a
    second page of an attempt that took the place of its `former` one. What was paid on it in the
    meantime counts. Safe to repeat.

    Raises:
        GatewayUnavailable: the job is tried again later.
    """
    payment = await payments.find(account_id, payment_id)
    witness = Witness(Source.SERVICE)
    if former is not None:
        await look_ups.close_at_gateway(ports, payment, former)
        await asked(ports, payment, witness, session_hint=former)
        return
    if payment.session_id is None:
        # The gateway may have made a page all the same: asked again, it answers that one.
        payment = await asked(ports, payment, witness)
    if payment.status in (PaymentStatus.PENDING, PaymentStatus.CANCELED):
        await close_live(ports, payment, witness)


async def close_live(ports: Ports, live: Payment, witness: Witness) -> Payment:
    """Close the page of an attempt. What was paid on it in the meantime counts."""
    if live.session_id is not None:
        await look_ups.close_at_gateway(ports, live, live.session_id)
    return await asked(ports, live, witness)


async def asked(
    ports: Ports, payment: Payment, witness: Witness, *, session_hint: str | None = None
) -> Payment:
    """The attempt after asking the gateway, also when that has lost its page. `session_hint` is
    that of `capture.settle`.

    Raises:
        GatewayUnavailable: no answer.
        LostRace: others kept on changing which page is the attempt's.
    """
    try:
        return await capture.settle(
            ports, payment.account_id, payment.id, witness, session_hint=session_hint
        )
    except GatewayRefused:
        log.error("gateway_lost_checkout", payment=str(payment.id))
        return await payments.find(payment.account_id, payment.id)
