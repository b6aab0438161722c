"""Disputes: opened by the payer's bank, answered or not, won or lost."""

from typing import Any

import pytest
import stripe

from tests.contract.conftest import Gate, OpenGate

DISPUTE_CARD = "4000 0000 0000 0259"
DAY_S = 24 * 3600


async def charged(gate: Gate, number: str = DISPUTE_CARD, **order: Any) -> Any:
    session = await gate.session(**order)
    await gate.submit(session, number=number)
    return (await gate.read(session, "payment_intent.latest_charge")).payment_intent.latest_charge


async def disputed(gate: Gate) -> Any:
    """A charge over INR 1,250.00 and the dispute about it."""
    charge = await charged(gate)
    gate.clock.move(2)
    (dispute,) = (await gate.stripe.v1.disputes.list_async({"charge": charge.id})).data
    return dispute


async def charge_of(gate: Gate, dispute: Any) -> Any:
    return await gate.stripe.v1.charges.retrieve_async(dispute.charge)


async def moved(gate: Gate, dispute: Any) -> list[tuple[str, str, int, int, int]]:
    """What a dispute did to the balance, oldest first."""
    page = await gate.stripe.v1.balance_transactions.list_async({"source": dispute.id})
    return [
        (entry.type, entry.reporting_category, entry.amount, entry.fee, entry.net)
        for entry in reversed(page.data)
    ]


WITHDRAWN = ("adjustment", "dispute", -125000, 1500, -126500)
REINSTATED = ("adjustment", "dispute_reversal", 125000, 0, 125000)


async def dispute_events(gate: Gate) -> list[str]:
    return [kind for kind in await gate.event_types() if kind.startswith("charge.dispute.")]


async def test_the_dispute_card_pays_and_is_disputed_two_seconds_later(gate: Gate) -> None:
    charge = await charged(gate)
    assert (charge.status, charge.disputed) == ("succeeded", False)
    gate.clock.move(1.9)
    assert (await gate.stripe.v1.disputes.list_async()).data == []
    gate.clock.move(0.1)
    (dispute,) = (await gate.stripe.v1.disputes.list_async()).data
    assert (dispute.amount, dispute.currency, dispute.status) == (125000, "inr", "needs_response")
    assert (dispute.charge, dispute.payment_intent) == (charge.id, charge.payment_intent)
    assert (dispute.reason, dispute.network_reason_code) == ("fraudulent", "10.4")
    assert dispute.evidence.customer_name == "Asha Rao"
    assert dispute.evidence_details.due_by == dispute.created + 7 * DAY_S
    after = await charge_of(gate, dispute)
    assert (after.disputed, after.amount_refunded, after.refunded) == (True, 0, False)
    assert await moved(gate, dispute) == [WITHDRAWN]
    (withdrawn,) = dispute.balance_transactions
    assert withdrawn.description == f"Chargeback withdrawal for {charge.id}"
    assert [fee.description for fee in withdrawn.fee_details] == ["Dispute fee"]
    assert await dispute_events(gate) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]


async def test_a_charge_captured_by_hand_is_disputed_after_its_capture(gate: Gate) -> None:
    manual = {"capture_method": "manual"}
    charge = await charged(gate, payment_intent_data=manual)
    gate.clock.move(100)
    assert (await gate.stripe.v1.disputes.list_async()).data == []
    intents = gate.stripe.v1.payment_intents
    await intents.capture_async(charge.payment_intent, {"amount_to_capture": 100000})
    gate.clock.move(2)
    (dispute,) = (await gate.stripe.v1.disputes.list_async()).data
    assert dispute.amount == 100000


