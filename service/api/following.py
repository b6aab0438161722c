"""Following an account's event log: what was missed first, then what happens, in order, once each.

The bus is listened to before anything is read, so that nothing falls between reading and waiting.
Its hints say only that something happened; the log says what.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from service.api import cursors
from service.api.context import Context
from service.api.fields import refusal
from service.api.reads import Reads
from service.api.types.events import BillingEvent, event_of
from service.billing.errors import BadCursor, BillingError, Forbidden, NotFound
from service.billing.events import Event, PaymentStatusChanged
from service.billing.ids import Kind, decode_as
from service.billing.payment import PaymentStatus
from service.store import events
from service.store.records import LoggedEvent

_BATCH = 50
# A hint may get lost: then this is how late an event comes.
_REREAD_S = 15.0
# How often it is noted that somebody is still there: well before what was noted runs out.
_WATCHED_EVERY = timedelta(seconds=30)

ReadLog: TypeAlias = Callable[[int, int], Awaitable[list[LoggedEvent]]]
"""Reads the events to follow: those after a place, at most so many."""

Watch: TypeAlias = Callable[[datetime], Awaitable[None]]
"""Notes that somebody watches at a moment, so that the gateway is asked more often."""

LogOf = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Whose log, for the seller's staff. Absent or null: the viewer's own account's."
    ),
]


async def whose_log(context: Context, id: str | None) -> UUID:
    """The account whose event log is asked for: a viewer's own, or for staff the one they name.

    Raises:
        GraphQLError: NOT_FOUND, there is none, or it is another's; FORBIDDEN, staff name none.
    """
    if id is None:
        own = context.viewer.account_id
        if own is None:
            raise refusal(Forbidden("The seller's staff have no event log: name an account."))
        return own
    account_id = decode_as(Kind.ACCOUNT, id)
    row = await context.reads.account(account_id) if account_id else None
    if row is None:
        raise refusal(NotFound("account"))
    return row.id


async def check_cursor(account_id: UUID, cursor: str) -> int:
    """The place of a cursor that a client handed in.

    Raises:
        BadCursor: it is another account's, or no event has it yet.
    """
    place = cursors.read_event(cursor, account_id)
    if place > await events.newest(account_id):
        raise BadCursor
    return place


async def follow(
    context: Context,
    account_id: UUID,
    after: str | None,
    read: ReadLog,
    *,
    watch: Watch,
    begin: Callable[[], Awaitable[bool]] | None = None,
    ends_with: Callable[[Event], bool] = lambda _: False,
) -> AsyncGenerator[BillingEvent, None]:
    """Yield events after a cursor, or from now on without one.

    `begin` looks at what is followed, once listening has begun; it returns whether no more is to
    come of it. After an event that `ends_with` holds for, the stream ends with what was recorded
    together with it. `watch` is called now and then as long as a customer follows; staff who look
    on make nobody hurry.

    Raises:
        GraphQLError: BAD_CURSOR, or what `begin` refuses.
    """
    async with context.ports.bus.listen(account_id) as hints:
        try:
            place = await _start(account_id, after)
            over = await begin() if begin else False
        except BillingError as error:
            raise refusal(error) from None
        watched_at = None
        while True:
            watched_at = await _watched(context, watch, watched_at)
            batch = await read(place, _BATCH)
            reads = Reads(context.ports, context.viewer)
            if any(_begins(logged.event) for logged in batch):
                watched_at = None
            for logged in batch:
                place = logged.seq
                over = over or ends_with(logged.event)
                yield event_of(logged, reads)
            if len(batch) == _BATCH:
                continue
            if over:
                return
            watched_at = await _watched(context, watch, watched_at)
            await hints.wait(_REREAD_S)


def _begins(event: Event) -> bool:
    """Whether an attempt begins: whoever watches now watches it too, from its first moment."""
    return isinstance(event, PaymentStatusChanged) and event.status is PaymentStatus.PENDING


async def _watched(context: Context, watch: Watch, last: datetime | None) -> datetime | None:
    """Note that a customer is there, unless that was noted lately; return when it was."""
    now = context.ports.clock()
    if context.viewer.is_staff or (last is not None and now < last + _WATCHED_EVERY):
        return last
    await watch(now)
    return now


async def _start(account_id: UUID, after: str | None) -> int:
    if after is None:
        return await events.newest(account_id)
    return await check_cursor(account_id, after)
