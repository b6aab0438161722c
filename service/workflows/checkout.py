"""Starting to pay: one attempt, one frozen quote, one page at the gateway."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from service.billing.errors import (
    GatewayRefused,
    GatewayUnavailable,
    InputIssue,
    InvalidInput,
    InvoiceNotPayable,
    NotFound,
)
from service.billing.events import PaymentStatusChanged
from service.billing.invoice import MONEY_ON_ITS_WAY, InvoiceStatus, is_payable
from service.billing.money import Money, total
from service.billing.payment import PaymentStatus, next_check
from service.billing.period import local_day
from service.ports import Ports
from service.store import accounts, events, idempotency, invoices, payments
from service.store.database import new_id, transaction
from service.store.payments import LiveAttemptExists, NewPayment
from service.store.records import Account, Allocation, Invoice, Payment
from service.workflows import capture, pages, quotes

log = structlog.get_logger(__name__)

INVOICES_MAX = 50
_URL_LENGTH_MAX = 2000
# Printable ASCII without blanks. Braces stay: gateways fill in {CHECKOUT_SESSION_ID}.
_URL_LETTERS = re.compile(r"[!#-;=?-\[\]-~]*")


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What a payer asks for. All invoices are of one account and one currency."""

    invoice_ids: tuple[UUID, ...]
    idempotency_key: str
    success_url: str
    cancel_url: str
    payer_email: str


@dataclass(frozen=True, slots=True)
class Started:
    """The attempt to show; `replayed` when it was there before this request."""

    payment: Payment
    replayed: bool


class _AnsweredBefore(Exception):
    """Another request with the same key, or for the same invoice, was quicker."""

    def __init__(self, payment_id: UUID) -> None:
        self.payment_id = payment_id


async def start(ports: Ports, account_id: UUID, request: CheckoutRequest) -> Started:
    """Open a checkout for one or more invoices.

    The same key answers the same attempt. A second request for the same invoices while an attempt
    is live answers that attempt: nobody can pay twice from two tabs. A live attempt for some of
    them, or for more, is closed at the gateway first.

    Raises:
        InvalidInput: no or too many invoices, a bad key, or a return URL outside the allowed
            origins.
        NotFound: one of the invoices is not the account's.
        InvoiceNotPayable: one of them is settled, being settled, or of another currency.
        ExchangeRateUnavailable, IdempotencyConflict, GatewayUnavailable, GatewayRefused.
    """
    _check(ports, request)
    use = idempotency.key_use(
        request.idempotency_key,
        "startCheckout",
        *sorted(str(one) for one in request.invoice_ids),
        request.success_url,
        request.cancel_url,
    )
    known = await idempotency.result_of(account_id, use)
    if known is not None:
        payment = await payments.find(account_id, known)
        return Started(await pages.open_page(ports, payment), replayed=True)
    live = await _live_attempt(ports, account_id, request)
    if live is not None:
        await idempotency.keep(account_id, use, live.id, at=ports.clock())
        return Started(await pages.open_page(ports, live), replayed=True)
    try:
        begun = await _begin(ports, account_id, request, use)
    except _AnsweredBefore as before:
        payment = await payments.find(account_id, before.payment_id)
        return Started(await pages.open_page(ports, payment), replayed=True)
    return Started(await pages.open_page(ports, begun), replayed=False)


async def confirm(ports: Ports, account_id: UUID, payment_id: UUID) -> Payment:
    """Ask the gateway now how a checkout stands: what the return page calls.

    Raises:
        NotFound, GatewayUnavailable.
    """
    try:
        return await capture.settle(ports, account_id, payment_id)
    except GatewayRefused:
        log.error("gateway_lost_checkout", payment=str(payment_id))
        return await payments.find(account_id, payment_id)


async def _live_attempt(ports: Ports, account_id: UUID, request: CheckoutRequest) -> Payment | None:
    """The live attempt for exactly these invoices, after asking the gateway whether it still is.

    Raises:
        InvoiceNotPayable: the page of another attempt could not be closed.
    """
    while (live := await payments.live_for(account_id, request.invoice_ids)) is not None:
        live = await _checked(ports, live)
        if live.status in MONEY_ON_ITS_WAY:
            return None
        if live.status is PaymentStatus.PENDING:
            if await _is_for(live, request):
                return live
            if (await _close(ports, live)).status is PaymentStatus.PENDING:
                raise InvoiceNotPayable(request.invoice_ids[0], "A page to pay it is open already.")
    return None


async def _checked(ports: Ports, live: Payment) -> Payment:
    try:
        return await confirm(ports, live.account_id, live.id)
    except GatewayUnavailable:
        log.warning("live_attempt_not_checked", payment=str(live.id))
        return live


async def _is_for(live: Payment, request: CheckoutRequest) -> bool:
    parts = await payments.allocations(live.account_id, [live.id])
    return {part.invoice_id for part in parts} == set(request.invoice_ids)


