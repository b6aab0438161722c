"""The seller's staff decides that a payment found at a gateway is the one that was claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from service.billing.errors import (
    GatewayRefused,
    GatewayUnavailable,
    InvalidInput,
    InvoiceNotPayable,
    NotFound,
)
from service.billing.events import PaymentStatusChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.invoice import MONEY_ON_ITS_WAY
from service.billing.money import Money
from service.billing.payment import PaymentStatus, Quote
from service.billing.period import local_day
from service.billing.support import CaseReason, CaseStatus
from service.billing.text import clean_line
from service.gateway import GatewayPayment
from service.ports import Ports
from service.store import accounts, cases, events, evidence, invoices, payments, queue
from service.store.database import new_id, transaction
from service.store.money_records import Candidate, SupportCase
from service.store.payments import NewReceived, ReferenceKnown
from service.store.records import Allocation, Invoice, Payment
from service.workflows import (
    aftermath,
    booking,
    candidates,
    capture,
    quotes,
    receipts,
    reports,
    standing,
)
from service.workflows.booking import TAKES_MONEY
from service.workflows.candidates import Whereabouts, whereabouts_of
from service.workflows.cases import close
from service.workflows.claims import part_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which candidate settles a case, by whom, and why."""

    case_id: UUID
    candidate_id: UUID
    resolution: str
    decided_by: str


async def settle_with(ports: Ports, account_id: UUID, decided: Decision) -> Payment:
    """Put a candidate on the invoice that its case is about, and close the case, unless that is
    about other money, too. What is beyond what is due goes back to the payer. An attempt that it
    was made for ends, unless it is captured by itself when the gateway is asked about it now.

    Raises:
        NotFound: the account has no such case or candidate, or the gateway no such payment.
        InvalidInput: the case is closed, it is not said why, the candidate is booked already, was
            given back, is disputed, is worth nothing, or is in a currency without a rate; or its
            attempt has other money, which is held or under way.
        InvoiceNotPayable: the invoice takes no money.
        GatewayUnavailable, GatewayRefused: no answer; nothing changed.
    """
    resolution = clean_line(decided.resolution, longest=300)
    if not resolution:
        raise InvalidInput.one("resolution", "INVALID", "Say why, in one line.")
    case = await cases.find(account_id, decided.case_id)
    candidate = await _candidate(case, decided.candidate_id)
    invoice_id = await _invoice_of(case)
    witness = Witness(Source.STAFF, decided.decided_by)
    seen = await _still_there(ports, candidate)
    await _ask_about_attempt(ports, candidate, witness)
    try:
        async with transaction(ports.bus):
            await accounts.lock(account_id)
            current = await cases.find(account_id, case.id)
            _check_open(current)
            payment, part, wanted = await _enter(ports, invoice_id, candidate, seen)
            due = _was_due(part, wanted, seen.amount.currency)
            told = Evidence(Fact.SEEN_PAID, witness, resolution, seen.amount, due)
            await evidence.add(account_id, told, at=ports.clock(), payment_id=payment.id)
            # Before the attempt ends and the invoice becomes paid: that closes what is still open.
            if current.reason is CaseReason.CLAIM or not await cases.has_unbooked(current):
                await close(ports, current, resolution, witness, by=decided.decided_by)
            await _end_attempt(ports, candidate, payment)
            await _put_on(ports, payment, part, wanted, seen)
            await _plan_catching_up(payment)
    except ReferenceKnown:
        raise _booked() from None
    return await _caught_up(ports, payment, witness)


def _was_due(part: Allocation, before: Sequence[Invoice], currency: str) -> Money | None:
    """What was due on the invoice of a part, where a payment in a currency can be compared."""
    invoice = next(one for one in before if one.id == part.invoice_id)
    due = Money(invoice.due_minor, invoice.currency)
    return due if due.currency == currency else None


def _booked() -> InvalidInput:
    return InvalidInput.one("candidateId", "BOOKED", "This payment is booked.")


async def _plan_catching_up(payment: Payment) -> None:
    """Refunds and disputes from before the booking brought their notices to nobody."""
    await queue.enqueue(
        "catch_up",
        key=f"catch_up:{payment.id}",
        account_id=str(payment.account_id),
        payment_id=str(payment.id),
    )


async def _caught_up(ports: Ports, payment: Payment, witness: Witness) -> Payment:
    try:
        return await aftermath.catch_up(ports, payment, witness)
    except (GatewayUnavailable, GatewayRefused):
        log.info("catching_up_is_left_to_its_job", payment=str(payment.id))
        return await payments.find(payment.account_id, payment.id)


async def _candidate(case: SupportCase, candidate_id: UUID) -> Candidate:
    _check_open(case)
    for candidate in await cases.candidates(case.account_id, case.id):
        if candidate.id == candidate_id:
            return candidate
    raise NotFound("candidate")


