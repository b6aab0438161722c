"""Tables as Tortoise models: columns and plain keys.

Checks, partial unique indexes and composite keys stand in the migrations as SQL, because the ORM
ignores `Meta.constraints` when it creates tables; tests break each of them on purpose. Every table
that grows leads with `account_id` in its keys, so that it can be sharded by account. Instants are
UTC, amounts are whole minor units.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from service.billing.events import DeliveryState, DocumentState
from service.billing.invoice import InvoiceKind, InvoiceStatus
from service.billing.payment import GatewayState, PaymentStatus
from service.billing.people import ContactStatus, Plan


class AccountRow(Model):
    """Who is billed. `reference` is the seller's key; `event_seq` counts the account's events."""

    id = fields.UUIDField(primary_key=True)
    reference = fields.CharField(max_length=64, unique=True)
    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=254)
    plan = fields.CharEnumField(Plan, max_length=8)
    currency = fields.CharField(max_length=3)
    charge_currency = fields.CharField(max_length=3)
    locale = fields.CharField(max_length=20)
    time_zone = fields.CharField(max_length=64)
    address = fields.JSONField[dict[str, object]](null=True)
    tax_id = fields.CharField(max_length=32, null=True)
    tax_name = fields.CharField(max_length=32, null=True)
    tax_percent = fields.DecimalField(max_digits=7, decimal_places=4, null=True)
    event_seq = fields.BigIntField(default=0)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "account"


class BillingContactRow(Model):
    """A person who receives the account's invoices. Removed contacts stay, for past deliveries."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    name = fields.CharField(max_length=200)
    email = fields.CharField(max_length=254)
    locale = fields.CharField(max_length=20, null=True)
    status = fields.CharEnumField(ContactStatus, max_length=16)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "billing_contact"


