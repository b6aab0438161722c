"""The dashboard in every language and size, for everybody, and how fast and steady it is."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.support.dashboard import SMALLEST, Window, number_of, window_of
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL
from tests.support.processes import Demo
from tests.support.seller import Customer, Seller

LANGUAGES = {"en": "Invoices", "de": "Rechnungen", "hi": "इनवॉइस", "ar": "الفواتير", "ja": "請求書"}
SHIFT_MAX = 0.02


# Languages, colours, sizes


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_fits_the_smallest_phone(
    browser: Browser, demo: Demo, language: str
) -> None:
    token = demo.viewer("OWNER", account=1)["token"]
    async with window_of(browser, demo, token, language=language, **SMALLEST) as window:
        await window.is_on(LANGUAGES[language])
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


# What is not within its row of the list or lies over something else there, two heights of rows, and
# amounts that stand alone but not in the middle of a wide row.
_ASTRAY = """(() => {
const astray = [], heights = new Set();
const boxOf = (one) => one.getBoundingClientRect();
for (const row of document.querySelectorAll(".invoices tbody tr")) {
  const of = boxOf(row);
  heights.add(Math.round(of.height));
  for (const part of row.querySelectorAll("td *, th *")) {
    const box = boxOf(part);
    const isWithin = box.top >= of.top && box.bottom <= of.bottom
      && box.left >= of.left && box.right <= of.right;
    if (box.width && !isWithin) astray.push(`outside: ${part.tagName} ${part.textContent}`);
  }
  const middleOf = (one) => boxOf(one).top + boxOf(one).height / 2;
  if (innerWidth >= 1080 && !row.querySelector(".also span")
      && Math.abs(middleOf(row.querySelector(".amount")) - middleOf(row)) > 1.5)
    astray.push(`${row.querySelector(".amount").textContent} is not in the middle`);
  const boxes = [...row.querySelectorAll(".button, .badge, .also span, .amount, .month a, .number")]
    .map((one) => [one.textContent, boxOf(one)]).filter(([, box]) => box.width);
  for (const [name, one] of boxes) for (const [other, two] of boxes)
    if (name < other && one.left < two.right && two.left < one.right
        && one.top < two.bottom && two.top < one.bottom) astray.push(`${name} over ${other}`);
}
if (heights.size > 1) astray.push(`rows are ${[...heights]} px high`);
return astray;
})()"""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_invoice_that_is_paid_in_part_keeps_within_its_row_at_every_width(
    browser: Browser, demo: Demo, seller: Seller, language: str
) -> None:
    customer = await seller.customer("USD")
    partly = await customer.invoice("98765.43")
    await customer.transfer(partly, 1_234_567)
    await customer.transfer(await customer.invoice("98765.43"), 9_876_543)
    await customer.invoice("98765.43")
    async with window_of(browser, demo, customer.token(), language=language) as window:
        await expect(window.page.locator(".also span")).to_have_count(3)
        astray: dict[int, list[str]] = {}
        for width in (360, 390, 600, 779, 780, 820, 1079, 1080, 1280, 1440):
            await window.page.set_viewport_size({"width": width, "height": 800})
            if found := await window.page.evaluate(_ASTRAY):
                astray[width] = found
        assert astray == {}


async def test_nothing_is_left_empty_beside_the_page_for_a_scrollbar(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token()) as window:
        await window.is_on("Invoices")
        for width, overflow in ((390, "visible"), (1280, "scroll")):
            await window.page.set_viewport_size({"width": width, "height": 800})
            seen = await window.page.evaluate(
                """[document.querySelector(".top-bar").getBoundingClientRect().width,
                  getComputedStyle(document.documentElement).overflowY]"""
            )
            # A headless browser's scrollbar takes no place.
            assert seen == [width, overflow]


async def test_the_language_is_changed_in_the_menu_and_kept(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    await customer.invoice()
    async with window_of(browser, demo, customer.token()) as window:
        await window.is_on("Invoices")
        await window.page.get_by_role("button", name="Account menu").click()
        await window.page.get_by_label("Language").select_option("ar")
        await window.is_on("الفواتير")
        assert await window.page.evaluate(
            "[document.documentElement.dir, localStorage['paidup.language']]"
        ) == [
            "rtl",
            "ar",
        ]
        box = await window.page.locator(".account-menu").bounding_box()
        assert box is not None
        assert box["x"] < 640


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

    async def check(window: Window, what: str) -> None:
        if complaints := await window.complaints_of_axe():
            found[what] = complaints

    async def look(window: Window, path: str, heading: str) -> None:
        await window.go(path)
        await window.is_on(heading)
        await expect(window.page.locator("[role=status].bones")).to_have_count(0)
        await window.page.wait_for_timeout(250)
        await check(window, path)

    async with window_of(browser, demo, customer.token(), color_scheme=scheme) as window:
        await look(window, "/invoices", "Invoices")
        await window.page.get_by_role("button", name="Account menu").click()
        await check(window, "menu")
        await look(window, "/invoices?number=NONE", "Invoices")
        await look(window, f"/invoices/{first}", "Invoice INV")
        await look(window, f"/invoices/{second}", "Invoice INV")
        await look(window, f"/invoices/pay?invoices={second}&key=a", "Pay invoice")
        await look(
            window, f"/invoices/pay?invoices={second}&key=a&checkout={live['id']}", "Pay invoice"
        )
        await look(
            window, f"/invoices/pay?invoices={first}&key=a&checkout={session['id']}", "Pay invoice"
        )
        await look(window, "/contacts", "Billing contacts")
        await window.page.get_by_role("button", name="Add contact").click()
        await check(window, "dialog")
        await look(window, "/details", "Billing details")
        await window.page.get_by_role("button", name="Edit").click()
        await check(window, "details dialog")
        await look(window, "/cases", "Support cases")
        await look(window, "/nowhere", "There is no such page")
    async with window_of(
        browser, demo, demo.viewer("SUPPORT")["token"], "/desk", color_scheme=scheme
    ) as desk:
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
        assert await window.shift() < SHIFT_MAX, await window.page.evaluate("window.shifts")
        assert [one for one in await window.page.evaluate("window.longTasks") if one > 200] == []


async def test_a_network_of_three_seconds_shows_bones_and_then_the_list(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    number = await number_of(owner, await customer.invoice())
    async with window_of(browser, demo, customer.token()) as window:
        await window.shows(number, "Due")
        session = await window.context.new_cdp_session(window.page)
        slow = {
            "offline": False,
            "latency": 3_000,
            "downloadThroughput": 50_000,
            "uploadThroughput": 50_000,
        }
        await session.send("Network.enable")
        await session.send("Network.emulateNetworkConditions", slow)
        await window.go("/invoices")
        await expect(window.page.locator(".bone").first).to_be_visible(timeout=30_000)
        await window.shows(number, "Due", within=40)
        assert await window.shift() < SHIFT_MAX, await window.page.evaluate("window.shifts")
