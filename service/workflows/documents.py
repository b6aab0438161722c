"""From an issued invoice to its PDF, and the one way in which documents are printed: once, stored
under their hash, then mailed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Protocol
from uuid import UUID

import structlog

from service.billing.events import DocumentState, DocumentStateChanged, Event
from service.ports import Ports, PrinterUnavailable
from service.store import accounts, documents, events, invoices
from service.store.database import transaction
from service.store.records import Document, Invoice
from service.templates.render import TEMPLATE_VERSION, invoice_html
from service.workflows import deliveries
from service.workflows.sheets import sheet_of

log = structlog.get_logger(__name__)

RETRY_PAUSE = timedelta(minutes=1)


class Subject(Protocol):
    """What a document is of: an invoice, or a payment whose receipt it is."""

    @property
    def id(self) -> UUID: ...

    async def page(self) -> str:
        """The page to print."""

    def changed(self, document: Document, state: DocumentState) -> Event:
        """The event that reports a state of the document."""

    async def ready(self) -> None:
        """What follows, in the transaction that makes the document READY."""


@dataclass(frozen=True, slots=True)
class _Issued:
    """An invoice as a subject; its mails follow."""

    ports: Ports
    invoice: Invoice

    @property
    def id(self) -> UUID:
        return self.invoice.id

    async def page(self) -> str:
        return invoice_html(await sheet_of(self.invoice.account_id, self.invoice))

    def changed(self, document: Document, state: DocumentState) -> Event:
        return DocumentStateChanged(self.invoice.id, document.id, state)

    async def ready(self) -> None:
        await deliveries.plan(self.ports, self.invoice)


async def print_invoice(ports: Ports, account_id: UUID, invoice_id: UUID) -> None:
    """Print an invoice and keep the PDF, once; then plan its mails. Safe to repeat.

    Raises:
        PrinterUnavailable: noted on the document; the job is tried again. Mails that have waited
            for it long enough are planned all the same.
    """
    invoice = await invoices.find(account_id, invoice_id)
    if invoice.document is None:
        return
    try:
        await print_document(ports, invoice.document, _Issued(ports, invoice))
    except PrinterUnavailable:
        if deliveries.waited_enough(ports, invoice):
            async with transaction(ports.bus):
                await accounts.lock(account_id)
                await deliveries.plan(ports, invoice)
        raise


async def print_document(ports: Ports, document: Document, subject: Subject) -> None:
    """Print a document and keep the PDF, once; then do what follows. Safe to repeat.

    Raises:
        PrinterUnavailable: noted on the document; the job is tried again.
    """
    if not await documents.begin(document):
        return
    page = await subject.page()
    try:
        body = await ports.printer.print_pdf(page)
    except PrinterUnavailable:
        await _note_failure(ports, document, subject)
        raise
    digest = sha256(body).hexdigest()
    key = f"{document.account_id}/{subject.id}/{digest}.pdf"
    await ports.documents.put(key, body)
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(document.account_id)
        first = await documents.finish(
            document,
            storage_key=key,
            sha256=digest,
            size_bytes=len(body),
            template_version=TEMPLATE_VERSION,
            at=at,
        )
        if first:
            ready = subject.changed(document, DocumentState.READY)
            await events.record(document.account_id, ready, at=at)
            await subject.ready()


async def _note_failure(ports: Ports, document: Document, subject: Subject) -> None:
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(document.account_id)
        failed = await documents.fail(document, retry_at=at + RETRY_PAUSE)
        if failed and document.state is not DocumentState.FAILED:
            changed = subject.changed(document, DocumentState.FAILED)
            await events.record(document.account_id, changed, at=at)
