"""The gateway's page of one attempt: asking for it, also again after a crash."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused
from service.billing.events import PaymentStatusChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.ids import Kind, encode
from service.billing.invoice import InvoiceStatus
from service.billing.money import share
from service.billing.payment import Decline, PaymentMove, PaymentStatus
from service.gateway import CheckoutOrder, OrderItem
from service.ports import CheckoutClaim, Ports
from service.store import (
    accounts,
    events,
    evidence,
    invoices,
    payment_checks,
    payments,
    queue,
)
from service.store.database import transaction
from service.store.records import Payment
from service.workflows import cases, screens

log = structlog.get_logger(__name__)

# Gateways open no page for less than 30 minutes.
SHORTEST = timedelta(minutes=30)


async def open_page(ports: Ports, payment: Payment) -> Payment:
    """Return the attempt with its page, asking the gateway for it if it has none yet.

    Asking twice for the same attempt answers the same page: the order is built from stored rows
    only, and the gateway keeps it under the attempt's id. When so little of the attempt's time is
    left that no gateway opens a page for it, the attempt expires instead: nobody has its page.

    Raises:
        GatewayUnavailable: no answer; the attempt stays live and may be asked for again.
        GatewayRefused: a definite no; the attempt has failed.
    """
    if payment.session_id is not None or payment.status is not PaymentStatus.PENDING:
        return payment
    if ports.clock() > payment.expires_at - SHORTEST:
        return await expire(ports, payment)
    order = await _order(payment)
    try:
        page = await ports.gateway_named(payment.gateway).open_checkout(order)
    except GatewayRefused as refusal:
        log.warning("checkout_refused", payment=str(payment.id), code=refusal.gateway_code)
        await _fail(ports, payment, refusal)
        raise
    await payments.keep_page(payment, page, at=ports.clock())
    return await payments.find(payment.account_id, payment.id)


async def is_outdated(payment: Payment) -> bool:
    """Whether less is due by now than an open page would take: a bank transfer came, or the invoice
    takes no money any more."""
    if payment.status is not PaymentStatus.PENDING:
        return False
    parts = await payments.allocations(payment.account_id, [payment.id])
    found = await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])
    due = {one.id: one.due_minor for one in found if one.status is InvoiceStatus.OPEN}
    return any(part.amount.minor_units > due.get(part.invoice_id, 0) for part in parts)


def address_of(ports: Ports, payment: Payment) -> str | None:
    """Where a payer's browser opens the page of an attempt: at the gateway, or, where the gateway
    wants a form, at a page of ours that sends it. None without a page."""
    if payment.page_url is None or payment.page_form is None:
        return payment.page_url
    claim = CheckoutClaim(payment.account_id, payment.id)
    token = ports.links.sign_checkout(claim, until=payment.expires_at)
    name = encode(Kind.CHECKOUT, payment.id)
    return f"{ports.policy.base_url}/checkout/{name}/go?token={token}"


async def expire(ports: Ports, payment: Payment) -> Payment:
    """End an attempt on which nothing was paid and nothing can be."""
    await _end(ports, payment, PaymentMove.EXPIRE, None)
    return await payments.find(payment.account_id, payment.id)


async def supersede(ports: Ports, payment: Payment, by: UUID) -> None:
    """Cancel a PENDING attempt in favour of another. Its page is looked up until it is closed:
    money on it is taken and given back.

    Must run inside `transaction()`, under the account's lock.
    """
    at = ports.clock()
    after = await payments.move(payment, PaymentMove.CANCEL, at=at)
    await payment_checks.note_superseded(payment, by, at=at)
    await events.record(payment.account_id, PaymentStatusChanged(payment.id, after, None), at=at)
    replaced = Evidence(Fact.SUPERSEDED, Witness(Source.SERVICE))
    await evidence.add(payment.account_id, replaced, at=at, payment_id=payment.id)


async def have_closed(payment: Payment) -> None:
    """Queue the job that closes the page of an attempt which nobody is to pay on any more. Must run
    inside `transaction()`, next to the reason for it."""
    if payment.status is PaymentStatus.PENDING:
        await queue.enqueue(
            "close_page",
            key=f"close_page:{payment.id}",
            account_id=str(payment.account_id),
            payment_id=str(payment.id),
        )


async def have_former_closed(payment: Payment) -> None:
    """Queue the job that closes the page which an attempt keeps until now. Must run inside
    `transaction()`, before another one takes its place."""
    await queue.enqueue(
        "close_page",
        key=f"close_page:{payment.id}:{payment.session_id}",
        account_id=str(payment.account_id),
        payment_id=str(payment.id),
        session_id=payment.session_id or "",
    )


async def _order(payment: Payment) -> CheckoutOrder:
    account = await accounts.find(payment.account_id)
    parts = await payments.allocations(payment.account_id, [payment.id])
    found = await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])
    numbers = {invoice.id: invoice.number or "" for invoice in found}
    charged = share(payment.quote.charged, [part.amount.minor_units for part in parts])
    items = tuple(
        OrderItem(f"Invoice {numbers[part.invoice_id]}", amount)
        for part, amount in zip(parts, charged, strict=True)
        if amount.minor_units > 0
    )
    return CheckoutOrder(
        payment_id=payment.id,
        items=items,
        description=", ".join(item.label for item in items),
        payer_email=payment.payer_email,
        locale=account.locale,
        success_url=payment.success_url,
        cancel_url=payment.cancel_url,
        expires_at=payment.expires_at,
        metadata={
            "payment_id": str(payment.id),
            "invoices": " ".join(numbers[part.invoice_id] for part in parts)[:500],
        },
    )


async def _fail(ports: Ports, payment: Payment, refusal: GatewayRefused) -> None:
    await _end(ports, payment, PaymentMove.FAIL, Decline(refusal.gateway_code, str(refusal)))


async def _end(ports: Ports, payment: Payment, move: PaymentMove, decline: Decline | None) -> None:
    at = ports.clock()
    async with transaction(ports.bus):
        await accounts.lock(payment.account_id)
        current = await payments.find(payment.account_id, payment.id)
        if (current.status, current.session_id) != (PaymentStatus.PENDING, payment.session_id):
            return
        if decline is not None:
            await payments.note_decline(current, decline, at=at)
            refused = Evidence(Fact.GATEWAY_REFUSED, Witness(Source.SERVICE), note=decline.code)
            await evidence.add(payment.account_id, refused, at=at, payment_id=payment.id)
        after = await payments.move(current, move, at=at)
        code = decline.code if decline else None
        await events.record(
            payment.account_id, PaymentStatusChanged(payment.id, after, code), at=at
        )
        if current.is_in_doubt:
            await screens.tell(ports, current)
        await cases.close_with(ports, current, f"The payment ended: {after}.")
