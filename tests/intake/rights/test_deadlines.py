"""Deadlines against tables made by hand, and against slow and independent ways of counting."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.intake.rights import Kind, deadline
from commonweal.intake.rights.deadlines import (
    business_days_after,
    federal_holidays,
    next_weekday,
    one_month_after,
)

GDPR = [Kind.ACCESS, Kind.ERASURE, Kind.PORTABILITY, Kind.OBJECTION]
DAYS = st.dates(date(2020, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2028-01-30", "2028-02-29"),
        ("2028-02-29", "2028-03-29"),
        ("2026-03-05", "2026-04-05"),
        ("2026-08-31", "2026-09-30"),
        ("2026-12-31", "2027-01-31"),
        ("2026-02-28", "2026-03-28"),
        ("2026-11-21", "2026-12-21"),
    ],
)
def test_a_month_ends_on_the_same_date_or_on_the_last_day_of_the_month(received, last):
    assert one_month_after(date.fromisoformat(received)) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-31", "2026-03-02"),  # 28 February is a Saturday
        ("2026-03-05", "2026-04-06"),  # 5 April is a Sunday
        ("2026-11-21", "2026-12-21"),  # a Monday
        ("2026-11-18", "2026-12-18"),  # a Friday
    ],
)
@pytest.mark.parametrize("kind", GDPR)
def test_an_answer_under_the_gdpr_that_would_be_due_on_a_weekend_is_due_on_monday(kind, received, due):
    assert deadline(kind, date.fromisoformat(received)).due == date.fromisoformat(due)


@given(DAYS)
def test_a_month_is_the_day_before_the_same_date_cannot_be_passed(day):
    """Counted day by day: the last day of the next month whose number is not above the day's own."""
    after = day.replace(day=1) + timedelta(days=32)
    candidates = [d for n in range(-40, 40) if (d := after + timedelta(days=n)).month == after.month]
    assert one_month_after(day) == max(d for d in candidates if d.year == after.year and d.day <= day.day)


@given(DAYS)
def test_weekdays_stay_and_weekends_move_to_monday(day):
    moved = next_weekday(day)
    assert moved == day if day.isoweekday() <= 5 else moved.isoweekday() == 1 and 1 <= (moved - day).days <= 2


@pytest.mark.parametrize(
    ("received", "due", "confirm"),
    [
        ("2026-11-21", "2027-01-05", "2026-12-07"),  # Thanksgiving is on the 26th
        ("2026-12-23", "2027-02-06", "2027-01-08"),  # Christmas, New Year
        ("2026-03-02", "2026-04-16", "2026-03-16"),
    ],
)
def test_a_deletion_in_california_is_answered_in_45_days_and_confirmed_in_10_business_days(
    received, due, confirm
):
    found = deadline(Kind.CCPA_DELETE, date.fromisoformat(received))
    assert (found.due, found.confirm) == (date.fromisoformat(due), date.fromisoformat(confirm))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-03-02", "2026-03-23"),  # three weeks without a holiday
        ("2026-11-21", "2026-12-14"),  # Thanksgiving
        ("2026-12-18", "2027-01-12"),  # Christmas and New Year, both on a Friday
        ("2021-12-20", "2022-01-12"),  # kept on Friday 24 and Friday 31 December
    ],
)
def test_an_opt_out_is_carried_out_in_15_business_days(received, due):
    assert deadline(Kind.CCPA_OPTOUT, date.fromisoformat(received)).due == date.fromisoformat(due)


# By hand, from the calendar of each year.
KEPT = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2028: "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
}


@pytest.mark.parametrize("year", sorted(KEPT))
def test_federal_holidays_are_kept_on_these_days(year):
    assert federal_holidays(year) == {date.fromisoformat(f"{year}-{day}") for day in KEPT[year].split()}


@given(DAYS, st.integers(1, 30))
def test_as_many_business_days_lie_between_as_were_asked_for(day, count):
    end = business_days_after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    working = [d for d in between if d.isoweekday() <= 5 and d not in federal_holidays(d.year)]
    assert len(working) == count
    assert end == working[-1]


@pytest.mark.parametrize("kind", list(Kind))
@given(day=DAYS)
def test_a_deadline_is_later_than_receipt_and_says_how_it_was_counted(kind, day):
    found = deadline(kind, day)
    assert day < found.due <= day + timedelta(days=45)
    assert found.rule
    assert found.source.startswith("https://")
    assert (found.confirm is not None) == (kind is Kind.CCPA_DELETE)
