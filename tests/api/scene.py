"""An account that is followed: documents to subscribe with, and readers that wait for events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from service.billing.people import Role
from service.billing.period import Month
from service.ports import Bus, Hints
from service.store.records import Invoice, Payment
from tests.api.harness import JSON, Api, Caller

FIELDS = """
  __typename cursor occurredAt
  ... on InvoiceIssued { invoice { number } }
  ... on InvoiceStatusChanged { displayStatus invoiceStatus: status invoice { number } }
  ... on PaymentStatusChanged { status failureCode payment { id status } }
  ... on DocumentStateChanged { documentState: state invoice { document { state } } }
  ... on DeliveryStateChanged { deliveryState: state delivery { recipient state } }
  ... on RefundStatusChanged { refundStatus: status refund { status } payment { id } }
  ... on DisputeStatusChanged { disputeStatus: status dispute { status } payment { id } }
  ... on PaymentSettlementRecorded { payment { id } }
  ... on SupportCaseChanged { caseStatus: status supportCase { id status reason } }
  ... on PaymentLinkChanged { paymentLink { id state } invoice { number } }
"""
BILLING = f"subscription B($after: EventCursor) {{ billingEvents(after: $after) {{ {FIELDS} }} }}"
INVOICE = f"""subscription I($id: ID!, $after: EventCursor) {{
  invoiceEvents(invoiceId: $id, after: $after) {{ {FIELDS} }} }}"""
CHECKOUT = f"""subscription C($id: ID!, $after: EventCursor) {{
  checkoutEvents(checkoutSessionId: $id, after: $after) {{ {FIELDS} }} }}"""
PAGE = f"""query P($after: EventCursor, $first: Int) {{
  billingEvents(after: $after, first: $first) {{ events {{ {FIELDS} }} endCursor hasMore }} }}"""
AUGUST = Month(2026, 8)
PAID = ["PaymentStatusChanged CAPTURED", "InvoiceStatusChanged PAID"]


@dataclass
class WatchedBus:
    """A bus that notes when a listener has read all there is and waits."""

    bus: Bus
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    listening: int = 0
    deaf: bool = False

    async def publish(self, account_id: UUID) -> None:
        self.waiting.clear()
        if not self.deaf:
            await self.bus.publish(account_id)

    @contextlib.asynccontextmanager
    async def listen(self, account_id: UUID) -> AsyncIterator[Hints]:
        async with self.bus.listen(account_id) as hints:
            self.listening += 1
            try:
                yield WatchedHints(hints, self.waiting)
            finally:
                self.listening -= 1


@dataclass
class WatchedHints:
    hints: Hints
    waiting: asyncio.Event

    async def wait(self, timeout_s: float) -> None:
        self.waiting.set()
        await self.hints.wait(timeout_s)


class Follower:
    """Somebody who reads a subscription in a task of their own."""

    def __init__(self, caller: Caller, query: str, **variables: object) -> None:
        self.got: asyncio.Queue[JSON | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._read(caller, query, variables))

    async def _read(self, caller: Caller, query: str, variables: JSON) -> None:
        stream = caller.listen(query, **variables)
        try:
            async with contextlib.aclosing(stream):
                async for event in stream:
                    self.got.put_nowait(event)
        finally:
            self.got.put_nowait(None)

    async def next(self) -> JSON:
        """The next event, which must come within five seconds."""
        async with asyncio.timeout(5):
            event = await self.got.get()
        assert event is not None, "the stream has ended"
        return event

    async def rest(self) -> list[JSON]:
        """What comes until the stream ends by itself."""
        found: list[JSON] = []
        while True:
            async with asyncio.timeout(5):
                event = await self.got.get()
            if event is None:
                return found
            found.append(event)

    async def leave(self) -> None:
        self._task.cancel()
        ended, _ = await asyncio.wait({self._task}, timeout=5)
        assert ended, "who left is still there"
        with contextlib.suppress(asyncio.CancelledError):
            self._task.result()


@dataclass
class Scene:
    """An account with an open invoice, and a bus that tells who waits."""

    api: Api
    bus: WatchedBus
    account_id: UUID
    invoice: Invoice

    @property
    def owner(self) -> Caller:
        return self.api.caller(Role.OWNER, self.account_id)

    @contextlib.asynccontextmanager
    async def following(
        self, query: str, caller: Caller | None = None, *, caught_up: bool = True, **given: object
    ) -> AsyncIterator[Follower]:
        """Follow a subscription; by default the body runs once all that was is read."""
        self.bus.waiting.clear()
        follower = Follower(caller or self.owner, query, **given)
        try:
            if caught_up:
                async with asyncio.timeout(5):
                    await self.bus.waiting.wait()
            yield follower
        finally:
            await follower.leave()

    async def start(self, *more: Invoice) -> Payment:
        return (await self.api.shop.start(self.account_id, self.invoice, *more)).payment

    async def pay(self, payment: Payment, outcome: str = "success") -> None:
        await self.api.shop.pay(payment, outcome)
        await self.api.shop.settle(self.account_id, payment.id)

    async def log(self) -> list[JSON]:
        """The whole log, read by pages of two."""
        found: list[JSON] = []
        after: str | None = None
        while True:
            page = (await self.owner.ask(PAGE, after=after, first=2))["billingEvents"]
            found += page["events"]
            after = page["endCursor"]
            if not page["hasMore"]:
                return found


_STATES = (
    "documentState",
    "deliveryState",
    "displayStatus",
    "refundStatus",
    "disputeStatus",
    "caseStatus",
    "status",
)


def brief(event: JSON) -> str:
    """An event in a few words."""
    for name in _STATES:
        if name in event:
            return f"{event['__typename']} {event[name]}"
    return str(event["__typename"])


def brief_all(found: list[JSON]) -> list[str]:
    return [brief(event) for event in found]
