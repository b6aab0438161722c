"""Two pages of one attempt: the gateway forgets keys after a day, and then opens another one. What
is paid on either is the attempt's, and nothing that is paid goes unseen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from service.billing.errors import (
    GatewayRefused,
    GatewayUnavailable,
    InvalidInput,
    InvoiceNotPayable,
)
from service.billing.evidence import Source, Witness
from service.billing.money import Money
from service.billing.payment import GatewayCheckout, PaymentStatus
from service.gateway import GatewayPayment
from service.store import cases, invoices
from service.store.records import Invoice, Payment
from service.workflows import candidates, capture, reconcile, reports
from service.workflows.audit import audit
from service.workflows.audit_findings import Weight
from service.workflows.cases import resolve
from service.workflows.claim_settling import Decision, settle_with
from tests.support.books import books
from tests.support.paper import PlainPrinter
from tests.support.shop import API_KEY, ORIGIN, Shop
from tests.workflows.test_capture import begun

S = PaymentStatus


class Around:
    """A gateway that does one thing in another way."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)


@dataclass(frozen=True)
class Pages:
    """An attempt with the page that it keeps, and `second`, which only the gateway knows of."""

    shop: Shop
    account: UUID
    invoice: Invoice
    started: Payment
    second: str

    async def told_of_second(self) -> Payment:
        """A notice about the second page is worked on."""
        return await capture.settle(
            self.shop.ports,
            self.account,
            self.started.id,
            Witness(Source.WEBHOOK, "evt_1"),
            session_hint=self.second,
            thorough=True,
        )

    def pay_second(self, outcome: str = "success") -> None:
        self.shop.sandbox.dashboard.pay(self.second, outcome)

    def intent(self, session_id: str) -> str:
        return str(self.shop.sandbox.book.get("session", session_id)["payment_intent"])

    def charge(self, session_id: str) -> str:
        intent = self.shop.sandbox.book.get("payment_intent", self.intent(session_id))
        return str(intent["latest_charge"])

    def status_of(self, session_id: str) -> str:
        return str(self.shop.sandbox.book.get("session", session_id)["status"])

    async def notes(self) -> list[tuple[str, str | None]]:
        about = await cases.open_about(self.account, payment_ids=[self.started.id])
        return [(one.reason, one.note) for one in about]

    async def audited(self, weight: Weight = Weight.DIFFERENCE) -> list[str]:
        found = audit(self.shop.ports, account_id=self.account)
        return [one.what async for one in found if one.weight is weight]

    async def is_paid(self) -> bool:
        return (await invoices.find(self.account, self.invoice.id)).status == "PAID"

    def hold_first(self) -> None:
        """What is paid on the first page is one unit more than was asked."""
        units = self.started.quote.charged.minor_units + 1
        self.shop.sandbox.dashboard.tamper(self.first, amount_total=units)

    @property
    def first(self) -> str:
        return self.started.session_id or ""

    async def now(self) -> Payment:
        return await self.shop.payment(self.account, self.started.id)

    async def settle(self, hint: str | None = None) -> Payment:
        witness = Witness(Source.POLL)
        ids = self.account, self.started.id
        return await capture.settle(self.shop.ports, *ids, witness, session_hint=hint)

    async def work_off(self) -> None:
        """The jobs that wait now are run."""
        self.shop.with_ports(printer=PlainPrinter())
        await self.shop.drain()

    async def live(self) -> PaymentStatus | None:
        return (await invoices.find(self.account, self.invoice.id)).live_payment

    async def candidates(self) -> list[tuple[str, Money]]:
        about = await cases.open_about(self.account, payment_ids=[self.started.id])
        listed = [one for case in about for one in await cases.candidates(self.account, case.id)]
        return [(one.transaction, one.amount) for one in listed if one.gone_back_at is None]

    def unbooked(self) -> str:
        return (
            f"The gateway took {self.started.quote.charged} as {self.intent(self.second)} for it."
        )

    def taken(self) -> str:
        """What an audit tells of the second page's money."""
        units = self.started.quote.charged.minor_units
        what = f"{units} INR as {self.intent(self.second)}"
        return f"the gateway took {what} for it, which is not booked"


