"""One-time payment links: one invoice, one amount, once, by whoever has the link."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID

import pytest

from service.adapters.stripe_gateway import StripeGateway
from service.billing.errors import (
    BillingError,
    GatewayRefused,
    GatewayUnavailable,
    IdempotencyConflict,
    InvalidInput,
    InvoiceNotPayable,
    NotFound,
)
from service.billing.events import PaymentLinkChanged
from service.billing.evidence import Source
from service.billing.invoice import InvoiceMove, InvoiceStatus
from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.billing.rates import EuroRates
from service.billing.support import LinkState
from service.gateway import CheckoutOrder, CheckoutPage
from service.store import invoices
from service.store import payment_links as link_rows
from service.store.database import execute, fetch, new_id, transaction
from service.store.money_records import PaymentLink
from service.store.records import Invoice
from service.workflows import offline, payment_links
from service.workflows.checkout import Started
from service.workflows.offline import OfflinePayment
from service.workflows.payment_links import LinkRequest, NewLink
from tests.support.books import books, rows
from tests.support.shop import API_KEY, RATES, SANDBOX_URL, WEBHOOK_SECRET, InProcessStripe, Shop

S = PaymentStatus
HOUR = timedelta(hours=1)


async def an_invoice(shop: Shop, amount: str = "100.00") -> Invoice:
    return await shop.invoice(await shop.account(), amount)


async def linked(
    shop: Shop, invoice: Invoice, *, key: str = "", lifetime: timedelta | None = None
) -> NewLink:
    request = LinkRequest(invoice.id, "rita@seller.example", key or str(new_id()), lifetime)
    return await payment_links.create(shop.ports, invoice.account_id, request)


def token_of(made: NewLink) -> str:
    assert made.url is not None
    return made.url.rpartition("/")[2]


async def a_token(shop: Shop, invoice: Invoice) -> str:
    return token_of(await linked(shop, invoice))


async def follow(shop: Shop, token: str) -> Started:
    return await payment_links.follow(shop.ports, token)


async def state(shop: Shop, token: str) -> LinkState:
    link = await link_rows.by_token(token)
    assert link is not None
    invoice = await invoices.find(link.account_id, link.invoice_id)
    return payment_links.state_of(link, invoice, at=shop.clock())


async def dead(shop: Shop, token: str) -> None:
    """It can be neither looked at nor used, and trying leaves nothing behind."""
    before = await books()
    with pytest.raises(NotFound, match=r"^No such payment link\.$"):
        await payment_links.opened_by(shop.ports, token)
    with pytest.raises(NotFound, match=r"^No such payment link\.$"):
        await follow(shop, token)
    assert await books() == before


async def refused(error: type[BillingError], act: Callable[[], Awaitable[object]]) -> None:
    before = await books()
    with pytest.raises(error):
        await act()
    assert await books() == before


async def pay_offline(shop: Shop, invoice: Invoice, minor: int) -> None:
    received = OfflinePayment(
        invoice.id, minor, f"UTR {new_id()}", shop.today, "rita@seller.example", str(new_id())
    )
    await offline.record(shop.ports, invoice.account_id, received)


async def facts(invoice: Invoice) -> list[tuple[str, str, str | None]]:
    told = await fetch(
        "SELECT fact, source, reference FROM evidence WHERE invoice_id = $1 ORDER BY id", invoice.id
    )
    return [(one["fact"], one["source"], one["reference"]) for one in told]


def other_gateway(shop: Shop) -> StripeGateway:
    """A second gateway, which is up: here it is the same sandbox by another name."""
    client = InProcessStripe(shop.sandbox.app)
    other = StripeGateway(API_KEY, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)
    other.name = "other"
    return other


def take_down(shop: Shop) -> None:
    """The preferred gateway is known to be down, and another one stands by."""
    assert isinstance(shop.ports.gateway, StripeGateway)
    shop.ports.gateway.is_down = True
    shop.with_ports(standby_gateways=(other_gateway(shop),))


class Meddler(StripeGateway):
    """A gateway that something else happens beside, while it opens or closes a page."""

    def __init__(self, shop: Shop, meddle: Callable[[], Awaitable[None]]) -> None:
        client = InProcessStripe(shop.sandbox.app)
        super().__init__(API_KEY, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)
        self._meddle = meddle

    async def open_checkout(self, order: CheckoutOrder) -> CheckoutPage:
        page = await super().open_checkout(order)
        await self._meddle()
        return page

    async def close_checkout(self, session_id: str) -> None:
        await super().close_checkout(session_id)
        await self._meddle()


# -- making ------------------------------------------------------------------------------------


async def test_a_link_holds_what_is_due_now(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)
    assert (made.link.amount, made.link.invoice_version) == (Money(10000, "USD"), invoice.version)
    assert made.link.expires_at == shop.clock() + timedelta(days=7)
    assert (made.link.used_at, made.link.payment_id, made.link.revoked_at) == (None, None, None)
    assert made.url == f"https://pay.example.com/pay/{token_of(made)}"
    assert await link_rows.find(invoice.account_id, made.link.id) == made.link
    assert await facts(invoice) == [("LINK_CREATED", "OPERATOR", "rita@seller.example")]
    happened = await shop.happened(invoice.account_id)
    assert happened[-1] == PaymentLinkChanged(made.link.id, invoice.id)


async def test_what_the_service_offers_by_itself_says_so(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    request = LinkRequest(invoice.id, "gateway down", "key", source=Source.SERVICE)
    await payment_links.create(shop.ports, invoice.account_id, request)
    assert await facts(invoice) == [("LINK_CREATED", "SERVICE", "gateway down")]


async def test_a_token_has_256_bits_and_no_two_are_alike(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    tokens = [await a_token(shop, invoice) for _ in range(5)]
    assert len(set(tokens)) == 5
    assert {len(base64.urlsafe_b64decode(f"{token}=")) for token in tokens} == {32}


async def test_only_the_hash_of_a_token_is_stored_anywhere(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    started = await follow(shop, token)
    await shop.pay(started.payment)
    await shop.settle(invoice.account_id, started.payment.id)
    await shop.drain()
    tables = await fetch(
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    assert len(tables) > 25
    # A long enough piece of it would show that some other form of it is kept.
    for table in tables:
        held = await fetch(
            f'SELECT 1 FROM "{table["name"]}" t WHERE t::text LIKE $1 OR t::text LIKE $2',  # noqa: S608
            f"%{token[:12]}%",
            f"%{token[-12:]}%",
        )
        assert held == [], table["name"]
    assert await rows("payment_link", f"token_sha256 = '{link_rows.digest_of(token)}'") == 1


async def test_the_same_key_answers_the_same_link_without_its_token(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice, key="one", lifetime=HOUR)
    before = await books()
    assert await linked(shop, invoice, key="one", lifetime=HOUR) == NewLink(made.link, None)
    assert await books() == before
    await refused(IdempotencyConflict, lambda: linked(shop, invoice, key="one"))


async def test_two_requests_with_one_key_at_once_make_one_link(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await asyncio.gather(*[linked(shop, invoice, key="one") for _ in range(4)])
    assert len({one.link.id for one in made}) == 1
    assert len([one for one in made if one.url]) == 1
    assert await rows("payment_link") == 1
    assert len(await facts(invoice)) == 1


@pytest.mark.parametrize("hours", [-1, 0, 721])
async def test_a_link_lives_an_hour_to_thirty_days(shop: Shop, hours: int) -> None:
    invoice = await an_invoice(shop)
    lifetime = timedelta(hours=hours)
    await refused(InvalidInput, lambda: linked(shop, invoice, lifetime=lifetime))


async def test_what_cannot_be_paid_gets_no_link(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await pay_offline(shop, invoice, 10000)
    await refused(InvoiceNotPayable, lambda: linked(shop, invoice))


async def test_another_accounts_invoice_gets_no_link(shop: Shop) -> None:
    invoice, stranger = await an_invoice(shop), await shop.account()
    request = LinkRequest(invoice.id, "rita@seller.example", "key")
    await refused(NotFound, lambda: payment_links.create(shop.ports, stranger, request))


# -- using -------------------------------------------------------------------------------------


async def test_looking_uses_nothing_up(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)
    before = await books()
    for _ in range(3):
        found = await payment_links.opened_by(shop.ports, token_of(made))
        assert found == (made.link, invoice)
    assert await books() == before


async def test_a_link_opens_an_attempt_that_leads_back_to_us(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)
    payment = (await follow(shop, token_of(made))).payment
    assert (payment.status, payment.amount) == (S.PENDING, Money(10000, "USD"))
    session = shop.at_gateway(payment)
    assert session["success_url"].startswith("https://pay.example.com/pay/return/")
    assert session["cancel_url"] == f"{session['success_url']}?left=1"
    used = await link_rows.find(invoice.account_id, made.link.id)
    assert (used.used_at, used.payment_id) == (shop.clock(), payment.id)
    assert await facts(invoice) == [
        ("LINK_CREATED", "OPERATOR", "rita@seller.example"),
        ("LINK_USED", "PAYER", None),
    ]


async def test_a_link_is_used_once(shop: Shop) -> None:
    token = await a_token(shop, await an_invoice(shop))
    await follow(shop, token)
    shop.clock.move(seconds=60)
    assert await state(shop, token) is LinkState.USED
    await dead(shop, token)


async def test_a_second_click_leads_to_the_page_of_the_first(shop: Shop) -> None:
    token = await a_token(shop, await an_invoice(shop))
    first = await follow(shop, token)
    shop.clock.move(seconds=59)
    before = await books()
    again = await follow(shop, token)
    assert (again.payment, again.replayed) == (first.payment, True)
    assert await books() == before
    assert shop.sandbox.book.count("session") == 1


async def test_a_second_click_after_the_payment_leads_nowhere(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    payment = (await follow(shop, token)).payment
    await shop.pay(payment)
    await shop.settle(invoice.account_id, payment.id)
    await dead(shop, token)


async def test_two_clicks_at_once_share_one_attempt(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    started = await asyncio.gather(*[follow(shop, token) for _ in range(4)])
    assert len({one.payment.id for one in started}) == 1
    assert len({one.payment.page_url for one in started}) == 1
    assert await rows("payment") == shop.sandbox.book.count("session") == 1
    assert [fact for fact, _, _ in await facts(invoice)].count("LINK_USED") == 1


async def test_a_link_to_what_is_paid_on_its_own_page_pays_once(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    payment = (await follow(shop, await a_token(shop, invoice))).payment
    await shop.pay(payment)
    await shop.settle(invoice.account_id, payment.id)
    paid = await invoices.find(invoice.account_id, invoice.id)
    assert (paid.status, paid.paid_minor) == (InvoiceStatus.PAID, 10000)


# -- ends --------------------------------------------------------------------------------------


async def test_a_link_that_nobody_made_opens_nothing(shop: Shop) -> None:
    await dead(shop, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    await dead(shop, "")
    await dead(shop, "\x00é" * 5000)


async def test_a_link_expires_to_the_second(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = token_of(await linked(shop, invoice, lifetime=HOUR))
    shop.clock.move(seconds=3599)
    assert await state(shop, token) is LinkState.OPEN
    shop.clock.move(seconds=1)
    assert await state(shop, token) is LinkState.EXPIRED
    await dead(shop, token)


async def test_a_revoked_link_is_over_and_is_revoked_once(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)
    where = (shop.ports, invoice.account_id, made.link.id)
    revoked = await payment_links.revoke(*where, by="rita@seller.example")
    assert revoked.revoked_at == shop.clock()
    before = await books()
    shop.clock.move(minutes=1)
    assert await payment_links.revoke(*where, by="somebody else") == revoked
    assert await books() == before
    assert await facts(invoice) == [
        ("LINK_CREATED", "OPERATOR", "rita@seller.example"),
        ("LINK_REVOKED", "OPERATOR", "rita@seller.example"),
    ]
    assert await state(shop, token_of(made)) is LinkState.REVOKED
    await dead(shop, token_of(made))


async def test_revoking_ends_the_second_click_too(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)
    await follow(shop, token_of(made))
    await payment_links.revoke(shop.ports, invoice.account_id, made.link.id, by="rita")
    await dead(shop, token_of(made))


async def test_revoking_a_link_closes_the_page_that_it_opened(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)
    opened = (await follow(shop, token_of(made))).payment
    await payment_links.revoke(shop.ports, invoice.account_id, made.link.id, by="rita")
    await shop.drain()
    assert shop.at_gateway(opened)["status"] == "expired"
    assert (await shop.payment(invoice.account_id, opened.id)).status is S.EXPIRED


async def test_revoking_a_link_leaves_the_page_of_somebody_else_open(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)
    theirs = (await shop.start(invoice.account_id, invoice)).payment
    await payment_links.revoke(shop.ports, invoice.account_id, made.link.id, by="rita")
    await shop.drain()
    assert shop.at_gateway(theirs)["status"] == "open"
    assert (await shop.payment(invoice.account_id, theirs.id)).status is S.PENDING


async def test_only_its_own_account_revokes_a_link(shop: Shop) -> None:
    made, stranger = await linked(shop, await an_invoice(shop)), await shop.account()
    await refused(
        NotFound, lambda: payment_links.revoke(shop.ports, stranger, made.link.id, by="x")
    )


@pytest.mark.parametrize("minor", [1, 4000, 10000])
async def test_a_bank_transfer_ends_a_link_for_another_amount(shop: Shop, minor: int) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    await pay_offline(shop, invoice, minor)
    assert await state(shop, token) is LinkState.SETTLED
    await dead(shop, token)


async def test_a_link_made_after_a_part_was_paid_charges_the_rest(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await pay_offline(shop, invoice, 4000)
    payment = (await follow(shop, await a_token(shop, invoice))).payment
    assert payment.amount == Money(6000, "USD")
    assert shop.at_gateway(payment)["amount_total"] == payment.quote.charged.minor_units


async def test_any_change_of_the_invoice_ends_a_link(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    await execute("UPDATE invoice SET version = version + 1")
    assert await state(shop, token) is LinkState.SETTLED
    await dead(shop, token)


async def test_a_withdrawn_invoice_ends_its_links(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    async with transaction():
        await invoices.move(invoice, InvoiceMove.CANCEL, at=shop.clock())
    assert await state(shop, token) is LinkState.SETTLED
    await dead(shop, token)


@pytest.mark.parametrize("outcome", ["success", "debit_succeeds"])
async def test_money_by_another_way_ends_a_link(shop: Shop, outcome: str) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    other = (await shop.start(invoice.account_id, invoice)).payment
    await shop.pay(other, outcome)
    await shop.settle(invoice.account_id, other.id)
    assert await state(shop, token) is LinkState.SETTLED
    await dead(shop, token)


async def test_money_that_nobody_told_us_of_yet_ends_a_link(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    other = (await shop.start(invoice.account_id, invoice)).payment
    await shop.pay(other)
    with pytest.raises(NotFound):
        await follow(shop, token)
    assert (await shop.payment(invoice.account_id, other.id)).status is S.CAPTURED
    assert await rows("payment") == shop.sandbox.book.count("session") == 1


async def test_a_transfer_recorded_while_the_link_is_followed_stops_it(shop: Shop) -> None:
    """The amount stays locked in the moment between the look and the attempt."""
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    shop.clock.move(days=1)  # the rate of this day is not known yet: it is asked for

    class Rates:
        async def euro_rates(self, on: date) -> EuroRates | None:
            await pay_offline(shop, invoice, 4000)
            return await RATES.euro_rates(on)

    shop.with_ports(rates=Rates())
    with pytest.raises(NotFound):
        await follow(shop, token)
    assert await rows("payment", "gateway = 'stripe'") == 0
    assert shop.sandbox.book.count("session") == 0


async def test_a_transfer_recorded_while_another_page_is_closed_stops_it(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    await shop.start(invoice.account_id, invoice)
    shop.with_ports(gateway=Meddler(shop, lambda: pay_offline(shop, invoice, 4000)))
    with pytest.raises(NotFound):
        await follow(shop, token)
    assert await rows("payment", "gateway = 'stripe'") == 1
    assert shop.sandbox.book.count("session") == 1


async def test_a_transfer_recorded_while_the_page_is_opened_hides_the_page(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    shop.with_ports(gateway=Meddler(shop, lambda: pay_offline(shop, invoice, 4000)))
    with pytest.raises(NotFound):
        await follow(shop, token)
    assert await rows("payment_link", "used_at IS NULL AND payment_id IS NULL") == 1


async def test_a_link_revoked_while_the_page_is_opened_hides_the_page(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    made = await linked(shop, invoice)

    async def revoke() -> None:
        await payment_links.revoke(shop.ports, invoice.account_id, made.link.id, by="rita")

    shop.with_ports(gateway=Meddler(shop, revoke))
    with pytest.raises(NotFound):
        await follow(shop, token_of(made))
    assert await state(shop, token_of(made)) is LinkState.REVOKED


# -- beside other attempts ---------------------------------------------------------------------


async def test_somebody_elses_open_page_is_closed_first(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    theirs = (await shop.start(invoice.account_id, invoice)).payment
    payment = (await follow(shop, await a_token(shop, invoice))).payment
    assert payment.id != theirs.id
    assert (await shop.payment(invoice.account_id, theirs.id)).status is S.EXPIRED
    assert shop.at_gateway(theirs)["status"] == "expired"
    assert (await shop.live(invoice)).id == payment.id


async def test_a_page_on_which_somebody_pays_now_is_left_to_them(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    theirs = (await shop.start(invoice.account_id, invoice)).payment
    shop.sandbox.faults.add("fail_api", status=409, path="/v1/checkout/sessions/", method="POST")
    with pytest.raises((InvoiceNotPayable, GatewayUnavailable)):
        await follow(shop, token)
    assert await state(shop, token) is LinkState.OPEN
    assert (await shop.live(invoice)).id == theirs.id


async def test_another_gateway_takes_over_while_the_first_is_down(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    take_down(shop)
    payment = (await follow(shop, await a_token(shop, invoice))).payment
    assert (payment.gateway, payment.status) == ("other", S.PENDING)


async def test_a_page_stranded_at_a_gateway_that_is_down_gives_way(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    theirs = (await shop.start(invoice.account_id, invoice)).payment
    token = await a_token(shop, invoice)
    take_down(shop)
    payment = (await follow(shop, token)).payment
    assert (payment.gateway, payment.amount) == ("other", Money(10000, "USD"))
    assert "/pay/return/" in payment.success_url
    stranded = await shop.payment(invoice.account_id, theirs.id)
    assert (stranded.status, stranded.superseded_by) == (S.CANCELED, payment.id)


async def test_what_takes_the_place_of_a_stranded_page_charges_what_is_due_now(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    await shop.start(invoice.account_id, invoice)
    await pay_offline(shop, invoice, 4000)
    token = await a_token(shop, invoice)
    take_down(shop)
    payment = (await follow(shop, token)).payment
    assert (payment.amount, payment.quote.charged) == (Money(6000, "USD"), Money(569731, "INR"))
    assert shop.at_gateway(payment)["amount_total"] == 569731


# -- bad days ----------------------------------------------------------------------------------


async def failed(shop: Shop, token: str, error: type[BillingError]) -> None:
    with pytest.raises(error):
        await follow(shop, token)
    assert await state(shop, token) is LinkState.OPEN
    assert await rows("payment_link", "used_at IS NOT NULL") == 0


@pytest.mark.parametrize("minutes", [0, 10, 40, 90])
async def test_an_outage_uses_nothing_up_however_long_it_lasts(shop: Shop, minutes: int) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    shop.sandbox.faults.add("outage")
    await failed(shop, token, GatewayUnavailable)
    shop.clock.move(minutes=minutes)
    await failed(shop, token, GatewayUnavailable)
    shop.sandbox.faults.clear()
    payment = (await follow(shop, token)).payment
    assert payment.status is S.PENDING
    assert payment.expires_at > shop.clock() + timedelta(minutes=30)
    await shop.pay(payment)
    assert (await shop.settle(invoice.account_id, payment.id)).status is S.CAPTURED
    assert shop.sandbox.book.count("session") == 1


async def test_an_answer_that_was_lost_is_found_by_the_next_click(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token = await a_token(shop, invoice)
    shop.sandbox.faults.add("lose_api", method="POST", path="/v1/checkout/sessions")
    await failed(shop, token, GatewayUnavailable)
    shop.sandbox.faults.clear()
    payment = (await follow(shop, token)).payment
    assert shop.at_gateway(payment)["client_reference_id"] == str(payment.id)
    assert await rows("payment") == shop.sandbox.book.count("session") == 1


async def test_a_gateway_that_refuses_uses_nothing_up(shop: Shop) -> None:
    account = await shop.account(charge_currency="USD")
    token = await a_token(shop, await shop.invoice(account, "0.49"))
    for tries in (1, 2):
        await failed(shop, token, GatewayRefused)
        assert await rows("payment", "status = 'FAILED'") == await rows("payment") == tries
        shop.clock.move(seconds=30)


async def test_clicks_soon_after_a_refusal_are_refused_without_an_attempt(shop: Shop) -> None:
    account = await shop.account(charge_currency="USD")
    token = await a_token(shop, await shop.invoice(account, "0.49"))
    await failed(shop, token, GatewayRefused)
    shop.clock.move(seconds=29)
    before = await books()
    shop.sandbox.faults.add("outage")
    for _ in range(5):
        with pytest.raises(GatewayRefused) as refusal:
            await follow(shop, token)
        assert refusal.value.gateway_code == "amount_too_small"
    assert await books() == before


async def test_a_refusal_of_one_link_is_none_of_another(shop: Shop) -> None:
    account = await shop.account(charge_currency="USD")
    invoice = await shop.invoice(account, "0.49")
    for tries in (1, 2):
        await failed(shop, await a_token(shop, invoice), GatewayRefused)
        assert await rows("payment") == tries


async def test_twenty_clicks_at_once_on_what_is_refused_make_one_attempt(shop: Shop) -> None:
    account = await shop.account(charge_currency="USD")
    token = await a_token(shop, await shop.invoice(account, "0.49"))
    clicks = [follow(shop, token) for _ in range(20)]
    told = await asyncio.gather(*clicks, return_exceptions=True)
    assert {type(one) for one in told} <= {GatewayRefused, InvoiceNotPayable}
    assert await rows("payment") == 1
    assert await state(shop, token) is LinkState.OPEN


async def test_a_gateway_that_keeps_each_failure_is_tried_with_two_keys(shop: Shop) -> None:
    token = await a_token(shop, await an_invoice(shop))
    path = "/v1/checkout/sessions"
    shop.sandbox.faults.add(
        "fail_api", status=500, when="after", kept=True, method="POST", path=path
    )
    for _ in range(6):
        with pytest.raises((GatewayUnavailable, GatewayRefused)):
            await follow(shop, token)
    assert await rows("payment") == 2
    shop.sandbox.faults.clear()
    shop.clock.move(seconds=30)
    assert (await follow(shop, token)).payment.status is S.PENDING


async def test_a_failure_that_the_gateway_keeps_under_our_key_is_got_past(shop: Shop) -> None:
    token = await a_token(shop, await an_invoice(shop))
    kept = {"status": 500, "when": "after", "kept": True, "method": "POST"}
    shop.sandbox.faults.add("fail_api", next=1, path="/v1/checkout/sessions", **kept)
    await failed(shop, token, GatewayUnavailable)
    assert (await follow(shop, token)).payment.status is S.PENDING
    assert await rows("payment", "status = 'FAILED'") == 1


async def cut_before_the_use(shop: Shop, invoice: Invoice) -> tuple[str, PaymentLink, UUID]:
    """A link whose page was opened, while the commit of its use was lost."""
    made = await linked(shop, invoice)
    payment = (await follow(shop, token_of(made))).payment
    await execute("UPDATE payment_link SET used_at = NULL, payment_id = NULL")
    return token_of(made), made.link, payment.id


async def test_a_crash_before_the_use_is_healed_by_the_next_click(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token, link, payment_id = await cut_before_the_use(shop, invoice)
    shop.clock.move(minutes=10)
    again = await follow(shop, token)
    assert (again.payment.id, again.replayed) == (payment_id, True)
    used = await link_rows.find(invoice.account_id, link.id)
    assert (used.used_at, used.payment_id) == (shop.clock(), payment_id)
    assert shop.sandbox.book.count("session") == 1


async def test_a_crash_and_a_click_after_the_page_is_over_open_a_new_page(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token, _, payment_id = await cut_before_the_use(shop, invoice)
    shop.clock.move(minutes=61)
    again = await follow(shop, token)
    assert again.payment.id != payment_id
    assert (again.payment.status, again.replayed) == (S.PENDING, False)
    assert (await shop.payment(invoice.account_id, payment_id)).status is S.EXPIRED


async def test_what_was_paid_after_a_crash_is_found_by_the_next_click(shop: Shop) -> None:
    invoice = await an_invoice(shop)
    token, _, payment_id = await cut_before_the_use(shop, invoice)
    await shop.pay(await shop.payment(invoice.account_id, payment_id))
    with pytest.raises(NotFound):
        await follow(shop, token)
    assert (await shop.payment(invoice.account_id, payment_id)).status is S.CAPTURED
    assert await rows("payment") == 1
