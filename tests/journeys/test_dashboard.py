"""The dashboard as customers and staff read it: lists, live changes, contacts, claims, languages."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, Route, expect

from service.billing.people import Plan, Role
from service.workflows.accounts import NewAccount, open_account
from tests.support.browser import PayersApp
from tests.support.dashboard import Window, closed, pay, window_of
from tests.support.browser import CARD
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL, as_viewer, eventually
from tests.support.processes import Demo
from tests.support.seller import Customer, Seller

SMALLEST = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
LANGUAGES = {"en": "Invoices", "de": "Rechnungen", "hi": "इनवॉइस", "ar": "الفواتير", "ja": "請求書"}


async def number_of(owner: GraphQL, invoice: str) -> str:
    return str((await owner.invoice(invoice))["number"])


async def on_screen(window: Window, heading: str) -> None:
    await expect(window.page.get_by_role("heading", level=1, name=heading)).to_be_visible(timeout=15_000)


# The account menu


async def test_the_account_menu_opens_on_hover_on_focus_and_on_a_tap(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token()) as window:
        page = window.page
        trigger = page.get_by_role("button", name="Account menu")
        contacts = page.get_by_role("link", name="Billing contacts")
        await on_screen(window, "Invoices")
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
        await on_screen(window, "Billing contacts")
        await expect(page.get_by_role("heading", level=1)).to_be_focused()
        await expect(contacts).to_be_hidden()

    async with window_of(browser, demo, customer.token(), **SMALLEST) as phone:
        await on_screen(phone, "Invoices")
        for name in ("Billing details", "Support cases", "Invoices"):
            await phone.page.get_by_role("button", name="Account menu").tap()
            await phone.page.get_by_role("link", name=name).tap()
            await on_screen(phone, name)


async def test_the_demo_lets_choose_whom_to_look_as(browser: Browser, demo: Demo) -> None:
    async with window_of(browser, demo, demo.viewer("OWNER")["token"]) as window:
        await on_screen(window, "Invoices")
        await window.page.get_by_role("button", name="Account menu").click()
        chooser = window.page.get_by_label("View the demo as")
        await chooser.select_option(label=f"SUPPORT · {demo.viewer('SUPPORT')['email']}")
        await on_screen(window, "Support desk")


# Who signs in


async def test_a_token_leaves_the_address_at_once_and_outlives_a_reload(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token()) as window:
        await on_screen(window, "Invoices")
        assert window.page.url == f"{demo.base_url}/invoices"
        await window.page.reload()
        await on_screen(window, "Invoices")
        shown = window.page.get_by_role("button", name="Account menu")
        await expect(shown).to_contain_text("Customer customer-")


async def test_without_a_token_the_product_is_asked_to_sign_in(
    browser: Browser, demo: Demo, app: PayersApp
) -> None:
    async def settings(route: Route) -> None:
        found = {"signInUrl": f"{app.url}/sign-in", "viewers": [], "graphql": "graphql"}
        await route.fulfill(json=found)

    page = await browser.new_page()
    await page.route("**/dashboard.json", settings)
    await page.goto(f"{demo.base_url}/contacts")
    await page.wait_for_url(f"{app.url}/sign-in?return_to=**")
    assert f"return_to={demo.base_url}/contacts".replace(":", "%3A").replace("/", "%2F").removeprefix(
        "return_to="
    ) in page.url


# The list of invoices


async def test_the_list_is_newest_first_and_leads_to_a_page_to_print_and_download(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    invoices = [await customer.invoice(), await customer.invoice("99.50")]
    numbers = [await number_of(owner, one) for one in invoices]

    async def printed() -> bool:
        return (await owner.invoice(invoices[0]))["document"]["state"] == "READY"

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


async def test_a_new_invoice_and_its_payment_appear_by_themselves(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    old = await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await window.shows(await number_of(owner, old), "Due")
        await expect(window.page.locator(".connection[data-state=live]")).to_be_attached()
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
        await expect(window.page.locator(".connection[data-state=live]")).to_be_attached(timeout=15_000)
        session = await owner.open_checkout(invoice, return_to=demo.base_url)
        await gateway.pay(session["url"])
        await window.toast(f"{number} is paid")
        await window.shows(number, "Paid")


async def test_a_free_account_is_told_why_and_still_pays_what_is_unpaid(
    browser: Browser, demo: Demo, seller: Seller
) -> None:
    reference = f"free-{uuid4().hex[:8]}"
    mail = f"{reference}@customers.example"
    new = NewAccount(reference=reference, name="Free account", email=mail, plan=Plan.FREE, currency="INR")
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


# One invoice


async def test_an_invoice_s_page_tells_all_about_it(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice = await customer.invoice()
    session = await owner.open_checkout(invoice, return_to=demo.base_url)
    async with window_of(browser, demo, customer.token(), f"/invoices/{invoice}") as window:
        page = window.page
        await on_screen(window, f"Invoice {await number_of(owner, invoice)}")
        await expect(page.get_by_role("cell", name="API calls")).to_be_visible()
        await gateway.pay(session["url"])
        await expect(page.locator(".headline")).to_contain_text("Paid", timeout=20_000)
        await expect(page.get_by_role("region", name="Payments")).to_contain_text("Visa ending in 4242")
        why = page.get_by_role("region", name="Why does it show this?")
        await expect(why).to_contain_text("A payment was started")
        await expect(why).to_contain_text("The payment was reported as paid")
        await expect(page.get_by_role("link", name="Receipt RCT-")).to_be_visible(timeout=60_000)
        await expect(page.get_by_role("link", name="Download PDF")).to_be_visible(timeout=60_000)
        await expect(page.get_by_role("region", name="Sent to")).to_contain_text("Sent", timeout=60_000)


async def test_staff_settles_the_claim_of_a_customer_who_has_paid(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    # Two payments of the same amount may be the claimed one: only a person can tell.
    invoice = await customer.invoice()
    number = await number_of(owner, invoice)
    async with window_of(browser, demo, customer.token(), f"/invoices/{invoice}") as window:
        await window.page.get_by_text("I have already paid this").click()
        await window.page.get_by_label("Reference").fill("UTR 4711")
        await window.page.get_by_role("button", name="Search for my payment").click()
        await expect(window.page.get_by_text("It was not found for sure.")).to_be_visible(timeout=30_000)
        await window.page.get_by_role("link", name="Support case").first.click()
        await on_screen(window, "Says that it is paid")
        case_path = window.page.url.removeprefix(demo.base_url)

        async with window_of(browser, demo, demo.viewer("SUPPORT")["token"], "/desk") as desk:
            await desk.page.get_by_role("searchbox").fill(number)
            await desk.page.get_by_role("button", name="Search").click()
            await expect(desk.page.get_by_role("link", name=number).first).to_be_visible()
            await desk.go(case_path)
            await on_screen(desk, "Says that it is paid")
            await expect(desk.page.get_by_text("UTR 4711").first).to_be_visible()
            await desk.page.get_by_role("button", name="Close without a payment").click()
            await desk.page.get_by_label("What you found out").fill("The transfer went to another seller.")
            await desk.page.get_by_role("button", name="Close the case").click()
            await desk.toast("The case is closed")
        await expect(window.page.get_by_text("The transfer went to another").first).to_be_visible(timeout=20_000)
        await window.toast("Support has an answer for you")


async def test_staff_makes_a_payment_link_and_ends_it(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    invoice = await customer.invoice()
    async with window_of(browser, demo, demo.viewer("SUPPORT")["token"], f"/invoices/{invoice}") as window:
        await window.page.get_by_role("button", name="Make a payment link").click()
        link = window.page.get_by_role("textbox", name="One-time payment link")
        address = await link.input_value()
        assert address.startswith(f"{demo.base_url}/pay/")
        links = window.page.get_by_role("region", name="Payment links")
        await expect(links).to_contain_text("Can be used")
        await links.get_by_role("button", name="End the link").click()
        await expect(links).to_contain_text("Ended")
        await expect(link).to_have_count(0)


# Contacts


async def test_contacts_are_added_changed_and_removed_and_a_stale_change_asks(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    async with window_of(browser, demo, customer.token(), "/contacts") as window:
        page = window.page
        await expect(page.get_by_text("No contacts yet")).to_be_visible()
        await page.get_by_role("button", name="Add contact").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("Asha Rao")
        await dialog.get_by_label("Email").fill("asha@customers.example")
        await dialog.get_by_role("button", name="Add contact").click()
        await window.toast("Asha Rao receives invoices from now on")

        await page.get_by_role("button", name="Edit: Asha Rao").click()
        (contact,) = (
            await owner.ask("{ viewer { account { billingContacts { id version } } } }")
        )["viewer"]["account"]["billingContacts"]
        await rename(owner, contact, "Asha R. Rao")
        await dialog.get_by_label("Email").fill("asha.rao@customers.example")
        await dialog.get_by_role("button", name="Save").click()
        alert = dialog.get_by_role("alert")
        await expect(alert).to_contain_text("Somebody changed this contact while you were editing.")
        await expect(alert).to_contain_text("Asha R. Rao")
        await expect(dialog.get_by_label("Email")).to_have_value("asha.rao@customers.example")
        await alert.get_by_role("button", name="Take theirs").click()
        await expect(dialog.get_by_label("Name")).to_have_value("Asha R. Rao")
        await dialog.get_by_label("Email").fill("asha.rao@customers.example")
        await dialog.get_by_role("button", name="Save").click()
        await window.toast("Saved")
        await expect(page.get_by_role("listitem").filter(has_text="Asha R. Rao")).to_contain_text("asha.rao@")

        await page.get_by_role("button", name="Remove: Asha R. Rao").click()
        await dialog.get_by_role("button", name="Remove").click()
        await window.toast("Asha R. Rao receives no more invoices")
        await expect(page.get_by_text("No contacts yet")).to_be_visible()


async def rename(owner: GraphQL, contact: dict[str, object], name: str) -> None:
    """Somebody else changes a contact. The name of its id in the input is the schema's."""
    fields = await owner.ask('{ __type(name: "UpdateBillingContactInput") { inputFields { name } } }')
    (key,) = {one["name"] for one in fields["__type"]["inputFields"]} & {"id", "billingContactId"}
    mutation = """mutation($input: UpdateBillingContactInput!) {
      updateBillingContact(input: $input) { __typename }
    }"""
    changed = {key: contact["id"], "expectedVersion": contact["version"], "name": name}
    answer = await owner.ask(mutation, input=changed)
    assert answer["updateBillingContact"]["__typename"] == "UpdateBillingContactSuccess"


