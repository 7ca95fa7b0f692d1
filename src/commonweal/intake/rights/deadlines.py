"""When an answer is due: one month under the GDPR, 45 days or 15 business days in California.

Sources: Art. 12(3) GDPR, counted by Regulation (EEC, Euratom) No 1182/71; 11 CCR § 7021 and § 7026(f).
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from functools import cache

import msgspec

from commonweal.intake.rights.kinds import CCPA_ANSWER, CCPA_OPT_OUT, TIME_LIMITS, Kind

SATURDAY = 5


class Deadline(msgspec.Struct, frozen=True):
    """The last day for an answer, and how it was counted.

    Parameters
    ----------
    due : date
        Last day for the answer.
    rule : str
        How it was counted, in words.
    source : str
        URL of the provision.
    confirm : date, optional
        Last day for confirming that the request arrived, where the law sets one.
    """

    due: date
    rule: str
    source: str
    confirm: date | None = None


def deadline(kind: Kind, received: date) -> Deadline:
    """Return when a request received on a day is to be answered."""
    if kind is Kind.CCPA_OPTOUT:
        return Deadline(
            business_days_after(received, 15),
            "15 business days after receipt (11 CCR § 7026(f)); the regulation does not define them: Monday "
            "to Friday other than federal holidays (5 U.S.C. § 6103) are counted",
            CCPA_OPT_OUT,
        )
    if kind is Kind.CCPA_DELETE:
        return Deadline(
            received + timedelta(days=45),
            "45 calendar days after receipt (11 CCR § 7021(b)), once extensible to 90 with notice",
            CCPA_ANSWER,
            confirm=business_days_after(received, 10),
        )
    return Deadline(
        next_weekday(one_month_after(received)),
        "one month after receipt (Art. 12(3) GDPR): the same date of the next month or its last day, and on "
        "a weekend the Monday after (Art. 3(2)(c) and 3(4) of Regulation 1182/71); public holidays differ "
        "by country and are not taken into account; extensible by two months with notice",
        TIME_LIMITS,
    )


def one_month_after(day: date) -> date:
    """Return the same date of the next month, or the last day of that month where it has no such date."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def next_weekday(day: date) -> date:
    """Return the day itself, or the Monday after it where it is on a weekend."""
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def business_days_after(day: date, count: int) -> date:
    """Return the count-th day after a day that is neither on a weekend nor a federal holiday."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY and day not in federal_holidays(day.year):
            count -= 1
    return day


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """Return the days on which the holidays of 5 U.S.C. § 6103(a) are kept in a year.

    A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after; New Year's Day
    of the next year may so fall into this one.
    """
    fixed = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
    days = [date(year, month, day) for month, day in fixed] + [date(year + 1, 1, 1)]
    days += [_monday(year, 1, 3), _monday(year, 2, 3), _last_monday_of_may(year)]
    days += [_monday(year, 9, 1), _monday(year, 10, 2), _nth(year, 11, 4, calendar.THURSDAY)]
    return frozenset(kept for kept in map(_kept, days) if kept.year == year)


def _kept(day: date) -> date:
    shift = {5: -1, 6: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _monday(year: int, month: int, nth: int) -> date:
    return _nth(year, month, nth, calendar.MONDAY)


def _nth(year: int, month: int, nth: int, weekday: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
