"""What all templates share: the environment, the reader's figures, and the printed page around a
sheet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from service.billing.sheet import Party
from service.templates.addresses import address_lines
from service.templates.figures import Figures
from service.templates.fonts import inlined, scripts_for
from service.templates.untrusted import NAME_MAX, TAX_ID_MAX, han_language, isolated

_FOLDER = Path(__file__).parent
_STYLE = _FOLDER.parent / "static" / "view" / "invoice.css"


def on_paper(sheet: str, context: Mapping[str, Any], *, title: str, footer: str) -> str:
    """A complete page for the printer, around a sheet's template: nothing on it is loaded from
    elsewhere. `footer` stands on every page."""
    body = environment().get_template(sheet).render(context)
    return (
        environment()
        .get_template("paper.html")
        .render(
            context,
            body=Markup(body),  # noqa: S704 - rendered with autoescape just above
            title=title,
            footer=_css_string(footer),
            fonts=Markup(inlined(scripts_for(body + footer))),  # noqa: S704 - our own files
            style=_style(),
        )
    )


def character_language(party: Party, locale: str) -> str | None:
    """The language whose character shapes fit a party."""
    return han_language(party.address.country_code if party.address else None, locale)


def _css_string(text: str) -> Markup:
    """A text as a quoted CSS string that cannot end the string or the style element."""
    quoted = "".join(
        character if character.isalnum() or character in " .,-·" else f"\\{ord(character):x} "
        for character in text
    )
    return Markup(f'"{quoted}"')  # noqa: S704 - everything but letters and digits is escaped


@lru_cache(maxsize=64)
def figures_of(tag: str) -> Figures:
    """How a locale writes amounts and dates.

    Raises:
        ValueError, babel.UnknownLocaleError: no such locale.
    """
    return Figures(tag)


@lru_cache(maxsize=1)
def _style() -> Markup:
    return Markup(_STYLE.read_text(encoding="utf-8"))  # noqa: S704 - our own file


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of this folder. What they are given and is not marked as markup is escaped in
    those named *.html."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["isolated"] = isolated
    environment.globals.update(
        address_lines=address_lines, NAME_MAX=NAME_MAX, TAX_ID_MAX=TAX_ID_MAX
    )
    return environment
