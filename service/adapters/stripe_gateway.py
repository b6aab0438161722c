"""Stripe as the gateway: hosted Checkout pages, and signed webhooks as hints.

The sandbox speaks the same HTTP API, so this adapter drives both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import orjson
import stripe
import structlog

from service.billing.errors import BadSignature, GatewayRefused, GatewayUnavailable
from service.billing.money import Money, exponent
from service.billing.payment import Decline, GatewayCheckout, GatewayState, Method
from service.ports import CheckoutOrder, CheckoutPage, GatewayNotice

log = structlog.get_logger(__name__)

T = TypeVar("T")

API_VERSION = "2026-10-28.endive"
SIGNATURE_TOLERANCE = timedelta(seconds=300)
# Of one try, and of a call with its retries: a payer's request makes two calls at most, and is
# answered within 15 s.
_TRY_TIMEOUT_S = 4
_CALL_TIMEOUT_S = 6
_EXPAND = ["payment_intent", "payment_intent.latest_charge"]

# Where Stripe's idea of a currency's decimals is not ISO 4217's: amounts go over the wire with this
# many decimals. Source: docs.stripe.com/currencies, "Special cases".
_WIRE_EXPONENTS = {"ISK": 2, "MGA": 0, "UGX": 2}


class StripeGateway:
    """One Stripe account, in live or test mode as its key says."""

    name = "stripe"

    def __init__(
        self,
        secret_key: str,
        webhook_secrets: Sequence[str],
        *,
        api_base: str = "",
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        self.live_mode = secret_key.startswith(("sk_live_", "rk_live_"))
        self._webhook_secrets = tuple(webhook_secrets)
        self._client = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_base} if api_base else {},
            max_network_retries=2,
            http_client=http_client or stripe.HTTPXClient(timeout=_TRY_TIMEOUT_S),
        )

    async def open_checkout(self, order: CheckoutOrder) -> CheckoutPage:
        session = await _answer(
            self._client.v1.checkout.sessions.create_async(
                _session_params(order),
                {"idempotency_key": f"checkout:{order.payment_id}"},
            )
        )
        if session.url is None:
            raise GatewayRefused("no_page")
        expires_at = datetime.fromtimestamp(session.expires_at, UTC)
        return CheckoutPage(session.id, session.url, expires_at)

    async def look_up(self, session_id: str) -> GatewayCheckout:
        session = await _answer(
            self._client.v1.checkout.sessions.retrieve_async(session_id, {"expand": _EXPAND})
        )
        return _checkout(session.to_dict())

    def read_notice(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayNotice:
        self._verify(body, headers.get("stripe-signature", ""), now)
        try:
            event = orjson.loads(body)
            # Thin events carry no object: they are kept, and lead nowhere from here.
            data = event.get("data", {}).get("object", {})
            is_session = data.get("object") == "checkout.session"
            return GatewayNotice(
                event_id=event["id"],
                kind=event["type"],
                live_mode=event["livemode"],
                session_id=data["id"] if is_session else None,
                payment_id=_payment_id(data),
            )
        except (ValueError, KeyError, AttributeError):
            raise BadSignature from None

    async def close_checkout(self, session_id: str) -> None:
        await _answer(self._client.v1.checkout.sessions.expire_async(session_id))

    async def check(self) -> None:
        await _answer(self._client.v1.checkout.sessions.list_async({"limit": 1}))

    def _verify(self, body: bytes, header: str, now: datetime) -> None:
        # The SDK bounds only the past, by the wall clock: both bounds are ours, by our clock.
        signed_at = _signed_at(header) if header.isascii() else None
        if signed_at is None or abs(now.timestamp() - signed_at) > SIGNATURE_TOLERANCE.seconds:
            raise BadSignature
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise BadSignature from None
        for secret in self._webhook_secrets:
            try:
                stripe.WebhookSignature.verify_header(text, header, secret, tolerance=None)
            except stripe.SignatureVerificationError:
                continue
            return
        raise BadSignature


async def _answer(call: Awaitable[T]) -> T:
    """What the gateway answers, in time.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    try:
        async with asyncio.timeout(_CALL_TIMEOUT_S):
            return await call
    except TimeoutError:
        log.warning("gateway_too_slow", after_s=_CALL_TIMEOUT_S)
        raise GatewayUnavailable from None
    except stripe.StripeError as error:
        raise _our_error(error) from error


def _session_params(order: CheckoutOrder) -> Any:
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


def _checkout(session: Mapping[str, Any]) -> GatewayCheckout:
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
        intent_id=intent["id"] if intent else None,
        captured_at=_captured_at(charge) if state is GatewayState.PAID else None,
        method=_method(charge) if charge and charge.get("paid") else None,
        decline=_decline(intent) if state in (GatewayState.OPEN, GatewayState.FAILED) else None,
    )


# A complete session without money in it. Any other status still leads there: some methods wait for
# the payer (`requires_action`: vouchers, transfers) or for us (`requires_capture`).
_COMPLETE = {
    "canceled": GatewayState.CANCELED,
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


def _payment_id(data: Mapping[str, Any]) -> UUID | None:
    text = (data.get("metadata") or {}).get("payment_id") or data.get("client_reference_id")
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _signed_at(header: str) -> int | None:
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


_SAYS_NOTHING = (
    stripe.APIConnectionError,
    stripe.APIError,
    stripe.AuthenticationError,
    stripe.PermissionError,
    stripe.RateLimitError,
)


def _our_error(error: stripe.StripeError) -> GatewayRefused | GatewayUnavailable:
    """No answer, or one that says nothing about the request, is "unavailable": what happened is
    unknown. A key that is not accepted is among those: it tells nothing of the checkout. A failure
    that is kept under our idempotency key is a refusal: that key gets no other answer for a day.
    """
    replayed = (error.headers or {}).get("idempotent-replayed") == "true"
    unknown = isinstance(error, _SAYS_NOTHING) and not replayed
    log.warning(
        "gateway_error",
        unknown=unknown,
        status=error.http_status,
        code=error.code,
        request_id=error.request_id,
    )
    if unknown:
        return GatewayUnavailable()
    return GatewayRefused(error.code or ("failure_replayed" if replayed else "refused"))
