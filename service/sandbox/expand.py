"""expand[]: replace ids by the objects they name, up to four levels deep."""

from collections.abc import Callable, Iterable
from typing import Any

from service.sandbox import line_items
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest
from service.sandbox.listing import as_list

MAX_LEVELS = 4
Tree = dict[str, Any]

#: Which keys of which object hold ids of which kind.
REFERENCES: dict[str, dict[str, str]] = {
    "balance_transaction": {"source": "charge dispute refund"},
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
    },
    "checkout.session": {"customer": "customer", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "payment_intent": {
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
    },
    "payment_method": {"customer": "customer"},
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
    },
}


def _refunds(book: Book, charge: JSON) -> JSON:
    refunds = [item for item in book.newest_first("refund") if item["charge"] == charge["id"]]
    url = f"/v1/charges/{charge['id']}/refunds"
    return as_list(refunds[:10], url, has_more=len(refunds) > 10)


#: Keys that hold nothing until they are asked for.
INCLUDED: dict[tuple[str, str], Callable[[Book, JSON], JSON]] = {
    ("checkout.session", "line_items"): line_items.included,
    ("charge", "refunds"): _refunds,
}


def expand(book: Book, answer: JSON, paths: Iterable[str]) -> JSON:
    """Return an answer with the named paths expanded; a list's begin with `data.`.

    Raises:
        InvalidRequest: a path names nothing expandable, or goes too deep.
    """
    tree: Tree = {}
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_LEVELS + (steps[0] == "data"):
            message = f"You cannot expand more than {MAX_LEVELS} levels of a property: {path}"
            raise InvalidRequest(message, param="expand")
        node = tree
        for step in steps:
            node = node.setdefault(step, {})
    return _grow(book, answer, tree, "")


def _grow(book: Book, item: JSON, tree: Tree, prefix: str) -> JSON:
    if not tree:
        return item
    if item.get("object") in ("list", "search_result") and set(tree) == {"data"}:
        grown = [_grow(book, entry, tree["data"], f"{prefix}data.") for entry in item["data"]]
        return {**item, "data": grown}
    expanded = dict(item)
    for name, below in tree.items():
        value = _value(book, item, name, prefix + name)
        if isinstance(value, dict):
            value = _grow(book, value, below, f"{prefix}{name}.")
        expanded[name] = value
    return expanded


def _value(book: Book, item: JSON, name: str, path: str) -> Any:
    object_type = item.get("object", "")
    include = INCLUDED.get((object_type, name))
    if include is not None:
        return include(book, item)
    kinds = REFERENCES.get(object_type, {}).get(name)
    if kinds is None:
        raise InvalidRequest(f"This property cannot be expanded ({path}).", param="expand")
    value = item.get(name)
    if not isinstance(value, str):
        return value
    return next(found for kind in kinds.split() if (found := book.find(kind, value)))
