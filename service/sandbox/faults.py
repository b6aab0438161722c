"""Failures on demand: what a gateway does to its users on a bad day.

Faults are kept in memory only: a restarted sandbox is a healthy one. Each is used for its first
`next` matching calls or webhooks, or until it is cleared. The oldest matching fault wins.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx

from service.sandbox.errors import JSON, Fault

FAILURES = (409, 429, 500, 502, 503)
LOSSES: dict[str, type[httpx.TransportError]] = {
    error.__name__: error
    for error in (httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.ReadTimeout)
}
#: Losses that say that nothing was sent, and so happen before any effect.
UNSENT = ("ConnectError", "ConnectTimeout")
LONGEST_S = 4 * 24 * 3600


class FaultKind(StrEnum):
    """What can be made to go wrong."""

    #: Every API call and hosted page answers 503; webhooks wait.
    OUTAGE = "outage"
    #: API calls fail with `status`, `when` "before" or "after" their effect. With `kept` (as
    #: Stripe does for a 500) the idempotency key replays the failure; without, it replays the
    #: true result, as when a proxy on the way failed.
    FAIL_API = "fail_api"
    #: API calls hang for `seconds`: "before" their effect, while a repeat of the key is in
    #: conflict, or "after" it, on the way back, while a repeat is answered at once.
    HANG_API = "hang_api"
    #: The connection of API calls breaks without an answer, `when` "before" or "after" their
    #: effect; a repeat of the key then has the effect or finds it. In one process, under
    #: httpx.ASGITransport, the caller gets the httpx exception that `error` names, so that
    #: "ReadTimeout" is a time-out that takes no time. Over a socket the connection closes after
    #: the headers of an answer whose body never comes: httpx.RemoteProtocolError.
    LOSE_API = "lose_api"
    #: Webhooks are never sent; their events stay undelivered in the events list.
    DROP_WEBHOOKS = "drop_webhooks"
    #: Webhooks are sent `copies` more times.
    DUPLICATE_WEBHOOKS = "duplicate_webhooks"
    #: Webhooks are sent `seconds` late.
    DELAY_WEBHOOKS = "delay_webhooks"
    #: Webhooks are held until there are `window` of them, then sent last first.
    REORDER_WEBHOOKS = "reorder_webhooks"


#: The fields each kind takes beside `kind` and `next`, with their defaults.
FIELDS: dict[FaultKind, JSON] = {
    FaultKind.OUTAGE: {},
    FaultKind.FAIL_API: {
        "status": 500,
        "when": "before",
        "kept": True,
        "method": None,
        "path": None,
    },
    FaultKind.HANG_API: {"seconds": 30.0, "when": "after", "method": None, "path": None},
    FaultKind.LOSE_API: {"error": "ReadError", "when": "after", "method": None, "path": None},
    FaultKind.DROP_WEBHOOKS: {"types": None},
    FaultKind.DUPLICATE_WEBHOOKS: {"types": None, "copies": 1},
    FaultKind.DELAY_WEBHOOKS: {"types": None, "seconds": 5.0},
    FaultKind.REORDER_WEBHOOKS: {"types": None, "window": 2},
}


@dataclass(slots=True)
class ActiveFault:
    """One fault in force. `left` None means until it is cleared."""

    id: str
    kind: FaultKind
    left: int | None
    fields: JSON
    #: Deliveries held back by a reordering.
    held: list[str] = field(default_factory=list)

    def as_json(self) -> JSON:
        """Return the fault as the control API shows it."""
        return {"id": self.id, "kind": self.kind.value, "next": self.left, **self.fields}

    def matches_call(self, method: str, path: str) -> bool:
        """Whether an API call falls under this fault; `path` is compared as a prefix."""
        wanted_method, prefix = self.fields["method"], self.fields["path"]
        return wanted_method in (None, method) and (prefix is None or path.startswith(prefix))

    def matches_event(self, event_type: str) -> bool:
        """Whether an event's webhooks fall under this fault."""
        types = self.fields["types"]
        return types is None or event_type in types


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self.active: list[ActiveFault] = []
        self._added = 0

    def add(self, kind: str, *, next: int | None = None, **fields: Any) -> ActiveFault:
        """Put a fault in force and return it.

        Raises:
            ValueError: no such kind, a field it does not take, or a value out of range.
        """
        fault_kind = FaultKind(kind)
        unknown = fields.keys() - FIELDS[fault_kind].keys()
        if unknown:
            raise ValueError(f"{kind} does not take {', '.join(sorted(unknown))}")
        fields = {**FIELDS[fault_kind], **fields}
        _check(next, fields)
        self._added += 1
        fault = ActiveFault(f"fault_{self._added}", fault_kind, next, fields)
        self.active.append(fault)
        return fault

    def clear(self, fault_id: str | None = None) -> list[ActiveFault]:
        """Lift one fault or, with None, all; return those lifted."""
        lifted = [fault for fault in self.active if fault_id in (None, fault.id)]
        self.active = [fault for fault in self.active if fault not in lifted]
        return lifted

    @property
    def outage(self) -> bool:
        """Whether the gateway is down."""
        return any(fault.kind is FaultKind.OUTAGE for fault in self.active)

    def failure(self, method: str, path: str, *, replay: bool) -> ActiveFault | None:
        """Use up and return the failure meant for this API call, or None.

        A replayed answer can still be lost on its way, but cannot fail in the gateway.
        """
        return self._use(
            FaultKind.FAIL_API,
            lambda fault: (
                fault.matches_call(method, path) and not (replay and fault.fields["kept"])
            ),
        )

    def hang(self, method: str, path: str) -> ActiveFault | None:
        """Use up and return the hang meant for this API call, or None."""
        return self._use(FaultKind.HANG_API, lambda fault: fault.matches_call(method, path))

    def loss(self, method: str, path: str) -> ActiveFault | None:
        """Use up and return the loss meant for this API call, or None."""
        return self._use(FaultKind.LOSE_API, lambda fault: fault.matches_call(method, path))

    def webhook(self, kind: FaultKind, event_type: str) -> ActiveFault | None:
        """Use up and return the fault of this kind meant for this webhook, or None."""
        return self._use(kind, lambda fault: fault.matches_event(event_type))

    def _use(self, kind: FaultKind, matches: Callable[[ActiveFault], bool]) -> ActiveFault | None:
        for fault in self.active:
            if fault.kind is kind and matches(fault):
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left == 0:
                        self.active.remove(fault)
                return fault
        return None


