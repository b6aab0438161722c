"""Facts about an account's billing, in the past tense: what the event log keeps and clients see.

Each is written in the transaction of the change that it reports. `as_json` and `from_json` are the
stored form; a field may be added to an event, never renamed or given another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any
from uuid import UUID

from service.billing.invoice import DisplayStatus, InvoiceStatus
from service.billing.payment import PaymentStatus


class DocumentState(StrEnum):
    QUEUED = "QUEUED"
    RENDERING = "RENDERING"
    READY = "READY"
    FAILED = "FAILED"


class DeliveryState(StrEnum):
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    BOUNCED = "BOUNCED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    invoice_id: UUID


@dataclass(frozen=True, slots=True)
class InvoiceStatusChanged:
    """The stored status or what a screen shows of it changed."""

    invoice_id: UUID
    status: InvoiceStatus
    display_status: DisplayStatus


@dataclass(frozen=True, slots=True)
class PaymentStatusChanged:
    """The status, or the reason of the last decline, changed."""

    payment_id: UUID
    status: PaymentStatus
    failure_code: str | None


@dataclass(frozen=True, slots=True)
class DocumentStateChanged:
    invoice_id: UUID
    document_id: UUID
    state: DocumentState


@dataclass(frozen=True, slots=True)
class DeliveryStateChanged:
    invoice_id: UUID
    delivery_id: UUID
    state: DeliveryState


Event = (
    InvoiceIssued
    | InvoiceStatusChanged
    | PaymentStatusChanged
    | DocumentStateChanged
    | DeliveryStateChanged
)
EVENT_TYPES: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        InvoiceIssued,
        InvoiceStatusChanged,
        PaymentStatusChanged,
        DocumentStateChanged,
        DeliveryStateChanged,
    )
}
_READERS: dict[str, Any] = {
    "UUID": UUID,
    "InvoiceStatus": InvoiceStatus,
    "DisplayStatus": DisplayStatus,
    "PaymentStatus": PaymentStatus,
    "DocumentState": DocumentState,
    "DeliveryState": DeliveryState,
    "str | None": lambda value: value,
}


def as_json(event: Event) -> dict[str, Any]:
    """The event's fields as JSON values."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return {name: str(value) if value is not None else None for name, value in values.items()}


def from_json(kind: str, data: dict[str, Any]) -> Event:
    """Read a stored event back.

    Raises:
        KeyError: no event of that kind, or a field is missing.
    """
    event_type = EVENT_TYPES[kind]
    return event_type(
        **{field.name: _READERS[str(field.type)](data[field.name]) for field in fields(event_type)}
    )
