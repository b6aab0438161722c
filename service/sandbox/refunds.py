"""Refunds: part or all of a charge given back; the sum never exceeds what was captured."""

from service.sandbox import charges, currencies, disputes, events, intents, ledger, listing, shapes
from service.sandbox.book import Book
from service.sandbox.cards import Refunding
from service.sandbox.errors import JSON, InvalidRequest, Refused
from service.sandbox.params import merge_metadata
from service.sandbox.payments import Attempt

REFERENCE = ("reference", "reference_status")
PENDING = (Refunding.PENDING_THEN_SUCCEEDS, Refunding.PENDING_THEN_FAILS)
CAN_FAIL = ("pending", "succeeded")
#: What the clock does to a refund of each kind; one that succeeds at once is left alone.
SETTLES = {
    Refunding.PENDING_THEN_SUCCEEDS: "settle_refund",
    Refunding.PENDING_THEN_FAILS: "reject_refund",
    Refunding.SUCCEEDS_THEN_FAILS: "fail_refund",
}


def create(book: Book, params: JSON) -> JSON:
    """POST /v1/refunds

    Raises:
        InvalidRequest: no charge is named, or two are, or an amount below 1.
        Refused: see `make`.
    """
    charge = charges.find_for_refund(book, params)
    return make(
        book,
        charge,
        params.get("amount"),
        _behaviour(book, charge),
        metadata=merge_metadata({}, params.get("metadata")),
        reason=params.get("reason"),
    )


def make(
    book: Book,
    charge: JSON,
    amount: int | None,
    behaviour: Refunding,
    *,
    metadata: JSON | None = None,
    reason: str | None = None,
) -> JSON:
    """Give back a part of a charge, or with None what is left of it, and return the refund.

    Raises:
        InvalidRequest: an amount below 1.
        Refused: the charge did not succeed, was not captured, is disputed, or less than the
            amount is left of it.
    """
    left: int = charge["amount"] - charge["amount_refunded"]
    _check_charge(book, charge, left)
    amount = left if amount is None else amount
    _check_amount(amount, left, charge["currency"])
    pending = behaviour in PENDING
    refund = shapes.new(
        "refund",
        id=book.ids.object("pyr" if ledger.is_debit(charge) else "re"),
        amount=amount,
        charge=charge["id"],
        created=book.stamp(),
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details=_destination(charge, pending=pending),
        metadata=metadata or {},
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        pending_reason="processing" if pending else None,
        reason=reason,
        status="pending" if pending else "succeeded",
    )
    refund["balance_transaction"] = ledger.post_refund(book, refund, charge)
    book.put("refund", refund["id"], refund)
    charge = _give_back(book, charge, amount)
    events.record(book, "refund.created", refund)
    events.record(book, "charge.refunded", charge)
    if behaviour in SETTLES:
        due = book.now() + book.settings.refund_settles_after_s
        book.at(due, SETTLES[behaviour], refund["id"])
    return refund


def settle_by_clock(book: Book, refund_id: str) -> None:
    """Have a refund succeed, if it is still pending."""
    if book.get("refund", refund_id)["status"] == "pending":
        succeed(book, refund_id)


def reject_by_clock(book: Book, refund_id: str) -> None:
    """Have a refund fail, if it is still pending."""
    if book.get("refund", refund_id)["status"] == "pending":
        fail(book, refund_id)


def fail_by_clock(book: Book, refund_id: str) -> None:
    """Have a refund come back, if it arrived."""
    if book.get("refund", refund_id)["status"] == "succeeded":
        fail(book, refund_id)


def succeed(book: Book, refund_id: str) -> JSON:
    """Have a pending refund arrive.

    Raises:
        Refused: it is not pending.
    """
    refund = book.get("refund", refund_id)
    previous = {"status": refund["status"]}
    if refund["status"] != "pending":
        raise Refused(f"Refund {refund_id} has a status of `{refund['status']}`.")
    refund = book.change("refund", refund_id, status="succeeded", pending_reason=None)
    _report(book, refund, previous)
    return refund


def fail(book: Book, refund_id: str) -> JSON:
    """Have a refund come back: the charge counts it as not given.

    Raises:
        Refused: it failed before.
    """
    refund = book.get("refund", refund_id)
    previous = {"status": refund["status"]}
    if refund["status"] not in CAN_FAIL:
        raise Refused(f"Refund {refund_id} has a status of `{refund['status']}`.")
    refund = book.change(
        "refund",
        refund_id,
        status="failed",
        pending_reason=None,
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=ledger.post_refund_failure(book, refund),
    )
    charge = book.get("charge", refund["charge"])
    _give_back(book, charge, -refund["amount"])
    _report(book, refund, previous)
    events.record(book, "refund.failed", refund)
    return refund


def _report(book: Book, refund: JSON, previous: JSON) -> None:
    for event_type in ("refund.updated", "charge.refund.updated"):
        events.record(book, event_type, refund, previous)


def _give_back(book: Book, charge: JSON, amount: int) -> JSON:
    given = charge["amount_refunded"] + amount
    whole = given == charge["amount"]
    return book.change("charge", charge["id"], amount_refunded=given, refunded=whole)


def _behaviour(book: Book, charge: JSON) -> Refunding:
    """Return what the test card or account that was charged does with refunds."""
    session_id = intents.session_of(book, charge["payment_intent"])
    return Attempt.load(book, session_id).refunding


def _destination(charge: JSON, *, pending: bool) -> JSON:
    kind = charge["payment_method_details"]["type"]
    if kind != "card":
        return {"type": "us_bank_transfer", "us_bank_transfer": dict.fromkeys(REFERENCE)}
    status = "pending" if pending else "available"
    card = {"reference_status": status, "reference_type": "acquirer_reference_number"}
    return {"type": "card", "card": {**card, "type": "refund"}}


def _check_charge(book: Book, charge: JSON, left: int) -> None:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise Refused(
            f"Charge {charge['id']} cannot be refunded: it was not captured.",
            code="charge_not_refundable",
        )
    if disputes.standing_minor(book, charge) > 0:
        raise Refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    if left == 0:
        raise Refused(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )


def _check_amount(amount: int, left: int, currency: str) -> None:
    if amount < 1:
        message = "Invalid positive integer"
        raise InvalidRequest(message, code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise Refused(
            f"Refund amount ({currencies.display(amount, currency)}) is greater than unrefunded "
            f"amount on charge ({currencies.display(left, currency)})",
            param="amount",
        )


# -- the API -----------------------------------------------------------------------------------


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/refunds/{id}"""
    return book.get("refund", params["id"])


def list_refunds(book: Book, params: JSON) -> JSON:
    """GET /v1/refunds, by charge or payment_intent"""
    wanted = {name: params[name] for name in ("charge", "payment_intent") if name in params}
    return listing.page(
        book,
        "refund",
        params,
        "/v1/refunds",
        lambda refund: all(refund[name] == value for name, value in wanted.items()),
    )


def update(book: Book, params: JSON) -> JSON:
    """POST /v1/refunds/{id}, for metadata"""
    refund = book.get("refund", params["id"])
    metadata = merge_metadata(refund["metadata"], params.get("metadata"))
    return book.change("refund", refund["id"], metadata=metadata)
