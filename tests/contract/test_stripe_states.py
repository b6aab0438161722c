"""Every state that Stripe documents for a checkout, in our words; and answers that say nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from service.adapters.stripe_gateway import StripeGateway, _our_error
from service.adapters.stripe_words import checkout_of, dispute_of
from service.billing.errors import BadSignature, GatewayUnavailable
from service.billing.money import Money
from service.billing.payment import Decline, GatewayState

S = GatewayState
NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
SECRET = "whsec_states"


def session(status: str, intent: dict[str, Any] | None, *, paid: bool = False) -> dict[str, Any]:
    return {
        "id": "cs_test_1",
        "status": status,
        "payment_status": "paid" if paid else "unpaid",
        "payment_intent": intent,
        "amount_total": 1000,
        "currency": "inr",
        "livemode": False,
        "client_reference_id": "p",
    }


def intent(status: str, **more: Any) -> dict[str, Any]:
    base = {"id": "pi_1", "status": status, "currency": "inr", "amount_received": 1000}
    return base | {"latest_charge": None, "last_payment_error": None} | more


@pytest.mark.parametrize(
    ("status", "intent_status", "state"),
    [
        ("open", None, S.OPEN),
        ("open", "requires_payment_method", S.OPEN),
        ("open", "requires_action", S.OPEN),
        ("open", "processing", S.PROCESSING),
        ("expired", None, S.EXPIRED),
        ("expired", "requires_payment_method", S.EXPIRED),
        ("expired", "processing", S.PROCESSING),
        ("expired", "succeeded", S.PAID),
        ("complete", None, S.PROCESSING),
        ("complete", "processing", S.PROCESSING),
        ("complete", "succeeded", S.PAID),
        ("complete", "canceled", S.CANCELED),
        ("complete", "requires_payment_method", S.FAILED),
        # A voucher that is to be paid at a counter, a transfer that is on its way, an amount that
        # waits to be captured: none of them has failed, and the invoice must not be paid again.
        ("complete", "requires_action", S.PROCESSING),
        ("complete", "requires_confirmation", S.PROCESSING),
        ("complete", "requires_capture", S.AUTHORIZED),
    ],
)
def test_a_checkout_stands_where_its_payment_does(
    status: str, intent_status: str | None, state: GatewayState
) -> None:
    seen = checkout_of(session(status, intent(intent_status) if intent_status else None))
    assert seen.state is state


@pytest.mark.parametrize(
    ("status", "intent_status", "slow"),
    [
        ("complete", "requires_action", True),
        ("open", "requires_action", False),
        ("complete", "processing", False),
    ],
)
def test_who_has_to_go_and_pay_with_a_voucher_is_given_days(
    status: str, intent_status: str, *, slow: bool
) -> None:
    assert checkout_of(session(status, intent(intent_status))).slow is slow


def dispute(status: str, *moved: int) -> dict[str, Any]:
    return {
        "id": "du_1",
        "status": status,
        "amount": 10_000,
        "currency": "inr",
        "reason": "fraudulent",
        "created": NOW.timestamp(),
        "balance_transactions": [{"amount": amount} for amount in moved],
    }


@pytest.mark.parametrize(
    ("status", "moved", "seen"),
    [
        ("needs_response", [-10_000], ("OPEN", 10_000)),
        ("under_review", [-10_000], ("OPEN", 10_000)),
        ("appeal_needs_response", [-10_000], ("OPEN", 10_000)),
        ("appeal_under_review", [-10_000, 2_500], ("OPEN", 7_500)),
        ("won", [-10_000, 10_000], ("WON", 10_000)),
        ("lost", [], ("LOST", 10_000)),
        ("lost", [-10_000], ("LOST", 10_000)),
        # It had been refunded in part before.
        ("lost", [-10_000, 2_500], ("LOST", 7_500)),
        # In the currency of the payout, and half a unit is rounded up.
        ("lost", [-121, 1], ("LOST", 9_917)),
        # Won, and lost in the end.
        ("lost", [-10_000, 10_000, -10_000], ("LOST", 10_000)),
        # All of it came back, and at another rate more than all.
        ("lost", [-10_000, 10_000], ("LOST", 0)),
        ("lost", [-10_000, 10_100], ("LOST", 0)),
    ],
)
def test_a_dispute_took_what_did_not_come_back(
    status: str, moved: list[int], seen: tuple[str, int]
) -> None:
    told = dispute_of(dispute(status, *moved))
    assert told is not None
    assert (told.status, told.kept) == (seen[0], Money(seen[1], "INR"))
    assert told.amount == Money(10_000, "INR")


@pytest.mark.parametrize(
    "status", ["warning_needs_response", "warning_under_review", "warning_closed", "prevented"]
)
def test_an_inquiry_took_nothing(status: str) -> None:
    assert dispute_of(dispute(status)) is None


def test_what_is_paid_is_paid_whatever_the_session_says() -> None:
    paid = session("complete", intent("succeeded"), paid=True)
    assert checkout_of(paid).state is GatewayState.PAID


@pytest.mark.parametrize("code", ["fraudulent", "lost_card", "stolen_card", "pickup_card"])
def test_a_payer_is_not_told_what_the_bank_suspects(code: str) -> None:
    error = {"code": "card_declined", "decline_code": code, "message": "It is stolen."}
    seen = checkout_of(session("open", intent("requires_payment_method", last_payment_error=error)))
    assert seen.decline == Decline("generic_decline", "Your card was declined.")


def test_a_signature_that_is_not_ascii_is_a_bad_signature() -> None:
    gateway = StripeGateway("sk_test_x", (SECRET,))
    header = f"t={int(NOW.timestamp())},v1=\xe9"
    with pytest.raises(BadSignature):
        gateway.read_notice(b"{}", {"stripe-signature": header}, now=NOW)


@pytest.mark.parametrize("error", [stripe.AuthenticationError, stripe.PermissionError])
def test_a_key_that_is_not_accepted_tells_nothing_of_a_checkout(
    error: type[stripe.StripeError],
) -> None:
    assert isinstance(_our_error(error("no")), GatewayUnavailable)


async def test_a_gateway_that_never_answers_is_given_up_in_time() -> None:
    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    gateway = StripeGateway("sk_test_x", (SECRET,), api_base=f"http://127.0.0.1:{port}")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with server:
        with pytest.raises(GatewayUnavailable):
            await gateway.look_up("cs_test_1")
    # Two calls fit into the 15 s that the API gives a request.
    assert loop.time() - begun < 7.5
