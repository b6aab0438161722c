"""Both sides' records after a campaign, and every difference between them.

Ours are read past the store: an auditor believes no reader of the house that is audited.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from tests.support.gateway import Gateway

Row = Mapping[str, Any]

_TABLES = {
    "invoices": "SELECT id, status, total_minor, paid_minor FROM invoice",
    "payments": "SELECT id, gateway, status, live, charged_minor, charge_currency, deadline_at"
    " FROM payment",
    "parts": "SELECT payment_id, invoice_id, amount_minor FROM payment_allocation",
    "entries": "SELECT debit, credit, amount_minor, invoice_id, payment_id FROM ledger_entry",
    "refunds": "SELECT id, payment_id, reference, status, charged_minor FROM refund",
    "disputes": "SELECT id, reference, status, charged_minor FROM dispute",
    "events": "SELECT account_id, seq, kind, payment_id, invoice_id, data FROM event",
    "receipts": "SELECT event_id, handled_at FROM receipt",
    "cases": "SELECT payment_id, status, reason FROM support_case",
    "jobs": "SELECT entrypoint, status::text FROM pgqueuer",
}
#: Jobs that move money or tell of it. The others wait for a browser, and there is none.
MONEY_JOBS = ("handle_receipt", "send_refund")
OFFLINE = "offline"
_REFUND_FAILED = "REFUND_FAILED"
#: A deadline is enforced by the next sweep.
SWEEP = timedelta(seconds=30)
_DISPUTES = {"won": "WON", "lost": "LOST"}


@dataclass(frozen=True)
class Ledgers:
    """Everything that both sides know at one moment."""

    ours: dict[str, list[Row]]
    sessions: Sequence[Row]
    charges: Sequence[Row]
    refunds: Sequence[Row]
    disputes: Sequence[Row]
    deliveries: Sequence[Row]

    @property
    def payments(self) -> dict[UUID, Row]:
        return {row["id"]: row for row in self.ours["payments"]}

    @property
    def captured(self) -> list[Row]:
        return [one for one in self.ours["payments"] if one["status"] == "CAPTURED"]

    def balances(self, book: str, about: str) -> Counter[UUID]:
        """Debits less credits of a book, by payment or by invoice."""
        found: Counter[UUID] = Counter()
        for entry in self.ours["entries"]:
            sign = (entry["debit"] == book) - (entry["credit"] == book)
            found[entry[about]] += sign * entry["amount_minor"]
        return found

    def taken(self) -> dict[UUID, list[Row]]:
        """The gateway's charges that brought money, by our payment's id in their metadata."""
        found: dict[UUID, list[Row]] = defaultdict(list)
        for charge in self.charges:
            if charge["captured"] and charge["status"] == "succeeded":
                found[UUID(charge["metadata"]["payment_id"])].append(charge)
        return found


async def read(database_url: str, gateway: Gateway) -> Ledgers:
    """Read both sides."""
    connection = await asyncpg.connect(database_url)
    try:
        ours = {name: await connection.fetch(select) for name, select in _TABLES.items()}
    finally:
        await connection.close()
    return Ledgers(
        ours,
        sessions=await gateway.listed("checkout/sessions"),
        charges=await gateway.listed("charges"),
        refunds=await gateway.listed("refunds"),
        disputes=await gateway.listed("disputes"),
        deliveries=await gateway.deliveries(),
    )


def differences(ledgers: Ledgers) -> list[str]:
    """A sentence for each; none is a clean bill."""
    return [sentence for check in CHECKS for sentence in check(ledgers)]


def pages_are_known(ledgers: Ledgers) -> Iterator[str]:
    """Whatever the gateway opened for us is one attempt of ours, and an attempt has one page."""
    pages = Counter(UUID(one["metadata"]["payment_id"]) for one in ledgers.sessions)
    for payment_id, count in pages.items():
        if payment_id not in ledgers.payments:
            yield f"the gateway has a page for payment {payment_id}, which we do not know"
        if count > 1:
            yield f"payment {payment_id} has {count} pages at the gateway"


def charges_are_captured(ledgers: Ledgers) -> Iterator[str]:
    """What the gateway took is a captured payment of the same amount, and the other way round."""
    taken = ledgers.taken()
    for payment_id, charges in taken.items():
        here = ledgers.payments.get(payment_id)
        there = [(one["amount_captured"], one["currency"].upper()) for one in charges]
        if here is None:
            yield f"the gateway took {there} for payment {payment_id}, which we do not know"
        elif there != [_amount(here)] or here["status"] != "CAPTURED":
            yield f"the gateway took {there} for payment {dict(here)}"
    for payment in ledgers.captured:
        if payment["gateway"] != OFFLINE and payment["id"] not in taken:
            yield f"payment {payment['id']} is captured here, and the gateway took nothing"


def _amount(payment: Row) -> tuple[int, str]:
    return payment["charged_minor"], payment["charge_currency"]


def refunds_are_ours(ledgers: Ledgers) -> Iterator[str]:
    """Each refund is known to both, with its amount, and has ended on both sides alike."""
    yield from _unlike(
        "refund",
        {one["id"]: (one["status"].upper(), one["amount"]) for one in ledgers.refunds},
        {
            str(one["reference"] or one["id"]): (one["status"], one["charged_minor"])
            for one in ledgers.ours["refunds"]
            # What the gateway refused has no name there, and moved nothing.
            if one["reference"] is not None or one["status"] != "FAILED"
        },
    )
    for refund in ledgers.refunds:
        if refund["status"] == "pending":
            yield f"refund {refund['id']} is still on its way"


def disputes_are_ours(ledgers: Ledgers) -> Iterator[str]:
    """Each dispute is known to both, with its amount and its outcome."""
    yield from _unlike(
        "dispute",
        {
            one["id"]: (_DISPUTES.get(one["status"], "OPEN"), one["amount"])
            for one in ledgers.disputes
        },
        {
            one["reference"]: (one["status"], one["charged_minor"])
            for one in ledgers.ours["disputes"]
        },
    )


def _unlike(kind: str, there: Mapping[str, object], here: Mapping[str, object]) -> Iterator[str]:
    for key in sorted(there.keys() | here.keys()):
        if there.get(key) != here.get(key):
            yield f"{kind} {key}: {there.get(key)} at the gateway, {here.get(key)} here"


def cash_agrees(ledgers: Ledgers) -> Iterator[str]:
    """After refunds and disputes the gateway holds of each payment what our ledger says."""
    gone: Counter[str] = Counter()
    for refund in ledgers.refunds:
        gone[refund["charge"]] += refund["amount"] * (refund["status"] in ("pending", "succeeded"))
    for dispute in ledgers.disputes:
        gone[dispute["charge"]] += dispute["amount"] * (dispute["status"] != "won")
    here = ledgers.balances("GATEWAY", "payment_id")
    for payment_id, charges in ledgers.taken().items():
        there = sum(one["amount_captured"] - gone[one["id"]] for one in charges)
        if here[payment_id] != there:
            yield f"the gateway holds {there} of payment {payment_id}, we book {here[payment_id]}"


def invoices_are_paid_once(ledgers: Ledgers) -> Iterator[str]:
    """An invoice keeps what it asks for, and no more: the rest went back."""
    captured = {one["id"] for one in ledgers.captured}
    came: Counter[UUID] = Counter()
    for part in ledgers.ours["parts"]:
        came[part["invoice_id"]] += part["amount_minor"] * (part["payment_id"] in captured)
    for invoice in ledgers.ours["invoices"]:
        expected = min(came[invoice["id"]], invoice["total_minor"])
        is_settled = invoice["status"] != "OPEN"
        if invoice["paid_minor"] != expected or is_settled != (expected == invoice["total_minor"]):
            yield f"{came[invoice['id']]} came in for invoice {dict(invoice)}"


def surplus_went_back(ledgers: Ledgers) -> Iterator[str]:
    """What was paid beyond an invoice is given back, unless that failed and a person has to."""
    failed = {one["payment_id"] for one in ledgers.ours["cases"] if one["reason"] == _REFUND_FAILED}
    for payment_id, balance in ledgers.balances("SURPLUS", "payment_id").items():
        if balance < 0 and payment_id not in failed:
            yield f"{-balance} of payment {payment_id} is surplus for ever"


def ledger_is_invoices(ledgers: Ledgers) -> Iterator[str]:
    """What an invoice counts as paid is what its entries took off what it asked for."""
    owed = ledgers.balances("RECEIVABLE", "invoice_id")
    for invoice in ledgers.ours["invoices"]:
        if invoice["paid_minor"] != invoice["total_minor"] - owed[invoice["id"]]:
            yield f"the ledger has {owed[invoice['id']]} owed on invoice {dict(invoice)}"


def events_are_told_once(ledgers: Ledgers) -> Iterator[str]:
    """Each account's log is numbered without a gap, and tells each capture and each issue once."""
    numbers: dict[UUID, list[int]] = defaultdict(list)
    facts: Counter[tuple[str, UUID]] = Counter()
    for event in ledgers.ours["events"]:
        numbers[event["account_id"]].append(event["seq"])
        data = orjson.loads(event["data"])
        if (event["kind"], data.get("status")) == ("PaymentStatusChanged", "CAPTURED"):
            facts["captured", event["payment_id"]] += 1
        elif event["kind"] == "InvoiceIssued":
            facts["issued", event["invoice_id"]] += 1
    for account_id, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            yield f"the log of account {account_id} is not numbered from 1 to {len(found)}"
    expected = {("captured", one["id"]) for one in ledgers.captured}
    expected |= {("issued", one["id"]) for one in ledgers.ours["invoices"]}
    for fact in expected | facts.keys():
        if facts[fact] != (fact in expected):
            yield f"the log tells {facts[fact]} times: {fact}"


