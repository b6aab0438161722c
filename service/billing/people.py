"""Who is billed, who asks, and who may do what."""

from __future__ import annotations

import re
from enum import StrEnum


class Plan(StrEnum):
    """FREE accounts have no invoices section; what they owe stays visible and payable."""

    FREE = "FREE"
    PAID = "PAID"


class ContactStatus(StrEnum):
    ACTIVE = "ACTIVE"
    BOUNCING = "BOUNCING"


class Role(StrEnum):
    """OWNER, FINANCE and MEMBER belong to one account; SUPPORT and OPERATOR to the seller."""

    OWNER = "OWNER"
    FINANCE = "FINANCE"
    MEMBER = "MEMBER"
    SUPPORT = "SUPPORT"
    OPERATOR = "OPERATOR"


STAFF = frozenset({Role.SUPPORT, Role.OPERATOR})
MAY_PAY = frozenset({Role.OWNER, Role.FINANCE})
MAY_EDIT_CONTACTS = frozenset({Role.OWNER, Role.FINANCE})
MAY_EDIT_DETAILS = frozenset({Role.OWNER, Role.FINANCE, Role.OPERATOR})
MAY_RESEND = MAY_EDIT_CONTACTS | STAFF
MAY_CLAIM = MAY_PAY
MAY_WORK_ON_CASES = STAFF
MAY_MAKE_LINKS = STAFF
MAY_MOVE_MONEY = frozenset({Role.OPERATOR})

# Enough to refuse what no mail server takes; whether a mailbox exists, only a delivery shows.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*"
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z"
)


def is_email(text: str) -> bool:
    """Whether a text has the form of an address: the HTML standard's rule, with dots in the local
    part only where RFC 5322 has them; at most 254 long."""
    local = text.partition("@")[0]
    dots_fit = not (local.startswith(".") or local.endswith(".") or ".." in local)
    return len(text) <= 254 and dots_fit and _EMAIL.match(text) is not None
