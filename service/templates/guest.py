"""The pages of somebody who pays one invoice by a link, without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from service.billing.money import Money
from service.billing.payment import Quote
from service.billing.sheet import Party
from service.templates.render import Tone, filled
from service.templates.untrusted import NAME_MAX, clean

_MESSAGES_LOCALE = "en"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a guest is told of the invoice, in figures of a locale. `due` is the link's amount."""

    number: str
    issued_on: date
    due_on: date
    seller: Party
    buyer: Party
    due: Money
    locale: str


@dataclass(frozen=True, slots=True)
class Papers:
    """Where the invoice is seen and downloaded, without a PDF while that is being prepared; and the
    receipt of what was paid, which is printed within seconds."""

    view_url: str
    pdf_url: str | None
    receipt_url: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """What a guest has to know first. `detail` comes from elsewhere: from a bank, say."""

    tone: Tone
    title: str
    text: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """What was taken, by what ("Visa ending in 4242"), and when."""

    charged: Money
    method: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The gateway's page, while it can be gone back to."""

    url: str
    until: datetime


def pay_page(
    bill: Bill,
    papers: Papers,
    *,
    quote: Quote | None,
    action: str,
    usable_until: datetime,
    notice: Notice | None,
    static_url: str,
) -> str:
    """What is to pay, and the button. Without a quote it cannot be paid now: there is no button."""
    return filled(
        "guest_pay.html",
        bill.locale,
        title=f"Pay invoice {bill.number}",
        bill=bill,
        papers=papers,
        quote=quote,
        action=action,
        usable_until=usable_until,
        notice=notice,
        static_url=static_url,
        reload_s=None,
    )


def return_page(
    bill: Bill,
    papers: Papers,
    *,
    notice: Notice,
    paid: Paid | None,
    open_page: OpenPage | None,
    reload_s: int | None,
    answer_by: datetime | None,
    static_url: str,
) -> str:
    """How the payment went. With `reload_s` the page asks again by itself; by `answer_by` a person
    looks, if nothing is known until then."""
    return filled(
        "guest_return.html",
        bill.locale,
        title=f"{notice.title}: invoice {bill.number}",
        bill=bill,
        papers=papers,
        notice=notice,
        paid=paid,
        open_page=open_page,
        reload_s=reload_s,
        answer_by=answer_by,
        static_url=static_url,
    )


def message_page(title: str, text: str, *, static_url: str) -> str:
    """A page that tells one thing, and nothing about anybody."""
    return filled(
        "guest_message.html",
        _MESSAGES_LOCALE,
        title=title,
        text=text,
        static_url=static_url,
        reload_s=None,
    )


def method_text(kind: str | None, brand: str | None, last4: str | None) -> str | None:
    """What was paid with, in words; the brand is the gateway's."""
    if kind is None:
        return None
    name = clean(brand or kind.replace("_", " "), NAME_MAX)
    named = name[:1].upper() + name[1:]
    return f"{named} ending in {last4}" if last4 else named
