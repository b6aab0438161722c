"""From a gateway's word to a paid invoice. Webhook, return page and sweep all call `settle`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from service.billing.errors import GatewayUnavailable
from service.billing.events import PaymentStatusChanged
from service.billing.evidence import SEEN, Evidence, Fact, Witness
from service.billing.money import Money
from service.billing.payment import (
    LIVE,
    MONEY_TAKEN,
    OFFLINE,
    Attempt,
    Decline,
    GatewayCheckout,
    GatewayState,
    PaymentMove,
    PaymentStatus,
    Verdict,
    judge,
    went_back,
)
from service.billing.support import CaseReason, NotificationKind
from service.ports import Ports
from service.store import accounts, events, evidence, invoices, payment_checks, payments
from service.store import cases as case_store
from service.store.database import transaction
from service.store.records import Invoice, Payment
from service.workflows import (
    aftermath,
    booking,
    cases,
    look_ups,
    notifications,
    receipts,
    screens,
    standing,
)

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
    """
    payment = await payments.find(account_id, payment_id)
    if payment.gateway == OFFLINE:
        return payment
    if payment.status is PaymentStatus.CAPTURED:
        if session_hint is not None and session_hint != payment.session_id:
            await _mind_another_page(ports, payment, session_hint, witness)
        return await aftermath.catch_up(ports, payment, witness) if thorough else payment
    try:
        seen = await look_ups.look_up(ports, payment, session_hint)
    except GatewayUnavailable:
        await _note_silence(ports, payment, witness)
        raise
    if seen is not None:
        if payment.status is PaymentStatus.UNDER_REVIEW:
            seen = await look_ups.with_lost(ports.gateway_named(payment.gateway), seen)
        await _apply(ports, payment, seen, witness)
    if session_hint is not None and (seen is None or seen.session_id != session_hint):
        await _mind_another_page(ports, payment, session_hint, witness)
    payment = await payments.find(account_id, payment_id)
    if payment.status is PaymentStatus.CAPTURED and seen is not None and seen.was_changed:
        return await aftermath.catch_up(ports, payment, witness)
    return payment


async def _mind_another_page(
    ports: Ports, payment: Payment, session_id: str, witness: Witness
) -> None:
    """Look at a page of an attempt that is not the one it keeps: the gateway forgets our keys, and
    then opens a second one. With money on it, it is the attempt's page from now on; unless there is
    money on the first one, too: then a person is called.

    Raises:
        GatewayUnavailable: no answer; nothing changed.
    """
    seen = await look_ups.of_another_page(ports, payment, session_id)
    if seen is None or await payments.is_captured(payment.gateway, seen.transaction or ""):
        return
    log.error("second_page", payment=str(payment.id), session=session_id, state=seen.state)
    payment = await payments.find(payment.account_id, payment.id)
    if payment.status is PaymentStatus.PENDING and payment.session_id is not None:
        first = await look_ups.closed(ports, payment, payment.session_id)
        if first.state in MONEY_TAKEN:
            await _apply(ports, payment, first, witness)
            payment = await payments.find(payment.account_id, payment.id)
    if payment.status is PaymentStatus.CAPTURED:
        if seen.state is GatewayState.PAID and not went_back(seen):
            await call_for(ports, payment, seen.transaction or session_id, seen.amount)
    elif payment.status not in _HAS_MONEY or seen.state is GatewayState.PAID:
        await _apply(ports, payment, seen, witness)


_HAS_MONEY = frozenset({PaymentStatus.PROCESSING, PaymentStatus.UNDER_REVIEW})


async def call_for(ports: Ports, payment: Payment, transaction_id: str, amount: Money) -> None:
    """Have a person look at money that a gateway took for an attempt and that is not booked, once.
    What the attempt's own page tells of has its verdict."""
    note = f"The gateway took {amount.minor_units} {amount.currency} as {transaction_id} for it."
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        current = await payments.find(payment.account_id, payment.id)
        if current.transaction == transaction_id:
            return
        log.error("payment_not_booked", payment=str(payment.id), transaction=transaction_id)
        if not await case_store.is_noted(payment.account_id, payment.id, note):
            await cases.open_for(ports, current, CaseReason.UNDER_REVIEW, note)


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


