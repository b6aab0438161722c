"""Support cases and the candidates of claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.billing.errors import LostRace, NotFound
from service.billing.support import SERVICE, CaseMove, CaseReason, CaseStatus, advance_case
from service.gateway import GatewayPayment
from service.store.database import Record, execute, fetch, fetch_one, new_id
from service.store.keys import (
    HIGHEST,
    WANTED,
    Key,
    arrays,
    columns,
    in_groups,
    lists_of,
    owners,
)
from service.store.money_records import Candidate, SupportCase
from service.store.records import Payment


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is known when a case is opened. `note` is in the words of whoever opened it."""

    account_id: UUID
    reason: CaseReason
    opened_by: str
    invoice_id: UUID | None = None
    payment_id: UUID | None = None
    note: str | None = None


async def open_case(new: NewCase, *, at: datetime) -> UUID | None:
    """Open a case; None when one for the same thing is open. Must run inside `transaction()`."""
    case_id = new_id()
    added = await fetch(
        "WITH added AS (INSERT INTO support_case (id, account_id, invoice_id, payment_id,"
        " status, reason, opened_by, note, version, created_at)"
        " VALUES ($1, $2, $3, $4, 'OPEN', $5, $6, $7, 1, $8)"
        " ON CONFLICT DO NOTHING RETURNING id) SELECT id FROM added",
        case_id,
        new.account_id,
        new.invoice_id,
        new.payment_id,
        str(new.reason),
        new.opened_by[:254],
        new.note[:500] if new.note else None,
        at,
    )
    return case_id if added else None


async def resolve(case: SupportCase, *, by: str, resolution: str, at: datetime) -> None:
    """Close a case.

    Raises:
        TransitionRefused: it is closed.
        LostRace: it changed since it was read; nothing was written.
    """
    after = advance_case(case.status, CaseMove.RESOLVE)
    moved = await execute(
        "UPDATE support_case SET status = $4, resolution = $5, resolved_by = $6, resolved_at = $7,"
        " version = version + 1 WHERE account_id = $1 AND id = $2 AND status = $3",
        case.account_id,
        case.id,
        str(case.status),
        str(after),
        resolution[:500],
        by[:254],
        at,
    )
    if moved == 0:
        raise LostRace(f"case {case.id}")


async def find(account_id: UUID, case_id: UUID) -> SupportCase:
    """Raises NotFound."""
    row = await fetch_one(
        "SELECT * FROM support_case WHERE account_id = $1 AND id = $2", account_id, case_id
    )
    if row is None:
        raise NotFound("support case")
    return SupportCase.read(row)


async def find_each(keys: Sequence[Key]) -> list[SupportCase]:
    """Those of the cases that there are, in any order."""
    rows = await fetch(
        f"SELECT c.* FROM {WANTED} JOIN support_case c"  # noqa: S608
        " ON c.account_id = w.account_id AND c.id = w.id",
        *columns(keys),
    )
    return [SupportCase.read(row) for row in rows]


async def owner_of(case_id: UUID) -> UUID:
    """The account of a case, for the seller's staff only. Raises NotFound."""
    row = await fetch_one("SELECT account_id FROM support_case WHERE id = $1", case_id)
    if row is None:
        raise NotFound("support case")
    return UUID(str(row["account_id"]))


