"""Links that pay one invoice once: for guests, and for when the gateway does not answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.billing.errors import GatewayUnavailable, InvalidInput, InvoiceNotPayable, NotFound
from service.billing.events import PaymentLinkChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.invoice import is_payable
from service.billing.money import Money
from service.billing.payment import PaymentStatus
from service.billing.support import LinkState
from service.ports import Ports, ReturnClaim
from service.store import accounts, events, evidence, idempotency, invoices, payment_links, payments
from service.store.database import new_id, transaction
from service.store.money_records import PaymentLink
from service.store.records import Invoice, Payment
from service.workflows import checkout, pages, refusals
from service.workflows.checkout import CheckoutRequest, Started

TOKEN_BYTES = 32  # 256 bits
LONGEST = timedelta(days=30)
REPEAT_LASTS = timedelta(seconds=60)
RETURN_LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link and the URL that opens it. The URL is shown once: only its hash is kept, so that a
    repeat of the request answers the link without it."""

    link: PaymentLink
    url: str | None


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What is asked for, by whom; without `lifetime` the policy's."""

    invoice_id: UUID
    created_by: str
    idempotency_key: str
    lifetime: timedelta | None = None
    source: Source = Source.STAFF


async def create(ports: Ports, account_id: UUID, wanted: LinkRequest) -> NewLink:
    """Make a link that pays what is due on an invoice now, once per key.

    Raises:
        NotFound: the account has no such invoice.
        InvoiceNotPayable: nothing can be paid on it now.
        InvalidInput: it would live longer than 30 days, or not at all.
        IdempotencyConflict.
    """
    lifetime = wanted.lifetime
    if lifetime is None:
        lifetime = ports.policy.payment_link_lifetime
    if not timedelta(0) < lifetime <= LONGEST:
        raise InvalidInput.one("expiresInHours", "RANGE", "A link lives 1 to 720 hours.")
    use = idempotency.key_use(
        wanted.idempotency_key, "createPaymentLink", str(wanted.invoice_id), str(wanted.lifetime)
    )
    known = await idempotency.result_of(account_id, use)
    if known is not None:
        return NewLink(await payment_links.find(account_id, known), None)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        invoice = await _payable(account_id, wanted.invoice_id)
        link = _new(ports, invoice, wanted, lifetime)
        kept = await idempotency.keep(account_id, use, link.id, at=link.created_at)
        if kept == link.id:
            await payment_links.create(link, token)
            await _report(ports, link, Fact.LINK_CREATED, Witness(wanted.source, wanted.created_by))
    if kept != link.id:
        return NewLink(await payment_links.find(account_id, kept), None)
    return NewLink(link, url_of(ports, token))


def _new(ports: Ports, invoice: Invoice, wanted: LinkRequest, lifetime: timedelta) -> PaymentLink:
    at = ports.clock()
    return PaymentLink(
        id=new_id(),
        account_id=invoice.account_id,
        invoice_id=invoice.id,
        amount=Money(invoice.due_minor, invoice.currency),
        invoice_version=invoice.version,
        created_by=wanted.created_by,
        created_at=at,
        expires_at=at + lifetime,
        used_at=None,
        payment_id=None,
        revoked_at=None,
    )


def url_of(ports: Ports, token: str) -> str:
    """Where a link leads."""
    return f"{ports.policy.base_url}/pay/{token}"


async def revoke(ports: Ports, account_id: UUID, link_id: UUID, *, by: str) -> PaymentLink:
    """End a link, and the page that it opened unless that was paid on; ending it again changes
    nothing.

    Raises:
        NotFound: the account has no such link.
    """
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        link = await payment_links.find(account_id, link_id)
        if link.revoked_at is None:
            await payment_links.revoke(account_id, link_id, at=ports.clock())
            await _report(ports, link, Fact.LINK_REVOKED, Witness(Source.STAFF, by))
            live = await payments.live_for(account_id, [link.invoice_id])
            if live is not None and live.success_url == return_url_of(ports, link):
                await pages.have_closed(live)
    return await payment_links.find(account_id, link_id)


async def opened_by(ports: Ports, token: str) -> tuple[PaymentLink, Invoice]:
    """What a token would pay. Looking uses nothing up.

    Raises:
        NotFound: wrong, used, expired, revoked or dead: the answer is the same.
    """
    return await _opened(ports, await _found(token))


async def _opened(ports: Ports, link: PaymentLink) -> tuple[PaymentLink, Invoice]:
    # The invoice is read last: what the link tells by itself takes as long as a token of nobody.
    if _own_state(link, at=ports.clock()) is not LinkState.OPEN:
        raise NotFound("payment link")
    invoice = await invoices.find(link.account_id, link.invoice_id)
    if state_of(link, invoice, at=ports.clock()) is not LinkState.OPEN:
        raise NotFound("payment link")
    return link, invoice


async def _found(token: str) -> PaymentLink:
    link = await payment_links.by_token(token)
    if link is None:
        raise NotFound("payment link")
    return link


def state_of(link: PaymentLink, invoice: Invoice, *, at: datetime) -> LinkState:
    """Where a link stands. It dies when its invoice changes in any way that counts."""
    own = _own_state(link, at=at)
    if own is not LinkState.OPEN:
        return own
    due = Money(invoice.due_minor, invoice.currency)
    payable = is_payable(
        invoice.status, due_minor=invoice.due_minor, live_payment=invoice.live_payment
    )
    same = payable and due == link.amount and invoice.version == link.invoice_version
    return LinkState.OPEN if same else LinkState.SETTLED