async def two_pages(shop: Shop, **changes: str) -> Pages:
    account, invoice, started = await begun(shop)
    return Pages(shop, account, invoice, started, await page_of(shop, started, **changes))


async def page_of(shop: Shop, payment: Payment, **changes: str) -> str:
    """Another page of an attempt at the gateway."""
    fields = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": f"{ORIGIN}/paid",
        "client_reference_id": str(payment.id),
        "payment_intent_data[metadata][payment_id]": str(payment.id),
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "inr",
        "line_items[0][price_data][unit_amount]": str(payment.quote.charged.minor_units),
        "line_items[0][price_data][product_data][name]": "Invoice",
    }
    made = await shop.http.post(
        "/v1/checkout/sessions",
        headers={"authorization": f"Bearer {API_KEY}"},
        data=fields | changes,
    )
    made.raise_for_status()
    return str(made.json()["id"])


# -- the second one alone is paid --------------------------------------------------------------


async def test_a_notice_of_a_second_page_that_was_paid_pays_the_invoice(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second()
    assert await of.audited() == [of.taken()]
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id, payment.transaction) == (
        S.CAPTURED,
        of.second,
        of.intent(of.second),
    )
    assert await of.is_paid()
    # Nothing can be paid on the first one any more.
    await of.work_off()
    assert of.status_of(of.first) == "expired"
    assert (await of.notes(), await of.audited()) == ([], [])
    before = await books()
    await of.told_of_second()
    assert await books() == before


