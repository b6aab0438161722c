"""What of a surplus is still to be given back, once it may have gone back in another way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import structlog

from service.billing.errors import GatewayUnavailable
from service.billing.events import RefundStatusChanged
from service.billing.evidence import Source, Witness
from service.billing.ledger import proportional
from service.billing.money import Money, total
from service.billing.receipt import settled_by
from service.billing.refund import (
    REFUND_HOLDS,
    DisputeStatus,
    RefundMove,
    RefundReason,
    RefundStatus,
)
from service.ports import Ports
from service.store import accounts, events, ledger, refunds
from service.store.database import transaction
from service.store.money_records import Refund
from service.store.records import Payment
from service.workflows import aftermath

log = structlog.get_logger(__name__)

#: Why a refund was not sent in the end: its money is with the payer already.
GIVEN_BACK = "given_back"
# A call that was given up may still reach the gateway. After this it has, or never will.
_UNDER_WAY = timedelta(minutes=5)


async def still_owed(ports: Ports, refund: Refund, payment: Payment) -> Refund:
    """The refund of a surplus as it is to be asked for now: brought down to what did not go back
    in another way, and FAILED if all did.

    What is asked for under a key is decided before the first call and never changes: another
    amount gets another key, once no call under the former one can be under way.

    Raises:
        GatewayUnavailable: no answer; or less is left than a call that may be under way asks for.
        GatewayRefused: the gateway does not know the payment.
    """
    gateway, transaction_id = ports.gateway_named(refund.gateway), payment.transaction or ""
    listed = await gateway.refunds_of(transaction_id)
    disputed = await gateway.disputes_of(transaction_id)
    async with transaction(ports.bus):
        await accounts.lock(refund.account_id)
        await aftermath.take_in(ports, payment, listed, disputed, Witness(Source.SERVICE))
        current = await refunds.find(refund.account_id, refund.id)
        is_ready = current.status is not RefundStatus.REQUESTED or await _fit(
            ports, current, payment
        )
    if not is_ready:
        raise GatewayUnavailable
    return await refunds.find(refund.account_id, refund.id)


async def _fit(ports: Ports, refund: Refund, payment: Payment) -> bool:
    """Bring a refund in line with what is left; False when that has to wait."""
    at = ports.clock()
    charged, amount = await _left(refund, payment)
    if (charged, amount) == (refund.charged, refund.amount):
        await refunds.note_asked(refund, at=at)
        return True
    if refund.key_number > 0 and at - refund.updated_at < _UNDER_WAY:
        return False
    log.info("surplus_went_back", refund=str(refund.id), left=charged.minor_units)
    after = RefundStatus.REQUESTED
    if charged.minor_units > 0:
        await refunds.bring_down(refund, charged, amount, at=at)
    else:
        after = await refunds.move(refund, RefundMove.FAIL, at=at, failure=GIVEN_BACK)
    changed = RefundStatusChanged(refund.id, payment.id, after)
    await events.record(refund.account_id, changed, at=at)
    return True


async def _left(refund: Refund, payment: Payment) -> tuple[Money, Money]:
    """What is to be given back, and what that is of the surplus: no more than was decided."""
    held = await ledger.held_by(payment.account_id, payment.id)
    surplus = sum(one.surplus_minor for one in held)
    charged = await _left_of_charge(refund, payment) if surplus > 0 else 0
    return (
        Money(max(min(charged, refund.charged.minor_units), 0), refund.charged.currency),
        Money(min(surplus, refund.amount.minor_units), refund.amount.currency),
    )


async def _left_of_charge(refund: Refund, payment: Payment) -> int:
    """What of a charge was a surplus and did not go back past this service, as far as no other
    refund asks for it; in its minor units."""
    account_id, ids = payment.account_id, [payment.id]
    entries = await ledger.of_payment(account_id, payment.id)
    was = total(
        [one.surplus for one in settled_by(payment.id, payment.amount, entries)],
        payment.amount.currency,
    )
    charged = payment.quote.charged
    others = [
        one
        for one in (await refunds.of_payments(account_id, ids))[payment.id]
        if one.status in REFUND_HOLDS and one.id != refund.id
    ]
    disputes = (await refunds.disputes_of_payments(account_id, ids))[payment.id]
    lost = sum(one.charged.minor_units for one in disputes if one.status is DisputeStatus.LOST)
    by_hand = _sum_of(one for one in others if one.reason is RefundReason.AT_GATEWAY)
    whole = proportional(charged, Money(0, was.currency), was, payment.amount).minor_units
    return min(whole - by_hand, charged.minor_units - _sum_of(others)) - lost


def _sum_of(given: Iterable[Refund]) -> int:
    return sum(one.charged.minor_units for one in given)
