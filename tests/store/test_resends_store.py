"""Mails by which invoices are mailed again, as rows: counted, found, and listed without end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from service.billing.invoice import InvoiceKind
from service.billing.resend import PlannedMail
from service.store import documents, resends
from service.store.database import execute, new_id
from service.store.records import Invoice
from tests.store import rows
from tests.store.plans import plan_of
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

HOUR = timedelta(hours=1)


async def plan(invoice: Invoice, email: str, resend: int = 0, *, hours_ago: int = 0) -> UUID | None:
    return await documents.queue_delivery(
        invoice.account_id,
        invoice.id,
        contact_id=None,
        name="Ada",
        email=email,
        at=NOW - hours_ago * HOUR,
        resend=resend,
    )


async def test_an_address_gets_one_mail_of_each_resend() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    for resend in (0, 1, 2):
        planned = await asyncio.gather(
            *[plan(invoice, email, resend) for email in ("ada@b", "ADA@b") * 2]
        )
        assert len([one for one in planned if one is not None]) == 1
    listed = await documents.deliveries(invoice.account_id, invoice.id)
    assert [one.resend for one in listed] == [0, 1, 2]
    assert {one.created_at for one in listed} == {NOW}


async def test_resends_of_an_invoice_are_numbered_from_one() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    other = await rows.invoice(account.id, kind=InvoiceKind.ADD_ON)
    assert await resends.next_number(account.id, invoice.id) == 1
    await plan(invoice, "ada@b")
    assert await resends.next_number(account.id, invoice.id) == 1
    await plan(invoice, "ada@b", 1)
    await plan(invoice, "bob@b", 1)
    assert await resends.next_number(account.id, invoice.id) == 2
    assert await resends.next_number(account.id, other.id) == 1
    assert await resends.next_number((await rows.account()).id, invoice.id) == 1


async def test_the_mails_of_one_resend_are_found_by_each_of_them() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    await plan(invoice, "ada@b")
    mails = [await plan(invoice, email, 1) for email in ("ada@b", "bob@b")]
    await plan(invoice, "ada@b", 2)
    for one in mails:
        assert one is not None
        found = await resends.mails_beside(invoice.account_id, one)
        assert [each.id for each in found] == mails
        assert await resends.mails_beside((await rows.account()).id, one) == []


async def test_what_was_planned_lately_is_counted_for_the_invoice_and_its_account() -> None:
    account, stranger = await rows.account(), await rows.account()
    invoice = await rows.invoice(account.id)
    other = await rows.invoice(account.id, kind=InvoiceKind.ADD_ON)
    theirs = await rows.invoice(stranger.id)
    await plan(invoice, "Ada@B", hours_ago=1)
    await plan(invoice, "ada@b", 1, hours_ago=2)
    await plan(invoice, "ada@b", 2, hours_ago=3)
    await plan(other, "ada@b", hours_ago=1)
    await plan(other, "ada@b", 1, hours_ago=1)
    await plan(theirs, "ada@b", 1, hours_ago=1)
    found = await resends.planned(account.id, invoice.id, since=NOW - 3 * HOUR)
    assert sorted(found, key=lambda one: (one.invoice_id, one.resend)) == [
        PlannedMail(invoice.id, 0, "ada@b", NOW - HOUR),
        PlannedMail(invoice.id, 1, "ada@b", NOW - 2 * HOUR),
        PlannedMail(other.id, 1, "ada@b", NOW - HOUR),
    ]


async def test_of_an_invoice_mailed_again_and_again_the_newest_mails_are_listed() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    quiet = await rows.invoice(account.id, kind=InvoiceKind.ADD_ON)
    await plan(invoice, "ada@b")
    first = await plan(quiet, "ada@b")
    made = [{"id": new_id(), "resend": resend} for resend in range(1, 251)]
    await rows.copy_many("delivery", made)
    found = await documents.deliveries_of(account.id, [invoice.id, quiet.id])
    assert [one.resend for one in found[invoice.id]] == list(range(51, 251))
    assert [one.id for one in found[quiet.id]] == [first]


async def test_single_mails_are_found_with_their_owners_alone() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    stranger = (await rows.account()).id
    mail = await plan(invoice, "ada@b")
    assert mail is not None
    keys = [(invoice.account_id, mail), (stranger, mail), (invoice.account_id, new_id())]
    assert [one.id for one in await documents.find_deliveries(keys)] == [mail]


async def test_counting_reads_the_mails_of_a_day_however_many_there_were() -> None:
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    await plan(invoice, "ada@b")
    old = [{"id": new_id(), "resend": one, "created_at": "2026-01-01Z"} for one in range(1, 3001)]
    await rows.copy_many("delivery", old)
    await execute("ANALYZE delivery")
    nodes = await plan_of(lambda: resends.planned(account.id, invoice.id, since=NOW - 24 * HOUR))
    assert "delivery_resent" in {node.get("Index Name") for node in nodes}
    assert max(node["Actual Rows"] for node in nodes) <= 1
