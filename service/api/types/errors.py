"""What a mutation may answer instead of its result. All implement UserError."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from service.api.scalars import CurrencyCode
from service.api.types.invoices import Invoice
from service.api.types.links import PaymentLink
from service.billing.payment import NextAction


@strawberry.interface(
    description="Why a mutation did not do what was asked. Nothing was changed, unless the type "
    "says otherwise. Select it in every result, so that errors added later are shown too."
)
class UserError:
    code: str = strawberry.field(description="A stable code for programs.")
    message: str = strawberry.field(description="A sentence for people, in English.")


@strawberry.type(description="One thing that is wrong with an input.")
class InputIssue:
    path: list[str] = strawberry.field(
        description='Where it is, from the input object down: `["email"]`.'
    )
    code: str = strawberry.field(description="A stable code for programs.")
    message: str = strawberry.field(description="A sentence for people, in English.")


@strawberry.type(description="The input is wrong; all that was found is listed.")
class ValidationError(UserError):
    issues: list[InputIssue] = strawberry.field(description="What is wrong, at least one thing.")


@strawberry.type(description="There is no such thing, or it is not yours: the answer is the same.")
class NotFoundError(UserError):
    pass


@strawberry.type(description="Your role does not allow it.")
class ForbiddenError(UserError):
    pass


@strawberry.type(description="An invoice cannot be paid now: settled, being settled, or changed.")
class InvoiceNotPayableError(UserError):
    invoice: Invoice = strawberry.field(description="The invoice as it stands now.")


@strawberry.type(
    description="The gateway refused to open a payment page. The attempt is kept as FAILED."
)
class CheckoutRefusedError(UserError):
    next_action: NextAction = strawberry.field(description="What helps.")


@strawberry.type(
    description="The gateway does not answer. Whether it did its part is unknown: repeat the "
    "mutation with the same idempotency key, which never starts a second payment."
)
class GatewayUnavailableError(UserError):
    retry_after: datetime = strawberry.field(description="When trying again is worth it.")
    payment_link: PaymentLink | None = strawberry.field(
        description="A link to pay by once a gateway is back: made by `startCheckout` for a single "
        "invoice while every gateway that could charge it is known to be down. Its `url` is told "
        "in the first answer only. Null otherwise."
    )
    next_action: NextAction = strawberry.field(description="What helps.")


@strawberry.type(
    description="There is no recent exchange rate, so nothing can be charged now. Newer ones are "
    "fetched as soon as they can be had: trying again later may help."
)
class ExchangeRateUnavailableError(UserError):
    base: CurrencyCode = strawberry.field(description="The currency of the invoice.")
    quote: CurrencyCode = strawberry.field(description="The currency that would be charged.")
    as_of: date | None = strawberry.field(
        description="The day of the newest known rate, which is too old. Null when none is known."
    )


@strawberry.type(description="The idempotency key was used before, with another input.")
class IdempotencyConflictError(UserError):
    first_used_at: datetime = strawberry.field(description="When it was used first.")


@strawberry.type(
    description="It was done too often lately. Nothing was done now, and the idempotency key is "
    "not used up."
)
class TooSoonError(UserError):
    retry_at: datetime = strawberry.field(description="When it can be done again.")


@strawberry.type(description="Somebody changed it since you read it. Read it again first.")
class StaleVersionError(UserError):
    current_version: int = strawberry.field(description="The version it has now.")
