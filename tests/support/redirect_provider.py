"""A payment provider of another shape than the sandbox's: orders in paise that a form leads to, a
signed way back through the payer's browser, hex signatures without a time, and no list of events.

Its API follows Razorpay's (razorpay.com/docs/api), reduced to what a seller's service needs.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from service.ports import Clock

JSON = dict[str, Any]
Notice = tuple[bytes, dict[str, str]]
URL = "https://redirectpay.test"
#: What can be typed into the hosted page, and the status of the payment that it makes.
OUTCOMES = {"success": "captured", "declined": "failed", "late": "pending", "held": "authorized"}
_OPEN = ("created", "attempted")
_PAGE = 100


class Refusal(Exception):
    """A definite no, with the reason that the API gives."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def signature(secret: str, content: bytes) -> str:
    """HMAC-SHA256 in hex."""
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


@dataclass
class RedirectProvider:
    """The provider's whole state; its pages are under `origin`. `notices` are its webhooks, for a
    test to carry; `out` is an outage; the next `lost` answers of the API do not arrive; requests
    wait while `held` is set."""

    clock: Clock
    origin: str = URL
    key_id: str = "rp_test_key"
    key_secret: str = "a secret for the way back"
    webhook_secret: str = "a secret for webhooks"
    orders: dict[str, JSON] = field(default_factory=dict)
    payments: dict[str, JSON] = field(default_factory=dict)
    refunds: dict[str, JSON] = field(default_factory=dict)
    disputes: dict[str, JSON] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    out: bool = False
    lost: int = 0
    held: asyncio.Event | None = None

    @property
    def app(self) -> Starlette:
        """Its API and its pages."""
        table: list[tuple[str, str, Callable[[Request, JSON], Any]]] = [
            ("POST", "/v1/orders", self._create_order),
            ("GET", "/v1/orders", self._orders_of),
            ("GET", "/v1/orders/{id}", lambda request, _: self.order(request.path_params["id"])),
            ("POST", "/v1/orders/{id}/cancel", self._cancel),
            ("GET", "/v1/orders/{id}/payments", self._payments_of),
            ("GET", "/v1/payments", self._list_payments),
            ("POST", "/v1/payments/{id}/refund", self._refund),
            ("GET", "/v1/payments/{id}/refunds", self._refunds_of),
            ("GET", "/v1/disputes", self._disputes_of),
        ]
        return Starlette(
            routes=[
                *[Route(path, self._api(act), methods=[method]) for method, path, act in table],
                Route("/checkout", self._hosted_page, methods=["POST"]),
                Route("/checkout/{id}", self._submitted, methods=["POST"]),
            ]
        )

    # -- the API -----------------------------------------------------------------------------------

    def _api(self, act: Callable[[Request, JSON], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            self.calls.append(f"{request.method} {request.url.path}")
            if self.held is not None:
                await self.held.wait()
            if self.out:
                return Response("upstream is down", 503)
            if request.headers.get("authorization") != self._authorization():
                return JSONResponse({"error": {"reason": "authentication_failed"}}, 401)
            body = await request.body()
            try:
                answer = act(request, json.loads(body) if body else {})
            except Refusal as refusal:
                return JSONResponse({"error": {"reason": refusal.reason}}, refusal.status)
            if self.lost:
                self.lost -= 1
                return Response("bad gateway", 502)
            return JSONResponse(answer)

        return endpoint

    def _authorization(self) -> str:
        pair = f"{self.key_id}:{self.key_secret}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def _create_order(self, _: Request, body: JSON) -> JSON:
        if body["currency"] != "INR":
            raise Refusal(400, "currency_not_supported")
        if body["amount"] < 100:
            raise Refusal(400, "amount_too_small")
        if any(one["receipt"] == body["receipt"] for one in self.orders.values()):
            raise Refusal(400, "receipt_taken")
        names = ("amount", "currency", "receipt", "notes", "expire_by", "cancel_url", "email")
        made = {name: body[name] for name in names}
        return self._keep(self.orders, "order", made | {"status": "created"})

    def _orders_of(self, request: Request, _: JSON) -> JSON:
        receipt = request.query_params["receipt"]
        return {"items": [one for one in self.orders.values() if one["receipt"] == receipt]}

    def _cancel(self, request: Request, _: JSON) -> JSON:
        order = self.order(request.path_params["id"])
        if order["status"] not in _OPEN or self._under_way(order):
            raise Refusal(400, "order_not_open")
        order["status"] = "cancelled"
        return order

    def _payments_of(self, request: Request, _: JSON) -> JSON:
        order_id = self.order(request.path_params["id"])["id"]
        return {"items": self.payments_of(order_id)}

    def _list_payments(self, request: Request, _: JSON) -> JSON:
        asked = {name: int(value) for name, value in request.query_params.items()}
        found = [
            one
            for one in reversed(self.payments.values())
            if asked["from"] <= one["created_at"] <= asked["to"]
        ]
        return {"items": found[asked["skip"] : asked["skip"] + asked["count"]]}

    def _refund(self, request: Request, body: JSON) -> JSON:
        payment = self.payment(request.path_params["id"])
        same = [one for one in self.refunds.values() if one["receipt"] == body["receipt"]]
        if same and same[0]["amount"] != body["amount"]:
            raise Refusal(400, "receipt_taken")
        return same[0] if same else self.refund(payment["id"], **body)

    def _refunds_of(self, request: Request, _: JSON) -> JSON:
        payment_id = self.payment(request.path_params["id"])["id"]
        listed = [one for one in self.refunds.values() if one["payment_id"] == payment_id]
        return {"items": listed[::-1]}

    def _disputes_of(self, request: Request, _: JSON) -> JSON:
        payment_id = request.query_params["payment_id"]
        listed = [one for one in self.disputes.values() if one["payment_id"] == payment_id]
        return {"items": listed[::-1]}

    # -- the payer at the hosted page --------------------------------------------------------------

    async def _hosted_page(self, request: Request) -> Response:
        if self.out:
            return HTMLResponse("<h1>Down</h1>", 503)
        sent = await request.form()
        order = self.orders.get(str(sent.get("order_id", "")))
        if order is None or sent.get("key_id") != self.key_id or self._status(order) not in _OPEN:
            return HTMLResponse("<h1>Nothing can be paid here</h1>", 400)
        fields = _hidden({"callback_url": str(sent["callback_url"])})
        buttons = "".join(_button(name) for name in OUTCOMES)
        action = f"{self.origin}/checkout/{order['id']}"
        return HTMLResponse(
            f"<h1>INR {order['amount'] / 100:,.2f}</h1>"
            f'<form method="post" action="{action}">{fields}{buttons}</form>'
        )

    async def _submitted(self, request: Request) -> Response:
        sent = await request.form()
        try:
            payment = self.pay(request.path_params["id"], str(sent["outcome"]))
        except Refusal:
            return HTMLResponse("<h1>Nothing can be paid here</h1>", 400)
        if payment["status"] == "failed":
            return HTMLResponse("<h1>Declined: try again</h1>", 402)
        action, fields = escape(str(sent["callback_url"])), _hidden(self.callback(payment["id"]))
        button = "<button>Back to the shop</button>"
        return HTMLResponse(f'<form method="post" action="{action}">{fields}{button}</form>')

    def pay(self, order_id: str, outcome: str = "success") -> JSON:
        """One try to pay an order, ending as OUTCOMES says.

        Raises:
            Refusal: nothing can be paid on it.
        """
        order = self.order(order_id)
        if order["status"] not in _OPEN or self._under_way(order):
            raise Refusal(400, "order_not_open")
        status = OUTCOMES[outcome]
        card = {"method": "card", "card": {"network": "Visa", "last4": "1111"}}
        payment = self._keep(
            self.payments,
            "pay",
            {
                "order_id": order_id,
                "amount": order["amount"],
                "currency": "INR",
                "email": order["email"],
                "notes": order["notes"],
                "status": "created",
                "captured_at": None,
                "amount_refunded": 0,
                "disputed": False,
                "fee": None,
                "error": None,
                **({"method": "netbanking", "bank": "HDFC"} if outcome == "late" else card),
            },
        )
        order["status"] = "attempted"
        self._turn(payment, status)
        return payment

    def callback(self, payment_id: str) -> dict[str, str]:
        """The signed fields that the payer's browser brings back."""
        order_id = self.payment(payment_id)["order_id"]
        signed = f"{order_id}|{payment_id}".encode()
        return {
            "order_id": order_id,
            "payment_id": payment_id,
            "signature": signature(self.key_secret, signed),
        }

    # -- the seller's dashboard, and the banks -----------------------------------------------------

    def decide(self, payment_id: str, *, arrives: bool) -> None:
        """Have the bank answer about a late payment, or the seller about a held one."""
        self._turn(self.payment(payment_id), "captured" if arrives else "failed")

    def refund(self, payment_id: str, *, amount: int, receipt: str = "", **more: Any) -> JSON:
        """Give a part of a payment back.

        Raises:
            Refusal: there is not so much of it.
        """
        payment = self.payment(payment_id)
        if payment["amount_refunded"] + amount > payment["amount"]:
            raise Refusal(400, "refund_exceeds_payment")
        payment["amount_refunded"] += amount
        made = {
            "payment_id": payment_id,
            "amount": amount,
            "receipt": receipt or f"by hand {len(self.refunds)}",
            "notes": more.get("notes", {}),
            "status": "processed",
            "error": None,
        }
        refund = self._keep(self.refunds, "rfnd", made)
        self._tell("refund.processed", refund=refund, payment=payment)
        return refund

    def fail_refund(self, refund_id: str) -> None:
        """Have the money of a refund come back."""
        refund = self.refunds[refund_id]
        refund.update(status="failed", error="account_closed")
        payment = self.payment(refund["payment_id"])
        payment["amount_refunded"] -= refund["amount"]
        self._tell("refund.failed", refund=refund, payment=payment)

    def dispute(self, payment_id: str) -> JSON:
        """Have the payer's bank take all of a payment back until it has decided."""
        payment = self.payment(payment_id)
        payment["disputed"] = True
        made = {"payment_id": payment_id, "amount": payment["amount"], "reason": "not_received"}
        dispute = self._keep(self.disputes, "disp", made | {"status": "open"})
        self._tell("payment.dispute.created", dispute=dispute, payment=payment)
        return dispute

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        """Have the payer's bank decide."""
        dispute = self.disputes[dispute_id]
        dispute["status"] = "won" if won else "lost"
        payment = self.payment(dispute["payment_id"])
        self._tell(f"payment.dispute.{dispute['status']}", dispute=dispute, payment=payment)

    def pay_out(self, payment_id: str) -> None:
        """Settle a payment with the seller, less a fee of two per cent."""
        payment = self.payment(payment_id)
        payment["fee"] = payment["amount"] // 50
        self._tell("payment.settled", payment=payment)

    # -- what it keeps -----------------------------------------------------------------------------

    def order(self, order_id: str) -> JSON:
        """An order as it stands now. Raises Refusal."""
        if order_id not in self.orders:
            raise Refusal(404, "not_found")
        order = self.orders[order_id]
        order["status"] = self._status(order)
        return order

    def payment(self, payment_id: str) -> JSON:
        """A payment as it stands now. Raises Refusal."""
        if payment_id not in self.payments:
            raise Refusal(404, "not_found")
        return self.payments[payment_id]

    def payments_of(self, order_id: str) -> list[JSON]:
        """The tries to pay an order, oldest first."""
        return [one for one in self.payments.values() if one["order_id"] == order_id]

    def _status(self, order: JSON) -> str:
        over = self.clock().timestamp() >= order["expire_by"]
        return "expired" if order["status"] in _OPEN and over else str(order["status"])

    def _under_way(self, order: JSON) -> bool:
        tries = self.payments_of(order["id"])
        return any(one["status"] in ("pending", "authorized") for one in tries)

    def _turn(self, payment: JSON, status: str) -> None:
        payment["status"] = status
        if status == "captured":
            payment["captured_at"] = self._now()
            self.orders[payment["order_id"]]["status"] = "paid"
        if status == "failed":
            payment["error"] = {"reason": "card_declined", "description": "Your bank said no."}
        self._tell(f"payment.{status}", payment=payment)

    def _keep(self, kind: dict[str, JSON], prefix: str, made: JSON) -> JSON:
        kept = {"id": f"{prefix}_{len(kind) + 1:08}", "created_at": self._now(), **made}
        kind[kept["id"]] = kept
        return kept

    def _tell(self, event: str, **entities: JSON) -> None:
        body = json.dumps({"event": event, "created_at": self._now(), "payload": entities}).encode()
        headers = {
            "content-type": "application/json",
            "x-redirectpay-signature": signature(self.webhook_secret, body),
        }
        self.notices.append((body, headers))

    def _now(self) -> int:
        return int(self.clock().timestamp())


def _button(outcome: str) -> str:
    return f'<button name="outcome" value="{outcome}">{outcome}</button>'


def _hidden(fields: dict[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
