"""Paying in the dashboard: in a window of its own, in the same one, and when things go wrong."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Browser, Page, Route, expect

from service.billing.people import Role
from tests.support.browser import CARD, CHALLENGED, DECLINED, PayersApp, fill_card
from tests.support.dashboard import Window, closed, number_of, pay, window_of
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL, eventually
from tests.support.processes import Demo
from tests.support.seller import Customer

NO_MONEY = "4000 0000 0000 9995"
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


async def is_settled(owner: GraphQL, invoice: str) -> None:
    """The invoice is paid by exactly one captured payment."""
    seen = await owner.invoice(invoice)
    captured = [one for one in seen["payments"]["nodes"] if one["status"] == "CAPTURED"]
    assert (seen["displayStatus"], len(captured)) == ("PAID", 1)


async def begin(window: Window, number: str) -> None:
    """From the list to the pay page."""
    await window.row(number).get_by_role("link", name=f"Pay {number}").click()
    await expect(window.page.get_by_role("heading", level=1, name="Pay invoice")).to_be_focused()


async def test_a_card_is_paid_in_a_window_that_closes_and_the_list_shows_it(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    number = await number_of(owner, invoice)
    async with window_of(browser, demo, customer.token()) as window:
        await window.shows(number, "Due")
        await begin(window, number)
        card_page = await window.open_card_page()
        await window.says("Finish paying in the other window")
        await expect(window.page.get_by_role("timer")).to_contain_text(
            re.compile(r"This rate holds for \d+:\d\d")
        )
        await pay(card_page, CARD)
        await window.says("Paid. Thank you.")
        await closed(card_page)
        await window.page.get_by_role("button", name="Back to invoices").click()
        await window.shows(number, "Paid")
        await window.toast(f"{number} is paid")
    await is_settled(owner, invoice)


async def test_success_returns_to_the_list_by_itself_unless_the_payer_stays(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    first, second = await customer.invoices(2)
    async with window_of(browser, demo, customer.token()) as window:
        for invoice, stays in ((first, False), (second, True)):
            await window.go("/invoices")
            await begin(window, await number_of(owner, invoice))
            await pay(await window.open_card_page(), CARD)
            await window.says("Paid. Thank you.")
            if stays:
                await window.page.get_by_role("button", name="Stay here").click()
                await window.page.wait_for_timeout(9_000)
                await window.says("Paid. Thank you.")
            else:
                await window.page.wait_for_url("**/invoices", timeout=12_000)


async def test_a_decline_tells_why_and_what_helps_and_the_next_card_pays(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await begin(window, await number_of(owner, invoice))
        card_page = await window.open_card_page()
        await fill_card(card_page, NO_MONEY)
        await window.says("The payment did not go through")
        alert = window.page.get_by_role("alert")
        await expect(alert).to_contain_text("not enough money on the card or account.")
        await expect(alert).to_contain_text("Use another card or another way to pay.")
        await fill_card(card_page, DECLINED)
        await expect(alert).to_contain_text("Ask the bank that issued your card")
        await window.toast("The payment did not go through. Ask the bank")
        await pay(card_page, CARD)
        await window.says("Paid. Thank you.")
        told = window.page.get_by_role("log").get_by_text("The payment did not go through.")
        await expect(told).to_have_count(0, timeout=2_000)
    await is_settled(owner, invoice)


async def test_a_card_that_asks_for_3d_secure_is_paid_after_the_challenge(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await begin(window, await number_of(owner, invoice))
        card_page = await window.open_card_page()
        await fill_card(card_page, CHALLENGED)
        await card_page.get_by_role("button", name="Complete authentication").click()
        await window.says("Paid. Thank you.")
        await closed(card_page)
    await is_settled(owner, invoice)


#: Where the document was loaded from, whose policy it keeps wherever its router goes.
LOADED = "performance.getEntriesByType('navigation')[0].name"


async def redirected(page: Page) -> None:
    """Pay in the same window, there and back."""
    await page.get_by_role("button", name="Pay ₹").click()
    await page.wait_for_url("**/c/pay/**")
    await fill_card(page, CARD)
    await page.wait_for_url("**/invoices/pay?**")
    await expect(page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible(timeout=20_000)
    assert "/invoices/pay?" in await page.evaluate(LOADED)


async def test_a_phone_goes_to_the_card_page_and_comes_back(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token(), **PHONE) as window:
        await begin(window, await number_of(owner, invoice))
        await expect(window.page.get_by_text("Takes you to the card page")).to_be_visible()
        await redirected(window.page)
        assert len(window.context.pages) == 1
    await is_settled(owner, invoice)


async def test_where_windows_are_blocked_the_same_one_is_used(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await window.context.add_init_script("window.open = () => null")
        await window.go("/invoices")
        await begin(window, await number_of(owner, invoice))
        await redirected(window.page)
    await is_settled(owner, invoice)


async def test_who_opens_the_way_back_does_not_keep_the_page_that_pays(
    browser: Browser, demo: Demo, customer: Customer, app: PayersApp
) -> None:
    place = f"{demo.base_url}/invoices/pay/return?key=k&invoices={await customer.invoice()}"
    stranger = await browser.new_page()
    app.page = b"<!doctype html><title>A stranger</title>"
    await stranger.goto(app.url)
    async with stranger.expect_popup() as opening:
        await stranger.evaluate(
            "url => { window.held = window.open(url) }", f"{place}#token={customer.token()}"
        )
    opened = await opening.value
    await expect(opened.get_by_role("heading", name="Checking your payment")).to_be_visible()
    assert await stranger.evaluate("held.closed") is False
    await expect(opened.get_by_role("heading", name="Pay invoice")).to_be_visible()
    assert await stranger.evaluate("held.closed") is True
    assert await opened.evaluate("window.opener") is None


async def test_a_gateway_that_answers_late_keeps_nobody_on_the_way_back(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token(), **PHONE) as window:
        await begin(window, await number_of(owner, invoice))

        async def late(route: Route) -> None:
            if "ConfirmCheckout" not in (route.request.post_data or ""):
                await route.continue_()

        await window.page.route("**/graphql", late)
        await redirected(window.page)
    await is_settled(owner, invoice)


async def test_turning_back_at_the_card_page_leaves_the_payment_open(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await begin(window, await number_of(owner, invoice))
        card_page = await window.open_card_page()
        await card_page.get_by_role("link", name="Back to").first.click()
        await closed(card_page)
        await window.says("The card page is closed")
        await expect(window.page.get_by_text("nothing was charged so far")).to_be_visible()


async def test_closing_the_window_or_reloading_the_page_loses_nothing(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await begin(window, await number_of(owner, invoice))
        card_page = await window.open_card_page()
        await card_page.close()
        await window.says("The card page is closed")
        checkout = parse_qs(urlsplit(window.page.url).query)["checkout"]
        await window.page.reload()
        await window.says("The card page is closed")
        assert parse_qs(urlsplit(window.page.url).query)["checkout"] == checkout
        async with window.context.expect_page() as opening:
            await window.page.get_by_role("button", name="Open the card page again").click()
        again = await opening.value
        await again.wait_for_url("**/c/pay/**")
        await pay(again, CARD)
        await window.says("Paid. Thank you.")
    await is_settled(owner, invoice)


async def test_two_tabs_share_one_checkout_and_both_see_its_end(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    number = await number_of(owner, invoice)
    async with window_of(browser, demo, customer.token()) as window:
        other = Window(demo, await window.context.new_page())
        await other.go(f"/invoices#token={customer.token()}")
        await begin(other, number)
        await begin(window, number)
        first = await window.open_card_page()
        second = await other.open_card_page()
        await other.toast("A payment of this invoice was open already.")
        assert first.url == second.url
        await pay(second, CARD)
        await other.says("Paid. Thank you.")
        await window.says("Paid. Thank you.")
    await is_settled(owner, invoice)


async def test_a_lost_webhook_is_made_up_for_by_the_return(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await begin(window, await number_of(owner, invoice))
        card_page = await window.open_card_page()
        await gateway.break_with("drop_webhooks")
        await pay(card_page, CARD)
        await window.says("Paid. Thank you.")
    await is_settled(owner, invoice)


async def test_a_lost_webhook_is_made_up_for_in_the_same_window_too(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token(), **PHONE) as window:
        await begin(window, await number_of(owner, invoice))
        await gateway.break_with("drop_webhooks")
        await redirected(window.page)
    await is_settled(owner, invoice)


async def test_a_network_that_is_away_while_it_is_paid_is_caught_up_with(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    async with window_of(browser, demo, customer.token(), quiet=False) as window:
        await window.is_live()
        invoice = await customer.invoice()
        number = await number_of(owner, invoice)
        await window.toast(f"New invoice {number}")
        await window.shows(number, "Due")
        await window.context.set_offline(True)
        await expect(window.page.get_by_text("You are offline.")).to_be_visible()
        session = await owner.open_checkout(invoice, return_to=demo.base_url)
        await gateway.pay(session["url"])

        async def paid() -> bool:
            return bool((await owner.invoice(invoice))["displayStatus"] == "PAID")

        await eventually(paid, within=20, why="the invoice is paid")
        await window.shows(number, "Due")
        await window.context.set_offline(False)
        await window.shows(number, "Paid")
        await window.toast(f"{number} is paid")
        await expect(window.page.get_by_text("You are offline.")).to_have_count(0)


async def test_several_invoices_are_paid_together(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoices = await customer.invoices(3)
    numbers = [await number_of(owner, one) for one in invoices]
    async with window_of(browser, demo, customer.token()) as window:
        for number in numbers[:2]:
            await window.page.get_by_role("checkbox", name=f"Choose {number}").check()
        bar = window.page.get_by_role("region", name="Pay together")
        await expect(bar).to_contain_text("2 chosen")
        await expect(bar).to_contain_text("₹2,501.00")
        await bar.get_by_role("button", name="Pay together").click()
        await expect(window.page.get_by_role("heading", level=1)).to_have_text("Pay 2 invoices")
        await pay(await window.open_card_page(), CARD)
        await window.says("Paid. Thank you.")
        await window.page.get_by_role("button", name="Back to invoices").click()
        for number, status in zip(numbers, ("Paid", "Paid", "Due"), strict=True):
            await window.shows(number, status)


FOCUSED = """(({activeElement: one}) =>
  one.labels?.[0]?.textContent ?? one.getAttribute("aria-label") ?? one.textContent)(document)"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until something with that name has the focus."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if str(await page.evaluate(FOCUSED)).strip().startswith(name):
            return
    raise AssertionError(f"Tab does not lead to {name}")


