"""Billing contacts through the API: adding, changing, removing, and every refusal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from service.billing.ids import Kind
from service.billing.people import Role
from service.store import accounts
from tests.api.harness import JSON, Api, public
from tests.support.books import books

CONTACT = "id name email locale status version"
ADD = f"""
mutation Add($input: AddBillingContactInput!) {{ addBillingContact(input: $input) {{
  __typename
  ... on AddBillingContactSuccess {{ billingContact {{ {CONTACT} }} }}
  ... on UserError {{ code message }}
  ... on ValidationError {{ issues {{ path code message }} }}
  ... on IdempotencyConflictError {{ firstUsedAt }}
}} }}
"""
UPDATE = f"""
mutation Update($input: UpdateBillingContactInput!) {{ updateBillingContact(input: $input) {{
  __typename
  ... on UpdateBillingContactSuccess {{ billingContact {{ {CONTACT} }} }}
  ... on UserError {{ code message }}
  ... on ValidationError {{ issues {{ path code message }} }}
  ... on StaleVersionError {{ currentVersion }}
}} }}
"""
REMOVE = """
mutation Remove($input: RemoveBillingContactInput!) { removeBillingContact(input: $input) {
  __typename
  ... on RemoveBillingContactSuccess { billingContactId }
  ... on UserError { code message }
} }
"""
LIST = f"{{ viewer {{ account {{ billingContacts {{ {CONTACT} }} }} }} }}"
ANA: JSON = {"idempotencyKey": "key-1", "name": "Ana Lima", "email": "ana@northwind.example"}


DETAILS = """
mutation Details($input: UpdateBillingDetailsInput!) { updateBillingDetails(input: $input) {
  __typename
  ... on UserError { code }
} }
"""


@dataclass(frozen=True)
class Owner:
    """The owner of an account."""

    api: Api
    account_id: UUID

    async def do(self, mutation: str, role: Role = Role.OWNER, **given: object) -> JSON:
        """The result of a mutation."""
        caller = self.api.caller(role, self.account_id)
        (result,) = (await caller.ask(mutation, input=given)).values()
        found: JSON = result
        return found

    async def ana(self) -> JSON:
        """A contact that was just added."""
        contact: JSON = (await self.do(ADD, **ANA))["billingContact"]
        return contact

    async def contacts(self) -> list[JSON]:
        answer = await self.api.caller(Role.MEMBER, self.account_id).ask(LIST)
        found: list[JSON] = answer["viewer"]["account"]["billingContacts"]
        return found


@pytest.fixture
async def owner(api: Api) -> Owner:
    return Owner(api, await api.shop.account())


@pytest.mark.parametrize("role", [Role.OWNER, Role.FINANCE])
async def test_a_contact_is_added_and_listed(owner: Owner, role: Role) -> None:
    result = await owner.do(ADD, role, **ANA, locale="pt-BR")
    contact = result["billingContact"]
    assert await owner.contacts() == [contact]
    assert contact.pop("id").startswith("con_")
    assert result == {
        "__typename": "AddBillingContactSuccess",
        "billingContact": {
            "name": "Ana Lima",
            "email": "ana@northwind.example",
            "locale": "pt-BR",
            "status": "ACTIVE",
            "version": 1,
        },
    }


async def test_contacts_are_listed_in_the_order_they_were_added(owner: Owner) -> None:
    names = ["李明", "Ana", "Ægir", "محمد"]
    for number, name in enumerate(names):
        result = await owner.do(
            ADD, idempotencyKey=f"key-{number}", name=name, email=f"c{number}@a.example"
        )
        assert result["__typename"] == "AddBillingContactSuccess"
    assert [contact["name"] for contact in await owner.contacts()] == names


async def test_the_same_key_adds_nobody_twice(owner: Owner) -> None:
    results = await asyncio.gather(*[owner.do(ADD, **ANA) for _ in range(3)])
    assert results[0] == results[1] == results[2]
    assert await owner.contacts() == [results[0]["billingContact"]]


async def test_a_key_with_another_name_is_a_conflict(owner: Owner) -> None:
    await owner.ana()
    before = await books()
    assert await owner.do(ADD, **(ANA | {"name": "Anna"})) == {
        "__typename": "IdempotencyConflictError",
        "code": "IDEMPOTENCY_CONFLICT",
        "message": "This idempotency key was already used with a different input.",
        "firstUsedAt": "2026-10-30T09:30:00.000Z",
    }
    assert await books() == before


async def test_a_key_whose_contact_was_removed_adds_nobody_again(owner: Owner) -> None:
    contact = await owner.ana()
    await owner.do(REMOVE, billingContactId=contact["id"])
    before = await books()
    result = await owner.do(ADD, **ANA)
    assert (result["__typename"], result["code"]) == ("NotFoundError", "NOT_FOUND")
    assert await books() == before


INPUTS: list[tuple[JSON, list[str], str]] = [
    ({"name": ""}, ["name"], "INVALID"),
    ({"name": "   "}, ["name"], "INVALID"),
    ({"name": "A\nB"}, ["name"], "INVALID"),
    ({"name": "A\u0000B"}, ["name"], "INVALID"),
    ({"name": "x" * 201}, ["name"], "INVALID"),
    ({"email": "ana"}, ["email"], "INVALID"),
    ({"email": "ana@northwind.example\r\nBcc: all@example.com"}, ["email"], "INVALID"),
    ({"email": "a@b\u0000.example"}, ["email"], "INVALID"),
    ({"email": f"{'a' * 65}@northwind.example"}, ["email"], "INVALID"),
    ({"locale": "\u0000"}, ["locale"], "INVALID"),
    ({"locale": "english please"}, ["locale"], "INVALID"),
    ({"locale": "de-DE-" + "x" * 20}, ["locale"], "INVALID"),
]


def named(result: JSON) -> list[tuple[list[str], str]]:
    return [(issue["path"], issue["code"]) for issue in result["issues"]]


@pytest.mark.parametrize(
    ("changed", "path", "code"), INPUTS, ids=[repr(one[0])[:40] for one in INPUTS]
)
async def test_a_field_that_cannot_be_used_is_named(
    owner: Owner, changed: JSON, path: list[str], code: str
) -> None:
    contact = await owner.ana()
    before = await books()
    other: JSON = {"idempotencyKey": "2", "name": "B", "email": "b@a.example"}
    added = await owner.do(ADD, **(other | changed))
    updated = await owner.do(UPDATE, billingContactId=contact["id"], expectedVersion=1, **changed)
    for result in (added, updated):
        assert result["__typename"] == "ValidationError"
        assert result["code"] == "VALIDATION_FAILED"
        assert named(result) == [(path, code)]
    assert await books() == before


async def test_everything_that_is_wrong_is_named_at_once(owner: Owner) -> None:
    result = await owner.do(ADD, idempotencyKey="k", name="", email="")
    assert named(result) == [(["name"], "INVALID"), (["email"], "INVALID")]


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "a\u0000", "ключ"])
async def test_a_key_that_cannot_be_kept_is_refused(owner: Owner, key: str) -> None:
    before = await books()
    result = await owner.do(ADD, **(ANA | {"idempotencyKey": key}))
    assert named(result) == [(["idempotencyKey"], "INVALID")]
    assert await books() == before


async def test_an_address_is_added_once_in_whatever_letters(owner: Owner) -> None:
    contact = await owner.ana()
    other = (await owner.do(ADD, idempotencyKey="2", name="Bo", email="bo@a.example"))[
        "billingContact"
    ]
    before = await books()
    taken: JSON = {"email": "ANA@Northwind.example"}
    added = await owner.do(ADD, idempotencyKey="3", name="Ana", **taken)
    updated = await owner.do(UPDATE, billingContactId=other["id"], expectedVersion=1, **taken)
    assert named(added) == named(updated) == [(["email"], "TAKEN")]
    assert await books() == before
    assert await owner.contacts() == [contact, other]


async def test_an_account_has_at_most_fifty_contacts(owner: Owner) -> None:
    for number in range(50):
        await owner.do(ADD, idempotencyKey=str(number), name="C", email=f"c{number}@a.example")
    before = await books()
    result = await owner.do(ADD, **ANA)
    assert named(result) == [(["email"], "TOO_MANY")]
    assert await books() == before
    assert len(await owner.contacts()) == 50


async def test_given_fields_are_changed_and_the_others_stay(owner: Owner) -> None:
    contact = await owner.ana()
    changed = await owner.do(
        UPDATE,
        Role.FINANCE,
        billingContactId=contact["id"],
        expectedVersion=1,
        name="Ana de Lima",
        email=None,
    )
    assert changed == {
        "__typename": "UpdateBillingContactSuccess",
        "billingContact": contact | {"name": "Ana de Lima", "version": 2},
    }
    assert await owner.contacts() == [changed["billingContact"]]


async def test_a_new_address_is_no_longer_known_to_bounce(owner: Owner) -> None:
    contact = await owner.ana()
    await accounts.mark_bouncing(owner.account_id, contact["email"])
    assert (await owner.contacts())[0]["status"] == "BOUNCING"
    await owner.do(
        UPDATE, billingContactId=contact["id"], expectedVersion=2, email="ana@lima.example"
    )
    assert (await owner.contacts())[0]["status"] == "ACTIVE"


async def test_a_change_of_what_was_changed_since_is_refused(owner: Owner) -> None:
    contact = await owner.ana()
    await owner.do(UPDATE, billingContactId=contact["id"], expectedVersion=1, name="Ana A.")
    before = await books()
    assert await owner.do(
        UPDATE, billingContactId=contact["id"], expectedVersion=1, name="Ana B."
    ) == {
        "__typename": "StaleVersionError",
        "code": "STALE_VERSION",
        "message": "It was changed since you read it. Read it again, then repeat the change.",
        "currentVersion": 2,
    }
    assert await books() == before


async def test_of_two_changes_at_once_one_is_made(owner: Owner) -> None:
    contact = await owner.ana()
    results = await asyncio.gather(
        *[
            owner.do(UPDATE, billingContactId=contact["id"], expectedVersion=1, name=f"Ana {n}")
            for n in (1, 2)
        ]
    )
    assert sorted(result["__typename"] for result in results) == [
        "StaleVersionError",
        "UpdateBillingContactSuccess",
    ]
    (made,) = [result for result in results if "billingContact" in result]
    assert await owner.contacts() == [made["billingContact"]]


async def test_a_removed_contact_is_gone(owner: Owner) -> None:
    contact = await owner.ana()
    assert await owner.do(REMOVE, Role.FINANCE, billingContactId=contact["id"]) == {
        "__typename": "RemoveBillingContactSuccess",
        "billingContactId": contact["id"],
    }
    assert await owner.contacts() == []
    before = await books()
    gone = {"code": "NOT_FOUND", "message": "No such billing contact."}
    assert (
        await owner.do(REMOVE, billingContactId=contact["id"])
        == {"__typename": "NotFoundError"} | gone
    )
    updated = await owner.do(UPDATE, billingContactId=contact["id"], expectedVersion=1, name="Ana")
    assert updated == {"__typename": "NotFoundError"} | gone
    assert await books() == before
    again = await owner.do(ADD, **(ANA | {"idempotencyKey": "key-2"}))
    assert again["__typename"] == "AddBillingContactSuccess"


@pytest.mark.parametrize(
    "id",
    ["", "con_", "\u0000", public(Kind.CONTACT, UUID(int=1)), public(Kind.INVOICE, UUID(int=1))],
)
async def test_what_names_no_contact_is_not_found(owner: Owner, id: str) -> None:
    await owner.ana()
    before = await books()
    for result in (
        await owner.do(UPDATE, billingContactId=id, expectedVersion=1, name="X"),
        await owner.do(REMOVE, billingContactId=id),
    ):
        assert result == {
            "__typename": "NotFoundError",
            "code": "NOT_FOUND",
            "message": "No such billing contact.",
        }
    assert await books() == before


async def test_an_account_changes_its_contacts_and_details_sixty_times_a_minute(
    owner: Owner,
) -> None:
    api = owner.api
    contact = await owner.ana()
    for number in range(58):
        given: JSON = {"billingContactId": contact["id"], "expectedVersion": number + 1}
        await owner.do(UPDATE, **given, name=f"Ana {number}")
    details: JSON = {"expectedVersion": 1, "name": "Northwind"}
    assert (await owner.do(DETAILS, **details))["__typename"] == "UpdateBillingDetailsSuccess"
    before = await books()
    more: list[tuple[str, JSON]] = [
        (ADD, ANA),
        (UPDATE, {"billingContactId": contact["id"], "expectedVersion": 59, "name": "Ana"}),
        (REMOVE, {"billingContactId": contact["id"]}),
        (DETAILS, {"expectedVersion": 2, "name": "Southwind"}),
    ]
    for mutation, given in more:
        refused = await api.caller(Role.OWNER, owner.account_id).send(mutation, input=given)
        assert refused["data"] is None
        [error] = refused["errors"]
        assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
        assert 1 <= error["extensions"]["retryAfterSeconds"] <= 60
    assert await books() == before
    staff = api.caller(Role.OPERATOR)
    by_staff = details | {"accountId": public(Kind.ACCOUNT, owner.account_id)}
    (result,) = (await staff.ask(DETAILS, input=by_staff | {"expectedVersion": 2})).values()
    assert result["__typename"] == "UpdateBillingDetailsSuccess"
    other = Owner(api, await api.shop.account())
    assert (await other.ana())["name"] == "Ana Lima"
