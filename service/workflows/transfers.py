"""What is asked of every bank transfer that the seller's staff records, whichever way it went."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from service.billing.errors import InvalidInput
from service.billing.period import local_day
from service.billing.text import clean_line
from service.ports import Ports

REFERENCE_LENGTH_MAX = 64


def checked_reference(text: str) -> str:
    """The bank's reference of a transfer.

    Raises:
        InvalidInput: no line of 1 to 64 letters.
    """
    reference = clean_line(text, longest=REFERENCE_LENGTH_MAX)
    if not reference or not any(letter.isalnum() for letter in reference):
        raise InvalidInput.one("bankReference", "INVALID", "It is one line of 1 to 64 letters.")
    return reference


def last_day(ports: Ports, time_zone: str) -> date:
    """The last day on which a bank can have moved money by now. Where the seller's bank is,
    tomorrow can have begun already."""
    now = ports.clock()
    return max(local_day(now, time_zone), local_day(now, ports.seller.time_zone))


def moment_of(day: date, time_zone: str, *, now: datetime) -> datetime:
    """An instant of a day: noon where the account is, or now."""
    return min(datetime.combine(day, time(12), ZoneInfo(time_zone)), now)
