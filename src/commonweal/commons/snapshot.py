"""A published state of the commons: which files it has, how it is written, how it is read and checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonweal.commons.columns import SNAPSHOT
from commonweal.errors import InputError
from commonweal.sealed.canonical import file_hash

FORMAT = "commonweal-commons-snapshot/1"
TABLE, MANIFEST, SUMS = "snapshot.parquet", "snapshot.json", "SHA256SUMS"
ROWS = 65536
_MEND = "give a folder that `commonweal commons publish` wrote"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself (`snapshot.json`).

    Parameters
    ----------
    title : str
    published : date
    rules : str
        Version of the rules: SHA-256.
    standing : str
        How the rules stand: in force, replaced, rejected, not decided.
    decision : str
        Hash of the decision that says so; "" without one.
    licences : str
        SHA-256 of the table of licences that are recognised.
    table : str
        SHA-256 of `snapshot.parquet`.
    counts : dict
        As a classification counts.
    """

    title: str
    published: date
    rules: str
    standing: str
    decision: str
    licences: str
    table: str
    counts: dict[str, Any]
    format: str = FORMAT


def ordered(tables: Iterator[pa.Table]) -> pa.Table:
    """Return the items sorted by identifier (by its UTF-8), in memory.

    Raises
    ------
    InputError
        If two items have one identifier.
    """
    table = pa.concat_tables([SNAPSHOT.empty_table(), *tables]).sort_by("item")
    items = table["item"].combine_chunks()
    if len(items) > 1:
        same = pc.equal(items.slice(1), items.slice(0, len(items) - 1))
        twice = pc.sum(same).as_py() or 0
        if twice:
            raise InputError(
                f"{twice:,} items have an identifier that another has",
                mend="give each item an identifier of its own; duplicates would hide what was decided",
            )
    return table


def write_table(table: pa.Table, path: Path, about: dict[str, str]) -> None:
    """Write the items as Parquet, zstd; `about` stands in the file's metadata."""
    schema = SNAPSHOT.with_metadata({"format": FORMAT, **about})
    pq.write_table(table.cast(schema), path, compression="zstd", row_group_size=ROWS)


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of each file, as `sha256sum --check` reads them."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != SUMS)
    lines = [f"{file_hash(p)}  {p.relative_to(folder).as_posix()}\n" for p in files]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def open_snapshot(folder: str | Path) -> tuple[Manifest, pq.ParquetFile]:
    """Return a snapshot's manifest and its table, checked against each other.

    Raises
    ------
    InputError
        If the folder holds no snapshot, one of another format, or a table that was altered.
    """
    where = Path(folder)
    try:
        raw = (where / MANIFEST).read_bytes()
        digest = file_hash(where / TABLE)
    except OSError as error:
        raise InputError(f"no snapshot: {error.strerror}", mend=_MEND, where=str(where)) from None
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except msgspec.DecodeError as error:
        raise InputError(f"no snapshot: {error}", mend=_MEND, where=str(where / MANIFEST)) from None
    if manifest.format != FORMAT:
        raise InputError(
            f"the format {manifest.format!r} is not {FORMAT!r}", mend="publish it again", where=str(where)
        )
    if manifest.table != digest:
        raise InputError(
            f"{TABLE} is not the one that was published", mend="fetch it again", where=str(where)
        )
    return manifest, pq.ParquetFile(where / TABLE)


def rows(file: pq.ParquetFile, columns: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the items in their order, some thousand in memory at a time."""
    for batch in file.iter_batches(8192, columns=columns, use_threads=False):
        yield from batch.to_pylist()
