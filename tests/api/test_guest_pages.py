"""The pages of payment links: for whoever has the link, about one invoice, and nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from service.adapters.circuit_breaker import CircuitBreaker
from service.adapters.stripe_gateway import StripeGateway
from service.api.guest import GuestPages
from service.api.throttle import Throttle
from service.billing.ids import Kind
from service.billing.invoice import InvoiceMove
from service.billing.payment import PaymentStatus
from service.billing.people import Role
from service.billing.period import Month
from service.billing.rates import EuroRates
from service.store import documents, invoices
from service.store import payment_links as link_rows
from service.store.database import execute, new_id, transaction
from service.store.records import Invoice, Payment
from service.workflows import offline, payment_links
from service.workflows.offline import OfflinePayment
from service.workflows.payment_links import LinkRequest
from tests.api.harness import PDF, Api, client_of, finished, printed, public
from tests.support.books import books, rows
from tests.support.gateway_desks import CALLBACK_URL
from tests.support.redirect_gateway import NAME, RedirectGateway
from tests.support.redirect_provider import RedirectProvider
from tests.support.shop import Shop

PRIVATE = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src "
    "data:; base-uri 'none'; form-action 'self' https:; frame-ancestors 'none'",
    "x-robots-tag": "noindex",
}
AUGUST = Month(2026, 8)
NOWHERE = "/pay/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True)
class Guest:
    """A link, as somebody without an account has it."""

    api: Api
    invoice: Invoice
    link_id: UUID
    url: str

    @property
    def shop(self) -> Shop:
        return self.api.shop

    @property
    def path(self) -> str:
        return self.url.removeprefix("https://pay.example.com")

    async def look(self) -> httpx.Response:
        return await self.api.http.get(self.path)

    async def press(self, **headers: str) -> httpx.Response:
        return await self.api.http.post(self.path, headers=headers)

    async def payment(self) -> Payment:
        return await self.shop.live(self.invoice)

    async def at_gateway(self) -> Payment:
        """The payer is on the gateway's page."""
        assert (await self.press()).status_code == 303
        self.api.http.cookies.clear()
        return await self.payment()

    async def back(self, payment: Payment, *, left: bool = False) -> httpx.Response:
        url = payment.cancel_url if left else payment.success_url
        return await self.api.http.get(url)


async def a_link(
    api: Api, invoice: Invoice | None = None, *, lifetime: timedelta | None = None
) -> Guest:
    invoice = invoice or await api.shop.invoice(await api.shop.account())
    request = LinkRequest(invoice.id, "rita@seller.example", str(new_id()), lifetime)
    made = await payment_links.create(api.shop.ports, invoice.account_id, request)
    assert made.url is not None
    return Guest(api, invoice, made.link.id, made.url)


def text_of(answered: httpx.Response) -> str:
    """What is read on a page."""
    words = re.sub(r"<style.*?</style>|<[^>]+>", " ", answered.text, flags=re.S)
    return " ".join(unescape(words).replace("\u00a0", " ").split())


def assert_private(answered: httpx.Response) -> None:
    assert {name: answered.headers[name] for name in PRIVATE} == PRIVATE
    assert "<script" not in answered.text


def from_address(api: Api, address: str) -> httpx.AsyncClient:
    """A client elsewhere in the world."""
    transport = httpx.ASGITransport(app=api.app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="https://pay.example.com")


