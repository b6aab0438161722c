"""The circuit breaker: when a gateway counts as down, what is asked of it then, and how it comes
back. What goes through it unchanged is in test_gateways.py."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import structlog

from service.adapters.circuit_breaker import CircuitBreaker
from service.billing.errors import GatewayRefused, GatewayUnavailable
from tests.contract.test_gateways import order
from tests.support.gateway_desks import RedirectDesk
from tests.support.shop import SettableClock

NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)


@pytest.fixture
def desk() -> RedirectDesk:
    opened = RedirectDesk.opened(SettableClock(NOW))
    opened.gateway = CircuitBreaker(opened.gateway, opened.clock)
    return opened


async def fail(desk: RedirectDesk, times: int = 5) -> None:
    """So many calls without an answer."""
    for _ in range(times):
        with pytest.raises(GatewayUnavailable):
            await desk.gateway.check()


async def broken_down(desk: RedirectDesk) -> None:
    desk.break_down()
    await fail(desk)


async def turned_away(desk: RedirectDesk) -> int:
    """Have a payer's call fail without asking the gateway; return when to try again, in seconds."""
    before = len(desk.provider.calls)
    with pytest.raises(GatewayUnavailable) as refusal:
        await desk.gateway.open_checkout(order())
    assert len(desk.provider.calls) == before
    return refusal.value.retry_after_s


async def test_five_calls_in_a_row_without_an_answer_open_it(desk: RedirectDesk) -> None:
    desk.break_down()
    await fail(desk, 4)
    assert not desk.gateway.is_down
    with pytest.raises(GatewayUnavailable) as silence:
        await desk.gateway.open_checkout(order())
    assert silence.value.retry_after_s == 30
    assert desk.gateway.is_down
    assert len(desk.provider.calls) == 5


async def test_an_answer_in_between_begins_the_count_anew(desk: RedirectDesk) -> None:
    for _ in range(3):
        desk.break_down()
        await fail(desk, 4)
        desk.mend()
        with pytest.raises(GatewayRefused):
            await desk.gateway.look_up("unknown")
    assert not desk.gateway.is_down


async def test_a_refusal_is_an_answer(desk: RedirectDesk) -> None:
    for _ in range(20):
        with pytest.raises(GatewayRefused):
            await desk.gateway.look_up("unknown")
    assert not desk.gateway.is_down
    assert len(desk.provider.calls) == 20


async def test_while_it_is_open_a_payer_is_told_at_once_when_to_come_back(
    desk: RedirectDesk,
) -> None:
    await broken_down(desk)
    assert await turned_away(desk) == 10
    desk.clock.move(seconds=9.5)
    assert await turned_away(desk) == 1
    assert desk.gateway.is_down


async def test_after_the_pause_a_payers_call_is_the_probe(desk: RedirectDesk) -> None:
    await broken_down(desk)
    desk.clock.move(seconds=10)
    assert not desk.gateway.is_down
    desk.mend()
    await desk.gateway.open_checkout(order())
    assert desk.pages() == 1
    desk.clock.now = NOW
    assert not desk.gateway.is_down


async def test_the_pause_grows_from_ten_seconds_to_a_minute_and_begins_anew_after_an_answer(
    desk: RedirectDesk,
) -> None:
    await broken_down(desk)
    pauses = []
    for _ in range(5):
        pauses.append(await turned_away(desk))
        desk.clock.move(seconds=pauses[-1])
        await fail(desk, 1)
    assert pauses == [10, 20, 40, 60, 60]
    desk.mend()
    await desk.gateway.check()
    await broken_down(desk)
    assert await turned_away(desk) == 10


async def test_work_in_the_background_finds_out_within_the_pause_that_it_is_back(
    desk: RedirectDesk,
) -> None:
    await broken_down(desk)
    desk.mend()
    await desk.gateway.check()
    assert not desk.gateway.is_down
    await desk.gateway.open_checkout(order())


async def held_probe(desk: RedirectDesk) -> asyncio.Task[None]:
    """A probe that waits at the gateway."""
    desk.provider.held = asyncio.Event()
    probe = asyncio.create_task(desk.gateway.check())
    await asyncio.sleep(0.01)
    return probe


@pytest.mark.parametrize("back", [True, False])
async def test_one_probe_runs_at_a_time_and_who_comes_meanwhile_learns_from_it(
    desk: RedirectDesk, back: bool
) -> None:
    await broken_down(desk)
    if back:
        desk.mend()
    calls = len(desk.provider.calls)
    probe = await held_probe(desk)
    others = [asyncio.create_task(desk.gateway.check()) for _ in range(8)]
    await asyncio.sleep(0.01)
    assert len(desk.provider.calls) == calls + 1
    assert desk.provider.held is not None
    desk.provider.held.set()
    ended = await asyncio.gather(probe, *others, return_exceptions=True)
    if back:
        assert ended == [None] * 9
        assert len(desk.provider.calls) == calls + 9
    else:
        assert {type(one) for one in ended} == {GatewayUnavailable}
        assert len(desk.provider.calls) == calls + 1


async def test_a_payer_does_not_wait_for_a_probe(desk: RedirectDesk) -> None:
    await broken_down(desk)
    desk.clock.move(seconds=10)
    probe = await held_probe(desk)
    assert desk.gateway.is_down
    assert await turned_away(desk) == 1
    desk.mend()
    assert desk.provider.held is not None
    desk.provider.held.set()
    await probe
    assert not desk.gateway.is_down


async def test_a_probe_that_is_given_up_makes_room_for_the_next(desk: RedirectDesk) -> None:
    await broken_down(desk)
    desk.mend()
    probe = await held_probe(desk)
    waiting = asyncio.create_task(desk.gateway.check())
    await asyncio.sleep(0.01)
    probe.cancel()
    with pytest.raises(GatewayUnavailable):
        await waiting
    assert desk.gateway.is_down
    desk.provider.held = None
    await desk.gateway.check()
    assert not desk.gateway.is_down


async def test_calls_that_began_before_it_opened_prolong_nothing(desk: RedirectDesk) -> None:
    desk.break_down()
    desk.provider.held = asyncio.Event()
    begun = [asyncio.create_task(desk.gateway.check()) for _ in range(30)]
    await asyncio.sleep(0.01)
    desk.provider.held.set()
    await asyncio.gather(*begun, return_exceptions=True)
    assert await turned_away(desk) == 10


async def test_its_changes_are_logged_once_each(desk: RedirectDesk) -> None:
    with structlog.testing.capture_logs() as lines:
        await broken_down(desk)
        await fail(desk, 3)
        await turned_away(desk)
        desk.mend()
        await desk.gateway.check()
        await desk.gateway.check()
    assert [(line["event"], line["log_level"], line["gateway"]) for line in lines] == [
        ("gateway_down", "warning", "redirectpay"),
        ("gateway_up", "info", "redirectpay"),
    ]
