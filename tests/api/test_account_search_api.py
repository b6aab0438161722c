"""Staff find accounts, and follow their logs; customers do neither."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from service.api import cursors
from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.store import accounts
from tests.api.harness import JSON, Api, Caller, public
from tests.api.scene import FIELDS, PAID, Scene, brief_all
from tests.store.rows import NOW, new_contact
from tests.support.books import books

CUSTOMERS = sorted(role for role in Role if role not in STAFF)
SEARCH = """
query Search($search: String, $first: Int, $after: String) {
  accounts(search: $search, first: $first, after: $after) {
    nodes { id reference name email version billingContacts { email } }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


async def search(caller: Caller, **given: object) -> JSON:
    found: JSON = (await caller.ask(SEARCH, **given))["accounts"]
    return found


def names(found: JSON) -> list[str]:
    return [node["name"] for node in found["nodes"]]


@pytest.mark.parametrize("role", sorted(STAFF))
async def test_staff_find_an_account_by_what_a_customer_tells(api: Api, role: Role) -> None:
    wanted = await api.shop.account(name="Müller & Söhne")
    await api.shop.account(name="Contoso")
    await accounts.add_contact(new_contact(wanted, "ana@mueller.example"), at=NOW)
    invoice = await api.shop.invoice(wanted)
    staff = api.caller(role)
    for text in ("MÜLLER", " mü ", "accounts1@north", "account-1", "Ana@Mueller.example"):
        found = await search(staff, search=text)
        assert found["nodes"] == [
            {
                "id": public(Kind.ACCOUNT, wanted),
                "reference": "account-1",
                "name": "Müller & Söhne",
                "email": "accounts1@northwind.example",
                "version": 1,
                "billingContacts": [{"email": "ana@mueller.example"}],
            }
        ]
    assert names(await search(staff, search=invoice.number)) == ["Müller & Söhne"]
    assert names(await search(staff, search="nobody")) == []


async def test_pages_follow_one_another_by_name(api: Api) -> None:
    for name in ("beta", "Alpha", "alpha", "gamma", "Beta"):
        await api.shop.account(name=name)
    staff = api.caller(Role.SUPPORT)
    first = await search(staff, first=2)
    assert names(first) == ["Alpha", "alpha"]
    assert [edge["node"]["id"] for edge in first["edges"]] == [one["id"] for one in first["nodes"]]
    listed = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": listed[0],
        "endCursor": listed[1],
    }
    second = await search(staff, first=2, after=listed[1])
    assert names(second) == ["beta", "Beta"]
    last = await search(staff, first=2, after=second["pageInfo"]["endCursor"])
    assert (names(last), last["pageInfo"]["hasNextPage"]) == (["gamma"], False)
    betas = await search(staff, search="beta", first=1)
    after = betas["pageInfo"]["endCursor"]
    assert names(await search(staff, search="beta", after=after)) == ["Beta"]
    empty = (await search(staff, search="nobody"))["pageInfo"]
    assert (empty["startCursor"], empty["endCursor"]) == (None, None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"search": ""}, "BAD_USER_INPUT"),
        ({"search": "a"}, "BAD_USER_INPUT"),
        ({"search": " a "}, "BAD_USER_INPUT"),
        ({"search": "x" * 101}, "BAD_USER_INPUT"),
        ({"search": "a\u0000b"}, "BAD_USER_INPUT"),
        ({"search": "a\nb"}, "BAD_USER_INPUT"),
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
        ({"after": ""}, "BAD_CURSOR"),
        ({"after": cursors.of_case(UUID(int=1))}, "BAD_CURSOR"),
    ],
    ids=repr,
)
async def test_a_search_that_makes_no_sense_is_refused(api: Api, given: JSON, code: str) -> None:
    assert await api.caller(Role.SUPPORT).codes(SEARCH, **given) == [code]


async def test_a_search_of_two_or_a_hundred_letters_is_made(api: Api) -> None:
    for name in ("ab", "x" * 100):
        await api.shop.account(name=name)
        assert names(await search(api.caller(Role.SUPPORT), search=name)) == [name]


