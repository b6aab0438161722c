"""When a gateway is asked again, and what a payment waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.evidence import SEEN, ProgressReason, next_check, progress_reason
from service.billing.payment import FINAL, GatewayState, PaymentStatus

START = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def checks(until: timedelta, *, watched_from: timedelta | None = None) -> list[timedelta]:
    """The ages at which an attempt is looked up; watched for a minute, or not at all."""
    since = START + watched_from if watched_from is not None else None
    ages, now = [], START if since is None else since
    while now < START + until:
        watched_until = since + timedelta(seconds=60) if since else None
        now = next_check(now, started_at=START, watched_since=since, watched_until=watched_until)
        ages.append(now - START)
    return ages


def test_an_unwatched_attempt_is_looked_up_after_1_and_5_minutes_an_hour_then_daily() -> None:
    assert checks(timedelta(days=3)) == [
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(hours=1),
        timedelta(days=1, hours=1),
        timedelta(days=2, hours=1),
        timedelta(days=3, hours=1),
    ]


def test_a_watched_attempt_is_looked_up_after_2_5_10_and_20_seconds() -> None:
    watched = checks(timedelta(seconds=60), watched_from=timedelta(0))
    assert watched == [SECOND * one for one in (2, 5, 10, 20, 40, 60)]


MOMENTS = st.timedeltas(min_value=timedelta(hours=-1), max_value=timedelta(days=400))


@given(MOMENTS, st.none() | MOMENTS)
def test_a_check_is_always_ahead_and_at_most_a_day_away(
    age: timedelta, watched_from: timedelta | None
) -> None:
    now = START + age
    since = START + watched_from if watched_from is not None else None
    when = next_check(
        now,
        started_at=START,
        watched_since=since,
        watched_until=since + timedelta(seconds=60) if since else None,
    )
    longest = timedelta(days=1) if age >= timedelta(0) else timedelta(hours=1, minutes=1)
    if since is None or since <= now:
        assert timedelta(0) < when - now <= longest


@pytest.mark.parametrize(
    ("status", "seen", "returned", "reason"),
    [
        (PaymentStatus.PENDING, GatewayState.OPEN, False, ProgressReason.AWAITING_PAYER),
        (PaymentStatus.PENDING, None, True, ProgressReason.CONFIRMING),
        (PaymentStatus.PROCESSING, GatewayState.PROCESSING, True, "BANK_IS_PROCESSING"),
        (PaymentStatus.PROCESSING, GatewayState.AUTHORIZED, True, "AUTHORIZED_ONLY"),
        (PaymentStatus.UNDER_REVIEW, GatewayState.PAID, True, ProgressReason.UNDER_REVIEW),
    ],
)
def test_a_payment_says_what_it_waits_for(
    status: PaymentStatus, seen: GatewayState | None, returned: bool, reason: str
) -> None:
    assert progress_reason(status, seen, returned=returned) == reason


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_payment_that_has_ended_waits_for_nothing(status: PaymentStatus) -> None:
    assert progress_reason(status, GatewayState.OPEN, returned=True) is None


def test_every_state_of_a_gateway_is_a_fact() -> None:
    assert set(SEEN) == set(GatewayState)
