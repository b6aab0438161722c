"""The dashboard in a browser: who looks at it, what they do there, and what it must not do."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.browser import Complaints, fill_card
from tests.support.graphql import GraphQL
from tests.support.processes import ROOT, Demo

_AXE = ROOT / "frontend-contract" / "node_modules" / "axe-core" / "axe.min.js"
_AXE_RULES = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
]
_AXE_RUN = """rules => axe.run(document, {runOnly: {type: "tag", values: rules}})
  .then(({violations}) => violations.map(({id, nodes}) =>
    `${id}: ${nodes.map(one => one.html).join(" ").slice(0, 400)}`))"""
#: Sums what moved without anybody having clicked or typed, and notes what blocked the page.
_OBSERVE = """
window.shifts = []; window.longTasks = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) {
      const moved = entry.sources.map(({node}) => node?.className || node?.nodeName);
      window.shifts.push([entry.value, ...moved]);
    }
  }
}).observe({type: "layout-shift", buffered: true});
new PerformanceObserver(list => {
  for (const {duration} of list.getEntries()) window.longTasks.push(duration);
}).observe({type: "longtask", buffered: true});
"""


SMALLEST: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}


@dataclass
class Window:
    """A window of the dashboard, signed in."""

    demo: Demo
    page: Page
    complaints: Complaints = field(default_factory=Complaints)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.demo.base_url}{path}")

    async def is_on(self, heading: str) -> None:
        """A screen is shown, by its heading."""
        shown = self.page.get_by_role("heading", level=1, name=heading)
        await expect(shown).to_be_visible(timeout=15_000)

    async def is_live(self) -> None:
        """Changes are listened to from here on."""
        live = self.page.locator(".connection[data-state=live]")
        await expect(live).to_be_attached(timeout=15_000)

    def row(self, number: str) -> Locator:
        """An invoice in the list."""
        return self.page.get_by_role("row").filter(has_text=number)

    async def shows(self, number: str, status: str, *, within: float = 20) -> None:
        """The list shows an invoice so, by now or soon."""
        await expect(self.row(number)).to_contain_text(status, timeout=within * 1000)

    async def toast(self, text: str) -> None:
        await expect(self.page.get_by_role("log")).to_contain_text(text, timeout=20_000)

    async def open_card_page(self) -> Page:
        """Press the button that pays; return the window that it opens, on the gateway's page."""
        async with self.context.expect_page() as opening:
            await self.page.get_by_role("button", name="Pay ₹").click()
        opened = await opening.value
        await opened.wait_for_url("**/c/pay/**")
        return opened

    async def says(self, heading: str) -> None:
        """The pay page tells how it stands."""
        await expect(self.page.get_by_role("heading", name=heading)).to_be_visible(timeout=20_000)

    async def complaints_of_axe(self) -> list[str]:
        """What axe-core finds on the page as it is now."""
        await self.page.evaluate(_AXE.read_text())
        found: list[str] = await self.page.evaluate(_AXE_RUN, _AXE_RULES)
        return found

    async def shift(self) -> float:
        """How far the page has moved by itself so far, as browsers measure it (CLS)."""
        return float(await self.page.evaluate("window.shifts.reduce((so, [one]) => so + one, 0)"))


@contextlib.asynccontextmanager
async def window_of(
    browser: Browser,
    demo: Demo,
    token: str,
    path: str = "/invoices",
    *,
    language: str = "en",
    quiet: bool = True,
    **options: Any,
) -> AsyncIterator[Window]:
    """A window on the dashboard as the viewer of a token.

    When the block ends it must not have complained, nor asked anybody but the demo; `quiet=False`
    allows complaints, for tests that take the network away.
    """
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
    await context.add_init_script(_OBSERVE)
    await context.add_init_script(
        f"localStorage.setItem('paidup.language', {json.dumps(language)})"
    )
    page = await context.new_page()
    window = Window(demo, page)
    window.complaints.watch(page, demo.base_url, demo.sandbox_url)
    try:
        await window.go(f"{path}#token={token}")
        yield window
        assert window.complaints.strayed == []
        assert not quiet or window.complaints.errors == []
    finally:
        await context.close()


async def pay(card_page: Page, number: str) -> None:
    """Pay on the gateway's page; it may close before the click is answered."""
    with contextlib.suppress(Exception):
        await fill_card(card_page, number)


async def closed(page: Page, *, within: float = 15) -> None:
    """A window closes by itself."""
    if not page.is_closed():
        await page.wait_for_event("close", timeout=within * 1000)


async def number_of(owner: GraphQL, invoice: str) -> str:
    """The number of an invoice."""
    return str((await owner.invoice(invoice))["number"])
