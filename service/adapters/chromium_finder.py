"""Where a Chromium is: the configured one, else the lightest of those installed on this machine.

Headless shells come before whole browsers: they print the same pages with half the time and memory.
`python -m service.adapters.chromium_finder` prints the path, or help and status 1.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# By path first: Debian's command of that name is a script that stays in between and gets the
# signals that are meant for the browser.
SHELL_PATHS = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib64/chromium-browser/headless_shell",
)
SHELL_COMMANDS = ("chrome-headless-shell", "headless_shell", "chromium-headless-shell")
BROWSER_COMMANDS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
BROWSER_PATHS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
PLAYWRIGHT_SHELLS = "chromium_headless_shell-*/*/*headless*shell"
PLAYWRIGHT_BROWSERS = "chromium-*/chrome-linux*/chrome"


def find_chromium(explicit: str | None) -> Path | None:
    """The executable to start, or None. An `explicit` path is taken alone, or refused as None."""
    if explicit:
        return _executable(Path(explicit))
    return next(filter(None, map(_executable, _candidates())), None)


def searched_places() -> list[str]:
    """What `find_chromium` looks for without an explicit path, best first."""
    cache = _playwright_cache()
    return [
        *SHELL_PATHS,
        *(f"{name} on PATH" for name in SHELL_COMMANDS),
        str(cache / PLAYWRIGHT_SHELLS),
        *(f"{name} on PATH" for name in BROWSER_COMMANDS),
        *BROWSER_PATHS,
        str(cache / PLAYWRIGHT_BROWSERS),
    ]


def missing_chromium_help() -> str:
    """What to do when there is none."""
    return "\n".join(
        [
            "No Chromium was found, and invoices are printed with one. Either",
            "  on Debian, as root: apt-get install chromium-headless-shell",
            f"  or anywhere: {sys.executable} -m playwright install chromium-headless-shell",
            "  or set PAIDUP_CHROMIUM to the path of a Chromium or Chrome.",
            "Looked for:",
            *(f"  {place}" for place in searched_places()),
        ]
    )


def _candidates() -> Iterator[Path]:
    yield from map(Path, SHELL_PATHS)
    yield from _on_path(SHELL_COMMANDS)
    yield from _downloaded(PLAYWRIGHT_SHELLS)
    yield from _on_path(BROWSER_COMMANDS)
    yield from map(Path, BROWSER_PATHS)
    yield from _downloaded(PLAYWRIGHT_BROWSERS)


def _executable(path: Path) -> Path | None:
    return path if path.is_file() and os.access(path, os.X_OK) else None


def _on_path(commands: tuple[str, ...]) -> Iterator[Path]:
    for command in commands:
        if found := shutil.which(command):
            yield Path(found)


def _downloaded(pattern: str) -> list[Path]:
    """What Playwright downloaded completely, newest revision first."""
    complete = [
        path
        for path in _playwright_cache().glob(pattern)
        if (path.parents[1] / "INSTALLATION_COMPLETE").exists()
    ]
    return sorted(complete, key=_revision, reverse=True)


def _revision(path: Path) -> int:
    number = path.parents[1].name.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


def _playwright_cache() -> Path:
    """Where Playwright keeps its browsers."""
    if chosen := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def main() -> int:
    """Print the path; without one, the help."""
    found = find_chromium(os.environ.get("PAIDUP_CHROMIUM"))
    if found is None:
        sys.stderr.write(missing_chromium_help() + "\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
