"""Promises about attempts, the event log, notices, jobs, cases and mails."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from uuid import UUID

from service.billing.support import SERVICE
from service.sandbox.errors import JSON
from service.simulation.ledgers import Ledgers, Row
from service.simulation.money_invariants import named

_LIVE = ("PENDING", "PROCESSING", "UNDER_REVIEW")
#: What a screen shows of an invoice that its customer is asked to pay.
_ASKED_FOR = ("DUE", "OVERDUE", "PARTIALLY_PAID")
#: What no screen shows of an invoice that was once shown as paid.
_UNPAID = (*_ASKED_FOR, "PROCESSING")
#: Attempts whose money has left the payer's hands.
_ON_ITS_WAY = ("PROCESSING", "UNDER_REVIEW")


def every_page_has_its_attempt(ledgers: Ledgers) -> Iterator[str]:
    """Whatever the gateway opened for us, we know of."""
    for session in ledgers.sessions:
        if UUID(session["metadata"]["payment_id"]) not in ledgers.payments:
            yield f"{ledgers.name('page', session['id'])} is at the gateway, and in no book of ours"


def an_attempt_has_one_page(ledgers: Ledgers) -> Iterator[str]:
    """However often it was asked, the gateway opened one page for an attempt."""
    pages = Counter(session["metadata"]["payment_id"] for session in ledgers.sessions)
    for payment_id, count in pages.items():
        if count > 1:
            yield f"{ledgers.name('payment', payment_id)} has {count} pages at the gateway"


def an_invoice_has_one_live_attempt(ledgers: Ledgers) -> Iterator[str]:
    """By the event log: no second attempt begins while one is live."""
    live: dict[UUID, str] = {}
    for event in ledgers.events:
        if event["kind"] != "PaymentStatusChanged":
            continue
        for part in ledgers.parts[event["payment_id"]]:
            attempt = ledgers.name("payment", event["payment_id"])
            if event["data"]["status"] not in _LIVE:
                if live.get(part["invoice_id"]) == attempt:
                    del live[part["invoice_id"]]
            elif live.setdefault(part["invoice_id"], attempt) != attempt:
                invoice = ledgers.name("invoice", part["invoice_id"])
                yield f"{attempt} of {invoice} began while {live[part['invoice_id']]} was live"


def nothing_stays_live(ledgers: Ledgers) -> Iterator[str]:
    """Every attempt has come to an end, or waits for a person to look at wrong money."""
    for payment in ledgers.payments.values():
        if payment["live"] and payment["status"] != "UNDER_REVIEW":
            yield f"{named(ledgers, payment)} for ever"


def nothing_is_asked_about_for_ever(ledgers: Ledgers) -> Iterator[str]:
    """The gateway is asked about attempts that may still be paid, and about no others."""
    for payment in ledgers.payments.values():
        if payment["next_check_at"] is not None and not payment["live"]:
            yield f"{named(ledgers, payment)}, and is looked up for ever"


def a_passed_deadline_has_its_case(ledgers: Ledgers) -> Iterator[str]:
    """Who waits longer than was promised has a person looking into it."""
    open_about = {case["payment_id"] for case in ledgers.cases if case["status"] == "OPEN"}
    for payment in ledgers.payments.values():
        late = payment["deadline_at"] is not None and (
            payment["deadline_at"] < ledgers.world.clock.now
        )
        if payment["live"] and late and payment["id"] not in open_about:
            yield f"{named(ledgers, payment)} past its deadline, and nobody looks into it"


def open_cases_have_a_reason(ledgers: Ledgers) -> Iterator[str]:
    """A case whose question is answered has closed itself."""
    for case in ledgers.cases:
        payment = ledgers.payments.get(case["payment_id"])
        if case["status"] != "OPEN" or payment is None:
            continue
        if case["reason"] == "UNDER_REVIEW":
            over = not payment["live"] and not _is_wrong_money_left(ledgers, payment)
        else:
            over = not payment["live"] and case["reason"] == "DEADLINE_PASSED"
        if over:
            yield f"a case {case['reason']} is open, and {named(ledgers, payment)}"


def wrong_money_has_its_case(ledgers: Ledgers) -> Iterator[str]:
    """A person is called for what the gateway still has of money that does not match."""
    called_for = {
        case["payment_id"]
        for case in ledgers.cases
        if case["reason"] == "UNDER_REVIEW"
        and (case["status"] == "OPEN" or case["resolved_by"] != SERVICE)
    }
    for payment in ledgers.payments.values():
        if _is_wrong_money_left(ledgers, payment) and payment["id"] not in called_for:
            yield f"{named(ledgers, payment)}, and nobody is called for its wrong money"


def _is_wrong_money_left(ledgers: Ledgers, payment: Row) -> bool:
    left = sum(charge.left_minor for charge in ledgers.charges.get(payment["id"], ()))
    return payment["status"] != "CAPTURED" and left > 0


def the_log_has_no_gaps(ledgers: Ledgers) -> Iterator[str]:
    """An account's events are numbered from one, without a gap."""
    expected: dict[UUID, int] = {}
    for event in ledgers.events:
        place = expected[event["account_id"]] = expected.get(event["account_id"], 0) + 1
        if event["seq"] != place:
            yield f"event {event['seq']} stands at place {place} of its log"
            return


