"""How references of bank transfers are compared."""

from __future__ import annotations

# Without spaces, hyphens and dashes of any length.
_BARE = r"upper(regexp_replace({}, '[\s\u2010-\u2015\u2212-]', '', 'g'))"


def is_same(column: str, parameter: str) -> str:
    """The SQL of whether two references are one, whatever their letters' case, and with or without
    the spaces and hyphens that banks print them in groups with. Both are SQL, never input."""
    return f"{_BARE.format(column)} = {_BARE.format(parameter)}"
