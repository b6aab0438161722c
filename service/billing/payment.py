"""How one attempt to pay moves, and how a gateway's word about it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from service.billing.errors import TransitionRefused
from service.billing.money import Money

# What stands for a gateway where the seller's own bank received the money.
OFFLINE = "offline"


class PaymentStatus(StrEnum):
    PENDING = "PENDING"
    """A checkout page may be open; no money has moved."""
    PROCESSING = "PROCESSING"
    """The payer has done their part; the money is on its way (delayed methods)."""
    UNDER_REVIEW = "UNDER_REVIEW"
    """The gateway reports money that does not match the attempt: held until it matches, went back
    or never came."""
    CAPTURED = "CAPTURED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


LIVE = frozenset({PaymentStatus.PENDING, PaymentStatus.PROCESSING, PaymentStatus.UNDER_REVIEW})
FINAL = frozenset(PaymentStatus) - LIVE


def is_in_doubt(
    status: PaymentStatus, *, returned_at: datetime | None, seen: GatewayState | None
) -> bool:
    """Whether the payer came back and may well have paid. `seen` is what the gateway said since:
    only that its page still waits for them says that they have not."""
    came_back = status is PaymentStatus.PENDING and returned_at is not None
    return came_back and seen is not GatewayState.OPEN


class PaymentMove(StrEnum):
    PROCESS = "PROCESS"
    CAPTURE = "CAPTURE"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    EXPIRE = "EXPIRE"
    QUARANTINE = "QUARANTINE"


_S, _M = PaymentStatus, PaymentMove
MOVES = {
    (_S.PENDING, _M.PROCESS): _S.PROCESSING,
    (_S.PENDING, _M.CAPTURE): _S.CAPTURED,
    (_S.PENDING, _M.FAIL): _S.FAILED,
    (_S.PENDING, _M.CANCEL): _S.CANCELED,
    (_S.PENDING, _M.EXPIRE): _S.EXPIRED,
    (_S.PENDING, _M.QUARANTINE): _S.UNDER_REVIEW,
    (_S.PROCESSING, _M.CAPTURE): _S.CAPTURED,
    (_S.PROCESSING, _M.FAIL): _S.FAILED,
    (_S.PROCESSING, _M.CANCEL): _S.CANCELED,
    # The page expired while the money was on its way, and then it did not come.
    (_S.PROCESSING, _M.EXPIRE): _S.EXPIRED,
    (_S.PROCESSING, _M.QUARANTINE): _S.UNDER_REVIEW,
    (_S.UNDER_REVIEW, _M.CAPTURE): _S.CAPTURED,
    # What did not match was on its way, and did not come.
    (_S.UNDER_REVIEW, _M.FAIL): _S.FAILED,
    (_S.UNDER_REVIEW, _M.EXPIRE): _S.EXPIRED,
    # It was let go of, or went back to the payer.
    (_S.UNDER_REVIEW, _M.CANCEL): _S.CANCELED,
    # The gateway's ledger is the truth: money that turns up after we gave up was still paid.
    (_S.FAILED, _M.CAPTURE): _S.CAPTURED,
    (_S.CANCELED, _M.CAPTURE): _S.CAPTURED,
    (_S.EXPIRED, _M.CAPTURE): _S.CAPTURED,
    # Nor is anybody asked to pay while such money is on its way.
    (_S.FAILED, _M.PROCESS): _S.PROCESSING,
    (_S.CANCELED, _M.PROCESS): _S.PROCESSING,
    (_S.EXPIRED, _M.PROCESS): _S.PROCESSING,
}


def advance(status: PaymentStatus, move: PaymentMove) -> PaymentStatus:
    """Return the status after `move`; raise TransitionRefused if none is listed."""
    try:
        return MOVES[status, move]
    except KeyError:
        raise TransitionRefused(status, move) from None


@dataclass(frozen=True, slots=True)
class Quote:
    """What an amount costs in the charge currency, fixed when a checkout starts.

    `rate` is units of the charge currency for one unit of the invoice currency; `as_of` is the day
    the source published it. A quote never changes after it was frozen: it is the FX receipt.
    """

    rate: Decimal
    source: str
    as_of: date
    valid_until: datetime | None
    charged: Money


def quote(
    amount: Money,
    currency: str,
    rate: Decimal,
    *,
    source: str,
    as_of: date,
    valid_until: datetime | None,
) -> Quote:
    """Price an amount in another currency; rounded half up, once."""
    return Quote(rate, source, as_of, valid_until, amount.convert(rate, currency))


class GatewayState(StrEnum):
    """Where a checkout stands at the gateway, in our words."""

    OPEN = "OPEN"
    PROCESSING = "PROCESSING"
    AUTHORIZED = "AUTHORIZED"
    """The payer's bank holds the amount for us; nothing was taken yet."""
    PAID = "PAID"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


