"""Balance transactions: what moves the seller's balance, fees included.

They are in the settlement currency of the settings; `exchange_rate` is set where that is another
one than the charge's.
"""

from decimal import Decimal

from service.sandbox import currencies, events, listing, shapes
from service.sandbox.book import Book
from service.sandbox.errors import JSON

AVAILABLE_AFTER_S = 2 * 24 * 3600
REPORTING = {"payment": "charge", "payment_refund": "refund"}


def post(book: Book, charge_id: str) -> JSON:
    """Post a captured charge to the balance, less the fee, and return the charge."""
    charge = book.get("charge", charge_id)
    settings = book.settings
    gross, _, _ = _settled(book, charge["amount_captured"], charge["currency"])
    # Half a minor unit rounds up, in the gateway's favour.
    fee = (gross * settings.fee_basis_points + 5_000) // 10_000 + settings.fee_fixed_minor
    kind = "payment" if is_debit(charge) else "charge"
    posted = _transaction(book, charge, charge["amount_captured"], kind, fee=min(fee, gross))
    return book.change("charge", charge_id, balance_transaction=posted["id"])


def post_later(book: Book, charge_id: str) -> None:
    """Post a charge that was captured with automatic_async, and say so by charge.updated."""
    charge = post(book, charge_id)
    events.record(book, "charge.updated", charge, {"balance_transaction": None})


def post_refund(book: Book, refund: JSON, charge: JSON) -> str:
    """Post a refund; fees are not given back. Return the balance transaction's id."""
    kind = "payment_refund" if is_debit(charge) else "refund"
    posted: str = _transaction(book, refund, -refund["amount"], kind)["id"]
    return posted


def post_refund_failure(book: Book, refund: JSON) -> str:
    """Post what a failed refund brings back. Return the balance transaction's id."""
    posted: str = _transaction(book, refund, refund["amount"], "refund_failure")["id"]
    return posted


def post_dispute(book: Book, dispute: JSON) -> JSON:
    """Withdraw what is disputed, and a fee, and return the balance transaction."""
    fee = book.settings.dispute_fee_minor
    return _adjust(book, dispute, -dispute["amount"], "dispute", "withdrawal", fee)


def post_dispute_reversal(book: Book, dispute: JSON, amount: int) -> JSON:
    """Reinstate of what was withdrawn, but not of the fee, and return the balance transaction."""
    return _adjust(book, dispute, amount, "dispute_reversal", "reversal", 0)


def is_debit(charge: JSON) -> bool:
    """Whether a charge is a bank debit; Stripe calls those payments."""
    return bool(charge["payment_method_details"]["type"] != "card")


def _adjust(
    book: Book, dispute: JSON, amount: int, category: str, direction: str, fee: int
) -> JSON:
    posted = _transaction(
        book, dispute, amount, "adjustment", fee=fee, fee_description="Dispute fee"
    )
    description = f"Chargeback {direction} for {dispute['charge']}"
    return book.change(
        "balance_transaction",
        posted["id"],
        reporting_category=category,
        description=description,
    )


def _transaction(
    book: Book,
    source: JSON,
    amount: int,
    kind: str,
    *,
    fee: int = 0,
    fee_description: str = "Gateway processing fees",
) -> JSON:
    """Keep a movement of `amount`, in the source's currency, and a fee in the settlement's."""
    transaction_id = book.ids.object("txn")
    settled, currency, rate = _settled(book, amount, source["currency"])
    details = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": fee_description,
        "type": "stripe_fee",
    }
    transaction = shapes.new(
        "balance_transaction",
        id=transaction_id,
        amount=settled,
        available_on=book.stamp() + AVAILABLE_AFTER_S,
        balance_type="payments",
        created=book.stamp(),
        currency=currency,
        description=source.get("description"),
        exchange_rate=None if rate is None else float(rate),
        fee=fee,
        fee_details=[details] if fee else [],
        net=settled - fee,
        reporting_category=REPORTING.get(kind, kind),
        source=source["id"],
        status="pending",
        type=kind,
    )
    book.put("balance_transaction", transaction_id, transaction)
    return transaction


def _settled(book: Book, amount: int, currency: str) -> tuple[int, str, Decimal | None]:
    """Return an amount as it is settled, in which currency and at which rate, if at any."""
    target, rate = book.settings.settlement_currency, book.settings.settlement_rates.get(currency)
    if target is None or target == currency or rate is None:
        return amount, currency, None
    return currencies.convert_minor(amount, currency, target, rate), target, rate


# -- the API -----------------------------------------------------------------------------------


def retrieve(book: Book, params: JSON) -> JSON:
    """GET /v1/balance_transactions/{id}"""
    return book.get("balance_transaction", params["id"])


def list_transactions(book: Book, params: JSON) -> JSON:
    """GET /v1/balance_transactions, by source, type or currency"""
    wanted = {name: params[name] for name in ("currency", "source", "type") if name in params}
    return listing.page(
        book,
        "balance_transaction",
        params,
        "/v1/balance_transactions",
        lambda item: all(item[name] == value for name, value in wanted.items()),
    )
