"""Subscriptions: what was missed first, then what happens, in order, each once, and an end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from service.api import cursors, following
from service.billing.events import (
    DeliveryState,
    DeliveryStateChanged,
    DocumentState,
    DocumentStateChanged,
    InvoiceIssued,
    InvoiceStatusChanged,
)
from service.billing.ids import Kind
from service.billing.invoice import DisplayStatus, InvoiceMove, InvoiceStatus
from service.billing.people import Role
from service.billing.period import Month
from service.ports import Bus, Hints
from service.store import documents, events, invoices
from service.store.database import transaction
from service.store.records import Invoice, Payment
from tests.api.harness import JSON, Api, Caller, public

FIELDS = """
  __typename cursor occurredAt
  ... on InvoiceIssued { invoice { number } }
  ... on InvoiceStatusChanged { displayStatus invoiceStatus: status invoice { number } }
  ... on PaymentStatusChanged { status failureCode payment { id status } }
  ... on DocumentStateChanged { documentState: state invoice { document { state } } }
  ... on DeliveryStateChanged { deliveryState: state delivery { recipient state } }
"""
BILLING = f"subscription B($after: EventCursor) {{ billingEvents(after: $after) {{ {FIELDS} }} }}"
INVOICE = f"""subscription I($id: ID!, $after: EventCursor) {{
  invoiceEvents(invoiceId: $id, after: $after) {{ {FIELDS} }} }}"""
CHECKOUT = f"""subscription C($id: ID!, $after: EventCursor) {{
  checkoutEvents(checkoutSessionId: $id, after: $after) {{ {FIELDS} }} }}"""
PAGE = f"""query P($after: EventCursor, $first: Int) {{
  billingEvents(after: $after, first: $first) {{ events {{ {FIELDS} }} endCursor hasMore }} }}"""
OCTOBER = Month(2026, 10)


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
        event = await asyncio.wait_for(self.got.get(), 5)
        assert event is not None, "the stream has ended"
        return event

    async def rest(self) -> list[JSON]:
        """What comes until the stream ends by itself."""
        found = []
        while (event := await asyncio.wait_for(self.got.get(), 5)) is not None:
            found.append(event)
        return found

    async def leave(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


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
                await asyncio.wait_for(self.bus.waiting.wait(), 5)
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


@pytest.fixture
async def scene(api: Api) -> Scene:
    bus = WatchedBus(api.shop.ports.bus)
    api.exchange(bus=bus)
    account_id = await api.shop.account()
    return Scene(api, bus, account_id, await api.shop.invoice(account_id))


def brief(event: JSON) -> str:
    """An event in a few words."""
    for name in ("documentState", "deliveryState", "displayStatus", "status"):
        if name in event:
            return f"{event['__typename']} {event[name]}"
    return str(event["__typename"])


def brief_all(found: list[JSON]) -> list[str]:
    return [brief(event) for event in found]


PAID = ["PaymentStatusChanged CAPTURED", "InvoiceStatusChanged PAID"]


async def test_what_happens_is_pushed_with_the_things_as_they_are_now(scene: Scene) -> None:
    async with scene.following(BILLING) as follower:
        payment = await scene.start()
        pending = await follower.next()
        await scene.pay(payment)
        captured, paid = await follower.next(), await follower.next()
    assert pending.pop("cursor") < captured.pop("cursor") < paid.pop("cursor")
    at = "2026-10-30T09:30:00.000Z"
    payment_id = public(Kind.PAYMENT, payment.id)
    assert [pending, captured, paid] == [
        {
            "__typename": "PaymentStatusChanged",
            "occurredAt": at,
            "status": "PENDING",
            "failureCode": None,
            "payment": {"id": payment_id, "status": "PENDING"},
        },
        {
            "__typename": "PaymentStatusChanged",
            "occurredAt": at,
            "status": "CAPTURED",
            "failureCode": None,
            "payment": {"id": payment_id, "status": "CAPTURED"},
        },
        {
            "__typename": "InvoiceStatusChanged",
            "occurredAt": at,
            "displayStatus": "PAID",
            "invoiceStatus": "PAID",
            "invoice": {"number": "INV-2627-000001"},
        },
    ]


async def test_without_a_cursor_only_what_happens_from_now_on_is_pushed(scene: Scene) -> None:
    await scene.start()
    async with scene.following(BILLING) as follower:
        await scene.api.shop.invoice(scene.account_id, month=OCTOBER)
        assert brief(await follower.next()) == "InvoiceIssued"
        assert follower.got.empty()


async def test_after_a_break_exactly_what_was_missed_comes_first(scene: Scene) -> None:
    async with scene.following(BILLING) as follower:
        payment = await scene.start()
        seen = [await follower.next()]
    await scene.pay(payment, "declined")
    await scene.pay(payment)
    after = seen[-1]["cursor"]
    async with scene.following(BILLING, after=after) as follower:
        await scene.api.shop.invoice(scene.account_id, month=OCTOBER)
        seen += [await follower.next() for _ in range(4)]
        assert follower.got.empty()
    assert brief_all(seen) == [
        "PaymentStatusChanged PENDING",
        "PaymentStatusChanged PENDING",
        *PAID,
        "InvoiceIssued",
    ]
    assert [event["cursor"] for event in seen] == [
        event["cursor"] for event in (await scene.log())[1:]
    ]


async def test_nothing_is_missed_or_doubled_while_things_happen(scene: Scene) -> None:
    async def happen() -> None:
        for _ in range(60):
            async with transaction(scene.bus):
                await events.record(
                    scene.account_id, InvoiceIssued(scene.invoice.id), at=scene.api.shop.clock()
                )

    begin = cursors.of_event(scene.account_id, 0)
    happening = asyncio.create_task(happen())
    async with (
        scene.following(BILLING, caught_up=False, after=begin) as one,
        scene.following(BILLING, caught_up=False, after=begin) as other,
    ):
        await happening
        seen = [[(await reader.next())["cursor"] for _ in range(61)] for reader in (one, other)]
    expected = [cursors.of_event(scene.account_id, seq) for seq in range(1, 62)]
    assert seen == [expected, expected]


async def test_a_lost_hint_delays_an_event_until_the_log_is_read_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_REREAD_S", 0.1)
    scene.bus.deaf = True
    async with scene.following(BILLING) as follower:
        await scene.start()
        assert brief(await follower.next()) == "PaymentStatusChanged PENDING"


async def test_hints_without_news_push_nothing(scene: Scene) -> None:
    async with scene.following(BILLING) as follower:
        for _ in range(3):
            await scene.bus.publish(scene.account_id)
            await asyncio.wait_for(scene.bus.waiting.wait(), 5)
        assert follower.got.empty()


async def test_more_events_than_a_batch_come_in_order(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_BATCH", 2)
    await scene.pay(await scene.start())
    begin = cursors.of_event(scene.account_id, 0)
    async with scene.following(BILLING, after=begin) as follower:
        seen = [await follower.next() for _ in range(4)]
        assert follower.got.empty()
    assert brief_all(seen) == ["InvoiceIssued", "PaymentStatusChanged PENDING", *PAID]


async def test_who_leaves_stops_listening(scene: Scene) -> None:
    async with scene.following(BILLING):
        assert scene.bus.listening == 1
    assert scene.bus.listening == 0


async def test_an_invoice_is_followed_with_its_payments_document_and_mails(scene: Scene) -> None:
    shop = scene.api.shop
    other = await shop.invoice(scene.account_id, month=OCTOBER)
    async with scene.following(INVOICE, id=public(Kind.INVOICE, scene.invoice.id)) as follower:
        other_payment = (await shop.start(scene.account_id, other)).payment
        await scene.pay(other_payment)
        payment = await scene.start()
        await scene.pay(payment, "debit_succeeds")
        await deliver(scene)
        seen = [await follower.next() for _ in range(5)]
        assert follower.got.empty()
    assert brief_all(seen) == [
        "PaymentStatusChanged PENDING",
        "PaymentStatusChanged PROCESSING",
        "InvoiceStatusChanged PROCESSING",
        "DocumentStateChanged FAILED",
        "DeliveryStateChanged SENT",
    ]
    assert seen[3]["invoice"] == {"document": {"state": "FAILED"}}
    assert seen[4]["delivery"] == {"recipient": "ana@a.example", "state": "SENT"}


async def deliver(scene: Scene) -> None:
    """A document that failed and a mail that was sent, as the workflows note them."""
    at = scene.api.shop.clock()
    invoice = scene.invoice
    assert invoice.document is not None
    async with transaction(scene.bus):
        await documents.fail(scene.account_id, invoice.id, retry_at=at)
        failed = DocumentStateChanged(invoice.id, invoice.document.id, DocumentState.FAILED)
        await events.record(scene.account_id, failed, at=at)
        delivery_id = await documents.queue_delivery(
            scene.account_id,
            invoice.id,
            contact_id=None,
            name="Ana",
            email="ana@a.example",
            at=at,
        )
        assert delivery_id is not None
        await documents.begin_delivery(scene.account_id, delivery_id, at=at)
        await documents.end_delivery(
            scene.account_id, delivery_id, DeliveryState.SENT, error=None, at=at
        )
        sent = DeliveryStateChanged(invoice.id, delivery_id, DeliveryState.SENT)
        await events.record(scene.account_id, sent, at=at)


async def test_a_checkout_is_followed_until_it_is_paid_and_its_invoices_are(scene: Scene) -> None:
    other = await scene.api.shop.invoice(scene.account_id, month=OCTOBER)
    payment = await scene.start(other)
    async with scene.following(CHECKOUT, id=public(Kind.CHECKOUT, payment.id)) as follower:
        await scene.pay(payment, "declined")
        await scene.pay(payment)
        seen = await follower.rest()
    assert brief_all(seen) == ["PaymentStatusChanged PENDING", *PAID, "InvoiceStatusChanged PAID"]
    assert seen[0]["failureCode"] == "generic_decline"
    assert {event["invoice"]["number"] for event in seen[2:]} == {
        "INV-2627-000001",
        "INV-2627-000002",
    }


async def test_a_checkout_that_runs_out_ends_the_stream(scene: Scene) -> None:
    payment = await scene.start()
    async with scene.following(CHECKOUT, id=public(Kind.CHECKOUT, payment.id)) as follower:
        scene.api.shop.clock.move(minutes=61)
        await scene.api.shop.settle(scene.account_id, payment.id)
        assert brief_all(await follower.rest()) == ["PaymentStatusChanged EXPIRED"]


async def test_a_checkout_that_was_paid_before_ends_at_once(scene: Scene) -> None:
    payment = await scene.start()
    await scene.pay(payment)
    checkout_id = public(Kind.CHECKOUT, payment.id)
    async with scene.following(CHECKOUT, caught_up=False, id=checkout_id) as follower:
        assert await follower.rest() == []


async def test_a_checkout_that_was_paid_during_a_break_is_told_to_its_end(scene: Scene) -> None:
    payment = await scene.start()
    checkout_id = public(Kind.CHECKOUT, payment.id)
    start = (await scene.log())[-1]["cursor"]
    await scene.pay(payment)
    async with scene.following(CHECKOUT, caught_up=False, id=checkout_id, after=start) as follower:
        assert brief_all(await follower.rest()) == PAID


async def test_a_batch_that_ends_between_payment_and_invoice_loses_no_event(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_BATCH", 1)
    payment = await scene.start()
    async with scene.following(CHECKOUT, id=public(Kind.CHECKOUT, payment.id)) as follower:
        await scene.pay(payment)
        assert brief_all(await follower.rest()) == PAID


async def test_a_status_is_read_anew_for_later_events(scene: Scene) -> None:
    query = """subscription I($id: ID!) { invoiceEvents(invoiceId: $id) {
        ... on PaymentStatusChanged { payment { allocations { invoice { displayStatus } } } }
        ... on InvoiceStatusChanged { invoice { displayStatus } }
    } }"""
    async with scene.following(query, id=public(Kind.INVOICE, scene.invoice.id)) as follower:
        payment = await scene.start()
        first = await follower.next()
        assert first["payment"]["allocations"] == [{"invoice": {"displayStatus": "DUE"}}]
        await scene.pay(payment)
        await follower.next()
        assert (await follower.next())["invoice"] == {"displayStatus": "PAID"}


@pytest.mark.parametrize("query", [BILLING, INVOICE, CHECKOUT], ids=["B", "I", "C"])
async def test_a_cursor_that_is_not_of_this_log_ends_the_stream(scene: Scene, query: str) -> None:
    payment = await scene.start()
    kind, value = (
        (Kind.CHECKOUT, payment.id) if query is CHECKOUT else (Kind.INVOICE, scene.invoice.id)
    )
    given: JSON = {} if query is BILLING else {"id": public(kind, value)}
    newest = await events.newest(scene.account_id)
    for after in (
        "",
        "nonsense",
        cursors.of_event(uuid4(), 1),
        cursors.of_event(scene.account_id, newest + 1),
        cursors.of_payment(payment.id),
    ):
        async with scene.following(query, caught_up=False, after=after, **given) as follower:
            assert await follower.rest() == [{"errors": ["BAD_CURSOR"]}]
    after = cursors.of_event(scene.account_id, newest)
    async with scene.following(query, after=after, **given) as follower:
        assert follower.got.empty()
    assert scene.bus.listening == 0


@pytest.mark.parametrize("query", [INVOICE, CHECKOUT], ids=["I", "C"])
@pytest.mark.parametrize("role", [Role.MEMBER, Role.SUPPORT])
@pytest.mark.parametrize("id", ["", "inv_", "inv_\u0000", public(Kind.PAYMENT, uuid4())])
async def test_what_is_not_there_cannot_be_followed(
    scene: Scene, query: str, role: Role, id: str
) -> None:
    caller = scene.api.caller(role, scene.account_id)
    missing = public(Kind.INVOICE if query is INVOICE else Kind.CHECKOUT, uuid4())
    for given in (id, missing):
        async with scene.following(query, caller, caught_up=False, id=given) as follower:
            assert await follower.rest() == [{"errors": ["NOT_FOUND"]}]


async def test_staff_follow_things_but_have_no_log_of_their_own(scene: Scene) -> None:
    support = scene.api.caller(Role.SUPPORT)
    async with scene.following(BILLING, support, caught_up=False) as follower:
        assert await follower.rest() == [{"errors": ["FORBIDDEN"]}]
    assert await support.codes(PAGE) == ["FORBIDDEN"]
    payment = await scene.start()
    async with (
        scene.following(INVOICE, support, id=public(Kind.INVOICE, scene.invoice.id)) as one,
        scene.following(CHECKOUT, support, id=public(Kind.CHECKOUT, payment.id)) as other,
    ):
        await scene.pay(payment)
        assert [brief(await one.next()) for _ in range(2)] == PAID
        assert brief_all(await other.rest()) == PAID


async def test_the_log_can_be_read_by_pages_and_gone_on_with(scene: Scene) -> None:
    await scene.pay(await scene.start())
    first = (await scene.owner.ask(PAGE, first=3))["billingEvents"]
    assert brief_all(first["events"]) == ["InvoiceIssued", "PaymentStatusChanged PENDING", PAID[0]]
    assert (first["hasMore"], first["endCursor"]) == (True, first["events"][-1]["cursor"])
    second = (await scene.owner.ask(PAGE, after=first["endCursor"]))["billingEvents"]
    assert brief_all(second["events"]) == [PAID[1]]
    assert second["hasMore"] is False
    end = second["endCursor"]
    assert (await scene.owner.ask(PAGE, after=end))["billingEvents"] == {
        "events": [],
        "endCursor": end,
        "hasMore": False,
    }
    async with scene.following(BILLING, after=end) as follower:
        async with transaction(scene.bus):
            invoice = await invoices.find(scene.account_id, scene.invoice.id)
            assert invoice.status == "PAID"
            await events.record(
                scene.account_id, InvoiceIssued(invoice.id), at=scene.api.shop.clock()
            )
        assert brief(await follower.next()) == "InvoiceIssued"


async def test_pages_of_the_log_refuse_what_makes_no_sense(scene: Scene) -> None:
    foreign = cursors.of_event(uuid4(), 0)
    beyond = cursors.of_event(scene.account_id, 99)
    for given, code in (
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
        ({"after": ""}, "BAD_CURSOR"),
        ({"after": foreign}, "BAD_CURSOR"),
        ({"after": beyond}, "BAD_CURSOR"),
    ):
        assert await scene.owner.codes(PAGE, **given) == [code]


async def test_an_account_without_events_has_an_empty_log(api: Api) -> None:
    account_id = await api.shop.account()
    page = (await api.caller(Role.MEMBER, account_id).ask(PAGE))["billingEvents"]
    assert page == {
        "events": [],
        "endCursor": cursors.of_event(account_id, 0),
        "hasMore": False,
    }


async def test_a_withdrawn_invoice_is_told(scene: Scene) -> None:
    async with scene.following(INVOICE, id=public(Kind.INVOICE, scene.invoice.id)) as follower:
        async with transaction(scene.bus):
            await invoices.move(scene.invoice, InvoiceMove.CANCEL, at=scene.api.shop.clock())
            changed = InvoiceStatusChanged(scene.invoice.id, InvoiceStatus.VOID, DisplayStatus.VOID)
            await events.record(scene.account_id, changed, at=scene.api.shop.clock())
        assert brief(await follower.next()) == "InvoiceStatusChanged VOID"
