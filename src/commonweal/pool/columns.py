"""One type per column: what each part may hold, and how a raw column becomes that."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
TEXT = pa.large_string()  # a string column of Arrow ends at 2 GB
NUMBER = pa.float64()
NAME = pa.string()
WHEN = pa.timestamp("us")
NOTHING = ("", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?")  # what tables write for "missing"
_YEAR = r"^\s*-?\d{4}\s*$"
_MONTH = r"^\s*\d{4}-\d{2}\s*$"
_NUMBER = r"^\s*[+-]?((0|[1-9]\d{0,17})(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$|^\s*[+-]?(?i:inf|infinity)\s*$"
_WHOLE = r"^\s*[+-]?\d{1,18}\s*$"


class WrongTypeError(Exception):
    """A column holds what its part can't use; the caller knows which file and column."""

    def __init__(self, found: str, wanted: str) -> None:
        self.found, self.wanted = found, wanted
        super().__init__(f"{found}, not {wanted}")


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a type holds strings."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_list(kind: pa.DataType) -> bool:
    """Tell whether a type holds lists."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def is_number(kind: pa.DataType) -> bool:
    """Tell whether a type holds numbers (true and false not among them)."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def plain(column: Any) -> Any:
    """Return a column without dictionary encoding or string views, which few functions read."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(TEXT) if pa.types.is_string_view(column.type) else column


def blank(column: Any) -> Bools:
    """Return which strings are null, empty or only white space: bool[n]."""
    empty = pc.equal(pc.utf8_trim_whitespace(column), "")
    return _bools(pc.fill_null(empty, True))


def absent(column: Any) -> Bools:
    """Return which values are null, NaN or blank: bool[n]."""
    return blank(column) if is_text(column.type) else _bools(pc.is_null(column, nan_is_null=True))


def text_column(column: Any) -> Any:
    """Return texts as large strings."""
    if not (is_text(column.type) or pa.types.is_null(column.type)):
        raise WrongTypeError(str(column.type), "text")
    return column.cast(TEXT)


def name_column(column: Any) -> Any:
    """Return names (of items) as strings."""
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
        if pc.all(pc.fill_null(pc.equal(pc.floor(column), column), True)).as_py():
            column = column.cast(pa.int64(), safe=False)
        return column.cast(NAME)
    if not (is_text(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise WrongTypeError(str(kind), "names or whole numbers")
    return column.cast(NAME)


def number_column(column: Any, *, written: bool = False) -> Any:
    """Return numbers as float64, NaN where there is none; strings are read as numbers where `written`."""
    kind = column.type
    if is_text(kind) and written:
        return _read_numbers(column)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    elif not (is_number(kind) or pa.types.is_null(kind)):
        raise WrongTypeError(str(kind), "numbers")
    return pc.fill_null(column.cast(NUMBER, safe=False), math.nan)


def written_numbers(column: Any) -> tuple[int, int, NDArray[np.int64]]:
    """Return (whole numbers, all numbers, rows of what is neither number nor missing) of strings.

    Digits with zeros before them are no number but a code, as are those of more than 18 digits.
    """
    number = _bools(pc.fill_null(pc.match_substring_regex(column, _NUMBER), False))
    whole = _bools(pc.fill_null(pc.match_substring_regex(column, _WHOLE), False)) & number
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    nothing = _bools(pc.is_in(lower, value_set=pa.array((*NOTHING, None), lower.type)))
    return int(whole.sum()), int(number.sum()), np.flatnonzero(~number & ~nothing)


def date_column(column: Any) -> Any:
    """Return dates as timestamps in UTC or as int64 (years, or any count of time); null where unreadable."""
    kind = column.type
    if pa.types.is_integer(kind):
        return column.cast(pa.int64())
    if pa.types.is_floating(kind):  # years beside a missing one
        whole = pc.and_(pc.is_finite(column), pc.equal(pc.floor(column), column))
        return pc.if_else(whole, column, None).cast(pa.int64())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _without_zone(column)
    if pa.types.is_null(kind):
        return column.cast(WHEN)
    if not is_text(kind):
        raise WrongTypeError(str(kind), "dates, ISO 8601 strings or years")
    return _read_dates(column)


def as_type(column: Any, kind: pa.DataType) -> Any:
    """Return a target or kept column in the type learned for it."""
    if column.type.equals(kind):
        return column
    if pa.types.is_floating(column.type) and pa.types.is_integer(kind):
        column = pc.if_else(pc.is_finite(column), column, None)
    return column.cast(kind, safe=False)


def _without_zone(column: Any) -> Any:
    return column.cast(pa.timestamp("us", tz=getattr(column.type, "tz", None)), safe=False).cast(WHEN)


def _read_dates(column: Any) -> Any:
    trimmed = pc.utf8_trim_whitespace(column.cast(NAME))
    full = pc.if_else(
        pc.match_substring_regex(trimmed, _YEAR), pc.binary_join_element_wise(trimmed, "-01-01", ""), trimmed
    )
    full = pc.if_else(
        pc.match_substring_regex(trimmed, _MONTH), pc.binary_join_element_wise(trimmed, "-01", ""), full
    )
    for kind in (WHEN, pa.timestamp("us", tz="UTC")):
        try:
            return full.cast(kind).cast(WHEN)
        except pa.ArrowInvalid:
            continue
    return _like(column, [_read_date(value) for value in full.to_pylist()], WHEN)


def _read_date(value: str | None) -> datetime | None:
    try:
        when = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when


def _read_numbers(column: Any) -> Any:
    trimmed = pc.utf8_trim_whitespace(column)
    try:
        return pc.fill_null(trimmed.cast(NUMBER), math.nan)
    except pa.ArrowInvalid:
        return _like(column, [_read_number(value) for value in trimmed.to_pylist()], NUMBER)


def _read_number(value: str | None) -> float:
    try:
        return float(value or "nan") if "_" not in (value or "") else math.nan
    except ValueError:
        return math.nan


def _like(column: Any, values: list[Any], kind: pa.DataType) -> Any:
    array = pa.array(values, kind)
    return pa.chunked_array([array]) if isinstance(column, pa.ChunkedArray) else array


def _bools(mask: Any) -> Bools:
    return np.asarray(
        mask.to_numpy(zero_copy_only=False) if isinstance(mask, pa.Array) else mask.to_numpy(), dtype=bool
    )
