"""Money that a gateway took for an attempt and that is in no book: a person is called for it."""

from __future__ import annotations

import structlog

from service.billing.support import CaseReason
from service.gateway import GatewayPayment
from service.ports import Ports
from service.store import accounts, payments
from service.store import cases as case_store
from service.store.database import transaction
from service.store.records import Payment
from service.workflows import cases

log = structlog.get_logger(__name__)


async def call_for(ports: Ports, payment: Payment, taken: GatewayPayment) -> None:
    """Have a person look at what a gateway took for an attempt, once. What the attempt's own page
    tells of has its verdict."""
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        current = await payments.find(payment.account_id, payment.id)
        if current.transaction != taken.transaction:
            await remind_of(ports, current, taken)


async def remind_of(ports: Ports, payment: Payment, taken: GatewayPayment) -> None:
    """Open a case with it, or put it in the one that is open; unless a person was called for it.

    Must run inside `transaction()`, under the account's lock.
    """
    if taken.amount.minor_units <= 0:
        return
    if await case_store.is_candidate(payment, taken.transaction):
        return
    log.error("payment_not_booked", payment=str(payment.id), transaction=taken.transaction)
    amount = f"{taken.amount.minor_units} {taken.amount.currency}"
    note = f"The gateway took {amount} as {taken.transaction} for it."
    await cases.open_for(ports, payment, CaseReason.UNDER_REVIEW, note)
    for case in await case_store.open_about(payment.account_id, payment_ids=[payment.id]):
        if case.reason is CaseReason.UNDER_REVIEW:
            await case_store.add_candidate(case.account_id, case.id, payment.gateway, taken)