#: States in which a gateway tells of money that it has, or expects to have.
MONEY_TAKEN = frozenset({GatewayState.PROCESSING, GatewayState.AUTHORIZED, GatewayState.PAID})


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a try did not go through: the gateway's code, and a sentence for the payer."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Method:
    """What was paid with, as far as it may be shown: kind ("card"), brand and last four digits."""

    kind: str
    brand: str | None
    last4: str | None

    def clipped(self) -> Method:
        """At the length that is kept; a bank's name may be longer."""
        return Method(
            self.kind[:32],
            self.brand[:32] if self.brand else None,
            self.last4[-4:] if self.last4 else None,
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the gateway pays out for a capture, in its own currency: known some time afterwards.

    `rate` is units of that currency for one unit of the charge currency; None without exchange.
    """

    gross: Money
    fee: Money
    rate: Decimal | None

    @property
    def net(self) -> Money:
        """What is left of it after the fee."""
        return self.gross - self.fee


@dataclass(frozen=True, slots=True)
class GatewayCheckout:
    """What the gateway says of one checkout right now. `amount` is what it took or will take.

    `transaction` is the gateway's id of the payment itself: refunds and disputes belong to it.
    `slow` says that the method takes days by its nature. `was_changed` says that refunds or
    disputes exist; `refunded` is what refunds have taken from it so far, where something was taken.
    """

    session_id: str
    state: GatewayState
    amount: Money
    live_mode: bool
    reference: str | None
    transaction: str | None
    captured_at: datetime | None
    method: Method | None
    decline: Decline | None
    slow: bool = False
    was_changed: bool = False
    refunded: Money | None = None
    settlement: Settlement | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What we froze before we asked the gateway: the only thing a capture is measured against."""

    payment_id: str
    status: PaymentStatus
    charged: Money
    live_mode: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The move that the gateway's word leads to (None: nothing changes), and why if it is held.
    `returned` says that what did not match is with the payer again."""

    move: PaymentMove | None
    held_because: str | None = None
    returned: bool = False


_MOVE_OF = {
    GatewayState.PROCESSING: PaymentMove.PROCESS,
    GatewayState.AUTHORIZED: PaymentMove.PROCESS,
    GatewayState.PAID: PaymentMove.CAPTURE,
    GatewayState.FAILED: PaymentMove.FAIL,
    GatewayState.CANCELED: PaymentMove.CANCEL,
    GatewayState.EXPIRED: PaymentMove.EXPIRE,
}


def judge(attempt: Attempt, seen: GatewayCheckout) -> Verdict:
    """Decide what a gateway's report does to an attempt.

    Money that does not equal the frozen attempt in amount, currency, mode and reference is held for
    review and never marks anything paid; once all of it went back, the attempt ends. An attempt
    that already ended keeps its status then and only notes why; money that matches, and is on its
    way, brings it back to life. A report that leads nowhere from here (a second "paid", an expiry
    after the capture) changes nothing.
    """
    move = _MOVE_OF.get(seen.state)
    if move in (PaymentMove.CAPTURE, PaymentMove.PROCESS):
        problem = mismatch(attempt, seen)
        if problem:
            returned = went_back(seen)
            held = PaymentMove.CANCEL if returned else PaymentMove.QUARANTINE
            return Verdict(_if_listed(attempt.status, held), problem, returned)
    return Verdict(_if_listed(attempt.status, move))


def went_back(seen: GatewayCheckout) -> bool:
    """Whether the gateway gave back all that it took."""
    if seen.state is not GatewayState.PAID or seen.refunded is None:
        return False
    return 0 < seen.amount.minor_units <= seen.refunded.minor_units


def mismatch(attempt: Attempt, seen: GatewayCheckout) -> str | None:
    """Name the first thing in which the gateway's report differs from the attempt."""
    if seen.live_mode != attempt.live_mode:
        return "the gateway reports another mode (live or test) than the attempt was made in"
    if seen.reference != attempt.payment_id:
        return "the gateway's reference is not this attempt"
    if seen.amount.currency != attempt.charged.currency:
        return f"{seen.amount.currency} was reported, {attempt.charged.currency} was asked"
    if seen.amount.minor_units != attempt.charged.minor_units:
        return f"{seen.amount} was reported, {attempt.charged} was asked"
    return None


def _if_listed(status: PaymentStatus, move: PaymentMove | None) -> PaymentMove | None:
    return move if move is not None and (status, move) in MOVES else None


class NextAction(StrEnum):
    """What a payer can do about a payment that did not go through."""

    NEW_CARD = "NEW_CARD"
    AUTHENTICATE = "AUTHENTICATE"
    WAIT = "WAIT"
    USE_LINK = "USE_LINK"
    CONTACT_BANK = "CONTACT_BANK"
    CONTACT_SUPPORT = "CONTACT_SUPPORT"


# Gateway decline codes (Stripe's list of decline codes is the fullest public one) to what helps.
_NEXT_ACTIONS = {
    "authentication_required": NextAction.AUTHENTICATE,
    "payment_intent_authentication_failure": NextAction.AUTHENTICATE,
    "processing_error": NextAction.WAIT,
    "try_again_later": NextAction.WAIT,
    "issuer_not_available": NextAction.WAIT,
    "do_not_honor": NextAction.CONTACT_BANK,
    "call_issuer": NextAction.CONTACT_BANK,
    "generic_decline": NextAction.CONTACT_BANK,
    "fraudulent": NextAction.CONTACT_BANK,
    "amount_mismatch": NextAction.CONTACT_SUPPORT,
}


def next_action(decline_code: str) -> NextAction:
    """The next step for a decline; another card is the best advice for codes not listed."""
    return _NEXT_ACTIONS.get(decline_code, NextAction.NEW_CARD)
