"""What a guest is told: how their payment went, or why it cannot begin now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.billing.errors import BillingError, GatewayUnavailable, InvoiceNotPayable
from service.billing.invoice import InvoiceStatus
from service.billing.payment import GatewayState, PaymentStatus
from service.store.records import Payment
from service.templates.guest import Notice
from service.workflows.guest_returns import Returned

RELOAD_S = 5
SLOW_RELOAD_S = 60
_PATIENCE = timedelta(minutes=2)
# An answer of the gateway that is older tells nothing of a payer who is back just now.
_FRESH = timedelta(minutes=1)
_BY_ITSELF = "This page looks again by itself."


@dataclass(frozen=True, slots=True)
class Outcome:
    """`may_pay`: nothing was paid, and the gateway's page can be gone back to. `reload_s`: the page
    asks again by itself. `answer_by`: when a person looks, if nothing is known until then."""

    notice: Notice
    may_pay: bool = False
    reload_s: int | None = None
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotNow:
    """Why nothing was begun, and nothing used up: an HTTP status, and when to try again."""

    status: int
    retry_after_s: int
    notice: Notice


NO_RATE = NotNow(
    503,
    3600,
    Notice(
        "attention",
        "It cannot be paid at this moment",
        "There is no exchange rate that is recent enough to charge at. This link is not used up: "
        "please try again later.",
    ),
)


def not_now(error: BillingError) -> NotNow:
    """What to tell of a refusal."""
    if isinstance(error, GatewayUnavailable):
        text = "Nothing was charged, and this link is not used up. Please try again in "
        retry_s = error.retry_after_s
        title = "The payment provider does not answer"
        return NotNow(503, retry_s, Notice("attention", title, f"{text}{retry_s} seconds."))
    if isinstance(error, InvoiceNotPayable):
        return NotNow(409, _MINUTE_S, _BUSY)
    return NotNow(502, _MINUTE_S, _REFUSED)


_MINUTE_S = 60
_BUSY = Notice(
    "waiting",
    "Somebody is paying it at this moment",
    "A page to pay this invoice is open elsewhere. This link is not used up: please try again in a "
    "minute.",
)
_REFUSED = Notice(
    "attention",
    "The payment provider opened no page",
    "Nothing was charged, and this link is not used up. If it happens again, please write to us.",
)


def outcome_of(returned: Returned, *, left: bool, at: datetime) -> Outcome:
    """What to show at a moment; with `left` the payer turned back from the gateway's page."""
    payment = returned.payment
    if returned.invoice.status is InvoiceStatus.PAID or payment.status is PaymentStatus.CAPTURED:
        return Outcome(Notice("good", "Paid", "Thank you. There is nothing more to do."))
    if payment.status is PaymentStatus.PROCESSING:
        why = "Your bank is still working on it. There is nothing more to do."
        return _waiting("Your payment is on its way", why, payment, at)
    if payment.status is PaymentStatus.UNDER_REVIEW:
        return Outcome(_UNDER_REVIEW, reload_s=SLOW_RELOAD_S)
    if payment.status is PaymentStatus.PENDING:
        return _pending(payment, left=left, at=at)
    return Outcome(_ended(payment))


def _pending(payment: Payment, *, left: bool, at: datetime) -> Outcome:
    is_open = payment.page_url is not None and at < payment.expires_at
    answered = payment.checked_at is not None and at < payment.checked_at + _FRESH
    answered_open = answered and payment.seen_state is GatewayState.OPEN
    if answered_open and (left or payment.failure_message):
        return Outcome(_unpaid(payment, "You can go back to the payment page."), may_pay=is_open)
    pause = _pause(payment, at)
    if answered_open:
        text = f"If you have just paid, wait a moment. {_BY_ITSELF}"
        return Outcome(_unpaid(payment, text), may_pay=is_open, reload_s=pause)
    title = "We are confirming your payment"
    why = "The payment provider has not answered yet. Please do not pay again."
    return _waiting(title, why, payment, at)


def _waiting(title: str, why: str, payment: Payment, at: datetime) -> Outcome:
    late = payment.deadline_at is not None and at >= payment.deadline_at
    text = _LATE if late else f"{why} {_BY_ITSELF}"
    answer_by = None if late else payment.deadline_at
    return Outcome(
        Notice("waiting", title, text), reload_s=_pause(payment, at), answer_by=answer_by
    )


def _pause(payment: Payment, at: datetime) -> int:
    returned_at = payment.returned_at or payment.created_at
    return RELOAD_S if at < returned_at + _PATIENCE else SLOW_RELOAD_S


_UNDER_REVIEW = Notice(
    "waiting",
    "We are checking your payment",
    "What the payment provider reports differs from what was asked. A person looks at it. "
    "Please do not pay again.",
)


_LATE = "It takes longer than it should. A person looks at it now. Please do not pay again."


def _unpaid(payment: Payment, text: str) -> Notice:
    return Notice("due", "Not paid yet", text, payment.failure_message)


def _ended(payment: Payment) -> Notice:
    text = "Nothing was paid, and this link is used up. Please ask for a new one."
    return Notice("attention", "The payment did not go through", text, payment.failure_message)
