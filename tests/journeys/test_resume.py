"""Connections that break: what was missed comes afterwards, once, in order, on every transport."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from service.billing.people import Role
from tests.support.gateway import Gateway
from tests.support.graphql import BILLING_EVENTS, GraphQL, as_viewer, eventually
from tests.support.processes import Demo
from tests.support.seller import Customer
from tests.support.sockets import (
    PROTOCOL,
    Stream,
    event_stream,
    multipart,
    raw_socket,
    socket_of,
)

EXPIRY_S = 2.0
TOKEN_S = 4.0
#: An event has to come long before the heartbeat that would carry it along.
PROMPT_S = 2.0
CHECKOUT_EVENTS = """
subscription CheckoutEvents($id: ID!, $after: EventCursor) {
  checkoutEvents(checkoutSessionId: $id, after: $after) { __typename cursor }
}
"""
OpenStream = Callable[..., AbstractAsyncContextManager[Stream]]


class Reader:
    """One transport, opened and closed as a client does that loses its connection."""

    def __init__(self, demo: Demo, transport: str) -> None:
        self._demo = demo
        self._transport = transport

    def open(self, token: str, **variables: object) -> AbstractAsyncContextManager[Stream]:
        """Subscribe to the account's events."""
        if self._transport == "websocket":
            return _over_socket(self._demo.ws_url, token, variables)
        opened: OpenStream = event_stream if self._transport == "event-stream" else multipart
        return opened(self._demo.graphql_url, token, BILLING_EVENTS, **variables)


@contextlib.asynccontextmanager
async def _over_socket(url: str, token: str, variables: dict[str, object]) -> AsyncIterator[Stream]:
    async with socket_of(url, token) as socket:
        yield await socket.subscribe(BILLING_EVENTS, **variables)


@pytest.fixture(params=["websocket", "event-stream", "multipart"])
def reader(request: pytest.FixtureRequest, demo: Demo) -> Reader:
    return Reader(demo, request.param)


async def quiet(customer: Customer, mails: int) -> None:
    """Printing and mailing are over, so that nothing but the test makes events."""

    async def all_mailed() -> bool:
        log = await customer.log()
        return [one["kind"] for one in log].count("DeliveryStateChanged") == mails

    await eventually(all_mailed, within=60, why="the invoices are mailed")


async def pay(owner: GraphQL, gateway: Gateway, invoice: str, return_to: str) -> None:
    """Pay an invoice and have it settled."""
    session = await owner.open_checkout(invoice, return_to=return_to)
    await gateway.pay(session["url"])
    confirmed = await owner.confirm(session["id"])
    assert confirmed["checkoutSession"]["status"] == "COMPLETE"


