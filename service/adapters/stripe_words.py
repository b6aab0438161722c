"""Stripe's objects in our words, and our orders in Stripe's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused
from service.billing.money import Money, exponent
from service.billing.payment import (
    Decline,
    GatewayCheckout,
    GatewayState,
    Method,
    Settlement,
)
from service.billing.refund import (
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    RefundStatus,
)
from service.gateway import CheckoutOrder, GatewayNotice, GatewayPayment, RefundOrder

log = structlog.get_logger(__name__)

# Where Stripe's idea of a currency's decimals is not ISO 4217's: amounts go over the wire with this
# many decimals. Source: docs.stripe.com/currencies, "Special cases".
_WIRE_EXPONENTS = {"ISK": 2, "MGA": 0, "UGX": 2}


def session_params(order: CheckoutOrder) -> Any:
    """A hosted page for one attempt."""
    return {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "client_reference_id": str(order.payment_id),
        "customer_email": order.payer_email,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": item.amount.currency.lower(),
                    "unit_amount": to_wire(item.amount),
                    "product_data": {"name": item.label},
                },
            }
            for item in order.items
        ],
        "expires_at": int(order.expires_at.timestamp()),
        "metadata": dict(order.metadata),
        # A session's metadata is not copied to the objects that refunds and disputes arrive on.
        "payment_intent_data": {
            "metadata": dict(order.metadata),
            "description": order.description[:1000],
        },
        # Else the payer may be charged in another currency than the one quoted.
        "adaptive_pricing": {"enabled": False},
        "submit_type": "pay",
    }


def checkout_of(session: Mapping[str, Any]) -> GatewayCheckout:
    """Read a session with its expanded payment."""
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else None
    charge = intent.get("latest_charge") if intent else None
    charge = charge if isinstance(charge, dict) else None
    state = _state(session, intent)
    return GatewayCheckout(
        session_id=session["id"],
        state=state,
        amount=_amount(session, intent, state),
        live_mode=bool(session["livemode"]),
        reference=session.get("client_reference_id"),
        transaction=intent["id"] if intent else None,
        captured_at=_captured_at(charge) if state is GatewayState.PAID else None,
        method=_method(charge) if charge and charge.get("paid") else None,
        decline=_decline(intent) if state in (GatewayState.OPEN, GatewayState.FAILED) else None,
        slow=_is_slow(charge) or (state is GatewayState.PROCESSING and _waits_for_payer(intent)),
        was_changed=bool(charge and (charge["amount_refunded"] or charge["disputed"])),
        refunded=_refunded(charge) if charge and state is GatewayState.PAID else None,
        settlement=_settlement(charge) if state is GatewayState.PAID else None,
    )


def _is_slow(charge: Mapping[str, Any] | None) -> bool:
    """Whether the method takes days: a card is decided while the payer waits."""
    details = charge.get("payment_method_details") if charge else None
    return details is not None and details["type"] != "card"


def _waits_for_payer(intent: Mapping[str, Any] | None) -> bool:
    """Whether a payer who is done with the page has to go and pay: with a voucher, by transfer."""
    return intent is not None and intent.get("status") == "requires_action"


def _settlement(charge: Mapping[str, Any] | None) -> Settlement | None:
    """What is paid out for a charge; None also where that cannot be told in whole units: it must
    not keep the charge from being seen as paid."""
    posted = charge.get("balance_transaction") if charge else None
    if not isinstance(posted, dict):
        return None
    rate = posted.get("exchange_rate")
    try:
        return Settlement(
            gross=from_wire(posted["amount"], posted["currency"]),
            fee=from_wire(posted["fee"], posted["currency"]),
            rate=Decimal(str(rate)) if rate is not None else None,
        )
    except (GatewayRefused, ValueError) as error:
        log.warning("settlement_not_read", posted=posted.get("id"), error=str(error))
        return None


# A complete session without money in it. Any other status still leads there: some methods wait for
# the payer (`requires_action`: vouchers, transfers).
_COMPLETE = {
    "canceled": GatewayState.CANCELED,
    "requires_capture": GatewayState.AUTHORIZED,
    "requires_payment_method": GatewayState.FAILED,
}


def _state(session: Mapping[str, Any], intent: Mapping[str, Any] | None) -> GatewayState:
    """Where a checkout stands. `complete` alone proves nothing: a bank debit is `unpaid` then, and
    a session may expire while its payment is still under way."""
    if session.get("payment_status") == "paid":
        return GatewayState.PAID
    intent_status = intent.get("status") if intent else None
    if intent_status == "processing":
        return GatewayState.PROCESSING
    if intent_status == "succeeded":
        return GatewayState.PAID
    if intent_status == "requires_capture":
        return GatewayState.AUTHORIZED
    if session["status"] == "expired":
        return GatewayState.EXPIRED
    if session["status"] == "complete":
        return _COMPLETE.get(intent_status or "", GatewayState.PROCESSING)
    return GatewayState.OPEN


def _amount(
    session: Mapping[str, Any], intent: Mapping[str, Any] | None, state: GatewayState
) -> Money:
    """What was taken, once something was: the payment's own figure, not the page's."""
    if intent and state is GatewayState.PAID:
        return from_wire(intent["amount_received"], intent["currency"])
    return from_wire(session["amount_total"], session["currency"])


def _captured_at(charge: Mapping[str, Any] | None) -> datetime | None:
    return datetime.fromtimestamp(charge["created"], UTC) if charge else None


def _refunded(charge: Mapping[str, Any]) -> Money:
    return from_wire(charge["amount_refunded"], charge["currency"])


def _method(charge: Mapping[str, Any]) -> Method | None:
    details = charge.get("payment_method_details")
    if not details:
        return None
    kind = details["type"]
    told = details.get(kind) or {}
    return Method(kind, told.get("brand") or told.get("bank_name"), told.get("last4"))


_CONFIDENTIAL = frozenset(
    {"fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "stolen_card"}
)


def _decline(intent: Mapping[str, Any] | None) -> Decline | None:
    error = intent.get("last_payment_error") if intent else None
    if not error:
        return None
    code = error.get("decline_code") or error.get("code") or "declined"
    # Stripe asks to tell payers no more of these than that the card was declined.
    if code in _CONFIDENTIAL:
        return Decline("generic_decline", "Your card was declined.")
    return Decline(code, error.get("message") or "The payment was declined.")


# Inquiries ("warning_...") take no money, nor do those that were "prevented" by a refund: they are
# left to the gateway's dashboard. While an appeal is decided the payer's bank has the money.
_DISPUTES = {
    "needs_response": DisputeStatus.OPEN,
    "under_review": DisputeStatus.OPEN,
    "appeal_needs_response": DisputeStatus.OPEN,
    "appeal_under_review": DisputeStatus.OPEN,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}
_REFUNDS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def refund_params(order: RefundOrder) -> Any:
    """A refund of ours carries its id, to be found by."""
    return {
        "payment_intent": order.transaction,
        "amount": to_wire(order.amount),
        "metadata": {"refund_id": str(order.refund_id), "payment_id": str(order.payment_id)},
    }


def refund_of(refund: Mapping[str, Any]) -> GatewayRefund:
    """Read a refund."""
    return GatewayRefund(
        reference=refund["id"],
        status=_REFUNDS[refund.get("status") or "pending"],
        amount=from_wire(refund["amount"], refund["currency"]),
        created_at=datetime.fromtimestamp(refund["created"], UTC),
        our_id=(refund.get("metadata") or {}).get("refund_id"),
        failure=refund.get("failure_reason"),
    )


def dispute_of(dispute: Mapping[str, Any]) -> GatewayDispute | None:
    """Read a dispute; None for an inquiry, which took no money."""
    status = _DISPUTES.get(dispute["status"])
    if status is None:
        return None
    amount = from_wire(dispute["amount"], dispute["currency"])
    return GatewayDispute(
        reference=dispute["id"],
        status=status,
        amount=amount,
        reason=dispute["reason"],
        created_at=datetime.fromtimestamp(dispute["created"], UTC),
        returned_minor=0 if status is DisputeStatus.WON else _returned_minor(amount, dispute),
    )


def _returned_minor(amount: Money, dispute: Mapping[str, Any]) -> int:
    """What of a dispute came back though it was not won. A charge can be disputed in full after a
    part of it was refunded; then that part comes back, and the dispute is lost all the same: see
    "Dispute for full charge amount after a partial refund was issued" at support.stripe.com. What
    was withdrawn and what came back is told in the currency of the payout."""
    posted: list[int] = [one["amount"] for one in dispute.get("balance_transactions") or ()]
    withdrawn, back = -min(posted, default=0), sum(posted) - min(posted, default=0)
    if back <= 0:
        return 0
    back = min(back, withdrawn)
    return (2 * amount.minor_units * back + withdrawn) // (2 * withdrawn)


# Of a charge with other disputes the money is away, or may go at any day.
_ENDED_WELL = frozenset({"won", "warning_closed"})


def ended_well(disputes: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a charge that was disputed is the seller's all the same: a charge is marked as
    disputed for ever, and only the disputes themselves tell how they ended."""
    statuses = {dispute["status"] for dispute in disputes}
    return bool(statuses) and statuses <= _ENDED_WELL


