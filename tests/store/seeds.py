"""One row in every table, for two accounts, each written by the store."""

from __future__ import annotations

from decimal import Decimal

from service.billing.events import InvoiceIssued
from service.billing.invoice import InvoiceKind
from service.billing.period import Month
from service.billing.rates import EuroRates
from service.ports import CheckoutPage, GatewayNotice
from service.store import (
    accounts,
    charges,
    documents,
    events,
    idempotency,
    invoices,
    payments,
    rates,
    receipts,
)
from service.store.charges import NewCharge
from service.store.database import new_id, transaction
from service.store.records import Account
from tests.store import rows
from tests.store.rows import NOW, TODAY


async def one_of_everything() -> None:
    """The older account has it all; the younger one an invoice and an attempt to pay it."""
    older = await rows.account()
    await _bill(older, "pi_1")
    younger = await rows.account()
    invoice = await rows.invoice(younger.id)
    await rows.payment(younger.id, invoice)
    await rates.record(EuroRates(TODAY, "ECB", {"INR": Decimal("91.5055")}))
    notice = GatewayNotice("evt_1", "checkout.session.completed", False, None, None)
    await receipts.store("stripe", notice, b"{}", at=NOW)


async def _bill(account: Account, session_id: str) -> None:
    await accounts.add_contact(rows.new_contact(account.id), at=NOW)
    charge = NewCharge(
        account_id=account.id,
        reference="charge-1",
        kind=InvoiceKind.USAGE,
        occurred_at=NOW,
        description="Seats",
        quantity=Decimal(1),
        unit_price=Decimal("100.00"),
        currency="USD",
    )
    await charges.record([charge], at=NOW)
    invoice = await rows.invoice(account.id)
    async with transaction():
        await invoices.next_number("INV", "2627")
        unbilled = await charges.unbilled(
            account.id, InvoiceKind.USAGE, before=Month(2026, 10).bounds("UTC")[1]
        )
        await charges.mark_billed(account.id, invoice.id, unbilled)
        await documents.queue(account.id, invoice.id, at=NOW)
        await documents.queue_delivery(
            account.id, invoice.id, contact_id=None, name="Ada", email="ada@mueller.example", at=NOW
        )
        await events.record(account.id, InvoiceIssued(invoice.id), at=NOW)
        use = idempotency.key_use("key-1", "startCheckout", str(invoice.id))
        await idempotency.keep(account.id, use, new_id(), at=NOW)
    payment = await rows.payment(account.id, invoice)
    page = CheckoutPage(session_id, "https://gateway.example/1", payment.expires_at)
    await payments.keep_page(payment, page, at=NOW)
