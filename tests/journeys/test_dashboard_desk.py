"""One invoice, contacts, claims, and the desk of the seller's support, in a real browser."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import httpx
from playwright.async_api import Browser, Locator, expect

from service.billing.people import Role
from service.store.database import execute
from service.workflows import contacts
from tests.support.dashboard import number_of, window_of
from tests.support.gateway import Gateway
from tests.support.graphql import GraphQL
from tests.support.processes import Demo
from tests.support.seller import Customer, Seller

# One invoice


async def test_an_invoice_s_page_tells_all_about_it(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice, untouched = await customer.invoices(2)
    session = await owner.open_checkout(invoice, return_to=demo.base_url)
    async with window_of(browser, demo, customer.token(), f"/invoices/{invoice}") as window:
        page = window.page
        await window.is_on(f"Invoice {await number_of(owner, invoice)}")
        await expect(page.get_by_role("cell", name="API calls")).to_be_visible()
        await window.go(f"/invoices/{untouched}")
        why = page.get_by_role("region", name="Why does it show this?")
        await expect(why).to_contain_text(
            re.compile(r"Issued \w+ \d+, \d{4}, due \w+ \d+, \d{4}\. No payment was seen\.")
        )
        await window.go(f"/invoices/{invoice}")
        await expect(why).to_contain_text("A payment was started")
        await gateway.pay(session["url"])
        await expect(page.locator(".headline")).to_contain_text("Paid", timeout=20_000)
        await expect(page.get_by_role("region", name="Payments")).to_contain_text(
            "Visa ending in 4242"
        )
        await expect(why).to_contain_text("The payment was reported as paid")
        await expect(page.get_by_role("link", name="Receipt RCT-")).to_be_visible(timeout=60_000)
        await expect(page.get_by_role("link", name="Download PDF")).to_be_visible(timeout=60_000)
        await expect(page.get_by_role("region", name="Sent to")).to_contain_text(
            "Sent", timeout=60_000
        )


async def paid_elsewhere(demo: Demo, gateway: Gateway, customer: Customer, minor: int) -> None:
    """A payment made at the gateway without us, as by a link that somebody sent by hand."""
    keys = json.loads((demo.folder / "demo" / "sandbox-keys.json").read_text())
    price = "line_items[0][price_data]"
    order = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": f"{demo.base_url}/static/return/paid.html",
        "line_items[0][quantity]": "1",
        f"{price}[currency]": "inr",
        f"{price}[unit_amount]": str(minor),
        f"{price}[product_data][name]": "By hand",
    }
    headers = {"authorization": f"Bearer {keys['api_key']}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, trust_env=False) as http:
        made = (await http.post("/v1/checkout/sessions", data=order)).raise_for_status().json()
    (row,) = await customer.seller.fetch("SELECT email FROM account WHERE id = $1", customer.id)
    assert await gateway.acts(f"sessions/{made['id']}/pay", outcome="success", email=row["email"])


async def test_staff_settles_the_claim_of_a_customer_who_has_paid(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL, gateway: Gateway
) -> None:
    invoice = await customer.invoice("4711.00")
    # Two payments may be the claimed one: only a person can tell which.
    for _ in range(2):
        await paid_elsewhere(demo, gateway, customer, 471_100)
    path = f"/invoices/{invoice}"
    async with window_of(browser, demo, customer.token(), path) as window:
        page = window.page
        await page.get_by_text("I have already paid this").click()
        await page.get_by_label("Reference").fill("UTR 4711")
        await page.get_by_role("button", name="Search for my payment").click()
        review = page.get_by_text("It was not found for sure.")
        await expect(review).to_be_visible(timeout=30_000)
        await page.get_by_role("link", name="Support case").first.click()
        await window.is_on("Says that it is paid")
        case = page.url.removeprefix(demo.base_url)

        async with window_of(browser, demo, demo.viewer("SUPPORT")["token"], case) as desk:
            await desk.is_on("Says that it is paid")
            await expect(desk.page.get_by_text("UTR 4711").first).to_be_visible()
            candidates = desk.page.get_by_role("region", name="Payments that it may be")
            await expect(candidates.get_by_role("listitem")).to_have_count(2)
            await candidates.get_by_role("button", name="This is the payment").first.click()
            dialog = desk.page.get_by_role("dialog")
            await dialog.get_by_label("What you found out").fill("Paid by the link of October.")
            await dialog.get_by_role("button", name="This is the payment").click()
            await desk.toast("The claim is settled")
        await expect(page.get_by_text("Paid by the link of October.").first).to_be_visible()
        await window.toast("Support has an answer for you")
    assert (await owner.invoice(invoice))["displayStatus"] == "PAID"


async def test_staff_finds_an_invoice_by_its_number_and_closes_a_case_without_a_payment(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    number = await number_of(owner, await customer.invoice("1233.00"))
    claim = """mutation($input: ClaimPaidInput!) {
      claimPaid(input: $input) { ... on ClaimUnderReview { supportCase { id } } }
    }"""
    said = {"idempotencyKey": uuid4().hex, "invoiceNumber": number}
    case = (await owner.ask(claim, input=said))["claimPaid"]["supportCase"]["id"]
    account = (await owner.ask("{ viewer { account { name } } }"))["viewer"]["account"]
    token = demo.viewer("SUPPORT")["token"]
    async with window_of(browser, demo, token, "/desk") as desk:
        await desk.page.get_by_role("searchbox").fill(number.lower())
        await desk.page.get_by_role("button", name="Search").click()
        found = desk.page.get_by_role("region", name="Invoices").get_by_role("link", name=number)
        await expect(found).to_be_visible()
        await found.click()
        await desk.page.locator("main").get_by_role("link", name=account["name"]).click()
        await expect(desk.page.get_by_role("heading", name=account["name"])).to_be_visible()
        await desk.go(f"/cases/{case}")
        await expect(desk.page.get_by_text("No payment was found that it may be.")).to_be_visible()
        await desk.page.get_by_role("button", name="Close without a payment").click()
        dialog = desk.page.get_by_role("dialog")
        await dialog.get_by_label("What you found out").fill("It went to another seller.")
        await dialog.get_by_role("button", name="Close the case").click()
        await desk.toast("The case is closed")
        await expect(desk.page.locator(".headline")).to_contain_text("Resolved")


async def test_staff_makes_a_payment_link_and_ends_it(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    invoice = await customer.invoice()
    async with window_of(
        browser, demo, demo.viewer("SUPPORT")["token"], f"/invoices/{invoice}"
    ) as window:
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
        (contact,) = (await owner.ask("{ viewer { account { billingContacts { id version } } } }"))[
            "viewer"
        ]["account"]["billingContacts"]
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
        await expect(page.get_by_role("listitem").filter(has_text="Asha R. Rao")).to_contain_text(
            "asha.rao@"
        )

        await page.get_by_role("button", name="Remove: Asha R. Rao").click()
        await dialog.get_by_role("button", name="Remove").click()
        await window.toast("Asha R. Rao receives no more invoices")
        await expect(page.get_by_text("No contacts yet")).to_be_visible()


async def rename(owner: GraphQL, contact: dict[str, object], name: str) -> None:
    """Somebody else changes a contact. The name of its id in the input is the schema's."""
    fields = await owner.ask(
        '{ __type(name: "UpdateBillingContactInput") { inputFields { name } } }'
    )
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
    await contacts.add(
        seller.ports,
        customer.id,
        idempotency_key="one",
        name="Gone",
        email="gone@customers.example",
        locale=None,
    )
    await execute(
        "UPDATE billing_contact SET status = 'BOUNCING' WHERE account_id = $1", customer.id
    )
    async with window_of(browser, demo, customer.token(), "/contacts") as window:
        row = window.page.get_by_role("listitem").filter(has_text="Gone")
        await expect(row).to_contain_text("Mail comes back")
        await expect(row).to_contain_text("Change it to send invoices there again.")


