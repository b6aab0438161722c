"""All promises. Each is a function that yields a sentence for every case in which it is broken.

`EARLY` holds once webhooks and jobs have had their turn without a sweep; `FINAL` holds at the end,
when every deadline is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from service.simulation import money_invariants as money
from service.simulation import story_invariants as story
from service.simulation.ledgers import Ledgers

Invariant = Callable[[Ledgers], Iterator[str]]

EARLY: tuple[Invariant, ...] = (
    story.a_handled_receipt_did_its_work,
    story.every_receipt_is_handled,
    story.what_we_acknowledged_is_kept,
)
FINAL: tuple[Invariant, ...] = (
    money.money_at_the_gateway_is_in_our_books,
    money.money_in_our_books_is_at_the_gateway,
    money.both_hold_the_same,
    money.only_wrong_money_is_held,
    money.what_is_held_ends_with_its_money,
    money.wrong_money_settles_nothing,
    money.captured_money_is_booked,
    money.only_captured_money_is_booked,
    money.paid_is_what_the_ledger_says,
    money.nobody_who_paid_is_asked_again,
    money.what_is_paid_twice_goes_back,
    money.what_is_owed_by_bank_has_its_case,
    money.a_surplus_goes_back_once,
    money.a_refund_is_made_once,
    money.refunds_are_known,
    money.no_refund_is_left,
    money.the_audit_is_clean,
    story.every_page_has_its_attempt,
    story.an_attempt_has_one_page,
    story.an_invoice_has_one_live_attempt,
    story.nothing_stays_live,
    story.nothing_is_asked_about_for_ever,
    story.a_passed_deadline_has_its_case,
    story.open_cases_have_a_reason,
    story.wrong_money_has_its_case,
    story.the_log_has_no_gaps,
    story.the_log_ends_with_what_is,
    story.paid_stays_paid,
    story.money_on_its_way_is_told,
    story.one_key_is_one_checkout,
    story.an_event_is_kept_once,
    story.what_we_acknowledged_is_kept,
    story.every_receipt_is_handled,
    story.no_job_is_left,
    story.a_capture_is_told_once,
)


def broken(promises: tuple[Invariant, ...], ledgers: Ledgers) -> Iterator[str]:
    """A sentence for each case in which one of some promises is broken, after its name."""
    for promise in promises:
        for sentence in promise(ledgers):
            yield f"{promise.__name__}: {sentence}"
