"""The API's manners: keys, parameters, errors, the rules of a session."""

import base64
from typing import Any

import pytest
import stripe

from service.sandbox import SandboxSettings
from tests.contract.conftest import Gate


async def sessions_of(gate: Gate) -> int:
    page = await gate.stripe.v1.checkout.sessions.list_async({"limit": 100})
    return len(page.data)


def line(**price: Any) -> list[dict[str, Any]]:
    data = {"currency": "inr", "unit_amount": 125000, "product_data": {"name": "x"}, **price}
    return [{"quantity": 1, "price_data": data}]


# -- keys --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["sk_live_1234", "rk_live_1234"])
def test_a_live_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="never runs beside a live key"):
        SandboxSettings(api_key=key)


def test_a_live_key_beside_the_sandbox_is_refused() -> None:
    with pytest.raises(ValueError, match="never runs beside a live key"):
        SandboxSettings(live_key_configured=True)


def test_a_key_that_is_no_test_key_is_refused() -> None:
    with pytest.raises(ValueError, match="sk_test_"):
        SandboxSettings(api_key="secret")


async def test_a_call_without_the_key_is_unauthorized(gate: Gate) -> None:
    answer = await gate.browser.get("/v1/customers")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    wrong = await gate.call("GET", "/v1/customers", Authorization="Bearer sk_test_other_0123456789")
    assert wrong.status_code == 401
    message = "Invalid API Key provided: sk_test_********6789"
    assert wrong.json()["error"]["message"] == message


async def test_the_key_may_come_as_basic_user_name(gate: Gate) -> None:
    token = base64.b64encode(b"sk_test_sandbox:").decode()
    answer = await gate.call("GET", "/v1/customers", Authorization=f"Basic {token}")
    assert answer.status_code == 200


async def test_every_answer_names_its_request_and_version(gate: Gate) -> None:
    for path in ("/v1/customers", "/v1/customers/none", "/v1/nothing"):
        answer = await gate.call("GET", path)
        assert answer.headers["request-id"].startswith("req_")
        assert answer.headers["stripe-version"] == stripe.api_version


async def test_another_api_version_is_refused(gate: Gate) -> None:
    answer = await gate.call("GET", "/v1/customers", Stripe_Version="2020-08-27")
    assert answer.status_code == 400
    assert "2020-08-27" in answer.json()["error"]["message"]


# -- parameters and errors ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        (
            {"line_items[0][price_data][colour]": "red"},
            "parameter_unknown",
            "line_items[0][price_data][colour]",
        ),
        (
            {"line_items[0][tax_rates][0]": "txr_1"},
            "parameter_unsupported",
            "line_items[0][tax_rates]",
        ),
        ({"discounts[0][coupon]": "half"}, "parameter_unsupported", "discounts"),
        (
            {"payment_intent_data[application_fee_amount]": "100"},
            "parameter_unsupported",
            "payment_intent_data[application_fee_amount]",
        ),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"success_url": ""}, "parameter_invalid_empty", "success_url"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"success_url": "https://"}, "url_invalid", "success_url"),
        ({"success_url": "https://a.test/\r\nX: y"}, "url_invalid", "success_url"),
        ({"customer_email": "asha"}, "email_invalid", "customer_email"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"mode": "gift"}, None, "mode"),
        ({"mode": "subscription"}, None, "mode"),
        ({"ui_mode": "hosted"}, None, "ui_mode"),
        ({"ui_mode": "elements"}, None, "ui_mode"),
        ({"locale": "tlh"}, None, "locale"),
        ({"line_items[0][quantity]": "0"}, "parameter_invalid_integer", "line_items[0][quantity]"),
        (
            {"line_items[0][price_data][currency]": "zzz"},
            None,
            "line_items[0][price_data][currency]",
        ),
        (
            {"line_items[0][price_data][unit_amount]": "49"},
            "amount_too_small",
            "line_items",
        ),
        (
            {"line_items[0][price_data][unit_amount]": "1000000000"},
            "amount_too_large",
            "line_items",
        ),
        ({"currency": "usd"}, None, "line_items"),
        ({"metadata[k]": "v" * 501}, None, "metadata[k]"),
        ({"metadata[" + "k" * 41 + "]": "v"}, None, "metadata[" + "k" * 41 + "]"),
        ({f"metadata[k{n}]": "v" for n in range(51)}, None, "metadata"),
        (
            {"payment_intent_data[statement_descriptor]": "NW"},
            None,
            "payment_intent_data[statement_descriptor]",
        ),
    ],
)
async def test_a_session_is_refused_with_the_parameter_named(
    gate: Gate, data: dict[str, str], code: str | None, param: str
) -> None:
    good = {
        "mode": "payment",
        "success_url": "https://seller.test/ok",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "inr",
        "line_items[0][price_data][unit_amount]": "125000",
        "line_items[0][price_data][product_data][name]": "Invoice",
    }
    answer = await gate.call("POST", "/v1/checkout/sessions", {**good, **data})
    error = answer.json()["error"]
    assert answer.status_code == (404 if code == "resource_missing" else 400)
    assert (error["type"], error.get("code")) == ("invalid_request_error", code)
    assert error["param"] == param
    assert await sessions_of(gate) == 0


