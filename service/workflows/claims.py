"""A customer says "I have paid this": the gateways are searched. One safe match settles it; else a
case is opened with what was found, for a person to decide."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import structlog

from service.billing.errors import GatewayRefused, GatewayUnavailable, InvalidInput, NotFound
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.invoice import InvoiceStatus
from service.billing.ledger import proportional
from service.billing.money import Money
from service.billing.payment import LIVE, PaymentStatus
from service.billing.support import CaseReason, CaseStatus
from service.billing.text import clean_line
from service.gateway import Gateway, GatewayPayment, PaymentSearch
from service.ports import Ports
from service.store import (
    accounts,
    cases,
    evidence,
    idempotency,
    invoices,
    payment_checks,
    payments,
    queue,
)
from service.store.cases import NewCase
from service.store.database import transaction
from service.store.idempotency import KeyUse
from service.store.money_records import SupportCase
from service.store.payment_pages import page_of_invoice
from service.store.records import Invoice, Payment
from service.workflows import capture
from service.workflows.asking import ASKED_LATELY
from service.workflows.cases import open_case

log = structlog.get_logger(__name__)

ATTEMPTS_ASKED_ABOUT = 20
# How long a customer is kept waiting; what is not done by then, a job does.
_ASKING = timedelta(seconds=5)
_SEARCHING_S = 5.0
# An attempt that has ended is not asked about again for so long, one that is live for a moment.
_ENDED_ASKED_LATELY = timedelta(minutes=1)
_AROUND = timedelta(days=3)
_LONGEST_AGO = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a customer says. `reference` and `paid_on` help a person to find it."""

    invoice_number: str
    reference: str | None
    paid_on: date | None
    claimed_by: str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a claim: a settling payment, or a case with so many candidates."""

    invoice: Invoice
    payment: Payment | None
    case: SupportCase | None
    candidates: int


async def claim(ports: Ports, account_id: UUID, said: Claim) -> Outcome:
    """Find the payment that a customer speaks of. Repeating a claim asks the gateway again, though
    not about what it answered a moment ago, and never opens a second case, also when the first one
    is closed. With a gateway that takes long the case is opened, and a job searches on.

    Raises:
        NotFound: the account has no invoice of this number.
        InvalidInput: a reference of more than one line, or a day ahead of now or too long ago.
        GatewayUnavailable: no gateway answers; nothing changed.
        IdempotencyConflict.
    """
    reference = _check(ports, said)
    invoice = await invoices.find_by_number(account_id, said.invoice_number)
    use = idempotency.key_use(
        said.idempotency_key, "claimPaid", str(invoice.id), reference or "", str(said.paid_on)
    )
    known = await idempotency.result_of(account_id, use)
    own = await _settle_own(ports, invoice, said, until=ports.clock() + _ASKING)
    if own.outcome is not None:
        return own.outcome
    case: SupportCase | None
    if known is not None:
        case = await cases.find(account_id, known)
        if not own.were_all_asked:
            await _have_searched(case, said)
    else:
        found = await _search_in_time(ports, invoice, said) if own.were_all_asked else None
        case = await _put_in_case(ports, invoice, said, reference, found, use)
    if case is None:
        return await _settled(invoice)
    listed = await cases.candidates(account_id, case.id)
    return Outcome(await invoices.find(account_id, invoice.id), None, case, len(listed))


def _check(ports: Ports, said: Claim) -> str | None:
    if said.paid_on is not None and said.paid_on > ports.clock().date() + timedelta(days=1):
        raise InvalidInput.one("paidOn", "IN_FUTURE", "It was paid before now.")
    if said.paid_on is not None and said.paid_on < (ports.clock() - _LONGEST_AGO).date():
        raise InvalidInput.one("paidOn", "TOO_OLD", f"At most {_LONGEST_AGO.days} days ago.")
    if not said.reference:
        return None
    cleaned = clean_line(said.reference, longest=200)
    if not cleaned:
        raise InvalidInput.one("reference", "INVALID", "A reference is one line of 200 letters.")
    return cleaned


@dataclass(frozen=True, slots=True)
class _Own:
    """What came of asking about our own attempts: an outcome if the invoice is paid, and whether
    there was time for all of them."""

    outcome: Outcome | None
    were_all_asked: bool


async def _settle_own(
    ports: Ports, invoice: Invoice, said: Claim, *, until: datetime | None = None
) -> _Own:
    """Ask about every attempt of ours to pay the invoice, or as many as there is time for: the one
    safe match is one that carries our own id, amount and currency, which `settle` checks.

    Raises:
        GatewayUnavailable: none of the gateways answers.
    """
    witness = Witness(Source.PAYER, said.claimed_by)
    listed = await page_of_invoice(invoice.account_id, invoice.id, size=ATTEMPTS_ASKED_ABOUT)
    silent: set[str] = set()
    were_all_asked = True
    for payment in listed.payments:
        if until is not None and ports.clock() > until:
            log.warning("claim_asked_later", invoice=str(invoice.id))
            were_all_asked = False
            break
        if payment.gateway not in silent and await _is_to_ask(ports, payment):
            try:
                await capture.settle(ports, payment.account_id, payment.id, witness)
            except GatewayRefused:
                log.info("claimed_attempt_unknown", payment=str(payment.id))
            except GatewayUnavailable:
                silent.add(payment.gateway)
                await payment_checks.give_turn_back(payment)
    now = await invoices.find(invoice.account_id, invoice.id)
    if now.status is InvoiceStatus.PAID:
        return _Own(await _settled(now), were_all_asked)
    if silent.issuperset(gateway.name for gateway in ports.gateways):
        raise GatewayUnavailable
    return _Own(None, were_all_asked)


async def _is_to_ask(ports: Ports, payment: Payment) -> bool:
    if payment.status is PaymentStatus.CAPTURED:
        return False
    lasts = ASKED_LATELY if payment.status in LIVE else _ENDED_ASKED_LATELY
    return await payment_checks.take_turn(payment, at=ports.clock(), lasts=lasts, returning=False)


async def search_on(
    ports: Ports, account_id: UUID, case_id: UUID, paid_on: date | None, claimed_by: str = ""
) -> None:
    """The job of a claim that took too long: ask about all our attempts, for as long as it takes,
    and settle it, or add the candidates to its case. Without `claimed_by`, which jobs of earlier
    releases do not tell, it is the claim that opened the case. Safe to repeat.

    Raises:
        GatewayUnavailable: the job is tried again later.
    """
    case = await cases.find(account_id, case_id)
    if case.status is not CaseStatus.OPEN or case.invoice_id is None:
        return
    invoice = await invoices.find(account_id, case.invoice_id)
    said = Claim(invoice.number or "", None, paid_on, claimed_by or case.opened_by, "")
    if (await _settle_own(ports, invoice, said)).outcome is not None:
        return
    found = await _search(ports, invoice, said)
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        if (await cases.find(account_id, case_id)).status is CaseStatus.OPEN:
            for gateway, one in found:
                await cases.add_candidate(account_id, case_id, gateway.name, one)


async def _settled(invoice: Invoice) -> Outcome:
    """A paid invoice with the newest payment that was captured for it."""
    now = await invoices.find(invoice.account_id, invoice.id)
    listed = await page_of_invoice(invoice.account_id, invoice.id, size=ATTEMPTS_ASKED_ABOUT)
    captured = [one for one in listed.payments if one.status is PaymentStatus.CAPTURED]
    return Outcome(now, captured[0] if captured else None, None, 0)


async def _search_in_time(
    ports: Ports, invoice: Invoice, said: Claim
) -> list[tuple[Gateway, GatewayPayment]] | None:
    """What was found; None when it took too long.

    Raises:
        GatewayUnavailable: none of the gateways answers.
    """
    try:
        async with asyncio.timeout(_SEARCHING_S):
            return await _search(ports, invoice, said)
    except TimeoutError:
        log.warning("claim_searched_later", invoice=str(invoice.id))
        return None


async def _search(
    ports: Ports, invoice: Invoice, said: Claim
) -> list[tuple[Gateway, GatewayPayment]]:
    """Payments at the gateways that no payment of ours accounts for, and that could be this one.

    Raises:
        GatewayUnavailable: none of the gateways answers.
    """
    search = await _search_for(ports, invoice, said)
    found: list[tuple[Gateway, GatewayPayment]] = []
    silent = 0
    for gateway in ports.gateways:
        try:
            found += [(gateway, one) for one in await gateway.find_payments(search)]
        except (GatewayUnavailable, GatewayRefused):
            silent += 1
    if silent == len(ports.gateways):
        raise GatewayUnavailable
    return [(gateway, one) for gateway, one in found if await _is_free(invoice, gateway, one)]


async def _search_for(ports: Ports, invoice: Invoice, said: Claim) -> PaymentSearch:
    """By its time, and by who paid or how much: somebody else may have paid for the customer, or
    another amount than is due. Who paid is who claims it, as their token says: the account's own
    address can be changed by its members, to that of whose payment they would like to have."""
    listed = await page_of_invoice(invoice.account_id, invoice.id, size=ATTEMPTS_ASKED_ABOUT)
    due = Money(invoice.total_minor - invoice.paid_minor, invoice.currency)
    since, until = _span(ports, invoice, said)
    return PaymentSearch(
        since,
        until,
        amounts=frozenset({due, *(payment.quote.charged for payment in listed.payments)}),
        payer_emails=frozenset({said.claimed_by}),
        payment_ids=frozenset(payment.id for payment in listed.payments),
    )


def _span(ports: Ports, invoice: Invoice, said: Claim) -> tuple[datetime, datetime]:
    now = ports.clock()
    if said.paid_on is not None:
        day = datetime.combine(said.paid_on, time(12), UTC)
        return day - _AROUND, min(day + _AROUND, now)
    return max(invoice.created_at, now - _LONGEST_AGO), now


async def _is_free(invoice: Invoice, gateway: Gateway, found: GatewayPayment) -> bool:
    """Whether a gateway's payment is there and nobody's yet: not given back, not booked, and not
    another account's."""
    if found.given_back or found.live_mode != gateway.live_mode:
        return False
    known = await payments.id_of_transaction(gateway.name, found.transaction)
    if known is None and found.payment_id is None:
        return True
    try:
        owner = await payments.owner_of(known or found.payment_id or invoice.id)
    except NotFound:
        return True
    if owner != invoice.account_id:
        return False
    payment = await payments.find(owner, known or found.payment_id or invoice.id)
    return payment.status is not PaymentStatus.CAPTURED


