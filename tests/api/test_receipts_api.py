"""The receipt of a payment: as a field that tells where it stands, and as a PDF."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from service.billing.ids import Kind
from service.billing.people import Role
from service.ports import LinkClaim, ReceiptClaim
from service.store import documents
from service.store.database import execute
from service.store.records import Document, Invoice, Payment
from service.workflows import links
from service.workflows.receipts import print_receipt
from tests.api.harness import JSON, PDF, PDF_SHA256, Api, finished, public
from tests.api.test_paper import assert_private
from tests.support.books import books
from tests.support.paper import PlainPrinter

RECEIPT = """query R($id: ID!) { payment: node(id: $id) { ... on Payment {
  status receipt { number state sha256 readyAt retryAt pdfUrl } } } }"""


async def begun(api: Api) -> tuple[Invoice, Payment]:
    account_id = await api.shop.account()
    invoice = await api.shop.invoice(account_id)
    return invoice, (await api.shop.start(account_id, invoice)).payment


async def captured(api: Api) -> tuple[Invoice, Payment]:
    invoice, payment = await begun(api)
    await api.shop.pay(payment)
    return invoice, await api.shop.settle(payment.account_id, payment.id)


async def receipt_of(payment: Payment) -> Document:
    found = (await documents.receipts_of(payment.account_id, [payment.id]))[payment.id]
    assert found is not None
    return found


async def printed(api: Api) -> tuple[Invoice, Payment]:
    """A captured payment whose receipt is READY."""
    invoice, payment = await captured(api)
    await finished(api.shop, await receipt_of(payment))
    return invoice, payment


async def told(api: Api, payment: Payment, role: Role = Role.MEMBER) -> JSON:
    answer = await api.caller(role, payment.account_id).ask(
        RECEIPT, id=public(Kind.PAYMENT, payment.id)
    )
    found: JSON = answer["payment"]
    return found


def url_of(api: Api, payment: Payment, *, minutes: int = 15) -> str:
    lifetime = timedelta(minutes=minutes)
    return links.receipt_url(api.shop.ports, payment.account_id, payment.id, lifetime=lifetime)


async def test_an_attempt_has_no_receipt_until_it_is_captured(api: Api) -> None:
    _, payment = await begun(api)
    assert await told(api, payment) == {"status": "PENDING", "receipt": None}
    assert (await api.http.get(url_of(api, payment))).status_code == 404


async def test_a_receipt_is_a_state_until_it_is_printed(api: Api) -> None:
    invoice, payment = await captured(api)
    assert await told(api, payment) == {
        "status": "CAPTURED",
        "receipt": {
            "number": f"RCT-{invoice.number}-1",
            "state": "QUEUED",
            "sha256": None,
            "readyAt": None,
            "retryAt": None,
            "pdfUrl": None,
        },
    }
    answered = await api.http.get(url_of(api, payment))
    assert (answered.status_code, answered.headers["retry-after"]) == (409, "5")
    assert_private(answered)
    await documents.begin(await receipt_of(payment))
    await documents.fail(await receipt_of(payment), retry_at=api.shop.clock())
    receipt = (await told(api, payment))["receipt"]
    assert (receipt["state"], receipt["retryAt"]) == ("FAILED", "2026-10-30T09:30:00.000Z")


@pytest.mark.parametrize("role", [Role.OWNER, Role.MEMBER, Role.SUPPORT])
async def test_a_link_from_the_api_downloads_the_receipt(api: Api, role: Role) -> None:
    invoice, payment = await printed(api)
    receipt = (await told(api, payment, role))["receipt"]
    assert (receipt["state"], receipt["sha256"]) == ("READY", PDF_SHA256)
    assert receipt["readyAt"] == "2026-10-30T09:30:00.000Z"
    answered = await api.http.get(receipt["pdfUrl"])
    assert (answered.status_code, answered.content) == (200, PDF)
    assert answered.headers["content-type"] == "application/pdf"
    name = f"RCT-{invoice.number}-1.pdf"
    assert answered.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answered.headers["etag"] == f'"{PDF_SHA256}"'
    assert_private(answered)
    api.shop.clock.move(minutes=15)
    assert (await api.http.get(receipt["pdfUrl"])).status_code == 404


async def test_a_receipt_that_is_known_is_not_sent_again(api: Api) -> None:
    _, payment = await printed(api)
    known = await api.http.get(url_of(api, payment), headers={"if-none-match": f'"{PDF_SHA256}"'})
    assert (known.status_code, known.content) == (304, b"")


async def by_bearer(api: Api, payment: Payment, role: Role, account: object) -> httpx.Response:
    caller = api.caller(role, account)  # type: ignore[arg-type]  # staff have none
    path = f"/payments/{public(Kind.PAYMENT, payment.id)}/receipt.pdf"
    return await api.http.get(path, headers=caller.bearer)


async def test_a_bearer_token_opens_the_receipts_that_its_holder_may_see(api: Api) -> None:
    _, payment = await printed(api)
    other = await api.shop.account()
    before = await books()
    for role, account, status in (
        (Role.MEMBER, payment.account_id, 200),
        (Role.SUPPORT, None, 200),
        (Role.OWNER, other, 404),
    ):
        assert (await by_bearer(api, payment, role, account)).status_code == status
    path = f"/payments/{public(Kind.PAYMENT, payment.id)}/receipt.pdf"
    refused = await api.http.get(path, headers={"authorization": "Bearer nonsense"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert await books() == before


async def test_whatever_does_not_open_a_receipt_is_answered_alike(api: Api) -> None:
    invoice, payment = await printed(api)
    good = url_of(api, payment)
    head, _, token = good.partition("?token=")
    stranger = await api.shop.account()
    sign, hour = api.shop.ports.links.sign_receipt, timedelta(hours=1)
    invoices_link = api.shop.ports.links.sign(
        LinkClaim(payment.account_id, payment.id), lifetime=hour
    )
    other_account = sign(ReceiptClaim(stranger, payment.id), lifetime=hour)
    other_payment = sign(ReceiptClaim(payment.account_id, invoice.id), lifetime=hour)
    answers = [
        await api.http.get(url)
        for url in (
            url_of(api, payment, minutes=-1),
            head,
            f"{head}?token=",
            f"{head}?token={token[:-2]}",
            f"{head}?token={invoices_link}",
            f"{head}?token={other_account}",
            f"{head}?token={other_payment}",
            good.replace("pay_", "PAY_"),
            good.replace("/pay_", "/inv_"),
        )
    ]
    assert [answered.status_code for answered in answers] == [404] * len(answers)
    assert {answered.text for answered in answers} == {answers[0].text}
    assert "This link does not open a receipt" in answers[0].text
    for answered in answers:
        assert_private(answered)


async def test_the_link_of_a_receipt_opens_no_invoice(api: Api) -> None:
    invoice, payment = await printed(api)
    claim = ReceiptClaim(payment.account_id, invoice.id)
    token = api.shop.ports.links.sign_receipt(claim, lifetime=timedelta(hours=1))
    for ending in ("/view", ".pdf"):
        path = f"/invoices/{public(Kind.INVOICE, invoice.id)}{ending}?token={token}"
        assert (await api.http.get(path)).status_code == 404


async def test_receipts_are_only_read_here(api: Api) -> None:
    _, payment = await printed(api)
    assert (await api.http.post(url_of(api, payment))).status_code == 405


async def test_a_receipt_whose_bytes_are_lost_is_our_fault(api: Api) -> None:
    _, payment = await printed(api)
    await execute("UPDATE document SET storage_key = 'elsewhere/lost.pdf' WHERE number IS NOT NULL")
    answered = await api.http.get(url_of(api, payment))
    assert answered.status_code == 500
    assert "elsewhere" not in answered.text


async def test_a_receipt_that_becomes_ready_is_an_event(api: Api) -> None:
    _, payment = await captured(api)
    api.exchange(printer=PlainPrinter())
    await print_receipt(api.shop.ports, payment.account_id, payment.id)
    page = await api.caller(Role.OWNER, payment.account_id).ask(
        """{ billingEvents(first: 50) { events { __typename ... on ReceiptStateChanged {
        state payment { id receipt { number state } } } } } }"""
    )
    assert page["billingEvents"]["events"][-1] == {
        "__typename": "ReceiptStateChanged",
        "state": "READY",
        "payment": {
            "id": public(Kind.PAYMENT, payment.id),
            "receipt": {"number": "RCT-INV-2627-000001-1", "state": "READY"},
        },
    }
