"""Lists of payments: newest first, in pages, of an account and of its invoices."""

from __future__ import annotations

from uuid import UUID

import pytest

from service.billing.invoice import InvoiceKind
from service.billing.payment import PaymentMove
from service.store import payment_pages, payments
from service.store.database import new_id, transaction
from service.store.payment_pages import InvoicePayments, PaymentList
from service.store.records import Invoice
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")


async def tries(account_id: UUID, *wanted: Invoice) -> UUID:
    """An attempt that failed, so that another may follow."""
    payment = await rows.payment(account_id, *wanted)
    async with transaction():
        await payments.move(payment, PaymentMove.FAIL, at=NOW)
    return payment.id


async def test_payments_are_listed_newest_first() -> None:
    account_id = (await rows.account()).id
    invoice = await rows.invoice(account_id)
    add_on = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    made = [await tries(account_id, invoice) for _ in range(2)]
    made.append(await tries(account_id, invoice, add_on))
    made += [await tries(account_id, invoice) for _ in range(2)]
    newest_first = made[::-1]

    async def listed(
        size: int, *, after: UUID | None = None, before: UUID | None = None, backwards: bool = False
    ) -> tuple[list[UUID], bool]:
        page = await payment_pages.page(
            account_id, size=size, after=after, before=before, backwards=backwards
        )
        return [one.id for one in page.payments], page.has_more

    assert await listed(10) == (newest_first, False)
    assert await listed(5) == (newest_first, False)
    assert await listed(2) == (newest_first[:2], True)
    assert await listed(2, after=newest_first[1]) == (newest_first[2:4], True)
    assert await listed(2, after=newest_first[3]) == (newest_first[4:], False)
    assert await listed(2, backwards=True) == (newest_first[3:], True)
    assert await listed(9, backwards=True, before=newest_first[2]) == (newest_first[:2], False)
    of_add_on = await payment_pages.page_of_invoice(account_id, add_on.id, size=9)
    assert [one.id for one in of_add_on.payments] == [made[2]]
    assert await payment_pages.counts([account_id]) == {account_id: 5}
    add_ons, none = (account_id, add_on.id), (account_id, new_id())
    assert await payment_pages.counts_of_invoices([add_ons, none]) == {add_ons: 1, none: 0}


async def test_pages_of_several_accounts_are_read_at_once() -> None:
    first, second, third = [(await rows.account()).id for _ in range(3)]
    made = {}
    for account_id in (first, second):
        invoice = await rows.invoice(account_id)
        made[account_id] = [await tries(account_id, invoice) for _ in range(3)]
    wanted = [
        PaymentList(second, 2),
        PaymentList(third, 2),
        PaymentList(first, 2),
        PaymentList(first, 2, after=made[first][2]),
        PaymentList(second, 2, before=made[first][2]),
        PaymentList(first, 1, backwards=True),
        PaymentList(second, 2),
    ]
    found = await payment_pages.pages(wanted)
    assert [([one.id for one in page.payments], page.has_more) for page in found] == [
        (made[second][:0:-1], True),
        ([], False),
        (made[first][:0:-1], True),
        (made[first][1::-1], False),
        (made[second][:0:-1], True),
        (made[first][:1], True),
        (made[second][:0:-1], True),
    ]
    assert await payment_pages.counts([third, first, second]) == {first: 3, second: 3, third: 0}


async def test_each_invoice_has_a_page_of_its_own() -> None:
    account_id, stranger = (await rows.account()).id, (await rows.account()).id
    invoice = await rows.invoice(account_id)
    add_on = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    unpaid = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    made = [await tries(account_id, invoice) for _ in range(3)]
    both = await tries(account_id, invoice, add_on)
    theirs = await rows.invoice(stranger)
    strange = await tries(stranger, theirs)
    wanted = [
        InvoicePayments(account_id, invoice.id, 2),
        InvoicePayments(account_id, unpaid.id, 2),
        InvoicePayments(account_id, add_on.id, 2),
        InvoicePayments(account_id, invoice.id, 2, after=both),
        InvoicePayments(account_id, invoice.id, 2, after=made[1]),
        InvoicePayments(account_id, invoice.id, 9),
        InvoicePayments(stranger, theirs.id, 2),
        InvoicePayments(stranger, invoice.id, 2),
        InvoicePayments(account_id, theirs.id, 2),
    ]
    found = await payment_pages.pages_of_invoices(wanted)
    assert [([one.id for one in page.payments], page.has_more) for page in found] == [
        ([both, made[2]], True),
        ([], False),
        ([both], False),
        ([made[2], made[1]], True),
        ([made[0]], False),
        ([both, *made[::-1]], False),
        ([strange], False),
        ([], False),
        ([], False),
    ]
    keys = [(one.account_id, one.invoice_id) for one in wanted]
    assert await payment_pages.counts_of_invoices(keys) == {
        (account_id, invoice.id): 4,
        (account_id, add_on.id): 1,
        (account_id, unpaid.id): 0,
        (stranger, theirs.id): 1,
        (stranger, invoice.id): 0,
        (account_id, theirs.id): 0,
    }
