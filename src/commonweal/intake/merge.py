"""An import joins an archive: what is new is added, what changed is replaced, what vanished is marked.

Rows are the same when their ids are. An import of an export that the archive holds already writes nothing.
Files of earlier imports are rewritten only if rows in them changed. Three kinds of imports are told apart by
the earlier imports of the same person's exports of the same format:

- a newer export replaces and marks;
- an older one, whose last message or work is from before the archive's, only adds what is missing;
- one that shares no conversation or work with them is another export, and marks nothing as vanished.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commonweal.intake.archive import Archive
from commonweal.intake.changes import Changes, read, write
from commonweal.intake.ledger import Ledger
from commonweal.intake.records import Lost
from commonweal.intake.relations import KEYED, SCHEMAS

SAME = {"source_id", "seq"}
"""Columns in which a row may differ and still be the same."""

TIMES = {"thread": ("updated_us", "created_us"), "node": ("created_us",), "work": ("created_us",)}
"""Relations that tell exports apart, and where their times are."""

OLDER = "older than what the archive holds: only what was missing is added, and nothing is marked as vanished"
APART = "shares nothing with earlier exports of this format and person: nothing is marked as vanished"

Key = tuple[str, str]
"""Relation and id."""


def merge(archive: Archive, staging: Path, ledger: Ledger, owner: str, size: int) -> None:
    """Move staged rows into an archive.

    Parameters
    ----------
    archive : Archive
    staging : path
        A folder of Parquet files for each relation, and of `assets`; in the archive's own folder.
    ledger : Ledger
        Of the import; learns what was added, changed, marked as vanished and back, and is written with it.
    owner : str
    size : int
        Bytes of the export.
    """
    work = _Merge(archive, staging, ledger, _lineage(archive, ledger.reader, owner))
    work.compare()
    for relation in KEYED:
        work.relation(relation)
    work.marks()
    if archive.holds(ledger.source_id):
        if not any(c.total() for c in (ledger.added, ledger.changed, ledger.vanished, ledger.back)):
            ledger.unchanged, ledger.note = True, ""
            return
        work.drop("source", "id", [ledger.source_id])
        work.drop("loss", "source_id", [ledger.source_id])
    work.sign(owner, size)
    work.changes.commit()


def _lineage(archive: Archive, reader: str, owner: str) -> list[str]:
    """Return earlier imports of the same person's exports, of no other formats than this one holds."""
    formats = set(reader.split("+"))
    rows = archive.table("source", ["id", "reader", "owner"]).to_pylist()
    return [r["id"] for r in rows if r["owner"] == owner and set(r["reader"].split("+")) <= formats]


