"""A second page of an attempt on which money is on its way, and candidates that went back."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

# A notice of a refund of money that is in no book names nothing but the gateway's payment.
_BY_TRANSACTION = 'CREATE INDEX "case_candidate_by_transaction" ON case_candidate (transaction)'


class Migration(migrations.Migration):
    dependencies = [("service", "0006_mail_and_search")]

    operations = [
        ops.AddField(
            model_name="PaymentRow",
            name="second_session_id",
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name="CaseCandidateRow",
            name="gone_back_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(_BY_TRANSACTION, reverse_sql='DROP INDEX "case_candidate_by_transaction"'),
    ]
