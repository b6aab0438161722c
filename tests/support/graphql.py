"""A small client of the API: one viewer, queries and mutations over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import httpx

JSON = dict[str, Any]
T = TypeVar("T")

START_CHECKOUT = """
mutation StartCheckout($input: StartCheckoutInput!) {
  startCheckout(input: $input) {
    __typename
    ... on StartCheckoutSuccess {
      replayed
      checkoutSession {
        id status url expiresAt
        amount { minorUnits currency }
        quote { rate charged { minorUnits currency } }
        payment { id status }
      }
    }
    ... on UserError { code message }
  }
}
"""
CONFIRM_CHECKOUT = """
mutation ConfirmCheckout($input: ConfirmCheckoutInput!) {
  confirmCheckout(input: $input) {
    __typename
    ... on ConfirmCheckoutSuccess {
      checkoutSession { id status url payment { id status } invoices { id status displayStatus } }
    }
    ... on UserError { code message }
  }
}
"""
INVOICE = """
query Invoice($id: ID!) {
  invoice(by: {id: $id}) {
    id number status displayStatus isPayable
    total { minorUnits currency }
    amountPaid { minorUnits }
    amountDue { minorUnits }
    document { state viewUrl pdfUrl sha256 }
    payments(first: 100) {
      nodes { id status amount { minorUnits } quote { charged { minorUnits currency } } }
    }
  }
}
"""
CHECKOUT = """
query Checkout($id: ID!) {
  checkoutSession(id: $id) { id status url payment { id status failure { code message } } }
}
"""
EVENT_PAGE = """
query Events($after: EventCursor) {
  billingEvents(after: $after, first: 100) {
    endCursor hasMore
    events { __typename cursor }
  }
}
"""
SHOWN = """
    __typename
    cursor
    ... on InvoiceIssued { invoice { id } }
    ... on InvoiceStatusChanged { invoiceStatus: status displayStatus invoice { id } }
    ... on PaymentStatusChanged { status failureCode payment { id } }
    ... on DocumentStateChanged { documentState: state invoice { id } }
    ... on DeliveryStateChanged { deliveryState: state invoice { id } }
"""
BILLING_EVENTS = f"""
subscription BillingEvents($after: EventCursor) {{ billingEvents(after: $after) {{ {SHOWN} }} }}
"""


class GraphQL:
    """One viewer at one endpoint."""

    def __init__(self, url: str, token: str | None, *, timeout_s: float = 40) -> None:
        self.url = url
        self.token = token
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        self.http = httpx.AsyncClient(headers=headers, timeout=timeout_s, trust_env=False)

    async def send(self, query: str, **variables: object) -> httpx.Response:
        """The bare answer, whatever it is."""
        return await self.http.post(self.url, json={"query": query, "variables": variables})

    async def ask(self, query: str, **variables: object) -> JSON:
        """The data of an answer without errors."""
        response = await self.send(query, **variables)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert "errors" not in answer, answer["errors"]
        data: JSON = answer["data"]
        return data

    async def start_checkout(
        self,
        *invoice_ids: str,
        return_to: str,
        key: str | None = None,
    ) -> JSON:
        """The result of startCheckout, success or not."""
        result = await self.ask(
            START_CHECKOUT,
            input={
                "idempotencyKey": key or str(uuid.uuid4()),
                "invoiceIds": list(invoice_ids),
                "successUrl": f"{return_to}/paid",
                "cancelUrl": f"{return_to}/canceled",
            },
        )
        started: JSON = result["startCheckout"]
        return started

    async def open_checkout(self, *invoice_ids: str, return_to: str) -> JSON:
        """The session of a checkout that must start."""
        result = await self.start_checkout(*invoice_ids, return_to=return_to)
        assert result["__typename"] == "StartCheckoutSuccess", result
        session: JSON = result["checkoutSession"]
        return session

    async def confirm(self, checkout_id: str) -> JSON:
        """The result of confirmCheckout, success or not."""
        result = await self.ask(CONFIRM_CHECKOUT, input={"checkoutSessionId": checkout_id})
        confirmed: JSON = result["confirmCheckout"]
        return confirmed

    async def invoice(self, invoice_id: str) -> JSON:
        found: JSON = (await self.ask(INVOICE, id=invoice_id))["invoice"]
        return found

    async def checkout(self, checkout_id: str) -> JSON:
        found: JSON = (await self.ask(CHECKOUT, id=checkout_id))["checkoutSession"]
        return found

    async def event_log(self) -> list[JSON]:
        """All events of the viewer's account so far, oldest first."""
        events: list[JSON] = []
        after: str | None = None
        while True:
            page = (await self.ask(EVENT_PAGE, after=after))["billingEvents"]
            events += page["events"]
            after = page["endCursor"]
            if not page["hasMore"]:
                return events

    async def last_cursor(self) -> str:
        """The place of the newest event of the viewer's account."""
        return str((await self.event_log())[-1]["cursor"])


@contextlib.asynccontextmanager
async def as_viewer(url: str, token: str | None) -> AsyncIterator[GraphQL]:
    """Ask as one viewer while the block is open."""
    client = GraphQL(url, token)
    async with client.http:
        yield client


async def eventually(look: Callable[[], Awaitable[T]], *, within: float, why: str) -> T:
    """Look again and again until what is seen is true; return it."""
    deadline = time.monotonic() + within
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"not within {within} s: {why}"
        await asyncio.sleep(0.02)
    return seen
