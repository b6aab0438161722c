"""Why a status shows what it shows: what was seen, from where, and what we do about it.

Also how long nobody has to worry: when the gateway is asked again, and by when a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.billing.money import Money
from service.billing.payment import GatewayState, PaymentStatus


class Source(StrEnum):
    """Where a piece of evidence came from."""

    PAYER = "PAYER"
    """The payer's own request: a checkout, a link, a claim."""
    WEBHOOK = "WEBHOOK"
    """A signed notice of the gateway; its reference is the gateway's event id."""
    RETURN = "RETURN"
    """The page that the payer comes back to asked the gateway."""
    POLL = "POLL"
    """The service asked the gateway by itself."""
    EVENT_LIST = "EVENT_LIST"
    """The gateway's own list of what happened was read."""
    STAFF = "OPERATOR"
    """The seller's staff, of any role; stored under its first name: evidence never changes."""
    SERVICE = "SERVICE"
    """The service decided it from what it knew."""


class Fact(StrEnum):
    """What was seen or done."""

    ATTEMPT_STARTED = "ATTEMPT_STARTED"
    PAGE_OPENED = "PAGE_OPENED"
    PAYER_RETURNED = "PAYER_RETURNED"
    DECLINED = "DECLINED"
    PAGE_CLOSED = "PAGE_CLOSED"
    SEEN_OPEN = "SEEN_OPEN"
    SEEN_PROCESSING = "SEEN_PROCESSING"
    SEEN_AUTHORIZED = "SEEN_AUTHORIZED"
    SEEN_PAID = "SEEN_PAID"
    SEEN_FAILED = "SEEN_FAILED"
    SEEN_CANCELED = "SEEN_CANCELED"
    SEEN_EXPIRED = "SEEN_EXPIRED"
    GATEWAY_SILENT = "GATEWAY_SILENT"
    GATEWAY_REFUSED = "GATEWAY_REFUSED"
    MISMATCH = "MISMATCH"
    SUPERSEDED = "SUPERSEDED"
    SURPLUS = "SURPLUS"
    PAID_OFFLINE = "PAID_OFFLINE"
    REFUND_REQUESTED = "REFUND_REQUESTED"
    REFUND_PENDING = "REFUND_PENDING"
    REFUND_SUCCEEDED = "REFUND_SUCCEEDED"
    REFUND_FAILED = "REFUND_FAILED"
    DISPUTE_OPENED = "DISPUTE_OPENED"
    DISPUTE_WON = "DISPUTE_WON"
    DISPUTE_LOST = "DISPUTE_LOST"
    CLAIMED = "CLAIMED"
    CASE_OPENED = "CASE_OPENED"
    CASE_RESOLVED = "CASE_RESOLVED"
    LINK_CREATED = "LINK_CREATED"
    LINK_USED = "LINK_USED"
    LINK_REVOKED = "LINK_REVOKED"


SEEN = {
    GatewayState.OPEN: Fact.SEEN_OPEN,
    GatewayState.PROCESSING: Fact.SEEN_PROCESSING,
    GatewayState.AUTHORIZED: Fact.SEEN_AUTHORIZED,
    GatewayState.PAID: Fact.SEEN_PAID,
    GatewayState.FAILED: Fact.SEEN_FAILED,
    GatewayState.CANCELED: Fact.SEEN_CANCELED,
    GatewayState.EXPIRED: Fact.SEEN_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Witness:
    """Who says so: a source, and what it can be found by (a gateway's event id, a person)."""

    source: Source
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen or done. `amount` is what was reported, `expected` what should have
    been: they are equal when the amounts matched."""

    fact: Fact
    witness: Witness
    note: str | None = None
    amount: Money | None = None
    expected: Money | None = None


class ProgressReason(StrEnum):
    """What a payment is waiting for."""

    AWAITING_PAYER = "AWAITING_PAYER"
    CONFIRMING = "CONFIRMING"
    BANK_IS_PROCESSING = "BANK_IS_PROCESSING"
    AUTHORIZED_ONLY = "AUTHORIZED_ONLY"
    UNDER_REVIEW = "UNDER_REVIEW"


# While somebody watches, then while nobody does. Ages count from when watching began, or from when
# the attempt started.
WATCHED_PAUSES = (
    timedelta(seconds=2),
    timedelta(seconds=5),
    timedelta(seconds=10),
    timedelta(seconds=20),
)
UNWATCHED_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1))
DAILY = timedelta(days=1)
#: How long one look of a client counts as watching.
WATCH_LASTS = timedelta(seconds=60)
#: A payer who comes back again within this keeps the deadline that they had: no client in a loop
#: puts it off.
RETURNS_APART = timedelta(minutes=1)


def next_check(
    now: datetime,
    *,
    started_at: datetime,
    watched_since: datetime | None = None,
    watched_until: datetime | None = None,
) -> datetime:
    """When to ask the gateway again about an attempt that may still be paid.

    2, 5, 10 and 20 s after somebody began to watch, then every 20 s while they do; else 1 minute,
    5 minutes and 1 hour after it started, then daily.
    """
    if watched_since is not None and watched_until is not None and now < watched_until:
        return _after(now, watched_since, WATCHED_PAUSES, WATCHED_PAUSES[-1])
    return _after(now, started_at, UNWATCHED_PAUSES, DAILY)


def _after(
    now: datetime, begin: datetime, ages: tuple[timedelta, ...], pause: timedelta
) -> datetime:
    return next((begin + age for age in ages if begin + age > now), now + pause)


def progress_reason(
    status: PaymentStatus, seen: GatewayState | None, *, returned: bool
) -> ProgressReason | None:
    """What a payment is waiting for; None once it has ended."""
    if status is PaymentStatus.UNDER_REVIEW:
        return ProgressReason.UNDER_REVIEW
    if status is PaymentStatus.PROCESSING:
        authorized = seen is GatewayState.AUTHORIZED
        return ProgressReason.AUTHORIZED_ONLY if authorized else ProgressReason.BANK_IS_PROCESSING
    if status is PaymentStatus.PENDING:
        return ProgressReason.CONFIRMING if returned else ProgressReason.AWAITING_PAYER
    return None
