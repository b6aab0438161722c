"""Statements that break the rules of invoices and payments, and some that do not.

They run on the rows of `seeds`.
"""

from __future__ import annotations

from service.store.database import new_id
from tests.store.rows import copy_sql, in_turn

SECOND_PAYMENT = new_id()
SECOND_ATTEMPT = copy_sql("payment", id=SECOND_PAYMENT, session_id=None, page_url=None)

# For each constraint the statements that break it, one by one. Where one string has several
# statements, the last is the one that is refused.
BREAKS: dict[str, list[str]] = {
    "account_currencies": [
        "UPDATE account SET currency = 'usd'",
        "UPDATE account SET charge_currency = 'IN'",
    ],
    "account_plan": ["UPDATE account SET plan = 'GOLD'"],
    "account_tax": [
        "UPDATE account SET tax_name = NULL",
        "UPDATE account SET tax_percent = NULL",
        "UPDATE account SET tax_percent = -0.0001",
        "UPDATE account SET tax_percent = 100.0001",
    ],
    "account_event_seq": ["UPDATE account SET event_seq = -1"],
    "billing_contact_status": ["UPDATE billing_contact SET status = 'GONE'"],
    "charge_quantity": ["UPDATE charge SET quantity = 0", "UPDATE charge SET quantity = -1"],
    "charge_kind": ["UPDATE charge SET kind = 'GIFT'"],
    "charge_currency": ["UPDATE charge SET currency = 'us$'"],
    "invoice_status": ["UPDATE invoice SET status = 'OVERDUE'"],
    "invoice_kind": ["UPDATE invoice SET kind = 'GIFT'"],
    "invoice_currency": ["UPDATE invoice SET currency = 'US'"],
    "invoice_total": [
        "UPDATE invoice SET total_minor = total_minor + 1",
        "UPDATE invoice SET tax_minor = tax_minor + 1",
    ],
    "invoice_paid": [
        "UPDATE invoice SET paid_minor = -1",
        "UPDATE invoice SET paid_minor = total_minor + 1",
        "UPDATE invoice SET status = 'PAID', paid_minor = 2 * total_minor",
        "UPDATE invoice SET subtotal_minor = -1, tax_minor = 0, total_minor = -1",
    ],
    "invoice_settled": [
        "UPDATE invoice SET status = 'PAID'",
        "UPDATE invoice SET status = 'PAID', paid_minor = total_minor - 1",
    ],
    "invoice_issued": [
        "UPDATE invoice SET number = NULL",
        "UPDATE invoice SET issued_on = NULL",
        "UPDATE invoice SET due_on = NULL",
        "UPDATE invoice SET status = 'DRAFT'",
        "UPDATE invoice SET number = NULL, issued_on = NULL, due_on = NULL",
    ],
    "invoice_dates": ["UPDATE invoice SET due_on = issued_on - 1"],
    "invoice_period": [
        "UPDATE invoice SET period_start = NULL",
        "UPDATE invoice SET period_end = NULL",
        "UPDATE invoice SET period_start = NULL, period_end = NULL",
        "UPDATE invoice SET period_end = period_start - 1",
    ],
    "payment_status": ["UPDATE payment SET status = 'SUCCEEDED', live = false"],
    "payment_live": [
        "UPDATE payment SET live = false",
        "UPDATE payment SET status = 'FAILED'",
    ],
    "payment_amounts": [
        "UPDATE payment SET amount_minor = 0",
        "UPDATE payment SET charged_minor = 0",
        "UPDATE payment SET rate = 0",
    ],
    "payment_currencies": [
        "UPDATE payment SET currency = 'usd'",
        "UPDATE payment SET charge_currency = ''",
    ],
    "payment_captured": [
        "UPDATE payment SET status = 'CAPTURED', live = false",
        "UPDATE payment SET captured_at = now()",
    ],
    "payment_reviewed": ["UPDATE payment SET status = 'UNDER_REVIEW'"],
    "payment_page": [
        "UPDATE payment SET session_id = NULL",
        "UPDATE payment SET page_url = NULL",
    ],
    "payment_allocation_amount": [
        "UPDATE payment_allocation SET amount_minor = 0",
        "UPDATE payment_allocation SET amount_minor = -1",
    ],
    "event_seq": ["UPDATE event SET seq = 0"],
    "document_state": ["UPDATE document SET state = 'PRINTED'"],
    "document_ready": [
        "UPDATE document SET state = 'READY'",
        "UPDATE document SET storage_key = 'key'",
        "UPDATE document SET state = 'READY', storage_key = 'key', size_bytes = 1,"
        " ready_at = now()",
        "UPDATE document SET state = 'READY', storage_key = 'key', sha256 = 'hash',"
        " ready_at = now()",
        "UPDATE document SET state = 'READY', storage_key = 'key', sha256 = 'hash', size_bytes = 1",
    ],
    "delivery_state": ["UPDATE delivery SET state = 'READ'"],
    "number_series_last_number": ["UPDATE number_series SET last_number = -1"],
    "exchange_rate_per_euro": ["UPDATE exchange_rate SET per_euro = 0"],
    "invoice_once_per_period": [
        copy_sql("invoice", number="INV-1"),
        in_turn(
            copy_sql("invoice", number="INV-1", kind="ADD_ON"),
            "UPDATE invoice SET kind = 'USAGE' WHERE number = 'INV-1'",
        ),
    ],
    # These two only serve the composite keys: they follow from the primary keys.
    "invoice_of_account": [
        in_turn(
            "ALTER TABLE invoice DROP CONSTRAINT invoice_pkey CASCADE",
            copy_sql("invoice", same_id=True, number="INV-1", kind="ADD_ON"),
        )
    ],
    "payment_liveness": [
        in_turn(
            "ALTER TABLE payment DROP CONSTRAINT payment_pkey CASCADE",
            copy_sql("payment", same_id=True, session_id=None, page_url=None),
        )
    ],
    "payment_allocation_one_live": [
        in_turn(SECOND_ATTEMPT, copy_sql("payment_allocation", payment_id=SECOND_PAYMENT))
    ],
    "billing_contact_email": [
        copy_sql("billing_contact"),
        copy_sql("billing_contact", email="ADA@mueller.EXAMPLE"),
    ],
    "delivery_once": [
        copy_sql("delivery"),
        copy_sql("delivery", recipient_email="ADA@mueller.EXAMPLE", contact_id=None),
        in_turn(copy_sql("delivery", resend=1), copy_sql("delivery", resend=1)),
    ],
    "delivery_resend": ["UPDATE delivery SET resend = -1"],
    "invoice_line_invoice": [
        "UPDATE invoice_line SET account_id = (SELECT id FROM account ORDER BY id DESC LIMIT 1)"
    ],
    "charge_invoice": [
        "UPDATE charge SET account_id = (SELECT id FROM account ORDER BY id DESC LIMIT 1)"
    ],
    "document_invoice": [
        "UPDATE document SET account_id = (SELECT id FROM account ORDER BY id DESC LIMIT 1)"
    ],
    "delivery_invoice": [
        "UPDATE delivery SET account_id = (SELECT id FROM account ORDER BY id DESC LIMIT 1)"
    ],
    "payment_allocation_invoice": [
        "UPDATE payment_allocation SET invoice_id ="
        " (SELECT id FROM invoice ORDER BY id DESC LIMIT 1)",
    ],
    "payment_allocation_payment": [
        "UPDATE payment_allocation SET payment_id ="
        " (SELECT id FROM payment ORDER BY id DESC LIMIT 1)",
        "UPDATE payment_allocation SET live = false",
    ],
}

