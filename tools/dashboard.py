"""The dashboard, built from frontend-contract/dashboard into the folder that the service serves.

    python -m tools.dashboard

Builds it unless what is there was built from the same sources.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import node

SOURCES = node.CONTRACT / "dashboard"
BUILT = node.ROOT / "service" / "static" / "dashboard"
STAMP = BUILT / ".stamp"


def main() -> None:
    try:
        build()
    except node.NoNode as why:
        sys.exit(f"dashboard: {why}")
    except subprocess.CalledProcessError:
        sys.exit("dashboard: it could not be built: see above")


def build() -> None:
    """Build it, if it is not there as the sources have it.

    Raises:
        NoNode: there is nothing to build it with.
        CalledProcessError: the sources are wrong, or too much for the budget of the first load.
    """
    wanted = digest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    node.say("building the dashboard")
    environment = node.ready()
    command = ["npm", "run", "build", "--workspace", "dashboard", "--silent"]
    subprocess.run(command, cwd=node.CONTRACT, env=environment, check=True, stdout=sys.stderr)
    STAMP.write_text(wanted)


def digest() -> str:
    """A digest of everything that the build reads."""
    found = hashlib.sha256()
    for path in sorted(inputs()):
        found.update(str(path.relative_to(node.CONTRACT)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def inputs() -> Iterator[Path]:
    """The sources, the generated documents, and the lock of the packages."""
    for folder in ("src", "public", "scripts"):
        yield from (path for path in (SOURCES / folder).rglob("*") if path.is_file())
    yield from SOURCES.glob("*.*")
    yield from (node.CONTRACT / "generated").glob("*.ts")
    yield from node.CONTRACT.glob("*.json")


if __name__ == "__main__":
    main()
