"""Support cases: what somebody has to look at, and what a claim may be about."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from service.api import cursors
from service.api.fields import resolved
from service.api.pages import PageInfo, Slice
from service.api.reads import Reads
from service.api.scalars import EmailAddress
from service.api.types.evidence import STAFF_MEMBER, StatusEvidence
from service.api.types.invoices import Invoice
from service.api.types.money import Money
from service.api.types.node import Node
from service.api.types.payments import Payment, invoice_of, payment_of
from service.billing.ids import Kind, encode
from service.billing.support import SERVICE, CaseReason, CaseStatus
from service.store import cases, money_records
from service.store.cases import CaseList

if TYPE_CHECKING:
    from service.api.types.accounts import Account


@strawberry.type(
    description="A payment at a gateway that may be the one that a customer claims, or that was"
    " taken for a payment of ours and is booked nowhere."
)
class ClaimCandidate:
    id: strawberry.ID = strawberry.field(description="An opaque id, for `settleClaim`.")
    gateway: str = strawberry.field(description="The gateway that took it.")
    transaction_id: str = strawberry.field(description="The gateway's id of the payment.")
    amount: Money = strawberry.field(description="The amount that was taken.")
    payer_email: EmailAddress | None = strawberry.field(
        description="The mail address that the payer gave to the gateway; null when none is known."
    )
    captured_at: datetime = strawberry.field(description="When the money was taken.")

    @classmethod
    def of(cls, row: money_records.Candidate) -> ClaimCandidate:
        return cls(
            id=strawberry.ID(encode(Kind.CANDIDATE, row.id)),
            gateway=row.gateway,
            transaction_id=row.transaction,
            amount=Money.of(row.amount),
            payer_email=EmailAddress(row.payer_email) if row.payer_email else None,
            captured_at=row.captured_at,
        )


@strawberry.type(
    description="Somebody has to look: opened by the service when it cannot find out the truth by "
    "itself, or by a customer's claim. A case about a payment closes by itself once the payment's "
    "end is known."
)
class SupportCase(Node):
    status: CaseStatus = strawberry.field(description="Where it stands.")
    reason: CaseReason = strawberry.field(description="Why somebody has to look.")
    opened_by: str = strawberry.field(
        description="The mail address of who claims to have paid, or `service`."
    )
    note: str | None = strawberry.field(
        description="What was said when it was opened; null when nothing was."
    )
    resolution: str | None = strawberry.field(
        description="What was found out, in English; null while OPEN."
    )
    resolved_by: str | None = strawberry.field(
        description="Who closed it: a mail address of the seller's staff (to customers `staff`), "
        "or `service`. Null while OPEN."
    )
    created_at: datetime = strawberry.field(description="When it was opened.")
    resolved_at: datetime | None = strawberry.field(
        description="When it was closed; null while OPEN."
    )
    row: strawberry.Private[money_records.SupportCase]
    reads: strawberry.Private[Reads]

    @resolved
    async def account(
        self,
    ) -> Annotated[Account, strawberry.lazy("service.api.types.accounts")]:
        """Whose invoice or payment it is about."""
        from service.api.types.accounts import Account

        found = await self.reads.account(self.row.account_id)
        if found is None:
            raise LookupError(f"account {self.row.account_id}")
        return Account.of(found, self.reads)

    @resolved
    async def invoice(self) -> Invoice | None:
        """The invoice that it is about; null for a case about a payment, which may be meant for
        several."""
        if self.row.invoice_id is None:
            return None
        return await invoice_of(self.row.account_id, self.row.invoice_id, self.reads)

    @resolved
    async def payment(self) -> Payment | None:
        """The payment that it is about; null for a claim."""
        if self.row.payment_id is None:
            return None
        return await payment_of(self.row.account_id, self.row.payment_id, self.reads)

    @resolved
    async def evidence(self) -> list[StatusEvidence]:
        """What was seen and done about its payment or invoice, oldest first."""
        payment = await self.payment()
        if payment is not None:
            return await payment.evidence()
        invoice = await self.invoice()
        return await invoice.status_evidence() if invoice is not None else []

    @resolved
    async def candidates(self) -> list[ClaimCandidate]:
        """The payments at the gateways that may be the claimed one, or that were taken and are
        booked nowhere, unless they went back; for the seller's staff, empty to customers."""
        if not self.reads.viewer.is_staff:
            return []
        found = await self.reads.candidates.load((self.row.account_id, self.row.id))
        return [ClaimCandidate.of(row) for row in found if row.gone_back_at is None]

    @classmethod
    def of(cls, row: money_records.SupportCase, reads: Reads) -> SupportCase:
        return cls(
            id=strawberry.ID(encode(Kind.CASE, row.id)),
            status=row.status,
            reason=row.reason,
            opened_by=row.opened_by,
            note=row.note,
            resolution=row.resolution,
            resolved_by=_resolved_by(row, reads),
            created_at=row.created_at,
            resolved_at=row.resolved_at,
            row=row,
            reads=reads,
        )


def _resolved_by(row: money_records.SupportCase, reads: Reads) -> str | None:
    hidden = row.resolved_by not in (None, SERVICE) and not reads.viewer.is_staff
    return STAFF_MEMBER if hidden else row.resolved_by


@strawberry.type(description="A support case in a list.")
class SupportCaseEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after`.")
    node: SupportCase = strawberry.field(description="The support case.")


@strawberry.type(description="A page of support cases, newest first.")
class SupportCaseConnection:
    nodes: list[SupportCase] = strawberry.field(description="The cases of the page, newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    account_id: strawberry.Private[UUID | None]
    status: strawberry.Private[CaseStatus | None]
    reads: strawberry.Private[Reads]

    @resolved
    def edges(self) -> list[SupportCaseEdge]:
        """The cases of the page, newest first, each with its cursor."""
        return [
            SupportCaseEdge(cursor=cursors.of_case(node.row.id), node=node) for node in self.nodes
        ]

    @resolved
    async def total_count(self) -> int:
        """How many cases the list has on all pages."""
        if self.account_id is None:
            return await cases.count(None, status=self.status)
        return await self.reads.case_counts.load((self.account_id, self.status))

    @classmethod
    async def of(
        cls, account_id: UUID | None, asked: Slice[UUID], status: CaseStatus | None, reads: Reads
    ) -> SupportCaseConnection:
        """A page of an account's cases; without an account of all."""
        reads.count_account_read()
        size, after = asked.size, asked.after
        if account_id is None:
            page = await cases.page(None, size=size, status=status, after=after)
        else:
            page = await reads.case_pages.load(CaseList(account_id, size, status, after))
        places = [row.id for row in page.cases]
        return cls(
            nodes=[SupportCase.of(row, reads) for row in page.cases],
            page_info=PageInfo.of(asked, places, cursors.of_case, has_more=page.has_more),
            account_id=account_id,
            status=status,
            reads=reads,
        )
