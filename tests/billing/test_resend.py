"""How often an invoice is mailed again: bounds per address, invoice and account, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from service.billing.resend import (
    DAY,
    MAILS_A_DAY,
    MAILS_TO_ONE_A_DAY,
    PAUSE,
    RESENDS_A_DAY,
    PlannedMail,
    not_before,
)

NOW = datetime(2026, 10, 30, 9, 30, tzinfo=UTC)
THIS = UUID("019a2f00-0000-7000-8000-000000000001")
OTHER = UUID("019a2f00-0000-7000-8000-000000000002")
SECOND = timedelta(seconds=1)
A, B = "a@b.example", "b@b.example"


def mail(ago: timedelta, resend: int = 1, recipient: str = A, invoice: UUID = THIS) -> PlannedMail:
    return PlannedMail(invoice, resend, recipient, NOW - ago)


def wait(*planned: PlannedMail, to: tuple[str, ...] = (A,)) -> timedelta | None:
    """How long to wait before this invoice goes to some addresses again; None: not at all."""
    moment = not_before(NOW, planned, THIS, to)
    return moment - NOW if moment else None


def test_the_bounds_are_what_the_schema_says() -> None:
    assert [PAUSE.total_seconds(), DAY.total_seconds()] == [60, 86_400]
    assert [RESENDS_A_DAY, MAILS_A_DAY, MAILS_TO_ONE_A_DAY] == [10, 200, 20]


def test_what_was_never_mailed_may_be_mailed_now() -> None:
    assert wait() is None


@pytest.mark.parametrize("resend", [0, 1, 7])
def test_an_address_gets_one_mail_a_minute_about_an_invoice(resend: int) -> None:
    assert wait(mail(PAUSE - SECOND, resend)) == SECOND
    assert wait(mail(PAUSE, resend)) is None
    assert wait(mail(SECOND, resend, B)) is None
    assert wait(mail(SECOND, resend, invoice=OTHER)) is None


def test_an_address_that_has_to_wait_holds_up_the_others() -> None:
    assert wait(mail(20 * SECOND, 1, A), mail(5 * SECOND, 2, B), to=(A, B)) == 55 * SECOND


def test_an_invoice_is_mailed_again_ten_times_a_day() -> None:
    hourly = [mail(timedelta(hours=hours), 10 - hours) for hours in range(9, 0, -1)]
    assert wait(*hourly) is None
    eldest = mail(timedelta(hours=23), 20)
    assert wait(eldest, *hourly) == timedelta(hours=1)
    # Another address waits as long: it is about the invoice.
    assert wait(eldest, *hourly, to=(B,)) == timedelta(hours=1)
    assert wait(mail(DAY, 20), *hourly) is None


def test_a_resend_counts_once_to_however_many_it_goes() -> None:
    people = [f"p{number}@b.example" for number in range(51)]
    assert wait(*[mail(timedelta(hours=1), 1, one) for one in people]) is None


def test_the_mails_of_the_issue_count_for_no_resend() -> None:
    issued = [mail(timedelta(hours=1), 0, f"p{number}@b.example") for number in range(300)]
    assert wait(*issued) is None


def test_an_account_gets_two_hundred_mails_a_day_by_resends() -> None:
    many = [
        mail(timedelta(minutes=number + 10), number, f"p{number}@b.example", OTHER)
        for number in range(1, 200)
    ]
    assert wait(*many) is None
    eldest = timedelta(minutes=209)
    assert wait(*many, to=(A, B)) == DAY - eldest
    assert wait(*many, mail(timedelta(minutes=9), 1, B), to=(A,)) == DAY - eldest
    assert wait(*many, to=(A, B, "c@b.example")) == DAY - eldest + timedelta(minutes=1)


def test_an_address_gets_twenty_mails_a_day_by_resends_of_all_invoices() -> None:
    invoices = [UUID(int=number) for number in range(1, 21)]
    many = [
        mail(timedelta(minutes=20 + 10 * number), 1, A, invoice)
        for number, invoice in enumerate(invoices)
    ]
    assert wait(*many[:19]) is None
    assert wait(*many) == DAY - timedelta(minutes=210)
    assert wait(*many, mail(DAY, 1, A, OTHER)) == DAY - timedelta(minutes=210)
    assert wait(*many[:19], mail(SECOND, 0, A, OTHER)) is None
    assert wait(*many, to=(B,)) is None
    # All of them get it, or none.
    assert wait(*many, to=(A, B)) == DAY - timedelta(minutes=210)
