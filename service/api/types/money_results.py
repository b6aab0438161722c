"""Inputs and results of the mutations about claims, cases, links, refunds and bank transfers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from service.api.scalars import MinorUnits
from service.api.types.cases import SupportCase
from service.api.types.errors import (
    ForbiddenError,
    GatewayUnavailableError,
    IdempotencyConflictError,
    InvoiceNotPayableError,
    NotFoundError,
    ValidationError,
)
from service.api.types.invoices import Invoice
from service.api.types.links import PaymentLink
from service.api.types.payments import Payment
from service.api.types.refunds import Refund
from service.api.types.results import KEY


@strawberry.input(description="What a customer says to have paid.")
class ClaimPaidInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    invoice_number: str = strawberry.field(description="The invoice's number: `INV-2627-000042`.")
    reference: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the payment can be found by, such as the bank's reference: one line of "
        "up to 200 letters.",
    )
    paid_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="The day of the payment, in the last 180 days; the gateway is searched around "
        "it.",
    )


@strawberry.type(description="The payment was found: the invoice is settled.")
class ClaimSettled:
    invoice: Invoice = strawberry.field(description="The invoice as it stands now.")
    payment: Payment | None = strawberry.field(
        description="The payment that settles it; null when it is not among the newest attempts."
    )


@strawberry.type(
    description="No payment was found that is safe to take for this one. A person looks at it."
)
class ClaimUnderReview:
    support_case: SupportCase = strawberry.field(
        description="The case; follow it by `SupportCaseChanged`."
    )


ClaimPaidResult: TypeAlias = Annotated[
    ClaimSettled
    | ClaimUnderReview
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | GatewayUnavailableError
    | IdempotencyConflictError,
    strawberry.union("ClaimPaidResult", description="What came of a claim."),
]


@strawberry.input(description="Which candidate settles a claim, and why.")
class SettleClaimInput:
    support_case_id: strawberry.ID = strawberry.field(description="The case's id.")
    candidate_id: strawberry.ID = strawberry.field(description="The id of one of its candidates.")
    resolution: str = strawberry.field(
        description="Why it is this one: one line of up to 300 letters. It becomes the case's "
        "`resolution`, which the customer reads."
    )


@strawberry.type(
    description="The candidate is booked on the invoice and the case is closed. What was paid "
    "beyond what was due goes back to the payer."
)
class SettleClaimSuccess:
    support_case: SupportCase = strawberry.field(description="The case as it stands now.")
    payment: Payment = strawberry.field(description="The payment that the candidate became.")


SettleClaimResult: TypeAlias = Annotated[
    SettleClaimSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | InvoiceNotPayableError
    | GatewayUnavailableError,
    strawberry.union("SettleClaimResult", description="What came of settling a claim."),
]


@strawberry.input(description="Which support case to close, and what was found out.")
class ResolveSupportCaseInput:
    support_case_id: strawberry.ID = strawberry.field(description="The case's id.")
    resolution: str = strawberry.field(
        description="What was found out: one line of up to 300 letters, which the customer reads."
    )


@strawberry.type(description="The case is closed.")
class ResolveSupportCaseSuccess:
    support_case: SupportCase = strawberry.field(
        description="The case as it stands now. One that was closed before stays as it was."
    )


ResolveSupportCaseResult: TypeAlias = Annotated[
    ResolveSupportCaseSuccess | ValidationError | NotFoundError | ForbiddenError,
    strawberry.union("ResolveSupportCaseResult", description="What came of closing a case."),
]


@strawberry.input(description="Which invoice to make a payment link for.")
class CreatePaymentLinkInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's id.")
    expires_in_hours: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How long it can be used: 1 to 720 hours. Absent: as long as the seller's "
        "policy says.",
    )


@strawberry.type(description="There is a link to send to the payer.")
class CreatePaymentLinkSuccess:
    payment_link: PaymentLink = strawberry.field(
        description="The link. Its `url` is told in the first answer only: with a key that was "
        "used before it is null."
    )


CreatePaymentLinkResult: TypeAlias = Annotated[
    CreatePaymentLinkSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | InvoiceNotPayableError
    | IdempotencyConflictError,
    strawberry.union("CreatePaymentLinkResult", description="What came of making a link."),
]


@strawberry.input(description="Which payment link to end.")
class RevokePaymentLinkInput:
    payment_link_id: strawberry.ID = strawberry.field(description="The link's id.")


@strawberry.type(description="The link opens nothing any more.")
class RevokePaymentLinkSuccess:
    payment_link: PaymentLink = strawberry.field(description="The link as it stands now.")


RevokePaymentLinkResult: TypeAlias = Annotated[
    RevokePaymentLinkSuccess | NotFoundError | ForbiddenError,
    strawberry.union("RevokePaymentLinkResult", description="What came of ending a link."),
]


@strawberry.input(description="What to give back of a payment, and why.")
class RefundPaymentInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    payment_id: strawberry.ID = strawberry.field(description="The payment's id.")
    charged: MinorUnits | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much, in the smallest units of the charge currency; absent: all that is "
        "left of the payment.",
    )
    note: str = strawberry.field(
        description="Why, for the seller's records: one line of up to 300 letters. Customers do "
        "not see it."
    )


@strawberry.type(description="The refund is decided and stored; the gateway is asked to make it.")
class RefundPaymentSuccess:
    refund: Refund = strawberry.field(description="The refund; follow it by `RefundStatusChanged`.")
    payment: Payment = strawberry.field(description="The payment as it stands now.")


RefundPaymentResult: TypeAlias = Annotated[
    RefundPaymentSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | IdempotencyConflictError,
    strawberry.union("RefundPaymentResult", description="What came of giving money back."),
]


@strawberry.input(description="A bank transfer that the seller received for an invoice.")
class RecordOfflinePaymentInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's id.")
    amount: MinorUnits = strawberry.field(
        description="What was received, in the smallest units of the invoice's currency; at most "
        "what is due, unless it is `beyondDue`."
    )
    bank_reference: str = strawberry.field(
        description="The bank's reference: one line of up to 64 letters, of which case, spaces "
        "and hyphens do not count. An account's transfer of "
        "one reference counts once, whoever records it."
    )
    received_on: date = strawberry.field(
        description="The day on which the money arrived, in the last ten years: that of the "
        "payment's `capturedAt` in the account's time zone, and of its receipt."
    )
    beyond_due: bool = strawberry.field(
        default=False,
        description="Record it although it is more than is due, or nothing is due; what is beyond "
        "is owed to the payer until it is given back. A support case calls the seller's staff to "
        "do that.",
    )


@strawberry.type(
    description="The transfer is booked on the invoice, and what of it is beyond what is due as "
    "owed to the payer."
)
class RecordOfflinePaymentSuccess:
    payment: Payment = strawberry.field(
        description="The payment that it became. When the reference was recorded before, that one, "
        "if it was for the same invoice, amount and day."
    )


RecordOfflinePaymentResult: TypeAlias = Annotated[
    RecordOfflinePaymentSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | InvoiceNotPayableError
    | IdempotencyConflictError,
    strawberry.union("RecordOfflinePaymentResult", description="What came of recording it."),
]


@strawberry.input(description="Money of a bank transfer that the seller's bank has sent back.")
class RecordOfflineRefundInput:
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)
    payment_id: strawberry.ID = strawberry.field(
        description="The id of the payment that `recordOfflinePayment` made of the transfer."
    )
    amount: MinorUnits = strawberry.field(
        description="What went back, in the smallest units of the payment's currency; at most what "
        "of it was not due, unless it is `beyondSurplus`: then at most what is left of it."
    )
    bank_reference: str = strawberry.field(
        description="The bank's reference: one line of up to 64 letters, of which case, spaces "
        "and hyphens do not count. What an account was given back under one reference counts once, "
        "whoever records it."
    )
    returned_on: date = strawberry.field(
        description="The day on which the bank sent it: not before the day on which it came. It is "
        "that of the refund's `createdAt` in the account's time zone."
    )
    note: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Why, for the seller's records: one line of up to 300 letters. Customers do "
        "not see it.",
    )
    beyond_surplus: bool = strawberry.field(
        default=False,
        description="Give back of what settled the invoice, too, once what was not due is used up. "
        "The invoice shows it as refunded, and is not due again.",
    )


@strawberry.type(description="It is booked as given back.")
class RecordOfflineRefundSuccess:
    refund: Refund = strawberry.field(
        description="The refund that it became. When the reference was recorded before, that one, "
        "if it was of the same payment, amount and day."
    )
    payment: Payment = strawberry.field(description="The payment as it stands now.")


RecordOfflineRefundResult: TypeAlias = Annotated[
    RecordOfflineRefundSuccess
    | ValidationError
    | NotFoundError
    | ForbiddenError
    | IdempotencyConflictError,
    strawberry.union("RecordOfflineRefundResult", description="What came of recording it."),
]
