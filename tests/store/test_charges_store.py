"""Charges, notices and rates: kept once, however often they are reported."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from service.billing.errors import LostRace, NotFound
from service.billing.invoice import InvoiceKind
from service.billing.rates import EuroRates
from service.gateway import GatewayNotice
from service.store import charges, rates, receipts
from service.store.charges import NewCharge
from service.store.database import new_id, transaction
from service.store.records import Charge
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

SOON = NOW + timedelta(days=1)


def new_charge(account_id: UUID, reference: str, **given: Any) -> NewCharge:
    values: dict[str, Any] = {
        "kind": InvoiceKind.USAGE,
        "occurred_at": NOW,
        "description": "Storage, GB-month “ケース”",
        "quantity": Decimal("1234.567000"),
        "unit_price": Decimal("0.0875000001"),
        "currency": "USD",
    }
    return NewCharge(account_id=account_id, reference=reference, **values | given)


async def unbilled(account_id: UUID, kind: InvoiceKind = InvoiceKind.USAGE) -> list[Charge]:
    return await charges.unbilled(account_id, kind, before=SOON)


async def test_a_charge_is_read_as_it_was_reported() -> None:
    account = await rows.account()
    new = new_charge(account.id, "c-1")
    assert await charges.record([new], at=NOW) == {(account.id, "c-1")}
    (read,) = await unbilled(account.id)
    assert read == Charge(
        read.id, account.id, NOW, new.description, new.quantity, new.unit_price, "USD"
    )
    assert str(read.unit_price) == "0.0875000001"


async def test_a_charge_that_is_known_is_left_alone() -> None:
    account, other = await rows.account(), await rows.account()
    await charges.record([new_charge(account.id, "c-1")], at=NOW)
    again = [
        new_charge(account.id, "c-1", quantity=Decimal(9)),
        new_charge(account.id, "c-2"),
        new_charge(account.id, "c-2"),
        new_charge(other.id, "c-1"),
    ]
    stored = await charges.record(again, at=NOW)
    assert stored == {(account.id, "c-2"), (other.id, "c-1")}
    assert [one.quantity for one in await unbilled(account.id)] == [Decimal("1234.567000")] * 2
    assert await charges.record([], at=NOW) == set()


async def test_what_is_recorded_under_a_reference_can_be_read() -> None:
    account, other = await rows.account(), await rows.account()
    first = new_charge(account.id, "c-1", kind=InvoiceKind.ADD_ON)
    await charges.record([first, new_charge(other.id, "c-2")], at=NOW)
    asked = [new_charge(account.id, "c-1", quantity=Decimal(9)), new_charge(account.id, "c-2")]
    assert await charges.recorded(asked) == {(account.id, "c-1"): first}
    assert await charges.recorded([]) == {}


async def test_of_the_same_report_many_times_at_once_one_is_kept() -> None:
    account = await rows.account()
    news = [new_charge(account.id, f"c-{place}") for place in range(5)]
    stored = await asyncio.gather(*[charges.record(news, at=NOW) for _ in range(8)])
    assert sum(len(one) for one in stored) == 5
    assert len(await unbilled(account.id)) == 5


async def test_what_is_unbilled_comes_oldest_first() -> None:
    account = await rows.account()
    days = [3, 1, 2]
    news = [
        new_charge(account.id, f"c-{day}", occurred_at=NOW - timedelta(days=day)) for day in days
    ]
    late = new_charge(account.id, "late", occurred_at=SOON)
    add_on = new_charge(account.id, "add-on", kind=InvoiceKind.ADD_ON)
    await charges.record([*news, late, add_on], at=NOW)
    found = [one.occurred_at for one in await unbilled(account.id)]
    assert found == [NOW - timedelta(days=day) for day in (3, 2, 1)]
    assert len(await unbilled(account.id, InvoiceKind.ADD_ON)) == 1
    everything = await charges.unbilled(account.id, InvoiceKind.USAGE, before=None)
    assert [one.occurred_at for one in everything] == [*found, SOON]
    assert await unbilled((await rows.account()).id) == []


async def test_a_charge_is_billed_once() -> None:
    account = await rows.account()
    await charges.record([new_charge(account.id, f"c-{place}") for place in range(2)], at=NOW)
    found = await unbilled(account.id)
    invoice = await rows.invoice(account.id)
    await charges.mark_billed(account.id, invoice.id, found[:1])
    assert await unbilled(account.id) == found[1:]

    async def bill_both() -> None:
        async with transaction():
            await charges.mark_billed(account.id, invoice.id, found)

    with pytest.raises(LostRace):
        await bill_both()
    assert await unbilled(account.id) == found[1:]


async def test_a_notice_is_kept_once_by_its_event() -> None:
    payment_id = new_id()
    notice = GatewayNotice("evt_1", "checkout.session.completed", False, "cs_1", payment_id)
    kept = await asyncio.gather(
        *[receipts.store("stripe", notice, b"{\x00\xff}", at=NOW) for _ in range(8)]
    )
    (receipt_id,) = [one for one in kept if one is not None]
    assert await receipts.store("other", notice, b"{}", at=NOW) is not None
    assert await rows.number_of("receipt") == 2

    read = await receipts.find(receipt_id)
    assert (read.event_id, read.kind) == ("evt_1", "checkout.session.completed")
    assert (read.session_id, read.payment_id) == ("cs_1", payment_id)
    assert read.handled_at is None
    with pytest.raises(NotFound):
        await receipts.find(new_id())


async def test_the_first_outcome_of_a_notice_stays() -> None:
    notice = GatewayNotice("evt_1", "charge.refunded", False, None, None)
    receipt_id = await receipts.store("stripe", notice, b"{}", at=NOW)
    assert receipt_id is not None
    await receipts.mark_handled(receipt_id, "CAPTURED", at=NOW)
    await receipts.mark_handled(receipt_id, "EXPIRED", at=SOON)
    assert (await receipts.find(receipt_id)).handled_at == NOW


async def test_the_newest_rates_of_a_day() -> None:
    thursday, friday = date(2026, 10, 29), date(2026, 10, 30)
    older = EuroRates(thursday, "ECB", {"USD": Decimal("1.08"), "INR": Decimal("91.5")})
    newer = EuroRates(friday, "ECB", {"USD": Decimal("1.09"), "INR": Decimal("91.6")})
    assert await rates.newest(friday) is None
    for table in (older, newer, newer):
        await rates.record(table)
    await rates.record(EuroRates(friday, "ECB", {"USD": Decimal(9)}))
    assert await rates.newest(friday) == newer
    assert await rates.newest(friday + timedelta(days=3)) == newer
    assert await rates.newest(thursday) == older
    assert await rates.newest(thursday - timedelta(days=1)) is None
    assert await rows.number_of("exchange_rate") == 4
