"""Set this clone up: a virtual environment from the hashed locks, a Chromium, fonts.

    python3 tools/setup.py [--venv FOLDER] [--runtime]

Needs nothing but Python. A second run finds all in place and costs a fraction of a second.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
BOOTSTRAP = ROOT / "tools" / "bootstrap.lock"
RUNTIME_LOCK = ROOT / "requirements.lock"
TOOLS_LOCK = ROOT / "requirements-dev.lock"
BROWSER_PACKAGE = "chromium-headless-shell"  # so called by Debian and by Playwright
FONT_PACKAGES = ("fonts-noto-core", "fonts-noto-cjk")
FONT_LANGUAGES = ("hi", "zh", "ja", "ko")  # written with Noto Sans Devanagari and Noto Sans CJK
DOWNLOAD_SECONDS = 600
APT_SECONDS = 900
SCRIPT = """#!/bin/sh
exec "$(dirname "$0")/python" -P -m service "$@"
"""

Command: TypeAlias = Sequence[str | Path]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument(
        "--runtime", action="store_true", help="only what the service runs with; no Chromium"
    )
    options = parser.parse_args()
    folder = options.venv.absolute()
    is_new = install(folder, RUNTIME_LOCK if options.runtime else TOOLS_LOCK)
    if not options.runtime:
        provide_browser(folder, may_install=is_new)


def install(folder: Path, lock: Path) -> bool:
    """Fill the environment from the lock; return whether there was anything to do.

    The stamp is written last, so that a run that was interrupted is done again.
    """
    stamp = folder / "setup.stamp"
    wanted = fingerprint(lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    if not runs_inside(folder):
        make_environment(folder)
    install_packages(folder / "bin" / "python", lock)
    install_project(folder)
    stamp.write_text(wanted)
    return True


def fingerprint(lock: Path) -> str:
    """What the environment depends on, this program included."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for path in (lock, BOOTSTRAP, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def runs_inside(folder: Path) -> bool:
    """Whether this is the environment's own Python, which then is good enough to go on with."""
    return Path(sys.prefix).resolve() == folder.resolve() and find_spec("pip") is not None


def make_environment(folder: Path) -> None:
    say(f"making {folder} with Python {sys.version.split()[0]}")
    if find_spec("ensurepip") is None:  # Debian packages it apart
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install(package):
            sys.exit(f"this Python makes no virtual environments; run: apt-get install {package}")
    venv.create(folder, clear=True, with_pip=True)


def install_packages(python: Path, lock: Path) -> None:
    """Install exactly what the lock lists, every file checked against its hash.

    uv does it in a third of pip's time and removes what is no longer listed; pip is the way out
    where uv cannot work, for example behind an index that only pip is configured for.
    """
    say(f"installing {lock.name}")
    pip: Command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = python.with_name("uv")
    by_uv: Command = [uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes"]
    if runs([*pip, "--require-hashes", "-r", BOOTSTRAP]) and runs(
        [*by_uv, "--compile-bytecode", lock]
    ):
        return
    say("trying again with pip")
    if not runs([*pip, "--require-hashes", "-r", lock]):
        sys.exit("the packages could not be installed: see above")


def install_project(folder: Path) -> None:
    """Let the environment import this clone, and give it the command `paidup`.

    Both are relative, so that a clone may be moved. The service is compiled here: where Python is
    told to write no bytecode, each start would do that again, in a fifth of its time.
    """
    (packages,) = (folder / "lib").glob("python*/site-packages")
    (packages / "paidup.pth").write_text(os.path.relpath(ROOT, packages) + "\n")
    command = folder / "bin" / "paidup"
    command.write_text(SCRIPT)
    command.chmod(0o755)
    runs([folder / "bin" / "python", "-m", "compileall", "-q", ROOT / "service"])


def provide_browser(folder: Path, *, may_install: bool) -> None:
    """See to a Chromium that starts, and to fonts; say what to do where that fails."""
    python = folder / "bin" / "python"
    if may_install:
        if not browser_starts(python):
            say("no Chromium found: trying Playwright's download")
            download: Command = [python, "-m", "playwright", "install", BROWSER_PACKAGE]
            if not runs(download, DOWNLOAD_SECONDS, quiet=True):
                say("the download failed")
        if not browser_starts(python):
            apt_install(BROWSER_PACKAGE)
        if not has_fonts() and not (apt_install(*FONT_PACKAGES) and has_fonts()):
            say(f"some names need more fonts: apt-get install {' '.join(FONT_PACKAGES)}")
    find_browser(python, show_help=True)


def find_browser(python: Path, *, show_help: bool = False) -> str | None:
    found = subprocess.run(
        [python, "-P", "-m", "service.adapters.chromium_finder"],
        stdout=subprocess.PIPE,
        stderr=None if show_help else subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return found.stdout.strip() or None


def browser_starts(python: Path) -> bool:
    """Whether a Chromium was found and its libraries are there."""
    path = find_browser(python)
    return path is not None and runs([path, "--version"], quiet=True)


def has_fonts() -> bool:
    """Whether every language has a font, as far as fontconfig can tell."""
    listing = shutil.which("fc-list")
    return listing is not None and all(
        subprocess.run([listing, f":lang={language}"], capture_output=True, check=False).stdout
        for language in FONT_LANGUAGES
    )


def apt_install(*packages: str) -> bool:
    """Install Debian packages, if this is root on a Debian; return whether that worked."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    say(f"installing the Debian packages {' '.join(packages)}")
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    return runs([apt, *wait, "-qq", "update"], APT_SECONDS) and runs(
        [apt, *wait, "-qq", "-y", "--no-install-recommends", "install", *packages], APT_SECONDS
    )


def runs(command: Command, seconds: float | None = None, *, quiet: bool = False) -> bool:
    """Run a command to its end; return whether it was successful."""
    output = subprocess.DEVNULL if quiet else sys.stderr
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        say(str(error))
        return False
    return done.returncode == 0


def say(sentence: str) -> None:
    print(f"setup: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
