"""A payer at the hosted page, by plain form posts."""

from pathlib import Path
from typing import Any

import pytest

from service.sandbox.cards import TEST_ACCOUNTS
from service.sandbox.checkout import submit
from service.sandbox.errors import InvalidRequest
from service.sandbox.payments import Payer
from tests.contract.conftest import Gate, OpenGate

PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


async def charges_of(gate: Gate) -> list[Any]:
    page = await gate.stripe.v1.charges.list_async({"limit": 100})
    return list(page.data)


async def test_a_card_pays_the_session_and_leads_to_the_success_url(gate: Gate) -> None:
    session = await gate.session(
        client_reference_id="attempt-1",
        metadata={"invoice": "NW-7"},
        payment_intent_data={"metadata": {"attempt": "1"}, "description": "Invoice NW-7"},
    )
    assert session.payment_intent is None
    assert session.url == f"http://sandbox.test/c/pay/{session.id}"

    answer = await gate.submit(session)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"https://seller.test/return?cs={session.id}"
    paid = await gate.read(session, "payment_intent.latest_charge")
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.amount_total, paid.currency, paid.livemode) == (125000, "inr", False)
    assert paid.client_reference_id == "attempt-1"
    assert paid.customer_details.email == "asha@example.in"
    assert paid.customer_details.address.country == "IN"
    intent, charge = paid.payment_intent, paid.payment_intent.latest_charge
    assert (intent.status, intent.amount_received) == ("succeeded", 125000)
    assert intent.metadata.to_dict() == charge.metadata.to_dict() == {"attempt": "1"}
    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, True)
    assert charge.description == "Invoice NW-7"
    assert charge.payment_method_details.card.last4 == "4242"
    assert await gate.event_types() == PAID


async def test_submitting_twice_charges_once(gate: Gate) -> None:
    session = await gate.session()
    first = await gate.submit(session)
    second = await gate.submit(session)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
    assert len(await charges_of(gate)) == 1
    assert await gate.event_types() == PAID


@pytest.mark.parametrize(
    ("number", "code", "decline_code", "message"),
    [
        ("4000000000000002", "card_declined", "generic_decline", "Your card was declined."),
        (
            "4000000000009995",
            "card_declined",
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
        ("4000000000000069", "expired_card", "expired_card", "Your card has expired."),
        (
            "4111111111111111",
            "card_declined",
            "test_mode_live_card",
            "This is a test gateway: it takes test cards only.",
        ),
    ],
)
async def test_a_declined_card_leaves_the_session_open_and_says_why(
    gate: Gate, number: str, code: str, decline_code: str, message: str
) -> None:
    session = await gate.session()
    answer = await gate.submit(session, number=number)

    assert answer.status_code == 402
    assert message in answer.text.replace("&#39;", "'")
    assert 'value="Asha Rao"' in answer.text
    assert number not in answer.text
    tried = await gate.read(session, "payment_intent")
    assert (tried.status, tried.payment_status) == ("open", "unpaid")
    intent = tried.payment_intent
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.last_payment_error.code == code
    assert intent.last_payment_error.decline_code == decline_code
    (charge,) = await charges_of(gate)
    assert (charge.status, charge.paid, charge.amount_captured) == ("failed", False, 0)
    assert charge.failure_code == code
    assert charge.id == intent.latest_charge
    assert await gate.event_types() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]

    assert (await gate.submit(session)).status_code == 303
    paid = await gate.read(session, "payment_intent")
    assert paid.payment_status == "paid"
    assert paid.payment_intent.last_payment_error is None
    assert [charge.status for charge in await charges_of(gate)] == ["succeeded", "failed"]


async def test_a_challenge_that_is_completed_pays(gate: Gate) -> None:
    session = await gate.session()
    answer = await gate.submit(session, number="4000 0025 0000 3155")
    assert answer.status_code == 303
    page = f"/c/pay/{session.id}/authenticate"
    assert answer.headers["location"] == f"{session.id}/authenticate"
    waiting = await gate.read(session, "payment_intent")
    assert waiting.payment_intent.status == "requires_action"
    assert waiting.payment_intent.next_action.redirect_to_url.url == f"http://sandbox.test{page}"
    assert await charges_of(gate) == []
    assert "₹1,250.00" in (await gate.browser.get(page)).text

    answer = await gate.browser.post(page, data={"result": "complete"})

    assert answer.headers["location"] == f"https://seller.test/return?cs={session.id}"
    paid = await gate.read(session, "payment_intent.latest_charge")
    assert paid.payment_status == "paid"
    secure = paid.payment_intent.latest_charge.payment_method_details.card.three_d_secure
    assert secure.result == "authenticated"
    assert await gate.event_types() == [PAID[0], "payment_intent.requires_action", *PAID[1:]]


