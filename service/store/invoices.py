"""Invoices: issuing, moving and finding them. Lists are in `invoice_pages`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from service.billing.errors import LostRace, NotFound
from service.billing.invoice import InvoiceKind, InvoiceMove, InvoiceStatus, Line, Totals, advance
from service.billing.money import Money
from service.billing.sheet import Party
from service.store.database import Record, broke, execute, fetch, fetch_one, new_id, transaction
from service.store.keys import WANTED, Key, columns, lists_of, owners
from service.store.records import FrozenParts, Invoice, InvoiceLine
from service.store.stored_json import quote_as_json, quote_from_json, read_json, tax_as_json
from service.store.tables import InvoiceLineRow, InvoiceRow

# The status of the live attempt, and PROCESSING once the payer came back from its page, as
# billing.payment.is_in_doubt has it; a test holds the two equal.
LIVE_PAYMENT = (
    "CASE WHEN p.status = 'PENDING' AND p.returned_at IS NOT NULL"
    " AND p.seen_state IS DISTINCT FROM 'OPEN' THEN 'PROCESSING' ELSE p.status END"
)
COLUMNS = f"""
i.id, i.account_id, i.kind, i.status, i.number, i.period_start, i.period_end, i.issued_on,
i.due_on, i.currency, i.subtotal_minor, i.tax_minor, i.total_minor, i.paid_minor,
i.refunded_minor, i.disputed, i.taxes,
i.version, i.created_at, i.updated_at, a.time_zone, {LIVE_PAYMENT} AS live_payment,
d.id AS document_id, d.state AS document_state, d.sha256 AS document_sha256,
d.storage_key AS document_storage_key, d.attempts AS document_attempts,
d.retry_at AS document_retry_at, d.ready_at AS document_ready_at
"""
# At most one live allocation per invoice (payment_allocation_one_live): no row comes twice.
TABLES = """
invoice i
JOIN account a ON a.id = i.account_id
LEFT JOIN payment_allocation l
    ON l.account_id = i.account_id AND l.invoice_id = i.id AND l.live
LEFT JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id
LEFT JOIN document d ON d.account_id = i.account_id AND d.invoice_id = i.id
"""
_SELECT = f"SELECT {COLUMNS} FROM {TABLES}"  # noqa: S608 - constants of this module


class AlreadyBilled(Exception):
    """The account has a usage invoice for this period."""


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """What is fixed when an invoice is issued."""

    id: UUID
    account_id: UUID
    kind: InvoiceKind
    number: str
    period_start: date | None
    period_end: date | None
    issued_on: date
    due_on: date
    lines: tuple[Line, ...]
    totals: Totals
    parts: FrozenParts


async def next_number(prefix: str, financial_year: str) -> int:
    """Take the next number of a series, without gaps: it is given back if the transaction fails.

    Must run inside `transaction()`: the counter's row stays locked until the commit.

    Raises:
        LostRace: the counter could not be read back.
    """
    row = await fetch_one(
        "WITH given AS (INSERT INTO number_series (id, prefix, financial_year, last_number)"
        " VALUES ($1, $2, $3, 1) ON CONFLICT (prefix, financial_year)"
        " DO UPDATE SET last_number = number_series.last_number + 1 RETURNING last_number)"
        " SELECT last_number FROM given",
        new_id(),
        prefix,
        financial_year,
    )
    if row is None:
        raise LostRace("number series")
    return int(row["last_number"])


async def create(new: NewInvoice, *, at: datetime) -> None:
    """Store an issued invoice (DRAFT, then ISSUE, in one write) with its lines.

    Must run inside `transaction()`, together with its number and the event that reports it.

    Raises:
        AlreadyBilled: the account has a usage invoice for this period.
    """
    sums = new.totals
    try:
        async with transaction():
            await InvoiceRow.create(
                id=new.id,
                account_id=new.account_id,
                kind=new.kind,
                status=advance(InvoiceStatus.DRAFT, InvoiceMove.ISSUE),
                number=new.number,
                period_start=new.period_start,
                period_end=new.period_end,
                issued_on=new.issued_on,
                due_on=new.due_on,
                currency=sums.total.currency,
                subtotal_minor=sums.subtotal.minor_units,
                tax_minor=sums.tax.minor_units,
                total_minor=sums.total.minor_units,
                taxes=[tax_as_json(tax) for tax in sums.taxes],
                seller=new.parts.seller.as_json(),
                buyer=new.parts.buyer.as_json(),
                estimate=quote_as_json(new.parts.estimate) if new.parts.estimate else None,
                locale=new.parts.locale,
                created_at=at,
                updated_at=at,
            )
    except IntegrityError as error:
        if broke(error, "invoice_once_per_period"):
            raise AlreadyBilled from None
        raise
    await InvoiceLineRow.bulk_create(
        InvoiceLineRow(
            id=new_id(),
            account_id=new.account_id,
            invoice_id=new.id,
            position=position,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount_minor=line.amount.minor_units,
        )
        for position, line in enumerate(new.lines, start=1)
    )


async def move(invoice: Invoice, step: InvoiceMove, *, at: datetime) -> InvoiceStatus:
    """Advance one invoice, guarded by the status the decision was made on.

    Must run inside `transaction()`, next to the event that reports it.

    Raises:
        TransitionRefused: the rules in billing.invoice do not list this move.
        LostRace: the row changed since it was read; nothing was written.
    """
    after = advance(invoice.status, step)
    moved = await InvoiceRow.filter(
        id=invoice.id, account_id=invoice.account_id, status=invoice.status
    ).update(status=after, version=F("version") + 1, updated_at=at)
    if moved == 0:
        raise LostRace(f"invoice {invoice.id}")
    return after


async def keep_sums(
    invoice: Invoice, *, paid_minor: int, refunded_minor: int, disputed: bool, at: datetime
) -> bool:
    """Keep what the ledger and the disputes now say of an invoice; False when it is no news.

    Must run inside `transaction()`, under the account's lock, after the entries were booked.
    """
    changed = await execute(
        "UPDATE invoice SET paid_minor = $3, refunded_minor = $4, disputed = $5,"
        " version = version + 1, updated_at = $6 WHERE account_id = $1 AND id = $2"
        " AND (paid_minor, refunded_minor, disputed) IS DISTINCT FROM ($3, $4, $5)",
        invoice.account_id,
        invoice.id,
        paid_minor,
        refunded_minor,
        disputed,
        at,
    )
    return changed == 1


async def find(account_id: UUID, invoice_id: UUID) -> Invoice:
    """Raises NotFound."""
    found = await find_many(account_id, [invoice_id])
    if not found:
        raise NotFound("invoice")
    return found[0]


async def find_many(account_id: UUID, invoice_ids: Sequence[UUID]) -> list[Invoice]:
    """Those of the invoices that the account has, in any order."""
    rows = await fetch(
        f"{_SELECT} WHERE i.account_id = $1 AND i.id = ANY($2)", account_id, list(invoice_ids)
    )
    return [Invoice.read(row) for row in rows]


async def find_each(keys: Sequence[Key]) -> list[Invoice]:
    """Those of the invoices that there are, in any order."""
    rows = await fetch(
        f"{_SELECT} JOIN {WANTED} ON i.account_id = w.account_id AND i.id = w.id", *columns(keys)
    )
    return [Invoice.read(row) for row in rows]


async def find_by_number(account_id: UUID, number: str) -> Invoice:
    """Raises NotFound."""
    row = await fetch_one(
        f"{_SELECT} WHERE i.account_id = $1 AND i.number = $2", account_id, number
    )
    if row is None:
        raise NotFound("invoice")
    return Invoice.read(row)


async def owner_of(invoice_id: UUID) -> UUID:
    """The account of an invoice, for the seller's staff only. Raises NotFound."""
    return await _owner("SELECT account_id FROM invoice WHERE id = $1", invoice_id)


