"""One batch of items becomes rows; runs in a worker, knows nothing but what it is given."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from commonweal.intake.audit import missing
from commonweal.intake.reader import Context, Item, Reader, readers
from commonweal.intake.records import Lost, Record, Thread
from commonweal.intake.rows import Rows


@dataclass(frozen=True)
class Batch:
    """Items of one file or of many small ones, and where their rows go.

    Attributes
    ----------
    number : int
        Of the batch; names the files that it writes.
    reader, owner, source_id : str
    context : Context
        Its `path` is left to the items.
    first : int
        Place of the first item among all of its reader.
    items : list of (str, Item)
        Each with the path of its file.
    staging : Path
        Folder with one folder for each relation.
    """

    number: int
    reader: str
    source_id: str
    context: Context
    first: int
    items: list[tuple[str, Item]]
    staging: Path


@dataclass(frozen=True)
class Done:
    """What a batch came to."""

    counts: Counter[str]
    losses: list[tuple[tuple[str, str], int]]


def convert(batch: Batch) -> Done:
    """Map a batch's items and write their rows, a Parquet file for each relation that has any."""
    reader = readers()[batch.reader]
    rows = Rows(batch.reader, batch.context.owner, batch.source_id)
    with _no_collector():
        context = batch.context
        for seq, (path, item) in enumerate(batch.items, start=batch.first):
            if path != context.path:
                context = replace(context, path=path)
            _item(reader, rows, item, seq, context)
    for relation, table in rows.tables().items():
        write(table, batch.staging / relation / f"{batch.number:06d}.parquet")
    return Done(rows.counts, list(rows.losses.items()))


@contextmanager
def _no_collector() -> Iterator[None]:
    """Hold Python's search for circles of references: parsed JSON has none, and it takes half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _item(reader: Reader, rows: Rows, item: Item, seq: int, context: Context) -> None:
    """Map one item; a fault in it costs this item alone, which is kept whole."""
    rows.counts["items"] += 1
    where = item.where
    try:
        raw = reader.decode(item.data)
        records = list(reader.convert(raw, context))
        _check(records)
        records += missing(raw, records)
    except (InterruptedError, MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # whatever is wrong with one conversation, the others are read
        rows.unread(seq, where, item.data)
        reason = REASONS.get(type(error), f"can't be mapped ({type(error).__name__})")
        rows.lose(Lost(where, f"{reason}: kept whole, as it is"))
        return
    rows.counts["items_mapped"] += 1
    for record in records:
        if isinstance(record, Lost):
            rows.counts["nodes_lost"] += record.nodes
        rows.add(_placed(record, context.path), seq, context, where)


class _SumError(Exception):
    """A thread's messages don't add up."""


def _check(records: list[Record]) -> None:
    """Compare the messages that the reader counted with those that it mapped and those that it listed."""
    seen = sum(r.seen for r in records if isinstance(r, Thread))
    mapped = sum(len(r.nodes) for r in records if isinstance(r, Thread))
    lost = sum(r.nodes for r in records if isinstance(r, Lost))
    if seen != mapped + lost:
        raise _SumError


def _placed(record: Record, path: str) -> Record:
    """Return a loss with the file's path before the keys'."""
    if isinstance(record, Lost) and not record.path.startswith(path):
        record.path = f"{path}: {record.path}" if record.path else path
    return record


REASONS: dict[type[Exception], str] = {
    msgspec.DecodeError: "not JSON",
    RecursionError: "nested too deep",
    _SumError: "its messages don't add up, a defect of the reader",
}


def write(table: Any, path: Path) -> None:
    """Write a table as zstd Parquet."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=1)
