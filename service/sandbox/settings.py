"""What a sandbox is told when it is built."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx

from service.sandbox.currencies import known_currencies

LIVE_PREFIXES = ("sk_live_", "rk_live_")
TEST_PREFIXES = ("sk_test_", "rk_test_")


def utc_now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """Every knob of a sandbox; the defaults suit a demo on one machine.

    Two sandboxes with the same `seed`, the same clock readings and the same requests give the
    same ids and the same bytes. For a run in virtual time leave the delivery worker off, pass
    `clock` and `sleep`, set `webhook_concurrency=1` and call `Sandbox.tick()`.

    Raises:
        ValueError: the key is not a test key, or a live key is configured beside this sandbox.
    """

    api_key: str = "sk_test_sandbox"
    #: Where payers' browsers reach this app; hosted pages and challenges are linked under it.
    base_url: str = "http://127.0.0.1:8420"
    #: Shown at the head of the hosted page.
    seller_name: str = "Your seller"
    #: (URL, signing secret) of each endpoint that receives every event.
    webhook_endpoints: tuple[tuple[str, str], ...] = ()
    #: File that keeps all state; None keeps it in memory only.
    journal: Path | None = None
    #: Makes ids reproducible; None draws them from the operating system.
    seed: int | None = None
    clock: Callable[[], datetime] = utc_now
    #: How an injected hang passes time, in seconds.
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    #: Tell the truth here: a sandbox never runs beside a key that can move real money.
    live_key_configured: bool = False

    #: From a bank debit's submission until it succeeds or fails.
    debit_settles_after_s: float = 5.0
    #: From an automatic_async capture until its balance transaction exists.
    balance_posts_after_s: float = 1.0
    #: From a refund's creation until a pending one succeeds or a doomed one fails.
    refund_settles_after_s: float = 5.0
    #: From the capture of the dispute test card's charge until it is disputed.
    dispute_opens_after_s: float = 2.0
    #: Until a dispute that nobody answers is lost; Stripe gives 7 to 21 days.
    dispute_answer_within_s: float = 7 * 24 * 3600
    #: From submitting the evidence that Stripe's test mode knows until the dispute is decided.
    dispute_decides_after_s: float = 1.0
    #: What the seller is paid out in, by its code in lower case; None is each charge's currency.
    settlement_currency: str | None = None
    #: Units of the settlement currency for one unit of a charge's currency, by that currency's
    #: code in lower case. What has no rate here is settled in its own currency.
    settlement_rates: Mapping[str, Decimal] = field(default_factory=dict)
    #: Fees are counted and rounded in the currency of the settlement.
    fee_basis_points: int = 290
    fee_fixed_minor: int = 30
    #: What a dispute costs, won or lost.
    dispute_fee_minor: int = 1_500

    #: From an object's creation until a search finds it; Stripe says: within a minute.
    search_lag_s: float = 0.0
    #: Stripe offers no search to sellers in India (docs.stripe.com/search, regional availability).
    search_available: bool = True

    webhook_timeout_s: float = 10.0
    #: Pauses after failed tries; when they are used up the delivery is given up.
    webhook_retry_s: tuple[float, ...] = (1, 2, 5, 15, 60, 300, 1_800, 7_200, 21_600, 43_200)
    webhook_concurrency: int = 8
    #: How webhooks travel; None is the network. An httpx.ASGITransport stays in the process.
    webhook_transport: httpx.AsyncBaseTransport | None = None

    def __post_init__(self) -> None:
        if self.live_key_configured or self.api_key.startswith(LIVE_PREFIXES):
            raise ValueError("the sandbox gateway never runs beside a live key")
        if not self.api_key.startswith(TEST_PREFIXES):
            raise ValueError(f"the sandbox's api_key must start with one of {TEST_PREFIXES}")
        if self.webhook_concurrency < 1:
            raise ValueError("webhook_concurrency must be at least 1")
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url must be an http(s) URL")
        currencies = {*self.settlement_rates} | {self.settlement_currency} - {None}
        if not currencies <= known_currencies():
            raise ValueError("settlement currencies must be codes in lower case")
        if not all(rate.is_finite() and rate > 0 for rate in self.settlement_rates.values()):
            raise ValueError("settlement_rates must be above zero")
