"""The ledger's rules: whatever happens to money, books balance and nothing is given back twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.ledger import (
    Book,
    Entry,
    GivenBack,
    Settled,
    apply,
    balance,
    captured,
    dispute_lessened,
    dispute_lost,
    dispute_opened,
    dispute_reopened,
    dispute_won,
    give_back,
    issued,
    next_part,
    proportional,
    refund_failed,
    refunded,
    times_lost,
)
from service.billing.money import Money

NOW = datetime(2026, 10, 30, 9, 31, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SPACE = UUID(int=1)
FIRST, SECOND, THIRD = (uuid5(SPACE, f"invoice {place}") for place in range(3))
PAYMENT, REFUND, DISPUTE = (uuid5(SPACE, name) for name in ("payment", "refund", "dispute"))


def usd(units: int) -> Money:
    return Money(units, "USD")


def inr(units: int) -> Money:
    return Money(units, "INR")


def moves(entries: list[Entry]) -> list[str]:
    return [
        f"{one.debit} {one.credit} {one.amount.minor_units} {one.amount.currency}"
        for one in entries
    ]


def test_an_invoice_is_owed() -> None:
    assert issued(FIRST, usd(100), at=NOW) == [
        Entry(f"issued:{FIRST}", Book.RECEIVABLE, Book.SALES, usd(100), NOW, FIRST, None)
    ]
    assert issued(FIRST, usd(0), at=NOW) == []


@pytest.mark.parametrize("cash", [Book.GATEWAY, Book.BANK])
def test_money_that_came_in_settles_invoices_and_leaves_a_surplus(cash: Book) -> None:
    parts = [Settled(FIRST, usd(60), usd(0)), Settled(SECOND, usd(40), usd(5))]
    entries = captured(PAYMENT, inr(8_400), parts, cash=cash, at=NOW)
    assert moves(entries) == [
        f"{cash} EXCHANGE 8400 INR",
        "EXCHANGE RECEIVABLE 60 USD",
        "EXCHANGE RECEIVABLE 40 USD",
        "EXCHANGE SURPLUS 5 USD",
    ]
    assert [one.invoice_id for one in entries] == [None, FIRST, SECOND, SECOND]
    assert {(one.payment_id, one.occurred_at) for one in entries} == {(PAYMENT, NOW)}


def test_a_refund_leaves_the_gateway_and_lowers_what_it_came_from() -> None:
    parts = [GivenBack(FIRST, usd(5), Book.SURPLUS), GivenBack(FIRST, usd(40), Book.REFUNDED)]
    assert moves(refunded(REFUND, PAYMENT, inr(3_780), parts, at=NOW)) == [
        "EXCHANGE GATEWAY 3780 INR",
        "SURPLUS EXCHANGE 5 USD",
        "REFUNDED EXCHANGE 40 USD",
    ]


def test_a_refund_by_bank_leaves_the_bank() -> None:
    parts = [GivenBack(FIRST, usd(20), Book.SURPLUS), GivenBack(FIRST, usd(5), Book.REFUNDED)]
    entries = refunded(REFUND, PAYMENT, usd(25), parts, at=NOW, cash=Book.BANK)
    assert moves(entries) == [
        "EXCHANGE BANK 25 USD",
        "SURPLUS EXCHANGE 20 USD",
        "REFUNDED EXCHANGE 5 USD",
    ]
    assert sum(balance(entries, book, "USD") for book in Book) == 0


def test_a_dispute_holds_money_until_it_is_won_or_lost() -> None:
    opened = dispute_opened(DISPUTE, PAYMENT, inr(840), at=NOW)
    assert moves(opened) == ["DISPUTED GATEWAY 840 INR"]
    assert moves(dispute_won(DISPUTE, PAYMENT, inr(840), at=NOW)) == ["GATEWAY DISPUTED 840 INR"]
    parts = [GivenBack(FIRST, usd(2), Book.SURPLUS), GivenBack(FIRST, usd(8), Book.CHARGED_BACK)]
    lost = dispute_lost(DISPUTE, PAYMENT, inr(840), parts, excess=inr(40), at=NOW)
    assert moves(lost) == [
        "EXCHANGE DISPUTED 840 INR",
        "CHARGED_BACK EXCHANGE 40 INR",
        "SURPLUS EXCHANGE 2 USD",
        "CHARGED_BACK EXCHANGE 8 USD",
    ]
    left, back = inr(600), inr(240)
    assert moves(dispute_lessened(DISPUTE, PAYMENT, left, back, at=NOW)) == [
        "GATEWAY DISPUTED 240 INR"
    ]


def test_a_loss_that_was_not_the_end_is_undone_once_and_can_come_again() -> None:
    parts = [GivenBack(FIRST, usd(8), Book.CHARGED_BACK)]
    booked = dispute_lost(DISPUTE, PAYMENT, inr(840), parts, excess=inr(40), at=NOW)
    assert times_lost(DISPUTE, booked) == 1
    booked += dispute_reopened(DISPUTE, booked, at=LATER)
    assert all(balance(booked, book, currency) == 0 for book in Book for currency in ("USD", "INR"))
    assert dispute_reopened(DISPUTE, booked, at=LATER) == []
    booked += dispute_lost(DISPUTE, PAYMENT, inr(600), parts, excess=inr(0), before=1, at=LATER)
    assert times_lost(DISPUTE, booked) == 2
    undone = dispute_reopened(DISPUTE, booked, at=LATER)
    assert moves(undone) == ["DISPUTED EXCHANGE 600 INR", "EXCHANGE CHARGED_BACK 8 USD"]
    keys = [one.key for one in booked + undone]
    assert len(keys) == len(set(keys))


UNITS = st.integers(0, 10**6)


@given(UNITS, st.integers(-(10**6), 10**6))
def test_what_is_received_settles_what_is_due_and_no_more(units: int, due: int) -> None:
    applied, surplus = apply(usd(units), due_minor=due)
    assert applied + surplus == usd(units)
    assert 0 <= applied.minor_units <= max(due, 0)
    assert surplus.minor_units == 0 or applied.minor_units == max(due, 0)


@given(
    UNITS,
    st.lists(st.integers(0, 10**5), min_size=1, max_size=12).filter(any),
    st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_steps_that_use_up_an_amount_use_up_the_other_to_the_unit(
    whole: int, steps: list[int], currency: str
) -> None:
    of, done, given_back = inr(sum(steps)), 0, 0
    for step in steps:
        part = proportional(Money(whole, currency), inr(done), inr(step), of)
        assert (part.currency, part.minor_units >= 0) == (currency, True)
        done += step
        given_back += part.minor_units
        exact = Fraction(whole * done, sum(steps))
        assert exact - Fraction(1, 2) < given_back <= exact + Fraction(1, 2)
    assert given_back == whole


@given(UNITS, st.lists(st.tuples(st.integers(1, 10**5), st.booleans()), min_size=1, max_size=12))
def test_the_step_that_uses_up_an_amount_takes_all_that_is_left_whatever_was_undone(
    whole: int, steps: list[tuple[int, bool]]
) -> None:
    of, done, gone = inr(sum(step for step, _ in steps)), inr(0), usd(0)
    held = []
    for step, stays in steps:
        part = next_part(usd(whole), gone, done, inr(step), of)
        assert 0 <= part.minor_units <= whole - gone.minor_units
        done, gone = done + inr(step), gone + part
        held.append((inr(step), part, stays))
    for step_, part, stays in held:
        if not stays:
            done, gone = done - step_, gone - part
    rest = next_part(usd(whole), gone, done, of - done, of)
    assert gone + rest == usd(whole)


def test_a_half_is_rounded_up_once_and_not_again() -> None:
    steps = [proportional(usd(3), inr(done), inr(1), inr(2)) for done in (0, 1)]
    assert steps == [usd(2), usd(1)]


HELD = st.lists(
    st.tuples(
        st.sampled_from([FIRST, SECOND, THIRD]),
        st.sampled_from([Book.SURPLUS, Book.REFUNDED]),
        st.integers(-5, 1_000),
    ),
    unique_by=lambda one: one[:2],
    max_size=6,
)


@given(HELD, st.integers(0, 4_000))
def test_never_more_is_given_back_than_is_held_and_surpluses_first(
    held: list[tuple[UUID, Book, int]], units: int
) -> None:
    there = sum(max(one, 0) for _, _, one in held)
    if units > there:
        with pytest.raises(ValueError, match="larger than what is left"):
            give_back(usd(units), held)
        return
    parts = give_back(usd(units), held)
    assert sum(part.amount.minor_units for part in parts) == units
    left = {(invoice_id, book): one for invoice_id, book, one in held}
    for part in parts:
        assert 0 < part.amount.minor_units <= left[part.invoice_id, part.source]
        left[part.invoice_id, part.source] -= part.amount.minor_units
    if any(part.source is Book.REFUNDED for part in parts):
        assert [one for (_, book), one in left.items() if book is Book.SURPLUS and one > 0] == []
    # Each in its order: what was not used up comes last.
    for book in (Book.SURPLUS, Book.REFUNDED):
        begun = [part.invoice_id for part in parts if part.source is book]
        in_order = [one for one, of_book, has in held if of_book is book and has > 0]
        assert begun == in_order[: len(begun)]
        assert all(left[one, book] == 0 for one in begun[:-1])


def test_a_refund_that_failed_is_undone_and_nothing_else() -> None:
    other = uuid5(SPACE, "another refund")
    paid = captured(
        PAYMENT, inr(8_400), [Settled(FIRST, usd(90), usd(10))], cash=Book.GATEWAY, at=NOW
    )
    parts = [GivenBack(FIRST, usd(10), Book.SURPLUS), GivenBack(FIRST, usd(20), Book.REFUNDED)]
    there = refunded(REFUND, PAYMENT, inr(2_520), parts, at=NOW)
    kept = refunded(other, PAYMENT, inr(84), [GivenBack(FIRST, usd(1), Book.REFUNDED)], at=NOW)
    booked = [*paid, *there, *kept]
    back = refund_failed(REFUND, booked, at=LATER)
    assert [(one.debit, one.credit, one.amount) for one in back] == [
        (one.credit, one.debit, one.amount) for one in there
    ]
    assert {one.occurred_at for one in back} == {LATER}
    for book in Book:
        for currency in ("USD", "INR"):
            held = balance([*booked, *back], book, currency)
            assert held == balance([*paid, *kept], book, currency)
    assert refund_failed(uuid5(SPACE, "unknown"), booked, at=LATER) == []


@dataclass
class Books:
    """An account's history, made step by step as the workflows make it."""

    entries: list[Entry] = field(default_factory=list)
    total: dict[UUID, int] = field(default_factory=dict)
    paid: Counter[UUID] = field(default_factory=Counter)
    received: Counter[str] = field(default_factory=Counter)
    count: int = 0

    def name(self, what: str) -> UUID:
        self.count += 1
        return uuid5(SPACE, f"{what} {self.count}")

    def held(self, payment_id: UUID, book: Book) -> list[tuple[UUID, Book, int]]:
        """What a payment still has, as the store's `held_by` works it out; `book` is debited for
        what settled invoices."""
        settled: Counter[UUID] = Counter()
        surplus: Counter[UUID] = Counter()
        for one in self.entries:
            if one.payment_id == payment_id and one.invoice_id is not None:
                units, books = one.amount.minor_units, (one.debit, one.credit)
                settled[one.invoice_id] += units * (one.credit is Book.RECEIVABLE)
                settled[one.invoice_id] -= units * (one.debit is Book.CHARGED_BACK)
                settled[one.invoice_id] -= units * (books[0] is Book.REFUNDED)
                settled[one.invoice_id] += units * (books[1] is Book.REFUNDED)
                surplus[one.invoice_id] += units * (one.credit is Book.SURPLUS)
                surplus[one.invoice_id] -= units * (one.debit is Book.SURPLUS)
        return [(one, Book.SURPLUS, surplus[one]) for one in sorted(surplus)] + [
            (one, book, settled[one]) for one in sorted(settled)
        ]


