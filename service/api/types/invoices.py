"""Invoices."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from service.api import cursors
from service.api.fields import given, resolved
from service.api.pages import After, First, read_slice
from service.api.reads import Reads
from service.api.scalars import CurrencyCode, ExactDecimal, exact
from service.api.types.documents import Delivery, InvoiceDocument
from service.api.types.evidence import StatusEvidence
from service.api.types.money import LocaleArgument, Money, Quote, figures
from service.api.types.node import Node
from service.billing import money, tax
from service.billing.ids import Kind, encode
from service.billing.invoice import (
    DisplayStatus,
    InvoiceKind,
    InvoiceStatus,
    display_status,
    is_overdue,
    is_payable,
)
from service.store import records

if TYPE_CHECKING:
    from service.api.types.accounts import Account
    from service.api.types.links import PaymentLink
    from service.api.types.payments import PaymentConnection
    from service.api.types.progress import PaymentProgress


@strawberry.type(description="The days that an invoice bills, both included.")
class BillingPeriod:
    start: date = strawberry.field(description="The first day.")
    end: date = strawberry.field(description="The last day.")

    @resolved
    def label(self, locale: LocaleArgument = strawberry.UNSET) -> str:
        """The period for people: `October 2026` for a calendar month, two days otherwise. Month
        names are English; the locale's region decides the order of day and month."""
        return figures(given(locale)).period(self.start, self.end)


@strawberry.type(description="One billed position of an invoice.")
class LineItem:
    description: str = strawberry.field(description="What is billed.")
    quantity: ExactDecimal = strawberry.field(description="How many units, up to six decimals.")
    unit_price: ExactDecimal = strawberry.field(
        description="The price of one unit in major units of the invoice's currency, up to ten "
        "decimals."
    )
    amount: Money = strawberry.field(
        description="Quantity times unit price, rounded half up to the currency's smallest unit."
    )

    @classmethod
    def of(cls, line: records.InvoiceLine) -> LineItem:
        return cls(
            description=line.description,
            quantity=exact(line.quantity),
            unit_price=exact(line.unit_price),
            amount=Money.of(line.amount),
        )


@strawberry.type(description="One tax on an invoice.")
class TaxAmount:
    name: str = strawberry.field(description="The tax by its name on the invoice: `IGST`.")
    rate: ExactDecimal = strawberry.field(description="The rate in percent: `18` is 18 %.")
    base: Money = strawberry.field(description="The amount that is taxed.")
    amount: Money = strawberry.field(
        description="The tax, rounded half up to the currency's smallest unit."
    )

    @classmethod
    def of(cls, one: tax.TaxAmount) -> TaxAmount:
        return cls(
            name=one.name,
            rate=exact(one.percent),
            base=Money.of(one.base),
            amount=Money.of(one.amount),
        )