def the_log_ends_with_what_is(ledgers: Ledgers) -> Iterator[str]:
    """The last thing told of a payment, a refund or an invoice is its status."""
    told: dict[UUID, str] = {}
    for event in ledgers.events:
        data = event["data"]
        if event["kind"] == "PaymentStatusChanged":
            told[event["payment_id"]] = data["status"]
        elif event["kind"] == "InvoiceStatusChanged":
            told[event["invoice_id"]] = data["status"]
        elif event["kind"] == "InvoiceIssued":
            told[event["invoice_id"]] = "OPEN"
        elif event["kind"] == "RefundStatusChanged":
            told[UUID(data["refund_id"])] = data["status"]
    for kind, rows in (
        ("payment", ledgers.payments.values()),
        ("invoice", ledgers.invoices),
        ("refund", ledgers.refunds),
    ):
        for row in rows:
            if told.get(row["id"]) != row["status"]:
                yield f"{named(ledgers, row, kind)}, and the log tells {told.get(row['id'])}"


def paid_stays_paid(ledgers: Ledgers) -> Iterator[str]:
    """By the event log: once a screen showed an invoice as paid, no screen shows it as due."""
    paid: set[UUID] = set()
    for event in ledgers.events:
        if event["kind"] == "InvoiceStatusChanged":
            shown = event["data"]["display_status"]
            if shown == "PAID":
                paid.add(event["invoice_id"])
            elif shown in _UNPAID and event["invoice_id"] in paid:
                yield f"{ledgers.name('invoice', event['invoice_id'])} was PAID, then {shown}"


def money_on_its_way_is_told(ledgers: Ledgers) -> Iterator[str]:
    """By the event log: once money is on its way, screens hear of its invoices before anything else
    becomes of the attempt."""
    shown: dict[UUID, str] = {}
    owed: dict[UUID, set[UUID]] = defaultdict(set)
    for event in ledgers.events:
        invoice_id, payment_id = event["invoice_id"], event["payment_id"]
        if event["kind"] == "InvoiceStatusChanged":
            shown[invoice_id] = event["data"]["display_status"]
            for invoices in owed.values():
                invoices.discard(invoice_id)
        elif event["kind"] == "PaymentStatusChanged":
            for invoice_id in owed.pop(payment_id, ()):
                name = ledgers.name("invoice", invoice_id)
                attempt = ledgers.name("payment", payment_id)
                yield f"{attempt} was on its way, and no screen of {name} was told"
            if event["data"]["status"] in _ON_ITS_WAY:
                parts = [part["invoice_id"] for part in ledgers.parts[payment_id]]
                owed[payment_id] = {one for one in parts if shown.get(one, "DUE") in _ASKED_FOR}