class InvoiceRow(Model):
    """One invoice. `seller`, `buyer`, `taxes` and `estimate` are frozen on the day of issue.

    So is `locale`, which is null on invoices of a release that did not freeze it.
    `paid_minor`, `refunded_minor` and `disputed` are sums over the ledger and the disputes, kept
    in the transaction of each fact; `paidup audit` works them out anew.
    """

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    kind = fields.CharEnumField(InvoiceKind, max_length=16)
    status = fields.CharEnumField(InvoiceStatus, max_length=16)
    number = fields.CharField(max_length=16, null=True, unique=True)
    period_start = fields.DateField(null=True)
    period_end = fields.DateField(null=True)
    issued_on = fields.DateField(null=True)
    due_on = fields.DateField(null=True)
    currency = fields.CharField(max_length=3)
    subtotal_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    total_minor = fields.BigIntField()
    paid_minor = fields.BigIntField(default=0)
    refunded_minor = fields.BigIntField(default=0, db_default=0)
    disputed = fields.BooleanField(default=False, db_default=False)
    taxes = fields.JSONField[list[dict[str, str]]]()
    seller = fields.JSONField[dict[str, object]]()
    buyer = fields.JSONField[dict[str, object]]()
    estimate = fields.JSONField[dict[str, str]](null=True)
    locale = fields.CharField(max_length=20, null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "invoice"


class InvoiceLineRow(Model):
    """One position of an invoice, in its order."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    invoice: fields.ForeignKeyRelation[InvoiceRow] = fields.ForeignKeyField(
        "service.InvoiceRow", related_name=False, on_delete=fields.RESTRICT
    )
    position = fields.IntField()
    description = fields.CharField(max_length=500)
    quantity = fields.DecimalField(max_digits=20, decimal_places=6)
    unit_price = fields.DecimalField(max_digits=24, decimal_places=10)
    amount_minor = fields.BigIntField()

    class Meta:
        table = "invoice_line"
        unique_together = (("account", "invoice", "position"),)


class ChargeRow(Model):
    """One billable amount as the seller reported it; `invoice` is set once it is billed."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    reference = fields.CharField(max_length=64)
    kind = fields.CharEnumField(InvoiceKind, max_length=16)
    occurred_at = fields.DatetimeField()
    description = fields.CharField(max_length=500)
    quantity = fields.DecimalField(max_digits=20, decimal_places=6)
    unit_price = fields.DecimalField(max_digits=24, decimal_places=10)
    currency = fields.CharField(max_length=3)
    invoice: fields.ForeignKeyNullableRelation[InvoiceRow] = fields.ForeignKeyField(
        "service.InvoiceRow", related_name=False, null=True, on_delete=fields.RESTRICT
    )
    created_at = fields.DatetimeField()

    class Meta:
        table = "charge"
        unique_together = (("account", "reference"),)


class PaymentRow(Model):
    """One attempt to pay one or more invoices, with the quote frozen when it started.

    `live` mirrors the status (a check holds it), so that a partial unique index on the allocations
    can keep an invoice from having two live attempts. `next_check_at` is set as long as the
    gateway's page may still be paid, also when the attempt was superseded. `second_session_id` is
    another page of it on which money is on its way besides. `checked_at` is when the gateway
    answered last, `asked_at` when it was asked last for a payer who is back. The columns from
    `settled_minor` on are what the gateway pays out for it. Payments that came to the seller's bank
    have the gateway `offline` and a reference.
    """

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    status = fields.CharEnumField(PaymentStatus, max_length=16)
    live = fields.BooleanField()
    amount_minor = fields.BigIntField()
    currency = fields.CharField(max_length=3)
    charged_minor = fields.BigIntField()
    charge_currency = fields.CharField(max_length=3)
    rate = fields.DecimalField(max_digits=24, decimal_places=12)
    rate_source = fields.CharField(max_length=64)
    rate_as_of = fields.DateField()
    gateway = fields.CharField(max_length=32)
    live_mode = fields.BooleanField()
    session_id = fields.CharField(max_length=255, null=True)
    second_session_id = fields.CharField(max_length=255, null=True)
    transaction = fields.CharField(max_length=255, null=True)
    page_url = fields.TextField(null=True)
    page_form = fields.JSONField[dict[str, str]](null=True)
    success_url = fields.TextField()
    cancel_url = fields.TextField()
    payer_email = fields.CharField(max_length=254)
    expires_at = fields.DatetimeField()
    method_kind = fields.CharField(max_length=32, null=True)
    method_brand = fields.CharField(max_length=32, null=True)
    method_last4 = fields.CharField(max_length=4, null=True)
    failure_code = fields.CharField(max_length=64, null=True)
    failure_message = fields.CharField(max_length=500, null=True)
    review_reason = fields.CharField(max_length=500, null=True)
    next_check_at = fields.DatetimeField(null=True)
    checked_at = fields.DatetimeField(null=True)
    asked_at = fields.DatetimeField(null=True)
    seen_state = fields.CharEnumField(GatewayState, max_length=16, null=True)
    watched_since = fields.DatetimeField(null=True)
    watched_until = fields.DatetimeField(null=True)
    returned_at = fields.DatetimeField(null=True)
    deadline_at = fields.DatetimeField(null=True)
    superseded_by = fields.UUIDField(null=True)
    settled_minor = fields.BigIntField(null=True)
    settled_fee_minor = fields.BigIntField(null=True)
    settled_currency = fields.CharField(max_length=3, null=True)
    settled_rate = fields.DecimalField(max_digits=24, decimal_places=12, null=True)
    offline_reference = fields.CharField(max_length=64, null=True)
    captured_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "payment"
        unique_together = (("gateway", "session_id"),)


class PaymentAllocationRow(Model):
    """The part of a payment that settles one invoice, in the invoice's currency."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    payment: fields.ForeignKeyRelation[PaymentRow] = fields.ForeignKeyField(
        "service.PaymentRow", related_name=False, on_delete=fields.RESTRICT
    )
    invoice: fields.ForeignKeyRelation[InvoiceRow] = fields.ForeignKeyField(
        "service.InvoiceRow", related_name=False, on_delete=fields.RESTRICT
    )
    amount_minor = fields.BigIntField()
    live = fields.BooleanField()

    class Meta:
        table = "payment_allocation"
        unique_together = (("account", "payment", "invoice"),)


class ReceiptRow(Model):
    """A gateway's signed notice as it came, stored once by its event id before any work is done."""

    id = fields.UUIDField(primary_key=True)
    gateway = fields.CharField(max_length=32)
    event_id = fields.CharField(max_length=255)
    kind = fields.CharField(max_length=100)
    live_mode = fields.BooleanField()
    session_id = fields.CharField(max_length=255, null=True)
    payment_id = fields.UUIDField(null=True)
    transaction = fields.CharField(max_length=255, null=True)
    body = fields.BinaryField()
    received_at = fields.DatetimeField()
    handled_at = fields.DatetimeField(null=True)
    outcome = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "receipt"
        unique_together = (("gateway", "event_id"),)


class EventRow(Model):
    """One fact of an account's log; `seq` counts from 1 without a gap."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    seq = fields.BigIntField()
    kind = fields.CharField(max_length=64)
    invoice_id = fields.UUIDField(null=True)
    payment_id = fields.UUIDField(null=True)
    data = fields.JSONField[dict[str, str | None]]()
    occurred_at = fields.DatetimeField()

    class Meta:
        table = "event"
        unique_together = (("account", "seq"),)


class DocumentRow(Model):
    """A PDF, of an invoice or of the receipt of a payment: a state, and where its bytes are.
    `number` is the receipt's; an invoice has its own."""

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
    number = fields.CharField(max_length=32, null=True)
    state = fields.CharEnumField(DocumentState, max_length=16)
    template_version = fields.CharField(max_length=32, null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    size_bytes = fields.IntField(null=True)
    storage_key = fields.CharField(max_length=255, null=True)
    attempts = fields.IntField(default=0)
    retry_at = fields.DatetimeField(null=True)
    ready_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "document"
        unique_together = (("account", "invoice"), ("account", "payment"))


class DeliveryRow(Model):
    """One mail to one recipient about one invoice.

    `resend` is 0 for the mails that come with the issue, and counts the times that the invoice was
    mailed again.
    """

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    invoice: fields.ForeignKeyRelation[InvoiceRow] = fields.ForeignKeyField(
        "service.InvoiceRow", related_name=False, on_delete=fields.RESTRICT
    )
    contact_id = fields.UUIDField(null=True)
    resend = fields.IntField(default=0, db_default=0)
    recipient_name = fields.CharField(max_length=200)
    recipient_email = fields.CharField(max_length=254)
    state = fields.CharEnumField(DeliveryState, max_length=16)
    attempts = fields.IntField(default=0)
    last_error = fields.CharField(max_length=500, null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "delivery"


class NumberSeriesRow(Model):
    """The last number given out in one series of one financial year."""

    id = fields.UUIDField(primary_key=True)
    prefix = fields.CharField(max_length=4)
    financial_year = fields.CharField(max_length=4)
    last_number = fields.IntField()

    class Meta:
        table = "number_series"
        unique_together = (("prefix", "financial_year"),)


class ExchangeRateRow(Model):
    """Units of `currency` for one euro on a day, as a source published it."""

    id = fields.UUIDField(primary_key=True)
    source = fields.CharField(max_length=64)
    as_of = fields.DateField()
    currency = fields.CharField(max_length=3)
    per_euro = fields.DecimalField(max_digits=24, decimal_places=12)

    class Meta:
        table = "exchange_rate"
        unique_together = (("source", "as_of", "currency"),)


class IdempotencyKeyRow(Model):
    """The first use of a client's key: the operation, its input's fingerprint, and its result."""

    id = fields.UUIDField(primary_key=True)
    account: fields.ForeignKeyRelation[AccountRow] = fields.ForeignKeyField(
        "service.AccountRow", related_name=False, on_delete=fields.RESTRICT
    )
    key = fields.CharField(max_length=255)
    operation = fields.CharField(max_length=64)
    fingerprint = fields.CharField(max_length=64)
    result_id = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_key"
        unique_together = (("account", "key"),)
