"""Moments, however an export writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.intake.times import Quality, time

moments = st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


def us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(moments, zones)
def test_a_moment_in_any_zone_is_exact(moment: datetime, zone: timezone) -> None:
    found = time(moment.astimezone(zone).isoformat())
    assert found == (us(moment), Quality.EXACT)
    assert time(moment.isoformat().replace("+00:00", "Z")) == found
    assert time(moment.strftime("%Y-%m-%d %H:%M:%S.%f UTC")) == found


@given(moments)
def test_a_moment_without_zone_says_so(moment: datetime) -> None:
    assert time(moment.replace(tzinfo=None).isoformat()) == (us(moment), Quality.LOCAL)


@given(moments)
def test_a_day_is_its_first_moment(moment: datetime) -> None:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    assert time(day.date().isoformat()) == (us(day), Quality.DAY)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))
def test_seconds_milliseconds_and_microseconds_are_one_moment(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    count = us(whole)
    if count > 4_102_444_800 * 1_000:  # later than February 1970: told from milliseconds
        for number in (count, count // 1_000, count // 1_000_000, count / 1e6, float(count // 1_000)):
            assert time(number) == time(str(number)) == (count, Quality.EXACT)


NO_TIMES = [None, True, False, 0, 0.0, "", "  ", "0", "never", "2026-13-01", "2026-02-30", "1e400", "1" * 400]
NO_TIMES += [
    float("nan"),
    float("inf"),
    -float("inf"),
    10**18,
    10**400,
    [],
    {},
    [1],
    b"2026-01-01",
    "9" * 5_000,
]


@pytest.mark.parametrize("value", NO_TIMES, ids=range(len(NO_TIMES)))
def test_what_is_no_time_is_none(value: Any) -> None:
    assert time(value) is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.text("0123456789-:TZ+. eE"), st.binary()))
def test_any_value_is_a_time_in_64_bits_or_none(value: Any) -> None:
    found = time(value)
    assert found is None or -(2**63) <= found.us < 2**63
