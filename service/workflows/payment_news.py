"""What a mail tells of a payment: gathered when the mail is written, so that it is not out of date
when a mail server was out for days."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from service.billing.ids import Kind, encode
from service.billing.money import Money, total
from service.billing.payment import LIVE, OFFLINE, PaymentStatus
from service.billing.period import local_day
from service.billing.receipt import settled_by
from service.billing.refund import RefundReason, RefundStatus
from service.billing.support import SERVICE, CaseReason, CaseStatus, NotificationKind
from service.ports import Ports
from service.store import accounts, cases, invoices, ledger, payments, refunds
from service.store.money_records import Notification, SupportCase
from service.store.records import Account, Document, Invoice, Payment
from service.templates.payment_mails import Outcome, PaymentNews, ToldCase, ToldInvoice
from service.templates.receipts import paid_with
from service.workflows import links
from service.workflows.sheets import method_of

_ABOUT_A_CASE = frozenset({NotificationKind.CASE_OPENED, NotificationKind.CASE_RESOLVED})


async def news_of(
    ports: Ports, notification: Notification, payment: Payment, receipt: Document | None
) -> PaymentNews:
    """What a notification tells of its payment."""
    account = await accounts.find(payment.account_id)
    case = await _case(notification)
    return PaymentNews(
        kind=notification.kind,
        seller=ports.seller.party,
        locale=account.locale,
        today=local_day(ports.clock(), account.time_zone),
        invoices=await _invoices(ports, payment),
        amount=payment.amount,
        charged=payment.quote.charged,
        outcome=_outcome(payment, case),
        paid_with=_paid_with(payment),
        paid_on=_day(payment.captured_at, account),
        failure=payment.failure_message,
        surplus=await _surplus(payment),
        returned=await _returned(payment, case),
        receipt_number=receipt.number if receipt else None,
        case=_told(case, payment, account) if case else None,
        is_by_bank=payment.gateway == OFFLINE,
    )


async def _case(notification: Notification) -> SupportCase | None:
    if notification.kind not in _ABOUT_A_CASE or notification.subject_id is None:
        return None
    return await cases.find(notification.account_id, notification.subject_id)


def _told(case: SupportCase, payment: Payment, account: Account) -> ToldCase:
    is_closed = case.status is CaseStatus.RESOLVED
    asked = payment.next_check_at if not is_closed else None
    local = asked.astimezone(ZoneInfo(account.time_zone)) if asked else None
    found_out = case.resolution if case.resolved_by != SERVICE else None
    return ToldCase(encode(Kind.CASE, case.id), case.reason, local, found_out, is_closed)


async def _invoices(ports: Ports, payment: Payment) -> tuple[ToldInvoice, ...]:
    parts = await payments.allocations(payment.account_id, [payment.id])
    found = await invoices.find_many(payment.account_id, [part.invoice_id for part in parts])
    found.sort(key=lambda invoice: invoice.number or "")
    return tuple(_invoice(ports, invoice) for invoice in found)


def _invoice(ports: Ports, invoice: Invoice) -> ToldInvoice:
    if invoice.number is None or invoice.due_on is None:
        raise ValueError("a draft is never paid")
    lifetime = ports.policy.mail_link_lifetime
    return ToldInvoice(
        number=invoice.number,
        due=Money(invoice.due_minor, invoice.currency),
        due_on=invoice.due_on,
        view_url=links.view_url(ports, invoice.account_id, invoice.id, lifetime=lifetime),
    )


def _outcome(payment: Payment, case: SupportCase | None) -> Outcome:
    if payment.status is PaymentStatus.CAPTURED:
        return Outcome.RECEIVED
    if payment.status in LIVE or (case is not None and _is_told_by_a_person(case)):
        return Outcome.OPEN
    return Outcome.FAILED


def _is_told_by_a_person(case: SupportCase) -> bool:
    """Whether a person closed a case of money that does not fit: what became of that money is not
    told by how the attempt ended."""
    by_hand = case.status is CaseStatus.RESOLVED and case.resolved_by != SERVICE
    return by_hand and case.reason is CaseReason.UNDER_REVIEW


def _paid_with(payment: Payment) -> str | None:
    method = method_of(payment)
    if method is None and payment.status is not PaymentStatus.CAPTURED:
        return None
    return paid_with(method, payment.offline_reference)


def _day(moment: datetime | None, account: Account) -> date | None:
    return local_day(moment, account.time_zone) if moment else None


async def _surplus(payment: Payment) -> Money | None:
    """What was not due. Of a transfer it is what is left of that: a person may have returned the
    rest before the mail went out."""
    if payment.gateway == OFFLINE:
        left = await ledger.surplus_of(payment)
        return Money(left, payment.amount.currency) if left > 0 else None
    booked = await ledger.of_payment(payment.account_id, payment.id)
    parts = [one.surplus for one in settled_by(payment.id, payment.amount, booked)]
    surplus = total(parts, payment.amount.currency)
    return surplus if surplus.minor_units > 0 else None


async def _returned(payment: Payment, case: SupportCase | None) -> Money | None:
    """What goes back of the payment: for a case about refunds that came back, the newest of those;
    else the refund of its surplus."""
    known = (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id]
    if case is None or case.reason is not CaseReason.REFUND_FAILED:
        wanted = [one for one in known if one.reason is RefundReason.SURPLUS]
    else:
        wanted = [one for one in known if one.status is RefundStatus.FAILED]
    return wanted[-1].charged if wanted else None
