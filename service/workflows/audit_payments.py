"""One payment in an audit: its entries beside what was allocated, and the gateway's own lists
beside what is kept of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.billing.errors import GatewayRefused
from service.billing.ledger import Book, Entry, balance, proportional
from service.billing.money import Money
from service.billing.payment import LIVE, GatewayState, PaymentStatus, went_back
from service.billing.refund import (
    REFUND_BOOKED,
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    RefundReason,
    RefundStatus,
)
from service.gateway import Gateway
from service.store import ledger, payments, refunds
from service.store.money_records import Dispute, Refund
from service.store.records import Allocation, Payment
from service.workflows.capture import OFFLINE
from service.workflows.look_ups import with_lost

# A refund is sent within seconds; a gateway that is silent for longer is an outage.
_SENT_WITHIN = timedelta(hours=1)
_CAME_TO_NOTHING = frozenset({GatewayState.FAILED, GatewayState.CANCELED, GatewayState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Kept:
    """What we keep of a captured payment."""

    payment: Payment
    parts: Sequence[Allocation]
    entries: Sequence[Entry]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]


async def kept_of(payment: Payment) -> Kept:
    """Read it all; of an attempt that took no money there is nothing to read."""
    account_id, ids = payment.account_id, [payment.id]
    if payment.status is not PaymentStatus.CAPTURED:
        return Kept(payment, (), (), (), ())
    return Kept(
        payment,
        await payments.allocations(account_id, ids),
        await ledger.of_payment(account_id, payment.id),
        (await refunds.of_payments(account_id, ids))[payment.id],
        (await refunds.disputes_of_payments(account_id, ids))[payment.id],
    )


def wrong_in_books(kept: Kept, *, at: datetime) -> list[str]:
    """What our own tables tell differently of a payment."""
    if kept.payment.status is not PaymentStatus.CAPTURED:
        return []
    return (
        _wrong_with_entries(kept)
        + _unsent_refunds(kept, at)
        + _surplus_owed(kept)
        + _surplus_returned(kept)
    )


def _wrong_with_entries(kept: Kept) -> list[str]:
    payment, wrong = kept.payment, []
    key = f"captured:{payment.id}"
    received = sum(one.amount.minor_units for one in kept.entries if one.key == key)
    charged = payment.quote.charged.minor_units
    if received != charged:
        wrong.append(f"{received} was booked as received, {charged} was charged")
    booked = Counter[object]()
    for one in kept.entries:
        if one.key.startswith(f"{key}:"):
            booked[one.invoice_id] += one.amount.minor_units
    allocated = Counter[object]()
    for part in kept.parts:
        allocated[part.invoice_id] += part.amount.minor_units
    if booked != allocated:
        wrong.append("what was booked on its invoices is not what was allocated to them")
    return wrong


def _unsent_refunds(kept: Kept, at: datetime) -> list[str]:
    return [
        f"refund {one.id} was decided at {one.created_at:%Y-%m-%d %H:%M} UTC and was not sent"
        for one in kept.refunds
        if one.status is RefundStatus.REQUESTED and at - one.created_at > _SENT_WITHIN
    ]


def _surplus_owed(kept: Kept) -> list[str]:
    """A refund of it that failed is a case for a person already."""
    payment = kept.payment
    surplus = -balance(kept.entries, Book.SURPLUS, payment.amount.currency)
    decided = any(one.reason is RefundReason.SURPLUS for one in kept.refunds)
    if surplus <= 0 or decided or payment.gateway == OFFLINE:
        return []
    owed = Money(surplus, payment.amount.currency)
    nothing = Money(0, payment.amount.currency)
    if proportional(payment.quote.charged, nothing, owed, payment.amount).minor_units == 0:
        return []
    return [f"{surplus} {owed.currency} of it was not due, and no refund was decided"]


def _surplus_returned(kept: Kept) -> list[str]:
    """A refund of a surplus gives back what was not due, and nothing else."""
    currency = kept.payment.amount.currency
    booked = sum(one.amount.minor_units for one in kept.entries if one.key.endswith(":surplus"))
    sent = [
        one
        for one in kept.refunds
        if one.reason is RefundReason.SURPLUS and one.status in REFUND_BOOKED
    ]
    given = sum(one.amount.minor_units for one in sent)
    wrong = []
    if given > booked:
        wrong.append(f"{given} {currency} of a surplus went back, {booked} was booked as surplus")
    for refund in sent:
        key = f"refunded:{refund.id}:"
        taken = [one for one in kept.entries if one.key.startswith(key)]
        settled = sum(one.amount.minor_units for one in taken if one.debit is not Book.SURPLUS)
        if settled > 0:
            what = f"gave back {settled} {currency} of what had settled invoices"
            wrong.append(f"refund {refund.id} of a surplus {what}")
    return wrong


async def wrong_at_gateway(gateway: Gateway, kept: Kept) -> list[str]:
    """What the gateway tells differently of a payment.

    Raises:
        GatewayUnavailable: no answer.
    """
    payment = kept.payment
    wrong = await _wrong_with_capture(gateway, payment)
    if payment.status is not PaymentStatus.CAPTURED or payment.transaction is None:
        return wrong
    try:
        given_back = await gateway.refunds_of(payment.transaction)
        disputed = await gateway.disputes_of(payment.transaction)
    except GatewayRefused:
        return [*wrong, "the gateway does not know its payment"]
    wrong += _wrong_with_cash(kept, given_back, disputed)
    wrong += _wrong_with_refunds(kept, given_back)
    return wrong + _wrong_with_disputes(kept, disputed)


async def _wrong_with_capture(gateway: Gateway, payment: Payment) -> list[str]:
    if payment.session_id is None:
        return []
    is_captured = payment.status is PaymentStatus.CAPTURED
    try:
        seen = await gateway.look_up(payment.session_id)
        if not is_captured:
            seen = await with_lost(gateway, seen)
    except GatewayRefused:
        return ["the gateway does not know its checkout"]
    taken = f"{seen.amount.minor_units} {seen.amount.currency}"
    if seen.state is not GatewayState.PAID:
        held_here = payment.status is PaymentStatus.UNDER_REVIEW and seen.state in _CAME_TO_NOTHING
        is_other = is_captured or held_here
        return [f"it is {payment.status} here, and {seen.state} at the gateway"] if is_other else []
    if not is_captured:
        if went_back(seen):
            back = f"it is {payment.status} here, and the gateway gave its money back"
            return [back] if payment.status in LIVE else []
        if await payments.is_captured(payment.gateway, seen.transaction or ""):
            # A person had it booked as another payment, which is compared by itself.
            return []
        return [f"the gateway took {taken}, and it is {payment.status} here"]
    charged = payment.quote.charged
    if seen.amount != charged:
        return [f"the gateway took {taken}, {charged.minor_units} {charged.currency} was asked"]
    return []


def _wrong_with_cash(
    kept: Kept, given_back: Sequence[GatewayRefund], disputed: Sequence[GatewayDispute]
) -> list[str]:
    """The money that the gateway holds of a payment, after refunds and disputes."""
    charged = kept.payment.quote.charged
    there = (
        charged.minor_units
        - sum(one.amount.minor_units for one in given_back if one.status in REFUND_BOOKED)
        - sum(one.amount.minor_units for one in disputed if one.status is not DisputeStatus.WON)
    )
    here = balance(kept.entries, Book.GATEWAY, charged.currency)
    if here != there:
        return [f"the gateway holds {there} {charged.currency} of it, we book {here}"]
    return []


def _wrong_with_refunds(kept: Kept, listed: Sequence[GatewayRefund]) -> list[str]:
    ours = {one.reference: str(one.status) for one in kept.refunds if one.reference is not None}
    given_up = {
        str(one.id)
        for one in kept.refunds
        if one.reference is None and one.status is RefundStatus.FAILED
    }
    return [
        f"refund {one.our_id} was given up here, and made there as {one.reference}"
        for one in listed
        if one.our_id in given_up and one.status in REFUND_BOOKED
    ] + _compared("refund", {one.reference: str(one.status) for one in listed}, ours)


def _wrong_with_disputes(kept: Kept, listed: Sequence[GatewayDispute]) -> list[str]:
    ours = {one.reference: str(one.status) for one in kept.disputes}
    return _compared("dispute", {one.reference: str(one.status) for one in listed}, ours)


def _compared(noun: str, there: dict[str, str], here: dict[str, str]) -> list[str]:
    """Statuses by the gateway's reference, of both sides."""
    wrong = []
    for reference, status in there.items():
        ours = here.get(reference)
        if ours is None:
            wrong.append(f"the gateway has a {noun} {reference} that we do not know")
        elif ours != status:
            wrong.append(f"{noun} {reference} is {status} there, {ours} here")
    lost = sorted(here.keys() - there.keys())
    return wrong + [f"the gateway does not know {noun} {reference}" for reference in lost]
