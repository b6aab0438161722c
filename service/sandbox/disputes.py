"""Disputes: the payer's bank takes money back, and the seller may answer.

A charge that was refunded in full can no longer be disputed; after a partial refund the whole of
it can, as at Stripe. When such a dispute is lost, what had been refunded comes back all the same
("Dispute for full charge amount after a partial refund was issued", support.stripe.com). A charge
can be disputed in several parts, which are never more than the charge together. While a dispute
stands, open or lost, its charge takes no refund.
"""

from service.sandbox import events, ledger, listing, shapes
from service.sandbox.book import Book
from service.sandbox.currencies import display
from service.sandbox.errors import JSON, InvalidRequest, Refused
from service.sandbox.params import merge_metadata

#: Where each status leads; every other status is final.
MOVES = {
    "needs_response": ("under_review", "won", "lost"),
    "under_review": ("won", "lost"),
    "lost": ("appeal_under_review",),
    "appeal_under_review": ("won", "lost"),
}
UNDECIDED = ("needs_response", "under_review")
#: What Stripe's reference lists as `reason` of a dispute.
REASONS = frozenset((
    "bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated",
    "debit_not_authorized", "duplicate", "fraudulent", "general", "incorrect_account_details",
    "insufficient_funds", "noncompliant", "product_not_received", "product_unacceptable",
    "subscription_canceled", "unrecognized",
))  # fmt: skip
#: Visa's code for each reason that has one, as a card network names it.
NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6.1"}
#: What Stripe's test mode takes, as uncategorized_text, for good or bad evidence.
WINNING, LOSING = "winning_evidence", "losing_evidence"
EVIDENCE_FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
EVIDENCE_TEXTS = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
)


def expect(book: Book, charge: JSON) -> None:
    """Have a captured charge disputed later, when its test card says so."""
    session_id = book.get("checkout", charge["payment_intent"])["session"]
    if book.get("checkout", session_id)["attempt"].get("disputed"):
        book.at(book.now() + book.settings.dispute_opens_after_s, "open_dispute", charge["id"])


def start_by_clock(book: Book, charge_id: str) -> None:
    """Dispute what is left of a charge, if anything is."""
    charge = book.get("charge", charge_id)
    if _left_minor(book, charge) > 0:
        start(book, charge)


def start(book: Book, charge: JSON, amount: int | None = None, reason: str = "fraudulent") -> JSON:
    """Dispute a part of a charge, or all that is left of it, and withdraw the money.

    Raises:
        Refused: nothing is left of the charge, or less than `amount` of it is undisputed.
        InvalidRequest: an amount below 1, or no reason that Stripe knows.
    """
    left = _left_minor(book, charge)
    amount = left if amount is None else amount
    _check(charge, amount, left, charge["amount"] - standing_minor(book, charge), reason)
    dispute = _new(book, charge, amount, reason)
    withdrawn = ledger.post_dispute(book, dispute)
    dispute = {**dispute, "balance_transactions": [withdrawn]}
    book.put("dispute", dispute["id"], dispute)
    book.change("charge", charge["id"], disputed=True)
    for event_type in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
        events.record(book, event_type, dispute)
    book.at(dispute["evidence_details"]["due_by"], "dispute_due", dispute["id"])
    return dispute


def win(book: Book, dispute_id: str) -> JSON:
    """Decide a dispute for the seller: the money comes back, the fee does not.

    Raises:
        Refused: it is decided already.
    """
    taken = _taken_minor(book.get("dispute", dispute_id))
    return _close(book, _move(book, dispute_id, "won"), returned=taken)


def lose(book: Book, dispute_id: str) -> JSON:
    """Decide a dispute for the payer: the money stays withdrawn, but for what was refunded.

    Raises:
        Refused: it is decided already.
    """
    dispute = _move(book, dispute_id, "lost")
    charge = book.get("charge", dispute["charge"])
    gone = charge["amount_refunded"] + standing_minor(book, charge)
    twice = min(max(gone - charge["amount"], 0), _taken_minor(dispute))
    return _close(book, dispute, returned=twice)


