"""Files of items, row by row: what the rules say of each, with bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from commonweal.commons.columns import VERDICTS
from commonweal.commons.counts import Counts
from commonweal.commons.decisions import Decision, check_decided
from commonweal.commons.disputes import Dispute, by_item, settle
from commonweal.commons.facts import COLUMNS, days, facts_of, licences_of, unread
from commonweal.commons.judge import Judgement, judge
from commonweal.commons.rules import Rules, Verdict, When
from commonweal.commons.sinks import SINKS
from commonweal.errors import InputError
from commonweal.pool.readers import Chunk, File, find_files

JUDGED = (
    "licence",
    "published",
    "author_died",
    "government",
    "jurisdiction",
    "owner",
    "dedicated_by",
    "decision",
)
"""Fields that rules ask about."""
SHOWN = ("title", "url")
"""Fields that are published beside them, for items in the commons."""
NAMES = {"item": ("item", "id"), "licence": ("licence", "license")}
"""Columns that are taken for a field unasked, where it is not the one of the field's own name."""
_REMEMBERED = 65536
_ROWS = 8192


class Classification:
    """Items under rules.

    Parameters
    ----------
    items : path, or sequence of paths
        Parquet, CSV or JSON Lines, each also gzipped, or a folder of them.
    rules : Rules
    columns : mapping
        From fields (item, licence, published, author_died, government, jurisdiction, owner, dedicated_by,
        decision, title, url) to columns; a field that isn't named is taken from the column of its own name,
        where there is one (`id` and `license` too).
    decisions : sequence of Decision
        Every decision that a rule rests on has to be among them, and carried.
    disputes : sequence of Dispute

    Attributes
    ----------
    counts : Counts
        Complete once `tables` is exhausted.

    Raises
    ------
    InputError
        If the items can't be read, a column isn't there, or a rule rests on no decision.
    """

    def __init__(
        self,
        items: Any,
        rules: Rules,
        *,
        columns: Mapping[str, str] | None = None,
        decisions: Sequence[Decision] = (),
        disputes: Sequence[Dispute] = (),
    ) -> None:
        check_decided(rules, decisions)
        self.rules, self.counts = rules, Counts()
        self._files = find_files(items)
        self._columns = _columns(self._files, columns or {})
        self._disputes = by_item(tuple(disputes))
        self._version = rules.sha256
        self._asked = [name for name in JUDGED if name in self._columns]
        self._judged: dict[tuple[Any, ...], tuple[Judgement, tuple[str, ...]]] = {}

    def tables(self, schema: pa.Schema = VERDICTS) -> Iterator[pa.Table]:
        """Yield the verdicts in the order of the items, some thousand at a time.

        Parameters
        ----------
        schema : pyarrow.Schema
            `VERDICTS`, or `SNAPSHOT` for what is published.
        """
        self.counts = Counts(absent=self._absent())
        shown = [name for name in (*JUDGED, *SHOWN) if name in self._columns]
        wanted = list(dict.fromkeys([self._columns["item"], *(self._columns[name] for name in shown)]))
        found: set[str] = set()
        for file, chunk, start in self._pieces(wanted):
            table = chunk.table.slice(start, _ROWS)
            columns = [table.column(self._columns[name]).to_pylist() for name in ("item", *shown)]
            items = _items(columns[0], file, chunk, start)
            found.update(self._disputes.keys() & set(items))
            rows = (dict(zip(shown, values, strict=True)) for values in zip(*columns[1:], strict=True))
            judged = map(self._row, items, rows if shown else ({} for _ in items))
            yield pa.Table.from_pylist(list(judged), schema=schema)
        self.counts.elsewhere = sum(len(d) for item, d in self._disputes.items() if item not in found)

    def _pieces(self, wanted: list[str]) -> Iterator[tuple[File, Chunk, int]]:
        """Yield where to cut: narrow rows come by the hundred thousand, too many to be Python's at once."""
        for file in self._files:
            for chunk in file.reader().chunks(wanted):
                for start in range(0, chunk.table.num_rows, _ROWS):
                    yield file, chunk, start

    def _row(self, item: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is written of an item, and count it."""
        judgement, missed = self._judge(row)
        disputes = self._disputes.get(item, ())
        if disputes:
            judgement = settle(judgement, disputes)
        said = {
            "item": item,
            "verdict": str(judgement.verdict),
            "rule": ";".join(judgement.rules),
            "rules": self._version,
            "reason": judgement.reason,
            "disputed": any(d.decided is None for d in disputes),
        }
        self._count(said, missed)
        return said | (_shown(row) if judgement.verdict is Verdict.COMMONS else _NOTHING)

    def _judge(self, row: Mapping[str, Any]) -> tuple[Judgement, tuple[str, ...]]:
        """Return what the rules say of a row, and what of it is not understood; the same facts once."""
        key = tuple([_kept(row[name]) for name in self._asked])
        known = self._judged.get(key)
        if known is None:
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            known = self._judged[key] = judge(self.rules, facts_of(row)), unread(row)
        return known

    def _count(self, said: Mapping[str, Any], missed: tuple[str, ...]) -> None:
        counts = self.counts
        counts.items += 1
        counts.verdicts[said["verdict"]] += 1
        counts.rules[said["verdict"], said["rule"]] += 1
        counts.disputed += said["disputed"]
        counts.unread.update(missed)

    def _absent(self) -> tuple[str, ...]:
        asked = set().union(*(_asked(rule.when) | _asked(rule.unless) for rule in self.rules.rules))
        return tuple(sorted(asked - set(self._columns)))


def count(classification: Classification) -> Counts:
    """Return what is counted, and write nothing."""
    for _ in classification.tables():
        pass
    return classification.counts


def write(classification: Classification, out: str | Path) -> Counts:
    """Write the verdicts as Parquet, CSV or JSON Lines, by the name's end, and return what was counted.

    Raises
    ------
    InputError
        If the format is unknown or the file can't be written; then what stood there stands.
    """
    path = Path(out)
    sink = SINKS.get(path.suffix)
    if sink is None:
        raise InputError(
            "not a format that is written", where=str(path), mend=f"end the name in {', '.join(SINKS)}"
        )
    partial = path.with_name(f".{path.name}.partial")
    try:
        with sink(partial, VERDICTS) as put:
            for table in classification.tables():
                put(table)
        partial.replace(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(f"can't be written: {why}", mend="check the path", where=str(path)) from None
    finally:
        partial.unlink(missing_ok=True)
    return classification.counts


def _columns(files: Sequence[File], named: Mapping[str, str]) -> dict[str, str]:
    """Return the column of each field that has one."""
    there = files[0].reader().names()
    known = ("item", *JUDGED, *SHOWN)
    for name, column in named.items():
        if name not in known:
            raise InputError(f"{name!r} is no field", mend=f"fields are {', '.join(known)}", where="--column")
        if column not in there:
            raise InputError(
                f"there is no column {column!r}", where=files[0].path, mend=f"columns are {', '.join(there)}"
            )
    own = {name: next((c for c in NAMES.get(name, (name,)) if c in there), None) for name in known}
    columns = {name: column for name, column in {**own, **named}.items() if column is not None}
    if "item" not in columns:
        raise InputError(
            "no column identifies the items", where=files[0].path, mend="name it: --column item=COLUMN"
        )
    return columns


def _asked(when: When | None) -> set[str]:
    """Return the fields that conditions ask about."""
    if when is None:
        return set()
    asked = {COLUMNS.get(name, (name,)) for name in msgspec.to_builtins(when)}
    return {column for columns in asked for column in columns}


def _items(values: Sequence[Any], file: File, chunk: Chunk, start: int) -> list[str]:
    """Return the identifiers as text; InputError where one is missing."""
    items = ["" if value is None else str(value) for value in values]
    if "" in items:
        i = start + items.index("")
        line = f" (line {chunk.lines([i])[0]})" if chunk.lines else ""
        raise InputError(
            "an item has no identifier",
            where=f"{file.path} row {chunk.row + i + 1}{line}",
            mend="give it one",
        )
    return items


def _shown(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what is published of an item in the commons beside the verdict."""
    licences = sorted(one.spdx or one.family for one in licences_of(row) if one)
    published = row.get("published")
    shown = {name: "" if row.get(name) is None else str(row[name]) for name in SHOWN}
    return {"licence": ";".join(licences), "published": _day(published), **shown}


def _kept(value: Any) -> Any:
    """Return what stands for a value in a key."""
    return (type(value), str(value)) if isinstance(value, (list, dict)) else value


def _day(value: Any) -> str:
    if days(value) is None:
        return ""
    return value.isoformat()[:10] if isinstance(value, date) else str(value).strip()[:10]


_NOTHING = dict.fromkeys(("licence", "published", *SHOWN), "")
