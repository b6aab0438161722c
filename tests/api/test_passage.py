"""Where a payer's browser passes: on to a gateway that wants a form, and back with signed fields;
and the notices of every gateway by its name."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from service.billing.ids import Kind
from service.billing.payment import PaymentStatus
from service.billing.people import Role
from service.ports import CheckoutClaim, LinkClaim
from service.store.records import Payment
from service.templates.passage import form_page
from service.workflows.pages import address_of
from tests.api.harness import Api, client_of, public
from tests.support.books import books, rows
from tests.support.gateway_desks import CALLBACK_URL
from tests.support.redirect_gateway import NAME, RedirectGateway
from tests.support.redirect_provider import URL, RedirectProvider
from tests.support.shop import CANCEL_URL, ORIGIN

CHECKOUT = "query C($id: ID!) { checkoutSession(id: $id) { status url } }"


class Form(HTMLParser):
    """The form of a page, as a browser without scripts sees it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.method = ""
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what the browser would send, and where to."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.method = found["action"], found["method"]
        elif tag == "input":
            self.fields[found["name"]] = found["value"]
        elif tag == "a":
            self.links.append(found["href"])


@pytest.fixture
def provider(api: Api) -> RedirectProvider:
    opened = RedirectProvider(api.shop.clock)
    api.exchange(gateway=RedirectGateway(opened, CALLBACK_URL))
    return opened


async def begun(api: Api) -> tuple[UUID, Payment]:
    account = await api.shop.account()
    return account, (await api.shop.start(account, await api.shop.invoice(account))).payment


async def go(api: Api, payment: Payment) -> httpx.Response:
    url = address_of(api.shop.ports, payment)
    assert url is not None
    return await api.http.get(url)


# -- on to the gateway -------------------------------------------------------------------------


async def test_a_payer_goes_on_with_the_form_pays_and_comes_back(
    api: Api, provider: RedirectProvider
) -> None:
    account, payment = await begun(api)
    owner = api.caller(Role.OWNER, account)
    asked = await owner.ask(CHECKOUT, id=public(Kind.CHECKOUT, payment.id))
    url = asked["checkoutSession"]["url"]
    assert url.startswith(f"https://pay.example.com/checkout/{public(Kind.CHECKOUT, payment.id)}/")
    page = await api.http.get(url)
    form = Form(page.text)
    assert (page.status_code, form.method, form.action) == (200, "post", f"{URL}/checkout")
    assert form.fields == payment.page_form
    assert form.links == [CANCEL_URL]
    async with client_of(provider.app) as browser:
        hosted = Form((await browser.post(form.action, data=form.fields)).text)
        sent = await browser.post(hosted.action, data=hosted.fields | {"outcome": "success"})
    back = Form(sent.text)
    assert back.action == CALLBACK_URL
    returned = await api.http.post(back.action, data=back.fields)
    assert returned.status_code == 303
    assert returned.headers["location"] == f"{ORIGIN}/paid?checkout={payment.session_id}"
    assert returned.headers["cache-control"] == "private, no-store"
    paid = await owner.ask(CHECKOUT, id=public(Kind.CHECKOUT, payment.id))
    assert paid["checkoutSession"] == {"status": "COMPLETE", "url": None}


async def test_the_page_may_only_post_its_form_and_load_our_own_files(
    api: Api, provider: RedirectProvider
) -> None:
    _, payment = await begun(api)
    page = await go(api, payment)
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; "
        "img-src data:; base-uri 'none'; form-action https:; frame-ancestors 'none'"
    )
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    for path in ("checkout/passage.js", "checkout/passage.css", "return/return.css"):
        assert f"/static/{path}" in page.text
        assert (await api.http.get(f"/static/{path}")).status_code == 200


def test_what_a_gateway_puts_into_its_form_stays_text() -> None:
    hostile = "'\"><script>alert(1)</script>"
    back_url = f"{ORIGIN}/{hostile}"
    page = form_page(f"{URL}/?{hostile}", {hostile: hostile}, back_url=back_url, static_url="/s")
    assert "<script>alert" not in page
    form = Form(page)
    assert form.action == f"{URL}/?{hostile}"
    assert form.fields == {hostile: hostile}
    assert form.links == [back_url]