async def test_winning_evidence_wins_and_reinstates_the_money_but_not_the_fee(gate: Gate) -> None:
    dispute = await disputed(gate)
    evidence = {"uncategorized_text": "winning_evidence", "product_description": "Hosting"}
    answered = await gate.stripe.v1.disputes.update_async(dispute.id, {"evidence": evidence})
    assert answered.status == "under_review"
    details = answered.evidence_details
    assert (details.has_evidence, details.submission_count) == (True, 1)
    assert answered.evidence.product_description == "Hosting"
    gate.clock.move(1)
    won = await gate.stripe.v1.disputes.retrieve_async(dispute.id)
    assert won.status == "won"
    assert await moved(gate, dispute) == [WITHDRAWN, REINSTATED]
    assert [entry.net for entry in won.balance_transactions] == [-126500, 125000]
    assert (await charge_of(gate, dispute)).disputed is True
    assert (await dispute_events(gate))[2:] == [
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


async def test_losing_evidence_loses(gate: Gate) -> None:
    dispute = await disputed(gate)
    evidence = {"uncategorized_text": "losing_evidence"}
    await gate.stripe.v1.disputes.update_async(dispute.id, {"evidence": evidence})
    gate.clock.move(1)
    assert (await gate.stripe.v1.disputes.retrieve_async(dispute.id)).status == "lost"
    assert await moved(gate, dispute) == [WITHDRAWN]


async def test_other_evidence_stays_under_review(gate: Gate) -> None:
    dispute = await disputed(gate)
    evidence = {"service_date": "2026-10-01"}
    await gate.stripe.v1.disputes.update_async(dispute.id, {"evidence": evidence})
    gate.clock.move(30 * DAY_S)
    assert (await gate.stripe.v1.disputes.retrieve_async(dispute.id)).status == "under_review"


async def test_staged_evidence_waits_until_it_is_submitted(gate: Gate) -> None:
    dispute = await disputed(gate)
    update = gate.stripe.v1.disputes.update_async
    staged = await update(dispute.id, {"evidence": {"service_date": "2026-10-01"}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert staged.evidence_details.submission_count == 0
    submitted = await update(dispute.id, {"submit": True})
    assert (submitted.status, submitted.evidence.service_date) == ("under_review", "2026-10-01")
    with pytest.raises(stripe.InvalidRequestError, match="takes no evidence"):
        await update(dispute.id, {"evidence": {"service_date": "2026-10-02"}})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be closed"):
        await gate.stripe.v1.disputes.close_async(dispute.id)
    now = await gate.stripe.v1.disputes.retrieve_async(dispute.id)
    assert now.to_dict() == submitted.to_dict()


async def test_metadata_can_be_kept_on_a_dispute_at_any_time(gate: Gate) -> None:
    dispute = await disputed(gate)
    await gate.stripe.v1.disputes.close_async(dispute.id)
    noted = await gate.stripe.v1.disputes.update_async(dispute.id, {"metadata": {"case": "7"}})
    assert (noted.metadata.to_dict(), noted.status) == ({"case": "7"}, "lost")


async def test_closing_a_dispute_loses_it_once(gate: Gate) -> None:
    dispute = await disputed(gate)
    closed = await gate.stripe.v1.disputes.close_async(dispute.id)
    assert closed.status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be closed"):
        await gate.stripe.v1.disputes.close_async(dispute.id)
    assert await moved(gate, dispute) == [WITHDRAWN]
    assert (await dispute_events(gate))[2:] == ["charge.dispute.closed"]


async def test_a_dispute_that_nobody_answers_is_lost_when_its_time_is_up(gate: Gate) -> None:
    dispute = await disputed(gate)
    gate.clock.move(7 * DAY_S - 1)
    waiting = await gate.stripe.v1.disputes.retrieve_async(dispute.id)
    assert (waiting.status, waiting.evidence_details.past_due) == ("needs_response", False)
    gate.clock.move(1)
    lost = await gate.stripe.v1.disputes.retrieve_async(dispute.id)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


async def test_only_what_was_not_refunded_is_disputed(gate: Gate) -> None:
    charge = await charged(gate)
    await gate.stripe.v1.refunds.create_async({"charge": charge.id, "amount": 25000})
    gate.clock.move(2)
    (dispute,) = (await gate.stripe.v1.disputes.list_async()).data
    assert dispute.amount == 100000


async def test_a_charge_that_was_refunded_in_full_is_not_disputed(gate: Gate) -> None:
    charge = await charged(gate)
    await gate.stripe.v1.refunds.create_async({"charge": charge.id})
    gate.clock.move(2)
    assert (await gate.stripe.v1.disputes.list_async()).data == []
    assert (await gate.stripe.v1.charges.retrieve_async(charge.id)).disputed is False


async def test_a_disputed_charge_takes_no_refund_until_the_dispute_is_won(gate: Gate) -> None:
    dispute = await disputed(gate)
    with pytest.raises(stripe.InvalidRequestError, match="charged back") as caught:
        await gate.stripe.v1.refunds.create_async({"charge": dispute.charge, "amount": 1000})
    assert caught.value.code == "charge_disputed"
    assert (await charge_of(gate, dispute)).amount_refunded == 0
    evidence = {"uncategorized_text": "winning_evidence"}
    await gate.stripe.v1.disputes.update_async(dispute.id, {"evidence": evidence})
    gate.clock.move(1)
    refund = await gate.stripe.v1.refunds.create_async({"charge": dispute.charge})
    assert (refund.amount, refund.status) == (125000, "succeeded")


async def test_disputes_are_listed_by_what_they_are_about(gate: Gate) -> None:
    first = await disputed(gate)
    gate.clock.move(60)
    second = await disputed(gate)

    async def found(**params: Any) -> list[str]:
        return [item.id for item in (await gate.stripe.v1.disputes.list_async(params)).data]

    assert await found() == [second.id, first.id]
    assert await found(charge=first.charge) == [first.id]
    assert await found(payment_intent=second.payment_intent) == [second.id]
    assert await found(created={"gte": second.created}) == [second.id]
    assert await found(limit=1, starting_after=second.id) == [first.id]


async def test_what_a_dispute_costs_can_be_set(open_gate: OpenGate) -> None:
    gate = await open_gate(dispute_fee_minor=0, dispute_opens_after_s=0)
    charge = await charged(gate)
    (dispute,) = (await gate.stripe.v1.disputes.list_async({"charge": charge.id})).data
    assert await moved(gate, dispute) == [("adjustment", "dispute", -125000, 0, -125000)]
    assert dispute.balance_transactions[0].fee_details == []


async def test_the_same_seed_disputes_with_the_same_ids(open_gate: OpenGate) -> None:
    seen = []
    for _ in range(2):
        gate = await open_gate(seed=11)
        seen.append((await disputed(gate)).to_dict())
    assert seen[0] == seen[1]


async def test_the_page_lists_the_dispute_card(gate: Gate) -> None:
    page = await gate.browser.get((await gate.session()).url)
    assert f"<code>{DISPUTE_CARD}</code></td><td>Succeeds, then disputed" in page.text
