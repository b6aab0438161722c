"""Renders the mails about a payment: one text each in two forms, plain and HTML, with the same
facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from email.headerregistry import Address as MailAddress
from enum import StrEnum

from service.billing.money import Money
from service.billing.sheet import Party
from service.billing.support import CaseReason, NotificationKind
from service.ports import Attachment, Mail
from service.templates.engine import environment, figures_of
from service.templates.figures import Figures
from service.templates.untrusted import DESCRIPTION_MAX, NAME_MAX, clean


class Outcome(StrEnum):
    """How a payment ended, as far as its payer is told."""

    RECEIVED = "RECEIVED"
    FAILED = "FAILED"
    OPEN = "OPEN"


@dataclass(frozen=True, slots=True)
class ToldInvoice:
    """An invoice that a payment was meant for, as it stands when the mail is written. `due` is what
    is still to pay."""

    number: str
    due: Money
    due_on: date
    view_url: str


@dataclass(frozen=True, slots=True)
class ToldCase:
    """A support case by its public id. `next_check` is when the gateway is asked again, in the
    account's time zone; None when it is not. `resolution` is what a person found out. A mail that
    was late may tell of the opening of a case that `is_closed`."""

    id: str
    reason: CaseReason
    next_check: datetime | None = None
    resolution: str | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What is told about a payment. `amount` is in the invoices' currency, `charged` in the
    payer's; `returned` is what goes back to the payer through the gateway. What came and goes back
    `is_by_bank` is in no gateway's hands. Days are those of the account."""

    kind: NotificationKind
    seller: Party
    locale: str
    today: date
    invoices: tuple[ToldInvoice, ...]
    amount: Money
    charged: Money
    outcome: Outcome
    paid_with: str | None
    paid_on: date | None = None
    failure: str | None = None
    surplus: Money | None = None
    returned: Money | None = None
    receipt_number: str | None = None
    case: ToldCase | None = None
    is_by_bank: bool = False

    @property
    def open_invoices(self) -> list[ToldInvoice]:
        """Those of the invoices on which something is still to pay."""
        return [invoice for invoice in self.invoices if invoice.due.minor_units > 0]

    @property
    def has_ended(self) -> bool:
        """Whether nothing is waited for: what a case is about then is money beside the payment."""
        return self.outcome is not Outcome.OPEN

    @property
    def is_exchanged(self) -> bool:
        """Whether the payer pays in another currency than the invoices'."""
        return self.amount.currency != self.charged.currency


_TEMPLATES = {
    NotificationKind.RECEIPT: "receipt_mail",
    NotificationKind.PAYMENT_FAILED: "failed_mail",
    NotificationKind.SURPLUS_REFUND: "surplus_mail",
    NotificationKind.CASE_OPENED: "case_opened_mail",
    NotificationKind.CASE_RESOLVED: "case_resolved_mail",
}


def payment_mail(
    news: PaymentNews,
    *,
    recipient_name: str,
    recipient_email: str,
    sender: str,
    message_id: str,
    pdf: bytes | None = None,
) -> Mail:
    """The mail that tells a payer what happened to a payment; a receipt brings its PDF.

    `sender` is the address to send from; the name beside it is the seller's.
    """
    figures = figures_of(news.locale)
    seller = clean(news.seller.name, NAME_MAX)
    subject = clean(_subject(news, figures), NAME_MAX)
    context = {
        "news": news,
        "figures": figures,
        "language": figures.language,
        "subject": subject,
        "recipient_name": clean(recipient_name, NAME_MAX),
        "seller": seller,
        "seller_email": clean(news.seller.email, NAME_MAX),
        "paid_with": clean(news.paid_with, NAME_MAX) if news.paid_with else None,
        "failure": clean(news.failure, DESCRIPTION_MAX) if news.failure else None,
        "resolution": _resolution(news),
        "reference": _reference(news),
    }
    template = _TEMPLATES[news.kind]
    attached = (
        (Attachment(f"{news.receipt_number}.pdf", "application/pdf", pdf),)
        if pdf is not None
        else ()
    )
    return Mail(
        message_id=message_id,
        sender=str(MailAddress(display_name=seller, addr_spec=sender)),
        recipient_name=clean(recipient_name, NAME_MAX),
        recipient_email=recipient_email,
        subject=subject,
        text=environment().get_template(f"{template}.txt").render(context),
        html=environment().get_template(f"{template}.html").render(context),
        attachments=attached,
    )


def _subject(news: PaymentNews, figures: Figures) -> str:
    amount = figures.coded(news.amount)
    match news.kind:
        case NotificationKind.RECEIPT:
            paid_on = f" on {figures.day(news.paid_on)}" if news.paid_on else ""
            return f"Receipt for {_invoices(news)}: {amount} paid{paid_on}"
        case NotificationKind.PAYMENT_FAILED:
            return _failed(amount, news)
        case NotificationKind.SURPLUS_REFUND if news.is_by_bank:
            more = f"{figures.coded(news.surplus)} more" if news.surplus else "More"
            return f"{more} came than was due"
        case NotificationKind.SURPLUS_REFUND:
            back = figures.coded(news.returned or news.charged)
            return f"{back} goes back to you: more was paid than was due"
        case NotificationKind.CASE_OPENED:
            return _opened(amount, news)
        case NotificationKind.CASE_RESOLVED:
            return _resolved(amount, news)


def _opened(amount: str, news: PaymentNews) -> str:
    looking = "We were looking into" if news.case and news.case.is_closed else "We are looking into"
    if news.case and news.case.reason is CaseReason.REFUND_FAILED:
        return f"{looking} a refund to you for {_invoices(news)}"
    return f"{looking} your payment of {amount} for {_invoices(news)}"


def _resolved(amount: str, news: PaymentNews) -> str:
    if news.case and news.case.reason is CaseReason.REFUND_FAILED:
        return f"We have looked into a refund to you for {_invoices(news)}"
    if news.outcome is Outcome.RECEIVED:
        return f"Your payment of {amount} for {_invoices(news)} was received"
    if news.outcome is Outcome.FAILED:
        return _failed(amount, news)
    return f"We have looked into your payment of {amount} for {_invoices(news)}"


def _failed(amount: str, news: PaymentNews) -> str:
    return f"Your payment of {amount} for {_invoices(news)} did not go through"


def _invoices(news: PaymentNews) -> str:
    if len(news.invoices) == 1:
        return f"invoice {news.invoices[0].number}"
    return f"{len(news.invoices)} invoices"


def _resolution(news: PaymentNews) -> str | None:
    if news.case is None or news.case.resolution is None:
        return None
    return clean(news.case.resolution, DESCRIPTION_MAX)


def _reference(news: PaymentNews) -> str:
    """What to name in a question about it."""
    if news.case is not None:
        return f"case {news.case.id}"
    if news.receipt_number is not None:
        return f"receipt {news.receipt_number}"
    return f"invoice {news.invoices[0].number}"
