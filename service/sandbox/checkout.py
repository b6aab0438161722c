"""What the payer does: submit a card or a bank account, pass or fail a challenge.

The hosted page and the control API both end here. Each function must run inside
`book.transaction()`; since a transaction is never interrupted, two submits of one page can only
come one after the other, and the second finds the session complete.
"""

from dataclasses import dataclass

from service.sandbox import cards, charges, intents, payments, sessions
from service.sandbox.book import Book
from service.sandbox.cards import Refunding, TestAccount
from service.sandbox.errors import JSON, InvalidRequest
from service.sandbox.payments import Attempt, Outcome, Payer


@dataclass(frozen=True, slots=True)
class CardEntry:
    """A card as typed in; it lives no longer than the request."""

    number: str
    exp_month: int
    exp_year: int


def submit(book: Book, session_id: str, payer: Payer, means: CardEntry | TestAccount) -> Outcome:
    """Try to pay a session. A session that is over is left as it is, and said to be.

    Raises:
        Missing: no such session.
        InvalidRequest: the session does not take this kind of payment.
    """
    over = state(book, session_id)
    if over is not None:
        return over
    session = book.get("session", session_id)
    kind = sessions.CARD if isinstance(means, CardEntry) else sessions.BANK_DEBIT
    if kind not in session["payment_method_types"]:
        raise InvalidRequest(f"This Checkout Session does not take {kind}.")
    intent_id = session["payment_intent"] or _make_intent(book, session)
    if isinstance(means, TestAccount):
        method = charges.debit_method(book, means, payer.billing())
        refunding = Refunding.PENDING_THEN_SUCCEEDS
        attempt = Attempt(session_id, intent_id, method["id"], payer, means.decline, refunding)
        return payments.debit(book, attempt.keep(book))
    card = cards.look_up(means.number)
    method = charges.card_method(book, card, means.exp_month, means.exp_year, payer.billing())
    behaviour = (card.decline, card.refunding, card.disputed)
    attempt = Attempt(session_id, intent_id, method["id"], payer, *behaviour)
    attempt.keep(book)
    if card.challenge:
        return payments.challenge(book, attempt)
    return _answer(book, attempt)


def authenticate(book: Book, session_id: str, *, passed: bool) -> Outcome:
    """End the challenge that a session's payer faces.

    Raises:
        Missing: no such session.
        InvalidRequest: no challenge is open.
    """
    over = state(book, session_id)
    if over is not None:
        return over
    intent = current_intent(book, session_id)
    if intent is None or intent["status"] != "requires_action":
        raise InvalidRequest("This Checkout Session has no open authentication.")
    attempt = Attempt.load(book, session_id)
    if not passed:
        return payments.fail(book, attempt, payments.AUTHENTICATION_FAILED, None)
    return _answer(book, attempt, authenticated=True)


def state(book: Book, session_id: str) -> Outcome | None:
    """Say how a session ended, or None while it is open.

    Raises:
        Missing: no such session.
    """
    status = book.get("session", session_id)["status"]
    if status == "expired":
        return Outcome.EXPIRED
    return Outcome.COMPLETE if status == "complete" else None


def current_intent(book: Book, session_id: str) -> JSON | None:
    """Return the session's PaymentIntent, once the payer has submitted."""
    intent_id = book.get("session", session_id)["payment_intent"]
    return intent_id and book.get("payment_intent", intent_id)


def _make_intent(book: Book, session: JSON) -> str:
    intent_id: str = intents.create(book, session)["id"]
    book.change("session", session["id"], payment_intent=intent_id)
    return intent_id


def _answer(book: Book, attempt: Attempt, *, authenticated: bool = False) -> Outcome:
    """Let the card's bank answer."""
    if attempt.decline is not None:
        return payments.decline(book, attempt, attempt.decline)
    return payments.succeed(book, attempt, authenticated=authenticated)
