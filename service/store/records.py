"""What the store hands out: frozen values, complete enough for every caller, no ORM inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from service.billing.events import DocumentState, Event
from service.billing.invoice import InvoiceKind, InvoiceStatus
from service.billing.money import Money
from service.billing.payment import GatewayState, PaymentStatus, Quote, Settlement, is_in_doubt
from service.billing.people import ContactStatus, Plan
from service.billing.sheet import Address, Party
from service.billing.tax import TaxAmount, TaxRate
from service.store.database import Record
from service.store.stored_json import read_json, tax_from_json


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    reference: str
    name: str
    email: str
    plan: Plan
    currency: str
    charge_currency: str
    locale: str
    time_zone: str
    address: Address | None
    tax_id: str | None
    tax_rate: TaxRate | None
    version: int

    @property
    def party(self) -> Party:
        """The account as the buyer on an invoice."""
        return Party(self.name, self.email, self.address, self.tax_id)

    @classmethod
    def read(cls, row: Record) -> Account:
        """Read a row of `account`."""
        address = read_json(row["address"])
        percent = row["tax_percent"]
        return cls(
            id=row["id"],
            reference=row["reference"],
            name=row["name"],
            email=row["email"],
            plan=Plan(row["plan"]),
            currency=row["currency"],
            charge_currency=row["charge_currency"],
            locale=row["locale"],
            time_zone=row["time_zone"],
            address=Address.from_json(address) if address else None,
            tax_id=row["tax_id"],
            tax_rate=TaxRate(row["tax_name"], percent) if percent is not None else None,
            version=row["version"],
        )


@dataclass(frozen=True, slots=True)
class Contact:
    id: UUID
    account_id: UUID
    name: str
    email: str
    locale: str | None
    status: ContactStatus
    version: int

    @classmethod
    def read(cls, row: Record) -> Contact:
        """Read a row of `billing_contact`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            name=row["name"],
            email=row["email"],
            locale=row["locale"],
            status=ContactStatus(row["status"]),
            version=row["version"],
        )


@dataclass(frozen=True, slots=True)
class Charge:
    id: UUID
    account_id: UUID
    occurred_at: datetime
    description: str
    quantity: Decimal
    unit_price: Decimal
    currency: str

    @classmethod
    def read(cls, row: Record) -> Charge:
        """Read a row of `charge`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            occurred_at=row["occurred_at"],
            description=row["description"],
            quantity=row["quantity"],
            unit_price=row["unit_price"],
            currency=row["currency"],
        )


@dataclass(frozen=True, slots=True)
class Document:
    """The PDF of an invoice, or the receipt of a payment, which alone has a `number`."""

    id: UUID
    account_id: UUID
    invoice_id: UUID | None
    payment_id: UUID | None
    number: str | None
    state: DocumentState
    sha256: str | None
    storage_key: str | None
    attempts: int
    retry_at: datetime | None
    ready_at: datetime | None

    @classmethod
    def read(cls, row: Record) -> Document:
        """Read a row of `document`."""
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            invoice_id=row["invoice_id"],
            payment_id=row["payment_id"],
            number=row["number"],
            state=DocumentState(row["state"]),
            sha256=row["sha256"],
            storage_key=row["storage_key"],
            attempts=row["attempts"],
            retry_at=row["retry_at"],
            ready_at=row["ready_at"],
        )


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice with what screens need beside its own columns: the status of its live payment
    and its document. `time_zone` is the account's."""

    id: UUID
    account_id: UUID
    kind: InvoiceKind
    status: InvoiceStatus
    number: str | None
    period_start: date | None
    period_end: date | None
    issued_on: date | None
    due_on: date | None
    currency: str
    subtotal_minor: int
    tax_minor: int
    total_minor: int
    paid_minor: int
    refunded_minor: int
    disputed: bool
    taxes: tuple[TaxAmount, ...]
    version: int
    created_at: datetime
    updated_at: datetime
    time_zone: str
    live_payment: PaymentStatus | None
    document: Document | None

    @property
    def due_minor(self) -> int:
        """What is still to pay, in minor units; nothing once settled, voided or written off."""
        if self.status not in (InvoiceStatus.OPEN, InvoiceStatus.DRAFT):
            return 0
        return max(self.total_minor - self.paid_minor, 0)

    @classmethod
    def read(cls, row: Record) -> Invoice:
        """Read a row of `store.invoices.COLUMNS`."""
        currency = row["currency"]
        live = row["live_payment"]
        document = None
        if row["document_id"] is not None:
            document = Document(
                id=row["document_id"],
                account_id=row["account_id"],
                invoice_id=row["id"],
                payment_id=None,
                number=None,
                state=DocumentState(row["document_state"]),
                sha256=row["document_sha256"],
                storage_key=row["document_storage_key"],
                attempts=row["document_attempts"],
                retry_at=row["document_retry_at"],
                ready_at=row["document_ready_at"],
            )
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            kind=InvoiceKind(row["kind"]),
            status=InvoiceStatus(row["status"]),
            number=row["number"],
            period_start=row["period_start"],
            period_end=row["period_end"],
            issued_on=row["issued_on"],
            due_on=row["due_on"],
            currency=currency,
            subtotal_minor=row["subtotal_minor"],
            tax_minor=row["tax_minor"],
            total_minor=row["total_minor"],
            paid_minor=row["paid_minor"],
            refunded_minor=row["refunded_minor"],
            disputed=row["disputed"],
            taxes=tuple(tax_from_json(tax, currency) for tax in read_json(row["taxes"])),
            version=row["version"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            time_zone=row["time_zone"],
            live_payment=PaymentStatus(live) if live else None,
            document=document,
        )


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    position: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Money


