"""What mails tell of a payment: the same payment, at each turn that it can take."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from service.billing.money import Money
from service.billing.support import CaseReason, NotificationKind
from service.templates.payment_mails import Outcome, PaymentNews, ToldCase, ToldInvoice
from tests.support.sheets import SELLER

CASE = "cas_06FHTK2M8RD9V5N1QZ3C7XJ4W0"
NEXT_CHECK = datetime(2026, 11, 19, 15, 4, tzinfo=ZoneInfo("Asia/Kolkata"))


def told_invoice(index: int = 42, due_minor: int = 0) -> ToldInvoice:
    """An invoice on which something, or nothing, is still to pay by 19 November."""
    number = f"INV-2627-{index:06d}"
    url = f"https://billing.example/invoices/{index}/view?sig=a&exp=2"
    return ToldInvoice(number, Money(due_minor, "USD"), date(2026, 11, 19), url)


def told_case(reason: CaseReason, next_check: datetime | None = NEXT_CHECK) -> ToldCase:
    return ToldCase(CASE, reason, next_check)


def news(kind: NotificationKind, *invoices: ToldInvoice, **given: Any) -> PaymentNews:
    """News of a payment of USD 1,043.52 in rupees by card, told on 19 November."""
    values: dict[str, Any] = {
        "seller": SELLER,
        "locale": "en-IN",
        "today": date(2026, 11, 19),
        "amount": Money(104352, "USD"),
        "charged": Money(8700610, "INR"),
        "outcome": Outcome.RECEIVED,
        "paid_with": "Visa card ending in 4242",
        "paid_on": date(2026, 11, 19),
    }
    return PaymentNews(kind=kind, invoices=invoices or (told_invoice(),), **values | given)
