"""What the store hands out about refunds, disputes, evidence, cases and links: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.billing.events import DeliveryState
from service.billing.evidence import Fact, Source
from service.billing.money import Money
from service.billing.refund import DisputeStatus, RefundReason, RefundStatus
from service.billing.support import CaseReason, CaseStatus, NotificationKind
from service.store.database import Record


@dataclass(frozen=True, slots=True)
class Refund:
    """`charged` is what the payer gets back; `amount` is the same in the invoices' currency."""

    id: UUID
    account_id: UUID
    payment_id: UUID
    gateway: str
    reference: str | None
    status: RefundStatus
    reason: RefundReason
    charged: Money
    amount: Money
    requested_by: str | None
    note: str | None
    failure: str | None
    key_number: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def read(cls, row: Record) -> Refund:
        """Read a row of `refund`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            payment_id=row["payment_id"],
            gateway=row["gateway"],
            reference=row["reference"],
            status=RefundStatus(row["status"]),
            reason=RefundReason(row["reason"]),
            charged=Money(row["charged_minor"], row["charge_currency"]),
            amount=Money(row["amount_minor"], row["currency"]),
            requested_by=row["requested_by"],
            note=row["note"],
            failure=row["failure"],
            key_number=row["key_number"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )


@dataclass(frozen=True, slots=True)
class Dispute:
    id: UUID
    account_id: UUID
    payment_id: UUID
    gateway: str
    reference: str
    status: DisputeStatus
    reason: str
    charged: Money
    opened_at: datetime
    closed_at: datetime | None

    @classmethod
    def read(cls, row: Record) -> Dispute:
        """Read a row of `dispute`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            payment_id=row["payment_id"],
            gateway=row["gateway"],
            reference=row["reference"],
            status=DisputeStatus(row["status"]),
            reason=row["reason"],
            charged=Money(row["charged_minor"], row["charge_currency"]),
            opened_at=row["opened_at"],
            closed_at=row["closed_at"],
        )


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One thing that was seen or done."""

    id: UUID
    account_id: UUID
    invoice_id: UUID | None
    payment_id: UUID | None
    fact: Fact
    source: Source
    reference: str | None
    note: str | None
    amount: Money | None
    expected: Money | None
    at: datetime

    @classmethod
    def read(cls, row: Record) -> EvidenceRecord:
        """Read a row of `evidence`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            invoice_id=row["invoice_id"],
            payment_id=row["payment_id"],
            fact=Fact(row["fact"]),
            source=Source(row["source"]),
            reference=row["reference"],
            note=row["note"],
            amount=_money(row["amount_minor"], row["currency"]),
            expected=_money(row["expected_minor"], row["expected_currency"]),
            at=row["at"],
        )


@dataclass(frozen=True, slots=True)
class SupportCase:
    id: UUID
    account_id: UUID
    invoice_id: UUID | None
    payment_id: UUID | None
    status: CaseStatus
    reason: CaseReason
    opened_by: str
    note: str | None
    resolution: str | None
    resolved_by: str | None
    created_at: datetime
    resolved_at: datetime | None

    @classmethod
    def read(cls, row: Record) -> SupportCase:
        """Read a row of `support_case`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            invoice_id=row["invoice_id"],
            payment_id=row["payment_id"],
            status=CaseStatus(row["status"]),
            reason=CaseReason(row["reason"]),
            opened_by=row["opened_by"],
            note=row["note"],
            resolution=row["resolution"],
            resolved_by=row["resolved_by"],
            created_at=row["created_at"],
            resolved_at=row["resolved_at"],
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment at a gateway that may be the claimed one."""

    id: UUID
    account_id: UUID
    case_id: UUID
    gateway: str
    transaction: str
    amount: Money
    payer_email: str | None
    payment_id: UUID | None
    captured_at: datetime
    gone_back_at: datetime | None

    @classmethod
    def read(cls, row: Record) -> Candidate:
        """Read a row of `case_candidate`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            case_id=row["case_id"],
            gateway=row["gateway"],
            transaction=row["transaction"],
            amount=Money(row["amount_minor"], row["currency"]),
            payer_email=row["payer_email"],
            payment_id=row["payment_id"],
            captured_at=row["captured_at"],
            gone_back_at=row["gone_back_at"],
        )


@dataclass(frozen=True, slots=True)
class PaymentLink:
    """A link that pays one invoice once; its token is not kept."""

    id: UUID
    account_id: UUID
    invoice_id: UUID
    amount: Money
    invoice_version: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    payment_id: UUID | None
    revoked_at: datetime | None

    @classmethod
    def read(cls, row: Record) -> PaymentLink:
        """Read a row of `payment_link`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            invoice_id=row["invoice_id"],
            amount=Money(row["amount_minor"], row["currency"]),
            invoice_version=row["invoice_version"],
            created_by=row["created_by"],
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            used_at=row["used_at"],
            payment_id=row["payment_id"],
            revoked_at=row["revoked_at"],
        )


@dataclass(frozen=True, slots=True)
class Notification:
    """One mail about a payment. `subject_id` is the case or refund that it is about, if any."""

    id: UUID
    account_id: UUID
    kind: NotificationKind
    payment_id: UUID | None
    invoice_id: UUID | None
    subject_id: UUID | None
    recipient_name: str
    recipient_email: str
    state: DeliveryState
    attempts: int

    @classmethod
    def read(cls, row: Record) -> Notification:
        """Read a row of `notification`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            kind=NotificationKind(row["kind"]),
            payment_id=row["payment_id"],
            invoice_id=row["invoice_id"],
            subject_id=row["subject_id"],
            recipient_name=row["recipient_name"],
            recipient_email=row["recipient_email"],
            state=DeliveryState(row["state"]),
            attempts=row["attempts"],
        )


def _money(minor: int | None, currency: str | None) -> Money | None:
    return Money(minor, currency) if minor is not None and currency is not None else None
