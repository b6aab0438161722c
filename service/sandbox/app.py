"""The sandbox as an ASGI app and as an object for tests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from starlette.applications import Starlette

from service.sandbox import endpoints
from service.sandbox.api import Api
from service.sandbox.book import Book
from service.sandbox.control import Control
from service.sandbox.dashboard import Dashboard
from service.sandbox.deliveries import Courier
from service.sandbox.errors import JSON
from service.sandbox.faults import Faults
from service.sandbox.hosted import HostedPages
from service.sandbox.settings import SandboxSettings

log = structlog.get_logger(__name__)


class Sandbox:
    """A test gateway that speaks Stripe's HTTP API.

    Serve `app`; its lifespan runs the webhook worker. Where the lifespan does not run, as under
    httpx.ASGITransport, enter `running()` for a live worker, or leave the worker off and call
    `tick()` to have everything that is due happen now.

    Raises:
        JournalInUse, JournalBroken: the journal of the settings cannot be used.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.book = Book(settings)
        endpoints.configure(self.book)
        #: What payers, the seller and banks do by hand; the control API without HTTP.
        self.dashboard = Dashboard(self.book)
        self._courier = Courier(self.book)
        routes = [
            *Api(self.book).routes(),
            *HostedPages(self.book).routes(),
            *Control(self.book, self._courier, self.dashboard).routes(),
        ]
        self.app = Starlette(routes=routes, lifespan=self._lifespan)

    @property
    def faults(self) -> Faults:
        """The faults in force; the control API's /_sandbox/faults, without HTTP."""
        return self.book.faults

    async def tick(self) -> int:
        """Run due timers and send due webhooks; return how many webhooks were sent."""
        return await self._courier.tick()

    def take_due(self) -> list[JSON]:
        """Run due timers and take the webhooks that are due now, to be sent in any order: each
        must be given to `send` once."""
        return self._courier.take_due()

    async def send(self, delivery: JSON) -> None:
        """Send a webhook that was taken; unless it is answered 2xx it falls due again."""
        await self._courier.send(delivery)

    def next_due(self) -> float | None:
        """When something next falls due, in seconds since 1970 by the gateway's clock."""
        return self._courier.next_due()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the webhook worker; leaving stops it at once and closes the journal."""
        worker = asyncio.create_task(self._courier.run())
        worker.add_done_callback(_report)
        try:
            yield
        finally:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker
            await self.close()

    async def close(self) -> None:
        """Let go of connections and of the journal; only needed without `running()`."""
        await self._courier.close()
        self.book.close()

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with self.running():
            yield


def _report(worker: asyncio.Task[None]) -> None:
    """Say so at once when webhooks stop because the worker failed, as on a full disk."""
    if not worker.cancelled() and (error := worker.exception()) is not None:
        log.critical("sandbox_worker_failed", exc_info=error)
