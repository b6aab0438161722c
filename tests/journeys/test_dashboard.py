"""The dashboard as customers read it: its menu, who signs in, the list, and live changes."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from playwright.async_api import Browser, Page, Route, expect

from service.billing.people import Plan
from service.workflows.accounts import NewAccount, open_account
from tests.support.browser import CARD, PayersApp
from tests.support.dashboard import SMALLEST, Window, number_of, pay, window_of
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL, as_viewer, eventually
from tests.support.processes import ROOT, Demo
from tests.support.seller import Customer, Seller

DOCUMENTS = json.loads((ROOT / "frontend-contract" / "persisted-documents.json").read_text())
(VIEWER_ID,) = (one for one, text in DOCUMENTS.items() if "query Viewer" in text)

# The account menu


async def test_the_account_menu_opens_on_hover_on_focus_and_on_a_tap(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token()) as window:
        page = window.page
        trigger = page.get_by_role("button", name="Account menu")
        contacts = page.get_by_role("link", name="Billing contacts")
        await window.is_on("Invoices")
        await trigger.hover()
        await expect(contacts).to_be_visible()
        await page.mouse.move(300, 600)
        await expect(contacts).to_be_hidden()

        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await expect(trigger).to_be_focused()
        await expect(contacts).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(contacts).to_be_hidden()
        await expect(trigger).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(contacts).to_be_visible()
        await contacts.click()
        await window.is_on("Billing contacts")
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await expect(contacts).to_be_hidden()

    async with window_of(browser, demo, customer.token(), **SMALLEST) as phone:
        await phone.is_on("Invoices")
        for name in ("Billing details", "Support cases", "Invoices"):
            await phone.page.get_by_role("button", name="Account menu").tap()
            await phone.page.get_by_role("link", name=name).tap()
            await phone.is_on(name)


async def test_the_demo_lets_choose_whom_to_look_as(browser: Browser, demo: Demo) -> None:
    async with window_of(browser, demo, demo.viewer("OWNER")["token"]) as window:
        await window.is_on("Invoices")
        await window.page.get_by_role("button", name="Account menu").click()
        chooser = window.page.get_by_label("View the demo as")
        await chooser.select_option(label=f"SUPPORT · {demo.viewer('SUPPORT')['email']}")
        await window.is_on("Support desk")


# Who signs in


async def test_a_token_leaves_the_address_at_once_and_outlives_a_reload(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token()) as window:
        await window.is_on("Invoices")
        assert window.page.url == f"{demo.base_url}/invoices"
        await window.page.reload()
        await window.is_on("Invoices")
        shown = window.page.get_by_role("button", name="Account menu")
        await expect(shown).to_contain_text("Customer customer-")


async def test_without_a_token_the_product_is_asked_to_sign_in(
    browser: Browser, demo: Demo, customer: Customer, app: PayersApp
) -> None:
    page = await signed_in_by(browser, app)
    await page.goto(f"{demo.base_url}/contacts")
    await page.goto(f"{await way_back(page, app)}#token={customer.token()}")
    await expect(page.get_by_role("heading", name="Billing contacts")).to_be_visible()
    assert page.url == f"{demo.base_url}/contacts"


async def test_a_link_signs_nobody_in_over_somebody_else(
    browser: Browser, demo: Demo, customer: Customer, seller: Seller
) -> None:
    other = await seller.customer()
    async with window_of(browser, demo, customer.token()) as window:
        mine = await account_of(window)
        await window.go(f"/contacts#token={other.token()}")
        await window.is_on("You are signed in already")
        assert window.page.url == f"{demo.base_url}/contacts"
        assert await window.complaints_of_axe() == []
        await window.page.get_by_role("button", name="Stay signed in").click()
        await window.is_on("Billing contacts")
        assert await account_of(window) == mine
        await window.go(f"/details#token={other.token()}")
        await window.page.get_by_role("button", name="Sign in as owner@customers.example").click()
        await window.is_on("Billing details")
        assert await account_of(window) != mine


async def test_a_link_to_where_the_browser_is_already_signs_nobody_in_either(
    browser: Browser, demo: Demo, customer: Customer, seller: Seller
) -> None:
    other = await seller.customer()
    async with window_of(browser, demo, customer.token()) as window:
        await window.is_on("Invoices")
        await window.go(f"/invoices#token={other.token()}")
        await window.is_on("You are signed in already")
        assert window.page.url == f"{demo.base_url}/invoices"
        kept = await window.page.evaluate("sessionStorage.getItem('paidup.token')")
        assert kept != other.token()


async def test_a_renewed_token_of_the_same_viewer_is_taken_without_a_question(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token()) as window:
        await window.is_on("Invoices")
        renewed = customer.token(lasting=timedelta(minutes=7))
        await window.go(f"/contacts#token={renewed}")
        await window.is_on("Billing contacts")
        assert await window.page.evaluate("sessionStorage.getItem('paidup.token')") == renewed


async def test_where_a_product_signs_people_in_a_link_does_not(
    browser: Browser, demo: Demo, customer: Customer, seller: Seller, app: PayersApp
) -> None:
    stranger = (await seller.customer()).token()
    page = await signed_in_by(browser, app)
    await page.goto(f"{demo.base_url}/contacts#token={stranger}")
    first = await way_back(page, app)
    # Who sent the link cannot know the way back; and a sign-in that lost it leads into no circle.
    await page.goto(f"{demo.base_url}/contacts?signed_in=a-guess#token={stranger}")
    await is_refused(page, f"{demo.base_url}/contacts")
    second = await way_back(page, app)
    assert first != second
    await page.goto(f"{second}#token={customer.token()}")
    await expect(page.get_by_role("heading", name="Billing contacts")).to_be_visible()
    # And it leads back once.
    await page.goto(f"{second.replace('contacts', 'details')}#token={stranger}")
    await expect(page.get_by_role("heading", name="You are signed in already")).to_be_visible()
    assert page.url == f"{demo.base_url}/details"


async def test_a_token_that_is_refused_at_once_leads_into_no_circle(
    browser: Browser, demo: Demo, app: PayersApp
) -> None:
    page = await signed_in_by(browser, app)
    await page.goto(f"{demo.base_url}/contacts")
    await page.goto(f"{await way_back(page, app)}#token=not.a.token")
    await is_refused(page, f"{demo.base_url}/contacts")
    await way_back(page, app)


async def test_who_comes_back_from_the_sign_in_with_nothing_is_not_sent_there_again(
    browser: Browser, demo: Demo, app: PayersApp
) -> None:
    page = await signed_in_by(browser, app)
    await page.goto(f"{demo.base_url}/contacts")
    await way_back(page, app)
    await page.goto(f"{demo.base_url}/contacts")
    await expect(page.get_by_role("heading", name="Sign in to see your invoices")).to_be_visible()
    assert page.url == f"{demo.base_url}/contacts"
    await page.get_by_role("button", name="Sign in again").click()
    await way_back(page, app)


async def test_a_token_leaves_an_odd_address_too(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    page = await browser.new_page()
    await page.goto(f"{demo.base_url}//x#token={customer.token()}")
    await expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    assert page.url == f"{demo.base_url}//x"


async def test_a_browser_gives_to_nobody_what_it_keeps_of_another_viewer(
    browser: Browser, demo: Demo, customer: Customer, seller: Seller
) -> None:
    other = await seller.customer()
    # Not the dashboard, which asks for as much itself.
    page = await browser.new_page()
    await page.goto(f"{demo.base_url}/healthz")
    mine = await kept_by_browser(page, customer.token())
    assert mine == (customer.public_id, "asked for")
    assert await kept_by_browser(page, customer.token()) == (customer.public_id, "kept")
    assert await kept_by_browser(page, other.token()) == (other.public_id, "asked for")
    await page.close()


async def kept_by_browser(page: Page, token: str) -> tuple[str, str]:
    """Whose answer a viewer gets who takes anything that the browser has, however old."""
    account, how = await page.evaluate(
        """async ([id, token]) => {
          performance.clearResourceTimings();
          const headers = {accept: "application/json", authorization: `Bearer ${token}`};
          const answer = await fetch(`/graphql?documentId=${id}`, {headers, cache: "force-cache"});
          const {data} = await answer.json();
          await new Promise(requestAnimationFrame);
          const [entry] = performance.getEntriesByType("resource")
            .filter(({name}) => name.includes("documentId="));
          return [data.viewer.account.id, entry.transferSize === 0 ? "kept" : "asked for"];
        }""",
        [VIEWER_ID, token],
    )
    return account, how


async def is_refused(page: Page, address: str) -> None:
    """What was brought there is of no use, which is said; a click leads on to the sign-in."""
    await expect(page.get_by_text("did not accept how you were signed in")).to_be_visible()
    assert page.url == address
    await page.get_by_role("button", name="Sign in again").click()


async def account_of(window: Window) -> str:
    """The account that is looked at, as the menu names it."""
    return await window.page.get_by_role("button", name="Account menu").inner_text()


async def way_back(page: Page, app: PayersApp) -> str:
    """Where the product's sign-in is to lead, once a page has asked for it."""
    await page.wait_for_url(f"{app.url}/sign-in?return_to=**")
    (address,) = parse_qs(urlsplit(page.url).query)["return_to"]
    return address


