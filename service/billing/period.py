"""Billing months, due dates and financial years, in the time zone of whom they concern."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, the unit of usage billing."""

    year: int
    month: int

    def __post_init__(self) -> None:
        date(self.year, self.month, 1)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read "2026-10".

        Raises:
            ValueError: not a month in that form.
        """
        if not re.fullmatch(r"\d{4}-\d{2}", text, flags=re.ASCII):
            raise ValueError("a month is written YYYY-MM")
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month that a day is in."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """The 1st."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The 28th to 31st."""
        return self.next().first_day - timedelta(days=1)

    def next(self) -> Month:
        """The month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """The month as a half-open UTC interval [start, end) of that zone's local days.

        Local midnights that daylight saving skips are read with the offset before the change, as
        `zoneinfo` does, so that neighbouring months always meet without gap or overlap.
        """
        return _midnight(self.first_day, time_zone), _midnight(self.next().first_day, time_zone)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def local_day(moment: datetime, time_zone: str) -> date:
    """The calendar day of an instant in a time zone.

    Raises:
        ValueError: the instant carries no offset.
    """
    if moment.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return moment.astimezone(ZoneInfo(time_zone)).date()


def due_day(issued_on: date, payment_terms_days: int) -> date:
    """The last day on which an invoice is not overdue."""
    return issued_on + timedelta(days=payment_terms_days)


def financial_year(day: date, start_month: int) -> str:
    """The financial year of a day as its two years: "2627" for April 2026 to March 2027.

    A year that starts in January is named by itself twice ("2626"), so that numbers keep one form.
    Source of the April start: section 2(9) of India's Income-tax Act; rule 46(b) of the CGST Rules
    asks for consecutive numbers that are unique within it.
    """
    first = day.year if day.month >= start_month else day.year - 1
    last = first if start_month == 1 else first + 1
    return f"{first % 100:02d}{last % 100:02d}"
