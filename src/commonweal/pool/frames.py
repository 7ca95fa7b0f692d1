"""Frames of other libraries, and lists of Python values, as Arrow tables of the wanted columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.errors import InputError

FRAME = "the frame"
KINDS = {str: "text", bool: "true or false", int: "numbers", float: "numbers", list: "lists", dict: "objects"}
Check = Callable[[Sequence[str]], None]


def to_arrow(frame: Any, wanted: Sequence[str], check: Check) -> pa.Table:
    """Return the wanted columns of a frame.

    Parameters
    ----------
    frame : pandas or polars frame, pyarrow Table, mapping of columns, or record batches
        Also a list of dicts, a RecordBatchReader, and anything with Arrow's C stream.
    wanted : sequence of str
        Columns to convert; the others are not touched.
    check : callable
        Called with the names that are there before anything is converted.

    Raises
    ------
    InputError
        For what is no frame, columns of unequal length, and columns of mixed types.
    """
    if hasattr(frame, "iloc") and hasattr(frame, "columns"):
        return _from_columns({str(c): None for c in frame.columns}, lambda name: frame[name], wanted, check)
    if hasattr(frame, "collect") and hasattr(frame, "collect_schema"):  # a lazy polars frame
        frame = frame.collect()
    if hasattr(frame, "to_arrow") and hasattr(frame, "select"):
        check(list(frame.columns))
        return frame.select(list(wanted)).to_arrow()
    if isinstance(frame, Mapping):
        return _from_columns(frame, frame.__getitem__, wanted, check)
    table = frame if isinstance(frame, pa.Table) else _from_stream(frame)
    check(table.schema.names)
    return table.select(list(wanted))


def one_type(
    values: Sequence[Any], name: str, where: str, row: int = 0, lines: Sequence[int] | None = None
) -> pa.Array:
    """Return Python values as an Arrow array; None and a NaN among other things are null.

    Raises
    ------
    InputError
        Where the column mixes text, numbers and lists, or holds what has no type here.
    """
    rows: dict[str, list[int]] = {}
    for number, value in enumerate(values):
        if value is not None and value == value:
            rows.setdefault(_kind(value), []).append(number)
    if len(rows) > 1 or "objects" in rows:
        raise _mixed(rows, name, where, row, lines)
    try:
        return pa.array(values, from_pandas=True)
    except OverflowError:  # numbers of more than 64 bits: identifiers
        return pa.array([None if value is None else str(value) for value in values])
    except pa.ArrowException:
        raise InputError(
            f"column {name!r} holds values of several types in its {next(iter(rows))}",
            where=where,
            mend="give every row of the column the same type",
        ) from None


def _from_columns(
    names: Mapping[str, Any], column: Callable[[str], Any], wanted: Sequence[str], check: Check
) -> pa.Table:
    check(list(names))
    arrays = {name: _array(column(name), name) for name in wanted}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(
            "columns of unequal length: " + ", ".join(f"{n} {k:,}" for n, k in lengths.items()),
            where=FRAME,
            mend="give each column one value per work",
        )
    return pa.table(arrays)


def _array(values: Any, name: str) -> Any:
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    if getattr(values, "ndim", 1) != 1:
        raise InputError(
            f"column {name!r} occurs twice", where=FRAME, mend="give each column a name of its own"
        )
    if hasattr(values, "to_arrow"):
        return values.to_arrow()
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError):
        return one_type([v.tolist() if isinstance(v, np.ndarray) else v for v in values], name, FRAME)


def _from_stream(frame: Any) -> pa.Table:
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    items = list(frame) if isinstance(frame, Iterable) and not isinstance(frame, str) else []
    if items and all(isinstance(item, pa.RecordBatch) for item in items):
        return pa.Table.from_batches(items)
    if items and all(isinstance(item, pa.Table) for item in items):
        return pa.concat_tables(items, promote_options="permissive")
    if items and all(isinstance(item, Mapping) for item in items):
        names = dict.fromkeys(name for item in items for name in item)
        return pa.table({name: one_type([item.get(name) for item in items], name, FRAME) for name in names})
    raise InputError(
        f"a {type(frame).__name__} is no frame, or an empty one",
        mend="give a pandas or polars frame, an Arrow table, a dict of columns, or record batches with rows",
    )


def _kind(value: Any) -> str:
    for kind, name in KINDS.items():
        if isinstance(value, kind):
            return name
    if isinstance(value, (np.integer, np.floating)):
        return "numbers"
    if isinstance(value, (tuple, np.ndarray)):
        return "lists"
    return "dates" if isinstance(value, date) else "objects"


def _mixed(
    rows: Mapping[str, list[int]], name: str, where: str, row: int, lines: Sequence[int] | None
) -> InputError:
    rare = sorted(rows.items(), key=lambda item: len(item[1]))[:-1] or list(rows.items())
    kind, at = rare[0]
    shown = ", ".join(f"{row + r + 1}" + (f" (line {lines[r]})" if lines else "") for r in at[:5])
    return InputError(
        f"column {name!r} holds {' and '.join(sorted(rows))}; {kind} in {len(at):,} row(s): {shown}",
        where=where,
        mend="give every row of the column the same type"
        + (", a list of owners even where there is one" if "lists" in rows else ""),
    )
