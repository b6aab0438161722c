"""What a gateway has just refused: asked for again at once, it would only be refused again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from service.billing.errors import GatewayRefused
from service.billing.payment import PaymentStatus
from service.store import payment_pages
from service.store.records import Payment

REFUSAL_LASTS = timedelta(seconds=30)


async def check(account_id: UUID, invoice_id: UUID, success_url: str, *, at: datetime) -> None:
    """Repeat the refusal of an attempt that was started a moment ago for the same invoice, and to
    lead back to the same place. Under the account's lock it holds for requests of one moment too.

    Raises:
        GatewayRefused: as it was then.
    """
    newest = await payment_pages.page_of_invoice(account_id, invoice_id, size=2)
    lately = [
        one
        for one in newest.payments
        # In either direction: another machine's clock may be wrong.
        if one.success_url == success_url and abs(at - one.created_at) < REFUSAL_LASTS
    ]
    told = [refusal for refusal in map(of, lately) if refusal is not None]
    # A failure that is kept under one attempt's key says nothing of another attempt: that one is
    # made, and no third.
    if told and (len(told) > 1 or told[0].gateway_code != GatewayRefused.FAILURE_KEPT):
        raise told[0]


def of(payment: Payment) -> GatewayRefused | None:
    """What the gateway said when it opened no page for an attempt; None when it did not refuse."""
    if payment.status is not PaymentStatus.FAILED or payment.session_id is not None:
        return None
    return GatewayRefused(payment.failure_code or "refused")
