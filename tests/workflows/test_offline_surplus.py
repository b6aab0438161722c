"""A bank transfer over more than is due: all of it is booked, the invoice is paid once, the payer
is told, and somebody is called to give the rest back."""

from __future__ import annotations

import pytest

from service.billing.errors import IdempotencyConflict, InvalidInput, InvoiceNotPayable
from service.billing.events import SupportCaseChanged
from service.billing.evidence import Fact
from service.billing.invoice import DisplayStatus, InvoiceStatus
from service.billing.money import MINOR_UNITS_MAX, Money
from service.billing.payment import PaymentStatus
from service.billing.support import CaseStatus
from service.store import cases, documents, evidence, idempotency, invoices, refunds
from service.store.database import execute, fetch, transaction
from service.store.ledger import Held, held_by
from service.store.money_records import SupportCase
from service.store.payment_pages import page_of_invoice
from service.store.records import Invoice, Payment
from service.workflows import offline_refunds, screens
from service.workflows.audit import audit
from service.workflows.cases import resolve
from service.workflows.offline import OfflinePayment, record
from service.workflows.offline_refunds import OfflineRefund
from service.workflows.sheets import receipt_sheet_of
from tests.support.books import books, forge, rows
from tests.support.paper import ListMailer, PlainPrinter
from tests.support.shop import TODAY, Shop

TOO_MUCH = "At most 100.00 USD is due. If more came, record the whole of it with beyondDue."
NOTHING_DUE = "Nothing is due on it. Record money that came all the same with beyondDue."


def transfer(
    invoice: Invoice,
    minor: int = 12_000,
    *,
    key: str = "k1",
    reference: str = "UTR 1",
    beyond_due: bool = True,
) -> OfflinePayment:
    return OfflinePayment(
        invoice.id, minor, reference, TODAY, "ops@seller.example", key, beyond_due
    )


async def recorded(
    shop: Shop,
    invoice: Invoice,
    minor: int = 12_000,
    *,
    key: str = "k1",
    reference: str = "UTR 1",
) -> Payment:
    received = transfer(invoice, minor, key=key, reference=reference)
    return await record(shop.ports, invoice.account_id, received)


async def overpaid(shop: Shop) -> tuple[Invoice, Payment]:
    """120.00 came for an invoice over 100.00."""
    invoice = await shop.invoice(await shop.account())
    return invoice, await recorded(shop, invoice)


async def paid_by_card(shop: Shop) -> Invoice:
    account = await shop.account()
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    await shop.settle(account, started.id)
    return invoice


async def now(invoice: Invoice) -> Invoice:
    return await invoices.find(invoice.account_id, invoice.id)


async def about(payment: Payment) -> list[SupportCase]:
    return await cases.open_about(payment.account_id, payment_ids=[payment.id])


async def audited(shop: Shop, payment: Payment) -> list[str]:
    return [one.what async for one in audit(shop.ports, account_id=payment.account_id)]


async def moved(payment: Payment) -> list[tuple[str, str, int]]:
    """The entries of a payment: debit, credit, minor units."""
    found = await fetch(
        "SELECT debit, credit, amount_minor FROM ledger_entry WHERE payment_id = $1 ORDER BY id",
        payment.id,
    )
    return [(row["debit"], row["credit"], row["amount_minor"]) for row in found]


async def balances(currency: str = "USD") -> dict[str, int]:
    """What all books of a currency hold, without those that hold nothing."""
    found = await fetch(
        "SELECT book, sum(units)::bigint AS units FROM ("
        " SELECT debit AS book, amount_minor AS units FROM ledger_entry WHERE currency = $1"
        " UNION ALL SELECT credit, -amount_minor FROM ledger_entry WHERE currency = $1) moved"
        " GROUP BY book HAVING sum(units) <> 0",
        currency,
    )
    held = {row["book"]: row["units"] for row in found}
    assert sum(held.values()) == 0
    return held


# -- what is booked ----------------------------------------------------------------------------


