"""Paying an invoice from the first click to the pushed PAID, in a real browser on a real demo."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from statistics import median, quantiles
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import CARD, CHALLENGED, DECLINED, Complaints, PayersApp, fill_card
from tests.support.gateway import Gateway
from tests.support.graphql import BILLING_EVENTS, GraphQL, eventually
from tests.support.processes import Demo
from tests.support.seller import Customer
from tests.support.sockets import Arrival, Socket, Stream, socket_of

Note = Callable[[str], None]
SWEEP_S = 30.0
PUSH_S_MAX = 2.0
PAYMENTS = 20


@pytest.fixture
async def socket(demo: Demo, owner: GraphQL) -> AsyncIterator[Socket]:
    """The owner's socket."""
    assert owner.token is not None
    async with socket_of(demo.ws_url, owner.token) as opened:
        yield opened


@pytest.fixture
async def page(browser: Browser) -> Page:
    return await browser.new_page()


async def watch(socket: Socket, owner: GraphQL) -> Stream:
    """Subscribe to what happens from here on, whatever comes before the server has listened."""
    return await socket.subscribe(BILLING_EVENTS, after=await owner.last_cursor())


def is_paid(event: dict[str, Any]) -> bool:
    return event.get("invoiceStatus") == "PAID"


def statuses(arrivals: list[Arrival]) -> list[tuple[str, str, str]]:
    """Kind, whose, and what a screen shows, of the events about payments and invoices."""
    read = []
    for event in (arrival.event for arrival in arrivals):
        if event["__typename"] == "PaymentStatusChanged":
            read.append(("payment", event["payment"]["id"], event["status"]))
        elif event["__typename"] == "InvoiceStatusChanged":
            read.append(("invoice", event["invoice"]["id"], event["displayStatus"]))
    return read


async def settled(owner: GraphQL, invoice_id: str) -> None:
    """The invoice is paid by one captured payment, exactly."""
    invoice = await owner.invoice(invoice_id)
    assert (invoice["status"], invoice["displayStatus"]) == ("PAID", "PAID")
    assert invoice["amountPaid"]["minorUnits"] == invoice["total"]["minorUnits"]
    assert invoice["amountDue"]["minorUnits"] == "0"
    assert not invoice["isPayable"]
    captured = [one for one in invoice["payments"]["nodes"] if one["status"] == "CAPTURED"]
    assert [one["amount"]["minorUnits"] for one in captured] == [invoice["total"]["minorUnits"]]


async def test_a_card_is_paid_on_the_page_and_the_subscriber_sees_it(
    customer: Customer,
    owner: GraphQL,
    socket: Socket,
    page: Page,
    app: PayersApp,
    gateway: Gateway,
) -> None:
    invoice = await customer.invoice()
    stream = await watch(socket, owner)
    session = await owner.open_checkout(invoice, return_to=app.url)
    app.remember(owner, session["id"])
    complaints = Complaints()
    complaints.watch(page, gateway.url, app.url, owner.url)

    await page.goto(session["url"])
    await expect(page.get_by_role("heading", level=1)).to_contain_text("1,250.00")
    await fill_card(page, CARD)
    await page.wait_for_url(f"{app.url}/paid")
    await expect(page.locator("#status")).to_have_text("COMPLETE")

    payment = session["payment"]["id"]
    arrivals = await stream.up_to(is_paid)
    assert statuses(arrivals) == [
        ("payment", payment, "PENDING"),
        ("payment", payment, "CAPTURED"),
        ("invoice", invoice, "PAID"),
    ]
    await settled(owner, invoice)
    # What else the account's log got has come by now, once the next thing has: nothing twice.
    following = await customer.invoice()
    rest = await stream.up_to(
        lambda event: event["__typename"] == "InvoiceIssued" and event["invoice"]["id"] == following
    )
    assert statuses(rest) == []
    assert complaints.errors == []
    assert complaints.strayed == []


