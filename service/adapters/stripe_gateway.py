"""Stripe as the gateway: hosted Checkout pages, and signed webhooks as hints.

The sandbox speaks the same HTTP API, so this adapter drives both.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote_plus
from uuid import UUID

import orjson
import stripe
import structlog

from service.adapters.stripe_words import (
    captured_payment,
    checkout_of,
    dispute_of,
    ended_well,
    notice_of,
    refund_of,
    refund_params,
    session_params,
    signed_at,
)
from service.billing.errors import BadSignature, GatewayBusy, GatewayRefused, GatewayUnavailable
from service.billing.payment import GatewayCheckout
from service.billing.refund import GatewayDispute, GatewayRefund
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

log = structlog.get_logger(__name__)

T = TypeVar("T")

API_VERSION = "2026-10-28.endive"
SIGNATURE_TOLERANCE = timedelta(seconds=300)
CLOCK_TOLERANCE = timedelta(seconds=60)
# Of one try, and of a call with its retries: a payer's request makes two calls at most, and is
# answered within 15 s.
_TRY_TIMEOUT_S = 4
_CALL_TIMEOUT_S = 6
_EXPAND = ["payment_intent", "payment_intent.latest_charge.balance_transaction"]
_PAGE = 100
_PAGE_MADE_WITHIN = timedelta(days=2)
# How a place begins that a list of events is read back from.
_BACK = "back"
# Stripe keeps events for 30 days.
_EVENT_TYPES = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "charge.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    # An inquiry becomes a dispute under the id that it has.
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
    # An appeal, or what had been refunded.
    "charge.dispute.funds_reinstated",
]


class StripeGateway:
    """One Stripe account, in live or test mode as its key says."""

    name = "stripe"
    is_down = False

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
                session_params(order),
                {"idempotency_key": f"checkout:{order.payment_id}"},
            )
        )
        if session.url is None:
            raise GatewayRefused("no_page")
        expires_at = datetime.fromtimestamp(session.expires_at, UTC)
        return CheckoutPage(session.id, session.url, expires_at)

    async def look_up(self, session_id: str) -> GatewayCheckout:
        path = f"/v1/checkout/sessions/{quote_plus(session_id)}"
        return checkout_of(await self._read(path, expand=_EXPAND))

    def read_notice(
        self, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> GatewayNotice:
        self._verify(body, headers.get("stripe-signature", ""), now)
        try:
            event = orjson.loads(body)
            # Of an account that is connected to ours: none of our payments is there.
            if event.get("account"):
                raise BadSignature
            return notice_of(event)
        except (ValueError, KeyError, AttributeError):
            raise BadSignature from None

    def takes(self, currency: str) -> bool:
        return True

    async def refund(self, order: RefundOrder) -> GatewayRefund:
        options: stripe.RequestOptions = {
            "idempotency_key": f"refund:{order.refund_id}:{order.key_number}",
            # Keys are forgotten after a day, and a machine can stand still for longer between two
            # tries. Whoever asks again looks for the refund first.
            "max_network_retries": 0,
        }
        refund = await _answer(self._client.v1.refunds.create_async(refund_params(order), options))
        return refund_of(refund.to_dict())

    async def refunds_of(self, transaction: str) -> list[GatewayRefund]:
        listed = self._listed("/v1/refunds", payment_intent=transaction)
        return [refund_of(refund) async for refund in listed][::-1]

    async def disputes_of(self, transaction: str) -> list[GatewayDispute]:
        listed = self._listed("/v1/disputes", payment_intent=transaction)
        read = [dispute_of(dispute) async for dispute in listed]
        return [dispute for dispute in read[::-1] if dispute is not None]

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        created = {"gte": int(search.since.timestamp()), "lte": int(search.until.timestamp())}
        found: list[GatewayPayment] = []
        async for charge in self._listed("/v1/charges", created=created):
            payment = captured_payment(charge)
            if payment is not None and search.fits(payment):
                away = payment.given_back or await self._is_disputed(charge)
                found.append(replace(payment, given_back=away))
            if len(found) == FOUND_MAX:
                break
        return found

    async def _is_disputed(self, charge: Mapping[str, Any]) -> bool:
        if not charge["disputed"]:
            return False
        listed = await self._read("/v1/disputes", charge=charge["id"], limit=_PAGE)
        return not ended_well(listed["data"])

    async def find_session(
        self, payment_id: UUID, *, since: datetime, transaction: str | None = None
    ) -> str | None:
        # A page is made within a day of its attempt: its key lives no longer.
        until = since + _PAGE_MADE_WITHIN
        wanted: dict[str, Any] = {
            "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())}
        }
        if transaction is not None:
            wanted = {"payment_intent": transaction}
        async for session in self._listed("/v1/checkout/sessions", **wanted):
            if session["client_reference_id"] == str(payment_id):
                return str(session["id"])
        return None

    async def happened(
        self, cursor: str | None, *, since: datetime, undelivered: bool = False
    ) -> NoticePage:
        params: dict[str, Any] = {"types": _EVENT_TYPES, "limit": _PAGE}
        if undelivered:
            params["delivery_success"] = False
        if cursor is None or cursor.startswith(_BACK):
            return await self._happened_before(cursor, since, params)
        # Before a cursor Stripe answers the oldest events of those first, in its own order.
        page = await self._read("/v1/events", **params, ending_before=cursor)
        notices = tuple(notice_of(event) for event in page["data"][::-1])
        place = notices[-1].event_id if notices else cursor
        return NoticePage(notices, place, has_more=page["has_more"])

    async def _happened_before(
        self, cursor: str | None, since: datetime, params: dict[str, Any]
    ) -> NoticePage:
        """Without an event to begin after, Stripe tells the newest ones first: go back page by page
        to the moment that was asked for first, and on from the newest one after that."""
        newest, oldest, began = cursor.split()[1:] if cursor else ("", "", since.timestamp())
        params["created"] = {"gte": int(began)}
        if oldest:
            params["starting_after"] = oldest
        page = await self._read("/v1/events", **params)
        notices = tuple(notice_of(event) for event in page["data"][::-1])
        if notices and not newest:
            newest = notices[-1].event_id
        if not page["has_more"]:
            return NoticePage(notices, newest or None, has_more=False)
        place = f"{_BACK} {newest} {notices[0].event_id} {int(began)}"
        return NoticePage(notices, place, has_more=True)

    async def _listed(self, path: str, **params: Any) -> AsyncIterator[Mapping[str, Any]]:
        """A list of Stripe's to its end, newest first."""
        while True:
            page = await self._read(path, **params, limit=_PAGE)
            for item in page["data"]:
                yield item
            if not page["has_more"]:
                return
            params["starting_after"] = page["data"][-1]["id"]

    async def _read(self, path: str, **params: Any) -> Mapping[str, Any]:
        """An object of Stripe's as plain JSON: a page of events as objects of the SDK costs ten
        times as much."""
        answer = await _answer(self._client.raw_request_async("get", path, **params))
        _compare_clocks(answer.headers.get("date"))
        return cast("Mapping[str, Any]", answer.data)

    async def close_checkout(self, session_id: str) -> None:
        await _answer(self._client.v1.checkout.sessions.expire_async(session_id))

    async def check(self) -> None:
        await _answer(self._client.v1.checkout.sessions.list_async({"limit": 1}))

    def _verify(self, body: bytes, header: str, now: datetime) -> None:
        # The SDK bounds only the past, by the wall clock: both bounds are ours, by our clock.
        when = signed_at(header) if header.isascii() else None
        if when is None or abs(now.timestamp() - when) > SIGNATURE_TOLERANCE.seconds:
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


def _compare_clocks(told: str | None) -> None:
    """Log when this machine's clock is not the gateway's: with five minutes between them, no notice
    of it is taken."""
    if told is None:
        return
    ahead = datetime.now(UTC) - parsedate_to_datetime(told)
    if abs(ahead) > CLOCK_TOLERANCE:
        log.error("clock_differs", ahead_s=round(ahead.total_seconds()))


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
        is_busy = isinstance(error, stripe.RateLimitError)
        return GatewayBusy() if is_busy else GatewayUnavailable()
    return GatewayRefused(error.code or (GatewayRefused.FAILURE_KEPT if replayed else "refused"))
