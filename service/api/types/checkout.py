"""Checkouts: what a payer sees of one attempt."""

from __future__ import annotations

import asyncio
from datetime import datetime

import strawberry

from service.api.fields import resolved
from service.api.reads import Reads, UnderWay
from service.api.scalars import URL
from service.api.types.enums import CHECKOUT_STATUSES, CheckoutStatus
from service.api.types.invoices import Invoice
from service.api.types.money import Money, Quote
from service.api.types.node import Node
from service.api.types.payments import Payment, invoice_of
from service.api.types.progress import PaymentProgress
from service.billing.ids import Kind, encode
from service.store import records
from service.workflows import pages


@strawberry.type(
    description="One visit to the gateway's payment page. An invoice has at most one that is OPEN "
    "or PROCESSING."
)
class CheckoutSession(Node):
    status: CheckoutStatus = strawberry.field(description="Where it stands.")
    url: URL | None = strawberry.field(
        description="The page to open for paying: the gateway's, or one of ours that leads to it. "
        "Null unless OPEN, and for viewers who may not pay."
    )
    amount: Money = strawberry.field(description="What it settles, in the invoices' currency.")
    quote: Quote = strawberry.field(
        description="What the payer is charged, and at which rate: fixed for this checkout."
    )
    payment: Payment = strawberry.field(description="The attempt to pay behind it.")
    expires_at: datetime = strawberry.field(description="Until when the page can be used.")
    row: strawberry.Private[records.Payment]
    reads: strawberry.Private[Reads]

    @resolved
    async def invoices(self) -> list[Invoice]:
        """The invoices that it settles, at most 50."""
        account_id = self.row.account_id
        parts = await self.reads.allocations.load((account_id, self.row.id))
        found = [invoice_of(account_id, part.invoice_id, self.reads) for part in parts]
        return list(await asyncio.gather(*found))

    @resolved
    async def progress(self) -> PaymentProgress | None:
        """What it waits for: the end of the payment, or a person who looks. Null when nothing is
        under way."""
        about = await self.reads.open_cases.load((self.row.account_id, self.row.id))
        found = UnderWay(self.row, about[-1] if about else None)
        return PaymentProgress.of(found, self.reads)

    @classmethod
    def of(cls, row: records.Payment, reads: Reads) -> CheckoutSession:
        status = CHECKOUT_STATUSES[row.status]
        shown = status is CheckoutStatus.OPEN and reads.viewer.may_pay
        url = pages.address_of(reads.ports, row) if shown else None
        return cls(
            id=strawberry.ID(encode(Kind.CHECKOUT, row.id)),
            status=status,
            url=URL(url) if url else None,
            amount=Money.of(row.amount),
            quote=Quote.of(row.amount.currency, row.quote),
            payment=Payment.of(row, reads),
            expires_at=row.expires_at,
            row=row,
            reads=reads,
        )
