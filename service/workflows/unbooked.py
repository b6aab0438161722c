"""Money that a gateway took for an attempt and that is in no book: a person is called for it."""

from __future__ import annotations

import structlog

from service.billing.payment import PaymentStatus
from service.billing.support import CaseReason
from service.gateway import GatewayPayment
from service.ports import Ports
from service.store import cases as case_store
from service.store.records import Payment
from service.workflows import cases

log = structlog.get_logger(__name__)


async def note_gone_back(ports: Ports, payment: Payment, gone: str) -> None:
    """Keep that a gateway's payment that a person was called for is with its payer again; the case
    closes by itself when it was about nothing else.

    Must run inside `transaction()`, under the account's lock.
    """
    if not await case_store.note_gone_back(payment, gone, at=ports.clock()):
        return
    if payment.status is PaymentStatus.CAPTURED or payment.review_reason is None:
        resolution = "What was taken besides went back to the payer."
        await cases.close_with(ports, payment, resolution, only=CaseReason.UNDER_REVIEW)


async def remind_of(ports: Ports, payment: Payment, taken: GatewayPayment) -> None:
    """Open a case with it, or put it in the one that is open; unless a person was called for it.

    Must run inside `transaction()`, under the account's lock.
    """
    if taken.amount.minor_units <= 0:
        return
    if await case_store.is_candidate(payment, taken.transaction):
        return
    log.error("payment_not_booked", payment=str(payment.id), transaction=taken.transaction)
    note = f"The gateway took {taken.amount} as {taken.transaction} for it."
    await cases.open_for(ports, payment, CaseReason.UNDER_REVIEW, note)
    for case in await case_store.open_about(payment.account_id, payment_ids=[payment.id]):
        if case.reason is CaseReason.UNDER_REVIEW:
            await case_store.add_candidate(case.account_id, case.id, payment.gateway, taken)