def _own_state(link: PaymentLink, *, at: datetime) -> LinkState:
    """What the link alone tells, whatever became of its invoice."""
    if link.revoked_at is not None:
        return LinkState.REVOKED
    if link.used_at is not None:
        return LinkState.USED
    return LinkState.EXPIRED if at >= link.expires_at else LinkState.OPEN


async def follow(ports: Ports, token: str) -> Started:
    """Use a link: open a fresh checkout through whichever gateway is up, which leads back to a page
    of our own. Somebody else's open page for the invoice is closed.

    A gateway that does not answer uses nothing up: the next click asks for the page of the same
    attempt. Nor does one that refuses: clicks within `refusals.REFUSAL_LASTS` are told the same and
    make no attempt. After a crash before the use was stored the payer's next click finds the same
    attempt by where it leads back to. A second click within `REPEAT_LASTS` answers the page of the
    first. That is no second use: nothing new is opened, and the page takes money once.

    Raises:
        NotFound: wrong, used, expired, revoked or dead: the answer is the same.
        InvoiceNotPayable: somebody is paying the invoice at this moment; nothing was used up.
        GatewayUnavailable, ExchangeRateUnavailable, GatewayRefused.
    """
    link = await _found(token)
    if _is_repeat(link, at=ports.clock()):
        return await _first_answer(ports, link)
    await _opened(ports, link)
    try:
        started = await checkout.start(ports, link.account_id, await _request(ports, link))
    except InvoiceNotPayable:
        await opened_by(ports, token)
        raise
    if not _can_be_shown(started.payment, at=ports.clock()):
        raise refusals.of(started.payment) or GatewayUnavailable()
    await _use(ports, link, started)
    return started


async def _request(ports: Ports, link: PaymentLink) -> CheckoutRequest:
    account = await accounts.find(link.account_id)
    back = return_url_of(ports, link)
    return CheckoutRequest(
        invoice_ids=(link.invoice_id,),
        idempotency_key=f"payment-link:{new_id()}",
        success_url=back,
        cancel_url=f"{back}?left=1",
        payer_email=account.email,
        invoice_version=link.invoice_version,
        alone=True,
    )


def return_url_of(ports: Ports, link: PaymentLink) -> str:
    """Where a gateway sends a link's payer back to, always the same for one link."""
    until = link.expires_at + ports.policy.slow_method_deadline + RETURN_LASTS
    claim = ReturnClaim(link.account_id, link.id)
    return f"{ports.policy.base_url}/pay/return/{ports.links.sign_return(claim, until=until)}"


def _is_repeat(link: PaymentLink, *, at: datetime) -> bool:
    """Whether a link was used a moment ago, as by the first click of two."""
    if link.used_at is None or link.revoked_at is not None:
        return False
    return at < link.used_at + REPEAT_LASTS


async def _first_answer(ports: Ports, link: PaymentLink) -> Started:
    if link.payment_id is None:
        raise NotFound("payment link")
    payment = await attempt_of(link.account_id, link.payment_id)
    if not _can_be_shown(payment, at=ports.clock()):
        raise NotFound("payment link")
    return Started(payment, replayed=True)


async def attempt_of(account_id: UUID, payment_id: UUID) -> Payment:
    """The attempt that a link was used for, or the one that took its place for the same payer. It
    may have made way for somebody else's, too, which is none of theirs.

    Raises:
        NotFound.
    """
    payment = await payments.find(account_id, payment_id)
    while payment.superseded_by is not None and payment.status is not PaymentStatus.CAPTURED:
        successor = await payments.find(account_id, payment.superseded_by)
        if successor.success_url != payment.success_url:
            break
        payment = successor
    return payment


def _can_be_shown(payment: Payment, *, at: datetime) -> bool:
    """Whether an attempt has a page that may still be paid on."""
    pending = payment.status is PaymentStatus.PENDING
    return pending and payment.page_url is not None and at < payment.expires_at


async def _use(ports: Ports, link: PaymentLink, started: Started) -> None:
    async with transaction(ports.bus):
        await accounts.lock(link.account_id)
        at = ports.clock()
        current = await payment_links.find(link.account_id, link.id)
        if _is_repeat(current, at=at) and current.payment_id == started.payment.id:
            return
        invoice = await invoices.find(link.account_id, link.invoice_id)
        is_open = state_of(current, invoice, at=at) is LinkState.OPEN
        if not is_open or not await payment_links.use(link, started.payment.id, at=at):
            raise NotFound("payment link")
        await _report(ports, link, Fact.LINK_USED, Witness(Source.PAYER))


async def _payable(account_id: UUID, invoice_id: UUID) -> Invoice:
    invoice = await invoices.find(account_id, invoice_id)
    if not is_payable(
        invoice.status, due_minor=invoice.due_minor, live_payment=invoice.live_payment
    ):
        raise InvoiceNotPayable(invoice.id, "Nothing can be paid on it now.")
    return invoice


async def _report(ports: Ports, link: PaymentLink, fact: Fact, witness: Witness) -> None:
    at = ports.clock()
    changed = PaymentLinkChanged(link.id, link.invoice_id)
    await events.record(link.account_id, changed, at=at)
    told = Evidence(fact, witness, amount=link.amount)
    await evidence.add(link.account_id, told, at=at, invoice_id=link.invoice_id)