def appeal(book: Book, dispute_id: str) -> JSON:
    """Have a lost dispute looked at again.

    Raises:
        Refused: it is not lost.
    """
    dispute = _move(book, dispute_id, "appeal_under_review")
    events.record(book, "charge.dispute.updated", dispute, {"status": "lost"})
    return dispute


def decide_by_clock(book: Book, dispute_id: str) -> None:
    """Have the bank read the evidence, if nobody decided before it."""
    dispute = book.get("dispute", dispute_id)
    if dispute["status"] in UNDECIDED:
        good = dispute["evidence"]["uncategorized_text"] == WINNING
        (win if good else lose)(book, dispute_id)


def lose_by_clock(book: Book, dispute_id: str) -> None:
    """Lose a dispute that nobody answered in time."""
    dispute = book.get("dispute", dispute_id)
    if dispute["status"] == "needs_response":
        details = {**dispute["evidence_details"], "past_due": True}
        book.change("dispute", dispute_id, evidence_details=details)
        lose(book, dispute_id)


def standing_minor(book: Book, charge: JSON) -> int:
    """Return what disputes took of a charge and did not give back, in minor units."""
    if not charge["disputed"]:
        return 0
    return sum(
        _taken_minor(dispute)
        for dispute in book.oldest_first("dispute")
        if dispute["charge"] == charge["id"] and dispute["status"] != "won"
    )


def _left_minor(book: Book, charge: JSON) -> int:
    if not charge["captured"]:
        return 0
    left: int = charge["amount"] - charge["amount_refunded"] - standing_minor(book, charge)
    return left


def _taken_minor(dispute: JSON) -> int:
    """What a dispute holds of its amount, by what it moved, in the currency of the payout."""
    posted = [one["amount"] for one in dispute["balance_transactions"]]
    withdrawn, held = -min(posted), -sum(posted)
    taken: int = (2 * dispute["amount"] * held + withdrawn) // (2 * withdrawn)
    return taken


def _check(charge: JSON, amount: int, left: int, most: int, reason: str) -> None:
    if left == 0:
        message = "it was not captured, or nothing of it is left."
        raise Refused(f"Charge {charge['id']} cannot be disputed: {message}")
    if amount < 1:
        raise InvalidRequest("Invalid positive integer", param="amount")
    if amount > most:
        currency = charge["currency"]
        raise Refused(
            f"Disputed amount ({display(amount, currency)}) is greater than what is left of the "
            f"charge ({display(most, currency)})",
            param="amount",
        )
    if reason not in REASONS:
        raise InvalidRequest("Not a reason of a dispute.", param="reason")


