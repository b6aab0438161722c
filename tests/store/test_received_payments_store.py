"""Money that came without an attempt of ours, and finding payments by what a gateway calls them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tortoise.exceptions import IntegrityError

from service.billing.invoice import InvoiceKind
from service.billing.money import Money
from service.billing.payment import (
    GatewayCheckout,
    GatewayState,
    PaymentMove,
    PaymentStatus,
    Quote,
)
from service.store import payments
from service.store.database import fetch, new_id, transaction
from service.store.payments import NewReceived, ReferenceKnown
from service.store.records import Allocation, Invoice, Payment
from tests.store import rows
from tests.store.rows import NOW, TODAY

pytestmark = pytest.mark.usefixtures("db")


def received(invoice: Invoice, **given: Any) -> NewReceived:
    amount = Money(4_000, "USD")
    values: dict[str, Any] = {
        "account_id": invoice.account_id,
        "amount": amount,
        "quote": Quote(Decimal(1), "UNCHANGED", TODAY, None, amount),
        "allocation": Allocation(new_id(), invoice.id, amount),
        "payer_email": "payer@mueller.example",
        "captured_at": NOW,
        "reference": "UTR 1",
    }
    return NewReceived(**values | given)


def found_at_gateway(invoice: Invoice, transaction_id: str) -> NewReceived:
    return received(invoice, reference=None, gateway="stripe", transaction=transaction_id)


async def store(new: NewReceived) -> UUID:
    async with transaction():
        await payments.create_received(new, at=NOW)
    return new.allocation.payment_id


async def captured(invoice: Invoice, transaction_id: str) -> Payment:
    """An attempt of ours that took a gateway's payment."""
    payment = await rows.payment(invoice.account_id, invoice)
    seen = GatewayCheckout(
        session_id="cs_1",
        state=GatewayState.PAID,
        amount=payment.quote.charged,
        live_mode=False,
        reference=str(payment.id),
        transaction=transaction_id,
        captured_at=NOW,
        method=None,
        decline=None,
    )
    async with transaction():
        await payments.note_report(payment, seen, at=NOW)
        await payments.move(payment, PaymentMove.CAPTURE, at=NOW, captured_at=NOW)
    return payment


async def test_a_bank_transfer_is_captured_from_the_start() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    new = received(invoice)
    payment_id = await store(new)
    read = await payments.find(invoice.account_id, payment_id)
    assert (read.status, read.captured_at) == (PaymentStatus.CAPTURED, NOW)
    assert (read.gateway, read.offline_reference, read.live_mode) == ("offline", "UTR 1", True)
    assert (read.amount, read.quote.charged) == (Money(4_000, "USD"), Money(4_000, "USD"))
    assert (read.session_id, read.transaction, read.next_check_at) == (None, None, None)
    assert await payments.allocations(invoice.account_id, [payment_id]) == [new.allocation]
    (part,) = await fetch("SELECT live FROM payment_allocation")
    assert part["live"] is False
    assert await payments.id_of_offline(invoice.account_id, "UTR 1") == payment_id
    assert await payments.id_of_offline(invoice.account_id, "UTR 2") is None
    assert await payments.id_of_offline((await rows.account()).id, "UTR 1") is None


async def test_a_bank_reference_counts_once_in_its_account() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    other = await rows.invoice((await rows.account()).id)
    first = await store(received(invoice))
    async with transaction():
        with pytest.raises(ReferenceKnown):
            await payments.create_received(received(invoice), at=NOW)
        assert await rows.number_of("payment") == await rows.number_of("payment_allocation") == 1
    assert await payments.id_of_offline(invoice.account_id, "UTR 1") == first
    await store(received(other))
    await store(received(invoice, reference="UTR 2"))
    assert await rows.number_of("payment") == 3


async def test_of_a_transfer_entered_by_many_at_once_one_is_stored() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    ends = await asyncio.gather(
        *[store(received(invoice)) for _ in range(8)], return_exceptions=True
    )
    (won,) = [end for end in ends if isinstance(end, UUID)]
    assert [type(end) for end in ends].count(ReferenceKnown) == 7
    assert await payments.id_of_offline(invoice.account_id, "UTR 1") == won
    assert await rows.number_of("payment_allocation") == 1


async def test_a_payment_of_a_gateway_is_taken_once_by_whoever_finds_it() -> None:
    account_id = (await rows.account()).id
    invoice = await rows.invoice(account_id)
    other = await rows.invoice((await rows.account()).id)
    attempt = await captured(invoice, "pi_1")
    for one in (invoice, other):
        with pytest.raises(ReferenceKnown):
            await store(found_at_gateway(one, "pi_1"))
    assert await rows.number_of("payment") == 1
    assert await payments.id_of_transaction("stripe", "pi_1") == attempt.id
    found = await store(found_at_gateway(other, "pi_2"))
    assert await payments.id_of_transaction("stripe", "pi_2") == found
    with pytest.raises(IntegrityError, match="payment_transaction"):
        await captured(await rows.invoice(account_id, kind=InvoiceKind.ADD_ON), "pi_2")


async def test_a_gateways_payment_is_booked_once_it_is_captured() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    assert not await payments.is_captured("stripe", "pi_1")
    assert await payments.id_of_transaction("stripe", "pi_1") is None
    await captured(invoice, "pi_1")
    assert await payments.is_captured("stripe", "pi_1")
    assert not await payments.is_captured("other", "pi_1")
    assert await payments.id_of_transaction("other", "pi_1") is None


async def test_a_received_payment_that_breaks_another_rule_is_a_defect() -> None:
    invoice = await rows.invoice((await rows.account()).id)
    with pytest.raises(IntegrityError, match="payment_offline"):
        await store(received(invoice, reference=None))
    foreign = replace(received(invoice), account_id=(await rows.account()).id)
    with pytest.raises(IntegrityError, match="payment_allocation_invoice"):
        await store(foreign)
    assert await rows.number_of("payment") == 0
