"""From a gateway's word to a paid invoice. Webhook, return page and sweep all call `settle`."""

from __future__ import annotations

from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused, GatewayUnavailable, LostRace
from service.billing.evidence import Evidence, Fact, Witness
from service.billing.payment import (
    MONEY_TAKEN,
    OFFLINE,
    GatewayCheckout,
    PaymentStatus,
)
from service.ports import Ports
from service.store import accounts, evidence, payments
from service.store.database import transaction
from service.store.records import Payment
from service.workflows import aftermath, look_ups, reports, screens

log = structlog.get_logger(__name__)


async def settle(
    ports: Ports,
    account_id: UUID,
    payment_id: UUID,
    witness: Witness,
    *,
    session_hint: str | None = None,
    thorough: bool = False,
) -> Payment:
    """Ask the gateway how an attempt stands and make the books agree. First wins; repeating it,
    also at the same moment, changes nothing.

    `session_hint` names a page of the gateway's for the attempt, which may have lost it in a crash,
    or have been given another one then. `thorough` asks about refunds, disputes and fees of an
    attempt that is captured already.

    Raises:
        NotFound: the account has no such payment.
        GatewayUnavailable: no answer; nothing changed.
        GatewayRefused: the gateway does not know the checkout.
        LostRace: others kept on changing which page is the attempt's.
    """
    payment = await payments.find(account_id, payment_id)
    if payment.gateway == OFFLINE:
        return payment
    # Before the page that it keeps: that may have expired, and the money have come by the other.
    if session_hint is not None and payment.session_id not in (None, session_hint):
        await _mind_another_page(ports, payment, session_hint, witness)
        payment = await payments.find(account_id, payment_id)
    if payment.status is PaymentStatus.CAPTURED:
        return await aftermath.catch_up(ports, payment, witness) if thorough else payment
    seen = await _look_up(ports, payment, session_hint, witness)
    if seen is not None and not await reports.apply(ports, payment, seen, witness):
        await _mind_another_page(ports, payment, seen.session_id, witness)
    payment = await payments.find(account_id, payment_id)
    if payment.status is PaymentStatus.CAPTURED and seen is not None and seen.was_changed:
        return await aftermath.catch_up(ports, payment, witness)
    return payment


async def _look_up(
    ports: Ports, payment: Payment, session_hint: str | None, witness: Witness
) -> GatewayCheckout | None:
    """What the gateway says of the page that an attempt keeps, or of the one that it may have lost.

    Raises:
        GatewayUnavailable: no answer; that is kept.
        GatewayRefused.
    """
    try:
        seen = await look_ups.look_up(ports, payment, session_hint)
    except GatewayUnavailable:
        await _note_silence(ports, payment, witness)
        raise
    return seen and await _with_lost(ports, payment, seen)


async def _with_lost(ports: Ports, payment: Payment, seen: GatewayCheckout) -> GatewayCheckout:
    if payment.review_reason is None:
        return seen
    return await look_ups.with_lost(ports.gateway_named(payment.gateway), seen)


async def _mind_another_page(
    ports: Ports, payment: Payment, session_id: str, witness: Witness
) -> None:
    """Look at a page of an attempt that is not the one it keeps: the gateway forgets our keys, and
    then opens a second one. With money on it, it is the attempt's page from now on; unless there is
    money on the first one, too: then a person is called for what cannot be booked.

    Raises:
        GatewayUnavailable: no answer; nothing changed.
        LostRace: others kept on changing the attempt meanwhile.
    """
    for _ in range(_TURNS):
        seen = await look_ups.of_another_page(ports, payment, session_id)
        if seen is None or await payments.is_captured(payment.gateway, seen.transaction or ""):
            return
        log.error("second_page", payment=str(payment.id), session=session_id, state=seen.state)
        kept = await _kept_page(ports, payment, session_id)
        if kept is not None and kept.state in MONEY_TAKEN:
            await reports.apply(ports, payment, kept, witness)
            payment = await payments.find(payment.account_id, payment.id)
        if await reports.apply(ports, payment, seen, witness, kept=kept):
            return
        payment = await payments.find(payment.account_id, payment.id)
    raise LostRace(f"pages of payment {payment.id}")


# Each of the others that change an attempt's page at the same moment costs one.
_TURNS = 4


async def _kept_page(ports: Ports, payment: Payment, other: str) -> GatewayCheckout | None:
    """What the gateway says of the page that an attempt keeps beside another one, unless it is
    captured: its money has been booked then. None as well when the gateway has forgotten it."""
    if payment.status is PaymentStatus.CAPTURED or payment.session_id in (None, other):
        return None
    try:
        seen = await ports.gateway_named(payment.gateway).look_up(payment.session_id or other)
    except GatewayRefused as refusal:
        log.warning("kept_page_refused", payment=str(payment.id), code=refusal.gateway_code)
        return None
    try:
        return await _with_lost(ports, payment, seen)
    except GatewayRefused as refusal:
        log.warning("disputes_refused", payment=str(payment.id), code=refusal.gateway_code)
        return seen


async def _note_silence(ports: Ports, payment: Payment, witness: Witness) -> None:
    """Keep, once, that the gateway did not answer. Whoever came back from its page may have paid:
    what screens show of their invoices is told now."""
    silent = Evidence(Fact.GATEWAY_SILENT, witness)
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        is_news = await evidence.add(
            payment.account_id,
            silent,
            at=ports.clock(),
            payment_id=payment.id,
            unless_repeated=True,
        )
        if is_news and (await payments.find(payment.account_id, payment.id)).is_in_doubt:
            await screens.tell(ports, payment)
