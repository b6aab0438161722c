"""The type of the printed page: Noto Sans, inlined file by file as a text needs it.

`static/fonts/fonts.css` is the one list of files and of the characters that each covers.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent.parent / "static" / "fonts"

_RULE = re.compile(r"@font-face \{.*?\n\}", re.DOTALL)
_FILE = re.compile(r'url\("([a-z0-9-]+\.woff2)"\)')
_RANGE = re.compile(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?")
_SCRIPT = re.compile(r"noto-sans-(.+)-\d+\.woff2")


@dataclass(frozen=True, slots=True)
class Face:
    """One @font-face rule: the script it is for, its file, and the characters it covers."""

    script: str
    file: str
    rule: str
    covers: frozenset[int]


@cache
def faces() -> tuple[Face, ...]:
    """All faces, in the order of the style sheet."""
    sheet = (FONTS / "fonts.css").read_text(encoding="utf-8")
    return tuple(_face(rule) for rule in _RULE.findall(sheet))


def _face(rule: str) -> Face:
    found = _FILE.search(rule)
    named = _SCRIPT.fullmatch(found.group(1)) if found else None
    if found is None or named is None:
        raise ValueError("a font face names no file of ours")
    covers = {
        code
        for first, last in _RANGE.findall(rule)
        for code in range(int(first, 16), int(last or first, 16) + 1)
    }
    return Face(named.group(1), found.group(1), rule, frozenset(covers))


def scripts_for(text: str) -> set[str]:
    """The fewest scripts whose faces cover a text, as far as any covers it.

    Scripts share marks such as the danda: the script that covers most of what is left comes first,
    so that Bengali with a danda needs no Devanagari.
    """
    covers = {face.script: face.covers for face in faces()}
    missing = {ord(character) for character in set(text) if _is_drawn(character)}
    chosen: set[str] = set()
    while missing:
        script = max(covers, key=lambda name: len(covers[name] & missing))
        if not covers[script] & missing:
            break
        chosen.add(script)
        missing -= covers[script]
    return chosen


def _is_drawn(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def inlined(scripts: Iterable[str]) -> str:
    """The rules of some scripts with their files as data: URLs, in the style sheet's order."""
    wanted = set(scripts)
    return "\n".join(_inlined(face) for face in faces() if face.script in wanted)


@cache
def _inlined(face: Face) -> str:
    body = base64.b64encode((FONTS / face.file).read_bytes()).decode("ascii")
    return face.rule.replace(face.file, f"data:font/woff2;base64,{body}")
