"""From a gateway's word to a paid invoice. Webhook, return page and sweep all call `settle`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused
from service.billing.events import InvoiceStatusChanged, PaymentStatusChanged
from service.billing.invoice import MOVES as INVOICE_MOVES
from service.billing.invoice import DisplayStatus, InvoiceMove, InvoiceStatus, display_status
from service.billing.payment import (
    LIVE,
    Attempt,
    Decline,
    GatewayCheckout,
    PaymentMove,
    PaymentStatus,
    Verdict,
    judge,
)
from service.billing.period import local_day
from service.ports import Ports
from service.store import accounts, events, invoices, payments
from service.store.database import transaction
from service.store.records import Allocation, Invoice, Payment
from service.workflows import pages

log = structlog.get_logger(__name__)

GONE_AFTER = timedelta(hours=1)


async def settle(
    ports: Ports, account_id: UUID, payment_id: UUID, *, session_hint: str | None = None
) -> Payment:
    """Ask the gateway how an attempt stands and make the books agree. First wins; repeating it,
    also at the same moment, changes nothing.

    `session_hint` names the gateway's page for an attempt that lost it in a crash.

    Raises:
        NotFound: the account has no such payment.
        GatewayUnavailable: no answer; nothing changed.
        GatewayRefused: the gateway does not know the checkout.
    """
    payment = await payments.find(account_id, payment_id)
    if payment.status is PaymentStatus.CAPTURED:
        return payment
    if payment.session_id is None and session_hint is None:
        payment = await _resume(ports, payment)
    session_id = payment.session_id or session_hint
    if session_id is None:
        return payment
    try:
        seen = await ports.gateway.look_up(session_id)
    except GatewayRefused as refusal:
        if not _is_gone(ports, payment, refusal):
            raise
        return await pages.expire(ports, payment)
    await _apply(ports, payment, seen)
    return await payments.find(account_id, payment_id)


def _is_gone(ports: Ports, payment: Payment, refusal: GatewayRefused) -> bool:
    """Whether nothing can be paid on a page any more that the gateway does not know: its time is
    over, or it was made in the other mode. Money that turns up all the same is still taken."""
    if refusal.gateway_code != GatewayRefused.UNKNOWN_OBJECT:
        return False
    over = ports.clock() > payment.expires_at + GONE_AFTER
    return over or payment.live_mode != ports.gateway.live_mode


async def _resume(ports: Ports, payment: Payment) -> Payment:
    """Get the page that a crash kept from being stored."""
    if payment.status is not PaymentStatus.PENDING:
        return payment
    return await pages.open_page(ports, payment)


async def _apply(ports: Ports, payment: Payment, seen: GatewayCheckout) -> None:
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        current = await payments.find(payment.account_id, payment.id)
        verdict = judge(_attempt(current), seen)
        if _is_news(current, seen, verdict):
            await _write(ports, current, seen, verdict)


async def _write(ports: Ports, payment: Payment, seen: GatewayCheckout, verdict: Verdict) -> None:
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
        await _carry_to_invoices(ports, payment, after)


async def _move(
    payment: Payment, seen: GatewayCheckout, verdict: Verdict, at: datetime
) -> PaymentStatus:
    if verdict.move is None:
        return payment.status
    captured_at = (seen.captured_at or at) if verdict.move is PaymentMove.CAPTURE else None
    return await payments.move(payment, verdict.move, at=at, captured_at=captured_at)


async def _carry_to_invoices(ports: Ports, payment: Payment, after: PaymentStatus) -> None:
    parts = await payments.allocations(payment.account_id, [payment.id])
    found = await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])
    by_id = {invoice.id: invoice for invoice in found}
    for part in parts:
        await _carry_to_invoice(ports, by_id[part.invoice_id], part, payment.status, after)


async def _carry_to_invoice(
    ports: Ports, invoice: Invoice, part: Allocation, before: PaymentStatus, after: PaymentStatus
) -> None:
    at = ports.clock()
    now = invoice
    if after is PaymentStatus.CAPTURED:
        await invoices.add_paid(invoice, part.amount, at=at)
        now = replace(invoice, paid_minor=invoice.paid_minor + part.amount.minor_units)
        settles = (now.status, InvoiceMove.SETTLE) in INVOICE_MOVES
        if settles and now.paid_minor >= now.total_minor:
            now = replace(now, status=await invoices.move(now, InvoiceMove.SETTLE, at=at))
        if now.paid_minor > now.total_minor or now.status is InvoiceStatus.VOID:
            log.error("invoice_overpaid", invoice=str(now.id), payment=str(part.payment_id))
    shows = _shows(now, after, at)
    if shows != _shows(invoice, before, at):
        changed = InvoiceStatusChanged(now.id, now.status, shows)
        await events.record(now.account_id, changed, at=at)


def _shows(invoice: Invoice, payment: PaymentStatus, at: datetime) -> DisplayStatus:
    return display_status(
        invoice.status,
        due_on=invoice.due_on,
        today=local_day(at, invoice.time_zone),
        paid_minor=invoice.paid_minor,
        live_payment=payment if payment in LIVE else None,
    )


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
