"""Postal addresses in the order in which their countries write them."""

from __future__ import annotations

from babel import Locale
from markupsafe import Markup

from service.billing.sheet import Address
from service.templates.untrusted import ADDRESS_LINE_MAX, isolated

LINES_MAX = 6

# Countries that write the postal code before the town. Source: the Universal Postal Union's
# addressing sheets by country.
_CODE_FIRST = frozenset(
    ["AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "IS", "IT"]
) | frozenset(["LI", "LT", "LU", "NL", "NO", "PL", "PT", "RS", "SE", "SI", "SK", "TR"])
_COUNTRIES = Locale("en").territories


def address_lines(address: Address, *, language: str | None) -> list[Markup]:
    """The lines of an address, each part isolated; the country comes last, in English."""

    def part(text: str) -> Markup:
        return isolated(text, ADDRESS_LINE_MAX, language=language)

    lines = [part(line) for line in address.lines[:LINES_MAX] if line.strip()]
    lines.append(_town(address, part(address.city)))
    lines.append(part(_COUNTRIES.get(address.country_code, address.country_code)))
    return lines


def _town(address: Address, city: Markup) -> Markup:
    code = isolated(address.postal_code, ADDRESS_LINE_MAX) if address.postal_code else Markup()
    region = isolated(address.region, ADDRESS_LINE_MAX) if address.region else Markup()
    if address.country_code in _CODE_FIRST:
        return Markup(", ").join(
            filter(None, [Markup(" ").join(filter(None, [code, city])), region])
        )
    return Markup(" ").join(filter(None, [Markup(", ").join(filter(None, [city, region])), code]))