async def _invoice_of(case: SupportCase) -> UUID:
    """The invoice that a case is about, by itself or by its payment.

    Raises:
        InvalidInput: it is about several.
    """
    if case.invoice_id is not None:
        return case.invoice_id
    about = [case.payment_id] if case.payment_id else []
    parts = await payments.allocations(case.account_id, about)
    if len(parts) != 1:
        raise InvalidInput.one("supportCaseId", "NO_CLAIM", "The case is about several invoices.")
    return parts[0].invoice_id


def _check_open(case: SupportCase) -> None:
    if case.status is not CaseStatus.OPEN:
        raise InvalidInput.one("supportCaseId", "CLOSED", "The case is closed.")


async def _still_there(ports: Ports, candidate: Candidate) -> GatewayPayment:
    """The payment as the gateway's list has it now."""
    found = await candidates.find(ports, candidate)
    if found is None:
        raise NotFound("payment at the gateway")
    gateway = ports.gateway_named(candidate.gateway)
    if await whereabouts_of(gateway, found) is not Whereabouts.HERE:
        raise InvalidInput.one("candidateId", "GIVEN_BACK", "It was given back, or is disputed.")
    return found


async def _ask_about_attempt(ports: Ports, candidate: Candidate, witness: Witness) -> None:
    """Let an attempt of ours take its own money, if its notice is only late.

    Raises:
        InvalidInput: it did.
        GatewayUnavailable.
    """
    attempt = await _attempt_of(candidate)
    if attempt is None:
        return
    try:
        await capture.settle(ports, attempt.account_id, attempt.id, witness)
    except GatewayRefused:
        log.info("claimed_attempt_unknown", payment=str(attempt.id))
    if await payments.is_captured(candidate.gateway, candidate.transaction):
        raise _booked()


async def _enter(
    ports: Ports, invoice_id: UUID, candidate: Candidate, seen: GatewayPayment
) -> tuple[Payment, Allocation, list[Invoice]]:
    """Store a candidate as a payment in place of its attempt, with its part of the invoice, and
    the invoices as they stood before."""
    account_id = candidate.account_id
    invoice = await invoices.find(account_id, invoice_id)
    if invoice.status not in TAKES_MONEY or invoice.total_minor <= invoice.paid_minor:
        raise InvoiceNotPayable(invoice.id, "Nothing is due on it.")
    attempt = await _attempt_of(candidate)
    _check_free(attempt, candidate)
    part = Allocation(new_id(), invoice.id, part_of(seen.amount, invoice, attempt))
    account = await accounts.find(account_id)
    at = ports.clock()
    new = NewReceived(
        account_id=account_id,
        amount=part.amount,
        quote=_quote(ports, part.amount, seen, attempt),
        allocation=part,
        payer_email=attempt.payer_email if attempt else seen.payer_email or account.email,
        captured_at=seen.captured_at,
        gateway=candidate.gateway,
        transaction=candidate.transaction,
        live_mode=seen.live_mode,
    )
    await payments.create_received(new, at=at)
    payment = await payments.find(account_id, part.payment_id)
    wanted = {invoice.id: invoice}
    if attempt is not None:
        wanted |= {one.id: one for one in await reports.invoices_of(attempt)}
    return payment, part, list(wanted.values())


def _check_free(attempt: Payment | None, candidate: Candidate) -> None:
    """An attempt ends when a candidate takes its place: with other money of its own it must not."""
    if attempt is None or attempt.status not in MONEY_ON_ITS_WAY:
        return
    if attempt.transaction != candidate.transaction:
        raise InvalidInput.one(
            "candidateId", "STILL_HELD", "Other money of its payment is held or under way."
        )


async def _end_attempt(ports: Ports, candidate: Candidate, payment: Payment) -> None:
    attempt = await _attempt_of(candidate)
    if attempt is not None:
        await reports.end_without_money(ports, attempt, payment)


async def _put_on(
    ports: Ports,
    payment: Payment,
    part: Allocation,
    wanted: Sequence[Invoice],
    seen: GatewayPayment,
) -> None:
    await booking.book_capture(
        ports,
        payment,
        [part],
        wanted,
        charged=seen.amount,
        captured_at=seen.captured_at,
        refunded=seen.refunded,
    )
    changed = PaymentStatusChanged(payment.id, PaymentStatus.CAPTURED, None)
    await events.record(payment.account_id, changed, at=ports.clock())
    await standing.refresh(ports, wanted)
    await receipts.plan(ports, payment)


async def _attempt_of(candidate: Candidate) -> Payment | None:
    known = await payments.id_of_transaction(candidate.gateway, candidate.transaction)
    attempt_id = candidate.payment_id or known
    if attempt_id is None:
        return None
    found = await payments.find_many(candidate.account_id, [attempt_id])
    return found[0] if found else None


def _quote(ports: Ports, amount: Money, seen: GatewayPayment, attempt: Payment | None) -> Quote:
    day = local_day(seen.captured_at, ports.seller.time_zone)
    if attempt is None or amount.currency == seen.amount.currency:
        return Quote(quotes.UNCHANGED, quotes.SAME_CURRENCY, day, None, seen.amount)
    former = attempt.quote
    return Quote(former.rate, former.source, former.as_of, None, seen.amount)
