"""What the seller is paid out: in the charge's currency, or converted at the gateway's rate."""

from decimal import Decimal
from typing import Any

import pytest

from service.sandbox import SandboxSettings
from service.sandbox.currencies import convert_minor
from tests.contract.conftest import Gate, OpenGate

TO_USD = {"settlement_currency": "usd", "settlement_rates": {"inr": Decimal("0.011973")}}


def line(currency: str, unit_amount: int) -> list[dict[str, Any]]:
    data = {"currency": currency, "unit_amount": unit_amount, "product_data": {"name": "x"}}
    return [{"quantity": 1, "price_data": data}]


async def paid(gate: Gate, **order: Any) -> Any:
    """A charge whose balance transaction exists."""
    session = await gate.session(**order)
    await gate.control(f"sessions/{session.id}/pay")
    gate.clock.move(1)
    path = "payment_intent.latest_charge.balance_transaction"
    return (await gate.read(session, path)).payment_intent.latest_charge


async def posted(gate: Gate) -> list[tuple[str, str, int, int, int]]:
    page = await gate.stripe.v1.balance_transactions.list_async({"limit": 100})
    return [
        (entry.type, entry.currency, entry.amount, entry.fee, entry.net)
        for entry in reversed(page.data)
    ]


async def test_without_a_settlement_currency_nothing_is_converted(gate: Gate) -> None:
    transaction = (await paid(gate)).balance_transaction
    assert (transaction.amount, transaction.currency) == (125000, "inr")
    assert (transaction.fee, transaction.exchange_rate) == (3655, None)


async def test_a_charge_is_settled_at_the_rate_with_its_fee_in_that_currency(
    open_gate: OpenGate,
) -> None:
    gate = await open_gate(**TO_USD)
    charge = await paid(gate)
    assert (charge.amount, charge.currency) == (125000, "inr")
    transaction = charge.balance_transaction
    # INR 1,250.00 x 0.011973 = USD 14.96625; 2.9 % of 1497 + 30 = 73.413.
    assert (transaction.amount, transaction.currency) == (1497, "usd")
    assert (transaction.fee, transaction.net) == (73, 1424)
    assert transaction.exchange_rate == 0.011973
    assert [(fee.amount, fee.currency) for fee in transaction.fee_details] == [(73, "usd")]


async def test_the_rate_is_known_when_the_charge_is_updated_and_not_before(
    open_gate: OpenGate,
) -> None:
    gate = await open_gate(**TO_USD)
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay")
    early = (await gate.read(session, "payment_intent.latest_charge")).payment_intent
    assert early.latest_charge.balance_transaction is None
    gate.clock.move(1)
    (event,) = (await gate.stripe.v1.events.list_async({"type": "charge.updated"})).data
    transaction = await gate.stripe.v1.balance_transactions.retrieve_async(
        event.data.object.balance_transaction
    )
    assert transaction.exchange_rate == 0.011973


async def test_a_capture_by_hand_tells_of_its_transaction_at_once(open_gate: OpenGate) -> None:
    gate = await open_gate(**TO_USD)
    session = await gate.session()
    intent = (await gate.control(f"sessions/{session.id}/authorise"))["payment_intent"]
    await gate.control(f"payment_intents/{intent}/capture", amount=100000)
    (event,) = (await gate.stripe.v1.events.list_async({"type": "charge.captured"})).data
    assert event.data.object.balance_transaction is not None
    assert await posted(gate) == [("charge", "usd", 1197, 65, 1132)]


async def test_what_goes_back_of_an_amount_is_what_came_of_it(open_gate: OpenGate) -> None:
    gate = await open_gate(**TO_USD)
    charge = await paid(gate)
    refund = await gate.control(f"charges/{charge.id}/refund")
    await gate.control(f"refunds/{refund['id']}/fail")
    dispute = await gate.control(f"charges/{charge.id}/dispute")
    await gate.control(f"disputes/{dispute['id']}/win")
    assert (refund["currency"], refund["amount"]) == ("inr", 125000)
    assert (dispute["currency"], dispute["amount"]) == ("inr", 125000)
    assert await posted(gate) == [
        ("charge", "usd", 1497, 73, 1424),
        ("refund", "usd", -1497, 0, -1497),
        ("refund_failure", "usd", 1497, 0, 1497),
        ("adjustment", "usd", -1497, 1500, -2997),
        ("adjustment", "usd", 1497, 0, 1497),
    ]


async def test_the_settlement_currency_itself_and_one_without_a_rate_stay(
    open_gate: OpenGate,
) -> None:
    gate = await open_gate(**TO_USD)
    for currency in ("usd", "eur"):
        transaction = (await paid(gate, line_items=line(currency, 5000))).balance_transaction
        assert (transaction.currency, transaction.amount) == (currency, 5000)
        assert transaction.exchange_rate is None


@pytest.mark.parametrize(
    ("amount", "source", "target", "rate", "settled"),
    [
        (5000, "jpy", "usd", "0.0065", 3250),
        (1234, "usd", "jpy", "150.25", 1854),
        (2010, "kwd", "usd", "3.255", 654),
        (1000, "usd", "kwd", "0.30725", 3073),
        (12350, "usd", "isk", "137.126", 1693500),
        (100, "usd", "inr", "83.505", 8351),
        (-100, "usd", "inr", "83.505", -8351),
        (999999999999, "idr", "usd", "0.000061234567890123456789", 61234568),
    ],
)
def test_amounts_are_converted_with_their_decimals_and_rounded_half_up(
    amount: int, source: str, target: str, rate: str, settled: int
) -> None:
    assert convert_minor(amount, source, target, Decimal(rate)) == settled


@pytest.mark.parametrize(
    "settings",
    [
        {"settlement_currency": "USD"},
        {"settlement_currency": "zzz"},
        {"settlement_rates": {"INR": Decimal(1)}},
        {"settlement_rates": {"inr": Decimal(0)}},
        {"settlement_rates": {"inr": Decimal("NaN")}},
    ],
)
def test_settlement_that_makes_no_sense_is_refused(settings: Any) -> None:
    with pytest.raises(ValueError, match="settlement"):
        SandboxSettings(**settings)
