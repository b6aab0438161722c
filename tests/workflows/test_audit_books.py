"""What an audit finds in our own books: each leg of what moved, and nothing that did not."""

from __future__ import annotations

from uuid import UUID

import pytest

from service.billing.ids import Kind, encode
from service.billing.refund import DisputeStatus
from service.store import cases, refunds
from service.store.database import execute
from service.store.records import Payment
from service.workflows.audit import audit
from service.workflows.claim_settling import Decision, settle_with
from service.workflows.claims import claim
from service.workflows.refunds import request, send
from tests.support.books import forge
from tests.support.shop import Shop
from tests.workflows.test_claims import paid_elsewhere, said
from tests.workflows.test_refunds import Paid, asked, clean, paid


async def told(shop: Shop, account: UUID, *, ask_gateways: bool = False) -> list[str]:
    found = audit(shop.ports, account_id=account, ask_gateways=ask_gateways)
    return [one.what async for one in found]


def named(refund_id: UUID) -> str:
    """How a refund is called where people read."""
    return f"refund {encode(Kind.REFUND, refund_id)}"


async def paid_in_dollars(shop: Shop) -> Paid:
    account = await shop.account(charge_currency="USD")
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    payment = await shop.settle(account, started.id)
    intent = shop.sandbox.book.get("payment_intent", payment.transaction or "")
    return Paid(account, invoice, payment, intent["latest_charge"])


async def given_back(shop: Shop, of: Paid, units: int, key: str = "k") -> UUID:
    refund = await request(shop.ports, of.account, asked(of, units, key))
    await send(shop.ports, of.account, refund.id)
    return refund.id


async def disputed(shop: Shop, of: Paid, units: int | None = None) -> str:
    made = shop.sandbox.dashboard.dispute(of.charge, units)
    await shop.settle(of.account, of.payment.id, thorough=True)
    return str(made["id"])


# -- attempts without money --------------------------------------------------------------------


@pytest.mark.parametrize("status", ["EXPIRED", "PENDING"])
async def test_entries_of_a_payment_that_was_not_captured_are_a_difference(
    shop: Shop, status: str
) -> None:
    of = await paid(shop)
    await execute(
        "UPDATE payment SET status = $1::text, live = $1::text = 'PENDING', captured_at = NULL",
        status,
    )
    assert f"it is {status}, and 2 entries of it are in the ledger" in await told(shop, of.account)


# -- disputes ----------------------------------------------------------------------------------


async def test_an_invoice_that_is_shown_as_disputed_for_nothing_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    await execute("UPDATE invoice SET disputed = true")
    assert await told(shop, of.account) == [
        "it is shown as disputed, and no dispute about it is open"
    ]


async def test_an_invoice_that_is_not_shown_as_disputed_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    await disputed(shop, of)
    assert await told(shop, of.account) == []
    await execute("UPDATE invoice SET disputed = false")
    assert await told(shop, of.account) == [
        "it is not shown as disputed, and a dispute about it is open"
    ]


@pytest.mark.parametrize("ends", [None, "win_dispute", "lose_dispute"])
async def test_what_a_dispute_took_is_compared_with_what_was_booked(
    shop: Shop, ends: str | None
) -> None:
    of = await paid(shop)
    reference = await disputed(shop, of)
    if ends is not None:
        getattr(shop.sandbox.dashboard, ends)(reference)
        await shop.settle(of.account, of.payment.id, thorough=True)
    await clean(shop, of.account)
    known = await refunds.disputes_of_payments(of.account, [of.payment.id])
    [status] = [one.status for one in known[of.payment.id]]
    await forge("DELETE FROM ledger_entry WHERE key LIKE 'disputed:%'")
    about, charged = f"dispute {reference} is {status}", of.payment.quote.charged.minor_units
    cash = -charged if status is DisputeStatus.WON else 0
    set_aside = 0 if status is DisputeStatus.OPEN else -charged
    assert await told(shop, of.account) == [
        f"{about}: {cash} INR of {charged} left the gateway by it",
        f"{about}: {set_aside} INR of {charged} are set aside",
    ]


async def test_a_lost_dispute_that_took_nothing_from_its_invoice_is_a_difference(
    shop: Shop,
) -> None:
    of = await paid(shop)
    await given_back(shop, of, 100_000)
    reference = await disputed(shop, of)
    shop.sandbox.dashboard.lose_dispute(reference)
    await shop.settle(of.account, of.payment.id, thorough=True)
    await clean(shop, of.account)
    await forge(
        "DELETE FROM ledger_entry WHERE debit = 'CHARGED_BACK'",
        "UPDATE invoice SET status = 'PAID'",
    )
    assert await told(shop, of.account) == [
        f"dispute {reference} is LOST: 0 USD of 8947 left its invoices by it"
    ]


