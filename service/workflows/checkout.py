"""Starting to pay: one attempt, one frozen quote, one page at the gateway."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from service.billing.evidence import Evidence, Fact, Source, Witness, next_check
from service.billing.invoice import MONEY_ON_ITS_WAY, InvoiceStatus, is_payable
from service.billing.money import Money, total
from service.billing.payment import PaymentStatus
from service.billing.period import local_day
from service.ports import Ports
from service.store import (
    accounts,
    events,
    evidence,
    idempotency,
    invoices,
    payment_checks,
    payments,
)
from service.store.database import new_id, transaction
from service.store.payments import LiveAttemptExists, NewPayment
from service.store.records import Account, Allocation, Invoice, Payment
from service.workflows import asking, closing, pages, quotes, refusals
from service.workflows.return_urls import may_return_to

log = structlog.get_logger(__name__)

INVOICES_MAX = 50


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What a payer asks for. All invoices are of one account and one currency.

    `invoice_version` locks a single invoice: nothing is started once it has changed. With `alone` a
    live attempt that leads back to another page is closed rather than shared, and what the gateway
    has just refused is refused again for a while, without an attempt.
    """

    invoice_ids: tuple[UUID, ...]
    idempotency_key: str
    success_url: str
    cancel_url: str
    payer_email: str
    invoice_version: int | None = None
    alone: bool = False


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
        payment = await payments.latest(account_id, known)
        return Started(await _opened(ports, payment, request), replayed=True)
    live, stranded = await _live_attempt(ports, account_id, request)
    if live is not None and not stranded:
        await idempotency.keep(account_id, use, live.id, at=ports.clock())
        return Started(await _opened(ports, live, request), replayed=True)
    try:
        begun = await _begin(ports, account_id, request, use, instead_of=live)
    except _AnsweredBefore as before:
        payment = await payments.latest(account_id, before.payment_id)
        return Started(await _opened(ports, payment, request), replayed=True)
    return Started(await _opened(ports, begun, request), replayed=False)


async def confirm(ports: Ports, account_id: UUID, payment_id: UUID) -> Payment:
    """The payer is back: ask the gateway now how their checkout stands. From now on they get an
    answer within the policy's deadline. Requests of the same two seconds share one answer: a client
    in a loop, or in many copies, is no reason to hammer the gateway.

    Raises:
        NotFound, GatewayUnavailable.
    """
    return await asking.ask(ports, await payments.find(account_id, payment_id))


def _is_stranded(ports: Ports, live: Payment) -> bool:
    """Whether the page of a live attempt is at a gateway that is down, while another one is up.
    Who came back from that page has probably paid on it, and is not led to a second one."""
    if live.status is not PaymentStatus.PENDING or live.returned_at is not None:
        return False
    if not _gateway_is_down(ports, live):
        return False
    return ports.alternative_to(live.gateway, live.quote.charged.currency) is not None


def _gateway_is_down(ports: Ports, payment: Payment) -> bool:
    try:
        return ports.gateway_named(payment.gateway).is_down
    except GatewayRefused:
        return True


async def _opened(ports: Ports, payment: Payment, request: CheckoutRequest) -> Payment:
    """The attempt with its page. Where its gateway does not answer, and nobody has a page of it
    yet, the attempt moves to another gateway that does.

    Raises:
        GatewayUnavailable, GatewayRefused.
    """
    try:
        opened = await pages.open_page(ports, payment)
    except GatewayUnavailable:
        currency = payment.quote.charged.currency
        if ports.alternative_to(payment.gateway, currency) is None:
            raise
        opened = await _begin(ports, payment.account_id, request, None, instead_of=payment)
    # Another request may have moved it while the gateway was asked.
    latest = await payments.latest(payment.account_id, opened.id)
    return await pages.open_page(ports, latest)


async def _live_attempt(
    ports: Ports, account_id: UUID, request: CheckoutRequest
) -> tuple[Payment | None, bool]:
    """The live attempt for exactly these invoices, after asking the gateway whether it still is;
    or, with True, one for any of them that is stranded, once all that are left are.

    Raises:
        InvoiceNotPayable: the page of another attempt could not be closed.
    """
    while found := await payments.all_live_for(account_id, request.invoice_ids):
        live = next((one for one in found if not _is_stranded(ports, one)), found[0])
        live = await _checked(ports, live)
        if live.status in MONEY_ON_ITS_WAY:
            return None, False
        if live.status is PaymentStatus.PENDING:
            if _is_stranded(ports, live):
                return live, True
            if await _serves(ports, live, request):
                return live, False
            closed = await closing.close_live(ports, live, Witness(Source.PAYER))
            if closed.status is PaymentStatus.PENDING:
                raise InvoiceNotPayable(request.invoice_ids[0], "A page to pay it is open already.")
    return None, False


async def _checked(ports: Ports, live: Payment) -> Payment:
    try:
        return await closing.asked(ports, live, Witness(Source.PAYER))
    except GatewayUnavailable:
        log.warning("live_attempt_not_checked", payment=str(live.id))
        return live


async def _is_for(live: Payment, request: CheckoutRequest) -> bool:
    parts = await payments.allocations(live.account_id, [live.id])
    return {part.invoice_id for part in parts} == set(request.invoice_ids)


async def _serves(ports: Ports, live: Payment, request: CheckoutRequest) -> bool:
    """Whether its page may be shown for a request: for these invoices, and for what is due now."""
    if not await _is_for(live, request) or not _is_shared(ports, live, request):
        return False
    return not await pages.is_outdated(live)


def _is_shared(ports: Ports, live: Payment, request: CheckoutRequest) -> bool:
    """Whether a live attempt serves a request: it leads back there, or another takes its place."""
    is_own = not request.alone or live.success_url == request.success_url
    return is_own or _is_stranded(ports, live)


