"""Events: what happened, with the object as it was then, and their way to the endpoints."""

from fnmatch import fnmatchcase

import stripe

from service.sandbox import listing, shapes
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest
from service.sandbox.faults import ActiveFault, FaultKind

API_VERSION: str = stripe.api_version
#: A reordered webhook leaves this long, in seconds, after the one that overtook it.
REORDER_GAP_S = 0.05
#: A reordering that never fills its window lets its webhooks go after this long, in seconds.
REORDER_HOLD_S = 10.0
LISTED_TYPES = 20


def record(book: Book, event_type: str, item: JSON, previous: JSON | None = None) -> None:
    """Add an event about `item`, and a delivery for each endpoint that wants it.

    Must run inside `book.transaction()`, after the change it reports. `previous` holds the
    changed values of an `*.updated` event.
    """
    data: JSON = {"object": item}
    if previous is not None:
        data["previous_attributes"] = previous
    targets = [
        endpoint
        for endpoint in book.oldest_first("webhook_endpoint")
        if endpoint["status"] == "enabled" and wants(endpoint, event_type)
    ]
    event = shapes.new(
        "event",
        id=book.ids.object("evt"),
        api_version=API_VERSION,
        created=book.stamp(),
        data=data,
        livemode=item.get("livemode", False),
        pending_webhooks=len(targets),
        request=book.cause,
        type=event_type,
    )
    book.put("event", event["id"], event)
    for endpoint in targets:
        _schedule(book, event, endpoint)


def wants(endpoint: JSON, event_type: str) -> bool:
    """Whether an endpoint is subscribed to a type of event."""
    enabled: list[str] = endpoint["enabled_events"]
    return "*" in enabled or event_type in enabled


def deliver(book: Book, event_id: str, endpoint_id: str, *, due: float | None = None) -> str:
    """Add a delivery, due now unless said otherwise, and return its id."""
    delivery_id = book.ids.object("dlv")
    delivery = {
        "id": delivery_id,
        "event": event_id,
        "endpoint": endpoint_id,
        "status": "pending",
        "tries": 0,
        "answer": None,
        "due": book.now() if due is None else due,
    }
    book.put("delivery", delivery_id, delivery)
    return delivery_id


def resend(book: Book, event_id: str) -> int:
    """Deliver an event again to every enabled endpoint that wants it; return to how many.

    Raises:
        Missing: no such event.
    """
    event = book.get("event", event_id)
    targets = [
        endpoint["id"]
        for endpoint in book.oldest_first("webhook_endpoint")
        if endpoint["status"] == "enabled" and wants(endpoint, event["type"])
    ]
    for endpoint_id in targets:
        deliver(book, event_id, endpoint_id)
    return len(targets)


def _schedule(book: Book, event: JSON, endpoint: JSON) -> None:
    """Plan an event's delivery to one endpoint, through the faults in force."""
    faults, event_type = book.faults, event["type"]
    if faults.webhook(FaultKind.DROP_WEBHOOKS, event_type):
        dropped = deliver(book, event["id"], endpoint["id"])
        book.change("delivery", dropped, status="dropped", due=None)
        return
    late = faults.webhook(FaultKind.DELAY_WEBHOOKS, event_type)
    due = book.now() + (late.fields["seconds"] if late else 0.0)
    copied = faults.webhook(FaultKind.DUPLICATE_WEBHOOKS, event_type)
    for _ in range(1 + (copied.fields["copies"] if copied else 0)):
        delivery_id = deliver(book, event["id"], endpoint["id"], due=due)
        reorder = faults.webhook(FaultKind.REORDER_WEBHOOKS, event_type)
        if reorder:
            _hold(book, reorder, delivery_id)


def _hold(book: Book, reorder: ActiveFault, delivery_id: str) -> None:
    book.change("delivery", delivery_id, due=book.now() + REORDER_HOLD_S)
    reorder.held.append(delivery_id)
    if len(reorder.held) >= reorder.fields["window"]:
        release(book, reorder)


def release(book: Book, reorder: ActiveFault) -> None:
    """Let held webhooks go, last first."""
    for place, delivery_id in enumerate(reversed(reorder.held)):
        book.change("delivery", delivery_id, due=book.now() + place * REORDER_GAP_S)
    reorder.held.clear()


# -- the API -----------------------------------------------------------------------------------


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/events/{id}"""
    return book.get("event", params["id"])


def list_events(book: Book, params: JSON) -> JSON:
    """GET /v1/events, by type (with * as a wildcard) or types, and by success of delivery."""
    pattern, types = params.get("type"), params.get("types")
    if pattern is not None and types is not None:
        raise InvalidRequest("You may only specify one of these parameters: type, types.")
    if types is not None and len(types) > LISTED_TYPES:
        raise InvalidRequest(f"types has at most {LISTED_TYPES} entries.", param="types")
    delivered = params.get("delivery_success")

    def keep(event: JSON) -> bool:
        if pattern is not None and not fnmatchcase(event["type"], pattern):
            return False
        if types is not None and event["type"] not in types:
            return False
        return delivered is None or delivered == (event["pending_webhooks"] == 0)

    return listing.page(book, "event", params, "/v1/events", keep)
