"""Accounts from CSV: good lines are opened, each bad one is told with its reasons."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from service.billing.errors import InvalidInput
from service.billing.sheet import Address
from service.billing.tax import TaxRate
from service.store import accounts
from service.workflows.account_files import AccountsReport, import_accounts
from tests.support.books import books, rows
from tests.support.shop import Shop

HEADING = "reference,name,email,plan,currency"
FULL = (
    f"{HEADING},charge_currency,locale,time_zone,street,city,region,postal_code,country_code,"
    "tax_id,tax_name,tax_percent"
)


async def loaded(shop: Shop, *lines: str) -> AccountsReport:
    return await import_accounts(shop.ports, io.StringIO("\n".join(lines), newline=""))


async def test_a_line_becomes_an_account_exactly(shop: Shop) -> None:
    report = await loaded(
        shop,
        FULL,
        "m,Müller & Söhne,post@mueller.example,PAID,EUR,INR,de-DE,Europe/Berlin,"
        '"Große Str. 1; Hof",Köln,,50667,DE,DE136695976,USt,19',
    )
    assert (report.opened, report.known, report.refused) == (1, 0, ())
    account = (await accounts.find_by_references(["m"]))["m"]
    assert account.name == "Müller & Söhne"
    assert (account.plan, account.currency, account.charge_currency) == ("PAID", "EUR", "INR")
    assert (account.locale, account.time_zone) == ("de-DE", "Europe/Berlin")
    assert account.address == Address(("Große Str. 1", "Hof"), "Köln", None, "50667", "DE")
    assert (account.tax_id, account.tax_rate) == ("DE136695976", TaxRate("USt", Decimal(19)))


async def test_a_file_loaded_again_opens_and_changes_nothing(shop: Shop) -> None:
    line = "a,Acme,a@acme.example,FREE,USD"
    await loaded(shop, HEADING, line)
    before = await books()
    report = await loaded(shop, HEADING, line.replace("Acme", "Acme Renamed"))
    assert (report.opened, report.known, report.refused) == (0, 1, ())
    assert report.differing == (2,)
    assert (await loaded(shop, HEADING, line)).differing == ()
    assert await books() == before


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ("a,Acme,a@acme.example,GOLD,USD", [(("plan",), "INVALID")]),
        ("a,Acme,nobody,PAID,USD", [(("email",), "INVALID")]),
        ("a,,a@acme.example,PAID,usd", [(("name",), "INVALID"), (("currency",), "INVALID")]),
        ("a,Acme,a@acme.example,PAID,USD,more", [(("line",), "TOO_MANY_FIELDS")]),
    ],
)
async def test_a_bad_line_is_refused_and_the_good_one_taken(
    shop: Shop, line: str, reasons: list[tuple[tuple[str, ...], str]]
) -> None:
    report = await loaded(shop, HEADING, line, "b,Bee,b@bee.example,PAID,USD")
    (refused,) = report.refused
    assert refused.line == 2
    assert [(issue.path, issue.code) for issue in refused.issues] == reasons
    assert (report.opened, await rows("account")) == (1, 1)


async def test_a_line_that_says_something_else_of_a_known_account_is_named(shop: Shop) -> None:
    line = "m,M,m@m.example,PAID,EUR,INR,de-DE,Europe/Berlin,Hof 1,Köln,,50667,DE,DE1,USt,{}"
    await loaded(shop, FULL, line.format(19))
    assert (await loaded(shop, FULL, line.format(19))).differing == ()
    assert (await loaded(shop, FULL, line.format(7))).differing == (2,)
    assert (await loaded(shop, HEADING, "m,M,m@m.example,PAID,EUR")).differing == ()


async def test_a_tax_has_a_name_and_a_percentage(shop: Shop) -> None:
    heading = f"{HEADING},tax_name,tax_percent"
    report = await loaded(shop, heading, "a,Acme,a@acme.example,PAID,USD,GST,101")
    assert [issue.path for issue in report.refused[0].issues] == [("tax_percent",)]
    assert await rows("account") == 0


@pytest.mark.parametrize("heading", ["reference,name", f"{HEADING},colour", ""])
async def test_a_heading_that_is_none_opens_nothing(shop: Shop, heading: str) -> None:
    with pytest.raises(InvalidInput):
        await loaded(shop, heading, "a,Acme,a@acme.example,PAID,USD")
    assert await rows("account") == 0
