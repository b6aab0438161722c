"""The stored form of events: what is in the log must be readable for as long as there is a log."""

from __future__ import annotations

import dataclasses
import json
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.events import (
    EVENT_TYPES,
    BillingContactChanged,
    BillingDetailsChanged,
    DeliveryState,
    DeliveryStateChanged,
    DisputeStatusChanged,
    DocumentState,
    DocumentStateChanged,
    Event,
    InvoiceIssued,
    InvoiceStatusChanged,
    PaymentLinkChanged,
    PaymentStatusChanged,
    ReceiptStateChanged,
    RefundStatusChanged,
    SettlementRecorded,
    SupportCaseChanged,
    as_json,
    from_json,
)
from service.billing.invoice import DisplayStatus, InvoiceStatus
from service.billing.payment import PaymentStatus
from service.billing.refund import DisputeStatus, RefundStatus
from service.billing.support import CaseStatus

ONE = UUID("019a2f00-0000-7000-8000-000000000001")
TWO = UUID("019a2f00-0000-7000-8000-000000000002")

# Rows that are out there: a change here breaks logs that exist.
STORED: list[tuple[str, dict[str, str | None], Event]] = [
    ("InvoiceIssued", {"invoice_id": str(ONE)}, InvoiceIssued(ONE)),
    (
        "InvoiceStatusChanged",
        {"invoice_id": str(ONE), "status": "OPEN", "display_status": "PROCESSING"},
        InvoiceStatusChanged(ONE, InvoiceStatus.OPEN, DisplayStatus.PROCESSING),
    ),
    (
        "PaymentStatusChanged",
        {"payment_id": str(ONE), "status": "CAPTURED", "failure_code": None},
        PaymentStatusChanged(ONE, PaymentStatus.CAPTURED, None),
    ),
    (
        "PaymentStatusChanged",
        {"payment_id": str(ONE), "status": "PENDING", "failure_code": "card_declined"},
        PaymentStatusChanged(ONE, PaymentStatus.PENDING, "card_declined"),
    ),
    (
        "DocumentStateChanged",
        {"invoice_id": str(ONE), "document_id": str(TWO), "state": "READY"},
        DocumentStateChanged(ONE, TWO, DocumentState.READY),
    ),
    (
        "ReceiptStateChanged",
        {"payment_id": str(ONE), "document_id": str(TWO), "state": "FAILED"},
        ReceiptStateChanged(ONE, TWO, DocumentState.FAILED),
    ),
    (
        "DeliveryStateChanged",
        {"invoice_id": str(ONE), "delivery_id": str(TWO), "state": "BOUNCED"},
        DeliveryStateChanged(ONE, TWO, DeliveryState.BOUNCED),
    ),
    (
        "RefundStatusChanged",
        {"refund_id": str(ONE), "payment_id": str(TWO), "status": "SUCCEEDED"},
        RefundStatusChanged(ONE, TWO, RefundStatus.SUCCEEDED),
    ),
    (
        "DisputeStatusChanged",
        {"dispute_id": str(ONE), "payment_id": str(TWO), "status": "OPEN"},
        DisputeStatusChanged(ONE, TWO, DisputeStatus.OPEN),
    ),
    ("SettlementRecorded", {"payment_id": str(ONE)}, SettlementRecorded(ONE)),
    (
        "SupportCaseChanged",
        {"case_id": str(ONE), "invoice_id": None, "payment_id": str(TWO), "status": "OPEN"},
        SupportCaseChanged(ONE, None, TWO, CaseStatus.OPEN),
    ),
    (
        "PaymentLinkChanged",
        {"link_id": str(ONE), "invoice_id": str(TWO)},
        PaymentLinkChanged(ONE, TWO),
    ),
    ("BillingDetailsChanged", {"version": "2"}, BillingDetailsChanged(2)),
    ("BillingContactChanged", {"contact_id": str(ONE)}, BillingContactChanged(ONE)),
]


def test_every_event_is_known_by_its_name() -> None:
    assert set(EVENT_TYPES.values()) == set(get_args(Event))
    assert all(name == kind.__name__ for name, kind in EVENT_TYPES.items())
    assert {type(event) for _, _, event in STORED} == set(get_args(Event))


@pytest.mark.parametrize(("kind", "data", "event"), STORED)
def test_a_stored_event_is_read_and_written_alike(
    kind: str, data: dict[str, str | None], event: Event
) -> None:
    assert as_json(event) == data
    assert from_json(kind, data) == event


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
@given(data=st.data())
def test_every_event_survives_json(kind: str, data: st.DataObject) -> None:
    events: st.SearchStrategy[Event] = st.builds(EVENT_TYPES[kind])
    event = data.draw(events)
    stored = json.loads(json.dumps(as_json(event)))
    read = from_json(kind, stored)
    assert read == event
    for field in dataclasses.fields(event):
        assert type(getattr(read, field.name)) is type(getattr(event, field.name))


def test_what_is_not_an_event_is_not_read() -> None:
    with pytest.raises(KeyError):
        from_json("InvoiceShredded", {"invoice_id": str(ONE)})
    with pytest.raises(KeyError):
        from_json("DocumentStateChanged", {"invoice_id": str(ONE), "state": "READY"})
    with pytest.raises(ValueError, match="BURNT"):
        from_json(
            "DocumentStateChanged",
            {"invoice_id": str(ONE), "document_id": str(TWO), "state": "BURNT"},
        )
