"""Everything the gateway knows: JSON objects by kind, changed in transactions.

Objects are never changed in place: a change puts a new version. That is what lets an event keep
its snapshot by reference, and a refused transaction go back to what was there.
"""

import hashlib
import heapq
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from service.sandbox.errors import JSON, Missing
from service.sandbox.faults import Faults
from service.sandbox.journal import Change, Journal
from service.sandbox.settings import SandboxSettings

KINDS = (
    "acknowledgement",  # an endpoint answered 2xx to an event
    "balance_transaction",
    "charge",
    "checkout",  # what a session's creator asked for and Stripe does not show
    "customer",
    "delivery",  # one event on its way to one endpoint
    "dispute",
    "event",
    "idempotency",
    "meta",
    "payment_intent",
    "payment_method",
    "refund",
    "session",
    "timer",  # something the clock will do
    "webhook_endpoint",
    "webhook_secret",
)
IDEMPOTENCY_KEPT_S = 24 * 3600
EVENTS_KEPT_S = 30 * 24 * 3600
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Ids:
    """Ids that look like Stripe's; with a seed, the n-th id is always the same."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self.issued = {"object": 0, "request": 0}

    def object(self, prefix: str, length: int = 24) -> str:
        """Return a new id of an object, `length` characters after its prefix."""
        return f"{prefix}_{self._letters('object', length)}"

    def request(self) -> str:
        """Return a new request id; counted apart, so that reads move no object's id."""
        return f"req_{self._letters('request', 14)}"

    def _letters(self, counter: str, length: int) -> str:
        self.issued[counter] += 1
        if self._seed is None:
            return "".join(secrets.choice(_ALPHABET) for _ in range(length))
        source = f"{self._seed}:{counter}:{self.issued[counter]}".encode()
        digest = hashlib.blake2b(source, digest_size=64).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])


