"""Statements that break the rules of money facts, and some that do not.

They run on the rows of `seeds`. The older account's payment alone has a page.
"""

# ruff: noqa: S608 - the statements are constants of this module

from __future__ import annotations

from service.store.database import new_id
from tests.store.rows import copy_sql, in_turn

SECOND = new_id()
OLDER = "session_id IS NOT NULL"
YOUNGER_ACCOUNT = "(SELECT id FROM account ORDER BY id DESC LIMIT 1)"
YOUNGER_INVOICE = "(SELECT id FROM invoice ORDER BY id DESC LIMIT 1)"
YOUNGER_PAYMENT = "(SELECT id FROM payment ORDER BY id DESC LIMIT 1)"
OLDER_PAYMENT = "(SELECT id FROM payment ORDER BY id LIMIT 1)"
RECEIPT = "invoice_id = NULL, number = 'RCT-1', payment_id = {}"


def changed(table: str, change: str) -> str:
    """A change to a table that the database refuses to change."""
    return in_turn(
        f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only",
        f"UPDATE {table} SET {change}",
    )


BREAKS: dict[str, list[str]] = {
    "invoice_refunded": [
        "UPDATE invoice SET refunded_minor = -1",
        "UPDATE invoice SET refunded_minor = 1",
        "UPDATE invoice SET paid_minor = total_minor, refunded_minor = total_minor + 1",
    ],
    "payment_settled": [
        "UPDATE payment SET settled_minor = 100",
        "UPDATE payment SET settled_currency = 'INR'",
        "UPDATE payment SET settled_fee_minor = 3",
        "UPDATE payment SET settled_rate = 1",
        "UPDATE payment SET settled_minor = 100, settled_currency = 'INR'",
        "UPDATE payment SET settled_minor = 100, settled_fee_minor = 3",
        "UPDATE payment SET settled_minor = 100, settled_fee_minor = 3, settled_currency = 'inr'",
        "UPDATE payment SET settled_minor = 100, settled_fee_minor = 3, settled_currency = 'INR',"
        " settled_rate = 0",
    ],
    "payment_offline": [
        "UPDATE payment SET gateway = 'offline'",
        "UPDATE payment SET offline_reference = 'UTR1'",
    ],
    "payment_watched": [
        "UPDATE payment SET watched_since = now()",
        "UPDATE payment SET watched_until = now()",
    ],
    "payment_seen": ["UPDATE payment SET seen_state = 'LOST'"],
    "payment_deadline": [
        "UPDATE payment SET status = 'FAILED', live = false, deadline_at = now()",
    ],
    "payment_superseded": [
        f"UPDATE payment SET superseded_by = {YOUNGER_PAYMENT} WHERE {OLDER}",
        "UPDATE payment SET status = 'CANCELED', live = false, superseded_by = id",
    ],
    "payment_superseder": [
        in_turn(
            "SET CONSTRAINTS ALL IMMEDIATE",
            f"UPDATE payment SET status = 'CANCELED', live = false,"
            f" superseded_by = {YOUNGER_PAYMENT} WHERE {OLDER}",
        ),
    ],
    "document_subject": [
        "UPDATE document SET invoice_id = NULL",
        f"UPDATE document SET payment_id = {OLDER_PAYMENT}, number = 'RCT-1'",
    ],
    "document_number": [
        "UPDATE document SET number = 'RCT-1'",
        f"UPDATE document SET invoice_id = NULL, payment_id = {OLDER_PAYMENT}",
    ],
    "document_of_number": [
        in_turn(
            f"UPDATE document SET {RECEIPT.format(OLDER_PAYMENT)}",
            "ALTER TABLE document DROP CONSTRAINT document_payment",
            "ALTER TABLE document DROP CONSTRAINT document_payment_id_fkey",
            copy_sql("document", payment_id=SECOND),
        )
    ],
    "document_payment": [f"UPDATE document SET {RECEIPT.format(YOUNGER_PAYMENT)}"],
    "ledger_entry_amount": [
        copy_sql("ledger_entry", key="k", amount_minor=0),
        copy_sql("ledger_entry", key="k", amount_minor=-1),
    ],
    "ledger_entry_currency": [copy_sql("ledger_entry", key="k", currency="usd")],
    "ledger_entry_books": [copy_sql("ledger_entry", key="k", debit="SALES", credit="SALES")],
    "ledger_entry_debit": [copy_sql("ledger_entry", key="k", debit="CASH")],
    "ledger_entry_credit": [copy_sql("ledger_entry", key="k", credit="CASH")],
    "ledger_entry_subject": [copy_sql("ledger_entry", key="k", invoice_id=None, payment_id=None)],
    "ledger_entry_invoice": [changed("ledger_entry", f"invoice_id = {YOUNGER_INVOICE}")],
    "ledger_entry_payment": [changed("ledger_entry", f"payment_id = {YOUNGER_PAYMENT}")],
    "refund_status": ["UPDATE refund SET status = 'SENT', reference = 're_1'"],
    "refund_reason": ["UPDATE refund SET reason = 'GIFT'"],
    "refund_amounts": [
        "UPDATE refund SET charged_minor = 0",
        "UPDATE refund SET amount_minor = -1",
    ],
    "refund_currencies": [
        "UPDATE refund SET charge_currency = 'inr'",
        "UPDATE refund SET currency = ''",
    ],
    "refund_requested": ["UPDATE refund SET requested_by = NULL"],
    "refund_reference": [
        "UPDATE refund SET status = 'PENDING'",
        "UPDATE refund SET status = 'SUCCEEDED'",
    ],
    "refund_by_bank": [
        "UPDATE refund SET gateway = 'offline'",
        "UPDATE refund SET gateway = 'offline', status = 'PENDING', reference = 'UTR1'",
        "UPDATE refund SET gateway = 'offline', status = 'SUCCEEDED', reference = 'UTR1',"
        " reason = 'SURPLUS'",
    ],
    "refund_at_gateway": [
        in_turn("UPDATE refund SET reference = 're_1'", copy_sql("refund", reason="AT_GATEWAY"))
    ],
    "refund_bank_reference": [
        in_turn(
            "UPDATE refund SET gateway = 'offline', status = 'SUCCEEDED', reference = 'UTR1'",
            copy_sql("refund"),
        )
    ],
    "refund_of_surplus": [in_turn("UPDATE refund SET reason = 'SURPLUS'", copy_sql("refund"))],
    "refund_payment": [f"UPDATE refund SET payment_id = {YOUNGER_PAYMENT}"],
    "dispute_status": ["UPDATE dispute SET status = 'DRAWN', closed_at = now()"],
    "dispute_amount": [
        "UPDATE dispute SET charged_minor = 0",
        "UPDATE dispute SET charge_currency = 'IN'",
    ],
    "dispute_closed": [
        "UPDATE dispute SET status = 'WON'",
        "UPDATE dispute SET closed_at = now()",
    ],
    "dispute_payment": [f"UPDATE dispute SET payment_id = {YOUNGER_PAYMENT}"],
    "evidence_subject": [copy_sql("evidence", invoice_id=None, payment_id=None)],
    "evidence_amount": [
        copy_sql("evidence", amount_minor=None),
        copy_sql("evidence", currency=None),
        copy_sql("evidence", expected_minor=None),
        copy_sql("evidence", expected_currency=None),
    ],
    "evidence_currencies": [
        copy_sql("evidence", currency="inr"),
        copy_sql("evidence", expected_currency="inr"),
    ],
    "evidence_fact": [copy_sql("evidence", fact="DREAMT")],
    "evidence_source": [copy_sql("evidence", source="RUMOUR")],
    "evidence_invoice": [changed("evidence", f"invoice_id = {YOUNGER_INVOICE}")],
    "evidence_payment": [changed("evidence", f"payment_id = {YOUNGER_PAYMENT}")],
    "support_case_status": [
        "UPDATE support_case SET status = 'CLOSED', resolved_at = now(), resolved_by = 'kim',"
        " resolution = 'found'"
    ],
    "support_case_reason": ["UPDATE support_case SET reason = 'ODD'"],
    "support_case_subject": [
        "UPDATE support_case SET payment_id = NULL WHERE reason = 'DEADLINE_PASSED'",
        "UPDATE support_case SET invoice_id = NULL WHERE reason = 'CLAIM'",
    ],
    "support_case_resolved": [
        "UPDATE support_case SET status = 'RESOLVED'",
        "UPDATE support_case SET resolved_at = now()",
        "UPDATE support_case SET status = 'RESOLVED', resolved_at = now(), resolved_by = 'kim'",
        "UPDATE support_case SET status = 'RESOLVED', resolved_at = now(), resolution = 'found'",
    ],
    "support_case_open": [
        copy_sql("support_case"),
        copy_sql("support_case", opened_by="kim", note=None),
    ],
    "support_case_claim": [
        in_turn(
            "UPDATE support_case SET status = 'RESOLVED', resolved_at = now(),"
            " resolved_by = 'kim', resolution = 'found' WHERE reason = 'CLAIM'",
            f"UPDATE support_case SET reason = 'CLAIM', invoice_id ="
            f" (SELECT invoice_id FROM support_case WHERE reason = 'CLAIM'),"
            f" payment_id = {OLDER_PAYMENT} WHERE reason = 'DEADLINE_PASSED'",
            "UPDATE support_case SET status = 'OPEN', resolved_at = NULL, resolved_by = NULL,"
            " resolution = NULL",
        )
    ],
    "support_case_invoice": [f"UPDATE support_case SET invoice_id = {YOUNGER_INVOICE}"],
    "support_case_payment": [f"UPDATE support_case SET payment_id = {YOUNGER_PAYMENT}"],
    "case_candidate_amount": [
        "UPDATE case_candidate SET amount_minor = 0",
        "UPDATE case_candidate SET currency = 'inr'",
    ],
    "case_candidate_case": [f"UPDATE case_candidate SET account_id = {YOUNGER_ACCOUNT}"],
    "payment_link_amount": [
        "UPDATE payment_link SET amount_minor = 0",
        "UPDATE payment_link SET currency = 'usd'",
    ],
    "payment_link_token": ["UPDATE payment_link SET token_sha256 = 'the token itself'"],
    "payment_link_expiry": ["UPDATE payment_link SET expires_at = created_at"],
    "payment_link_used": [
        "UPDATE payment_link SET used_at = now()",
        f"UPDATE payment_link SET payment_id = {OLDER_PAYMENT}",
    ],
    "payment_link_once": [
        f"UPDATE payment_link SET used_at = now(), payment_id = {OLDER_PAYMENT},"
        " revoked_at = now() - interval '1 second'"
    ],
    "payment_link_invoice": [f"UPDATE payment_link SET invoice_id = {YOUNGER_INVOICE}"],
    "payment_link_payment": [
        f"UPDATE payment_link SET used_at = now(), payment_id = {YOUNGER_PAYMENT}"
    ],
    "notification_kind": ["UPDATE notification SET kind = 'GREETING'"],
    "notification_state": ["UPDATE notification SET state = 'READ'"],
    "notification_invoice": [f"UPDATE notification SET invoice_id = {YOUNGER_INVOICE}"],
    "notification_payment": [f"UPDATE notification SET payment_id = {YOUNGER_PAYMENT}"],
    "payment_transaction": [
        in_turn(
            "UPDATE payment SET status = 'CAPTURED', live = false, captured_at = now(),"
            f" transaction = 'pi_1' WHERE {OLDER}",
            copy_sql("payment", session_id=None, page_url=None),
        )
    ],
    "payment_offline_reference": [
        in_turn(
            "UPDATE payment SET gateway = 'offline', offline_reference = 'UTR1' WHERE " + OLDER,
            copy_sql("payment", session_id=None, page_url=None),
        )
    ],
    # These two only serve the composite keys: they follow from the primary keys.
    "payment_of_account": [
        in_turn(
            "ALTER TABLE payment DROP CONSTRAINT payment_pkey CASCADE",
            copy_sql(
                "payment",
                same_id=True,
                session_id=None,
                page_url=None,
                status="FAILED",
                live=False,
            ),
        )
    ],
    "support_case_of_account": [
        in_turn(
            "ALTER TABLE support_case DROP CONSTRAINT support_case_pkey CASCADE",
            copy_sql("support_case", same_id=True, reason="UNDER_REVIEW"),
        )
    ],
}

