"""What the gateway says of an attempt's page: finding it, looking at it, and closing it when nobody
is to pay on it any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog

from service.billing.errors import GatewayRefused
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.money import total
from service.billing.payment import LIVE, GatewayCheckout, GatewayState, PaymentStatus
from service.billing.refund import DisputeStatus, to_the_unit
from service.gateway import Gateway
from service.ports import Ports
from service.store import evidence, payment_checks
from service.store.records import Payment
from service.workflows import pages

log = structlog.get_logger(__name__)

GONE_AFTER = timedelta(hours=1)


async def look_up(
    ports: Ports, payment: Payment, session_hint: str | None
) -> GatewayCheckout | None:
    """What the gateway says of an attempt; None when there is nothing to ask about any more.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    if payment.session_id is None and session_hint is None:
        payment = await resume(ports, payment)
    session_id = payment.session_id or session_hint or await _unseen_page(ports, payment)
    if session_id is None:
        return None
    gateway = ports.gateway_named(payment.gateway)
    try:
        seen = await gateway.look_up(session_id)
    except GatewayRefused as refusal:
        if not _is_gone(ports, payment, refusal):
            raise
        await pages.expire(ports, payment)
        return None
    if seen.state is GatewayState.OPEN and await _is_to_close(payment):
        return await closed(ports, payment, session_id)
    return seen


async def with_lost(gateway: Gateway, seen: GatewayCheckout) -> GatewayCheckout:
    """A report that counts what payers' banks kept among what went back: for money that no invoice
    was settled with.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    if seen.refunded is None or seen.transaction is None or not seen.was_changed:
        return seen
    disputes = await gateway.disputes_of(seen.transaction)
    currency = seen.refunded.currency
    told = [to_the_unit(one, seen.amount, seen.refunded) for one in disputes]
    amounts = [one.kept for one in told if one.status is DisputeStatus.LOST]
    lost = total([amount for amount in amounts if amount.currency == currency], currency)
    return replace(seen, refunded=seen.refunded + lost)


async def _is_to_close(payment: Payment) -> bool:
    return payment.status not in LIVE or await pages.is_outdated(payment)


async def _unseen_page(ports: Ports, payment: Payment) -> str | None:
    """The page of an attempt that was superseded before anybody had it: the gateway may have made
    it all the same, and is asked for it until it could no longer be paid. It has when money is on
    its way for the attempt: then it is asked until that has come to an end."""
    is_sought = payment.superseded_by is not None or payment.status is PaymentStatus.PROCESSING
    if not is_sought or payment.next_check_at is None:
        return None
    gateway = ports.gateway_named(payment.gateway)
    found = await gateway.find_session(
        payment.id, since=payment.created_at - GONE_AFTER, transaction=payment.transaction
    )
    is_over = payment.status not in LIVE and ports.clock() > payment.expires_at + GONE_AFTER
    if found is None and is_over:
        await payment_checks.check_again(payment, None)
    return found


async def closed(ports: Ports, payment: Payment, session_id: str) -> GatewayCheckout:
    """Close a page that nobody should pay on any more, and look again: it may have been paid.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    await close_at_gateway(ports, payment, session_id)
    return await ports.gateway_named(payment.gateway).look_up(session_id)


async def close_at_gateway(ports: Ports, payment: Payment, session_id: str) -> None:
    """Have nobody pay on a page any more, unless it is closed already or was paid.

    Raises:
        GatewayUnavailable: no answer.
    """
    try:
        await ports.gateway_named(payment.gateway).close_checkout(session_id)
    except GatewayRefused:
        log.info("page_closed_by_itself", payment=str(payment.id))
        return
    if session_id != payment.session_id:
        # What its own page tells of an end is news beside this.
        return
    told = Evidence(Fact.PAGE_CLOSED, Witness(Source.SERVICE))
    await evidence.add(payment.account_id, told, at=ports.clock(), payment_id=payment.id)


def _is_gone(ports: Ports, payment: Payment, refusal: GatewayRefused) -> bool:
    """Whether nothing can be paid on a page any more that the gateway does not know: its time is
    over, or it was made in the other mode. Money that turns up all the same is still taken."""
    if refusal.gateway_code != GatewayRefused.UNKNOWN_OBJECT:
        return False
    over = ports.clock() > payment.expires_at + GONE_AFTER
    return over or payment.live_mode != ports.gateway_named(payment.gateway).live_mode


async def resume(ports: Ports, payment: Payment) -> Payment:
    """Get the page that a crash kept from being stored."""
    if payment.status is not PaymentStatus.PENDING:
        return payment
    return await pages.open_page(ports, payment)
