""" "I have paid this": one safe match settles it, anything else is a case with candidates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

import pytest

from service.adapters.stripe_gateway import StripeGateway
from service.billing.errors import GatewayUnavailable, InvalidInput, NotFound
from service.billing.events import SupportCaseChanged
from service.billing.payment import PaymentStatus
from service.billing.support import SERVICE, CaseReason, CaseStatus
from service.gateway import GatewayPayment, PaymentSearch
from service.store import accounts, cases, invoices, payments
from service.store.records import Invoice
from service.workflows import billing_details
from service.workflows.audit import audit
from service.workflows.claim_settling import Decision, settle_with
from service.workflows.claims import Claim, Outcome, claim
from tests.support.books import books, rows
from tests.support.gateway_desks import CALLBACK_URL
from tests.support.redirect_gateway import RedirectGateway
from tests.support.redirect_provider import RedirectProvider
from tests.support.shop import API_KEY, SANDBOX_URL, WEBHOOK_SECRET, InProcessStripe, Shop


def said(invoice: Invoice, *, key: str = "k", **given: object) -> Claim:
    values: dict[str, object] = {
        "invoice_number": invoice.number,
        "reference": "UTR 4711",
        "paid_on": None,
        "claimed_by": "payer@northwind.example",
        "idempotency_key": key,
    }
    return Claim(**values | given)  # type: ignore[arg-type]  # a test's own values


async def paid_elsewhere(shop: Shop, email: str, units: int = 10000, currency: str = "usd") -> str:
    """A payment made at the gateway without us, as by a link that somebody sent; its intent."""
    made = await shop.http.post(
        "/v1/checkout/sessions",
        headers={"authorization": "Bearer sk_test_paiduptests"},
        data={
            "mode": "payment",
            "ui_mode": "hosted_page",
            "success_url": "https://app.example.com/paid",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": currency,
            "line_items[0][price_data][unit_amount]": str(units),
            "line_items[0][price_data][product_data][name]": "By hand",
        },
    )
    made.raise_for_status()
    session = made.json()["id"]
    shop.sandbox.dashboard.pay(session, "success", email=email)
    return str(shop.sandbox.book.get("session", session)["payment_intent"])


async def owing(shop: Shop) -> tuple[UUID, Invoice]:
    account = await shop.account()
    return account, await shop.invoice(account)


async def claimed(shop: Shop, account: UUID, invoice: Invoice) -> Outcome:
    return await claim(shop.ports, account, said(invoice))


async def test_a_payment_of_ours_that_nobody_told_us_of_is_found_and_settles(shop: Shop) -> None:
    account, invoice = await owing(shop)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    outcome = await claimed(shop, account, invoice)
    assert outcome.payment is not None
    assert (outcome.payment.id, outcome.invoice.status) == (started.id, "PAID")
    assert outcome.case is None


async def test_an_invoice_that_is_paid_answers_with_its_payment(shop: Shop) -> None:
    account, invoice = await owing(shop)
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    await shop.settle(account, started.id)
    outcome = await claimed(shop, account, invoice)
    assert outcome.payment is not None
    assert outcome.payment.id == started.id
    assert (await cases.page(account, size=1)).cases == []


async def test_a_payment_made_without_us_is_a_candidate_and_settles_nothing(shop: Shop) -> None:
    account, invoice = await owing(shop)
    intent = await paid_elsewhere(shop, "payer@northwind.example")
    outcome = await claimed(shop, account, invoice)
    assert (outcome.payment, outcome.candidates) == (None, 1)
    assert outcome.case is not None
    assert (outcome.case.reason, outcome.case.note) == (CaseReason.CLAIM, "UTR 4711")
    [candidate] = await cases.candidates(account, outcome.case.id)
    assert (candidate.transaction, candidate.amount.minor_units) == (intent, 10000)
    assert (await invoices.find(account, invoice.id)).status == "OPEN"


async def test_a_repeated_claim_is_one_case(shop: Shop) -> None:
    account, invoice = await owing(shop)
    first = await claimed(shop, account, invoice)
    again = await claimed(shop, account, invoice)
    other_key = await claim(shop.ports, account, said(invoice, key="other"))
    assert first.case is not None
    assert again.case is not None
    assert other_key.case is not None
    assert first.case.id == again.case.id == other_key.case.id


async def test_other_peoples_payments_are_no_candidates(shop: Shop) -> None:
    account, invoice = await owing(shop)
    other, others = await owing(shop)
    started = (await shop.start(other, others)).payment
    await shop.pay(started)
    await paid_elsewhere(shop, "somebody@else.example", units=9999)
    outcome = await claim(shop.ports, account, said(invoice, claimed_by="payer@northwind.example"))
    assert outcome.candidates == 0
    assert (await shop.payment(other, started.id)).status is PaymentStatus.PENDING


async def test_the_payment_of_whose_address_a_customer_took_is_no_candidate(shop: Shop) -> None:
    account, invoice = await owing(shop)
    await paid_elsewhere(shop, "finance@else.example", units=7777)
    own = await accounts.find(account)
    await billing_details.change(
        shop.ports,
        account,
        expected_version=own.version,
        changes={"email": "finance@else.example"},
    )
    mine = await paid_elsewhere(shop, "payer@northwind.example", units=6666)
    outcome = await claimed(shop, account, invoice)
    assert outcome.case is not None
    found = await cases.candidates(account, outcome.case.id)
    assert [one.transaction for one in found] == [mine]


async def test_who_pays_for_somebody_else_is_found_by_the_amount(shop: Shop) -> None:
    account, invoice = await owing(shop)
    started = (await shop.start(account, invoice)).payment
    due = await paid_elsewhere(shop, "bookkeeper@else.example")
    charged = started.quote.charged
    quoted = await paid_elsewhere(shop, "bookkeeper@else.example", charged.minor_units, "inr")
    outcome = await claim(shop.ports, account, said(invoice))
    assert outcome.case is not None
    found = await cases.candidates(account, outcome.case.id)
    assert {one.transaction for one in found} == {due, quoted}


async def test_a_foreign_number_is_an_unknown_number(shop: Shop) -> None:
    account, _ = await owing(shop)
    _, foreign = await owing(shop)
    before = await books()
    for number in (foreign.number, "INV-0000-000000"):
        with pytest.raises(NotFound, match=r"^No such invoice\.$"):
            await claim(shop.ports, account, said(foreign, invoice_number=number))
    assert await books() == before


async def test_a_day_to_come_is_refused(shop: Shop) -> None:
    account, invoice = await owing(shop)
    before = await books()
    with pytest.raises(InvalidInput, match="before now"):
        await claim(shop.ports, account, said(invoice, paid_on=date(2027, 1, 1)))
    assert await books() == before


async def test_while_no_gateway_answers_a_claim_opens_nothing(shop: Shop) -> None:
    account, invoice = await owing(shop)
    shop.sandbox.faults.add("outage")
    before = await books()
    with pytest.raises(GatewayUnavailable):
        await claimed(shop, account, invoice)
    assert await books() == before


async def test_a_claim_is_taken_while_only_one_of_two_gateways_answers(shop: Shop) -> None:
    account, invoice = await owing(shop)
    await shop.start(account, invoice)
    second = RedirectGateway(RedirectProvider(shop.clock), CALLBACK_URL)
    shop.with_ports(standby_gateways=(second,))
    shop.sandbox.faults.add("outage")
    outcome = await claimed(shop, account, invoice)
    assert (outcome.payment, outcome.candidates) == (None, 0)
    assert outcome.case is not None
    assert outcome.case.status is CaseStatus.OPEN


async def test_a_payer_is_found_whatever_the_case_of_their_address(shop: Shop) -> None:
    account, invoice = await owing(shop)
    await paid_elsewhere(shop, "Payer@Northwind.example")
    assert (await claimed(shop, account, invoice)).candidates == 1


class Meanwhile(StripeGateway):
    """A gateway that something else happens beside, while it is searched."""

    def __init__(self, shop: Shop, happens: Callable[[], Awaitable[object]]) -> None:
        client = InProcessStripe(shop.sandbox.app)
        super().__init__(API_KEY, (WEBHOOK_SECRET,), api_base=SANDBOX_URL, http_client=client)
        self._happens = happens

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        found = await super().find_payments(search)
        await self._happens()
        return found


async def test_a_claim_of_what_is_paid_during_the_search_is_settled_without_a_case(
    shop: Shop,
) -> None:
    account, invoice = await owing(shop)
    started = (await shop.start(account, invoice)).payment

    async def pay() -> None:
        await shop.pay(started)
        await shop.settle(account, started.id)

    shop.with_ports(gateway=Meanwhile(shop, pay))
    outcome = await claimed(shop, account, invoice)
    assert (outcome.invoice.status, outcome.case, outcome.candidates) == ("PAID", None, 0)
    assert outcome.payment is not None
    assert outcome.payment.id == started.id
    assert await rows("support_case") == await rows("case_candidate") == 0
    assert await rows("evidence", "fact IN ('CLAIMED', 'CASE_OPENED')") == 0
    before = await books()
    again = await claimed(shop, account, invoice)
    assert (again.payment, again.case) == (outcome.payment, None)
    assert await books() == before


async def test_a_claim_is_closed_when_its_invoice_is_paid(shop: Shop) -> None:
    account, invoice = await owing(shop)
    case = (await claimed(shop, account, invoice)).case
    assert case is not None
    started = (await shop.start(account, invoice)).payment
    await shop.pay(started)
    await shop.settle(account, started.id)
    await shop.settle(account, started.id, thorough=True)
    closed = await cases.find(account, case.id)
    assert (closed.status, closed.resolved_by) == (CaseStatus.RESOLVED, SERVICE)
    assert closed.resolution == "The invoice was paid."
    changed = SupportCaseChanged(case.id, invoice.id, None, CaseStatus.RESOLVED)
    assert (await shop.happened(account)).count(changed) == 1


async def test_staff_settles_a_candidate_with_a_reason_and_the_case_is_closed(shop: Shop) -> None:
    account, invoice = await owing(shop)
    intent = await paid_elsewhere(shop, "payer@northwind.example")
    case = (await claimed(shop, account, invoice)).case
    assert case is not None
    [candidate] = await cases.candidates(account, case.id)
    decided = Decision(case.id, candidate.id, "Same amount and payer", "ops@seller.example")
    payment = await settle_with(shop.ports, account, decided)
    assert (payment.status, payment.transaction) == (PaymentStatus.CAPTURED, intent)
    after = await invoices.find(account, invoice.id)
    assert (after.status, after.paid_minor) == ("PAID", 10000)
    closed = await cases.find(account, case.id)
    assert (closed.status, closed.resolved_by) == (CaseStatus.RESOLVED, "ops@seller.example")
    assert [one async for one in audit(shop.ports, account_id=account)] == []


async def test_a_candidate_is_booked_once_whoever_claims_it(shop: Shop) -> None:
    account, invoice = await owing(shop)
    await paid_elsewhere(shop, "payer@northwind.example")
    other, others = await owing(shop)
    first = (await claimed(shop, account, invoice)).case
    second = (await claimed(shop, other, others)).case
    assert first is not None
    assert second is not None
    [mine] = await cases.candidates(account, first.id)
    [theirs] = await cases.candidates(other, second.id)
    await settle_with(shop.ports, account, Decision(first.id, mine.id, "Yes", "ops@seller.example"))
    before = await books()
    with pytest.raises(InvalidInput, match="is booked"):
        await settle_with(
            shop.ports, other, Decision(second.id, theirs.id, "Yes", "ops@seller.example")
        )
    assert await books() == before


async def test_more_than_was_due_is_given_back(shop: Shop) -> None:
    account, invoice = await owing(shop)
    await paid_elsewhere(shop, "payer@northwind.example", units=12000)
    case = (await claimed(shop, account, invoice)).case
    assert case is not None
    [candidate] = await cases.candidates(account, case.id)
    decided = Decision(case.id, candidate.id, "Paid too much", "ops@seller.example")
    payment = await settle_with(shop.ports, account, decided)
    await shop.settle(account, payment.id)
    after = await invoices.find(account, invoice.id)
    assert (after.status, after.paid_minor) == ("PAID", 10000)
    rows = await payments.find(account, payment.id)
    assert rows.amount.minor_units == 12000


async def test_a_decision_without_a_reason_changes_nothing(shop: Shop) -> None:
    account, invoice = await owing(shop)
    await paid_elsewhere(shop, "payer@northwind.example")
    case = (await claimed(shop, account, invoice)).case
    assert case is not None
    [candidate] = await cases.candidates(account, case.id)
    before = await books()
    with pytest.raises(InvalidInput, match="Say why"):
        await settle_with(
            shop.ports, account, Decision(case.id, candidate.id, " ", "ops@seller.example")
        )
    assert await books() == before
