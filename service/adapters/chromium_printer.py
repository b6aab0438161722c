"""Prints pages with a warm, locked-down Chromium.

One browser, a few pages in it that are used again and again. A browser in which anything went
wrong, a crash, a hang or a cancelled print, gets no more pages and is stopped; the next print
starts a new one. What a page holds is never trusted: see `chromium_browser`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import structlog
from playwright.async_api import Error as PlaywrightError

from service.adapters.chromium_browser import ChromiumBrowser, PageStrayed
from service.ports import PrinterUnavailable

log = structlog.get_logger(__name__)

# A cold start takes about half a second; a machine that swaps may need long.
_START_DEADLINE_S = 30.0


class ChromiumPrinter:
    """A Printer on one browser with `slots` pages.

    `deadline_s` bounds each try of a print. A page is replaced after `recycle_page_after` prints
    and the browser after `recycle_browser_after`, since both grow. More than `queue_max` callers
    waiting for a page are refused.
    """

    def __init__(
        self,
        executable: Path,
        *,
        slots: int = 2,
        deadline_s: float = 10.0,
        recycle_page_after: int = 200,
        recycle_browser_after: int = 2000,
        queue_max: int = 64,
    ) -> None:
        self._executable = executable
        self._deadline_s = deadline_s
        self._recycle_page_after = recycle_page_after
        self._recycle_browser_after = recycle_browser_after
        self._admitted_max = slots + queue_max
        self._admitted = 0
        self._slots = asyncio.Semaphore(slots)
        self._browser: ChromiumBrowser | None = None
        self._starting: asyncio.Task[ChromiumBrowser] | None = None
        self._retiring: dict[ChromiumBrowser, asyncio.Task[None]] = {}
        self._closed = False

    async def __aenter__(self) -> ChromiumPrinter:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop every browser and all it started, within two seconds; prints under way fail."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        if self._browser is not None:
            self._retire(self._browser)
        retiring = dict(self._retiring)
        await asyncio.gather(*(browser.stop() for browser in retiring))
        await asyncio.gather(*retiring.values())

    async def warm_up(self) -> None:
        """Start the browser and print an empty page, so that the first invoice does not wait.

        Raises:
            PrinterUnavailable: the browser does not start or does not print.
        """
        await self.print_pdf("<!doctype html><title>Warm-up</title>")

    async def print_pdf(self, html: str) -> bytes:
        """Print one page; a crash of the browser is tried again once.

        Raises:
            PrinterUnavailable: too many callers wait, the browser does not start, it failed twice,
                or the deadline passed.
        """
        if self._admitted >= self._admitted_max:
            raise PrinterUnavailable("too many pages wait for the printer")
        self._admitted += 1
        try:
            async with self._slots:
                return await self._print_or_retry(html)
        finally:
            self._admitted -= 1

    async def _print_or_retry(self, html: str) -> bytes:
        try:
            return await self._print(html)
        except PlaywrightError as error:
            log.warning("print_failed", error=error.message.partition("\n")[0])
        try:
            return await self._print(html)
        except PlaywrightError as error:
            raise PrinterUnavailable("the browser failed twice on this page") from error

    async def _print(self, html: str) -> bytes:
        browser = await self._running()
        try:
            async with asyncio.timeout(self._deadline_s):
                pdf = await browser.print_pdf(html, recycle_page_after=self._recycle_page_after)
        except PageStrayed:
            raise PrinterUnavailable("the page tries to load another one") from None
        except TimeoutError:
            log.warning("print_deadline_passed", deadline_s=self._deadline_s)
            self._retire(browser)
            raise PrinterUnavailable(f"not printed within {self._deadline_s:g} s") from None
        except BaseException:
            # A crash, or a cancelled caller whose page is in the middle of something.
            self._retire(browser)
            raise
        if browser.prints >= self._recycle_browser_after:
            self._retire(browser)
        return pdf

    async def _running(self) -> ChromiumBrowser:
        if self._closed:
            raise PrinterUnavailable("the printer is closed")
        if self._browser is not None and not self._browser.is_connected:
            self._retire(self._browser)
        if self._browser is not None:
            return self._browser
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        starting = self._starting
        try:
            # A caller who gives up does not stop the browser that others wait for.
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            if starting.cancelled():
                raise PrinterUnavailable("the printer is closed") from None
            raise

    async def _start(self) -> ChromiumBrowser:
        try:
            self._browser = await ChromiumBrowser.start(
                self._executable, deadline_s=_START_DEADLINE_S
            )
        except (PlaywrightError, TimeoutError, OSError) as error:
            raise PrinterUnavailable("the browser does not start") from error
        finally:
            self._starting = None
        return self._browser

    def _retire(self, browser: ChromiumBrowser) -> None:
        """Give a browser no more prints; stop it once those under way have ended."""
        if self._browser is browser:
            self._browser = None
        if browser not in self._retiring:
            self._retiring[browser] = asyncio.create_task(self._drain_and_stop(browser))

    async def _drain_and_stop(self, browser: ChromiumBrowser) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._deadline_s):
                await browser.drain()
        await browser.stop()
        del self._retiring[browser]
