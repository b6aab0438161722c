"""Why a status shows what it shows: what was seen, when, and from where."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import strawberry

from service.api.fields import resolved
from service.api.reads import Reads
from service.api.types.money import Money
from service.billing.evidence import Fact, Source
from service.store.money_records import EvidenceRecord

#: What customers read in the place of the mail address of the seller's staff.
STAFF_MEMBER = "staff"
# What staff wrote in the knowledge that customers read it.
_TOLD_TO_ALL = frozenset(
    {Fact.PAID_OFFLINE, Fact.SEEN_PAID, Fact.REFUND_SUCCEEDED, Fact.CASE_RESOLVED}
)
_MESSAGES = {
    Fact.ATTEMPT_STARTED: "An attempt to pay was started.",
    Fact.PAGE_OPENED: "The payment page was opened.",
    Fact.PAYER_RETURNED: "The payer came back from the payment page.",
    Fact.DECLINED: "The payer's bank declined a try.",
    Fact.PAGE_CLOSED: "The payment page was closed: nobody was to pay on it any more.",
    Fact.SEEN_OPEN: "Nothing was paid on the payment page yet.",
    Fact.SEEN_PROCESSING: "The payer did their part; the money is on its way.",
    Fact.SEEN_AUTHORIZED: "The payer's bank holds the amount; it was not taken yet.",
    Fact.SEEN_PAID: "The payment was received.",
    Fact.SEEN_FAILED: "The payment did not go through.",
    Fact.SEEN_CANCELED: "The payment was called off.",
    Fact.SEEN_EXPIRED: "The payment page was not used in time.",
    Fact.GATEWAY_SILENT: "The gateway does not answer; it is asked again.",
    Fact.GATEWAY_REFUSED: "The gateway refused the request.",
    Fact.MISMATCH: "The gateway reports money that does not match what was asked for.",
    Fact.SUPERSEDED: "Another attempt took the place of this one.",
    Fact.SURPLUS: "More was paid than was due; the rest goes back.",
    Fact.PAID_OFFLINE: "A bank transfer was received.",
    Fact.REFUND_REQUESTED: "A refund was decided.",
    Fact.REFUND_PENDING: "A refund is on its way to the payer.",
    Fact.REFUND_SUCCEEDED: "A refund went back to the payer.",
    Fact.REFUND_FAILED: "A refund came back, or was refused.",
    Fact.DISPUTE_OPENED: "The payer's bank took the money back and looks into it.",
    Fact.DISPUTE_WON: "The payer's bank gave the money back to the seller.",
    Fact.DISPUTE_LOST: "The payer's bank kept the money.",
    Fact.CLAIMED: "A customer said that they had paid.",
    Fact.CASE_OPENED: "A person was asked to look at it.",
    Fact.CASE_RESOLVED: "What a person was asked to look at is found out.",
    Fact.LINK_CREATED: "A payment link was made.",
    Fact.LINK_USED: "A payment link was used.",
    Fact.LINK_REVOKED: "A payment link was revoked.",
}

NextCheck = Callable[[], Awaitable[datetime | None]]
"""When the gateway is asked again about what the evidence is about."""


@strawberry.type(description="One thing that was seen or done about an invoice or a payment.")
class StatusEvidence:
    at: datetime = strawberry.field(description="When it was seen or done.")
    source: Source = strawberry.field(description="Where it came from.")
    fact: Fact = strawberry.field(description="What was seen or done.")
    message: str = strawberry.field(description="The same as a sentence for people, in English.")
    note: str | None = strawberry.field(
        description="What was said with it: why a try was declined, what does not match, a bank's "
        "reference. Null when nothing was, and to customers for what the seller's staff noted for "
        "themselves."
    )
    reference: str | None = strawberry.field(
        description="What it can be found by: the gateway's id of a notice or payment, or the "
        "mail address of who did it. To customers members of the seller's staff are `staff`. Null "
        "when there is nothing."
    )
    amount: Money | None = strawberry.field(
        description="The amount that was reported; null when none was."
    )
    expected: Money | None = strawberry.field(
        description="The amount that it should have been; null when there is none."
    )
    matches: bool | None = strawberry.field(
        description="Whether both are equal; null when there is nothing to compare."
    )
    next_of: strawberry.Private[NextCheck | None]

    @resolved
    async def next_check_at(self) -> datetime | None:
        """When the gateway is asked again. Only on the newest piece, and only while something is
        under way."""
        return await self.next_of() if self.next_of else None

    @classmethod
    def of(cls, row: EvidenceRecord, reads: Reads, next_of: NextCheck | None) -> StatusEvidence:
        amount, expected = row.amount, row.expected
        return cls(
            at=row.at,
            source=row.source,
            fact=row.fact,
            message=_MESSAGES[row.fact],
            note=_note(row, reads),
            reference=_reference(row, reads),
            amount=Money.of(amount) if amount else None,
            expected=Money.of(expected) if expected else None,
            matches=amount == expected if amount and expected else None,
            next_of=next_of,
        )

    @classmethod
    def all_of(
        cls, rows: Sequence[EvidenceRecord], reads: Reads, next_of: NextCheck
    ) -> list[StatusEvidence]:
        """All that is known, oldest first; the newest tells when the gateway is asked again."""
        last = len(rows) - 1
        return [cls.of(row, reads, next_of if n == last else None) for n, row in enumerate(rows)]


def _note(row: EvidenceRecord, reads: Reads) -> str | None:
    told = row.source is not Source.STAFF or row.fact in _TOLD_TO_ALL
    return row.note if told or reads.viewer.is_staff else None


def _reference(row: EvidenceRecord, reads: Reads) -> str | None:
    if row.source is Source.STAFF and not reads.viewer.is_staff:
        return STAFF_MEMBER
    return row.reference