async def _apply(ports: Ports, asked: Payment, seen: GatewayCheckout, witness: Witness) -> None:
    """Write what the gateway said of an attempt as it was when it was asked."""
    async with transaction(ports.bus):
        await accounts.lock(asked.account_id)
        current = await payments.find(asked.account_id, asked.id)
        booked = await _booked_as_another(current, seen)
        if booked is not None:
            wanted = await invoices_of(current)
            await end_without_money(ports, current, booked)
            await standing.refresh(ports, wanted)
            return
        if current.status is PaymentStatus.CAPTURED and current.transaction != seen.transaction:
            # Another page has just brought its money.
            return
        verdict = judge(_attempt(current), seen)
        was_told = await _doubt_was_told(current)
        await _note_decline(ports, current, seen, witness)
        await _testify(ports, asked, seen, verdict, witness)
        if verdict.returned:
            await cases.close_with(ports, current, "What did not match went back to the payer.")
        if _is_news(current, seen, verdict):
            shown = await _as_told(current, was_told=was_told)
            await _write(ports, current, seen, verdict, shown)
        if was_told:
            await _tell_unless_in_doubt(ports, current)
        if current.status not in LIVE and seen.state in _OVER:
            await payment_checks.check_again(current, None)


async def _doubt_was_told(payment: Payment) -> bool:
    """Whether screens were told that an attempt may have been paid, since its gateway was silent
    when the payer came back."""
    if not payment.is_in_doubt:
        return False
    return await evidence.newest_of(payment) not in _TOLD_NOTHING


async def _as_told(payment: Payment, *, was_told: bool) -> list[Invoice]:
    """A payment's invoices as screens were told of them: of a doubt that lasted for as long as the
    gateway took to answer they know nothing."""
    now = await invoices_of(payment)
    if payment.is_in_doubt and not was_told:
        return [replace(one, live_payment=payment.status) for one in now]
    return now


async def _tell_unless_in_doubt(ports: Ports, payment: Payment) -> None:
    """Its page still waits for the payer: what screens show is told. Any other end of the doubt is
    a change of status, which tells it by itself."""
    now = await payments.find(payment.account_id, payment.id)
    if now.status is PaymentStatus.PENDING and not now.is_in_doubt:
        await screens.tell(ports, now)


_TOLD_NOTHING = (
    Fact.PAGE_OPENED,
    Fact.PAYER_RETURNED,
    Fact.DECLINED,
    Fact.PAGE_CLOSED,
    *SEEN.values(),
)


async def _booked_as_another(payment: Payment, seen: GatewayCheckout) -> Payment | None:
    """The payment that a person had an attempt's money booked as, if one did."""
    if seen.transaction is None:
        return None
    booked = await payments.captured_as(payment.gateway, seen.transaction)
    return booked if booked is not None and booked.id != payment.id else None


async def end_without_money(ports: Ports, payment: Payment, booked: Payment) -> None:
    """End an attempt whose money is booked as another payment, and close what was open about it.

    Must run inside `transaction()`, under the account's lock, before its invoices are refreshed.
    """
    if payment.status in LIVE:
        at = ports.clock()
        after = await payments.move(payment, PaymentMove.CANCEL, at=at)
        changed = PaymentStatusChanged(payment.id, after, None)
        await events.record(payment.account_id, changed, at=at)
    else:
        await payment_checks.check_again(payment, None)
    await cases.close_with(
        ports, payment, "Its money was put on an invoice by hand.", booked_as=booked
    )


# Nothing can be paid on such a page any more.
_OVER = frozenset(GatewayState) - {
    GatewayState.OPEN,
    GatewayState.PROCESSING,
    GatewayState.AUTHORIZED,
}


async def _note_decline(
    ports: Ports, payment: Payment, seen: GatewayCheckout, witness: Witness
) -> None:
    """Keep why a try was declined after which the page waits for another one."""
    declined = _decline(seen)
    if seen.state is GatewayState.OPEN and declined not in (None, _kept_decline(payment)):
        told = Evidence(Fact.DECLINED, witness, declined.message)
        await evidence.add(payment.account_id, told, at=ports.clock(), payment_id=payment.id)


async def _testify(
    ports: Ports, payment: Payment, seen: GatewayCheckout, verdict: Verdict, witness: Witness
) -> None:
    """Keep what the gateway said, once."""
    at = ports.clock()
    await payment_checks.note_seen(payment, seen.state, at=at)
    held = verdict.held_because is not None
    told = seen.state in MONEY_TAKEN or held
    if seen.state is GatewayState.EXPIRED and await _was_closed_by_us(payment):
        return
    await evidence.add(
        payment.account_id,
        Evidence(
            fact=Fact.MISMATCH if held else SEEN[seen.state],
            witness=witness,
            note=verdict.held_because or _why_it_ended(seen),
            amount=seen.amount if told else None,
            expected=payment.quote.charged if told else None,
        ),
        at=at,
        payment_id=payment.id,
        unless_repeated=True,
    )


