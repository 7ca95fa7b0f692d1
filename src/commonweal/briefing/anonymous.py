"""Owners without names: "writer 1" for the largest, throughout tables, facts and receipt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from commonweal.briefing.case import Case
from commonweal.results import Result, jsonable


def anonymous(case: Case) -> Case:
    """Return the case with every owner's name replaced by a number in the order of their values.

    Names are replaced in text columns, facts and the receipt wherever they stand as a whole word or phrase.
    What `about` says is the writer's own and stays as it is.
    """
    ranked = case.appraisal.table.sort_by([("value", "descending")])["owner"].to_pylist()
    names = {str(name): f"{case.about.owner} {i}" for i, name in enumerate(ranked, 1)}
    change = _renamer(names)
    results: dict[str, Any] = {name: _renamed(result, change) for name, result in case.results.items()}
    return replace(
        case, **results, receipt=None if case.receipt is None else _deep(dict(case.receipt), change)
    )


def _renamer(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that replaces all names in a text in one pass, the longest first."""
    found = sorted((n for n in names if n.strip()), key=len, reverse=True)
    if not found:
        return lambda text: text
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, found)) + r")(?!\w)")

    def change(text: str) -> str:
        return names[text] if text in names else pattern.sub(lambda m: names[m.group()], text)

    return change


def _renamed(result: Result, change: Callable[[str], str]) -> Result:
    table = result.table
    for i, column in enumerate(table.schema):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            values = [None if v is None else change(v) for v in table.column(i).to_pylist()]
            table = table.set_column(i, column, pa.array(values, column.type))
    return replace(result, table=table, facts=_deep(jsonable(dict(result.facts)), change))


def _deep(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {change(k): _deep(v, change) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_deep(v, change) for v in value]
    return change(value) if isinstance(value, str) else value