# -- refunds -----------------------------------------------------------------------------------


async def test_a_refund_that_took_nothing_from_its_invoice_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    refund_id = await given_back(shop, of, of.payment.quote.charged.minor_units)
    assert await told(shop, of.account) == []
    await forge(
        "DELETE FROM ledger_entry WHERE debit = 'REFUNDED'",
        "UPDATE invoice SET refunded_minor = 0",
    )
    assert await told(shop, of.account) == [
        f"{named(refund_id)} is SUCCEEDED: 0 USD of 10000 left its invoices by it"
    ]


async def test_a_refund_that_took_more_from_its_invoice_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    refund_id = await given_back(shop, of, 474_776)
    await forge(
        "UPDATE ledger_entry SET amount_minor = 5001 WHERE debit = 'REFUNDED'",
        "UPDATE invoice SET refunded_minor = 5001",
    )
    assert await told(shop, of.account) == [
        f"{named(refund_id)} is SUCCEEDED: 5001 USD of 5000 left its invoices by it"
    ]


async def test_a_refund_whose_cash_was_not_booked_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    refund_id = await given_back(shop, of, 474_776)
    await forge("DELETE FROM ledger_entry WHERE credit = 'GATEWAY'")
    assert await told(shop, of.account) == [
        f"{named(refund_id)} is SUCCEEDED: 0 INR of 474776 left the gateway by it"
    ]


async def test_a_refund_that_came_back_and_was_undone_by_half_is_a_difference(shop: Shop) -> None:
    of = await paid(shop)
    refund_id = await given_back(shop, of, 474_776)
    [made] = (await refunds.of_payments(of.account, [of.payment.id]))[of.payment.id]
    shop.sandbox.dashboard.fail_refund(made.reference or "")
    await shop.settle(of.account, of.payment.id, thorough=True)
    await clean(shop, of.account)
    await forge(
        "DELETE FROM ledger_entry WHERE credit = 'REFUNDED'",
        "UPDATE invoice SET refunded_minor = 5000",
    )
    assert await told(shop, of.account) == [
        f"{named(refund_id)} is FAILED: 5000 USD of 0 left its invoices by it"
    ]


async def test_what_is_left_between_currencies_that_are_one_is_a_difference(shop: Shop) -> None:
    of = await paid_in_dollars(shop)
    await given_back(shop, of, 2500)
    await clean(shop, of.account)
    await forge(
        "UPDATE ledger_entry SET amount_minor = 2400 WHERE debit = 'REFUNDED'",
        "UPDATE invoice SET refunded_minor = 2400",
        "UPDATE refund SET amount_minor = 2400",
    )
    assert await told(shop, of.account) == [
        "100 USD of it are on EXCHANGE, and nothing was exchanged"
    ]


async def test_small_steps_in_another_currency_are_no_difference(shop: Shop) -> None:
    of = await paid(shop)
    for place in range(6):
        await given_back(shop, of, 48, key=f"k{place}")
    reference = await disputed(shop, of)
    shop.sandbox.dashboard.lose_dispute(reference)
    await shop.settle(of.account, of.payment.id, thorough=True)
    await clean(shop, of.account)


# -- payments without a page of ours -----------------------------------------------------------


async def settled_claim(shop: Shop) -> tuple[Payment, str]:
    """A payment that staff found at the gateway, and the page that it was made on there."""
    account = await shop.account()
    invoice = await shop.invoice(account)
    intent = await paid_elsewhere(shop, "payer@northwind.example")
    case = (await claim(shop.ports, account, said(invoice))).case
    assert case is not None
    [candidate] = await cases.candidates(account, case.id)
    decision = Decision(case.id, candidate.id, "It is theirs", "ops@seller.example")
    payment = await settle_with(shop.ports, account, decision)
    sessions = shop.sandbox.book.oldest_first("session")
    return payment, next(one["id"] for one in sessions if one["payment_intent"] == intent)


async def test_a_settled_claim_is_compared_with_what_the_gateway_took(shop: Shop) -> None:
    payment, session_id = await settled_claim(shop)
    await clean(shop, payment.account_id)
    shop.sandbox.dashboard.tamper(session_id, amount_total=9000)
    assert "the gateway took 9000 USD, 10000 USD was asked" in await told(
        shop, payment.account_id, ask_gateways=True
    )


async def test_a_settled_claim_that_the_gateway_does_not_list_is_a_difference(shop: Shop) -> None:
    payment, _ = await settled_claim(shop)
    await execute("UPDATE payment SET captured_at = captured_at + interval '2 seconds'")
    assert await told(shop, payment.account_id, ask_gateways=True) == [
        f"the gateway lists no payment {payment.transaction} at the time of its capture"
    ]
