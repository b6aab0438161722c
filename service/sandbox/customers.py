"""Customers."""

from service.sandbox import events, listing, shapes
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest
from service.sandbox.params import merge_metadata

PLAIN = (
    "business_name",
    "description",
    "email",
    "individual_name",
    "name",
    "phone",
    "preferred_locales",
    "tax_exempt",
)
EMAIL_LENGTH = 512


def create(book: Book, params: JSON) -> JSON:
    """POST /v1/customers"""
    customer_id = book.ids.object("cus", 14)
    plain = {name: params[name] for name in PLAIN if params.get(name) is not None}
    customer = shapes.new(
        "customer",
        id=customer_id,
        balance=0,
        created=book.stamp(),
        delinquent=False,
        invoice_prefix=customer_id[4:12].upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        livemode=False,
        metadata=merge_metadata({}, params.get("metadata")),
        next_invoice_sequence=1,
        **{"preferred_locales": [], "tax_exempt": "none", **plain},
    )
    customer["address"] = _address(params)
    check_email(params, "email")
    book.put("customer", customer_id, customer)
    events.record(book, "customer.created", customer)
    return customer


def update(book: Book, params: JSON) -> JSON:
    """POST /v1/customers/{id}"""
    customer = book.get("customer", params["id"])
    check_email(params, "email")
    changes = {name: params[name] for name in PLAIN if name in params}
    if "address" in params:
        changes["address"] = _address(params)
    if "metadata" in params:
        changes["metadata"] = merge_metadata(customer["metadata"], params["metadata"])
    previous = {name: customer[name] for name in changes if customer[name] != changes[name]}
    customer = book.change("customer", customer["id"], **changes)
    if previous:
        events.record(book, "customer.updated", customer, previous)
    return customer


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/customers/{id}"""
    return book.get("customer", params["id"])


def list_customers(book: Book, params: JSON) -> JSON:
    """GET /v1/customers, by email (case counts, as in Stripe)"""
    email = params.get("email")
    return listing.page(
        book, "customer", params, "/v1/customers", lambda item: email in (None, item["email"])
    )


def check_email(params: JSON, name: str) -> None:
    """Refuse what is not an address.

    Raises:
        InvalidRequest: code email_invalid, naming the parameter.
    """
    email = params.get(name)
    if email is not None and not is_email(email):
        raise InvalidRequest(f"Invalid email address: {email}", code="email_invalid", param=name)


def is_email(text: str) -> bool:
    """Whether text has the form of one email address."""
    local, at, domain = text.rpartition("@")
    whole = bool(local and at and domain.strip(".")) and len(text) <= EMAIL_LENGTH
    return whole and not any(
        character in " <>," or not character.isprintable() for character in text
    )


def _address(params: JSON) -> JSON | None:
    given = params.get("address")
    return shapes.address(given) if given else None
