"""Support cases, payment links and the mails about payments: their words and their moves."""

from __future__ import annotations

from enum import StrEnum

from service.billing.errors import TransitionRefused


class CaseStatus(StrEnum):
    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


class CaseMove(StrEnum):
    RESOLVE = "RESOLVE"


CASE_MOVES = {(CaseStatus.OPEN, CaseMove.RESOLVE): CaseStatus.RESOLVED}


def advance_case(status: CaseStatus, move: CaseMove) -> CaseStatus:
    """Return the status after `move`; raise TransitionRefused if none is listed."""
    try:
        return CASE_MOVES[status, move]
    except KeyError:
        raise TransitionRefused(status, move) from None


class CaseReason(StrEnum):
    """Why somebody has to look."""

    DEADLINE_PASSED = "DEADLINE_PASSED"
    """The payer did their part, and the truth could not be found in time."""
    UNDER_REVIEW = "UNDER_REVIEW"
    """The gateway reports money that does not match the attempt."""
    CLAIM = "CLAIM"
    """A customer says that they paid, and no safe match was found."""
    REFUND_FAILED = "REFUND_FAILED"
    """A refund came back, or has not gone out for a day: the payer has to get the money."""
    SURPLUS = "SURPLUS"
    """More came by bank transfer than was due: the rest has to be given back by bank."""


#: Who opened or closed a case, where no person did.
SERVICE = "service"
#: Cases that end by themselves when the payment's end is known.
ENDS_WITH_PAYMENT = frozenset({CaseReason.DEADLINE_PASSED, CaseReason.UNDER_REVIEW})


class LinkState(StrEnum):
    """Where a payment link stands; worked out from its row and its invoice."""

    OPEN = "OPEN"
    USED = "USED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    SETTLED = "SETTLED"
    """Its invoice changed or was settled in another way: the link is dead."""


class NotificationKind(StrEnum):
    """What a mail about a payment tells."""

    RECEIPT = "RECEIPT"
    """It was captured; the receipt is attached."""
    PAYMENT_FAILED = "PAYMENT_FAILED"
    """A delayed payment did not go through."""
    SURPLUS_REFUND = "SURPLUS_REFUND"
    """More was paid than was due; the surplus goes back."""
    CASE_OPENED = "CASE_OPENED"
    """We could not find out in time whether it was paid; a person looks."""
    CASE_RESOLVED = "CASE_RESOLVED"