async def test_the_page_shows_a_decline_then_asks_for_authentication_then_is_paid(
    customer: Customer, owner: GraphQL, socket: Socket, page: Page, app: PayersApp
) -> None:
    invoice = await customer.invoice()
    stream = await watch(socket, owner)
    session = await owner.open_checkout(invoice, return_to=app.url)
    app.remember(owner, session["id"])
    payment = session["payment"]["id"]

    await page.goto(session["url"])
    await fill_card(page, DECLINED)
    await expect(page.get_by_role("alert")).to_contain_text("declined")
    declined = await stream.up_to(lambda event: event.get("failureCode") is not None)
    assert statuses(declined)[-1] == ("payment", payment, "PENDING")
    assert declined[-1].event["failureCode"] == "generic_decline"
    assert (await owner.checkout(session["id"]))["status"] == "OPEN"
    assert (await owner.invoice(invoice))["displayStatus"] == "DUE"

    await fill_card(page, CHALLENGED)
    await page.wait_for_url(re.compile("/authenticate$"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Is this you?")
    await page.get_by_role("button", name="Complete authentication").click()
    await page.wait_for_url(f"{app.url}/paid")

    arrivals = await stream.up_to(is_paid)
    assert statuses(arrivals)[-2:] == [
        ("payment", payment, "CAPTURED"),
        ("invoice", invoice, "PAID"),
    ]
    await settled(owner, invoice)


async def test_without_webhooks_and_return_page_the_sweep_settles_within_thirty_seconds(
    customer: Customer,
    owner: GraphQL,
    socket: Socket,
    gateway: Gateway,
    app: PayersApp,
    note: Note,
) -> None:
    invoice = await customer.invoice()
    stream = await watch(socket, owner)
    session = await owner.open_checkout(invoice, return_to=app.url)
    await gateway.break_with("drop_webhooks")
    sent = len(await gateway.deliveries())
    paid = await gateway.pay(session["url"])
    assert paid["payment_status"] == "paid"
    begun = time.monotonic()

    arrivals = await stream.up_to(is_paid, within=SWEEP_S)

    note(f"the sweep settled after {time.monotonic() - begun:.1f} s")
    assert statuses(arrivals)[-2:] == [
        ("payment", session["payment"]["id"], "CAPTURED"),
        ("invoice", invoice, "PAID"),
    ]
    assert {one["status"] for one in (await gateway.deliveries())[sent:]} == {"dropped"}
    await settled(owner, invoice)


async def test_the_return_page_settles_at_once_without_webhooks(
    customer: Customer, owner: GraphQL, page: Page, gateway: Gateway, app: PayersApp
) -> None:
    invoice = await customer.invoice()
    session = await owner.open_checkout(invoice, return_to=app.url)
    app.remember(owner, session["id"])
    await gateway.break_with("drop_webhooks")

    await page.goto(session["url"])
    await fill_card(page, CARD)
    await page.wait_for_url(f"{app.url}/paid")
    await expect(page.locator("#status")).to_have_text("COMPLETE")

    await settled(owner, invoice)
    again = await owner.confirm(session["id"])
    assert again["__typename"] == "ConfirmCheckoutSuccess"
    assert again["checkoutSession"]["status"] == "COMPLETE"
    assert again["checkoutSession"]["url"] is None
    captures = [one for one in await customer.log() if one.get("status") == "CAPTURED"]
    assert len(captures) == 1


async def test_a_bank_debit_shows_processing_and_then_paid(
    customer: Customer, owner: GraphQL, socket: Socket, page: Page, app: PayersApp
) -> None:
    invoice = await customer.invoice()
    stream = await watch(socket, owner)
    session = await owner.open_checkout(invoice, return_to=app.url)
    app.remember(owner, session["id"])

    await page.goto(session["url"])
    await page.get_by_label("Bank debit").check()
    await page.get_by_label("Name on card or account").fill("Asha Rao")
    await page.locator("button.pay").click()
    await page.wait_for_url(f"{app.url}/paid")

    processing = await stream.up_to(lambda event: event.get("displayStatus") == "PROCESSING")
    payment = session["payment"]["id"]
    assert statuses(processing)[-2:] == [
        ("payment", payment, "PROCESSING"),
        ("invoice", invoice, "PROCESSING"),
    ]
    shown = await owner.invoice(invoice)
    assert (shown["status"], shown["displayStatus"]) == ("OPEN", "PROCESSING")
    assert not shown["isPayable"]
    refused = await owner.start_checkout(invoice, return_to=app.url)
    assert refused["__typename"] == "InvoiceNotPayableError"

    arrivals = await stream.up_to(is_paid)
    assert statuses(arrivals) == [("payment", payment, "CAPTURED"), ("invoice", invoice, "PAID")]
    await settled(owner, invoice)


async def test_a_bank_debit_that_fails_makes_the_invoice_due_again(
    customer: Customer, owner: GraphQL, socket: Socket, gateway: Gateway, app: PayersApp
) -> None:
    invoice = await customer.invoice()
    stream = await watch(socket, owner)
    session = await owner.open_checkout(invoice, return_to=app.url)
    await gateway.pay(session["url"], "debit_fails")

    arrivals = await stream.up_to(lambda event: event.get("displayStatus") == "DUE")

    payment = session["payment"]["id"]
    assert statuses(arrivals) == [
        ("payment", payment, "PENDING"),
        ("payment", payment, "PROCESSING"),
        ("invoice", invoice, "PROCESSING"),
        ("payment", payment, "FAILED"),
        ("invoice", invoice, "DUE"),
    ]
    shown = await owner.invoice(invoice)
    assert (shown["amountPaid"]["minorUnits"], shown["isPayable"]) == ("0", True)


async def test_two_tabs_share_one_session_and_the_second_says_it_is_done(
    customer: Customer, owner: GraphQL, browser: Browser, gateway: Gateway, app: PayersApp
) -> None:
    invoice = await customer.invoice()
    first = await owner.start_checkout(invoice, return_to=app.url, key="tab-one")
    assert (first["__typename"], first["replayed"]) == ("StartCheckoutSuccess", False), first
    second = await owner.start_checkout(invoice, return_to=app.url, key="tab-two")
    assert (second["__typename"], second["replayed"]) == ("StartCheckoutSuccess", True), second
    assert second["checkoutSession"]["id"] == first["checkoutSession"]["id"]
    assert second["checkoutSession"]["url"] == first["checkoutSession"]["url"]
    url = first["checkoutSession"]["url"]
    app.remember(owner, first["checkoutSession"]["id"])
    one, two = await browser.new_page(), await browser.new_page()
    await one.goto(url)
    await two.goto(url)

    await fill_card(one, CARD)
    await one.wait_for_url(f"{app.url}/paid")
    await two.reload()

    await expect(two.get_by_role("heading", level=1)).to_have_text("This payment is complete")
    await expect(two.get_by_label("Card number")).to_have_count(0)
    await expect(one.locator("#status")).to_have_text("COMPLETE")
    await settled(owner, invoice)
    third = await owner.start_checkout(invoice, return_to=app.url, key="tab-three")
    assert third["__typename"] == "InvoiceNotPayableError"
    assert len((await owner.invoice(invoice))["payments"]["nodes"]) == 1


async def test_capture_to_push(
    customer: Customer,
    owner: GraphQL,
    socket: Socket,
    gateway: Gateway,
    app: PayersApp,
    note: Note,
) -> None:
    wanted = await customer.invoices(PAYMENTS)

    async def all_mailed() -> bool:
        log = await customer.log()
        return [one["kind"] for one in log].count("DeliveryStateChanged") == PAYMENTS

    await eventually(all_mailed, within=60, why="printing and mailing is over before we measure")
    stream = await watch(socket, owner)
    millis: list[float] = []
    for invoice in wanted:
        session = await owner.open_checkout(invoice, return_to=app.url)
        begun = time.perf_counter()
        await gateway.pay(session["url"])
        arrivals = await stream.up_to(is_paid)
        assert statuses(arrivals)[-1] == ("invoice", invoice, "PAID")
        millis.append((arrivals[-1].at - begun) * 1000)

    p95 = quantiles(millis, n=20)[-1]
    note(f"capture-to-push median {median(millis):.0f} ms, p95 {p95:.0f} ms, n {len(millis)}")
    assert median(millis) < PUSH_S_MAX * 1000
