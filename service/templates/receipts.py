"""Renders the receipt of a payment for paper, from its frozen sheet."""

from __future__ import annotations

from service.billing.payment import Method
from service.billing.receipt import EXCHANGE_RULE, ReceiptSheet
from service.templates.engine import character_language, figures_of, on_paper
from service.templates.untrusted import NAME_MAX, clean

# Names of methods and brands as gateways write them, in the words of their owners.
_METHODS = {
    "acss_debit": "Bank debit",
    "au_becs_debit": "BECS direct debit",
    "bacs_debit": "Bacs direct debit",
    "card": "Card",
    "ideal": "iDEAL",
    "netbanking": "Net banking",
    "sepa_debit": "SEPA direct debit",
    "upi": "UPI",
    "us_bank_account": "Bank debit",
}
_BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "rupay": "RuPay",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
_METHOD_MAX = 80


def receipt_html(sheet: ReceiptSheet) -> str:
    """A complete page for the printer: nothing on it is loaded from elsewhere."""
    figures = figures_of(sheet.locale)
    context = {
        "sheet": sheet,
        "figures": figures,
        "language": figures.language,
        "buyer_language": character_language(sheet.buyer, sheet.locale),
        "seller_language": character_language(sheet.seller, sheet.locale),
        "paid_with": paid_with(sheet.method, sheet.reference),
        "exchange_rule": EXCHANGE_RULE,
    }
    footer = f"Receipt {sheet.number} · {clean(sheet.seller.name, NAME_MAX // 2)}"
    return on_paper("receipt.html", context, title=f"Receipt {sheet.number}", footer=footer)


def paid_with(method: Method | None, reference: str | None) -> str:
    """What was paid with, in words: "Visa card ending in 4242". A `reference` is that of a bank
    transfer; a payment that was found at a gateway names no method."""
    if reference is not None:
        return "Bank transfer"
    if method is None:
        return "Online payment"
    name = _METHODS.get(method.kind, method.kind.replace("_", " ").capitalize())
    brand = method.brand and _BRANDS.get(method.brand, method.brand)
    if brand:
        name = f"{brand} card" if method.kind == "card" else f"{name}, {brand}"
    if method.last4:
        name = f"{name} ending in {method.last4}"
    return clean(name, _METHOD_MAX)
