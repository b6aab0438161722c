"""What one try to pay does to its intent, charge and session.

Each function must run inside `book.transaction()`, and records the events that Stripe sends, in
the order in which it makes them.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum

from service.sandbox import charges, customers, disputes, events, ledger, sessions
from service.sandbox.book import Book
from service.sandbox.cards import Decline, Refunding
from service.sandbox.errors import JSON

AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "",
    "We are unable to authenticate your payment method. Please choose a different payment "
    "method and try again.",
)
AUTHENTICATED = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "version": "2.2.0",
}


class Outcome(StrEnum):
    """Where a submit left the session."""

    #: Complete: paid, or authorised when the capture is manual.
    COMPLETE = "complete"
    #: Complete, and the money is on its way.
    PROCESSING = "processing"
    #: Open: the payer has to authenticate.
    CHALLENGE = "challenge"
    #: Open: this try failed, the payer may try again.
    DECLINED = "declined"
    #: Nothing was tried: the session is over.
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as typed into the page. `address` has Stripe's address keys."""

    email: str
    name: str
    address: JSON

    def billing(self) -> JSON:
        """Return Stripe's billing_details."""
        known = {"address": self.address, "email": self.email, "name": self.name}
        return {**known, "phone": None, "tax_id": None}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to pay a session; what it needs to be finished later is kept with the session."""

    session_id: str
    intent_id: str
    method_id: str
    payer: Payer
    decline: Decline | None
    refunding: Refunding
    disputed: bool = False

    def keep(self, book: Book) -> "Attempt":
        """Make this the session's current attempt."""
        book.change("checkout", self.session_id, attempt=asdict(self))
        return self

    @classmethod
    def load(cls, book: Book, session_id: str) -> "Attempt":
        """Return the session's current attempt."""
        kept: JSON = book.get("checkout", session_id)["attempt"]
        decline = kept["decline"] and Decline(**kept["decline"])
        payer, refunding = Payer(**kept["payer"]), Refunding(kept["refunding"])
        return cls(**{**kept, "payer": payer, "decline": decline, "refunding": refunding})


def challenge(book: Book, attempt: Attempt) -> Outcome:
    """Have the payer authenticate."""
    page = f"{book.settings.base_url}/c/pay/{attempt.session_id}"
    redirect = {"return_url": page, "url": f"{page}/authenticate"}
    intent = book.change(
        "payment_intent",
        attempt.intent_id,
        status="requires_action",
        payment_method=attempt.method_id,
        last_payment_error=None,
        next_action={"type": "redirect_to_url", "redirect_to_url": redirect},
    )
    events.record(book, "payment_intent.requires_action", intent)
    return Outcome.CHALLENGE


def decline(book: Book, attempt: Attempt, refusal: Decline) -> Outcome:
    """Refuse the payment at the bank: a failed charge, and an intent that waits for another."""
    intent = book.get("payment_intent", attempt.intent_id)
    method = book.get("payment_method", attempt.method_id)
    charge = charges.create(
        book,
        intent,
        method,
        status="failed",
        failure_code=refusal.code,
        failure_message=refusal.message,
        outcome=charges.declined(refusal),
    )
    events.record(book, "charge.failed", charge)
    return fail(book, attempt, refusal, charge["id"])


def fail(book: Book, attempt: Attempt, refusal: Decline, charge_id: str | None) -> Outcome:
    """Send the intent back to the payer, saying what went wrong."""
    error: JSON = {
        "type": "card_error" if charge_id else "invalid_request_error",
        "code": refusal.code,
        "message": refusal.message,
        "payment_method": book.get("payment_method", attempt.method_id),
        "doc_url": f"https://docs.stripe.com/error-codes#{refusal.code.replace('_', '-')}",
    }
    changes: JSON = {}
    if charge_id is not None:
        error |= {"charge": charge_id, "decline_code": refusal.decline_code}
        changes["latest_charge"] = charge_id
    intent = book.change(
        "payment_intent",
        attempt.intent_id,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        processing=None,
        last_payment_error=error,
        **changes,
    )
    events.record(book, "payment_intent.payment_failed", intent)
    return Outcome.DECLINED


def succeed(book: Book, attempt: Attempt, *, authenticated: bool = False) -> Outcome:
    """Take the payment: captured at once, or only authorised when the capture is manual."""
    charge = _charge(book, attempt, status="succeeded", paid=True)
    if authenticated:
        details = charge["payment_method_details"]
        transaction = {**AUTHENTICATED, "transaction_id": book.ids.object("tds", 20)}
        card = {**details["card"], "three_d_secure": transaction}
        details = {**details, "card": card}
        charge = book.change("charge", charge["id"], payment_method_details=details)
    if book.get("payment_intent", attempt.intent_id)["capture_method"] == "manual":
        _authorise(book, attempt, charge)
        paid = "unpaid"
    else:
        capture(book, attempt.intent_id, charge["id"])
        paid = "paid"
    _complete(book, attempt, paid)
    return Outcome.COMPLETE


