"""What every result has in common: an Arrow table with documented columns, and ways to show it."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

from commonweal.counts import counted


@dataclass(frozen=True, kw_only=True)
class Result:
    """A table of figures and the facts that hold for all of them.

    Parameters
    ----------
    table : pyarrow.Table
        One row a figure, with the columns that `columns` documents.
    facts : mapping
        JSON-ready scalars and short texts: method, seed, evaluations, warnings, what was left out.
    """

    schema: ClassVar[str] = "commonweal/result/1"
    """Name and version of the table's schema; the version rises when a column changes its meaning."""
    columns: ClassVar[Mapping[str, str]] = {}
    """Column name → meaning and unit."""

    table: pa.Table
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        undocumented = set(self.table.column_names) - set(self.columns)
        if undocumented:
            raise ValueError(f"{type(self).__name__} lacks documentation for columns {sorted(undocumented)}")

    def to_pandas(self) -> Any:
        """Return the table as a pandas DataFrame (needs pandas)."""
        return self.table.to_pandas()

    def to_dict(self) -> dict[str, Any]:
        """Return schema, facts, columns and rows as JSON-ready values; NaN and infinities become None."""
        return {
            "schema": self.schema,
            "facts": jsonable(dict(self.facts)),
            "columns": {name: self.columns[name] for name in self.table.column_names},
            "rows": jsonable(self.table.to_pylist()),
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict` as JSON text, digits in full."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def plot(self) -> dict[str, Any]:
        """Return a Vega-Lite specification of the main chart, its data inlined."""
        raise NotImplementedError  # each result has its own

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(n)}</th>" for n in self.table.column_names)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_short(v))}</td>" for v in row.values()) + "</tr>"
            for row in self.table.slice(0, 60).to_pylist()
        )
        more = (
            "" if self.table.num_rows <= 60 else f"<p>and {counted(self.table.num_rows - 60, 'more row')}</p>"
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def jsonable(value: Any) -> Any:
    """Return `value` with numpy scalars unwrapped and non-finite numbers as None, ready for JSON."""
    if isinstance(value, Mapping):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return jsonable(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