# The keys that the models declare, by what they say.
REPEATS: dict[str, str] = {
    "account UNIQUE (reference)": copy_sql("account"),
    "charge UNIQUE (account_id, reference)": copy_sql("charge"),
    "document UNIQUE (account_id, invoice_id)": copy_sql("document"),
    "event UNIQUE (account_id, seq)": copy_sql("event"),
    "exchange_rate UNIQUE (source, as_of, currency)": copy_sql("exchange_rate"),
    "idempotency_key UNIQUE (account_id, key)": copy_sql("idempotency_key"),
    "invoice UNIQUE (number)": copy_sql("invoice", kind="ADD_ON"),
    'invoice_line UNIQUE (account_id, invoice_id, "position")': copy_sql("invoice_line"),
    "number_series UNIQUE (prefix, financial_year)": copy_sql("number_series"),
    "payment UNIQUE (gateway, session_id)": copy_sql("payment"),
    "payment_allocation UNIQUE (account_id, payment_id, invoice_id)": in_turn(
        "UPDATE payment SET status = 'FAILED', live = false",
        copy_sql("payment_allocation"),
    ),
    "receipt UNIQUE (gateway, event_id)": copy_sql("receipt"),
}

LET_PASS: dict[str, str] = {
    "a voided month is billed again": in_turn(
        "UPDATE invoice SET status = 'VOID'", copy_sql("invoice", number="INV-1", status="OPEN")
    ),
    "an add-on in a billed month": copy_sql("invoice", number="INV-1", kind="ADD_ON"),
    "an add-on without a month": copy_sql(
        "invoice", number="INV-1", kind="ADD_ON", period_start=None, period_end=None
    ),
    "a draft": copy_sql(
        "invoice", status="DRAFT", kind="ADD_ON", number=None, issued_on=None, due_on=None
    ),
    "an invoice paid in part": "UPDATE invoice SET paid_minor = total_minor - 1",
    "an invoice paid in full": "UPDATE invoice SET status = 'PAID', paid_minor = total_minor",
    "an invoice that is mailed again": copy_sql("delivery", resend=1),
    "an account without tax": "UPDATE account SET tax_name = NULL, tax_percent = NULL",
    "the address of a removed contact": in_turn(
        "UPDATE billing_contact SET removed_at = now()",
        copy_sql("billing_contact", removed_at=None),
    ),
    "a new attempt after one that ended": in_turn(
        "UPDATE payment SET status = 'FAILED', live = false",
        copy_sql("payment", id=SECOND_PAYMENT, status="PENDING", live=True, session_id="pi_2"),
        copy_sql("payment_allocation", payment_id=SECOND_PAYMENT, live=True),
    ),
    "two attempts without a page": in_turn(
        copy_sql("payment", session_id=None, page_url=None),
        copy_sql("payment", session_id=None, page_url=None),
    ),
}
