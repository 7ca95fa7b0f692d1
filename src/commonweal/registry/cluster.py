"""An index built from a folder of shards, on several cores or machines: the same bytes wherever it is built.

Each file is read and digested by itself. Ids of works and names of segments are keyed hashes of their places
under a seed, so that they don't tell where they were made, nor in what order; segments are committed in the
order of the files, by one process. The machines of a cluster must share the files and the index's folder,
and are given the index's key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from commonweal.errors import InputError
from commonweal.parallel import Workers
from commonweal.registry.catalog import Entry
from commonweal.registry.index import Index, batches
from commonweal.registry.reading import Columns, Texts
from commonweal.registry.segment import arrays, write
from commonweal.registry.texts import Key, digest

SEED_BYTES = 32
NATIVE = Workers()


@dataclass
class Built:
    """What was registered.

    Attributes
    ----------
    works, segments : int
    left_out : dict
        Rows that were left out, by reason.
    """

    works: int = 0
    segments: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Shard:
    number: int
    path: str


@dataclass(frozen=True)
class _Task:
    """What a worker needs besides a shard."""

    segments: Path
    key: Key
    seed: bytes
    columns: Columns
    consent: str


def build(
    index: Index,
    source: Any,
    columns: Columns,
    *,
    consent: str = "",
    seed: bytes | None = None,
    workers: Workers = NATIVE,
) -> Built:
    """Register the works of shards, as `Index.add` does, many shards at a time.

    Parameters
    ----------
    index : Index
    source : path or list of paths
        A folder of shards of one format, or files.
    columns : Columns
        With `owner`.
    consent : str
        Version of the consent that they are registered under.
    seed : bytes, optional
        32 secret bytes that make the index the same again. By default they are random, and forgotten.
    workers : Workers
        Where; by default in this process.

    Raises
    ------
    InputError
        If a file can't be read: the shards before it stay registered. If a seed is given for an index that
        holds works, which might have been given the same ids. If another process is writing.
    """
    if columns.owner is None:
        raise InputError("works without owners", where=str(source), mend="name the column: --owner")
    if seed is not None and len(seed) != SEED_BYTES:
        raise InputError(f"a seed of {len(seed)} bytes", mend=f"{SEED_BYTES} are needed")
    if seed is not None and index.catalog.segments():
        raise InputError(
            "a seed for an index that holds works", where=str(index.path), mend="leave the seed to chance"
        )
    texts = Texts(source, columns)
    shards = [_Shard(i, str(Path(file.path).resolve())) for i, file in enumerate(texts.files)]
    segments = (index.path / "segments").resolve()
    task = _Task(segments, index.key, seed or secrets.token_bytes(SEED_BYTES), texts.columns, consent)
    built = Built()
    with index.writing():
        for committed, left_out in workers.map(partial(_digested, task), shards):
            for name, entries in committed:
                index.catalog.commit(name, entries)
                built.works += len(entries)
                built.segments += 1
            for reason, rows in left_out.items():
                built.left_out[reason] = built.left_out.get(reason, 0) + rows
    return built


def _digested(task: _Task, shard: _Shard) -> tuple[list[tuple[str, Sequence[Entry]]], dict[str, int]]:
    """Write the segments of a shard; return their names and works, and the rows that were left out."""
    texts = Texts(shard.path, task.columns)
    return list(_segments(task, shard, texts)), texts.left_out


def _segments(task: _Task, shard: _Shard, texts: Texts) -> Iterator[tuple[str, Sequence[Entry]]]:
    for number, batch in enumerate(batches(texts)):
        ids = [_hash(task.seed, b"work", shard.number, row.number, size=16) for row in batch]
        name = _hash(task.seed, b"segment", shard.number, number, size=8).hex()
        write(task.segments, name, arrays(digest([row.text for row in batch], task.key), ids))
        yield name, [Entry(i, r.owner, r.key, task.consent) for i, r in zip(ids, batch, strict=True)]


def _hash(seed: bytes, what: bytes, shard: int, place: int, *, size: int) -> bytes:
    said = shard.to_bytes(8, "little") + place.to_bytes(8, "little")
    return hashlib.blake2b(said, digest_size=size, key=seed, person=what).digest()
