"""Amounts as Stripe counts them (docs.stripe.com/currencies): exponents, limits, display."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache

from babel import Locale
from babel.numbers import format_currency, get_currency_symbol

ZERO_DECIMAL = frozenset((
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
))  # fmt: skip
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
#: Counted in hundredths whose last two digits are 0, though the currency has no minor unit.
WHOLE_HUNDREDS = frozenset(("isk", "ugx"))
#: Smallest charge in minor units; currencies not named here have no minimum of their own.
MINIMUM_MINOR = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
#: An amount has at most eight digits, in a few currencies of small units more.
DIGITS = 8
MORE_DIGITS = {"idr": 12, "inr": 9}


def exponent(currency: str) -> int:
    """Return how many digits of an amount are behind the point."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def minimum_minor(currency: str) -> int:
    """Return the smallest amount that can be charged, in minor units."""
    return MINIMUM_MINOR.get(currency, 1)


def maximum_minor(currency: str) -> int:
    """Return the largest amount that can be charged, in minor units."""
    most: int = 10 ** MORE_DIGITS.get(currency, DIGITS) - 1
    return most


def step_minor(currency: str) -> int:
    """Return what an amount must be a multiple of, in minor units."""
    if currency in WHOLE_HUNDREDS:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def convert_minor(amount_minor: int, source: str, target: str, rate: Decimal) -> int:
    """Return an amount in another currency, at `rate` whole units of it for one of `source`.

    Rounded half up, away from zero, to what the target is counted in: what came and what goes
    back of the same amount are the same.
    """
    coarse = 100 if target in WHOLE_HUNDREDS else 1
    with localcontext(prec=60):
        units = (amount_minor * rate).scaleb(exponent(target) - exponent(source))
        return int((units / coarse).quantize(Decimal(1), ROUND_HALF_UP)) * coarse


@cache
def known_currencies() -> frozenset[str]:
    """Return the ISO 4217 codes that can be charged, in lower case."""
    return frozenset(code.lower() for code in map(str, Locale("en").currencies))


def display(amount_minor: int, currency: str) -> str:
    """Write an amount for a payer: symbol, and groups as its home country groups them."""
    digits = exponent(currency)
    locale = "en_IN" if currency == "inr" else "en"
    code = currency.upper()
    pattern = "¤#,##,##0" if currency == "inr" else "¤#,##0"
    if get_currency_symbol(code, locale) == code:
        pattern = pattern.replace("¤", "¤ ")
    return format_currency(
        Decimal(amount_minor).scaleb(-digits),
        code,
        pattern + ("." + "0" * digits if digits else ""),
        locale=locale,
        currency_digits=False,
    )
