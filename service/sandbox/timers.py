"""What the clock does by itself: sessions expire, debits settle, balances post, disputes come."""

from collections.abc import Callable

from service.sandbox import disputes, ledger, payments, refunds, sessions
from service.sandbox.book import Book

ACTIONS: dict[str, Callable[[Book, str], None]] = {
    "expire_session": sessions.expire_by_clock,
    "settle_debit": payments.settle_debit,
    "open_dispute": disputes.start_by_clock,
    "dispute_due": disputes.lose_by_clock,
    "decide_dispute": disputes.decide_by_clock,
    "post_balance": ledger.post_later,
    "settle_refund": refunds.settle_by_clock,
    "reject_refund": refunds.reject_by_clock,
    "fail_refund": refunds.fail_by_clock,
}


def run_due(book: Book) -> None:
    """Run every timer that is due, each in its own transaction, earliest first."""
    while (timer := book.take_due("timer")) is not None:
        with book.transaction():
            book.put("timer", timer["id"], None)
            ACTIONS[timer["action"]](book, timer["ref"])