async def _put_in_case(
    ports: Ports,
    invoice: Invoice,
    said: Claim,
    reference: str | None,
    found: Sequence[tuple[Gateway, GatewayPayment]] | None,
    use: KeyUse,
) -> SupportCase | None:
    """The open case of a claim, with what was found; None when the invoice was paid while the
    gateways were searched: then nothing is opened or noted."""
    account_id, at = invoice.account_id, ports.clock()
    witness = Witness(Source.PAYER, said.claimed_by)
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        now = await invoices.find(account_id, invoice.id)
        if now.status is InvoiceStatus.PAID:
            return None
        claimed = Evidence(Fact.CLAIMED, witness, reference)
        await evidence.add_claim(account_id, invoice.id, claimed, at=at)
        case = await _open_claim(account_id, invoice.id)
        if case is None:
            new = NewCase(
                account_id=account_id,
                reason=CaseReason.CLAIM,
                opened_by=said.claimed_by,
                invoice_id=invoice.id,
                note=_note(reference, said.paid_on),
            )
            await open_case(ports, new, witness)
            case = await _open_claim(account_id, invoice.id)
        if case is None:
            raise NotFound("support case")
        for gateway, one in found or ():
            await cases.add_candidate(account_id, case.id, gateway.name, one)
        if found is None:
            await _have_searched(case, said)
        await idempotency.keep(account_id, use, case.id, at=at)
    return case