async def test_what_is_due_settles_the_invoice_and_the_rest_is_owed_to_the_payer(
    shop: Shop,
) -> None:
    invoice, payment = await overpaid(shop)
    assert (payment.status, payment.amount.minor_units) == (PaymentStatus.CAPTURED, 12_000)
    after = await now(invoice)
    assert (after.status, after.paid_minor, after.due_minor) == (InvoiceStatus.PAID, 10_000, 0)
    assert await moved(payment) == [
        ("BANK", "EXCHANGE", 12_000),
        ("EXCHANGE", "RECEIVABLE", 10_000),
        ("EXCHANGE", "SURPLUS", 2_000),
    ]
    assert await balances() == {"BANK": 12_000, "SALES": -10_000, "SURPLUS": -2_000}
    assert await held_by(payment.account_id, payment.id) == [Held(invoice.id, 10_000, 2_000)]
    assert await audited(shop, payment) == []


async def test_a_transfer_for_what_a_card_has_paid_is_owed_to_the_payer_in_full(
    shop: Shop,
) -> None:
    invoice = await paid_by_card(shop)
    payment = await recorded(shop, invoice, 10_000)
    after = await now(invoice)
    assert (after.status, after.paid_minor, after.refunded_minor) == ("PAID", 10_000, 0)
    assert screens.shown(after, shop.clock()) is DisplayStatus.PAID
    assert await moved(payment) == [
        ("BANK", "EXCHANGE", 10_000),
        ("EXCHANGE", "SURPLUS", 10_000),
    ]
    assert [one.note for one in await about(payment)] == [
        "Bank transfer UTR 1 brought 100.00 USD more than was due: that is to be returned to"
        " Northwind Robotics, Inc. by bank."
    ]
    assert await audited(shop, payment) == []


async def test_the_receipt_of_what_was_not_due_says_so(shop: Shop) -> None:
    invoice = await paid_by_card(shop)
    payment = await recorded(shop, invoice, 10_000)
    receipt = (await documents.receipts_of(payment.account_id, [payment.id]))[payment.id]
    assert receipt is not None
    sheet = await receipt_sheet_of(payment, receipt)
    assert (sheet.number, sheet.reference) == (f"RCT-{invoice.number}-2", "UTR 1")
    assert (sheet.applied, sheet.surplus) == (Money(0, "USD"), Money(10_000, "USD"))
    assert (sheet.amount, sheet.returned) == (Money(10_000, "USD"), None)


