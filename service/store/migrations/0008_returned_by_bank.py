"""Money of bank transfers that the seller's staff gives back by bank, and what is owed until then."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from service.billing.support import CaseReason

# What a check of an earlier migration said, where it says more now.
FORMER_CHECKS = {
    "support_case": {
        "support_case_reason": "reason IN ('DEADLINE_PASSED', 'UNDER_REVIEW', 'CLAIM',"
        " 'REFUND_FAILED')",
    },
}
CHECKS = {
    "support_case": {
        "support_case_reason": "reason IN ('DEADLINE_PASSED', 'UNDER_REVIEW', 'CLAIM',"
        " 'REFUND_FAILED', 'SURPLUS')",
    },
    "refund": {
        # Nobody is asked to send it: it is recorded when it was sent.
        "refund_by_bank": "gateway <> 'offline'"
        " OR (reason = 'REQUESTED' AND status IN ('SUCCEEDED', 'FAILED'))",
    },
}

UNIQUE_INDEXES = {
    "refund_at_gateway": "refund (gateway, reference) WHERE gateway <> 'offline'",
    # Banks know nothing of each other's references.
    "refund_bank_reference": "refund (account_id, reference) WHERE gateway = 'offline'",
}

# What is done, and what undoes it.
Step = tuple[str, str]

# Going back, who has to get money still is to be seen; and coming again, as it was.
_UNDER_ANOTHER_REASON: Step = (
    "UPDATE support_case c SET reason = 'SURPLUS' FROM payment p WHERE p.id = c.payment_id"
    " AND p.account_id = c.account_id AND p.gateway = 'offline' AND c.reason = 'REFUND_FAILED'",
    "UPDATE support_case SET reason = 'REFUND_FAILED' WHERE reason = 'SURPLUS'",
)
# Going back, references that two accounts share have to differ.
_REFERENCES_APART: Step = (
    "UPDATE refund SET reference = replace(reference, ' / ' || id::text, '')"
    " WHERE gateway = 'offline'",
    "UPDATE refund SET reference = reference || ' / ' || id::text WHERE gateway = 'offline'",
)


def _check(table: str, name: str, condition: str) -> Step:
    drop = f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'
    return f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({condition})', drop


def _no_check(table: str, name: str, condition: str) -> Step:
    done, undone = _check(table, name, condition)
    return undone, done


def _index(name: str, definition: str) -> Step:
    return f'CREATE UNIQUE INDEX "{name}" ON {definition}', f'DROP INDEX "{name}"'


STEPS: list[Step] = [
    *[
        _no_check(table, name, condition)
        for table, checks in FORMER_CHECKS.items()
        for name, condition in checks.items()
    ],
    _UNDER_ANOTHER_REASON,
    *[
        _check(table, name, condition)
        for table, checks in CHECKS.items()
        for name, condition in checks.items()
    ],
    _REFERENCES_APART,
    *[_index(name, definition) for name, definition in UNIQUE_INDEXES.items()],
]


class Migration(migrations.Migration):
    dependencies = [("service", "0007_second_pages")]

    operations = [
        ops.AlterField(
            model_name="SupportCaseRow",
            name="reason",
            field=fields.CharEnumField(
                description="DEADLINE_PASSED: DEADLINE_PASSED\nUNDER_REVIEW: UNDER_REVIEW\nCLAIM: CLAIM\nREFUND_FAILED: REFUND_FAILED\nSURPLUS: SURPLUS",
                enum_type=CaseReason,
                max_length=16,
            ),
        ),
        ops.RemoveConstraint(model_name="RefundRow", fields=["gateway", "reference"]),
        ops.RunSQL(
            [done for done, _ in STEPS], reverse_sql=[undone for _, undone in reversed(STEPS)]
        ),
    ]
