"""What the composition root opens for its settings."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.api import trusted
from service.api.trusted import hash_of
from service.app import open_gateway
from service.serving import trusted_documents
from service.settings import Settings, SettingsError
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


VIEWER = "query Viewer { viewer { email } }"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A product's own manifest of one document."""
    path = tmp_path / "own.json"
    path.write_text(json.dumps({f"sha256:{hash_of(VIEWER)}": VIEWER}))
    return path


def test_the_products_documents_are_trusted_beside_the_contracts(manifest: Path) -> None:
    contracts = len(trusted_documents(Settings()))
    assert len(trusted_documents(Settings(documents_manifest=(manifest,)))) == contracts + 1
    with_both = Settings(documents="trusted", documents_manifest=(manifest, manifest))
    assert len(trusted_documents(with_both)) == contracts + 1


def test_a_manifest_that_cannot_be_used_stops_the_start(manifest: Path) -> None:
    manifest.write_text(json.dumps({f"sha256:{hash_of(VIEWER)}": "query Viewer { nope }"}))
    for mode in ("open", "trusted"):
        settings = Settings(documents=mode, documents_manifest=(manifest,))
        with pytest.raises(SettingsError) as refusal:
            trusted_documents(settings)
        assert str(refusal.value) == (
            f"trusted documents: {manifest}: sha256:{hash_of(VIEWER)} is not the SHA-256 of its"
            " document"
        )


@pytest.fixture
def no_contract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The contract's manifest is not there."""
    for place in ("PACKAGED", "IN_CLONE"):
        monkeypatch.setattr(trusted, place, tmp_path / "absent.json")


@pytest.mark.usefixtures("no_contract")
def test_without_documents_nothing_but_trusted_ones_cannot_be_asked_for(manifest: Path) -> None:
    assert len(trusted_documents(Settings())) == 0
    with pytest.raises(SettingsError, match="PAIDUP_DOCUMENTS=trusted needs documents"):
        trusted_documents(Settings(documents="trusted"))
    own = Settings(documents="trusted", documents_manifest=(manifest,))
    assert len(trusted_documents(own)) == 1
