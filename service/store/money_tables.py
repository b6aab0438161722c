"""Tables of what happens to money, and of what people do about it. See `tables` for their rules.

Rows of `ledger_entry` and `evidence` are only ever added: the database refuses to change or remove
them.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from service.billing.events import DeliveryState
from service.billing.evidence import Fact, Source
from service.billing.ledger import Book
from service.billing.refund import DisputeStatus, RefundReason, RefundStatus
from service.billing.support import CaseReason, CaseStatus, NotificationKind
from service.store.tables import AccountRow, InvoiceRow, PaymentRow


class LedgerEntryRow(Model):
    """One movement from the book `credit` to the book `debit`; `key` can be booked once."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    key = fields.CharField(max_length=160)
    debit = fields.CharEnumField(Book, max_length=16)
    credit = fields.CharEnumField(Book, max_length=16)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    invoice_id = fields.UUIDField(null=True)
    payment_id = fields.UUIDField(null=True)
    occurred_at = fields.DatetimeField()
    booked_at = fields.DatetimeField()

    class Meta:
        table = "ledger_entry"
        unique_together = (("account", "key"),)


class RefundRow(Model):
    """Money given back, in the charge currency and in the invoices' currency.

    `reference` is the gateway's id, once it has one; of money that went back by bank, whose
    gateway is `offline`, the bank's. `key_number` counts the idempotency keys that were used up: by
    failures which the gateway keeps, and of a surplus by other amounts. The first key of a surplus
    is 1: with 0 no gateway was asked for it yet.
    """

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    payment: fields.ForeignKeyRelation[PaymentRow] = fields.ForeignKeyField(
        "service.PaymentRow", related_name=False, on_delete=fields.RESTRICT
    )
    gateway = fields.CharField(max_length=32)
    reference = fields.CharField(max_length=255, null=True)
    status = fields.CharEnumField(RefundStatus, max_length=16)
    reason = fields.CharEnumField(RefundReason, max_length=16)
    charged_minor = fields.BigIntField()
    charge_currency = fields.CharField(max_length=3)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    requested_by = fields.CharField(max_length=254, null=True)
    note = fields.CharField(max_length=500, null=True)
    failure = fields.CharField(max_length=200, null=True)
    key_number = fields.IntField(default=0)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "refund"


class DisputeRow(Model):
    """A payer's bank takes a payment back, and decides."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    payment: fields.ForeignKeyRelation[PaymentRow] = fields.ForeignKeyField(
        "service.PaymentRow", related_name=False, on_delete=fields.RESTRICT
    )
    gateway = fields.CharField(max_length=32)
    reference = fields.CharField(max_length=255)
    status = fields.CharEnumField(DisputeStatus, max_length=16)
    reason = fields.CharField(max_length=64)
    charged_minor = fields.BigIntField()
    charge_currency = fields.CharField(max_length=3)
    opened_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "dispute"
        unique_together = (("gateway", "reference"),)


class EvidenceRow(Model):
    """One thing that was seen or done about a payment or an invoice."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    invoice_id = fields.UUIDField(null=True)
    payment_id = fields.UUIDField(null=True)
    fact = fields.CharEnumField(Fact, max_length=24)
    # The ORM describes an enum by its names; a column is what is stored in it.
    source = fields.CharEnumField(
        Source, max_length=16, description="\n".join(f"{one}: {one}" for one in Source)
    )
    reference = fields.CharField(max_length=255, null=True)
    note = fields.CharField(max_length=500, null=True)
    amount_minor = fields.BigIntField(null=True)
    currency = fields.CharField(max_length=3, null=True)
    expected_minor = fields.BigIntField(null=True)
    expected_currency = fields.CharField(max_length=3, null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "evidence"


class SupportCaseRow(Model):
    """Somebody has to look: opened by the service itself, or by a customer's claim."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    invoice: fields.ForeignKeyNullableRelation[InvoiceRow] = fields.ForeignKeyField(
        "service.InvoiceRow", related_name=False, null=True, on_delete=fields.RESTRICT
    )
    payment: fields.ForeignKeyNullableRelation[PaymentRow] = fields.ForeignKeyField(
        "service.PaymentRow", related_name=False, null=True, on_delete=fields.RESTRICT
    )
    status = fields.CharEnumField(CaseStatus, max_length=16)
    reason = fields.CharEnumField(CaseReason, max_length=16)
    opened_by = fields.CharField(max_length=254)
    note = fields.CharField(max_length=500, null=True)
    resolution = fields.CharField(max_length=500, null=True)
    resolved_by = fields.CharField(max_length=254, null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)

    class Meta:
        table = "support_case"


class CaseCandidateRow(Model):
    """A payment at a gateway that may be the one that a customer claims.

    Or one that is booked nowhere. `gone_back_at` is when it was seen to be with its payer again.
    """

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    case: fields.ForeignKeyRelation[SupportCaseRow] = fields.ForeignKeyField(
        "service.SupportCaseRow", related_name=False, on_delete=fields.RESTRICT
    )
    gateway = fields.CharField(max_length=32)
    transaction = fields.CharField(max_length=255)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    payer_email = fields.CharField(max_length=254, null=True)
    payment_id = fields.UUIDField(null=True)
    captured_at = fields.DatetimeField()
    gone_back_at = fields.DatetimeField(null=True)

    class Meta:
        table = "case_candidate"
        unique_together = (("case", "gateway", "transaction"),)


class PaymentLinkRow(Model):
    """A link that pays one invoice once, for a guest. Only its token's hash is kept."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    invoice: fields.ForeignKeyRelation[InvoiceRow] = fields.ForeignKeyField(
        "service.InvoiceRow", related_name=False, on_delete=fields.RESTRICT
    )
    token_sha256 = fields.CharField(max_length=64, unique=True)
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    invoice_version = fields.IntField()
    created_by = fields.CharField(max_length=254)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    payment_id = fields.UUIDField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "payment_link"


class NotificationRow(Model):
    """One mail about a payment to one recipient; `key` is sent once."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    key = fields.CharField(max_length=160)
    kind = fields.CharEnumField(NotificationKind, max_length=16)
    payment_id = fields.UUIDField(null=True)
    invoice_id = fields.UUIDField(null=True)
    subject_id = fields.UUIDField(null=True)
    recipient_name = fields.CharField(max_length=200)
    recipient_email = fields.CharField(max_length=254)
    state = fields.CharEnumField(DeliveryState, max_length=16)
    attempts = fields.IntField(default=0)
    last_error = fields.CharField(max_length=500, null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "notification"
        unique_together = (("account", "key"),)


class GatewayCursorRow(Model):
    """How far a gateway's own list of what happened was read."""

    id = fields.UUIDField(primary_key=True)
    gateway = fields.CharField(max_length=32)
    stream = fields.CharField(max_length=32)
    cursor = fields.CharField(max_length=255, null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        table = "gateway_cursor"
        unique_together = (("gateway", "stream"),)
