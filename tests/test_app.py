"""What the composition root opens for its settings."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from service.app import open_gateway
from service.settings import Settings
from tests.support.shop import SettableClock


async def test_the_gateway_is_asked_through_a_circuit_breaker() -> None:
    settings = Settings(
        stripe_secret_key="sk_test_x",
        stripe_webhook_secrets=("whsec_x",),
        stripe_api_base="http://127.0.0.1:1",
    )
    clock = SettableClock(datetime(2026, 10, 30, 9, 30, tzinfo=UTC))
    gateway = open_gateway(settings, clock)
    assert (gateway.name, gateway.live_mode, gateway.is_down) == ("stripe", False, False)
    await asyncio.gather(*[gateway.check() for _ in range(5)], return_exceptions=True)
    assert gateway.is_down
    clock.now += timedelta(seconds=10)
    assert not gateway.is_down


async def test_without_a_key_every_currency_is_refused_and_nothing_is_down() -> None:
    gateway = open_gateway(Settings())
    assert (gateway.name, gateway.takes("INR"), gateway.is_down) == ("none", False, False)