async def test_the_nightly_walk_finds_a_second_page_that_was_paid(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second()
    shop.clock.move(hours=2)
    assert await reconcile.compare_lately(shop.ports) == 1
    assert await of.is_paid()
    assert (await of.notes(), await of.audited()) == ([], [])
    assert await reconcile.compare_lately(shop.ports) == 0


async def test_a_second_page_that_is_paid_after_the_first_expired_pays_the_invoice(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    shop.sandbox.dashboard.expire(of.started.session_id or "")
    assert (await shop.settle(of.account, of.started.id)).status is S.EXPIRED
    of.pay_second()
    assert (await of.told_of_second()).status is S.CAPTURED
    assert await of.is_paid()
    assert await of.audited() == []


async def test_money_that_is_on_its_way_by_a_second_page_is_waited_for(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second("debit_succeeds")
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.PROCESSING, of.second)
    await of.work_off()
    assert of.status_of(of.first) == "expired"
    assert (await of.now()).session_id == of.second
    shop.clock.move(seconds=6)
    assert (await shop.settle(of.account, of.started.id)).status is S.CAPTURED
    assert await of.is_paid()
    assert (await of.notes(), await of.audited()) == ([], [])


async def test_money_on_a_second_page_that_does_not_match_is_held(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second()
    shop.sandbox.dashboard.tamper(of.second, amount_total=1)
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.UNDER_REVIEW, of.second)
    note = f"0.01 INR was reported, {of.started.quote.charged} was asked"
    assert await of.notes() == [("UNDER_REVIEW", note)]
    assert not await of.is_paid()


async def test_a_second_page_on_which_nothing_was_paid_changes_nothing(shop: Shop) -> None:
    of = await two_pages(shop)
    before = await books()
    assert (await of.told_of_second()).status is S.PENDING
    assert of.status_of(of.started.session_id or "") == "open"
    assert await books() == before


async def test_a_page_of_another_attempt_changes_nothing(shop: Shop) -> None:
    of = await two_pages(shop)
    _, _, other = await begun(shop)
    await shop.pay(other)
    before = await books()
    await replace(of, second=other.session_id or "").told_of_second()
    assert await books() == before


# -- whoever is told first ---------------------------------------------------------------------


async def test_money_on_its_way_by_a_second_page_counts_though_the_first_has_expired(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    of.pay_second("debit_succeeds")
    shop.sandbox.dashboard.expire(of.first)
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.PROCESSING, of.second)
    assert await of.live() is S.PROCESSING
    before = await books()
    with pytest.raises(InvoiceNotPayable):
        await shop.start(of.account, of.invoice)
    assert await books() == before


async def test_the_end_of_the_first_page_is_not_that_of_the_attempt(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second("debit_succeeds")
    await of.told_of_second()
    await of.work_off()
    assert of.status_of(of.first) == "expired"
    before = await books()
    await of.settle(hint=of.first)
    assert await books() == before
    assert await of.live() is S.PROCESSING


async def test_what_was_seen_of_the_first_page_before_the_second_took_its_place_is_left(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    of.pay_second("debit_succeeds")

    async def told() -> None:
        await of.told_of_second()
        shop.sandbox.dashboard.expire(of.first)

    shop.with_ports(gateway=Slow(shop.ports.gateway, of.first, meanwhile=told))
    payment = await of.settle()
    assert (payment.status, payment.session_id) == (S.PROCESSING, of.second)
    assert await of.live() is S.PROCESSING


async def test_what_was_taken_on_the_first_page_while_the_second_was_booked_is_a_case(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    of.pay_second()
    gateway = shop.ports.gateway
    late: list[GatewayCheckout] = []

    async def pay_first() -> None:
        await shop.pay(of.started)
        late.append(await gateway.look_up(of.first))

    shop.with_ports(gateway=Slow(gateway, of.first, meanwhile=pay_first))
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.CAPTURED, of.second)
    # Who asked about the first one writes it down only now.
    assert await reports.apply(shop.ports, of.started, late[0], Witness(Source.POLL))
    assert (await of.now()).session_id == of.second
    assert await of.candidates() == [(of.intent(of.first), of.started.quote.charged)]
    before = await books()
    assert await reports.apply(shop.ports, of.started, late[0], Witness(Source.POLL))
    assert await books() == before


async def test_held_money_that_comes_in_while_the_second_page_is_looked_at_is_not_forgotten(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    of.pay_second()
    gateway = shop.ports.gateway

    async def pay_first() -> None:
        await shop.pay(of.started)
        of.hold_first()
        assert (await of.settle()).status is S.UNDER_REVIEW

    shop.with_ports(gateway=Slow(gateway, of.first, meanwhile=pay_first))
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.CAPTURED, of.second)
    taken = Money(of.started.quote.charged.minor_units + 1, "INR")
    assert await of.candidates() == [(of.intent(of.first), taken)]
    assert [reason for reason, _ in await of.notes()] == ["UNDER_REVIEW"]


async def test_what_is_paid_on_the_first_page_before_it_is_closed_is_a_case(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second()
    assert (await of.told_of_second()).status is S.CAPTURED
    await shop.pay(of.started)
    await of.work_off()
    assert (await of.now()).session_id == of.second
    assert await of.candidates() == [(of.intent(of.first), of.started.quote.charged)]


class Slow(Around):
    """A gateway that takes long to tell of a page, once: the `meanwhile` happens before its answer
    arrives."""

    def __init__(
        self, gateway: Any, session_id: str, *, meanwhile: Callable[[], Awaitable[object]]
    ) -> None:
        super().__init__(gateway)
        self._waits = {session_id: meanwhile}

    async def look_up(self, session_id: str) -> GatewayCheckout:
        meanwhile = self._waits.pop(session_id, None)
        seen: GatewayCheckout = await self._gateway.look_up(session_id)
        if meanwhile is not None:
            await meanwhile()
        return seen


# -- both are paid -----------------------------------------------------------------------------


@pytest.mark.parametrize("is_booked", [True, False])
async def test_when_both_pages_are_paid_a_person_is_called_for_the_second_once(
    shop: Shop, is_booked: bool
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    if is_booked:
        await shop.settle(of.account, of.started.id)
    of.pay_second()
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.CAPTURED, of.started.session_id)
    assert payment.transaction == of.intent(of.started.session_id or "")
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    before = await books()
    await of.told_of_second()
    assert await reconcile.compare_lately(shop.ports) == 1
    assert await books() == before
    assert await of.audited() == [of.taken()]


async def test_held_money_of_the_first_page_is_still_looked_at_when_the_second_is_paid(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    of.hold_first()
    assert (await of.settle()).status is S.UNDER_REVIEW
    [held] = await of.notes()
    of.pay_second()
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.CAPTURED, of.second)
    assert await of.is_paid()
    assert await of.notes() == [held]
    taken = Money(of.started.quote.charged.minor_units + 1, "INR")
    assert await of.candidates() == [(of.intent(of.first), taken)]
    before = await books()
    await of.told_of_second()
    await reconcile.compare_lately(shop.ports)
    assert await books() == before


async def test_held_money_of_a_page_that_the_gateway_has_forgotten_is_still_looked_at(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    of.hold_first()
    assert (await of.settle()).status is S.UNDER_REVIEW
    of.pay_second()
    shop.with_ports(gateway=Forgetful(shop.ports.gateway, of.first))
    assert (await of.told_of_second()).status is S.CAPTURED
    taken = Money(of.started.quote.charged.minor_units + 1, "INR")
    assert await of.candidates() == [(of.intent(of.first), taken)]
    assert [reason for reason, _ in await of.notes()] == ["UNDER_REVIEW"]


class Forgetful(Around):
    """A gateway that knows a page no more."""

    def __init__(self, gateway: Any, session_id: str) -> None:
        super().__init__(gateway)
        self._session_id = session_id

    async def look_up(self, session_id: str) -> GatewayCheckout:
        if session_id == self._session_id:
            raise GatewayRefused(GatewayRefused.UNKNOWN_OBJECT)
        seen: GatewayCheckout = await self._gateway.look_up(session_id)
        return seen


async def test_held_money_of_the_first_page_that_went_back_is_nobodys_case(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    of.hold_first()
    assert (await of.settle()).status is S.UNDER_REVIEW
    shop.sandbox.dashboard.refund(of.charge(of.first))
    of.pay_second()
    assert (await of.told_of_second()).status is S.CAPTURED
    assert (await of.notes(), await of.audited()) == ([], [])


async def test_a_second_page_that_does_not_match_leaves_the_debit_of_the_first_under_way(
    shop: Shop,
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started, "debit_succeeds")
    assert (await of.settle()).status is S.PROCESSING
    of.pay_second()
    shop.sandbox.dashboard.tamper(of.second, amount_total=7)
    payment = await of.told_of_second()
    assert (payment.status, payment.session_id) == (S.PROCESSING, of.first)
    assert await of.candidates() == [(of.intent(of.second), Money(7, "INR"))]
    shop.clock.move(seconds=6)
    assert (await of.settle()).status is S.CAPTURED
    # The debit has come; what was taken beside it is still nobody's.
    assert await of.candidates() == [(of.intent(of.second), Money(7, "INR"))]


async def test_what_a_person_has_looked_into_is_not_asked_again(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    await shop.settle(of.account, of.started.id)
    of.pay_second()
    await reconcile.compare_lately(shop.ports)
    [case] = await cases.open_about(of.account, payment_ids=[of.started.id])
    await resolve(shop.ports, of.account, case.id, by="ops@seller.example", resolution="Sent back")
    assert await reconcile.compare_lately(shop.ports) == 1
    assert await of.notes() == []
    shop.sandbox.dashboard.refund(of.charge(of.second))
    assert await of.audited() == []


async def test_a_second_page_that_was_given_back_is_nobodys_case(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    await shop.settle(of.account, of.started.id)
    of.pay_second()
    shop.sandbox.dashboard.refund(of.charge(of.second))
    await of.told_of_second()
    await reconcile.compare_lately(shop.ports)
    assert (await of.notes(), await of.audited()) == ([], [])


# -- money without a page ----------------------------------------------------------------------


async def test_money_for_an_attempt_that_came_by_no_page_of_it_calls_a_person(shop: Shop) -> None:
    of = await two_pages(shop, client_reference_id="by hand")
    of.pay_second()
    for _ in range(2):
        assert await reconcile.compare_lately(shop.ports) == 1
    assert (await shop.payment(of.account, of.started.id)).status is S.PENDING
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    assert await of.audited() == [of.taken()]


async def test_a_case_of_unbooked_money_stays_when_its_attempt_ends(shop: Shop) -> None:
    of = await two_pages(shop, client_reference_id="by hand")
    of.pay_second()
    await reconcile.compare_lately(shop.ports)
    shop.sandbox.dashboard.expire(of.first)
    assert (await shop.settle(of.account, of.started.id)).status is S.EXPIRED
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    assert await of.candidates() == [(of.intent(of.second), of.started.quote.charged)]


async def test_a_person_can_put_unbooked_money_on_the_invoice_of_its_attempt(shop: Shop) -> None:
    of = await two_pages(shop, client_reference_id="by hand")
    of.pay_second()
    shop.clock.move(minutes=1)
    await reconcile.compare_lately(shop.ports)
    payment = await settle_with(shop.ports, of.account, await decided(of))
    assert (payment.status, payment.transaction) == (S.CAPTURED, of.intent(of.second))
    assert (await of.now()).status is S.CANCELED
    assert await of.is_paid()
    assert (await of.notes(), await of.audited()) == ([], [])


@pytest.mark.parametrize("outcome", ["success", "debit_succeeds"])
async def test_unbooked_money_does_not_take_the_place_of_other_money_that_is_held_or_under_way(
    shop: Shop, outcome: str
) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started, outcome)
    if outcome == "success":
        of.hold_first()
    status = (await of.settle()).status
    assert status in (S.UNDER_REVIEW, S.PROCESSING)
    shop.clock.move(seconds=1)
    of.pay_second()
    shop.sandbox.dashboard.tamper(of.second, amount_total=700)
    await of.told_of_second()
    before = await books()
    with pytest.raises(InvalidInput) as refused:
        await settle_with(shop.ports, of.account, await decided(of))
    assert [(one.path, one.code) for one in refused.value.issues] == [
        (("candidateId",), "STILL_HELD")
    ]
    assert await books() == before
    assert (await of.now()).status is status


async def test_a_case_with_two_unbooked_payments_stays_until_both_are_booked(shop: Shop) -> None:
    of = await two_pages(shop, client_reference_id="by hand")
    of.pay_second()
    shop.clock.move(minutes=1)
    await reconcile.compare_lately(shop.ports)
    other = GatewayPayment("pi_3", Money(500, "INR"), False, shop.clock(), None, of.started.id)
    await candidates.take_in(shop.ports, of.started, other)
    await settle_with(shop.ports, of.account, await decided(of))
    assert await of.is_paid()
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]


async def decided(of: Pages) -> Decision:
    """A person's decision for the first candidate of the attempt's case."""
    [case] = await cases.open_about(of.account, payment_ids=[of.started.id])
    candidate = (await cases.candidates(of.account, case.id))[0]
    return Decision(case.id, candidate.id, "It is theirs", "ops@seller.example")


async def test_a_page_on_which_nothing_was_taken_is_nobodys_case(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    await of.settle()
    of.pay_second()
    shop.sandbox.dashboard.tamper(of.second, amount_total=0)
    before = await books()
    await of.told_of_second()
    assert await books() == before


async def test_unbooked_money_that_is_booked_after_all_is_nobodys_case(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second()
    seen = await shop.ports.gateway.look_up(of.second)
    taken = GatewayPayment(of.intent(of.second), seen.amount, False, shop.clock(), None, None)
    await candidates.take_in(shop.ports, of.started, taken)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]
    assert (await of.told_of_second()).status is S.CAPTURED
    assert (await of.notes(), await of.audited()) == ([], [])


async def test_a_person_is_called_for_each_payment_that_is_not_booked(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    await of.settle()
    for name, units in (("one", 100), ("two", 200), ("two", 200)):
        taken = GatewayPayment(name, Money(units, "INR"), False, shop.clock(), None, None)
        await candidates.take_in(shop.ports, of.started, taken)
    assert await of.notes() == [("UNDER_REVIEW", "The gateway took 1.00 INR as one for it.")]
    assert await of.candidates() == [("one", Money(100, "INR")), ("two", Money(200, "INR"))]


async def test_an_audit_that_hears_nothing_of_the_first_page_tells_so(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second()

    class Silent(Around):
        async def look_up(self, session_id: str) -> GatewayCheckout:
            raise GatewayUnavailable

    shop.with_ports(gateway=Silent(shop.ports.gateway))
    assert await of.audited() == []
    silence = "it was not checked: the gateway does not answer"
    assert await of.audited(Weight.NOT_CHECKED) == [silence, silence]
