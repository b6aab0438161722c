"""One payment in an audit: its entries in the ledger beside what is kept of it, and of its refunds
and disputes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.billing.ids import Kind, encode
from service.billing.ledger import Book, Entry, balance, proportional
from service.billing.money import Money
from service.billing.payment import OFFLINE, PaymentStatus
from service.billing.refund import REFUND_BOOKED, DisputeStatus, RefundReason, RefundStatus
from service.billing.support import CaseReason
from service.store import cases, ledger, payments, refunds
from service.store.money_records import Dispute, Refund
from service.store.records import Allocation, Payment

# A refund is sent within seconds; a gateway that is silent for longer is an outage.
_SENT_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """What we keep of a payment, as far as there is money in it. With `is_called_for` an open case
    has a person give back by bank what was not due."""

    payment: Payment
    parts: Sequence[Allocation]
    entries: Sequence[Entry]
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    is_called_for: bool = False

    @property
    def is_offline(self) -> bool:
        """Whether it came, and goes back, by bank."""
        return self.payment.gateway == OFFLINE


async def kept_of(payment: Payment, *, is_booked: bool) -> Kept:
    """Read it all; of an attempt that took no money, and of which nothing is in the ledger, there
    is nothing to read."""
    account_id, ids = payment.account_id, [payment.id]
    if payment.status is not PaymentStatus.CAPTURED and not is_booked:
        return Kept(payment, (), (), (), ())
    return Kept(
        payment,
        await payments.allocations(account_id, ids),
        await ledger.of_payment(account_id, payment.id),
        (await refunds.of_payments(account_id, ids))[payment.id],
        (await refunds.disputes_of_payments(account_id, ids))[payment.id],
        is_called_for=payment.gateway == OFFLINE and await _is_called_for(payment),
    )


async def _is_called_for(payment: Payment) -> bool:
    about = await cases.open_about(payment.account_id, payment_ids=[payment.id])
    return any(case.reason is CaseReason.SURPLUS for case in about)


def wrong_in_books(kept: Kept, *, at: datetime) -> list[str]:
    """What our own tables tell differently of a payment."""
    if kept.payment.status is not PaymentStatus.CAPTURED:
        status, count = kept.payment.status, len(kept.entries)
        return [f"it is {status}, and {count} entries of it are in the ledger"] if count else []
    return (
        _wrong_with_entries(kept)
        + _wrong_with_exchange(kept)
        + [what for refund in kept.refunds for what in _wrong_with_refund(kept, refund)]
        + [what for dispute in kept.disputes for what in _wrong_with_dispute(kept, dispute)]
        + _unsent_refunds(kept, at)
        + _surplus_owed(kept)
        + _surplus_returned(kept)
    )


def _wrong_with_entries(kept: Kept) -> list[str]:
    payment, wrong = kept.payment, []
    key = f"captured:{payment.id}"
    received = sum(one.amount.minor_units for one in kept.entries if one.key == key)
    charged = payment.quote.charged.minor_units
    if received != charged:
        wrong.append(f"{received} was booked as received, {charged} was charged")
    booked = Counter[object]()
    for one in kept.entries:
        if one.key.startswith(f"{key}:"):
            booked[one.invoice_id] += one.amount.minor_units
    allocated = Counter[object]()
    for part in kept.parts:
        allocated[part.invoice_id] += part.amount.minor_units
    if booked != allocated:
        wrong.append("what was booked on its invoices is not what was allocated to them")
    return wrong


def _wrong_with_exchange(kept: Kept) -> list[str]:
    """Only another currency than the invoices' leaves something there."""
    currency = kept.payment.amount.currency
    left = balance(kept.entries, Book.EXCHANGE, currency)
    if left == 0 or kept.payment.quote.charged.currency != currency:
        return []
    return [f"{left} {currency} of it are on EXCHANGE, and nothing was exchanged"]


def _wrong_with_refund(kept: Kept, refund: Refund) -> Iterator[str]:
    keys = (f"refunded:{refund.id}", f"refund-failed:{refund.id}")
    book, place = (Book.BANK, "bank") if kept.is_offline else (Book.GATEWAY, "gateway")
    cash = -balance(_of_keys(kept, keys), book, refund.charged.currency)
    is_gone = refund.status in REFUND_BOOKED
    charged = refund.charged.minor_units if is_gone else 0
    amount = refund.amount.minor_units if is_gone else 0
    about = f"refund {encode(Kind.REFUND, refund.id)} is {refund.status}"
    if cash != charged:
        yield f"{about}: {cash} {refund.charged.currency} of {charged} left the {place} by it"
    yield from _wrong_with_parts(kept, keys, amount, about=about, slack=0)


