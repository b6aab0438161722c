"""Who keeps the service busy while it is killed: payers, the seller's staff, banks and weather.

Clients do what clients do after a lost answer: ask again with the same key until they are answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.support.gateway import Gateway
from tests.support.graphql import CONFIRM_CHECKOUT, START_CHECKOUT, GraphQL

JSON = dict[str, Any]

ANSWERED_WITHIN_S = 120.0
AGAIN_S = 0.1
#: How often payers come, in seconds between two visits of one payer.
VISIT_S = (0.2, 3.0)
ACT_S = (0.5, 2.5)
WEATHER_S = (1.0, 4.0)
#: A request that waits for a database that was killed is given up and sent again.
PATIENCE_S = 10.0

REFUND = """
mutation Refund($input: RefundPaymentInput!) {
  refundPayment(input: $input) {
    __typename
    ... on RefundPaymentSuccess { refund { id } }
    ... on UserError { code message }
  }
}
"""
TRANSFER = """
mutation Transfer($input: RecordOfflinePaymentInput!) {
  recordOfflinePayment(input: $input) {
    __typename
    ... on RecordOfflinePaymentSuccess { payment { id } }
    ... on UserError { code message }
  }
}
"""
INVOICE_DUE = "query Due($id: ID!) { invoice(by: {id: $id}) { amountDue { minorUnits } } }"


@dataclass
class Street:
    """What everybody knows and shares."""

    gateway: Gateway
    staff: GraphQL
    return_to: str
    done: asyncio.Event = field(default_factory=asyncio.Event)
    #: Payments that were started, by public id, for staff to refund.
    started: list[str] = field(default_factory=list)
    #: What was done how often, for the report.
    acts: Counter[str] = field(default_factory=Counter)
    #: Answers that no client should ever get.
    surprises: list[str] = field(default_factory=list)

    async def pause(self, chance: random.Random, within: tuple[float, float]) -> None:
        """Wait a while, but not beyond the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(chance.uniform(*within)):
                await self.done.wait()

    async def insist(self, client: GraphQL, query: str, **variables: object) -> JSON:
        """The one field of an answer, asked for until it comes. An error of the service's own, such
        as a database that is gone, is no answer."""
        deadline = asyncio.get_running_loop().time() + ANSWERED_WITHIN_S
        while True:
            answer = await self._attempt(client, query, variables)
            if answer is not None:
                found: JSON = next(iter(answer.values()))
                return found
            assert asyncio.get_running_loop().time() < deadline, f"no answer to {query}"
            await asyncio.sleep(AGAIN_S)

    async def _attempt(self, client: GraphQL, query: str, variables: JSON) -> JSON | None:
        try:
            response = await client.send(query, **variables)
        except httpx.TransportError:
            self.acts["answer lost"] += 1
            return None
        body: JSON = response.json() if response.status_code == 200 else {}
        if "errors" in body or not body:
            self.acts["answered with an error of ours"] += 1
            return None
        data: JSON = body["data"]
        return data


@dataclass
class Payer:
    """Somebody of one account, who pays its invoices one after the other."""

    street: Street
    client: GraphQL
    invoices: list[str]
    chance: random.Random

    async def live(self) -> None:
        """Come again and again until the end, or until everything was tried."""
        visits: dict[Callable[[], Awaitable[None]], int] = {
            self.pays: 30,
            self.pays_after_a_decline: 12,
            self.pays_several: 12,
            self.pays_by_debit: 10,
            self.pays_after_a_failed_debit: 4,
            self.pays_with_a_disputed_card: 8,
            self.pays_on_two_tabs: 8,
            self.pays_on_pages_that_overlap: 8,
            self.pays_twice: 10,
            self.leaves: 4,
        }
        while len(self.invoices) >= 3 and not self.street.done.is_set():
            visit = self.chance.choices(list(visits), list(visits.values()))[0]
            await visit()
            self.street.acts[visit.__name__.replace("_", " ")] += 1
            await self.street.pause(self.chance, VISIT_S)

    async def pays(self) -> None:
        await self._pay(await self._start(self._next()), "success")

    async def pays_after_a_decline(self) -> None:
        session = await self._start(self._next())
        await self._pay(session, "declined")
        await self._pay(session, "success")

    async def pays_several(self) -> None:
        wanted = [self._next() for _ in range(self.chance.randint(2, 3))]
        await self._pay(await self._start(*wanted), "success")

    async def pays_by_debit(self) -> None:
        await self._pay(await self._start(self._next()), "debit_succeeds")

    async def pays_after_a_failed_debit(self) -> None:
        invoice = self._next()
        await self._pay(await self._start(invoice), "debit_fails")
        while (session := await self._asked(invoice)) is None:
            await asyncio.sleep(0.5)
        await self._pay(session, "success")

    async def pays_with_a_disputed_card(self) -> None:
        await self._pay(await self._start(self._next()), "disputed")

    async def pays_on_two_tabs(self) -> None:
        invoice = self._next()
        tabs = await asyncio.gather(self._asked(invoice), self._asked(invoice))
        pages = {session["url"] for session in tabs if session is not None}
        await asyncio.gather(*[self.street.gateway.tries_to_pay(page) for page in pages])

    async def pays_on_pages_that_overlap(self) -> None:
        """The first page is closed by the second checkout, or was quicker."""
        first, second = self._next(), self._next()
        early = await self._start(first)
        late = await self._asked(first, second)
        for session in (early, late):
            if session is not None:
                await self.street.gateway.tries_to_pay(session["url"])

    async def pays_twice(self) -> None:
        """By a bank transfer that staff have just recorded, and on the page."""
        invoice = self._next()
        session = await self._start(invoice)
        due = (await self.street.insist(self.street.staff, INVOICE_DUE, id=invoice))["amountDue"]
        transfer = {
            "idempotencyKey": str(uuid.uuid4()),
            "invoiceId": invoice,
            "amount": due["minorUnits"],
            "bankReference": f"bank {uuid.uuid4().hex[:12]}",
            "receivedOn": (datetime.now(UTC) - timedelta(days=1)).date().isoformat(),
        }
        recorded = await self.street.insist(self.street.staff, TRANSFER, input=transfer)
        self._expect(recorded, "RecordOfflinePaymentSuccess")
        await self._pay(session, "success")

    async def leaves(self) -> None:
        await self._start(self._next())

    def _next(self) -> str:
        return self.invoices.pop()

    async def _start(self, *invoices: str) -> JSON:
        """A checkout of invoices that nobody has begun to pay."""
        session = await self._asked(*invoices)
        assert session is not None, f"no checkout of {invoices}"
        return session

    async def _asked(self, *invoices: str) -> JSON | None:
        """A checkout; None when one of the invoices takes no payment now."""
        wanted = {
            "idempotencyKey": str(uuid.uuid4()),
            "invoiceIds": list(invoices),
            "successUrl": f"{self.street.return_to}/paid",
            "cancelUrl": f"{self.street.return_to}/canceled",
        }
        result = await self._answer(wanted)
        if result["__typename"] == "InvoiceNotPayableError":
            return None
        self._expect(result, "StartCheckoutSuccess")
        session: JSON = result["checkoutSession"]
        if self.chance.random() < 0.2:
            again = await self._answer(wanted)
            if again.get("checkoutSession", {}).get("id") != session["id"]:
                self.street.surprises.append(f"one key, two answers: {session['id']}, {again}")
        self.street.started.append(session["payment"]["id"])
        return session

    async def _answer(self, wanted: JSON) -> JSON:
        """Ask until the gateway is there: its answer may have been lost on the way."""
        while True:
            result = await self.street.insist(self.client, START_CHECKOUT, input=wanted)
            if result["__typename"] != "GatewayUnavailableError":
                return result
            await asyncio.sleep(AGAIN_S)

    async def _pay(self, session: JSON, outcome: str) -> None:
        """Send the page's form, and mostly come back from it."""
        taken = await self.street.gateway.tries_to_pay(session["url"], outcome)
        if not taken:
            self.street.surprises.append(f"the gateway did not take {outcome} for {session['id']}")
        if self.chance.random() < 0.6:
            wanted = {"checkoutSessionId": session["id"]}
            await self.street.insist(self.client, CONFIRM_CHECKOUT, input=wanted)

    def _expect(self, result: JSON, typename: str) -> None:
        if result["__typename"] != typename:
            self.street.surprises.append(f"{result} and not {typename}")


