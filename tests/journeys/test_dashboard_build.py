"""The dashboard as it is built: its texts and sums, its types, and what a browser loads first."""

from __future__ import annotations

import re
import subprocess

import pytest

from tools import dashboard, node

FIRST_LOAD_KB_MAX = 120.0


def run(*command: str) -> str:
    """A command of the dashboard's packages, which must succeed; what it wrote."""
    try:
        environment = node.ready()
    except node.NoNode as why:
        pytest.skip(str(why))
    done = subprocess.run(
        command,
        cwd=dashboard.SOURCES,
        env=environment | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_is_served_was_built_from_these_sources() -> None:
    assert dashboard.STAMP.exists(), "the dashboard is not built: run make dashboard"
    assert dashboard.STAMP.read_text() == dashboard.digest(), "it is stale: run make dashboard"


def test_the_first_load_stays_within_its_budget() -> None:
    (total,) = re.findall(r"([\d.]+) kB gzip  first load", run("node", "scripts/budget.js"))
    assert 60 < float(total) <= FIRST_LOAD_KB_MAX


def test_every_text_is_there_in_every_language_and_sums_are_exact() -> None:
    written = run("vitest", "run", "--reporter=verbose")
    for language in ("en", "de", "hi", "ar", "ja"):
        assert f"{language} > has each text, and no other" in written


def test_nothing_of_it_needs_an_exception_from_a_strict_policy() -> None:
    page = (dashboard.BUILT / "index.html").read_text(encoding="utf-8")
    inline = r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|javascript:"
    assert re.findall(inline, page) == []
    scripts = [*dashboard.BUILT.glob("assets/*.js"), dashboard.BUILT / "paidup-invoices.js"]
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        assert re.findall(r"\beval\(|new Function\(", text) == [], script.name
        # Addresses of other places are names in XML, or stand in messages; nothing is loaded there.
        hosts = set(re.findall(r"https?://([\w.-]+)", text))
        assert hosts <= {"www.w3.org", "react.dev", "bit.ly"}, (script.name, hosts)
