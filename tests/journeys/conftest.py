"""What the journeys run on: one demo for all that only use it, and ways to talk to it."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from service.settings import read_settings
from service.tokens import DemoIssuer
from tests.support.browser import PayersApp, chromium, payers_app
from tests.support.first_life import Life, first_life
from tests.support.gateway import Gateway, gateway_at
from tests.support.graphql import GraphQL, as_viewer
from tests.support.nursery import Nursery
from tests.support.processes import Demo, data_folder, demo_on, free_ports
from tests.support.seller import Customer, Seller, open_seller


@pytest.fixture(scope="session")
def app() -> Iterator[PayersApp]:
    """The payer's dashboard, on an origin of its own."""
    with payers_app(free_ports(1)) as served:
        yield served


@pytest.fixture(scope="session")
def life() -> Iterator[Life]:
    """A demo with all its samples, which was stopped."""
    with first_life() as lived:
        yield lived


@pytest.fixture(scope="session")
def demo(life: Life, app: PayersApp) -> Iterator[Demo]:
    """One running demo, which knows the payer's dashboard, on a copy of those samples."""
    origins = {"PAIDUP_RETURN_ORIGINS": app.url, "PAIDUP_CORS_ORIGINS": app.url}
    with data_folder() as folder:
        subprocess.run(["cp", "-a", life.demo.folder, folder], check=True)
        with demo_on(folder, **origins) as running:
            yield running


@pytest.fixture
async def gateway(demo: Demo) -> AsyncIterator[Gateway]:
    """The demo's gateway, healthy."""
    async with gateway_at(demo.sandbox_url) as found:
        yield found


@pytest.fixture
async def seller(demo: Demo) -> AsyncIterator[Seller]:
    """The seller, on the demo's database."""
    settings = read_settings(data_dir=demo.folder)
    async with open_seller(settings, DemoIssuer(demo.folder / "demo")) as found:
        yield found


@pytest.fixture
async def customer(seller: Seller) -> Customer:
    """An account that only this test knows."""
    return await seller.customer()


@pytest.fixture
async def owner(demo: Demo, customer: Customer) -> AsyncIterator[GraphQL]:
    """That account's owner, at the API."""
    async with as_viewer(demo.graphql_url, customer.token()) as client:
        yield client


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts processes of the service without waiting for their imports."""
    with Nursery() as found:
        yield found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with chromium() as found:
        yield found
