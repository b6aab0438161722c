"""One row in every table, for two accounts, each written by the store."""

from __future__ import annotations

from decimal import Decimal

from service.billing.events import InvoiceIssued
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.invoice import InvoiceKind
from service.billing.ledger import issued
from service.billing.money import Money
from service.billing.period import Month
from service.billing.rates import EuroRates
from service.billing.support import CaseReason
from service.gateway import CheckoutPage, GatewayNotice
from service.store import (
    accounts,
    cases,
    charges,
    cursors,
    documents,
    events,
    evidence,
    idempotency,
    invoices,
    ledger,
    notifications,
    payment_links,
    payments,
    rates,
    receipts,
    refunds,
)
from service.store.cases import NewCase
from service.store.charges import NewCharge
from service.store.database import new_id, transaction
from service.store.records import Account, Invoice, Payment
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
    await _write_down_what_happened(payment, invoice)


async def _write_down_what_happened(payment: Payment, invoice: Invoice) -> None:
    """One row in every table of money facts, and of what people do about them."""
    account_id = payment.account_id
    async with transaction():
        total = Money(invoice.total_minor, invoice.currency)
        await ledger.book(account_id, issued(invoice.id, total, at=NOW), at=NOW)
        await refunds.add(rows.new_refund(payment))
        await refunds.open_dispute(account_id, payment.id, "stripe", rows.gateway_dispute())
        charged = payment.quote.charged
        seen = Evidence(Fact.SEEN_OPEN, Witness(Source.POLL), None, charged, charged)
        await evidence.add(account_id, seen, at=NOW, payment_id=payment.id)
        late = NewCase(account_id, CaseReason.DEADLINE_PASSED, "service", payment_id=payment.id)
        await cases.open_case(late, at=NOW)
        claimed = NewCase(account_id, CaseReason.CLAIM, "ada", invoice_id=invoice.id)
        case_id = await cases.open_case(claimed, at=NOW)
        assert case_id is not None
        await cases.add_candidate(account_id, case_id, "stripe", rows.gateway_payment(charged))
        await payment_links.create(rows.new_link(invoice), "token-1")
        await notifications.plan(rows.new_notification(payment), at=NOW)
    await cursors.keep_place("stripe", "events", "evt_1", at=NOW)
