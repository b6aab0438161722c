"""Each gateway adapter with what stands behind it, moved by the same words: for tests that hold
for every gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from service.adapters.circuit_breaker import CircuitBreaker
from service.adapters.stripe_gateway import StripeGateway
from service.gateway import Gateway
from service.sandbox import Sandbox, SandboxSettings
from tests.support.notices import signed
from tests.support.redirect_gateway import RedirectGateway
from tests.support.redirect_provider import RedirectProvider
from tests.support.shop import (
    API_KEY,
    SANDBOX_URL,
    WEBHOOK_SECRET,
    InProcessStripe,
    SettableClock,
)

_DEBITS = {"late_arrives": "debit_succeeds", "late_fails": "debit_fails"}
CALLBACK_URL = "https://pay.example.com/callbacks/redirectpay"


class Desk(Protocol):
    """An adapter, and everybody else at its gateway: payers, banks, the seller at its dashboard.

    Pages and payments go by the names that the port gives them.
    """

    gateway: Gateway
    #: The same gateway, asked with a key that it does not know.
    stranger: Gateway
    clock: SettableClock
    #: Whether it tells afterwards what happened.
    keeps_a_list: bool

    def break_down(self) -> None:
        """Nothing is answered from now on."""

    def mend(self) -> None:
        """Everything is answered again."""

    def lose_an_answer(self, *, of_a_refund: bool = False) -> None:
        """The next call has its effect, and nobody hears of it."""

    def pages(self) -> int:
        """How many pages were ever made."""

    def pay(self, session_id: str, outcome: str = "success") -> None:
        """One try of a payer: "success", "declined", "held", "late_arrives" or "late_fails"."""

    def bank_answers(self, session_id: str) -> None:
        """The bank of a late payment decides as its outcome says."""

    def capture(self, session_id: str) -> None:
        """The seller takes what is held."""

    def refund_by_hand(self, transaction: str, minor_units: int) -> None:
        """The seller gives money back past this service."""

    def fail_refund(self, reference: str) -> None:
        """The money of a refund comes back."""

    def dispute(self, transaction: str) -> str:
        """The payer's bank takes all of it back; the dispute's id."""

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        """The payer's bank decides."""

    def notice(self) -> tuple[bytes, dict[str, str]]:
        """The newest notice, signed."""


@dataclass
class StripeDesk:
    """Stripe's adapter on the sandbox."""

    gateway: Gateway
    stranger: Gateway
    clock: SettableClock
    sandbox: Sandbox
    keeps_a_list: bool = True

    @classmethod
    def opened(cls, clock: SettableClock) -> StripeDesk:
        """A new sandbox without a past."""
        settings = SandboxSettings(api_key=API_KEY, base_url=SANDBOX_URL, clock=clock)
        sandbox = Sandbox(settings)

        def with_key(key: str) -> StripeGateway:
            client = InProcessStripe(sandbox.app)
            return StripeGateway(key, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)

        return cls(with_key(API_KEY), with_key("sk_test_stranger"), clock, sandbox)

    def break_down(self) -> None:
        self.sandbox.faults.add("outage")

    def mend(self) -> None:
        self.sandbox.faults.clear()

    def lose_an_answer(self, *, of_a_refund: bool = False) -> None:
        # The SDK itself asks three times, but for refunds once.
        tries = 1 if of_a_refund else 3
        self.sandbox.faults.add("fail_api", next=tries, status=502, when="after", kept=False)

    def pages(self) -> int:
        return self.sandbox.book.count("session")

    def pay(self, session_id: str, outcome: str = "success") -> None:
        if outcome == "held":
            self.sandbox.dashboard.authorise(session_id)
        else:
            self.sandbox.dashboard.pay(session_id, _DEBITS.get(outcome, outcome))

    def bank_answers(self, session_id: str) -> None:
        self.clock.move(seconds=6)

    def capture(self, session_id: str) -> None:
        self.sandbox.dashboard.capture(self._session(session_id)["payment_intent"])

    def refund_by_hand(self, transaction: str, minor_units: int) -> None:
        self.sandbox.dashboard.refund(self._charge(transaction), minor_units)

    def fail_refund(self, reference: str) -> None:
        self.sandbox.dashboard.fail_refund(reference)

    def dispute(self, transaction: str) -> str:
        return str(self.sandbox.dashboard.dispute(self._charge(transaction))["id"])

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        decide = self.sandbox.dashboard.win_dispute if won else self.sandbox.dashboard.lose_dispute
        decide(dispute_id)

    def notice(self) -> tuple[bytes, dict[str, str]]:
        body = orjson.dumps(list(self.sandbox.book.oldest_first("event"))[-1])
        return body, signed(body, self.clock())

    def _session(self, session_id: str) -> dict[str, Any]:
        return self.sandbox.book.get("session", session_id)

    def _charge(self, transaction: str) -> str:
        return str(self.sandbox.book.get("payment_intent", transaction)["latest_charge"])


@dataclass
class RedirectDesk:
    """The redirect provider's adapter on its provider."""

    gateway: Gateway
    stranger: Gateway
    clock: SettableClock
    provider: RedirectProvider
    keeps_a_list: bool = False
    _late_arrives: bool = False

    @classmethod
    def opened(cls, clock: SettableClock) -> RedirectDesk:
        """A new provider without a past."""
        provider = RedirectProvider(clock)
        stranger = RedirectGateway(provider, CALLBACK_URL, key_secret="another secret")
        return cls(RedirectGateway(provider, CALLBACK_URL), stranger, clock, provider)

    def break_down(self) -> None:
        self.provider.out = True

    def mend(self) -> None:
        self.provider.out = False

    def lose_an_answer(self, *, of_a_refund: bool = False) -> None:
        self.provider.lost = 1

    def pages(self) -> int:
        return len(self.provider.orders)

    def pay(self, session_id: str, outcome: str = "success") -> None:
        self._late_arrives = outcome == "late_arrives"
        self.provider.pay(session_id, "late" if outcome.startswith("late") else outcome)

    def bank_answers(self, session_id: str) -> None:
        self.provider.decide(self._last_try(session_id), arrives=self._late_arrives)

    def capture(self, session_id: str) -> None:
        self.provider.decide(self._last_try(session_id), arrives=True)

    def refund_by_hand(self, transaction: str, minor_units: int) -> None:
        self.provider.refund(transaction, amount=minor_units)

    def fail_refund(self, reference: str) -> None:
        self.provider.fail_refund(reference)

    def dispute(self, transaction: str) -> str:
        return str(self.provider.dispute(transaction)["id"])

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        self.provider.close_dispute(dispute_id, won=won)

    def notice(self) -> tuple[bytes, dict[str, str]]:
        return self.provider.notices[-1]

    def _last_try(self, session_id: str) -> str:
        return str(self.provider.payments_of(session_id)[-1]["id"])


def guarded(desk: Desk) -> Desk:
    """The same desk, its gateway behind a breaker."""
    desk.gateway = CircuitBreaker(desk.gateway, desk.clock)
    return desk
