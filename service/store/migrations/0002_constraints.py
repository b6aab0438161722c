"""What the rules rest on, held by the database itself. Each is broken on purpose by a test."""

from tortoise import migrations
from tortoise.migrations import operations as ops

CHECKS = {
    "account": {
        "account_currencies": "currency ~ '^[A-Z]{3}$' AND charge_currency ~ '^[A-Z]{3}$'",
        "account_plan": "plan IN ('FREE', 'PAID')",
        "account_tax": "(tax_name IS NULL) = (tax_percent IS NULL)"
        " AND (tax_percent IS NULL OR tax_percent BETWEEN 0 AND 100)",
        "account_event_seq": "event_seq >= 0",
    },
    "billing_contact": {"billing_contact_status": "status IN ('ACTIVE', 'BOUNCING')"},
    "charge": {
        "charge_quantity": "quantity > 0",
        "charge_kind": "kind IN ('USAGE', 'ADD_ON')",
        "charge_currency": "currency ~ '^[A-Z]{3}$'",
    },
    "invoice": {
        "invoice_status": "status IN ('DRAFT', 'OPEN', 'PAID', 'VOID', 'UNCOLLECTIBLE')",
        "invoice_kind": "kind IN ('USAGE', 'ADD_ON')",
        "invoice_currency": "currency ~ '^[A-Z]{3}$'",
        "invoice_total": "subtotal_minor + tax_minor = total_minor AND total_minor >= 0",
        "invoice_paid": "paid_minor >= 0",
        "invoice_settled": "status <> 'PAID' OR paid_minor >= total_minor",
        "invoice_issued": "(status = 'DRAFT') = (number IS NULL)"
        " AND (number IS NULL) = (issued_on IS NULL) AND (number IS NULL) = (due_on IS NULL)",
        "invoice_dates": "due_on >= issued_on",
        "invoice_period": "(period_start IS NULL) = (period_end IS NULL)"
        " AND period_end >= period_start AND (kind <> 'USAGE' OR period_start IS NOT NULL)",
    },
    "payment": {
        "payment_status": "status IN ('PENDING', 'PROCESSING', 'UNDER_REVIEW', 'CAPTURED',"
        " 'FAILED', 'CANCELED', 'EXPIRED')",
        "payment_live": "live = (status IN ('PENDING', 'PROCESSING', 'UNDER_REVIEW'))",
        "payment_amounts": "amount_minor > 0 AND charged_minor > 0 AND rate > 0",
        "payment_currencies": "currency ~ '^[A-Z]{3}$' AND charge_currency ~ '^[A-Z]{3}$'",
        "payment_captured": "(status = 'CAPTURED') = (captured_at IS NOT NULL)",
        "payment_reviewed": "status <> 'UNDER_REVIEW' OR review_reason IS NOT NULL",
        "payment_page": "(session_id IS NULL) = (page_url IS NULL)",
    },
    "payment_allocation": {"payment_allocation_amount": "amount_minor > 0"},
    "event": {"event_seq": "seq > 0"},
    "document": {
        "document_state": "state IN ('QUEUED', 'RENDERING', 'READY', 'FAILED')",
        "document_ready": "(state = 'READY') = (storage_key IS NOT NULL)"
        " AND (storage_key IS NULL) = (sha256 IS NULL)"
        " AND (storage_key IS NULL) = (size_bytes IS NULL)"
        " AND (storage_key IS NULL) = (ready_at IS NULL)",
    },
    "delivery": {"delivery_state": "state IN ('QUEUED', 'SENDING', 'SENT', 'BOUNCED', 'FAILED')"},
    "number_series": {"number_series_last_number": "last_number >= 0"},
    "exchange_rate": {"exchange_rate_per_euro": "per_euro > 0"},
}

UNIQUE_INDEXES = {
    # One usage invoice per account and month, whatever runs twice; a voided one may be redone.
    "invoice_once_per_period": "invoice (account_id, period_start)"
    " WHERE kind = 'USAGE' AND status <> 'VOID'",
    "invoice_of_account": "invoice (account_id, id)",
    # Whoever clicks twice, in two tabs or on two devices: one live attempt per invoice.
    "payment_allocation_one_live": "payment_allocation (account_id, invoice_id) WHERE live",
    "payment_liveness": "payment (account_id, id, live)",
    "billing_contact_email": "billing_contact (account_id, lower(email)) WHERE removed_at IS NULL",
    # A retry mails nobody twice.
    "delivery_once": "delivery (account_id, invoice_id, lower(recipient_email))",
}

INDEXES = {
    "invoice_newest": "invoice (account_id, issued_on DESC, id DESC)",
    "charge_unbilled": "charge (account_id, occurred_at) WHERE invoice_id IS NULL",
    "payment_newest": "payment (account_id, id DESC)",
    "payment_due_check": "payment (next_check_at) WHERE live",
    "payment_allocation_of_invoice": "payment_allocation (account_id, invoice_id)",
    "event_of_invoice": "event (account_id, invoice_id, seq) WHERE invoice_id IS NOT NULL",
    "event_of_payment": "event (account_id, payment_id, seq) WHERE payment_id IS NOT NULL",
    "receipt_unhandled": "receipt (received_at) WHERE handled_at IS NULL",
}

# Two columns each, so that a row cannot belong to one account and point into another.
COMPOSITE_KEYS = {
    "invoice_line_invoice": "invoice_line (account_id, invoice_id) invoice (account_id, id)",
    "charge_invoice": "charge (account_id, invoice_id) invoice (account_id, id)",
    "document_invoice": "document (account_id, invoice_id) invoice (account_id, id)",
    "delivery_invoice": "delivery (account_id, invoice_id) invoice (account_id, id)",
    "payment_allocation_invoice": "payment_allocation (account_id, invoice_id)"
    " invoice (account_id, id)",
    # The cascade carries a payment's liveness into its allocations: they cannot disagree.
    "payment_allocation_payment": "payment_allocation (account_id, payment_id, live)"
    " payment (account_id, id, live) ON UPDATE CASCADE",
}


# What is done, and what undoes it.
Step = tuple[str, str]


def _check(table: str, name: str, condition: str) -> Step:
    drop = f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'
    return f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition})', drop


def _index(name: str, definition: str, *, unique: bool) -> Step:
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return f'CREATE {kind} "{name}" ON {definition}', f'DROP INDEX "{name}"'


def _composite_key(name: str, definition: str) -> Step:
    source, _, target = definition.partition(") ")
    table, _, columns = source.partition(" (")
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}"'
        f" FOREIGN KEY ({columns}) REFERENCES {target}",
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )


def _in_one(steps: list[Step]) -> ops.RunSQL:
    """The ORM builds all models anew before each operation: one for all takes seconds off."""
    return ops.RunSQL(
        [done for done, _ in steps], reverse_sql=[undone for _, undone in reversed(steps)]
    )


class Migration(migrations.Migration):
    dependencies = [("service", "0001_initial")]

    operations = [
        _in_one(
            [
                *[
                    _check(table, name, condition)
                    for table, checks in CHECKS.items()
                    for name, condition in checks.items()
                ],
                *[
                    _index(name, definition, unique=True)
                    for name, definition in UNIQUE_INDEXES.items()
                ],
                *[_index(name, definition, unique=False) for name, definition in INDEXES.items()],
                *[_composite_key(name, definition) for name, definition in COMPOSITE_KEYS.items()],
            ]
        )
    ]