def _new(book: Book, charge: JSON, amount: int, reason: str) -> JSON:
    return shapes.new(
        "dispute",
        id=book.ids.object("du"),
        amount=amount,
        charge=charge["id"],
        created=book.stamp(),
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=_evidence(charge),
        evidence_details={
            "due_by": book.stamp() + int(book.settings.dispute_answer_within_s),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        livemode=charge["livemode"],
        metadata={},
        network_reason_code=_network_code(charge, reason),
        payment_intent=charge["payment_intent"],
        payment_method_details=_method_details(charge, reason),
        reason=reason,
        status="needs_response",
    )


def _evidence(charge: JSON) -> JSON:
    """Return what Stripe knows of itself, and null for what only the seller knows."""
    payer = charge["billing_details"]
    known = {"customer_email_address": payer["email"], "customer_name": payer["name"]}
    return {**dict.fromkeys(EVIDENCE_FILES + EVIDENCE_TEXTS), "enhanced_evidence": {}, **known}


def _network_code(charge: JSON, reason: str) -> str | None:
    return None if ledger.is_debit(charge) else NETWORK_CODES.get(reason)


def _method_details(charge: JSON, reason: str) -> JSON | None:
    """Return Stripe's payment_method_details, which bank debits have none of."""
    if ledger.is_debit(charge):
        return None
    brand = charge["payment_method_details"]["card"]["brand"]
    code = _network_code(charge, reason)
    facts = {"brand": brand, "case_type": "chargeback", "network": brand}
    return {"type": "card", "card": {**facts, "network_reason_code": code}}


def _move(book: Book, dispute_id: str, status: str) -> JSON:
    dispute = book.get("dispute", dispute_id)
    if status not in MOVES.get(dispute["status"], ()):
        raise Refused(f"Dispute {dispute_id} has a status of `{dispute['status']}`.")
    return book.change("dispute", dispute_id, status=status)


def _close(book: Book, dispute: JSON, *, returned: int) -> JSON:
    told = ["charge.dispute.closed"]
    if returned > 0:
        posted = ledger.post_dispute_reversal(book, dispute, returned)
        kept = [*dispute["balance_transactions"], posted]
        dispute = book.change("dispute", dispute["id"], balance_transactions=kept)
        told.append("charge.dispute.funds_reinstated")
    for event_type in told:
        events.record(book, event_type, dispute)
    return dispute


# -- the API -----------------------------------------------------------------------------------


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/disputes/{id}"""
    return book.get("dispute", params["id"])


def list_disputes(book: Book, params: JSON) -> JSON:
    """GET /v1/disputes, by charge or payment_intent"""
    wanted = {name: params[name] for name in ("charge", "payment_intent") if name in params}
    return listing.page(
        book,
        "dispute",
        params,
        "/v1/disputes",
        lambda dispute: all(dispute[name] == value for name, value in wanted.items()),
    )


def update(book: Book, params: JSON) -> JSON:
    """POST /v1/disputes/{id}, for metadata and evidence, which is submitted unless submit=false.

    As in Stripe's test mode the uncategorized_text `winning_evidence` or `losing_evidence`
    decides the dispute; other evidence leaves it under review.

    Raises:
        Refused: evidence is given, and there is nothing to answer any more.
    """
    dispute = book.get("dispute", params["id"])
    changes: JSON = {"metadata": merge_metadata(dispute["metadata"], params.get("metadata"))}
    given: JSON = params.get("evidence", {})
    submitted = params.get("submit", bool(given))
    if given or submitted:
        if dispute["status"] != "needs_response":
            raise Refused("This dispute takes no evidence: it is submitted or closed already.")
        changes["evidence"] = {**dispute["evidence"], **given}
        details = dispute["evidence_details"]
        staged = bool(given) or details["has_evidence"]
        changes["evidence_details"] = {**details, "has_evidence": staged}
    if submitted:
        changes["status"] = "under_review"
        changes["evidence_details"] |= {"submission_count": 1, "submission_method": "manual"}
    return _keep(book, dispute, changes)


def _keep(book: Book, dispute: JSON, changes: JSON) -> JSON:
    previous = {name: dispute[name] for name in changes if dispute[name] != changes[name]}
    if not previous:
        return dispute
    dispute = book.change("dispute", dispute["id"], **changes)
    events.record(book, "charge.dispute.updated", dispute, previous)
    decisive = dispute["evidence"]["uncategorized_text"] in (WINNING, LOSING)
    if "status" in previous and decisive:
        due = book.now() + book.settings.dispute_decides_after_s
        book.at(due, "decide_dispute", dispute["id"])
    return dispute


def close(book: Book, params: JSON) -> JSON:
    """POST /v1/disputes/{id}/close: the seller does not answer, which is losing.

    Raises:
        Refused: it was answered or closed before.
    """
    dispute = book.get("dispute", params["id"])
    if dispute["status"] != "needs_response":
        raise Refused("This dispute cannot be closed: it is submitted or closed already.")
    return lose(book, dispute["id"])
