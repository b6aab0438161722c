"""Accounts and their billing contacts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.errors import InputIssue, InvalidInput, NotFound, StaleVersion
from service.billing.invoice import InvoiceKind, InvoiceMove
from service.billing.people import ContactStatus
from service.billing.sheet import Party
from service.billing.tax import TaxRate
from service.store import accounts, invoices
from service.store.database import execute, fetch, new_id, transaction
from tests.store import rows
from tests.store.rows import NOW, new_account, new_contact

pytestmark = pytest.mark.usefixtures("db")


def issue_of(refused: pytest.ExceptionInfo[InvalidInput]) -> InputIssue:
    (issue,) = refused.value.issues
    return issue


async def test_an_account_is_read_as_it_was_written() -> None:
    made = await rows.account()
    assert await accounts.find(made.id) == made
    assert made.party == Party(made.name, made.email, made.address, made.tax_id)


async def test_an_account_without_tax_and_address() -> None:
    made = await rows.account(address=None, tax_id=None, tax_rate=None)
    assert await accounts.find(made.id) == made


async def test_a_tax_rate_keeps_four_decimals() -> None:
    made = await rows.account(tax_rate=TaxRate("State tax", Decimal("8.8750")))
    read = await accounts.find(made.id)
    assert read.tax_rate is not None
    assert str(read.tax_rate.percent) == "8.8750"


async def test_a_reference_is_taken_once() -> None:
    made = await rows.account(reference="northwind")
    with pytest.raises(InvalidInput) as refused:
        await accounts.create(new_account(reference="northwind"), at=NOW)
    assert issue_of(refused) == InputIssue(("reference",), "TAKEN", "This reference is taken.")
    assert await rows.number_of("account") == 1
    await accounts.create(new_account(reference="Northwind"), at=NOW)
    assert await accounts.find_by_references(["northwind", "nobody"]) == {"northwind": made}


async def test_an_account_that_breaks_another_rule_is_a_defect() -> None:
    with pytest.raises(IntegrityError, match="account_currencies"):
        await accounts.create(new_account(currency="usd"), at=NOW)
    assert await rows.number_of("account") == 0


async def test_an_account_that_is_not_there() -> None:
    with pytest.raises(NotFound, match=r"No such account\."):
        await accounts.find(new_id())
    with pytest.raises(NotFound):
        async with transaction():
            await accounts.lock(new_id())
    nobody = new_id()
    assert await accounts.balances_due([nobody]) == {nobody: 0}
    assert await accounts.contacts(new_id()) == []


async def test_all_accounts_a_page_at_a_time() -> None:
    made = [(await rows.account()).id for _ in range(5)]
    assert await accounts.ids() == made
    assert await accounts.ids(limit=2) == made[:2]
    assert await accounts.ids(after=made[1], limit=2) == made[2:4]
    assert await accounts.ids(after=made[4]) == []


async def test_the_lock_lets_one_transaction_at_a_time_in() -> None:
    account = await rows.account()
    inside = 0

    async def change() -> None:
        nonlocal inside
        async with transaction():
            await accounts.lock(account.id)
            inside += 1
            assert inside == 1
            await asyncio.sleep(0.002)
            inside -= 1

    await asyncio.gather(*[change() for _ in range(8)])


async def test_the_lock_holds_up_neither_readers_nor_other_accounts() -> None:
    one, other = await rows.account(), await rows.account()
    release = asyncio.Event()

    async def hold() -> None:
        async with transaction():
            await accounts.lock(one.id)
            held.set()
            await release.wait()

    held = asyncio.Event()
    holding = asyncio.create_task(hold())
    await held.wait()
    async with asyncio.timeout(5), transaction():
        assert await accounts.find(one.id) == one
        # A row that points to the locked account: the lock is not in its way.
        await accounts.add_contact(new_contact(one.id), at=NOW)
        await accounts.lock(other.id)
    release.set()
    await holding


async def test_what_is_due_over_all_open_invoices() -> None:
    account = await rows.account()

    async def due() -> int:
        return (await accounts.balances_due([account.id]))[account.id]

    assert await due() == 0
    usage = await rows.invoice(account.id, "100.00")
    await rows.invoice(account.id, "0.50", kind=InvoiceKind.ADD_ON)
    voided = await rows.invoice(account.id, "7.00", kind=InvoiceKind.ADD_ON)
    paid = await rows.invoice(account.id, "9.00", kind=InvoiceKind.ADD_ON)
    other = (await rows.account()).id
    await rows.invoice(other, "1000.00")
    assert await due() == 11_650
    async with transaction():
        await invoices.move(voided, InvoiceMove.CANCEL, at=NOW)
    await execute("UPDATE invoice SET paid_minor = 4000 WHERE id = $1", usage.id)
    await execute("UPDATE invoice SET paid_minor = 900 WHERE id = $1", paid.id)
    assert await due() == 6_050
    await execute("UPDATE invoice SET status = 'PAID' WHERE id = $1", paid.id)
    # What was given back of a paid invoice is not due again.
    await execute("UPDATE invoice SET refunded_minor = 900 WHERE id = $1", paid.id)
    assert await due() == 6_050
    both = [other, account.id]
    assert await accounts.balances_due(both) == {account.id: 6_050, other: 100_000}


async def test_contacts_are_listed_as_they_were_added() -> None:
    account = await rows.account()
    added = [new_contact(account.id, f"{name}@mueller.example") for name in "cab"]
    for contact in added:
        await accounts.add_contact(contact, at=NOW)
    assert await accounts.contacts(account.id) == added
    assert await accounts.find_contact(account.id, added[1].id) == added[1]


async def test_a_contact_of_another_account_is_not_found() -> None:
    account, stranger = await rows.account(), await rows.account()
    contact = new_contact(account.id)
    await accounts.add_contact(contact, at=NOW)
    with pytest.raises(NotFound, match=r"No such billing contact\."):
        await accounts.find_contact(stranger.id, contact.id)
    with pytest.raises(NotFound):
        await accounts.change_contact(
            replace(contact, account_id=stranger.id, name="Eve"), expected_version=1
        )
    with pytest.raises(NotFound):
        await accounts.remove_contact(stranger.id, contact.id, at=NOW)
    await accounts.mark_bouncing(stranger.id, contact.email)
    assert await accounts.contacts(account.id) == [contact]


async def test_an_address_is_taken_in_whatever_case() -> None:
    account = await rows.account()
    contact = new_contact(account.id, "Ada@Mueller.example")
    await accounts.add_contact(contact, at=NOW)
    with pytest.raises(InvalidInput) as refused:
        await accounts.add_contact(new_contact(account.id, "aDA@mueller.EXAMPLE"), at=NOW)
    assert issue_of(refused).path == ("email",)
    assert issue_of(refused).code == "TAKEN"
    assert await accounts.contacts(account.id) == [contact]
    await accounts.add_contact(new_contact((await rows.account()).id, contact.email), at=NOW)


async def test_a_contact_for_an_account_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(IntegrityError, match="billing_contact_account_id_fkey"):
        await accounts.add_contact(new_contact(new_id()), at=NOW)


async def test_a_changed_contact_has_the_next_version() -> None:
    account = await rows.account()
    contact = new_contact(account.id)
    await accounts.add_contact(contact, at=NOW)
    wanted = replace(contact, name="Ada L.", email="ada.l@mueller.example", locale="fr")
    changed = await accounts.change_contact(wanted, expected_version=1)
    assert changed == replace(wanted, version=2)
    assert await accounts.find_contact(account.id, contact.id) == changed


async def test_a_change_on_an_older_version_is_refused() -> None:
    account = await rows.account()
    contact = new_contact(account.id)
    await accounts.add_contact(contact, at=NOW)
    first = await accounts.change_contact(replace(contact, name="First"), expected_version=1)
    with pytest.raises(StaleVersion) as refused:
        await accounts.change_contact(replace(contact, name="Second"), expected_version=1)
    assert refused.value.current_version == 2
    assert await accounts.find_contact(account.id, contact.id) == first


async def test_of_changes_at_once_one_is_written() -> None:
    account = await rows.account()
    contact = new_contact(account.id)
    await accounts.add_contact(contact, at=NOW)
    wanted = [replace(contact, name=f"Ada {place}") for place in range(8)]
    ends = await asyncio.gather(
        *[accounts.change_contact(one, expected_version=1) for one in wanted],
        return_exceptions=True,
    )
    (won,) = [end for end in ends if not isinstance(end, BaseException)]
    assert [type(end) for end in ends].count(StaleVersion) == 7
    assert await accounts.find_contact(account.id, contact.id) == won
    assert won.version == 2


async def test_a_change_to_an_address_that_is_taken_is_refused() -> None:
    account = await rows.account()
    ada = new_contact(account.id, "ada@mueller.example")
    bob = new_contact(account.id, "bob@mueller.example")
    for contact in (ada, bob):
        await accounts.add_contact(contact, at=NOW)
    with pytest.raises(InvalidInput) as refused:
        await accounts.change_contact(replace(bob, email="ADA@mueller.example"), expected_version=1)
    assert issue_of(refused).code == "TAKEN"
    assert await accounts.contacts(account.id) == [ada, bob]


async def test_a_contact_bounces_until_its_address_changes() -> None:
    account = await rows.account()
    contact = new_contact(account.id)
    await accounts.add_contact(contact, at=NOW)
    await accounts.mark_bouncing(account.id, "ADA@mueller.example")
    await accounts.mark_bouncing(account.id, "ada@mueller.example")
    bouncing = await accounts.find_contact(account.id, contact.id)
    assert bouncing == replace(contact, status=ContactStatus.BOUNCING, version=2)
    renamed = await accounts.change_contact(replace(bouncing, name="A."), expected_version=2)
    assert renamed.status is ContactStatus.BOUNCING
    moved = await accounts.change_contact(
        replace(renamed, email="ada@new.example"), expected_version=3
    )
    assert moved == replace(
        contact, name="A.", email="ada@new.example", status=ContactStatus.ACTIVE, version=4
    )


async def test_a_removed_contact_is_off_the_list_and_its_address_free() -> None:
    account = await rows.account()
    contact = new_contact(account.id)
    await accounts.add_contact(contact, at=NOW)
    await accounts.remove_contact(account.id, contact.id, at=NOW)
    assert await accounts.contacts(account.id) == []
    with pytest.raises(NotFound):
        await accounts.find_contact(account.id, contact.id)
    with pytest.raises(NotFound):
        await accounts.remove_contact(account.id, contact.id, at=NOW)
    with pytest.raises(NotFound):
        await accounts.change_contact(contact, expected_version=1)
    again = new_contact(account.id)
    await accounts.add_contact(again, at=NOW)
    kept = await fetch("SELECT id, removed_at FROM billing_contact ORDER BY id")
    assert [tuple(row.values()) for row in kept] == [(contact.id, NOW), (again.id, None)]
