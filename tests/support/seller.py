"""The seller beside a running service: opens accounts, issues invoices, looks at the books.

It runs the service's own workflows on the running database, from the test's process.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from service.app import open_service
from service.billing.events import as_json
from service.billing.ids import Kind, decode, encode
from service.billing.invoice import InvoiceKind
from service.billing.people import Plan, Role
from service.billing.period import Month
from service.ports import Ports
from service.settings import Settings
from service.store import charges, database, events, payments
from service.store.charges import NewCharge
from service.store.records import Payment
from service.tokens import TOKEN_LIFETIME, DemoIssuer
from service.workflows.accounts import NewAccount, open_account
from service.workflows.issuing import issue_add_on, issue_usage
from service.workflows.offline import OfflinePayment, record

FIRST_MONTH = Month(2024, 1)


@dataclass
class Customer:
    """An account of a test's own; billed in INR, as it is by default, its amounts need no rate."""

    seller: Seller
    id: UUID
    currency: str = "INR"
    next_month: Month = FIRST_MONTH

    @property
    def public_id(self) -> str:
        return encode(Kind.ACCOUNT, self.id)

    def token(self, role: Role = Role.OWNER, *, lasting: timedelta = TOKEN_LIFETIME) -> str:
        """A token of somebody of this account, which expires `lasting` from now."""
        return self.seller.token(role, self.id, lasting=lasting)

    async def invoice(self, amount: str = "1250.00") -> str:
        """Issue an invoice over one charge, each for a month of its own; return its public id."""
        month, self.next_month = self.next_month, self.next_month.next()
        at = datetime(month.year, month.month, 15, 12, tzinfo=UTC)
        await self._charge(InvoiceKind.USAGE, f"usage-{month}", at, "API calls", amount)
        invoice_id = await issue_usage(self.seller.ports, self.id, month)
        assert invoice_id is not None
        return encode(Kind.INVOICE, invoice_id)

    async def add_on(self, amount: str = "99.00") -> str:
        """Issue an invoice over a service on request; return its public id."""
        reference = f"add-on-{uuid4().hex[:12]}"
        at = self.seller.ports.clock()
        await self._charge(InvoiceKind.ADD_ON, reference, at, "Migration", amount)
        invoice_id = await issue_add_on(self.seller.ports, self.id)
        assert invoice_id is not None
        return encode(Kind.INVOICE, invoice_id)

    async def _charge(
        self, kind: InvoiceKind, reference: str, at: datetime, description: str, amount: str
    ) -> None:
        charge = NewCharge(
            account_id=self.id,
            reference=reference,
            kind=kind,
            occurred_at=at,
            description=description,
            quantity=Decimal(1),
            unit_price=Decimal(amount),
            currency=self.currency,
        )
        await charges.record([charge], at=self.seller.ports.clock())

    async def invoices(self, count: int) -> list[str]:
        return [await self.invoice(f"{1250 + number}.00") for number in range(count)]

    async def transfer(self, invoice: str, amount_minor: int) -> None:
        """The seller's bank has received so much for an invoice today."""
        received = OfflinePayment(
            invoice_id=decode(invoice)[1],
            amount_minor=amount_minor,
            reference=f"UTR {uuid4().hex[:12]}",
            received_on=self.seller.ports.clock().date(),
            recorded_by="ops@seller.example",
            idempotency_key=uuid4().hex,
        )
        await record(self.seller.ports, self.id, received)

    async def log(self) -> list[dict[str, Any]]:
        """The event log, as the store has it: kind and data of each fact."""
        logged = await events.after(self.id, 0, limit=10_000)
        return [
            {"kind": type(one.event).__name__, "seq": one.seq, **as_json(one.event)}
            for one in logged
        ]

    async def payment(self, checkout_or_payment: str) -> Payment:
        """One payment as it is stored, by its own id or its checkout's."""
        return await payments.find(self.id, decode(checkout_or_payment)[1])


@dataclass(frozen=True, slots=True)
class Seller:
    """The service's ports in this process, and the key that signs tokens."""

    ports: Ports
    issuer: DemoIssuer

    async def customer(self, currency: str = "INR") -> Customer:
        """Open an account that no other test knows."""
        reference = f"customer-{uuid4().hex[:12]}"
        new = NewAccount(
            reference=reference,
            name=f"Customer {reference}",
            email=f"{reference}@customers.example",
            plan=Plan.PAID,
            currency=currency,
        )
        return Customer(self, await open_account(self.ports, new), currency)

    def token(
        self, role: Role, account_id: UUID | None, *, lasting: timedelta = TOKEN_LIFETIME
    ) -> str:
        signed_at = datetime.now(UTC) + lasting - TOKEN_LIFETIME
        return self.issuer.token(
            email=f"{role.lower()}@customers.example",
            role=role,
            account_id=account_id,
            at=signed_at,
        )

    async def fetch(self, sql: str, *arguments: object) -> list[dict[str, Any]]:
        """Look at the tables, where the API has no answer."""
        return [dict(row) for row in await database.fetch(sql, *arguments)]


@contextlib.asynccontextmanager
async def open_seller(settings: Settings, issuer: DemoIssuer) -> AsyncIterator[Seller]:
    """The seller works while the block is open. Without a database URL the embedded PostgreSQL of
    the settings' data folder is joined."""
    async with open_service(settings) as service:
        yield Seller(service.ports, issuer)
