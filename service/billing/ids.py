"""Opaque public ids: a prefix that names the kind, and the UUID in Crockford's base 32.

`inv_06FHTK2M8RD9V5N1QZ3C7XJ4W0`. One spelling only, so that an id can be compared as text.
Source of the alphabet: crockford.com/base32, without its check symbol.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26  # 128 bits in groups of five


class Kind(StrEnum):
    """What an id names; the value is its prefix."""

    ACCOUNT = "acc"
    CONTACT = "con"
    INVOICE = "inv"
    PAYMENT = "pay"
    CHECKOUT = "chk"
    CASE = "cas"
    CANDIDATE = "cnd"
    LINK = "lnk"
    REFUND = "rfd"
    DELIVERY = "dlv"
    DISPUTE = "dsp"


def encode(kind: Kind, value: UUID) -> str:
    """Write an id in its one spelling."""
    number = value.int
    letters = []
    for _ in range(_LENGTH):
        letters.append(_ALPHABET[number & 31])
        number >>= 5
    return f"{kind}_{''.join(reversed(letters))}"


def decode(text: str) -> tuple[Kind, UUID]:
    """Read an id back.

    Raises:
        ValueError: not an id in its one spelling.
    """
    prefix, _, letters = text.partition("_")
    if len(letters) != _LENGTH or not set(letters) <= _VALUES.keys() or letters[0] > "7":
        raise ValueError("not an id")
    number = 0
    for letter in letters:
        number = number << 5 | _VALUES[letter]
    return Kind(prefix), UUID(int=number)


def decode_as(kind: Kind, text: str) -> UUID | None:
    """The UUID of an id of one kind; None for anything else."""
    try:
        found, value = decode(text)
    except ValueError:
        return None
    return value if found is kind else None