def notices_are_kept_once(ledgers: Ledgers) -> Iterator[str]:
    """What we answered 2xx is kept, once, and worked on."""
    kept = Counter(one["event_id"] for one in ledgers.ours["receipts"])
    for event_id, count in kept.items():
        if count > 1:
            yield f"notice {event_id} was kept {count} times"
    for delivery in ledgers.deliveries:
        if delivery["status"] == "delivered" and delivery["event"] not in kept:
            yield f"notice {delivery['event']} was acknowledged and is nowhere"
    for receipt in ledgers.ours["receipts"]:
        if receipt["handled_at"] is None:
            yield f"notice {receipt['event_id']} was kept and never worked on"


def nothing_is_late(ledgers: Ledgers) -> Iterator[str]:
    """Nothing waits past its deadline without a person who looks into it, and no job was given up
    or waits that moves money."""
    looked_into = {one["payment_id"] for one in ledgers.ours["cases"] if one["status"] == "OPEN"}
    now = datetime.now(UTC)
    for payment in ledgers.ours["payments"]:
        deadline = payment["deadline_at"]
        is_late = payment["live"] and deadline is not None and deadline + SWEEP < now
        if is_late and payment["id"] not in looked_into:
            yield f"payment {payment['id']} is {payment['status']} past its deadline"
        if payment["status"] == "PROCESSING":
            yield f"payment {payment['id']} is still on its way"
    for job in ledgers.ours["jobs"]:
        if job["entrypoint"] in MONEY_JOBS or job["status"] not in ("queued", "picked"):
            yield f"a job {job['entrypoint']} is {job['status']}"


CHECKS: tuple[Callable[[Ledgers], Iterator[str]], ...] = (
    pages_are_known,
    charges_are_captured,
    refunds_are_ours,
    disputes_are_ours,
    cash_agrees,
    invoices_are_paid_once,
    surplus_went_back,
    ledger_is_invoices,
    events_are_told_once,
    notices_are_kept_once,
    nothing_is_late,
)
