"""Bank transfers: each counts once, whoever records it and however often."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable, IdempotencyConflict, InvalidInput
from service.billing.ids import Kind, encode
from service.billing.payment import PaymentStatus
from service.billing.period import Month
from service.billing.refund import RefundReason
from service.store import invoices, refunds
from service.store.records import Invoice, Payment
from service.workflows import closing
from service.workflows.offline import OfflinePayment, record
from tests.support.books import books
from tests.support.shop import START, TODAY, Shop

AUGUST = Month(2026, 8)


async def recorded(
    shop: Shop,
    invoice: Invoice,
    minor: int = 10_000,
    *,
    key: str,
    reference: str = "UTR 1",
    on: date = TODAY,
) -> Payment:
    received = OfflinePayment(invoice.id, minor, reference, on, "ops@seller.example", key)
    return await record(shop.ports, invoice.account_id, received)


async def paid_minor(account: UUID, invoice: Invoice) -> int:
    return (await invoices.find(account, invoice.id)).paid_minor


@pytest.mark.parametrize(
    "reference",
    ["UTR 1", "utr 1", "UTR  1", "utr-1", "UTR1", "UTR\u20101", "UTR \u2013 1", "UTR\u00a01"],
)
async def test_a_reference_counts_once_however_it_is_written(shop: Shop, reference: str) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    payment = await recorded(shop, invoice, 6_000, key="k1")
    assert (await recorded(shop, invoice, 6_000, key="k2", reference=reference)).id == payment.id
    before = await books()
    # Also where more than is left would be recorded: it is known before that is asked.
    with pytest.raises(InvalidInput) as refused:
        await recorded(shop, invoice, 6_001, key="k3", reference=reference)
    assert [one.code for one in refused.value.issues] == ["KNOWN"]
    assert await books() == before
    assert await paid_minor(account, invoice) == 6_000


async def test_parts_of_a_transfer_are_told_apart_by_what_is_neither_space_nor_hyphen(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    for key, reference in (("k1", "UTR 1/1"), ("k2", "UTR 1/2"), ("k3", "UTR 11")):
        await recorded(shop, invoice, 1_000, key=key, reference=reference)
    assert await paid_minor(account, invoice) == 3_000


@pytest.mark.parametrize("what", ["another invoice", "another amount"])
async def test_a_reference_that_is_known_is_refused_with_another_invoice_or_amount(
    shop: Shop, what: str
) -> None:
    account = await shop.account()
    first = await shop.invoice(account)
    second = await shop.invoice(account, month=AUGUST)
    payment = await recorded(shop, first, 4_000, key="k1")
    before = await books()
    wanted, minor = (second, 4_000) if what == "another invoice" else (first, 4_001)
    with pytest.raises(InvalidInput) as refused:
        await recorded(shop, wanted, minor, key="k2")
    [issue] = refused.value.issues
    assert (issue.path, issue.code) == (("bankReference",), "KNOWN")
    assert issue.message == (
        f"Payment {encode(Kind.PAYMENT, payment.id)} has it: 40.00 USD on invoice"
        f" {first.number}, received on {payment.quote.as_of}. Give each part of a transfer a"
        " reference of its own."
    )
    assert await books() == before


async def test_a_reference_of_another_account_is_nobody_elses_business(shop: Shop) -> None:
    one, other = await shop.account(), await shop.account()
    await recorded(shop, await shop.invoice(one), key="k")
    theirs = await shop.invoice(other)
    await recorded(shop, theirs, 500, key="k")
    assert await paid_minor(other, theirs) == 500


async def test_two_people_with_the_same_transfer_at_the_same_moment_get_one_payment(
    shop: Shop,
) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    both = await asyncio.gather(*[recorded(shop, invoice, key=f"k{n}") for n in range(2)])
    assert both[0] == both[1]
    assert await paid_minor(account, invoice) == 10_000


async def test_one_request_sent_twice_at_the_same_moment_is_one_payment(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    both = await asyncio.gather(*[recorded(shop, invoice, key="k") for _ in range(2)])
    assert both[0] == both[1]
    before = await books()
    with pytest.raises(IdempotencyConflict):
        await recorded(shop, invoice, key="k", reference="UTR 2")
    assert await books() == before


@pytest.mark.parametrize(
    ("time_zone", "noon"),
    [
        ("Pacific/Kiritimati", datetime(2026, 10, 28, 22, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 10, 29, 6, 30, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 10, 29, 19, tzinfo=UTC)),
    ],
)
async def test_it_is_captured_on_its_day_wherever_the_account_is(
    shop: Shop, time_zone: str, noon: datetime
) -> None:
    invoice = await shop.invoice(await shop.account(time_zone=time_zone))
    payment = await recorded(shop, invoice, key="k", on=date(2026, 10, 29))
    assert (payment.captured_at, payment.quote.as_of) == (noon, date(2026, 10, 29))


async def test_what_arrived_today_was_captured_by_now(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    assert (await recorded(shop, invoice, key="k")).captured_at == START


async def test_the_day_has_begun_when_it_has_where_the_seller_is(shop: Shop) -> None:
    shop.clock.move(hours=10)
    account = await shop.account(time_zone="America/Los_Angeles")
    invoice, other = await shop.invoice(account), await shop.invoice(account, month=AUGUST)
    payment = await recorded(shop, invoice, key="k", on=date(2026, 10, 31))
    assert payment.captured_at == START + timedelta(hours=10)
    before = await books()
    with pytest.raises(InvalidInput, match="It was received by today"):
        await recorded(shop, other, key="l", reference="UTR 2", on=date(2026, 11, 1))
    assert await books() == before


async def test_a_key_that_found_the_transfer_recorded_is_used_up(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    first = await recorded(shop, invoice, 4_000, key="k1")
    assert await recorded(shop, invoice, 4_000, key="k2") == first
    before = await books()
    with pytest.raises(IdempotencyConflict):
        await recorded(shop, invoice, 4_000, key="k2", reference="UTR 2")
    assert await books() == before


# -- a page that is open meanwhile -------------------------------------------------------------


async def test_a_transfer_in_full_closes_the_page_that_was_open(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await recorded(shop, invoice, key="k")
    assert shop.at_gateway(started)["status"] == "open"
    await shop.drain()
    assert shop.at_gateway(started)["status"] == "expired"
    assert (await shop.payment(account, started.id)).status is PaymentStatus.EXPIRED
    assert (await invoices.find(account, invoice.id)).live_payment is None


async def test_a_transfer_in_part_leaves_the_page_open(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await recorded(shop, invoice, 4_000, key="k")
    await shop.drain()
    assert shop.at_gateway(started)["status"] == "open"
    assert (await shop.payment(account, started.id)).status is PaymentStatus.PENDING


async def test_what_was_paid_before_the_page_closed_is_taken_and_given_back(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await recorded(shop, invoice, key="k")
    await shop.pay(started)
    await closing.close_page(shop.ports, account, started.id)
    assert (await shop.payment(account, started.id)).status is PaymentStatus.CAPTURED
    [refund] = (await refunds.of_payments(account, [started.id]))[started.id]
    assert (refund.reason, refund.charged) == (RefundReason.SURPLUS, started.quote.charged)
    before = await books()
    await closing.close_page(shop.ports, account, started.id)
    assert await books() == before


async def test_a_page_whose_answer_was_lost_is_closed_as_well(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    shop.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await shop.start(account, invoice)
    begun = await shop.live(invoice)
    await recorded(shop, invoice, key="k")
    with pytest.raises(GatewayUnavailable):
        await closing.close_page(shop.ports, account, begun.id)
    shop.sandbox.faults.clear()
    await closing.close_page(shop.ports, account, begun.id)
    ended = await shop.payment(account, begun.id)
    assert (ended.status, shop.at_gateway(ended)["status"]) == (PaymentStatus.EXPIRED, "expired")
