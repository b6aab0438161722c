"""The receipt of a payment: queued with the capture, printed once, then mailed with its PDF."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.billing.events import DocumentState, Event, ReceiptStateChanged
from service.billing.receipt import receipt_series
from service.ports import Ports
from service.store import documents, invoices, payments, queue
from service.store.records import Document, Payment
from service.templates.receipts import receipt_html
from service.workflows import notifications
from service.workflows.documents import print_document
from service.workflows.sheets import receipt_sheet_of


async def plan(ports: Ports, payment: Payment) -> None:
    """Queue the receipt of a payment that was captured, once. Its mails follow when it is printed.

    Must run inside `transaction()`, under the account's lock.
    """
    parts = await payments.allocations(payment.account_id, [payment.id])
    paid = await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])
    first = min(invoice.number for invoice in paid if invoice.number)
    queued = await documents.queue_receipt(
        payment.account_id, payment.id, series=receipt_series(first), at=ports.clock()
    )
    if queued:
        await queue.enqueue(
            "print_receipt",
            key=f"print:{payment.id}",
            account_id=str(payment.account_id),
            payment_id=str(payment.id),
        )


@dataclass(frozen=True, slots=True)
class _Captured:
    """A payment as the subject of its receipt; the receipt's mails follow."""

    ports: Ports
    payment: Payment
    receipt: Document

    @property
    def id(self) -> UUID:
        return self.payment.id

    async def page(self) -> str:
        return receipt_html(await receipt_sheet_of(self.payment, self.receipt))

    def changed(self, document: Document, state: DocumentState) -> Event:
        return ReceiptStateChanged(self.payment.id, document.id, state)

    async def ready(self) -> None:
        await notifications.plan_receipt(self.ports, self.payment)


async def print_receipt(ports: Ports, account_id: UUID, payment_id: UUID) -> None:
    """Print the receipt of a payment and keep the PDF, once; then plan its mails. Safe to repeat.

    Raises:
        NotFound: the account has no such payment.
        PrinterUnavailable: noted on the document; the job is tried again.
    """
    payment = await payments.find(account_id, payment_id)
    receipt = (await documents.receipts_of(account_id, [payment_id]))[payment_id]
    if receipt is not None:
        await print_document(ports, receipt, _Captured(ports, payment, receipt))
