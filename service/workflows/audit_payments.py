"""One payment in an audit: the gateway's own lists beside what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from service.billing.errors import GatewayRefused
from service.billing.ids import Kind, encode
from service.billing.ledger import Book, balance
from service.billing.money import Money, total
from service.billing.payment import LIVE, GatewayState, PaymentStatus, went_back
from service.billing.refund import (
    NEAR,
    REFUND_BOOKED,
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    RefundStatus,
    to_the_unit,
)
from service.gateway import Gateway, PaymentSearch
from service.store import payments
from service.store.records import Payment
from service.workflows.audit_books import Kept
from service.workflows.look_ups import with_lost

_CAME_TO_NOTHING = frozenset({GatewayState.FAILED, GatewayState.CANCELED, GatewayState.EXPIRED})


async def wrong_at_gateway(gateway: Gateway, kept: Kept) -> list[str]:
    """What the gateway tells differently of a payment.

    Raises:
        GatewayUnavailable: no answer.
    """
    payment = kept.payment
    wrong = await _wrong_with_capture(gateway, payment)
    if payment.session_id is None:
        wrong += await _wrong_in_list(gateway, payment)
    if payment.status is not PaymentStatus.CAPTURED or payment.transaction is None:
        return wrong
    try:
        given_back = await gateway.refunds_of(payment.transaction)
        disputed = await gateway.disputes_of(payment.transaction)
    except GatewayRefused:
        return [*wrong, "the gateway does not know its payment"]
    wrong += _wrong_with_cash(kept, given_back, disputed)
    wrong += _wrong_with_refunds(kept, given_back)
    return wrong + _wrong_with_disputes(kept, given_back, disputed)


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


async def _wrong_in_list(gateway: Gateway, payment: Payment) -> list[str]:
    """What the gateway's list tells differently of a captured payment without a page of ours."""
    if payment.captured_at is None or payment.transaction is None:
        return []
    second = payment.captured_at.replace(microsecond=0)
    charged = payment.quote.charged
    try:
        listed = await gateway.find_payments(PaymentSearch(second, second + timedelta(seconds=1)))
    except GatewayRefused:
        listed = []
    found = next((one for one in listed if one.transaction == payment.transaction), None)
    if found is None:
        return [f"the gateway lists no payment {payment.transaction} at the time of its capture"]
    if found.amount != charged:
        taken = f"{found.amount.minor_units} {found.amount.currency}"
        return [f"the gateway took {taken}, {charged.minor_units} {charged.currency} was asked"]
    return []


def _wrong_with_cash(
    kept: Kept, given_back: Sequence[GatewayRefund], disputed: Sequence[GatewayDispute]
) -> list[str]:
    """The money that the gateway holds of a payment, after refunds and disputes."""
    charged = kept.payment.quote.charged
    back = [one.amount for one in given_back if one.status in REFUND_BOOKED]
    taken = [
        _taken_by(kept, one)
        for one in _to_the_unit(kept, given_back, disputed)
        if one.status is not DisputeStatus.WON and one.amount.currency == charged.currency
    ]
    there = (charged - total([*back, *taken], charged.currency)).minor_units
    here = balance(kept.entries, Book.GATEWAY, charged.currency)
    if here != there:
        return [f"the gateway holds {there} {charged.currency} of it, we book {here}"]
    return []


def _to_the_unit(
    kept: Kept, given_back: Sequence[GatewayRefund], disputed: Sequence[GatewayDispute]
) -> list[GatewayDispute]:
    """Disputes as they are to be booked, after what went back of the charge in other ways."""
    charged = kept.payment.quote.charged
    back = [one.amount for one in given_back if one.status in REFUND_BOOKED]
    lost = {one.reference: one.charged for one in kept.disputes if one.status is DisputeStatus.LOST}
    read = []
    for seen in disputed:
        others = [amount for reference, amount in lost.items() if reference != seen.reference]
        read.append(to_the_unit(seen, charged, total([*back, *others], charged.currency)))
    return read


def _taken_by(kept: Kept, seen: GatewayDispute) -> Money:
    """What a dispute took, as we know it where that is what the gateway tells but for rates."""
    known = next((one for one in kept.disputes if one.reference == seen.reference), None)
    if known is None:
        return seen.kept
    apart = abs(known.charged.minor_units - seen.kept.minor_units)
    return known.charged if apart * NEAR <= seen.returned_minor else seen.kept


def _wrong_with_refunds(kept: Kept, listed: Sequence[GatewayRefund]) -> list[str]:
    ours = {one.reference: str(one.status) for one in kept.refunds if one.reference is not None}
    given_up = {
        str(one.id): encode(Kind.REFUND, one.id)
        for one in kept.refunds
        if one.reference is None and one.status is RefundStatus.FAILED
    }
    return [
        f"refund {given_up[one.our_id]} was given up here, and made there as {one.reference}"
        for one in listed
        if one.our_id in given_up and one.status in REFUND_BOOKED
    ] + _compared("refund", {one.reference: str(one.status) for one in listed}, ours)


def _wrong_with_disputes(
    kept: Kept, given_back: Sequence[GatewayRefund], listed: Sequence[GatewayDispute]
) -> list[str]:
    ours = {one.reference: str(one.status) for one in kept.disputes}
    read = _to_the_unit(kept, given_back, listed)
    theirs = {one.reference: str(one.status) for one in read}
    appealed = {
        reference
        for reference, status in theirs.items()
        if status == DisputeStatus.OPEN and ours.get(reference) == DisputeStatus.LOST
    }
    return _compared("dispute", theirs | dict.fromkeys(appealed, str(DisputeStatus.LOST)), ours)


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
