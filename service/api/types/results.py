"""Inputs and results of the mutations."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from service.api.scalars import URL, EmailAddress
from service.api.types.accounts import BillingContact
from service.api.types.checkout import CheckoutSession
from service.api.types.errors import (
    CheckoutRefusedError,
    ExchangeRateUnavailableError,
    ForbiddenError,
    GatewayUnavailableError,
    IdempotencyConflictError,
    InvoiceNotPayableError,
    NotFoundError,
    StaleVersionError,
    ValidationError,
)

KEY = (
    "A key of your choice, such as a UUID, made when the form opens: 1 to 255 visible ASCII "
    "characters. Repeating the mutation with the same key and input answers the first result "
    "again and does nothing twice."
)


@strawberry.input(description="What to pay, and where to go afterwards.")
class StartCheckoutInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    invoice_ids: list[strawberry.ID] = strawberry.field(
        description="1 to 50 invoices of one currency, each paid in full."
    )
    success_url: URL = strawberry.field(
        description="Where the payer goes after paying. Its origin must be one that the seller "
        "allows."
    )
    cancel_url: URL = strawberry.field(
        description="Where the payer goes to turn back. Its origin must be one that the seller "
        "allows."
    )


@strawberry.type(description="There is a checkout to go to.")
class StartCheckoutSuccess:
    checkout_session: CheckoutSession = strawberry.field(
        description="The checkout; send the payer to its `url`."
    )
    replayed: bool = strawberry.field(
        description="Whether it was there before: the key was used already, or one of the "
        "invoices has a live checkout, which is answered instead of a second one."
    )


StartCheckoutResult: TypeAlias = Annotated[
    StartCheckoutSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | InvoiceNotPayableError
    | CheckoutRefusedError
    | GatewayUnavailableError
    | ExchangeRateUnavailableError
    | IdempotencyConflictError,
    strawberry.union("StartCheckoutResult", description="What came of starting a checkout."),
]


@strawberry.input(description="Which checkout to ask the gateway about.")
class ConfirmCheckoutInput:
    checkout_session_id: strawberry.ID = strawberry.field(description="The checkout's id.")


@strawberry.type(description="The gateway was asked; what it said is in the books.")
class ConfirmCheckoutSuccess:
    checkout_session: CheckoutSession = strawberry.field(
        description="The checkout as it stands now; it may still be PROCESSING."
    )


ConfirmCheckoutResult: TypeAlias = Annotated[
    ConfirmCheckoutSuccess | NotFoundError | ForbiddenError | GatewayUnavailableError,
    strawberry.union("ConfirmCheckoutResult", description="What came of asking the gateway."),
]


@strawberry.input(description="A person who is to receive invoices.")
class AddBillingContactInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    name: str = strawberry.field(description="The person's name: one line of 1 to 200 letters.")
    email: EmailAddress = strawberry.field(
        description="Where to mail invoices to. Each address can be added once."
    )
    locale: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The person's language as a BCP 47 tag such as `de-DE`; absent: the account's.",
    )


@strawberry.type(description="The contact receives the account's invoices from now on.")
class AddBillingContactSuccess:
    billing_contact: BillingContact = strawberry.field(description="The new contact.")


AddBillingContactResult: TypeAlias = Annotated[
    AddBillingContactSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | IdempotencyConflictError,
    strawberry.union(
        "AddBillingContactResult",
        description="What came of adding a contact. NotFoundError: the contact that this key "
        "added was removed since.",
    ),
]


@strawberry.input(description="What to change of a billing contact. Absent fields stay.")
class UpdateBillingContactInput:
    billing_contact_id: strawberry.ID = strawberry.field(description="The contact's id.")
    expected_version: int = strawberry.field(
        description="The `version` that you read. If the contact changed since, nothing is written."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="The new name; absent or null: as it is."
    )
    email: EmailAddress | None = strawberry.field(
        default=strawberry.UNSET, description="The new address; absent or null: as it is."
    )
    locale: str | None = strawberry.field(
        default=strawberry.UNSET, description="The new language; absent or null: as it is."
    )


@strawberry.type(description="The contact was changed.")
class UpdateBillingContactSuccess:
    billing_contact: BillingContact = strawberry.field(description="The contact as it is now.")


UpdateBillingContactResult: TypeAlias = Annotated[
    UpdateBillingContactSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | StaleVersionError,
    strawberry.union("UpdateBillingContactResult", description="What came of the change."),
]


@strawberry.input(description="Which billing contact to remove.")
class RemoveBillingContactInput:
    billing_contact_id: strawberry.ID = strawberry.field(description="The contact's id.")


@strawberry.type(description="The contact receives no more invoices.")
class RemoveBillingContactSuccess:
    billing_contact_id: strawberry.ID = strawberry.field(
        description="The id of the removed contact."
    )


RemoveBillingContactResult: TypeAlias = Annotated[
    RemoveBillingContactSuccess | NotFoundError | ForbiddenError,
    strawberry.union("RemoveBillingContactResult", description="What came of the removal."),
]
