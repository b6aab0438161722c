"""The paper side of invoices and payments: PDFs, and the mails that brought them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from service.api.fields import resolved
from service.api.reads import Reads
from service.api.scalars import URL, EmailAddress
from service.billing.events import DeliveryState, DocumentState
from service.billing.ids import Kind, encode
from service.store import mail_records, records
from service.workflows import links


@strawberry.type(
    description="The PDF of an invoice. It is printed once, after the issue; until then it is a "
    "state, not an error."
)
class InvoiceDocument:
    state: DocumentState = strawberry.field(description="Where the PDF stands.")
    sha256: str | None = strawberry.field(
        description="SHA-256 of the PDF's bytes in hexadecimal; null until READY."
    )
    ready_at: datetime | None = strawberry.field(
        description="When the PDF was finished; null until READY."
    )
    retry_at: datetime | None = strawberry.field(
        description="When printing is tried again; null unless FAILED."
    )
    invoice: strawberry.Private[records.Invoice]
    reads: strawberry.Private[Reads]

    @resolved
    def pdf_url(self) -> URL | None:
        """Where the PDF can be downloaded without a token, for some minutes; null until READY."""
        if self.state is not DocumentState.READY:
            return None
        ports, one = self.reads.ports, self.invoice
        lifetime = ports.policy.view_link_lifetime
        return URL(links.pdf_url(ports, one.account_id, one.id, lifetime=lifetime))

    @resolved
    def view_url(self) -> URL:
        """Where the invoice can be read, printed and downloaded without a token, for some
        minutes. The page works before the PDF is READY."""
        ports, one = self.reads.ports, self.invoice
        lifetime = ports.policy.view_link_lifetime
        return URL(links.view_url(ports, one.account_id, one.id, lifetime=lifetime))

    @classmethod
    def of(cls, invoice: records.Invoice, reads: Reads) -> InvoiceDocument:
        document = invoice.document
        return cls(
            state=document.state if document else DocumentState.QUEUED,
            sha256=document.sha256 if document else None,
            ready_at=document.ready_at if document else None,
            retry_at=document.retry_at if document else None,
            invoice=invoice,
            reads=reads,
        )


@strawberry.type(
    description="The receipt of a payment as a PDF. It is printed once, after the capture, and "
    "mailed then; until then it is a state, not an error."
)
class PaymentReceipt:
    number: str = strawberry.field(
        description="The number on the receipt: that of the first invoice it pays, with a count."
    )
    state: DocumentState = strawberry.field(description="Where the PDF stands.")
    sha256: str | None = strawberry.field(
        description="SHA-256 of the PDF's bytes in hexadecimal; null until READY."
    )
    ready_at: datetime | None = strawberry.field(
        description="When the PDF was finished; null until READY."
    )
    retry_at: datetime | None = strawberry.field(
        description="When printing is tried again; null unless FAILED."
    )
    account_id: strawberry.Private[UUID]
    payment_id: strawberry.Private[UUID]
    reads: strawberry.Private[Reads]

    @resolved
    def pdf_url(self) -> URL | None:
        """Where the PDF can be downloaded without a token, for some minutes; null until READY."""
        if self.state is not DocumentState.READY:
            return None
        ports = self.reads.ports
        lifetime = ports.policy.view_link_lifetime
        return URL(links.receipt_url(ports, self.account_id, self.payment_id, lifetime=lifetime))

    @classmethod
    def of(cls, document: records.Document, reads: Reads) -> PaymentReceipt:
        if document.number is None or document.payment_id is None:
            raise ValueError("an invoice's PDF is no receipt")
        return cls(
            number=document.number,
            state=document.state,
            sha256=document.sha256,
            ready_at=document.ready_at,
            retry_at=document.retry_at,
            account_id=document.account_id,
            payment_id=document.payment_id,
            reads=reads,
        )


@strawberry.type(description="One mail about an invoice to one recipient.")
class Delivery:
    id: strawberry.ID = strawberry.field(description="An opaque id. It never changes.")
    resend: int = strawberry.field(
        description="0: it came with the issue. Else the time that the invoice was mailed again, "
        "counted from 1: mails of one resend have the same number."
    )
    recipient: EmailAddress = strawberry.field(description="The address it goes to.")
    state: DeliveryState = strawberry.field(description="Where the mail stands.")
    created_at: datetime = strawberry.field(description="When it was planned.")
    at: datetime = strawberry.field(description="When it came to this state.")
    attempts: int = strawberry.field(description="How often handing it over was tried.")
    last_error: str | None = strawberry.field(
        description="What the mail server said last; null when nothing went wrong."
    )

    @classmethod
    def of(cls, delivery: mail_records.Delivery) -> Delivery:
        return cls(
            id=strawberry.ID(encode(Kind.DELIVERY, delivery.id)),
            resend=delivery.resend,
            recipient=EmailAddress(delivery.recipient_email),
            state=delivery.state,
            created_at=delivery.created_at,
            at=delivery.updated_at,
            attempts=delivery.attempts,
            last_error=delivery.last_error,
        )