def captured_payment(charge: Mapping[str, Any]) -> GatewayPayment | None:
    """Read a charge of the gateway's list, whatever became of its disputes; None unless it was
    captured for a payment."""
    intent = charge.get("payment_intent")
    transaction = intent["id"] if isinstance(intent, dict) else intent
    if transaction is None or not (charge["captured"] and charge["paid"]):
        return None
    billing = charge.get("billing_details") or {}
    return GatewayPayment(
        transaction=transaction,
        amount=from_wire(charge["amount_captured"], charge["currency"]),
        live_mode=bool(charge["livemode"]),
        captured_at=datetime.fromtimestamp(charge["created"], UTC),
        payer_email=billing.get("email"),
        payment_id=payment_id_of(charge),
        given_back=charge["amount_refunded"] >= charge["amount_captured"],
        refunded=_refunded(charge),
    )


def notice_of(event: Mapping[str, Any]) -> GatewayNotice:
    """Read an event. Thin events carry no object: they are kept, and lead nowhere from here.

    Raises:
        KeyError, AttributeError: it has another shape.
    """
    data = event.get("data", {}).get("object", {})
    kind = data.get("object")
    intent = data["id"] if kind == "payment_intent" else data.get("payment_intent")
    return GatewayNotice(
        event_id=event["id"],
        kind=event["type"],
        live_mode=event["livemode"],
        session_id=data["id"] if kind == "checkout.session" else None,
        payment_id=payment_id_of(data),
        transaction=intent if isinstance(intent, str) else None,
    )


