"""Countries a payer can choose, by ISO 3166-1 code."""

from babel import Locale

_NOT_COUNTRIES = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "XK", "ZZ"))
#: English names by code, in order of the name.
COUNTRIES = dict(
    sorted(
        (
            (code, name)
            for code, name in Locale("en").territories.items()
            if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
        ),
        key=lambda entry: entry[1],
    )
)