async def test_a_contact_whose_mail_comes_back_is_marked(
    browser: Browser, demo: Demo, customer: Customer, seller: Seller
) -> None:
    from service.store.database import execute
    from service.workflows import contacts

    await contacts.add(
        seller.ports, customer.id, idempotency_key="one", name="Gone", email="gone@customers.example", locale=None
    )
    await execute("UPDATE billing_contact SET status = 'BOUNCING' WHERE account_id = $1", customer.id)
    async with window_of(browser, demo, customer.token(), "/contacts") as window:
        row = window.page.get_by_role("listitem").filter(has_text="Gone")
        await expect(row).to_contain_text("Mail comes back")
        await expect(row).to_contain_text("Change it to send invoices there again.")


# Languages, colours, sizes


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_fits_the_smallest_phone(
    browser: Browser, demo: Demo, language: str
) -> None:
    token = demo.viewer("OWNER", account=1)["token"]
    async with window_of(browser, demo, token, language=language, **SMALLEST) as window:
        await on_screen(window, LANGUAGES[language])
        await expect(window.page.get_by_role("rowheader").first).to_be_visible()
        href = await window.page.locator(".month a").first.get_attribute("href")
        for path in ("/invoices", href, "/contacts", "/details", "/cases"):
            await window.go(str(path))
            await expect(window.page.get_by_role("heading", level=1)).to_be_visible()
            await window.page.wait_for_timeout(300)
            sizes = "[document.documentElement.scrollWidth, innerWidth]"
            wide, seen = await window.page.evaluate(sizes)
            assert wide <= seen, f"{path} is {wide} px wide"
        direction = await window.page.evaluate("getComputedStyle(document.body).direction")
        assert direction == ("rtl" if language == "ar" else "ltr")


