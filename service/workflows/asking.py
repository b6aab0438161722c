"""Asking the gateway for payers who are back: of many requests one asks, and the others get what it
was told."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.payment import PaymentStatus
from service.ports import Ports
from service.store import accounts, evidence, payment_checks, payments
from service.store.database import transaction
from service.store.records import Payment
from service.workflows import closing

#: Within this time a second request has nobody asked.
ASKED_LATELY = timedelta(seconds=2)
# Between looks at whether another request has its answer: mostly it comes within the first two.
_PAUSES_S = (0.1, 0.2, 0.4, 0.8)


async def ask(ports: Ports, payment: Payment, *, left: bool = False) -> Payment:
    """How an attempt stands, asked of the gateway once in two seconds for all requests. The others
    wait a moment for that answer, and get what is known when it does not come.

    Without `left` the payer is back from paying: from now on they get an answer within the
    policy's deadline, and for those who were not back before the gateway is always asked. Coming
    back again puts the deadline off only once the gateway has said that nothing was paid, and once
    a minute.

    Raises:
        GatewayUnavailable: no answer to this request's own question.
        LostRace: as for `closing.asked`.
    """
    if payment.status is PaymentStatus.CAPTURED:
        return payment
    if not await _take_turn(ports, payment, left=left):
        return await _told_to_another(ports, payment)
    if not left:
        await payment_checks.watch(payment.account_id, ports.clock(), payment_id=payment.id)
    return await closing.asked(ports, payment, Witness(Source.RETURN))


async def _take_turn(ports: Ports, payment: Payment, *, left: bool) -> bool:
    at = ports.clock()
    async with transaction(ports.bus):
        if payment.returned_at is not None:
            # Whether another look has just found the gateway silent decides what is kept here.
            await accounts.lock(payment.account_id)
        if not await payment_checks.take_turn(
            payment, at=at, lasts=ASKED_LATELY, returning=not left
        ):
            return False
        if not left and await _is_kept(ports, payment, at):
            returned = Evidence(Fact.PAYER_RETURNED, Witness(Source.RETURN))
            await evidence.add(payment.account_id, returned, at=at, payment_id=payment.id)
    return True


async def _is_kept(ports: Ports, payment: Payment, at: datetime) -> bool:
    """Note that a payer is back; return whether it belongs to the evidence: not each time that a
    client in a loop says so and hears that nothing was paid."""
    deadline = at + ports.policy.answer_deadline
    if await payment_checks.note_return(payment, at=at, deadline_at=deadline):
        return True
    if not await payment_checks.note_return_again(payment, at=at):
        return False
    # Silence from before they came back was no doubt: the next one has to be seen as news.
    return await evidence.newest_of(payment) is not Fact.SEEN_OPEN


async def _told_to_another(ports: Ports, payment: Payment) -> Payment:
    async with ports.bus.listen(payment.account_id) as hints:
        now = await payments.find(payment.account_id, payment.id)
        for pause_s in _PAUSES_S:
            if now.status is not payment.status or _is_answered(now):
                break
            await hints.wait(pause_s)
            now = await payments.find(payment.account_id, payment.id)
    return now


def _is_answered(payment: Payment) -> bool:
    """Whether the gateway has answered since it was asked for a payer last."""
    if payment.asked_at is None or payment.checked_at is None:
        return False
    return payment.checked_at >= payment.asked_at