async def _have_searched(case: SupportCase, said: Claim) -> None:
    """A case has one job for each person and day that are claimed: they lead to other payments."""
    day = said.paid_on.isoformat() if said.paid_on else ""
    await queue.enqueue(
        "search_claim",
        key=f"claim:{case.id}:{day}:{said.claimed_by}",
        account_id=str(case.account_id),
        case_id=str(case.id),
        paid_on=day,
        claimed_by=said.claimed_by,
    )


def _note(reference: str | None, paid_on: date | None) -> str | None:
    said = [reference or "", f"paid on {paid_on}" if paid_on else ""]
    return ", ".join(part for part in said if part) or None


async def _open_claim(account_id: UUID, invoice_id: UUID) -> SupportCase | None:
    about = await cases.open_about(account_id, invoice_ids=[invoice_id])
    return next((case for case in about if case.reason is CaseReason.CLAIM), None)


def part_of(candidate: Money, invoice: Invoice, quote_rate_from: Payment | None) -> Money:
    """What a candidate's amount is in the invoice's currency: its own, or at the rate of the
    attempt that it was made for.

    Raises:
        InvalidInput: it is in another currency, and no attempt of ours fixed a rate; or it is less
            than half a minor unit.
    """
    part = _converted(candidate, invoice, quote_rate_from)
    if part.minor_units == 0:
        raise InvalidInput.one("candidateId", "TOO_LITTLE", "It is worth nothing on the invoice.")
    return part


def _converted(candidate: Money, invoice: Invoice, quote_rate_from: Payment | None) -> Money:
    if candidate.currency == invoice.currency:
        return candidate
    if quote_rate_from and quote_rate_from.quote.charged.currency == candidate.currency:
        nothing = Money(0, candidate.currency)
        return proportional(
            quote_rate_from.amount, nothing, candidate, quote_rate_from.quote.charged
        )
    raise InvalidInput.one(
        "candidateId",
        "OTHER_CURRENCY",
        "It is in another currency than the invoice, without a rate: record it by hand.",
    )