async def test_the_language_is_changed_in_the_menu_and_kept(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await window.context.add_init_script("localStorage.removeItem('x')")
        await on_screen(window, "Invoices")
        await window.page.get_by_role("button", name="Account menu").click()
        await window.page.get_by_label("Language").select_option("ar")
        await on_screen(window, "الفواتير")
        assert await window.page.evaluate("[document.documentElement.dir, localStorage['paidup.language']]") == [
            "rtl",
            "ar",
        ]
        box = await window.page.locator(".account-menu").bounding_box()
        assert box is not None and box["x"] < 640


# Quality


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_screen(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway, scheme: str
) -> None:
    first, second = await customer.invoices(2)
    session = await owner.open_checkout(first, return_to=demo.base_url)
    await gateway.pay(session["url"])
    live = await owner.open_checkout(second, return_to=demo.base_url)
    found: dict[str, list[str]] = {}

    async def look(window: Window, path: str, heading: str) -> None:
        await window.go(path)
        await on_screen(window, heading)
        await expect(window.page.locator("[role=status].bones")).to_have_count(0)
        await window.page.wait_for_timeout(250)
        if complaints := await window.complaints_of_axe():
            found[path] = complaints

    async with window_of(browser, demo, customer.token(), color_scheme=scheme) as window:
        await look(window, "/invoices", "Invoices")
        await window.page.get_by_role("button", name="Account menu").click()
        found |= {"menu": one for one in [await window.complaints_of_axe()] if one}
        await look(window, "/invoices?number=NONE", "Invoices")
        await look(window, f"/invoices/{first}", "Invoice INV")
        await look(window, f"/invoices/{second}", "Invoice INV")
        await look(window, f"/invoices/pay?invoices={second}&key=a", "Pay invoice")
        await look(window, f"/invoices/pay?invoices={second}&key=a&checkout={live['id']}", "Pay invoice")
        await look(window, f"/invoices/pay?invoices={first}&key=a&checkout={session['id']}", "Pay invoice")
        await look(window, "/contacts", "Billing contacts")
        await window.page.get_by_role("button", name="Add contact").click()
        found |= {"dialog": one for one in [await window.complaints_of_axe()] if one}
        await look(window, "/details", "Billing details")
        await look(window, "/cases", "Support cases")
        await look(window, "/nowhere", "There is no such page")
    async with window_of(browser, demo, demo.viewer("SUPPORT")["token"], "/desk", color_scheme=scheme) as desk:
        await look(desk, "/desk", "Support desk")
        await look(desk, f"/desk/accounts/{customer.public_id}", "Customer customer-")
        await look(desk, f"/invoices/{second}", "Invoice INV")
    assert found == {}


async def test_the_first_screen_is_there_within_a_second_and_nothing_jumps(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    await customer.invoices(3)
    async with window_of(browser, demo, customer.token()) as window:
        await expect(window.page.get_by_role("rowheader").first).to_be_visible()
        await window.page.wait_for_timeout(1_000)
        await window.go("/invoices")
        await expect(window.page.get_by_role("rowheader").first).to_be_visible()
        shown_ms = await window.page.evaluate("performance.now()")
        painted_ms = await window.page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )
        await window.page.wait_for_timeout(1_500)
        assert painted_ms < 1_000
        assert shown_ms < 3_000
        assert await window.shift() < 0.02, await window.page.evaluate("window.shifts")
        assert [one for one in await window.page.evaluate("window.longTasks") if one > 200] == []


async def test_a_network_of_three_seconds_shows_bones_and_then_the_list(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    number = await number_of(owner, await customer.invoice())
    async with window_of(browser, demo, customer.token()) as window:
        await window.shows(number, "Due")
        session = await window.context.new_cdp_session(window.page)
        slow = {"offline": False, "latency": 3_000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
        await session.send("Network.enable")
        await session.send("Network.emulateNetworkConditions", slow)
        await window.go("/invoices")
        await expect(window.page.locator(".bone").first).to_be_visible(timeout=30_000)
        await window.shows(number, "Due", within=40)
        assert await window.shift() < 0.02, await window.page.evaluate("window.shifts")


# Inside of another product


EMBEDDING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A product</title>
<link rel="icon" href="data:,"><h1>A product</h1>
<paidup-invoices endpoint="ENDPOINT" locale="en-IN" documents="text"></paidup-invoices>
<p id="said"></p>
<script type="module" src="SCRIPT"></script>
<script>
  const element = document.querySelector("paidup-invoices");
  element.token = TOKEN;
  for (const name of ["paidup-paid", "paidup-token-expired"])
    element.addEventListener(name, event =>
      { document.getElementById("said").textContent += `${name} ${JSON.stringify(event.detail)} `; });
</script></html>"""


def embedding(demo: Demo, token: str) -> bytes:
    html = EMBEDDING.replace("ENDPOINT", demo.graphql_url).replace("TOKEN", json.dumps(token))
    return html.replace("SCRIPT", f"{demo.base_url}/paidup-invoices.js").encode()


async def embedded(browser: Browser, app: PayersApp, page_source: bytes) -> Page:
    app.page = page_source
    page = await browser.new_page(viewport={"width": 1100, "height": 800})
    await page.goto(f"{app.url}/billing")
    return page


async def test_the_element_lists_and_pays_in_a_plain_page(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, app: PayersApp
) -> None:
    invoice = await customer.invoice()
    number = await number_of(owner, invoice)
    page = await embedded(browser, app, embedding(demo, customer.token()))
    row = page.get_by_role("row").filter(has_text=number)
    await expect(row).to_contain_text("Due")
    await row.get_by_role("link", name=f"Pay {number}").click()
    async with page.context.expect_page() as opening:
        await page.get_by_role("button", name="Pay ₹").click()
    card_page = await opening.value
    await card_page.wait_for_url("**/c/pay/**")
    await pay(card_page, CARD)
    await expect(page.get_by_role("heading", name="Paid. Thank you.")).to_be_visible(timeout=20_000)
    await closed(card_page)
    await expect(page.locator("#said")).to_have_text(f'paidup-paid {{"invoiceIds":["{invoice}"]}}')
    assert page.url == f"{app.url}/billing"
    await page.get_by_role("button", name="Back to invoices").click()
    await expect(row).to_contain_text("Paid")


async def test_the_element_asks_its_page_for_another_token(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, app: PayersApp
) -> None:
    number = await number_of(owner, await customer.invoice())
    page = await embedded(browser, app, embedding(demo, "not.a.token"))
    await expect(page.locator("#said")).to_contain_text("paidup-token-expired null")
    await page.evaluate(
        "token => { document.querySelector('paidup-invoices').token = token }", customer.token()
    )
    await expect(page.get_by_role("row").filter(has_text=number)).to_contain_text("Due", timeout=20_000)


async def test_staff_finds_nothing_under_a_number_that_is_nobody_s(browser: Browser, demo: Demo) -> None:
    async with window_of(browser, demo, demo.viewer("SUPPORT")["token"], "/desk") as window:
        await window.page.get_by_role("searchbox").fill("INV-0000-000000")
        await window.page.get_by_role("button", name="Search").click()
        await expect(window.page.get_by_text("Nothing was found")).to_be_visible()


async def test_members_read_and_staff_is_led_to_its_desk(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token(Role.MEMBER), "/contacts") as window:
        await expect(window.page.get_by_text("Owners and finance can change contacts.")).to_be_visible()
        await expect(window.page.get_by_role("button", name="Add contact")).to_have_count(0)
    async with window_of(browser, demo, demo.viewer("OPERATOR")["token"], "/") as desk:
        await on_screen(desk, "Support desk")


