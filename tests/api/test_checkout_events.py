"""A checkout is followed to its end: the payment final, and its invoices told."""

from __future__ import annotations

import pytest

from service.api import following
from service.billing.ids import Kind
from tests.api.harness import public
from tests.api.scene import AUGUST, CHECKOUT, PAID, Scene, brief_all


async def test_a_checkout_is_followed_until_it_is_paid_and_its_invoices_are(scene: Scene) -> None:
    other = await scene.api.shop.invoice(scene.account_id, month=AUGUST)
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
