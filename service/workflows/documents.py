"""From an issued invoice to its PDF: printed once, stored under its hash, then mailed."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from service.billing.events import DocumentState, DocumentStateChanged
from service.ports import Ports, PrinterUnavailable
from service.store import accounts, documents, events, invoices
from service.store.database import transaction
from service.store.records import Invoice
from service.templates.render import TEMPLATE_VERSION, invoice_html
from service.workflows import deliveries
from service.workflows.sheets import sheet_of

log = structlog.get_logger(__name__)

RETRY_PAUSE = timedelta(minutes=1)


async def print_invoice(ports: Ports, account_id: UUID, invoice_id: UUID) -> None:
    """Print an invoice and keep the PDF, once; then plan its mails. Safe to repeat.

    Raises:
        PrinterUnavailable: noted on the document; the job is tried again.
    """
    invoice = await invoices.find(account_id, invoice_id)
    if not await documents.begin(account_id, invoice_id):
        return
    sheet = await sheet_of(account_id, invoice)
    try:
        body = await ports.printer.print_pdf(invoice_html(sheet))
    except PrinterUnavailable:
        await _note_failure(ports, invoice)
        raise
    digest = sha256(body).hexdigest()
    key = f"{account_id}/{invoice_id}/{digest}.pdf"
    await ports.documents.put(key, body)
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        first = await documents.finish(
            account_id,
            invoice_id,
            storage_key=key,
            sha256=digest,
            size_bytes=len(body),
            template_version=TEMPLATE_VERSION,
            at=at,
        )
        if first:
            await _announce(invoice, DocumentState.READY, ports)
            await deliveries.plan(ports, invoice)


async def _note_failure(ports: Ports, invoice: Invoice) -> None:
    async with transaction(ports.bus):
        await accounts.lock(invoice.account_id)
        failed = await documents.fail(
            invoice.account_id, invoice.id, retry_at=ports.clock() + RETRY_PAUSE
        )
        if failed and invoice.document and invoice.document.state is not DocumentState.FAILED:
            await _announce(invoice, DocumentState.FAILED, ports)


async def _announce(invoice: Invoice, state: DocumentState, ports: Ports) -> None:
    if invoice.document is not None:
        changed = DocumentStateChanged(invoice.id, invoice.document.id, state)
        await events.record(invoice.account_id, changed, at=ports.clock())
