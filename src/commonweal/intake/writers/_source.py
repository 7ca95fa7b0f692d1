"""An archive's rows laid out by thread on disk, so that each thread is whole in memory, and only one at a
time.

The rows of a thread may lie in several files of an archive, and its parts in others again. SQLite puts them
together: any order, any size, in a temporary file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from commonweal.intake.archive import Archive
from commonweal.intake.records import Memory, Node, Part, PartKind, Role, Thread, Work, WorkKind
from commonweal.intake.times import Quality, Time

THREAD = ("id", "native_id", "seq", "kind", "title", "model", "created_us", "updated_us", "time_quality")
NODE = (
    "thread_id", "seq", "id", "native_id", "parent_id", "role", "author", "channel", "created_us",
    "time_quality", "model", "hidden", "on_active_path",
)  # fmt: skip
PART = ("node_id", "ix", "kind", "text", "mime", "asset_id", "call_id", "json")
WORK = (
    "id", "native_id", "kind", "text", "mine", "title", "url", "author", "license", "visibility",
    "in_reply_to", "language", "created_us", "time_quality",
)  # fmt: skip
INDEXES = (
    ("thread", "id"),
    ("thread", "native_id"),
    ("node", "thread_id"),
    ("part", "node_id"),
    ("work", "native_id"),
)
ROWS = 1_024


class Source:
    """What an archive holds, as records: each named by its id in the archive, or by what the export called
    it.

    Parameters
    ----------
    archive : Archive
    place : path
        Folder for the temporary file.
    native : bool
        Name records by what the export called them: for archives of what was written, where that is the id in
        the archive it was written from.
    """

    def __init__(self, archive: Archive, place: Path, native: bool = False) -> None:
        self.archive = archive
        self.name = "native_id" if native else "id"
        self._db = sqlite3.connect(place / f"rows-{'back' if native else 'there'}.sqlite")
        self._db.executescript("pragma journal_mode=off; pragma synchronous=off; pragma cache_size=-16384;")
        for relation, columns in (("thread", THREAD), ("node", NODE), ("part", PART), ("work", WORK)):
            self._fill(relation, columns)
        for relation, column in INDEXES:
            self._db.execute(f"create index {relation}_{column} on {relation} ({column})")

    def close(self) -> None:
        """Let go of the temporary file."""
        self._db.close()

    def _fill(self, relation: str, columns: tuple[str, ...]) -> None:
        self._db.execute(f"create table {relation} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        for path in self.archive.files(relation):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=ROWS, columns=list(columns)):
                rows = zip(*(batch[name].to_pylist() for name in columns), strict=True)
                self._db.executemany(f"insert into {relation} values ({marks})", rows)

    def threads(self) -> Iterator[Thread]:
        """Yield the threads in the order of the archive, each part's JSON as text."""
        for row in self._db.execute(f"select {', '.join(THREAD)} from thread order by rowid"):
            yield self._thread(row)

    def thread(self, key: str) -> Thread | None:
        """Return the thread of a name."""
        row = self._db.execute(
            f"select {', '.join(THREAD)} from thread where {self.name} = ?", (key,)
        ).fetchone()
        return None if row is None else self._thread(row)

    def _thread(self, row: tuple[Any, ...]) -> Thread:
        told = dict(zip(THREAD, row, strict=True))
        found = self._db.execute(
            f"select {', '.join(NODE)} from node where thread_id = ? order by seq", (told["id"],)
        )
        rows = [dict(zip(NODE, values, strict=True)) for values in found]
        names = {r["id"]: r[self.name] or r["id"] for r in rows}
        answered = {r["parent_id"] for r in rows if r["on_active_path"]}
        shown = [names[r["id"]] for r in rows if r["on_active_path"] and r["id"] not in answered]
        quality = told["time_quality"]
        return Thread(
            key=told[self.name] or told["id"],
            nodes=[self._node(r, names) for r in rows],
            seen=len(rows),
            kind=told["kind"],
            title=told["title"],
            model=told["model"],
            created=_time(told["created_us"], quality),
            updated=_time(told["updated_us"], quality),
            current=shown[0] if shown else None,
        )

    def _node(self, row: dict[str, Any], names: dict[str, str]) -> Node:
        parts = self._db.execute(
            f"select {', '.join(PART)} from part where node_id = ? order by ix", (row["id"],)
        )
        return Node(
            key=names[row["id"]],
            role=Role(row["role"]),
            parts=[Part(PartKind(p[2]), *p[3:]) for p in parts],
            parent=names.get(row["parent_id"]),
            author=row["author"],
            channel=row["channel"],
            created=_time(row["created_us"], row["time_quality"]),
            model=row["model"],
            hidden=bool(row["hidden"]),
        )

    def works(self) -> Iterator[Work]:
        """Yield the works in the order of the archive."""
        for row in self._db.execute(f"select {', '.join(WORK)} from work order by rowid"):
            yield self._work(row)

    def work(self, key: str) -> Work | None:
        """Return the work of a name."""
        row = self._db.execute(f"select {', '.join(WORK)} from work where {self.name} = ?", (key,)).fetchone()
        return None if row is None else self._work(row)

    def _work(self, row: tuple[Any, ...]) -> Work:
        told = dict(zip(WORK, row, strict=True))
        created = _time(told.pop("created_us"), told.pop("time_quality"))
        key = told[self.name] or told["id"]
        del told["id"], told["native_id"]
        kind, mine = WorkKind(told.pop("kind")), bool(told.pop("mine"))
        return Work(key=key, kind=kind, mine=mine, created=created, **told)

    def memories(self) -> list[Memory]:
        """Return the memories in the order of the archive: they are few."""
        rows = self.archive.table("memory").to_pylist()
        return [
            Memory(r["scope"], r["kind"], r["text"] or "", _time(r["created_us"], r["time_quality"]))
            for r in rows
        ]

    def assets(self) -> list[dict[str, Any]]:
        """Return the rows of the files that the archive holds."""
        rows: list[dict[str, Any]] = self.archive.table("asset").to_pylist()
        return rows


def _time(us: int | None, quality: str | None) -> Time | None:
    return None if us is None else Time(us, Quality(quality or "exact"))


def object_of(part: Part) -> Any:
    """Return a part's JSON as values."""
    return msgspec.json.decode(part.json) if isinstance(part.json, str) else part.json
