"""Finding accounts: by what begins with a text, in the order of names, at the price of a page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.store import account_pages, accounts
from service.store.database import execute, new_id
from service.store.records import Account
from tests.store import rows
from tests.store.plans import plan_of
from tests.store.rows import NOW, new_contact

pytestmark = pytest.mark.usefixtures("db")


async def made(name: str, **given: Any) -> Account:
    """An account that only its name leads to."""
    found = {"reference": f"~{new_id()}", "email": "~@a.example"} | given
    return await rows.account(name=name, **found)


async def names(search: str | None, *, size: int = 100) -> list[str]:
    return [one.name for one in (await account_pages.page(size=size, search=search)).accounts]


async def test_all_accounts_are_listed_by_name_whatever_the_case() -> None:
    for name in ("beta", "Alpha", "ALPHABET", "Ähre", "2nd"):
        await made(name)
    assert await names(None) == ["2nd", "Alpha", "ALPHABET", "beta", "Ähre"]


async def test_a_name_is_found_by_how_it_begins() -> None:
    for name in ("Müller & Söhne", "MÜLLEREI", "Herr Müller", "अनन्या टेक्नोलॉजीज़", "株式会社山田"):
        await made(name)
    assert await names("mül") == ["Müller & Söhne", "MÜLLEREI"]
    assert await names("MÜLLER ") == ["Müller & Söhne"]
    assert await names("अन") == ["अनन्या टेक्नोलॉजीज़"]
    assert await names("株式") == ["株式会社山田"]
    assert await names("söhne") == []


async def test_addresses_and_references_are_found_by_how_they_begin() -> None:
    one = await made("One", email="Olivia@Northwind.example", reference="Northwind-1")
    two = await made("Two")
    await accounts.add_contact(new_contact(two.id, "Taro.Yamada@north.example"), at=NOW)
    await accounts.add_contact(new_contact(two.id, "taro@south.example"), at=NOW)
    assert await names("olivia@northWIND.example") == ["One"]
    assert await names("OLIV") == ["One"]
    assert await names("northwind-1") == ["One"]
    assert await names("north") == ["One"]
    assert await names("taro") == ["Two"]
    assert await names("taro.yamada@north.example") == ["Two"]
    assert await names("northwind.example") == []
    assert (await account_pages.page(size=5, search="oliv")).accounts == [one]


async def test_a_removed_contact_leads_to_nobody() -> None:
    account = await made("One")
    contact = new_contact(account.id, "left@a.example")
    await accounts.add_contact(contact, at=NOW)
    assert await names("left@") == ["One"]
    await accounts.remove_contact(account.id, contact.id, at=NOW)
    assert await names("left@") == []


async def test_an_invoice_leads_to_its_account_by_its_whole_number() -> None:
    account = await made("One")
    await made("Two")
    invoice = await rows.invoice(account.id)
    assert invoice.number is not None
    assert await names(invoice.number) == ["One"]
    assert await names(invoice.number.lower()) == ["One"]
    assert await names(invoice.number[:-1]) == []


async def test_who_matches_in_several_ways_is_found_once() -> None:
    account = await made("anna", email="anna@a.example", reference="anna")
    for address in ("anna@b.example", "annabel@b.example"):
        await accounts.add_contact(new_contact(account.id, address), at=NOW)
    assert (await account_pages.page(size=1, search="anna")).accounts == [account]
    assert not (await account_pages.page(size=1, search="anna")).has_more


@pytest.mark.parametrize("search", ["a%", "%a", "a_", "_a", "a\\", "a*", "a'", 'a"', "$1", "{}"])
async def test_no_letter_of_a_search_stands_for_others(search: str) -> None:
    await made("aaaa", email="aaaa@aa.example", reference="aaaa")
    assert await names(search) == []
    await made(f"{search}b")
    assert await names(search) == [f"{search}b"]


async def pages_of(search: str | None, size: int) -> list[UUID]:
    found: list[UUID] = []
    after = None
    while True:
        page = await account_pages.page(size=size, search=search, after=after)
        assert len(page.accounts) <= size
        found += [one.id for one in page.accounts]
        if not page.has_more:
            return found
        after = found[-1]


@pytest.mark.parametrize("size", [1, 3, 12, 100])
@pytest.mark.parametrize("search", [None, "an"])
async def test_pages_follow_one_another_without_gap_or_double(
    search: str | None, size: int
) -> None:
    # Three of each name, so that names alone do not put them in order.
    for number in range(12):
        await made(("Anna", "ANTON", "ante", "anton")[number % 4])
    await made("Zoe", email="anna@zoe.example")
    listed = [one.id for one in (await account_pages.page(size=100, search=search)).accounts]
    assert len(listed) == 13
    assert await pages_of(search, size) == listed


async def test_an_account_that_is_not_there_is_no_place() -> None:
    await made("Anna")
    page = await account_pages.page(size=5, after=new_id())
    assert (page.accounts, page.has_more) == ([], False)


async def test_of_addresses_that_begin_alike_the_first_hundred_count() -> None:
    for number in range(account_pages.OTHER_MATCHES_MAX + 5):
        await made(f"Name {number:03}", email=f"ap{999 - number}@a.example")
    found = await names("ap")
    assert len(found) == 100
    assert found == [f"Name {number:03}" for number in range(5, 105)]
    # By name all of them are found.
    assert len(await pages_of("name", 10)) == 105


MANY = """
INSERT INTO account SELECT (jsonb_populate_record(t, jsonb_build_object(
    'id', gen_random_uuid(), 'reference', 'account-' || n, 'email', 'accounts' || n || '@a.example',
    'name', chr(97 + n % 26) || chr(97 + n / 26 % 26) || ' company ' || n))).*
FROM account t, generate_series(1, 20000) n
"""
CONTACTS = """
INSERT INTO billing_contact SELECT (jsonb_populate_record(t, jsonb_build_object(
    'id', gen_random_uuid(), 'account_id', a.id, 'email', 'ana-' || a.reference || '@b.example'))).*
FROM billing_contact t, account a WHERE a.id <> t.account_id
"""


async def test_a_search_among_many_accounts_reads_no_more_than_it_may_find(db: str) -> None:
    account = await made("First of all")
    await rows.invoice(account.id)
    await accounts.add_contact(new_contact(account.id, "~@b.example"), at=NOW)
    await execute(MANY)
    await execute(CONTACTS)
    connection = await asyncpg.connect(db)
    await connection.execute("ANALYZE")
    await connection.close()
    # All names, addresses and references begin so, or hardly any, or none.
    for search in (None, "a", "ac", "accounts", "account-", "ana-", "accounts17@a", "zz", "no"):
        for after in (None, account.id):
            nodes = await plan_of(
                lambda search=search, after=after: account_pages.page(  # type: ignore[misc]
                    size=20, search=search, after=after
                )
            )
            scans = [node for node in nodes if "Relation Name" in node]
            by_hand = {n["Relation Name"] for n in scans if n["Node Type"] == "Seq Scan"}
            assert by_hand <= {"invoice"}, (search, after)
            of_accounts = [node for node in scans if node["Relation Name"] == "account"]
            read = sum(node["Actual Rows"] * node["Actual Loops"] for node in of_accounts)
            # By name, address and reference; and then those that were found, at most as many.
            assert read <= 2 * (21 + 3 * 100), (search, after, read)
