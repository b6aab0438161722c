"""Months, days and financial years, in zones with and without daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.billing.period import Month, due_day, financial_year, local_day

MONTHS = [Month(year, month) for year in range(2020, 2036) for month in range(1, 13)]
# Zones whose clocks change at midnight, by half an hour, in Ramadan, by two hours, or never, and
# the two ends of the day.
ZONES = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/Scoresbysund",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize("zone", ZONES)
def test_months_meet_without_gap_or_overlap(zone: str) -> None:
    bounds = [month.bounds(zone) for month in MONTHS]
    for (_, end), (start, _) in pairwise(bounds):
        assert end == start
    for month, (start, end) in zip(MONTHS, bounds, strict=True):
        assert start.tzinfo is UTC
        assert end.tzinfo is UTC
        assert local_day(start, zone) == month.first_day
        assert local_day(end - MOMENT, zone) == month.last_day
        assert local_day(start - MOMENT, zone) == month.first_day - timedelta(days=1)


@given(
    st.datetimes(datetime(2020, 1, 2), datetime(2035, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - given a zone by the strategy
    st.sampled_from(ZONES),
)
def test_every_moment_is_in_the_month_of_its_local_day(moment: datetime, zone: str) -> None:
    month = Month.of(local_day(moment, zone))
    start, end = month.bounds(zone)
    assert start <= moment < end


@pytest.mark.parametrize(
    ("month", "zone", "start", "hours"),
    [
        (Month(2026, 10), "Asia/Kolkata", datetime(2026, 9, 30, 18, 30, tzinfo=UTC), 744),
        (Month(2026, 3), "America/New_York", datetime(2026, 3, 1, 5, tzinfo=UTC), 743),
        (Month(2026, 11), "America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 721),
        (Month(2026, 3), "Europe/Berlin", datetime(2026, 2, 28, 23, tzinfo=UTC), 743),
        (Month(2026, 10), "Europe/Berlin", datetime(2026, 9, 30, 22, tzinfo=UTC), 745),
        (Month(2026, 4), "Australia/Lord_Howe", datetime(2026, 3, 31, 13, tzinfo=UTC), 720.5),
        (Month(2024, 2), "UTC", datetime(2024, 2, 1, tzinfo=UTC), 696),
        # Midnight comes twice on 1 November 2026 in Havana: the month begins with the first.
        (Month(2026, 11), "America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC), 721),
        # And it never came on 1 October 2023 in Asuncion: the month begins where it was skipped.
        (Month(2023, 10), "America/Asuncion", datetime(2023, 10, 1, 4, tzinfo=UTC), 743),
    ],
)
def test_a_month_is_as_long_as_its_local_days(
    month: Month, zone: str, start: datetime, hours: float
) -> None:
    assert month.bounds(zone) == (start, start + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-10", Month(2026, 10)),
        ("2026-01", Month(2026, 1)),
        ("0001-12", Month(1, 12)),
        ("9999-12", Month(9999, 12)),
    ],
)
def test_a_month_is_read_and_written_alike(text: str, month: Month) -> None:
    assert Month.parse(text) == month
    assert str(month) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-00",
        "2026-13",
        "2026-1",
        "26-10",
        "2026-10-01",
        "2026/10",
        "202610",
        "0000-01",
        "-026-10",
        "2026-10\n",
        " 2026-10",
        "２０２６-10",
        "2026-1०",
        "october 2026",
    ],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError):
        Month.parse(text)


@given(st.sampled_from(MONTHS))
def test_the_next_month_begins_on_the_day_after_the_last(month: Month) -> None:
    assert month.next().first_day == month.last_day + timedelta(days=1)
    assert month < month.next()
    assert Month.of(month.first_day) == Month.of(month.last_day) == month
    assert Month.parse(str(month)) == month


@pytest.mark.parametrize(
    ("month", "last"),
    [
        (Month(2024, 2), date(2024, 2, 29)),
        (Month(2026, 2), date(2026, 2, 28)),
        (Month(2026, 12), date(2026, 12, 31)),
        (Month(2026, 4), date(2026, 4, 30)),
    ],
)
def test_a_month_ends_on_its_last_day(month: Month, last: date) -> None:
    assert month.last_day == last


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 10, 31)),
        ("Asia/Kolkata", date(2026, 11, 1)),
        ("America/New_York", date(2026, 10, 31)),
        ("Pacific/Kiritimati", date(2026, 11, 1)),
    ],
)
def test_the_day_depends_on_the_zone(zone: str, day: date) -> None:
    assert local_day(datetime(2026, 10, 31, 18, 30, tzinfo=UTC), zone) == day


def test_a_moment_without_an_offset_has_no_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_day(datetime(2026, 10, 31, 18, 30), "UTC")  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("terms", "due"),
    [(0, date(2026, 11, 4)), (15, date(2026, 11, 19)), (365, date(2027, 11, 4))],
)
def test_an_invoice_is_due_after_its_terms(terms: int, due: date) -> None:
    assert due_day(date(2026, 11, 4), terms) == due


@pytest.mark.parametrize(
    ("day", "start_month", "year"),
    [
        (date(2026, 3, 31), 4, "2526"),
        (date(2026, 4, 1), 4, "2627"),
        (date(2027, 3, 31), 4, "2627"),
        (date(2099, 4, 1), 4, "9900"),
        (date(2000, 1, 1), 4, "9900"),
        (date(2026, 1, 1), 1, "2626"),
        (date(2026, 12, 31), 1, "2626"),
        (date(2026, 6, 30), 7, "2526"),
        (date(2026, 7, 1), 7, "2627"),
        (date(2026, 12, 1), 12, "2627"),
    ],
)
def test_a_financial_year_is_named_by_its_two_years(day: date, start_month: int, year: str) -> None:
    assert financial_year(day, start_month) == year


@pytest.mark.parametrize("start_month", range(1, 13))
@pytest.mark.parametrize("year", [2023, 2026, 2099])
def test_a_financial_year_has_twelve_months(year: int, start_month: int) -> None:
    first = Month(year, start_month)
    months = [first]
    while len(months) < 12:
        months.append(months[-1].next())
    names = {
        financial_year(day, start_month)
        for month in months
        for day in (month.first_day, month.last_day)
    }
    assert len(names) == 1
    before = financial_year(first.first_day - timedelta(days=1), start_month)
    after = financial_year(months[-1].next().first_day, start_month)
    assert len(names | {before, after}) == 3
