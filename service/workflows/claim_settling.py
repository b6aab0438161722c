"""The seller's staff decides that a payment found at a gateway is the one that was claimed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from service.billing.errors import InvalidInput, InvoiceNotPayable, NotFound
from service.billing.events import PaymentStatusChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.money import Money
from service.billing.payment import PaymentStatus, Quote
from service.billing.period import local_day
from service.billing.support import CaseStatus
from service.billing.text import clean_line
from service.gateway import GatewayPayment, PaymentSearch
from service.ports import Ports
from service.store import accounts, cases, events, evidence, invoices, payments
from service.store.database import new_id, transaction
from service.store.money_records import Candidate, SupportCase
from service.store.payments import NewReceived, ReferenceKnown
from service.store.records import Allocation, Invoice, Payment
from service.workflows import booking, quotes, receipts, standing
from service.workflows.booking import TAKES_MONEY
from service.workflows.cases import close
from service.workflows.claims import part_of


@dataclass(frozen=True, slots=True)
class Decision:
    """Which candidate settles a case, by whom, and why."""

    case_id: UUID
    candidate_id: UUID
    reason: str
    decided_by: str


async def settle_with(ports: Ports, account_id: UUID, decided: Decision) -> Payment:
    """Put a candidate on the invoice that it was claimed for, and close the case. What is beyond
    what is due goes back to the payer.

    Raises:
        NotFound: the account has no such case or candidate, or the gateway no such payment.
        InvalidInput: the case is closed, no reason is given, the candidate is booked already, or
            is in a currency without a rate.
        InvoiceNotPayable: the invoice takes no money.
        GatewayUnavailable: no answer; nothing changed.
    """
    reason = clean_line(decided.reason, longest=300)
    if not reason:
        raise InvalidInput.one("reason", "INVALID", "Say why, in one line.")
    case = await cases.find(account_id, decided.case_id)
    candidate = await _candidate(case, decided.candidate_id)
    seen = await _still_there(ports, candidate)
    try:
        async with transaction(ports.bus):
            await accounts.lock(account_id)
            current = await cases.find(account_id, case.id)
            _check_open(current)
            payment = await _book(ports, case, candidate, seen)
            witness = Witness(Source.OPERATOR, decided.decided_by)
            told = Evidence(Fact.SEEN_PAID, witness, reason, seen.amount, seen.amount)
            await evidence.add(account_id, told, at=ports.clock(), payment_id=payment.id)
            await close(ports, current, reason, witness, by=decided.decided_by)
    except ReferenceKnown:
        raise InvalidInput.one("candidateId", "BOOKED", "This payment is booked.") from None
    return payment


async def _candidate(case: SupportCase, candidate_id: UUID) -> Candidate:
    _check_open(case)
    if case.invoice_id is None:
        raise InvalidInput.one("supportCaseId", "NO_CLAIM", "The case is about no invoice.")
    for candidate in await cases.candidates(case.account_id, case.id):
        if candidate.id == candidate_id:
            return candidate
    raise NotFound("candidate")


def _check_open(case: SupportCase) -> None:
    if case.status is not CaseStatus.OPEN:
        raise InvalidInput.one("supportCaseId", "CLOSED", "The case is closed.")


async def _still_there(ports: Ports, candidate: Candidate) -> GatewayPayment:
    """The payment as the gateway's list has it now."""
    around = candidate.captured_at
    search = PaymentSearch(
        around.replace(microsecond=0), around.replace(microsecond=0), candidate.amount
    )
    for found in await ports.gateway_named(candidate.gateway).find_payments(search):
        if found.transaction == candidate.transaction:
            return found
    raise NotFound("payment at the gateway")


async def _book(
    ports: Ports, case: SupportCase, candidate: Candidate, seen: GatewayPayment
) -> Payment:
    if case.invoice_id is None:
        raise NotFound("invoice")
    invoice = await invoices.find(case.account_id, case.invoice_id)
    if invoice.status not in TAKES_MONEY or invoice.total_minor <= invoice.paid_minor:
        raise InvoiceNotPayable(invoice.id, "Nothing is due on it.")
    attempt = await _attempt_of(candidate)
    part = Allocation(new_id(), invoice.id, part_of(seen.amount, invoice, attempt))
    account = await accounts.find(case.account_id)
    at = ports.clock()
    new = NewReceived(
        account_id=case.account_id,
        amount=part.amount,
        quote=_quote(ports, part.amount, seen, attempt),
        allocation=part,
        payer_email=seen.payer_email or account.email,
        captured_at=seen.captured_at,
        gateway=candidate.gateway,
        transaction=candidate.transaction,
        live_mode=seen.live_mode,
    )
    await payments.create_received(new, at=at)
    payment = await payments.find(case.account_id, part.payment_id)
    await _put_on(ports, payment, part, invoice, seen)
    return await payments.find(case.account_id, part.payment_id)


async def _put_on(
    ports: Ports, payment: Payment, part: Allocation, invoice: Invoice, seen: GatewayPayment
) -> None:
    await booking.book_capture(
        ports, payment, [part], [invoice], charged=seen.amount, captured_at=seen.captured_at
    )
    changed = PaymentStatusChanged(payment.id, PaymentStatus.CAPTURED, None)
    await events.record(payment.account_id, changed, at=ports.clock())
    await standing.refresh(ports, [invoice])
    await receipts.plan(ports, payment)


async def _attempt_of(candidate: Candidate) -> Payment | None:
    if candidate.payment_id is None:
        return None
    found = await payments.find_many(candidate.account_id, [candidate.payment_id])
    return found[0] if found else None


def _quote(ports: Ports, amount: Money, seen: GatewayPayment, attempt: Payment | None) -> Quote:
    day = local_day(seen.captured_at, ports.seller.time_zone)
    if attempt is None or amount.currency == seen.amount.currency:
        return Quote(quotes.UNCHANGED, quotes.SAME_CURRENCY, day, None, seen.amount)
    former = attempt.quote
    return Quote(former.rate, former.source, former.as_of, None, seen.amount)
