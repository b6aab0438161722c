"""One Chromium process tree: how it is started, locked down, printed with and stopped."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Playwright,
    async_playwright,
)
from playwright.async_api import Error as PlaywrightError

from service.adapters.reproducible_pdf import reproducible

# Each lock alone still lets something out (a prefetch, a favicon, a websocket handshake, a meta
# refresh), so all are on: names resolve to nothing, every address goes through a proxy that is not
# there, loopback included, and each page is offline, without scripts and service workers.
_LOCKS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)
_PRINT = {
    "preferCSSPageSize": True,
    "printBackground": True,
    # Screen readers need the tags: which text is a heading, which number is in which column.
    "generateTaggedPDF": True,
    "generateDocumentOutline": False,
    "transferMode": "ReturnAsBase64",
}
_CLOSE_DEADLINE_S = 0.8
_DRIVER_DEADLINE_S = 0.5


class PageStrayed(Exception):
    """The document set out to load another one, so what was printed may not be it."""


class PrintSlot:
    """A page that prints one document after another."""

    def __init__(self, context: BrowserContext, session: CDPSession, frame_id: str) -> None:
        self._context = context
        self._session = session
        self._frame_id = frame_id
        self._has_strayed = False
        self.prints = 0
        self.is_reusable = True
        for event in ("Page.frameScheduledNavigation", "Page.frameRequestedNavigation"):
            session.on(event, self._note_navigation)

    @classmethod
    async def open(cls, browser: Browser) -> PrintSlot:
        context = await browser.new_context(
            java_script_enabled=False, offline=True, service_workers="block"
        )
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Page.enable")
        tree = await session.send("Page.getFrameTree")
        return cls(context, session, tree["frameTree"]["frame"]["id"])

    async def print_pdf(self, html: str) -> bytes:
        """Replace the page's document and print it: the same document to the same bytes.

        Raises:
            PageStrayed: the document navigates away, at once or later.
            playwright.async_api.Error: the page or the browser died.
        """
        self.prints += 1
        await self._session.send(
            "Page.setDocumentContent", {"frameId": self._frame_id, "html": html}
        )
        printed = await self._session.send("Page.printToPDF", _PRINT)
        if self._has_strayed:
            raise PageStrayed
        return reproducible(base64.b64decode(printed["data"]))

    async def close(self) -> None:
        with suppress(PlaywrightError):
            await self._context.close()

    def _note_navigation(self, event: dict[str, Any]) -> None:
        # A delayed navigation would replace the next document on this page.
        self.is_reusable = False
        if event["frameId"] == self._frame_id:
            self._has_strayed = True


class ChromiumBrowser:
    """A running browser and its idle pages."""

    def __init__(self, playwright: Playwright, browser: Browser, processes: _Processes) -> None:
        self._playwright = playwright
        self._browser = browser
        self._processes = processes
        self._idle: list[PrintSlot] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._stopping: asyncio.Task[None] | None = None
        self._busy = 0
        self._drained = asyncio.Event()
        self._drained.set()
        self.prints = 0

    @classmethod
    async def start(cls, executable: Path, *, deadline_s: float) -> ChromiumBrowser:
        """Start a browser.

        Raises:
            playwright.async_api.Error, TimeoutError, OSError: it does not start.
        """
        async with asyncio.timeout(deadline_s):
            playwright = await _start_driver()
            try:
                browser = await _launch(playwright, executable)
                return cls(playwright, browser, await _Processes.of(browser))
            except BaseException:
                await playwright.stop()
                raise

    @property
    def is_connected(self) -> bool:
        return self._browser.is_connected()

    async def print_pdf(self, html: str, *, recycle_page_after: int) -> bytes:
        """Print on an idle page, or on a new one.

        After any error but PageStrayed the page is in an unknown state and this browser should be
        stopped.

        Raises:
            PageStrayed, playwright.async_api.Error: as PrintSlot.print_pdf.
        """
        self._busy += 1
        self._drained.clear()
        try:
            slot = self._idle.pop() if self._idle else await PrintSlot.open(self._browser)
            try:
                pdf = await slot.print_pdf(html)
            except PageStrayed:
                self._close_slot(slot)
                raise
        finally:
            self._busy -= 1
            if self._busy == 0:
                self._drained.set()
        self.prints += 1
        if slot.is_reusable and slot.prints < recycle_page_after:
            self._idle.append(slot)
        else:
            self._close_slot(slot)
        return pdf

    def _close_slot(self, slot: PrintSlot) -> None:
        task = asyncio.create_task(slot.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def drain(self) -> None:
        """Return when no print is under way."""
        await self._drained.wait()

    async def stop(self) -> None:
        """End every process of this browser and of its driver, within two seconds."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await asyncio.shield(self._stopping)

    async def _stop(self) -> None:
        # Listed before the browser closes: a renderer that hangs outlives its parent.
        tree = self._processes.tree()
        await _ended(asyncio.create_task(_quietly(self._browser.close())), _CLOSE_DEADLINE_S)
        _kill(tree)
        stopping = asyncio.create_task(_quietly(self._playwright.stop()))
        if not await _ended(stopping, _DRIVER_DEADLINE_S):
            _kill(self._processes.driver)
            await _ended(stopping, _DRIVER_DEADLINE_S)
        for task in self._closing:
            task.cancel()


async def _start_driver() -> Playwright:
    driver = asyncio.create_task(async_playwright().start())
    try:
        return await asyncio.shield(driver)
    except BaseException:
        # Cut off in its start, the driver would be left behind: nobody else knows its process.
        await (await driver).stop()
        raise


async def _launch(playwright: Playwright, executable: Path) -> Browser:
    return await playwright.chromium.launch(
        executable_path=executable,
        args=list(_LOCKS),
        # Chromium refuses to start as root with its sandbox, and has no reason to run without it
        # as anybody else.
        chromium_sandbox=os.geteuid() != 0,
        # The service decides when the browser stops.
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )


async def _quietly(step: Coroutine[Any, Any, None]) -> None:
    with suppress(PlaywrightError):
        await step


async def _ended(step: asyncio.Task[None], deadline_s: float) -> bool:
    """Whether a step ended in time; if not it goes on, since it ends once its process is killed."""
    done, _ = await asyncio.wait({step}, timeout=deadline_s)
    return bool(done)


@dataclass(frozen=True, slots=True)
class _Processes:
    """The processes that a launch started: the browser's and its driver's, from the browser up."""

    lineage: tuple[psutil.Process, ...]

    @classmethod
    async def of(cls, browser: Browser) -> _Processes:
        session = await browser.new_browser_cdp_session()
        listed = await session.send("SystemInfo.getProcessInfo")
        await session.detach()
        pids = [info["id"] for info in listed["processInfo"] if info["type"] == "browser"]
        return cls(_lineage(pids[0]) if pids else ())

    @property
    def driver(self) -> tuple[psutil.Process, ...]:
        return self.lineage[1:]

    def tree(self) -> list[psutil.Process]:
        """The browser and all below it that run now."""
        if not self.lineage:
            return []
        with suppress(psutil.NoSuchProcess):
            return [self.lineage[0], *self.lineage[0].children(recursive=True)]
        return []


def _lineage(pid: int) -> tuple[psutil.Process, ...]:
    """A process and its ancestors below this process; empty when it is none of ours."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        lineage = [process, *process.parents()]
        for depth, ancestor in enumerate(lineage):
            if ancestor.pid == os.getpid():
                return tuple(lineage[:depth])
    return ()


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
