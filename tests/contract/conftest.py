"""The gate: a sandbox gateway with the real SDK, a browser and a webhook receiver around it."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.sandbox import Sandbox, SandboxSettings

BASE = "http://sandbox.test"
KEY = "sk_test_sandbox"
SECRET = "whsec_gate"
JSON = dict[str, Any]


@dataclass
class GateClock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Pass time the way a hang does, without waiting."""
        self.move(seconds)


@dataclass
class Receiver:
    """A webhook endpoint: keeps what it got, answers what it is told to, else 200."""

    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def events(self) -> list[JSON]:
        """The events received, in order of arrival."""
        return [orjson.loads(body) for body in self.bodies]

    @property
    def types(self) -> list[str]:
        """Their types."""
        return [event["type"] for event in self.events]

    @property
    def app(self) -> Starlette:
        """The endpoint as an ASGI app."""

        async def receive(request: Request) -> Response:
            self.bodies.append(await request.body())
            self.signatures.append(request.headers["stripe-signature"])
            return Response(status_code=self.answers.pop(0) if self.answers else 200)

        return Starlette(routes=[Route("/hook", receive, methods=["POST"])])


@dataclass
class Gate:
    """A sandbox in virtual time, and everything that talks to it."""

    sandbox: Sandbox
    clock: GateClock
    receiver: Receiver
    #: The SDK's client. Loosely typed: an expandable field is a union, and a test knows its arm.
    stripe: Any
    browser: httpx.AsyncClient

    async def session(self, key: str | None = None, **changes: Any) -> Any:
        """Create a Checkout Session over INR 1,250.00, with some parameters changed."""
        options: Any = {"idempotency_key": key} if key else {}
        return await self.stripe.v1.checkout.sessions.create_async(order(**changes), options)

    async def submit(self, session: Any, **typed: str) -> httpx.Response:
        """Send the hosted page's form, as a browser without JavaScript does."""
        fields = {
            "method": "card",
            "number": "4242 4242 4242 4242",
            "expiry": "12 / 30",
            "cvc": "123",
            "name": "Asha Rao",
            "email": "asha@example.in",
            "country": "IN",
        }
        return await self.browser.post(session.url, data={**fields, **typed})

    async def call(
        self, method: str, path: str, data: JSON | None = None, **headers: str
    ) -> httpx.Response:
        """Call the API without the SDK."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        auth = {"Authorization": f"Bearer {KEY}"}
        return await self.browser.request(method, path, data=data, headers={**auth, **named})

    async def control(self, where: str, /, **body: Any) -> JSON:
        """POST to the sandbox's own API; it must succeed."""
        answer = await self.browser.post(f"/_sandbox/{where}", json=body)
        assert answer.status_code == 200, answer.text
        result: JSON = answer.json()
        return result

    async def read(self, session: Any, *expand: str) -> Any:
        """Retrieve a session."""
        return await self.stripe.v1.checkout.sessions.retrieve_async(
            session.id, {"expand": list(expand)}
        )

    async def event_types(self) -> list[str]:
        """Types of all events so far, oldest first."""
        page = await self.stripe.v1.events.list_async({"limit": 100})
        return [event.type for event in reversed(page.data)]


def order(**changes: Any) -> Any:
    """Return the parameters of a Checkout Session over INR 1,250.00."""
    price = {"currency": "inr", "unit_amount": 125000, "product_data": {"name": "Invoice NW-7"}}
    return {
        "mode": "payment",
        "success_url": "https://seller.test/return?cs={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://seller.test/invoices",
        "line_items": [{"quantity": 1, "price_data": price}],
        **changes,
    }


OpenGate = Callable[..., Awaitable[Gate]]


@pytest.fixture
async def open_gate() -> AsyncIterator[OpenGate]:
    """Open gates with settings of their own; all are closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def opened(**settings: Any) -> Gate:
            clock, receiver = settings.pop("clock", GateClock()), Receiver()
            defaults = {
                "base_url": BASE,
                "clock": clock,
                "seed": 7,
                "seller_name": "Northwind Cloud",
                "sleep": clock.sleep,
                "webhook_concurrency": 1,
                "webhook_endpoints": (("http://receiver.test/hook", SECRET),),
                "webhook_transport": httpx.ASGITransport(receiver.app),
            }
            sandbox = Sandbox(SandboxSettings(**{**defaults, **settings}))
            stack.push_async_callback(sandbox.close)
            transport = httpx.ASGITransport(sandbox.app)
            browser = httpx.AsyncClient(transport=transport, base_url=BASE)
            await stack.enter_async_context(browser)
            # The SDK has no public way to hand it a transport; if this name goes, nothing here
            # connects and every test says so.
            http_client = stripe.HTTPXClient(verify_ssl_certs=False)
            http_client._client_async = browser
            client = stripe.StripeClient(KEY, base_addresses={"api": BASE}, http_client=http_client)
            return Gate(sandbox, clock, receiver, client, browser)

        yield opened


@pytest.fixture
async def gate(open_gate: OpenGate) -> Gate:
    """A gate with the settings most tests want."""
    return await open_gate()
