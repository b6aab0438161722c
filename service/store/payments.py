"""Payment attempts: starting, moving and finding them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

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
from service.ports import CheckoutPage
from service.store.database import broke, execute, fetch, fetch_one, new_id
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


async def create(new: NewPayment, *, at: datetime) -> None:
    """Store a new attempt with its allocations. Must run inside `transaction()`.

    Raises:
        LiveAttemptExists: another attempt for one of the invoices is live.
    """
    try:
        async with in_transaction():
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
        values["next_check_at"] = None
    if captured_at is not None:
        values["captured_at"] = captured_at
    moved = await PaymentRow.filter(
        id=payment.id, account_id=payment.account_id, status=payment.status
    ).update(version=F("version") + 1, **values)
    if moved == 0:
        raise LostRace(f"payment {payment.id}")
    return after


async def keep_page(payment: Payment, page: CheckoutPage, *, at: datetime) -> None:
    """Keep the gateway's page of an attempt; the first one kept stays."""
    await PaymentRow.filter(id=payment.id, account_id=payment.account_id, session_id=None).update(
        session_id=page.session_id, page_url=page.url, updated_at=at
    )


async def note_report(payment: Payment, seen: GatewayCheckout, *, at: datetime) -> None:
    """Keep what a gateway's report tells beside the status: the method, and its own ids."""
    method = seen.method.clipped() if seen.method else None
    await execute(
        "UPDATE payment SET intent_id = coalesce($3, intent_id),"
        " method_kind = coalesce($4, method_kind), method_brand = coalesce($5, method_brand),"
        " method_last4 = coalesce($6, method_last4), updated_at = $7"
        " WHERE account_id = $1 AND id = $2",
        payment.account_id,
        payment.id,
        seen.intent_id,
        method.kind if method else None,
        method.brand if method else None,
        method.last4 if method else None,
        at,
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


async def check_again(payment: Payment, when: datetime) -> None:
    """Set when a live attempt is looked up next."""
    await execute(
        "UPDATE payment SET next_check_at = $3 WHERE account_id = $1 AND id = $2 AND live",
        payment.account_id,
        payment.id,
        when,
    )


async def find(account_id: UUID, payment_id: UUID) -> Payment:
    """Raises NotFound."""
    found = await find_many(account_id, [payment_id])
    if not found:
        raise NotFound("payment")
    return found[0]


async def find_many(account_id: UUID, payment_ids: Sequence[UUID]) -> list[Payment]:
    """Those of the payments that the account has, in any order."""
    rows = await fetch(
        "SELECT * FROM payment WHERE account_id = $1 AND id = ANY($2)",
        account_id,
        list(payment_ids),
    )
    return [Payment.read(row) for row in rows]


async def owner_of(payment_id: UUID) -> UUID:
    """The account of a payment, for notices and staff, who bring no account. Raises NotFound."""
    row = await fetch_one("SELECT account_id FROM payment WHERE id = $1", payment_id)
    if row is None:
        raise NotFound("payment")
    return UUID(str(row["account_id"]))


async def id_of_session(gateway: str, session_id: str) -> UUID | None:
    """The attempt behind a gateway's page."""
    row = await fetch_one(
        "SELECT id FROM payment WHERE gateway = $1 AND session_id = $2", gateway, session_id
    )
    return row["id"] if row else None


async def live_for(account_id: UUID, invoice_ids: Sequence[UUID]) -> Payment | None:
    """The live attempt of any of these invoices."""
    row = await fetch_one(
        "SELECT p.* FROM payment p JOIN payment_allocation l"
        " ON l.account_id = p.account_id AND l.payment_id = p.id AND l.live"
        " WHERE p.account_id = $1 AND l.invoice_id = ANY($2) ORDER BY p.id LIMIT 1",
        account_id,
        list(invoice_ids),
    )
    return Payment.read(row) if row else None


async def claim_checks(now: datetime, *, until: datetime, limit: int) -> list[Payment]:
    """Take live attempts whose check is due, most overdue first; nobody else gets them before
    `until`, also when this process dies with them."""
    rows = await fetch(
        "WITH due AS (SELECT id FROM payment WHERE live AND next_check_at <= $1"
        " ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED),"
        " claimed AS (UPDATE payment p SET next_check_at = $2 FROM due"
        " WHERE p.id = due.id AND p.live AND p.next_check_at <= $1 RETURNING p.*)"
        " SELECT * FROM claimed",
        now,
        until,
        limit,
    )
    return [Payment.read(row) for row in rows]


async def allocations(account_id: UUID, payment_ids: Sequence[UUID]) -> list[Allocation]:
    """The allocations of payments, in a fixed order."""
    rows = await fetch(
        "SELECT l.payment_id, l.invoice_id, l.amount_minor, p.currency FROM payment_allocation l"
        " JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id"
        " WHERE l.account_id = $1 AND l.payment_id = ANY($2) ORDER BY l.payment_id, l.invoice_id",
        account_id,
        list(payment_ids),
    )
    return [
        Allocation(
            row["payment_id"], row["invoice_id"], Money(row["amount_minor"], row["currency"])
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """Payments newest first, and whether there are more beyond the end that was asked for."""

    payments: list[Payment]
    has_more: bool


async def page(
    account_id: UUID,
    *,
    size: int,
    invoice_id: UUID | None = None,
    after: UUID | None = None,
    before: UUID | None = None,
    backwards: bool = False,
) -> PaymentPage:
    """One page of an account's payments (or of those meant for one invoice), newest first."""
    direction = "ASC" if backwards else "DESC"
    rows = await fetch(
        "SELECT * FROM payment WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2)"  # noqa: S608
        f" AND ($3::uuid IS NULL OR id > $3) AND {_OF_INVOICE.format('$4')}"
        f" ORDER BY id {direction} LIMIT {size + 1}",
        account_id,
        after,
        before,
        invoice_id,
    )
    found = [Payment.read(row) for row in rows[:size]]
    if backwards:
        found.reverse()
    return PaymentPage(found, len(rows) > size)


async def pages_of_invoices(
    account_id: UUID, wanted: Sequence[tuple[UUID, UUID | None]], *, size: int
) -> list[PaymentPage]:
    """For each invoice the payments meant for it, newest first, after a payment if one is named."""
    rows = await fetch(
        "SELECT w.place, p.* FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY"
        " AS w (invoice_id, after, place) CROSS JOIN LATERAL (SELECT p.* FROM payment_allocation l"
        " JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id"
        " WHERE l.account_id = $1 AND l.invoice_id = w.invoice_id"
        " AND (w.after IS NULL OR p.id < w.after) ORDER BY p.id DESC LIMIT $4) p"
        " ORDER BY w.place, p.id DESC",
        account_id,
        [invoice_id for invoice_id, _ in wanted],
        [after for _, after in wanted],
        size + 1,
    )
    found: list[list[Payment]] = [[] for _ in wanted]
    for row in rows:
        found[row["place"] - 1].append(Payment.read(row))
    return [PaymentPage(one[:size], len(one) > size) for one in found]


async def counts_of_invoices(account_id: UUID, invoice_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many payments were meant for each of some invoices."""
    rows = await fetch(
        "SELECT invoice_id, count(*) AS n FROM payment_allocation"
        " WHERE account_id = $1 AND invoice_id = ANY($2) GROUP BY invoice_id",
        account_id,
        list(invoice_ids),
    )
    return dict.fromkeys(invoice_ids, 0) | {row["invoice_id"]: row["n"] for row in rows}


async def count(account_id: UUID, *, invoice_id: UUID | None = None) -> int:
    """How many payments a list has in all."""
    row = await fetch_one(
        f"SELECT count(*) AS n FROM payment WHERE account_id = $1 AND {_OF_INVOICE.format('$2')}",  # noqa: S608
        account_id,
        invoice_id,
    )
    return int(row["n"]) if row else 0


_OF_INVOICE = (
    "({0}::uuid IS NULL OR id IN (SELECT payment_id FROM payment_allocation"
    " WHERE account_id = $1 AND invoice_id = {0}))"
)