async def test_the_keyboard_alone_can_pay(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoice = await customer.invoice()
    number = await number_of(owner, invoice)
    async with window_of(browser, demo, customer.token()) as window:
        page = window.page
        await window.shows(number, "Due")
        await tab_to(page, "Skip to content")
        await page.keyboard.press("Enter")
        await tab_to(page, f"Pay {number}")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name="Pay invoice")).to_be_focused()
        await tab_to(page, "Pay ₹")
        async with window.context.expect_page() as opening:
            await page.keyboard.press("Enter")
        card_page = await opening.value
        await card_page.wait_for_url("**/c/pay/**")
        form = {
            "Card number": CARD,
            "Expiry": "12 / 40",
            "Security code": "123",
            "Name on card": "Asha Rao",
        }
        for label, text in form.items():
            await tab_to(card_page, label)
            await card_page.keyboard.type(text)
        await card_page.keyboard.press("Enter")
        await window.says("Paid. Thank you.")
        await tab_to(page, "Back to invoices")
        await page.keyboard.press("Enter")
        await window.shows(number, "Paid")


async def test_who_may_only_read_is_told_who_can_pay(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token(Role.MEMBER)) as window:
        await expect(window.page.get_by_text("Paying is for owners and finance.")).to_be_visible()
        await expect(window.page.get_by_role("link", name="Pay INV")).to_have_count(0)
        await window.go(f"/invoices/pay?invoices={invoice}")
        await expect(window.page.get_by_text("Your role cannot pay.")).to_be_visible()