@pytest.mark.parametrize("role", CUSTOMERS)
async def test_customers_search_nothing(api: Api, role: Role) -> None:
    account_id = await api.shop.account()
    for given in ({}, {"search": "account-1"}, {"search": ""}):
        answer = await api.caller(role, account_id).send(SEARCH, **given)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
        assert answer["data"] is None


async def test_a_page_of_accounts_costs_one_statement(api: Api, statements: list[str]) -> None:
    for number in range(21):
        await api.shop.account(name=f"Name {number:02}")
    staff = api.caller(Role.SUPPORT)
    await staff.ask("{ viewer { email } }")
    query = """query($search: String, $first: Int) { accounts(search: $search, first: $first) {
        nodes { id reference name email plan currency locale address { city } taxId version } } }"""
    for text, size in ((None, 5), (None, 20), ("name", 5), ("name", 20)):
        statements.clear()
        found = (await staff.ask(query, search=text, first=size))["accounts"]["nodes"]
        assert len(found) == size
        assert len(statements) == 1, statements


BILLING = f"""subscription B($id: ID, $after: EventCursor) {{
  billingEvents(accountId: $id, after: $after) {{ {FIELDS} }} }}"""
PAGE = f"""query P($id: ID, $after: EventCursor) {{
  billingEvents(accountId: $id, after: $after) {{ events {{ {FIELDS} }} endCursor hasMore }} }}"""


@pytest.mark.parametrize("role", sorted(STAFF))
async def test_staff_follow_the_log_of_an_account_that_they_name(scene: Scene, role: Role) -> None:
    staff = scene.api.caller(role)
    account = public(Kind.ACCOUNT, scene.account_id)
    async with (
        scene.following(BILLING, staff, id=account) as follower,
        scene.following(BILLING, id=account) as owner,
    ):
        # One by one: what an event nests is as it stands when it is read.
        payment = await scene.start()
        seen = [await follower.next()]
        assert await owner.next() == seen[0]
        await scene.pay(payment)
        seen += [await follower.next() for _ in range(2)]
        assert [await owner.next() for _ in range(2)] == seen[1:]
    assert brief_all(seen) == ["PaymentStatusChanged PENDING", *PAID]
    page = (await staff.ask(PAGE, id=account, after=seen[0]["cursor"]))["billingEvents"]
    assert page == {"events": seen[1:], "endCursor": seen[2]["cursor"], "hasMore": False}
    async with scene.following(BILLING, staff, id=account, after=seen[0]["cursor"]) as follower:
        assert [await follower.next() for _ in range(2)] == seen[1:]


async def test_staff_who_look_on_make_nobody_hurry(scene: Scene) -> None:
    await scene.start()
    before = await books()
    account = public(Kind.ACCOUNT, scene.account_id)
    async with scene.following(BILLING, scene.api.caller(Role.SUPPORT), id=account):
        assert await books() == before


@pytest.mark.parametrize("role", Role)
async def test_a_log_that_is_not_there_or_another_accounts_is_not_found(
    scene: Scene, role: Role
) -> None:
    caller = scene.api.caller(role, scene.account_id)
    other = await scene.api.shop.account()
    unknown = ["", "acc_\u0000", public(Kind.ACCOUNT, uuid4()), public(Kind.INVOICE, other)]
    if role not in STAFF:
        unknown.append(public(Kind.ACCOUNT, other))
    for account in unknown:
        assert await caller.codes(PAGE, id=account) == ["NOT_FOUND"]
        async with scene.following(BILLING, caller, caught_up=False, id=account) as follower:
            assert await follower.rest() == [{"errors": ["NOT_FOUND"]}]
    assert scene.bus.listening == 0


async def test_a_cursor_of_another_log_is_refused_to_staff_too(scene: Scene) -> None:
    staff, other = scene.api.caller(Role.OPERATOR), await scene.api.shop.account()
    after = cursors.of_event(scene.account_id, 1)
    account = public(Kind.ACCOUNT, other)
    assert await staff.codes(PAGE, id=account, after=after) == ["BAD_CURSOR"]
    async with scene.following(BILLING, staff, caught_up=False, id=account, after=after) as one:
        assert await one.rest() == [{"errors": ["BAD_CURSOR"]}]