def debit(book: Book, attempt: Attempt) -> Outcome:
    """Send a bank debit on its way; the clock settles it."""
    charge = _charge(book, attempt, status="pending")
    intent = book.change("payment_intent", attempt.intent_id, status="processing")
    events.record(book, "charge.pending", charge)
    events.record(book, "payment_intent.processing", intent)
    _complete(book, attempt, "unpaid")
    due = book.now() + book.settings.debit_settles_after_s
    book.at(due, "settle_debit", attempt.session_id)
    return Outcome.PROCESSING


def settle_debit(book: Book, session_id: str) -> None:
    """End a bank debit by the clock: the money came, or its bank sent it back.

    A session that expired meanwhile stays as it is: it is unpaid and tells of nothing more.
    """
    attempt = Attempt.load(book, session_id)
    charge_id = book.get("payment_intent", attempt.intent_id)["latest_charge"]
    if attempt.decline is None:
        capture(book, attempt.intent_id, charge_id)
        if book.get("session", session_id)["status"] != "expired":
            session = book.change("session", session_id, payment_status="paid")
            events.record(book, "checkout.session.async_payment_succeeded", session)
        return
    charge = book.change(
        "charge",
        charge_id,
        status="failed",
        failure_code=attempt.decline.code,
        failure_message=attempt.decline.message,
        outcome=charges.declined(attempt.decline),
    )
    events.record(book, "charge.failed", charge)
    fail(book, attempt, attempt.decline, charge_id)
    session = book.get("session", session_id)
    if session["status"] != "expired":
        events.record(book, "checkout.session.async_payment_failed", session)


def capture(book: Book, intent_id: str, charge_id: str) -> None:
    """Take the money of a charge. With automatic_async its balance transaction comes later."""
    charge = book.get("charge", charge_id)
    charge = book.change(
        "charge",
        charge_id,
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=charge["amount"],
    )
    intent = book.get("payment_intent", intent_id)
    if intent["capture_method"] == "automatic_async" and not ledger.is_debit(charge):
        due = book.now() + book.settings.balance_posts_after_s
        book.at(due, "post_balance", charge_id)
    else:
        charge = ledger.post(book, charge_id)
    events.record(book, "charge.succeeded", charge)
    intent = book.change(
        "payment_intent", intent_id, status="succeeded", amount_received=charge["amount"]
    )
    events.record(book, "payment_intent.succeeded", intent)
    disputes.expect(book, charge)


def _authorise(book: Book, attempt: Attempt, charge: JSON) -> None:
    intent = book.change(
        "payment_intent",
        attempt.intent_id,
        status="requires_capture",
        amount_capturable=charge["amount"],
    )
    events.record(book, "charge.succeeded", charge)
    events.record(book, "payment_intent.amount_capturable_updated", intent)


def _charge(book: Book, attempt: Attempt, **values: object) -> JSON:
    """Make an approved charge and point the intent at it."""
    customer = _customer(book, attempt)
    method = book.get("payment_method", attempt.method_id)
    intent = book.change(
        "payment_intent",
        attempt.intent_id,
        customer=customer,
        payment_method=attempt.method_id,
        next_action=None,
        last_payment_error=None,
    )
    charge = charges.create(book, intent, method, outcome=charges.approved(), **values)
    book.change("payment_intent", attempt.intent_id, latest_charge=charge["id"])
    return charge


def _customer(book: Book, attempt: Attempt) -> str | None:
    session = book.get("session", attempt.session_id)
    customer: str | None = session["customer"]
    if customer is not None or session["customer_creation"] != "always":
        return customer
    payer = attempt.payer
    known = {"email": payer.email, "name": payer.name, "address": payer.address}
    customer = customers.create(book, known)["id"]
    book.change("session", attempt.session_id, customer=customer)
    return customer


def _complete(book: Book, attempt: Attempt, payment_status: str) -> None:
    payer = attempt.payer
    details = sessions.details(email=payer.email, name=payer.name, address=payer.address)
    session = book.change(
        "session",
        attempt.session_id,
        status="complete",
        payment_status=payment_status,
        customer_details=details,
        url=None,
    )
    events.record(book, "checkout.session.completed", session)
