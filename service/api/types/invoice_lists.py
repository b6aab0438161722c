"""Lists of invoices: what they can be narrowed to, and their pages."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import strawberry

from service.api import cursors
from service.api.fields import bad_input, given, resolved
from service.api.pages import PageInfo, Slice
from service.api.reads import Reads
from service.api.types.invoices import Invoice
from service.billing.invoice import DisplayStatus, InvoiceKind
from service.billing.people import Plan
from service.store import invoice_pages, records
from service.store.invoice_pages import Place, Window

_NUMBER_PREFIX = re.compile(r"[A-Za-z0-9/-]{1,16}", re.ASCII)


@strawberry.input(description="A range of days, both ends included. Without an end it is open.")
class DateRange:
    from_: date | None = strawberry.field(
        name="from", default=strawberry.UNSET, description="The first day."
    )
    to: date | None = strawberry.field(default=strawberry.UNSET, description="The last day.")


@strawberry.input(description="Conditions on invoices; those that are given must all hold.")
class InvoiceFilter:
    display_status: list[DisplayStatus] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Shown as one of these. Absent or empty: as any.",
    )
    kind: list[InvoiceKind] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of one of these kinds. Absent or empty: USAGE, since add-on invoices are "
        "mailed, not listed.",
    )
    issued_on: DateRange | None = strawberry.field(
        default=strawberry.UNSET, description="Issued in this range."
    )
    due_on: DateRange | None = strawberry.field(
        default=strawberry.UNSET, description="Due in this range."
    )
    number_prefix: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="With a number that starts so: 1 to 16 letters, digits, dashes and slashes, in "
        "capitals as on the invoice.",
    )


@strawberry.type(description="An invoice in a list.")
class InvoiceEdge:
    cursor: str = strawberry.field(description="Its place in the list, for `after` or `before`.")
    node: Invoice = strawberry.field(description="The invoice.")


@strawberry.type(description="A page of invoices, newest first.")
class InvoiceConnection:
    nodes: list[Invoice] = strawberry.field(description="The invoices of the page, newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    account_id: strawberry.Private[UUID]
    wanted: strawberry.Private[invoice_pages.InvoiceFilter]
    reads: strawberry.Private[Reads]

    @resolved
    def edges(self) -> list[InvoiceEdge]:
        """The invoices of the page, newest first, each with its cursor."""
        return [
            InvoiceEdge(cursor=cursors.of_invoice(_place(node.row)), node=node)
            for node in self.nodes
        ]

    @resolved
    async def total_count(self) -> int:
        """How many invoices the list has on all pages."""
        return await self.reads.invoice_counts.load((self.account_id, self.wanted))

    @classmethod
    async def of(
        cls,
        account: records.Account,
        asked: Slice[Place],
        narrowed: InvoiceFilter | None,
        reads: Reads,
    ) -> InvoiceConnection:
        """Read a page.

        Raises:
            GraphQLError: BAD_USER_INPUT, the filter makes no sense.
        """
        reads.count_account_read()
        wanted = _wanted(account, narrowed, reads.today(account.time_zone))
        window = Window(asked.size, asked.after, asked.before, asked.backwards)
        page = await reads.invoice_pages.load((account.id, wanted, window))
        return cls(
            nodes=[Invoice.of(row, reads) for row in page.invoices],
            page_info=PageInfo.of(
                asked,
                [_place(row) for row in page.invoices],
                cursors.of_invoice,
                has_more=page.has_more,
            ),
            account_id=account.id,
            wanted=wanted,
            reads=reads,
        )


def _place(row: records.Invoice) -> Place:
    """An invoice's place; lists hold issued invoices only."""
    return Place(row.issued_on or date.min, row.id)


def _wanted(
    account: records.Account, narrowed: InvoiceFilter | None, today: date
) -> invoice_pages.InvoiceFilter:
    unpaid_only = account.plan is Plan.FREE
    if narrowed is None:
        return invoice_pages.InvoiceFilter(today, unpaid_only=unpaid_only)
    prefix = given(narrowed.number_prefix)
    if prefix is not None and not _NUMBER_PREFIX.fullmatch(prefix):
        raise bad_input("`numberPrefix` has 1 to 16 letters, digits, dashes and slashes.")
    issued, due = given(narrowed.issued_on), given(narrowed.due_on)
    return invoice_pages.InvoiceFilter(
        today,
        display_status=tuple(given(narrowed.display_status) or ()),
        kinds=tuple(given(narrowed.kind) or ()),
        issued_from=given(issued.from_) if issued else None,
        issued_to=given(issued.to) if issued else None,
        due_from=given(due.from_) if due else None,
        due_to=given(due.to) if due else None,
        number_prefix=prefix,
        unpaid_only=unpaid_only,
    )
