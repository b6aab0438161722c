"""Mails about invoices, as the store hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.billing.events import DeliveryState
from service.store.database import Record


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail to one recipient. `resend` is 0 for those that came with the issue, and counts the
    times that the invoice was mailed again."""

    id: UUID
    account_id: UUID
    invoice_id: UUID
    resend: int
    recipient_name: str
    recipient_email: str
    state: DeliveryState
    attempts: int
    last_error: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def read(cls, row: Record) -> Delivery:
        """Read a row of `delivery`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            invoice_id=row["invoice_id"],
            resend=row["resend"],
            recipient_name=row["recipient_name"],
            recipient_email=row["recipient_email"],
            state=DeliveryState(row["state"]),
            attempts=row["attempts"],
            last_error=row["last_error"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )
