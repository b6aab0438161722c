"""When attempts are looked up next and on which other page, who watches them, and by when a person
has to look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from service.billing.evidence import RETURNS_APART, WATCH_LASTS, WATCHED_PAUSES
from service.billing.payment import GatewayState, Settlement
from service.store.database import execute, fetch
from service.store.keys import WANTED, Key, columns
from service.store.records import Payment


async def check_again(payment: Payment, when: datetime | None) -> None:
    """Set when an attempt that may still be paid is looked up next; None: never again."""
    await execute(
        "UPDATE payment SET next_check_at = $3 WHERE account_id = $1 AND id = $2"
        " AND next_check_at IS NOT NULL",
        payment.account_id,
        payment.id,
        when,
    )


async def plan_check(claimed: Payment, when: datetime) -> None:
    """Set when an attempt is looked up next that was claimed for a look, unless that was set since
    then: by who watches it now, or waits for it."""
    await execute(
        "UPDATE payment SET next_check_at = $3 WHERE account_id = $1 AND id = $2"
        " AND next_check_at = $4",
        claimed.account_id,
        claimed.id,
        when,
        claimed.next_check_at,
    )


async def check_ended(payment: Payment, when: datetime) -> None:
    """Have an attempt looked up at a moment that has ended, and that money is on its way for,
    unless a look is planned already, however far ahead: `hurry_ended` brings that forward."""
    await execute(
        "UPDATE payment SET next_check_at = $3 WHERE account_id = $1 AND id = $2 AND NOT live"
        " AND next_check_at IS NULL",
        payment.account_id,
        payment.id,
        when,
    )


async def hurry_ended(ending: Payment, *, at: datetime) -> None:
    """Have those looked up at once that money is on its way for though they have ended: an attempt
    that is for some of their invoices is in their way no more."""
    await execute(
        "UPDATE payment SET next_check_at = LEAST(next_check_at, $3)"
        " WHERE account_id = $1 AND NOT live AND next_check_at IS NOT NULL AND id IN"
        " (SELECT o.payment_id FROM payment_allocation l JOIN payment_allocation o"
        " ON o.account_id = l.account_id AND o.invoice_id = l.invoice_id"
        " WHERE l.account_id = $1 AND l.payment_id = $2 AND o.payment_id <> $2)",
        ending.account_id,
        ending.id,
        at,
    )


async def claim_checks(now: datetime, *, until: datetime, limit: int) -> list[Payment]:
    """Take attempts whose check is due, most overdue first; nobody else gets them before `until`,
    also when this process dies with them."""
    rows = await fetch(
        "WITH due AS (SELECT id FROM payment WHERE next_check_at <= $1"
        " ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED),"
        " claimed AS (UPDATE payment p SET next_check_at = $2 FROM due"
        " WHERE p.id = due.id AND p.next_check_at <= $1 RETURNING p.*)"
        " SELECT * FROM claimed ORDER BY id",
        now,
        until,
        limit,
    )
    return [Payment.read(row) for row in rows]


async def hurry(account_id: UUID, invoice_ids: Sequence[UUID], *, at: datetime) -> None:
    """Have the live attempts of invoices looked up at once: less may be due than a page takes."""
    await execute(
        "UPDATE payment SET next_check_at = LEAST(next_check_at, $3)"
        " WHERE account_id = $1 AND status = 'PENDING' AND next_check_at IS NOT NULL AND id IN"
        " (SELECT id FROM payment WHERE account_id = $1 AND id IN"
        " (SELECT payment_id FROM payment_allocation"
        " WHERE account_id = $1 AND invoice_id = ANY($2) AND live)"
        " ORDER BY id FOR NO KEY UPDATE)",
        account_id,
        list(invoice_ids),
        at,
    )


async def note_seen(asked: Payment, state: GatewayState, *, at: datetime) -> None:
    """Keep that the gateway answered, and what it said about an attempt as it was when it was
    asked. Nothing is kept when the payer has come back since: it may not have known what they did.
    """
    await execute(
        "UPDATE payment SET checked_at = $3, seen_state = $4 WHERE account_id = $1 AND id = $2"
        " AND returned_at IS NOT DISTINCT FROM $5",
        asked.account_id,
        asked.id,
        at,
        str(state),
        asked.returned_at,
    )


async def take_turn(payment: Payment, *, at: datetime, lasts: timedelta, returning: bool) -> bool:
    """Take the turn to ask the gateway for a payer who is back; False while somebody has had it
    for less than it `lasts`. With `returning` whoever was not back before gets it all the same.

    A turn from further ahead was taken by a machine whose clock is wrong: it binds nobody.
    """
    taken = await execute(
        "UPDATE payment SET asked_at = $3 WHERE account_id = $1 AND id = $2"
        " AND (asked_at IS NULL OR asked_at <= $4 OR asked_at >= $5"
        " OR ($6 AND live AND returned_at IS NULL))",
        payment.account_id,
        payment.id,
        at,
        at - lasts,
        at + lasts,
        returning,
    )
    return taken == 1


async def give_turn_back(payment: Payment) -> None:
    """The gateway was asked and did not answer: whoever asks next need not wait."""
    await execute(
        "UPDATE payment SET asked_at = NULL WHERE account_id = $1 AND id = $2",
        payment.account_id,
        payment.id,
    )


async def note_settlement(payment: Payment, settlement: Settlement) -> bool:
    """Keep what the gateway pays out for a payment; False when that is known already."""
    noted = await execute(
        "UPDATE payment SET settled_minor = $3, settled_fee_minor = $4, settled_currency = $5,"
        " settled_rate = $6 WHERE account_id = $1 AND id = $2 AND settled_minor IS NULL",
        payment.account_id,
        payment.id,
        settlement.gross.minor_units,
        settlement.fee.minor_units,
        settlement.gross.currency,
        settlement.rate,
    )
    return noted == 1


async def note_superseded(payment: Payment, by: UUID, *, at: datetime) -> None:
    """Keep which attempt took the place of one that was canceled. Its page may still be open at the
    gateway: it is looked up until that is over."""
    await execute(
        "UPDATE payment SET superseded_by = $3, next_check_at = $4"
        " WHERE account_id = $1 AND id = $2",
        payment.account_id,
        payment.id,
        by,
        at,
    )


async def note_second_page(payment: Payment, session_id: str) -> None:
    """Keep another page of an attempt, on which money is on its way besides."""
    await execute(
        "UPDATE payment SET second_session_id = $3 WHERE account_id = $1 AND id = $2",
        payment.account_id,
        payment.id,
        session_id,
    )


async def forget_second_page(payment: Payment, session_id: str) -> None:
    """Nothing is on its way any more on another page of an attempt."""
    await execute(
        "UPDATE payment SET second_session_id = NULL"
        " WHERE account_id = $1 AND id = $2 AND second_session_id = $3",
        payment.account_id,
        payment.id,
        session_id,
    )


async def watch(
    account_id: UUID,
    now: datetime,
    *,
    payment_id: UUID | None = None,
    invoice_id: UUID | None = None,
) -> None:
    """Note that somebody watches: attempts of the account, of one invoice, or one attempt. They
    are looked up more often for a while."""
    await execute(
        "UPDATE payment SET watched_until = $5,"
        " watched_since = CASE WHEN watched_until > $2 THEN watched_since ELSE $2 END,"
        " next_check_at = least(next_check_at, CASE WHEN watched_until > $2 THEN next_check_at"
        " ELSE $6 END) WHERE account_id = $1 AND next_check_at IS NOT NULL AND live AND id IN"
        " (SELECT id FROM payment WHERE account_id = $1 AND next_check_at IS NOT NULL AND live"
        " AND ($3::uuid IS NULL OR id = $3) AND ($4::uuid IS NULL OR id IN"
        " (SELECT payment_id FROM payment_allocation"
        " WHERE account_id = $1 AND invoice_id = $4 AND live)) ORDER BY id FOR NO KEY UPDATE)",
        account_id,
        now,
        payment_id,
        invoice_id,
        now + WATCH_LASTS,
        now + WATCHED_PAUSES[0],
    )


async def hold_returns(account_id: UUID, invoice_ids: Sequence[UUID]) -> None:
    """Let nobody be noted as back from the page of a live attempt for some invoices until this
    transaction ends. Rows are held in the order of their ids, as by `watch`."""
    await fetch(
        "SELECT 1 FROM payment WHERE account_id = $1 AND id IN (SELECT payment_id"
        " FROM payment_allocation WHERE account_id = $1 AND invoice_id = ANY($2) AND live)"
        " ORDER BY id FOR NO KEY UPDATE",
        account_id,
        list(invoice_ids),
    )


async def note_return(payment: Payment, *, at: datetime, deadline_at: datetime) -> bool:
    """Keep that the payer came back from the gateway's page, and by when they get an answer; what
    the gateway said before is out of date. False when the attempt has ended, when they wait for an
    answer already (they came back before, and nothing was said since), or when they came back less
    than `RETURNS_APART` ago.

    A deadline from further ahead was set by a machine whose clock is wrong: it binds nobody.
    """
    noted = await execute(
        "UPDATE payment SET returned_at = $3, checked_at = NULL, seen_state = NULL, deadline_at ="
        " CASE WHEN returned_at IS NULL THEN coalesce(deadline_at, $4) ELSE $4 END"
        " WHERE account_id = $1 AND id = $2 AND live AND (returned_at IS NULL OR"
        " status = 'PENDING' AND seen_state = 'OPEN'"
        " AND (deadline_at IS NULL OR deadline_at <= $5 OR deadline_at >= $6))",
        payment.account_id,
        payment.id,
        at,
        deadline_at,
        deadline_at - RETURNS_APART,
        deadline_at + RETURNS_APART,
    )
    return noted == 1


async def note_return_again(payment: Payment, *, at: datetime) -> bool:
    """Keep that a payer came back once more whom the gateway's page waited for: they may have paid
    since. By when they get an answer stays as it is. False when that is no news."""
    noted = await execute(
        "UPDATE payment SET returned_at = $3, checked_at = NULL, seen_state = NULL"
        " WHERE account_id = $1 AND id = $2 AND returned_at IS NOT NULL"
        " AND status = 'PENDING' AND seen_state = 'OPEN'",
        payment.account_id,
        payment.id,
        at,
    )
    return noted == 1


async def set_deadline(payment: Payment, when: datetime) -> None:
    """Set by when the end of an attempt has to be known."""
    await execute(
        "UPDATE payment SET deadline_at = $3 WHERE account_id = $1 AND id = $2 AND live",
        payment.account_id,
        payment.id,
        when,
    )


async def clear_return(payment: Payment) -> None:
    """The payer came back without having paid: nothing is owed to them until they come again."""
    await execute(
        "UPDATE payment SET returned_at = NULL, deadline_at = NULL"
        " WHERE account_id = $1 AND id = $2 AND status = 'PENDING'",
        payment.account_id,
        payment.id,
    )


async def clear_deadline(payment: Payment) -> None:
    """A person has looked, and gave the answer that was owed: nothing more is, until the payer
    comes back once more, or their money is on its way."""
    await execute(
        "UPDATE payment SET deadline_at = NULL,"
        " returned_at = CASE WHEN status <> 'PENDING' THEN returned_at END"
        " WHERE account_id = $1 AND id = $2 AND live",
        payment.account_id,
        payment.id,
    )


async def past_deadline(now: datetime, *, limit: int) -> list[Payment]:
    """Attempts whose end should be known by now, and that no open case is about."""
    rows = await fetch(
        "SELECT p.* FROM payment p WHERE p.deadline_at <= $1 AND NOT EXISTS (SELECT 1"
        " FROM support_case c WHERE c.account_id = p.account_id AND c.payment_id = p.id"
        " AND c.status = 'OPEN') ORDER BY p.deadline_at, p.id LIMIT $2",
        now,
        limit,
    )
    return [Payment.read(row) for row in rows]


async def under_way(keys: Sequence[Key]) -> dict[Key, Payment]:
    """For each invoice the attempt whose end is waited for, if there is one: the live one, else
    the newest that an open case is about."""
    rows = await fetch(
        "SELECT DISTINCT ON (w.account_id, w.id) w.id AS about, p.*"  # noqa: S608
        f" FROM {WANTED} JOIN payment_allocation l"
        " ON l.account_id = w.account_id AND l.invoice_id = w.id"
        " JOIN payment p ON p.account_id = l.account_id AND p.id = l.payment_id"
        " WHERE l.live OR EXISTS (SELECT 1 FROM support_case c WHERE c.account_id = p.account_id"
        " AND c.payment_id = p.id AND c.status = 'OPEN')"
        " ORDER BY w.account_id, w.id, l.live DESC, p.id DESC",
        *columns(keys),
    )
    return {(row["account_id"], row["about"]): Payment.read(row) for row in rows}