def one_key_is_one_checkout(ledgers: Ledgers) -> Iterator[str]:
    """The same key of a client is answered with the same checkout, however often it is sent."""
    for (_, key), payments in ledgers.world.answers.items():
        if len(payments) > 1:
            names = sorted(ledgers.name("payment", one) for one in payments)
            yield f"{key} was answered with {' and '.join(names)}"


def an_event_is_kept_once(ledgers: Ledgers) -> Iterator[str]:
    """However often it was sent, there is one receipt for an event."""
    kept = Counter(receipt["event_id"] for receipt in ledgers.receipts)
    for event_id, count in kept.items():
        if count > 1:
            yield f"{ledgers.name('event', event_id)} was kept {count} times"


def what_we_acknowledged_is_kept(ledgers: Ledgers) -> Iterator[str]:
    """The gateway never sends again what we answered 2xx: we had better have it."""
    kept = {receipt["event_id"] for receipt in ledgers.receipts}
    for delivery in ledgers.world.sandbox.book.oldest_first("delivery"):
        if delivery["status"] == "delivered" and delivery["event"] not in kept:
            yield f"{ledgers.name('event', delivery['event'])} was acknowledged and is nowhere"


def every_receipt_is_handled(ledgers: Ledgers) -> Iterator[str]:
    """What we have kept, we have worked on."""
    for receipt in ledgers.receipts:
        if receipt["handled_at"] is None:
            yield f"{ledgers.name('event', receipt['event_id'])} was kept and never handled"


def a_handled_receipt_did_its_work(ledgers: Ledgers) -> Iterator[str]:
    """A notice that money came, once handled, leaves its payment captured or held."""
    paid = {one["metadata"]["payment_id"] for one in ledgers.sessions if _is_paid(one)}
    for receipt in ledgers.receipts:
        payment = ledgers.payments.get(receipt["payment_id"])
        if (
            payment is not None
            and receipt["handled_at"] is not None
            and receipt["event_id"] in _paid_events(ledgers)
            and str(payment["id"]) in paid
            and payment["status"] != "CAPTURED"
            and not ledgers.is_held(payment)
        ):
            event = ledgers.name("event", receipt["event_id"])
            yield f"{event} was handled as {receipt['outcome']}; {named(ledgers, payment)}"


def no_job_is_left(ledgers: Ledgers) -> Iterator[str]:
    """The queue is empty in the end."""
    for job in ledgers.jobs:
        yield f"a job {job['entrypoint']} is {job['status']} for ever"


def a_capture_is_told_once(ledgers: Ledgers) -> Iterator[str]:
    """Whoever paid got one receipt by mail; the account's own address may get one too."""
    sent: dict[UUID, list[str]] = defaultdict(list)
    for mail in ledgers.notifications:
        if (mail["kind"], mail["state"]) == ("RECEIPT", "SENT"):
            sent[mail["payment_id"]].append(mail["recipient_email"])
    for payment in ledgers.payments.values():
        told, captured = sent[payment["id"]], payment["status"] == "CAPTURED"
        if (payment["payer_email"] in told) != captured or len(set(told)) != len(told):
            yield f"{named(ledgers, payment)}, and {len(told)} receipts were mailed"


def _is_paid(session: JSON) -> bool:
    return bool(session["payment_status"] == "paid")


def _paid_events(ledgers: Ledgers) -> set[str]:
    """The events by which the gateway told that a page was paid."""
    return {
        event["id"]
        for event in ledgers.world.sandbox.book.oldest_first("event")
        if event["type"].startswith("checkout.session.") and _is_paid(event["data"]["object"])
    }
