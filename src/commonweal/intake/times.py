"""Times as exports write them, in microseconds of UTC; none is invented, each says how well it is known."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
LATEST = 4_102_444_800  # the year 2100, in seconds: beyond it a number counts milli- or microseconds
LONGEST = 64  # letters of a time, however it is written


class Quality(StrEnum):
    """How well a time is known."""

    EXACT = "exact"
    """With its zone, or counted from the epoch."""
    LOCAL = "local"
    """A clock's time whose zone the export does not tell, counted as if it were UTC."""
    DAY = "day"
    """A date alone, counted as its first moment in UTC."""


class Time(NamedTuple):
    """A moment: microseconds since 1970 in UTC, and how well it is known."""

    us: int
    quality: Quality


def time(value: Any) -> Time | None:
    """Return the moment that a value of an export names; None for null, for what is no time, and for zero.

    Parameters
    ----------
    value : number or str or None
        Seconds, milliseconds or microseconds since 1970 (told by their size: dates up to the year 2100 count
        seconds), as a number or its digits; or ISO 8601, with or without a zone; or a date.

    Examples
    --------
    >>> time("2026-08-01T10:00:00Z") == time(1785578400)
    True
    >>> time("2026-08-01 10:00:00").quality
    <Quality.LOCAL: 'local'>
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _counted(value)
    if not isinstance(value, str):
        return None
    if len(value) > LONGEST:
        return None
    text = value.strip()
    if DAY.fullmatch(text):
        return _day(text)
    if NUMBER.fullmatch(text):
        return _counted(float(text) if not text.lstrip("+-").isdigit() else int(text))
    return _written(text)


def _counted(value: int | float) -> Time | None:
    if value != value or not 0 < abs(value) < 1e17:
        return None
    size = abs(value)
    unit = 1_000_000 if size < LATEST else 1_000 if size < LATEST * 1_000 else 1
    return Time(round(value * unit), Quality.EXACT)


def _day(text: str) -> Time | None:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Time((moment - EPOCH) // MICROSECOND, Quality.DAY)


def _written(text: str) -> Time | None:
    bare = text.removesuffix(" UTC").removesuffix(" GMT")
    zone = "+00:00" if bare != text else ""
    try:
        moment = datetime.fromisoformat(bare + zone)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return Time((moment.replace(tzinfo=UTC) - EPOCH) // MICROSECOND, Quality.LOCAL)
    return Time((moment - EPOCH) // MICROSECOND, Quality.EXACT)
