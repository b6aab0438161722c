"""How attempts move, and what a gateway's report may do to one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.errors import TransitionRefused
from service.billing.money import Money
from service.billing.payment import (
    FINAL,
    LIVE,
    MOVES,
    Attempt,
    GatewayCheckout,
    GatewayState,
    Method,
    NextAction,
    PaymentMove,
    PaymentStatus,
    Quote,
    Verdict,
    advance,
    is_in_doubt,
    judge,
    mismatch,
    next_action,
    quote,
)

# The moves once more, on purpose: whoever changes the rules says so twice.
EDGES = """
PENDING      PROCESS    PROCESSING
PENDING      CAPTURE    CAPTURED
PENDING      FAIL       FAILED
PENDING      CANCEL     CANCELED
PENDING      EXPIRE     EXPIRED
PENDING      QUARANTINE UNDER_REVIEW
PROCESSING   CAPTURE    CAPTURED
PROCESSING   FAIL       FAILED
PROCESSING   CANCEL     CANCELED
PROCESSING   EXPIRE     EXPIRED
PROCESSING   QUARANTINE UNDER_REVIEW
UNDER_REVIEW CAPTURE    CAPTURED
UNDER_REVIEW FAIL       FAILED
UNDER_REVIEW CANCEL     CANCELED
UNDER_REVIEW EXPIRE     EXPIRED
FAILED       CAPTURE    CAPTURED
CANCELED     CAPTURE    CAPTURED
EXPIRED      CAPTURE    CAPTURED
FAILED       PROCESS    PROCESSING
CANCELED     PROCESS    PROCESSING
EXPIRED      PROCESS    PROCESSING
"""


def test_the_moves_are_these_and_no_others() -> None:
    expected = {tuple(edge.split()) for edge in EDGES.strip().splitlines()}
    assert {(str(a), str(move), str(b)) for (a, move), b in MOVES.items()} == expected


@pytest.mark.parametrize(("status", "move"), list(product(PaymentStatus, PaymentMove)))
def test_a_move_is_listed_or_refused(status: PaymentStatus, move: PaymentMove) -> None:
    if (status, move) in MOVES:
        assert advance(status, move) is MOVES[status, move]
    else:
        with pytest.raises(TransitionRefused, match=f"^{move} is not possible from {status}$"):
            advance(status, move)


@pytest.mark.parametrize("status", PaymentStatus)
@pytest.mark.parametrize("seen", [None, *GatewayState])
def test_only_an_open_page_says_that_who_came_back_has_not_paid(
    status: PaymentStatus, seen: GatewayState | None
) -> None:
    back = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
    in_doubt = status is PaymentStatus.PENDING and seen is not GatewayState.OPEN
    assert is_in_doubt(status, returned_at=back, seen=seen) == in_doubt
    assert not is_in_doubt(status, returned_at=None, seen=seen)


def test_live_and_final_share_out_the_statuses() -> None:
    assert {PaymentStatus.PENDING, PaymentStatus.PROCESSING, PaymentStatus.UNDER_REVIEW} == LIVE
    assert set(PaymentStatus) == LIVE | FINAL
    assert not LIVE & FINAL


def test_nothing_undoes_a_capture_and_only_money_undoes_an_end() -> None:
    assert [move for (status, move) in MOVES if status is PaymentStatus.CAPTURED] == []
    after_the_end = {MOVES[edge] for edge in MOVES if edge[0] in FINAL}
    assert after_the_end == {PaymentStatus.CAPTURED, PaymentStatus.PROCESSING}


def test_every_live_attempt_can_end_and_none_begins_again() -> None:
    for status in LIVE:
        assert {MOVES[edge] for edge in MOVES if edge[0] is status} & FINAL
    assert PaymentStatus.PENDING not in MOVES.values()


ATTEMPT = Attempt("payment-1", PaymentStatus.PENDING, Money(840_117, "INR"), live_mode=False)
SEEN = GatewayCheckout(
    session_id="cs_1",
    state=GatewayState.PAID,
    amount=Money(840_117, "INR"),
    live_mode=False,
    reference="payment-1",
    transaction="pi_1",
    captured_at=datetime(2026, 10, 30, 9, 31, tzinfo=UTC),
    method=None,
    decline=None,
)
MISMATCHES = {
    "amount": replace(SEEN, amount=Money(840_116, "INR")),
    "more": replace(SEEN, amount=Money(840_118, "INR")),
    "currency": replace(SEEN, amount=Money(840_117, "USD")),
    "mode": replace(SEEN, live_mode=True),
    "reference": replace(SEEN, reference="payment-2"),
    "no reference": replace(SEEN, reference=None),
}

# What a report leads to, by the attempt's status and the gateway's state. A dot: nothing moves.
MATCHING = """
             OPEN  PROCESSING  AUTHORIZED  PAID     FAILED  CANCELED  EXPIRED
