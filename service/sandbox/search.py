"""Search: a subset of Stripe's query language (docs.stripe.com/search), over PaymentIntents.

Clauses are joined by AND, written or not. A clause is a field and a value: strings are quoted and
must be equal, numbers are compared by : > >= < <=. Left out are OR, negation, substrings (~) and
null. Search lags behind, so it is no way to read what was just written: an object is found only
once `search_lag_s` have passed since its creation, and then as it is now.
"""

import operator
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.sandbox import listing
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest

TEXT_FIELDS = ("currency", "customer", "status")
NUMBER_FIELDS = ("amount", "created")
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    ":": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_CLAUSE = re.compile(
    rf"""\s*(?P<field>[a-z_]+)(?:\[(?P<key>{_STRING})\])?\s*(?P<sign>:|>=|<=|>|<)\s*
    (?:(?P<text>{_STRING})|(?P<number>[0-9]{{1,18}}))(?=\s|$)""",
    re.VERBOSE,
)
_AND = re.compile(r"\s+(?:AND\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `key` is the name of a metadata entry."""

    field: str
    key: str | None
    sign: str
    value: str | int

    def matches(self, item: JSON) -> bool:
        """Whether an object fulfils the condition."""
        if self.key is not None:
            return bool(item["metadata"].get(self.key) == self.value)
        found = item[self.field]
        if isinstance(self.value, str):
            return bool(found == self.value)
        return COMPARISONS[self.sign](found, self.value)


def parse(query: str) -> list[Clause]:
    """Return the conditions of a query.

    Raises:
        InvalidRequest: it is not of the subset above.
    """
    clauses = list(_clauses(query))
    if not clauses or not all(map(_makes_sense, clauses)):
        raise _refused(query)
    return clauses


def _clauses(query: str) -> Iterator[Clause]:
    rest = query.rstrip()
    while rest:
        match = _CLAUSE.match(rest)
        if match is None:
            raise _refused(query)
        text, key = match["text"], match["key"]
        value = int(match["number"]) if text is None else _unquoted(text)
        yield Clause(match["field"], key and _unquoted(key), match["sign"], value)
        rest = rest[match.end() :]
        joint = _AND.match(rest)
        if joint is not None:
            rest = rest[joint.end() :]


def _makes_sense(clause: Clause) -> bool:
    if clause.field == "metadata" or clause.field in TEXT_FIELDS:
        keyed = (clause.field == "metadata") == (clause.key is not None)
        return keyed and clause.sign == ":" and isinstance(clause.value, str)
    number = clause.field in NUMBER_FIELDS and clause.key is None
    return number and isinstance(clause.value, int)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _refused(query: str) -> InvalidRequest:
    return InvalidRequest(
        f"We were unable to parse your search query: {query}. This sandbox takes clauses of "
        f"metadata['key'], {', '.join(TEXT_FIELDS + NUMBER_FIELDS)}, joined by AND.",
        param="query",
    )


# -- the API -----------------------------------------------------------------------------------


def search_intents(book: Book, params: JSON) -> JSON:
    """GET /v1/payment_intents/search: newest first, page by page.

    Raises:
        InvalidRequest: the query cannot be read, the page is none of ours, or the settings say
            that this seller may not search.
    """
    if not book.settings.search_available:
        raise InvalidRequest("Search is not available to this account.")
    limit, clauses = listing.read_limit(params), parse(params["query"])
    latest = book.now() - book.settings.search_lag_s
    found = [
        intent
        for intent in _from_page(book, params.get("page"))
        if intent["created"] <= latest and all(clause.matches(intent) for clause in clauses)
    ]
    more = len(found) > limit
    items = found[:limit]
    return {
        "object": "search_result",
        "data": items,
        "has_more": more,
        "next_page": _page(items[-1]["id"]) if more else None,
        "url": "/v1/payment_intents/search",
    }


def _from_page(book: Book, page: str | None) -> Iterator[JSON]:
    """Iterate over the intents, newest first, from after the one that a page is named by."""
    intents = book.newest_first("payment_intent")
    if page is None:
        return intents
    for intent in intents:
        if _page(intent["id"]) == page:
            return intents
    raise InvalidRequest("Invalid page: it is no next_page of an answer.", param="page")


def _page(intent_id: str) -> str:
    return urlsafe_b64encode(intent_id.encode()).decode()
