"""An import joins an archive: what is new is added, what changed is replaced, what vanished is marked.

Rows are the same when their ids are. An import of an export that the archive holds already writes nothing.
Files of earlier imports are rewritten only if rows in them changed.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonweal.intake.archive import Archive
from commonweal.intake.convert import write
from commonweal.intake.ledger import Ledger
from commonweal.intake.records import Lost
from commonweal.intake.relations import KEYED, SCHEMAS

SAME = {"source_id", "seq"}
"""Columns in which a row may differ and still be the same."""

SHARED = ("memory", "asset")
"""Relations whose rows many conversations repeat: once is enough."""


def merge(archive: Archive, staging: Path, ledger: Ledger, owner: str, size: int) -> None:
    """Move staged rows into an archive.

    Parameters
    ----------
    archive : Archive
    staging : path
        A folder of Parquet files for each relation, and of `assets`; in the archive's own folder.
    ledger : Ledger
        Of the import; learns what was added, changed and marked as vanished, and is written with it.
    owner : str
    size : int
        Bytes of the export.
    """
    lineage = _lineage(archive, ledger.reader, owner)
    back: set[tuple[str, str]] = set()
    gone: list[tuple[str, str]] = []
    for relation in KEYED:
        _relation(archive, staging, relation, ledger, lineage, back, gone)
    _assets(archive, staging)
    _marks(archive, ledger, gone, back)
    if archive.holds(ledger.source_id):
        if not (ledger.added.total() or ledger.changed.total() or ledger.vanished.total()):
            ledger.unchanged = True
            return
        _drop(archive, "source", "id", {ledger.source_id})
        _drop(archive, "loss", "source_id", {ledger.source_id})
    rows = {
        "id": [ledger.source_id], "reader": [ledger.reader], "name": [ledger.source], "owner": [owner],
        "bytes": [size], "imported_us": [time.time_ns() // 1_000], "ledger": [json.dumps(ledger.to_json())],
    }  # fmt: skip
    losses = [(path, reason, n) for (path, reason), n in sorted(ledger.losses.items())]
    loss = {
        "source_id": [ledger.source_id] * len(losses),
        "native_path": [x[0] for x in losses],
        "reason": [x[1] for x in losses],
        "n": [x[2] for x in losses],
    }
    if losses:
        write(pa.table(loss, schema=SCHEMAS["loss"]), _next(archive, "loss"))
    write(
        pa.table(rows, schema=SCHEMAS["source"]), _next(archive, "source")
    )  # last: until now nothing is claimed


def _lineage(archive: Archive, reader: str, owner: str) -> set[str]:
    """Return the earlier imports of the same person's exports of the same format."""
    rows = archive.table("source", ["id", "reader", "owner"]).to_pylist()
    return {r["id"] for r in rows if r["reader"] == reader and r["owner"] == owner}


def _relation(
    archive: Archive,
    staging: Path,
    relation: str,
    ledger: Ledger,
    lineage: set[str],
    back: set[tuple[str, str]],
    gone: list[tuple[str, str]],
) -> None:
    new_files = sorted((staging / relation).glob("*.parquet"))
    old = archive.table(relation, ["id", "source_id"])
    old_ids = old["id"]
    seen: Any = pa.array([], pa.string())
    for path in new_files:
        ids = pq.read_table(path, columns=["id"])["id"].combine_chunks()
        twice = _twice(path, ids, seen)
        if twice and relation not in SHARED:
            ledger.lose(Lost(relation, "the same row twice in one export: kept once", twice))
        if twice and relation == "node":
            _parts_twice(staging / "part" / path.name, seen)
        if twice:
            ids = pq.read_table(path, columns=["id"])["id"].combine_chunks()
        seen = pa.concat_arrays([seen, ids])
    known = (
        pc.is_in(seen, value_set=old_ids.combine_chunks())
        if len(old)
        else pa.array([False] * len(seen), pa.bool_())
    )
    both = seen.filter(known)
    ledger.added[relation] += len(seen) - len(both)
    back.update((relation, i) for i in both.to_pylist())
    changed = _changed(archive, relation, new_files, both) if len(both) else set()
    ledger.changed[relation] += len(changed)
    if len(old) and lineage:
        mine = old.filter(pc.is_in(old["source_id"], value_set=pa.array(sorted(lineage))))["id"]
        missing = (
            mine.filter(pc.invert(pc.is_in(mine, value_set=seen))).to_pylist()
            if len(seen)
            else mine.to_pylist()
        )
        gone += [(relation, i) for i in missing]
    _replace(archive, relation, changed)
    _append(archive, staging, relation, new_files, set(both.to_pylist()) - changed)


