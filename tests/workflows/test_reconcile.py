"""The gateway's own lists, read to their end: what they tell last is what was missed longest."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from service.adapters import stripe_gateway
from service.billing.errors import GatewayRefused, GatewayUnavailable
from service.billing.invoice import InvoiceStatus
from service.billing.payment import PaymentStatus
from service.gateway import NoticePage
from service.store import cursors, invoices
from service.store.database import execute
from service.store.records import Payment
from service.workflows import reconcile
from tests.support.books import books, rows
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop
from tests.workflows.test_claims import paid_elsewhere

S = PaymentStatus
COMPLETED = "kind = 'checkout.session.completed'"


async def paid(shop: Shop) -> tuple[UUID, Payment]:
    """A payment that nobody told us of."""
    account = await shop.account()
    payment = (await shop.start(account, await shop.invoice(account))).payment
    await shop.pay(payment)
    return account, payment


def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the gateway had many pages of everything."""
    monkeypatch.setattr(stripe_gateway, "_PAGE", 2)


async def test_what_was_captured_first_is_compared_among_more_than_a_search_finds(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (stripe_gateway, reconcile):
        monkeypatch.setattr(module, "FOUND_MAX", 3)
    account, payment = await paid(shop)
    for number in range(6):
        shop.clock.move(seconds=1)
        await paid_elsewhere(shop, f"payer{number}@elsewhere.example", 100)
    assert await reconcile.compare_lately(shop.ports) == 7
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED
    assert await reconcile.compare_lately(shop.ports) == 6


async def test_charges_that_took_nothing_hide_none_that_did(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_lists(monkeypatch)
    account, payment = await paid(shop)
    shop.clock.move(seconds=1)
    other = await shop.account()
    declined = (await shop.start(other, await shop.invoice(other))).payment
    for _ in range(6):
        await shop.pay(declined, "declined")
    assert await reconcile.compare_lately(shop.ports) == 1
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED


async def test_one_payment_that_is_refused_keeps_no_other_from_being_compared(shop: Shop) -> None:
    account, payment = await paid(shop)
    shop.clock.move(seconds=2)
    _, odd = await paid(shop)
    path = f"/v1/checkout/sessions/{odd.session_id}"
    shop.sandbox.faults.add("fail_api", status=409, path=path)
    assert await reconcile.compare_lately(shop.ports) == 2
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED
    shop.sandbox.faults.clear()
    assert await reconcile.compare_lately(shop.ports) == 1


async def test_the_first_reading_goes_back_to_the_oldest_event(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_lists(monkeypatch)
    account, payment = await paid(shop)
    for number in range(6):
        shop.clock.move(seconds=1)
        await paid_elsewhere(shop, f"payer{number}@elsewhere.example", 100)
    assert await reconcile.read_events(shop.ports) > 6
    await shop.drain()
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED


async def lost_our_place(shop: Shop) -> tuple[UUID, Payment]:
    """The service was down for so long that the gateway forgot the event that we stopped at."""
    found = await paid(shop)
    shop.clock.move(days=10)
    for event in shop.sandbox.book.oldest_first("event"):
        with shop.sandbox.book.transaction():
            shop.sandbox.book.put("event", event["id"], {**event, "pending_webhooks": 0})
    await cursors.keep_place("stripe", reconcile.STREAM, "evt_forgotten", at=shop.clock())
    return found


async def test_who_lost_their_place_reads_all_that_the_gateway_keeps(shop: Shop) -> None:
    account, payment = await lost_our_place(shop)
    assert await reconcile.read_events(shop.ports) > 0
    assert await rows("receipt", COMPLETED) == 1
    await shop.drain()
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED
    assert await cursors.place_in("stripe", reconcile.STREAM) != "evt_forgotten"
    assert await reconcile.read_events(shop.ports) == 0


async def test_who_lost_their_place_and_failed_on_the_way_reads_all_the_next_time(
    shop: Shop,
) -> None:
    await lost_our_place(shop)
    await execute("ALTER TABLE receipt ADD CONSTRAINT broken CHECK (event_id = '')")
    try:
        with pytest.raises(IntegrityError):
            await reconcile.read_events(shop.ports)
    finally:
        await execute("ALTER TABLE receipt DROP CONSTRAINT broken")
    assert await reconcile.read_events(shop.ports) > 0
    assert await rows("receipt", COMPLETED) == 1


class Reader:
    """A gateway whose list of events fails as told, and what was asked of it."""

    def __init__(self, gateway: Any, *, fails_at: int = 0, error: Exception | None = None) -> None:
        self._gateway, self._fails_at, self._error = gateway, fails_at, error
        self.undelivered, self.walked = 0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def happened(
        self, cursor: str | None, *, since: datetime, undelivered: bool = False
    ) -> NoticePage:
        if undelivered:
            self.undelivered += 1
            if self._error is not None:
                raise self._error
        else:
            self.walked += 1
            if self.walked == self._fails_at:
                raise GatewayUnavailable
        page: NoticePage = await self._gateway.happened(
            cursor, since=since, undelivered=undelivered
        )
        return NoticePage((), None, has_more=False) if undelivered else page


@pytest.mark.parametrize("error", [GatewayUnavailable(), GatewayRefused("odd"), KeyError("type")])
async def test_a_list_of_undelivered_events_that_fails_does_not_stop_the_walk(
    shop: Shop, error: Exception
) -> None:
    account, payment = await paid(shop)
    shop.with_ports(gateway=Reader(shop.ports.gateway, error=error), printer=PlainPrinter())
    assert await reconcile.read_events(shop.ports) > 0
    await shop.drain()
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED


async def test_what_was_read_before_a_failure_is_kept_and_read_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_lists(monkeypatch)
    account, payment = await lost_our_place(shop)
    shop.with_ports(printer=PlainPrinter())
    answering = shop.ports.gateway
    events = shop.sandbox.book.count("event")
    # The first question is refused: the place is forgotten.
    shop.with_ports(gateway=Reader(answering, fails_at=3))
    assert await reconcile.read_events(shop.ports) == 0
    assert await rows("receipt") == 2
    reader = Reader(answering)
    shop.with_ports(gateway=reader)
    rest = await reconcile.read_events(shop.ports)
    # Ten days ago is further back than a first reading goes: where it began is kept, too.
    assert (rest, await rows("receipt", COMPLETED)) == (await rows("receipt") - 2, 1)
    assert reader.walked == -(-(events - 2) // 2)
    await shop.drain()
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED


async def test_one_run_reads_so_many_pages_and_the_next_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_lists(monkeypatch)
    monkeypatch.setattr(reconcile, "_PAGES_MAX", 2)
    account, payment = await paid(shop)
    for number in range(4):
        shop.clock.move(seconds=1)
        await paid_elsewhere(shop, f"payer{number}@elsewhere.example", 100)
    reader = Reader(shop.ports.gateway)
    shop.with_ports(gateway=reader, printer=PlainPrinter())
    read = [await reconcile.read_events(shop.ports)]
    assert (read, reader.walked) == ([4], 2)
    # What happens meanwhile is read after what was there before.
    shop.clock.move(seconds=1)
    other, late = await paid(shop)
    while read[-1]:
        before = reader.walked
        read.append(await reconcile.read_events(shop.ports))
        assert reader.walked - before <= 2
    assert sum(read) == await rows("receipt")
    await shop.drain()
    assert (await shop.payment(account, payment.id)).status is S.CAPTURED
    assert (await shop.payment(other, late.id)).status is S.CAPTURED


async def test_undelivered_events_are_read_page_by_page_and_not_for_ever(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_lists(monkeypatch)
    monkeypatch.setattr(reconcile, "_PAGES_MAX", 2)
    for _ in range(4):
        await paid(shop)
    asked: list[str | None] = []

    class Endless(Reader):
        async def happened(
            self, cursor: str | None, *, since: datetime, undelivered: bool = False
        ) -> NoticePage:
            if not undelivered:
                return NoticePage((), None, has_more=False)
            asked.append(cursor)
            page: NoticePage = await self._gateway.happened(cursor, since=since)
            return page

    shop.with_ports(gateway=Endless(shop.ports.gateway))
    assert await reconcile.read_events(shop.ports) == 4
    assert len(asked) == 2
    assert (asked[0], asked[1] is None) == (None, False)


async def test_notices_that_were_lost_are_read_from_the_gateways_list_once(shop: Shop) -> None:
    """The shop has no webhook endpoint: nothing is delivered, as if every notice were lost."""
    shop.with_ports(printer=PlainPrinter())
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    assert await rows("receipt") == 0
    assert await reconcile.read_events(shop.ports) == await rows("receipt") > 0
    await shop.drain()
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID
    before = await books()
    assert await reconcile.read_events(shop.ports) == 0
    assert await books() == before


async def test_a_capture_of_the_last_three_days_is_found_by_the_nightly_walk(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = (await shop.start(account, invoice)).payment
    await shop.pay(payment)
    # As if the sweep had given it up too.
    await execute("UPDATE payment SET next_check_at = NULL WHERE id = $1", payment.id)
    shop.clock.move(days=2)
    assert await reconcile.compare_lately(shop.ports) == 1
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED
    assert (await invoices.find(account, invoice.id)).paid_minor == 10000
    assert await reconcile.compare_lately(shop.ports) == 0
