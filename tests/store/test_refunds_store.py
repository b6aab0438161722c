"""Refunds and disputes: stored once, moved under guard, and found by their payment."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.errors import LostRace, NotFound, TransitionRefused
from service.billing.invoice import InvoiceKind
from service.billing.money import Money
from service.billing.refund import (
    DisputeMove,
    DisputeStatus,
    RefundMove,
    RefundReason,
    RefundStatus,
)
from service.store import refunds
from service.store.database import new_id, transaction
from service.store.money_records import Dispute, Refund
from service.store.records import Payment
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)


async def paid() -> Payment:
    account = await rows.account()
    return await rows.payment(account.id, await rows.invoice(account.id))


async def add(payment: Payment, **given: Any) -> Refund | None:
    refund = rows.new_refund(payment, **given)
    async with transaction():
        return refund if await refunds.add(refund) else None


async def added(payment: Payment, **given: Any) -> Refund:
    refund = await add(payment, **given)
    assert refund is not None
    return refund


async def move(refund: Refund, step: RefundMove, **given: str | None) -> RefundStatus:
    async with transaction():
        return await refunds.move(refund, step, at=LATER, **given)


async def now(refund: Refund) -> Refund:
    return await refunds.find(refund.account_id, refund.id)


async def open_dispute(payment: Payment, reference: str = "dp_1", **given: Any) -> bool:
    seen = rows.gateway_dispute(reference, **given)
    async with transaction():
        return await refunds.open_dispute(payment.account_id, payment.id, payment.gateway, seen)


async def disputes(payment: Payment) -> list[Dispute]:
    found = await refunds.disputes_of_payments(payment.account_id, [payment.id])
    return found[payment.id]


async def test_a_refund_is_read_as_it_was_decided() -> None:
    payment = await paid()
    refund = await added(payment, reference="re_1", failure="expired_card", key_number=2)
    assert await now(refund) == refund


async def by_bank(payment: Payment, reference: str) -> Refund | None:
    return await add(payment, gateway="offline", status=RefundStatus.SUCCEEDED, reference=reference)


async def test_what_went_back_by_bank_is_found_however_its_reference_is_written() -> None:
    payment = await paid()
    refund = await by_bank(payment, "OUT 1")
    for written in ("OUT 1", "out-1", "OUT\u00a01", "OUT \u2013 1"):
        assert await refunds.of_offline(payment.account_id, written) == refund
    assert await refunds.of_offline(payment.account_id, "OUT 11") is None
    assert await refunds.of_offline((await paid()).account_id, "OUT 1") is None


async def test_a_gateways_refund_is_nothing_that_went_back_by_bank() -> None:
    payment = await paid()
    await added(payment, reference="OUT 1")
    assert await refunds.of_offline(payment.account_id, "OUT 1") is None


async def test_a_bank_reference_counts_once_in_its_account_alone() -> None:
    payment, other = await paid(), await paid()
    assert await by_bank(payment, "OUT 1") is not None
    assert await by_bank(payment, "OUT 1") is None
    assert await by_bank(other, "OUT 1") is not None


async def test_a_refund_of_another_account_is_not_found() -> None:
    payment = await paid()
    refund = await added(payment)
    stranger = (await rows.account()).id
    with pytest.raises(NotFound, match=r"No such refund\."):
        await refunds.find(stranger, refund.id)
    with pytest.raises(NotFound):
        await refunds.find(payment.account_id, new_id())
    assert await refunds.of_payments(stranger, [payment.id]) == {payment.id: []}
    with pytest.raises(LostRace):
        await move(replace(refund, account_id=stranger), RefundMove.SUCCEED, reference="re_1")
    await refunds.use_next_key(replace(refund, account_id=stranger))
    with pytest.raises(IntegrityError, match="refund_payment"):
        await added(replace(payment, account_id=stranger))
    assert await now(refund) == refund


async def test_a_surplus_goes_back_once() -> None:
    payment, other = await paid(), await paid()
    surplus = {"reason": RefundReason.SURPLUS, "requested_by": None}
    ends = await asyncio.gather(*[add(payment, **surplus) for _ in range(6)])
    (kept,) = [end for end in ends if end is not None]
    assert await added(other, **surplus)
    assert await refunds.of_payments(payment.account_id, [payment.id]) == {payment.id: [kept]}
    # Not even when it failed: a person looks then.
    await move(kept, RefundMove.FAIL, failure="expired_card")
    assert await add(payment, **surplus) is None


async def test_a_refund_that_the_gateway_told_of_is_stored_once() -> None:
    payment, other = await paid(), await paid()
    elsewhere = {"reason": RefundReason.AT_GATEWAY, "requested_by": None, "reference": "re_1"}
    assert await add(payment, **elsewhere)
    assert await add(other, **elsewhere) is None
    assert await add(payment, **elsewhere | {"gateway": "other"})
    assert await rows.number_of("refund") == 2


async def test_refunds_are_listed_by_payment_oldest_first() -> None:
    first = await paid()
    account_id = first.account_id
    second = await rows.payment(account_id, await rows.invoice(account_id, kind=InvoiceKind.ADD_ON))
    made = [await added(payment) for payment in (second, first, second)]
    assert await refunds.of_payments(account_id, [first.id, second.id]) == {
        first.id: [made[1]],
        second.id: [made[0], made[2]],
    }
    assert await refunds.of_payments(account_id, []) == {}


async def test_a_move_keeps_what_the_gateway_told() -> None:
    refund = await added(await paid())
    after = await move(refund, RefundMove.ACCEPT, reference="re_1")
    accepted = await now(refund)
    assert accepted == replace(refund, status=after, reference="re_1", updated_at=LATER)
    assert after is RefundStatus.PENDING
    assert await move(accepted, RefundMove.SUCCEED) is RefundStatus.SUCCEEDED
    succeeded = await now(refund)
    assert succeeded == replace(accepted, status=RefundStatus.SUCCEEDED)
    await move(succeeded, RefundMove.FAIL, failure="f" * 300)
    assert await now(refund) == replace(
        succeeded, status=RefundStatus.FAILED, failure="f" * 200, reference="re_1"
    )


async def test_who_read_an_older_status_loses() -> None:
    read = await added(await paid())
    await move(read, RefundMove.ACCEPT, reference="re_1")
    before = await now(read)
    with pytest.raises(LostRace, match=f"^refund {read.id}$"):
        await move(read, RefundMove.FAIL, failure="too late")
    with pytest.raises(TransitionRefused):
        await move(before, RefundMove.ACCEPT)
    assert await now(read) == before


async def test_of_many_movers_one_wins() -> None:
    refund = await added(await paid())
    steps = [RefundMove.ACCEPT, RefundMove.SUCCEED, RefundMove.FAIL] * 3
    ends = await asyncio.gather(
        *[move(refund, step, reference="re_1") for step in steps], return_exceptions=True
    )
    (won,) = [end for end in ends if isinstance(end, RefundStatus)]
    assert [type(end) for end in ends].count(LostRace) == 8
    assert (await now(refund)).status is won


async def test_a_key_that_a_failure_used_up_is_left_behind_once() -> None:
    refund = await added(await paid())
    await asyncio.gather(*[refunds.use_next_key(refund) for _ in range(4)])
    again = await now(refund)
    assert again == replace(refund, key_number=1)
    await move(again, RefundMove.ACCEPT, reference="re_1")
    await refunds.use_next_key(again)
    assert (await now(refund)).key_number == 1


async def test_the_first_call_for_a_surplus_uses_a_key_and_later_ones_the_same() -> None:
    refund = await added(await paid(), reason=RefundReason.SURPLUS, requested_by=None)
    for _ in range(2):
        await refunds.note_asked(await now(refund), at=LATER)
    asked = await now(refund)
    assert asked == replace(refund, key_number=1, updated_at=LATER)
    await move(asked, RefundMove.ACCEPT, reference="re_1")
    accepted = await now(refund)
    await refunds.note_asked(accepted, at=LATER + timedelta(minutes=1))
    assert await now(refund) == accepted


async def test_less_is_asked_for_under_the_next_key_and_by_one_only() -> None:
    refund = await added(await paid(), reason=RefundReason.SURPLUS, requested_by=None)
    charged, amount = Money(7, refund.charged.currency), Money(3, refund.amount.currency)
    await refunds.bring_down(refund, charged, amount, at=LATER)
    less = await now(refund)
    assert less == replace(refund, charged=charged, amount=amount, key_number=1, updated_at=LATER)
    with pytest.raises(LostRace, match=f"^refund {refund.id}$"):
        await refunds.bring_down(refund, charged, amount, at=LATER)
    await move(less, RefundMove.ACCEPT, reference="re_1")
    before = await now(refund)
    with pytest.raises(LostRace):
        await refunds.bring_down(less, charged, amount, at=LATER)
    assert await now(refund) == before


async def test_what_no_gateway_has_taken_on_is_found_oldest_first() -> None:
    payment = await paid()
    ages = {minutes: NOW - timedelta(minutes=minutes) for minutes in (0, 3, 1, 2)}
    made = {age: await added(payment, updated_at=when) for age, when in ages.items()}
    await move(made[2], RefundMove.ACCEPT, reference="re_1")
    assert await refunds.unsent(before=NOW, limit=9) == [made[3], made[1]]
    assert await refunds.unsent(before=NOW, limit=1) == [made[3]]
    assert await refunds.unsent(before=LATER, limit=9) == [made[3], made[1], made[0]]


async def test_a_dispute_is_opened_once() -> None:
    payment, other = await paid(), await paid()
    ends = await asyncio.gather(*[open_dispute(payment, reason="r" * 80) for _ in range(6)])
    assert sorted(ends) == [False] * 5 + [True]
    assert not await open_dispute(other)
    (dispute,) = await disputes(payment)
    assert dispute == Dispute(
        id=dispute.id,
        account_id=payment.account_id,
        payment_id=payment.id,
        gateway="stripe",
        reference="dp_1",
        status=DisputeStatus.OPEN,
        reason="r" * 64,
        charged=Money(840_117, "INR"),
        opened_at=NOW,
        closed_at=None,
    )
    assert await disputes(other) == []


async def test_a_dispute_is_stored_as_open_whatever_was_seen() -> None:
    payment = await paid()
    await open_dispute(payment, status=DisputeStatus.LOST)
    (dispute,) = await disputes(payment)
    assert dispute.status is DisputeStatus.OPEN


async def test_a_dispute_is_closed_once() -> None:
    payment = await paid()
    await open_dispute(payment)
    (dispute,) = await disputes(payment)

    async def close(step: DisputeMove) -> None:
        async with transaction():
            await refunds.move_dispute(dispute, step, at=LATER)

    ends = await asyncio.gather(
        *[close(step) for step in (DisputeMove.WIN, DisputeMove.LOSE) * 3], return_exceptions=True
    )
    assert [type(end) for end in ends].count(LostRace) == 5
    (closed,) = await disputes(payment)
    assert closed == replace(dispute, status=closed.status, closed_at=LATER)
    assert closed.status is not DisputeStatus.OPEN
    with pytest.raises(TransitionRefused):
        await refunds.move_dispute(closed, DisputeMove.WIN, at=LATER)
    with pytest.raises(LostRace, match=f"^dispute {dispute.id}$"):
        await refunds.move_dispute(replace(dispute, account_id=new_id()), DisputeMove.WIN, at=LATER)


async def test_disputes_are_listed_by_payment_and_account() -> None:
    payment, other = await paid(), await paid()
    for reference in ("dp_2", "dp_1"):
        await open_dispute(payment, reference)
    assert [one.reference for one in await disputes(payment)] == ["dp_2", "dp_1"]
    wanted = [payment.id, other.id]
    found = await refunds.disputes_of_payments(other.account_id, wanted)
    assert found == {payment.id: [], other.id: []}


async def test_an_open_dispute_is_about_every_invoice_of_its_payment() -> None:
    account_id = (await rows.account()).id
    invoices = [await rows.invoice(account_id, kind=InvoiceKind.ADD_ON) for _ in range(3)]
    ids = [invoice.id for invoice in invoices]
    payment = await rows.payment(account_id, *invoices[:2])
    await rows.payment(account_id, invoices[2])
    assert await refunds.disputed_invoices(account_id, ids) == set()
    await open_dispute(payment, "dp_1")
    await open_dispute(payment, "dp_2")
    assert await refunds.disputed_invoices(account_id, ids) == set(ids[:2])
    assert await refunds.disputed_invoices(account_id, ids[1:]) == {ids[1]}
    assert await refunds.disputed_invoices((await rows.account()).id, ids) == set()
    for dispute in await disputes(payment):
        await refunds.move_dispute(dispute, DisputeMove.WIN, at=LATER)
    assert await refunds.disputed_invoices(account_id, ids) == set()
