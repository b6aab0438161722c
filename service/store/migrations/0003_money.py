from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from service.billing.events import DeliveryState
from service.billing.evidence import Fact, Source
from service.billing.ledger import Book
from service.billing.payment import GatewayState
from service.billing.refund import DisputeStatus, RefundReason, RefundStatus
from service.billing.support import CaseReason, CaseStatus, NotificationKind


class Migration(migrations.Migration):
    dependencies = [("service", "0002_constraints")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DisputeRow",
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
                ("gateway", fields.CharField(max_length=32)),
                ("reference", fields.CharField(max_length=255)),
                (
                    "status",
                    fields.CharEnumField(
                        description="OPEN: OPEN\nWON: WON\nLOST: LOST",
                        enum_type=DisputeStatus,
                        max_length=16,
                    ),
                ),
                ("reason", fields.CharField(max_length=64)),
                ("charged_minor", fields.BigIntField()),
                ("charge_currency", fields.CharField(max_length=3)),
                ("opened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "dispute",
                "app": "service",
                "unique_together": (("gateway", "reference"),),
                "pk_attr": "id",
                "table_description": "A payer's bank takes a payment back, and decides.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EvidenceRow",
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
                ("invoice_id", fields.UUIDField(null=True)),
                ("payment_id", fields.UUIDField(null=True)),
                (
                    "fact",
                    fields.CharEnumField(
                        description="ATTEMPT_STARTED: ATTEMPT_STARTED\nPAGE_OPENED: PAGE_OPENED\nPAYER_RETURNED: PAYER_RETURNED\nDECLINED: DECLINED\nPAGE_CLOSED: PAGE_CLOSED\nSEEN_OPEN: SEEN_OPEN\nSEEN_PROCESSING: SEEN_PROCESSING\nSEEN_AUTHORIZED: SEEN_AUTHORIZED\nSEEN_PAID: SEEN_PAID\nSEEN_FAILED: SEEN_FAILED\nSEEN_CANCELED: SEEN_CANCELED\nSEEN_EXPIRED: SEEN_EXPIRED\nGATEWAY_SILENT: GATEWAY_SILENT\nGATEWAY_REFUSED: GATEWAY_REFUSED\nMISMATCH: MISMATCH\nSUPERSEDED: SUPERSEDED\nSURPLUS: SURPLUS\nPAID_OFFLINE: PAID_OFFLINE\nREFUND_REQUESTED: REFUND_REQUESTED\nREFUND_PENDING: REFUND_PENDING\nREFUND_SUCCEEDED: REFUND_SUCCEEDED\nREFUND_FAILED: REFUND_FAILED\nDISPUTE_OPENED: DISPUTE_OPENED\nDISPUTE_WON: DISPUTE_WON\nDISPUTE_LOST: DISPUTE_LOST\nCLAIMED: CLAIMED\nCASE_OPENED: CASE_OPENED\nCASE_RESOLVED: CASE_RESOLVED\nLINK_CREATED: LINK_CREATED\nLINK_USED: LINK_USED\nLINK_REVOKED: LINK_REVOKED",
                        enum_type=Fact,
                        max_length=24,
                    ),
                ),
                (
                    "source",
                    fields.CharEnumField(
                        description="PAYER: PAYER\nWEBHOOK: WEBHOOK\nRETURN: RETURN\nPOLL: POLL\nEVENT_LIST: EVENT_LIST\nOPERATOR: OPERATOR\nSERVICE: SERVICE",
                        enum_type=Source,
                        max_length=16,
                    ),
                ),
                ("reference", fields.CharField(null=True, max_length=255)),
                ("note", fields.CharField(null=True, max_length=500)),
                ("amount_minor", fields.BigIntField(null=True)),
                ("currency", fields.CharField(null=True, max_length=3)),
                ("expected_minor", fields.BigIntField(null=True)),
                ("expected_currency", fields.CharField(null=True, max_length=3)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "evidence",
                "app": "service",
                "pk_attr": "id",
                "table_description": "One thing that was seen or done about a payment or an invoice.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GatewayCursorRow",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("stream", fields.CharField(max_length=32)),
                ("cursor", fields.CharField(null=True, max_length=255)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "gateway_cursor",
                "app": "service",
                "unique_together": (("gateway", "stream"),),
                "pk_attr": "id",
                "table_description": "How far a gateway's own list of what happened was read.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LedgerEntryRow",
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
                ("key", fields.CharField(max_length=160)),
                (
                    "debit",
                    fields.CharEnumField(
                        description="RECEIVABLE: RECEIVABLE\nSALES: SALES\nGATEWAY: GATEWAY\nBANK: BANK\nEXCHANGE: EXCHANGE\nSURPLUS: SURPLUS\nREFUNDED: REFUNDED\nDISPUTED: DISPUTED\nCHARGED_BACK: CHARGED_BACK",
                        enum_type=Book,
                        max_length=16,
                    ),
                ),
                (
                    "credit",
                    fields.CharEnumField(
                        description="RECEIVABLE: RECEIVABLE\nSALES: SALES\nGATEWAY: GATEWAY\nBANK: BANK\nEXCHANGE: EXCHANGE\nSURPLUS: SURPLUS\nREFUNDED: REFUNDED\nDISPUTED: DISPUTED\nCHARGED_BACK: CHARGED_BACK",
                        enum_type=Book,
                        max_length=16,
                    ),
                ),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("invoice_id", fields.UUIDField(null=True)),
                ("payment_id", fields.UUIDField(null=True)),
                ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("booked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "ledger_entry",
                "app": "service",
                "unique_together": (("account", "key"),),
                "pk_attr": "id",
                "table_description": "One movement from the book `credit` to the book `debit`; `key` can be booked once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NotificationRow",
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
                ("key", fields.CharField(max_length=160)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="RECEIPT: RECEIPT\nPAYMENT_FAILED: PAYMENT_FAILED\nSURPLUS_REFUND: SURPLUS_REFUND\nCASE_OPENED: CASE_OPENED\nCASE_RESOLVED: CASE_RESOLVED",
                        enum_type=NotificationKind,
                        max_length=16,
                    ),
                ),
                ("payment_id", fields.UUIDField(null=True)),
                ("invoice_id", fields.UUIDField(null=True)),
                ("subject_id", fields.UUIDField(null=True)),
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
                "table": "notification",
                "app": "service",
                "unique_together": (("account", "key"),),
                "pk_attr": "id",
                "table_description": "One mail about a payment to one recipient; `key` is sent once.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PaymentLinkRow",
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
                ("token_sha256", fields.CharField(unique=True, max_length=64)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("invoice_version", fields.IntField()),
                ("created_by", fields.CharField(max_length=254)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("payment_id", fields.UUIDField(null=True)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "payment_link",
                "app": "service",
                "pk_attr": "id",
                "table_description": "A link that pays one invoice once, for a guest. Only its token's hash is kept.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RefundRow",
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
                ("gateway", fields.CharField(max_length=32)),
                ("reference", fields.CharField(null=True, max_length=255)),
                (
                    "status",
                    fields.CharEnumField(
                        description="REQUESTED: REQUESTED\nPENDING: PENDING\nSUCCEEDED: SUCCEEDED\nFAILED: FAILED",
                        enum_type=RefundStatus,
                        max_length=16,
                    ),
                ),
                (
                    "reason",
                    fields.CharEnumField(
                        description="SURPLUS: SURPLUS\nREQUESTED: REQUESTED\nAT_GATEWAY: AT_GATEWAY",
                        enum_type=RefundReason,
                        max_length=16,
                    ),
                ),
                ("charged_minor", fields.BigIntField()),
                ("charge_currency", fields.CharField(max_length=3)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("requested_by", fields.CharField(null=True, max_length=254)),
                ("note", fields.CharField(null=True, max_length=500)),
                ("failure", fields.CharField(null=True, max_length=200)),
                ("key_number", fields.IntField(default=0)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "refund",
                "app": "service",
                "unique_together": (("gateway", "reference"),),
                "pk_attr": "id",
                "table_description": "Money given back, in the charge currency and in the invoices' currency.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SupportCaseRow",
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
                        null=True,
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
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="OPEN: OPEN\nRESOLVED: RESOLVED",
                        enum_type=CaseStatus,
                        max_length=16,
                    ),
                ),
                (
                    "reason",
                    fields.CharEnumField(
                        description="DEADLINE_PASSED: DEADLINE_PASSED\nUNDER_REVIEW: UNDER_REVIEW\nCLAIM: CLAIM\nREFUND_FAILED: REFUND_FAILED",
                        enum_type=CaseReason,
                        max_length=16,
                    ),
                ),
                ("opened_by", fields.CharField(max_length=254)),
                ("note", fields.CharField(null=True, max_length=500)),
                ("resolution", fields.CharField(null=True, max_length=500)),
                ("resolved_by", fields.CharField(null=True, max_length=254)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "resolved_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "support_case",
                "app": "service",
                "pk_attr": "id",
                "table_description": "Somebody has to look: opened by the service itself, or by a customer's claim.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CaseCandidateRow",
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
                    "case",
                    fields.ForeignKeyField(
                        "service.SupportCaseRow",
                        source_field="case_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("gateway", fields.CharField(max_length=32)),
                ("transaction", fields.CharField(max_length=255)),
                ("amount_minor", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                ("payer_email", fields.CharField(null=True, max_length=254)),
                ("payment_id", fields.UUIDField(null=True)),
                ("captured_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "case_candidate",
                "app": "service",
                "unique_together": (("case", "gateway", "transaction"),),
                "pk_attr": "id",
                "table_description": "A payment at a gateway that may be the one that a customer claims.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="DocumentRow",
            options={
                "table": "document",
                "app": "service",
                "unique_together": (("account", "invoice"), ("account", "payment")),
                "pk_attr": "id",
                "table_description": "A PDF, of an invoice or of the receipt of a payment: a state, and where its bytes are.",
            },
        ),
        ops.AlterField(
            model_name="DocumentRow",
            name="invoice",
            field=fields.ForeignKeyField(
                "service.InvoiceRow",
                source_field="invoice_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="DocumentRow",
            name="payment",
            field=fields.ForeignKeyField(
                "service.PaymentRow",
                source_field="payment_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField(
            model_name="DocumentRow",
            name="number",
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddConstraint(
            model_name="DocumentRow",
            constraint=UniqueConstraint(fields=("account", "payment"), name=None),
        ),
        ops.AddField(
            model_name="InvoiceRow",
            name="disputed",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="InvoiceRow",
            name="refunded_minor",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RenameField(
            model_name="PaymentRow",
            old_name="intent_id",
            new_name="transaction",
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="checked_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="deadline_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="offline_reference",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="page_form",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="returned_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="seen_state",
            field=fields.CharEnumField(
                null=True,
                description="OPEN: OPEN\nPROCESSING: PROCESSING\nAUTHORIZED: AUTHORIZED\nPAID: PAID\nFAILED: FAILED\nCANCELED: CANCELED\nEXPIRED: EXPIRED",
                enum_type=GatewayState,
                max_length=16,
            ),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="settled_currency",
            field=fields.CharField(null=True, max_length=3),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="settled_fee_minor",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="settled_minor",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="settled_rate",
            field=fields.DecimalField(null=True, max_digits=24, decimal_places=12),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="superseded_by",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="watched_since",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PaymentRow",
            name="watched_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="ReceiptRow",
            name="transaction",
            field=fields.CharField(null=True, max_length=255),
        ),
    ]
