"""What people and banks do at the gateway without calling its API.

The payer at the hosted page, the seller in the dashboard, the payer's bank, and the gateway by
itself. The control API is these functions over HTTP; a program in the same process calls them
directly. Each runs what is due first and then one transaction, so its events carry no request.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from service.sandbox import (
    checkout,
    currencies,
    disputes,
    intents,
    payform,
    refunds,
    sessions,
    timers,
)
from service.sandbox.book import Book
from service.sandbox.cards import Refunding, TestAccount
from service.sandbox.checkout import CardEntry
from service.sandbox.errors import JSON, Fault, InvalidRequest
from service.sandbox.hosted import success_url
from service.sandbox.payments import Payer

#: Short names for what a test wants to happen, as form fields.
OUTCOMES: dict[str, dict[str, str]] = {
    "success": {"number": "4242424242424242"},
    "declined": {"number": "4000000000000002"},
    "insufficient_funds": {"number": "4000000000009995"},
    "challenge": {"number": "4000002500003155"},
    "disputed": {"number": "4000000000000259"},
    "debit_succeeds": {"method": "us_bank_account", "account": "000123456789"},
    "debit_fails": {"method": "us_bank_account", "account": "000222222227"},
}
TAMPERABLE = {
    "amount_total": int,
    "client_reference_id": str,
    "currency": str,
    "livemode": bool,
}
#: How the same fact is called on the session, its intent and its charge.
TAMPERED_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "amount_total": {
        "session": ("amount_total", "amount_subtotal"),
        "payment_intent": ("amount", "amount_received"),
        "charge": ("amount", "amount_captured"),
    },
    "client_reference_id": {"payment_intent": (), "charge": ()},
}
CANCELLATION_REASONS = (
    "abandoned",
    "automatic",
    "duplicate",
    "expired",
    "fraudulent",
    "requested_by_customer",
)
#: What becomes of a refund, by whether it starts as pending and whether it fails.
REFUNDING = {
    (False, False): Refunding.SUCCEEDS,
    (True, False): Refunding.PENDING_THEN_SUCCEEDS,
    (False, True): Refunding.SUCCEEDS_THEN_FAILS,
    (True, True): Refunding.PENDING_THEN_FAILS,
}


class Dashboard:
    """Everything that can be done by hand. Amounts are in minor units.

    Raises, from any of its functions:
        Missing: the id names nothing.
        Refused, InvalidRequest: the object's state or the values do not allow it.
        Fault: the payer's page is down, in an outage.
    """

    def __init__(self, book: Book) -> None:
        self._book = book

    # -- the payer at the hosted page --------------------------------------------------------------

    def pay(self, session_id: str, /, outcome: str = "success", **fields: str) -> JSON:
        """Submit the hosted page's form: one of OUTCOMES, or the form's own fields.

        The fields are number, expiry, cvc, name, email, country, method and account; what is
        left out is filled in. Returns how it went, as `result`.
        """
        form = self._form(session_id, outcome, fields)
        with self._book.transaction():
            ended = checkout.submit(self._book, session_id, *form)
        return self.result(session_id, ended.value)

    def authorise(self, session_id: str, /, outcome: str = "success", **fields: str) -> JSON:
        """Pay, but leave the money held and not captured, as if the capture were manual."""
        form = self._form(session_id, outcome, fields)
        with self._book.transaction():
            if checkout.state(self._book, session_id) is None:
                intents.hold(self._book, session_id)
            ended = checkout.submit(self._book, session_id, *form)
        return self.result(session_id, ended.value)

    def authenticate(self, session_id: str, *, passed: bool) -> JSON:
        """Answer an open challenge. Returns how it went, as `result`."""
        self._open(session_id)
        with self._book.transaction():
            ended = checkout.authenticate(self._book, session_id, passed=passed)
        return self.result(session_id, ended.value)

    def result(self, session_id: str, outcome: str) -> JSON:
        """Return how a payer's step ended and where it left the session."""
        session = self._book.get("session", session_id)
        intent = checkout.current_intent(self._book, session_id)
        error = (intent or {}).get("last_payment_error") or {}
        complete = session["status"] == "complete"
        return {
            "outcome": outcome,
            "status": session["status"],
            "payment_status": session["payment_status"],
            "payment_intent": session["payment_intent"],
            "decline_code": error.get("decline_code"),
            "success_url": success_url(session) if complete else None,
        }

    # -- the seller --------------------------------------------------------------------------------

    def refund(
        self,
        charge_id: str,
        amount: int | None = None,
        *,
        fails: bool = False,
        pending: bool = False,
    ) -> JSON:
        """Refund a part of a charge, or what is left of it, and return the refund.

        It succeeds at once, or starts as `pending`; what the clock decides later, after the
        settings' refund_settles_after_s, is that a pending one succeeds or that it `fails`.
        """
        timers.run_due(self._book)
        behaviour = REFUNDING[pending, fails]
        with self._book.transaction():
            charge = self._book.get("charge", charge_id)
            return refunds.make(self._book, charge, amount, behaviour)

    def capture(self, intent_id: str, amount: int | None = None) -> JSON:
        """Capture what is authorised, or a part of it, and return the intent."""
        timers.run_due(self._book)
        part = {} if amount is None else {"amount_to_capture": amount}
        with self._book.transaction():
            return intents.capture(self._book, {"id": intent_id, **part})

    def cancel(self, intent_id: str, reason: str = "requested_by_customer") -> JSON:
        """Let go of what is authorised, and return the intent. "automatic" is the gateway's own."""
        timers.run_due(self._book)
        if reason not in CANCELLATION_REASONS:
            raise InvalidRequest(f"reason must be one of {', '.join(CANCELLATION_REASONS)}")
        with self._book.transaction():
            return intents.cancel(self._book, {"id": intent_id, "cancellation_reason": reason})

    # -- the banks ---------------------------------------------------------------------------------

    def succeed_refund(self, refund_id: str) -> JSON:
        """Have a pending refund arrive now, and return it."""
        timers.run_due(self._book)
        with self._book.transaction():
            return refunds.succeed(self._book, refund_id)

    def fail_refund(self, refund_id: str) -> JSON:
        """Have a refund come back now, pending or not, and return it."""
        timers.run_due(self._book)
        with self._book.transaction():
            return refunds.fail(self._book, refund_id)

    def dispute(
        self, charge_id: str, amount: int | None = None, reason: str = "fraudulent"
    ) -> JSON:
        """Dispute a part of a charge, or what is left of it, and return the dispute."""
        timers.run_due(self._book)
        with self._book.transaction():
            charge = self._book.get("charge", charge_id)
            return disputes.start(self._book, charge, amount, reason)

    def win_dispute(self, dispute_id: str) -> JSON:
        """Decide a dispute for the seller, and return it."""
        timers.run_due(self._book)
        with self._book.transaction():
            return disputes.win(self._book, dispute_id)

    def lose_dispute(self, dispute_id: str) -> JSON:
        """Decide a dispute for the payer, and return it."""
        timers.run_due(self._book)
        with self._book.transaction():
            return disputes.lose(self._book, dispute_id)

    def appeal_dispute(self, dispute_id: str) -> JSON:
        """Have a lost dispute looked at again, and return it."""
        timers.run_due(self._book)
        with self._book.transaction():
            return disputes.appeal(self._book, dispute_id)

    # -- the gateway by itself ---------------------------------------------------------------------

    def expire(self, session_id: str) -> JSON:
        """Expire a session before its time, open or with a debit still processing; return it."""
        timers.run_due(self._book)
        with self._book.transaction():
            return sessions.expire_by_gateway(self._book, session_id)

    def tamper(self, session_id: str, /, **facts: Any) -> JSON:
        """Make a session, its intent and its charge report what was never asked for.

        `facts` are any of amount_total (minor units), client_reference_id, currency and livemode.
        No event is made: this is a gateway that is wrong, not one that changed its mind.
        """
        timers.run_due(self._book)
        session = self._book.get("session", session_id)
        for name, value in facts.items():
            if type(value) is not TAMPERABLE.get(name):
                raise InvalidRequest(f"cannot set {name} to {value!r}")
        if facts.get("currency", "usd") not in currencies.known_currencies():
            raise InvalidRequest("currency must be a code in lower case")
        with self._book.transaction():
            for kind, object_id in self._chain(session):
                current = self._book.get(kind, object_id)
                self._book.change(kind, object_id, **_renamed(facts, kind, current))
        return self._book.get("session", session_id)

    def _chain(self, session: JSON) -> list[tuple[str, str]]:
        chain = [("session", session["id"])]
        intent = self._book.find("payment_intent", session["payment_intent"] or "")
        if intent is not None:
            chain.append(("payment_intent", intent["id"]))
            if intent["latest_charge"] is not None:
                chain.append(("charge", intent["latest_charge"]))
        return chain

    def _open(self, session_id: str) -> JSON:
        """Return the session that a payer would find, which in an outage is none."""
        if self._book.faults.outage:
            raise Fault(503, "The gateway is down (injected outage).", kept=False)
        timers.run_due(self._book)
        return self._book.get("session", session_id)

    def _form(
        self, session_id: str, outcome: str, fields: Mapping[str, str]
    ) -> tuple[Payer, CardEntry | TestAccount]:
        """Fill in and read the hosted page's form."""
        session = self._open(session_id)
        if outcome not in OUTCOMES:
            raise InvalidRequest(f"outcome must be one of {', '.join(OUTCOMES)}")
        typed = {**self._filled_in(), **OUTCOMES[outcome], **fields}
        form = payform.read(typed, session, self._book.now())
        if form.payer is None or form.means is None:
            raise InvalidRequest(f"the form is not complete: {form.errors}")
        return form.payer, form.means

    def _filled_in(self) -> dict[str, str]:
        year = datetime.fromtimestamp(self._book.now(), UTC).year + 3
        return {
            "email": "payer@example.com",
            "name": "Sample Payer",
            "country": "IN",
            "line1": "1 Sample Street",
            "city": "Pune",
            "state": "MH",
            "postal_code": "411001",
            "expiry": f"12 / {year % 100:02}",
            "cvc": "123",
            "method": "card",
        }


def _renamed(facts: JSON, kind: str, current: JSON) -> JSON:
    """Return the changes under the names that this kind of object has for them.

    An amount that is still zero, because nothing was received or captured, stays zero.
    """
    changes: JSON = {}
    for name, value in facts.items():
        for key in TAMPERED_NAMES.get(name, {}).get(kind, (name,)):
            if not (key in ("amount_received", "amount_captured") and current[key] == 0):
                changes[key] = value
    return changes
