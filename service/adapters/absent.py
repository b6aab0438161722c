"""What stands in a port where nothing is configured: every call is refused with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog

from service.billing.errors import BadSignature, GatewayUnavailable
from service.billing.payment import GatewayCheckout
from service.billing.refund import GatewayDispute, GatewayRefund
from service.gateway import (
    CheckoutOrder,
    CheckoutPage,
    GatewayNotice,
    GatewayPayment,
    NoticePage,
    PaymentSearch,
    RefundOrder,
)
from service.ports import (
    PrinterUnavailable,
)

log = structlog.get_logger(__name__)


class AbsentGateway:
    """Nothing can be paid; everything else works. Commands that need no gateway run with it."""

    name = "none"
    live_mode = False
    is_down = False

    def takes(self, currency: str) -> bool:
        return False

    async def open_checkout(self, order: CheckoutOrder) -> CheckoutPage:
        raise self._refusal()

    async def close_checkout(self, session_id: str) -> None:
        raise self._refusal()

    async def look_up(self, session_id: str) -> GatewayCheckout:
        raise self._refusal()

    async def refund(self, order: RefundOrder) -> GatewayRefund:
        raise self._refusal()

    async def refunds_of(self, transaction: str) -> list[GatewayRefund]:
        raise self._refusal()

    async def disputes_of(self, transaction: str) -> list[GatewayDispute]:
        raise self._refusal()

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        raise self._refusal()

    async def find_session(
        self, payment_id: UUID, *, since: datetime, transaction: str | None = None
    ) -> str | None:
        raise self._refusal()

    async def happened(
        self, cursor: str | None, *, since: datetime, undelivered: bool = False
    ) -> NoticePage:
        raise self._refusal()

    def read_notice(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayNotice:
        raise BadSignature

    async def check(self) -> None:
        raise self._refusal()

    def _refusal(self) -> GatewayUnavailable:
        log.error("no_gateway_configured", hint="set PAIDUP_STRIPE_SECRET_KEY")
        return GatewayUnavailable()


class AbsentPrinter:
    """No PDF can be made; invoices stay visible as pages, and documents say that they failed."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def print_pdf(self, html: str) -> bytes:
        raise PrinterUnavailable(self._reason)