@pytest.mark.parametrize(
    "missing",
    [
        "mode",
        "success_url",
        "line_items[0][quantity]",
        "line_items[0][price_data][currency]",
        "line_items[0][price_data][unit_amount]",
        "line_items[0][price_data][product_data][name]",
    ],
)
async def test_a_required_parameter_is_asked_for(gate: Gate, missing: str) -> None:
    data = {
        "mode": "payment",
        "success_url": "https://seller.test/ok",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "inr",
        "line_items[0][price_data][unit_amount]": "125000",
        "line_items[0][price_data][product_data][name]": "Invoice",
        "line_items[0][price_data][product_data][description]": "October",
    }
    del data[missing]
    answer = await gate.call("POST", "/v1/checkout/sessions", data)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "parameter_missing")
    assert error["param"] == missing
    assert error["message"] == f"Missing required param: {missing}."


@pytest.mark.parametrize(
    "body",
    [
        b"name=1&name=2",
        b"metadata[b]=1&metadata=2",
        b"metadata=1&metadata[b]=2",
        b"name[]b=1",
        b"[name]=1",
        b"name=%ff",
        b"name=\xff",
        b"name[x]=1",
        b"metadata[a][b]=1",
        b"preferred_locales=en",
    ],
)
async def test_a_garbled_form_is_a_plain_error(gate: Gate, body: bytes) -> None:
    answer = await gate.browser.post(
        "/v1/customers",
        content=body,
        headers={
            "Authorization": "Bearer sk_test_sandbox",
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert "unknown parameter" not in answer.text
    assert (await gate.stripe.v1.customers.list_async()).data == []


async def test_json_and_huge_bodies_are_refused(gate: Gate) -> None:
    headers = {"Authorization": "Bearer sk_test_sandbox"}
    json_body = await gate.browser.post("/v1/customers", json={"name": "x"}, headers=headers)
    huge = await gate.call("POST", "/v1/customers", {"name": "x" * 1_000_001})
    assert json_body.status_code == huge.status_code == 400


async def test_an_unknown_url_and_an_unknown_object_are_not_found(gate: Gate) -> None:
    answer = await gate.call("GET", "/v1/invoices")
    message = "Unrecognized request URL (GET: /v1/invoices)."
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, message)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await gate.stripe.v1.payment_intents.retrieve_async("pi_none")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.user_message == "No such payment_intent: 'pi_none'"


async def test_metadata_is_merged_unset_and_cleared(gate: Gate) -> None:
    customers = gate.stripe.v1.customers
    made = await customers.create_async({"metadata": {"a": "1", "b": "2"}})
    merged = await customers.update_async(made.id, {"metadata": {"b": "", "c": "3"}})
    assert merged.metadata.to_dict() == {"a": "1", "c": "3"}
    cleared = await customers.update_async(made.id, {"metadata": ""})
    assert cleared.metadata.to_dict() == {}


# -- the rules of a session --------------------------------------------------------------------


async def test_totals_are_the_sum_of_the_lines(gate: Gate) -> None:
    items = line(unit_amount=33333) + line(unit_amount=1)
    items[0]["quantity"] = 3
    session = await gate.session(line_items=items)
    assert (session.amount_subtotal, session.amount_total) == (100000, 100000)
    listed = await gate.stripe.v1.checkout.sessions.line_items.list_async(session.id)
    assert [item.amount_total for item in listed.data] == [99999, 1]


async def test_line_items_are_paged(gate: Gate) -> None:
    session = await gate.session(line_items=line(unit_amount=100) * 12)
    expanded = await gate.read(session, "line_items")
    assert (len(expanded.line_items.data), expanded.line_items.has_more) == (10, True)
    every = [item.id async for item in expanded.line_items.auto_paging_iter()]
    assert len(set(every)) == 12


async def test_lines_in_two_currencies_are_refused(gate: Gate) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="must have the Checkout Session's"):
        await gate.session(line_items=line() + line(currency="usd"))


