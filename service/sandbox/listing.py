"""Cursor pages: newest first, `starting_after` towards older, `ending_before` towards newer."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest

DEFAULT_LIMIT, MAX_LIMIT = 10, 100


def page(book: Book, kind: str, params: JSON, url: str, keep: Callable[[JSON], bool]) -> JSON:
    """Return one page of a kind, as Stripe's list object.

    Of `params` it reads the cursors, `limit` and `created`; `keep` says what else belongs.

    Raises:
        InvalidRequest: a limit out of range, two cursors, or a cursor that names nothing.
    """
    limit = read_limit(params)
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise InvalidRequest("You can only pass one of starting_after and ending_before.")
    for param, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor:
            book.get(kind, cursor, param=param)

    # ending_before wants the neighbours of its cursor, so it reads from the cursor upwards.
    source = book.oldest_first(kind) if before else book.newest_first(kind)
    wanted = _from(source, after or before)
    created = _created(params.get("created"))
    matching = (item for item in wanted if created(item) and keep(item))
    items = list(islice(matching, limit + 1))
    has_more = len(items) > limit
    items = items[:limit]
    if before:
        items.reverse()
    return as_list(items, url, has_more=has_more)


def read_limit(params: JSON) -> int:
    """Return how many items a page may have.

    Raises:
        InvalidRequest: out of range.
    """
    limit: int = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        message = f"Invalid limit: must be between 1 and {MAX_LIMIT}"
        raise InvalidRequest(message, param="limit")
    return limit


def as_list(items: list[JSON], url: str, *, has_more: bool) -> JSON:
    """Return Stripe's list object."""
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def _from(items: Iterable[JSON], cursor: str | None) -> Iterator[JSON]:
    """Skip up to and including the cursor."""
    rest = iter(items)
    if cursor:
        for item in rest:
            if item["id"] == cursor:
                break
    return rest


def _created(bounds: JSON | int | None) -> Callable[[JSON], bool]:
    if bounds is None:
        return lambda item: True
    if isinstance(bounds, int):
        return lambda item: bool(item["created"] == bounds)
    gt, gte = bounds.get("gt", -1), bounds.get("gte", 0)
    lt, lte = bounds.get("lt", 1 << 62), bounds.get("lte", 1 << 62)
    return lambda item: gt < item["created"] < lt and gte <= item["created"] <= lte
