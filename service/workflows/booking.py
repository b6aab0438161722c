"""Putting captured money on invoices; what is beyond what was due goes back to the payer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from service.billing.events import RefundStatusChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.invoice import InvoiceStatus
from service.billing.ledger import Book, Settled, apply, captured, proportional
from service.billing.money import Money, total
from service.billing.refund import RefundReason, RefundStatus
from service.billing.support import NotificationKind
from service.ports import Ports
from service.store import events, evidence, ledger, payment_checks, queue, refunds
from service.store.database import new_id
from service.store.money_records import Refund
from service.store.records import Allocation, Invoice, Payment
from service.workflows import notifications

log = structlog.get_logger(__name__)

TAKES_MONEY = frozenset({InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE})


async def book_capture(
    ports: Ports,
    payment: Payment,
    parts: Sequence[Allocation],
    wanted: Sequence[Invoice],
    *,
    charged: Money,
    captured_at: datetime,
    refunded: Money | None = None,
    cash: Book = Book.GATEWAY,
) -> Money:
    """Book captured money and plan the way back of what was not due, unless it has gone back:
    `refunded` is what the gateway tells of refunds by now. Pages that ask for what it settled are
    closed by the next look at them. Return what was not due: for what came to another book than a
    gateway's, no way back is planned.

    Must run inside `transaction()`, under the account's lock. `wanted` are the invoices as they
    stood before.
    """
    settled = [_settled(part, wanted) for part in parts]
    entries = captured(payment.id, charged, settled, cash=cash, at=captured_at)
    await ledger.book(payment.account_id, entries, at=ports.clock())
    ids = [part.invoice_id for part in parts]
    await payment_checks.hurry(payment.account_id, ids, at=ports.clock())
    surplus = total([part.surplus for part in settled], payment.amount.currency)
    if surplus.minor_units > 0:
        log.warning("surplus_received", payment=str(payment.id), minor_units=surplus.minor_units)
        seen = Evidence(Fact.SURPLUS, Witness(Source.SERVICE), amount=surplus)
        await evidence.add(payment.account_id, seen, at=ports.clock(), payment_id=payment.id)
        if cash is Book.GATEWAY:
            refunded = refunded or Money(0, charged.currency)
            await _give_back(ports, payment, surplus, charged, refunded)
    return surplus


def _settled(part: Allocation, wanted: Sequence[Invoice]) -> Settled:
    invoice = next(one for one in wanted if one.id == part.invoice_id)
    takes = invoice.status in TAKES_MONEY
    due = invoice.total_minor - invoice.paid_minor if takes else 0
    applied, surplus = apply(part.amount, due_minor=due)
    return Settled(part.invoice_id, applied, surplus)


async def _give_back(
    ports: Ports, payment: Payment, surplus: Money, charged: Money, refunded: Money
) -> None:
    """Plan the refund of what of a surplus is still there."""
    gone = proportional(payment.amount, Money(0, charged.currency), refunded, charged)
    rest = surplus - gone
    back = proportional(charged, Money(0, surplus.currency), surplus, payment.amount) - refunded
    if rest.minor_units <= 0 or back.minor_units <= 0:
        return
    at = ports.clock()
    refund = Refund(
        id=new_id(),
        account_id=payment.account_id,
        payment_id=payment.id,
        gateway=payment.gateway,
        reference=None,
        status=RefundStatus.REQUESTED,
        reason=RefundReason.SURPLUS,
        charged=back,
        amount=rest,
        requested_by=None,
        note=None,
        failure=None,
        key_number=0,
        created_at=at,
        updated_at=at,
    )
    if await refunds.add(refund):
        await announce(ports, refund)
        await notifications.plan(ports, payment, NotificationKind.SURPLUS_REFUND, refund.id)


async def announce(ports: Ports, refund: Refund) -> None:
    """Report a refund that was decided, and have it sent. Must run inside `transaction()`."""
    at = ports.clock()
    requested = RefundStatusChanged(refund.id, refund.payment_id, RefundStatus.REQUESTED)
    await events.record(refund.account_id, requested, at=at)
    await have_sent(refund)


async def have_sent(refund: Refund) -> None:
    """Queue the job that sends a refund, unless it waits already."""
    await queue.enqueue(
        "send_refund",
        key=f"refund:{refund.id}",
        account_id=str(refund.account_id),
        refund_id=str(refund.id),
    )
