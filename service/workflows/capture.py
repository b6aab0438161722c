"""From a gateway's word to a paid invoice. Webhook, return page and sweep all call `settle`."""

from __future__ import annotations

from uuid import UUID

import structlog

from service.billing.errors import GatewayUnavailable, LostRace
from service.billing.evidence import Evidence, Fact, Witness
from service.billing.payment import MONEY_TAKEN, OFFLINE, GatewayCheckout, PaymentStatus
from service.ports import Ports
from service.store import accounts, evidence, payment_checks, payments
from service.store.database import transaction
from service.store.records import Payment
from service.workflows import aftermath, look_ups, reports, screens, second_pages

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
    try:
        payment, seen = await _look_at_pages(ports, payment, witness, session_hint)
    except GatewayUnavailable:
        await _note_silence(ports, payment, witness)
        raise
    if payment.status is PaymentStatus.CAPTURED:
        is_to_catch_up = thorough if seen is None else seen.was_changed
        return await aftermath.catch_up(ports, payment, witness) if is_to_catch_up else payment
    return payment


async def _look_at_pages(
    ports: Ports, payment: Payment, witness: Witness, session_hint: str | None
) -> tuple[Payment, GatewayCheckout | None]:
    """Take in what the gateway says of an attempt's pages: the attempt as it stands then, and what
    was said of the page that it keeps, which is asked about unless it was captured before.

    Raises:
        GatewayUnavailable, GatewayRefused, LostRace.
    """
    ids = payment.account_id, payment.id
    # Before the page that it keeps: that may have expired, and the money have come by the other.
    for session_id in {session_hint: None, payment.second_session_id: None}:
        if session_id is not None and payment.session_id not in (None, session_id):
            await _mind_another_page(ports, payment, session_id, witness)
            payment = await payments.find(*ids)
    if payment.status is PaymentStatus.CAPTURED:
        return payment, None
    seen = await look_ups.look_up(ports, payment, session_hint)
    if seen is not None:
        seen = await _with_lost(ports, payment, seen)
        if not await reports.apply(ports, payment, seen, witness):
            await _mind_another_page(ports, payment, seen.session_id, witness)
    return await payments.find(*ids), seen


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
        seen = await second_pages.seen_on(ports, payment, session_id)
        if seen is None:
            return
        if await payments.is_captured(payment.gateway, seen.transaction or ""):
            await payment_checks.forget_second_page(payment, session_id)
            return
        log.error("second_page", payment=str(payment.id), session=session_id, state=seen.state)
        kept = await second_pages.seen_on_kept(ports, payment, session_id)
        if kept is not None and kept.state in MONEY_TAKEN:
            await reports.apply(ports, payment, kept, witness)
            payment = await payments.find(payment.account_id, payment.id)
        if await reports.apply(ports, payment, seen, witness, kept=kept):
            return
        payment = await payments.find(payment.account_id, payment.id)
    raise LostRace(f"pages of payment {payment.id}")


# Each of the others that change an attempt's page at the same moment costs one.
_TURNS = 4


async def _note_silence(ports: Ports, payment: Payment, witness: Witness) -> None:
    """Keep, once, that the gateway did not answer. Whoever came back from its page may have paid:
    what screens show of their invoices is told now."""
    silent = Evidence(Fact.GATEWAY_SILENT, witness)
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        await evidence.add(
            payment.account_id,
            silent,
            at=ports.clock(),
            payment_id=payment.id,
            unless_repeated=True,
        )
        if (await payments.find(payment.account_id, payment.id)).is_in_doubt:
            await screens.tell(ports, payment)
