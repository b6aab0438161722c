"""The commands that look whether the books are right, against a gateway that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from service.billing.ids import Kind, encode
from service.store.database import execute
from tests.support.fleet import API_KEY, Fleet, fleet_on
from tests.support.gateway import Gateway, gateway_at
from tests.support.graphql import GraphQL, as_viewer, eventually
from tests.support.nursery import Nursery
from tests.support.processes import Program, run
from tests.support.seller import Customer, open_seller


@pytest.fixture
def fleet(database_url: str, tmp_path: Path, nursery: Nursery) -> Iterator[Fleet]:
    with fleet_on(database_url, tmp_path, nursery) as found:
        yield found


@pytest.fixture
async def gateway(fleet: Fleet) -> AsyncIterator[Gateway]:
    async with gateway_at(fleet.gateway_url, API_KEY) as found:
        yield found


@dataclass
class Shop:
    """A customer of a running service, who has an invoice and its payment page."""

    fleet: Fleet
    service: Program
    customer: Customer
    owner: GraphQL
    invoice: str
    page: str

    async def shown(self) -> str:
        return str((await self.owner.invoice(self.invoice))["displayStatus"])

    async def is_paid(self) -> bool:
        return await self.shown() == "PAID"

    async def payment(self) -> str:
        (row,) = await self.customer.seller.fetch("SELECT id FROM payment")
        return encode(Kind.PAYMENT, row["id"])

    async def reference(self) -> str:
        (row,) = await self.customer.seller.fetch(
            "SELECT reference FROM account WHERE id = $1", self.customer.id
        )
        return str(row["reference"])


async def paid_elsewhere(fleet: Fleet, gateway: Gateway, minor: int) -> None:
    """A payment made at the gateway by other software."""
    price = "line_items[0][price_data]"
    order = {
        "mode": "payment",
        "success_url": f"{fleet.base_url}/static/return/paid.html",
        "line_items[0][quantity]": "1",
        f"{price}[currency]": "inr",
        f"{price}[unit_amount]": str(minor),
        f"{price}[product_data][name]": "Another product",
    }
    headers = {"authorization": f"Bearer {API_KEY}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, trust_env=False) as http:
        made = (await http.post("/v1/checkout/sessions", data=order)).raise_for_status().json()
    await gateway.pay(made["url"])


@pytest.fixture
async def shop(fleet: Fleet) -> AsyncIterator[Shop]:
    service = fleet.start_service()
    async with open_seller(fleet.settings(), fleet.issuer) as seller:
        customer = await seller.customer()
        async with as_viewer(fleet.graphql_url, customer.token()) as owner:
            invoice = await customer.invoice()
            session = await owner.open_checkout(invoice, return_to=fleet.base_url)
            yield Shop(fleet, service, customer, owner, invoice, session["url"])


async def test_an_audit_finds_nothing_in_right_books_and_every_difference_in_wrong_ones(
    shop: Shop, gateway: Gateway
) -> None:
    await gateway.pay(shop.page)
    await eventually(shop.is_paid, within=30, why="the invoice is paid")
    right = shop.fleet.run("audit")
    assert (right.status, right.output, right.errors) == (0, "no differences\n", "")

    # Which works an invoice out anew when the gateway tells of the settlement.
    shop.service.stop()
    await execute("UPDATE invoice SET refunded_minor = 7")
    wrong = shop.fleet.run("audit", "--books-only")
    (invoice,) = await shop.customer.seller.fetch("SELECT number FROM invoice")
    assert wrong.status == 1
    assert wrong.output == (
        f"account {encode(Kind.ACCOUNT, shop.customer.id)}: invoice {invoice['number']}:"
        " it shows 7 as refunded, the ledger says 0\n1 difference\n"
    )
    mine = await shop.reference()
    assert shop.fleet.run("audit", "--account", mine).output == wrong.output
    other = await shop.customer.seller.customer()
    (row,) = await other.seller.fetch("SELECT reference FROM account WHERE id = $1", other.id)
    assert shop.fleet.run("audit", "--account", row["reference"]).output == "no differences\n"


def test_an_audit_of_no_database_is_not_clean_and_makes_none(tmp_path: Path) -> None:
    for command in ("audit", "reconcile"):
        done = run(command, PAIDUP_DATA_DIR=str(tmp_path / "new"))
        assert (done.status, done.output) == (2, "")
        assert f"there is no database in {tmp_path}/new" in done.errors
    assert not (tmp_path / "new").exists()


async def test_an_audit_that_cannot_ask_says_so(shop: Shop, gateway: Gateway) -> None:
    await gateway.break_with("outage")
    silent = shop.fleet.run("audit")
    assert silent.status == 2
    payment = await shop.payment()
    assert silent.output == (
        f"account {encode(Kind.ACCOUNT, shop.customer.id)}: payment {payment}: it was not checked:"
        " the gateway does not answer\n"
        "gateway stripe: what it took was not listed: the gateway does not answer\n"
        "no differences\n2 things could not be checked\n"
    )
    assert silent.errors.splitlines()[-1] == (
        "paidup: the gateway does not answer; --books-only asks none"
    )
    assert shop.fleet.run("audit", "--books-only").output == "no differences\n"
    unknown = shop.fleet.run("audit", "--account", "nobody")
    assert (unknown.status, unknown.errors) == (2, "paidup: there is no account nobody\n")


async def test_payments_that_are_not_ours_are_told_and_counted_apart(
    shop: Shop, gateway: Gateway
) -> None:
    for minor in (12_300, 45_600):
        await paid_elsewhere(shop.fleet, gateway, minor)
    intents = await gateway.listed("payment_intents")
    theirs = {one["amount"]: one["id"] for one in intents if one["status"] == "succeeded"}
    told = shop.fleet.run("audit")
    *notes, differences, foreign = told.output.splitlines()
    assert told.status == 0
    assert (differences, foreign) == (
        "no differences",
        "2 payments at the gateway are not ours",
    )
    for minor in (12_300, 45_600):
        begin = f"note: gateway stripe: {minor} INR as {theirs[minor]} on "
        assert len([note for note in notes if note.startswith(begin)]) == 1
    mine = shop.fleet.run("audit", "--account", await shop.reference())
    assert mine.output == "no differences\n"


async def test_lists_that_could_not_be_read_are_not_called_compared(
    shop: Shop, gateway: Gateway
) -> None:
    await gateway.break_with("outage")
    silent = shop.fleet.run("reconcile")
    assert silent.status == 2
    assert silent.errors.splitlines()[-1] == (
        "paidup: stripe: its lists could not be read; try again"
    )


async def test_what_a_stopped_service_was_not_told_is_taken_in_by_hand(
    shop: Shop, gateway: Gateway
) -> None:
    assert shop.fleet.service is not None
    shop.fleet.service.stop()
    await gateway.pay(shop.page)
    missing = shop.fleet.run("audit")
    assert missing.status == 1
    assert "the gateway took 125000 INR, and it is PENDING here\n" in missing.output
    taken = shop.fleet.run("reconcile")
    assert taken.status == 0
    notices, _, rest = taken.output.partition(" notices taken in for a worker to handle, ")
    assert int(notices) > 0
    assert rest == "1 payments of the last three days were not booked.\n"
    assert shop.fleet.run("audit").output == "no differences\n"
    notices, _, rest = shop.fleet.run("reconcile").output.partition(" notices taken in")
    # The gateway tells a moment later what it pays out.
    assert int(notices) <= 1
    assert rest == (" for a worker to handle, 0 payments of the last three days were not booked.\n")
    assert shop.fleet.run("audit").output == "no differences\n"