def told(answered: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer but the id of its request."""
    headers = {k: v for k, v in answered.headers.items() if k != "x-request-id"}
    return answered.status_code, answered.content, headers


# -- the page with the button ------------------------------------------------------------------


async def test_the_page_names_what_is_to_pay_and_what_it_will_charge(api: Api) -> None:
    invoice = await api.shop.invoice(await api.shop.account(), "1249.00")
    answered = await (await a_link(api, invoice)).look()
    assert answered.status_code == 200
    assert_private(answered)
    read = text_of(answered)
    for words in (
        "Paidup Tests Pvt. Ltd.",
        "Invoice INV-2627-000001",
        "Amount due USD 1,249.00",
        "You are charged INR 118,599.10",
        "at 94.955245 INR per USD, European Central Bank, Oct 30, 2026",
        "Billed to Northwind Robotics, Inc.",
        "Issue date October 30, 2026",
        "Due date November 14, 2026",
        "This link works once, until Nov 6, 2026, 09:30 UTC.",
        "Write to billing@seller.example and name invoice INV-2627-000001",
    ):
        assert words in read, words
    assert re.findall(r'<form method="post" action="(.*?)">', answered.text) == [
        str(answered.request.url.path)
    ]
    assert "<title>Pay invoice INV-2627-000001</title>" in answered.text


async def test_the_amount_is_what_is_charged_on_the_gateways_page(api: Api) -> None:
    guest = await a_link(api)
    charged = re.search(r"You are charged INR ([\d,.]+)", text_of(await guest.look()))
    payment = await guest.at_gateway()
    assert charged is not None
    shown = int(re.sub(r"\D", "", charged.group(1)))
    assert shown == payment.quote.charged.minor_units
    assert shown == api.shop.at_gateway(payment)["amount_total"]


async def test_without_an_exchange_the_amount_stands_alone(api: Api) -> None:
    account = await api.shop.account(currency="INR")
    invoice = await api.shop.invoice(account, "4321.09", currency="INR")
    read = text_of(await (await a_link(api, invoice)).look())
    assert "Amount due INR 4,321.09 Billed to" in read
    assert "charged" not in read


async def test_a_part_that_was_paid_is_not_asked_again(api: Api) -> None:
    invoice = await api.shop.invoice(await api.shop.account())
    received = OfflinePayment(invoice.id, 4000, "UTR 1", api.shop.today, "rita", "key")
    await offline.record(api.shop.ports, invoice.account_id, received)
    guest = await a_link(api, await invoices.find(invoice.account_id, invoice.id))
    assert "Amount due USD 60.00" in text_of(await guest.look())


async def test_looking_any_number_of_times_uses_nothing_up(api: Api) -> None:
    guest = await a_link(api)
    before = await books()
    for _ in range(20):
        assert (await guest.look()).status_code == 200
        head = await api.http.head(guest.path)
        assert (head.status_code, head.content) == (200, b"")
    assert (await api.http.request("OPTIONS", guest.path)).status_code == 405
    assert (await api.http.put(guest.path)).status_code == 405
    assert await books() == before


async def test_the_page_of_hostile_names_holds_no_markup_of_theirs(api: Api) -> None:
    name = "<script>alert(1)</script>\"'{{ 7*7 }}"
    account = await api.shop.account(name=name)
    guest = await a_link(api, await api.shop.invoice(account))
    page = await guest.look()
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "{{ 7*7 }}" in page.text
    payment = await guest.at_gateway()
    await guest.back(payment, left=True)
    await execute("UPDATE payment SET failure_message = '<b>no</b>', failure_code = 'x'")
    returned = await guest.back(payment, left=True)
    assert "&lt;script&gt;" in returned.text
    assert "&lt;b&gt;no&lt;/b&gt;" in returned.text


# -- the button --------------------------------------------------------------------------------


async def test_the_button_leads_to_the_gateways_page(api: Api) -> None:
    guest = await a_link(api)
    answered = await guest.press()
    payment = await guest.payment()
    assert (answered.status_code, answered.headers["location"]) == (303, payment.page_url)
    assert_private(answered)
    assert payment.success_url.startswith("https://pay.example.com/pay/return/")


async def test_the_button_leads_by_our_own_form_to_a_gateway_that_wants_one(api: Api) -> None:
    provider = RedirectProvider(api.shop.clock)
    api.exchange(gateway=RedirectGateway(provider, CALLBACK_URL))
    guest = await a_link(api)
    answered = await guest.press()
    payment = await guest.payment()
    where = answered.headers["location"]
    name = public(Kind.CHECKOUT, payment.id)
    assert answered.status_code == 303
    assert where.startswith(f"https://pay.example.com/checkout/{name}/go?token=")
    assert payment.page_url is not None
    form = await api.http.get(where)
    assert form.status_code == 200
    assert f'<form method="post" action="{payment.page_url}"' in form.text
    returned = await guest.back(payment, left=True)
    assert f'href="{where}"' in unescape(returned.text)
    assert f'href="{payment.page_url}"' not in unescape(returned.text)


async def test_a_link_whose_gateway_is_down_opens_the_form_of_the_other(api: Api) -> None:
    provider = RedirectProvider(api.shop.clock)
    api.exchange(standby_gateways=(RedirectGateway(provider, CALLBACK_URL),))
    api.exchange(gateway=CircuitBreaker(api.shop.ports.gateway, api.shop.clock))
    guest = await a_link(api)
    api.shop.sandbox.faults.add("outage")
    answered = await guest.press()
    payment = await guest.payment()
    assert (answered.status_code, payment.gateway) == (303, NAME)
    form = await api.http.get(answered.headers["location"])
    assert f'<form method="post" action="{payment.page_url}"' in form.text
    assert payment.session_id is not None
    provider.pay(payment.session_id)
    assert "Paid Thank you." in text_of(await guest.back(payment))


async def test_a_double_click_leads_to_the_same_page_twice(api: Api) -> None:
    guest = await a_link(api)
    answers = await asyncio.gather(*[guest.press() for _ in range(3)])
    answers.append(await guest.press())
    payment = await guest.payment()
    assert [one.status_code for one in answers] == [303] * 4
    assert {one.headers["location"] for one in answers} == {payment.page_url}
    assert await rows("payment") == api.shop.sandbox.book.count("session") == 1


async def test_who_used_the_link_goes_back_to_how_it_went_and_nobody_else(api: Api) -> None:
    guest = await a_link(api)
    answered = await guest.press()
    cookie = answered.headers["set-cookie"]
    assert f"; Path={guest.path};" in cookie
    assert {"HttpOnly", "Secure", "SameSite=lax", "Max-Age=86400"} <= set(cookie.split("; "))
    api.shop.clock.move(minutes=2)
    again = [await guest.look(), await guest.press()]
    payment = await guest.payment()
    assert [one.status_code for one in again] == [303, 303]
    assert {one.headers["location"] for one in again} == {
        payment.cancel_url.removeprefix("https://pay.example.com")
    }
    api.http.cookies.clear()
    assert (await guest.look()).status_code == 404


async def test_the_cookie_of_one_link_opens_no_other(api: Api) -> None:
    used, other = await a_link(api), await a_link(api)
    cookie = (await used.press()).headers["set-cookie"].partition(";")[0]
    api.http.cookies.clear()
    await payment_links.revoke(api.shop.ports, other.invoice.account_id, other.link_id, by="x")
    api.shop.clock.move(minutes=2)
    for path in (other.path, NOWHERE):
        assert (await api.http.get(path, headers={"cookie": cookie})).status_code == 404
    assert (await api.http.get(used.path, headers={"cookie": cookie})).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://pay.example.com"},
        {"origin": "https://pay.example.com.evil.example"},
    ],
)
async def test_another_sites_form_uses_nothing_up(api: Api, headers: dict[str, str]) -> None:
    guest = await a_link(api)
    before = await books()
    answered = await guest.press(**headers)
    assert answered.status_code == 403
    assert told(answered) == told(await api.http.post(NOWHERE, headers=headers))
    assert_private(answered)
    assert await books() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "none"},
        {"origin": "https://pay.example.com"},
        {"origin": "null"},
        {},
    ],
)
async def test_our_own_form_is_taken_however_a_browser_names_it(
    api: Api, headers: dict[str, str]
) -> None:
    assert (await (await a_link(api)).press(**headers)).status_code == 303


# -- what is not open --------------------------------------------------------------------------


async def used_up(guest: Guest) -> None:
    await guest.at_gateway()
    guest.shop.clock.move(minutes=2)


async def expired(guest: Guest) -> None:
    guest.shop.clock.move(days=7)


async def revoked(guest: Guest) -> None:
    account_id = guest.invoice.account_id
    await payment_links.revoke(guest.shop.ports, account_id, guest.link_id, by="rita")


async def settled_otherwise(guest: Guest) -> None:
    payment = (await guest.shop.start(guest.invoice.account_id, guest.invoice)).payment
    await guest.shop.pay(payment)
    await guest.shop.settle(guest.invoice.account_id, payment.id)


async def withdrawn(guest: Guest) -> None:
    async with transaction():
        await invoices.move(guest.invoice, InvoiceMove.CANCEL, at=guest.shop.clock())


ENDS = [used_up, expired, revoked, settled_otherwise, withdrawn]


async def test_whatever_is_not_open_is_answered_alike_byte_by_byte(api: Api) -> None:
    guests = [await a_link(api) for _ in ENDS]
    for guest, end in zip(guests, ENDS, strict=True):
        await end(guest)
    api.rebuild()
    before = await books()
    answers = []
    for index, path in enumerate(
        [guest.path for guest in guests] + [NOWHERE, "/pay/x", "/pay/%00"]
    ):
        async with from_address(api, f"203.0.113.{index}") as http:
            answers += [await http.get(path), await http.post(path)]
    assert [one.status_code for one in answers] == [404] * 16
    assert {told(one)[1] for one in answers} == {answers[0].content}
    assert all(told(one) == told(answers[0]) for one in answers)
    assert_private(answers[0])
    assert "INV-" not in answers[0].text
    assert await books() == before


@pytest.mark.parametrize("end", [used_up, expired, revoked])
async def test_what_is_over_costs_as_much_as_what_never_was(
    api: Api, statements: list[str], end: Callable[[Guest], Awaitable[None]]
) -> None:
    """One look for the hash, so that the time tells nothing."""
    guest = await a_link(api)
    await end(guest)
    for path in (guest.path, NOWHERE):
        for method in ("GET", "POST"):
            statements.clear()
            assert (await api.http.request(method, path)).status_code == 404
            assert [query for query in statements if "payment_link" not in query] == []
            assert len(statements) == 1


@pytest.mark.parametrize("end", ENDS)
async def test_every_end_of_a_link_closes_its_page(
    api: Api, end: Callable[[Guest], Awaitable[None]]
) -> None:
    guest = await a_link(api)
    assert (await guest.look()).status_code == 200
    await end(guest)
    assert (await guest.look()).status_code == 404
    assert (await guest.press()).status_code == 404


# -- bad days ----------------------------------------------------------------------------------


async def test_a_gateway_that_is_down_is_told_of_and_uses_nothing_up(api: Api) -> None:
    guest = await a_link(api)
    api.shop.sandbox.faults.add("outage")
    answered = await guest.press()
    assert (answered.status_code, answered.headers["retry-after"]) == (503, "30")
    assert_private(answered)
    assert "set-cookie" not in answered.headers
    read = text_of(answered)
    assert "The payment provider does not answer" in read
    assert "this link is not used up. Please try again in 30 seconds." in read
    assert "Continue to payment" in read
    api.shop.sandbox.faults.clear()
    assert (await guest.press()).status_code == 303


async def test_a_gateway_that_refuses_is_told_of(api: Api) -> None:
    account = await api.shop.account(charge_currency="USD")
    guest = await a_link(api, await api.shop.invoice(account, "0.49"))
    for _ in range(3):
        answered = await guest.press()
        assert answered.status_code == 502
        assert "The payment provider opened no page" in text_of(answered)
    assert await rows("payment") == 1
    assert (await guest.look()).status_code == 200


async def test_without_a_recent_rate_there_is_no_button(api: Api) -> None:
    guest = await a_link(api, lifetime=timedelta(days=30))

    class NoRates:
        async def euro_rates(self, on: date) -> EuroRates | None:
            return None

    await execute("DELETE FROM exchange_rate")
    api.exchange(rates=NoRates())
    for answered in (await guest.look(), await guest.press()):
        assert (answered.status_code, answered.headers["retry-after"]) == (503, "3600")
        assert "It cannot be paid at this moment" in text_of(answered)
        assert "<form" not in answered.text
    assert await rows("payment") == 0


async def test_who_comes_while_somebody_pays_is_told_to_wait(api: Api) -> None:
    guest = await a_link(api)
    theirs = (await api.shop.start(guest.invoice.account_id, guest.invoice)).payment

    class Stubborn(StripeGateway):
        async def close_checkout(self, session_id: str) -> None:
            """It closes nothing: somebody is in the middle of paying."""

    stubborn = api.shop.gateway_with_key("sk_test_paiduptests")
    stubborn.__class__ = Stubborn
    api.exchange(gateway=stubborn)
    answered = await guest.press()
    assert (answered.status_code, answered.headers["retry-after"]) == (409, "60")
    assert "Somebody is paying it at this moment" in text_of(answered)
    assert (await guest.payment()).id == theirs.id
    assert (await guest.look()).status_code == 200


# -- back from the gateway ---------------------------------------------------------------------


async def test_who_paid_sees_it_and_gets_the_invoice(api: Api) -> None:
    guest = await a_link(api)
    await printed(api.shop, guest.invoice)
    payment = await guest.at_gateway()
    await api.shop.pay(payment)
    answered = await guest.back(payment)
    assert answered.status_code == 200
    assert_private(answered)
    read = text_of(answered)
    for words in (
        "Paid Thank you. There is nothing more to do.",
        "Amount paid INR 9,495.52",
        "Paid with Visa ending in 4242",
        "Paid on Oct 30, 2026, 09:30 UTC",
        "Invoice amount USD 100.00",
    ):
        assert words in read, words
    assert "http-equiv" not in answered.text
    [pdf] = re.findall(r'href="([^"]+/invoices/[^"]+\.pdf[^"]+)"', answered.text)
    assert (await api.http.get(unescape(pdf))).content == PDF
    [view] = re.findall(r'href="([^"]+/invoices/[^"]+/view[^"]+)"', answered.text)
    assert "INV-2627-000001" in (await api.http.get(unescape(view))).text


def receipts_on(answered: httpx.Response) -> list[str]:
    """Where a page's links to receipts lead."""
    return [
        unescape(found) for found in re.findall(r'href="([^"]+/receipt\.pdf[^"]+)"', answered.text)
    ]


async def test_who_paid_gets_the_receipt_of_that_payment(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    assert receipts_on(await guest.back(payment, left=True)) == []
    await api.shop.pay(payment)
    [url] = receipts_on(await guest.back(payment))
    assert "being prepared" in text_of(await api.http.get(url))
    of = (payment.account_id, [payment.id])
    receipt = (await documents.receipts_of(*of))[payment.id]
    assert receipt is not None
    await finished(api.shop, receipt)
    assert receipts_on(await guest.back(payment)) == [url]
    assert (await api.http.get(url)).content == PDF
    api.shop.clock.move(hours=1)
    assert (await api.http.get(url)).status_code == 404


async def test_a_receipt_that_names_other_invoices_is_not_for_a_guest(api: Api) -> None:
    account = await api.shop.account()
    invoice = await api.shop.invoice(account)
    other = await api.shop.invoice(account, "70.00", month=AUGUST)
    guest = await a_link(api, invoice)
    payment = (await api.shop.start(account, invoice, other)).payment
    await api.shop.pay(payment)
    await api.shop.settle(account, payment.id)
    async with transaction():
        # As if the link had led to it: the service itself opens a page for the one invoice alone.
        await execute("UPDATE payment_link SET used_at = created_at, payment_id = $1", payment.id)
    link = await link_rows.find(account, guest.link_id)
    answered = await api.http.get(payment_links.return_url_of(api.shop.ports, link))
    assert "Paid Thank you." in text_of(answered)
    assert receipts_on(answered) == []
    assert "INV-2627-000002" not in answered.text


async def test_a_debit_on_its_way_is_told_of_and_the_page_looks_again(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    await api.shop.pay(payment, "debit_succeeds")
    answered = await guest.back(payment)
    assert '<meta http-equiv="refresh" content="5">' in answered.text
    assert "Your payment is on its way" in text_of(answered)
    assert "If nothing is known by Nov 13, 2026, 09:30 UTC" in text_of(answered)
    api.shop.clock.move(minutes=3)
    assert "Paid Thank you." in text_of(await guest.back(payment))


async def test_a_silent_gateway_is_waited_for_up_to_the_deadline(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    await api.shop.pay(payment)
    api.shop.sandbox.faults.add("outage")
    answered = await guest.back(payment)
    read = text_of(answered)
    assert "We are confirming your payment" in read
    assert "Please do not pay again." in read
    assert "If nothing is known by Oct 30, 2026, 09:35 UTC, a person looks into it." in read
    assert "Back to the payment page" not in read
    assert 'content="5"' in answered.text
    api.shop.clock.move(minutes=5)
    late = await guest.back(payment)
    assert "A person looks at it now." in text_of(late)
    assert 'content="60"' in late.text
    api.shop.sandbox.faults.clear()
    api.shop.clock.move(seconds=2)
    assert "Paid Thank you." in text_of(await guest.back(payment))


async def test_who_turned_back_can_go_on_on_the_same_page(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    answered = await guest.back(payment, left=True)
    assert "Not paid yet You can go back to the payment page." in text_of(answered)
    assert f'href="{payment.page_url}"' in unescape(answered.text)
    assert "It is open until Oct 30, 2026, 10:30 UTC." in text_of(answered)
    assert "http-equiv" not in answered.text
    assert (await guest.payment()).returned_at is None


async def test_who_paid_is_not_told_otherwise_while_the_gateway_is_silent(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    await api.shop.pay(payment)
    api.shop.sandbox.faults.add("outage")
    read = text_of(await guest.back(payment, left=True))
    assert "We are confirming your payment" in read
    assert "Please do not pay again." in read
    assert "Not paid yet" not in read


async def test_a_decline_is_told_of_with_the_way_back(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    path = f"/_sandbox/sessions/{payment.session_id}/pay"
    await api.shop.http.post(path, json={"outcome": "declined"})
    read = text_of(await guest.back(payment))
    assert "Not paid yet Your card was declined. You can go back to the payment page." in read
    api.shop.sandbox.faults.add("outage")
    api.shop.clock.move(minutes=2)
    assert "Please do not pay again." in text_of(await guest.back(payment))


async def test_who_comes_back_unpaid_waits_a_moment_or_goes_on(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    answered = await guest.back(payment)
    assert "Not paid yet If you have just paid, wait a moment." in text_of(answered)
    assert "Back to the payment page" in text_of(answered)
    assert 'content="5"' in answered.text


async def test_an_attempt_that_ended_asks_for_a_new_link(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    api.shop.clock.move(minutes=61)
    answered = await guest.back(payment, left=True)
    read = text_of(answered)
    assert "The payment did not go through" in read
    assert "Please ask for a new one." in read
    assert "Back to the payment page" not in read


async def test_money_that_does_not_match_is_looked_at_by_a_person(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    await api.shop.pay(payment)
    path = f"/_sandbox/sessions/{payment.session_id}/tamper"
    (await api.shop.http.post(path, json={"amount_total": 1})).raise_for_status()
    answered = await guest.back(payment)
    assert "We are checking your payment" in text_of(answered)
    assert (await guest.payment()).status is PaymentStatus.UNDER_REVIEW


async def test_an_invoice_paid_otherwise_is_shown_as_paid(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    received = OfflinePayment(
        guest.invoice.id, 10000, "UTR 1", api.shop.today, "rita", str(new_id())
    )
    await offline.record(api.shop.ports, guest.invoice.account_id, received)
    read = text_of(await guest.back(payment, left=True))
    assert "Paid Thank you." in read
    assert "ending in" not in read


async def test_a_crawlers_head_of_the_way_back_notes_nothing(api: Api) -> None:
    guest = await a_link(api)
    payment = await guest.at_gateway()
    before = await books()
    head = await api.http.head(payment.success_url)
    assert (head.status_code, head.content) == (200, b"")
    assert await books() == before


# -- nothing else ------------------------------------------------------------------------------


async def test_what_a_guest_gets_opens_no_other_invoice(api: Api) -> None:
    guest = await a_link(api)
    other = await api.shop.invoice(guest.invoice.account_id, "70.00", month=AUGUST)
    await printed(api.shop, other)
    payment = await guest.at_gateway()
    pages = [await guest.back(payment, left=True)]
    tokens = {
        unescape(found) for page in pages for found in re.findall(r"token=([^\"&]+)", page.text)
    } | {payment.success_url.rpartition("/")[2], guest.path.rpartition("/")[2]}
    assert len(tokens) >= 3
    for token in tokens:
        for ending in ("/view", ".pdf"):
            path = f"/invoices/{public(Kind.INVOICE, other.id)}{ending}?token={token}"
            assert (await api.http.get(path)).status_code == 404
        bearer = {"authorization": f"Bearer {token}"}
        answered = await api.http.post(
            "/graphql", json={"query": "{ viewer { email } }"}, headers=bearer
        )
        assert answered.status_code == 401


async def test_the_pages_tell_nothing_of_the_account(api: Api) -> None:
    account = await api.shop.account()
    invoice = await api.shop.invoice(account)
    await api.shop.invoice(account, "70.00", month=AUGUST)
    guest = await a_link(api, invoice)
    looked = await guest.look()
    payment = await guest.at_gateway()
    await api.shop.pay(payment)
    shown = looked.text + (await guest.back(payment)).text
    for secret in (
        str(account),
        public(Kind.ACCOUNT, account),
        "accounts1@northwind.example",
        "rita@seller.example",
        "INV-2627-000002",
        "70.00",
        str(payment.id),
    ):
        assert secret not in shown, secret


async def test_a_way_back_of_ours_is_needed(api: Api) -> None:
    owner = api.caller(Role.OWNER, await api.shop.account())
    answered = await api.http.get("/pay/return/nonsense", headers=owner.bearer)
    assert told(answered) == told(await api.http.get(NOWHERE))


# -- how often one may be wrong ----------------------------------------------------------------


async def test_guesses_are_bounded_and_right_ones_wait_too(api: Api) -> None:
    guest = await a_link(api)
    guesses = [f"/pay/guess-{number}" for number in range(300)]
    answers = [await api.http.get(path) for path in guesses]
    assert [one.status_code for one in answers] == [404] * 10 + [429] * 290
    assert len({one.content for one in answers[10:]}) == 1
    assert all(1 <= int(one.headers["retry-after"]) <= 60 for one in answers[10:])
    assert_private(answers[-1])
    right = [await guest.look(), await guest.press(), await api.http.get("/pay/return/nonsense")]
    assert [one.status_code for one in right] == [429] * 3
    assert {one.content for one in right} == {answers[-1].content}
    assert await rows("payment") == 0
    async with from_address(api, "198.51.100.7") as elsewhere:
        assert (await elsewhere.get(guest.path)).status_code == 200


async def test_guesses_at_once_are_bounded_too(api: Api) -> None:
    answers = await asyncio.gather(*[api.http.get(f"/pay/guess-{n}") for n in range(60)])
    assert sorted(one.status_code for one in answers) == [404] * 10 + [429] * 50


async def test_guesses_count_whatever_page_they_are_of(api: Api) -> None:
    for number in range(5):
        assert (await api.http.get(f"/pay/guess-{number}")).status_code == 404
        assert (await api.http.get(f"/pay/return/guess-{number}")).status_code == 404
    assert (await api.http.post("/pay/guess")).status_code == 429


async def test_whoever_was_wrong_may_ask_again_when_the_time_is_over(api: Api) -> None:
    guest = await a_link(api)
    pages = GuestPages(api.shop.ports, throttle=Throttle("2/second"))
    http = client_of(Starlette(routes=pages.routes()))
    statuses = [(await http.get(path)).status_code for path in (NOWHERE, NOWHERE, NOWHERE)]
    assert statuses == [404, 404, 429]
    await asyncio.sleep(1.1)
    assert (await http.get(guest.path)).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "counted_as_one"),
    [
        ("203.0.113.1", "203.0.113.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.1", "::ffff:203.0.113.2", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
    ],
)
async def test_an_owner_of_many_addresses_counts_once(
    api: Api, one: str, other: str, counted_as_one: bool
) -> None:
    async with from_address(api, one) as first, from_address(api, other) as second:
        for _ in range(10):
            assert (await first.get(NOWHERE)).status_code == 404
        assert (await second.get(NOWHERE)).status_code == (429 if counted_as_one else 404)


async def test_right_links_are_never_counted(api: Api) -> None:
    guest = await a_link(api)
    for _ in range(15):
        assert (await guest.look()).status_code == 200


async def test_below_a_path_the_pages_link_below_it_too(api: Api) -> None:
    guest = await a_link(api)
    api.rebuild(public_url="https://shop.example.com/billing")
    page = (await guest.look()).text
    assert 'href="/billing/static/pay/pay.css"' in page
    assert f'action="/billing{guest.path}"' in page
    assert f"; Path=/billing{guest.path};" in (await guest.press()).headers["set-cookie"]