def _twice(path: Path, ids: Any, seen: Any) -> int:
    """Drop from a file the rows whose id came before; return how many."""
    fresh = len(pc.unique(ids)) == len(ids)
    if fresh and not (len(seen) and pc.any(pc.is_in(ids, value_set=seen)).as_py()):
        return 0
    known, keep = set(seen.to_pylist()), []
    for i in ids.to_pylist():
        keep.append(i not in known)
        known.add(i)
    write(pq.read_table(path).filter(pa.array(keep)), path)
    return len(keep) - sum(keep)


def _parts_twice(path: Path, seen: Any) -> None:
    """Drop from a batch's parts those of nodes that came before, in it or in earlier batches."""
    if not path.exists():
        return
    known, before, keep = set(seen.to_pylist()), set(), []
    table = pq.read_table(path)
    for place in zip(table["node_id"].to_pylist(), table["ix"].to_pylist(), strict=True):
        keep.append(place[0] not in known and place not in before)
        before.add(place)
    write(table.filter(pa.array(keep)), path)


def _changed(archive: Archive, relation: str, new_files: list[Path], both: Any) -> set[str]:
    """Return the ids in both whose rows differ."""
    columns = [c for c in SCHEMAS[relation].names if c not in SAME]
    earlier: dict[str, int] = {}
    for batch in archive.batches(relation, columns):
        earlier.update(_prints(batch.filter(pc.is_in(batch["id"], value_set=both))))
    changed: set[str] = set()
    for path in new_files:
        table = pq.read_table(path, columns=columns)
        for i, value in _prints(table.filter(pc.is_in(table["id"], value_set=both))).items():
            if earlier.get(i) != value:
                changed.add(i)
    return changed


def _prints(rows: Any) -> dict[str, int]:
    """Return a hash of each row's content by its id."""
    columns = [rows[name].to_pylist() for name in rows.schema.names]
    ids = rows["id"].to_pylist()
    return {i: hash(values) for i, values in zip(ids, zip(*columns, strict=True), strict=True)}


def _replace(archive: Archive, relation: str, changed: set[str]) -> None:
    """Take rows that changed out of the files of earlier imports; a node's parts go with it."""
    if not changed:
        return
    _drop(archive, relation, "id", changed)
    if relation == "node":
        _drop(archive, "part", "node_id", changed)


def _drop(archive: Archive, relation: str, column: str, ids: set[str]) -> None:
    values = pa.array(sorted(ids), pa.string())
    for path in archive.files(relation):
        hit = pc.is_in(pq.read_table(path, columns=[column])[column], value_set=values)
        if pc.any(hit).as_py():
            _put(pq.read_table(path).filter(pc.invert(hit)), path)


def _append(archive: Archive, staging: Path, relation: str, files: list[Path], same: set[str]) -> None:
    """Move staged files into the archive, without the rows that it holds already."""
    skip = pa.array(sorted(same), pa.string())
    for path in files:
        _move(archive, path, relation, "id", skip)
    if relation == "node":
        for path in sorted((staging / "part").glob("*.parquet")):
            _move(archive, path, "part", "node_id", skip)


def _move(archive: Archive, path: Path, relation: str, column: str, skip: Any) -> None:
    place = _next(archive, relation)
    if len(skip):
        table = pq.read_table(path)
        table = table.filter(pc.invert(pc.is_in(table[column], value_set=skip)))
        if len(table):
            _put(table, place)
        return
    place.parent.mkdir(exist_ok=True)
    path.replace(place)


def _put(table: Any, place: Path) -> None:
    """Write a file whole or not at all; one without rows goes."""
    if not len(table):
        place.unlink(missing_ok=True)
        return
    draft = place.with_suffix(f".{os.getpid()}.tmp")
    write(table, draft)
    draft.replace(place)


def _next(archive: Archive, relation: str) -> Path:
    """Return a path for new rows of a relation, after all that are there."""
    files = archive.files(relation)
    number = int(files[-1].stem) + 1 if files else 0
    return archive.path / relation / f"{number:06d}.parquet"


def _assets(archive: Archive, staging: Path) -> None:
    for path in sorted((staging / "assets").glob("??/*")):
        place = archive.asset(path.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)


def _marks(archive: Archive, ledger: Ledger, gone: list[tuple[str, str]], back: set[tuple[str, str]]) -> None:
    """Mark what vanished, and unmark what is back."""
    old = archive.table("vanished").to_pylist()
    kept = [row for row in old if (row["relation"], row["id"]) not in back]
    marked = {(row["relation"], row["id"]) for row in kept}
    new = [
        {"source_id": ledger.source_id, "relation": relation, "id": i}
        for relation, i in gone
        if (relation, i) not in marked
    ]
    ledger.vanished = Counter(row["relation"] for row in new)
    if new or len(kept) < len(old):
        for path in archive.files("vanished"):
            path.unlink()
        if kept or new:
            table = pa.Table.from_pylist([*kept, *new], schema=SCHEMAS["vanished"])
            write(table, archive.path / "vanished" / "000000.parquet")
