"""What stands on the receipt of a payment: the frozen content that is printed and mailed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.billing.ledger import Book, Entry, Settled
from service.billing.money import Money, total
from service.billing.payment import Method, Quote
from service.billing.sheet import Party

EXCHANGE_RULE = "Rounded half up to the smallest unit of the charged currency, once."


def receipt_series(invoice_number: str) -> str:
    """What the numbers of receipts begin with: the number of the first invoice that is paid.

    "RCT-INV-2627-000042" for the receipts "RCT-INV-2627-000042-1" and, where an invoice is paid in
    parts, "-2". A receipt is no tax document, so that it needs no series without gaps: one that
    leads to its invoice serves a bookkeeper more.
    """
    return f"RCT-{invoice_number}"


@dataclass(frozen=True, slots=True)
class ReceiptPart:
    """What a payment did to one invoice: `applied` to what was due, `surplus` beyond it."""

    invoice_number: str
    issued_on: date
    invoice_total: Money
    applied: Money
    surplus: Money


@dataclass(frozen=True, slots=True)
class ReceiptSheet:
    """Everything printed on one receipt.

    `paid_on` is the day in the account's time zone. `amount` is what was received in the invoices'
    currency; `charged` is what the payer paid, with the rate of that quote. `returned` is what
    goes back of the surplus, in the charged currency. `reference` is the payer's bank's.

    Raises:
        ValueError: the parts are not the amount.
    """

    number: str
    payment: str
    paid_on: date
    seller: Party
    buyer: Party
    method: Method | None
    reference: str | None
    parts: tuple[ReceiptPart, ...]
    amount: Money
    quote: Quote
    returned: Money | None
    locale: str

    def __post_init__(self) -> None:
        if self.applied + self.surplus != self.amount:
            raise ValueError("a receipt's parts do not add up to what was received")

    @property
    def charged(self) -> Money:
        """What the payer paid."""
        return self.quote.charged

    @property
    def applied(self) -> Money:
        """What settles invoices."""
        return total([part.applied for part in self.parts], self.amount.currency)

    @property
    def surplus(self) -> Money:
        """What was beyond what was due."""
        return total([part.surplus for part in self.parts], self.amount.currency)

    @property
    def is_exchanged(self) -> bool:
        """Whether the payer paid in another currency than the invoices'."""
        return self.charged.currency != self.amount.currency

    @property
    def is_at_rate(self) -> bool:
        """Whether the charged amount is the amount at the rate. It is not where a payment was
        found at a gateway and counts in the proportion of a quote."""
        return self.amount.convert(self.quote.rate, self.charged.currency) == self.charged


def settled_by(payment_id: UUID, amount: Money, entries: Iterable[Entry]) -> list[Settled]:
    """What the capture of a payment over `amount` put on which invoice, read back from the
    payment's entries."""
    key = f"captured:{payment_id}:"
    nothing = Money(0, amount.currency)
    found: dict[UUID, Settled] = {}
    for entry in entries:
        if entry.invoice_id is None or not entry.key.startswith(key):
            continue
        one = found.get(entry.invoice_id, Settled(entry.invoice_id, nothing, nothing))
        found[entry.invoice_id] = (
            Settled(one.invoice_id, one.applied, entry.amount)
            if entry.credit is Book.SURPLUS
            else Settled(one.invoice_id, entry.amount, one.surplus)
        )
    return list(found.values())
