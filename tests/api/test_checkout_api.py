"""Paying through the API: what startCheckout and confirmCheckout answer, success or not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from service.adapters.ecb_http_rates import EcbHttpRates
from service.api.inputs import again_if_raced
from service.billing.errors import LostRace
from service.billing.events import InvoiceStatusChanged
from service.billing.ids import Kind, decode
from service.billing.payment import PaymentStatus
from service.billing.people import Role
from service.billing.period import Month
from service.store.records import Payment
from service.workflows.rates import fetch_rates
from tests.api.harness import JSON, Api, public
from tests.support.bank import next_table, open_bank
from tests.support.books import books
from tests.support.shop import CANCEL_URL, SANDBOX_URL, SUCCESS_URL

AUGUST = Month(2026, 8)

CHECKOUT = """
  id status url expiresAt amount { minorUnits currency }
  quote { rate base quote source asOf validUntil charged { minorUnits currency } }
  payment { id status } invoices { number displayStatus }
"""
START = f"""
mutation Start($input: StartCheckoutInput!) {{ startCheckout(input: $input) {{
  __typename
  ... on StartCheckoutSuccess {{ replayed checkoutSession {{ {CHECKOUT} }} }}
  ... on UserError {{ code message }}
  ... on ValidationError {{ issues {{ path code message }} }}
  ... on InvoiceNotPayableError {{ invoice {{ number displayStatus }} }}
  ... on CheckoutRefusedError {{ nextAction }}
  ... on GatewayUnavailableError {{ retryAt nextAction }}
  ... on ExchangeRateUnavailableError {{ base quote asOf }}
  ... on IdempotencyConflictError {{ firstUsedAt }}
}} }}
"""
CONFIRM = f"""
mutation Confirm($input: ConfirmCheckoutInput!) {{ confirmCheckout(input: $input) {{
  __typename
  ... on ConfirmCheckoutSuccess {{ checkoutSession {{ {CHECKOUT} }} }}
  ... on UserError {{ code message }}
  ... on GatewayUnavailableError {{ retryAt nextAction }}
}} }}
"""
SESSION = f"query Session($id: ID!) {{ checkoutSession(id: $id) {{ {CHECKOUT} }} }}"


@dataclass(frozen=True)
class Owner:
    """The owner of an account with one open invoice."""

    api: Api
    account_id: UUID
    invoice_id: str

    async def ask(self, query: str, **variables: object) -> JSON:
        return await self.api.caller(Role.OWNER, self.account_id).ask(query, **variables)

    async def start(self, *ids: str, role: Role = Role.OWNER, **changed: object) -> JSON:
        """What startCheckout answers, for the open invoice when none is named."""
        given = {
            "idempotencyKey": "key-1",
            "invoiceIds": list(ids) or [self.invoice_id],
            "successUrl": SUCCESS_URL,
            "cancelUrl": CANCEL_URL,
        }
        caller = self.api.caller(role, self.account_id)
        result: JSON = (await caller.ask(START, input=given | changed))["startCheckout"]
        return result

    async def open(self) -> JSON:
        """The checkout of the open invoice."""
        session: JSON = (await self.start())["checkoutSession"]
        return session

    async def confirm(self, session: JSON, role: Role = Role.OWNER) -> JSON:
        """What confirmCheckout answers."""
        caller = self.api.caller(role, self.account_id)
        answer = await caller.ask(CONFIRM, input={"checkoutSessionId": session["id"]})
        result: JSON = answer["confirmCheckout"]
        return result

    async def payment(self, session: JSON) -> Payment:
        """The attempt behind a checkout, as it is stored."""
        _, payment_id = decode(session["payment"]["id"])
        return await self.api.shop.payment(self.account_id, payment_id)

    async def pay(self, session: JSON, outcome: str = "success") -> None:
        await self.api.shop.pay(await self.payment(session), outcome)


async def an_owner(api: Api, amount: str = "1249.00", *, charge_currency: str = "INR") -> Owner:
    account_id = await api.shop.account(charge_currency=charge_currency)
    invoice = await api.shop.invoice(account_id, amount)
    return Owner(api, account_id, public(Kind.INVOICE, invoice.id))


async def test_a_checkout_leads_to_the_gateways_page_at_a_frozen_rate(api: Api) -> None:
    owner = await an_owner(api)
    result = await owner.start()
    session = result["checkoutSession"]
    assert session.pop("url").startswith(SANDBOX_URL)
    payment_id = session["payment"].pop("id")
    assert session.pop("id") == payment_id.replace("pay_", "chk_")
    assert result == {
        "__typename": "StartCheckoutSuccess",
        "replayed": False,
        "checkoutSession": {
            "status": "OPEN",
            "expiresAt": "2026-10-30T10:30:00.000Z",
            "amount": {"minorUnits": "124900", "currency": "USD"},
            "quote": {
                "rate": "94.955245255997",
                "base": "USD",
                "quote": "INR",
                "source": "European Central Bank",
                "asOf": "2026-10-30",
                "validUntil": "2026-10-30T10:30:00.000Z",
                "charged": {"minorUnits": "11859910", "currency": "INR"},
            },
            "payment": {"status": "PENDING"},
            "invoices": [{"number": "INV-2627-000001", "displayStatus": "DUE"}],
        },
    }


async def test_the_payer_of_the_page_is_who_started_it(api: Api) -> None:
    owner = await an_owner(api)
    started = (await owner.start(role=Role.FINANCE))["checkoutSession"]
    payment = await owner.payment(started)
    assert payment.payer_email == "finance@northwind.example"
    assert payment.page_url == started["url"]


@pytest.mark.parametrize("role", [Role.OWNER, Role.FINANCE])
async def test_paying_turns_the_checkout_complete_and_the_invoice_paid(
    api: Api, role: Role
) -> None:
    owner = await an_owner(api)
    started = (await owner.start(role=role))["checkoutSession"]
    assert (await owner.confirm(started, role))["checkoutSession"]["status"] == "OPEN"
    await owner.pay(started)
    api.shop.clock.move(seconds=2)
    confirmed = await owner.confirm(started, role)
    assert confirmed["__typename"] == "ConfirmCheckoutSuccess"
    session = confirmed["checkoutSession"]
    assert (session["status"], session["url"]) == ("COMPLETE", None)
    assert session["payment"] == {"id": started["payment"]["id"], "status": "CAPTURED"}
    assert session["invoices"] == [{"number": "INV-2627-000001", "displayStatus": "PAID"}]
    assert (await owner.ask(SESSION, id=started["id"]))["checkoutSession"] == session
    before = await books()
    assert await owner.confirm(started, role) == confirmed
    assert await books() == before


async def test_who_asks_again_within_two_seconds_gets_what_the_gateway_said(api: Api) -> None:
    owner = await an_owner(api)
    started = (await owner.start())["checkoutSession"]
    first = await owner.confirm(started, Role.OWNER)
    assert first["checkoutSession"]["status"] == "OPEN"
    api.shop.sandbox.faults.add("outage")
    api.shop.clock.move(seconds=1)
    assert await owner.confirm(started, Role.OWNER) == first
    api.shop.clock.move(seconds=1)
    again = await owner.confirm(started, Role.OWNER)
    assert again["__typename"] == "GatewayUnavailableError"


async def test_the_same_key_answers_the_same_checkout(api: Api) -> None:
    owner = await an_owner(api)
    first = await owner.start()
    again = await owner.start()
    assert again == first | {"replayed": True}


async def test_a_second_checkout_for_an_invoice_is_the_first_one(api: Api) -> None:
    owner = await an_owner(api)
    first = await owner.start()
    other = await owner.start(idempotencyKey="key-2")
    assert other == first | {"replayed": True}


async def test_two_clicks_on_pay_open_one_page(api: Api) -> None:
    owner = await an_owner(api)
    results = await asyncio.gather(*[owner.start(idempotencyKey=f"key-{n}") for n in range(4)])
    assert {result["checkoutSession"]["id"] for result in results} == {
        results[0]["checkoutSession"]["id"]
    }
    [page] = api.shop.sandbox.book.oldest_first("session")
    assert {result["checkoutSession"]["url"] for result in results} == {page["url"]}
    assert sorted(result["replayed"] for result in results) == [False, True, True, True]


async def test_a_key_with_another_input_is_a_conflict(api: Api) -> None:
    owner = await an_owner(api)
    other = await api.shop.invoice(owner.account_id, month=AUGUST)
    await owner.start()
    before = await books()
    api.shop.clock.move(minutes=1)
    assert await owner.start(public(Kind.INVOICE, other.id)) == {
        "__typename": "IdempotencyConflictError",
        "code": "IDEMPOTENCY_CONFLICT",
        "message": "This idempotency key was already used with a different input.",
        "firstUsedAt": "2026-10-30T09:30:00.000Z",
    }
    assert await books() == before


INPUTS: list[tuple[JSON, str, str]] = [
    ({"invoiceIds": []}, "invoiceIds", "COUNT"),
    ({"idempotencyKey": ""}, "idempotencyKey", "INVALID"),
    ({"idempotencyKey": "k" * 256}, "idempotencyKey", "INVALID"),
    ({"idempotencyKey": "a\u0000b"}, "idempotencyKey", "INVALID"),
    ({"idempotencyKey": "k\n"}, "idempotencyKey", "INVALID"),
    ({"successUrl": "https://evil.example/paid"}, "successUrl", "ORIGIN_NOT_ALLOWED"),
    ({"successUrl": "javascript:alert(1)"}, "successUrl", "ORIGIN_NOT_ALLOWED"),
    ({"successUrl": "https://app.example.com@evil.example/"}, "successUrl", "ORIGIN_NOT_ALLOWED"),
    ({"cancelUrl": "//app.example.com/"}, "cancelUrl", "ORIGIN_NOT_ALLOWED"),
    ({"cancelUrl": "https://app.example.com/\u0000"}, "cancelUrl", "ORIGIN_NOT_ALLOWED"),
]


@pytest.mark.parametrize(("changed", "field", "code"), INPUTS, ids=[repr(one[0]) for one in INPUTS])
async def test_an_input_that_cannot_be_used_is_named(
    api: Api, changed: JSON, field: str, code: str
) -> None:
    owner = await an_owner(api)
    before = await books()
    result = await owner.start(**changed)
    assert result["__typename"] == "ValidationError"
    assert result["code"] == "VALIDATION_FAILED"
    assert [(issue["path"], issue["code"]) for issue in result["issues"]] == [([field], code)]
    assert await books() == before


async def test_two_urls_that_are_wrong_alike_are_two_issues_and_one_sentence(api: Api) -> None:
    owner = await an_owner(api)
    evil = "https://evil.example/"
    result = await owner.start(successUrl=evil, cancelUrl=evil)
    assert [issue["path"] for issue in result["issues"]] == [["successUrl"], ["cancelUrl"]]
    assert result["message"] == "Returning to this URL is not allowed."


async def test_more_than_fifty_invoices_are_too_many(api: Api) -> None:
    owner = await an_owner(api)
    result = await owner.start(*[owner.invoice_id] * 51)
    assert [(issue["path"], issue["code"]) for issue in result["issues"]] == [
        (["invoiceIds"], "COUNT")
    ]


async def test_a_paid_invoice_takes_no_payment(api: Api) -> None:
    owner = await an_owner(api)
    started = await owner.open()
    await owner.pay(started)
    await owner.confirm(started)
    before = await books()
    assert await owner.start(idempotencyKey="key-2") == {
        "__typename": "InvoiceNotPayableError",
        "code": "INVOICE_NOT_PAYABLE",
        "message": "Nothing is due on it.",
        "invoice": {"number": "INV-2627-000001", "displayStatus": "PAID"},
    }
    assert await books() == before


async def test_money_on_its_way_takes_no_second_payment(api: Api) -> None:
    owner = await an_owner(api)
    started = await owner.open()
    await owner.pay(started, "debit_succeeds")
    session = (await owner.confirm(started))["checkoutSession"]
    assert (session["status"], session["url"]) == ("PROCESSING", None)
    assert session["invoices"] == [{"number": "INV-2627-000001", "displayStatus": "PROCESSING"}]
    result = await owner.start(idempotencyKey="key-2")
    assert result == {
        "__typename": "InvoiceNotPayableError",
        "code": "INVOICE_NOT_PAYABLE",
        "message": "A payment of it is being processed.",
        "invoice": {"number": "INV-2627-000001", "displayStatus": "PROCESSING"},
    }


async def test_without_a_rate_nothing_can_be_charged(api: Api) -> None:
    owner = await an_owner(api, charge_currency="AED")
    before = await books()
    assert await owner.start() == {
        "__typename": "ExchangeRateUnavailableError",
        "code": "EXCHANGE_RATE_UNAVAILABLE",
        "message": "There is no recent exchange rate from USD to AED.",
        "base": "USD",
        "quote": "AED",
        "asOf": None,
    }
    assert await books() == before


async def test_rates_that_are_too_old_charge_nothing_until_newer_ones_are_fetched(
    api: Api,
) -> None:
    owner = await an_owner(api)
    api.shop.clock.now = datetime(2027, 1, 5, 16, 20, tzinfo=UTC)
    before = await books()
    assert await owner.start() == {
        "__typename": "ExchangeRateUnavailableError",
        "code": "EXCHANGE_RATE_UNAVAILABLE",
        "message": "There is no recent exchange rate from USD to INR."
        " The newest one is of 2026-10-30, which is too old to charge at.",
        "base": "USD",
        "quote": "INR",
        "asOf": "2026-10-30",
    }
    assert await books() == before
    today = date(2027, 1, 5)
    with open_bank({today: next_table(USD="1.0000", INR="100.0000")}) as bank:
        fetched = await fetch_rates(replace(api.shop.ports, daily_rates=EcbHttpRates(bank.url)))
    assert fetched.newest == today
    quote = (await owner.open())["quote"]
    assert (quote["rate"], quote["asOf"]) == ("100", "2027-01-05")
    assert quote["charged"] == {"minorUnits": "12490000", "currency": "INR"}


async def test_a_gateway_that_is_away_is_worth_another_try_with_the_same_key(api: Api) -> None:
    owner = await an_owner(api)
    api.shop.sandbox.faults.add("outage")
    result = await owner.start()
    assert result == {
        "__typename": "GatewayUnavailableError",
        "code": "GATEWAY_UNAVAILABLE",
        "message": "The payment gateway does not answer at the moment. Nothing is lost.",
        "retryAt": "2026-10-30T09:30:30.000Z",
        "nextAction": "WAIT",
    }
    api.shop.sandbox.faults.clear()
    again = await owner.start()
    assert again["__typename"] == "StartCheckoutSuccess"
    assert again["replayed"] is True
    assert again["checkoutSession"]["status"] == "OPEN"


async def test_an_amount_below_what_the_gateway_takes_fails_the_attempt(api: Api) -> None:
    owner = await an_owner(api, "0.49", charge_currency="USD")
    result = await owner.start()
    assert result == {
        "__typename": "CheckoutRefusedError",
        "code": "GATEWAY_REFUSED",
        "message": "The payment gateway refused this request.",
        "nextAction": "CONTACT_SUPPORT",
    }
    listed = await owner.ask("{ viewer { account { payments { nodes { status } } } } }")
    assert listed["viewer"]["account"]["payments"]["nodes"] == [{"status": "FAILED"}]


async def test_confirming_while_the_gateway_is_away_notes_the_return(api: Api) -> None:
    owner = await an_owner(api)
    started = await owner.open()
    before = await books()
    api.shop.sandbox.faults.add("outage")
    assert await owner.confirm(started) == {
        "__typename": "GatewayUnavailableError",
        "code": "GATEWAY_UNAVAILABLE",
        "message": "The payment gateway does not answer at the moment. Nothing is lost.",
        "retryAt": "2026-10-30T09:30:30.000Z",
        "nextAction": "WAIT",
    }
    changed = {name for name, content in (await books()).items() if before[name] != content}
    assert changed == {"account", "event", "payment"}
    [told] = (await api.shop.happened(owner.account_id))[-1:]
    assert isinstance(told, InvoiceStatusChanged)
    assert (told.status, told.display_status) == ("OPEN", "PROCESSING")
    payment = await owner.payment(started)
    assert payment.returned_at == api.shop.clock()
    assert payment.deadline_at == api.shop.clock() + timedelta(minutes=5)
    assert payment.status is PaymentStatus.PENDING


async def test_a_checkout_that_ran_out_is_expired(api: Api) -> None:
    owner = await an_owner(api)
    started = await owner.open()
    api.shop.clock.move(minutes=61)
    session = (await owner.confirm(started))["checkoutSession"]
    assert (session["status"], session["url"]) == ("EXPIRED", None)
    assert session["invoices"] == [{"number": "INV-2627-000001", "displayStatus": "DUE"}]


async def test_only_those_who_may_pay_see_where(api: Api) -> None:
    owner = await an_owner(api)
    started = await owner.open()
    shown = {}
    for role in Role:
        caller = api.caller(role, owner.account_id)
        session = (await caller.ask(SESSION, id=started["id"]))["checkoutSession"]
        assert session["status"] == "OPEN"
        shown[role] = session["url"]
    assert shown == {
        Role.OWNER: started["url"],
        Role.FINANCE: started["url"],
        Role.MEMBER: None,
        Role.SUPPORT: None,
        Role.OPERATOR: None,
    }


async def test_a_change_that_is_overtaken_once_is_made_at_the_second_try() -> None:
    tries: list[int] = []

    async def overtaken_once() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise LostRace("invoice")
        return "done"

    assert await again_if_raced(overtaken_once) == "done"
    assert len(tries) == 2


async def test_a_change_that_is_overtaken_twice_is_given_up() -> None:
    tries: list[int] = []

    async def overtaken() -> None:
        tries.append(1)
        raise LostRace("invoice")

    with pytest.raises(LostRace):
        await again_if_raced(overtaken)
    assert len(tries) == 2
