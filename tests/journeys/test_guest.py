"""A guest pays by a link in a real browser, with scripts and without, and gets the invoice."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from service.billing.ids import decode
from service.workflows import payment_links
from service.workflows.payment_links import LinkRequest
from tests.support.browser import CARD, DECLINED, Complaints, fill_card
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL, eventually
from tests.support.processes import Demo
from tests.support.seller import Customer

PRINTED_S = 60.0


async def link_to(customer: Customer, demo: Demo, invoice: str) -> str:
    """A one-time link, as the seller's staff makes it, under the demo's own address."""
    request = LinkRequest(decode(invoice)[1], "rita@seller.example", uuid4().hex)
    made = await payment_links.create(customer.seller.ports, customer.id, request)
    assert made.url is not None
    return f"{demo.base_url}/pay/{made.url.rpartition('/')[2]}"


async def printed(owner: GraphQL, invoice: str) -> None:
    async def is_ready() -> bool:
        document = (await owner.invoice(invoice))["document"]
        return document is not None and document["state"] == "READY"

    await eventually(is_ready, within=PRINTED_S, why="the PDF is printed")


async def visitor(browser: Browser, *, scripts: bool) -> Page:
    """Somebody whom nobody here knows."""
    context = await browser.new_context(java_script_enabled=scripts, accept_downloads=True)
    return await context.new_page()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_guest_pays_by_the_link_and_downloads_the_invoice(
    customer: Customer,
    owner: GraphQL,
    demo: Demo,
    browser: Browser,
    gateway: Gateway,
    tmp_path: Path,
    scripts: bool,
) -> None:
    invoice = await customer.invoice()
    await printed(owner, invoice)
    link = await link_to(customer, demo, invoice)
    page = await visitor(browser, scripts=scripts)
    complaints = Complaints()
    complaints.watch(page, demo.base_url, gateway.url)

    await page.goto(link)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Invoice INV-")
    await expect(page.locator(".figure")).to_contain_text("1,250.00")
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.get_by_label("Card number")).to_be_visible()
    await fill_card(page, CARD)
    await page.wait_for_url(f"{demo.base_url}/pay/return/**")
    await expect(page.get_by_role("status")).to_contain_text("Paid")

    await expect(page.get_by_text("Visa ending in 4242")).to_be_visible()
    paid = await owner.invoice(invoice)
    assert (paid["status"], paid["amountDue"]["minorUnits"]) == ("PAID", "0")
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Download the PDF").click()
    download = await started.value
    await download.save_as(tmp_path / "invoice.pdf")
    assert download.suggested_filename == f"{paid['number']}.pdf"
    assert (tmp_path / "invoice.pdf").read_bytes().startswith(b"%PDF-")
    await page.get_by_role("link", name="View the invoice").click()
    await expect(page.locator(".sheet")).to_contain_text(paid["number"])
    assert complaints.errors == []
    assert complaints.strayed == []


async def test_the_back_button_and_the_link_itself_lead_the_payer_on(
    customer: Customer, owner: GraphQL, demo: Demo, browser: Browser, gateway: Gateway
) -> None:
    invoice = await customer.invoice()
    link = await link_to(customer, demo, invoice)
    page = await visitor(browser, scripts=True)
    await page.goto(link)
    await page.get_by_role("button", name="Continue to payment").click()
    await fill_card(page, DECLINED)
    await expect(page.get_by_role("alert")).to_contain_text("declined")

    await page.goto(link)
    await page.wait_for_url(f"{demo.base_url}/pay/return/**")
    await expect(page.get_by_role("status")).to_contain_text("Not paid yet")
    stranger = await visitor(browser, scripts=True)
    await stranger.goto(link)
    await expect(stranger.get_by_role("heading", level=1)).to_have_text("This link is not open")

    await page.get_by_role("link", name="Back to the payment page").click()
    await fill_card(page, CARD)
    await page.wait_for_url(f"{demo.base_url}/pay/return/**")
    await expect(page.get_by_role("status")).to_contain_text("Paid")
    paid = await owner.invoice(invoice)
    assert paid["status"] == "PAID"
    assert len(paid["payments"]["nodes"]) == 1


async def test_a_bank_debit_turns_to_paid_on_the_page_without_a_script(
    customer: Customer, owner: GraphQL, demo: Demo, browser: Browser
) -> None:
    invoice = await customer.invoice()
    page = await visitor(browser, scripts=False)
    await page.goto(await link_to(customer, demo, invoice))
    await page.get_by_role("button", name="Continue to payment").click()
    await page.get_by_label("Bank debit").check()
    await page.get_by_label("Name on card or account").fill("Asha Rao")
    await page.locator("button.pay").click()
    await page.wait_for_url(f"{demo.base_url}/pay/return/**")

    await expect(page.get_by_role("status")).to_contain_text("Your payment is on its way")
    await expect(page.get_by_role("status")).to_contain_text("Thank you.", timeout=30_000)
    assert (await owner.invoice(invoice))["status"] == "PAID"
