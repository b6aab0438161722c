"""Kill -9 at the worst moments, of real processes: each payment ends captured once."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.fleet import API_KEY, Fleet, fleet_on
from tests.support.gateway import Gateway, gateway_at
from tests.support.graphql import GraphQL, as_viewer, eventually
from tests.support.nursery import Nursery
from tests.support.processes import Program
from tests.support.seller import Customer, Seller, open_seller

HANG_S = 4.0
SETTLE_S = 60.0


@pytest.fixture
def fleet(database_url: str, tmp_path: Path, nursery: Nursery) -> Iterator[Fleet]:
    with fleet_on(database_url, tmp_path, nursery) as found:
        yield found


@pytest.fixture
async def gateway(fleet: Fleet) -> AsyncIterator[Gateway]:
    async with gateway_at(fleet.gateway_url, API_KEY) as found:
        yield found


@pytest.fixture
async def seller(fleet: Fleet) -> AsyncIterator[Seller]:
    async with open_seller(fleet.settings(), fleet.issuer) as found:
        yield found


@pytest.fixture
async def customer(seller: Seller) -> Customer:
    return await seller.customer()


@pytest.fixture
async def owner(fleet: Fleet, customer: Customer) -> AsyncIterator[GraphQL]:
    async with as_viewer(fleet.graphql_url, customer.token()) as client:
        yield client


async def status_of(customer: Customer) -> list[str]:
    rows = await customer.seller.fetch(
        "SELECT status FROM payment WHERE account_id = $1 ORDER BY id", customer.id
    )
    return [row["status"] for row in rows]


async def all_captured(customer: Customer, count: int) -> None:
    """Wait until so many payments are captured and none is anything else."""

    async def captured() -> bool:
        return await status_of(customer) == ["CAPTURED"] * count

    await eventually(captured, within=SETTLE_S, why="every payment is captured")


async def check_books(customer: Customer, gateway: Gateway, invoices: int) -> None:
    """Each invoice was paid once, each fact was recorded once, and the gateway took just that."""
    fetch = customer.seller.fetch
    billed = await fetch(
        "SELECT id, status, total_minor, paid_minor FROM invoice WHERE account_id = $1", customer.id
    )
    assert len(billed) == invoices
    for invoice in billed:
        assert invoice["status"] == "PAID"
        assert invoice["paid_minor"] == invoice["total_minor"]
    captured = await fetch(
        "SELECT p.charged_minor, a.invoice_id FROM payment p JOIN payment_allocation a"
        " ON a.payment_id = p.id WHERE p.account_id = $1 AND p.status = 'CAPTURED'",
        customer.id,
    )
    assert sorted(one["invoice_id"] for one in captured) == sorted(one["id"] for one in billed)

    log = await customer.log()
    assert [one["seq"] for one in log] == list(range(1, len(log) + 1))
    facts = [(one["kind"], one.get("status")) for one in log]
    assert facts.count(("PaymentStatusChanged", "CAPTURED")) == invoices
    assert facts.count(("InvoiceStatusChanged", "PAID")) == invoices

    charges = await gateway.listed("charges")
    assert all(one["captured"] and one["amount_refunded"] == 0 for one in charges)
    assert len(charges) == invoices
    assert sum(one["amount_captured"] for one in charges) == sum(
        one["charged_minor"] for one in captured
    )


async def test_killed_between_the_gateways_answer_and_our_commit_the_same_key_gets_the_same_page(
    fleet: Fleet, gateway: Gateway, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    fleet.start_service()
    key = str(uuid.uuid4())
    await killed_before_the_commit(fleet, gateway, owner, invoice, key)

    fleet.start_service()
    session = await repeated(fleet, owner, invoice, key)

    assert [one["id"] for one in await gateway.listed("checkout/sessions")] == [
        session["url"].rpartition("/")[2]
    ]
    await gateway.pay(session["url"])
    await all_captured(customer, 1)
    assert (await owner.checkout(session["id"]))["status"] == "COMPLETE"
    await check_books(customer, gateway, 1)


async def test_paid_while_we_were_dead_is_captured_though_nobody_asks_again(
    fleet: Fleet, gateway: Gateway, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    fleet.start_service()
    await killed_before_the_commit(fleet, gateway, owner, invoice, str(uuid.uuid4()))
    (session,) = await gateway.listed("checkout/sessions")
    await gateway.pay(session["url"])

    fleet.start_service()

    await all_captured(customer, 1)
    assert len(await gateway.listed("checkout/sessions")) == 1
    await check_books(customer, gateway, 1)


async def killed_before_the_commit(
    fleet: Fleet, gateway: Gateway, owner: GraphQL, invoice: str, key: str
) -> None:
    """Kill the service when the gateway has made the page and the answer is still on its way."""
    await gateway.break_with(
        "hang_api", seconds=HANG_S, when="after", method="POST", path="/v1/checkout/sessions"
    )
    asking = asyncio.create_task(owner.start_checkout(invoice, return_to=fleet.base_url, key=key))

    async def made() -> bool:
        return len(await gateway.listed("checkout/sessions")) == 1

    await eventually(made, within=30, why="the gateway has made the page")
    service(fleet).kill()
    with pytest.raises(httpx.TransportError):
        await asking
    await gateway.heal()


def service(fleet: Fleet) -> Program:
    assert fleet.service is not None
    return fleet.service


async def repeated(fleet: Fleet, owner: GraphQL, invoice: str, key: str) -> dict[str, Any]:
    """Do what a client does after a lost answer: ask again with the same key, until answered."""
    answered: dict[str, Any] = {}

    async def started() -> bool:
        with contextlib.suppress(httpx.TransportError):
            result = await owner.start_checkout(invoice, return_to=fleet.base_url, key=key)
            assert result["__typename"] in ("StartCheckoutSuccess", "GatewayUnavailableError")
            answered.update(result)
        return answered.get("__typename") == "StartCheckoutSuccess"

    await eventually(started, within=SETTLE_S, why="the same key is answered")
    session: dict[str, Any] = answered["checkoutSession"]
    return session


async def test_killed_between_the_webhooks_200_and_its_job_a_worker_settles_it(
    fleet: Fleet, gateway: Gateway, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    fleet.start_service(PAIDUP_WORKER="separate")
    session = await owner.open_checkout(invoice, return_to=fleet.base_url)
    await gateway.pay(session["url"])

    async def answered() -> bool:
        sent = await gateway.deliveries()
        return len(sent) > 0 and all(one["answer"] == "200" for one in sent)

    await eventually(answered, within=30, why="every webhook was answered with 200")
    service(fleet).kill()
    kept = await customer.seller.fetch("SELECT handled_at FROM receipt")
    assert len(kept) == len(await gateway.deliveries())
    assert {one["handled_at"] for one in kept} == {None}
    assert await status_of(customer) == ["PENDING"]

    fleet.start_worker()

    await all_captured(customer, 1)
    await all_handled(customer)
    await check_books(customer, gateway, 1)


async def all_handled(customer: Customer) -> None:
    async def none_waits() -> bool:
        return not await customer.seller.fetch("SELECT 1 FROM receipt WHERE handled_at IS NULL")

    await eventually(none_waits, within=SETTLE_S, why="every notice was worked on")


async def test_a_worker_killed_while_it_settles_is_replaced_by_another(
    fleet: Fleet, gateway: Gateway, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    fleet.start_service(PAIDUP_WORKER="separate")
    session = await owner.open_checkout(invoice, return_to=fleet.base_url)
    await gateway.break_with("hang_api", seconds=600, when="before", method="GET")
    await gateway.pay(session["url"])
    first = fleet.start_worker()

    async def picked() -> bool:
        rows = await customer.seller.fetch(
            "SELECT 1 FROM pgqueuer WHERE entrypoint = 'handle_receipt' AND status = 'picked'"
        )
        return len(rows) > 0

    await eventually(picked, within=60, why="the worker is asking the gateway")
    first.kill()
    await gateway.heal()
    assert await status_of(customer) == ["PENDING"]

    fleet.start_worker()

    await all_captured(customer, 1)
    await all_handled(customer)
    await check_books(customer, gateway, 1)
