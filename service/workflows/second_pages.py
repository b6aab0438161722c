"""Pages of an attempt beside the one that it keeps, and what a gateway takes there."""

from __future__ import annotations

import structlog

from service.billing.errors import GatewayRefused
from service.billing.evidence import WATCHED_PAUSES, Fact
from service.billing.invoice import MONEY_ON_ITS_WAY
from service.billing.payment import (
    MONEY_TAKEN,
    GatewayCheckout,
    GatewayState,
    PaymentMove,
    PaymentStatus,
    Verdict,
    went_back,
)
from service.billing.support import CaseReason
from service.gateway import GatewayPayment
from service.ports import Ports
from service.store import cases, evidence, payment_checks
from service.store.records import Payment
from service.workflows import look_ups, reviving, unbooked

log = structlog.get_logger(__name__)


async def seen_on(ports: Ports, payment: Payment, session_id: str) -> GatewayCheckout | None:
    """What the gateway says of another page than an attempt keeps; None when there is no money of
    the attempt's on it.

    Raises:
        GatewayUnavailable: no answer.
    """
    try:
        seen = await ports.gateway_named(payment.gateway).look_up(session_id)
    except GatewayRefused as refusal:
        log.warning("another_page_refused", payment=str(payment.id), code=refusal.gateway_code)
        return None
    if seen.state not in MONEY_TAKEN or seen.reference != str(payment.id):
        await payment_checks.forget_second_page(payment, session_id)
        return None
    return await _with_lost(ports, payment, seen)


async def seen_on_kept(ports: Ports, payment: Payment, other: str) -> GatewayCheckout | None:
    """What the gateway says of the page that an attempt keeps beside another one, unless it is
    captured: its money has been booked then. None as well when the gateway has forgotten it.

    Raises:
        GatewayUnavailable: no answer.
    """
    if payment.status is PaymentStatus.CAPTURED or payment.session_id in (None, other):
        return None
    try:
        seen = await ports.gateway_named(payment.gateway).look_up(payment.session_id or other)
    except GatewayRefused as refusal:
        log.warning("kept_page_refused", payment=str(payment.id), code=refusal.gateway_code)
        return None
    return await _with_lost(ports, payment, seen)


async def _with_lost(ports: Ports, payment: Payment, seen: GatewayCheckout) -> GatewayCheckout:
    try:
        return await look_ups.with_lost(ports.gateway_named(payment.gateway), seen)
    except GatewayRefused as refusal:
        log.warning("disputes_refused", payment=str(payment.id), code=refusal.gateway_code)
        return seen


async def takes_the_place(
    ports: Ports,
    payment: Payment,
    seen: GatewayCheckout,
    verdict: Verdict,
    kept: GatewayCheckout | None,
) -> bool:
    """Whether another page than the one that an attempt keeps becomes its own: when money is on
    that one alone, or what pays the attempt, or will pay one that has ended. For what was taken on
    the other a person is called; what is on its way there is minded from now on, as long as it is.

    Must run inside `transaction()`, under the account's lock.
    """
    if seen.state not in MONEY_TAKEN:
        return False
    is_own = verdict.move is PaymentMove.CAPTURE or reviving.revives(payment, verdict)
    if _has_money(payment, kept) and not is_own:
        await remind_of(ports, payment, seen)
        if seen.state is GatewayState.PAID:
            await payment_checks.forget_second_page(payment, seen.session_id)
        else:
            await payment_checks.note_second_page(payment, seen.session_id)
            await payment_checks.check_ended(payment, ports.clock() + WATCHED_PAUSES[0])
        return False
    if kept is not None:
        await remind_of(ports, payment, kept)
    elif payment.review_reason is not None and await _is_looked_into(payment):
        await _remind_of_held(ports, payment)
    return True


async def _is_looked_into(payment: Payment) -> bool:
    """Whether a person is called for money that an attempt holds: once it went back nobody is."""
    about = await cases.open_about(payment.account_id, payment_ids=[payment.id])
    return any(one.reason is CaseReason.UNDER_REVIEW for one in about)


def _has_money(payment: Payment, kept: GatewayCheckout | None) -> bool:
    """Whether there is money on the page that an attempt keeps."""
    if kept is not None:
        return kept.state in MONEY_TAKEN and not went_back(kept)
    return payment.status in MONEY_ON_ITS_WAY or payment.review_reason is not None


async def remind_of(ports: Ports, payment: Payment, seen: GatewayCheckout) -> None:
    """Call a person for what a gateway took on a page that is not the attempt's; or nobody any
    more, once it went back.

    Must run inside `transaction()`, under the account's lock.
    """
    if seen.state is not GatewayState.PAID:
        return
    if went_back(seen):
        await unbooked.note_gone_back(ports, payment, seen.transaction or seen.session_id)
        return
    taken = GatewayPayment(
        transaction=seen.transaction or seen.session_id,
        amount=seen.amount,
        live_mode=seen.live_mode,
        captured_at=seen.captured_at or ports.clock(),
        payer_email=None,
        payment_id=payment.id,
    )
    await unbooked.remind_of(ports, payment, taken)


async def _remind_of_held(ports: Ports, payment: Payment) -> None:
    """Call a person for what an attempt holds of a page that the gateway has forgotten."""
    known = (await evidence.of_payments([(payment.account_id, payment.id)])).popitem()[1]
    told = [one for one in known if one.fact is Fact.MISMATCH and one.amount is not None]
    if payment.transaction is None or not told or told[-1].amount is None:
        return
    taken = GatewayPayment(
        transaction=payment.transaction,
        amount=told[-1].amount,
        live_mode=payment.live_mode,
        captured_at=told[-1].at,
        payer_email=None,
        payment_id=payment.id,
    )
    await unbooked.remind_of(ports, payment, taken)