@dataclass
class _Merge:
    """One merge under way."""

    archive: Archive
    staging: Path
    ledger: Ledger
    lineage: list[str]
    changes: Changes = field(init=False)
    replaces: bool = True
    marking: bool = True
    gone: list[Key] = field(default_factory=list)
    held: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.changes = Changes(self.archive.path, self.staging)

    def files(self, relation: str) -> list[Path]:
        return sorted((self.staging / relation).glob("*.parquet"))

    def compare(self) -> None:
        """Tell a newer export from an older one and from another one."""
        shared, mine, theirs = False, [], []
        for relation, times in TIMES.items():
            old = self.archive.table(relation, ["id", "source_id", *times])
            old = old.filter(_within(old["source_id"], self.lineage))
            theirs += [pc.max(old[t]).as_py() for t in times]
            for path in self.files(relation):
                new = read(path, columns=["id", *times])
                mine += [pc.max(new[t]).as_py() for t in times]
                shared = shared or bool(pc.any(_within(new["id"], old["id"])).as_py())
        latest, before = (max((t for t in ts if t is not None), default=None) for ts in (mine, theirs))
        older = latest is not None and before is not None and latest < before
        self.replaces, self.marking = not older, shared and not older
        if self.lineage and not self.marking:
            self.ledger.note = OLDER if older else APART

    def relation(self, relation: str) -> None:
        """Take a relation's new rows, and those that changed."""
        files = self.files(relation)
        ids = self._once(relation, files)
        old = self.archive.table(relation, ["id", "source_id"])
        both = ids.filter(_within(ids, old["id"]))
        changed = self._changed(relation, files, both) if self.replaces and len(both) else []
        self.ledger.added[relation] += len(ids) - len(both)
        self.ledger.changed[relation] += len(changed)
        if self.marking:
            mine = old["id"].filter(_within(old["source_id"], self.lineage))
            self.gone += [(relation, i) for i in mine.filter(pc.invert(_within(mine, ids))).to_pylist()]
            self.held.update((relation, i) for i in both.to_pylist())
        known = both.filter(pc.invert(_within(both, changed)))
        self._bring(relation, "id", changed, known)
        if relation == "node":
            self._bring("part", "node_id", changed, known)

    def _once(self, relation: str, files: list[Path]) -> Any:
        """Drop rows from staged files whose id came before, and list them; return all ids."""
        found = [read(path, columns=["id"])["id"].combine_chunks() for path in files]
        ids = pa.concat_arrays([pa.array([], pa.string()), *found])
        counts = ids.value_counts()
        twice = set(counts.field("values").filter(pc.greater(counts.field("counts"), 1)).to_pylist())
        if not twice:
            return ids
        first: dict[str, int] = {}
        for path in files:
            keep, before = [], set(first)
            table = read(path)
            for i, content in _prints(table.drop_columns(list(SAME & set(table.column_names)))):
                keep.append(i not in twice or i not in first)
                if i in twice and first.setdefault(i, content) != content:
                    self.ledger.lose(Lost(relation, "two contents of one id in an export: the first is kept"))
                elif not keep[-1] and relation not in ("memory", "asset"):  # many conversations repeat them
                    self.ledger.lose(Lost(relation, "the same row twice in one export: kept once"))
            if not all(keep):
                write(table.filter(pa.array(keep)), path)
                if relation == "node":
                    _parts_once(self.staging / "part" / path.name, before)
        return pc.unique(ids)

    def _changed(self, relation: str, files: list[Path], both: Any) -> list[str]:
        """Return the ids in both whose rows differ, a node's with its parts; files are their content."""
        if relation == "asset":
            return []
        before = self._contents(relation, self.archive.files(relation), self.archive.files("part"), both)
        after = self._contents(relation, files, self.files("part"), both)
        return sorted(i for i, content in after.items() if before[i] != content)

    def _contents(self, relation: str, files: list[Path], parts: list[Path], ids: Any) -> Counter[str]:
        found: Counter[str] = Counter()
        columns = [c for c in SCHEMAS[relation].names if c not in SAME]
        for i, content in _contents(files, columns, ids):
            found[i] += content
        for i, content in _contents(parts, SCHEMAS["part"].names, ids) if relation == "node" else ():
            found[i] += content
        return found

    def _bring(self, relation: str, column: str, changed: Any, known: Any) -> None:
        """Take changed rows out of earlier files, and in staged rows but those that are known."""
        self.drop(relation, column, changed)
        for path in self.files(relation):
            hit = _within(read(path, columns=[column])[column], known)
            if pc.any(hit).as_py():
                self.changes.add(relation, read(path).filter(pc.invert(hit)))
            else:
                self.changes.take(relation, path)

    def drop(self, relation: str, column: str, values: Any) -> None:
        """Take rows out of the archive's files."""
        for path in self.archive.files(relation) if len(values) else []:
            hit = _within(read(path, columns=[column])[column], values)
            if pc.any(hit).as_py():
                self.changes.replace(relation, path.name, read(path).filter(pc.invert(hit)))

    def marks(self) -> None:
        """Mark what vanished, and unmark what is back."""
        old = self.archive.table("vanished").to_pylist()
        back = [row for row in old if (row["relation"], row["id"]) in self.held]
        marked = {(row["relation"], row["id"]) for row in old}
        new = [
            {"source_id": self.ledger.source_id, "relation": relation, "id": i}
            for relation, i in self.gone
            if (relation, i) not in marked
        ]
        self.ledger.vanished = Counter(row["relation"] for row in new)
        self.ledger.back = Counter(row["relation"] for row in back)
        if back:
            for path in self.archive.files("vanished"):
                rows = read(path).to_pylist()
                kept = [row for row in rows if (row["relation"], row["id"]) not in self.held]
                if len(kept) < len(rows):
                    self.changes.replace("vanished", path.name, _table("vanished", kept))
        self.changes.add("vanished", _table("vanished", new))

    def sign(self, owner: str, size: int) -> None:
        """Write the ledger and the import itself."""
        ledger = self.ledger
        losses = [
            {"source_id": ledger.source_id, "native_path": path, "reason": reason, "n": n}
            for (path, reason), n in sorted(ledger.losses.items())
        ]
        source = {
            "id": ledger.source_id, "reader": ledger.reader, "name": ledger.source, "owner": owner,
            "bytes": size, "imported_us": time.time_ns() // 1_000, "ledger": json.dumps(ledger.to_json()),
        }  # fmt: skip
        self.changes.add("loss", _table("loss", losses))
        self.changes.add("source", _table("source", [source]))


def _table(relation: str, rows: list[dict[str, Any]]) -> Any:
    return pa.Table.from_pylist(rows, schema=SCHEMAS[relation])


def _within(values: Any, among: Any) -> Any:
    """Return for each value whether it is among others."""
    if isinstance(among, list):
        among = pa.array(among, pa.string())
    if isinstance(among, pa.ChunkedArray):
        among = among.combine_chunks()
    return pc.is_in(values, value_set=among)


def _prints(rows: Any) -> Iterator[tuple[str, int]]:
    """Yield each row's id, its first column, and a hash of the row."""
    columns = [column.to_pylist() for column in rows.columns]
    for row in zip(*columns, strict=True):
        yield row[0], hash(row)


def _contents(files: list[Path], columns: list[str], ids: Any) -> Iterator[tuple[str, int]]:
    for path in files:
        rows = read(path, columns=columns)
        yield from _prints(rows.filter(_within(rows[columns[0]], ids)))


def _parts_once(path: Path, known: set[str]) -> None:
    """Drop from a batch's parts those of nodes that came before, in it or in earlier batches."""
    if not path.exists():
        return
    before, keep = set(), []
    table = read(path)
    for place in zip(table["node_id"].to_pylist(), table["ix"].to_pylist(), strict=True):
        keep.append(place[0] not in known and place not in before)
        before.add(place)
    write(table.filter(pa.array(keep)), path)
