"""The event log: in order, without a gap, and told of only once it is there to be read."""

from __future__ import annotations

import asyncio
import random
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from service.billing.errors import LostRace
from service.billing.events import (
    DeliveryState,
    DeliveryStateChanged,
    DocumentState,
    DocumentStateChanged,
    Event,
    InvoiceIssued,
    InvoiceStatusChanged,
    PaymentStatusChanged,
)
from service.billing.invoice import DisplayStatus, InvoiceKind, InvoiceStatus
from service.billing.payment import PaymentStatus
from service.ports import Bus, Hints
from service.store import events
from service.store.database import fetch_one, new_id, transaction
from service.store.records import LoggedEvent
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")


class Undone(Exception):
    """Ends a transaction without a commit."""


class Witness:
    """A bus that notes, for each hint, how much of the account's log others can read by then."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.hints: list[tuple[UUID, int]] = []

    async def publish(self, account_id: UUID) -> None:
        connection = await asyncpg.connect(self._url)
        sql = "SELECT count(*) FROM event WHERE account_id = $1"
        self.hints.append((account_id, await connection.fetchval(sql, account_id)))
        await connection.close()

    def listen(self, account_id: UUID) -> AbstractAsyncContextManager[Hints]:
        raise AssertionError("nobody listens here")


async def record_and_undo(bus: Bus, account_id: UUID) -> None:
    async with transaction(bus):
        await events.record(account_id, InvoiceIssued(new_id()), at=NOW)
        raise Undone


async def test_every_kind_of_event_is_read_as_it_was_written() -> None:
    account = await rows.account()
    one, other = new_id(), new_id()
    written: list[Event] = [
        InvoiceIssued(one),
        InvoiceStatusChanged(one, InvoiceStatus.OPEN, DisplayStatus.PROCESSING),
        PaymentStatusChanged(other, PaymentStatus.PENDING, "card_declined “ケース”"),
        PaymentStatusChanged(other, PaymentStatus.CAPTURED, None),
        DocumentStateChanged(one, other, DocumentState.READY),
        DeliveryStateChanged(one, other, DeliveryState.BOUNCED),
    ]
    async with transaction():
        places = [
            await events.record(account.id, event, at=NOW + timedelta(seconds=place))
            for place, event in enumerate(written, start=1)
        ]
    assert places == [1, 2, 3, 4, 5, 6]
    assert await events.after(account.id, 0, limit=100) == [
        LoggedEvent(account.id, place, NOW + timedelta(seconds=place), event)
        for place, event in enumerate(written, start=1)
    ]
    assert await events.newest(account.id) == 6


async def test_the_log_is_read_from_a_place_on() -> None:
    account = await rows.account()
    async with transaction():
        for _ in range(5):
            await events.record(account.id, InvoiceIssued(new_id()), at=NOW)
    assert [one.seq for one in await events.after(account.id, 2, limit=100)] == [3, 4, 5]
    assert [one.seq for one in await events.after(account.id, 2, limit=2)] == [3, 4]
    assert await events.after(account.id, 5, limit=100) == []


async def test_each_account_has_its_own_log() -> None:
    one, other = await rows.account(), await rows.account()
    async with transaction():
        assert await events.record(one.id, InvoiceIssued(new_id()), at=NOW) == 1
        assert await events.record(other.id, InvoiceIssued(new_id()), at=NOW) == 1
    assert len(await events.after(one.id, 0, limit=100)) == 1
    assert await events.newest(new_id()) == 0


async def test_a_fact_outside_of_a_transaction_is_refused() -> None:
    account = await rows.account()
    with pytest.raises(RuntimeError, match="in the transaction of its change"):
        await events.record(account.id, InvoiceIssued(new_id()), at=NOW)
    async with transaction():
        pass
    with pytest.raises(RuntimeError):
        await events.record(account.id, InvoiceIssued(new_id()), at=NOW)
    assert await events.newest(account.id) == 0
    assert await rows.number_of("event") == 0


async def test_a_fact_about_an_account_that_is_not_there_is_refused() -> None:
    with pytest.raises(LostRace):
        async with transaction():
            await events.record(new_id(), InvoiceIssued(new_id()), at=NOW)
    assert await rows.number_of("event") == 0


async def test_many_writers_leave_no_gap_and_commit_in_order() -> None:
    account = await rows.account()
    pauses = random.Random(20)
    done = asyncio.Event()
    seen: list[list[int]] = []

    async def write(writer: int) -> None:
        async with transaction():
            await events.record(account.id, InvoiceIssued(new_id()), at=NOW)
            await asyncio.sleep(pauses.random() / 100)
            if writer % 4 == 0:
                raise Undone

    async def watch() -> None:
        while not done.is_set():
            seen.append([one.seq for one in await events.after(account.id, 0, limit=100)])
            await asyncio.sleep(0)

    watcher = asyncio.create_task(watch())
    ends = await asyncio.gather(*[write(writer) for writer in range(20)], return_exceptions=True)
    done.set()
    await watcher

    assert [type(end) for end in ends].count(Undone) == 5
    assert ends.count(None) == 15
    # At no moment was a later fact there without every earlier one.
    assert all(places == list(range(1, len(places) + 1)) for places in seen)
    assert len({len(places) for places in seen}) > 1
    assert [one.seq for one in await events.after(account.id, 0, limit=100)] == list(range(1, 16))
    assert await events.newest(account.id) == 15


async def test_a_hint_follows_the_commit(db: str) -> None:
    account = await rows.account()
    bus = Witness(db)
    async with transaction(bus):
        await events.record(account.id, InvoiceIssued(new_id()), at=NOW)
        await events.record(account.id, InvoiceIssued(new_id()), at=NOW)
        assert bus.hints == []
    assert bus.hints == [(account.id, 2)]


async def test_every_account_that_was_touched_is_told(db: str) -> None:
    one, other = await rows.account(), await rows.account()
    bus = Witness(db)
    async with transaction(bus):
        await events.record(one.id, InvoiceIssued(new_id()), at=NOW)
        await events.record(other.id, InvoiceIssued(new_id()), at=NOW)
    assert sorted(bus.hints) == sorted([(one.id, 1), (other.id, 1)])


async def test_no_hint_follows_a_rollback(db: str) -> None:
    account = await rows.account()
    bus = Witness(db)
    with pytest.raises(Undone):
        await record_and_undo(bus, account.id)
    assert bus.hints == []
    assert await events.newest(account.id) == 0
    async with transaction(bus):
        pass
    assert bus.hints == []


async def test_a_transaction_in_another_leaves_telling_to_it(db: str) -> None:
    account = await rows.account()
    bus = Witness(db)
    async with transaction(bus):
        async with transaction(bus):
            await events.record(account.id, InvoiceIssued(new_id()), at=NOW)
        assert bus.hints == []
        with pytest.raises(Undone):
            await record_and_undo(bus, account.id)
        assert await events.record(account.id, InvoiceIssued(new_id()), at=NOW) == 2
    assert bus.hints == [(account.id, 2)]
    assert [one.seq for one in await events.after(account.id, 0, limit=100)] == [1, 2]


async def test_the_log_of_one_invoice_and_of_one_payment() -> None:
    account = await rows.account()
    paid = await rows.invoice(account.id)
    unpaid = await rows.invoice(account.id, kind=InvoiceKind.ADD_ON)
    payment = await rows.payment(account.id, paid)
    document = new_id()
    processing = InvoiceStatusChanged(paid.id, InvoiceStatus.OPEN, DisplayStatus.PROCESSING)
    written: list[Event] = [
        InvoiceIssued(paid.id),
        InvoiceIssued(unpaid.id),
        DocumentStateChanged(paid.id, document, DocumentState.READY),
        PaymentStatusChanged(payment.id, PaymentStatus.PROCESSING, None),
        processing,
        InvoiceStatusChanged(unpaid.id, InvoiceStatus.VOID, DisplayStatus.VOID),
        DeliveryStateChanged(paid.id, new_id(), DeliveryState.SENT),
        PaymentStatusChanged(new_id(), PaymentStatus.PENDING, None),
    ]
    async with transaction():
        for event in written:
            await events.record(account.id, event, at=NOW)

    of_paid = await events.of_invoice(account.id, paid.id, 0, limit=100)
    assert [one.seq for one in of_paid] == [1, 3, 4, 5, 7]
    assert [one.event for one in of_paid] == [written[place] for place in (0, 2, 3, 4, 6)]
    of_unpaid = await events.of_invoice(account.id, unpaid.id, 0, limit=100)
    assert [one.seq for one in of_unpaid] == [2, 6]
    of_payment = await events.of_payment(account.id, payment.id, 0, limit=100)
    assert [(one.seq, one.event) for one in of_payment] == [(4, written[3]), (5, processing)]

    assert [one.seq for one in await events.of_invoice(account.id, paid.id, 3, limit=2)] == [4, 5]
    assert [one.seq for one in await events.of_payment(account.id, payment.id, 4, limit=9)] == [5]
    stranger = (await rows.account()).id
    assert await events.of_invoice(stranger, paid.id, 0, limit=100) == []
    assert await events.of_payment(stranger, payment.id, 0, limit=100) == []


async def test_a_stored_event_names_what_it_is_about() -> None:
    account = await rows.account()
    about = new_id()
    async with transaction():
        await events.record(
            account.id, PaymentStatusChanged(about, PaymentStatus.FAILED, "expired_card"), at=NOW
        )
    row = await fetch_one("SELECT kind, invoice_id, payment_id, occurred_at FROM event")
    assert row is not None
    assert tuple(row.values()) == ("PaymentStatusChanged", None, about, NOW)