@dataclass
class Office:
    """The seller's staff and everybody's banks."""

    street: Street
    chance: random.Random

    async def live(self) -> None:
        """Act until the end."""
        acts = (self._refund, self._refund_at_the_gateway, self._decide_dispute)
        while not self.street.done.is_set():
            await self.street.pause(self.chance, ACT_S)
            await self.chance.choice(acts)()

    async def _refund(self) -> None:
        """All or a part of a payment; one that did not come in, or is gone, is refused."""
        if not self.street.started:
            return
        wanted: JSON = {
            "idempotencyKey": str(uuid.uuid4()),
            "paymentId": self.chance.choice(self.street.started),
            "note": "Agreed by telephone",
        }
        if self.chance.random() < 0.6:
            wanted["charged"] = str(self.chance.randint(100, 40_000))
        result = await self.street.insist(self.street.staff, REFUND, input=wanted)
        if result["__typename"] not in ("RefundPaymentSuccess", "ValidationError"):
            self.street.surprises.append(f"refund: {result}")
        self.street.acts[f"refund: {result['__typename']}"] += 1

    async def _refund_at_the_gateway(self) -> None:
        charges = await self.street.gateway.listed("charges")
        if charges:
            charge = self.chance.choice(charges)
            fails, pending = self.chance.random() < 0.3, self.chance.random() < 0.4
            part = self.chance.randint(100, 20_000)
            made = await self.street.gateway.acts(
                f"charges/{charge['id']}/refund", amount=part, fails=fails, pending=pending
            )
            self.street.acts["refund at the gateway"] += made is not None

    async def _decide_dispute(self) -> None:
        listed = await self.street.gateway.listed("disputes")
        undecided = [one["id"] for one in listed if one["status"] == "needs_response"]
        if undecided:
            how = self.chance.choice(("win", "lose"))
            await self.street.gateway.acts(f"disputes/{self.chance.choice(undecided)}/{how}")
            self.street.acts[f"dispute: {how}"] += 1


@dataclass
class Weather:
    """Faults of the gateway, now and then, each for a few webhooks or for one call."""

    street: Street
    chance: random.Random

    async def live(self) -> None:
        """Change until the end, which is fair."""
        while not self.street.done.is_set():
            await self.street.pause(self.chance, WEATHER_S)
            await self._change()
        await self.street.gateway.heal()

    async def _change(self) -> None:
        faults: list[tuple[str, JSON]] = [
            ("drop_webhooks", {}),
            ("duplicate_webhooks", {"copies": self.chance.randint(1, 4)}),
            ("delay_webhooks", {"seconds": self.chance.uniform(0.5, 5.0)}),
            ("reorder_webhooks", {"window": self.chance.randint(2, 4)}),
            ("lose_api", {"when": "after", "method": "POST"}),  # banks and staff only look
        ]
        kind, fields = self.chance.choice(faults)
        count = 1 if kind == "lose_api" else self.chance.randint(1, 4)
        await self.street.gateway.break_with(kind, next=count, **fields)
        self.street.acts[kind.replace("_", " ")] += 1
