"""The courier: signed webhooks, sent until they are answered 2xx or given up.

A delivery's state is kept with the rest, so what was not acknowledged before a restart is sent
after it: at least once, as from Stripe.
"""

import asyncio
import contextlib

import httpx
import orjson
import structlog
from stripe import WebhookSignature

from service.sandbox import timers
from service.sandbox.book import Book
from service.sandbox.errors import JSON

#: The worker looks at the clock at least this often, in case somebody moved it.
LONGEST_NAP_S = 1.0
log = structlog.get_logger(__name__)


class Courier:
    """Sends what is due: as a worker (`run`) or once, on request (`tick`)."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._news = asyncio.Event()
        self._slots = asyncio.Semaphore(book.settings.webhook_concurrency)
        self._under_way: set[str] = set()
        self._client = httpx.AsyncClient(
            transport=book.settings.webhook_transport,
            timeout=book.settings.webhook_timeout_s,
            follow_redirects=False,
            trust_env=False,
        )
        book.on_commit = self._news.set

    def wake(self) -> None:
        """Have the worker look again, because the clock or the faults changed."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled. An unanswered webhook of that moment is sent again later."""
        async with asyncio.TaskGroup() as sending:
            while True:
                self._news.clear()
                for delivery in self.take_due():
                    sending.create_task(self.send(delivery))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._nap_s()):
                        await self._news.wait()

    async def tick(self) -> int:
        """Run the timers and send the webhooks that are due now; return how many were sent."""
        sent = 0
        while True:
            batch = self.take_due()
            if not batch:
                return sent
            await asyncio.gather(*(self.send(delivery) for delivery in batch))
            sent += len(batch)

    def next_due(self) -> float | None:
        """When the next timer or webhook falls due, by the gateway's clock, or None."""
        due = [self._book.next_due("timer")]
        if not self._book.faults.outage:
            due.append(self._book.next_due("delivery"))
        return min((at for at in due if at is not None), default=None)

    def _nap_s(self) -> float:
        due = self.next_due()
        if due is None:
            return LONGEST_NAP_S
        return min(LONGEST_NAP_S, max(0.0, due - self._book.now()))

    def take_due(self) -> list[JSON]:
        """Run due timers and take the webhooks that are due now; each must be sent once."""
        timers.run_due(self._book)
        batch: list[JSON] = []
        if self._book.faults.outage:
            return batch
        while (delivery := self._book.take_due("delivery")) is not None:
            if delivery["id"] not in self._under_way:
                self._under_way.add(delivery["id"])
                batch.append(delivery)
        return batch

    async def send(self, delivery: JSON) -> None:
        """Try one delivery and keep the result."""
        try:
            async with self._slots:
                answer = await self._post(delivery)
        finally:
            self._under_way.discard(delivery["id"])
        acknowledged = answer.isdecimal() and 200 <= int(answer) < 300
        log.debug("webhook", delivery=delivery["id"], answer=answer, tries=delivery["tries"] + 1)
        with self._book.transaction():
            if acknowledged:
                self._acknowledge(delivery, answer)
            else:
                self._retry(delivery, answer)

    async def _post(self, delivery: JSON) -> str:
        """Send one webhook; return the HTTP status or the name of what went wrong."""
        endpoint = self._book.find("webhook_endpoint", delivery["endpoint"])
        secret = self._book.find("webhook_secret", delivery["endpoint"])
        if endpoint is None or secret is None or endpoint["status"] != "enabled":
            return "endpoint_gone"
        body = orjson.dumps(self._book.get("event", delivery["event"]), option=orjson.OPT_INDENT_2)
        # Signed by the unshifted clock: it is the receiver's clock that judges the age.
        signed_at = int(self._book.settings.clock().timestamp())
        signature = WebhookSignature.generate_signature_header(
            body.decode(), secret["secret"], signed_at
        )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": "Sandbox-Gateway/1.0",
        }
        try:
            response = await self._client.post(endpoint["url"], content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        return str(response.status_code)

    def _acknowledge(self, delivery: JSON, answer: str) -> None:
        event_id, endpoint_id = delivery["event"], delivery["endpoint"]
        self._book.change(
            "delivery",
            delivery["id"],
            status="delivered",
            due=None,
            tries=delivery["tries"] + 1,
            answer=answer,
        )
        known = f"{event_id}/{endpoint_id}"
        if self._book.find("acknowledgement", known) is None:
            self._book.put("acknowledgement", known, {"event": event_id})
            left = self._book.get("event", event_id)["pending_webhooks"] - 1
            self._book.change("event", event_id, pending_webhooks=left)

    def _retry(self, delivery: JSON, answer: str) -> None:
        tries = delivery["tries"] + 1
        pauses = self._book.settings.webhook_retry_s
        over = tries > len(pauses) or answer == "endpoint_gone"
        self._book.change(
            "delivery",
            delivery["id"],
            status="failed" if over else "pending",
            due=None if over else self._book.now() + pauses[tries - 1],
            tries=tries,
            answer=answer,
        )

    async def close(self) -> None:
        """Close connections to the endpoints."""
        await self._client.aclose()
