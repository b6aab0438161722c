"""Charges and the payment methods they were made with."""

from service.sandbox import cards, customers, listing, shapes
from service.sandbox.book import Book
from service.sandbox.cards import Decline, TestAccount, TestCard
from service.sandbox.errors import JSON, InvalidRequest
from service.sandbox.params import merge_metadata

SHOWN_OF_ACCOUNT = (
    "account_holder_type",
    "account_type",
    "bank_name",
    "fingerprint",
    "last4",
    "routing_number",
)
SHOWN_OF_CARD = (
    "brand",
    "checks",
    "country",
    "exp_month",
    "exp_year",
    "fingerprint",
    "funding",
    "last4",
)
SELLER_MESSAGES = {
    "generic_decline": "The bank did not return any further details with this decline.",
    "insufficient_funds": "The bank returned the decline code `insufficient_funds`.",
}


def card_method(book: Book, card: TestCard, exp_month: int, exp_year: int, billing: JSON) -> JSON:
    """Make the payment method of a card: what may be known of it, never its number."""
    facts = {
        "brand": card.brand,
        "checks": _checks(card),
        "country": card.country,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": None,
        "funding": card.funding,
        "last4": card.number[-4:],
        "networks": {"available": [card.brand], "preferred": None},
        "display_brand": card.brand,
        "generated_from": None,
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _method(book, "card", facts, billing)


def debit_method(book: Book, account: TestAccount, billing: JSON) -> JSON:
    """Make the payment method of a bank account."""
    facts = {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": cards.BANK_NAME,
        "financial_connections_account": None,
        "fingerprint": None,
        "last4": account.number[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": cards.ROUTING_NUMBER,
        "status_details": None,
    }
    return _method(book, "us_bank_account", facts, billing)


def _method(book: Book, kind: str, facts: JSON, billing: JSON) -> JSON:
    method_id = book.ids.object("pm")
    method = {
        "id": method_id,
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing,
        "created": book.stamp(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: facts,
    }
    book.put("payment_method", method_id, method)
    return method


def _checks(card: TestCard) -> JSON:
    cvc = "fail" if card.decline is cards.INCORRECT_CVC else "pass"
    return {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": cvc}


def create(book: Book, intent: JSON, method: JSON, **outcome: object) -> JSON:
    """Make the charge of one try to pay an intent; `outcome` says how it went."""
    prefix = "ch" if method["type"] == "card" else "py"
    charge = shapes.new(
        "charge",
        id=book.ids.object(prefix),
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        billing_details=method["billing_details"],
        calculated_statement_descriptor=_descriptor(book, intent),
        captured=False,
        created=book.stamp(),
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        fraud_details={},
        livemode=intent["livemode"],
        metadata=intent["metadata"],
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_method_details(intent, method),
        receipt_email=intent["receipt_email"],
        refunded=False,
        statement_descriptor=intent["statement_descriptor"],
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        **{"paid": False, **outcome},
    )
    book.put("charge", charge["id"], charge)
    return charge


def _descriptor(book: Book, intent: JSON) -> str:
    own = book.settings.seller_name.upper()
    suffix = intent["statement_descriptor_suffix"]
    return (f"{own}* {suffix}" if suffix else own)[:22]


def _method_details(intent: JSON, method: JSON) -> JSON:
    kind = method["type"]
    facts = method[kind]
    if kind != "card":
        known = {name: facts[name] for name in SHOWN_OF_ACCOUNT}
        return {"type": kind, kind: {**known, "mandate": None, "payment_reference": None}}
    details: JSON = {name: facts[name] for name in SHOWN_OF_CARD}
    details |= {
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": facts["brand"],
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "wallet": None,
    }
    return {"type": "card", "card": details}


def approved() -> JSON:
    """Return the outcome of a charge that its bank took."""
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def declined(decline: Decline) -> JSON:
    """Return the outcome of a charge that was refused."""
    code = decline.decline_code
    blocked = decline is cards.FRAUDULENT
    return {
        **approved(),
        "network_status": "not_sent_to_network" if blocked else "declined_by_network",
        "reason": code,
        "risk_level": "highest" if blocked else "normal",
        "risk_score": 92 if blocked else 12,
        "seller_message": SELLER_MESSAGES.get(code, f"The bank returned the code `{code}`."),
        "type": "blocked" if blocked else "issuer_declined",
    }


# -- the API -----------------------------------------------------------------------------------


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/charges/{id}"""
    return book.get("charge", params["id"])


def list_charges(book: Book, params: JSON) -> JSON:
    """GET /v1/charges, by customer or payment_intent"""
    wanted = {name: params[name] for name in ("customer", "payment_intent") if name in params}
    return listing.page(
        book,
        "charge",
        params,
        "/v1/charges",
        lambda charge: all(charge[name] == value for name, value in wanted.items()),
    )


def update(book: Book, params: JSON) -> JSON:
    """POST /v1/charges/{id}, for metadata, description and receipt_email"""
    charge = book.get("charge", params["id"])
    customers.check_email(params, "receipt_email")
    changes: JSON = {
        name: params[name] for name in ("description", "receipt_email") if name in params
    }
    changes["metadata"] = merge_metadata(charge["metadata"], params.get("metadata"))
    return book.change("charge", charge["id"], **changes)


def retrieve_method(book: Book, params: JSON) -> JSON:
    """GET /v1/payment_methods/{id}"""
    return book.get("payment_method", params["id"])


def find_for_refund(book: Book, params: JSON) -> JSON:
    """Return the charge that a refund is for, named directly or by its intent.

    Raises:
        InvalidRequest: neither or both are named, or the intent was never charged.
        Missing: the id names nothing.
    """
    if ("charge" in params) == ("payment_intent" in params):
        raise InvalidRequest(
            "Pass exactly one of these parameters: charge, payment_intent.", param="charge"
        )
    if "charge" in params:
        return book.get("charge", params["charge"], param="charge")
    intent = book.get("payment_intent", params["payment_intent"], param="payment_intent")
    if intent["latest_charge"] is None:
        message = f"PaymentIntent {intent['id']} does not have a successful charge to refund."
        raise InvalidRequest(message, param="payment_intent")
    return book.get("charge", intent["latest_charge"])
