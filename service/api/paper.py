"""An invoice in the browser: the page to read and print, and the PDF; and the receipt of a payment.

All are opened by a signed link, which needs no token, or by the bearer token of somebody who may
see the invoice or payment. What is not there, not yours and no longer open is answered alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Literal
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from service.api.context import Viewer
from service.api.reads import Reads
from service.api.session import Authenticate, Unauthenticated, bearer_token
from service.billing.events import DocumentState
from service.billing.ids import Kind, decode_as, encode
from service.billing.invoice import DisplayStatus, InvoiceStatus, display_status
from service.billing.money import Money
from service.billing.period import local_day
from service.ports import DocumentMissing, Ports
from service.store import documents, invoices
from service.store.records import Document, Invoice
from service.templates.render import Tone, view_page
from service.workflows import links
from service.workflows.sheets import paid_on, sheet_of

log = structlog.get_logger(__name__)

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": _POLICY,
    "x-robots-tag": "noindex",
}
_RETRY_AFTER_S = 5
# A seller's prefix may hold a slash, and more.
_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9-]")

_SHOWN: dict[DisplayStatus, tuple[str, Tone, str | None]] = {
    DisplayStatus.DUE: ("Due", "due", "Sign in to your dashboard to pay it."),
    DisplayStatus.OVERDUE: ("Overdue", "attention", "Sign in to your dashboard to pay it."),
    DisplayStatus.PARTIALLY_PAID: (
        "Partly paid",
        "due",
        "Sign in to your dashboard to pay the rest.",
    ),
    DisplayStatus.PROCESSING: (
        "Payment on its way",
        "waiting",
        "There is nothing more to do; this page shows it as paid once the money has arrived.",
    ),
    DisplayStatus.PAID: ("Paid", "good", None),
    DisplayStatus.REFUNDED: ("Refunded", "muted", "It was paid, and the money was given back."),
    DisplayStatus.DISPUTED: (
        "Disputed",
        "waiting",
        "It was paid, and the payer's bank looks into the payment. Please do not pay again.",
    ),
    DisplayStatus.VOID: ("Void", "muted", "It was withdrawn. Nothing is to be paid."),
    DisplayStatus.UNCOLLECTIBLE: ("Written off", "muted", "Nothing is to be paid."),
}
_CHARGED_BACK: tuple[str, Tone, str] = (
    "Charged back",
    "muted",
    "It was paid, and the payer's bank took the money back. Nothing is to be paid.",
)

# In every other state there is nothing for the reader to pay now.
_STILL_DUE = frozenset({DisplayStatus.DUE, DisplayStatus.OVERDUE, DisplayStatus.PARTIALLY_PAID})


class _NotOpen(Exception):
    """There is no such invoice or receipt for whoever asks."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The pages of invoices and receipts. `prefix` is the path that the app is reached under."""

    ports: Ports
    authenticate: Authenticate[Viewer]
    prefix: str = ""

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/invoices/{id}/view", self.view, methods=["GET"]),
            Route("/invoices/{id}.pdf", self.pdf, methods=["GET"]),
            Route("/payments/{id}/receipt.pdf", self.receipt, methods=["GET"]),
        ]

    async def view(self, request: Request) -> Response:
        """The page to read, print and download an invoice."""
        try:
            invoice = await self._open(request)
        except _NotOpen:
            return _not_found("invoice")
        except Unauthenticated:
            return _unauthenticated()
        shows = _display_status(invoice, self.ports)
        label, tone, hint = _words_of(invoice, shows)
        page = view_page(
            await sheet_of(invoice.account_id, invoice),
            status_label=label,
            status_tone=tone,
            pdf_url=self._pdf_url(request, invoice) if _is_ready(invoice) else None,
            pay_hint=hint,
            due=Money(invoice.due_minor if shows in _STILL_DUE else 0, invoice.currency),
            paid_on=await paid_on(invoice) if shows is DisplayStatus.PAID else None,
            given_back=Money(invoice.refunded_minor, invoice.currency),
            static_url=f"{self.prefix}/static",
        )
        return HTMLResponse(page, headers=_HEADERS)

    async def pdf(self, request: Request) -> Response:
        """An invoice's PDF, byte by byte as it was printed."""
        try:
            invoice = await self._open(request)
        except _NotOpen:
            return _not_found("invoice")
        except Unauthenticated:
            return _unauthenticated()
        return await self._download(request, invoice.document, invoice.number or "invoice")

    async def receipt(self, request: Request) -> Response:
        """The PDF of a payment's receipt, byte by byte as it was printed."""
        try:
            receipt = await self._open_receipt(request)
        except _NotOpen:
            return _not_found("receipt")
        except Unauthenticated:
            return _unauthenticated()
        return await self._download(request, receipt, receipt.number or "receipt")

    async def _download(self, request: Request, document: Document | None, name: str) -> Response:
        if document is None or document.storage_key is None:
            return _being_prepared()
        etag = f'"{document.sha256}"'
        headers = _HEADERS | {"etag": etag}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        try:
            body = await self.ports.documents.get(document.storage_key)
        except DocumentMissing:
            log.error("document_lost", document=str(document.id), key=document.storage_key)
            return _message(
                500, "The PDF cannot be read", "Something is wrong on our side. Please tell us."
            )
        filename = _NOT_IN_FILE_NAMES.sub("-", name)
        headers["content-disposition"] = f'attachment; filename="{filename}.pdf"'
        return Response(body, media_type="application/pdf", headers=headers)

    async def _open(self, request: Request) -> Invoice:
        """The issued invoice of the path, if whoever asks may see it.

        Raises:
            _NotOpen, Unauthenticated.
        """
        invoice_id = _asked_for(request, Kind.INVOICE)
        token = request.query_params.get("token")
        invoice = (
            await self._by_link(token, invoice_id)
            if token is not None
            else await (await self._reads(request)).invoice(invoice_id)
        )
        if invoice is None or invoice.status is InvoiceStatus.DRAFT:
            raise _NotOpen
        return invoice

    async def _by_link(self, token: str, invoice_id: UUID) -> Invoice | None:
        claim = self.ports.links.read(token)
        if claim is None or claim.invoice_id != invoice_id:
            return None
        found = await invoices.find_many(claim.account_id, [invoice_id])
        return found[0] if found else None

    async def _open_receipt(self, request: Request) -> Document:
        """The receipt of the path's payment, if whoever asks may see it.

        Raises:
            _NotOpen, Unauthenticated.
        """
        payment_id = _asked_for(request, Kind.PAYMENT)
        account_id = await self._payer_of(request, payment_id)
        if account_id is None:
            raise _NotOpen
        receipt = (await documents.receipts_of(account_id, [payment_id]))[payment_id]
        if receipt is None:
            raise _NotOpen
        return receipt

    async def _payer_of(self, request: Request, payment_id: UUID) -> UUID | None:
        """The account of a payment whose receipt may be seen. Raises Unauthenticated."""
        token = request.query_params.get("token")
        if token is not None:
            claim = self.ports.links.read_receipt(token)
            return claim.account_id if claim and claim.payment_id == payment_id else None
        payment = await (await self._reads(request)).payment(payment_id)
        return payment.account_id if payment else None

    async def _reads(self, request: Request) -> Reads:
        """What whoever brings a bearer token may see. Raises Unauthenticated."""
        viewer = await self.authenticate(bearer_token(request.headers.get("authorization")))
        return Reads(self.ports, viewer)

    def _pdf_url(self, request: Request, invoice: Invoice) -> str:
        """Where the page's button leads: as far as the link goes that opened the page."""
        token = request.query_params.get("token")
        if token is not None:
            return f"{self.prefix}/invoices/{encode(Kind.INVOICE, invoice.id)}.pdf?token={token}"
        lifetime = self.ports.policy.view_link_lifetime
        return links.pdf_url(self.ports, invoice.account_id, invoice.id, lifetime=lifetime)


