"""What is under way: what a payer who asks "and now?" is told."""

from __future__ import annotations

from datetime import datetime

import strawberry

from service.api.reads import Reads, UnderWay
from service.api.types.cases import SupportCase
from service.billing.evidence import ProgressReason, progress_reason
from service.billing.payment import LIVE, PaymentStatus
from service.store import records


@strawberry.type(
    description="What an invoice or a checkout waits for, when the service looks next, and by when "
    "there is an answer: nobody has to ask before `deadlineAt`, nor afterwards, since a support "
    "case is opened then."
)
class PaymentProgress:
    state: PaymentStatus | None = strawberry.field(
        description="Where the attempt stands; null when no attempt is known to wait for: somebody "
        "says that they paid, and it is looked for."
    )
    reason: ProgressReason = strawberry.field(description="What it waits for.")
    next_check_at: datetime | None = strawberry.field(
        description="When the gateway is asked again. Null when a person looks and the gateway has "
        "nothing more to say."
    )
    deadline_at: datetime | None = strawberry.field(
        description="By when there is an answer or a support case. Null until the payer has done "
        "their part."
    )
    support_case: SupportCase | None = strawberry.field(
        description="The open case about it; null when there is none."
    )

    @classmethod
    def of(cls, found: UnderWay, reads: Reads) -> PaymentProgress | None:
        """What an invoice or attempt waits for; None when that is nothing."""
        payment, case = found.payment, found.case
        if case is None and (payment is None or payment.status not in LIVE):
            return None
        return cls(
            state=payment.status if payment else None,
            reason=(_reason(payment) if payment else None) or ProgressReason.UNDER_REVIEW,
            next_check_at=payment.next_check_at if payment else None,
            deadline_at=payment.deadline_at if payment else None,
            support_case=SupportCase.of(case, reads) if case else None,
        )


def _reason(payment: records.Payment) -> ProgressReason | None:
    return progress_reason(
        payment.status, payment.seen_state, returned=payment.returned_at is not None
    )
