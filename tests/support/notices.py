"""The gateway's own events, signed as it signs them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import stripe

from tests.support.shop import WEBHOOK_SECRET, Shop


def signed(body: bytes, at: datetime, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The headers of a notice signed at an instant."""
    header = stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, int(at.timestamp())
    )
    return {"stripe-signature": header}


def event_of(shop: Shop, kind: str) -> dict[str, Any]:
    """The newest event of a type that the sandbox recorded."""
    found = [one for one in shop.sandbox.book.oldest_first("event") if one["type"] == kind]
    return dict(found[-1])


def body_of(event: dict[str, Any]) -> bytes:
    return orjson.dumps(event, option=orjson.OPT_INDENT_2)
