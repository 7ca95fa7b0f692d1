"""An archive for another tool: written, read back, compared item by item; what that measures is friction."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.errors import InputError
from commonweal.intake.archive import Archive
from commonweal.intake.writers._compare import Compare, Item, Verdict
from commonweal.intake.writers._source import Source
from commonweal.intake.writers._writer import FILES, Writer, writer, writers

KINDS = ("thread", "node", "part", "memory", "work", "asset")
NAMES = {
    "thread": ("conversation", "conversations"),
    "node": ("message", "messages"),
    "part": ("piece of a message", "pieces of messages"),
    "memory": ("memory", "memories"),
    "work": ("work", "works"),
    "asset": ("file", "files"),
}
SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("id", pa.string()),
        ("verdict", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("characters", pa.int64()),
    ]
)
"""Columns of `items.parquet`, a row for each item. A part's id is that of its message, with its place."""

REPORT = "report"
EACH = 20_000
COPY = 1 << 20


@dataclass
class Report:
    """What a switch came to.

    Attributes
    ----------
    target : str
    path : Path
        Folder of what was written; `report/` in it has every item.
    items : Counter of (kind, verdict)
    reasons : Counter of (kind, verdict, reason)
    characters : Counter of verdict
        Of the text of parts, memories and works.
    notes : list of str
    next : str
        What is left to do.
    """

    target: str
    path: Path
    items: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    next: str = ""

    def of(self, kind: str) -> dict[str, int]:
        """Return how many items of a kind there are of each verdict."""
        return {verdict.value: self.items[kind, verdict.value] for verdict in Verdict}

    @property
    def friction(self) -> float:
        """The mean, over the kinds of items in the archive, of the share that is not lossless; 0 to 1."""
        shares = []
        for kind in KINDS:
            counts = self.of(kind)
            if total := sum(counts.values()):
                shares.append(1 - counts["lossless"] / total)
        return sum(shares) / len(shares) if shares else 0.0

    @property
    def friction_of_text(self) -> float:
        """The share of characters that stand in items that are not lossless; 0 to 1."""
        total = self.characters.total()
        return 1 - self.characters["lossless"] / total if total else 0.0

    @property
    def table(self) -> Any:
        """Every item, as an Arrow table: read from `report/items.parquet`."""
        return pq.read_table(self.path / REPORT / "items.parquet")

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values, without the single items."""
        reasons = [
            {"kind": kind, "verdict": verdict, "reason": reason, "n": n}
            for (kind, verdict, reason), n in sorted(
                self.reasons.items(), key=lambda pair: (-pair[1], pair[0])
            )
        ]
        return {
            "target": self.target,
            "friction": round(self.friction, 6),
            "friction_of_text": round(self.friction_of_text, 6),
            "items": {kind: self.of(kind) for kind in KINDS if sum(self.of(kind).values())},
            "characters": {verdict.value: self.characters[verdict.value] for verdict in Verdict},
            "reasons": reasons,
            "notes": self.notes,
            "next": self.next,
        }

    def text(self) -> str:
        """Return the report in words."""
        lines = [
            f"Friction {self.friction:.0%}: the share of items that do not come through whole, the mean of"
        ]
        lines += [f"all kinds below. {self.friction_of_text:.0%} of the text stands in such items.", ""]
        for kind in KINDS:
            counts = self.of(kind)
            if total := sum(counts.values()):
                told = [f"{n:,} {verdict}" for verdict, n in counts.items() if n]
                lines.append(f"{total:,} {NAMES[kind][total > 1]}: {', '.join(told)}")
                rows = [(n, v, r) for (k, v, r), n in self.reasons.items() if k == kind]
                lines += [
                    f"    {n:,} {v}: {r}" for n, v, r in sorted(rows, key=lambda row: (-row[0], row[1:]))
                ]
        return "\n".join([*lines, "", *self.notes, self.next]) + "\n"

    def add(self, item: Item) -> None:
        """Count an item."""
        self.items[item.kind, item.verdict.value] += 1
        self.characters[item.verdict.value] += item.characters
        for reason in item.reasons:
            self.reasons[item.kind, item.verdict.value, reason] += 1


def targets() -> list[str]:
    """Return the names of the targets."""
    return list(writers())


def switch(archive: Archive, target: str, out: str | Path) -> Report:
    """Write an archive for another tool, read it back, and say what came through.

    Parameters
    ----------
    archive : Archive
    target : str
        One of `targets()`.
    out : path
        A new or empty folder.

    Returns
    -------
    Report
        Also written to `report/` in the folder, every item with it. A thread at a time is held in memory.

    Raises
    ------
    InputError
        If there is no such target, or the folder holds something.
    """
    to, folder = writer(target), Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("not an empty folder", where=str(out), mend="name a new folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(target, folder, next=to.NEXT)
    with tempfile.TemporaryDirectory(prefix=".switching-", dir=folder) as temporary:
        place = Path(temporary)
        source = Source(archive, place)
        try:
            to.write(source, folder)
            _save(report, _items(to, source, folder, place))
        finally:
            source.close()
    report.notes = to.notes(folder)
    told = folder / REPORT
    (told / "report.json").write_text(
        json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n", "utf-8"
    )
    (told / "report.txt").write_text(report.text(), "utf-8")
    return report


def _save(report: Report, items: Iterator[Item]) -> None:
    """Count items and write them, a piece at a time."""
    place = report.path / REPORT
    place.mkdir()
    with pq.ParquetWriter(place / "items.parquet", SCHEMA, compression="zstd") as file:
        held: list[Item] = []
        for item in items:
            report.add(item)
            held.append(item)
            if len(held) == EACH:
                file.write_table(_table(held))
                held = []
        file.write_table(_table(held))


def _table(items: list[Item]) -> Any:
    columns = list(zip(*items, strict=True)) or [()] * len(SCHEMA)
    arrays = [
        pa.array(list(map(_plain, column)), type=f.type) for column, f in zip(columns, SCHEMA, strict=True)
    ]
    return pa.table(arrays, schema=SCHEMA)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Verdict) else list(value) if isinstance(value, tuple) else value


def _items(to: Writer, source: Source, out: Path, place: Path) -> Iterator[Item]:
    """Yield every item of the archive, compared with what is read back."""
    compare = Compare(to, _hashes(out / FILES))
    back = to.read_back(out, place / "back")
    moved = None if back is None else Source(back, place, native=True)
    try:
        for thread in source.threads():
            yield from compare.thread(thread, _found(moved, thread.key))
        for work in source.works():
            yield compare.work(work, None if moved is None else moved.work(work.key))
    finally:
        if moved is not None:
            moved.close()
    ids = source.archive.table("memory", ["id"])["id"].to_pylist()
    if "memory" in to.TAKES:
        yield from compare.memories(source.memories(), to.memories(out), ids)
    else:
        reasons = ("the target takes no memories",)
        yield from (Item("memory", key, Verdict.IMPOSSIBLE, reasons) for key in ids)
    for row in source.assets():
        yield compare.asset(row["id"])


def _found(moved: Source | None, key: str) -> Any:
    """Return the thread of an id of the archive: named by it, or by the UUID of the same digits."""
    if moved is None:
        return None
    return moved.thread(key) or moved.thread(f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}")


def _hashes(folder: Path) -> set[str]:
    """Return the SHA-256 of the files in a folder."""
    found = set()
    for path in folder.glob("*"):
        content = hashlib.sha256()
        with path.open("rb") as stream:
            while data := stream.read(COPY):
                content.update(data)
        found.add(content.hexdigest())
    return found
