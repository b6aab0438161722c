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
from service.billing.refund import DisputeStatus, RefundStatus
from service.billing.support import CaseStatus


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
class ReceiptStateChanged:
    """The receipt of a payment came to another state."""

    payment_id: UUID
    document_id: UUID
    state: DocumentState


@dataclass(frozen=True, slots=True)
class DeliveryStateChanged:
    invoice_id: UUID
    delivery_id: UUID
    state: DeliveryState


@dataclass(frozen=True, slots=True)
class RefundStatusChanged:
    refund_id: UUID
    payment_id: UUID
    status: RefundStatus


@dataclass(frozen=True, slots=True)
class DisputeStatusChanged:
    dispute_id: UUID
    payment_id: UUID
    status: DisputeStatus


@dataclass(frozen=True, slots=True)
class SettlementRecorded:
    """The gateway told what it pays out for a payment: its rate and its fee."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class SupportCaseChanged:
    case_id: UUID
    invoice_id: UUID | None
    payment_id: UUID | None
    status: CaseStatus


@dataclass(frozen=True, slots=True)
class PaymentLinkChanged:
    """A link was made, used or revoked."""

    link_id: UUID
    invoice_id: UUID


@dataclass(frozen=True, slots=True)
class BillingDetailsChanged:
    """What is printed on the account's next invoices changed; `version` is the account's since."""

    version: int


@dataclass(frozen=True, slots=True)
class BillingContactChanged:
    """Somebody who receives the account's invoices was added, changed or removed, or mail to them
    came back."""

    contact_id: UUID


Event = (
    InvoiceIssued
    | InvoiceStatusChanged
    | PaymentStatusChanged
    | DocumentStateChanged
    | ReceiptStateChanged
    | DeliveryStateChanged
    | RefundStatusChanged
    | DisputeStatusChanged
    | SettlementRecorded
    | SupportCaseChanged
    | PaymentLinkChanged
    | BillingDetailsChanged
    | BillingContactChanged
)
EVENT_TYPES: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        InvoiceIssued,
        InvoiceStatusChanged,
        PaymentStatusChanged,
        DocumentStateChanged,
        ReceiptStateChanged,
        DeliveryStateChanged,
        RefundStatusChanged,
        DisputeStatusChanged,
        SettlementRecorded,
        SupportCaseChanged,
        PaymentLinkChanged,
        BillingDetailsChanged,
        BillingContactChanged,
    )
}
_READERS: dict[str, Any] = {
    "UUID": UUID,
    "InvoiceStatus": InvoiceStatus,
    "DisplayStatus": DisplayStatus,
    "PaymentStatus": PaymentStatus,
    "DocumentState": DocumentState,
    "DeliveryState": DeliveryState,
    "RefundStatus": RefundStatus,
    "DisputeStatus": DisputeStatus,
    "CaseStatus": CaseStatus,
    "UUID | None": lambda value: UUID(value) if value is not None else None,
    "int": int,
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