async def test_a_challenge_that_is_failed_charges_nothing(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session, number="4000 0025 0000 3155")
    answer = await gate.browser.post(
        f"/c/pay/{session.id}/authenticate", data={"result": "fail"}, follow_redirects=True
    )
    assert answer.status_code == 200
    assert "We are unable to authenticate your payment method." in answer.text
    assert 'value="Asha Rao"' in answer.text
    left = await gate.read(session, "payment_intent")
    assert (left.status, left.payment_status) == ("open", "unpaid")
    error = left.payment_intent.last_payment_error
    assert error.code == "payment_intent_authentication_failure"
    assert await charges_of(gate) == []


async def test_a_card_can_authenticate_and_still_be_declined(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session, number="4000008400001629")
    await gate.browser.post(f"/c/pay/{session.id}/authenticate", data={"result": "complete"})
    left = await gate.read(session)
    assert (left.status, left.payment_status) == ("open", "unpaid")
    assert [charge.status for charge in await charges_of(gate)] == ["failed"]


async def test_a_bank_debit_completes_unpaid_and_is_paid_later(gate: Gate) -> None:
    session = await gate.session()
    answer = await gate.submit(session, method="us_bank_account", account="000123456789")
    assert answer.status_code == 303
    waiting = await gate.read(session, "payment_intent.latest_charge")
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"
    assert waiting.payment_intent.latest_charge.status == "pending"

    gate.clock.move(4.9)
    assert (await gate.read(session)).payment_status == "unpaid"
    gate.clock.move(0.2)

    paid = await gate.read(session, "payment_intent.latest_charge")
    assert paid.payment_status == "paid"
    assert paid.payment_intent.latest_charge.captured is True
    assert await gate.event_types() == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]


