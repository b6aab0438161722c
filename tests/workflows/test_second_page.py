"""Two pages of one attempt: the gateway forgets keys after a day, and then opens another one. What
is paid on either is the attempt's, and nothing that is paid goes unseen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from service.billing.errors import GatewayUnavailable
from service.billing.evidence import Source, Witness
from service.billing.payment import GatewayCheckout, PaymentStatus
from service.store import cases, invoices
from service.store.records import Invoice, Payment
from service.workflows import capture, reconcile
from service.workflows.audit import audit
from service.workflows.audit_findings import Weight
from service.workflows.cases import resolve
from tests.support.books import books
from tests.support.shop import API_KEY, ORIGIN, Shop
from tests.workflows.test_capture import begun

S = PaymentStatus


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

    def unbooked(self) -> str:
        charged = self.started.quote.charged
        return f"The gateway took {charged.minor_units} INR as {self.intent(self.second)} for it."

    def taken(self) -> str:
        """What an audit tells of the second page's money."""
        units = self.started.quote.charged.minor_units
        what = f"{units} INR as {self.intent(self.second)}"
        return f"the gateway took {what} for it, which is not booked"


async def two_pages(shop: Shop, **changes: str) -> Pages:
    account, invoice, started = await begun(shop)
    fields = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "success_url": f"{ORIGIN}/paid",
        "client_reference_id": str(started.id),
        "payment_intent_data[metadata][payment_id]": str(started.id),
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "inr",
        "line_items[0][price_data][unit_amount]": str(started.quote.charged.minor_units),
        "line_items[0][price_data][product_data][name]": "Invoice",
    }
    made = await shop.http.post(
        "/v1/checkout/sessions",
        headers={"authorization": f"Bearer {API_KEY}"},
        data=fields | changes,
    )
    made.raise_for_status()
    return Pages(shop, account, invoice, started, str(made.json()["id"]))


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
    assert of.status_of(of.started.session_id or "") == "expired"
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
    assert of.status_of(of.started.session_id or "") == "expired"
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
    note = f"1 minor units were reported, {of.started.quote.charged.minor_units} were asked"
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
    intent = shop.sandbox.book.get("payment_intent", of.intent(of.second))
    shop.sandbox.dashboard.refund(intent["latest_charge"])
    assert await of.audited() == []


async def test_a_second_page_that_was_given_back_is_nobodys_case(shop: Shop) -> None:
    of = await two_pages(shop)
    await shop.pay(of.started)
    await shop.settle(of.account, of.started.id)
    of.pay_second()
    intent = shop.sandbox.book.get("payment_intent", of.intent(of.second))
    shop.sandbox.dashboard.refund(intent["latest_charge"])
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


async def test_a_case_of_unbooked_money_that_closed_with_its_attempt_is_opened_again(
    shop: Shop,
) -> None:
    of = await two_pages(shop, client_reference_id="by hand")
    of.pay_second()
    await reconcile.compare_lately(shop.ports)
    shop.sandbox.dashboard.expire(of.started.session_id or "")
    assert (await shop.settle(of.account, of.started.id)).status is S.EXPIRED
    assert await of.notes() == []
    await reconcile.compare_lately(shop.ports)
    assert await of.notes() == [("UNDER_REVIEW", of.unbooked())]


async def test_an_audit_that_hears_nothing_of_the_first_page_tells_so(shop: Shop) -> None:
    of = await two_pages(shop)
    of.pay_second()

    class Silent:
        def __init__(self, gateway: Any) -> None:
            self._gateway = gateway

        def __getattr__(self, name: str) -> Any:
            return getattr(self._gateway, name)

        async def look_up(self, session_id: str) -> GatewayCheckout:
            raise GatewayUnavailable

    shop.with_ports(gateway=Silent(shop.ports.gateway))
    assert await of.audited() == []
    silence = "it was not checked: the gateway does not answer"
    assert await of.audited(Weight.NOT_CHECKED) == [silence, silence]
