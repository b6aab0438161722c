"""What is printed on the next invoices, through the API: changed, taken away, and every refusal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from service.billing.ids import Kind
from service.billing.people import Role
from service.workflows import contacts
from tests.api.harness import JSON, Api, Caller, public
from tests.api.scene import Scene
from tests.support.books import books

ADDRESS = "address { lines city region postalCode countryCode }"
ACCOUNT = f"id name email {ADDRESS} taxId locale version"
UPDATE = f"""
mutation Update($input: UpdateBillingDetailsInput!) {{ updateBillingDetails(input: $input) {{
  __typename
  ... on UpdateBillingDetailsSuccess {{ account {{ {ACCOUNT} }} }}
  ... on UserError {{ code message }}
  ... on ValidationError {{ issues {{ path code message }} }}
  ... on StaleVersionError {{ currentVersion }}
}} }}
"""
READ = f"query($id: ID!) {{ account(id: $id) {{ {ACCOUNT} }} }}"
KOLN = {
    "lines": ["Große Straße 12", "Hinterhof"],
    "city": "Köln",
    "region": None,
    "postalCode": "50667",
    "countryCode": "DE",
}


@dataclass(frozen=True)
class Owner:
    """The owner of an account."""

    api: Api
    account_id: UUID

    @property
    def public_id(self) -> str:
        return public(Kind.ACCOUNT, self.account_id)

    def caller(self, role: Role = Role.OWNER) -> Caller:
        return self.api.caller(role, self.account_id)

    async def update(self, role: Role = Role.OWNER, version: int = 1, **given: object) -> JSON:
        asked = {"expectedVersion": version} | given
        result: JSON = (await self.caller(role).ask(UPDATE, input=asked))["updateBillingDetails"]
        return result

    async def account(self) -> JSON:
        found: JSON = (await self.caller(Role.MEMBER).ask(READ, id=self.public_id))["account"]
        return found


@pytest.fixture
async def owner(api: Api) -> Owner:
    return Owner(api, await api.shop.account())


@pytest.mark.parametrize("role", [Role.OWNER, Role.FINANCE, Role.OPERATOR])
async def test_details_are_changed_and_read_back(owner: Owner, role: Role) -> None:
    before = await owner.account()
    assert (before["version"], before["address"], before["taxId"]) == (1, None, None)
    named: JSON = {"accountId": owner.public_id} if role is Role.OPERATOR else {}
    changes: JSON = {"name": "Müller & Söhne", "email": "ap@mueller.example", "taxId": "DE1"}
    changes |= {"address": KOLN, "locale": "de-DE"}
    result = await owner.update(role, **named, **changes)
    assert result == {
        "__typename": "UpdateBillingDetailsSuccess",
        "account": before | changes | {"version": 2},
    }
    assert await owner.account() == result["account"]


async def test_absent_keeps_and_null_takes_away_what_can_be_without(owner: Owner) -> None:
    full = (await owner.update(address=KOLN, taxId="DE1"))["account"]
    kept = await owner.update(version=2, name="Renamed", email=None, locale=None)
    assert kept["account"] == full | {"name": "Renamed", "version": 3}
    bare = await owner.update(version=3, name=None, address=None, taxId=None)
    assert bare["account"] == kept["account"] | {"address": None, "taxId": None, "version": 4}


async def test_what_is_left_blank_counts_as_none(owner: Owner) -> None:
    typed = KOLN | {"lines": ["", " Am Markt 1 "], "region": "  ", "postalCode": ""}
    account = (await owner.update(address=typed, taxId=" "))["account"]
    assert account["taxId"] is None
    assert account["address"] == {
        "lines": ["Am Markt 1"],
        "city": "Köln",
        "region": None,
        "postalCode": None,
        "countryCode": "DE",
    }


INPUTS: list[tuple[JSON, list[list[str]]]] = [
    ({"name": " "}, [["name"]]),
    ({"name": "A\u0000B"}, [["name"]]),
    ({"email": "nobody"}, [["email"]]),
    ({"locale": "english please"}, [["locale"]]),
    ({"taxId": "1" * 33}, [["taxId"]]),
    ({"address": KOLN | {"lines": ["x"] * 7}}, [["address", "lines"]]),
    (
        {
            "name": "",
            "address": KOLN | {"city": "", "postalCode": "1\n2", "countryCode": "Germany"},
        },
        [["name"], ["address", "city"], ["address", "postalCode"], ["address", "countryCode"]],
    ),
]


@pytest.mark.parametrize(("changes", "paths"), INPUTS, ids=[repr(one[1]) for one in INPUTS])
async def test_each_part_that_cannot_be_printed_is_named(
    owner: Owner, changes: JSON, paths: list[list[str]]
) -> None:
    before = await books()
    result = await owner.update(**changes)
    assert (result["__typename"], result["code"]) == ("ValidationError", "VALIDATION_FAILED")
    assert [(one["path"], one["code"]) for one in result["issues"]] == [
        (path, "INVALID") for path in paths
    ]
    assert await books() == before


async def test_a_change_of_what_was_changed_since_is_refused(owner: Owner) -> None:
    await owner.update(name="First")
    before = await books()
    assert await owner.update(name="Second") == {
        "__typename": "StaleVersionError",
        "code": "STALE_VERSION",
        "message": "It was changed since you read it. Read it again, then repeat the change.",
        "currentVersion": 2,
    }
    assert await books() == before


async def test_of_two_changes_at_once_one_is_made(owner: Owner) -> None:
    results = await asyncio.gather(
        owner.update(name="Ours"),
        owner.update(Role.OPERATOR, accountId=owner.public_id, name="Theirs"),
    )
    assert sorted(result["__typename"] for result in results) == [
        "StaleVersionError",
        "UpdateBillingDetailsSuccess",
    ]
    (made,) = [result for result in results if "account" in result]
    assert await owner.account() == made["account"]


async def test_staff_have_to_name_an_account(owner: Owner) -> None:
    before = await books()
    nobody: list[JSON] = [{}, {"accountId": None}]
    for given in nobody:
        result = await owner.update(Role.OPERATOR, name="Nobody", **given)
        assert [(one["path"], one["code"]) for one in result["issues"]] == [
            (["accountId"], "REQUIRED")
        ]
    assert await books() == before


async def test_customers_may_name_their_own_account_and_no_other(owner: Owner) -> None:
    other = public(Kind.ACCOUNT, await owner.api.shop.account())
    assert (await owner.update(accountId=owner.public_id))["__typename"] == (
        "UpdateBillingDetailsSuccess"
    )
    before = await books()
    missing = public(Kind.ACCOUNT, uuid4())
    unknown = [missing, "", "acc_", "acc_\u0000", public(Kind.CONTACT, uuid4())]
    for role, named in ((Role.OWNER, [other, *unknown]), (Role.OPERATOR, unknown)):
        for account_id in named:
            assert await owner.update(role, accountId=account_id, name="Mallory") == {
                "__typename": "NotFoundError",
                "code": "NOT_FOUND",
                "message": "No such account.",
            }
    assert await books() == before


@pytest.mark.parametrize("role", Role)
async def test_the_sellers_reference_is_for_staff(owner: Owner, role: Role) -> None:
    query = "query($id: ID!) { account(id: $id) { reference } }"
    found = (await owner.caller(role).ask(query, id=owner.public_id))["account"]
    staff = role in (Role.SUPPORT, Role.OPERATOR)
    assert found == {"reference": "account-1" if staff else None}


CHANGES = """subscription { billingEvents {
  __typename
  ... on BillingDetailsChanged { version account { name version } }
  ... on BillingContactChanged {
    billingContactId billingContact { name status } account { billingContacts { id } }
  }
} }"""


async def test_other_tabs_are_told_of_new_details(scene: Scene) -> None:
    owner = Owner(scene.api, scene.account_id)
    async with scene.following(CHANGES) as follower:
        await owner.update(name="Renamed")
        assert await follower.next() == {
            "__typename": "BillingDetailsChanged",
            "version": 2,
            "account": {"name": "Renamed", "version": 2},
        }


async def test_other_tabs_are_told_of_contacts(scene: Scene) -> None:
    ports, account = scene.api.shop.ports, scene.account_id
    async with scene.following(CHANGES) as follower:
        contact = await contacts.add(
            ports, account, idempotency_key="k", name="Ana", email="ana@a.example", locale=None
        )
        added = await follower.next()
        await contacts.remove(ports, account, contact.id)
        removed = await follower.next()
    contact_id = public(Kind.CONTACT, contact.id)
    common = {"__typename": "BillingContactChanged", "billingContactId": contact_id}
    assert added == common | {
        "billingContact": {"name": "Ana", "status": "ACTIVE"},
        "account": {"billingContacts": [{"id": contact_id}]},
    }
    assert removed == common | {"billingContact": None, "account": {"billingContacts": []}}