PENDING      .     PROCESS     PROCESS     CAPTURE  FAIL    CANCEL    EXPIRE
PROCESSING   .     .           .           CAPTURE  FAIL    CANCEL    EXPIRE
UNDER_REVIEW .     .           .           CAPTURE  FAIL    CANCEL    EXPIRE
CAPTURED     .     .           .           .        .       .         .
FAILED       .     PROCESS     PROCESS     CAPTURE  .       .         .
CANCELED     .     PROCESS     PROCESS     CAPTURE  .       .         .
EXPIRED      .     PROCESS     PROCESS     CAPTURE  .       .         .
"""
# A star: nothing moves either, and the reason is kept.
DIFFERING = """
             OPEN  PROCESSING  AUTHORIZED  PAID        FAILED  CANCELED  EXPIRED
PENDING      .     QUARANTINE  QUARANTINE  QUARANTINE  FAIL    CANCEL    EXPIRE
PROCESSING   .     QUARANTINE  QUARANTINE  QUARANTINE  FAIL    CANCEL    EXPIRE
UNDER_REVIEW .     *           *           *           FAIL    CANCEL    EXPIRE
CAPTURED     .     *           *           *           .       .         .
FAILED       .     *           *           *           .       .         .
CANCELED     .     *           *           *           .       .         .
EXPIRED      .     *           *           *           .       .         .
"""


def cells(table: str) -> dict[tuple[PaymentStatus, GatewayState], str]:
    heading, *rows = [row.split() for row in table.strip().splitlines()]
    return {
        (PaymentStatus(status), GatewayState(state)): cell
        for status, *row in rows
        for state, cell in zip(heading, row, strict=True)
    }


EVERY_CASE = list(product(PaymentStatus, GatewayState))


def test_the_tables_are_whole() -> None:
    assert sorted(cells(MATCHING)) == sorted(cells(DIFFERING)) == sorted(EVERY_CASE)


@pytest.mark.parametrize(("status", "state"), EVERY_CASE)
def test_a_report_that_matches(status: PaymentStatus, state: GatewayState) -> None:
    cell = cells(MATCHING)[status, state]
    verdict = judge(replace(ATTEMPT, status=status), replace(SEEN, state=state))
    assert verdict == Verdict(None if cell == "." else PaymentMove(cell), None)


@pytest.mark.parametrize(("status", "state"), EVERY_CASE)
def test_a_report_that_differs(status: PaymentStatus, state: GatewayState) -> None:
    cell = cells(DIFFERING)[status, state]
    for report in MISMATCHES.values():
        seen = replace(report, state=state)
        move = None if cell in ".*" else PaymentMove(cell)
        reason = mismatch(ATTEMPT, seen) if cell in ("*", "QUARANTINE") else None
        assert judge(replace(ATTEMPT, status=status), seen) == Verdict(move, reason)


@pytest.mark.parametrize("status", list(PaymentStatus))
def test_what_differs_and_went_back_in_full_is_held_no_longer(status: PaymentStatus) -> None:
    for report in MISMATCHES.values():
        seen = replace(report, refunded=report.amount)
        move = PaymentMove.CANCEL if status in LIVE else None
        verdict = judge(replace(ATTEMPT, status=status), seen)
        assert verdict == Verdict(move, mismatch(ATTEMPT, seen), returned=True)


@pytest.mark.parametrize("state", [GatewayState.PROCESSING, GatewayState.AUTHORIZED])
def test_money_that_was_not_taken_cannot_have_gone_back(state: GatewayState) -> None:
    seen = replace(MISMATCHES["amount"], state=state, refunded=MISMATCHES["amount"].amount)
    assert judge(ATTEMPT, seen).move is PaymentMove.QUARANTINE


@pytest.mark.parametrize("units", [None, 0, 1, 840_115])
def test_what_differs_and_went_back_in_part_is_held(units: int | None) -> None:
    refunded = Money(units, "INR") if units is not None else None
    seen = replace(MISMATCHES["amount"], refunded=refunded)
    verdict = judge(ATTEMPT, seen)
    assert (verdict.move, verdict.returned) == (PaymentMove.QUARANTINE, False)


def test_what_matches_and_went_back_in_full_was_captured_all_the_same() -> None:
    verdict = judge(ATTEMPT, replace(SEEN, refunded=SEEN.amount))
    assert verdict == Verdict(PaymentMove.CAPTURE)


AMOUNTS = st.builds(Money, st.integers(0, 2), st.sampled_from(["INR", "USD"]))


@given(
    st.builds(Attempt, st.sampled_from(["a", "b"]), charged=AMOUNTS),
    st.builds(GatewayCheckout, amount=AMOUNTS, reference=st.sampled_from(["a", "b", None])),
)
def test_a_capture_needs_everything_to_match(attempt: Attempt, seen: GatewayCheckout) -> None:
    verdict = judge(attempt, seen)
    if verdict.move is not None:
        advance(attempt.status, verdict.move)
    if verdict.move is PaymentMove.CAPTURE:
        assert seen.state is GatewayState.PAID
        assert seen.amount == attempt.charged
        assert seen.live_mode is attempt.live_mode
        assert seen.reference == attempt.payment_id


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ("amount", "8401.16 INR was reported, 8401.17 INR was asked"),
        ("more", "8401.18 INR was reported, 8401.17 INR was asked"),
        ("currency", "USD was reported, INR was asked"),
        ("mode", "the gateway reports another mode (live or test) than the attempt was made in"),
        ("reference", "the gateway's reference is not this attempt"),
        ("no reference", "the gateway's reference is not this attempt"),
    ],
)
def test_a_difference_is_named(differs: str, reason: str) -> None:
    assert mismatch(ATTEMPT, MISMATCHES[differs]) == reason


def test_a_report_that_matches_has_no_difference() -> None:
    assert mismatch(ATTEMPT, SEEN) is None


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("authentication_required", NextAction.AUTHENTICATE),
        ("payment_intent_authentication_failure", NextAction.AUTHENTICATE),
        ("processing_error", NextAction.WAIT),
        ("try_again_later", NextAction.WAIT),
        ("issuer_not_available", NextAction.WAIT),
        ("do_not_honor", NextAction.CONTACT_BANK),
        ("call_issuer", NextAction.CONTACT_BANK),
        ("generic_decline", NextAction.CONTACT_BANK),
        ("fraudulent", NextAction.CONTACT_BANK),
        ("amount_mismatch", NextAction.CONTACT_SUPPORT),
        ("insufficient_funds", NextAction.NEW_CARD),
        ("expired_card", NextAction.NEW_CARD),
        ("a code of next year", NextAction.NEW_CARD),
        ("", NextAction.NEW_CARD),
    ],
)
def test_every_decline_has_a_next_step(code: str, action: NextAction) -> None:
    assert next_action(code) is action


def test_a_method_is_kept_at_a_length() -> None:
    assert Method("card", "visa", "4242").clipped() == Method("card", "visa", "4242")
    assert Method("us_bank_account", None, None).clipped() == Method("us_bank_account", None, None)
    long = Method("k" * 40, "b" * 40, "000123456789").clipped()
    assert long == Method("k" * 32, "b" * 32, "6789")


START = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)


def test_a_quote_is_rounded_once_and_keeps_its_source() -> None:
    valid_until = START + timedelta(hours=1)
    rate = Decimal("84.011659933896")
    priced = quote(
        Money(10_003, "USD"),
        "INR",
        rate,
        source="ECB",
        as_of=date(2026, 10, 29),
        valid_until=valid_until,
    )
    charged = Money(840_369, "INR")
    assert priced == Quote(rate, "ECB", date(2026, 10, 29), valid_until, charged)
