"""Checkout Sessions as their creator sees them; what the payer does is in `checkout`."""

import re
from typing import Any
from urllib.parse import urlsplit

from service.sandbox import customers, events, intents, line_items, listing, shapes
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest, Refused
from service.sandbox.params import merge_metadata, missing

CARD, BANK_DEBIT = "card", "us_bank_account"
METHODS = (CARD, BANK_DEBIT)
SHORTEST_S, LONGEST_S = 30 * 60, 24 * 3600
URL_LENGTH = 5_000
REFERENCE_LENGTH = 200
#: A created session may be asked to expire this much less than 30 minutes ahead, in seconds:
#: the request was on its way.
CLOCK_GRACE_S = 60


def create(book: Book, params: JSON) -> JSON:
    """POST /v1/checkout/sessions

    Only mode=payment on the hosted page. The PaymentIntent is made when the payer submits.
    """
    _check(book, params)
    methods = _methods(params)
    _check_descriptor(params, methods)
    session_id = book.ids.object("cs_test", 60)
    now = book.stamp()
    items = line_items.read(book, params, now)
    currency = items[0]["currency"]
    total = line_items.total_minor(items)
    expires_at = params.get("expires_at", now + LONGEST_S)
    customer = _customer(book, params)
    session = shapes.new(
        "checkout.session",
        id=session_id,
        adaptive_pricing={"enabled": params.get("adaptive_pricing", {}).get("enabled", False)},
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        billing_address_collection=params.get("billing_address_collection"),
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        created=now,
        currency=currency,
        custom_fields=[],
        custom_text=_custom_text(params),
        customer=params.get("customer"),
        customer_creation=None if customer else params.get("customer_creation", "if_required"),
        customer_details=_details(params.get("customer_email") or (customer or {}).get("email")),
        customer_email=params.get("customer_email"),
        excluded_payment_method_types=params.get("excluded_payment_method_types"),
        expires_at=expires_at,
        livemode=False,
        locale=params.get("locale"),
        metadata=merge_metadata({}, params.get("metadata")),
        mode="payment",
        payment_method_collection="if_required",
        payment_method_options=_method_options(methods),
        payment_method_types=methods,
        payment_status="unpaid",
        phone_number_collection={"enabled": False},
        shipping_options=[],
        status="open",
        submit_type=params.get("submit_type"),
        success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=f"{book.settings.base_url}/c/pay/{session_id}",
    )
    book.put("session", session_id, session)
    asked = {
        "line_items": items,
        "descriptions": line_items.descriptions(params),
        "payment_intent_data": params.get("payment_intent_data", {}),
    }
    book.put("checkout", session_id, asked)
    book.at(expires_at, "expire_session", session_id)
    return session


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/checkout/sessions/{id}"""
    return book.get("session", params["id"])


def update(book: Book, params: JSON) -> JSON:
    """POST /v1/checkout/sessions/{id}, for metadata"""
    session = book.get("session", params["id"])
    metadata = merge_metadata(session["metadata"], params.get("metadata"))
    return book.change("session", session["id"], metadata=metadata)


def list_sessions(book: Book, params: JSON) -> JSON:
    """GET /v1/checkout/sessions, by customer, payment_intent or status"""
    wanted = {
        name: params[name] for name in ("customer", "payment_intent", "status") if name in params
    }
    email = params.get("customer_details", {}).get("email")

    def keep(session: JSON) -> bool:
        if email is not None and (session["customer_details"] or {}).get("email") != email:
            return False
        return all(session[name] == value for name, value in wanted.items())

    return listing.page(book, "session", params, "/v1/checkout/sessions", keep)


def expire(book: Book, params: JSON) -> JSON:
    """POST /v1/checkout/sessions/{id}/expire; only an open session can be expired."""
    session = book.get("session", params["id"])
    if session["status"] != "open":
        raise Refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`."
        )
    return _expire(book, session)


def expire_by_gateway(book: Book, session_id: str) -> JSON:
    """Expire an open session, or one whose payment is still processing.

    The second kind is rare and real: nothing of the payment changes, and when it ends only the
    charge and the intent tell of it.

    Raises:
        Refused: the session is over, and its payment is too.
    """
    session = book.get("session", session_id)
    intent = book.find("payment_intent", session["payment_intent"] or "")
    processing = intent is not None and intent["status"] == "processing"
    if session["status"] == "complete" and processing:
        return _expire(book, session)
    return expire(book, {"id": session_id})


def expire_by_clock(book: Book, session_id: str) -> None:
    """Expire a session whose time is up, if it is still open."""
    session = book.get("session", session_id)
    if session["status"] == "open":
        _expire(book, session)


def _expire(book: Book, session: JSON) -> JSON:
    if session["payment_intent"] is not None:
        intents.abandon(book, session["payment_intent"])
    session = book.change("session", session["id"], status="expired", url=None)
    events.record(book, "checkout.session.expired", session)
    return session


# -- rules of creation -------------------------------------------------------------------------


def _check(book: Book, params: JSON) -> None:
    for name in ("mode", "success_url", "line_items"):
        if not params.get(name):
            raise missing(name)
    if params["mode"] != "payment":
        raise InvalidRequest("The sandbox implements mode=payment only.", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise InvalidRequest("The sandbox implements ui_mode=hosted_page only.", param="ui_mode")
    if params.get("submit_type") == "subscribe":
        message = "submit_type=subscribe is for mode=subscription."
        raise InvalidRequest(message, param="submit_type")
    for name in ("success_url", "cancel_url"):
        if name in params:
            _check_url(params[name], name)
    if len(params.get("client_reference_id", "")) > REFERENCE_LENGTH:
        message = f"client_reference_id has at most {REFERENCE_LENGTH} characters."
        raise InvalidRequest(message, param="client_reference_id")
    customers.check_email(params, "customer_email")
    _check_expiry(book, params.get("expires_at"))


def _check_url(url: str, name: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or len(url) > URL_LENGTH or re.search(r"[\s<>\"\\\x00-\x1f]", url):
        raise InvalidRequest(f"Not a valid URL: {name}", code="url_invalid", param=name)


def _check_expiry(book: Book, expires_at: int | None) -> None:
    if expires_at is None:
        return
    ahead = expires_at - book.now()
    if ahead < SHORTEST_S - CLOCK_GRACE_S:
        message = "The `expires_at` timestamp must be at least 30 minutes from creation."
    elif ahead > LONGEST_S:
        message = "The `expires_at` timestamp must be less than 24 hours from creation."
    else:
        return
    raise InvalidRequest(message, param="expires_at")


def _check_descriptor(params: JSON, methods: list[str]) -> None:
    data = params.get("payment_intent_data", {})
    if "statement_descriptor" in data and CARD in methods:
        raise InvalidRequest(
            "statement_descriptor cannot be set for card charges. Use "
            "statement_descriptor_suffix, which is added to the account's own descriptor.",
            param="payment_intent_data[statement_descriptor]",
        )
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        text = data.get(name, "x")
        if len(text) > 22 or re.search(r"[<>\\'\"*]", text):
            where = f"payment_intent_data[{name}]"
            message = f"{where} has at most 22 characters, none of <>\\'\"*."
            raise InvalidRequest(message, param=where)
    receipt = "payment_intent_data[receipt_email]"
    customers.check_email({receipt: data.get("receipt_email")}, receipt)


def _methods(params: JSON) -> list[str]:
    allowed = params.get("allowed_payment_method_types") or METHODS
    excluded = params.get("excluded_payment_method_types", ())
    methods = [method for method in METHODS if method in allowed and method not in excluded]
    if not methods:
        raise InvalidRequest(
            "No payment method is left for this Checkout Session; the sandbox offers "
            f"{' and '.join(METHODS)}.",
            param="allowed_payment_method_types",
        )
    return methods


def _customer(book: Book, params: JSON) -> JSON | None:
    given = [name for name in ("customer", "customer_email", "customer_creation") if name in params]
    if "customer" not in params:
        return None
    if len(given) > 1:
        message = f"You may only specify one of these parameters: {', '.join(given)}."
        raise InvalidRequest(message, param=given[1])
    return book.get("customer", params["customer"], param="customer")


def _custom_text(params: JSON) -> JSON:
    nothing = dict.fromkeys(
        ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    )
    return {**nothing, **params.get("custom_text", {})}


def _details(email: str | None) -> JSON | None:
    return details(email=email) if email else None


def details(**values: Any) -> JSON:
    """Return customer_details with every key present."""
    names = ("address", "business_name", "email", "individual_name", "name", "phone")
    return {**dict.fromkeys(names), "tax_exempt": "none", "tax_ids": None, **values}


def _method_options(methods: list[str]) -> JSON:
    options: JSON = {CARD: {"request_three_d_secure": "automatic"}, BANK_DEBIT: {}}
    return {method: options[method] for method in methods}
