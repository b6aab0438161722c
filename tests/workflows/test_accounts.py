"""Opening accounts: everything that is wrong is told at once, and nothing half is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from service.billing.errors import InvalidInput
from service.billing.people import Plan
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.store import accounts
from service.store.records import Account
from service.workflows.accounts import NewAccount, open_account
from tests.support.books import books, rows
from tests.support.shop import Shop

ADDRESS = Address(("७, महात्मा गांधी मार्ग", "Unit 4"), "पुणे", "महाराष्ट्र", "411001", "IN")
NEW = NewAccount(
    reference="ananya",
    name="अनन्या टेक्नोलॉजीज़ प्रा. लि.",
    email="lekha@ananya.example",
    plan=Plan.FREE,
    currency="INR",
    charge_currency="INR",
    locale="hi-IN",
    time_zone="Asia/Kolkata",
    address=ADDRESS,
    tax_id="27AAPFU0939F1ZV",
    tax_rate=TaxRate("IGST", Decimal("18")),
)


async def test_an_account_is_kept_as_it_was_given(shop: Shop) -> None:
    account_id = await open_account(shop.ports, NEW)
    assert await accounts.find(account_id) == Account(
        id=account_id,
        reference="ananya",
        name="अनन्या टेक्नोलॉजीज़ प्रा. लि.",
        email="lekha@ananya.example",
        plan=Plan.FREE,
        currency="INR",
        charge_currency="INR",
        locale="hi-IN",
        time_zone="Asia/Kolkata",
        address=ADDRESS,
        tax_id="27AAPFU0939F1ZV",
        tax_rate=TaxRate("IGST", Decimal("18")),
        version=1,
    )


async def test_an_account_needs_only_a_name_an_address_and_a_currency(shop: Shop) -> None:
    least = NewAccount("r", "N", "a@b.example", Plan.PAID, "USD")
    account = await accounts.find(await open_account(shop.ports, least))
    assert (account.charge_currency, account.locale, account.time_zone) == (
        "INR",
        "en",
        "Asia/Kolkata",
    )
    assert (account.address, account.tax_id, account.tax_rate) == (None, None, None)


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"reference": ""}, ["reference"]),
    ({"reference": " ananya"}, ["reference"]),
    ({"reference": "a" * 65}, ["reference"]),
    ({"reference": "a\x00b"}, ["reference"]),
    ({"reference": "\ud800"}, ["reference"]),
    ({"name": ""}, ["name"]),
    ({"name": "x" * 201}, ["name"]),
    ({"name": "a\nb"}, ["name"]),
    ({"email": "nobody"}, ["email"]),
    ({"email": "a@b.example, c@d.example"}, ["email"]),
    ({"currency": "inr"}, ["currency"]),
    ({"currency": "RUPEES"}, ["currency"]),
    ({"currency": "XAU"}, ["currency"]),
    ({"currency": "XTS", "charge_currency": "DEM"}, ["currency", "charge_currency"]),
    ({"currency": ""}, ["currency"]),
    ({"charge_currency": "US$"}, ["charge_currency"]),
    ({"locale": ""}, ["locale"]),
    ({"locale": "klingon"}, ["locale"]),
    ({"locale": "hi_IN"}, ["locale"]),
    ({"locale": "en-US-" + "x" * 30}, ["locale"]),
    ({"time_zone": ""}, ["time_zone"]),
    ({"time_zone": "Mars/Olympus"}, ["time_zone"]),
    ({"time_zone": "Asia"}, ["time_zone"]),
    ({"time_zone": "../../etc/passwd"}, ["time_zone"]),
    ({"time_zone": "/etc/localtime"}, ["time_zone"]),
    ({"time_zone": "Asia/Kolkata\x00"}, ["time_zone"]),
    ({"time_zone": "a/" * 2000}, ["time_zone"]),
    ({"time_zone": "\ud800"}, ["time_zone"]),
    ({"tax_id": ""}, ["tax_id"]),
    ({"tax_id": "1" * 33}, ["tax_id"]),
    ({"tax_id": "27\x00"}, ["tax_id"]),
    ({"tax_rate": TaxRate("", Decimal(1))}, ["tax_rate"]),
    ({"tax_rate": TaxRate("T" * 33, Decimal(1))}, ["tax_rate"]),
    ({"tax_rate": TaxRate("VAT", Decimal("7.12345"))}, ["tax_rate"]),
    ({"address": replace(ADDRESS, city="a\x00b")}, ["address"]),
    ({"address": replace(ADDRESS, lines=("\ud800",))}, ["address"]),
    ({"address": replace(ADDRESS, region="r" * 201)}, ["address"]),
    ({"address": replace(ADDRESS, country_code="India")}, ["address"]),
    ({"name": "", "email": "", "currency": "x"}, ["name", "email", "currency"]),
]


async def test_what_is_wrong_is_told_field_by_field_and_nothing_is_kept(shop: Shop) -> None:
    before = await books()
    for changes, expected in BAD:
        with pytest.raises(InvalidInput) as refusal:
            await open_account(shop.ports, replace(NEW, **changes))
        assert [".".join(issue.path) for issue in refusal.value.issues] == expected, changes
        assert {issue.code for issue in refusal.value.issues} == {"INVALID"}
    assert await books() == before


async def test_a_reference_is_given_once(shop: Shop) -> None:
    made = await asyncio.gather(
        *[open_account(shop.ports, NEW) for _ in range(8)], return_exceptions=True
    )
    assert len([one for one in made if isinstance(one, UUID)]) == 1
    refusals = [one for one in made if isinstance(one, InvalidInput)]
    assert {(one.issues[0].path, one.issues[0].code) for one in refusals} == {
        (("reference",), "TAKEN")
    }
    assert (len(refusals), await rows("account")) == (7, 1)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"])
async def test_time_zones_are_those_of_the_tz_database(shop: Shop, zone: str) -> None:
    account_id = await open_account(shop.ports, replace(NEW, time_zone=zone))
    assert (await accounts.find(account_id)).time_zone == zone