async def _begin(
    ports: Ports,
    account_id: UUID,
    request: CheckoutRequest,
    use: idempotency.KeyUse | None,
    *,
    instead_of: Payment | None = None,
) -> Payment:
    """Store a new attempt; with `instead_of` in the place of one that is stranded, for the same
    amount at the same quote. The client's key then leads on from that one."""
    account = await accounts.find(account_id)
    wanted = await _payable(account_id, request)
    new = await _new_payment(ports, account, wanted, request, instead_of=instead_of)
    at = ports.clock()
    try:
        async with transaction(ports.bus):
            await accounts.lock(account_id)
            if request.alone:
                await refusals.check(account_id, wanted[0].id, request.success_url, at=at)
            kept = await idempotency.keep(account_id, use, new.id, at=at) if use else new.id
            if kept != new.id:
                raise _AnsweredBefore(kept)
            if instead_of is not None:
                await payment_checks.hold_returns(account_id, request.invoice_ids)
            again = await _payable(account_id, request)
            if [one.version for one in again] != [one.version for one in wanted]:
                raise InvoiceNotPayable(wanted[0].id, "It changed a moment ago. Try again.")
            if instead_of is not None:
                await _supersede(ports, instead_of, new.id)
                await _supersede_stranded(ports, account_id, request, new.id)
            await payments.create(new, at=at)
            pending = PaymentStatusChanged(new.id, PaymentStatus.PENDING, None)
            await events.record(account_id, pending, at=at)
            begun = Evidence(
                Fact.ATTEMPT_STARTED, Witness(Source.PAYER), expected=new.quote.charged
            )
            await evidence.add(account_id, begun, at=at, payment_id=new.id)
    except LiveAttemptExists:
        return await _winner(account_id, request, use, ports)
    return await payments.find(account_id, new.id)


async def _supersede(ports: Ports, payment: Payment, by: UUID) -> None:
    """Cancel an attempt in favour of another. Its page may come back to life with its gateway: it
    is looked up until it is closed, and money on it is taken and given back.

    Raises:
        LiveAttemptExists: another request was quicker to replace it.
        InvoiceNotPayable: it moved on a moment ago.
    """
    current = await payments.find(payment.account_id, payment.id)
    if current.superseded_by is not None:
        raise LiveAttemptExists
    if current.status is not PaymentStatus.PENDING:
        parts = await payments.allocations(payment.account_id, [payment.id])
        raise InvoiceNotPayable(parts[0].invoice_id, "It changed a moment ago. Try again.")
    await pages.supersede(ports, current, by)


async def _supersede_stranded(
    ports: Ports, account_id: UUID, request: CheckoutRequest, by: UUID
) -> None:
    """Cancel what else is stranded: invoices that are paid together may each have had a page."""
    for live in await payments.all_live_for(account_id, request.invoice_ids):
        if _is_stranded(ports, live):
            await _supersede(ports, live, by)


async def _winner(
    account_id: UUID, request: CheckoutRequest, use: idempotency.KeyUse | None, ports: Ports
) -> Payment:
    """The attempt that was quicker than ours; ours was rolled back."""
    live = await payments.live_for(account_id, request.invoice_ids)
    if live is None or not await _is_for(live, request) or not _is_shared(ports, live, request):
        raise InvoiceNotPayable(request.invoice_ids[0], "It changed a moment ago. Try again.")
    if use is None:
        return live
    kept = await idempotency.keep(account_id, use, live.id, at=ports.clock())
    raise _AnsweredBefore(kept)


async def _payable(account_id: UUID, request: CheckoutRequest) -> list[Invoice]:
    found = {one.id: one for one in await invoices.find_many(account_id, request.invoice_ids)}
    if len(found) != len(set(request.invoice_ids)):
        raise NotFound("invoice")
    wanted = [found[invoice_id] for invoice_id in sorted(found)]
    for invoice in wanted:
        if request.invoice_version not in (None, invoice.version):
            raise InvoiceNotPayable(invoice.id, "It has changed.")
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
    ports: Ports,
    account: Account,
    wanted: list[Invoice],
    request: CheckoutRequest,
    *,
    instead_of: Payment | None,
) -> NewPayment:
    at = ports.clock()
    payment_id = new_id()
    expires_at = (at + ports.policy.checkout_lifetime).replace(microsecond=0)
    parts = tuple(
        Allocation(payment_id, one.id, Money(one.due_minor, one.currency)) for one in wanted
    )
    amount = total([part.amount for part in parts], wanted[0].currency)
    quote = (
        replace(instead_of.quote, valid_until=expires_at)
        if instead_of and instead_of.amount == amount
        else await quotes.price(
            ports,
            amount,
            account.charge_currency,
            on=local_day(at, ports.seller.time_zone),
            valid_until=expires_at,
        )
    )
    currency = quote.charged.currency
    elsewhere = ports.alternative_to(instead_of.gateway, currency) if instead_of else None
    gateway = elsewhere or ports.gateway_for(currency)
    if quote.charged.minor_units <= 0:
        raise InvoiceNotPayable(wanted[0].id, "The amount is too small to be charged.")
    return NewPayment(
        id=payment_id,
        account_id=account.id,
        amount=amount,
        quote=quote,
        allocations=parts,
        gateway=gateway.name,
        live_mode=gateway.live_mode,
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
        if not may_return_to(url, ports.policy.all_return_origins):
            issues.append(
                InputIssue((name,), "ORIGIN_NOT_ALLOWED", "Returning to this URL is not allowed.")
            )
    if issues:
        raise InvalidInput(issues)
