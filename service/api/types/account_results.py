"""Inputs and results of the mutations about an account's details and the mails it gets."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from service.api.scalars import EmailAddress
from service.api.types.documents import Delivery
from service.api.types.errors import (
    ForbiddenError,
    IdempotencyConflictError,
    NotFoundError,
    TooSoonError,
    ValidationError,
)
from service.api.types.invoices import Invoice
from service.api.types.results import KEY


@strawberry.input(description="Which invoice to mail again, and to whom.")
class ResendInvoiceInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's id.")
    recipient: EmailAddress | None = strawberry.field(
        default=strawberry.UNSET,
        description="The account's own address or that of one of its billing contacts, also of one "
        "whose mail came back. Absent or null: everybody who gets invoices now.",
    )


@strawberry.type(description="The mails are on their way; they wait for the PDF until it is there.")
class ResendInvoiceSuccess:
    invoice: Invoice = strawberry.field(description="The invoice as it stands now.")
    deliveries: list[Delivery] = strawberry.field(
        description="The mails of this resend as they stand now; follow them by "
        "`DeliveryStateChanged`."
    )


ResendInvoiceResult: TypeAlias = Annotated[
    ResendInvoiceSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | TooSoonError
    | IdempotencyConflictError,
    strawberry.union(
        "ResendInvoiceResult",
        description="What came of mailing an invoice again. TooSoonError: an address gets one mail "
        "a minute about an invoice, an invoice is mailed again 10 times in 24 hours, and an "
        "account gets 200 mails in 24 hours so.",
    ),
]