async def _was_closed_by_us(payment: Payment) -> bool:
    return await evidence.newest_of(payment) is Fact.PAGE_CLOSED


def _why_it_ended(seen: GatewayCheckout) -> str | None:
    return seen.decline.message if seen.decline and seen.state is not GatewayState.OPEN else None


async def _write(
    ports: Ports,
    payment: Payment,
    seen: GatewayCheckout,
    verdict: Verdict,
    wanted: Sequence[Invoice],
) -> None:
    """`wanted` are the payment's invoices as they were told before."""
    at = ports.clock()
    decline = _decline(seen)
    await payments.note_report(payment, seen, at=at)
    if decline != _kept_decline(payment):
        await payments.note_decline(payment, decline, at=at)
    if verdict.held_because:
        log.error("payment_held", payment=str(payment.id), reason=verdict.held_because)
        await payments.note_review(payment, verdict.held_because, at=at)
    after = await _move(payment, seen, verdict, at)
    code = decline.code if decline else None
    await events.record(payment.account_id, PaymentStatusChanged(payment.id, after, code), at=at)
    if after is not payment.status:
        await _follow(ports, payment, after, seen, wanted)
    if verdict.held_because and not verdict.returned:
        await cases.open_for(ports, payment, CaseReason.UNDER_REVIEW, verdict.held_because)


async def _move(
    payment: Payment, seen: GatewayCheckout, verdict: Verdict, at: datetime
) -> PaymentStatus:
    if verdict.move is None:
        return payment.status
    captured_at = (seen.captured_at or at) if verdict.move is PaymentMove.CAPTURE else None
    return await payments.move(payment, verdict.move, at=at, captured_at=captured_at)


async def _follow(
    ports: Ports,
    payment: Payment,
    after: PaymentStatus,
    seen: GatewayCheckout,
    wanted: Sequence[Invoice],
) -> None:
    """What a new status leads to: money is booked, a deadline is set, a case closes."""
    if after is PaymentStatus.CAPTURED:
        await booking.book_capture(
            ports,
            payment,
            await payments.allocations(payment.account_id, [payment.id]),
            wanted,
            charged=seen.amount,
            captured_at=seen.captured_at or ports.clock(),
            refunded=seen.refunded,
        )
        if seen.settlement is not None:
            await payment_checks.note_settlement(payment, seen.settlement)
        await receipts.plan(ports, payment)
    await standing.refresh(ports, wanted)
    if after is PaymentStatus.PROCESSING:
        policy = ports.policy
        wait = policy.slow_method_deadline if seen.slow else policy.answer_deadline
        await payment_checks.set_deadline(payment, ports.clock() + wait)
    elif after is not PaymentStatus.UNDER_REVIEW:
        told = await cases.close_with(ports, payment, f"The payment ended: {after}.")
        failed = payment.status is PaymentStatus.PROCESSING and after in _CAME_TO_NOTHING
        if failed and not told:
            await notifications.plan(ports, payment, NotificationKind.PAYMENT_FAILED)


_CAME_TO_NOTHING = frozenset({PaymentStatus.FAILED, PaymentStatus.EXPIRED})


async def invoices_of(payment: Payment) -> list[Invoice]:
    """The invoices that a payment is for, as they stand."""
    parts = await payments.allocations(payment.account_id, [payment.id])
    return await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])


def _attempt(payment: Payment) -> Attempt:
    return Attempt(str(payment.id), payment.status, payment.quote.charged, payment.live_mode)


def _is_news(payment: Payment, seen: GatewayCheckout, verdict: Verdict) -> bool:
    if verdict.move is not None:
        return True
    if verdict.held_because is not None:
        return verdict.held_because != payment.review_reason
    return payment.status in LIVE and _decline(seen) != _kept_decline(payment)


def _decline(seen: GatewayCheckout) -> Decline | None:
    """The gateway's words at the length that is kept."""
    return seen.decline and Decline(seen.decline.code[:64], seen.decline.message[:500])


def _kept_decline(payment: Payment) -> Decline | None:
    if payment.failure_code is None:
        return None
    return Decline(payment.failure_code, payment.failure_message or "")
