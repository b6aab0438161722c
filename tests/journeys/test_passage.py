"""A browser on its way to a gateway that wants a form, and back: with scripts and without."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.async_api import Browser, expect

from service.billing.payment import PaymentStatus
from service.serving import bind, listening
from service.store.records import Payment
from service.workflows import checkout
from service.workflows.checkout import CheckoutRequest
from service.workflows.pages import address_of
from tests.api.harness import open_api
from tests.support.browser import Complaints, PayersApp
from tests.support.redirect_gateway import NAME, RedirectGateway
from tests.support.redirect_provider import RedirectProvider
from tests.support.shop import Shop


def origin_of(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
async def provider(shop: Shop, app: PayersApp, tmp_path: Path) -> AsyncIterator[RedirectProvider]:
    """The provider as the shop's gateway; everybody's pages are on this machine."""
    app.page = b'<link rel="icon" href="data:,"><h1>Thank you</h1>'
    there, here = bind("127.0.0.1", 0), bind("127.0.0.1", 0)
    provider = RedirectProvider(shop.clock, origin_of(there))
    shop.with_ports(
        gateway=RedirectGateway(provider, f"{origin_of(here)}/callbacks/{NAME}"),
        policy=replace(shop.ports.policy, base_url=origin_of(here), return_origins=(app.url,)),
    )
    async with listening(provider.app, there), listening(open_api(shop, tmp_path).app, here):
        yield provider


async def begun(shop: Shop, app: PayersApp) -> tuple[UUID, Payment]:
    account = await shop.account()
    request = CheckoutRequest(
        invoice_ids=((await shop.invoice(account)).id,),
        idempotency_key="k",
        success_url=f"{app.url}/paid?checkout={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{app.url}/invoices",
        payer_email="payer@northwind.example",
    )
    return account, (await checkout.start(shop.ports, account, request)).payment


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
async def test_a_payer_is_taken_to_the_gateways_form_pays_and_is_brought_back(
    browser: Browser, shop: Shop, app: PayersApp, provider: RedirectProvider, scripts: bool
) -> None:
    account, payment = await begun(shop, app)
    page = await browser.new_page(java_script_enabled=scripts)
    complaints = Complaints()
    complaints.watch(page, shop.ports.policy.base_url, provider.origin, app.url)
    await page.goto(app.url)
    await page.goto(address_of(shop.ports, payment) or "")
    heading = page.get_by_role("heading")
    go_on = page.get_by_role("button", name="Continue to payment")
    if not scripts:
        await expect(heading).to_have_text("To the payment page")
        link = page.get_by_role("link")
        await expect(link).to_have_attribute("href", f"{app.url}/invoices")
        await go_on.click()
    await expect(heading).to_have_text("INR 9,495.52")
    assert urlsplit(page.url).path == "/checkout"
    await page.go_back()
    await expect(heading).to_have_text("Thank you" if scripts else "To the payment page")
    await page.go_forward()
    await expect(heading).to_have_text("INR 9,495.52")
    await page.get_by_role("button", name="success").click()
    await page.get_by_role("button", name="Back to the shop").click()
    await expect(heading).to_have_text("Thank you")
    assert page.url == f"{app.url}/paid?checkout={payment.session_id}"
    assert (await shop.payment(account, payment.id)).status is PaymentStatus.CAPTURED
    assert (complaints.errors, complaints.strayed) == ([], [])
