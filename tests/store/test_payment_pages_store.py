"""Lists of payments: newest first, in pages, of an account and of its invoices."""

from __future__ import annotations

from uuid import UUID

import pytest

from service.billing.invoice import InvoiceKind
from service.billing.payment import PaymentMove
from service.store import payment_pages, payments
from service.store.database import new_id, transaction
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
    of_add_on = await payment_pages.page(account_id, size=9, invoice_id=add_on.id)
    assert [one.id for one in of_add_on.payments] == [made[2]]
    assert await payment_pages.count(account_id) == 5
    assert await payment_pages.count(account_id, invoice_id=add_on.id) == 1
    assert await payment_pages.count(account_id, invoice_id=new_id()) == 0


async def test_each_invoice_has_a_page_of_its_own() -> None:
    account_id, stranger = (await rows.account()).id, (await rows.account()).id
    invoice = await rows.invoice(account_id)
    add_on = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    unpaid = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON)
    made = [await tries(account_id, invoice) for _ in range(3)]
    both = await tries(account_id, invoice, add_on)
    wanted = [
        (invoice.id, None),
        (unpaid.id, None),
        (add_on.id, None),
        (invoice.id, both),
        (invoice.id, made[1]),
    ]
    found = await payment_pages.pages_of_invoices(account_id, wanted, size=2)
    assert [([one.id for one in page.payments], page.has_more) for page in found] == [
        ([both, made[2]], True),
        ([], False),
        ([both], False),
        ([made[2], made[1]], True),
        ([made[0]], False),
    ]
    assert await payment_pages.counts_of_invoices(
        account_id, [invoice.id, add_on.id, unpaid.id]
    ) == {invoice.id: 4, add_on.id: 1, unpaid.id: 0}
    (foreign,) = await payment_pages.pages_of_invoices(stranger, [(invoice.id, None)], size=2)
    assert (foreign.payments, foreign.has_more) == ([], False)
    assert await payment_pages.counts_of_invoices(stranger, [invoice.id]) == {invoice.id: 0}
    assert await payment_pages.count(stranger, invoice_id=invoice.id) == 0
