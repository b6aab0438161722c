"""Text that other people typed, made safe to set in a line of ours.

Names, addresses and descriptions come from customers. Beside markup, which Jinja escapes, they can
carry characters that reorder the text around them, and piles of combining marks that keep a layout
engine busy for minutes. A reader loses nothing by their absence.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup

NAME_MAX = 200
ADDRESS_LINE_MAX = 200
DESCRIPTION_MAX = 500
TAX_ID_MAX = 64
# Vietnamese stacks two marks on a letter, Hebrew with cantillation and Tibetan up to five.
MARKS_PER_BASE_MAX = 6

# Embeddings, overrides and isolates: Unicode Standard Annex 9, section 2.
_BIDI_CONTROLS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_ELLIPSIS = "…"


def clean(text: str, longest: int) -> str:
    """One line without control, bidi and unpaired surrogate characters, cut to `longest`."""
    kept = "".join(_characters(text[: longest * 4]))
    line = " ".join(unicodedata.normalize("NFC", kept).split())
    if len(line) <= longest:
        return line
    return line[: longest - 1].rstrip() + _ELLIPSIS


def _characters(text: str) -> list[str]:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or character in _BIDI_CONTROLS:
            continue
        marks = marks + 1 if category.startswith("M") else 0
        if marks <= MARKS_PER_BASE_MAX:
            kept.append(" " if category == "Cc" else character)
    return kept


# Emoji with what colours and joins them. No font of ours draws them, and no machine is sure to have
# one: on paper they would be empty boxes.
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff][\U0001f000-\U0001faff\u200d\ufe0f\u2640\u2642\U000e0020-\U000e007f]*"
)


def without_emoji(text: str) -> str:
    """A text without its emoji; as it is when it holds nothing else."""
    return text if not (rest := _EMOJI.sub("", text)).strip() else rest


def isolated(text: str, longest: int = DESCRIPTION_MAX, *, language: str | None = None) -> Markup:
    """Clean a text, leave its emoji out, and set it in an element that keeps its writing direction
    to itself.

    `language` is noted only on Chinese, Japanese and Korean text, whose shared characters have
    another shape in each language.
    """
    line = clean(without_emoji(text), longest)
    if language is not None and has_han(line):
        return Markup('<bdi lang="{}">{}</bdi>').format(language, line)
    return Markup("<bdi>{}</bdi>").format(line)


# CJK radicals to ideographs, Hangul syllables, compatibility ideographs, the supplementary planes.
_HAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def has_han(text: str) -> bool:
    """Whether a text has Chinese, Japanese or Korean characters."""
    return _HAN.search(text) is not None


_HAN_LANGUAGES = {
    "CN": "zh-Hans",
    "SG": "zh-Hans",
    "MY": "zh-Hans",
    "TW": "zh-Hant",
    "HK": "zh-Hant",
    "MO": "zh-Hant",
    "JP": "ja",
    "KR": "ko",
}


_HAN_LOCALES = {"zh": "zh-Hans", "ja": "ja", "ko": "ko"}


def han_language(country_code: str | None, locale: str) -> str | None:
    """The language whose character shapes a reader expects: by country, else by locale."""
    by_locale = _HAN_LOCALES.get(locale[:2])
    return _HAN_LANGUAGES.get(country_code or "", by_locale)