async def test_a_bank_debit_can_come_back(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session, method="us_bank_account", account="000222222227")
    gate.clock.move(6)
    failed = await gate.read(session, "payment_intent.latest_charge")
    assert (failed.status, failed.payment_status) == ("complete", "unpaid")
    assert failed.payment_intent.status == "requires_payment_method"
    assert failed.payment_intent.last_payment_error.decline_code == "insufficient_funds"
    assert failed.payment_intent.latest_charge.status == "failed"
    assert (await gate.event_types())[-3:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("number", "", "Enter your card number."),
        ("number", "4242 42", "Your card number is incomplete."),
        ("number", "4242 4242 4242 4241", "Your card number is invalid."),
        ("expiry", "13/30", "Enter the expiry date as MM / YY."),
        ("expiry", "10/26", "Your card's expiry date is in the past."),
        ("cvc", "12", "Enter the 3 digits of the security code."),
        ("name", " ", "Enter the name of the card or account holder."),
        ("email", "asha@", "Enter a whole email address, like name@example.com."),
        ("country", "XX", "Choose a country."),
        ("name", "a" * 201, "This is too long."),
        ("method", "cheque", "Choose how to pay."),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_tried(
    gate: Gate, field: str, value: str, message: str
) -> None:
    session = await gate.session()
    answer = await gate.submit(session, **{field: value})
    assert answer.status_code == 422
    assert message in answer.text.replace("&#39;", "'")
    assert "4242 4242 4242 424" not in answer.text.split("<details")[0]
    assert (await gate.read(session)).payment_intent is None
    assert await gate.event_types() == []


async def test_this_month_is_not_past(gate: Gate) -> None:
    session = await gate.session()
    assert (await gate.submit(session, expiry="11/26")).status_code == 303


async def test_a_required_billing_address_is_asked_for_and_kept(gate: Gate) -> None:
    session = await gate.session(billing_address_collection="required")
    answer = await gate.submit(session)
    assert answer.status_code == 422
    assert "Enter your street address." in answer.text
    await gate.submit(session, line1="1 MG Road", city="Pune", postal_code="411001", state="MH")
    paid = await gate.read(session, "payment_intent.latest_charge")
    address = {
        "city": "Pune",
        "country": "IN",
        "line1": "1 MG Road",
        "line2": None,
        "postal_code": "411001",
        "state": "MH",
    }
    assert paid.customer_details.address.to_dict() == address
    charge = paid.payment_intent.latest_charge
    assert charge.billing_details.address.to_dict() == address


async def test_an_email_set_by_the_seller_cannot_be_changed(gate: Gate) -> None:
    session = await gate.session(customer_email="finance@example.in")
    await gate.submit(session, email="other@example.in")
    assert (await gate.read(session)).customer_details.email == "finance@example.in"


async def test_the_page_shows_the_order_and_the_way_back(gate: Gate) -> None:
    items = [
        {
            "quantity": quantity,
            "price_data": {
                "currency": "inr",
                "unit_amount": 6429800,
                "product_data": {"name": name, "description": "Usage in October"},
            },
        }
        for quantity, name in ((1, "Invoice <b>NW-7</b>"), (2, "சேவை கட்டணம்"))
    ]
    session = await gate.session(line_items=items)
    page = await gate.browser.get(session.url)
    assert page.status_code == 200
    for text in (
        "Pay ₹1,92,894.00</button>",
        "Invoice &lt;b&gt;NW-7&lt;/b&gt;",
        "சேவை கட்டணம்",
        "2 × ₹64,298.00",
        "Usage in October",
        'href="https://seller.test/invoices"',
        "no real money moves here",
    ):
        assert text in page.text
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self';" in policy
    assert (await gate.browser.get("/c/assets/checkout.css")).status_code == 200


async def test_only_the_allowed_ways_to_pay_are_offered(gate: Gate) -> None:
    session = await gate.session(allowed_payment_method_types=["card", "upi"])
    assert session.payment_method_types == ["card"]
    assert "Bank debit" not in (await gate.browser.get(session.url)).text
    answer = await gate.submit(session, method="us_bank_account", account="000123456789")
    assert answer.status_code == 422
    account = TEST_ACCOUNTS["000123456789"]
    payer = Payer("asha@example.in", "Asha Rao", {})
    book = gate.sandbox.book
    with pytest.raises(InvalidRequest, match="does not take us_bank_account"), book.transaction():
        submit(book, session.id, payer, account)
    assert (await gate.read(session)).payment_intent is None
    without = await gate.session(excluded_payment_method_types=["card"])
    assert without.payment_method_types == ["us_bank_account"]


async def test_an_expired_page_takes_no_payment(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session, number="4000 0025 0000 3155")
    await gate.stripe.v1.checkout.sessions.expire_async(session.id)
    for path in (session.url, f"{session.url}/authenticate"):
        assert (await gate.browser.get(path)).status_code == 410
    assert (await gate.submit(session)).status_code == 410
    answer = await gate.browser.post(f"{session.url}/authenticate", data={"result": "complete"})
    assert answer.status_code == 410
    assert "This page has expired" in answer.text
    assert await charges_of(gate) == []
    expired = await gate.read(session, "payment_intent")
    assert expired.payment_intent.status == "canceled"
    assert (await gate.event_types())[-2:] == [
        "payment_intent.canceled",
        "checkout.session.expired",
    ]


async def test_a_paid_page_says_so_and_an_unknown_one_is_not_found(gate: Gate) -> None:
    session = await gate.session()
    await gate.submit(session)
    page = await gate.browser.get(f"/c/pay/{session.id}")
    assert page.status_code == 200
    assert "This payment is complete" in page.text
    assert (await gate.browser.get("/c/pay/cs_test_none")).status_code == 404


async def test_a_customer_is_made_only_when_asked_for(gate: Gate) -> None:
    guest = await gate.session()
    await gate.submit(guest)
    assert (await gate.read(guest)).customer is None
    known = await gate.session(customer_creation="always")
    await gate.submit(known)
    paid = await gate.read(known, "customer", "payment_intent.latest_charge")
    assert paid.customer.email == "asha@example.in"
    assert paid.payment_intent.customer == paid.customer.id
    assert paid.payment_intent.latest_charge.customer == paid.customer.id


async def test_no_card_number_is_ever_kept(open_gate: OpenGate, tmp_path: Path) -> None:
    journal = tmp_path / "sandbox.jsonl"
    gate = await open_gate(journal=journal)
    for number in ("4242424242424242", "4000002500003155", "4111111111111111"):
        await gate.submit(await gate.session(), number=number, cvc="987")
    await gate.submit(await gate.session(), method="us_bank_account", account="000123456789")
    kept = journal.read_text()
    assert kept.count("payment_method") > 4
    for secret in ("4242424242424242", "4000002500003155", "4111111111111111", "000123456789"):
        assert secret not in kept
    assert '"987"' not in kept
