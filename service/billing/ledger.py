"""Money facts as ledger entries: each moves one amount of one currency from one book to another.

An entry debits one book and credits another, so that all books of a currency always sum to zero.
Entries are only ever added; what went wrong is put right by a reversing entry. What an invoice has
been paid, refunded or lost is the sum of its entries.

A payment in another currency than its invoices goes through EXCHANGE: charged in INR, say, it
debits GATEWAY and credits EXCHANGE in INR, and in USD it debits EXCHANGE and credits RECEIVABLE.
What stays on EXCHANGE is the seller's currency position, not a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.billing.money import Money


class Book(StrEnum):
    RECEIVABLE = "RECEIVABLE"
    """What accounts owe for issued invoices."""
    SALES = "SALES"
    """What was billed, tax included."""
    GATEWAY = "GATEWAY"
    """Money that a gateway took for us, before its fees."""
    BANK = "BANK"
    """Money that came to the seller's own bank account."""
    EXCHANGE = "EXCHANGE"
    """Between the charge currency and the invoice currency of a payment."""
    SURPLUS = "SURPLUS"
    """Received beyond what was due: it belongs to the payer until it is given back."""
    REFUNDED = "REFUNDED"
    """Given back of what had settled invoices."""
    DISPUTED = "DISPUTED"
    """Taken back by the payer's bank while a dispute is open."""
    CHARGED_BACK = "CHARGED_BACK"
    """Lost by a dispute."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement. `key` names the fact within its account and can be booked once."""

    key: str
    debit: Book
    credit: Book
    amount: Money
    occurred_at: datetime
    invoice_id: UUID | None = None
    payment_id: UUID | None = None

    def reversed(self, key: str, at: datetime) -> Entry:
        """The entry that undoes this one."""
        return replace(self, key=key, debit=self.credit, credit=self.debit, occurred_at=at)


@dataclass(frozen=True, slots=True)
class Settled:
    """What one payment did to one invoice: `applied` to what was due, `surplus` beyond it."""

    invoice_id: UUID
    applied: Money
    surplus: Money


@dataclass(frozen=True, slots=True)
class GivenBack:
    """One invoice's part of what went back to the payer, in the invoice's currency, and the book
    that it is debited to: SURPLUS, or for what had settled the invoice REFUNDED or CHARGED_BACK."""

    invoice_id: UUID
    amount: Money
    source: Book


def apply(part: Money, *, due_minor: int) -> tuple[Money, Money]:
    """Split what was received for an invoice into what it settles and what is beyond that."""
    applied = min(part.minor_units, max(due_minor, 0))
    return Money(applied, part.currency), Money(part.minor_units - applied, part.currency)


def issued(invoice_id: UUID, total: Money, *, at: datetime) -> list[Entry]:
    """An invoice was issued; one over nothing moves nothing."""
    key = f"issued:{invoice_id}"
    return _moving([Entry(key, Book.RECEIVABLE, Book.SALES, total, at, invoice_id)])


def captured(
    payment_id: UUID, charged: Money, parts: Iterable[Settled], *, cash: Book, at: datetime
) -> list[Entry]:
    """Money came in (to the book `cash`) and was put on invoices."""
    key = f"captured:{payment_id}"
    entries = [Entry(key, cash, Book.EXCHANGE, charged, at, None, payment_id)]
    for part in parts:
        where = f"{key}:{part.invoice_id}"
        entries += [
            Entry(
                where, Book.EXCHANGE, Book.RECEIVABLE, part.applied, at, part.invoice_id, payment_id
            ),
            Entry(
                f"{where}:surplus",
                Book.EXCHANGE,
                Book.SURPLUS,
                part.surplus,
                at,
                part.invoice_id,
                payment_id,
            ),
        ]
    return _moving(entries)


def refunded(
    refund_id: UUID,
    payment_id: UUID,
    charged: Money,
    parts: Iterable[GivenBack],
    *,
    at: datetime,
    cash: Book = Book.GATEWAY,
) -> list[Entry]:
    """Money went back to the payer (from the book `cash`): a gateway took a refund of ours on, or
    the seller's bank sent it."""
    key = f"refunded:{refund_id}"
    entries = [Entry(key, Book.EXCHANGE, cash, charged, at, None, payment_id)]
    entries += [
        Entry(
            f"{key}:{part.invoice_id}:{part.source}",
            part.source,
            Book.EXCHANGE,
            part.amount,
            at,
            part.invoice_id,
            payment_id,
        )
        for part in parts
    ]
    return _moving(entries)


def refund_failed(refund_id: UUID, booked: Iterable[Entry], *, at: datetime) -> list[Entry]:
    """A refund came back: every entry that it made is undone."""
    return [
        entry.reversed(entry.key.replace("refunded:", "refund-failed:", 1), at)
        for entry in booked
        if entry.key.startswith(f"refunded:{refund_id}")
    ]


def dispute_opened(
    dispute_id: UUID, payment_id: UUID, amount: Money, *, at: datetime
) -> list[Entry]:
    """The payer's bank took the money back until it decides."""
    key = f"disputed:{dispute_id}"
    return _moving([Entry(key, Book.DISPUTED, Book.GATEWAY, amount, at, None, payment_id)])


