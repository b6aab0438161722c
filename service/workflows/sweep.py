"""Finding by ourselves what notices and return pages missed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from service.billing.errors import BillingError, GatewayUnavailable, LostRace
from service.billing.evidence import Source, Witness, next_check
from service.billing.payment import LIVE
from service.ports import Ports
from service.store import payment_checks, payments
from service.store.records import Payment
from service.workflows import capture

log = structlog.get_logger(__name__)

# All claimed attempts are looked up within the claim, also by a gateway that is slow to answer.
SWEEP_LIMIT = 24
CLAIM = timedelta(seconds=30)
LOOK_UPS_AT_ONCE = 8
# One that has ended may have a page to be closed, or money on its way: nobody watches it, and as
# old as it is the usual pause would be an hour or a day.
ASKED_AGAIN = timedelta(minutes=1)


async def sweep(ports: Ports, *, at_once: int = LOOK_UPS_AT_ONCE) -> int:
    """Look up every attempt whose check is due, so many `at_once`; return how many were.

    Any number of processes may sweep at once: each attempt is looked up by one of them.
    """
    now = ports.clock()
    due = await payment_checks.claim_checks(now, until=now + CLAIM, limit=SWEEP_LIMIT)
    turns = asyncio.Semaphore(at_once)

    async def check(payment: Payment) -> None:
        async with turns:
            await _check_one(ports, payment)

    await asyncio.gather(*[check(payment) for payment in due])
    return len(due)


async def _check_one(ports: Ports, payment: Payment) -> None:
    is_known = True
    try:
        await capture.settle(ports, payment.account_id, payment.id, Witness(Source.POLL))
    except (GatewayUnavailable, LostRace) as why:
        log.warning("check_postponed", payment=str(payment.id), code=why.code)
        is_known = False
    except BillingError as error:
        log.error("check_failed", payment=str(payment.id), code=error.code)
    except Exception:
        # One attempt that cannot be settled must not keep the others from it.
        log.exception("check_broke", payment=str(payment.id))
    await _plan_next(ports, payment, is_known=is_known)


async def _plan_next(ports: Ports, payment: Payment, *, is_known: bool) -> None:
    """`payment` is as it was claimed. Somebody may have begun to watch while we asked."""
    at = ports.clock()
    now = await payments.find(payment.account_id, payment.id)
    when = next_check(
        at,
        started_at=now.created_at,
        watched_since=now.watched_since,
        watched_until=now.watched_until,
    )
    if not is_known and now.status not in LIVE:
        when = min(when, at + ASKED_AGAIN)
    await payment_checks.plan_check(payment, when)