RATE = 84


@dataclass
class Paid:
    """A captured payment, and what of it left again, in the charge currency."""

    id: UUID
    units: int
    charged: int
    gone: int = 0


def play(data: st.DataObject) -> Books:
    """A random history of issuing, paying, giving back and disputing."""
    books, payments = Books(), list[Paid]()
    for _ in range(data.draw(st.integers(1, 4))):
        invoice_id = books.name("invoice")
        books.total[invoice_id] = data.draw(st.integers(0, 200))
        books.entries += issued(invoice_id, usd(books.total[invoice_id]), at=NOW)
    for _ in range(data.draw(st.integers(0, 8))):
        step = data.draw(st.sampled_from([_pay, _refund, _refund, _dispute]))
        step(data, books, payments)
    return books


def _pay(data: st.DataObject, books: Books, payments: list[Paid]) -> None:
    payment_id, parts = books.name("payment"), []
    wanted = data.draw(st.lists(st.sampled_from(sorted(books.total)), min_size=1, unique=True))
    for invoice_id in wanted:
        part = usd(data.draw(st.integers(1, 250)))
        due = books.total[invoice_id] - books.paid[invoice_id]
        applied, surplus = apply(part, due_minor=due)
        books.paid[invoice_id] += applied.minor_units
        parts.append(Settled(invoice_id, applied, surplus))
    units = sum(part.applied.minor_units + part.surplus.minor_units for part in parts)
    same = data.draw(st.booleans())
    charged = usd(units) if same else inr(units * RATE)
    cash = Book.BANK if same else Book.GATEWAY
    books.entries += captured(payment_id, charged, parts, cash=cash, at=NOW)
    books.received[charged.currency] += charged.minor_units
    if cash is Book.GATEWAY:
        payments.append(Paid(payment_id, units, units * RATE))