async def _close(ports: Ports, live: Payment) -> Payment:
    """Close the page of an attempt for other invoices than are wanted now. What was paid on it in
    the meantime counts."""
    if live.session_id is not None:
        with contextlib.suppress(GatewayRefused):
            await ports.gateway.close_checkout(live.session_id)
    return await confirm(ports, live.account_id, live.id)


async def _begin(
    ports: Ports, account_id: UUID, request: CheckoutRequest, use: idempotency.KeyUse
) -> Payment:
    account = await accounts.find(account_id)
    wanted = await _payable(account_id, request)
    new = await _new_payment(ports, account, wanted, request)
    at = ports.clock()
    try:
        async with transaction(ports.bus):
            await accounts.lock(account_id)
            kept = await idempotency.keep(account_id, use, new.id, at=at)
            if kept != new.id:
                raise _AnsweredBefore(kept)
            again = await _payable(account_id, request)
            if [one.version for one in again] != [one.version for one in wanted]:
                raise InvoiceNotPayable(wanted[0].id, "It changed a moment ago. Try again.")
            await payments.create(new, at=at)
            pending = PaymentStatusChanged(new.id, PaymentStatus.PENDING, None)
            await events.record(account_id, pending, at=at)
    except LiveAttemptExists:
        return await _winner(account_id, request, use, ports)
    return await payments.find(account_id, new.id)


async def _winner(
    account_id: UUID, request: CheckoutRequest, use: idempotency.KeyUse, ports: Ports
) -> Payment:
    """The attempt that was quicker than ours; ours was rolled back."""
    live = await payments.live_for(account_id, request.invoice_ids)
    if live is None or not await _is_for(live, request):
        raise InvoiceNotPayable(request.invoice_ids[0], "It changed a moment ago. Try again.")
    kept = await idempotency.keep(account_id, use, live.id, at=ports.clock())
    raise _AnsweredBefore(kept)


async def _payable(account_id: UUID, request: CheckoutRequest) -> list[Invoice]:
    found = {one.id: one for one in await invoices.find_many(account_id, request.invoice_ids)}
    if len(found) != len(set(request.invoice_ids)):
        raise NotFound("invoice")
    wanted = [found[invoice_id] for invoice_id in sorted(found)]
    for invoice in wanted:
        if not is_payable(
            invoice.status, due_minor=invoice.due_minor, live_payment=invoice.live_payment
        ):
            raise InvoiceNotPayable(invoice.id, _why_not(invoice))
        if invoice.currency != wanted[0].currency:
            raise InvoiceNotPayable(invoice.id, "Invoices paid together share one currency.")
    return wanted


def _why_not(invoice: Invoice) -> str:
    if invoice.live_payment in MONEY_ON_ITS_WAY:
        return "A payment of it is being processed."
    if invoice.status is InvoiceStatus.PAID or invoice.due_minor == 0:
        return "Nothing is due on it."
    return "It is not open."


async def _new_payment(
    ports: Ports, account: Account, wanted: list[Invoice], request: CheckoutRequest
) -> NewPayment:
    at = ports.clock()
    payment_id = new_id()
    expires_at = (at + ports.policy.checkout_lifetime).replace(microsecond=0)
    parts = tuple(
        Allocation(payment_id, one.id, Money(one.due_minor, one.currency)) for one in wanted
    )
    amount = total([part.amount for part in parts], wanted[0].currency)
    quote = await quotes.price(
        ports,
        amount,
        account.charge_currency,
        on=local_day(at, ports.seller.time_zone),
        valid_until=expires_at,
    )
    if quote.charged.minor_units <= 0:
        raise InvoiceNotPayable(wanted[0].id, "The amount is too small to be charged.")
    return NewPayment(
        id=payment_id,
        account_id=account.id,
        amount=amount,
        quote=quote,
        allocations=parts,
        gateway=ports.gateway.name,
        live_mode=ports.gateway.live_mode,
        payer_email=request.payer_email,
        success_url=request.success_url,
        cancel_url=request.cancel_url,
        expires_at=expires_at,
        next_check_at=next_check(at, started_at=at),
    )


def _check(ports: Ports, request: CheckoutRequest) -> None:
    issues = []
    if not 1 <= len(request.invoice_ids) <= INVOICES_MAX:
        issues.append(InputIssue(("invoiceIds",), "COUNT", f"Name 1 to {INVOICES_MAX} invoices."))
    for name, url in (("successUrl", request.success_url), ("cancelUrl", request.cancel_url)):
        if not may_return_to(url, ports.policy.return_origins):
            issues.append(
                InputIssue((name,), "ORIGIN_NOT_ALLOWED", "Returning to this URL is not allowed.")
            )
    if issues:
        raise InvalidInput(issues)


def may_return_to(url: str, origins: tuple[str, ...]) -> bool:
    """Whether a browser may be sent to a URL: its origin is one of `origins`, letter by letter.

    Refused with it: credentials, backslashes, blanks, control characters and whatever is not
    ASCII, which browsers and servers read differently. A URL has none of them (RFC 3986).
    """
    if len(url) > _URL_LENGTH_MAX or not _URL_LETTERS.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not parts.netloc:
        return False
    return f"{parts.scheme}://{parts.netloc}" in origins
