"""The service with one safeguard less: each mutant is a small change of the running code.

A mutant shows that the simulator would notice if somebody took the safeguard away.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.simulation import service_side
from service.workflows import aftermath, booking, deadlines, offline_refunds, surplus
from tests.simulation import removals
from tests.simulation.removals import Change


@dataclass(frozen=True)
class Mutant:
    """A safeguard, and the service without it: names given other values, and statements for the
    database. `promise` is broken without it, in the history of `seed` or one soon after it."""

    safeguard: str
    promise: str
    changes: Callable[[], list[Change]]
    seed: int
    ddl: str = ""

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """The mutant runs while the block is open."""
        with contextlib.ExitStack() as stack:
            for owner, name, value in self.changes():
                before = getattr(owner, name)
                stack.callback(setattr, owner, name, before)
                setattr(owner, name, value)
            yield


_DROP_UNIQUE_RECEIPTS = """
DO $$
DECLARE found text;
BEGIN
    FOR found IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'receipt'::regclass AND contype = 'u'
    LOOP EXECUTE format('ALTER TABLE receipt DROP CONSTRAINT %I', found); END LOOP;
END $$
"""

MUTANTS = (
    Mutant(
        "the gateway is asked with the attempt's own key",
        "an_attempt_has_one_page",
        removals.another_key_each_time,
        1,
    ),
    Mutant(
        "a complete page proves no payment",
        "money_in_our_books_is_at_the_gateway",
        removals.complete_is_paid,
        8,
    ),
    Mutant(
        "no answer is not a no", "a_handled_receipt_did_its_work", removals.no_answer_is_a_no, 120
    ),
    Mutant("the amount is compared", "wrong_money_settles_nothing", removals.any_amount, 32),
    Mutant("the currency is compared", "wrong_money_settles_nothing", removals.any_currency, 7),
    Mutant("the mode is compared", "wrong_money_settles_nothing", removals.any_mode, 259),
    Mutant("the reference is compared", "wrong_money_settles_nothing", removals.any_reference, 1),
    Mutant(
        "a captured payment is never captured again",
        "captured_money_is_booked",
        removals.captured_again,
        2,
    ),
    Mutant(
        "moves are decided and guarded under the lock",
        "captured_money_is_booked",
        removals.decided_before_the_lock,
        2,
    ),
    Mutant(
        "an event commits with its change",
        "the_log_ends_with_what_is",
        removals.told_afterwards,
        40,
    ),
    Mutant(
        "a debit is told by what screens were told before",
        "money_on_its_way_is_told",
        removals.told_by_what_is_read_anew,
        8,
    ),
    Mutant(
        "an attempt expires by the gateway's word only",
        "money_at_the_gateway_is_in_our_books",
        removals.expired_by_our_clock,
        781,
    ),
    Mutant(
        "the sweep looks for what nobody told",
        "nothing_stays_live",
        lambda: [(service_side, "sweep", removals.looks_at_nothing)],
        14,
    ),
    Mutant(
        "the attempt is kept before the gateway is asked",
        "every_page_has_its_attempt",
        removals.page_before_the_row,
        2,
    ),
    Mutant(
        "what is beyond what was due goes back by itself",
        "what_is_paid_twice_goes_back",
        lambda: [(booking, "_give_back", removals.keeps_the_surplus)],
        22,
    ),
    Mutant(
        "what came by bank and was not due is given back by a person",
        "what_is_owed_by_bank_has_its_case",
        lambda: [(offline_refunds, "call_for", removals.calls_nobody)],
        1,
    ),
    Mutant(
        "a surplus that went back by hand is not sent",
        "a_surplus_goes_back_once",
        lambda: [(surplus, "still_owed", removals.is_owed_for_ever)],
        30,
    ),
    Mutant(
        "refunds are read from the gateway's own list",
        "refunds_are_known",
        lambda: [(aftermath, "catch_up", removals.asks_nothing)],
        15,
    ),
    Mutant(
        "a passed deadline calls a person",
        "a_passed_deadline_has_its_case",
        lambda: [(deadlines, "enforce", removals.looks_at_nothing)],
        7,
    ),
    Mutant("a client's key is kept", "one_key_is_one_checkout", removals.keys_forgotten, 201),
    Mutant(
        "nothing is paid again while money is on its way",
        "an_invoice_has_one_live_attempt",
        removals.money_on_its_way_is_due,
        3,
    ),
    Mutant(
        "the database holds one live attempt per invoice",
        "an_invoice_has_one_live_attempt",
        list,
        4,
        ddl="DROP INDEX payment_allocation_one_live",
    ),
    Mutant(
        "a notice is answered after it was kept",
        "what_we_acknowledged_is_kept",
        removals.answered_and_dropped,
        1,
    ),
    Mutant(
        "an event is kept once",
        "an_event_is_kept_once",
        removals.kept_each_time,
        1,
        ddl=_DROP_UNIQUE_RECEIPTS,
    ),
    Mutant(
        "a notice commits with its job", "every_receipt_is_handled", removals.queued_afterwards, 18
    ),
    Mutant(
        "a notice is handled after its work",
        "a_handled_receipt_did_its_work",
        removals.handled_before_the_work,
        183,
    ),
)