def _refund(data: st.DataObject, books: Books, payments: list[Paid]) -> None:
    able = [one for one in payments if one.gone < one.charged]
    if not able:
        return
    payment, refund_id = data.draw(st.sampled_from(able)), books.name("refund")
    step = data.draw(st.integers(1, payment.charged - payment.gone))
    whole, charged = usd(payment.units), inr(payment.charged)
    amount = proportional(whole, inr(payment.gone), inr(step), charged)
    held = books.held(payment.id, Book.REFUNDED)
    there = sum(units for _, _, units in held)
    parts = give_back(usd(min(amount.minor_units, there)), held)
    books.entries += refunded(refund_id, payment.id, inr(step), parts, at=NOW)
    if data.draw(st.booleans()):
        books.entries += refund_failed(refund_id, books.entries, at=LATER)
    else:
        payment.gone += step
        books.received["INR"] -= step


def _dispute(data: st.DataObject, books: Books, payments: list[Paid]) -> None:
    able = [one for one in payments if one.gone < one.charged]
    if not able:
        return
    payment, dispute_id = data.draw(st.sampled_from(able)), books.name("dispute")
    left = inr(payment.charged - payment.gone)
    books.entries += dispute_opened(dispute_id, payment.id, left, at=NOW)
    if data.draw(st.booleans()):
        books.entries += dispute_won(dispute_id, payment.id, left, at=LATER)
        return
    held = books.held(payment.id, Book.CHARGED_BACK)
    parts = give_back(usd(sum(units for _, _, units in held)), held)
    books.entries += dispute_lost(dispute_id, payment.id, left, parts, excess=inr(0), at=LATER)
    payment.gone = payment.charged
    books.received["INR"] -= left.minor_units


