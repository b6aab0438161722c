"""Renders an invoice for paper, for the screen and for mail, from the one frozen sheet.

The words are English, months included; numbers and the order of dates are those of the sheet's
locale.
"""

from __future__ import annotations

from datetime import date
from email.headerregistry import Address as MailAddress
from typing import Any, Literal

from service.billing.money import ROUNDING_RULE, Money
from service.billing.sheet import InvoiceSheet
from service.ports import Attachment, Mail
from service.templates.engine import character_language, environment, figures_of, on_paper
from service.templates.figures import Figures
from service.templates.untrusted import NAME_MAX, clean

TEMPLATE_VERSION = "3"
"""Stored beside each printed document; raise it when the print of a sheet changes."""

Tone = Literal["due", "attention", "waiting", "good", "muted"]
"""How a status looks on the page: plain, late, under way, settled, or of no further interest."""


def invoice_html(sheet: InvoiceSheet) -> str:
    """A complete page for the printer: nothing on it is loaded from elsewhere."""
    footer = f"Invoice {sheet.number} · {clean(sheet.seller.name, NAME_MAX // 2)}"
    return on_paper("sheet.html", _context(sheet), title=f"Invoice {sheet.number}", footer=footer)


def view_page(
    sheet: InvoiceSheet,
    *,
    status_label: str,
    status_tone: Tone,
    pdf_url: str | None,
    pay_hint: str | None = None,
    due: Money | None = None,
    paid_on: date | None = None,
    given_back: Money | None = None,
    static_url: str = "/static",
) -> str:
    """The page on which an invoice is read, printed and downloaded.

    `due` is what is still to pay, by default all; once that is nothing the page says how the
    invoice was closed, and `paid_on` which day, where it would say what is due and when; and how
    much of it was `given_back`, if anything.

    `pdf_url` is None while the PDF is being prepared. Style, script and fonts come from
    `static_url`, where `service/static` is served: the page holds none itself.
    """
    context = _context(sheet)
    if due is not None:
        context |= {"due": due, "closed": None if due.minor_units else status_label}
    return (
        environment()
        .get_template("view.html")
        .render(
            context,
            status_label=status_label,
            status_tone=status_tone,
            pdf_url=pdf_url,
            pay_hint=pay_hint,
            paid_on=paid_on,
            given_back=given_back,
            static_url=static_url,
        )
    )


def invoice_mail(
    sheet: InvoiceSheet,
    *,
    recipient_name: str,
    recipient_email: str,
    sender: str,
    message_id: str,
    view_url: str,
    pdf: bytes | None,
    due: Money | None = None,
    again: bool = False,
) -> Mail:
    """The mail that brings an invoice, with its PDF if there is one; `again` to people who had it.

    `sender` is the address to send from; the name beside it is the seller's. `due` is what is to
    pay as the mail goes out, by default all: nobody is asked for what was paid.
    """
    figures = figures_of(sheet.locale)
    seller = clean(sheet.seller.name, NAME_MAX)
    due = sheet.totals.total if due is None else due
    subject = clean(_subject(sheet, figures, due), NAME_MAX)
    context = {
        **_context(sheet),
        "due": due,
        "again": again,
        "subject": subject,
        "recipient_name": clean(recipient_name, NAME_MAX),
        "seller": seller,
        "seller_email": clean(sheet.seller.email, NAME_MAX),
        "buyer": clean(sheet.buyer.name, NAME_MAX),
        "period": _period(sheet, figures),
        "charged": figures.symbol(sheet.estimate.charged) if sheet.estimate else None,
        "view_url": view_url,
        "has_pdf": pdf is not None,
    }
    attachments = (Attachment(f"{sheet.number}.pdf", "application/pdf", pdf),) if pdf else ()
    return Mail(
        message_id=message_id,
        sender=str(MailAddress(display_name=seller, addr_spec=sender)),
        recipient_name=clean(recipient_name, NAME_MAX),
        recipient_email=recipient_email,
        subject=subject,
        text=environment().get_template("invoice_mail.txt").render(context),
        html=environment().get_template("invoice_mail.html").render(context),
        attachments=attachments,
    )


def filled(template: str, locale: str, **values: Any) -> str:
    """A template of this folder with values of its own, and figures of a locale."""
    figures = figures_of(locale)
    common = {"figures": figures, "language": figures.language}
    return environment().get_template(template).render(common, **values)


def _subject(sheet: InvoiceSheet, figures: Figures, due: Money) -> str:
    period = _period(sheet, figures)
    about = f"Invoice {sheet.number} for {period}" if period else f"Invoice {sheet.number}"
    if due.minor_units == 0 < sheet.totals.total.minor_units:
        return f"{about}: {figures.coded(sheet.totals.total)}"
    return f"{about}: {figures.coded(due)} due {figures.day(sheet.due_on)}"


def _period(sheet: InvoiceSheet, figures: Figures) -> str | None:
    if sheet.period_start is None or sheet.period_end is None:
        return None
    return figures.period(sheet.period_start, sheet.period_end)


def _context(sheet: InvoiceSheet) -> dict[str, Any]:
    figures = figures_of(sheet.locale)
    return {
        "sheet": sheet,
        "figures": figures,
        "due": sheet.totals.total,
        "closed": None,
        "language": figures.language,
        "buyer_language": character_language(sheet.buyer, sheet.locale),
        "seller_language": character_language(sheet.seller, sheet.locale),
        "rounding_rule": ROUNDING_RULE,
    }
