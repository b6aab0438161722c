"""What the rules of money rest on, and the ledger of what was booked before there was one."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# What a check of an earlier migration said, where it says more now.
FORMER_CHECKS = {"invoice": {"invoice_paid": "paid_minor >= 0"}}
CHECKS = {
    "invoice": {
        "invoice_paid": "paid_minor >= 0 AND paid_minor <= total_minor",
        "invoice_refunded": "refunded_minor >= 0 AND refunded_minor <= paid_minor",
    },
    "payment": {
        "payment_settled": "(settled_minor IS NULL) = (settled_currency IS NULL)"
        " AND (settled_minor IS NULL) = (settled_fee_minor IS NULL)"
        " AND (settled_minor IS NOT NULL OR settled_rate IS NULL)"
        " AND settled_currency ~ '^[A-Z]{3}$' AND settled_rate > 0",
        "payment_offline": "(gateway = 'offline') = (offline_reference IS NOT NULL)",
        "payment_watched": "(watched_since IS NULL) = (watched_until IS NULL)",
        "payment_seen": "seen_state IN ('OPEN', 'PROCESSING', 'AUTHORIZED', 'PAID', 'FAILED',"
        " 'CANCELED', 'EXPIRED')",
        # What has ended keeps nobody waiting.
        "payment_deadline": "deadline_at IS NULL OR live",
        "payment_superseded": "superseded_by IS NULL OR (superseded_by <> id AND NOT live)",
    },
    "document": {
        "document_subject": "(invoice_id IS NULL) <> (payment_id IS NULL)",
        "document_number": "(payment_id IS NULL) = (number IS NULL)",
    },
    "ledger_entry": {
        "ledger_entry_amount": "amount_minor > 0",
        "ledger_entry_currency": "currency ~ '^[A-Z]{3}$'",
        "ledger_entry_books": "debit <> credit",
        "ledger_entry_subject": "invoice_id IS NOT NULL OR payment_id IS NOT NULL",
        "ledger_entry_debit": "debit IN ('RECEIVABLE', 'SALES', 'GATEWAY', 'BANK', 'EXCHANGE',"
        " 'SURPLUS', 'REFUNDED', 'DISPUTED', 'CHARGED_BACK')",
        "ledger_entry_credit": "credit IN ('RECEIVABLE', 'SALES', 'GATEWAY', 'BANK', 'EXCHANGE',"
        " 'SURPLUS', 'REFUNDED', 'DISPUTED', 'CHARGED_BACK')",
    },
    "refund": {
        "refund_status": "status IN ('REQUESTED', 'PENDING', 'SUCCEEDED', 'FAILED')",
        "refund_reason": "reason IN ('SURPLUS', 'REQUESTED', 'AT_GATEWAY')",
        "refund_amounts": "charged_minor > 0 AND amount_minor >= 0",
        "refund_currencies": "charge_currency ~ '^[A-Z]{3}$' AND currency ~ '^[A-Z]{3}$'",
        "refund_requested": "reason <> 'REQUESTED' OR requested_by IS NOT NULL",
        "refund_reference": "reference IS NOT NULL OR status IN ('REQUESTED', 'FAILED')",
    },
    "dispute": {
        "dispute_status": "status IN ('OPEN', 'WON', 'LOST')",
        "dispute_amount": "charged_minor > 0 AND charge_currency ~ '^[A-Z]{3}$'",
        "dispute_closed": "(status = 'OPEN') = (closed_at IS NULL)",
    },
    "evidence": {
        "evidence_subject": "invoice_id IS NOT NULL OR payment_id IS NOT NULL",
        "evidence_amount": "(amount_minor IS NULL) = (currency IS NULL)"
        " AND (expected_minor IS NULL) = (expected_currency IS NULL)",
        "evidence_currencies": "currency ~ '^[A-Z]{3}$' AND expected_currency ~ '^[A-Z]{3}$'",
        "evidence_fact": "fact IN ('ATTEMPT_STARTED', 'PAGE_OPENED', 'PAYER_RETURNED', 'DECLINED',"
        " 'PAGE_CLOSED', 'SEEN_OPEN', 'SEEN_PROCESSING', 'SEEN_AUTHORIZED', 'SEEN_PAID', 'SEEN_FAILED', 'SEEN_CANCELED',"
        " 'SEEN_EXPIRED', 'GATEWAY_SILENT', 'GATEWAY_REFUSED', 'MISMATCH', 'SUPERSEDED', 'SURPLUS',"
        " 'PAID_OFFLINE', 'REFUND_REQUESTED', 'REFUND_PENDING', 'REFUND_SUCCEEDED',"
        " 'REFUND_FAILED', 'DISPUTE_OPENED', 'DISPUTE_WON', 'DISPUTE_LOST', 'CLAIMED',"
        " 'CASE_OPENED', 'CASE_RESOLVED', 'LINK_CREATED', 'LINK_USED', 'LINK_REVOKED')",
        "evidence_source": "source IN ('PAYER', 'WEBHOOK', 'RETURN', 'POLL', 'EVENT_LIST',"
        " 'OPERATOR', 'SERVICE')",
    },
    "support_case": {
        "support_case_status": "status IN ('OPEN', 'RESOLVED')",
        "support_case_reason": "reason IN ('DEADLINE_PASSED', 'UNDER_REVIEW', 'CLAIM',"
        " 'REFUND_FAILED')",
        # A claim is about an invoice, everything else about a payment.
        "support_case_subject": "CASE WHEN reason = 'CLAIM' THEN invoice_id ELSE payment_id END"
        " IS NOT NULL",
        "support_case_resolved": "(status = 'OPEN') = (resolved_at IS NULL)"
        " AND (resolved_at IS NULL) = (resolved_by IS NULL)"
        " AND (resolved_at IS NULL) = (resolution IS NULL)",
    },
    "case_candidate": {
        "case_candidate_amount": "amount_minor > 0 AND currency ~ '^[A-Z]{3}$'",
    },
    "payment_link": {
        "payment_link_amount": "amount_minor > 0 AND currency ~ '^[A-Z]{3}$'",
        # A SHA-256, and never the token.
        "payment_link_token": "token_sha256 ~ '^[0-9a-f]{64}$'",
        "payment_link_expiry": "expires_at > created_at",
        "payment_link_used": "(payment_id IS NULL) = (used_at IS NULL)",
        "payment_link_once": "used_at IS NULL OR revoked_at IS NULL OR revoked_at >= used_at",
    },
    "notification": {
        "notification_kind": "kind IN ('RECEIPT', 'PAYMENT_FAILED', 'SURPLUS_REFUND',"
        " 'CASE_OPENED', 'CASE_RESOLVED')",
        "notification_state": "state IN ('QUEUED', 'SENDING', 'SENT', 'BOUNCED', 'FAILED')",
    },
}

UNIQUE_INDEXES = {
    "payment_of_account": "payment (account_id, id)",
    "support_case_of_account": "support_case (account_id, id)",
    # A gateway's payment is booked once, whatever way it was found.
    "payment_transaction": "payment (gateway, transaction) WHERE status = 'CAPTURED'",
    # A bank transfer that two people enter is one.
    "payment_offline_reference": "payment (account_id, offline_reference)"
    " WHERE offline_reference IS NOT NULL",
    "document_of_number": "document (account_id, number) WHERE number IS NOT NULL",
    # A surplus goes back once.
    "refund_of_surplus": "refund (account_id, payment_id) WHERE reason = 'SURPLUS'",
    "support_case_open": "support_case (account_id, payment_id, reason) WHERE status = 'OPEN'"
    " AND payment_id IS NOT NULL",
    "support_case_claim": "support_case (account_id, invoice_id) WHERE status = 'OPEN'"
    " AND reason = 'CLAIM'",
}

INDEXES = {
    "payment_due_check": "payment (next_check_at) WHERE next_check_at IS NOT NULL",
    "payment_due_deadline": "payment (deadline_at) WHERE deadline_at IS NOT NULL",
    "ledger_entry_of_invoice": "ledger_entry (account_id, invoice_id)",
    "ledger_entry_of_payment": "ledger_entry (account_id, payment_id)",
    "refund_of_payment": "refund (account_id, payment_id)",
    "dispute_of_payment": "dispute (account_id, payment_id)",
    "evidence_of_payment": "evidence (account_id, payment_id, id)",
    "evidence_of_invoice": "evidence (account_id, invoice_id, id)",
    "support_case_newest": "support_case (status, id DESC)",
    "support_case_of_payment": "support_case (account_id, payment_id)",
    "support_case_of_invoice": "support_case (account_id, invoice_id)",
    "payment_link_of_invoice": "payment_link (account_id, invoice_id)",
}

COMPOSITE_KEYS = {
    # The attempt that takes a place is stored after the one that leaves it.
    "payment_superseder": "payment (account_id, superseded_by) payment (account_id, id)"
    " DEFERRABLE INITIALLY DEFERRED",
    "document_payment": "document (account_id, payment_id) payment (account_id, id)",
    "refund_payment": "refund (account_id, payment_id) payment (account_id, id)",
    "dispute_payment": "dispute (account_id, payment_id) payment (account_id, id)",
    "ledger_entry_invoice": "ledger_entry (account_id, invoice_id) invoice (account_id, id)",
    "ledger_entry_payment": "ledger_entry (account_id, payment_id) payment (account_id, id)",
    "evidence_invoice": "evidence (account_id, invoice_id) invoice (account_id, id)",
    "evidence_payment": "evidence (account_id, payment_id) payment (account_id, id)",
    "support_case_invoice": "support_case (account_id, invoice_id) invoice (account_id, id)",
    "support_case_payment": "support_case (account_id, payment_id) payment (account_id, id)",
    "case_candidate_case": "case_candidate (account_id, case_id) support_case (account_id, id)",
    "payment_link_invoice": "payment_link (account_id, invoice_id) invoice (account_id, id)",
    "payment_link_payment": "payment_link (account_id, payment_id) payment (account_id, id)",
    "notification_invoice": "notification (account_id, invoice_id) invoice (account_id, id)",
    "notification_payment": "notification (account_id, payment_id) payment (account_id, id)",
}

APPEND_ONLY = ("ledger_entry", "evidence")

# Nobody was told by when an attempt that was under way would have its answer. What a person has to
# look at is due at once. Money on its way came by delayed methods alone: it has the two weeks that
# those have, from when it was last heard of.
DEADLINES = """
UPDATE payment SET deadline_at = greatest(now() + interval '5 minutes',
    CASE status WHEN 'PROCESSING' THEN updated_at + interval '14 days' END)
