"""How refunds, disputes and cases move, and what a gateway's word about them leads to."""

from __future__ import annotations

from itertools import product

import pytest

from service.billing.errors import TransitionRefused
from service.billing.refund import (
    DISPUTE_MOVES,
    REFUND_BOOKED,
    REFUND_HOLDS,
    REFUND_MOVES,
    DisputeMove,
    DisputeStatus,
    RefundMove,
    RefundStatus,
    advance_dispute,
    advance_refund,
    dispute_move,
    refund_move,
)
from service.billing.support import (
    CASE_MOVES,
    ENDS_WITH_PAYMENT,
    CaseMove,
    CaseReason,
    CaseStatus,
    advance_case,
)

# The moves once more, on purpose: whoever changes the rules says so twice.
REFUND_EDGES = """
REQUESTED ACCEPT  PENDING
REQUESTED SUCCEED SUCCEEDED
REQUESTED FAIL    FAILED
PENDING   SUCCEED SUCCEEDED
PENDING   FAIL    FAILED
SUCCEEDED FAIL    FAILED
"""
DISPUTE_EDGES = """
OPEN WIN  WON
OPEN LOSE LOST
LOST WIN  WON
"""
CASE_EDGES = """
OPEN RESOLVE RESOLVED
"""


def edges(text: str) -> set[tuple[str, ...]]:
    return {tuple(edge.split()) for edge in text.strip().splitlines()}


def test_the_moves_of_a_refund_are_these_and_no_others() -> None:
    listed = {(str(a), str(move), str(b)) for (a, move), b in REFUND_MOVES.items()}
    assert listed == edges(REFUND_EDGES)


def test_the_moves_of_a_dispute_are_these_and_no_others() -> None:
    listed = {(str(a), str(move), str(b)) for (a, move), b in DISPUTE_MOVES.items()}
    assert listed == edges(DISPUTE_EDGES)


def test_the_moves_of_a_case_are_these_and_no_others() -> None:
    listed = {(str(a), str(move), str(b)) for (a, move), b in CASE_MOVES.items()}
    assert listed == edges(CASE_EDGES)


@pytest.mark.parametrize(("status", "move"), list(product(RefundStatus, RefundMove)))
def test_a_move_of_a_refund_is_listed_or_refused(status: RefundStatus, move: RefundMove) -> None:
    if (status, move) in REFUND_MOVES:
        assert advance_refund(status, move) is REFUND_MOVES[status, move]
    else:
        with pytest.raises(TransitionRefused, match=f"^{move} is not possible from {status}$"):
            advance_refund(status, move)


@pytest.mark.parametrize(("status", "move"), list(product(DisputeStatus, DisputeMove)))
def test_a_move_of_a_dispute_is_listed_or_refused(status: DisputeStatus, move: DisputeMove) -> None:
    if (status, move) in DISPUTE_MOVES:
        assert advance_dispute(status, move) is DISPUTE_MOVES[status, move]
    else:
        with pytest.raises(TransitionRefused, match=f"^{move} is not possible from {status}$"):
            advance_dispute(status, move)


def test_a_case_is_resolved_once() -> None:
    assert advance_case(CaseStatus.OPEN, CaseMove.RESOLVE) is CaseStatus.RESOLVED
    with pytest.raises(TransitionRefused, match=r"^RESOLVE is not possible from RESOLVED$"):
        advance_case(CaseStatus.RESOLVED, CaseMove.RESOLVE)


# What a gateway's word does to a refund of ours, by its status. A dot: it is no news.
SEEN_REFUND = """
          REQUESTED PENDING SUCCEEDED FAILED
REQUESTED .         ACCEPT  SUCCEED   FAIL
PENDING   .         .       SUCCEED   FAIL
SUCCEEDED .         .       .         FAIL
FAILED    .         .       .         .
"""
SEEN_DISPUTE = """
     OPEN WON LOST
OPEN .    WIN LOSE
WON  .    .   .
LOST .    WIN .
"""


def cells(table: str) -> dict[tuple[str, str], str | None]:
    heading, *rows = [row.split() for row in table.strip().splitlines()]
    return {
        (current, seen): None if cell == "." else cell
        for current, *row in rows
        for seen, cell in zip(heading, row, strict=True)
    }


def test_a_gateways_word_about_a_refund() -> None:
    told = {
        (str(current), str(seen)): refund_move(current, seen)
        for current, seen in product(RefundStatus, RefundStatus)
    }
    assert told == cells(SEEN_REFUND)


def test_a_gateways_word_about_a_dispute() -> None:
    told = {
        (str(current), str(seen)): dispute_move(current, seen)
        for current, seen in product(DisputeStatus, DisputeStatus)
    }
    assert told == cells(SEEN_DISPUTE)


def test_a_gateways_word_never_leads_to_a_move_that_is_refused() -> None:
    for current, seen in product(RefundStatus, RefundStatus):
        move = refund_move(current, seen)
        if move is not None:
            assert advance_refund(current, move) is seen
    for now, told in product(DisputeStatus, DisputeStatus):
        step = dispute_move(now, told)
        if step is not None:
            assert advance_dispute(now, step) is told


def test_what_a_refund_holds_and_what_has_left() -> None:
    assert {"PENDING", "SUCCEEDED"} == REFUND_BOOKED
    assert {"REQUESTED", "PENDING", "SUCCEEDED"} == REFUND_HOLDS
    # Whatever is booked stays held until it fails.
    booked = [(a, b) for (a, _), b in REFUND_MOVES.items() if a in REFUND_BOOKED]
    assert {b for _, b in booked if b not in REFUND_BOOKED} == {RefundStatus.FAILED}


def test_a_case_that_the_truth_closes_is_about_a_payment_whose_end_is_open() -> None:
    assert {CaseReason.DEADLINE_PASSED, CaseReason.UNDER_REVIEW} == ENDS_WITH_PAYMENT