@strawberry.type(
    description="A bill over one or more positions. What it says was frozen when it was issued; "
    "only its payments and its status move."
)
class Invoice(Node):
    number: str | None = strawberry.field(
        description="The number on the invoice, unique and without gaps; null for a DRAFT."
    )
    kind: InvoiceKind = strawberry.field(description="Why it was made.")
    period: BillingPeriod | None = strawberry.field(
        description="The days it bills; null for an ADD_ON."
    )
    status: InvoiceStatus = strawberry.field(description="Where it stands in the books.")
    display_status: DisplayStatus = strawberry.field(description="What a screen shows.")
    is_overdue: bool = strawberry.field(
        description="Whether it is OPEN and its due date is over in the account's time zone, also "
        "while a payment is on its way."
    )
    is_payable: bool = strawberry.field(
        description="Whether to show a pay button: something is due and no payment is on its way."
    )
    issued_on: date | None = strawberry.field(
        description="The day of issue in the seller's time zone; null for a DRAFT."
    )
    due_on: date | None = strawberry.field(
        description="The last day on which it is not overdue; null for a DRAFT."
    )
    currency: CurrencyCode = strawberry.field(description="The currency of all its amounts.")
    subtotal: Money = strawberry.field(description="The sum of the positions, before tax.")
    taxes: list[TaxAmount] = strawberry.field(description="The taxes on it; empty without any.")
    tax: Money = strawberry.field(description="The sum of the taxes.")
    total: Money = strawberry.field(description="Subtotal and tax.")
    amount_paid: Money = strawberry.field(description="What was captured for it so far.")
    amount_refunded: Money = strawberry.field(description="What of that was given back.")
    amount_due: Money = strawberry.field(
        description="What is still to pay; zero once it is settled, void or written off."
    )
    document: InvoiceDocument = strawberry.field(description="Its PDF and its page.")
    version: int = strawberry.field(description="Counts the changes of its status and payments.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When its status or payments last changed.")
    row: strawberry.Private[records.Invoice]
    reads: strawberry.Private[Reads]

    @resolved
    async def account(
        self,
    ) -> Annotated[Account, strawberry.lazy("service.api.types.accounts")]:
        """Whose it is."""
        from service.api.types.accounts import Account

        found = await self.reads.account(self.row.account_id)
        if found is None:
            raise LookupError(f"account {self.row.account_id}")
        return Account.of(found, self.reads)

    @resolved
    async def line_items(self) -> list[LineItem]:
        """The billed positions, in the order they are printed."""
        lines = await self.reads.lines.load((self.row.account_id, self.row.id))
        return [LineItem.of(line) for line in lines]

    @resolved
    async def charge_estimate(self) -> Quote | None:
        """What paying now would charge, at today's rate. Null when the invoice is not payable or
        there is no recent rate. A checkout freezes its own quote when it starts."""
        if not self.is_payable:
            return None
        account = await self.reads.account(self.row.account_id)
        if account is None:
            return None
        due = money.Money(self.row.due_minor, self.row.currency)
        quote = await self.reads.charged(due, account.charge_currency)
        return Quote.of(self.row.currency, quote) if quote else None

    @resolved
    async def payments(
        self, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Annotated[PaymentConnection, strawberry.lazy("service.api.types.payments")]:
        """The attempts to pay it, newest first, failed ones included."""
        from service.api.types.payments import PaymentConnection

        self.reads.invoices.prime((self.row.account_id, self.row.id), self.row)
        asked = read_slice(cursors.read_payment, first, after)
        return await PaymentConnection.of_invoice(self.row, asked, self.reads)

    @resolved
    async def progress(
        self,
    ) -> Annotated[PaymentProgress, strawberry.lazy("service.api.types.progress")] | None:
        """What it waits for: the end of a payment, or a person who looks. Null when nothing is
        under way."""
        from service.api.types.progress import PaymentProgress

        found = await self.reads.under_way.load((self.row.account_id, self.row.id))
        return PaymentProgress.of(found, self.reads)

    @resolved
    async def status_evidence(self) -> list[StatusEvidence]:
        """Why it shows what it shows: what was seen and done about it and the payments meant for
        it, oldest first; the newest 200 pieces."""
        rows = await self.reads.invoice_evidence.load((self.row.account_id, self.row.id))
        self.reads.count_evidence(len(rows))
        return StatusEvidence.all_of(rows, self.reads, self._next_check)

    async def _next_check(self) -> datetime | None:
        found = await self.reads.under_way.load((self.row.account_id, self.row.id))
        return found.payment.next_check_at if found.payment else None

    @resolved
    async def payment_links(
        self,
    ) -> list[Annotated[PaymentLink, strawberry.lazy("service.api.types.links")]]:
        """The payment links that were made for it, newest first, for the seller's staff; empty to
        customers."""
        from service.api.types.links import PaymentLink

        if not self.reads.viewer.is_staff:
            return []
        links = await self.reads.invoice_links.load((self.row.account_id, self.row.id))
        self.reads.invoices.prime((self.row.account_id, self.row.id), self.row)
        return [PaymentLink.of(link, self.reads) for link in links]

    @resolved
    async def deliveries(self) -> list[Delivery]:
        """The mails that brought it, in the order they were planned; the newest 200."""
        sent = await self.reads.deliveries.load((self.row.account_id, self.row.id))
        return [Delivery.of(delivery) for delivery in sent]

    @classmethod
    def of(cls, row: records.Invoice, reads: Reads) -> Invoice:
        today = reads.today(row.time_zone)
        currency, due = row.currency, row.due_minor
        return cls(
            id=strawberry.ID(encode(Kind.INVOICE, row.id)),
            number=row.number,
            kind=row.kind,
            period=_period(row),
            status=row.status,
            display_status=display_status(
                row.status,
                due_on=row.due_on,
                today=today,
                paid_minor=row.paid_minor,
                live_payment=row.live_payment,
                refunded_minor=row.refunded_minor,
                disputed=row.disputed,
            ),
            is_overdue=is_overdue(row.status, due_on=row.due_on, today=today),
            is_payable=is_payable(row.status, due_minor=due, live_payment=row.live_payment),
            issued_on=row.issued_on,
            due_on=row.due_on,
            currency=CurrencyCode(currency),
            subtotal=Money.of_minor(row.subtotal_minor, currency),
            taxes=[TaxAmount.of(one) for one in row.taxes],
            tax=Money.of_minor(row.tax_minor, currency),
            total=Money.of_minor(row.total_minor, currency),
            amount_paid=Money.of_minor(row.paid_minor, currency),
            amount_refunded=Money.of_minor(row.refunded_minor, currency),
            amount_due=Money.of_minor(due, currency),
            document=InvoiceDocument.of(row, reads),
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
            row=row,
            reads=reads,
        )


def _period(row: records.Invoice) -> BillingPeriod | None:
    if row.period_start is None or row.period_end is None:
        return None
    return BillingPeriod(start=row.period_start, end=row.period_end)
