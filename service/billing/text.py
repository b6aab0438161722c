"""Text that people type: what is kept of it, and what is refused."""

from __future__ import annotations

import unicodedata

# Line breaks in a name end up in mail headers; lone surrogates and NUL break databases and JSON.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
# Embeddings, overrides and isolates make a name read as another: Unicode Standard Annex 9,
# section 2. Marks and joiners, which Arabic, Persian and Indic names need, are not among them.
_BIDI_CONTROLS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_VISIBLE = ("L", "N", "P", "S")


def clean_line(text: str, *, longest: int) -> str | None:
    """One line of text in Unicode form NFC, without blanks around it.

    None when nothing visible is left, when it is longer than `longest` characters, or when it has
    control characters, line breaks, characters that reorder others, unpaired surrogates or code
    points without a meaning.
    """
    categories = [unicodedata.category(character) for character in text]
    if not _REFUSED_CATEGORIES.isdisjoint(categories) or not _BIDI_CONTROLS.isdisjoint(text):
        return None
    if not any(category.startswith(_VISIBLE) for category in categories):
        return None
    cleaned = unicodedata.normalize("NFC", text).strip()
    return cleaned if len(cleaned) <= longest else None