@pytest.mark.parametrize(
    ("currency", "amount", "taken"),
    [("jpy", 50, True), ("jpy", 49, False), ("kwd", 1005, False), ("kwd", 1010, True),
     ("isk", 10050, False), ("isk", 10000, True), ("usd", 99999999, True),
     ("usd", 100000000, False), ("inr", 999999999, True), ("idr", 100000000000, True),
     ("gbp", 30, True), ("gbp", 29, False)],
)  # fmt: skip
async def test_amounts_keep_to_their_currency(
    gate: Gate, currency: str, amount: int, taken: bool
) -> None:
    items = line(currency=currency, unit_amount=amount)
    if taken:
        assert (await gate.session(line_items=items)).amount_total == amount
    else:
        with pytest.raises(stripe.InvalidRequestError):
            await gate.session(line_items=items)


@pytest.mark.parametrize(
    ("ahead_s", "taken"), [(1700, False), (1800, True), (86400, True), (86460, False)]
)
async def test_expires_at_is_between_half_an_hour_and_a_day(
    gate: Gate, ahead_s: int, taken: bool
) -> None:
    expires_at = int(gate.clock.now.timestamp()) + ahead_s
    if taken:
        assert (await gate.session(expires_at=expires_at)).expires_at == expires_at
    else:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await gate.session(expires_at=expires_at)
        assert caught.value.param == "expires_at"


async def test_a_session_expires_by_the_clock(gate: Gate) -> None:
    session = await gate.session()
    gate.clock.move(24 * 3600 - 1)
    assert (await gate.read(session)).status == "open"
    gate.clock.move(1)
    expired = await gate.read(session)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert await gate.event_types() == ["checkout.session.expired"]


async def test_only_an_open_session_can_be_expired(gate: Gate) -> None:
    session = await gate.session()
    await gate.control(f"sessions/{session.id}/pay")
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        await gate.stripe.v1.checkout.sessions.expire_async(session.id)
    assert (await gate.read(session)).payment_status == "paid"
    gate.clock.move(25 * 3600)
    assert (await gate.read(session)).status == "complete"


async def test_customer_and_customer_email_exclude_each_other(gate: Gate) -> None:
    customer = await gate.stripe.v1.customers.create_async({"email": "a@example.in"})
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        await gate.session(customer=customer.id, customer_email="b@example.in")
    session = await gate.session(customer=customer.id)
    assert session.customer_details.email == "a@example.in"
    assert session.customer_creation is None
    assert (await gate.session()).customer_creation == "if_required"
