"""The Gateway port on a provider of another shape: a redirect form, a signed way back, INR only."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import httpx

from service.billing.errors import BadSignature, GatewayRefused, GatewayUnavailable
from service.billing.money import Money, total
from service.billing.payment import Decline, GatewayCheckout, GatewayState, Method, Settlement
from service.billing.refund import DisputeStatus, GatewayDispute, GatewayRefund, RefundStatus
from service.gateway import (
    FOUND_MAX,
    CheckoutOrder,
    CheckoutPage,
    GatewayNotice,
    GatewayPayment,
    NoticePage,
    PaymentSearch,
    RefundOrder,
)
from tests.support.redirect_provider import JSON, URL, RedirectProvider, signature

NAME = "redirectpay"
_PAGE = 100
# Answers that say nothing of what was asked.
_SAYS_NOTHING = frozenset({401, 403, 408, 429})
_ORDERS = {
    "created": GatewayState.OPEN,
    "attempted": GatewayState.OPEN,
    "cancelled": GatewayState.CANCELED,
    "expired": GatewayState.EXPIRED,
}
_PAYMENTS = {
    "captured": GatewayState.PAID,
    "authorized": GatewayState.AUTHORIZED,
    "pending": GatewayState.PROCESSING,
}
_REFUNDS = {"processed": RefundStatus.SUCCEEDED, "failed": RefundStatus.FAILED}
_DISPUTES = {"open": DisputeStatus.OPEN, "won": DisputeStatus.WON, "lost": DisputeStatus.LOST}
_DECLINES = {"card_declined": "generic_decline"}


class RedirectGateway:
    """One account at the provider. `callback_url` is where it sends the payer's browser back to."""

    name = NAME
    is_down = False

    def __init__(
        self, provider: RedirectProvider, callback_url: str, *, key_secret: str | None = None
    ) -> None:
        self._page_url = f"{provider.origin}/checkout"
        self._key_id = provider.key_id
        self._key_secret = key_secret or provider.key_secret
        self._webhook_secret = provider.webhook_secret
        self._callback_url = callback_url
        self.live_mode = self._key_id.startswith("rp_live_")
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=provider.app),
            base_url=URL,
            auth=(self._key_id, self._key_secret),
        )

    def takes(self, currency: str) -> bool:
        return currency == "INR"

    async def open_checkout(self, order: CheckoutOrder) -> CheckoutPage:
        amount = total([item.amount for item in order.items], order.items[0].amount.currency)
        try:
            made = await self._ask("POST", "/v1/orders", json=_wanted(order, amount))
        except GatewayRefused as refusal:
            known = await self._of_receipt(order.payment_id)
            taken = refusal.gateway_code == "receipt_taken"
            if not (taken and known and known["amount"] == amount.minor_units):
                raise
            made = known
        form = {
            "key_id": self._key_id,
            "order_id": made["id"],
            "callback_url": self._callback_url,
            "cancel_url": made["cancel_url"],
        }
        return CheckoutPage(made["id"], self._page_url, _when(made["expire_by"]), form)

    async def close_checkout(self, session_id: str) -> None:
        await self._ask("POST", f"/v1/orders/{session_id}/cancel")

    async def look_up(self, session_id: str) -> GatewayCheckout:
        order = await self._ask("GET", f"/v1/orders/{session_id}")
        tries = await self._ask("GET", f"/v1/orders/{session_id}/payments")
        return _checkout(order, tries["items"], live_mode=self.live_mode)

    async def refund(self, order: RefundOrder) -> GatewayRefund:
        wanted = {
            "amount": order.amount.minor_units,
            "receipt": f"{order.refund_id}:{order.key_number}",
            "notes": {"refund_id": str(order.refund_id)},
        }
        path = f"/v1/payments/{order.transaction}/refund"
        return _refund(await self._ask("POST", path, json=wanted))

    async def refunds_of(self, transaction: str) -> list[GatewayRefund]:
        listed = await self._ask("GET", f"/v1/payments/{transaction}/refunds")
        return [_refund(one) for one in reversed(listed["items"])]

    async def disputes_of(self, transaction: str) -> list[GatewayDispute]:
        listed = await self._ask("GET", "/v1/disputes", params={"payment_id": transaction})
        return [_dispute(one) for one in reversed(listed["items"])]

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        span = {"from": int(search.since.timestamp()), "to": int(search.until.timestamp())}
        found: list[GatewayPayment] = []
        skip = 0
        while len(found) < FOUND_MAX:
            params = {**span, "skip": skip, "count": _PAGE}
            page = (await self._ask("GET", "/v1/payments", params=params))["items"]
            taken = [await self._found(one) for one in page if one["status"] == "captured"]
            found += [one for one in taken if search.fits(one)]
            skip += _PAGE
            if len(page) < _PAGE:
                break
        return found[:FOUND_MAX]

    async def find_session(
        self, payment_id: UUID, *, since: datetime, transaction: str | None = None
    ) -> str | None:
        order = await self._of_receipt(payment_id)
        return str(order["id"]) if order else None

    async def happened(
        self, cursor: str | None, *, since: datetime, undelivered: bool = False
    ) -> NoticePage:
        return NoticePage((), cursor, has_more=False)

    def read_notice(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayNotice:
        sent = headers.get("x-redirectpay-signature")
        try:
            return self._callback(body) if sent is None else self._webhook(body, sent)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadSignature from None

    async def check(self) -> None:
        await self._ask("GET", "/v1/orders", params={"receipt": "none"})

    def _webhook(self, body: bytes, sent: str) -> GatewayNotice:
        _compare(sent, signature(self._webhook_secret, body))
        told = json.loads(body)
        payment = told["payload"]["payment"]
        return GatewayNotice(
            # Nothing that is signed names the event: a repeat has the same bytes.
            event_id=hashlib.sha256(body).hexdigest(),
            kind=told["event"],
            live_mode=self.live_mode,
            session_id=payment["order_id"],
            payment_id=UUID(payment["notes"]["payment_id"]),
            transaction=payment["id"],
        )

    def _callback(self, body: bytes) -> GatewayNotice:
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        order_id, payment_id = fields["order_id"], fields["payment_id"]
        signed = f"{order_id}|{payment_id}".encode()
        _compare(fields["signature"], signature(self._key_secret, signed))
        return GatewayNotice(
            event_id=f"callback:{payment_id}",
            kind="callback",
            live_mode=self.live_mode,
            session_id=order_id,
            payment_id=None,
            transaction=payment_id,
        )

    async def _of_receipt(self, payment_id: UUID) -> JSON | None:
        listed = await self._ask("GET", "/v1/orders", params={"receipt": str(payment_id)})
        return listed["items"][0] if listed["items"] else None

    async def _found(self, payment: JSON) -> GatewayPayment:
        disputes = await self.disputes_of(payment["id"]) if payment["disputed"] else []
        is_disputed = any(one.status is not DisputeStatus.WON for one in disputes)
        return GatewayPayment(
            transaction=payment["id"],
            amount=Money(payment["amount"], payment["currency"]),
            live_mode=self.live_mode,
            captured_at=_when(payment["captured_at"]),
            payer_email=payment["email"],
            payment_id=UUID(payment["notes"]["payment_id"]),
            given_back=is_disputed or payment["amount_refunded"] >= payment["amount"],
            refunded=_refunded(payment),
        )

    async def _ask(self, method: str, path: str, **options: Any) -> JSON:
        try:
            answer = await self._http.request(method, path, **options)
        except httpx.HTTPError:
            raise GatewayUnavailable from None
        if answer.status_code >= 500 or answer.status_code in _SAYS_NOTHING:
            raise GatewayUnavailable
        told: JSON = answer.json()
        if answer.is_error:
            reason = told["error"]["reason"]
            raise GatewayRefused(GatewayRefused.UNKNOWN_OBJECT if reason == "not_found" else reason)
        return told


def _compare(sent: str, right: str) -> None:
    if not hmac.compare_digest(sent.encode(), right.encode()):
        raise BadSignature


def _wanted(order: CheckoutOrder, amount: Money) -> JSON:
    return {
        "amount": amount.minor_units,
        "currency": amount.currency,
        "receipt": str(order.payment_id),
        "notes": dict(order.metadata) | {"payment_id": str(order.payment_id)},
        "expire_by": int(order.expires_at.timestamp()),
        "cancel_url": order.cancel_url,
        "email": order.payer_email,
    }


def _checkout(order: JSON, tries: list[JSON], *, live_mode: bool) -> GatewayCheckout:
    """Read an order by the try that counts: one with money in it, else the last one."""
    best = next((one for one in tries if one["status"] in _PAYMENTS), tries[-1] if tries else None)
    state = _state(order, best)
    money = best if best and state in _PAYMENTS.values() else None
    paid = best if best and state is GatewayState.PAID else None
    return GatewayCheckout(
        session_id=order["id"],
        state=state,
        amount=Money((money or order)["amount"], order["currency"]),
        live_mode=live_mode,
        reference=order["receipt"],
        transaction=money["id"] if money else None,
        captured_at=_when(paid["captured_at"]) if paid else None,
        method=_method(paid) if paid else None,
        decline=_decline(best) if best and state in _WITH_REASON else None,
        slow=bool(best and best["method"] != "card"),
        was_changed=bool(paid and (paid["amount_refunded"] or paid["disputed"])),
        refunded=_refunded(paid) if paid else None,
        settlement=_settlement(paid) if paid and paid["fee"] is not None else None,
    )


_WITH_REASON = frozenset({GatewayState.OPEN, GatewayState.FAILED})


def _state(order: JSON, best: JSON | None) -> GatewayState:
    """An order may be paid until it is over; but who waited for a bank is told its answer."""
    if best and best["status"] in _PAYMENTS:
        return _PAYMENTS[best["status"]]
    state = _ORDERS[order["status"]]
    late = best is not None and best["method"] != "card"
    return GatewayState.FAILED if late and state is GatewayState.OPEN else state


def _refunded(payment: JSON) -> Money:
    return Money(payment["amount_refunded"], payment["currency"])


def _method(payment: JSON) -> Method:
    card = payment.get("card")
    brand = card["network"].lower() if card else payment["bank"]
    return Method(payment["method"], brand, card["last4"] if card else None)


def _decline(payment: JSON) -> Decline | None:
    error = payment["error"]
    if error is None:
        return None
    return Decline(_DECLINES.get(error["reason"], error["reason"]), error["description"])


def _settlement(payment: JSON) -> Settlement:
    currency = payment["currency"]
    return Settlement(Money(payment["amount"], currency), Money(payment["fee"], currency), None)


def _refund(refund: JSON) -> GatewayRefund:
    return GatewayRefund(
        reference=refund["id"],
        status=_REFUNDS[refund["status"]],
        amount=Money(refund["amount"], "INR"),
        created_at=_when(refund["created_at"]),
        our_id=refund["notes"].get("refund_id"),
        failure=refund["error"],
    )


def _dispute(dispute: JSON) -> GatewayDispute:
    return GatewayDispute(
        reference=dispute["id"],
        status=_DISPUTES[dispute["status"]],
        amount=Money(dispute["amount"], "INR"),
        reason=dispute["reason"],
        created_at=_when(dispute["created_at"]),
    )


def _when(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
