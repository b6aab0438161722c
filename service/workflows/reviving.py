"""Attempts that have ended, and that money is on its way for all the same: they live again."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from service.billing.evidence import WATCHED_PAUSES
from service.billing.invoice import InvoiceStatus
from service.billing.payment import FINAL, PaymentMove, PaymentStatus, Verdict
from service.ports import Ports
from service.store import payment_checks, payments
from service.store.records import Invoice, Payment
from service.workflows import pages

log = structlog.get_logger(__name__)


def revives(payment: Payment, verdict: Verdict) -> bool:
    """Whether a verdict brings an attempt back to life."""
    return payment.status in FINAL and verdict.move is PaymentMove.PROCESS


async def unless_in_the_way(
    ports: Ports, payment: Payment, wanted: Sequence[Invoice], verdict: Verdict
) -> Verdict:
    """The verdict on an ended attempt for the invoices `wanted`, unless it has to wait: then
    nothing moves, and it is looked at anew once what is in its way has ended.

    Another live attempt on whose page nobody has paid makes way for it, as its own successor too.
    One that has money, or may have, goes first: an invoice that both are for is not due meanwhile,
    though others of this attempt's are. Where nothing is due any more there is nothing to live for:
    what comes is a surplus.

    Must run inside `transaction()`, under the account's lock.
    """
    ids = [invoice.id for invoice in wanted]
    await payment_checks.hold_returns(payment.account_id, ids)
    others = await payments.all_live_for(payment.account_id, ids)
    if any(one.status is InvoiceStatus.OPEN and one.due_minor > 0 for one in wanted) and all(
        one.status is PaymentStatus.PENDING and not one.is_in_doubt for one in others
    ):
        for other in others:
            await pages.have_closed(other)
            await pages.supersede(ports, other, payment.id)
        return verdict
    for other in others:
        log.error("money_behind_another_attempt", payment=str(payment.id), other=str(other.id))
        await pages.have_closed(other)
    await payment_checks.check_ended(payment, ports.clock() + WATCHED_PAUSES[0])
    return Verdict(None)