WHERE status IN ('PROCESSING', 'UNDER_REVIEW')
"""
# Before the ledger the whole of a late second payment counted as paid, and so did money that came
# for a voided invoice: what was not due is a surplus now.
CAP = """
UPDATE invoice SET paid_minor = CASE status WHEN 'VOID' THEN 0 ELSE total_minor END
WHERE paid_minor > CASE status WHEN 'VOID' THEN 0 ELSE total_minor END
"""
# The ids are of version 7, like those of later entries, so that they tell the order too.
BACKFILL = """
WITH parts AS (
    SELECT l.account_id, l.payment_id, l.invoice_id, l.amount_minor, p.currency, p.captured_at,
        CASE i.status WHEN 'VOID' THEN 0 ELSE i.total_minor END - sum(l.amount_minor) OVER (
            PARTITION BY l.account_id, l.invoice_id ORDER BY p.captured_at, p.id
        ) + l.amount_minor AS due
    FROM payment_allocation l
    JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id
    JOIN invoice i ON i.account_id = l.account_id AND i.id = l.invoice_id
    WHERE p.status = 'CAPTURED'
), applied AS (
    SELECT *, greatest(least(due, amount_minor), 0) AS applied FROM parts
), entries AS (
    SELECT account_id, 'issued:' || id AS key, 'RECEIVABLE' AS debit, 'SALES' AS credit,
        total_minor AS amount, currency, id AS invoice_id, NULL::uuid AS payment_id,
        created_at AS at
    FROM invoice WHERE status <> 'DRAFT'
    UNION ALL
    SELECT account_id, 'captured:' || id, 'GATEWAY', 'EXCHANGE', charged_minor, charge_currency,
        NULL, id, captured_at FROM payment WHERE status = 'CAPTURED'
    UNION ALL
    SELECT account_id, 'captured:' || payment_id || ':' || invoice_id, 'EXCHANGE', 'RECEIVABLE',
        applied, currency, invoice_id, payment_id, captured_at FROM applied
    UNION ALL
    SELECT account_id, 'captured:' || payment_id || ':' || invoice_id || ':surplus', 'EXCHANGE',
        'SURPLUS', amount_minor - applied, currency, invoice_id, payment_id, captured_at
    FROM applied
), placed AS (
    SELECT *, row_number() OVER (
        PARTITION BY account_id, date_trunc('milliseconds', at)
        ORDER BY at, payment_id NULLS FIRST, key COLLATE "C"
    ) AS place FROM entries WHERE amount > 0
)
INSERT INTO ledger_entry (id, account_id, key, debit, credit, amount_minor, currency, invoice_id,
    payment_id, occurred_at, booked_at)
