"""What of a payment goes back to its payer, in the currency of its invoices."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from service.billing.ledger import Book, GivenBack, give_back, next_part, stands_lost
from service.billing.money import Money, total
from service.billing.refund import REFUND_BOOKED, DisputeStatus
from service.store import ledger, refunds
from service.store.money_records import Refund
from service.store.records import Payment


async def part_of(
    payment: Payment, step: Money, before: Sequence[Refund], *, of_dispute: UUID | None = None
) -> Money:
    """What a step of a charge back to its payer is in the invoices' currency, after refunds
    `before` it and other disputes that were lost."""
    lost = await lost_by_others(payment, of_dispute)
    held = await ledger.held_by(payment.account_id, payment.id)
    left = sum(one.settled_minor + one.surplus_minor for one in held)
    waiting = [one.amount for one in before if one.status not in REFUND_BOOKED]
    amount, charged = payment.amount, payment.quote.charged
    return next_part(
        amount,
        amount - Money(left, amount.currency) + total(waiting, amount.currency),
        total([*lost, *(one.charged for one in before)], charged.currency),
        step,
        charged,
    )


async def lost_by_others(payment: Payment, but: UUID | None) -> list[Money]:
    """What disputes of a payment took for good, as far as it is booked, but for one of them; in the
    charge's currency."""
    disputes = (await refunds.disputes_of_payments(payment.account_id, [payment.id]))[payment.id]
    lost = [one for one in disputes if one.status is DisputeStatus.LOST and one.id != but]
    booked = await ledger.of_payment(payment.account_id, payment.id) if lost else []
    return [one.charged for one in lost if stands_lost(one.id, booked)]


async def taken_from(
    payment: Payment, amount: Money, book: Book, *, settled_first: bool = False
) -> list[GivenBack]:
    """What of a payment goes back to its payer, as far as it is there: surpluses first, or else
    what settled invoices first; that is debited to `book`."""
    held = await ledger.held_by(payment.account_id, payment.id)
    surpluses = [(one.invoice_id, Book.SURPLUS, one.surplus_minor) for one in held]
    settled = [(one.invoice_id, book, one.settled_minor) for one in held]
    parts: list[GivenBack] = []
    left = amount.minor_units
    for sources in (settled, surpluses) if settled_first else (surpluses, settled):
        taken = min(left, sum(max(units, 0) for _, _, units in sources))
        parts += give_back(Money(taken, amount.currency), sources)
        left -= taken
    return parts
