"""What can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated
from uuid import UUID

import strawberry

from service.api import cursors
from service.api.context import Info
from service.api.fields import bad_input, given, refusal, resolved
from service.api.following import LogOf, check_cursor, whose_log
from service.api.inputs import INVOICE_NUMBER
from service.api.pages import PAGE_SIZE_MAX, After, First, page_size, read_slice
from service.api.reads import Reads
from service.api.scalars import EmailAddress, EventCursor
from service.api.types.account_lists import AccountConnection
from service.api.types.accounts import Account, BillingContact, Viewer
from service.api.types.cases import SupportCase, SupportCaseConnection
from service.api.types.checkout import CheckoutSession
from service.api.types.events import BillingEventPage, event_of
from service.api.types.invoices import Invoice
from service.api.types.links import PaymentLink
from service.api.types.node import Node
from service.api.types.payments import Payment
from service.billing.errors import BadCursor, Forbidden
from service.billing.ids import Kind, decode, decode_as
from service.billing.support import CaseStatus
from service.store import events


@strawberry.input(one_of=True, description="An invoice, by exactly one of these.")
class InvoiceRef:
    id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="Its id.")
    number: strawberry.Maybe[str] = strawberry.field(description="Its number: `INV-2627-000042`.")


async def _account(reads: Reads, account_id: UUID) -> Node | None:
    row = await reads.account(account_id)
    return Account.of(row, reads) if row else None


async def _contact(reads: Reads, contact_id: UUID) -> Node | None:
    row = await reads.contact(contact_id)
    return BillingContact.of(row) if row else None


async def _invoice(reads: Reads, invoice_id: UUID) -> Invoice | None:
    row = await reads.invoice(invoice_id)
    return Invoice.of(row, reads) if row else None


async def _payment(reads: Reads, payment_id: UUID) -> Node | None:
    row = await reads.payment(payment_id)
    return Payment.of(row, reads) if row else None


async def _checkout(reads: Reads, payment_id: UUID) -> CheckoutSession | None:
    row = await reads.payment(payment_id)
    return CheckoutSession.of(row, reads) if row else None


async def _case(reads: Reads, case_id: UUID) -> Node | None:
    row = await reads.support_case(case_id)
    return SupportCase.of(row, reads) if row else None


async def _link(reads: Reads, link_id: UUID) -> Node | None:
    row = await reads.payment_link(link_id)
    return PaymentLink.of(row, reads) if row else None


_NODES: Mapping[Kind, Callable[[Reads, UUID], Awaitable[Node | None]]] = {
    Kind.ACCOUNT: _account,
    Kind.CONTACT: _contact,
    Kind.INVOICE: _invoice,
    Kind.PAYMENT: _payment,
    Kind.CHECKOUT: _checkout,
    Kind.CASE: _case,
    Kind.LINK: _link,
}


async def _node(reads: Reads, text: str) -> Node | None:
    try:
        kind, value = decode(text)
    except ValueError:
        return None
    find = _NODES.get(kind)
    return await find(reads, value) if find else None


@strawberry.type(
    description="What can be asked. What is not there and what is not yours are answered alike: "
    "null."
)
class Query:
    @resolved
    def viewer(self, info: Info) -> Viewer:
        """Who asks."""
        viewer = info.context.viewer
        return Viewer(email=EmailAddress(viewer.email), role=viewer.role, reads=info.context.reads)

    @resolved
    async def account(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The account's id.")],
    ) -> Account | None:
        """An account by id. The seller's staff may read any account, everybody else their own."""
        account_id = decode_as(Kind.ACCOUNT, id)
        row = await info.context.reads.account(account_id) if account_id else None
        return Account.of(row, info.context.reads) if row else None

    @resolved
    async def accounts(
        self,
        info: Info,
        search: Annotated[
            str | None,
            strawberry.argument(
                description="The beginning of a name, of a mail address of the account or of a "
                "billing contact, or of the seller's reference, in letters of any case; or an "
                "invoice's number. 2 to 100 letters; of addresses and references that begin so, "
                "the first 100 each count. Absent or null: all accounts."
            ),
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
    ) -> AccountConnection:
        """Accounts in the order of their names, for the seller's staff alone."""
        viewer = info.context.viewer
        if not viewer.is_staff:
            raise refusal(Forbidden(f"Your role {viewer.role} may not search accounts."))
        asked = read_slice(cursors.read_account, first, after)
        return await AccountConnection.of(asked, given(search), info.context.reads)

    @resolved
    async def invoice(
        self,
        info: Info,
        by: Annotated[InvoiceRef, strawberry.argument(description="Which invoice.")],
    ) -> Invoice | None:
        """An invoice by id or number, on every plan: a receipt never disappears."""
        reads = info.context.reads
        if by.id is not None:
            invoice_id = decode_as(Kind.INVOICE, by.id.value)
            return await _invoice(reads, invoice_id) if invoice_id else None
        number = by.number.value if by.number is not None else ""
        row = await reads.invoice_by_number(number) if INVOICE_NUMBER.fullmatch(number) else None
        return Invoice.of(row, reads) if row else None

    @resolved
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The id of anything.")],
    ) -> Node | None:
        """Anything by its id."""
        return await _node(info.context.reads, id)

    @resolved
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="The ids of anything, up to 100.")
        ],
    ) -> list[Node | None]:
        """Several things by their ids, in the order of the ids; null for each that is not there."""
        if len(ids) > PAGE_SIZE_MAX:
            raise bad_input(f"At most {PAGE_SIZE_MAX} ids can be asked for at once.")
        return list(await asyncio.gather(*[_node(info.context.reads, one) for one in ids]))

    @resolved
    async def checkout_session(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The checkout's id.")],
    ) -> CheckoutSession | None:
        """A checkout by id."""
        payment_id = decode_as(Kind.CHECKOUT, id)
        return await _checkout(info.context.reads, payment_id) if payment_id else None

    @resolved
    async def support_cases(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        status: Annotated[
            CaseStatus | None,
            strawberry.argument(description="Only those that stand here. Absent: all."),
        ] = strawberry.UNSET,
    ) -> SupportCaseConnection:
        """What somebody has to look at, newest first: of all accounts for the seller's staff, of
        their own for everybody else."""
        reads = info.context.reads
        asked = read_slice(cursors.read_case, first, after)
        account_id = info.context.viewer.account_id
        return await SupportCaseConnection.of(account_id, asked, given(status), reads)

    @resolved
    async def billing_events(
        self,
        info: Info,
        after: Annotated[
            EventCursor | None,
            strawberry.argument(
                description="Only what happened after this place. Absent: from the beginning."
            ),
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        account_id: LogOf = strawberry.UNSET,
    ) -> BillingEventPage:
        """The event log of the viewer's account, or for the seller's staff of the one that they
        name, oldest first: the same events that subscriptions push, for clients that ask from
        time to time."""
        context = info.context
        size, cursor = page_size(first), given(after)
        account = await whose_log(context, given(account_id))
        try:
            place = await check_cursor(account, cursor) if cursor is not None else 0
        except BadCursor as error:
            raise refusal(error) from None
        found = await events.after(account, place, limit=size + 1)
        page = found[:size]
        end = page[-1].seq if page else place
        return BillingEventPage(
            events=[event_of(logged, context.reads) for logged in page],
            end_cursor=cursors.of_event(account, end),
            has_more=len(found) > size,
        )