class Book:
    """The gateway's state. Everything here is synchronous, so a transaction is never interrupted.

    `on_commit` is called after each transaction that changed something. `cause` names the API
    request at work, for the events it makes.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.faults = Faults()
        self.ids = Ids(settings.seed)
        self.running_keys: set[str] = set()
        self.cause: JSON = {"id": None, "idempotency_key": None}
        self.on_commit: Callable[[], None] = lambda: None
        self._kinds: dict[str, dict[str, JSON]] = {kind: {} for kind in KINDS}
        self._due: dict[str, list[tuple[float, int, str]]] = {"timer": [], "delivery": []}
        self._due_count = 0
        self._changes: list[Change] = []
        self._before: list[Change] | None = None
        self._journal = Journal(settings.journal) if settings.journal else None
        if self._journal is not None:
            self._replay(self._journal)

    # -- time ----------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since 1970 by the gateway's clock, shift included."""
        return (self.settings.clock() + timedelta(seconds=self.shift_s)).timestamp()

    def stamp(self) -> int:
        """The gateway's time as Stripe writes it, in whole seconds."""
        return int(self.now())

    @property
    def shift_s(self) -> float:
        """How far the gateway's clock was moved ahead of the settings' clock, in seconds."""
        shift: float = self._kinds["meta"].get("clock", {}).get("shift_s", 0.0)
        return shift

    # -- objects -------------------------------------------------------------------------------

    def find(self, kind: str, object_id: str) -> JSON | None:
        """Return one object, or None."""
        return self._kinds[kind].get(object_id)

    def get(self, kind: str, object_id: str, *, param: str = "id") -> JSON:
        """Return one object.

        Raises:
            Missing: there is none; the error names `param`.
        """
        found = self._kinds[kind].get(object_id)
        if found is None:
            raise Missing(kind.replace("session", "checkout.session"), object_id, param=param)
        return found

    def oldest_first(self, kind: str) -> Iterator[JSON]:
        """Iterate over a kind in order of creation."""
        return iter(self._kinds[kind].values())

    def newest_first(self, kind: str) -> Iterator[JSON]:
        """Iterate over a kind, last created first."""
        return reversed(self._kinds[kind].values())

    def count(self, kind: str) -> int:
        """Return how many objects of a kind there are."""
        return len(self._kinds[kind])

    def put(self, kind: str, object_id: str, value: JSON | None) -> None:
        """Keep a new version of an object, or forget it (None). Needs `transaction()` around it."""
        if self._before is None:
            raise RuntimeError("put() outside a transaction")
        self._before.append((kind, object_id, self._kinds[kind].get(object_id)))
        self._changes.append((kind, object_id, value))
        self._set(kind, object_id, value)

    def change(self, kind: str, object_id: str, **changes: Any) -> JSON:
        """Keep a version of an object with some values replaced, and return it."""
        value = {**self.get(kind, object_id), **changes}
        self.put(kind, object_id, value)
        return value

    def _set(self, kind: str, object_id: str, value: JSON | None) -> None:
        if value is None:
            self._kinds[kind].pop(object_id, None)
            return
        self._kinds[kind][object_id] = value
        if value.get("due") is not None:
            self._due_count += 1
            heapq.heappush(self._due[kind], (value["due"], self._due_count, object_id))

    # -- what is due ---------------------------------------------------------------------------

    def at(self, due: float, action: str, ref: str) -> None:
        """Have `action` run on object `ref` once the clock reaches `due`."""
        timer_id = self.ids.object("timer")
        timer = {"id": timer_id, "due": due, "action": action, "ref": ref}
        self.put("timer", timer_id, timer)

    def next_due(self, kind: str) -> float | None:
        """Return when the earliest timer or delivery falls due, or None."""
        heap = self._due[kind]
        while heap:
            due, _, object_id = heap[0]
            current = self._kinds[kind].get(object_id)
            if current is not None and current.get("due") == due:
                return due
            heapq.heappop(heap)
        return None

    def take_due(self, kind: str) -> JSON | None:
        """Take the earliest timer or delivery that is due by now off the heap, or None."""
        due = self.next_due(kind)
        if due is None or due > self.now():
            return None
        _, _, object_id = heapq.heappop(self._due[kind])
        return self._kinds[kind][object_id]

    # -- transactions --------------------------------------------------------------------------

    @contextmanager
    def transaction(self, cause: JSON | None = None) -> Iterator[None]:
        """Keep every put inside, on disk and in memory, or none of them.

        No await may happen inside: the loop's single thread is what isolates transactions.
        """
        if self._before is not None:
            raise RuntimeError("transactions do not nest")
        self._before, self._changes = [], []
        self.cause = cause or {"id": None, "idempotency_key": None}
        try:
            yield
            if self._changes and self._journal is not None:
                counters = (self.ids.issued["object"], self.ids.issued["request"])
                self._journal.append(self._changes, counters)
        except BaseException:
            for kind, object_id, value in reversed(self._before):
                self._set(kind, object_id, value)
            self._changes = []
            raise
        finally:
            self._before = None
        if self._changes:
            self.on_commit()

    # -- the journal ---------------------------------------------------------------------------

    def _replay(self, journal: Journal) -> None:
        counters = (0, 0)
        for changes, written in journal.replay():
            counters = written
            for kind, object_id, value in changes:
                self._set(kind, object_id, value)
        self.ids.issued = {"object": counters[0], "request": counters[1]}
        self._prune()
        values = (
            (kind, object_id, value)
            for kind, objects in self._kinds.items()
            for object_id, value in objects.items()
        )
        journal.compact(values, counters)

    def _prune(self) -> None:
        """Forget what Stripe forgets: old idempotency records and events past their 30 days."""
        now = self.now()
        self._keep("idempotency", lambda record: now - record["created"] < IDEMPOTENCY_KEPT_S)
        self._keep("event", lambda event: now - event["created"] < EVENTS_KEPT_S)
        for kind in ("delivery", "acknowledgement"):
            self._keep(kind, lambda record: record["event"] in self._kinds["event"])

    def _keep(self, kind: str, wanted: Callable[[JSON], bool]) -> None:
        kept = {key: value for key, value in self._kinds[kind].items() if wanted(value)}
        self._kinds[kind] = kept

    def close(self) -> None:
        """Let go of the journal."""
        if self._journal is not None:
            self._journal.close()
