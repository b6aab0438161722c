"""Payment attempts: starting, moving and finding them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from service.billing.errors import LostRace, NotFound
from service.billing.money import Money
from service.billing.payment import (
    LIVE,
    Decline,
    GatewayCheckout,
    PaymentMove,
    PaymentStatus,
    Quote,
    advance,
)
from service.gateway import CheckoutPage
from service.store import payment_checks
from service.store.bank_references import is_same
from service.store.database import Record, broke, execute, fetch, fetch_one, new_id, transaction
from service.store.keys import WANTED, Key, columns, keys_of, lists_of, owners
from service.store.records import Allocation, Payment
from service.store.tables import PaymentAllocationRow, PaymentRow


class LiveAttemptExists(Exception):
    """One of the invoices has a live attempt already; nothing was written."""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What is fixed when an attempt starts."""

    id: UUID
    account_id: UUID
    amount: Money
    quote: Quote
    allocations: tuple[Allocation, ...]
    gateway: str
    live_mode: bool
    payer_email: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    next_check_at: datetime


class ReferenceKnown(Exception):
    """The account has a payment with this bank reference already; nothing was written."""


@dataclass(frozen=True, slots=True)
class NewReceived:
    """Money that was received without an attempt of ours: a bank transfer (`reference`), or a
    payment found at a gateway (`gateway` and `transaction`). The allocation names the payment."""

    account_id: UUID
    amount: Money
    quote: Quote
    allocation: Allocation
    payer_email: str
    captured_at: datetime
    reference: str | None = None
    gateway: str = "offline"
    transaction: str | None = None
    live_mode: bool = True


async def create_received(new: NewReceived, *, at: datetime) -> None:
    """Store a payment that is CAPTURED from the start. Must run inside `transaction()`.

    Raises:
        ReferenceKnown: it was stored before.
    """
    part = new.allocation
    try:
        async with transaction():
            await PaymentRow.create(
                id=part.payment_id,
                account_id=new.account_id,
                status=PaymentStatus.CAPTURED,
                live=False,
                amount_minor=new.amount.minor_units,
                currency=new.amount.currency,
                charged_minor=new.quote.charged.minor_units,
                charge_currency=new.quote.charged.currency,
                rate=new.quote.rate,
                rate_source=new.quote.source,
                rate_as_of=new.quote.as_of,
                gateway=new.gateway,
                live_mode=new.live_mode,
                transaction=new.transaction,
                offline_reference=new.reference,
                success_url="",
                cancel_url="",
                payer_email=new.payer_email,
                expires_at=new.captured_at,
                captured_at=new.captured_at,
                created_at=at,
                updated_at=at,
            )
            await PaymentAllocationRow.create(
                id=new_id(),
                account_id=new.account_id,
                payment_id=part.payment_id,
                invoice_id=part.invoice_id,
                amount_minor=part.amount.minor_units,
                live=False,
            )
    except IntegrityError as error:
        if broke(error, "payment_offline_reference") or broke(error, "payment_transaction"):
            raise ReferenceKnown from None
        raise


async def id_of_offline(account_id: UUID, reference: str) -> UUID | None:
    """The payment that a bank reference was recorded as, whatever its letters' case, and with or
    without the spaces and hyphens that banks print it in groups with."""
    row = await fetch_one(
        "SELECT id FROM payment"  # noqa: S608
        f" WHERE account_id = $1 AND {is_same('offline_reference', '$2::text')}"
        " ORDER BY offline_reference = $2 DESC, id LIMIT 1",
        account_id,
        reference,
    )
    return row["id"] if row else None


async def create(new: NewPayment, *, at: datetime) -> None:
    """Store a new attempt with its allocations. Must run inside `transaction()`.

    Raises:
        LiveAttemptExists: another attempt for one of the invoices is live.
    """
    try:
        async with transaction():
            await PaymentRow.create(
                id=new.id,
                account_id=new.account_id,
                status=PaymentStatus.PENDING,
                live=True,
                amount_minor=new.amount.minor_units,
                currency=new.amount.currency,
                charged_minor=new.quote.charged.minor_units,
                charge_currency=new.quote.charged.currency,
                rate=new.quote.rate,
                rate_source=new.quote.source,
                rate_as_of=new.quote.as_of,
                gateway=new.gateway,
                live_mode=new.live_mode,
                success_url=new.success_url,
                cancel_url=new.cancel_url,
                payer_email=new.payer_email,
                expires_at=new.expires_at,
                next_check_at=new.next_check_at,
                created_at=at,
                updated_at=at,
            )
            await PaymentAllocationRow.bulk_create(
                PaymentAllocationRow(
                    id=new_id(),
                    account_id=new.account_id,
                    payment_id=new.id,
                    invoice_id=part.invoice_id,
                    amount_minor=part.amount.minor_units,
                    live=True,
                )
                for part in new.allocations
            )
    except IntegrityError as error:
        if broke(error, "payment_allocation_one_live"):
            raise LiveAttemptExists from None
        raise


