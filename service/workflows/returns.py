"""Payers whose browsers bring a gateway's signed fields back: a notice that is acted on at once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote
from uuid import UUID

import structlog

from service.billing.errors import GatewayUnavailable, LostRace, NotFound
from service.billing.payment import PaymentStatus
from service.ports import Ports
from service.store import payments, receipts
from service.store.records import Payment
from service.workflows import checkout, notices

log = structlog.get_logger(__name__)

SESSION_PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
_WITHOUT_MONEY = frozenset({PaymentStatus.FAILED, PaymentStatus.CANCELED, PaymentStatus.EXPIRED})


async def receive_callback(
    ports: Ports, body: bytes, headers: Mapping[str, str], *, gateway: str
) -> str:
    """Keep what a payer's browser brings back, ask the gateway how the checkout stands, and return
    where to send the browser: the attempt's own success or cancel URL. Safe to repeat.

    Where the gateway does not answer, or does not know yet, the kept notice is worked on by its
    job.

    Raises:
        BadSignature: it is not the gateway's. Nothing was kept.
        NotFound: it is about no attempt of ours.
    """
    sender = notices.sender_of(ports, gateway)
    notice = sender.read_notice(body, headers, now=ports.clock())
    receipt_id = await notices.keep(ports, sender, notice, body, at=ports.clock())
    payment_id = await notices.payment_of(sender.name, notice)
    if payment_id is None:
        raise NotFound("payment")
    payment = await _confirmed(ports, payment_id, receipt_id)
    # Without a word of failure they are taken to where they see how it goes on.
    failed = payment.status in _WITHOUT_MONEY or payment.failure_code is not None
    return return_url(payment, payment.cancel_url if failed else payment.success_url)


async def _confirmed(ports: Ports, payment_id: UUID, receipt_id: UUID | None) -> Payment:
    account_id = await payments.owner_of(payment_id)
    try:
        payment = await checkout.confirm(ports, account_id, payment_id)
    except (GatewayUnavailable, LostRace):
        log.warning("callback_not_confirmed", payment=str(payment_id))
        return await payments.find(account_id, payment_id)
    if receipt_id is not None and payment.status is not PaymentStatus.PENDING:
        await receipts.mark_handled(receipt_id, payment.status, at=ports.clock())
    return payment


def return_url(payment: Payment, url: str) -> str:
    """One of an attempt's URLs as the payer's browser opens it: for gateways that leave the
    placeholder to us."""
    return url.replace(SESSION_PLACEHOLDER, quote(payment.session_id or "", safe=""))
