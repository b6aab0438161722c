"""What happens to money is pushed: refunds, disputes, payouts, cases and links; and whoever listens
has the gateway asked more often."""

from __future__ import annotations

import asyncio

import pytest

from service.api import following
from service.billing.evidence import Source, Witness
from service.billing.ids import Kind
from service.billing.people import STAFF, Role
from service.billing.support import CaseReason
from service.store import accounts
from service.store.cases import NewCase
from service.store.database import transaction
from service.workflows import payment_links
from service.workflows.cases import open_case
from service.workflows.payment_links import LinkRequest
from tests.api.debts import Debt
from tests.api.harness import JSON, public
from tests.api.scene import AUGUST, BILLING, CHECKOUT, INVOICE, Scene, brief_all


def debt_of(scene: Scene) -> Debt:
    return Debt(scene.api, scene.account_id, scene.invoice)


async def claimed(scene: Scene) -> None:
    """A case about the invoice, as of a claim."""
    async with transaction(scene.bus):
        await accounts.lock(scene.account_id)
        new = NewCase(scene.account_id, CaseReason.CLAIM, "olivia@a.example", scene.invoice.id)
        await open_case(scene.api.shop.ports, new, Witness(Source.PAYER, "olivia@a.example"))


async def linked(scene: Scene) -> None:
    wanted = LinkRequest(scene.invoice.id, "support@seller.example", "key")
    await payment_links.create(scene.api.shop.ports, scene.account_id, wanted)


async def test_what_becomes_of_a_payment_is_pushed_to_its_invoice(scene: Scene) -> None:
    debt, dashboard = debt_of(scene), scene.api.shop.sandbox.dashboard
    payment = await debt.paid()
    payment_id = public(Kind.PAYMENT, payment.id)
    async with scene.following(INVOICE, id=debt.invoice_id) as follower:
        scene.api.shop.clock.move(seconds=2)
        made = dashboard.refund(debt.charge_of(payment), 474776)
        await debt.settled(payment, thorough=True)
        seen = [await follower.next() for _ in range(3)]
        assert brief_all(seen) == [
            "RefundStatusChanged SUCCEEDED",
            "InvoiceStatusChanged PAID",
            "PaymentSettlementRecorded",
        ]
        assert seen[0]["refund"] == {"status": "SUCCEEDED"}
        assert seen[0]["payment"] == seen[2]["payment"] == {"id": payment_id}

        dashboard.fail_refund(made["id"])
        dispute = dashboard.dispute(debt.charge_of(payment))
        await debt.settled(payment, thorough=True)
        seen = [await follower.next() for _ in range(4)]
        assert brief_all(seen) == [
            "SupportCaseChanged OPEN",
            "RefundStatusChanged FAILED",
            "DisputeStatusChanged OPEN",
            "InvoiceStatusChanged DISPUTED",
        ]
        dashboard.win_dispute(dispute["id"])
        await debt.settled(payment, thorough=True)
        seen = [await follower.next() for _ in range(2)]
        assert brief_all(seen) == ["DisputeStatusChanged WON", "InvoiceStatusChanged PAID"]
        assert seen[0]["dispute"] == {"status": "WON"}


async def test_cases_and_links_of_an_invoice_are_pushed_and_those_of_others_are_not(
    scene: Scene,
) -> None:
    other = await scene.api.shop.invoice(scene.account_id, month=AUGUST)
    async with (
        scene.following(INVOICE, id=public(Kind.INVOICE, scene.invoice.id)) as mine,
        scene.following(INVOICE, id=public(Kind.INVOICE, other.id)) as theirs,
        scene.following(BILLING) as all_of_it,
    ):
        await claimed(scene)
        await linked(scene)
        case, link = await mine.next(), await mine.next()
        assert brief_all([case, link]) == ["SupportCaseChanged OPEN", "PaymentLinkChanged"]
        assert case["supportCase"]["reason"] == "CLAIM"
        assert link["paymentLink"]["state"] == "OPEN"
        assert link["invoice"] == {"number": "INV-2627-000001"}
        assert [await all_of_it.next(), await all_of_it.next()] == [case, link]
        assert theirs.got.empty()
    assert (await scene.log())[-2:] == [case, link]