REPEATS: dict[str, str] = {
    "case_candidate UNIQUE (case_id, gateway, transaction)": copy_sql("case_candidate"),
    "dispute UNIQUE (gateway, reference)": copy_sql("dispute"),
    "document UNIQUE (account_id, payment_id)": in_turn(
        f"UPDATE document SET {RECEIPT.format(OLDER_PAYMENT)}",
        copy_sql("document", number="RCT-2"),
    ),
    "gateway_cursor UNIQUE (gateway, stream)": copy_sql("gateway_cursor"),
    "ledger_entry UNIQUE (account_id, key)": copy_sql("ledger_entry"),
    "notification UNIQUE (account_id, key)": copy_sql("notification"),
    "payment_link UNIQUE (token_sha256)": copy_sql("payment_link"),
}

LET_PASS: dict[str, str] = {
    "an invoice that was paid and given back": "UPDATE invoice SET status = 'PAID',"
    " paid_minor = total_minor, refunded_minor = total_minor",
    "a payout without exchange": "UPDATE payment SET settled_minor = 100, settled_fee_minor = 3,"
    " settled_currency = 'INR'",
    "a bank transfer and another": in_turn(
        f"UPDATE payment SET gateway = 'offline', offline_reference = 'UTR1' WHERE {OLDER}",
        copy_sql("payment", session_id=None, page_url=None, offline_reference="UTR2"),
    ),
    "one payment of the gateway at two attempts, of which one took it": in_turn(
        "UPDATE payment SET status = 'CAPTURED', live = false, captured_at = now(),"
        f" transaction = 'pi_1' WHERE {OLDER}",
        copy_sql(
            "payment",
            session_id=None,
            page_url=None,
            status="FAILED",
            captured_at=None,
        ),
    ),
    "an attempt that takes a place before it is stored": in_turn(
        f"UPDATE payment SET status = 'CANCELED', live = false, superseded_by = '{SECOND}'"
        f" WHERE {OLDER}",
        copy_sql(
            "payment",
            id=SECOND,
            session_id=None,
            page_url=None,
            status="PENDING",
            live=True,
            superseded_by=None,
        ),
        "SET CONSTRAINTS ALL IMMEDIATE",
    ),
    "two refunds that the gateway does not know yet": copy_sql("refund"),
    "what went back by bank twice": in_turn(
        "UPDATE refund SET gateway = 'offline', status = 'SUCCEEDED', reference = 'UTR1'",
        copy_sql("refund", reference="UTR2"),
    ),
    "a refund that was refused at once": "UPDATE refund SET status = 'FAILED'",
    "a case after one that was resolved": in_turn(
        "UPDATE support_case SET status = 'RESOLVED', resolved_at = now(), resolved_by = 'kim',"
        " resolution = 'found'",
        copy_sql(
            "support_case",
            status="OPEN",
            resolved_at=None,
            resolved_by=None,
            resolution=None,
        ),
    ),
    "another case about the same payment": copy_sql("support_case", reason="REFUND_FAILED"),
    "evidence without an amount": copy_sql(
        "evidence", amount_minor=None, currency=None, expected_minor=None, expected_currency=None
    ),
    "a link that was used, then revoked": f"UPDATE payment_link SET used_at = now(),"
    f" payment_id = {OLDER_PAYMENT}, revoked_at = now()",
}
