"""Finding by ourselves what notices and return pages missed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from service.billing.errors import BillingError, GatewayUnavailable
from service.billing.payment import next_check
from service.ports import Ports
from service.store import payments
from service.store.records import Payment
from service.workflows import capture

log = structlog.get_logger(__name__)

# All claimed attempts are looked up within the claim, also by a gateway that is slow to answer.
SWEEP_LIMIT = 24
CLAIM = timedelta(seconds=30)
_LOOK_UPS_AT_ONCE = 8


async def sweep(ports: Ports) -> int:
    """Look up every live attempt whose check is due; return how many were looked up.

    Any number of processes may sweep at once: each attempt is looked up by one of them.
    """
    now = ports.clock()
    due = await payments.claim_checks(now, until=now + CLAIM, limit=SWEEP_LIMIT)
    turns = asyncio.Semaphore(_LOOK_UPS_AT_ONCE)

    async def check(payment: Payment) -> None:
        async with turns:
            await _check_one(ports, payment)

    await asyncio.gather(*[check(payment) for payment in due])
    return len(due)


async def _check_one(ports: Ports, payment: Payment) -> None:
    when = next_check(ports.clock(), started_at=payment.created_at)
    try:
        await capture.settle(ports, payment.account_id, payment.id)
    except GatewayUnavailable:
        log.warning("check_postponed", payment=str(payment.id), until=when.isoformat())
    except BillingError as error:
        log.error("check_failed", payment=str(payment.id), code=error.code)
    except Exception:
        # One attempt that cannot be settled must not keep the others from it.
        log.exception("check_broke", payment=str(payment.id))
    await payments.check_again(payment, when)
