"""Who receives an account's invoices: added once, changed by one person at a time, removed."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from service.billing.errors import IdempotencyConflict, InvalidInput, NotFound, StaleVersion
from service.billing.events import BillingContactChanged
from service.billing.people import ContactStatus
from service.store import accounts
from service.store.database import new_id
from service.store.records import Contact
from service.workflows import contacts
from tests.support.books import books, rows
from tests.support.shop import START, Shop


async def add(
    shop: Shop,
    account: UUID,
    email: str = "asha@northwind.example",
    *,
    name: str = "Asha Rao",
    key: str | None = None,
    locale: str | None = None,
) -> Contact:
    return await contacts.add(
        shop.ports, account, idempotency_key=key or str(new_id()), name=name, email=email,
        locale=locale,
    )  # fmt: skip


def told(error: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(".".join(issue.path), issue.code) for issue in error.value.issues]


async def test_a_contact_is_added_and_listed_in_order(shop: Shop) -> None:
    account = await shop.account()
    first = await add(shop, account, name="  Z\u0065\u0301 ", locale="hi-IN")
    second = await add(shop, account, "lee@northwind.example", name="李")
    assert first == Contact(
        first.id, account, "Z\u00e9", "asha@northwind.example", "hi-IN", ContactStatus.ACTIVE, 1
    )
    assert await accounts.contacts(account) == [first, second]


async def test_each_change_of_the_list_is_told_and_nothing_else(shop: Shop) -> None:
    account = await shop.account()
    contact = await add(shop, account, key="k")
    await add(shop, account, key="k")
    await contacts.change(shop.ports, account, contact.id, expected_version=1, name="Asha R.")
    with pytest.raises(StaleVersion):
        await contacts.change(shop.ports, account, contact.id, expected_version=1, name="A.")
    with pytest.raises(InvalidInput):
        await add(shop, account)
    await contacts.remove(shop.ports, account, contact.id)
    with pytest.raises(NotFound):
        await contacts.remove(shop.ports, account, contact.id)
    assert await shop.happened(account) == [BillingContactChanged(contact.id)] * 3


async def test_what_stays_as_it_is_counts_for_no_change(shop: Shop) -> None:
    account = await shop.account()
    contact = await add(shop, account, locale="hi-IN")
    before = await books()
    for given in (
        {},
        {"name": " Asha Rao "},
        {"name": contact.name, "email": contact.email, "locale": contact.locale},
    ):
        same = await contacts.change(shop.ports, account, contact.id, expected_version=1, **given)
        assert same == contact
    with pytest.raises(StaleVersion):
        await contacts.change(shop.ports, account, contact.id, expected_version=2)
    assert await shop.happened(account) == [BillingContactChanged(contact.id)]
    assert await books() == before


async def test_changes_and_removals_at_once_wait_for_each_other(shop: Shop) -> None:
    account = await shop.account()
    people = [await add(shop, account, f"c{number}@northwind.example") for number in range(6)]
    async with asyncio.timeout(10):
        ends = await asyncio.gather(
            *[contacts.remove(shop.ports, account, one.id) for one in people],
            *[
                contacts.change(shop.ports, account, one.id, expected_version=1, name="Renamed")
                for one in people
            ],
            return_exceptions=True,
        )
    assert ends[:6] == [None] * 6
    assert {type(end) for end in ends[6:]} <= {Contact, NotFound}
    assert await accounts.contacts(account) == []


async def test_the_same_key_answers_the_same_contact(shop: Shop) -> None:
    account = await shop.account()
    made = await asyncio.gather(*[add(shop, account, key="k") for _ in range(10)])
    assert len({contact.id for contact in made}) == 1
    before = await books()
    assert await add(shop, account, key="k") == made[0]
    assert await books() == before


async def test_a_key_used_for_another_contact_is_refused(shop: Shop) -> None:
    account = await shop.account()
    await add(shop, account, key="k")
    shop.clock.move(seconds=5)
    before = await books()
    for email, name, locale in (
        ("other@northwind.example", "Asha Rao", None),
        ("asha@northwind.example", "Another", None),
        ("asha@northwind.example", "Asha Rao", "de"),
    ):
        with pytest.raises(IdempotencyConflict) as conflict:
            await add(shop, account, email, name=name, locale=locale, key="k")
        assert conflict.value.first_used_at == START
    assert await books() == before


async def test_an_address_is_on_the_list_once_however_it_is_written(shop: Shop) -> None:
    account = await shop.account()
    await add(shop, account)
    before = await books()
    with pytest.raises(InvalidInput) as refusal:
        await add(shop, account, "Asha@Northwind.EXAMPLE")
    assert told(refusal) == [("email", "TAKEN")]
    assert await books() == before
    other = await shop.account()
    assert (await add(shop, other)).account_id == other


async def test_one_of_many_who_add_an_address_at_once_is_quicker(shop: Shop) -> None:
    account = await shop.account()
    made = await asyncio.gather(*[add(shop, account) for _ in range(10)], return_exceptions=True)
    assert len([one for one in made if isinstance(one, Contact)]) == 1
    assert len([one for one in made if isinstance(one, InvalidInput)]) == 9
    assert await rows("billing_contact") == await rows("idempotency_key") == 1


async def test_a_list_holds_fifty(shop: Shop) -> None:
    account = await shop.account()
    people = [await add(shop, account, f"c{number}@northwind.example") for number in range(49)]
    made = await asyncio.gather(
        *[add(shop, account, f"late{number}@northwind.example") for number in range(4)],
        return_exceptions=True,
    )
    assert len([one for one in made if isinstance(one, Contact)]) == 1
    assert await rows("billing_contact") == 50
    before = await books()
    with pytest.raises(InvalidInput) as refusal:
        await add(shop, account, "one.more@northwind.example")
    assert told(refusal) == [("email", "TOO_MANY")]
    assert await books() == before
    await contacts.remove(shop.ports, account, people[0].id)
    assert (await add(shop, account, people[0].email)).id != people[0].id


BAD: list[tuple[str, str, str | None, list[tuple[str, str]]]] = [
    ("", "a@b.example", None, [("name", "INVALID")]),
    (" \u200b ", "a@b.example", None, [("name", "INVALID")]),
    ("x" * 201, "a@b.example", None, [("name", "INVALID")]),
    ("Asha\r\nBcc: all@b.example", "a@b.example", None, [("name", "INVALID")]),
    ("Asha\x00", "a@b.example", None, [("name", "INVALID")]),
    ("\u202eohsA", "a@b.example", None, [("name", "INVALID")]),
    ("\ud800", "a@b.example", None, [("name", "INVALID")]),
    ("Asha", "", None, [("email", "INVALID")]),
    ("Asha", "a@b.example\n", None, [("email", "INVALID")]),
    ("Asha", "a b@b.example", None, [("email", "INVALID")]),
    ("Asha", "a@b@c.example", None, [("email", "INVALID")]),
    ("Asha", "Asha <a@b.example>", None, [("email", "INVALID")]),
    ("Asha", f"{'a' * 65}@b.example", None, [("email", "INVALID")]),
    ("Asha", "a@b.example", "x" * 21, [("locale", "INVALID")]),
    ("", "a", None, [("name", "INVALID"), ("email", "INVALID")]),
]


async def test_what_cannot_be_mailed_to_is_refused_field_by_field(shop: Shop) -> None:
    account = await shop.account()
    kept = await add(shop, account, "kept@northwind.example")
    before = await books()
    for name, email, locale, expected in BAD:
        with pytest.raises(InvalidInput) as refusal:
            await add(shop, account, email, name=name, locale=locale)
        assert told(refusal) == expected
        with pytest.raises(InvalidInput) as refusal:
            await contacts.change(
                shop.ports,
                account,
                kept.id,
                expected_version=1,
                name=name,
                email=email,
                locale=locale,
            )
        assert told(refusal) == expected
    assert await books() == before


async def test_a_change_keeps_what_is_not_named(shop: Shop) -> None:
    account = await shop.account()
    contact = await add(shop, account, locale="de")
    renamed = await contacts.change(
        shop.ports, account, contact.id, expected_version=1, name="Asha R."
    )
    assert renamed == Contact(
        contact.id, account, "Asha R.", contact.email, "de", ContactStatus.ACTIVE, 2
    )
    moved = await contacts.change(
        shop.ports,
        account,
        contact.id,
        expected_version=2,
        email="a.rao@northwind.example",
        locale="en",
    )
    assert (moved.name, moved.email, moved.locale, moved.version) == (
        "Asha R.",
        "a.rao@northwind.example",
        "en",
        3,
    )
    assert await accounts.contacts(account) == [moved]


async def test_of_two_people_who_change_a_contact_the_second_is_told(shop: Shop) -> None:
    account = await shop.account()
    contact = await add(shop, account)
    results = await asyncio.gather(
        *[
            contacts.change(
                shop.ports, account, contact.id, expected_version=1, name=f"Name {number}"
            )
            for number in range(8)
        ],
        return_exceptions=True,
    )
    stale = [one for one in results if isinstance(one, StaleVersion)]
    assert len(stale) == 7
    assert {one.current_version for one in stale} == {2}
    before = await books()
    with pytest.raises(StaleVersion):
        await contacts.change(shop.ports, account, contact.id, expected_version=1, name="Too late")
    assert await books() == before


async def test_a_change_to_somebody_elses_address_is_refused(shop: Shop) -> None:
    account = await shop.account()
    one, two = await add(shop, account), await add(shop, account, "lee@northwind.example")
    before = await books()
    with pytest.raises(InvalidInput) as refusal:
        await contacts.change(
            shop.ports, account, two.id, expected_version=1, email=one.email.upper()
        )
    assert told(refusal) == [("email", "TAKEN")]
    assert await books() == before


async def test_only_a_new_address_is_no_longer_known_to_bounce(shop: Shop) -> None:
    account = await shop.account()
    contact = await add(shop, account)
    await accounts.mark_bouncing(account, contact.email)
    renamed = await contacts.change(
        shop.ports, account, contact.id, expected_version=2, name="Renamed"
    )
    assert renamed.status is ContactStatus.BOUNCING
    moved = await contacts.change(
        shop.ports, account, contact.id, expected_version=3, email="new@northwind.example"
    )
    assert moved.status is ContactStatus.ACTIVE


async def test_a_removed_contact_is_gone_for_every_use(shop: Shop) -> None:
    account = await shop.account()
    contact = await add(shop, account, key="k")
    await contacts.remove(shop.ports, account, contact.id)
    assert await accounts.contacts(account) == []
    before = await books()
    with pytest.raises(NotFound, match=r"^No such billing contact\.$"):
        await contacts.remove(shop.ports, account, contact.id)
    with pytest.raises(NotFound):
        await contacts.change(shop.ports, account, contact.id, expected_version=1, name="Back")
    with pytest.raises(NotFound):
        await add(shop, account, key="k")
    assert await books() == before
    assert (await add(shop, account)).id != contact.id


async def test_somebody_elses_contact_is_an_unknown_contact(shop: Shop) -> None:
    mine, theirs = await shop.account(), await shop.account()
    contact = await add(shop, theirs)
    before = await books()
    for contact_id in (contact.id, new_id()):
        with pytest.raises(NotFound, match=r"^No such billing contact\.$"):
            await contacts.change(shop.ports, mine, contact_id, expected_version=1, name="Mine")
        with pytest.raises(NotFound, match=r"^No such billing contact\.$"):
            await contacts.remove(shop.ports, mine, contact_id)
    assert await books() == before
