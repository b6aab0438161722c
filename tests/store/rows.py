"""Real rows for the tests of the store: made by the store itself, and varied by SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import orjson

from service.billing.invoice import InvoiceKind, line, totals
from service.billing.money import Money
from service.billing.payment import Quote
from service.billing.people import ContactStatus, Plan
from service.billing.period import Month
from service.billing.refund import DisputeStatus, GatewayDispute, RefundReason, RefundStatus
from service.billing.sheet import Address, Party
from service.billing.support import NotificationKind
from service.billing.tax import TaxRate
from service.gateway import GatewayPayment
from service.store import accounts, invoices, payments
from service.store.database import execute, fetch_one, new_id, transaction
from service.store.invoices import NewInvoice
from service.store.money_records import PaymentLink, Refund
from service.store.notifications import NewNotification
from service.store.payments import NewPayment
from service.store.records import Account, Allocation, Contact, FrozenParts, Invoice, Payment

NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
TODAY = date(2026, 10, 30)
_counter = count(1)


def new_account(**given: Any) -> Account:
    values: dict[str, Any] = {
        "id": new_id(),
        "reference": f"account-{next(_counter)}",
        "name": "Müller & Söhne <GmbH>",
        "email": "ap@mueller.example",
        "plan": Plan.PAID,
        "currency": "USD",
        "charge_currency": "INR",
        "locale": "de",
        "time_zone": "Europe/Berlin",
        "address": Address(("Am Markt 1",), "Köln", None, "50667", "DE"),
        "tax_id": "DE123456789",
        "tax_rate": TaxRate("VAT", Decimal("19.0000")),
        "version": 1,
    }
    return Account(**values | given)


async def account(**given: Any) -> Account:
    made = new_account(**given)
    await accounts.create(made, at=NOW)
    return made


def new_contact(account_id: UUID, email: str = "ada@mueller.example", **given: Any) -> Contact:
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": account_id,
        "name": "Ada",
        "email": email,
        "locale": None,
        "status": ContactStatus.ACTIVE,
        "version": 1,
    }
    return Contact(**values | given)


def new_invoice(
    account_id: UUID,
    amount: str = "100.00",
    *,
    kind: InvoiceKind = InvoiceKind.USAGE,
    month: Month | None = Month(2026, 9),  # noqa: B008 - a frozen value
    issued_on: date = TODAY,
    **given: Any,
) -> NewInvoice:
    lines = (line("Seats", Decimal(1), Decimal(amount), "USD"),)
    party = Party("Paidup Tests Pvt. Ltd.", "billing@seller.example", None, None)
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": account_id,
        "kind": kind,
        "number": f"INV-2627-{next(_counter):06d}",
        "period_start": month.first_day if month else None,
        "period_end": month.last_day if month else None,
        "issued_on": issued_on,
        "due_on": issued_on + timedelta(days=15),
        "lines": lines,
        "totals": totals(lines, None, "USD"),
        "parts": FrozenParts(party, party, None, "en"),
    }
    return NewInvoice(**values | given)


async def invoice(account_id: UUID, amount: str = "100.00", **given: Any) -> Invoice:
    new = new_invoice(account_id, amount, **given)
    async with transaction():
        await invoices.create(new, at=NOW)
    return await invoices.find(account_id, new.id)


def new_payment(account_id: UUID, wanted: Sequence[Invoice], **given: Any) -> NewPayment:
    payment_id = new_id()
    parts = tuple(
        Allocation(payment_id, one.id, Money(one.due_minor, one.currency)) for one in wanted
    )
    amount = Money(sum(one.due_minor for one in wanted), wanted[0].currency)
    expires_at = NOW + timedelta(hours=1)
    rate = Decimal("84.011659933896")
    values: dict[str, Any] = {
        "id": payment_id,
        "account_id": account_id,
        "amount": amount,
        "quote": Quote(rate, "ECB", TODAY, expires_at, amount.convert(rate, "INR")),
        "allocations": parts,
        "gateway": "stripe",
        "live_mode": False,
        "payer_email": "payer@mueller.example",
        "success_url": "https://app.example.com/paid",
        "cancel_url": "https://app.example.com/invoices",
        "expires_at": expires_at,
        "next_check_at": NOW + timedelta(seconds=10),
    }
    return NewPayment(**values | given)


async def payment(account_id: UUID, *wanted: Invoice, **given: Any) -> Payment:
    new = new_payment(account_id, wanted, **given)
    async with transaction():
        await payments.create(new, at=NOW)
    return await payments.find(account_id, new.id)


def new_refund(payment: Payment, **given: Any) -> Refund:
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": payment.account_id,
        "payment_id": payment.id,
        "gateway": payment.gateway,
        "reference": None,
        "status": RefundStatus.REQUESTED,
        "reason": RefundReason.REQUESTED,
        "charged": Money(84_012, "INR"),
        "amount": Money(1_000, "USD"),
        "requested_by": "kim@seller.example",
        "note": "a seat too many",
        "failure": None,
        "key_number": 0,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Refund(**values | given)


def gateway_dispute(reference: str = "dp_1", **given: Any) -> GatewayDispute:
    values: dict[str, Any] = {
        "status": DisputeStatus.OPEN,
        "amount": Money(840_117, "INR"),
        "reason": "fraudulent",
        "created_at": NOW,
    }
    return GatewayDispute(reference, **values | given)


def gateway_payment(amount: Money, transaction: str = "pi_1", **given: Any) -> GatewayPayment:
    values: dict[str, Any] = {
        "live_mode": False,
        "captured_at": NOW,
        "payer_email": "payer@mueller.example",
        "payment_id": None,
    }
    return GatewayPayment(transaction, amount, **values | given)


def new_link(invoice: Invoice, **given: Any) -> PaymentLink:
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": invoice.account_id,
        "invoice_id": invoice.id,
        "amount": Money(invoice.due_minor, invoice.currency),
        "invoice_version": invoice.version,
        "created_by": "kim@seller.example",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=7),
        "used_at": None,
        "payment_id": None,
        "revoked_at": None,
    }
    return PaymentLink(**values | given)


def new_notification(payment: Payment, **given: Any) -> NewNotification:
    values: dict[str, Any] = {
        "account_id": payment.account_id,
        "key": f"receipt:{payment.id}",
        "kind": NotificationKind.RECEIPT,
        "recipient_name": "Müller",
        "recipient_email": "payer@mueller.example",
        "payment_id": payment.id,
    }
    return NewNotification(**values | given)


def copy_sql(table: str, *, same_id: bool = False, **changes: Any) -> str:
    """An INSERT of a table's oldest row once more, with changes and, if not said, another id."""
    changed = changes if same_id else {"id": new_id()} | changes
    text = orjson.dumps(changed).decode().replace("'", "''")
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, '{text}')).*"  # noqa: S608 - no input
        f" FROM {table} t ORDER BY t.id LIMIT 1"
    )


def in_turn(*statements: str) -> str:
    """Several statements as one text."""
    return "; ".join(statements)


async def copy_many(table: str, changes: Sequence[dict[str, Any]]) -> None:
    """Store a table's oldest row once more for each change, past the rules of the store, but not
    past the constraints."""
    await execute(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, changed)).*"  # noqa: S608 - no input
        f" FROM {table} t, jsonb_array_elements($1::jsonb) changed"
        f" WHERE t.id = (SELECT id FROM {table} ORDER BY id LIMIT 1)",
        orjson.dumps(list(changes)).decode(),
    )


async def number_of(table: str) -> int:
    row = await fetch_one(f"SELECT count(*) AS n FROM {table}")  # noqa: S608 - a table's name
    assert row is not None
    return int(row["n"])