@given(st.data())
def test_books_of_each_currency_sum_to_zero_whatever_happens(data: st.DataObject) -> None:
    books = play(data)
    for currency in ("USD", "INR"):
        held = {book: balance(books.entries, book, currency) for book in Book}
        assert sum(held.values()) == 0
        # Nothing stays disputed, and the money is where the gateway and the bank say it is.
        assert held[Book.DISPUTED] == 0
        assert held[Book.GATEWAY] + held[Book.BANK] == books.received[currency]
    assert len({one.key for one in books.entries}) == len(books.entries)
    assert all(one.amount.minor_units > 0 for one in books.entries)


@given(st.data())
def test_what_accounts_owe_is_what_was_issued_less_what_was_paid(data: st.DataObject) -> None:
    books = play(data)
    receivable = balance(books.entries, Book.RECEIVABLE, "USD")
    assert receivable == sum(books.total.values()) - sum(books.paid.values())
    assert balance(books.entries, Book.SALES, "USD") == -sum(books.total.values())
    for invoice_id, total in books.total.items():
        own = [one for one in books.entries if one.invoice_id == invoice_id]
        owed = balance(own, Book.RECEIVABLE, "USD")
        given_back = balance(own, Book.REFUNDED, "USD") + balance(own, Book.CHARGED_BACK, "USD")
        assert owed == total - books.paid[invoice_id] >= 0
        assert 0 <= given_back <= books.paid[invoice_id]
        assert balance(own, Book.SURPLUS, "USD") <= 0


@given(st.data())
def test_a_balance_is_of_one_book_and_one_currency(data: st.DataObject) -> None:
    entries = play(data).entries
    for book in Book:
        assert balance(entries, book, "EUR") == 0
        in_dollars = [one for one in entries if one.amount.currency == "USD"]
        assert balance(entries, book, "USD") == balance(in_dollars, book, "USD")
