"""Inputs and results of the mutations about an account's details and the mails it gets."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from service.api.scalars import EmailAddress
from service.api.types.accounts import Account
from service.api.types.documents import Delivery
from service.api.types.errors import (
    ForbiddenError,
    IdempotencyConflictError,
    NotFoundError,
    StaleVersionError,
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
        "a minute about an invoice, an invoice is mailed again 10 times in 24 hours, and in 24 "
        "hours an account gets 200 mails so, of which 20 to one address.",
    ),
]


@strawberry.input(description="A postal address.")
class PostalAddressInput:
    lines: list[str] = strawberry.field(
        description="Street, house, floor: up to 6 lines of up to 200 letters; blank ones are left "
        "out."
    )
    city: str = strawberry.field(description="The city: one line of 1 to 200 letters.")
    region: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The state or province; absent, null or blank: none.",
    )
    postal_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="The postal code; absent, null or blank: none."
    )
    country_code: str = strawberry.field(
        description="The country in ISO 3166-1 alpha-2, in capitals: `IN`."
    )


@strawberry.input(
    description="What to change of what is printed on an account's next invoices. Absent fields "
    "stay as they are; null takes an address or a tax id away."
)
class UpdateBillingDetailsInput:
    account_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whose, for the seller's staff. Absent or null: the viewer's own account.",
    )
    expected_version: int = strawberry.field(
        description="The `version` that you read. If the account changed since, nothing is written."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new name: one line of 1 to 200 letters; absent or null: as it is.",
    )
    email: EmailAddress | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new address that receives every invoice; absent or null: as it is.",
    )
    address: PostalAddressInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new postal address, as a whole; absent: as it is; null: none.",
    )
    tax_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new tax id: one line of up to 32 letters; absent: as it is; null or "
        "blank: none.",
    )
    locale: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new language as a BCP 47 tag such as `de-DE`; absent or null: as it is.",
    )


@strawberry.type(description="The next invoices have these details; issued ones never change.")
class UpdateBillingDetailsSuccess:
    account: Account = strawberry.field(description="The account as it is now.")


UpdateBillingDetailsResult: TypeAlias = Annotated[
    UpdateBillingDetailsSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | StaleVersionError,
    strawberry.union("UpdateBillingDetailsResult", description="What came of the change."),
]