async def test_a_checkout_is_told_of_its_case_and_still_ends_when_it_is_paid(scene: Scene) -> None:
    payment = await scene.start()
    debt = debt_of(scene)
    async with scene.following(CHECKOUT, id=public(Kind.CHECKOUT, payment.id)) as follower:
        await scene.api.shop.pay(payment)
        session = scene.api.shop.at_gateway(payment)
        scene.api.shop.sandbox.dashboard.tamper(session["id"], amount_total=1)
        await debt.settled(payment)
        held = [await follower.next() for _ in range(3)]
        assert brief_all(held) == [
            "PaymentStatusChanged UNDER_REVIEW",
            "InvoiceStatusChanged PROCESSING",
            "SupportCaseChanged OPEN",
        ]
        scene.api.shop.sandbox.dashboard.tamper(session["id"], amount_total=949552)
        await debt.settled(payment)
        assert brief_all(await follower.rest()) == [
            "PaymentStatusChanged CAPTURED",
            "InvoiceStatusChanged PAID",
            "SupportCaseChanged RESOLVED",
        ]


STREAMS = {"billing": BILLING, "invoice": INVOICE, "checkout": CHECKOUT}
LISTENERS = [
    (stream, role)
    for stream in STREAMS
    for role in Role
    # Staff has no log of its own.
    if stream != "billing" or role not in STAFF
]


@pytest.mark.parametrize(("stream", "role"), LISTENERS)
async def test_while_a_customer_listens_their_attempt_is_watched(
    scene: Scene, stream: str, role: Role
) -> None:
    shop = scene.api.shop
    payment = await scene.start()
    ids: dict[str, JSON] = {
        "billing": {},
        "invoice": {"id": public(Kind.INVOICE, scene.invoice.id)},
        "checkout": {"id": public(Kind.CHECKOUT, payment.id)},
    }
    caller = scene.api.caller(role, scene.account_id)
    async with scene.following(STREAMS[stream], caller, **ids[stream]):
        now = await shop.payment(scene.account_id, payment.id)
    if role in STAFF:
        assert (now.watched_since, now.watched_until) == (None, None)
        assert now.next_check_at == payment.next_check_at
        return
    assert now.watched_since == shop.clock()
    assert now.watched_until is not None
    assert (now.watched_until - shop.clock()).total_seconds() == 60
    assert now.next_check_at is not None
    assert (now.next_check_at - shop.clock()).total_seconds() == 2


async def test_who_listens_on_is_noted_each_half_minute(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_REREAD_S", 0.02)
    shop = scene.api.shop
    payment = await scene.start()

    async def watched_for(seconds: float) -> bool:
        now = await shop.payment(scene.account_id, payment.id)
        assert now.watched_until is not None
        return (now.watched_until - shop.clock()).total_seconds() == seconds

    async with scene.following(CHECKOUT, id=public(Kind.CHECKOUT, payment.id)):
        shop.clock.move(seconds=29)
        await asyncio.sleep(0.2)
        assert await watched_for(31)
        shop.clock.move(seconds=1)
        for _ in range(100):
            if await watched_for(60):
                break
            await asyncio.sleep(0.02)
        assert await watched_for(60)
    begun = (await shop.payment(scene.account_id, payment.id)).watched_since
    assert begun is not None
    assert (shop.clock() - begun).total_seconds() == 30


async def test_only_the_attempt_that_is_listened_to_is_watched(scene: Scene) -> None:
    shop = scene.api.shop
    other = await shop.invoice(scene.account_id, month=AUGUST)
    mine, theirs = await scene.start(), (await shop.start(scene.account_id, other)).payment
    async with scene.following(INVOICE, id=public(Kind.INVOICE, scene.invoice.id)):
        pass
    assert (await shop.payment(scene.account_id, mine.id)).watched_until is not None
    assert (await shop.payment(scene.account_id, theirs.id)).watched_until is None
