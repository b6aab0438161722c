"""Asking a gateway what became of money that a person was called for."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from service.billing.money import Money, total
from service.billing.refund import DisputeStatus, to_the_unit
from service.gateway import Gateway, GatewayPayment, PaymentSearch
from service.ports import Ports
from service.store import accounts, payments
from service.store import cases as case_store
from service.store.database import transaction
from service.store.money_records import Candidate
from service.store.records import Payment
from service.workflows import unbooked


async def ask_about(ports: Ports, payment: Payment, named: str) -> None:
    """Look at a gateway's payment once more that is, or was, in a case about one of ours: its case
    closes when it went back, and a person is called again when it is there again.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    candidate = await case_store.candidate_about(payment, named)
    if candidate is None:
        return
    found = await find(ports, candidate)
    if found is not None:
        await take_in(ports, payment, found)


async def find(ports: Ports, candidate: Candidate) -> GatewayPayment | None:
    """The payment as the gateway's list has it now. Of what an attempt of ours has held, when it
    was taken is known only about.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    gateway = ports.gateway_named(candidate.gateway)
    around = candidate.captured_at.replace(microsecond=0)
    found = await _among(gateway, candidate, PaymentSearch(around, around))
    if found is None and candidate.payment_id is not None:
        ids = frozenset({candidate.payment_id})
        search = PaymentSearch(around - _TAKEN_BEFORE, around, payment_ids=ids)
        found = await _among(gateway, candidate, search)
    return found


# How long before it was reported a gateway may have taken money: debits take days.
_TAKEN_BEFORE = timedelta(days=30)


async def _among(
    gateway: Gateway, candidate: Candidate, search: PaymentSearch
) -> GatewayPayment | None:
    listed = await gateway.find_payments(search)
    return next((one for one in listed if one.transaction == candidate.transaction), None)


async def take_in(ports: Ports, payment: Payment, found: GatewayPayment) -> None:
    """Have a person look at what a gateway took for an attempt and is not booked; or nobody any
    more, when all of it is with its payer again. What the attempt's own page tells of has its
    verdict. While it is disputed nothing changes.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    whereabouts = await whereabouts_of(ports.gateway_named(payment.gateway), found)
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        current = await payments.find(payment.account_id, payment.id)
        if whereabouts is Whereabouts.WITH_PAYER:
            await unbooked.note_gone_back(ports, current, found.transaction)
        elif whereabouts is Whereabouts.HERE and not await _is_known(current, found):
            await unbooked.remind_of(ports, current, found)


class Whereabouts(StrEnum):
    """Who has the money of a payment."""

    HERE = "HERE"
    """The seller has some of it."""
    DISPUTED = "DISPUTED"
    """The payer's bank may yet take it back, or more of it."""
    WITH_PAYER = "WITH_PAYER"
    """All of it was given back, or lost to the payer's bank."""


async def whereabouts_of(gateway: Gateway, found: GatewayPayment) -> Whereabouts:
    """Who has the money of a payment, by the sums of its refunds and of the disputes that were
    lost. An inquiry of the payer's bank is no dispute; one that was lost in another currency leaves
    open how much is here.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    if not found.given_back:
        return Whereabouts.HERE
    currency = found.amount.currency
    disputes = await gateway.disputes_of(found.transaction)
    refunded = found.refunded or Money(0, currency)
    disputes = [to_the_unit(one, found.amount, refunded) for one in disputes]
    lost = [one.kept for one in disputes if one.status is DisputeStatus.LOST]
    known = total([amount for amount in lost if amount.currency == currency], currency)
    away = refunded + known
    if away.minor_units >= found.amount.minor_units:
        return Whereabouts.WITH_PAYER
    is_open = any(one.status is DisputeStatus.OPEN for one in disputes)
    is_unclear = any(amount.currency != currency for amount in lost)
    return Whereabouts.DISPUTED if is_open or is_unclear else Whereabouts.HERE


async def _is_known(payment: Payment, found: GatewayPayment) -> bool:
    booked = await payments.is_captured(payment.gateway, found.transaction)
    return booked or payment.transaction == found.transaction
