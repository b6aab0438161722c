"""Mailing an invoice again through the API: who may, what is answered, and what is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from service.billing.ids import Kind
from service.billing.people import Role
from service.store.records import Invoice
from service.workflows import contacts
from tests.api.harness import JSON, Api, Caller, public
from tests.api.scene import BILLING, Scene, brief
from tests.store.rows import copy_many
from tests.support.books import books
from tests.support.paper import ListMailer, PlainPrinter

DELIVERY = "id recipient state resend attempts lastError createdAt at"
RESEND = f"""
mutation Resend($input: ResendInvoiceInput!) {{ resendInvoice(input: $input) {{
  __typename
  ... on ResendInvoiceSuccess {{ invoice {{ number }} deliveries {{ {DELIVERY} }} }}
  ... on UserError {{ code message }}
  ... on ValidationError {{ issues {{ path code message }} }}
  ... on TooSoonError {{ retryAt }}
  ... on IdempotencyConflictError {{ firstUsedAt }}
}} }}
"""
LIST = f"query($id: ID!) {{ invoice(by: {{id: $id}}) {{ deliveries {{ {DELIVERY} }} }} }}"
ANA = "ana@northwind.example"


@dataclass(frozen=True)
class Desk:
    """An account with one contact, and its invoice, which was mailed an hour ago."""

    api: Api
    account_id: UUID
    invoice: Invoice

    @property
    def invoice_id(self) -> str:
        return public(Kind.INVOICE, self.invoice.id)

    def caller(self, role: Role = Role.OWNER) -> Caller:
        return self.api.caller(role, self.account_id)

    async def resend(self, role: Role = Role.OWNER, **given: object) -> JSON:
        asked = {"idempotencyKey": "key-1", "invoiceId": self.invoice_id} | given
        result: JSON = (await self.caller(role).ask(RESEND, input=asked))["resendInvoice"]
        return result

    async def listed(self) -> list[JSON]:
        found = await self.caller(Role.MEMBER).ask(LIST, id=self.invoice_id)
        deliveries: list[JSON] = found["invoice"]["deliveries"]
        return deliveries


@pytest.fixture
async def desk(api: Api) -> Desk:
    api.exchange(printer=PlainPrinter(), mailer=ListMailer())
    shop = api.shop
    account_id = await shop.account()
    await contacts.add(
        shop.ports, account_id, idempotency_key="k", name="Ana", email=ANA, locale=None
    )
    invoice = await shop.invoice(account_id)
    await shop.drain()
    shop.clock.move(hours=1)
    return Desk(api, account_id, invoice)


@pytest.mark.parametrize("role", [Role.OWNER, Role.FINANCE, Role.SUPPORT, Role.OPERATOR])
async def test_the_mails_of_a_resend_are_answered_and_listed(desk: Desk, role: Role) -> None:
    first = await desk.listed()
    assert [(one["recipient"], one["resend"]) for one in first] == [
        ("accounts1@northwind.example", 0),
        (ANA, 0),
    ]
    result = await desk.resend(role)
    sent = result["deliveries"]
    assert await desk.listed() == [*first, *sent]
    ids = [one.pop("id") for one in sent]
    assert len(set(ids)) == 2
    assert {one[:4] for one in ids} == {"dlv_"}
    at = "2026-10-30T10:30:00.000Z"
    assert result == {
        "__typename": "ResendInvoiceSuccess",
        "invoice": {"number": desk.invoice.number},
        "deliveries": [
            {
                "recipient": recipient,
                "state": "QUEUED",
                "resend": 1,
                "attempts": 0,
                "lastError": None,
                "createdAt": at,
                "at": at,
            }
            for recipient in ("accounts1@northwind.example", ANA)
        ],
    }


async def test_a_repeat_with_the_same_key_answers_the_same_mails_as_they_stand(desk: Desk) -> None:
    results = await asyncio.gather(*[desk.resend(recipient=ANA) for _ in range(3)])
    assert results[0] == results[1] == results[2]
    await desk.api.shop.drain()
    before = await books()
    [again] = (await desk.resend(recipient=ANA))["deliveries"]
    assert (again["id"], again["state"]) == (results[0]["deliveries"][0]["id"], "SENT")
    assert await books() == before


async def test_too_soon_is_told_with_when_it_is_time_and_uses_up_no_key(desk: Desk) -> None:
    await desk.resend()
    desk.api.shop.clock.move(seconds=30)
    before = await books()
    assert await desk.resend(idempotencyKey="key-2", recipient=None) == {
        "__typename": "TooSoonError",
        "code": "TOO_SOON",
        "message": "This was done too often lately. Nothing is lost: try again later.",
        "retryAt": "2026-10-30T10:31:00.000Z",
    }
    assert await books() == before
    desk.api.shop.clock.move(seconds=30)
    result = await desk.resend(idempotencyKey="key-2", recipient=None)
    assert {one["resend"] for one in result["deliveries"]} == {2}


async def test_of_two_people_at_once_one_mails_it(desk: Desk) -> None:
    results = await asyncio.gather(
        *[desk.resend(role, idempotencyKey=role) for role in (Role.OWNER, Role.SUPPORT)]
    )
    assert sorted(result["__typename"] for result in results) == [
        "ResendInvoiceSuccess",
        "TooSoonError",
    ]


async def test_an_address_that_gets_no_invoices_is_named(desk: Desk) -> None:
    before = await books()
    for address in ("ana@contoso.example", "", "ana", "a@b\u0000.example"):
        assert await desk.resend(recipient=address) == {
            "__typename": "ValidationError",
            "code": "VALIDATION_FAILED",
            "message": "Nobody at this address gets the account's invoices.",
            "issues": [
                {
                    "path": ["recipient"],
                    "code": "UNKNOWN",
                    "message": "Nobody at this address gets the account's invoices.",
                }
            ],
        }
    assert await books() == before


async def test_a_key_used_for_another_recipient_is_a_conflict(desk: Desk) -> None:
    await desk.resend(recipient=ANA)
    desk.api.shop.clock.move(minutes=2)
    before = await books()
    result = await desk.resend()
    assert (result["__typename"], result["firstUsedAt"]) == (
        "IdempotencyConflictError",
        "2026-10-30T10:30:00.000Z",
    )
    assert await books() == before


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "a\u0000"])
async def test_a_key_that_cannot_be_kept_is_refused(desk: Desk, key: str) -> None:
    before = await books()
    result = await desk.resend(idempotencyKey=key)
    assert [(one["path"], one["code"]) for one in result["issues"]] == [
        (["idempotencyKey"], "INVALID")
    ]
    assert await books() == before


@pytest.mark.parametrize("role", [Role.OWNER, Role.SUPPORT])
@pytest.mark.parametrize("id", ["", "inv_", "inv_\u0000", "con_06FHTK2M8RD9V5N1QZ3C7XJ4W0"])
async def test_what_names_no_invoice_is_not_found(desk: Desk, role: Role, id: str) -> None:
    before = await books()
    result = await desk.resend(role, invoiceId=id)
    assert (result["__typename"], result["message"]) == ("NotFoundError", "No such invoice.")
    assert await books() == before


async def test_each_mail_is_told_to_whoever_follows(scene: Scene) -> None:
    scene.api.exchange(printer=PlainPrinter(), mailer=ListMailer())
    await scene.api.shop.drain()
    scene.api.shop.clock.move(minutes=1)
    asked = {"idempotencyKey": "k", "invoiceId": public(Kind.INVOICE, scene.invoice.id)}
    async with scene.following(BILLING) as follower:
        await scene.owner.ask(RESEND, input=asked)
        planned = await follower.next()
        await scene.api.shop.drain()
        sent = await follower.next()
    assert [brief(one) for one in (planned, sent)] == [
        "DeliveryStateChanged QUEUED",
        "DeliveryStateChanged SENT",
    ]
    assert sent["delivery"] == {"recipient": "accounts1@northwind.example", "state": "SENT"}


async def test_the_event_of_a_mail_that_left_the_list_still_leads_to_it(desk: Desk) -> None:
    await copy_many("delivery", [{"resend": n, "id": str(_id(n))} for n in range(1, 202)])
    assert len(await desk.listed()) == 200
    page = """{ billingEvents { events { ... on DeliveryStateChanged {
        deliveryState: state delivery { id resend } } } } }"""
    found = (await desk.caller().ask(page))["billingEvents"]["events"]
    first = [one["delivery"] for one in found if "delivery" in one]
    assert [one["resend"] for one in first] == [0, 0]
    assert not {one["id"] for one in first} & {one["id"] for one in await desk.listed()}


def _id(number: int) -> UUID:
    """Later than all that the service made, in order."""
    return UUID(int=(0xFFFF << 112) + number)