async def test_a_payment_that_is_not_there_leads_back_to_the_list(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    invoice = await customer.invoice()
    path = f"/invoices/pay?invoices={invoice}&key=old&checkout=chk_01M8CAMCYSE6R8T6GD1XPEEJAG"
    async with window_of(browser, demo, customer.token(), path) as window:
        await expect(window.page.get_by_text("This payment is not there")).to_be_visible()
        await window.page.get_by_role("button", name="Back to invoices").click()
        await window.page.wait_for_url("**/invoices")


async def test_a_gateway_that_is_down_gives_a_link_to_pay_by_later(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, customer.token(), quiet=False) as window:
        await begin(window, await number_of(owner, invoice))
        await gateway.break_with("outage")
        link = window.page.get_by_role("textbox", name="One-time payment link")
        for _ in range(8):
            await window.page.get_by_role("button", name="Pay ₹").click()
            alert = window.page.get_by_role("alert")
            await expect(alert).to_contain_text("does not answer", timeout=30_000)
            if await link.count():
                break
        await expect(window.page.get_by_text("Nothing was charged.")).to_be_visible()
        address = await link.input_value()
        assert address.startswith(f"{demo.base_url}/pay/")

        async def alone() -> bool:
            return len(window.context.pages) == 1

        await eventually(alone, within=30, why="the window that was opened is closed")
        await window.page.reload()
        await expect(link).to_have_value(address)
        await gateway.heal()
        # The service asks the gateway again after a pause of at most a minute.
        card_number = window.page.get_by_label("Card number")
        for _ in range(30):
            await window.page.goto(address)
            await window.page.get_by_role("button", name="Continue to payment").click()
            await expect(window.page.get_by_role("heading", level=1)).to_be_visible()
            if await card_number.count():
                break
            await window.page.wait_for_timeout(2_000)
        await fill_card(window.page, CARD)
        await expect(window.page.get_by_role("status")).to_contain_text("Paid", timeout=20_000)
    await is_settled(owner, invoice)
