"""What can be listened to. Every stream can be resumed: see `following`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from service.api.context import Context, Info
from service.api.fields import given, refusal, streamed
from service.api.following import LogOf, follow, whose_log
from service.api.scalars import EventCursor
from service.api.types.events import BillingEvent
from service.billing.errors import NotFound
from service.billing.events import Event, PaymentStatusChanged
from service.billing.ids import Kind, decode_as
from service.billing.payment import FINAL
from service.store import events, invoices, payment_checks, payments
from service.store.records import LoggedEvent

AfterEvent = Annotated[
    EventCursor | None,
    strawberry.argument(
        description="The cursor of the last event you have: what you missed comes first. Absent: "
        "only what happens from now on."
    ),
]


@strawberry.type(
    description="What can be listened to. Events come in order, each once. After a lost "
    "connection subscribe again with `after`: no event is missed and none comes twice."
)
class Subscription:
    @streamed
    async def billing_events(
        self,
        info: Info,
        after: AfterEvent = strawberry.UNSET,
        account_id: LogOf = strawberry.UNSET,
    ) -> AsyncGenerator[BillingEvent, None]:
        """Everything that happens to the viewer's account, or for the seller's staff to the one
        that they name."""
        account = await whose_log(info.context, given(account_id))

        async def read(place: int, limit: int) -> list[LoggedEvent]:
            return await events.after(account, place, limit=limit)

        async def watch(now: datetime) -> None:
            await payment_checks.watch(account, now)

        return follow(info.context, account, given(after), read, watch=watch)

    @streamed
    async def invoice_events(
        self,
        info: Info,
        invoice_id: Annotated[strawberry.ID, strawberry.argument(description="The invoice's id.")],
        after: AfterEvent = strawberry.UNSET,
    ) -> AsyncGenerator[BillingEvent, None]:
        """Everything that happens to one invoice: its status, its PDF, its mails and links, and
        the payments meant for it with their refunds, disputes and support cases."""
        account_id, found = await _find(
            info.context, Kind.INVOICE, invoice_id, invoices.owner_of, "invoice"
        )

        async def begin() -> bool:
            await invoices.find(account_id, found)
            return False

        async def read(place: int, limit: int) -> list[LoggedEvent]:
            return await events.of_invoice(account_id, found, place, limit=limit)

        async def watch(now: datetime) -> None:
            await payment_checks.watch(account_id, now, invoice_id=found)

        return follow(info.context, account_id, given(after), read, watch=watch, begin=begin)

    @streamed
    async def checkout_events(
        self,
        info: Info,
        checkout_session_id: Annotated[
            strawberry.ID, strawberry.argument(description="The checkout's id.")
        ],
        after: AfterEvent = strawberry.UNSET,
    ) -> AsyncGenerator[BillingEvent, None]:
        """What happens to one checkout: its payment, a support case about it, and the status of
        the invoices it settles. It ends when the payment is final and the change of its invoices
        was sent; at once when it was final before."""
        account_id, found = await _find(
            info.context, Kind.CHECKOUT, checkout_session_id, payments.owner_of, "checkout"
        )

        async def begin() -> bool:
            try:
                return (await payments.find(account_id, found)).status in FINAL
            except NotFound:
                raise NotFound("checkout") from None

        async def read(place: int, limit: int) -> list[LoggedEvent]:
            return await events.of_payment(account_id, found, place, limit=limit)

        async def watch(now: datetime) -> None:
            await payment_checks.watch(account_id, now, payment_id=found)

        return follow(
            info.context,
            account_id,
            given(after),
            read,
            watch=watch,
            begin=begin,
            ends_with=_is_final,
        )


async def _find(
    context: Context, kind: Kind, id: str, owner_of: Callable[[UUID], Awaitable[UUID]], what: str
) -> tuple[UUID, UUID]:
    """Whose log to follow, and the thing in it.

    Raises:
        GraphQLError: NOT_FOUND, there is no such thing.
    """
    found = decode_as(kind, id)
    if found is None:
        raise refusal(NotFound(what))
    if context.viewer.account_id is not None:
        return context.viewer.account_id, found
    try:
        return await owner_of(found), found
    except NotFound:
        raise refusal(NotFound(what)) from None


def _is_final(event: Event) -> bool:
    return isinstance(event, PaymentStatusChanged) and event.status in FINAL