def injected(fault: ActiveFault) -> Fault:
    """Return the error answer of a failure."""
    status = fault.fields["status"]
    # Stripe keeps what began to run; a conflict or a limit stops a request before that.
    kept = fault.fields["kept"] and status >= 500
    return Fault(status, f"Injected fault {fault.id}: the gateway failed on request.", kept=kept)


def lost(fault: ActiveFault) -> httpx.TransportError:
    """Return what a caller in this process sees of a loss."""
    message = f"Injected fault {fault.id}: the connection broke on request."
    return LOSSES[fault.fields["error"]](message)


def _check(next_uses: int | None, fields: JSON) -> None:
    if next_uses is not None and not _is_count(next_uses):
        raise ValueError("next must be a positive integer or null")
    if fields.get("status", 500) not in FAILURES:
        raise ValueError(f"status must be one of {FAILURES}")
    if fields.get("when", "before") not in ("before", "after"):
        raise ValueError("when must be 'before' or 'after'")
    _check_error(fields)
    for name in ("copies", "window"):
        if not _is_count(fields.get(name, 1)):
            raise ValueError(f"{name} must be a positive integer")
    if not isinstance(fields.get("kept", True), bool):
        raise ValueError("kept must be true or false")
    _check_seconds(fields.get("seconds", 0))
    _check_types(fields.get("types"))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _check_error(fields: JSON) -> None:
    error = fields.get("error", "ReadError")
    if error not in LOSSES:
        raise ValueError(f"error must be one of {', '.join(LOSSES)}")
    if error in UNSENT and fields["when"] != "before":
        raise ValueError(f"{error} can only happen before the effect")


def _check_seconds(seconds: object) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ValueError("seconds must be a number")
    if not 0 <= seconds <= LONGEST_S:
        raise ValueError(f"seconds must be between 0 and {LONGEST_S}")


def _check_types(types: object) -> None:
    if types is None:
        return
    if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
        raise ValueError("types must be a list of event types, or null for all")
