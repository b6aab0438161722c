"""The guide "Your own front end in 15 minutes", followed word by word in a real browser.

What differs are the ports and the data folder, lest it meets a demo that runs here, and where the
package comes from: it is the one that the contract's lock has.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browser import Complaints, chromium, fill_card
from tests.support.processes import Demo, data_folder, demo_on, environment, free_ports, wait_until
from tools import node
from tools.contract_documents import CONTRACT

README = (CONTRACT / "README.md").read_text(encoding="utf-8")
API, PAGE, DATA = "http://127.0.0.1:8000", "http://localhost:5173", "../.paidup"
FILES = ["index.html", "api.js", "app.js"]


@dataclass(frozen=True)
class Guide:
    """The guide's blocks, in their order."""

    start: str
    folder: str
    files: dict[str, str]
    serve: str
    address: str

    @classmethod
    def read(cls, text: str) -> Guide:
        guide = text.partition("## Your own front end in 15 minutes")[2].partition("\n## ")[0]
        start, folder, serve, address = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
        blocks = re.findall(r"`([\w.]+)`[^\n]*:\n\n```\w+\n(.*?)```", guide, re.DOTALL)
        assert [name for name, _ in blocks] == FILES
        return cls(start, folder, dict(blocks), serve, address)


GUIDE = Guide.read(README)


def settings_of(command: str) -> dict[str, str]:
    """The settings before `make demo`."""
    *settings, program, target = shlex.split(command)
    assert (program, target) == ("make", "demo")
    return dict(one.split("=", 1) for one in settings)


@dataclass(frozen=True)
class Place:
    """A demo, and where the page is served."""

    demo: Demo
    port: int
    folder: Path
    commands: Path

    def here(self, text: str) -> str:
        """A block of the guide with this place's addresses."""
        here = {API: self.demo.base_url, "5173": str(self.port), DATA: str(self.demo.folder)}
        for written, meant in here.items():
            text = text.replace(written, meant)
        return text

    def run(self, command: str, folder: Path) -> str:
        """A block of commands as a shell does them; what they printed."""
        path = f"{self.commands}:{environment()['PATH']}"
        done = subprocess.run(
            ["sh", "-e", "-c", self.here(command)],
            cwd=folder,
            env=environment(PATH=path),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The guide's first step is done."""
    port = free_ports(1)
    settings = {
        name: value.replace("5173", str(port)) for name, value in settings_of(GUIDE.start).items()
    }
    with data_folder() as folder, demo_on(folder, **settings) as demo:
        home = tmp_path_factory.mktemp("guide")
        yield Place(demo, port, home, npm_from_the_lock(home / "commands"))


def npm_from_the_lock(folder: Path) -> Path:
    """An npm that gives the contract's packages instead of fetching them."""
    node.ready()
    folder.mkdir()
    npm = folder / "npm"
    give = f"ln -s {CONTRACT / 'node_modules'} node_modules"
    npm.write_text(f'#!/bin/sh\necho "$@" > asked\n{give}\n')
    npm.chmod(0o755)
    return folder


@contextlib.contextmanager
def serving(place: Place, folder: Path) -> Iterator[None]:
    """The guide's web server runs while the block is open."""
    command = shlex.split(place.here(GUIDE.serve))
    assert command[0] == "python3"
    server = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def test_the_package_of_the_guide_is_the_one_that_was_tested() -> None:
    packages = json.loads((CONTRACT / "package-lock.json").read_text())["packages"]
    version = packages["node_modules/graphql-ws"]["version"]
    assert f"npm install graphql-ws@{version}\n" in GUIDE.folder


async def test_the_guide_leads_to_a_page_that_pays_and_changes_live(place: Place) -> None:
    place.run(GUIDE.folder, place.folder)
    folder = place.folder / "my-front-end"
    assert (folder / "asked").read_text().split()[0] == "install"
    for name, text in GUIDE.files.items():
        (folder / name).write_text(place.here(text), encoding="utf-8")
    with serving(place, folder):
        address = place.run(GUIDE.address, folder)
        wait_until(lambda: is_served(place), within=10, why="the page is served")
        async with chromium() as browser:
            await pays_and_changes_live(browser, address, place)


def is_served(place: Place) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(place.here(PAGE) + "/app.js", trust_env=False).status_code == 200
    return False


async def pays_and_changes_live(browser: Browser, address: str, place: Place) -> None:
    complaints = Complaints()
    payer, onlooker = [await (await browser.new_context()).new_page() for _ in range(2)]
    for page in (payer, onlooker):
        complaints.watch(page, address, place.demo.base_url, place.demo.sandbox_url)
        await page.goto(address)
        await expect(page.get_by_role("row").nth(1)).to_be_visible()
    button = payer.get_by_role("button", name="Pay").first
    number = (await button.inner_text()).removeprefix("Pay ")
    await expect(onlooker.get_by_role("button", name=f"Pay {number}")).to_be_visible()

    await button.click()
    await fill_card(payer, "4242 4242 4242 4242")
    await expect(payer.get_by_role("status")).to_have_text("Paid. Thank you.")
    for page in (payer, onlooker):
        await expect(row_of(page, number).get_by_role("cell").nth(3)).to_have_text("PAID")
        await expect(page.get_by_role("button", name=f"Pay {number}")).to_have_count(0)
    assert complaints.errors == []
    assert complaints.strayed == []


def row_of(page: Page, number: str) -> Locator:
    return page.get_by_role("row").filter(has_text=number)
