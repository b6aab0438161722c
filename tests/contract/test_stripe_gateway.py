"""The Stripe adapter on the sandbox: what it asks for, and how it reads the answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
import stripe
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from service.adapters import stripe_gateway
from service.adapters.circuit_breaker import CircuitBreaker
from service.adapters.stripe_gateway import API_VERSION, StripeGateway
from service.adapters.stripe_words import from_wire, to_wire
from service.billing.errors import GatewayRefused, GatewayUnavailable
from service.billing.money import Money
from service.billing.payment import Decline, GatewayCheckout, GatewayState, Method
from service.gateway import CheckoutOrder, CheckoutPage, Gateway, OrderItem, RefundOrder
from service.sandbox import Sandbox, SandboxSettings
from tests.support.shop import API_KEY, SANDBOX_URL, InProcessStripe, SettableClock

NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
SECRET = "whsec_contract"


@dataclass
class Desk:
    """The adapter, the gateway behind it, and a payer."""

    gateway: Gateway
    sandbox: Sandbox
    clock: SettableClock
    http: httpx.AsyncClient

    async def opened(self, *amounts: Money, **changes: Any) -> CheckoutPage:
        return await self.gateway.open_checkout(order(*amounts, **changes))

    async def act(self, page: CheckoutPage, what: str, **body: Any) -> None:
        path = f"/_sandbox/sessions/{page.session_id}/{what}"
        (await self.http.post(path, json=body)).raise_for_status()

    def session(self, page: CheckoutPage) -> dict[str, Any]:
        return self.sandbox.book.get("session", page.session_id)


def order(*amounts: Money, **changes: Any) -> CheckoutOrder:
    items = tuple(OrderItem(f"Invoice {n}", one) for n, one in enumerate(amounts, start=1))
    base = CheckoutOrder(
        payment_id=uuid4(),
        items=items or (OrderItem("Invoice INV-2627-000001", Money(125000, "INR")),),
        description="Invoice INV-2627-000001",
        payer_email="payer@northwind.example",
        locale="de-DE",
        success_url="https://app.example.com/paid?checkout={CHECKOUT_SESSION_ID}",
        cancel_url="https://app.example.com/invoices",
        expires_at=NOW + timedelta(minutes=60),
        metadata={"payment_id": "p", "invoices": "INV-2627-000001"},
    )
    return replace(base, **changes)


@pytest.fixture(params=[False, True], ids=["bare", "behind a breaker"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    clock = SettableClock(NOW)
    sandbox = Sandbox(SandboxSettings(api_key=API_KEY, base_url=SANDBOX_URL, clock=clock))
    gateway: Gateway = StripeGateway(
        API_KEY, (SECRET,), api_base=SANDBOX_URL, http_client=InProcessStripe(sandbox.app)
    )
    if request.param:
        gateway = CircuitBreaker(gateway, clock)
    transport = httpx.ASGITransport(app=sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL) as http:
        yield Desk(gateway, sandbox, clock, http)


def test_the_api_version_is_the_one_that_the_sdk_was_made_for() -> None:
    assert stripe.api_version == API_VERSION


@pytest.mark.parametrize(
    ("key", "live"),
    [("sk_test_x", False), ("rk_test_x", False), ("sk_live_x", True), ("rk_live_x", True)],
)
def test_the_mode_is_the_keys(key: str, live: bool) -> None:
    gateway = StripeGateway(key, (SECRET,))
    assert (gateway.live_mode, gateway.name) == (live, "stripe")


# -- asking ------------------------------------------------------------------------------------


async def test_a_page_is_asked_for_with_everything_that_refunds_and_reports_need(
    desk: Desk,
) -> None:
    asked = order(Money(100001, "INR"), Money(24999, "INR"))
    page = await desk.gateway.open_checkout(asked)
    session = desk.session(page)
    kept = desk.sandbox.book.get("checkout", page.session_id)
    assert page == CheckoutPage(session["id"], session["url"], asked.expires_at)
    assert (session["amount_total"], session["currency"]) == (125000, "inr")
    assert session["client_reference_id"] == str(asked.payment_id)
    assert session["metadata"] == kept["payment_intent_data"]["metadata"] == asked.metadata
    assert kept["payment_intent_data"]["description"] == asked.description
    assert session["adaptive_pricing"] == {"enabled": False}
    assert (session["mode"], session["submit_type"]) == ("payment", "pay")
    assert [(item["description"], item["amount_total"]) for item in kept["line_items"]] == [
        ("Invoice 1", 100001),
        ("Invoice 2", 24999),
    ]


async def test_asked_again_for_the_same_payment_the_gateway_answers_the_same_page(
    desk: Desk,
) -> None:
    asked = order()
    first = await desk.gateway.open_checkout(asked)
    desk.clock.move(hours=23)
    assert await desk.gateway.open_checkout(asked) == first
    assert desk.sandbox.book.count("session") == 1
    with pytest.raises(GatewayRefused):
        await desk.gateway.open_checkout(replace(asked, description="Another"))


async def test_a_session_that_the_gateway_does_not_know_is_a_refusal(desk: Desk) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        await desk.gateway.look_up("cs_test_unknown")
    assert refusal.value.gateway_code == "resource_missing"


async def test_a_check_asks_something_harmless(desk: Desk) -> None:
    await desk.gateway.check()
    assert desk.sandbox.book.count("session") == 0
    stranger = StripeGateway(
        "sk_test_stranger",
        (SECRET,),
        api_base=SANDBOX_URL,
        http_client=InProcessStripe(desk.sandbox.app),
    )
    with pytest.raises(GatewayUnavailable):
        await stranger.check()
    desk.sandbox.faults.add("outage")
    with pytest.raises(GatewayUnavailable):
        await desk.gateway.check()


@pytest.mark.parametrize(("behind_s", "is_told"), [(0, False), (55, False), (70, True)])
async def test_a_clock_that_differs_from_the_gateways_is_told(
    desk: Desk, behind_s: int, *, is_told: bool
) -> None:
    async def dated(scope: Scope, receive: Receive, send: Send) -> None:
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                theirs = format_datetime(datetime.now(UTC) + timedelta(seconds=behind_s))
                message["headers"] = [*message["headers"], (b"date", theirs.encode())]
            await send(message)

        await desk.sandbox.app(scope, receive, stamped)

    gateway = StripeGateway(
        API_KEY, (SECRET,), api_base=SANDBOX_URL, http_client=InProcessStripe(dated)
    )
    with capture_logs() as logged:
        await gateway.happened(None, since=NOW)
    told = [one["ahead_s"] for one in logged if one["event"] == "clock_differs"]
    assert len(told) == is_told
    assert all(-behind_s <= ahead <= 2 - behind_s for ahead in told)


async def test_no_connection_is_no_answer() -> None:
    gateway = StripeGateway(API_KEY, (SECRET,), api_base="http://127.0.0.1:1")
    with pytest.raises(GatewayUnavailable):
        await gateway.look_up("cs_test_1")


async def test_the_errors_of_a_gateway_carry_none_of_its_words(desk: Desk) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        await desk.opened(Money(49, "INR"))
    assert refusal.value.gateway_code == "amount_too_small"
    assert str(refusal.value) == "The payment gateway refused this request."


# -- reading answers ---------------------------------------------------------------------------


async def seen_after(desk: Desk, *acts: tuple[str, dict[str, Any]]) -> GatewayCheckout:
    page = await desk.opened()
    for what, body in acts:
        await desk.act(page, what, **body)
    return await desk.gateway.look_up(page.session_id)


async def test_an_open_page_is_open(desk: Desk) -> None:
    asked = order()
    page = await desk.gateway.open_checkout(asked)
    assert await desk.gateway.look_up(page.session_id) == GatewayCheckout(
        session_id=page.session_id,
        state=GatewayState.OPEN,
        amount=Money(125000, "INR"),
        live_mode=False,
        reference=str(asked.payment_id),
        transaction=None,
        captured_at=None,
        method=None,
        decline=None,
    )


async def test_a_card_payment_is_paid_at_once(desk: Desk) -> None:
    page = await desk.opened()
    desk.clock.move(seconds=30)
    await desk.act(page, "pay", outcome="success")
    seen = await desk.gateway.look_up(page.session_id)
    assert (seen.state, seen.amount) == (GatewayState.PAID, Money(125000, "INR"))
    assert seen.captured_at == NOW + timedelta(seconds=30)
    assert seen.method == Method("card", "visa", "4242")
    assert seen.transaction == desk.session(page)["payment_intent"]
    assert seen.decline is None


async def test_a_declined_card_leaves_the_page_open_with_the_reason(desk: Desk) -> None:
    seen = await seen_after(desk, ("pay", {"outcome": "declined"}))
    assert seen.state is GatewayState.OPEN
    assert seen.decline == Decline("generic_decline", "Your card was declined.")
    assert (seen.captured_at, seen.method) == (None, None)


async def test_a_challenge_is_open_until_it_is_answered(desk: Desk) -> None:
    challenge = ("pay", {"outcome": "challenge"})
    assert (await seen_after(desk, challenge)).state is GatewayState.OPEN
    failed = await seen_after(desk, challenge, ("authenticate", {"result": "fail"}))
    assert failed.state is GatewayState.OPEN
    assert failed.decline is not None
    assert failed.decline.code == "payment_intent_authentication_failure"
    passed = await seen_after(desk, challenge, ("authenticate", {"result": "complete"}))
    assert passed.state is GatewayState.PAID


@pytest.mark.parametrize(
    ("outcome", "ends", "code"),
    [
        ("debit_succeeds", GatewayState.PAID, None),
        ("debit_fails", GatewayState.FAILED, "insufficient_funds"),
    ],
)
async def test_a_bank_debit_is_processing_until_its_bank_has_answered(
    desk: Desk, outcome: str, ends: GatewayState, code: str | None
) -> None:
    page = await desk.opened()
    await desk.act(page, "pay", outcome=outcome)
    under_way = await desk.gateway.look_up(page.session_id)
    assert (under_way.state, under_way.captured_at) == (GatewayState.PROCESSING, None)
    assert desk.session(page)["status"] == "complete"
    desk.clock.move(seconds=6)
    ended = await desk.gateway.look_up(page.session_id)
    assert ended.state is ends
    assert (ended.decline.code if ended.decline else None) == code


async def test_a_page_that_was_not_used_expires(desk: Desk) -> None:
    page = await desk.opened()
    desk.clock.move(minutes=60)
    assert (await desk.gateway.look_up(page.session_id)).state is GatewayState.EXPIRED


async def test_a_page_that_expired_while_its_money_was_under_way_is_processing(
    desk: Desk,
) -> None:
    page = await desk.opened()
    await desk.act(page, "pay", outcome="debit_succeeds")
    with desk.sandbox.book.transaction():
        desk.sandbox.book.change("session", page.session_id, status="expired")
    assert (await desk.gateway.look_up(page.session_id)).state is GatewayState.PROCESSING


async def test_what_was_taken_is_the_payments_figure_not_the_pages(desk: Desk) -> None:
    page = await desk.opened()
    await desk.act(page, "pay", outcome="success")
    intent_id = desk.session(page)["payment_intent"]
    with desk.sandbox.book.transaction():
        desk.sandbox.book.change("payment_intent", intent_id, amount_received=124999)
    assert (await desk.gateway.look_up(page.session_id)).amount == Money(124999, "INR")


# -- amounts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("money", "wire"),
    [
        (Money(125000, "INR"), 125000),
        (Money(1, "USD"), 1),
        (Money(1573, "JPY"), 1573),
        (Money(5120, "KWD"), 5120),
        (Money(100, "ISK"), 10000),
        (Money(7, "UGX"), 700),
        (Money(150000, "MGA"), 1500),
    ],
)
def test_amounts_go_over_the_wire_in_the_gateways_unit(money: Money, wire: int) -> None:
    units = to_wire(money)
    assert (units, type(units)) == (wire, int)
    assert from_wire(wire, money.currency.lower()) == money


def test_what_has_no_whole_number_in_the_other_unit_is_refused() -> None:
    with pytest.raises(GatewayRefused):
        from_wire(150, "isk")
    with pytest.raises(GatewayRefused):
        to_wire(Money(150050, "MGA"))


@pytest.mark.parametrize("money", [Money(1234, "ISK"), Money(500000, "MGA"), Money(99, "JPY")])
async def test_the_gateway_shows_the_amount_that_was_meant(desk: Desk, money: Money) -> None:
    page = await desk.opened(money)
    assert (await desk.gateway.look_up(page.session_id)).amount == money
    await desk.act(page, "pay", outcome="success")
    assert (await desk.gateway.look_up(page.session_id)).amount == money


async def test_refunds_and_disputes_are_read_to_the_end_of_their_lists(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_gateway, "_PAGE", 2)
    page = await desk.opened()
    await desk.act(page, "pay", outcome="success")
    transaction = desk.session(page)["payment_intent"]
    charge = desk.sandbox.book.get("payment_intent", transaction)["latest_charge"]
    given = [desk.sandbox.dashboard.refund(charge, units)["id"] for units in (1, 2, 3, 4, 5)]
    taken = [desk.sandbox.dashboard.dispute(charge, units)["id"] for units in (6, 7, 8)]
    assert [one.reference for one in await desk.gateway.refunds_of(transaction)] == given
    assert [one.reference for one in await desk.gateway.disputes_of(transaction)] == taken


@pytest.mark.parametrize(
    "payout", [{"currency": "isk", "fee": 1}, {"currency": "isk", "amount": 12_345}]
)
async def test_a_payout_that_is_no_whole_number_keeps_no_page_from_being_seen_as_paid(
    desk: Desk, payout: dict[str, Any]
) -> None:
    page = await desk.opened()
    await desk.act(page, "pay", outcome="success")
    desk.clock.move(minutes=5)
    assert (await desk.gateway.look_up(page.session_id)).settlement is not None
    intent = desk.sandbox.book.get("payment_intent", desk.session(page)["payment_intent"])
    charge = desk.sandbox.book.get("charge", intent["latest_charge"])
    whole = {"currency": "isk", "amount": 12_300, "fee": 0}
    posted = desk.sandbox.book.get("balance_transaction", charge["balance_transaction"])
    with desk.sandbox.book.transaction():
        desk.sandbox.book.put("balance_transaction", posted["id"], posted | whole | payout)
    with capture_logs() as logged:
        seen = await desk.gateway.look_up(page.session_id)
    assert (seen.state, seen.amount, seen.settlement) == (
        GatewayState.PAID,
        Money(125000, "INR"),
        None,
    )
    assert [one["event"] for one in logged] == ["settlement_not_read"]


async def test_a_refund_that_was_not_answered_is_looked_for_before_it_is_asked_for_again(
    desk: Desk,
) -> None:
    page = await desk.opened(Money(5000, "INR"))
    await desk.act(page, "pay", outcome="success")
    transaction = desk.session(page)["payment_intent"]
    order = RefundOrder(uuid4(), uuid4(), transaction, Money(5000, "INR"))
    desk.sandbox.faults.add("fail_api", next=1, when="before", status=503, kept=False)
    with pytest.raises(GatewayUnavailable):
        await desk.gateway.refund(order)
    assert await desk.gateway.refunds_of(transaction) == []
    made = await desk.gateway.refund(order)
    assert await desk.gateway.refunds_of(transaction) == [made]
