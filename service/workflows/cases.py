"""Support cases: opened with the evidence at hand, closed by the truth or by a person."""

from __future__ import annotations

from uuid import UUID

import structlog

from service.billing.errors import InvalidInput
from service.billing.events import SupportCaseChanged
from service.billing.evidence import Evidence, Fact, Source, Witness
from service.billing.payment import PaymentStatus
from service.billing.support import (
    ENDS_WITH_PAYMENT,
    SERVICE,
    CaseReason,
    CaseStatus,
    NotificationKind,
)
from service.billing.text import clean_line
from service.ports import Ports
from service.store import accounts, cases, events, evidence, ledger, payment_checks, payments
from service.store.cases import NewCase
from service.store.database import transaction
from service.store.money_records import SupportCase
from service.store.records import Payment
from service.workflows import notifications, screens

log = structlog.get_logger(__name__)


async def open_for(ports: Ports, payment: Payment, reason: CaseReason, note: str) -> None:
    """Open a case about a payment by ourselves, unless one is open, and tell the payer.

    Must run inside `transaction()`, under the account's lock.
    """
    new = NewCase(
        account_id=payment.account_id,
        reason=reason,
        opened_by=SERVICE,
        payment_id=payment.id,
        note=note,
    )
    case_id = await open_case(ports, new, Witness(Source.SERVICE))
    if case_id is not None:
        await notifications.plan(ports, payment, NotificationKind.CASE_OPENED, case_id)


async def open_case(ports: Ports, new: NewCase, witness: Witness) -> UUID | None:
    """Open a case, unless one about the same thing is open, and report it.

    Must run inside `transaction()`, under the account's lock.
    """
    at = ports.clock()
    case_id = await cases.open_case(new, at=at)
    if case_id is None:
        return None
    log.warning("case_opened", case=str(case_id), reason=new.reason)
    changed = SupportCaseChanged(case_id, new.invoice_id, new.payment_id, CaseStatus.OPEN)
    await events.record(new.account_id, changed, at=at)
    opened = Evidence(Fact.CASE_OPENED, witness, note=new.reason)
    await evidence.add(
        new.account_id, opened, at=at, payment_id=new.payment_id, invoice_id=new.invoice_id
    )
    return case_id


async def close_with(
    ports: Ports,
    payment: Payment,
    resolution: str,
    *,
    booked_as: Payment | None = None,
    only: CaseReason | None = None,
) -> bool:
    """Close what was open about a payment whose end is known now, and tell the payer how it ended;
    return whether there was something. A case with money that is still booked nowhere stays.
    `booked_as` is the payment that has its money, where that is another. With `only` it is closed
    for one reason.

    Must run inside `transaction()`, under the account's lock.
    """
    about = await cases.open_about(payment.account_id, payment_ids=[payment.id])
    meant = [case for case in about if only in (None, case.reason)]
    ending = [case for case in meant if await _ends_with_payment(case)]
    for case in ending:
        await close(ports, case, resolution, Witness(Source.SERVICE), by=SERVICE)
    if ending:
        told = booked_as or payment
        await notifications.plan(ports, told, NotificationKind.CASE_RESOLVED, ending[0].id)
    return bool(ending)


async def _ends_with_payment(case: SupportCase) -> bool:
    return case.reason in ENDS_WITH_PAYMENT and not await cases.has_unbooked(case)


async def close(
    ports: Ports, case: SupportCase, resolution: str, witness: Witness, *, by: str
) -> None:
    """Close a case and report it. Must run inside `transaction()`, under the account's lock.

    Raises:
        TransitionRefused: it is closed.
    """
    at = ports.clock()
    await cases.resolve(case, by=by, resolution=resolution, at=at)
    changed = SupportCaseChanged(case.id, case.invoice_id, case.payment_id, CaseStatus.RESOLVED)
    await events.record(case.account_id, changed, at=at)
    resolved = Evidence(Fact.CASE_RESOLVED, witness, note=resolution)
    await evidence.add(
        case.account_id, resolved, at=at, payment_id=case.payment_id, invoice_id=case.invoice_id
    )


async def resolve(
    ports: Ports, account_id: UUID, case_id: UUID, *, by: str, resolution: str
) -> SupportCase:
    """Close a case by hand, and tell whoever was told that it was opened; closing it again with
    the same words changes nothing. The deadline of its payment is met by that, however the payment
    stands.

    Raises:
        NotFound: the account has no such case.
        InvalidInput: it is not told in one line what was found out, the case was closed with other
            words, or it is all that reminds of money which is still held.
    """
    found_out = clean_line(resolution, longest=300)
    if not found_out:
        raise InvalidInput.one("resolution", "INVALID", "Say what was found out, in one line.")
    async with transaction(ports.bus):
        await accounts.lock(account_id)
        case = await cases.find(account_id, case_id)
        if case.status is CaseStatus.OPEN:
            await _check_free(case)
            await close(ports, case, found_out, Witness(Source.STAFF, by), by=by)
            if case.payment_id is not None:
                payment = await payments.find(account_id, case.payment_id)
                await payment_checks.clear_deadline(payment)
                if payment.is_in_doubt:
                    await screens.tell(ports, payment)
                await notifications.plan(ports, payment, NotificationKind.CASE_RESOLVED, case.id)
        elif case.resolution != found_out:
            raise InvalidInput.one("supportCaseId", "CLOSED", "The case is closed.")
    return await cases.find(account_id, case_id)


async def _check_free(case: SupportCase) -> None:
    """Raises InvalidInput: the case is about money that is held, and ends with that."""
    if case.payment_id is None:
        return
    payment = await payments.find(case.account_id, case.payment_id)
    if case.reason is CaseReason.SURPLUS and await ledger.surplus_of(payment) > 0:
        raise InvalidInput.one(
            "supportCaseId",
            "STILL_OWED",
            "Its money is owed to the payer. Give it back by bank, and record that with"
            " recordOfflineRefund: the case closes itself.",
        )
    if case.reason is CaseReason.UNDER_REVIEW and payment.status is PaymentStatus.UNDER_REVIEW:
        raise InvalidInput.one(
            "supportCaseId",
            "STILL_HELD",
            "Its money is held. Give it back in the gateway's dashboard: the case closes itself.",
        )