def _wrong_with_dispute(kept: Kept, dispute: Dispute) -> Iterator[str]:
    lost = (f"dispute-lost:{dispute.id}", f"dispute-reopened:{dispute.id}")
    keys = (
        *lost,
        *(f"{what}:{dispute.id}" for what in ("disputed", "dispute-lessened", "dispute-won")),
    )
    booked = [one for one in kept.entries if one.key.startswith(keys)]
    currency = dispute.charged.currency
    charged, status = dispute.charged.minor_units, dispute.status
    about = f"dispute {dispute.reference} is {status}"
    cash, open_minor = (
        -balance(booked, Book.GATEWAY, currency),
        balance(booked, Book.DISPUTED, currency),
    )
    if cash != (0 if status is DisputeStatus.WON else charged):
        yield f"{about}: {cash} {currency} of {charged} left the gateway by it"
    if open_minor != (charged if status is DisputeStatus.OPEN else 0):
        yield f"{about}: {open_minor} {currency} of {charged} are set aside"
    is_lost, is_exchanged = status is DisputeStatus.LOST, currency != kept.payment.amount.currency
    amount = _worth(kept, dispute.charged) if is_lost else 0
    # What it is in the invoices' currency was worked out after the steps before it.
    slack = 1 + len(kept.refunds) + len(kept.disputes) if is_lost and is_exchanged else 0
    yield from _wrong_with_parts(kept, lost, amount, about=about, slack=slack)


def _wrong_with_parts(
    kept: Kept, keys: Sequence[str], amount: int, *, about: str, slack: int
) -> Iterator[str]:
    """What left a payment's invoices beside its cash: less only where no more was left."""
    currency = kept.payment.amount.currency
    places = [n for n, one in enumerate(kept.entries) if one.key.startswith(tuple(keys))]
    parts = [kept.entries[n] for n in places if kept.entries[n].invoice_id is not None]
    gone = -balance(parts, Book.EXCHANGE, currency)
    so_far = kept.entries[: places[-1] + 1] if places else kept.entries
    left = balance([one for one in so_far if one.invoice_id], Book.EXCHANGE, currency)
    if gone > amount + slack or (gone < amount - slack and left > 0):
        yield f"{about}: {gone} {currency} of {amount} left its invoices by it"


def _of_keys(kept: Kept, keys: Sequence[str]) -> list[Entry]:
    return [one for one in kept.entries if one.key in keys]


def _worth(kept: Kept, step: Money) -> int:
    """What a part of the charge is in the invoices' currency, in minor units."""
    nothing = Money(0, step.currency)
    charged = kept.payment.quote.charged
    return proportional(kept.payment.amount, nothing, step, charged).minor_units


def _unsent_refunds(kept: Kept, at: datetime) -> list[str]:
    return [
        f"refund {encode(Kind.REFUND, one.id)} was decided at"
        f" {one.created_at:%Y-%m-%d %H:%M} UTC and was not sent"
        for one in kept.refunds
        if one.status is RefundStatus.REQUESTED and at - one.created_at > _SENT_WITHIN
    ]


def _surplus_owed(kept: Kept) -> list[str]:
    """A refund that failed is a case for a person already, also one that was made by hand before
    the capture was seen: then none was decided. By bank a person alone can give back."""
    payment = kept.payment
    surplus = -balance(kept.entries, Book.SURPLUS, payment.amount.currency)
    owed, nothing = (Money(units, payment.amount.currency) for units in (surplus, 0))
    what = f"{surplus} {owed.currency} of it was not due"
    if kept.is_offline:
        is_missed = surplus > 0 and not kept.is_called_for
        return [f"{what}, and nobody is called to return it"] if is_missed else []
    is_known = any(
        one.reason is RefundReason.SURPLUS or one.status is RefundStatus.FAILED
        for one in kept.refunds
    )
    if surplus <= 0 or is_known:
        return []
    if proportional(payment.quote.charged, nothing, owed, payment.amount).minor_units == 0:
        return []
    return [f"{what}, and no refund was decided"]


def _surplus_returned(kept: Kept) -> list[str]:
    """A refund of a surplus gives back what was not due, and nothing else."""
    currency = kept.payment.amount.currency
    booked = sum(one.amount.minor_units for one in kept.entries if one.key.endswith(":surplus"))
    sent = [
        one
        for one in kept.refunds
        if one.reason is RefundReason.SURPLUS and one.status in REFUND_BOOKED
    ]
    given = sum(one.amount.minor_units for one in sent)
    wrong = []
    if given > booked:
        wrong.append(f"{given} {currency} of a surplus went back, {booked} was booked as surplus")
    for refund in sent:
        key = f"refunded:{refund.id}:"
        taken = [one for one in kept.entries if one.key.startswith(key)]
        settled = sum(one.amount.minor_units for one in taken if one.debit is not Book.SURPLUS)
        if settled > 0:
            what = f"gave back {settled} {currency} of what had settled invoices"
            wrong.append(f"refund {encode(Kind.REFUND, refund.id)} of a surplus {what}")
    return wrong