@dataclass(frozen=True, slots=True)
class FrozenParts:
    """What an issued invoice keeps of the day of issue; `locale` is None where it was not kept."""

    seller: Party
    buyer: Party
    estimate: Quote | None
    locale: str | None


@dataclass(frozen=True, slots=True)
class Payment:
    id: UUID
    account_id: UUID
    status: PaymentStatus
    amount: Money
    quote: Quote
    gateway: str
    live_mode: bool
    session_id: str | None
    second_session_id: str | None
    transaction: str | None
    page_url: str | None
    page_form: dict[str, str] | None
    success_url: str
    cancel_url: str
    payer_email: str
    expires_at: datetime
    method_kind: str | None
    method_brand: str | None
    method_last4: str | None
    failure_code: str | None
    failure_message: str | None
    review_reason: str | None
    next_check_at: datetime | None
    checked_at: datetime | None
    asked_at: datetime | None
    seen_state: GatewayState | None
    watched_since: datetime | None
    watched_until: datetime | None
    returned_at: datetime | None
    deadline_at: datetime | None
    superseded_by: UUID | None
    settlement: Settlement | None
    offline_reference: str | None
    captured_at: datetime | None
    version: int
    created_at: datetime

    @property
    def is_in_doubt(self) -> bool:
        """Whether the payer came back and the gateway has not said since that nothing was paid."""
        return is_in_doubt(self.status, returned_at=self.returned_at, seen=self.seen_state)

    @classmethod
    def read(cls, row: Record) -> Payment:
        """Read a row of `payment`."""
        charged = Money(row["charged_minor"], row["charge_currency"])
        return cls(
            id=row["id"],
            account_id=row["account_id"],
            status=PaymentStatus(row["status"]),
            amount=Money(row["amount_minor"], row["currency"]),
            quote=Quote(
                row["rate"], row["rate_source"], row["rate_as_of"], row["expires_at"], charged
            ),
            gateway=row["gateway"],
            live_mode=row["live_mode"],
            session_id=row["session_id"],
            second_session_id=row["second_session_id"],
            transaction=row["transaction"],
            page_url=row["page_url"],
            page_form=read_json(row["page_form"]),
            success_url=row["success_url"],
            cancel_url=row["cancel_url"],
            payer_email=row["payer_email"],
            expires_at=row["expires_at"],
            method_kind=row["method_kind"],
            method_brand=row["method_brand"],
            method_last4=row["method_last4"],
            failure_code=row["failure_code"],
            failure_message=row["failure_message"],
            review_reason=row["review_reason"],
            next_check_at=row["next_check_at"],
            checked_at=row["checked_at"],
            asked_at=row["asked_at"],
            seen_state=GatewayState(row["seen_state"]) if row["seen_state"] else None,
            watched_since=row["watched_since"],
            watched_until=row["watched_until"],
            returned_at=row["returned_at"],
            deadline_at=row["deadline_at"],
            superseded_by=row["superseded_by"],
            settlement=_settlement(row),
            offline_reference=row["offline_reference"],
            captured_at=row["captured_at"],
            version=row["version"],
            created_at=row["created_at"],
        )


def _settlement(row: Record) -> Settlement | None:
    if row["settled_minor"] is None:
        return None
    currency = row["settled_currency"]
    return Settlement(
        Money(row["settled_minor"], currency),
        Money(row["settled_fee_minor"], currency),
        row["settled_rate"],
    )


@dataclass(frozen=True, slots=True)
class Allocation:
    payment_id: UUID
    invoice_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One fact of an account's log with its place in it."""

    account_id: UUID
    seq: int
    occurred_at: datetime
    event: Event


@dataclass(frozen=True, slots=True)
class Receipt:
    id: UUID
    gateway: str
    event_id: str
    kind: str
    session_id: str | None
    payment_id: UUID | None
    transaction: str | None
    handled_at: datetime | None
