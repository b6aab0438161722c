"""Opaque cursors: a place in one kind of list, or in one account's event log.

A cursor carries its version and its kind, so that one that was handed out by another list, or by a
release that ordered lists otherwise, is refused instead of being read as something else.
"""

from __future__ import annotations

import base64
import binascii
from datetime import date
from hashlib import sha256
from uuid import UUID

from service.api.scalars import EventCursor
from service.billing.errors import BadCursor
from service.store.invoice_pages import Place

_VERSION = 1
_INVOICE, _PAYMENT, _CASE, _EVENT, _ACCOUNT = b"i", b"p", b"c", b"e", b"a"
_SEQ_MAX = 2**63 - 1


def of_invoice(place: Place) -> str:
    """The cursor of an invoice in lists that are ordered by day of issue."""
    return _encode(_INVOICE, place.issued_on.toordinal().to_bytes(4, "big") + place.id.bytes)


def read_invoice(text: str) -> Place:
    """Raises BadCursor: not the cursor of an invoice."""
    body = _decode(_INVOICE, text, length=20)
    try:
        issued_on = date.fromordinal(int.from_bytes(body[:4], "big"))
    except (ValueError, OverflowError):
        raise BadCursor from None
    return Place(issued_on, UUID(bytes=body[4:]))


def of_payment(payment_id: UUID) -> str:
    """The cursor of a payment in lists that are ordered by when payments were started."""
    return _encode(_PAYMENT, payment_id.bytes)


def read_payment(text: str) -> UUID:
    """Raises BadCursor: not the cursor of a payment."""
    return UUID(bytes=_decode(_PAYMENT, text, length=16))


def of_case(case_id: UUID) -> str:
    """The cursor of a support case in lists that are ordered by when cases were opened."""
    return _encode(_CASE, case_id.bytes)


def read_case(text: str) -> UUID:
    """Raises BadCursor: not the cursor of a support case."""
    return UUID(bytes=_decode(_CASE, text, length=16))


def of_account(account_id: UUID) -> str:
    """The cursor of an account in lists that are ordered by the names of accounts."""
    return _encode(_ACCOUNT, account_id.bytes)


def read_account(text: str) -> UUID:
    """Raises BadCursor: not the cursor of an account."""
    return UUID(bytes=_decode(_ACCOUNT, text, length=16))


def of_event(account_id: UUID, seq: int) -> EventCursor:
    """The cursor of a place in an account's event log; 0 is the place before the first event."""
    return EventCursor(_encode(_EVENT, _fingerprint(account_id) + seq.to_bytes(8, "big")))


def read_event(text: str, account_id: UUID) -> int:
    """Raises BadCursor: not a cursor of this account's event log."""
    body = _decode(_EVENT, text, length=16)
    seq = int.from_bytes(body[8:], "big")
    if body[:8] != _fingerprint(account_id) or seq > _SEQ_MAX:
        raise BadCursor
    return seq


def _fingerprint(account_id: UUID) -> bytes:
    return sha256(account_id.bytes).digest()[:8]


def _encode(kind: bytes, body: bytes) -> str:
    return base64.urlsafe_b64encode(bytes([_VERSION]) + kind + body).rstrip(b"=").decode()


def _decode(kind: bytes, text: str, *, length: int) -> bytes:
    head = bytes([_VERSION]) + kind
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadCursor from None
    body = raw[len(head) :]
    # The last letter holds spare bits: only the one spelling that we hand out is read.
    if raw[: len(head)] != head or len(body) != length or _encode(kind, body) != text:
        raise BadCursor
    return body
