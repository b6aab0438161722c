"""By when a payer gets an answer: at the deadline the gateway is asked once more, and if the truth
cannot be found a person is called."""

from __future__ import annotations

import asyncio

import structlog

from service.billing.errors import BillingError
from service.billing.evidence import Source, Witness
from service.billing.payment import GatewayState, PaymentStatus
from service.billing.support import CaseReason
from service.ports import Ports
from service.store import accounts, payment_checks, payments
from service.store.database import transaction
from service.store.records import Payment
from service.workflows import capture, cases

log = structlog.get_logger(__name__)

DEADLINES_AT_ONCE = 50
LOOK_UPS_AT_ONCE = 8


async def enforce(ports: Ports, *, at_once: int = LOOK_UPS_AT_ONCE) -> int:
    """Look after every attempt whose deadline has passed, so many `at_once`; return how many there
    were."""
    late = await payment_checks.past_deadline(ports.clock(), limit=DEADLINES_AT_ONCE)
    turns = asyncio.Semaphore(at_once)

    async def look_after(payment: Payment) -> None:
        async with turns:
            await _enforce_safely(ports, payment)

    await asyncio.gather(*[look_after(payment) for payment in late])
    return len(late)


async def _enforce_safely(ports: Ports, payment: Payment) -> None:
    """One attempt that cannot be looked after must not keep the others from it."""
    try:
        await _enforce_one(ports, payment)
    except Exception:
        log.exception("deadline_broke", payment=str(payment.id))


async def _enforce_one(ports: Ports, payment: Payment) -> None:
    asked_at = ports.clock()
    try:
        await capture.settle(ports, payment.account_id, payment.id, Witness(Source.POLL))
    except BillingError as error:
        log.warning("deadline_without_answer", payment=str(payment.id), code=error.code)
    except Exception:
        # What we cannot make sense of is a person's to look at, just as silence is.
        log.exception("deadline_check_broke", payment=str(payment.id))
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        current = await payments.find(payment.account_id, payment.id)
        if current.deadline_at is None or current.deadline_at > ports.clock():
            return
        answered = current.checked_at is not None and current.checked_at >= asked_at
        if answered and _is_unpaid(current):
            await payment_checks.clear_return(current)
        else:
            await cases.open_for(ports, current, CaseReason.DEADLINE_PASSED, _note(current))


def _is_unpaid(payment: Payment) -> bool:
    """Whether the gateway says that the payer turned back: nothing is to be waited for."""
    pending = payment.status is PaymentStatus.PENDING
    return pending and payment.seen_state is GatewayState.OPEN


def _note(payment: Payment) -> str:
    if payment.checked_at is None:
        return "The gateway has not answered since the payer came back."
    return f"At {payment.checked_at:%Y-%m-%d %H:%M:%S} UTC the gateway said {payment.seen_state}."
