"""Working every invoice and payment out anew, from the ledger and from the gateways, and telling
every difference. Nothing is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from service.billing.errors import GatewayRefused, GatewayUnavailable
from service.billing.ids import Kind, encode
from service.billing.invoice import InvoiceStatus
from service.billing.payment import OFFLINE
from service.ports import Ports
from service.store import accounts, audits, ledger, refunds
from service.store.audits import AuditedInvoice
from service.store.ledger import InvoiceSums
from service.workflows.audit_books import Kept, kept_of, wrong_in_books
from service.workflows.audit_findings import Difference, Weight
from service.workflows.audit_lists import unaccounted
from service.workflows.audit_payments import wrong_at_gateway


async def audit(
    ports: Ports, *, account_id: UUID | None = None, ask_gateways: bool = True
) -> AsyncIterator[Difference]:
    """Yield every difference, account by account, and then what only the gateways know of; none is
    a clean bill. What a gateway gave no answer about is NOT_CHECKED, and the audit goes on. With
    `ask_gateways` off none is asked."""
    async for one in _accounts(account_id):
        for difference in await _of_invoices(one):
            yield difference
        booked = await audits.booked_payments(one)
        for payment in await audits.payments_of(one):
            kept = await kept_of(payment, is_booked=payment.id in booked)
            for difference in await _of_payment(ports, kept, ask_gateway=ask_gateways):
                yield difference
    if ask_gateways:
        async for difference in unaccounted(ports, account_id):
            yield difference


async def _accounts(only: UUID | None) -> AsyncIterator[UUID]:
    if only is not None:
        yield only
        return
    last: UUID | None = None
    while page := await accounts.ids(after=last):
        for last in page:
            yield last


async def _of_invoices(account_id: UUID) -> list[Difference]:
    found: list[Difference] = []
    listed = await audits.invoices_of(account_id)
    ids = [invoice.id for invoice in listed]
    sums = await ledger.sums_of(account_id, ids)
    disputed = await refunds.disputed_invoices(account_id, ids)
    for invoice in listed:
        wrong = _wrong_with_invoice(invoice, sums[invoice.id])
        wrong += _wrong_with_disputes(invoice, is_disputed=invoice.id in disputed)
        about = f"invoice {invoice.number}"
        found += [Difference(account_id, about, what) for what in wrong]
    gap = await audits.event_gap(account_id)
    if gap is not None:
        found.append(Difference(account_id, "event log", f"there is no event {gap}"))
    return found


def _wrong_with_invoice(invoice: AuditedInvoice, sums: InvoiceSums) -> list[str]:
    wrong = []
    if invoice.issued_minor != invoice.total_minor:
        wrong.append(f"{invoice.issued_minor} was booked as issued, {invoice.total_minor} billed")
    if invoice.lines_minor != invoice.subtotal_minor:
        wrong.append(f"its lines are {invoice.lines_minor}, its subtotal {invoice.subtotal_minor}")
    for what, kept, booked in (
        ("paid", invoice.paid_minor, sums.paid_minor),
        ("refunded", invoice.refunded_minor, sums.refunded_minor),
    ):
        if kept != booked:
            wrong.append(f"it shows {kept} as {what}, the ledger says {booked}")
    return wrong + _wrong_with_status(invoice, sums)


def _wrong_with_disputes(invoice: AuditedInvoice, *, is_disputed: bool) -> list[str]:
    if is_disputed and not invoice.disputed:
        return ["it is not shown as disputed, and a dispute about it is open"]
    if invoice.disputed and not is_disputed:
        return ["it is shown as disputed, and no dispute about it is open"]
    return []


def _wrong_with_status(invoice: AuditedInvoice, sums: InvoiceSums) -> list[str]:
    settled = sums.paid_minor >= invoice.total_minor
    lost = sums.charged_back_minor
    left = sums.paid_minor - sums.refunded_minor - lost
    match invoice.status:
        case InvoiceStatus.OPEN if settled and invoice.total_minor > 0:
            return ["it is shown as due, and was paid in full"]
        case InvoiceStatus.PAID if not settled:
            return ["it is shown as paid, and was not paid in full"]
        case InvoiceStatus.PAID if lost > 0 and left <= 0:
            return ["it is shown as paid, and the payer's bank took it back"]
        case InvoiceStatus.UNCOLLECTIBLE if settled and not lost and invoice.total_minor > 0:
            return ["it is shown as written off, and was paid in full"]
    return []


async def _of_payment(ports: Ports, kept: Kept, *, ask_gateway: bool) -> list[Difference]:
    payment = kept.payment
    account_id, about = payment.account_id, f"payment {encode(Kind.PAYMENT, payment.id)}"
    wrong = wrong_in_books(kept, at=ports.clock())
    unheard = []
    if ask_gateway and payment.gateway != OFFLINE:
        try:
            wrong += await _of_gateway(ports, kept)
        except GatewayUnavailable:
            what = "it was not checked: the gateway does not answer"
            unheard.append(Difference(account_id, about, what, Weight.NOT_CHECKED))
        except _NotConfigured:
            what = f"it was not checked: its gateway {payment.gateway} is not configured"
            unheard.append(Difference(account_id, about, what, Weight.NOT_CHECKED))
    return [Difference(account_id, about, what) for what in wrong] + unheard


class _NotConfigured(Exception):
    """Nothing can be asked of the gateway that a payment was made at."""


async def _of_gateway(ports: Ports, kept: Kept) -> list[str]:
    """Raises GatewayUnavailable, _NotConfigured; a gateway that is known to be down is not waited
    for."""
    name = kept.payment.gateway
    try:
        gateway = ports.gateway_named(name)
    except GatewayRefused:
        raise _NotConfigured from None
    if gateway.is_down:
        raise GatewayUnavailable
    return await wrong_at_gateway(gateway, kept)
