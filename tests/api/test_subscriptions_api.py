"""Subscriptions: what was missed first, then what happens, in order, each once."""

from __future__ import annotations

import asyncio
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
from service.store import documents, events, invoices
from service.store.database import transaction
from tests.api.harness import JSON, public
from tests.api.scene import AUGUST, BILLING, CHECKOUT, INVOICE, PAGE, PAID, Scene, brief, brief_all


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
        await scene.api.shop.invoice(scene.account_id, month=AUGUST)
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
        await scene.api.shop.invoice(scene.account_id, month=AUGUST)
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
            async with asyncio.timeout(5):
                await scene.bus.waiting.wait()
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
    other = await shop.invoice(scene.account_id, month=AUGUST)
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
        await documents.fail(invoice.document, retry_at=at)
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
@pytest.mark.parametrize("id", ["", "inv_", "inv_\u0000", public(Kind.PAYMENT, UUID(int=1))])
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


async def test_a_withdrawn_invoice_is_told(scene: Scene) -> None:
    async with scene.following(INVOICE, id=public(Kind.INVOICE, scene.invoice.id)) as follower:
        async with transaction(scene.bus):
            await invoices.move(scene.invoice, InvoiceMove.CANCEL, at=scene.api.shop.clock())
            changed = InvoiceStatusChanged(scene.invoice.id, InvoiceStatus.VOID, DisplayStatus.VOID)
            await events.record(scene.account_id, changed, at=scene.api.shop.clock())
        assert brief(await follower.next()) == "InvoiceStatusChanged VOID"