async def test_an_invoice_is_sent_again_once_a_minute(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    invoice = await customer.invoice()
    path = f"/invoices/{invoice}"
    async with window_of(browser, demo, customer.token(), path) as window:
        sent_to = window.page.get_by_role("region", name="Sent to")
        await expect(sent_to.get_by_role("listitem")).to_have_count(1)
        await expect(sent_to.get_by_text("Sent", exact=True)).to_be_visible(timeout=60_000)
        await sent_to.get_by_role("button", name="Send again").click()
        await window.toast("That was done a moment ago.")
        await execute("UPDATE delivery SET created_at = created_at - interval '2 minutes'")
        await sent_to.get_by_role("button", name="Send again").click()
        await window.toast("It is being sent again.")
        await expect(sent_to.get_by_role("listitem")).to_have_count(2)


async def test_billing_details_are_changed_and_a_stale_change_keeps_what_nobody_else_touched(
    browser: Browser, demo: Demo, customer: Customer, owner: GraphQL
) -> None:
    async with window_of(browser, demo, customer.token(), "/details") as window:
        await window.page.get_by_role("button", name="Edit").click()
        dialog = window.page.get_by_role("dialog")
        mutation = """mutation($input: UpdateBillingDetailsInput!) {
          updateBillingDetails(input: $input) { __typename }
        }"""
        theirs = {"expectedVersion": 0, "name": "Rao & Sons", "email": "books@rao.example"}
        version = "{ viewer { account { version } } }"
        theirs["expectedVersion"] = (await owner.ask(version))["viewer"]["account"]["version"]
        await owner.ask(mutation, input=theirs)

        await fill_details(dialog, name="Rao and Sons", town="Pune")
        await dialog.get_by_role("button", name="Save").click()
        changed = dialog.get_by_role("alert")
        await expect(changed).to_contain_text("Somebody else changed the billing details.")
        await expect(dialog.get_by_label("Name")).to_have_value("Rao & Sons")
        await expect(dialog.get_by_label("Email")).to_have_value("books@rao.example")
        await expect(dialog.get_by_label("Street")).to_have_value("12 MG Road\nCamp")
        await expect(dialog.get_by_label("City")).to_have_value("Pune")
        await expect(dialog.get_by_label("Country")).to_have_value("IN")
        await dialog.get_by_label("Name").fill("Rao & Daughters")
        await dialog.get_by_role("button", name="Save").click()
        await window.toast("Your billing details are saved")
        shown = window.page.locator(".facts")
        await expect(shown).to_contain_text("Rao & Daughters")
        await expect(shown).to_contain_text("books@rao.example")
        await expect(shown).to_contain_text("411001 Pune")
        await expect(shown).to_contain_text("India")


async def fill_details(dialog: Locator, *, name: str, town: str) -> None:
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("Street").fill("12 MG Road\nCamp")
    await dialog.get_by_label("City").fill(town)
    await dialog.get_by_label("Postal code").fill("411001")
    await dialog.get_by_label("Country").select_option("IN")


# Staff


async def test_staff_finds_an_account_by_the_beginning_of_its_name(
    browser: Browser, demo: Demo
) -> None:
    token = demo.viewer("SUPPORT")["token"]
    async with window_of(browser, demo, token, "/desk") as desk:
        await desk.page.get_by_role("searchbox").fill("druckerei")
        await desk.page.get_by_role("button", name="Search").click()
        await desk.page.get_by_role("link", name="Druckerei Müller & Söhne GmbH").click()
        await desk.is_on("Druckerei Müller & Söhne GmbH")
        await expect(desk.page.get_by_text("DE136695976")).to_be_visible()
        contacts_listed = desk.page.get_by_role("region", name="Contacts")
        await expect(contacts_listed).to_contain_text("Jürgen Groß")


async def test_staff_finds_nothing_under_a_number_that_is_nobody_s(
    browser: Browser, demo: Demo
) -> None:
    async with window_of(browser, demo, demo.viewer("SUPPORT")["token"], "/desk") as window:
        await window.page.get_by_role("searchbox").fill("INV-0000-000000")
        await window.page.get_by_role("button", name="Search").click()
        await expect(window.page.get_by_text("Nothing was found")).to_be_visible()
        await expect(window.page.get_by_text("are found by their beginning")).to_be_visible()


async def test_members_read_and_staff_is_led_to_its_desk(
    browser: Browser, demo: Demo, customer: Customer
) -> None:
    async with window_of(browser, demo, customer.token(Role.MEMBER), "/contacts") as window:
        await expect(
            window.page.get_by_text("Owners and finance can change contacts.")
        ).to_be_visible()
        await expect(window.page.get_by_role("button", name="Add contact")).to_have_count(0)
    async with window_of(browser, demo, demo.viewer("OPERATOR")["token"], "/") as desk:
        await desk.is_on("Support desk")
