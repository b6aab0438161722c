"""The test gateway's own API, under /_sandbox: pay, refund, dispute, break, look inside.

What payers, the seller and banks do by hand is in `dashboard`; this puts it behind URLs. It asks
for no key, since nothing here is worth one. Its POSTs must carry JSON, so that no page in
somebody's browser can send them.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.sandbox import events, timers
from service.sandbox.api import read_body
from service.sandbox.book import Book
from service.sandbox.dashboard import Dashboard
from service.sandbox.deliveries import Courier
from service.sandbox.errors import JSON, ApiError, InvalidRequest
from service.sandbox.faults import FaultKind

LONGEST_SHIFT_S = 10 * 366 * 24 * 3600
#: What a field of a JSON body may be.
TEXT, NUMBER, FLAG = (str,), (int, type(None)), (bool,)
Fields = Mapping[str, tuple[type, ...]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Control:
    """The routes under /_sandbox."""

    def __init__(self, book: Book, courier: Courier, dashboard: Dashboard) -> None:
        self._book = book
        self._dashboard = dashboard
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
            Route(f"{session}/authorise", _answering(self.authorise), methods=["POST"]),
            Route(f"{session}/tamper", _answering(self.tamper), methods=["POST"]),
            *self._acts(),
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
        """Submit the hosted page's form by program; see Dashboard.pay."""
        return self._dashboard.pay(request.path_params["id"], **await _form(request))

    async def authorise(self, request: Request) -> JSON:
        """The same, but the money is only held."""
        return self._dashboard.authorise(request.path_params["id"], **await _form(request))

    async def authenticate(self, request: Request) -> JSON:
        """Answer an open challenge: {"result": "complete"} or {"result": "fail"}."""
        body = await _json(request)
        if body.get("result") not in ("complete", "fail"):
            raise InvalidRequest("result must be complete or fail")
        passed = body["result"] == "complete"
        return self._dashboard.authenticate(request.path_params["id"], passed=passed)

    async def tamper(self, request: Request) -> JSON:
        """Make a session, its intent and its charge lie; see Dashboard.tamper."""
        return self._dashboard.tamper(request.path_params["id"], **await _json(request))

    def _acts(self) -> list[Route]:
        """The dashboard's functions that take an id and plain values, as routes."""
        by_hand = self._dashboard
        acts: list[tuple[str, Callable[..., JSON], Fields]] = [
            ("charges/{id}/dispute", by_hand.dispute, {"amount": NUMBER, "reason": TEXT}),
            (
                "charges/{id}/refund",
                by_hand.refund,
                {"amount": NUMBER, "fails": FLAG, "pending": FLAG},
            ),
            ("disputes/{id}/appeal", by_hand.appeal_dispute, {}),
            ("disputes/{id}/lose", by_hand.lose_dispute, {}),
            ("disputes/{id}/win", by_hand.win_dispute, {}),
            ("payment_intents/{id}/cancel", by_hand.cancel, {"reason": TEXT}),
            ("payment_intents/{id}/capture", by_hand.capture, {"amount": NUMBER}),
            ("refunds/{id}/fail", by_hand.fail_refund, {}),
            ("refunds/{id}/succeed", by_hand.succeed_refund, {}),
            ("sessions/{id}/expire", by_hand.expire, {}),
        ]
        return [
            Route(f"/_sandbox/{path}", _answering(_calling(act, fields)), methods=["POST"])
            for path, act, fields in acts
        ]


def _calling(act: Callable[..., JSON], fields: Fields) -> Callable[[Request], Awaitable[JSON]]:
    async def action(request: Request) -> JSON:
        body = await _json(request)
        for name, value in body.items():
            if type(value) not in fields.get(name, ()):
                raise InvalidRequest(f"cannot take {name}={value!r}")
        return act(request.path_params["id"], **body)

    return action


def _answering(action: Callable[[Request], Awaitable[JSON]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            return _response(await action(request))
        except ApiError as error:
            return _response(error.envelope(), error.status)

    return endpoint


def _response(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


async def _form(request: Request) -> dict[str, str]:
    body = await _json(request)
    if not all(isinstance(value, str) for value in body.values()):
        raise InvalidRequest("every field of the form is a string")
    return body


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