def payment_id_of(data: Mapping[str, Any]) -> UUID | None:
    """The attempt that an object was made for, as its metadata say."""
    text = (data.get("metadata") or {}).get("payment_id") or data.get("client_reference_id")
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def signed_at(header: str) -> int | None:
    """The header's first timestamp, which is the one that the SDK checks the signature with."""
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name == "t":
            good = value.isascii() and value.isdigit() and len(value) < 15
            return int(value) if good else None
    return None


def to_wire(money: Money) -> int:
    """An amount in the unit that Stripe counts its currency in.

    Raises:
        GatewayRefused: it is no whole number of them.
    """
    code = money.currency
    return _rescaled(money.minor_units, exponent(code), _wire_exponent(code))


def from_wire(units: int, currency: str) -> Money:
    """Read an amount of Stripe's.

    Raises:
        GatewayRefused: it is no whole number of the currency's minor units.
    """
    code = currency.upper()
    return Money(_rescaled(units, _wire_exponent(code), exponent(code)), code)


def _wire_exponent(currency: str) -> int:
    return _WIRE_EXPONENTS.get(currency, exponent(currency))


def _rescaled(units: int, decimals: int, wanted: int) -> int:
    whole, rest = divmod(units * 10**wanted, 10**decimals)
    if rest:
        raise GatewayRefused("fraction_of_minor_unit")
    return int(whole)
