"""When the gateway was asked last for a payer who is back: what one request in two seconds takes."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("service", "0004_money_rules")]

    operations = [
        ops.AddField(
            model_name="PaymentRow",
            name="asked_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
