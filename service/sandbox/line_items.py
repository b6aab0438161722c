"""What a Checkout Session sells: its lines, their inline prices and the total."""

from service.sandbox import currencies, listing, shapes
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest
from service.sandbox.params import merge_metadata, missing

LINE_ITEMS = 100
INCLUDED = 10  # how many lines come with an expanded session


def included(book: Book, session: JSON) -> JSON:
    """Return the list that `expand[]=line_items` puts into a session."""
    items = book.get("checkout", session["id"])["line_items"]
    return listing.as_list(items[:INCLUDED], _url(session), has_more=len(items) > INCLUDED)


def total_minor(items: list[JSON]) -> int:
    """Add up the lines.

    Raises:
        InvalidRequest: the sum is below what can be charged, or above.
    """
    total: int = sum(item["amount_total"] for item in items)
    _check_total(total, items[0]["currency"])
    return total


def descriptions(params: JSON) -> list[str | None]:
    """Return the longer texts of the lines, for the hosted page."""
    return [
        entry.get("price_data", {}).get("product_data", {}).get("description")
        for entry in params["line_items"]
    ]


def read(book: Book, params: JSON, now: int) -> list[JSON]:
    """Build the line items of a session from its creator's parameters.

    Raises:
        InvalidRequest: too many lines, a part missing or out of range, or mixed currencies.
    """
    given = params["line_items"]
    if len(given) > LINE_ITEMS:
        message = f"A Checkout Session has at most {LINE_ITEMS} line items."
        raise InvalidRequest(message, param="line_items")
    items = [
        _line_item(book, entry, f"line_items[{index}]", now) for index, entry in enumerate(given)
    ]
    asked = str(params.get("currency", items[0]["currency"])).lower()
    if {item["currency"] for item in items} != {asked}:
        message = "All line items must have the Checkout Session's currency."
        raise InvalidRequest(message, param="line_items")
    return items


def _line_item(book: Book, entry: JSON, path: str, now: int) -> JSON:
    price_data = entry.get("price_data")
    if price_data is None:
        raise missing(f"{path}[price_data]")
    for name in ("product_data", "unit_amount"):
        if name not in price_data:
            raise missing(f"{path}[price_data][{name}]")
    quantity, unit_amount = entry.get("quantity"), price_data["unit_amount"]
    if quantity is None:
        raise missing(f"{path}[quantity]")
    if quantity < 1:
        message = f"{path}[quantity] must be at least 1."
        raise InvalidRequest(message, code="parameter_invalid_integer", param=f"{path}[quantity]")
    if unit_amount < 0:
        where = f"{path}[price_data][unit_amount]"
        message = "This value must be greater than or equal to 0."
        raise InvalidRequest(message, code="parameter_invalid_integer", param=where)
    currency = price_data["currency"].lower()
    if currency not in currencies.known_currencies():
        where = f"{path}[price_data][currency]"
        raise InvalidRequest(f"Invalid currency: {currency}", param=where)
    amount = quantity * unit_amount
    return shapes.new(
        "item",
        id=book.ids.object("li"),
        amount_discount=0,
        amount_subtotal=amount,
        amount_tax=0,
        amount_total=amount,
        currency=currency,
        description=price_data["product_data"]["name"],
        metadata=merge_metadata({}, entry.get("metadata")),
        price=_price(book, price_data, currency, now),
        quantity=quantity,
    )


def _price(book: Book, price_data: JSON, currency: str, now: int) -> JSON:
    return shapes.new(
        "price",
        id=book.ids.object("price"),
        active=False,
        billing_scheme="per_unit",
        created=now,
        currency=currency,
        livemode=False,
        metadata={},
        product=book.ids.object("prod", 14),
        tax_behavior="unspecified",
        type="one_time",
        unit_amount=price_data["unit_amount"],
        unit_amount_decimal=str(price_data["unit_amount"]),
    )


def _check_total(total: int, currency: str) -> None:
    step = currencies.step_minor(currency)
    if total % step:
        message = f"An amount in {currency} must be a multiple of {step}."
        raise InvalidRequest(message, code="amount_invalid", param="line_items")
    least = currencies.minimum_minor(currency)
    if total < least:
        shown = currencies.display(least, currency)
        raise InvalidRequest(
            f"The Checkout Session's total amount due must add up to at least {shown}.",
            code="amount_too_small",
            param="line_items",
        )
    most = currencies.maximum_minor(currency)
    if total > most:
        shown = currencies.display(most, currency)
        raise InvalidRequest(
            f"The Checkout Session's total amount due must be no more than {shown}.",
            code="amount_too_large",
            param="line_items",
        )


def _url(session: JSON) -> str:
    return f"/v1/checkout/sessions/{session['id']}/line_items"


def list_line_items(book: Book, params: JSON) -> JSON:
    """GET /v1/checkout/sessions/{id}/line_items"""
    session = book.get("session", params["id"])
    limit = params.get("limit", listing.DEFAULT_LIMIT)
    if not 1 <= limit <= listing.MAX_LIMIT:
        raise InvalidRequest(
            f"Invalid limit: must be between 1 and {listing.MAX_LIMIT}", param="limit"
        )
    items = book.get("checkout", session["id"])["line_items"]
    ids = [item["id"] for item in items]
    start, end = 0, len(items)
    try:
        if "starting_after" in params:
            start = ids.index(params["starting_after"]) + 1
        if "ending_before" in params:
            end = ids.index(params["ending_before"])
            start = max(start, end - limit)
    except ValueError:
        raise InvalidRequest("No such line item.", code="resource_missing") from None
    chosen = items[start:end][:limit]
    more = end - start > limit or ("ending_before" in params and start > 0)
    return listing.as_list(chosen, _url(session), has_more=more)
