"""Writing down what a gateway reports of an attempt: its status, its money, and who is told."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from service.billing.events import PaymentStatusChanged
from service.billing.evidence import SEEN, Evidence, Fact, Witness
from service.billing.payment import (
    LIVE,
    MONEY_TAKEN,
    Attempt,
    Decline,
    GatewayCheckout,
    GatewayState,
    PaymentMove,
    PaymentStatus,
    Verdict,
    judge,
)
from service.billing.support import CaseReason, NotificationKind
from service.ports import Ports
from service.store import accounts, events, evidence, invoices, payment_checks, payments
from service.store import cases as case_store
from service.store.database import transaction
from service.store.records import Invoice, Payment
from service.workflows import (
    booking,
    cases,
    notifications,
    pages,
    receipts,
    reviving,
    screens,
    second_pages,
    standing,
)

log = structlog.get_logger(__name__)


async def apply(
    ports: Ports,
    asked: Payment,
    seen: GatewayCheckout,
    witness: Witness,
    *,
    kept: GatewayCheckout | None = None,
) -> bool:
    """Write what the gateway said of an attempt as it was when it was asked; return False, and
    write nothing, when that was about a page that the attempt does not keep, or would bring it back
    to life, and it changed since: then it is to be asked again. `kept` is what the gateway said of
    the page that it keeps."""
    async with transaction(ports.bus):
        await accounts.lock(asked.account_id)
        current = await payments.find(asked.account_id, asked.id)
        booked = await _booked_as_another(current, seen)
        if booked is not None:
            wanted = await invoices_of(current)
            await end_without_money(ports, current, booked)
            await standing.refresh(ports, wanted)
            return True
        if current.status is PaymentStatus.CAPTURED and current.transaction != seen.transaction:
            await second_pages.remind_of(ports, current, seen)
            return True
        verdict = judge(_attempt(current), seen)
        is_another = current.session_id not in (None, seen.session_id)
        revives = reviving.revives(current, verdict)
        if (is_another or revives) and _has_changed(asked, current):
            return False
        if is_another and _is_former(kept, current):
            return False
        if revives:
            wanted = await invoices_of(current)
            verdict = await reviving.unless_in_the_way(ports, current, wanted, verdict)
        if is_another and not await second_pages.takes_the_place(
            ports, current, seen, verdict, kept
        ):
            return True
        was_told = await screens.told_of_doubt(current)
        await payment_checks.note_seen(asked, seen.state, at=ports.clock())
        await _take_in(ports, current, seen, verdict, witness, was_told=was_told)
    return True


def _has_changed(asked: Payment, current: Payment) -> bool:
    """Whether an attempt was moved, or given another page, since it was asked about."""
    return (asked.status, asked.session_id, asked.transaction) != (
        current.status,
        current.session_id,
        current.transaction,
    )


def _is_former(kept: GatewayCheckout | None, current: Payment) -> bool:
    return kept is not None and kept.session_id != current.session_id


async def _take_in(
    ports: Ports,
    current: Payment,
    seen: GatewayCheckout,
    verdict: Verdict,
    witness: Witness,
    *,
    was_told: Set[UUID],
) -> None:
    """Write what the gateway said of the page that is the attempt's from now on; `was_told` as for
    `_as_told`."""
    await _note_decline(ports, current, seen, witness)
    await _testify(ports, current, seen, verdict, witness)
    if verdict.returned:
        at = ports.clock()
        await case_store.note_gone_back(current, seen.transaction or seen.session_id, at=at)
        await cases.close_with(ports, current, "What did not match went back to the payer.")
    if _is_news(current, seen, verdict):
        shown = await _as_told(current, was_told=was_told)
        await _write(ports, current, seen, verdict, shown)
    elif verdict.held_because and not verdict.returned:
        await _call_again(ports, current, seen, verdict.held_because)
    if was_told:
        await _tell_unless_in_doubt(ports, current)
    minds_another = current.second_session_id not in (None, seen.session_id)
    if current.status not in LIVE and seen.state in _OVER and not minds_another:
        await payment_checks.check_again(current, None)


async def _call_again(
    ports: Ports, payment: Payment, seen: GatewayCheckout, held_because: str
) -> None:
    """Open a case anew for money that did not match, that went back to the payer, and is here again
    since its refund failed; unless a person has looked into it."""
    if payment.status in LIVE or seen.state is not GatewayState.PAID:
        return
    if not await case_store.is_noted(payment.account_id, payment.id, held_because):
        await cases.open_for(ports, payment, CaseReason.UNDER_REVIEW, held_because)


async def _as_told(payment: Payment, *, was_told: Set[UUID]) -> list[Invoice]:
    """A payment's invoices as screens were told of them: of those in `was_told` that money may be
    on its way. Of the others they know nothing of a doubt that lasted for as long as the gateway
    took to answer, nor of a payer who comes back at this very moment: returns are noted without
    the account's lock."""
    now = await invoices_of(payment)
    if payment.status not in LIVE:
        return now
    return [one if one.id in was_told else replace(one, live_payment=payment.status) for one in now]


