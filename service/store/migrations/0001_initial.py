from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from service.billing.events import DeliveryState, DocumentState
from service.billing.invoice import InvoiceKind, InvoiceStatus
from service.billing.payment import PaymentStatus
from service.billing.people import ContactStatus, Plan


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="AccountRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("reference", fields.CharField(unique=True, max_length=64)),
                ("name", fields.CharField(max_length=200)),
                ("email", fields.CharField(max_length=254)),
                (
                    "plan",
                    fields.CharEnumField(
                        description="FREE: FREE\nPAID: PAID", enum_type=Plan, max_length=8
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("charge_currency", fields.CharField(max_length=3)),
                ("locale", fields.CharField(max_length=20)),
                ("time_zone", fields.CharField(max_length=64)),
                ("address", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("tax_id", fields.CharField(null=True, max_length=32)),
                ("tax_name", fields.CharField(null=True, max_length=32)),
                ("tax_percent", fields.DecimalField(null=True, max_digits=7, decimal_places=4)),
                ("event_seq", fields.BigIntField(default=0)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "account",
                "app": "service",
                "pk_attr": "id",
                "table_description": "Who is billed. `reference` is the seller's key; `event_seq` counts the account's events.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BillingContactRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("email", fields.CharField(max_length=254)),
                ("locale", fields.CharField(null=True, max_length=20)),
                (
                    "status",
                    fields.CharEnumField(
                        description="ACTIVE: ACTIVE\nBOUNCING: BOUNCING",
                        enum_type=ContactStatus,
                        max_length=16,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "billing_contact",
                "app": "service",
                "pk_attr": "id",
                "table_description": "A person who receives the account's invoices. Removed contacts stay, for past deliveries.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EventRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("seq", fields.BigIntField()),
                ("kind", fields.CharField(max_length=64)),
                ("invoice_id", fields.UUIDField(null=True)),
                ("payment_id", fields.UUIDField(null=True)),
                ("data", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "event",
                "app": "service",
                "unique_together": (("account", "seq"),),
                "pk_attr": "id",
                "table_description": "One fact of an account's log; `seq` counts from 1 without a gap.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ExchangeRateRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("source", fields.CharField(max_length=64)),
                ("as_of", fields.DateField()),
                ("currency", fields.CharField(max_length=3)),
                ("per_euro", fields.DecimalField(max_digits=24, decimal_places=12)),
            ],
            options={
                "table": "exchange_rate",
                "app": "service",
                "unique_together": (("source", "as_of", "currency"),),
                "pk_attr": "id",
                "table_description": "Units of `currency` for one euro on a day, as a source published it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdempotencyKeyRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("key", fields.CharField(max_length=255)),
                ("operation", fields.CharField(max_length=64)),
                ("fingerprint", fields.CharField(max_length=64)),
                ("result_id", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_key",
                "app": "service",
                "unique_together": (("account", "key"),),
                "pk_attr": "id",
                "table_description": "The first use of a client's key: the operation, its input's fingerprint, and its result.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InvoiceRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="USAGE: USAGE\nADD_ON: ADD_ON",
                        enum_type=InvoiceKind,
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="DRAFT: DRAFT\nOPEN: OPEN\nPAID: PAID\nVOID: VOID\nUNCOLLECTIBLE: UNCOLLECTIBLE",
                        enum_type=InvoiceStatus,
                        max_length=16,
                    ),
                ),
                ("number", fields.CharField(null=True, unique=True, max_length=16)),
                ("period_start", fields.DateField(null=True)),
                ("period_end", fields.DateField(null=True)),
                ("issued_on", fields.DateField(null=True)),
                ("due_on", fields.DateField(null=True)),
                ("currency", fields.CharField(max_length=3)),
                ("subtotal_minor", fields.BigIntField()),
                ("tax_minor", fields.BigIntField()),
                ("total_minor", fields.BigIntField()),
                ("paid_minor", fields.BigIntField(default=0)),
                ("taxes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("seller", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("buyer", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("estimate", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invoice",
                "app": "service",
                "pk_attr": "id",
                "table_description": "One invoice. `seller`, `buyer`, `taxes` and `estimate` are frozen on the day of issue.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChargeRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("reference", fields.CharField(max_length=64)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="USAGE: USAGE\nADD_ON: ADD_ON",
                        enum_type=InvoiceKind,
                        max_length=16,
                    ),
                ),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("description", fields.CharField(max_length=500)),
                ("quantity", fields.DecimalField(max_digits=20, decimal_places=6)),
                ("unit_price", fields.DecimalField(max_digits=24, decimal_places=10)),
                ("currency", fields.CharField(max_length=3)),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "service.InvoiceRow",
                        source_field="invoice_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "charge",
                "app": "service",
                "unique_together": (("account", "reference"),),
                "pk_attr": "id",
                "table_description": "One billable amount as the seller reported it; `invoice` is set once it is billed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DeliveryRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "service.InvoiceRow",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("contact_id", fields.UUIDField(null=True)),
                ("recipient_name", fields.CharField(max_length=200)),
                ("recipient_email", fields.CharField(max_length=254)),
                (
                    "state",
                    fields.CharEnumField(
                        description="QUEUED: QUEUED\nSENDING: SENDING\nSENT: SENT\nBOUNCED: BOUNCED\nFAILED: FAILED",
                        enum_type=DeliveryState,
                        max_length=16,
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                ("last_error", fields.CharField(null=True, max_length=500)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "delivery",
                "app": "service",
                "pk_attr": "id",
                "table_description": "One mail to one recipient about one invoice.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DocumentRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "service.InvoiceRow",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="QUEUED: QUEUED\nRENDERING: RENDERING\nREADY: READY\nFAILED: FAILED",
                        enum_type=DocumentState,
                        max_length=16,
                    ),
                ),
                ("template_version", fields.CharField(null=True, max_length=32)),
                ("sha256", fields.CharField(null=True, max_length=64)),
                ("size_bytes", fields.IntField(null=True)),
                ("storage_key", fields.CharField(null=True, max_length=255)),
                ("attempts", fields.IntField(default=0)),
                ("retry_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ready_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "document",
                "app": "service",
                "unique_together": (("account", "invoice"),),
                "pk_attr": "id",
                "table_description": "The PDF of an invoice: a state, and where its bytes are once they are.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InvoiceLineRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "service.InvoiceRow",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("position", fields.IntField()),
                ("description", fields.CharField(max_length=500)),
                ("quantity", fields.DecimalField(max_digits=20, decimal_places=6)),
                ("unit_price", fields.DecimalField(max_digits=24, decimal_places=10)),
                ("amount_minor", fields.BigIntField()),
            ],
            options={
                "table": "invoice_line",
                "app": "service",
                "unique_together": (("account", "invoice", "position"),),
                "pk_attr": "id",
                "table_description": "One position of an invoice, in its order.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NumberSeriesRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("prefix", fields.CharField(max_length=4)),
                ("financial_year", fields.CharField(max_length=4)),
                ("last_number", fields.IntField()),
            ],
            options={
                "table": "number_series",
                "app": "service",
                "unique_together": (("prefix", "financial_year"),),
                "pk_attr": "id",
                "table_description": "The last number given out in one series of one financial year.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="PENDING: PENDING\nPROCESSING: PROCESSING\nUNDER_REVIEW: UNDER_REVIEW\nCAPTURED: CAPTURED\nFAILED: FAILED\nCANCELED: CANCELED\nEXPIRED: EXPIRED",
                        enum_type=PaymentStatus,
                        max_length=16,
                    ),
                ),
                ("live", fields.BooleanField()),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("charged_minor", fields.BigIntField()),
                ("charge_currency", fields.CharField(max_length=3)),
                ("rate", fields.DecimalField(max_digits=24, decimal_places=12)),
                ("rate_source", fields.CharField(max_length=64)),
                ("rate_as_of", fields.DateField()),
                ("gateway", fields.CharField(max_length=32)),
                ("live_mode", fields.BooleanField()),
                ("session_id", fields.CharField(null=True, max_length=255)),
                ("intent_id", fields.CharField(null=True, max_length=255)),
                ("page_url", fields.TextField(null=True, unique=False)),
                ("success_url", fields.TextField(unique=False)),
                ("cancel_url", fields.TextField(unique=False)),
                ("payer_email", fields.CharField(max_length=254)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("method_kind", fields.CharField(null=True, max_length=32)),
                ("method_brand", fields.CharField(null=True, max_length=32)),
                ("method_last4", fields.CharField(null=True, max_length=4)),
                ("failure_code", fields.CharField(null=True, max_length=64)),
                ("failure_message", fields.CharField(null=True, max_length=500)),
                ("review_reason", fields.CharField(null=True, max_length=500)),
                (
                    "next_check_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                (
                    "captured_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payment",
                "app": "service",
                "unique_together": (("gateway", "session_id"),),
                "pk_attr": "id",
                "table_description": "One attempt to pay one or more invoices, with the quote frozen when it started.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentAllocationRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "service.AccountRow",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "service.PaymentRow",
                        source_field="payment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "service.InvoiceRow",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount_minor", fields.BigIntField()),
                ("live", fields.BooleanField()),
            ],
            options={
                "table": "payment_allocation",
                "app": "service",
                "unique_together": (("account", "payment", "invoice"),),
                "pk_attr": "id",
                "table_description": "The part of a payment that settles one invoice, in the invoice's currency.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReceiptRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("event_id", fields.CharField(max_length=255)),
                ("kind", fields.CharField(max_length=100)),
                ("live_mode", fields.BooleanField()),
                ("session_id", fields.CharField(null=True, max_length=255)),
                ("payment_id", fields.UUIDField(null=True)),
                ("body", fields.BinaryField()),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("handled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("outcome", fields.CharField(null=True, max_length=64)),
            ],
            options={
                "table": "receipt",
                "app": "service",
                "unique_together": (("gateway", "event_id"),),
                "pk_attr": "id",
                "table_description": "A gateway's signed notice as it came, stored once by its event id before any work is done.",
            },
            bases=["Model"],
        ),
    ]