async def owners_of(invoice_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The accounts of invoices, for the seller's staff only."""
    return await owners("invoice", invoice_ids)


async def owner_of_number(number: str) -> UUID:
    """The account of an invoice number, for the seller's staff only. Raises NotFound."""
    return await _owner("SELECT account_id FROM invoice WHERE number = $1", number)


async def _owner(sql: str, key: UUID | str) -> UUID:
    row = await fetch_one(sql, key)
    if row is None:
        raise NotFound("invoice")
    return UUID(str(row["account_id"]))


async def lines(keys: Sequence[Key]) -> dict[Key, list[InvoiceLine]]:
    """The lines of invoices in their order, by invoice."""
    rows = await fetch(
        "SELECT n.account_id, n.invoice_id, n.position, n.description, n.quantity,"  # noqa: S608
        f" n.unit_price, n.amount_minor, i.currency FROM {WANTED} JOIN invoice_line n"
        " ON n.account_id = w.account_id AND n.invoice_id = w.id"
        " JOIN invoice i ON i.account_id = n.account_id AND i.id = n.invoice_id"
        " ORDER BY n.invoice_id, n.position",
        *columns(keys),
    )
    return lists_of(keys, rows, "invoice_id", _line)


def _line(row: Record) -> InvoiceLine:
    return InvoiceLine(
        row["position"],
        row["description"],
        row["quantity"],
        row["unit_price"],
        Money(row["amount_minor"], row["currency"]),
    )


async def frozen_parts(account_id: UUID, invoice_id: UUID) -> FrozenParts:
    """What stood fast on the day of issue. Raises NotFound."""
    row = await fetch_one(
        "SELECT seller, buyer, estimate, locale FROM invoice WHERE account_id = $1 AND id = $2",
        account_id,
        invoice_id,
    )
    if row is None:
        raise NotFound("invoice")
    estimate = read_json(row["estimate"])
    return FrozenParts(
        seller=Party.from_json(read_json(row["seller"])),
        buyer=Party.from_json(read_json(row["buyer"])),
        estimate=quote_from_json(estimate) if estimate else None,
        locale=row["locale"],
    )
