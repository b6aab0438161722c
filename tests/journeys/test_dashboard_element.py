"""The element `<paidup-invoices>` in a plain page of another product."""

from __future__ import annotations

import json
from datetime import timedelta

from playwright.async_api import Browser, Page, expect

from tests.support.browser import CARD, PayersApp
from tests.support.dashboard import closed, number_of, pay
from tests.support.graphql import GraphQL
from tests.support.processes import Demo
from tests.support.seller import Customer, Seller

EMBEDDING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A product</title>
<link rel="icon" href="data:,"><h1>A product</h1>
<paidup-invoices endpoint="ENDPOINT" locale="en-IN" documents="text"></paidup-invoices>
<p id="said"></p>
<script type="module" src="SCRIPT"></script>
<script>
  const element = document.querySelector("paidup-invoices");
  element.token = TOKEN;
  for (const name of ["paidup-paid", "paidup-token-expired"])
    element.addEventListener(name, ({detail}) => {
      document.getElementById("said").textContent += `${name} ${JSON.stringify(detail)} `;
    });
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
    place = f"{demo.base_url}/invoices"
    month = row.get_by_role("link", name="January 2024")
    await expect(month).to_have_attribute("href", f"{place}/{invoice}")
    await month.click()
    back = page.get_by_role("link", name="Invoices", exact=True)
    await expect(back).to_have_attribute("href", place)
    await back.click()
    to_pay = row.get_by_role("link", name=f"Pay {number}")
    await expect(to_pay).to_have_attribute("href", f"{place}/pay?invoices={invoice}")
    await to_pay.click()
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
    await expect(page.get_by_role("row").filter(has_text=number)).to_contain_text(
        "Due", timeout=20_000
    )


async def test_the_element_shows_nothing_of_who_has_signed_out(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, app: PayersApp
) -> None:
    number = await number_of(owner, await customer.invoice())
    page = await embedded(browser, app, embedding(demo, customer.token()))
    row = page.get_by_role("row").filter(has_text=number)
    await expect(row).to_contain_text("Due")
    await page.evaluate("document.querySelector('paidup-invoices').token = ''")
    await expect(row).to_have_count(0)
    await page.evaluate(
        "token => { document.querySelector('paidup-invoices').token = token }", customer.token()
    )
    await expect(row).to_contain_text("Due")


async def test_the_element_shows_nothing_of_who_was_there_before(
    browser: Browser,
    demo: Demo,
    customer: Customer,
    owner: GraphQL,
    seller: Seller,
    app: PayersApp,
) -> None:
    number = await number_of(owner, await customer.invoice())
    other = await seller.customer()
    page = await embedded(browser, app, embedding(demo, customer.token()))
    await expect(page.get_by_role("row").filter(has_text=number)).to_contain_text("Due")
    renewed = customer.token(lasting=timedelta(minutes=7))
    assert number in await shown_after(page, renewed)
    # Looked at in the same turn, and in each frame of the second after it.
    assert number not in await shown_after(page, other.token())


async def shown_after(page: Page, token: str) -> str:
    """All that the element shows from the moment on at which another token is set."""
    shown: str = await page.evaluate(
        """async token => {
          const element = document.querySelector("paidup-invoices");
          element.token = token;
          const texts = [];
          for (const end = performance.now() + 1000; performance.now() < end;) {
            texts.push(element.shadowRoot.textContent);
            await new Promise(requestAnimationFrame);
          }
          return texts.join(" ");
        }""",
        token,
    )
    return shown
