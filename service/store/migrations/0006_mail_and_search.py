"""Invoices that are mailed again, the locale that an invoice was issued in, and finding accounts."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

CHECKS = {"delivery": {"delivery_resend": "resend >= 0"}}

# What an index of an earlier migration was, where it is another now.
FORMER_INDEXES = {"delivery_once": "delivery (account_id, invoice_id, lower(recipient_email))"}
UNIQUE_INDEXES = {
    # A retry mails nobody twice; mailing an invoice again does, once each time.
    "delivery_once": "delivery (account_id, invoice_id, lower(recipient_email), resend)",
}

# In the order of bytes, so that what begins with a text lies between two places of an index.
INDEXES = {
    "delivery_resent": "delivery (account_id, created_at) WHERE resend > 0",
    "account_by_name": 'account ((lower(name) COLLATE "C"), id)',
    "account_by_email": 'account ((lower(email) COLLATE "C"), id)',
    "account_by_reference": 'account ((lower(reference) COLLATE "C"), id)',
    "billing_contact_by_email": 'billing_contact ((lower(email) COLLATE "C"), id)'
    " WHERE removed_at IS NULL",
}

# Until now no account could change its locale: this is what each invoice was issued in.
ISSUED_IN = "UPDATE invoice i SET locale = a.locale FROM account a WHERE a.id = i.account_id"

# What is done, and what undoes it.
Step = tuple[str, str]


def _check(table: str, name: str, condition: str) -> Step:
    drop = f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'
    return f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition})', drop


def _index(name: str, definition: str, *, unique: bool) -> Step:
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return f'CREATE {kind} "{name}" ON {definition}', f'DROP INDEX "{name}"'


def _no_index(name: str, definition: str) -> Step:
    done, undone = _index(name, definition, unique=True)
    return undone, done


# Going back, a mail that was sent again has no place beside the first one.
_FIRST_MAILS_ONLY = ("SELECT 1", "DELETE FROM delivery WHERE resend > 0")

STEPS: list[Step] = [
    (ISSUED_IN, "SELECT 1"),
    *[_no_index(name, definition) for name, definition in FORMER_INDEXES.items()],
    _FIRST_MAILS_ONLY,
    *[
        _check(table, name, condition)
        for table, checks in CHECKS.items()
        for name, condition in checks.items()
    ],
    *[_index(name, definition, unique=True) for name, definition in UNIQUE_INDEXES.items()],
    *[_index(name, definition, unique=False) for name, definition in INDEXES.items()],
]


class Migration(migrations.Migration):
    dependencies = [("service", "0004_money_rules")]

    operations = [
        ops.AddField(
            model_name="DeliveryRow",
            name="resend",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="InvoiceRow",
            name="locale",
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.RunSQL(
            [done for done, _ in STEPS], reverse_sql=[undone for _, undone in reversed(STEPS)]
        ),
    ]
