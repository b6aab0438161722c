"""JSON on the wire: orjson, with the guards that a public endpoint needs."""

from __future__ import annotations

import json

import orjson

NESTING_MAX = 64


def encode(value: object) -> bytes:
    """Return compact JSON.

    Raises:
        TypeError: the value holds a lone surrogate, an integer beyond 64 bits or a foreign object.
    """
    return orjson.dumps(value)


def decode(text: str | bytes) -> object:
    """Return the parsed JSON text.

    Raises:
        json.JSONDecodeError: not JSON, not UTF-8, a number out of range, a lone surrogate, or
            nested deeper than `NESTING_MAX`, which is more than any real request needs.
    """
    value = orjson.loads(text)
    if _nests_deeper(value, NESTING_MAX):
        raise json.JSONDecodeError(f"nested deeper than {NESTING_MAX} levels", "", 0)
    return value


def _nests_deeper(value: object, levels: int) -> bool:
    layer = [value]
    while layer:
        if levels < 0:
            return True
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        levels -= 1
    return False