async def move(
    payment: Payment,
    step: PaymentMove,
    *,
    at: datetime,
    captured_at: datetime | None = None,
) -> PaymentStatus:
    """Advance one payment, guarded by the status the decision was made on.

    Must run inside `transaction()`, next to the event that reports it.

    Raises:
        TransitionRefused: the rules in billing.payment do not list this move.
        LostRace: the row changed since it was read; nothing was written.
    """
    after = advance(payment.status, step)
    values: dict[str, Any] = {"status": after, "live": after in LIVE, "updated_at": at}
    if after not in LIVE:
        values |= {"next_check_at": None, "deadline_at": None}
    elif payment.status not in LIVE:
        values |= {"next_check_at": at, "superseded_by": None}
    if captured_at is not None:
        values["captured_at"] = captured_at
    moved = await PaymentRow.filter(
        id=payment.id, account_id=payment.account_id, status=payment.status
    ).update(version=F("version") + 1, **values)
    if moved == 0:
        raise LostRace(f"payment {payment.id}")
    if payment.status in LIVE and after not in LIVE:
        await payment_checks.hurry_ended(payment, at=at)
    return after


async def keep_page(payment: Payment, page: CheckoutPage, *, at: datetime) -> None:
    """Keep the gateway's page of an attempt; the first one kept stays."""
    await PaymentRow.filter(id=payment.id, account_id=payment.account_id, session_id=None).update(
        session_id=page.session_id,
        page_url=page.url,
        page_form=dict(page.form) or None,
        updated_at=at,
    )


async def note_report(payment: Payment, seen: GatewayCheckout, *, at: datetime) -> None:
    """Keep what a gateway's report tells beside the status: the method, its own id, and the page
    that it tells of, where another one was kept: that is a second one no more."""
    method = seen.method.clipped() if seen.method else None
    await execute(
        "UPDATE payment SET transaction = coalesce($3, transaction),"
        " method_kind = coalesce($4, method_kind), method_brand = coalesce($5, method_brand),"
        " method_last4 = coalesce($6, method_last4), updated_at = $7,"
        " session_id = CASE WHEN session_id IS NOT NULL THEN $8 END,"
        " second_session_id = nullif(second_session_id, $8)"
        " WHERE account_id = $1 AND id = $2",
        payment.account_id,
        payment.id,
        seen.transaction,
        method.kind if method else None,
        method.brand if method else None,
        method.last4 if method else None,
        at,
        seen.session_id,
    )


async def note_decline(payment: Payment, decline: Decline | None, *, at: datetime) -> None:
    """Keep why the last try did not go through; None once it no longer matters."""
    await execute(
        "UPDATE payment SET failure_code = $3, failure_message = $4, updated_at = $5,"
        " version = version + 1 WHERE account_id = $1 AND id = $2",
        payment.account_id,
        payment.id,
        decline.code[:64] if decline else None,
        decline.message[:500] if decline else None,
        at,
    )


async def note_review(payment: Payment, reason: str, *, at: datetime) -> None:
    """Keep why a gateway's report does not match the attempt."""
    await execute(
        "UPDATE payment SET review_reason = $3, updated_at = $4, version = version + 1"
        " WHERE account_id = $1 AND id = $2 AND review_reason IS DISTINCT FROM $3",
        payment.account_id,
        payment.id,
        reason,
        at,
    )


async def find(account_id: UUID, payment_id: UUID) -> Payment:
    """Raises NotFound."""
    found = await find_many(account_id, [payment_id])
    if not found:
        raise NotFound("payment")
    return found[0]


