"""A client that says every two seconds that its payer is back puts nothing off, and makes no heap
of evidence."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from service.billing.errors import GatewayUnavailable
from service.billing.evidence import Fact
from service.billing.invoice import DisplayStatus
from service.billing.support import CaseReason
from service.store.records import Payment
from service.workflows import checkout
from service.workflows.deadlines import enforce
from service.workflows.sweep import sweep
from tests.support.shop import START, Shop
from tests.workflows.test_deadlines import begun, facts, open_cases
from tests.workflows.test_doubt import Doubt

D = DisplayStatus
FIVE = timedelta(minutes=5)
RETURNED, OPEN, SILENT = Fact.PAYER_RETURNED, Fact.SEEN_OPEN, Fact.GATEWAY_SILENT


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def keep_coming_back(
    shop: Shop, payment: Payment, since: int, until: int
) -> dict[datetime, CaseReason]:
    """Come back every two seconds of a span, while the worker does its rounds; the cases that were
    opened, by when that was."""
    opened: dict[datetime, CaseReason] = {}
    for second in range(since, until, 2):
        shop.clock.now = after(second)
        with contextlib.suppress(GatewayUnavailable):
            await checkout.confirm(shop.ports, payment.account_id, payment.id)
        await sweep(shop.ports)
        await enforce(shop.ports)
        if not opened:
            opened = {shop.clock(): case.reason for case in await open_cases(payment)}
    return opened


async def test_while_the_gateway_is_silent_a_case_is_opened_five_minutes_after_the_first_return(
    shop: Shop,
) -> None:
    _, payment = await begun(shop)
    await shop.pay(payment)
    shop.sandbox.faults.add("outage")
    opened = await keep_coming_back(shop, payment, 0, 330)
    assert opened == {START + FIVE: CaseReason.DEADLINE_PASSED}
    assert await facts(payment) == [
        Fact.ATTEMPT_STARTED,
        RETURNED,
        SILENT,
        Fact.CASE_OPENED,
        SILENT,
    ]


async def test_while_the_gateway_says_that_nothing_was_paid_one_return_a_minute_is_kept(
    shop: Shop,
) -> None:
    _, payment = await begun(shop)
    assert await keep_coming_back(shop, payment, 0, 240) == {}
    assert await facts(payment) == [Fact.ATTEMPT_STARTED, *[RETURNED, OPEN] * 4]
    now = await shop.payment(payment.account_id, payment.id)
    assert (now.returned_at, now.deadline_at) == (after(238), after(180) + FIVE)


async def test_a_gateway_that_falls_silent_later_has_no_more_than_five_minutes(shop: Shop) -> None:
    _, payment = await begun(shop)
    await keep_coming_back(shop, payment, 0, 90)
    await shop.pay(payment)
    shop.sandbox.faults.add("outage")
    opened = await keep_coming_back(shop, payment, 90, 370)
    assert opened == {after(60) + FIVE: CaseReason.DEADLINE_PASSED}
    assert await facts(payment) == [
        Fact.ATTEMPT_STARTED,
        *[RETURNED, OPEN] * 2,
        SILENT,
        Fact.CASE_OPENED,
        SILENT,
    ]


async def test_who_turns_back_pays_and_is_back_within_a_minute_is_not_shown_as_due(
    shop: Shop,
) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back()
    await shop.pay(doubt.payment)
    shop.clock.move(seconds=20)
    await doubt.come_back_in_vain()
    assert await doubt.shows() == (D.PROCESSING, False, 0)
    assert await doubt.told() == [D.PROCESSING]
    assert await facts(doubt.payment) == [Fact.ATTEMPT_STARTED, RETURNED, OPEN, SILENT]
    again = await shop.payment(doubt.account, doubt.payment.id)
    assert (again.returned_at, again.deadline_at) == (after(20), START + FIVE)
    assert (again.checked_at, again.seen_state) == (None, None)


async def test_silence_from_before_they_came_back_keeps_no_screen_from_being_told(
    shop: Shop,
) -> None:
    doubt = await Doubt.begin(shop)
    await doubt.come_back()
    await shop.pay(doubt.payment)
    shop.sandbox.faults.add("outage")
    shop.clock.move(seconds=5)
    assert await sweep(shop.ports) == 1
    assert (await doubt.shows(), await doubt.told()) == ((D.DUE, True, 10000), [])
    shop.clock.move(seconds=5)
    await doubt.come_back_in_vain()
    assert (await doubt.shows(), await doubt.told()) == ((D.PROCESSING, False, 0), [D.PROCESSING])
    assert (await facts(doubt.payment))[3:] == [SILENT, RETURNED, SILENT]
    await keep_coming_back(shop, doubt.payment, 12, 30)
    assert await doubt.told() == [D.PROCESSING]
    assert (await facts(doubt.payment))[3:] == [SILENT, RETURNED, SILENT]