async def test_a_reader_that_comes_back_gets_exactly_what_it_missed_and_goes_on(
    reader: Reader, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    first, second, third = await customer.invoices(3)
    await quiet(customer, 3)
    assert owner.token is not None
    before = await owner.event_log()

    async with reader.open(owner.token, after=before[2]["cursor"]) as stream:
        replayed = [await stream.event() for _ in before[3:]]
        assert [one["cursor"] for one in replayed] == [one["cursor"] for one in before[3:]]
        await pay(owner, gateway, first, demo.base_url)
        seen = await stream.up_to(lambda event: event.get("displayStatus") == "PAID")
    last = seen[-1].event["cursor"]
    await pay(owner, gateway, second, demo.base_url)

    missed = await owner.event_log()
    places = [one["cursor"] for one in missed]
    missed = missed[places.index(last) + 1 :]
    # Receipts are printed meanwhile: they are in the log too, wherever their time came.
    about_money = [one for one in missed if one["__typename"] != "ReceiptStateChanged"]
    assert [one["__typename"] for one in about_money] == [
        "PaymentStatusChanged",
        "PaymentStatusChanged",
        "InvoiceStatusChanged",
    ]
    async with reader.open(owner.token, after=last) as stream:
        caught_up = [await stream.event(within=PROMPT_S) for _ in missed]
        assert [one["cursor"] for one in caught_up] == [one["cursor"] for one in missed]
        (paid,) = [one for one in caught_up if "invoice" in one]
        assert paid["invoice"]["id"] == second

        session = await owner.open_checkout(third, return_to=demo.base_url)
        began = await stream.up_to(lambda event: "payment" in event, within=PROMPT_S)
        assert began[-1].event["payment"]["id"] == session["payment"]["id"]
        await gateway.pay(session["url"])
        rest = await stream.up_to(lambda event: event.get("displayStatus") == "PAID")
    live = [arrival.event["cursor"] for arrival in (*began, *rest)]
    logged = [one["cursor"] for one in (await owner.event_log())[len(places) :]]
    assert live == logged[: len(live)]


async def test_without_a_cursor_only_what_is_new_comes(
    reader: Reader, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    wanted = await customer.invoices(4)
    await quiet(customer, 4)
    known = {one["cursor"] for one in await owner.event_log()}
    assert owner.token is not None

    async with reader.open(owner.token) as stream:
        session, first = await first_heard(stream, owner, wanted, demo.base_url)
        await gateway.pay(session["url"])
        rest = await stream.up_to(lambda event: event.get("displayStatus") == "PAID")

    heard = [first["cursor"], *(arrival.event["cursor"] for arrival in rest)]
    assert known.isdisjoint(heard)
    log = [one["cursor"] for one in await owner.event_log()]
    assert heard == log[log.index(heard[0]) :]


async def first_heard(
    stream: Stream, owner: GraphQL, wanted: list[str], return_to: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Start checkouts until the stream tells of one; return its session and the event.

    Only then is it certain that the server listens: what came before may rightly be missing.
    """
    for invoice in wanted:
        session = await owner.open_checkout(invoice, return_to=return_to)
        with contextlib.suppress(TimeoutError):
            return session, await stream.event(within=PROMPT_S)
    raise AssertionError("nothing was heard")


async def test_the_cursor_of_another_account_is_refused(
    reader: Reader, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    await customer.invoice()
    other = await customer.seller.customer()
    assert owner.token is not None
    async with reader.open(other.token(), after=await owner.last_cursor()) as stream:
        arrival = await stream.arrival()
        assert [one["extensions"]["code"] for one in arrival.payload["errors"]] == ["BAD_CURSOR"]
        assert arrival.payload.get("data") is None
        await stream.ended()


async def test_a_checkout_stream_ends_when_the_payment_is_final(
    demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice = await customer.invoice()
    session = await owner.open_checkout(invoice, return_to=demo.base_url)
    before = await owner.event_log()
    assert owner.token is not None
    async with socket_of(demo.ws_url, owner.token) as socket:
        stream = await socket.subscribe(
            CHECKOUT_EVENTS, id=session["id"], after=before[0]["cursor"]
        )
        assert (await stream.event())["__typename"] == "PaymentStatusChanged"
        await gateway.pay(session["url"])
        assert (await stream.event())["__typename"] == "PaymentStatusChanged"
        assert (await stream.event())["__typename"] == "InvoiceStatusChanged"
        await stream.ended()


async def test_a_socket_closes_within_two_seconds_of_its_tokens_end(
    demo: Demo, customer: Customer
) -> None:
    token = customer.token(lasting=timedelta(seconds=TOKEN_S))
    begun = time.time()
    async with socket_of(demo.ws_url, token) as socket:
        stream = await socket.subscribe(BILLING_EVENTS)
        code, reason = await socket.closed(within=TOKEN_S + 20)
        lasted = time.time() - begun
        await stream.ended()
    assert (code, reason) == (4403, "Token expired")
    # Tokens count whole seconds.
    assert TOKEN_S - 1.5 < lasted < TOKEN_S + EXPIRY_S


async def test_a_stream_over_http_ends_with_its_token_too(demo: Demo, customer: Customer) -> None:
    token = customer.token(lasting=timedelta(seconds=TOKEN_S))
    async with event_stream(demo.graphql_url, token, BILLING_EVENTS) as stream:
        arrival = await stream.arrival(within=TOKEN_S + EXPIRY_S)
        assert arrival.payload["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"
        await stream.ended()


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"Authorization": "Bearer no.such.token"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": 7},
    ],
    ids=["no payload", "no token", "bad token", "not a bearer", "not a text"],
)
async def test_a_socket_without_a_good_token_is_closed(
    demo: Demo, payload: dict[str, Any] | None
) -> None:
    async with raw_socket(demo.ws_url) as connection:
        hello = {"type": "connection_init"} | ({} if payload is None else {"payload": payload})
        await connection.send(json.dumps(hello))
        await connection.wait_closed()
        assert connection.close_code == 4403


async def test_a_request_without_a_good_token_is_refused_and_told_nothing(
    demo: Demo, customer: Customer
) -> None:
    expired = customer.token(lasting=timedelta(seconds=-5))
    other_key = customer.token()[:-8] + "AAAAAAAA"
    for token in (None, "no.such.token", expired, other_key):
        async with as_viewer(demo.graphql_url, token) as nobody:
            response = await nobody.send("{ viewer { email } }")
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
        answer = response.json()
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["UNAUTHENTICATED"]
        assert answer.get("data") is None


async def test_a_member_watches_but_starts_no_payment(
    demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with as_viewer(demo.graphql_url, customer.token(Role.MEMBER)) as member:
        refused = await member.start_checkout(invoice, return_to=demo.base_url)
        assert refused["__typename"] == "ForbiddenError"
    assert (await owner.invoice(invoice))["payments"]["nodes"] == []
    assert all(one["kind"] != "PaymentStatusChanged" for one in await customer.log())


async def test_staff_have_no_event_log_of_their_own(demo: Demo) -> None:
    operator = demo.viewer("OPERATOR")
    async with socket_of(demo.ws_url, operator["token"]) as socket:
        stream = await socket.subscribe(BILLING_EVENTS)
        arrival = await stream.arrival()
        assert [one["extensions"]["code"] for one in arrival.payload["errors"]] == ["FORBIDDEN"]


async def test_pages_of_other_origins_may_not_open_a_socket(demo: Demo) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            demo.ws_url, origin=Origin("https://evil.example"), subprotocols=[PROTOCOL], proxy=None
        ):
            raise AssertionError("the socket opened")
    assert refused.value.response.status_code == 403


async def test_the_webhooks_door_takes_nothing_unsigned(demo: Demo) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(demo.description["webhook"]["url"], json={"id": "evt_1"})
    assert answer.status_code == 400
