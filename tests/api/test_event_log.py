"""The event log by pages, for clients that ask from time to time."""

from __future__ import annotations

from uuid import uuid4

from service.api import cursors
from service.billing.events import (
    InvoiceIssued,
)
from service.billing.people import Role
from service.store import events, invoices
from service.store.database import transaction
from tests.api.harness import Api
from tests.api.scene import BILLING, PAGE, PAID, Scene, brief, brief_all


async def test_the_log_can_be_read_by_pages_and_gone_on_with(scene: Scene) -> None:
    await scene.pay(await scene.start())
    first = (await scene.owner.ask(PAGE, first=3))["billingEvents"]
    assert brief_all(first["events"]) == ["InvoiceIssued", "PaymentStatusChanged PENDING", PAID[0]]
    assert (first["hasMore"], first["endCursor"]) == (True, first["events"][-1]["cursor"])
    second = (await scene.owner.ask(PAGE, after=first["endCursor"]))["billingEvents"]
    assert brief_all(second["events"]) == [PAID[1]]
    assert second["hasMore"] is False
    end = second["endCursor"]
    assert (await scene.owner.ask(PAGE, after=end))["billingEvents"] == {
        "events": [],
        "endCursor": end,
        "hasMore": False,
    }
    async with scene.following(BILLING, after=end) as follower:
        async with transaction(scene.bus):
            invoice = await invoices.find(scene.account_id, scene.invoice.id)
            assert invoice.status == "PAID"
            await events.record(
                scene.account_id, InvoiceIssued(invoice.id), at=scene.api.shop.clock()
            )
        assert brief(await follower.next()) == "InvoiceIssued"


async def test_pages_of_the_log_refuse_what_makes_no_sense(scene: Scene) -> None:
    foreign = cursors.of_event(uuid4(), 0)
    beyond = cursors.of_event(scene.account_id, 99)
    for given, code in (
        ({"first": 0}, "BAD_USER_INPUT"),
        ({"first": 101}, "BAD_USER_INPUT"),
        ({"after": ""}, "BAD_CURSOR"),
        ({"after": foreign}, "BAD_CURSOR"),
        ({"after": beyond}, "BAD_CURSOR"),
    ):
        assert await scene.owner.codes(PAGE, **given) == [code]


async def test_an_account_without_events_has_an_empty_log(api: Api) -> None:
    account_id = await api.shop.account()
    page = (await api.caller(Role.MEMBER, account_id).ask(PAGE))["billingEvents"]
    assert page == {
        "events": [],
        "endCursor": cursors.of_event(account_id, 0),
        "hasMore": False,
    }