async def test_no_other_token_opens_the_page(api: Api, provider: RedirectProvider) -> None:
    account, payment = await begun(api)
    _, other = await begun(api)
    good = urlsplit(address_of(api.shop.ports, payment) or "")
    links, end = api.shop.ports.links, payment.expires_at
    tokens = [
        "",
        "nonsense",
        good.query.removeprefix("token=") + "x",
        links.sign(LinkClaim(account, payment.id), lifetime=timedelta(hours=1)),
        links.sign_checkout(CheckoutClaim(account, other.id), until=end),
        links.sign_checkout(CheckoutClaim(other.account_id, payment.id), until=end),
    ]
    answers = [(await api.http.get(good.path, params={"token": token})) for token in tokens]
    answers += [await api.http.get(good.path), await api.http.get(f"/checkout/x/go?{good.query}")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert Form(answers[0].text).fields == {}


async def test_the_page_closes_with_the_attempt_and_with_its_time(
    api: Api, provider: RedirectProvider
) -> None:
    _, paid = await begun(api)
    _, late = await begun(api)
    assert (await go(api, paid)).status_code == 200
    provider.pay(paid.session_id or "")
    await api.shop.settle(paid.account_id, paid.id)
    assert (await go(api, paid)).status_code == 404
    url = address_of(api.shop.ports, late) or ""
    api.shop.clock.now = late.expires_at
    assert (await api.http.get(url)).status_code == 404


async def test_a_gateway_without_a_form_is_gone_to_directly(api: Api) -> None:
    account, payment = await begun(api)
    assert address_of(api.shop.ports, payment) == payment.page_url
    asked = await api.caller(Role.OWNER, account).ask(
        CHECKOUT, id=public(Kind.CHECKOUT, payment.id)
    )
    assert asked["checkoutSession"]["url"] == payment.page_url


# -- back from it, and its notices -------------------------------------------------------------


async def test_a_way_back_that_is_not_signed_says_no_more_than_that(
    api: Api, provider: RedirectProvider
) -> None:
    _, payment = await begun(api)
    fields = provider.callback(provider.pay(payment.session_id or "")["id"])
    provider.payments.clear()
    before = await books()
    answers = [
        await api.http.post(f"/callbacks/{gateway}", data=data)
        for gateway, data in (
            (NAME, fields | {"signature": "0" * 64}),
            (NAME, {}),
            ("stripe", fields),
            ("unknown", fields),
        )
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.text for answer in answers}) == 1
    assert await books() == before
    long = await api.http.post(f"/callbacks/{NAME}", content=b"a" * (64 * 1024 + 1))
    assert long.status_code == 413
    assert await books() == before
    assert (await api.http.get(f"/callbacks/{NAME}")).status_code == 405


async def test_notices_come_to_each_gateway_by_its_name(
    api: Api, provider: RedirectProvider
) -> None:
    account, payment = await begun(api)
    provider.pay(payment.session_id or "")
    [(body, headers)] = provider.notices
    before = await books()
    refused = [
        await api.http.post(f"/webhooks/{gateway}", content=body, headers=headers)
        for gateway in ("stripe", "unknown", "none", "offline")
    ]
    refused.append(await api.http.post(f"/webhooks/{NAME}", content=body + b" ", headers=headers))
    assert {(answer.status_code, answer.text) for answer in refused} == {
        (400, refused[0].text),
    }
    assert await books() == before
    for duplicate in (False, True):
        taken = await api.http.post(f"/webhooks/{NAME}", content=body, headers=headers)
        assert taken.json() == {"received": True, "duplicate": duplicate}
    assert await rows("receipt", f"gateway = '{NAME}'") == await rows("receipt") == 1
    await api.shop.drain()
    after = await api.shop.payment(account, payment.id)
    assert after.status is PaymentStatus.CAPTURED