async def test_a_transfer_for_a_voided_invoice_is_owed_to_the_payer_in_full(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    await execute("UPDATE invoice SET status = 'VOID'")
    payment = await recorded(shop, invoice, 10_000)
    assert await held_by(payment.account_id, payment.id) == [Held(invoice.id, 0, 10_000)]
    assert ((await now(invoice)).status, (await now(invoice)).paid_minor) == ("VOID", 0)


async def test_the_part_that_was_left_is_settled_first(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    await recorded(shop, invoice, 4_000, reference="UTR 0", key="k0")
    payment = await recorded(shop, invoice, 7_000)
    assert await held_by(payment.account_id, payment.id) == [Held(invoice.id, 6_000, 1_000)]
    assert (await now(invoice)).paid_minor == 10_000


async def test_no_refund_is_made_and_no_job_sends_one(shop: Shop) -> None:
    _, payment = await overpaid(shop)
    assert (await refunds.of_payments(payment.account_id, [payment.id]))[payment.id] == []
    assert await rows("pgqueuer", "entrypoint = 'send_refund'") == 0


async def test_the_evidence_tells_the_transfer_and_what_of_it_was_not_due(shop: Shop) -> None:
    _, payment = await overpaid(shop)
    key = (payment.account_id, payment.id)
    assert [
        (one.fact, one.amount.minor_units if one.amount else None)
        for one in (await evidence.of_payments([key]))[key]
    ] == [(Fact.PAID_OFFLINE, 12_000), (Fact.SURPLUS, 2_000), (Fact.CASE_OPENED, None)]


@pytest.mark.parametrize("minor", [1, 9_999, 10_000])
async def test_what_is_due_is_no_surplus_also_where_more_would_be_taken(
    shop: Shop, minor: int
) -> None:
    payment = await recorded(shop, await shop.invoice(await shop.account()), minor)
    assert (await about(payment), await rows("notification")) == ([], 0)
    assert await audited(shop, payment) == []


# -- what protects from typing errors ----------------------------------------------------------


async def test_more_than_is_due_changes_nothing_unless_that_is_said(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    before = await books()
    with pytest.raises(InvalidInput) as refused:
        await record(shop.ports, invoice.account_id, transfer(invoice, beyond_due=False))
    [issue] = refused.value.issues
    assert (issue.path, issue.code, issue.message) == (("amount",), "TOO_MUCH", TOO_MUCH)
    assert await books() == before


async def test_a_transfer_for_what_is_paid_changes_nothing_unless_that_is_said(shop: Shop) -> None:
    invoice = await paid_by_card(shop)
    before = await books()
    with pytest.raises(InvoiceNotPayable, match=f"^{NOTHING_DUE}$"):
        await record(shop.ports, invoice.account_id, transfer(invoice, 10_000, beyond_due=False))
    assert await books() == before


async def test_a_draft_takes_no_money_whatever_is_said(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    await forge(
        "UPDATE invoice SET status = 'DRAFT', number = NULL, issued_on = NULL, due_on = NULL"
    )
    before = await books()
    with pytest.raises(InvoiceNotPayable, match=r"^Nothing is due on it\.$"):
        await recorded(shop, invoice)
    assert await books() == before


async def test_more_than_can_be_stored_is_refused(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    before = await books()
    with pytest.raises(InvalidInput, match="No bank moves as much as that"):
        await recorded(shop, invoice, MINOR_UNITS_MAX + 1)
    assert await books() == before


# -- counting once -----------------------------------------------------------------------------


async def test_the_same_transfer_again_answers_the_first_payment(shop: Shop) -> None:
    invoice, payment = await overpaid(shop)
    before = await books()
    assert await recorded(shop, invoice) == payment
    assert await books() == before
    assert await recorded(shop, invoice, key="k2", reference="utr-1") == payment
    said_nothing = transfer(invoice, key="k3", beyond_due=False)
    assert await record(shop.ports, invoice.account_id, said_nothing) == payment
    with pytest.raises(InvalidInput) as refused:
        await recorded(shop, invoice, 10_000, key="k4")
    assert [one.code for one in refused.value.issues] == ["KNOWN"]
    assert len(await about(payment)) == 1
    assert (await rows("payment"), await rows("ledger_entry")) == (1, 4)


async def test_what_is_said_of_the_amount_is_part_of_what_a_key_is_for(shop: Shop) -> None:
    invoice, _ = await overpaid(shop)
    before = await books()
    with pytest.raises(IdempotencyConflict):
        await record(shop.ports, invoice.account_id, transfer(invoice, beyond_due=False))
    assert await books() == before


async def test_a_key_that_was_used_before_anything_could_be_said_stays_good(shop: Shop) -> None:
    invoice = await shop.invoice(await shop.account())
    first = await recorded(shop, invoice, 4_000, key="first", reference="UTR 1")
    said = transfer(invoice, 4_000, key="k1", beyond_due=False)
    bound = (str(invoice.id), "4000", "UTR 1", TODAY.isoformat())
    use = idempotency.key_use("k1", "recordOfflinePayment", *bound)
    async with transaction():
        await idempotency.keep(invoice.account_id, use, first.id, at=shop.clock())
    before = await books()
    assert await record(shop.ports, invoice.account_id, said) == first
    assert await books() == before


# -- who is called, and who is told ------------------------------------------------------------


async def test_a_case_says_how_much_is_to_be_given_back_to_whom(shop: Shop) -> None:
    _, payment = await overpaid(shop)
    [case] = await about(payment)
    assert (case.reason, case.status, case.opened_by) == ("SURPLUS", CaseStatus.OPEN, "service")
    assert (case.payment_id, case.invoice_id) == (payment.id, None)
    assert case.note == (
        "Bank transfer UTR 1 brought 20.00 USD more than was due: that is to be returned to"
        " Northwind Robotics, Inc. by bank."
    )
    opened = SupportCaseChanged(case.id, None, payment.id, CaseStatus.OPEN)
    assert (await shop.happened(payment.account_id)).count(opened) == 1


async def test_two_transfers_beyond_what_is_due_are_two_cases(shop: Shop) -> None:
    invoice, first = await overpaid(shop)
    second = await recorded(shop, invoice, 500, key="k2", reference="UTR 2")
    assert [len(await about(one)) for one in (first, second)] == [1, 1]
    assert await balances() == {"BANK": 12_500, "SALES": -10_000, "SURPLUS": -2_500}


async def test_a_case_of_what_is_owed_is_not_closed_by_hand(shop: Shop) -> None:
    _, payment = await overpaid(shop)
    [case] = await about(payment)
    before = await books()
    with pytest.raises(InvalidInput) as refused:
        await resolve(shop.ports, payment.account_id, case.id, by="kim", resolution="Done")
    [issue] = refused.value.issues
    assert (issue.path, issue.code) == (("supportCaseId",), "STILL_OWED")
    assert await books() == before


async def test_what_is_owed_and_nobody_is_called_for_is_a_difference(shop: Shop) -> None:
    _, payment = await overpaid(shop)
    what = ["2000 USD of it was not due, and nobody is called to return it"]
    await forge("UPDATE support_case SET reason = 'REFUND_FAILED'")
    assert await audited(shop, payment) == what
    await forge("DELETE FROM support_case")
    assert await audited(shop, payment) == what


async def test_the_payer_is_told_once_what_came_too_much_and_that_it_is_returned(
    shop: Shop,
) -> None:
    mailer = ListMailer()
    shop.with_ports(mailer=mailer, printer=PlainPrinter())
    invoice = await shop.invoice(await shop.account())
    await shop.drain()
    await recorded(shop, invoice)
    await recorded(shop, invoice)
    await shop.drain()
    told = {
        mail.subject.replace("\u00a0", " "): (
            mail.recipient_email,
            mail.text.replace("\u00a0", " "),
        )
        for mail in mailer.sent
        if not mail.subject.startswith("Invoice")
    }
    receipt = f"Receipt for invoice {invoice.number}: USD 120.00 paid on October 30, 2026"
    assert sorted(told) == [receipt, "USD 20.00 more came than was due"]
    assert "USD 20.00 more was paid than was due.\n" in told[receipt][1]
    address, text = told["USD 20.00 more came than was due"]
    assert address == "accounts1@northwind.example"
    assert text.startswith(
        "Hello Northwind Robotics, Inc.,\n\n"
        "You have transferred more to Paidup Tests Pvt. Ltd. than was due. The rest is yours, and"
        " is returned to you by bank transfer.\n\n"
        f"Invoice:      {invoice.number}\n"
        "Amount:       USD 120.00\n"
        "Paid with:    Bank transfer\n"
        "Too much:     USD 20.00\n\n"
        "A person has been asked to send it. You need not do anything.\n\n"
    )
    assert len(mailer.sent) == len(told) + 1


async def test_a_mail_that_is_late_tells_what_was_returned_meanwhile(shop: Shop) -> None:
    mailer = ListMailer()
    shop.with_ports(mailer=mailer, printer=PlainPrinter())
    invoice = await shop.invoice(await shop.account())
    payment = await recorded(shop, invoice)
    back = OfflineRefund(payment.id, 2_000, "OUT 1", TODAY, None, "ops@seller.example", "r1")
    await offline_refunds.record(shop.ports, payment.account_id, back)
    await shop.drain()
    [text] = [mail.text for mail in mailer.sent if mail.subject == "More came than was due"]
    assert text.startswith(
        "Hello Northwind Robotics, Inc.,\n\n"
        "You have transferred more to Paidup Tests Pvt. Ltd. than was due. The rest was returned to"
        " you by bank transfer.\n\n"
    )
    assert "Too much" not in text
    assert "A person" not in text


@pytest.mark.parametrize("is_partial", [False, True])
async def test_what_comes_after_a_lost_dispute_is_no_surplus(shop: Shop, is_partial: bool) -> None:
    invoice = await paid_by_card(shop)
    [payment] = (await page_of_invoice(invoice.account_id, invoice.id, size=2)).payments
    charge = shop.sandbox.book.get("payment_intent", payment.transaction or "")["latest_charge"]
    made = shop.sandbox.dashboard.dispute(charge, 5_000 if is_partial else None)
    shop.sandbox.dashboard.lose_dispute(made["id"])
    await shop.settle(invoice.account_id, payment.id, thorough=True)
    before = await books()
    with pytest.raises(InvoiceNotPayable, match="A dispute took money of it back"):
        await recorded(shop, invoice, 10_000)
    assert await books() == before


async def test_a_page_that_was_open_closes_when_more_than_is_due_came(shop: Shop) -> None:
    account = await shop.account()
    invoice = await shop.invoice(account)
    started = (await shop.start(account, invoice)).payment
    await recorded(shop, invoice)
    await shop.drain()
    assert (await shop.payment(account, started.id)).status is PaymentStatus.EXPIRED