async def _tell_unless_in_doubt(ports: Ports, payment: Payment) -> None:
    """Its page still waits for the payer: what screens show is told. Any other end of the doubt is
    a change of status, which tells it by itself."""
    now = await payments.find(payment.account_id, payment.id)
    if now.status is PaymentStatus.PENDING and not now.is_in_doubt:
        await screens.tell(ports, now)


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
    is_new_decline = decline != _kept_decline(payment)
    is_page_alone = verdict == Verdict(None) and not (is_new_decline and payment.status in LIVE)
    if payment.session_id not in (None, seen.session_id):
        await pages.have_former_closed(payment)
    await payments.note_report(payment, seen, at=at)
    if is_new_decline and not is_page_alone:
        await payments.note_decline(payment, decline, at=at)
    if verdict.held_because:
        log.error("payment_held", payment=str(payment.id), reason=verdict.held_because)
        await payments.note_review(payment, verdict.held_because, at=at)
    after = await _move(payment, seen, verdict, at)
    code = decline.code if decline else None
    if not is_page_alone:
        told = PaymentStatusChanged(payment.id, after, code)
        await events.record(payment.account_id, told, at=at)
    if after is not payment.status:
        await _follow(ports, payment, after, seen, wanted)
    elif after is PaymentStatus.PROCESSING and payment.session_id != seen.session_id:
        await _set_deadline(ports, payment, seen)
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
        await _set_deadline(ports, payment, seen)
    elif after is not PaymentStatus.UNDER_REVIEW:
        told = await cases.close_with(ports, payment, f"The payment ended: {after}.")
        failed = payment.status is PaymentStatus.PROCESSING and after in _CAME_TO_NOTHING
        if failed and not told:
            failed_mail = NotificationKind.PAYMENT_FAILED
            await notifications.plan(ports, payment, failed_mail, of=payment.version)


async def _set_deadline(ports: Ports, payment: Payment, seen: GatewayCheckout) -> None:
    policy = ports.policy
    wait = policy.slow_method_deadline if seen.slow else policy.answer_deadline
    await payment_checks.set_deadline(payment, ports.clock() + wait)


_CAME_TO_NOTHING = frozenset({PaymentStatus.FAILED, PaymentStatus.EXPIRED})


async def invoices_of(payment: Payment) -> list[Invoice]:
    """The invoices that a payment is for, as they stand."""
    parts = await payments.allocations(payment.account_id, [payment.id])
    return await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])


def _attempt(payment: Payment) -> Attempt:
    return Attempt(str(payment.id), payment.status, payment.quote.charged, payment.live_mode)


def _is_news(payment: Payment, seen: GatewayCheckout, verdict: Verdict) -> bool:
    if verdict.move is not None or payment.session_id not in (None, seen.session_id):
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
