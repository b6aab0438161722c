"""Refunds and disputes: facts on top of a captured payment, and how they move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from service.billing.errors import TransitionRefused
from service.billing.money import Money


class RefundStatus(StrEnum):
    REQUESTED = "REQUESTED"
    """Decided by us; the gateway may not know of it yet."""
    PENDING = "PENDING"
    """The gateway took it on; the money is on its way to the payer."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    """It came back, or the gateway refused it: the money is with us. Or it was a surplus's, and is
    not needed any more: the payer has that in another way."""


class RefundMove(StrEnum):
    ACCEPT = "ACCEPT"
    SUCCEED = "SUCCEED"
    FAIL = "FAIL"


class RefundReason(StrEnum):
    SURPLUS = "SURPLUS"
    """Paid beyond what was due: given back by itself."""
    REQUESTED = "REQUESTED"
    """The seller's staff gave it back."""
    AT_GATEWAY = "AT_GATEWAY"
    """Made at the gateway, past this service."""


_S, _M = RefundStatus, RefundMove
REFUND_MOVES = {
    (_S.REQUESTED, _M.ACCEPT): _S.PENDING,
    (_S.REQUESTED, _M.SUCCEED): _S.SUCCEEDED,
    (_S.REQUESTED, _M.FAIL): _S.FAILED,
    (_S.PENDING, _M.SUCCEED): _S.SUCCEEDED,
    (_S.PENDING, _M.FAIL): _S.FAILED,
    # A payer's bank may send back what had already arrived there.
    (_S.SUCCEEDED, _M.FAIL): _S.FAILED,
}
#: The money has left the gateway, or the seller's bank account.
REFUND_BOOKED = frozenset({RefundStatus.PENDING, RefundStatus.SUCCEEDED})
#: Counts against what can still be refunded.
REFUND_HOLDS = frozenset(RefundStatus) - {RefundStatus.FAILED}


def advance_refund(status: RefundStatus, move: RefundMove) -> RefundStatus:
    """Return the status after `move`; raise TransitionRefused if none is listed."""
    try:
        return REFUND_MOVES[status, move]
    except KeyError:
        raise TransitionRefused(status, move) from None


class DisputeStatus(StrEnum):
    OPEN = "OPEN"
    """The payer's bank took the money back and waits for evidence, or decides."""
    WON = "WON"
    LOST = "LOST"
    """The payer has the money, unless an appeal brings it back."""


class DisputeMove(StrEnum):
    WIN = "WIN"
    LOSE = "LOSE"


DISPUTE_MOVES = {
    (DisputeStatus.OPEN, DisputeMove.WIN): DisputeStatus.WON,
    (DisputeStatus.OPEN, DisputeMove.LOSE): DisputeStatus.LOST,
    (DisputeStatus.LOST, DisputeMove.WIN): DisputeStatus.WON,
}


def advance_dispute(status: DisputeStatus, move: DisputeMove) -> DisputeStatus:
    """Return the status after `move`; raise TransitionRefused if none is listed."""
    try:
        return DISPUTE_MOVES[status, move]
    except KeyError:
        raise TransitionRefused(status, move) from None


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """What a gateway says of one refund. `our_id` is the id that we gave it, if it was ours."""

    reference: str
    status: RefundStatus
    amount: Money
    created_at: datetime
    our_id: str | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """What a gateway says of one dispute. `amount` is what it took first, and `returned_minor` what
    of that came back though it was not won: because it had been refunded before. Gateways tell that
    in the currency of the payout, at the rate of the day."""

    reference: str
    status: DisputeStatus
    amount: Money
    reason: str
    created_at: datetime
    returned_minor: int = 0

    @property
    def kept(self) -> Money:
        """What it took and did not give back."""
        return Money(self.amount.minor_units - self.returned_minor, self.amount.currency)


# What came back is taken for what had gone back before when they differ by at most a twentieth.
NEAR = 20


def to_the_unit(seen: GatewayDispute, charged: Money, gone: Money) -> GatewayDispute:
    """A dispute of a charge of which `gone` went back in other ways, as it is to be booked. What it
    gave back is to the unit what it had taken twice, where it is about that: the rest is rates and
    rounding. One that was lost and gave all back is won."""
    if seen.status is DisputeStatus.WON or seen.amount.currency != charged.currency:
        return seen
    taken, back = seen.amount.minor_units, seen.returned_minor
    twice = min(max(gone.minor_units + taken - charged.minor_units, 0), taken)
    if back > 0 and abs(back - twice) * NEAR <= twice:
        back = twice
    if back < taken:
        return replace(seen, returned_minor=back)
    is_lost = seen.status is DisputeStatus.LOST
    return replace(seen, status=DisputeStatus.WON if is_lost else seen.status, returned_minor=0)


def refund_move(current: RefundStatus, seen: RefundStatus) -> RefundMove | None:
    """The move that a gateway's word leads to; None when it is no news."""
    wanted = {
        RefundStatus.PENDING: RefundMove.ACCEPT,
        RefundStatus.SUCCEEDED: RefundMove.SUCCEED,
        RefundStatus.FAILED: RefundMove.FAIL,
    }.get(seen)
    return wanted if wanted is not None and (current, wanted) in REFUND_MOVES else None


def dispute_move(current: DisputeStatus, seen: DisputeStatus) -> DisputeMove | None:
    """The move that a gateway's word leads to; None when it is no news."""
    wanted = {DisputeStatus.WON: DisputeMove.WIN, DisputeStatus.LOST: DisputeMove.LOSE}.get(seen)
    return wanted if wanted is not None and (current, wanted) in DISPUTE_MOVES else None
