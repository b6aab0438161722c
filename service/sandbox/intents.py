"""PaymentIntents: made by Checkout when the payer submits, moved by what happens then."""

from service.sandbox import disputes, events, ledger, listing, shapes
from service.sandbox.book import Book
from service.sandbox.errors import JSON, InvalidRequest, Refused
from service.sandbox.params import merge_metadata

#: Where an intent can still be given up, by the expiry of its session.
UNFINISHED = ("requires_payment_method", "requires_action")


def create(book: Book, session: JSON) -> JSON:
    """Make the PaymentIntent of a session, with what its creator asked for it."""
    asked = book.get("checkout", session["id"])["payment_intent_data"]
    intent_id = book.ids.object("pi")
    plain = {
        name: asked.get(name)
        for name in (
            "description",
            "receipt_email",
            "statement_descriptor",
            "statement_descriptor_suffix",
        )
    }
    intent = shapes.new(
        "payment_intent",
        id=intent_id,
        amount=session["amount_total"],
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        capture_method=asked.get("capture_method", "automatic_async"),
        client_secret=f"{intent_id}_secret_{book.ids.object('s', 25)[2:]}",
        confirmation_method="automatic",
        created=book.stamp(),
        currency=session["currency"],
        customer=session["customer"],
        livemode=session["livemode"],
        metadata=merge_metadata({}, asked.get("metadata")),
        payment_method_options=session["payment_method_options"],
        payment_method_types=session["payment_method_types"],
        status="requires_payment_method",
        **plain,
    )
    book.put("payment_intent", intent_id, intent)
    book.put("checkout", intent_id, {"session": session["id"]})
    events.record(book, "payment_intent.created", intent)
    return intent


def session_of(book: Book, intent_id: str) -> str:
    """Return the id of the Checkout Session that an intent belongs to."""
    session_id: str = book.get("checkout", intent_id)["session"]
    return session_id


def hold(book: Book, session_id: str) -> None:
    """Have what an open session takes only authorised, until it is captured by hand."""
    asked = book.get("checkout", session_id)["payment_intent_data"]
    manual = {"capture_method": "manual"}
    book.change("checkout", session_id, payment_intent_data={**asked, **manual})
    intent_id = book.get("session", session_id)["payment_intent"]
    if intent_id is not None:
        book.change("payment_intent", intent_id, **manual)


def abandon(book: Book, intent_id: str) -> None:
    """Cancel the intent of a session that expires, if nothing was paid or authorised with it."""
    intent = book.get("payment_intent", intent_id)
    if intent["status"] in UNFINISHED:
        _cancel(book, intent, "expired")


def _cancel(book: Book, intent: JSON, reason: str | None) -> JSON:
    intent = book.change(
        "payment_intent",
        intent["id"],
        status="canceled",
        amount_capturable=0,
        canceled_at=book.stamp(),
        cancellation_reason=reason,
        next_action=None,
    )
    events.record(book, "payment_intent.canceled", intent)
    return intent


# -- the API -----------------------------------------------------------------------------------


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/payment_intents/{id}"""
    return book.get("payment_intent", params["id"])


def list_intents(book: Book, params: JSON) -> JSON:
    """GET /v1/payment_intents, by customer"""
    customer = params.get("customer")
    return listing.page(
        book,
        "payment_intent",
        params,
        "/v1/payment_intents",
        lambda intent: customer in (None, intent["customer"]),
    )


def update(book: Book, params: JSON) -> JSON:
    """POST /v1/payment_intents/{id}, for metadata and description"""
    intent = book.get("payment_intent", params["id"])
    changes = {"metadata": merge_metadata(intent["metadata"], params.get("metadata"))}
    if "description" in params:
        changes["description"] = params["description"]
    return book.change("payment_intent", intent["id"], **changes)


def cancel(book: Book, params: JSON) -> JSON:
    """POST /v1/payment_intents/{id}/cancel

    As in Stripe, the intent of a Checkout Session can be canceled only while it waits for its
    capture; before that its session is expired instead.
    """
    intent = book.get("payment_intent", params["id"])
    if intent["status"] != "requires_capture":
        raise Refused(
            "You cannot cancel this PaymentIntent because it belongs to a Checkout Session and "
            f"has a status of {intent['status']}. Expire the Checkout Session instead.",
            code="payment_intent_unexpected_state",
        )
    charge = book.change(
        "charge",
        intent["latest_charge"],
        amount_refunded=intent["amount"],
        refunded=True,
    )
    events.record(book, "charge.refunded", charge)
    return _cancel(book, intent, params.get("cancellation_reason"))


def capture(book: Book, params: JSON) -> JSON:
    """POST /v1/payment_intents/{id}/capture, all of it or a part; the rest is let go.

    Raises:
        Refused: the intent does not wait for a capture.
        InvalidRequest: the amount is not between 1 and what was authorised.
    """
    intent = book.get("payment_intent", params["id"])
    if intent["status"] != "requires_capture":
        raise Refused(
            "This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            "captured: requires_capture.",
            code="payment_intent_unexpected_state",
        )
    authorised: int = intent["amount_capturable"]
    amount: int = params.get("amount_to_capture", authorised)
    if not 1 <= amount <= authorised:
        message = "amount_to_capture must be between 1 and the amount authorised."
        raise InvalidRequest(message, code="amount_too_large", param="amount_to_capture")
    charge = book.change(
        "charge",
        intent["latest_charge"],
        amount_captured=amount,
        amount_refunded=intent["amount"] - amount,
        captured=True,
    )
    charge = ledger.post(book, charge["id"])
    events.record(book, "charge.captured", charge)
    intent = book.change(
        "payment_intent",
        intent["id"],
        status="succeeded",
        amount_capturable=0,
        amount_received=amount,
    )
    events.record(book, "payment_intent.succeeded", intent)
    book.change("session", session_of(book, intent["id"]), payment_status="paid")
    disputes.expect(book, charge)
    return intent
