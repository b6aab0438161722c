"""Webhook endpoints: those of the settings and those made through the API."""

from service.sandbox import listing, shapes
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest
from service.sandbox.events import API_VERSION
from service.sandbox.params import merge_metadata


def configure(book: Book) -> None:
    """Bring the endpoints that came from settings in line with today's settings.

    An endpoint whose URL or secret is known keeps its identity, and with it the webhooks that
    still wait for it, when the other half changed; one that is gone from the settings goes.
    """
    with book.transaction():
        former = {
            record["id"]: record
            for record in list(book.oldest_first("webhook_secret"))
            if record["configured"]
        }
        for url, secret in book.settings.webhook_endpoints:
            known = _match(book, former, url, secret)
            if known is None:
                _add(book, url, secret, configured=True)
            else:
                former.pop(known["id"])
                book.put("webhook_secret", known["id"], {**known, "secret": secret})
                book.change("webhook_endpoint", known["id"], url=url)
        for endpoint_id in former:
            _remove(book, endpoint_id)


def _match(book: Book, former: dict[str, JSON], url: str, secret: str) -> JSON | None:
    for record in former.values():
        if book.get("webhook_endpoint", record["id"])["url"] == url:
            return record
    return next((record for record in former.values() if record["secret"] == secret), None)


def _add(book: Book, url: str, secret: str, *, configured: bool, **values: object) -> JSON:
    endpoint_id = book.ids.object("we")
    fields = {
        "api_version": API_VERSION,
        "enabled_events": ["*"],
        "metadata": {},
        **values,
    }
    endpoint = shapes.new(
        "webhook_endpoint",
        id=endpoint_id,
        created=book.stamp(),
        livemode=False,
        status="enabled",
        url=url,
        **fields,
    )
    record = {"id": endpoint_id, "secret": secret, "configured": configured}
    book.put("webhook_endpoint", endpoint_id, endpoint)
    book.put("webhook_secret", endpoint_id, record)
    return endpoint


def _remove(book: Book, endpoint_id: str) -> None:
    book.put("webhook_endpoint", endpoint_id, None)
    book.put("webhook_secret", endpoint_id, None)


# -- the API -----------------------------------------------------------------------------------


def create(book: Book, params: JSON) -> JSON:
    """POST /v1/webhook_endpoints; the only answer that shows the signing secret."""
    _check(params)
    if params.get("api_version", API_VERSION) != API_VERSION:
        message = f"The sandbox renders events of {API_VERSION} only."
        raise InvalidRequest(message, param="api_version")
    secret = book.ids.object("whsec", 32)
    endpoint = _add(
        book,
        params["url"],
        secret,
        configured=False,
        enabled_events=params["enabled_events"],
        description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata")),
    )
    return {**endpoint, "secret": secret}


def update(book: Book, params: JSON) -> JSON:
    """POST /v1/webhook_endpoints/{id}"""
    endpoint = book.get("webhook_endpoint", params["id"])
    _check(params)
    names = ("url", "enabled_events", "description")
    changes: JSON = {name: params[name] for name in names if name in params}
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    changes["metadata"] = merge_metadata(endpoint["metadata"], params.get("metadata"))
    return book.change("webhook_endpoint", endpoint["id"], **changes)


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/webhook_endpoints/{id}"""
    return book.get("webhook_endpoint", params["id"])


def list_endpoints(book: Book, params: JSON) -> JSON:
    """GET /v1/webhook_endpoints"""
    return listing.page(book, "webhook_endpoint", params, "/v1/webhook_endpoints", lambda _: True)


def delete(book: Book, params: JSON) -> JSON:
    """DELETE /v1/webhook_endpoints/{id}"""
    endpoint = book.get("webhook_endpoint", params["id"])
    _remove(book, endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def _check(params: JSON) -> None:
    url = params.get("url")
    if url is not None and not url.startswith(("http://", "https://")):
        raise InvalidRequest("Invalid URL: must be http or https.", code="url_invalid", param="url")
