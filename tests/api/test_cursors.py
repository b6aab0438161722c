"""Cursors: read back where they come from, refused everywhere else."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api import cursors
from service.billing.errors import BadCursor
from service.store.invoice_pages import Place

ACCOUNT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
OTHER_ACCOUNT = UUID("01890a5d-ac96-774b-bcce-b302099a8058")
THING = UUID("0198c8a5-0000-7000-8000-000000000001")

INVOICE = cursors.of_invoice(Place(date(2026, 10, 4), THING))
PAYMENT = cursors.of_payment(THING)
CASE = cursors.of_case(THING)
LISTED = cursors.of_account(THING)
EVENT = cursors.of_event(ACCOUNT, 42)

READERS: dict[str, Callable[[str], object]] = {
    "invoice": cursors.read_invoice,
    "payment": cursors.read_payment,
    "case": cursors.read_case,
    "account": cursors.read_account,
    "event": lambda text: cursors.read_event(text, ACCOUNT),
}
OWN = {"invoice": INVOICE, "payment": PAYMENT, "case": CASE, "account": LISTED, "event": EVENT}


@given(st.dates(), st.uuids())
def test_an_invoices_cursor_holds_its_place(issued_on: date, invoice_id: UUID) -> None:
    place = Place(issued_on, invoice_id)
    assert cursors.read_invoice(cursors.of_invoice(place)) == place


@given(st.uuids())
def test_a_payments_cursor_holds_its_place(payment_id: UUID) -> None:
    assert cursors.read_payment(cursors.of_payment(payment_id)) == payment_id


@given(st.uuids())
def test_a_cases_cursor_holds_its_place(case_id: UUID) -> None:
    assert cursors.read_case(cursors.of_case(case_id)) == case_id


@given(st.uuids())
def test_an_accounts_cursor_holds_its_place(account_id: UUID) -> None:
    assert cursors.read_account(cursors.of_account(account_id)) == account_id


@given(st.uuids(), st.integers(0, 2**63 - 1))
def test_an_events_cursor_holds_its_place(account_id: UUID, seq: int) -> None:
    assert cursors.read_event(cursors.of_event(account_id, seq), account_id) == seq


def test_an_events_cursor_is_of_no_use_to_another_account() -> None:
    with pytest.raises(BadCursor):
        cursors.read_event(EVENT, OTHER_ACCOUNT)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("origin", OWN)
def test_a_cursor_is_read_by_its_own_kind_of_list_alone(reader: str, origin: str) -> None:
    if reader == origin:
        READERS[reader](OWN[origin])
    else:
        with pytest.raises(BadCursor):
            READERS[reader](OWN[origin])


def spoiled(text: str) -> list[str]:
    """A cursor with another version or kind, and longer and shorter."""
    swapped = [
        f"{text[:at]}{'B' if letter == 'A' else 'A'}{text[at + 1 :]}"
        for at, letter in enumerate(text[:2])
    ]
    return [*swapped, f"{text}A", f"{text}AAAA", text[:-1], text[:-4], f"{text}=", f" {text}"]


def with_spare_bits(text: str) -> str:
    """The same bytes, spelled with another last letter."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(text[-1])
    return f"{text[:-1]}{alphabet[last ^ 1]}"


@pytest.mark.parametrize("kind", OWN)
def test_a_damaged_cursor_is_refused(kind: str) -> None:
    for text in [*spoiled(OWN[kind]), "", "A", "%%%%", "\u00e9\u00e9\u00e9\u00e9", "AQ" * 5000]:
        with pytest.raises(BadCursor):
            READERS[kind](text)


def test_a_cursor_has_one_spelling() -> None:
    other = with_spare_bits(INVOICE)
    assert base64.urlsafe_b64decode(other + "==") == base64.urlsafe_b64decode(INVOICE + "==")
    with pytest.raises(BadCursor):
        cursors.read_invoice(other)


def test_a_day_that_does_not_exist_is_refused() -> None:
    raw = bytes([1]) + b"i" + (2**32 - 1).to_bytes(4, "big") + THING.bytes
    with pytest.raises(BadCursor):
        cursors.read_invoice(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def test_a_place_beyond_what_the_database_counts_is_refused() -> None:
    raw = bytearray(base64.urlsafe_b64decode(cursors.of_event(ACCOUNT, 0)))
    raw[-8:] = b"\xff" * 8
    with pytest.raises(BadCursor):
        cursors.read_event(base64.urlsafe_b64encode(bytes(raw)).decode(), ACCOUNT)
