"""Makes what Chromium prints of one page the same bytes every time.

A page that is printed again after a crash is then stored under the same hash, and no second file
of the invoice is left behind.
"""

from __future__ import annotations

import re

# Both are optional in the information dictionary: ISO 32000-1, table 317.
_DATE = re.compile(rb"/(?:CreationDate|ModDate) \(D:[^()]*\)")
# Heads of table columns are named by DOM nodes, whose numbers grow as long as a renderer lives and
# do not always follow the order of the page.
_NAME = re.compile(rb"\(node\d{8}\)")
_ELEMENT = re.compile(rb"/ID (\(node\d{8}\))")
_ENTRY = re.compile(rb"\(node\d{8}\) \d+ 0 R")
# The one leaf of the tree that finds elements by their names, which must be in their order.
_LEAF = re.compile(rb"/Limits \[[^\]]*\]\n/Names \[([^\]]*)\]")


def reproducible(pdf: bytes) -> bytes:
    """Blank out the time of printing and number the named elements from 1, in the page's order.

    Nothing changes its length: the cross-reference table holds the places of all objects.
    """
    undated = _DATE.sub(lambda found: b" " * len(found.group()), pdf)
    numbers = {name: n for n, name in enumerate(dict.fromkeys(_ELEMENT.findall(undated)), start=1)}
    if not numbers:
        return undated
    renumbered = _NAME.sub(lambda found: _name(numbers[found.group()]), undated)
    return _LEAF.sub(lambda leaf: _sorted_leaf(leaf.group(1), len(numbers)), renumbered)


def _name(number: int) -> bytes:
    return b"(node%08d)" % number


def _sorted_leaf(entries: bytes, count: int) -> bytes:
    ordered = b" ".join(sorted(_ENTRY.findall(entries)))
    return b"/Limits [%b %b]\n/Names [%b]" % (_name(1), _name(count), ordered)
