"""Claims at a gateway that takes long: answered in time all the same, and searched on by a job."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from service.adapters import stripe_gateway
from service.billing.errors import GatewayUnavailable
from service.billing.payment import GatewayCheckout, PaymentMove, PaymentStatus
from service.billing.support import CaseStatus
from service.gateway import GatewayPayment, PaymentSearch
from service.store import cases, invoices, payments
from service.store.database import transaction
from service.store.records import Invoice, Payment
from service.workflows import claims
from service.workflows.claims import claim
from tests.support.books import books, rows
from tests.support.shop import Shop
from tests.workflows.test_claims import claimed, owing, paid_elsewhere, said


class Slow:
    """A gateway whose lists take longer than anybody waits."""

    def __init__(self, shop: Shop) -> None:
        self._gateway = shop.ports.gateway

    def __getattr__(self, name: str) -> object:
        return getattr(self._gateway, name)

    async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
        await asyncio.sleep(60)
        return await self._gateway.find_payments(search)


async def test_a_claim_that_takes_long_to_search_is_a_case_at_once_and_a_job_searches_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, invoice = await owing(shop)
    intent = await paid_elsewhere(shop, "payer@northwind.example")
    quick = shop.ports
    monkeypatch.setattr(claims, "_SEARCHING_S", 0.05)
    shop.with_ports(gateway=Slow(shop))
    outcome = await claimed(shop, account, invoice)
    assert outcome.case is not None
    assert (outcome.payment, outcome.candidates) == (None, 0)
    assert await rows("pgqueuer", "entrypoint = 'search_claim'") == 1
    shop.ports = quick
    await shop.drain()
    [candidate] = await cases.candidates(account, outcome.case.id)
    assert candidate.transaction == intent
    before = await books()
    await claims.search_on(shop.ports, account, outcome.case.id, None)
    assert await books() == before


async def test_a_payment_is_found_however_many_the_gateway_took_after_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_gateway, "_PAGE", 1)
    account, invoice = await owing(shop)
    intent = await paid_elsewhere(shop, "payer@northwind.example")
    for number in range(40):
        shop.clock.move(seconds=1)
        await paid_elsewhere(shop, f"payer{number}@elsewhere.example", 100)
    outcome = await claimed(shop, account, invoice)
    assert outcome.case is not None
    [candidate] = await cases.candidates(account, outcome.case.id)
    assert candidate.transaction == intent


async def test_two_who_claim_the_same_invoice_are_both_searched_for_by_the_job(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, invoice = await owing(shop)
    people = ("payer@northwind.example", "second@northwind.example")
    paid = {await paid_elsewhere(shop, person, units=7777) for person in people}
    quick = shop.ports
    monkeypatch.setattr(claims, "_SEARCHING_S", 0.05)
    shop.with_ports(gateway=Slow(shop))
    made = [
        await claim(shop.ports, account, said(invoice, key=person, claimed_by=person))
        for person in people * 2
    ]
    [case_id] = {one.case.id for one in made if one.case}
    assert await rows("pgqueuer", "entrypoint = 'search_claim'") == 2
    shop.ports = quick
    await shop.drain()
    assert {one.transaction for one in await cases.candidates(account, case_id)} == paid


async def test_the_job_of_a_claim_settles_it_when_the_money_is_that_of_an_attempt(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, invoice = await owing(shop)
    started = (await shop.start(account, invoice)).payment
    quick = shop.ports
    monkeypatch.setattr(claims, "_SEARCHING_S", 0.05)
    shop.with_ports(gateway=Slow(shop))
    outcome = await claimed(shop, account, invoice)
    assert outcome.case is not None
    shop.ports = quick
    await shop.pay(started)
    shop.clock.move(minutes=1)
    await claims.search_on(shop.ports, account, outcome.case.id, None)
    assert (await shop.payment(account, started.id)).status is PaymentStatus.CAPTURED
    assert (await cases.find(account, outcome.case.id)).status is CaseStatus.RESOLVED


async def test_an_attempt_is_not_asked_about_again_in_the_same_moment(shop: Shop) -> None:
    account, invoice = await owing(shop)
    await shop.start(account, invoice)
    asked = 0

    class Counting(Slow):
        async def look_up(self, session_id: str) -> object:
            nonlocal asked
            asked += 1
            return await self._gateway.look_up(session_id)

        async def find_payments(self, search: PaymentSearch) -> list[GatewayPayment]:
            return await self._gateway.find_payments(search)

    shop.with_ports(gateway=Counting(shop))
    for key in "abc":
        await claim(shop.ports, account, said(invoice, key=key))
    assert asked == 1
    shop.clock.move(seconds=2)
    await claim(shop.ports, account, said(invoice, key="a"))
    assert asked == 2


class Lagging:
    """A gateway that takes three seconds for each answer about an attempt."""

    def __init__(self, shop: Shop) -> None:
        self._gateway, self._clock = shop.ports.gateway, shop.clock
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._gateway, name)

    async def look_up(self, session_id: str) -> GatewayCheckout:
        self.asked.append(session_id)
        self._clock.move(seconds=3)
        return await self._gateway.look_up(session_id)


async def ended_attempts(shop: Shop, account: UUID, invoice: Invoice, count: int) -> list[Payment]:
    """Attempts of which the first was paid at the gateway, which nobody has told us of; newest
    first."""
    made: list[Payment] = []
    for number in range(count):
        started = (await shop.start(account, invoice, key=f"try {number}")).payment
        if made:
            shop.sandbox.dashboard.expire(started.session_id or "")
        else:
            await shop.pay(started)
        async with transaction(shop.ports.bus):
            await payments.move(started, PaymentMove.EXPIRE, at=shop.clock())
        made.insert(0, started)
    return made


async def test_attempts_that_a_claim_had_no_time_to_ask_about_are_asked_about_by_its_job(
    shop: Shop,
) -> None:
    account, invoice = await owing(shop)
    attempts = await ended_attempts(shop, account, invoice, 6)
    pages = [one.session_id for one in attempts]
    shop.with_ports(gateway=(gateway := Lagging(shop)))
    outcome = await claimed(shop, account, invoice)
    assert gateway.asked == pages[:2]
    assert outcome.case is not None
    assert (outcome.payment, outcome.case.status) == (None, CaseStatus.OPEN)
    assert await rows("pgqueuer", "entrypoint = 'search_claim'") == 1
    await shop.drain()
    # Not what was answered a moment ago; and for longer than a customer would wait.
    assert gateway.asked == pages
    assert (await shop.payment(account, attempts[-1].id)).status is PaymentStatus.CAPTURED
    assert (await invoices.find(account, invoice.id)).status == "PAID"
    assert (await cases.find(account, outcome.case.id)).status is CaseStatus.RESOLVED


async def test_a_repeated_claim_that_has_no_time_again_has_its_job_again(shop: Shop) -> None:
    account, invoice = await owing(shop)
    [*later, paid] = await ended_attempts(shop, account, invoice, 4)
    quick = shop.ports
    shop.sandbox.dashboard.tamper(paid.session_id or "", amount_total=1)
    case = (await claimed(shop, account, invoice)).case
    assert case is not None
    await shop.drain()
    shop.sandbox.dashboard.tamper(
        paid.session_id or "", amount_total=paid.quote.charged.minor_units
    )
    shop.clock.move(minutes=1)
    shop.with_ports(gateway=(gateway := Lagging(shop)))
    again = await claimed(shop, account, invoice)
    assert gateway.asked == [one.session_id for one in later[:2]]
    assert (again.payment, again.case and again.case.id) == (None, case.id)
    shop.ports = quick
    await shop.drain()
    assert (await shop.payment(account, paid.id)).status is PaymentStatus.CAPTURED


class Silent(Slow):
    """A gateway that tells nothing of attempts."""

    async def look_up(self, session_id: str) -> object:
        raise GatewayUnavailable


async def test_the_job_of_a_claim_asks_again_about_attempts_of_which_it_heard_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, invoice = await owing(shop)
    [paid] = await ended_attempts(shop, account, invoice, 1)
    quick = shop.ports
    monkeypatch.setattr(claims, "_ASKING", timedelta(seconds=-1))
    outcome = await claimed(shop, account, invoice)
    assert outcome.case is not None
    shop.with_ports(gateway=Silent(shop))
    before = await books()
    with pytest.raises(GatewayUnavailable):
        await claims.search_on(shop.ports, account, outcome.case.id, None)
    assert await books() == before
    shop.ports = quick
    shop.clock.move(seconds=5)
    await claims.search_on(shop.ports, account, outcome.case.id, None)
    assert (await shop.payment(account, paid.id)).status is PaymentStatus.CAPTURED
