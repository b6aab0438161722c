"""What Stripe's objects look like before anything is known about them.

Stripe sends most optional keys as null. Which keys there are comes from the SDK's own
annotations, so a newer SDK brings its new keys along; the ones that Stripe leaves out unless
asked to include them are named here.
"""

from typing import Any, get_args

import stripe

from service.sandbox.errors import JSON


def _optional_keys(resource: type[stripe.StripeObject], left_out: str) -> tuple[str, ...]:
    hints: dict[str, Any] = resource.__annotations__
    absent = {*left_out.split(), "OBJECT_NAME"}
    return tuple(
        name
        for name, hint in hints.items()
        if name not in absent and (type(None) in get_args(hint) or str(hint).startswith("Optional"))
    )


_NULLS = {
    "balance_transaction": _optional_keys(stripe.BalanceTransaction, ""),
    "charge": _optional_keys(
        stripe.Charge,
        "authorization_code level3 presentment_details radar_options refunds transfer",
    ),
    "checkout.session": _optional_keys(
        stripe.checkout.Session,
        "branding_settings line_items name_collection optional_items presentment_details "
        "redirect_on_completion return_url tax_id_collection",
    ),
    "customer": _optional_keys(
        stripe.Customer,
        "cash_balance deleted invoice_credit_balance sources subscriptions tax tax_ids",
    ),
    "dispute": _optional_keys(stripe.Dispute, "intended_submission_method"),
    "event": _optional_keys(stripe.Event, "account context"),
    "item": _optional_keys(stripe.LineItem, "discounts taxes"),
    "payment_intent": _optional_keys(
        stripe.PaymentIntent, "hooks payment_details payment_record presentment_details"
    ),
    "price": _optional_keys(stripe.Price, "currency_options deleted tiers"),
    "refund": _optional_keys(
        stripe.Refund,
        "description failure_balance_transaction failure_reason instructions_email next_action "
        "presentment_details",
    ),
    "webhook_endpoint": _optional_keys(stripe.WebhookEndpoint, "deleted secret"),
}
ADDRESS_KEYS = ("city", "country", "line1", "line2", "postal_code", "state")


def new(object_type: str, **values: Any) -> JSON:
    """Return an object of this type with `values`, and null where Stripe would send null."""
    return {**dict.fromkeys(_NULLS[object_type]), "object": object_type, **values}


def address(values: JSON | None) -> JSON:
    """Return an address with every key present."""
    return {**dict.fromkeys(ADDRESS_KEYS), **(values or {})}