def dispute_won(dispute_id: UUID, payment_id: UUID, amount: Money, *, at: datetime) -> list[Entry]:
    """The payer's bank gave the money back to us."""
    key = f"dispute-won:{dispute_id}"
    return _moving([Entry(key, Book.GATEWAY, Book.DISPUTED, amount, at, None, payment_id)])


def dispute_lost(
    dispute_id: UUID,
    payment_id: UUID,
    amount: Money,
    parts: Iterable[GivenBack],
    *,
    excess: Money,
    before: int = 0,
    at: datetime,
) -> list[Entry]:
    """The payer's bank keeps the money; what of it was a surplus is owed to nobody any more.
    `excess` is what it keeps beyond what was left of the charge, in the charge's currency. `before`
    counts the losses of the same dispute that were undone."""
    key = f"dispute-lost:{dispute_id}" + (f":again-{before}" if before else "")
    entries = [
        Entry(key, Book.EXCHANGE, Book.DISPUTED, amount, at, None, payment_id),
        Entry(f"{key}:excess", Book.CHARGED_BACK, Book.EXCHANGE, excess, at, None, payment_id),
    ]
    entries += [
        Entry(
            f"{key}:{part.invoice_id}:{part.source}",
            part.source,
            Book.EXCHANGE,
            part.amount,
            at,
            part.invoice_id,
            payment_id,
        )
        for part in parts
    ]
    return _moving(entries)


def dispute_lessened(
    dispute_id: UUID, payment_id: UUID, left: Money, returned: Money, *, at: datetime
) -> list[Entry]:
    """The payer's bank gave a part back, and `left` stays disputed or lost."""
    key = f"dispute-lessened:{dispute_id}:{left.minor_units}"
    return _moving([Entry(key, Book.GATEWAY, Book.DISPUTED, returned, at, None, payment_id)])


def dispute_reopened(dispute_id: UUID, booked: Iterable[Entry], *, at: datetime) -> list[Entry]:
    """A loss was not the end, or not all of it: every entry that it made is undone."""
    known = {entry.key: entry for entry in booked}
    undone = {
        _undoing(key): entry
        for key, entry in known.items()
        if key.startswith(f"dispute-lost:{dispute_id}")
    }
    return [entry.reversed(key, at) for key, entry in undone.items() if key not in known]


def _undoing(key: str) -> str:
    return key.replace("dispute-lost:", "dispute-reopened:", 1)


def stands_lost(dispute_id: UUID, booked: Iterable[Entry]) -> bool:
    """Whether a dispute is booked as lost, and that is not undone."""
    keys = {entry.key for entry in booked}
    lost = [key for key in keys if key.startswith(f"dispute-lost:{dispute_id}")]
    return any(_undoing(key) not in keys for key in lost)


def times_lost(dispute_id: UUID, booked: Iterable[Entry]) -> int:
    """How often a dispute was booked as lost, undone or not."""
    key = f"dispute-lost:{dispute_id}"
    return sum(entry.key.startswith(key) and entry.credit is Book.DISPUTED for entry in booked)


def proportional(whole: Money, done: Money, step: Money, of: Money) -> Money:
    """What `step` of `of` is in the currency of `whole`, given that `done` of it went before.

    Rounded half up on the sum so far, so that steps which use up `of` use up `whole` to the unit.
    """
    before = _scaled(whole, done.minor_units, of.minor_units)
    after = _scaled(whole, done.minor_units + step.minor_units, of.minor_units)
    return Money(after - before, whole.currency)


def next_part(whole: Money, gone: Money, done: Money, step: Money, of: Money) -> Money:
    """What `step` of `of` is in the currency of `whole`, of which `gone` went with `done`.

    Unlike `proportional` it holds for any steps before, also when some of them were undone: the
    step that uses up `of` takes all that is left.
    """
    nothing = Money(0, of.currency)
    sum_so_far = proportional(whole, nothing, done + step, of)
    return Money(max(sum_so_far.minor_units - gone.minor_units, 0), whole.currency)


def _scaled(whole: Money, part: int, of: int) -> int:
    return (2 * whole.minor_units * part + of) // (2 * of)


def give_back(amount: Money, held: Sequence[tuple[UUID, Book, int]]) -> list[GivenBack]:
    """Take what goes back from what a payment still has where: surpluses first, then settled
    invoices, each in its order. `held` is in minor units, with the book that is debited.

    Raises:
        ValueError: there is less than that left.
    """
    left, parts = amount.minor_units, []
    for invoice_id, source, units in sorted(held, key=lambda one: one[1] is not Book.SURPLUS):
        taken = min(left, units)
        if taken > 0:
            parts.append(GivenBack(invoice_id, Money(taken, amount.currency), source))
            left -= taken
    if left:
        raise ValueError("a refund is larger than what is left of the payment")
    return parts


def balance(entries: Iterable[Entry], book: Book, currency: str) -> int:
    """What a book holds by these entries, in minor units: debits less credits."""
    total = 0
    for entry in entries:
        if entry.amount.currency == currency:
            total += entry.amount.minor_units * ((entry.debit is book) - (entry.credit is book))
    return total


def _moving(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.amount.minor_units > 0]
