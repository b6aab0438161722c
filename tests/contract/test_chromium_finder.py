"""Which Chromium is taken, on a machine with nothing but what a test puts there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.adapters import chromium_finder
from service.adapters.chromium_finder import find_chromium, missing_chromium_help, searched_places

ROOT = Path(__file__).resolve().parents[2]
DOWNLOADED_SHELL = "chrome-headless-shell-linux64/chrome-headless-shell"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `bin`, which is the PATH, and `cache`, which is Playwright's."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.setattr(chromium_finder, "SHELL_PATHS", (str(tmp_path / "lib" / "shell"),))
    monkeypatch.setattr(chromium_finder, "BROWSER_PATHS", ())
    return tmp_path


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def downloaded(machine: Path, folder: str, name: str) -> Path:
    (machine / "cache" / folder).mkdir(parents=True)
    (machine / "cache" / folder / "INSTALLATION_COMPLETE").touch()
    return program(machine / "cache" / folder / name)


def test_a_machine_without_one_has_none(machine: Path) -> None:
    assert find_chromium(None) is None


def test_the_lightest_is_taken(machine: Path) -> None:
    best_last = [
        downloaded(machine, "chromium-1255", "chrome-linux64/chrome"),
        program(machine / "bin" / "google-chrome"),
        program(machine / "bin" / "chromium"),
        downloaded(machine, "chromium_headless_shell-1255", DOWNLOADED_SHELL),
        program(machine / "bin" / "chromium-headless-shell"),
        program(machine / "lib" / "shell"),
    ]
    while best_last:
        best = best_last.pop()
        assert find_chromium(None) == best
        best.unlink()


def test_the_newest_complete_download_is_taken(machine: Path) -> None:
    downloaded(machine, "chromium_headless_shell-999", DOWNLOADED_SHELL)
    newest = downloaded(machine, "chromium_headless_shell-1255", DOWNLOADED_SHELL)
    program(machine / "cache" / "chromium_headless_shell-1300" / DOWNLOADED_SHELL)
    assert find_chromium(None) == newest


def test_an_explicit_path_is_taken_alone(machine: Path) -> None:
    program(machine / "lib" / "shell")
    own = program(machine / "own" / "chromium")
    assert find_chromium(str(own)) == own
    own.chmod(0o644)
    assert find_chromium(str(own)) is None
    assert find_chromium(str(machine / "absent")) is None


def test_the_help_names_every_place_and_a_command(machine: Path) -> None:
    text = missing_chromium_help()
    assert "apt-get install chromium-headless-shell" in text
    assert f"{sys.executable} -m playwright install chromium-headless-shell" in text
    assert "PAIDUP_CHROMIUM" in text
    assert all(place in text for place in searched_places())


def test_the_command_prints_the_path_or_the_help(machine: Path) -> None:
    own = program(machine / "own" / "chromium")
    found = command(str(own))
    assert (found.returncode, found.stdout, found.stderr) == (0, f"{own}\n", "")

    missing = command(str(machine / "absent"))
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("No Chromium was found")


def command(explicit: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service.adapters.chromium_finder"],
        cwd=ROOT,
        env={**os.environ, "PAIDUP_CHROMIUM": explicit},
        capture_output=True,
        text=True,
        check=False,
    )