async def latest(account_id: UUID, payment_id: UUID) -> Payment:
    """An attempt, or the one that took its place unless it was paid. Raises NotFound."""
    payment = await find(account_id, payment_id)
    while payment.superseded_by is not None and payment.status is not PaymentStatus.CAPTURED:
        payment = await find(account_id, payment.superseded_by)
    return payment


async def find_many(account_id: UUID, payment_ids: Sequence[UUID]) -> list[Payment]:
    """Those of the payments that the account has, in any order."""
    rows = await fetch(
        "SELECT * FROM payment WHERE account_id = $1 AND id = ANY($2)",
        account_id,
        list(payment_ids),
    )
    return [Payment.read(row) for row in rows]


async def find_each(keys: Sequence[Key]) -> list[Payment]:
    """Those of the payments that there are, in any order."""
    rows = await fetch(
        f"SELECT p.* FROM {WANTED} JOIN payment p"  # noqa: S608
        " ON p.account_id = w.account_id AND p.id = w.id",
        *columns(keys),
    )
    return [Payment.read(row) for row in rows]


async def owner_of(payment_id: UUID) -> UUID:
    """The account of a payment, for notices and staff, who bring no account. Raises NotFound."""
    row = await fetch_one("SELECT account_id FROM payment WHERE id = $1", payment_id)
    if row is None:
        raise NotFound("payment")
    return UUID(str(row["account_id"]))


async def owners_of(payment_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The accounts of payments, for the seller's staff only."""
    return await owners("payment", payment_ids)


async def id_of_transaction(gateway: str, transaction: str) -> UUID | None:
    """The payment of ours behind a gateway's: the one that has its money, if any has."""
    row = await fetch_one(
        "SELECT id FROM payment WHERE gateway = $1 AND transaction = $2"
        " ORDER BY (status = 'CAPTURED') DESC, id LIMIT 1",
        gateway,
        transaction,
    )
    return row["id"] if row else None


async def captured_as(gateway: str, transaction: str) -> Payment | None:
    """What a gateway's payment is booked as."""
    row = await fetch_one(
        "SELECT * FROM payment WHERE gateway = $1 AND transaction = $2 AND status = 'CAPTURED'",
        gateway,
        transaction,
    )
    return Payment.read(row) if row else None


async def is_captured(gateway: str, transaction: str) -> bool:
    """Whether a gateway's payment is booked."""
    return await captured_as(gateway, transaction) is not None


async def id_of_session(gateway: str, session_id: str) -> UUID | None:
    """The attempt behind a gateway's page."""
    row = await fetch_one(
        "SELECT id FROM payment WHERE gateway = $1 AND session_id = $2", gateway, session_id
    )
    return row["id"] if row else None


async def live_for(account_id: UUID, invoice_ids: Sequence[UUID]) -> Payment | None:
    """The live attempt of any of these invoices."""
    return next(iter(await all_live_for(account_id, invoice_ids)), None)


async def all_live_for(account_id: UUID, invoice_ids: Sequence[UUID]) -> list[Payment]:
    """The live attempts of these invoices, oldest first."""
    rows = await fetch(
        "SELECT * FROM payment WHERE account_id = $1 AND id IN (SELECT payment_id"
        " FROM payment_allocation WHERE account_id = $1 AND invoice_id = ANY($2) AND live)"
        " ORDER BY id",
        account_id,
        list(invoice_ids),
    )
    return [Payment.read(row) for row in rows]


async def allocations(account_id: UUID, payment_ids: Sequence[UUID]) -> list[Allocation]:
    """The allocations of an account's payments, in a fixed order."""
    found = await allocations_of_each(keys_of(account_id, payment_ids))
    return [part for key in sorted(found) for part in found[key]]


async def allocations_of_each(keys: Sequence[Key]) -> dict[Key, list[Allocation]]:
    """The allocations of each of some payments, in a fixed order."""
    rows = await fetch(
        "SELECT l.account_id, l.payment_id, l.invoice_id, l.amount_minor, p.currency"  # noqa: S608
        f" FROM {WANTED} JOIN payment_allocation l"
        " ON l.account_id = w.account_id AND l.payment_id = w.id"
        " JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id"
        " ORDER BY l.payment_id, l.invoice_id",
        *columns(keys),
    )
    return lists_of(keys, rows, "payment_id", _allocation)


def _allocation(row: Record) -> Allocation:
    amount = Money(row["amount_minor"], row["currency"])
    return Allocation(row["payment_id"], row["invoice_id"], amount)
