"""What happens to a payment after it was captured: refunds, disputes, and what is paid out."""

from __future__ import annotations

from datetime import datetime

import strawberry

from service.api.reads import Reads
from service.api.scalars import ExactDecimal, exact
from service.api.types.money import Money
from service.billing import payment, refund
from service.billing.ids import Kind, encode
from service.billing.refund import DisputeStatus, RefundReason, RefundStatus
from service.store import money_records, records


@strawberry.type(description="Money that goes back from a payment to the payer.")
class Refund:
    id: strawberry.ID = strawberry.field(description="An opaque id. It never changes.")
    status: RefundStatus = strawberry.field(description="Where it stands.")
    reason: RefundReason = strawberry.field(description="Why the money goes back.")
    charged: Money = strawberry.field(
        description="What the payer gets back, in the charge currency."
    )
    amount: Money = strawberry.field(
        description="The same in the invoices' currency, at the rate of the payment."
    )
    created_at: datetime = strawberry.field(
        description="When it was decided; of money that went back by bank, when it did: on that "
        "day, in the account's time zone."
    )
    updated_at: datetime = strawberry.field(description="When its status last changed.")
    failure_code: str | None = strawberry.field(
        description="The gateway's code of why it failed; null unless FAILED."
    )
    requested_by: str | None = strawberry.field(
        description="The mail address of who decided it; null when the service did or the gateway "
        "told of it, and to customers."
    )
    note: str | None = strawberry.field(
        description="Why, in the words of who decided it; null to customers."
    )
    bank_reference: str | None = strawberry.field(
        description="The bank's reference of money that went back by bank, which the seller's "
        "staff recorded; null for refunds through a gateway."
    )

    @classmethod
    def of(cls, row: money_records.Refund, reads: Reads) -> Refund:
        staff = reads.viewer.is_staff
        return cls(
            id=strawberry.ID(encode(Kind.REFUND, row.id)),
            status=row.status,
            reason=row.reason,
            charged=Money.of(row.charged),
            amount=Money.of(row.amount),
            created_at=row.created_at,
            updated_at=row.updated_at,
            failure_code=row.failure,
            requested_by=row.requested_by if staff else None,
            note=row.note if staff else None,
            bank_reference=row.reference if row.gateway == payment.OFFLINE else None,
        )


@strawberry.type(description="The payer's bank takes a payment back, and decides.")
class Dispute:
    id: strawberry.ID = strawberry.field(description="An opaque id. It never changes.")
    status: DisputeStatus = strawberry.field(description="Where it stands.")
    reason: str = strawberry.field(
        description="The gateway's word for what the payer says: `fraudulent`."
    )
    charged: Money = strawberry.field(description="What is disputed, in the charge currency.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    closed_at: datetime | None = strawberry.field(
        description="When the payer's bank decided; null while OPEN."
    )

    @classmethod
    def of(cls, row: money_records.Dispute) -> Dispute:
        return cls(
            id=strawberry.ID(encode(Kind.DISPUTE, row.id)),
            status=row.status,
            reason=row.reason,
            charged=Money.of(row.charged),
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )


@strawberry.type(
    description="What the gateway pays out to the seller for a payment, in the currency of the "
    "payout."
)
class PaymentSettlement:
    gross: Money = strawberry.field(description="The payment, before the gateway's fee.")
    fee: Money = strawberry.field(description="What the gateway keeps.")
    net: Money = strawberry.field(description="Gross less fee.")
    rate: ExactDecimal | None = strawberry.field(
        description="The gateway's own rate: units of the payout's currency for one unit of the "
        "charge currency. Null when nothing was exchanged."
    )

    @classmethod
    def of(cls, one: payment.Settlement) -> PaymentSettlement:
        return cls(
            gross=Money.of(one.gross),
            fee=Money.of(one.fee),
            net=Money.of(one.net),
            rate=exact(one.rate) if one.rate is not None else None,
        )


def refunded_minor(rows: list[money_records.Refund]) -> int:
    """What has gone back to the payer, in minor units of the invoices' currency."""
    return sum(row.amount.minor_units for row in rows if row.status in refund.REFUND_BOOKED)


def slippage(row: records.Payment) -> Money | None:
    """What the gateway's own rate made of a payment beyond the frozen quote, where the two can be
    compared: the payout is in the invoices' currency, and the charge was in another."""
    settled = row.settlement
    if settled is None or settled.rate is None or settled.gross.currency != row.amount.currency:
        return None
    return Money.of(settled.gross - row.amount)