SELECT (
        lpad(to_hex(trunc(extract(epoch FROM at) * 1000)::bigint), 12, '0')
        || '7' || lpad(to_hex(least(place, 4095)), 3, '0')
        || substr(replace(gen_random_uuid()::text, '-', ''), 17)
    )::uuid, account_id, key, debit, credit, amount, currency, invoice_id, payment_id, at, now()
FROM placed
"""


# What is done, and what undoes it.
Step = tuple[str, str]


def _check(table: str, name: str, condition: str) -> Step:
    drop = f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'
    return f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition})', drop


def _no_check(table: str, name: str, condition: str) -> Step:
    done, undone = _check(table, name, condition)
    return undone, done


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


def _append_only(table: str) -> Step:
    return (
        f'CREATE TRIGGER "{table}_append_only" BEFORE UPDATE OR DELETE ON "{table}"'
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f'DROP TRIGGER "{table}_append_only" ON "{table}"',
    )


def _never_emptied(table: str) -> Step:
    """A row's trigger does not see TRUNCATE."""
    return (
        f'CREATE TRIGGER "{table}_never_emptied" BEFORE TRUNCATE ON "{table}"'
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        f'DROP TRIGGER "{table}_never_emptied" ON "{table}"',
    )


_NO_INDEX = (
    'DROP INDEX "payment_due_check"',
    'CREATE INDEX "payment_due_check" ON payment (next_check_at) WHERE live',
)
_REFUSE_CHANGE = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME"
    " USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "DROP FUNCTION refuse_change()",
)
# Going back, the ledger goes with its table, and what was capped stays capped.
_NOTHING = "SELECT 1"


def _in_one(steps: list[Step]) -> ops.RunSQL:
    """The ORM builds all models anew before each operation: one for all takes seconds off."""
    return ops.RunSQL(
        [done for done, _ in steps], reverse_sql=[undone for _, undone in reversed(steps)]
    )


class Migration(migrations.Migration):
    dependencies = [("service", "0003_money")]

    operations = [
        _in_one(
            [
                *[
                    _no_check(table, name, condition)
                    for table, checks in FORMER_CHECKS.items()
                    for name, condition in checks.items()
                ],
                _NO_INDEX,
                (CAP, _NOTHING),
                (DEADLINES, _NOTHING),
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
                (BACKFILL, _NOTHING),
                _REFUSE_CHANGE,
                *[_append_only(table) for table in APPEND_ONLY],
                *[_never_emptied(table) for table in APPEND_ONLY],
            ]
        )
    ]
