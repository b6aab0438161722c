"""What is printed on the next invoices: changed by one at a time, and never on issued ones."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from service.billing.errors import InvalidInput, NotFound, StaleVersion
from service.billing.events import BillingDetailsChanged
from service.billing.period import Month
from service.billing.sheet import Address, Party
from service.store import accounts, documents, invoices
from service.store.database import execute, new_id
from service.store.records import Account
from service.templates.render import invoice_html
from service.workflows.accounts import NewAccount, open_account
from service.workflows.billing_details import Changes, change
from service.workflows.deliveries import plan
from service.workflows.sheets import sheet_of
from tests.support.books import books
from tests.support.shop import Shop
from tests.workflows.test_accounts import ADDRESS, NEW

KOLN = Address(("Große Straße 12", "Hinterhof"), "Köln", None, "50667", "DE")


async def opened(shop: Shop) -> UUID:
    return await open_account(shop.ports, NEW)


async def changed(shop: Shop, account: UUID, version: int = 1, **changes: Any) -> Account:
    given: Changes = {}
    given.update(changes)  # type: ignore[typeddict-item]  # the tests give wrong ones too
    return await change(shop.ports, account, expected_version=version, changes=given)


async def test_what_is_given_is_changed_and_the_rest_stays(shop: Shop) -> None:
    account = await opened(shop)
    before = await accounts.find(account)
    renamed = await changed(shop, account, name="Ananya GmbH")
    assert renamed == replace(before, name="Ananya GmbH", version=2)
    moved = await changed(
        shop, account, 2, email="ap@ananya.example", address=KOLN, tax_id="DE1", locale="de-DE"
    )
    assert moved == replace(
        renamed,
        email="ap@ananya.example",
        address=KOLN,
        tax_id="DE1",
        locale="de-DE",
        version=3,
    )
    assert await accounts.find(account) == moved
    assert await shop.happened(account) == [BillingDetailsChanged(2), BillingDetailsChanged(3)]


async def test_an_address_and_a_tax_id_can_be_taken_away(shop: Shop) -> None:
    account = await opened(shop)
    bare = await changed(shop, account, address=None, tax_id=None)
    assert (bare.address, bare.tax_id, bare.name) == (None, None, NEW.name)
    assert await accounts.find(account) == bare
    assert (await changed(shop, account, 2, tax_id="27AAPFU0939F1ZV")).address is None


async def test_what_people_type_around_a_text_is_left_out(shop: Shop) -> None:
    account = await opened(shop)
    typed = Address(("  Am Markt 1 ", "   ", "\t"), " Köln ", " ", "", "DE")
    kept = await changed(shop, account, name="  Mu\u0308ller ", address=typed, tax_id="   ")
    assert (kept.name, kept.tax_id) == ("Müller", None)
    assert kept.address == Address(("Am Markt 1",), "Köln", None, None, "DE")


BAD: list[tuple[dict[str, Any], list[tuple[str, ...]]]] = [
    ({"name": ""}, [("name",)]),
    ({"name": " \u200b "}, [("name",)]),
    ({"name": "x" * 201}, [("name",)]),
    ({"name": "a\nb"}, [("name",)]),
    ({"name": "\u202eohsA"}, [("name",)]),
    ({"email": ""}, [("email",)]),
    ({"email": " a@b.example"}, [("email",)]),
    ({"email": "a@b.example\r\nBcc: all@b.example"}, [("email",)]),
    ({"locale": ""}, [("locale",)]),
    ({"locale": "klingon"}, [("locale",)]),
    ({"locale": "hi_IN"}, [("locale",)]),
    ({"tax_id": "1" * 33}, [("taxId",)]),
    ({"tax_id": "27\x00"}, [("taxId",)]),
    ({"address": replace(ADDRESS, lines=("\ud800",))}, [("address", "lines")]),
    ({"address": replace(ADDRESS, lines=("a",) * 7)}, [("address", "lines")]),
    ({"address": replace(ADDRESS, lines=("x" * 201,))}, [("address", "lines")]),
    ({"address": replace(ADDRESS, city="")}, [("address", "city")]),
    ({"address": replace(ADDRESS, city="a\x00b")}, [("address", "city")]),
    ({"address": replace(ADDRESS, region="r" * 201)}, [("address", "region")]),
    ({"address": replace(ADDRESS, postal_code="1\n2")}, [("address", "postalCode")]),
    ({"address": replace(ADDRESS, country_code="India")}, [("address", "countryCode")]),
    ({"address": replace(ADDRESS, country_code="in")}, [("address", "countryCode")]),
    (
        {"name": "", "email": "", "address": replace(ADDRESS, city="", country_code="")},
        [("name",), ("email",), ("address", "city"), ("address", "countryCode")],
    ),
]


async def test_what_cannot_be_printed_is_told_part_by_part_and_nothing_is_kept(shop: Shop) -> None:
    account = await opened(shop)
    before = await books()
    for changes, expected in BAD:
        with pytest.raises(InvalidInput) as refused:
            await changed(shop, account, **changes)
        assert [issue.path for issue in refused.value.issues] == expected, changes
        assert {issue.code for issue in refused.value.issues} == {"INVALID"}
    assert await books() == before


async def test_what_is_refused_here_opens_no_account_either(shop: Shop) -> None:
    before = await books()
    for changes, expected in BAD:
        with pytest.raises(InvalidInput) as refused:
            await open_account(shop.ports, replace(NEW, **changes))
        named = {path[0].replace("taxId", "tax_id") for path in expected}
        assert {issue.path[0] for issue in refused.value.issues} == named, changes
    assert await books() == before


async def test_what_an_old_account_has_is_no_obstacle_to_changing_something_else(
    shop: Shop,
) -> None:
    account = await opened(shop)
    await execute("UPDATE account SET address = jsonb_set(address, '{lines}', '[\"\"]')")
    assert (await changed(shop, account, email="ap@ananya.example")).version == 2
    with pytest.raises(InvalidInput):
        await changed(shop, account, 2, address=replace(ADDRESS, lines=("a\nb",)))


async def test_of_two_people_who_change_it_at_once_the_second_is_told(shop: Shop) -> None:
    account = await opened(shop)
    ends = await asyncio.gather(
        *[changed(shop, account, name=f"Name {number}") for number in range(8)],
        return_exceptions=True,
    )
    stale = [end for end in ends if isinstance(end, StaleVersion)]
    assert [one.current_version for one in stale] == [2] * 7
    assert await shop.happened(account) == [BillingDetailsChanged(2)]
    before = await books()
    with pytest.raises(StaleVersion):
        await changed(shop, account, 1, tax_id=None)
    with pytest.raises(StaleVersion):
        await changed(shop, account, 3, tax_id=None)
    assert await books() == before


async def test_what_stays_as_it_is_counts_for_no_change(shop: Shop) -> None:
    account = await opened(shop)
    before = await books()
    assert (await changed(shop, account)).version == 1
    same = await changed(shop, account, name=f" {NEW.name}", address=ADDRESS, tax_id=NEW.tax_id)
    assert same == await accounts.find(account)
    assert await books() == before


async def test_an_account_that_is_not_there_is_not_found(shop: Shop) -> None:
    before = await books()
    with pytest.raises(NotFound, match=r"^No such account\.$"):
        await changed(shop, new_id(), name="Nobody")
    assert await books() == before


async def test_issued_invoices_keep_what_they_were_issued_with(shop: Shop) -> None:
    new = NewAccount("r", "Old Name", "old@a.example", NEW.plan, "USD", "INR", "en-US", "UTC")
    account = await open_account(shop.ports, replace(new, address=ADDRESS, tax_id="OLD"))
    issued = await shop.invoice(account, "1241.79")
    page = invoice_html(await sheet_of(account, issued))
    assert "1,241.79" in page
    await changed(
        shop,
        account,
        name="New Name",
        email="new@a.example",
        locale="de-DE",
        address=KOLN,
        tax_id=None,
    )
    assert await invoices.find(account, issued.id) == issued
    assert invoice_html(await sheet_of(account, issued)) == page
    next_one = await shop.invoice(account, "1241.79", month=Month(2026, 8))
    sheet = await sheet_of(account, next_one)
    assert sheet.buyer == Party("New Name", "new@a.example", KOLN, None)
    assert (sheet.locale, "1.241,79" in invoice_html(sheet)) == ("de-DE", True)
    await plan(shop.ports, next_one)
    [mail] = await documents.deliveries(account, next_one.id)
    assert (mail.recipient_name, mail.recipient_email) == ("New Name", "new@a.example")
