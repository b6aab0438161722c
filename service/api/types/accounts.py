"""Accounts, who receives their invoices, and who asks."""

from __future__ import annotations

from typing import Annotated

import strawberry

from service.api import cursors
from service.api.fields import given, resolved
from service.api.pages import After, Before, First, Last, read_slice
from service.api.reads import Reads
from service.api.scalars import CurrencyCode, EmailAddress
from service.api.types.cases import SupportCaseConnection
from service.api.types.invoice_lists import InvoiceConnection, InvoiceFilter
from service.api.types.money import Money
from service.api.types.node import Node
from service.api.types.payments import PaymentConnection
from service.billing import sheet
from service.billing.ids import Kind, encode
from service.billing.people import ContactStatus, Plan, Role
from service.billing.support import CaseStatus
from service.store import records


@strawberry.type(description="A postal address.")
class PostalAddress:
    lines: list[str] = strawberry.field(description="Street, house, floor: as written.")
    city: str = strawberry.field(description="The city.")
    region: str | None = strawberry.field(
        description="The state or province; null where addresses have none."
    )
    postal_code: str | None = strawberry.field(
        description="The postal code; null where there is none."
    )
    country_code: str = strawberry.field(description="The country in ISO 3166-1 alpha-2: `IN`.")

    @classmethod
    def of(cls, address: sheet.Address) -> PostalAddress:
        return cls(
            lines=list(address.lines),
            city=address.city,
            region=address.region,
            postal_code=address.postal_code,
            country_code=address.country_code,
        )


@strawberry.type(description="A person who receives an account's invoices by mail.")
class BillingContact(Node):
    name: str = strawberry.field(description="The person's name.")
    email: EmailAddress = strawberry.field(description="Where invoices are mailed to.")
    locale: str | None = strawberry.field(
        description="The person's language as a BCP 47 tag; null: the account's."
    )
    status: ContactStatus = strawberry.field(description="Whether mail gets there.")
    version: int = strawberry.field(
        description="Counts the changes; hand it back as `expectedVersion`."
    )

    @classmethod
    def of(cls, row: records.Contact) -> BillingContact:
        return cls(
            id=strawberry.ID(encode(Kind.CONTACT, row.id)),
            name=row.name,
            email=EmailAddress(row.email),
            locale=row.locale,
            status=row.status,
            version=row.version,
        )


@strawberry.type(description="Why a section of the dashboard is not there.")
class SectionNotice:
    code: str = strawberry.field(description="A stable code for programs: `FREE_PLAN`.")
    message: str = strawberry.field(description="A sentence for people, in English.")


_FREE_PLAN = (
    "The invoices section comes with a paid plan. What you still owe is listed here and can be "
    "paid; a receipt you know the number of stays available."
)


@strawberry.type(description="Who is billed.")
class Account(Node):
    reference: str | None = strawberry.field(
        description="The seller's own key of it; null to customers."
    )
    name: str = strawberry.field(description="The name on its invoices.")
    email: EmailAddress = strawberry.field(
        description="The address that receives every invoice, beside the billing contacts."
    )
    plan: Plan = strawberry.field(description="What it has subscribed to.")
    has_invoices_section: bool = strawberry.field(
        description="Whether its dashboard has the invoices section. Without it `invoices` lists "
        "what is unpaid."
    )
    invoices_section_notice: SectionNotice | None = strawberry.field(
        description="Why there is no invoices section; null when there is one."
    )
    currency: CurrencyCode = strawberry.field(description="The currency of its invoices.")
    charge_currency: CurrencyCode = strawberry.field(
        description="The currency that its payments are charged in."
    )
    locale: str = strawberry.field(description="Its language as a BCP 47 tag: `de-DE`.")
    time_zone: str = strawberry.field(
        description="Its zone in the IANA time zone database, which decides what is overdue: "
        "`Asia/Kolkata`."
    )
    address: PostalAddress | None = strawberry.field(
        description="Its postal address; null when none is known."
    )
    tax_id: str | None = strawberry.field(
        description="Its tax id, such as a GSTIN or VAT number; null when none is known."
    )
    version: int = strawberry.field(
        description="Counts the changes of its details; hand it back as `expectedVersion`."
    )
    row: strawberry.Private[records.Account]
    reads: strawberry.Private[Reads]

    @resolved
    async def balance_due(self) -> Money:
        """What it owes on all OPEN invoices together, add-on invoices too, whatever its plan. What
        is on its way is not owed."""
        self.reads.count_account_read()
        due = await self.reads.balances_due.load(self.row.id)
        return Money.of_minor(due, self.row.currency)

    @resolved
    async def invoices(
        self,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        filter: Annotated[
            InvoiceFilter | None,
            strawberry.argument(description="Conditions on the invoices."),
        ] = strawberry.UNSET,
    ) -> InvoiceConnection:
        """Its issued invoices, newest first. On the FREE plan only those that are OPEN; any other
        is still found by its number or id. Add-on invoices are left out unless `filter.kind` asks
        for them, though they count in `balanceDue`."""
        asked = read_slice(cursors.read_invoice, first, after, last, before)
        return await InvoiceConnection.of(self.row, asked, given(filter), self.reads)

    @resolved
    async def payments(
        self,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> PaymentConnection:
        """Its attempts to pay, newest first, failed ones included."""
        asked = read_slice(cursors.read_payment, first, after, last, before)
        return await PaymentConnection.of_account(self.row.id, asked, self.reads)

    @resolved
    async def support_cases(
        self,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        status: Annotated[
            CaseStatus | None,
            strawberry.argument(description="Only those that stand here. Absent: all."),
        ] = strawberry.UNSET,
    ) -> SupportCaseConnection:
        """What somebody has to look at, newest first."""
        asked = read_slice(cursors.read_case, first, after)
        return await SupportCaseConnection.of(self.row.id, asked, given(status), self.reads)

    @resolved
    async def billing_contacts(self) -> list[BillingContact]:
        """Who receives its invoices, in the order they were added; at most 50."""
        return [BillingContact.of(row) for row in await self.reads.contacts.load(self.row.id)]

    @classmethod
    def of(cls, row: records.Account, reads: Reads) -> Account:
        free = row.plan is Plan.FREE
        return cls(
            id=strawberry.ID(encode(Kind.ACCOUNT, row.id)),
            reference=row.reference if reads.viewer.is_staff else None,
            name=row.name,
            email=EmailAddress(row.email),
            plan=row.plan,
            has_invoices_section=not free,
            invoices_section_notice=SectionNotice(code="FREE_PLAN", message=_FREE_PLAN)
            if free
            else None,
            currency=CurrencyCode(row.currency),
            charge_currency=CurrencyCode(row.charge_currency),
            locale=row.locale,
            time_zone=row.time_zone,
            address=PostalAddress.of(row.address) if row.address else None,
            tax_id=row.tax_id,
            version=row.version,
            row=row,
            reads=reads,
        )


@strawberry.type(description="Who asks, as the bearer token says.")
class Viewer:
    email: EmailAddress = strawberry.field(description="The viewer's mail address.")
    role: Role = strawberry.field(description="What the viewer may do.")
    reads: strawberry.Private[Reads]

    @resolved
    async def account(self) -> Account | None:
        """The account that the viewer belongs to; null for the seller's staff, who read accounts
        by id."""
        account_id = self.reads.viewer.account_id
        row = await self.reads.account(account_id) if account_id else None
        return Account.of(row, self.reads) if row else None
