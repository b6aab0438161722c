"""A gateway that forgot an idempotency key has two pages of one attempt: money on either counts."""

from __future__ import annotations

from uuid import UUID

from service.billing.errors import GatewayUnavailable
from service.billing.evidence import Source, Witness
from service.billing.invoice import InvoiceStatus
from service.billing.payment import PaymentStatus
from service.billing.support import CaseReason
from service.gateway import NoticePage
from service.store import cases, invoices
from service.store.records import Payment
from service.workflows import capture, reconcile
from service.workflows.audit import audit
from tests.support.books import rows
from tests.support.shop import Shop
from tests.workflows.test_capture import begun


async def second_page(shop: Shop, of: Payment, units: int | None = None) -> str:
    """One more page at the gateway for an attempt that has one, and its money."""
    charged = of.quote.charged
    made = await shop.http.post(
        "/v1/checkout/sessions",
        headers={"authorization": "Bearer sk_test_paiduptests"},
        data={
            "mode": "payment",
            "ui_mode": "hosted_page",
            "success_url": "https://app.example.com/paid",
            "client_reference_id": str(of.id),
            "payment_intent_data[metadata][payment_id]": str(of.id),
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": charged.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(units or charged.minor_units),
            "line_items[0][price_data][product_data][name]": "Once more",
        },
    )
    session_id = str(made.json()["id"])
    shop.sandbox.dashboard.pay(session_id, "success")
    return session_id


async def differences(shop: Shop, account: UUID) -> list[str]:
    return [one.what async for one in audit(shop.ports, account_id=account)]


async def test_money_on_a_second_page_that_a_notice_names_pays_the_invoice(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    session_id = await second_page(shop, started)
    [told] = await differences(shop, account)
    assert "which is not booked" in told
    witness = Witness(Source.WEBHOOK, "evt_1")
    paid = await capture.settle(shop.ports, account, started.id, witness, session_hint=session_id)
    assert paid.status is PaymentStatus.CAPTURED
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID
    # The page that is left takes no money any more.
    assert shop.at_gateway(started)["status"] == "expired"
    assert await rows("support_case") == 0


async def test_money_on_a_second_page_is_found_by_the_nightly_walk(shop: Shop) -> None:
    account, invoice, started = await begun(shop)
    await second_page(shop, started)
    assert await reconcile.compare_lately(shop.ports) == 1
    assert (await invoices.find(account, invoice.id)).status is InvoiceStatus.PAID
    assert await reconcile.compare_lately(shop.ports) == 0


async def test_money_on_a_second_page_of_what_is_paid_is_a_case(shop: Shop) -> None:
    account, _, started = await begun(shop)
    await shop.pay(started)
    await shop.settle(account, started.id)
    session_id = await second_page(shop, started)
    assert await reconcile.compare_lately(shop.ports) == 1
    [case] = await cases.open_about(account, payment_ids=[started.id])
    assert case.reason is CaseReason.UNDER_REVIEW
    assert case.note is not None
    assert case.note.endswith("on a page that is not ours.")
    assert await reconcile.compare_lately(shop.ports) == 1
    assert await rows("support_case") == 1
    [told] = await differences(shop, account)
    assert "which is not booked" in told
    assert session_id != started.session_id


async def test_a_list_of_undelivered_notices_that_fails_does_not_stop_the_walk(shop: Shop) -> None:
    _, _, started = await begun(shop)
    await shop.pay(started)
    gateway = shop.ports.gateway

    class Half:
        """Its list of what could not be delivered does not answer."""

        def __getattr__(self, name: str) -> object:
            return getattr(gateway, name)

        async def happened(
            self, cursor: str | None, *, since: object, undelivered: bool = False
        ) -> NoticePage:
            if undelivered:
                raise GatewayUnavailable
            return await gateway.happened(cursor, since=since)  # type: ignore[arg-type]

    assert await reconcile.read_events(shop.with_ports(gateway=Half())) > 0
    assert await reconcile.read_events(shop.with_ports(gateway=gateway)) == 0
