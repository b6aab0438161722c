"""Recorded examples: what a client asks, and what the real server answered.

examples/<Operation>/<case>.json   an operation, answered; `default` is the usual answer
examples/errors/<CODE>.json        a request that is refused instead of being executed
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.contract_documents import CONTRACT

JSON = dict[str, Any]
EXAMPLES = CONTRACT / "examples"
ERRORS = "errors"
DEFAULT = "default"


def path_of(group: str, case: str) -> Path:
    """The file of an example."""
    return EXAMPLES / group / f"{case}.json"


def read(group: str, case: str) -> JSON:
    """An example as it was recorded."""
    found: JSON = json.loads(path_of(group, case).read_text(encoding="utf-8"))
    return found


def names() -> list[tuple[str, str]]:
    """The groups and cases of all examples that were recorded."""
    return [(path.parent.name, path.stem) for path in sorted(EXAMPLES.glob("*/*.json"))]


def of_operations() -> dict[str, dict[str, JSON]]:
    """Examples of operations, by operation and case."""
    found: dict[str, dict[str, JSON]] = {}
    for group, case in names():
        if group != ERRORS:
            found.setdefault(group, {})[case] = read(group, case)
    return found


def of_errors() -> dict[str, JSON]:
    """Examples of refused requests, by code."""
    return {case: read(group, case) for group, case in names() if group == ERRORS}


def bundled() -> JSON:
    """All of them in one."""
    return {"operations": of_operations(), "errors": of_errors()}
