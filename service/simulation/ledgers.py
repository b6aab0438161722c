"""Both sides' records of a history, as plain rows, for the invariants to compare.

Ours are read past the store: an auditor believes no reader of the house that is audited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from service.sandbox.errors import JSON
from service.simulation.queue_table import LEFT_OUT
from service.simulation.world import World

Row = Mapping[str, Any]

_TABLES = {
    "invoices": "SELECT id, account_id, status, total_minor, paid_minor FROM invoice",
    "payments": "SELECT id, gateway, status, live, live_mode, charged_minor, charge_currency,"
    " amount_minor, currency, review_reason, session_id, next_check_at, deadline_at, payer_email"
    " FROM payment",
    "allocations": "SELECT payment_id, invoice_id, amount_minor FROM payment_allocation",
    "receipts": "SELECT id, event_id, kind, payment_id, handled_at, outcome FROM receipt",
    "events": "SELECT account_id, seq, kind, invoice_id, payment_id, data FROM event",
    "entries": "SELECT id, key, debit, credit, amount_minor, currency, invoice_id, payment_id"
    " FROM ledger_entry",
    "refunds": "SELECT id, payment_id, reference, status, reason, charged_minor FROM refund",
    "cases": "SELECT id, payment_id, invoice_id, status, reason, resolved_by FROM support_case",
    "notifications": "SELECT id, kind, payment_id, state, recipient_email FROM notification",
    "jobs": "SELECT id, entrypoint, status::text FROM pgqueuer",
}


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that the gateway took, and what it holds of it after refunds and disputes.

    `payment_id` is our reference as the gateway kept it. `left_minor` counts what is disputed.
    """

    id: str
    payment_id: UUID
    minor_units: int
    held_minor: int
    left_minor: int
    currency: str
    live_mode: bool


@dataclass(frozen=True)
class Ledgers:
    """Everything that both sides know at one moment."""

    world: World
    invoices: list[Row]
    payments: dict[UUID, Row]
    receipts: list[Row]
    events: list[Row]
    entries: list[Row]
    refunds: list[Row]
    cases: list[Row]
    notifications: list[Row]
    jobs: list[Row]
    #: Allocations per payment and per invoice.
    parts: dict[UUID, list[Row]] = field(default_factory=lambda: defaultdict(list))
    meant_for: dict[UUID, list[Row]] = field(default_factory=lambda: defaultdict(list))
    #: What the gateway took per payment of ours; its pages and refunds.
    charges: dict[UUID, list[Charge]] = field(default_factory=lambda: defaultdict(list))
    sessions: list[JSON] = field(default_factory=list)
    gateway_refunds: list[JSON] = field(default_factory=list)
    #: What `paidup audit` tells of it all.
    audited: list[str] = field(default_factory=list)

    def name(self, kind: str, key: UUID | str) -> str:
        """How the history calls it."""
        return self.world.trace.name(kind, key)

    def balance(self, book: str, **about: UUID) -> int:
        """Debits less credits of a book, over the entries about a payment or an invoice."""
        return sum(
            entry["amount_minor"] * ((entry["debit"] == book) - (entry["credit"] == book))
            for entry in self.entries
            if all(entry[name] == value for name, value in about.items())
        )

    def is_held(self, payment: Row) -> bool:
        """Whether money of a payment waits for a person, because it is not what was asked."""
        return payment["review_reason"] is not None


async def read(world: World, connection: Any, audited: Iterable[str] = ()) -> Ledgers:
    """Read both sides."""
    rows = {
        name: await connection.fetch(f"{select} ORDER BY 1, 2") for name, select in _TABLES.items()
    }
    book = world.sandbox.book
    found = Ledgers(
        world,
        invoices=rows["invoices"],
        payments={row["id"]: row for row in rows["payments"]},
        receipts=rows["receipts"],
        events=[{**row, "data": orjson.loads(row["data"])} for row in rows["events"]],
        entries=rows["entries"],
        refunds=rows["refunds"],
        cases=rows["cases"],
        notifications=rows["notifications"],
        jobs=[
            row for row in (*rows["jobs"], *world.queue.left) if row["entrypoint"] not in LEFT_OUT
        ],
        sessions=list(book.oldest_first("session")),
        gateway_refunds=list(book.oldest_first("refund")),
        audited=list(audited),
    )
    for part in rows["allocations"]:
        found.parts[part["payment_id"]].append(part)
        found.meant_for[part["invoice_id"]].append(part)
    for charge in book.oldest_first("charge"):
        if charge["captured"] and charge["status"] == "succeeded":
            taken = _charge(charge, list(book.oldest_first("dispute")))
            found.charges[taken.payment_id].append(taken)
    return found


def _charge(charge: JSON, disputes: list[JSON]) -> Charge:
    of_it = [dispute for dispute in disputes if dispute["charge"] == charge["id"]]
    # The sandbox of a simulation pays out in the charge's own currency.
    taken = {
        one["id"]: -sum(moved["amount"] for moved in one["balance_transactions"]) for one in of_it
    }
    taken_back = sum(taken.values())
    lost = sum(taken[one["id"]] for one in of_it if one["status"] == "lost")
    given_back = charge["amount_refunded"]
    return Charge(
        id=charge["id"],
        payment_id=UUID(charge["metadata"]["payment_id"]),
        minor_units=charge["amount_captured"],
        held_minor=charge["amount_captured"] - given_back - taken_back,
        left_minor=charge["amount_captured"] - given_back - lost,
        currency=charge["currency"].upper(),
        live_mode=charge["livemode"],
    )


_EMPTY = """
DO $$
DECLARE name text; large bool;
BEGIN
    SET LOCAL session_replication_role = replica;
    -- What was deleted is read past until a vacuum comes: tables that grew are made anew.
    FOR name, large IN SELECT oid::regclass, pg_relation_size(oid) > 256 * 1024 FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'tortoise_migrations'
    LOOP
        IF large THEN EXECUTE 'TRUNCATE ' || name || ' CASCADE';
        ELSE EXECUTE 'DELETE FROM ' || name;
        END IF;
    END LOOP;
END $$
"""


async def empty(connection: Any) -> None:
    """Take every row out of the simulation's own database: a history depends on its seed alone."""
    await connection.execute(_EMPTY)
