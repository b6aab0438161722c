"""Working every invoice and payment out anew, from the ledger and from the gateways, and telling
every difference. Nothing is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from service.billing.errors import GatewayRefused
from service.billing.invoice import InvoiceStatus
from service.billing.ledger import Book, Entry, balance
from service.billing.money import Money
from service.billing.payment import GatewayState, PaymentStatus
from service.billing.refund import REFUND_BOOKED, DisputeStatus
from service.gateway import Gateway
from service.ports import Ports
from service.store import accounts, audits, ledger, payments, refunds
from service.store.audits import AuditedInvoice
from service.store.ledger import InvoiceSums
from service.store.records import Payment
from service.workflows.capture import OFFLINE


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that two sources tell differently, in words for the seller's staff."""

    account_id: UUID
    about: str
    what: str


async def audit(
    ports: Ports, *, account_id: UUID | None = None, ask_gateways: bool = True
) -> AsyncIterator[Difference]:
    """Yield every difference, account by account; none is a clean bill.

    Raises:
        GatewayUnavailable: a gateway does not answer; with `ask_gateways` off none is asked.
    """
    async for one in _accounts(account_id):
        for difference in await _of_books(one):
            yield difference
        if ask_gateways:
            for payment in await audits.payments_of(one):
                for difference in await _of_gateway(ports, payment):
                    yield difference


async def _accounts(only: UUID | None) -> AsyncIterator[UUID]:
    if only is not None:
        yield only
        return
    last: UUID | None = None
    while page := await accounts.ids(after=last):
        for last in page:
            yield last


async def _of_books(account_id: UUID) -> list[Difference]:
    found: list[Difference] = []
    listed = await audits.invoices_of(account_id)
    sums = await ledger.sums_of(account_id, [invoice.id for invoice in listed])
    for invoice in listed:
        found += [
            Difference(account_id, f"invoice {invoice.number}", what)
            for what in _wrong_with_invoice(invoice, sums[invoice.id])
        ]
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
    settled = sums.paid_minor >= invoice.total_minor
    if invoice.status is InvoiceStatus.OPEN and settled and invoice.total_minor > 0:
        wrong.append("it is shown as due, and was paid in full")
    if invoice.status is InvoiceStatus.PAID and not settled:
        wrong.append("it is shown as paid, and was not paid in full")
    return wrong


async def _of_gateway(ports: Ports, payment: Payment) -> list[Difference]:
    if payment.gateway == OFFLINE:
        return []
    try:
        gateway = ports.gateway_named(payment.gateway)
    except GatewayRefused:
        wrong = [f"its gateway {payment.gateway} is not configured"]
    else:
        wrong = await _wrong_with_payment(gateway, payment)
    return [Difference(payment.account_id, f"payment {payment.id}", what) for what in wrong]


async def _wrong_with_payment(gateway: Gateway, payment: Payment) -> list[str]:
    wrong = await _wrong_with_capture(gateway, payment)
    if payment.status is PaymentStatus.CAPTURED and payment.transaction is not None:
        entries = await ledger.of_payment(payment.account_id, payment.id)
        try:
            wrong += await _wrong_with_cash(gateway, payment, entries)
            wrong += await _wrong_with_refunds(gateway, payment)
        except GatewayRefused:
            wrong.append("the gateway does not know its payment")
    return wrong


async def _wrong_with_capture(gateway: Gateway, payment: Payment) -> list[str]:
    if payment.session_id is None:
        return []
    try:
        seen = await gateway.look_up(payment.session_id)
    except GatewayRefused:
        return ["the gateway does not know its checkout"]
    if seen.state is GatewayState.PAID and payment.status is not PaymentStatus.CAPTURED:
        if await payments.is_captured(payment.gateway, seen.transaction or ""):
            # A person had it booked as another payment, which is compared by itself.
            return []
        taken = f"{seen.amount.minor_units} {seen.amount.currency}"
        return [f"the gateway took {taken}, and it is {payment.status} here"]
    if payment.status is PaymentStatus.CAPTURED and seen.state is not GatewayState.PAID:
        return [f"it is CAPTURED here, and {seen.state} at the gateway"]
    return []


async def _wrong_with_cash(gateway: Gateway, payment: Payment, entries: list[Entry]) -> list[str]:
    """The money that the gateway holds of a payment, after refunds and disputes."""
    charged = payment.quote.charged
    transaction = payment.transaction or ""
    given_back = sum(
        one.amount.minor_units
        for one in await gateway.refunds_of(transaction)
        if one.status in REFUND_BOOKED
    )
    taken_back = sum(
        one.amount.minor_units
        for one in await gateway.disputes_of(transaction)
        if one.status is not DisputeStatus.WON
    )
    there = Money(charged.minor_units - given_back - taken_back, charged.currency)
    here = balance(entries, Book.GATEWAY, charged.currency)
    if here != there.minor_units:
        return [f"the gateway holds {there.minor_units} {charged.currency} of it, we book {here}"]
    return []


async def _wrong_with_refunds(gateway: Gateway, payment: Payment) -> list[str]:
    listed = await gateway.refunds_of(payment.transaction or "")
    known = await refunds.of_payments(payment.account_id, [payment.id])
    by_reference = {refund.reference: refund for refund in known[payment.id]}
    wrong = []
    for seen in listed:
        ours = by_reference.get(seen.reference)
        if ours is None:
            wrong.append(f"the gateway has a refund {seen.reference} that we do not know")
        elif ours.status is not seen.status:
            wrong.append(f"refund {seen.reference} is {seen.status} there, {ours.status} here")
    return wrong
