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
from commonweal.intake.changes import lean, write
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
    with _no_collector(), lean():
        try:
            rows = _map(batch)
            tables = rows.tables()
        except MemoryError:
            raise
        except Exception:  # some row can't be written: found by taking each item by itself
            rows, tables = _each(batch)
        for relation, table in tables.items():
            write(table, batch.staging / relation / f"{batch.number:06d}.parquet")
    return Done(rows.counts, list(rows.losses.items()))


def _map(batch: Batch) -> Rows:
    rows = Rows(batch.reader, batch.context.owner, batch.source_id)
    reader, context = readers()[batch.reader], batch.context
    for seq, (path, item) in enumerate(batch.items, start=batch.first):
        if path != context.path:
            context = replace(context, path=path)
        _item(reader, rows, item, seq, context)
    return rows


def _each(batch: Batch) -> tuple[Rows, dict[str, Any]]:
    """Map items one by one; those whose rows can't be written are kept whole."""
    import pyarrow as pa

    total = Rows(batch.reader, batch.context.owner, batch.source_id)
    tables: dict[str, list[Any]] = {}
    for seq, (path, item) in enumerate(batch.items, start=batch.first):
        try:
            rows = _map(replace(batch, first=seq, items=[(path, item)]))
            found = rows.tables()
        except MemoryError:
            raise
        except Exception as error:
            rows = Rows(batch.reader, batch.context.owner, batch.source_id)
            rows.counts["items"] += 1
            _unread(rows, item, seq, error)
            found = rows.tables()
        total.counts.update(rows.counts)
        total.losses.update(rows.losses)
        for relation, table in found.items():
            tables.setdefault(relation, []).append(table)
    return total, {relation: pa.concat_tables(found) for relation, found in tables.items()}


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
    except (InterruptedError, MemoryError):
        raise
    except Exception as error:  # whatever is wrong with one conversation, the others are read
        _unread(rows, item, seq, error)
        return
    if type(reader).decode is Reader.decode and isinstance(item.data, bytes) and not _is_utf8(item.data):
        rows.lose(Lost(context.path, "letters that are not UTF-8: U+FFFD in their place"))
    rows.counts["items_mapped"] += 1
    for record in records:
        if isinstance(record, Lost):
            rows.counts["nodes_lost"] += record.nodes
        rows.add(_placed(record, context.path), seq, context, where)


def _unread(rows: Rows, item: Item, seq: int, error: Exception) -> None:
    """Keep an item whole, and say why."""
    rows.unread(seq, item.where, item.data)
    reason = REASONS.get(type(error), f"can't be mapped ({type(error).__name__})")
    rows.lose(Lost(item.where, f"{reason}: kept whole, as it is"))


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


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
