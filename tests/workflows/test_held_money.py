"""Money that does not match is held until it matches, goes back or never comes; then its attempt
and its case end by themselves."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from service.billing.errors import InvalidInput
from service.billing.payment import PaymentMove, PaymentStatus
from service.billing.support import SERVICE, CaseReason, CaseStatus
from service.store import cases, invoices, payments
from service.store.database import execute, fetch, transaction
from service.store.records import Invoice, Payment
from service.workflows import reconcile
from service.workflows.audit import audit
from service.workflows.cases import resolve
from tests.support.books import books
from tests.support.paper import PlainPrinter
from tests.support.shop import Shop
from tests.workflows.test_capture import begun, payable

S = PaymentStatus
BACK = "What did not match went back to the payer."


@dataclass(frozen=True)
class Held:
    """An attempt of which the gateway reports one unit more than was asked."""

    shop: Shop
    invoice: Invoice
    started: Payment

    @property
    def charge(self) -> str:
        intent = self.shop.at_gateway(self.started)["payment_intent"]
        return str(self.shop.sandbox.book.get("payment_intent", intent)["latest_charge"])

    async def seen(self) -> PaymentStatus:
        return (await self.shop.settle(self.started.account_id, self.started.id)).status

    async def open_cases(self) -> list[CaseReason]:
        about = await cases.open_about(self.started.account_id, payment_ids=[self.started.id])
        return [one.reason for one in about]

    async def closed(self) -> list[tuple[CaseReason, str | None, str | None]]:
        listed = await cases.page(self.started.account_id, size=9, status=CaseStatus.RESOLVED)
        return [(one.reason, one.resolved_by, one.resolution) for one in listed.cases]

    async def mails(self) -> list[str]:
        return [row["kind"] for row in await fetch("SELECT kind FROM notification ORDER BY id")]

    async def audited(self) -> list[str]:
        found = audit(self.shop.ports, account_id=self.started.account_id)
        return [one.what async for one in found]

    async def is_free(self) -> None:
        """Nothing was paid, nobody has to look, and the invoice can be paid again."""
        now = await invoices.find(self.invoice.account_id, self.invoice.id)
        assert (now.status, now.paid_minor, now.live_payment) == ("OPEN", 0, None)
        assert await payable(self.invoice)
        assert await self.open_cases() == []
        assert await self.audited() == []
        again = (await self.shop.start(self.invoice.account_id, now)).payment
        assert (again.id != self.started.id, again.status) == (True, S.PENDING)


async def paid_wrongly(shop: Shop, outcome: str = "success") -> Held:
    _, invoice, started = await begun(shop)
    await shop.pay(started, outcome)
    units = started.quote.charged.minor_units + 1
    shop.sandbox.dashboard.tamper(started.session_id or "", amount_total=units)
    return Held(shop, invoice, started)


async def held(shop: Shop, outcome: str = "success") -> Held:
    of = await paid_wrongly(shop, outcome)
    assert await of.seen() is S.UNDER_REVIEW
    assert await of.open_cases() == [CaseReason.UNDER_REVIEW]
    return of


# -- it goes back ------------------------------------------------------------------------------


async def test_what_went_back_in_full_is_held_no_longer(shop: Shop) -> None:
    of = await held(shop)
    shop.sandbox.dashboard.refund(of.charge)
    assert await of.audited() == ["it is UNDER_REVIEW here, and the gateway gave its money back"]
    assert await of.seen() is S.CANCELED
    assert await of.closed() == [(CaseReason.UNDER_REVIEW, SERVICE, BACK)]
    assert await of.mails() == ["CASE_OPENED", "CASE_RESOLVED"]
    before = await books()
    assert await of.seen() is S.CANCELED
    assert await books() == before
    await of.is_free()


async def test_the_notice_of_a_refund_by_hand_ends_it(shop: Shop) -> None:
    of = await held(shop)
    shop.with_ports(printer=PlainPrinter())
    shop.sandbox.dashboard.refund(of.charge)
    await reconcile.read_events(shop.ports)
    await shop.drain()
    assert (await shop.payment(of.started.account_id, of.started.id)).status is S.CANCELED
    await of.is_free()


async def test_what_went_back_before_anybody_looked_is_nobodys_case(shop: Shop) -> None:
    of = await paid_wrongly(shop)
    shop.sandbox.dashboard.refund(of.charge)
    assert await of.seen() is S.CANCELED
    after = await shop.payment(of.started.account_id, of.started.id)
    assert after.review_reason == "9495.53 INR was reported, 9495.52 INR was asked"
    assert (await of.closed(), await of.mails()) == ([], [])
    await of.is_free()


async def test_what_went_back_in_part_is_held_until_the_rest_does(shop: Shop) -> None:
    of = await held(shop)
    shop.sandbox.dashboard.refund(of.charge, 949_552)
    before = await books()
    assert await of.seen() is S.UNDER_REVIEW
    assert await books() == before
    shop.sandbox.dashboard.refund(of.charge)
    assert await of.seen() is S.CANCELED
    await of.is_free()


async def test_what_a_payers_bank_keeps_is_held_no_longer(shop: Shop) -> None:
    of = await held(shop)
    shop.sandbox.dashboard.refund(of.charge, 1000)
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    assert await of.seen() is S.UNDER_REVIEW
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    assert await of.seen() is S.CANCELED
    await of.is_free()


async def test_the_case_of_an_attempt_that_had_ended_closes_with_its_money_too(shop: Shop) -> None:
    of = await paid_wrongly(shop)
    async with transaction(shop.ports.bus):
        await payments.move(of.started, PaymentMove.EXPIRE, at=shop.clock())
    assert await of.seen() is S.EXPIRED
    assert await of.open_cases() == [CaseReason.UNDER_REVIEW]
    shop.sandbox.dashboard.refund(of.charge)
    assert await of.seen() is S.EXPIRED
    assert await of.closed() == [(CaseReason.UNDER_REVIEW, SERVICE, BACK)]
    await of.is_free()


# -- it does not come --------------------------------------------------------------------------


async def test_a_debit_that_does_not_match_and_fails_is_held_no_longer(shop: Shop) -> None:
    of = await held(shop, "debit_fails")
    shop.clock.move(seconds=6)
    assert await of.audited() == ["it is UNDER_REVIEW here, and FAILED at the gateway"]
    assert await of.seen() is S.FAILED
    assert await of.closed() == [(CaseReason.UNDER_REVIEW, SERVICE, "The payment ended: FAILED.")]
    assert await of.mails() == ["CASE_OPENED", "CASE_RESOLVED"]
    await of.is_free()


async def test_a_page_that_expired_before_its_debit_failed_is_held_no_longer(shop: Shop) -> None:
    of = await held(shop, "debit_fails")
    shop.sandbox.dashboard.expire(of.started.session_id or "")
    assert await of.seen() is S.UNDER_REVIEW
    shop.clock.move(seconds=6)
    assert await of.audited() == ["it is UNDER_REVIEW here, and EXPIRED at the gateway"]
    assert await of.seen() is S.EXPIRED
    await of.is_free()


# -- a person ----------------------------------------------------------------------------------


async def test_the_case_of_money_that_is_held_is_not_closed_by_hand(shop: Shop) -> None:
    of = await held(shop)
    account = of.started.account_id
    [case] = await cases.open_about(account, payment_ids=[of.started.id])
    before = await books()
    with pytest.raises(InvalidInput) as refused:
        await resolve(shop.ports, account, case.id, by="ops@seller.example", resolution="Known")
    assert [(one.path, one.code) for one in refused.value.issues] == [
        (("supportCaseId",), "STILL_HELD")
    ]
    assert await books() == before
    shop.sandbox.dashboard.refund(of.charge)
    await of.seen()
    with pytest.raises(InvalidInput, match="The case is closed"):
        await resolve(shop.ports, account, case.id, by="ops@seller.example", resolution="Known")
    closed = await cases.find(account, case.id)
    assert (closed.status, closed.resolution) == (CaseStatus.RESOLVED, BACK)


async def test_the_case_of_money_that_an_ended_attempt_is_not_held_by_is_closed_by_hand(
    shop: Shop,
) -> None:
    of = await held(shop)
    [case] = await cases.open_about(of.started.account_id, payment_ids=[of.started.id])
    await execute("UPDATE payment SET status = 'EXPIRED', live = false, deadline_at = NULL")
    closed = await resolve(
        shop.ports,
        of.started.account_id,
        case.id,
        by="ops@seller.example",
        resolution="Paid to another seller.",
    )
    assert closed.status is CaseStatus.RESOLVED


async def test_held_money_whose_refund_fails_is_looked_at_again(shop: Shop) -> None:
    of = await held(shop)
    made = shop.sandbox.dashboard.refund(of.charge)
    assert await of.seen() is S.CANCELED
    assert await of.open_cases() == []
    shop.clock.move(days=5)
    shop.with_ports(printer=PlainPrinter())
    shop.sandbox.dashboard.fail_refund(made["id"])
    await reconcile.read_events(shop.ports)
    await shop.drain()
    assert await of.open_cases() == [CaseReason.UNDER_REVIEW]
    before = await books()
    assert await of.seen() is S.CANCELED
    assert await books() == before
    again = shop.sandbox.dashboard.refund(of.charge)
    assert again["status"] == "succeeded"
    assert await of.seen() is S.CANCELED
    assert await of.open_cases() == []


async def test_held_money_that_a_person_has_looked_into_is_not_asked_again(shop: Shop) -> None:
    of = await held(shop)
    made = shop.sandbox.dashboard.refund(of.charge)
    await of.seen()
    shop.sandbox.dashboard.fail_refund(made["id"])
    await of.seen()
    [case] = await cases.open_about(of.started.account_id, payment_ids=[of.started.id])
    await resolve(
        shop.ports, of.started.account_id, case.id, by="ops@seller.example", resolution="?"
    )
    before = await books()
    await of.seen()
    assert await books() == before


async def test_held_money_that_came_back_and_that_a_payers_bank_keeps_is_nobodys_case(
    shop: Shop,
) -> None:
    of = await held(shop)
    made = shop.sandbox.dashboard.refund(of.charge)
    await of.seen()
    shop.sandbox.dashboard.fail_refund(made["id"])
    await of.seen()
    assert await of.open_cases() == [CaseReason.UNDER_REVIEW]
    dispute = shop.sandbox.dashboard.dispute(of.charge)
    await of.seen()
    assert await of.open_cases() == [CaseReason.UNDER_REVIEW]
    shop.sandbox.dashboard.lose_dispute(dispute["id"])
    assert await of.seen() is S.CANCELED
    assert await of.open_cases() == []