async def signed_in_by(browser: Browser, app: PayersApp) -> Page:
    """A page for which the product signs people in."""

    async def settings(route: Route) -> None:
        found = {"signInUrl": f"{app.url}/sign-in", "viewers": [], "graphql": "graphql"}
        await route.fulfill(json=found)

    page = await browser.new_page()
    await page.route("**/dashboard.json", settings)
    return page


# The list of invoices


async def test_the_list_is_newest_first_and_leads_to_a_page_to_print_and_download(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoices = [await customer.invoice(), await customer.invoice("99.50")]
    numbers = [await number_of(owner, one) for one in invoices]

    async def printed() -> bool:
        return bool((await owner.invoice(invoices[0]))["document"]["state"] == "READY")

    await eventually(printed, within=60, why="the PDF is printed")
    async with window_of(browser, demo, customer.token()) as window:
        await window.shows(numbers[1], "₹99.50")
        rows = await window.page.get_by_role("rowheader").all_inner_texts()
        assert [row.split("\n")[-1] for row in rows] == numbers[::-1]
        await expect(window.row(numbers[0])).to_contain_text("January 2024")
        async with window.context.expect_page() as opening:
            await window.row(numbers[0]).get_by_role("link", name="View PDF").click()
        view = await opening.value
        await expect(view.get_by_role("link", name="Download")).to_be_visible()
        await expect(view.get_by_role("button", name="Print")).to_be_visible()


async def test_filters_pages_and_empty_lists(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    async with window_of(browser, demo, customer.token()) as window:
        await expect(window.page.get_by_text("No invoices yet")).to_be_visible()
        invoices = await customer.invoices(24)
        first = await number_of(owner, invoices[0])
        await window.go("/invoices")
        await expect(window.page.get_by_role("rowheader").first).to_be_visible()
        await window.page.mouse.wheel(0, 4000)
        await expect(window.page.get_by_role("rowheader")).to_have_count(24)
        await window.page.get_by_role("button", name="Paid", exact=True).click()
        await expect(window.page.get_by_text("Nothing matches")).to_be_visible()
        await window.page.get_by_role("button", name="Show all invoices").click()
        await window.page.get_by_role("searchbox", name="Find by number").fill(first.lower())
        await expect(window.page.get_by_role("rowheader")).to_have_count(1)
        assert window.page.url.endswith(f"number={first}")
        await window.page.reload()
        await expect(window.row(first)).to_be_visible()


async def test_a_number_is_found_among_the_add_ons_too(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    usage = await number_of(owner, await customer.invoice())
    add_on = await number_of(owner, await customer.add_on())
    async with window_of(browser, demo, customer.token()) as window:
        await expect(window.row(usage)).to_be_visible()
        await expect(window.row(add_on)).to_have_count(0)
        search = window.page.get_by_role("searchbox", name="Find by number")
        await search.fill(add_on)
        await expect(window.row(add_on)).to_be_visible()
        included = window.page.get_by_role("checkbox", name="Include add-ons")
        await expect(included).to_be_checked()
        await search.fill("")
        await expect(window.row(add_on)).to_have_count(0)
        await expect(included).not_to_be_checked()


async def test_a_new_invoice_and_its_payment_appear_by_themselves(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    old = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await window.shows(await number_of(owner, old), "Due")
        await window.is_live()
        invoice = await customer.invoice("77.00")
        number = await number_of(owner, invoice)
        await window.toast(f"New invoice {number}")
        await window.shows(number, "₹77.00")
        await expect(window.page.locator(".balance")).to_contain_text("₹1,327.00")
        session = await owner.open_checkout(invoice, return_to=demo.base_url)
        await gateway.pay(session["url"])
        await window.toast(f"{number} is paid")
        await window.shows(number, "Paid")
        await expect(window.page.locator(".balance")).to_contain_text("₹1,250.00")


async def test_where_sockets_do_not_pass_an_event_stream_brings_the_changes(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice = await customer.invoice()
    number = await number_of(owner, invoice)
    async with window_of(browser, demo, customer.token(), quiet=False) as window:
        await window.page.route_web_socket("**/graphql", lambda socket: socket.close())
        await window.go("/invoices")
        await window.is_live()
        session = await owner.open_checkout(invoice, return_to=demo.base_url)
        await gateway.pay(session["url"])
        await window.toast(f"{number} is paid")
        await window.shows(number, "Paid")


async def test_a_free_account_is_told_why_and_still_pays_what_is_unpaid(
    browser: Browser, demo: Demo, seller: Seller
) -> None:
    reference = f"free-{uuid4().hex[:8]}"
    mail = f"{reference}@customers.example"
    new = NewAccount(
        reference=reference, name="Free account", email=mail, plan=Plan.FREE, currency="INR"
    )
    customer = Customer(seller, await open_account(seller.ports, new))
    async with window_of(browser, demo, customer.token()) as window:
        await expect(window.page.get_by_text("Invoices are part of the Paid plan")).to_be_visible()
        await expect(window.page.get_by_text("There is nothing left to pay.").first).to_be_visible()
        invoice = await customer.invoice()
        async with as_viewer(demo.graphql_url, customer.token()) as owner:
            number = await number_of(owner, invoice)
        await window.go("/invoices")
        await expect(window.page.get_by_text("One invoice is still unpaid.")).to_be_visible()
        await window.row(number).get_by_role("link", name=f"Pay {number}").click()
        await pay(await window.open_card_page(), CARD)
        await window.says("Paid. Thank you.")
