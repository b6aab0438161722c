"""The README's pictures of the dashboard, taken of a demo that runs.

    python -m tools.pictures http://127.0.0.1:8000

Each screen at the widths of a phone, a tablet and a desk, in light and in dark; and the list with
two invoices chosen.
"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from service.adapters.chromium_finder import find_chromium, missing_chromium_help
from tools.node import CONTRACT

PICTURES = CONTRACT / "dashboard" / "pictures"
SIZES = ((390, 844), (820, 900), (1440, 860))
CHOICE_SIZE: ViewportSize = {"width": 1120, "height": 640}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


async def take(base_url: str, folder: Path) -> None:
    """Take all pictures of the demo at an address."""
    found = find_chromium(os.environ.get("PAIDUP_CHROMIUM"))
    if found is None:
        sys.exit(missing_chromium_help())
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, chromium_sandbox=os.geteuid() != 0
        )
        for (width, height), scheme in product(SIZES, SCHEMES):
            await _take_each(browser, base_url, folder, width, height, scheme)
        await _take_choice(browser, base_url, folder)
        await browser.close()


async def _take_each(
    browser: Browser, base_url: str, folder: Path, width: int, height: int, scheme: Scheme
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-US"
    )
    page = await context.new_page()
    await page.goto(base_url)
    await expect(page.get_by_role("row").nth(1)).to_contain_text("$")
    await _take(page, folder / f"invoices-{width}-{scheme}.png")
    payable = page.get_by_role("link", name="Pay ", exact=False)
    await payable.first.click()
    await expect(page.get_by_role("button", name="Pay ")).to_be_visible()
    await _take(page, folder / f"pay-{width}-{scheme}.png")
    await context.close()


async def _take_choice(browser: Browser, base_url: str, folder: Path) -> None:
    context = await browser.new_context(viewport=CHOICE_SIZE, locale="en-US")
    page = await context.new_page()
    await page.goto(base_url)
    for place in (0, 1):
        await page.get_by_role("row").get_by_role("checkbox").nth(place).check()
    await expect(page.get_by_role("button", name="Pay together")).to_be_visible()
    await page.mouse.move(0, 0)
    await _take(page, folder / "invoices.png")
    await context.close()


async def _take(page: Page, path: Path) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=path, animations="disabled")
    print(path.name)


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1], PICTURES))
