"""Links that pay one invoice once."""

from __future__ import annotations

from datetime import datetime

import strawberry

from service.api.fields import resolved
from service.api.reads import Reads
from service.api.scalars import URL
from service.api.types.invoices import Invoice
from service.api.types.money import Money
from service.api.types.node import Node
from service.api.types.payments import invoice_of
from service.billing.ids import Kind, encode
from service.billing.support import LinkState
from service.store import money_records
from service.workflows import payment_links


@strawberry.type(
    description="A link that pays what is due on one invoice, once, also for somebody without an "
    "account. It dies when the invoice changes or is settled in another way."
)
class PaymentLink(Node):
    url: URL | None = strawberry.field(
        description="Where it leads. Told once, in the answer that made the link; null ever after: "
        "it is not kept."
    )
    amount: Money = strawberry.field(description="What it pays, in the invoice's currency.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="Until when it can be used.")
    used_at: datetime | None = strawberry.field(
        description="When it was used; null when it was not."
    )
    revoked_at: datetime | None = strawberry.field(
        description="When the seller's staff ended it; null when nobody did."
    )
    row: strawberry.Private[money_records.PaymentLink]
    reads: strawberry.Private[Reads]

    @resolved
    async def invoice(self) -> Invoice:
        """The invoice that it pays."""
        return await invoice_of(self.row.account_id, self.row.invoice_id, self.reads)

    @resolved
    async def state(self) -> LinkState:
        """Where it stands."""
        invoice = await self.invoice()
        return payment_links.state_of(self.row, invoice.row, at=self.reads.now)

    @classmethod
    def of(
        cls, row: money_records.PaymentLink, reads: Reads, *, url: str | None = None
    ) -> PaymentLink:
        return cls(
            id=strawberry.ID(encode(Kind.LINK, row.id)),
            url=URL(url) if url else None,
            amount=Money.of(row.amount),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            revoked_at=row.revoked_at,
            row=row,
            reads=reads,
        )