async def owners_of(case_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The accounts of cases, for the seller's staff only."""
    return await owners("support_case", case_ids)


async def open_about(
    account_id: UUID, *, payment_ids: Sequence[UUID] = (), invoice_ids: Sequence[UUID] = ()
) -> list[SupportCase]:
    """The open cases about some payments or invoices of an account, oldest first."""
    return await open_about_each(
        payments=[(account_id, one) for one in payment_ids],
        invoices=[(account_id, one) for one in invoice_ids],
    )


async def open_about_each(
    *, payments: Sequence[Key] = (), invoices: Sequence[Key] = ()
) -> list[SupportCase]:
    """The open cases about some payments or invoices, oldest first."""
    rows = await fetch(
        f"SELECT c.* FROM {WANTED} JOIN support_case c ON c.account_id = w.account_id"  # noqa: S608
        " AND c.payment_id = w.id WHERE c.status = 'OPEN'"
        f" UNION SELECT c.* FROM {arrays(first=3, account_id='uuid', id='uuid')}"
        " JOIN support_case c ON c.account_id = w.account_id AND c.invoice_id = w.id"
        " WHERE c.status = 'OPEN' ORDER BY id",
        *columns(payments),
        *columns(invoices),
    )
    return [SupportCase.read(row) for row in rows]


async def is_noted(account_id: UUID, payment_id: UUID, note: str) -> bool:
    """Whether a case about a payment with a note is open, or was closed by a person."""
    row = await fetch_one(
        "SELECT 1 AS found FROM support_case"
        " WHERE account_id = $1 AND payment_id = $2 AND note = $3"
        " AND resolved_by IS DISTINCT FROM $4 LIMIT 1",
        account_id,
        payment_id,
        note,
        SERVICE,
    )
    return row is not None


async def is_candidate(payment: Payment, transaction: str) -> bool:
    """Whether a gateway's payment is in a case about one of ours that is open, or was closed by a
    person, and has not gone back since."""
    row = await fetch_one(
        "SELECT 1 AS found FROM support_case c JOIN case_candidate d"
        " ON d.account_id = c.account_id AND d.case_id = c.id"
        " WHERE c.account_id = $1 AND c.payment_id = $2 AND d.gateway = $3 AND d.transaction = $4"
        " AND d.gone_back_at IS NULL AND c.resolved_by IS DISTINCT FROM $5 LIMIT 1",
        payment.account_id,
        payment.id,
        payment.gateway,
        transaction,
        SERVICE,
    )
    return row is not None


async def id_of_payment_with(gateway: str, transaction: str) -> UUID | None:
    """Our payment that the newest case with a gateway's payment is about, if there is one."""
    row = await fetch_one(
        "SELECT c.payment_id FROM case_candidate d JOIN support_case c"
        " ON c.account_id = d.account_id AND c.id = d.case_id"
        " WHERE d.gateway = $1 AND d.transaction = $2 AND c.payment_id IS NOT NULL"
        " ORDER BY d.id DESC LIMIT 1",
        gateway,
        transaction,
    )
    return row["payment_id"] if row else None


async def candidate_about(payment: Payment, transaction: str) -> Candidate | None:
    """A gateway's payment as it is in the newest case about one of ours that has it, if any has."""
    row = await fetch_one(
        "SELECT d.* FROM support_case c JOIN case_candidate d"
        " ON d.account_id = c.account_id AND d.case_id = c.id"
        " WHERE c.account_id = $1 AND c.payment_id = $2 AND d.gateway = $3 AND d.transaction = $4"
        " ORDER BY d.id DESC LIMIT 1",
        payment.account_id,
        payment.id,
        payment.gateway,
        transaction,
    )
    return Candidate.read(row) if row else None


async def note_gone_back(payment: Payment, transaction: str, *, at: datetime) -> bool:
    """Keep that a gateway's payment in cases about one of ours is with its payer again; False when
    it is in none, or known to be."""
    noted = await execute(
        "UPDATE case_candidate d SET gone_back_at = $5 FROM support_case c"
        " WHERE c.account_id = $1 AND c.payment_id = $2 AND d.account_id = c.account_id"
        " AND d.case_id = c.id AND d.gateway = $3 AND d.transaction = $4"
        " AND d.gone_back_at IS NULL",
        payment.account_id,
        payment.id,
        payment.gateway,
        transaction,
        at,
    )
    return noted > 0


async def has_unbooked(case: SupportCase) -> bool:
    """Whether a case has candidates that are booked as no payment, and have not gone back."""
    row = await fetch_one(
        "SELECT 1 AS found FROM case_candidate c WHERE c.account_id = $1 AND c.case_id = $2"
        " AND c.gone_back_at IS NULL AND NOT EXISTS (SELECT 1 FROM payment p"
        " WHERE p.gateway = c.gateway AND p.transaction = c.transaction"
        " AND p.status = 'CAPTURED') LIMIT 1",
        case.account_id,
        case.id,
    )
    return row is not None


@dataclass(frozen=True, slots=True)
class CaseList:
    """Which of an account's cases: those of a status, if one is named, that follow a case."""

    account_id: UUID
    size: int
    status: CaseStatus | None = None
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Cases newest first, and whether there are more."""

    cases: list[SupportCase]
    has_more: bool


async def page(
    account_id: UUID | None,
    *,
    size: int,
    status: CaseStatus | None = None,
    after: UUID | None = None,
) -> CasePage:
    """One page of an account's cases, newest first; of all accounts for the seller's staff."""
    if account_id is not None:
        return (await pages([CaseList(account_id, size, status, after)]))[0]
    rows = await fetch(
        "SELECT * FROM support_case WHERE ($1::text IS NULL OR status = $1)"  # noqa: S608
        f" AND id < $2 ORDER BY id DESC LIMIT {size + 1}",
        str(status) if status else None,
        after or HIGHEST,
    )
    return _page(rows, size)


async def pages(wanted: Sequence[CaseList]) -> list[CasePage]:
    """A page of each list, newest first: in one statement those of a size and a status."""
    return await in_groups(wanted, lambda one: (one.size, one.status), _pages)


async def _pages(wanted: Sequence[CaseList]) -> list[CasePage]:
    size, status = wanted[0].size, wanted[0].status
    rows = await fetch(
        f"SELECT w.place, c.* FROM {arrays(account_id='uuid', after='uuid')}"  # noqa: S608
        " CROSS JOIN LATERAL (SELECT * FROM support_case"
        " WHERE account_id = w.account_id AND id < w.after AND ($3::text IS NULL OR status = $3)"
        f" ORDER BY id DESC LIMIT {size + 1}) c ORDER BY w.place, c.id DESC",
        [one.account_id for one in wanted],
        [one.after or HIGHEST for one in wanted],
        str(status) if status else None,
    )
    found: list[list[Record]] = [[] for _ in wanted]
    for row in rows:
        found[row["place"] - 1].append(row)
    return [_page(listed, size) for listed in found]


def _page(rows: Sequence[Record], size: int) -> CasePage:
    return CasePage([SupportCase.read(row) for row in rows[:size]], len(rows) > size)


async def count(account_id: UUID | None, *, status: CaseStatus | None = None) -> int:
    """How many cases a list has in all."""
    if account_id is not None:
        return (await counts([(account_id, status)]))[account_id, status]
    row = await fetch_one(
        "SELECT count(*) AS n FROM support_case WHERE $1::text IS NULL OR status = $1",
        str(status) if status else None,
    )
    return int(row["n"]) if row else 0


async def counts(
    lists: Sequence[tuple[UUID, CaseStatus | None]],
) -> dict[tuple[UUID, CaseStatus | None], int]:
    """How many cases accounts have in a status, or in all."""
    rows = await fetch(
        "SELECT w.place, count(*) AS n"  # noqa: S608
        f" FROM {arrays(account_id='uuid', status='text')}"
        " JOIN support_case c ON c.account_id = w.account_id"
        " AND (w.status IS NULL OR c.status = w.status) GROUP BY w.place",
        [account_id for account_id, _ in lists],
        [str(status) if status else None for _, status in lists],
    )
    return dict.fromkeys(lists, 0) | {lists[row["place"] - 1]: row["n"] for row in rows}


async def add_candidate(
    account_id: UUID, case_id: UUID, gateway: str, found: GatewayPayment
) -> None:
    """Note a payment that may be the claimed one, or that is booked nowhere. A second note of it
    tells that it is there again, if it had gone back, and else changes nothing."""
    await execute(
        "INSERT INTO case_candidate (id, account_id, case_id, gateway, transaction, amount_minor,"
        " currency, payer_email, payment_id, captured_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (case_id, gateway, transaction) DO UPDATE SET gone_back_at = NULL"
        " WHERE case_candidate.gone_back_at IS NOT NULL",
        new_id(),
        account_id,
        case_id,
        gateway,
        found.transaction,
        found.amount.minor_units,
        found.amount.currency,
        found.payer_email[:254] if found.payer_email else None,
        found.payment_id,
        found.captured_at,
    )


async def candidates(account_id: UUID, case_id: UUID) -> list[Candidate]:
    """The candidates of a claim, in the order they were found."""
    return (await candidates_of([(account_id, case_id)]))[account_id, case_id]


async def candidates_of(keys: Sequence[Key]) -> dict[Key, list[Candidate]]:
    """The candidates of claims, in the order they were found."""
    rows = await fetch(
        f"SELECT c.* FROM {WANTED} JOIN case_candidate c"  # noqa: S608
        " ON c.account_id = w.account_id AND c.case_id = w.id ORDER BY c.id",
        *columns(keys),
    )
    return lists_of(keys, rows, "case_id", Candidate.read)
