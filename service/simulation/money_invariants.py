"""Promises about money: what the gateway took, what the ledger says, what goes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from service.simulation.ledgers import Charge, Ledgers, Row

OFFLINE = "offline"


def money_at_the_gateway_is_in_our_books(ledgers: Ledgers) -> Iterator[str]:
    """What the gateway took is a captured payment of the same amount, or held for review."""
    for payment_id, charges in ledgers.charges.items():
        payment = ledgers.payments.get(payment_id)
        if payment is None:
            yield f"the gateway took {_sum(charges)} for a payment that we do not know"
        elif len(charges) > 1:
            yield f"{named(ledgers, payment)} was taken {len(charges)} times"
        elif payment["status"] == "CAPTURED" and not agree(payment, charges[0]):
            yield f"{named(ledgers, payment)} is not the gateway's {_sum(charges)}"
        elif payment["status"] != "CAPTURED" and not ledgers.is_held(payment):
            yield f"{named(ledgers, payment)}, and the gateway took {_sum(charges)}"


def money_in_our_books_is_at_the_gateway(ledgers: Ledgers) -> Iterator[str]:
    """A captured payment is money that the gateway took."""
    for payment in _captured(ledgers):
        if payment["gateway"] != OFFLINE and not ledgers.charges.get(payment["id"]):
            yield f"{named(ledgers, payment)}, and the gateway took nothing"


def both_hold_the_same(ledgers: Ledgers) -> Iterator[str]:
    """After refunds and disputes the gateway holds what our ledger says that it holds."""
    for payment in _captured(ledgers):
        if payment["gateway"] == OFFLINE:
            continue
        there = sum(charge.held_minor for charge in ledgers.charges.get(payment["id"], ()))
        here = ledgers.balance("GATEWAY", payment_id=payment["id"])
        if here != there:
            yield f"{named(ledgers, payment)}: the gateway holds {there} of it, we book {here}"


def only_wrong_money_is_held(ledgers: Ledgers) -> Iterator[str]:
    """Money that matches what was asked is never kept from its invoice."""
    for payment in ledgers.payments.values():
        if payment["status"] == "UNDER_REVIEW" and payment["session_id"] not in (
            ledgers.world.tampered
        ):
            yield f"{named(ledgers, payment)}, and its page was never tampered with"


def what_is_held_ends_with_its_money(ledgers: Ledgers) -> Iterator[str]:
    """Nothing waits for a person once the gateway has nothing of it any more."""
    for payment in ledgers.payments.values():
        charges = ledgers.charges.get(payment["id"], ())
        if payment["status"] == "UNDER_REVIEW" and all(one.held_minor == 0 for one in charges):
            yield f"{named(ledgers, payment)}, and the gateway holds nothing of it"


def wrong_money_settles_nothing(ledgers: Ledgers) -> Iterator[str]:
    """What was paid on a page that the gateway misremembers is not taken for what was asked."""
    for session in ledgers.sessions:
        payment = ledgers.payments.get(UUID(session["metadata"]["payment_id"]))
        wrong = session["id"] in ledgers.world.tampered
        if wrong and payment is not None and payment["status"] == "CAPTURED":
            yield f"{named(ledgers, payment)} by a page that the gateway misremembers"


def captured_money_is_booked(ledgers: Ledgers) -> Iterator[str]:
    """Each captured payment is in the ledger once: what settles an invoice and what is beyond it
    make up what was meant for it."""
    for payment in _captured(ledgers):
        for part in ledgers.parts[payment["id"]]:
            booked = sum(
                entry["amount_minor"]
                for entry in ledgers.entries
                if entry["payment_id"] == payment["id"]
                and entry["invoice_id"] == part["invoice_id"]
                and entry["key"].startswith("captured:")
            )
            if booked != part["amount_minor"]:
                told = f"{booked} of it are booked on {ledgers.name('invoice', part['invoice_id'])}"
                yield f"{named(ledgers, payment)}, and {told}, not {part['amount_minor']}"


def only_captured_money_is_booked(ledgers: Ledgers) -> Iterator[str]:
    """Nothing is in the ledger for a payment that did not come in."""
    for payment_id in dict.fromkeys(entry["payment_id"] for entry in ledgers.entries):
        payment = ledgers.payments.get(payment_id)
        if payment is not None and payment["status"] != "CAPTURED":
            yield f"{named(ledgers, payment)}, and is in the ledger"


def paid_is_what_the_ledger_says(ledgers: Ledgers) -> Iterator[str]:
    """What an invoice counts as paid is what its entries took off what it asked for."""
    for invoice in ledgers.invoices:
        left = ledgers.balance("RECEIVABLE", invoice_id=invoice["id"])
        if invoice["paid_minor"] != invoice["total_minor"] - left:
            told = f"{invoice['paid_minor']} of {invoice['total_minor']} as paid"
            yield f"{named(ledgers, invoice, 'invoice')}, counts {told}, and owes {left}"


def nobody_who_paid_is_asked_again(ledgers: Ledgers) -> Iterator[str]:
    """An invoice that the gateway took all money for is not open, unless it is being reviewed."""
    for invoice in ledgers.invoices:
        taken = 0
        for part in ledgers.meant_for[invoice["id"]]:
            payment = ledgers.payments[part["payment_id"]]
            charges = ledgers.charges.get(payment["id"], ())
            if not ledgers.is_held(payment) and any(agree(payment, one) for one in charges):
                taken += part["amount_minor"]
        if invoice["status"] == "OPEN" and taken >= invoice["total_minor"]:
            yield f"{named(ledgers, invoice, 'invoice')}, and {taken} was taken for it"


def what_is_paid_twice_goes_back(ledgers: Ledgers) -> Iterator[str]:
    """No invoice keeps more than it asks for: the surplus was given back, or a person has to."""
    for payment in _captured(ledgers):
        if payment["gateway"] == OFFLINE:
            continue
        surplus = -ledgers.balance("SURPLUS", payment_id=payment["id"])
        if surplus > 0 and not _cases_about(ledgers, payment, "REFUND_FAILED"):
            yield f"{named(ledgers, payment)}, and {surplus} of it are surplus for ever"


def what_is_owed_by_bank_has_its_case(ledgers: Ledgers) -> Iterator[str]:
    """A person gives back what came by bank and was not due, and is called until it has gone."""
    for payment in _captured(ledgers):
        if payment["gateway"] != OFFLINE:
            continue
        surplus = -ledgers.balance("SURPLUS", payment_id=payment["id"])
        is_called = "OPEN" in _cases_about(ledgers, payment, "SURPLUS")
        if is_called != (surplus > 0):
            told = "a case is open" if is_called else "nobody is called"
            yield f"{named(ledgers, payment)}, {surplus} of it are surplus, and {told}"


def a_surplus_goes_back_once(ledgers: Ledgers) -> Iterator[str]:
    """By itself no more goes back than was beyond what was due, whoever else gave it back."""
    for refund in ledgers.refunds:
        taken = sum(
            entry["amount_minor"]
            for entry in ledgers.entries
            if entry["key"].startswith(f"refunded:{refund['id']}:") and entry["debit"] == "REFUNDED"
        )
        if refund["reason"] == "SURPLUS" and taken:
            told = f"{taken} of it had settled invoices"
            yield f"{ledgers.name('refund', refund['id'])} gave a surplus back, and {told}"


def a_refund_is_made_once(ledgers: Ledgers) -> Iterator[str]:
    """However often it was asked, the gateway made one refund of each of ours, unless the one
    before it failed."""
    made = Counter(
        refund["metadata"]["refund_id"]
        for refund in ledgers.gateway_refunds
        if "refund_id" in refund["metadata"] and refund["status"] != "failed"
    )
    for refund_id, count in made.items():
        if count > 1:
            yield f"{ledgers.name('refund', refund_id)} was made {count} times"


def refunds_are_known(ledgers: Ledgers) -> Iterator[str]:
    """Each refund at the gateway of a captured payment is one of ours, and ended alike."""
    known = {refund["reference"]: refund["status"] for refund in ledgers.refunds}
    paid = {payment["id"] for payment in _captured(ledgers)}
    for refund in ledgers.gateway_refunds:
        intent = ledgers.world.sandbox.book.get("payment_intent", refund["payment_intent"])
        if UUID(intent["metadata"]["payment_id"]) not in paid:
            continue
        ours = known.get(refund["id"], "UNKNOWN")
        if ours != refund["status"].upper():
            yield f"{ledgers.name('refund', refund['id'])} is {refund['status']}, ours is {ours}"


def no_refund_is_left(ledgers: Ledgers) -> Iterator[str]:
    """What was decided to be given back has been, or could not be."""
    for refund in ledgers.refunds:
        if refund["status"] in ("REQUESTED", "PENDING"):
            yield f"{ledgers.name('refund', refund['id'])} is {refund['status']} for ever"


def the_audit_is_clean(ledgers: Ledgers) -> Iterator[str]:
    """`paidup audit` finds no difference."""
    yield from ledgers.audited


def named(ledgers: Ledgers, row: Row, kind: str = "payment") -> str:
    """A row by its name in the history and its status."""
    return f"{ledgers.name(kind, row['id'])} is {row['status']}"


def agree(payment: Row, charge: Charge) -> bool:
    """Whether the gateway took what was asked."""
    asked = (payment["charged_minor"], payment["charge_currency"], payment["live_mode"])
    return asked == (charge.minor_units, charge.currency, charge.live_mode)


def _captured(ledgers: Ledgers) -> list[Row]:
    return [one for one in ledgers.payments.values() if one["status"] == "CAPTURED"]


def _sum(charges: list[Charge]) -> str:
    return " and ".join(f"{one.currency} {one.minor_units}" for one in charges)


def _cases_about(ledgers: Ledgers, payment: Row, reason: str) -> list[str]:
    """Where cases about a payment stand."""
    return [
        case["status"]
        for case in ledgers.cases
        if (case["payment_id"], case["reason"]) == (payment["id"], reason)
    ]
