"""Documents and deliveries as states: finished once, planned once per address."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from service.billing.errors import NotFound
from service.billing.events import DeliveryState, DocumentState
from service.billing.invoice import InvoiceKind
from service.store import accounts, documents, invoices
from service.store.database import new_id, transaction
from service.store.records import Document, Payment
from tests.store import rows
from tests.store.rows import NOW

pytestmark = pytest.mark.usefixtures("db")

LATER = NOW + timedelta(minutes=1)


async def queued() -> tuple[UUID, UUID]:
    """An account and its invoice, whose document is queued."""
    account = await rows.account()
    invoice = await rows.invoice(account.id)
    await documents.queue(account.id, invoice.id, at=NOW)
    return account.id, invoice.id


async def document_of(account_id: UUID, invoice_id: UUID) -> Document:
    document = (await invoices.find(account_id, invoice_id)).document
    assert document is not None
    return document


async def finish(document: Document, sha256: str) -> bool:
    return await documents.finish(
        document,
        storage_key=f"invoices/{sha256}.pdf",
        sha256=sha256,
        size_bytes=1234,
        template_version="1",
        at=LATER,
    )


async def test_a_document_is_printed_once() -> None:
    account_id, invoice_id = await queued()
    fresh = await document_of(account_id, invoice_id)
    assert (fresh.state, fresh.attempts, fresh.ready_at) == (DocumentState.QUEUED, 0, None)
    assert (fresh.invoice_id, fresh.payment_id, fresh.number) == (invoice_id, None, None)
    assert await documents.begin(fresh)
    assert (await document_of(account_id, invoice_id)).state is DocumentState.RENDERING
    ends = await asyncio.gather(*[finish(fresh, f"hash-{n}") for n in range(6)])
    assert ends.count(True) == 1
    ready = await document_of(account_id, invoice_id)
    winner = f"hash-{ends.index(True)}"
    assert (ready.state, ready.sha256) == (DocumentState.READY, winner)
    assert (ready.storage_key, ready.ready_at) == (f"invoices/{winner}.pdf", LATER)
    assert not await documents.begin(fresh)
    assert not await documents.fail(fresh, retry_at=LATER)
    assert await document_of(account_id, invoice_id) == ready


async def test_a_document_that_failed_is_tried_again() -> None:
    account_id, invoice_id = await queued()
    document = await document_of(account_id, invoice_id)
    assert await documents.begin(document)
    assert await documents.fail(document, retry_at=LATER)
    failed = await document_of(account_id, invoice_id)
    assert (failed.state, failed.retry_at, failed.attempts) == (DocumentState.FAILED, LATER, 1)
    assert await documents.begin(document)
    again = await document_of(account_id, invoice_id)
    assert (again.state, again.retry_at, again.attempts) == (DocumentState.RENDERING, None, 2)
    assert await finish(document, "hash")


async def test_a_document_of_another_account_is_out_of_reach() -> None:
    account_id, invoice_id = await queued()
    before = await document_of(account_id, invoice_id)
    strange = replace(before, account_id=(await rows.account()).id)
    assert not await documents.begin(strange)
    assert not await finish(strange, "hash")
    assert not await documents.fail(strange, retry_at=LATER)
    assert await document_of(account_id, invoice_id) == before


async def attempt(account_id: UUID) -> Payment:
    """A payment of an invoice of its own."""
    invoice = await rows.invoice(account_id, kind=InvoiceKind.ADD_ON, month=None)
    return await rows.payment(account_id, invoice)


async def test_receipts_of_an_invoice_are_counted() -> None:
    account = await rows.account()
    paid = [await attempt(account.id) for _ in range(12)]
    elsewhere = await attempt(account.id)

    async def queue(payment: Payment, series: str) -> bool:
        async with transaction():
            await accounts.lock(account.id)
            return await documents.queue_receipt(account.id, payment.id, series=series, at=NOW)

    queued = await asyncio.gather(*[queue(one, "RCT-A") for one in paid for _ in range(2)])
    assert queued.count(True) == 12
    assert await queue(elsewhere, "RCT-A-1")
    found = await documents.receipts_of(account.id, [one.id for one in [*paid, elsewhere]])
    numbers = {receipt.number for receipt in found.values() if receipt is not None}
    assert numbers == {f"RCT-A-{count}" for count in range(1, 13)} | {"RCT-A-1-1"}
    one = found[paid[0].id]
    assert one is not None
    assert (one.invoice_id, one.payment_id, one.state) == (None, paid[0].id, DocumentState.QUEUED)


async def test_a_payment_that_was_not_captured_has_no_receipt() -> None:
    account = await rows.account()
    payment = await attempt(account.id)
    assert await documents.receipts_of(account.id, [payment.id]) == {payment.id: None}


async def plan(account_id: UUID, invoice_id: UUID, email: str) -> UUID | None:
    return await documents.queue_delivery(
        account_id, invoice_id, contact_id=None, name="Ada", email=email, at=NOW
    )


async def test_an_address_gets_one_mail() -> None:
    account_id, invoice_id = await queued()
    planned = await asyncio.gather(
        *[plan(account_id, invoice_id, email) for email in ("ada@b", "ADA@b", "Ada@B") * 2]
    )
    (delivery_id,) = [one for one in planned if one is not None]
    other = await plan(account_id, invoice_id, "bob@b")
    listed = await documents.deliveries(account_id, invoice_id)
    assert [one.id for one in listed] == [delivery_id, other]
    assert {one.state for one in listed} == {DeliveryState.QUEUED}
    assert await documents.find_delivery(account_id, delivery_id) == listed[0]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.BOUNCED])
async def test_a_mail_is_handed_over_until_there_is_an_end(state: DeliveryState) -> None:
    account_id, invoice_id = await queued()
    delivery_id = await plan(account_id, invoice_id, "ada@b")
    assert delivery_id is not None

    async def end(with_state: DeliveryState, error: str | None) -> bool:
        return await documents.end_delivery(
            account_id, delivery_id, with_state, error=error, at=LATER
        )

    assert not await end(state, None)
    assert await documents.begin_delivery(account_id, delivery_id, at=NOW)
    assert await end(DeliveryState.FAILED, "451 " + "x" * 600)
    failed = await documents.find_delivery(account_id, delivery_id)
    assert (failed.state, failed.attempts) == (DeliveryState.FAILED, 1)
    assert failed.last_error == "451 " + "x" * 496
    assert await documents.begin_delivery(account_id, delivery_id, at=NOW)
    # A worker that died while it handed over: the next one begins again.
    assert await documents.begin_delivery(account_id, delivery_id, at=NOW)
    assert await end(state, None)
    assert not await end(DeliveryState.FAILED, "too late")
    assert not await documents.begin_delivery(account_id, delivery_id, at=NOW)
    ended = await documents.find_delivery(account_id, delivery_id)
    assert (ended.state, ended.attempts, ended.last_error) == (state, 3, None)
    assert ended.updated_at == LATER


async def test_a_delivery_of_another_account_is_out_of_reach() -> None:
    account_id, invoice_id = await queued()
    stranger = (await rows.account()).id
    delivery_id = await plan(account_id, invoice_id, "ada@b")
    assert delivery_id is not None
    with pytest.raises(NotFound, match=r"No such delivery\."):
        await documents.find_delivery(stranger, delivery_id)
    with pytest.raises(NotFound):
        await documents.find_delivery(account_id, new_id())
    assert not await documents.begin_delivery(stranger, delivery_id, at=NOW)
    assert await documents.deliveries(stranger, invoice_id) == []
    (kept,) = await documents.deliveries(account_id, invoice_id)
    assert (kept.state, kept.attempts) == (DeliveryState.QUEUED, 0)
