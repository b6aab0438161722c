"""The test gateway's own API, under /_sandbox: pay, break, move the clock, look inside.

It asks for no key, since nothing here is worth one. Its POSTs must carry JSON, so that no page
in somebody's browser can send them.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.sandbox import checkout, currencies, events, payform, timers
from service.sandbox.api import read_body
from service.sandbox.book import Book
from service.sandbox.deliveries import Courier
from service.sandbox.errors import JSON, ApiError, Fault, InvalidRequest
from service.sandbox.faults import FaultKind
from service.sandbox.hosted import success_url

#: Short names for what a test wants to happen, as form fields.
OUTCOMES: dict[str, dict[str, str]] = {
    "success": {"number": "4242424242424242"},
    "declined": {"number": "4000000000000002"},
    "insufficient_funds": {"number": "4000000000009995"},
    "challenge": {"number": "4000002500003155"},
    "debit_succeeds": {"method": "us_bank_account", "account": "000123456789"},
    "debit_fails": {"method": "us_bank_account", "account": "000222222227"},
}
LONGEST_SHIFT_S = 10 * 366 * 24 * 3600
TAMPERABLE = {"amount_total": int, "currency": str, "livemode": bool}
#: How the same fact is called on the session, its intent and its charge.
TAMPERED_NAMES = {
    "amount_total": {
        "session": ("amount_total", "amount_subtotal"),
        "payment_intent": ("amount", "amount_received"),
        "charge": ("amount", "amount_captured"),
    }
}
Endpoint = Callable[[Request], Awaitable[Response]]


class Control:
    """The routes under /_sandbox."""

    def __init__(self, book: Book, courier: Courier) -> None:
        self._book = book
        self._courier = courier

    def routes(self) -> list[Route]:
        """Return all of them."""
        session = "/_sandbox/sessions/{id}"
        return [
            Route("/healthz", _answering(self.health), methods=["GET"]),
            Route("/_sandbox/health", _answering(self.health), methods=["GET"]),
            Route("/_sandbox/faults", _answering(self.list_faults), methods=["GET"]),
            Route("/_sandbox/faults", _answering(self.add_fault), methods=["POST"]),
            Route("/_sandbox/faults", _answering(self.clear_faults), methods=["DELETE"]),
            Route("/_sandbox/faults/{id}", _answering(self.clear_faults), methods=["DELETE"]),
            Route("/_sandbox/clock", _answering(self.shift_clock), methods=["POST"]),
            Route("/_sandbox/deliveries", _answering(self.list_deliveries), methods=["GET"]),
            Route("/_sandbox/events/{id}/resend", _answering(self.resend), methods=["POST"]),
            Route(f"{session}/pay", _answering(self.pay), methods=["POST"]),
            Route(f"{session}/authenticate", _answering(self.authenticate), methods=["POST"]),
            Route(f"{session}/tamper", _answering(self.tamper), methods=["POST"]),
        ]

    async def health(self, request: Request) -> JSON:
        """How much there is, what is broken on purpose and what waits."""
        waiting = [
            delivery
            for delivery in self._book.oldest_first("delivery")
            if delivery["status"] == "pending"
        ]
        return {
            "status": "ok",
            "clock": datetime.fromtimestamp(self._book.now(), UTC).isoformat(),
            "clock_shift_s": self._book.shift_s,
            "faults": len(self._book.faults.active),
            "sessions": self._book.count("session"),
            "events": self._book.count("event"),
            "pending_webhooks": len(waiting),
        }

    async def list_faults(self, request: Request) -> JSON:
        """The faults in force, oldest first."""
        return {"data": [fault.as_json() for fault in self._book.faults.active]}

    async def add_fault(self, request: Request) -> JSON:
        """Put one fault in force: {"kind": ..., "next": N or null, and the kind's own fields}."""
        body = await _json(request)
        try:
            fault = self._book.faults.add(body.pop("kind", ""), **body)
        except (ValueError, TypeError) as error:
            raise InvalidRequest(str(error)) from None
        return fault.as_json()

    async def clear_faults(self, request: Request) -> JSON:
        """Lift one fault or all; what a reordering held goes on its way."""
        lifted = self._book.faults.clear(request.path_params.get("id"))
        with self._book.transaction():
            for fault in lifted:
                if fault.kind is FaultKind.REORDER_WEBHOOKS:
                    events.release(self._book, fault)
        self._courier.wake()
        return {"data": [fault.as_json() for fault in lifted]}

    async def shift_clock(self, request: Request) -> JSON:
        """Move the clock ahead by {"seconds": N}; what falls due then happens at once."""
        body = await _json(request)
        seconds = body.get("seconds")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise InvalidRequest("seconds must be a number")
        if not 0 <= seconds <= LONGEST_SHIFT_S:
            raise InvalidRequest(f"seconds must be between 0 and {LONGEST_SHIFT_S}")
        with self._book.transaction():
            shift = {"shift_s": self._book.shift_s + seconds}
            self._book.put("meta", "clock", shift)
        timers.run_due(self._book)
        self._courier.wake()
        return await self.health(request)

    async def list_deliveries(self, request: Request) -> JSON:
        """Every webhook delivery, oldest first; `?event=` narrows it to one event's."""
        event_id = request.query_params.get("event")
        chosen = [
            delivery
            for delivery in self._book.oldest_first("delivery")
            if event_id in (None, delivery["event"])
        ]
        return {"data": chosen}

    async def resend(self, request: Request) -> JSON:
        """Deliver an event once more, past the faults in force."""
        with self._book.transaction():
            sent = events.resend(self._book, request.path_params["id"])
        return {"deliveries": sent}

    async def pay(self, request: Request) -> JSON:
        """Submit the hosted page's form by program.

        {"outcome": one of OUTCOMES} or the form's own fields: number, expiry, cvc, name, email,
        country, method, account. What is left out is filled in.
        """
        body = await _json(request)
        session = self._open(request)
        outcome = body.pop("outcome", "success")
        if outcome not in OUTCOMES:
            raise InvalidRequest(f"outcome must be one of {', '.join(OUTCOMES)}")
        fields = {**self._filled_in(), **OUTCOMES[outcome], **body}
        if not all(isinstance(value, str) for value in fields.values()):
            raise InvalidRequest("every field of the form is a string")
        form = payform.read(fields, session, self._book.now())
        if form.payer is None or form.means is None:
            raise InvalidRequest(f"the form is not complete: {form.errors}")
        with self._book.transaction():
            result = checkout.submit(self._book, session["id"], form.payer, form.means)
        return self._result(session["id"], result.value)

    async def authenticate(self, request: Request) -> JSON:
        """Answer an open challenge: {"result": "complete"} or {"result": "fail"}."""
        body = await _json(request)
        session = self._open(request)
        if body.get("result") not in ("complete", "fail"):
            raise InvalidRequest("result must be complete or fail")
        with self._book.transaction():
            passed = body["result"] == "complete"
            result = checkout.authenticate(self._book, session["id"], passed=passed)
        return self._result(session["id"], result.value)

    async def tamper(self, request: Request) -> JSON:
        """Make a session, its intent and its charge report what was never asked for.

        {"amount_total": minor units, "currency": code, "livemode": bool}, any of them. No event
        is made: this is a gateway that is wrong, not one that changed its mind.
        """
        body = await _json(request)
        session = self._session(request)
        for name, value in body.items():
            if type(value) is not TAMPERABLE.get(name):
                raise InvalidRequest(f"cannot set {name} to {value!r}")
        if body.get("currency", "usd") not in currencies.known_currencies():
            raise InvalidRequest("currency must be a code in lower case")
        with self._book.transaction():
            for kind, object_id in self._chain(session):
                current = self._book.get(kind, object_id)
                self._book.change(kind, object_id, **_renamed(body, kind, current))
        return self._book.get("session", session["id"])

    def _chain(self, session: JSON) -> list[tuple[str, str]]:
        chain = [("session", session["id"])]
        intent = self._book.find("payment_intent", session["payment_intent"] or "")
        if intent is not None:
            chain.append(("payment_intent", intent["id"]))
            if intent["latest_charge"] is not None:
                chain.append(("charge", intent["latest_charge"]))
        return chain

    def _session(self, request: Request) -> JSON:
        timers.run_due(self._book)
        return self._book.get("session", request.path_params["id"])

    def _open(self, request: Request) -> JSON:
        """Return the session that a payer would find, which in an outage is none."""
        if self._book.faults.outage:
            raise Fault(503, "The gateway is down (injected outage).", kept=False)
        return self._session(request)

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

    def _result(self, session_id: str, outcome: str) -> JSON:
        session = self._book.get("session", session_id)
        intent = checkout.current_intent(self._book, session_id)
        error = (intent or {}).get("last_payment_error") or {}
        return {
            "outcome": outcome,
            "status": session["status"],
            "payment_status": session["payment_status"],
            "payment_intent": session["payment_intent"],
            "decline_code": error.get("decline_code"),
            "success_url": success_url(session) if session["status"] == "complete" else None,
        }


def _renamed(body: JSON, kind: str, current: JSON) -> JSON:
    """Return the changes under the names that this kind of object has for them.

    An amount that is still zero, because nothing was received or captured, stays zero.
    """
    changes: JSON = {}
    for name, value in body.items():
        for key in TAMPERED_NAMES.get(name, {}).get(kind, (name,)):
            if not (key in ("amount_received", "amount_captured") and current[key] == 0):
                changes[key] = value
    return changes


def _answering(action: Callable[[Request], Awaitable[JSON]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            return _response(await action(request))
        except ApiError as error:
            return _response(error.envelope(), error.status)

    return endpoint


def _response(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


async def _json(request: Request) -> JSON:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise InvalidRequest("Send application/json.")
    try:
        body = orjson.loads(await read_body(request) or b"{}")
    except orjson.JSONDecodeError:
        raise InvalidRequest("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return body