def _asked_for(request: Request, kind: Kind) -> UUID:
    """The id of the path.

    Raises:
        _NotOpen: it is none, or the request brings neither a link nor a token.
    """
    found = decode_as(kind, request.path_params["id"])
    brings_something = "token" in request.query_params or "authorization" in request.headers
    if found is None or not brings_something:
        raise _NotOpen
    return found


def _words_of(invoice: Invoice, shows: DisplayStatus) -> tuple[str, Tone, str | None]:
    """What the page says of a status, how that looks, and what the reader can do."""
    # What was paid in full is written off by a lost dispute alone.
    was_paid = 0 < invoice.total_minor <= invoice.paid_minor
    if shows is DisplayStatus.UNCOLLECTIBLE and was_paid:
        return _CHARGED_BACK
    return _SHOWN[shows]


def _is_ready(invoice: Invoice) -> bool:
    return invoice.document is not None and invoice.document.state is DocumentState.READY


def _display_status(invoice: Invoice, ports: Ports) -> DisplayStatus:
    return display_status(
        invoice.status,
        due_on=invoice.due_on,
        today=local_day(ports.clock(), invoice.time_zone),
        paid_minor=invoice.paid_minor,
        live_payment=invoice.live_payment,
        refunded_minor=invoice.refunded_minor,
        disputed=invoice.disputed,
    )


def _not_found(thing: Literal["invoice", "receipt"]) -> Response:
    return _message(
        404,
        f"This link does not open {'an' if thing == 'invoice' else 'a'} {thing}",
        f"It may have expired. Open the {thing} again from your dashboard or from its mail.",
    )


def _unauthenticated() -> Response:
    answer = _message(401, "Please sign in", "A valid bearer token is required.")
    answer.headers["www-authenticate"] = "Bearer"
    return answer


def _being_prepared() -> Response:
    answer = _message(
        409, "The PDF is being prepared", "It takes a few seconds. Please try again in a moment."
    )
    answer.headers["retry-after"] = str(_RETRY_AFTER_S)
    return answer


def _message(status: int, title: str, text: str) -> Response:
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p></html>"
    )
    return HTMLResponse(page, status, _HEADERS)
