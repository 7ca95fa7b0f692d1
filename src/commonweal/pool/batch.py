"""Some works in reading order, and the file they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.counts import counted
from commonweal.errors import InputError
from commonweal.pool.roles import Roles

BATCH_BYTES = 128 * 2**20  # a batch of long texts is cut before its number of works is reached


@dataclass(frozen=True)
class Source:
    """A file that was read: its path as given, its SHA-256 in hex, its size in bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, eq=False, repr=False)
class Batch:
    """Some works in reading order.

    Attributes
    ----------
    number : int64[n]
        Number of each work in the pool as it was read, before any split (a work's identity): its row,
        counted from 0 over all files, rows that were left out included.
    block : int64[n]
        Index into `pool.blocks` of each work.
    columns : pyarrow.Table
        The columns that have a role, under their own names.
    roles : Roles
        Which is which.
    """

    number: NDArray[np.int64]
    block: NDArray[np.int64]
    columns: pa.Table
    roles: Roles

    def __len__(self) -> int:
        return len(self.number)

    def __repr__(self) -> str:
        return f"<Batch of {counted(len(self), 'work')}: {', '.join(self.columns.column_names)}>"

    @property
    def text(self) -> list[str]:
        """Texts of the works."""
        texts: list[str] = self.column(self.roles.text).to_pylist()
        return texts

    @property
    def features(self) -> NDArray[np.float64]:
        """float64[n, d], C order."""
        names = self.roles.features
        out = np.empty((len(self), len(names)))
        for j, name in enumerate(names):
            out[:, j] = self.column(name).to_numpy()
        return out

    @property
    def target(self) -> NDArray[Any]:
        """float64[n] for numbers, object[n] of str for labels."""
        column = self.column(self.roles.target)
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            return np.asarray(column.to_numpy(), dtype=np.float64)
        return np.asarray(column.cast(pa.string()).to_pylist(), dtype=object)

    @property
    def item(self) -> NDArray[Any]:
        """object[n] of str."""
        return np.asarray(self.column(self.roles.item).cast(pa.string()).to_pylist(), dtype=object)

    @property
    def rating(self) -> NDArray[np.float64]:
        """float64[n]."""
        return np.asarray(self.column(self.roles.rating).to_numpy(), dtype=np.float64)

    def column(self, name: str | None) -> pa.ChunkedArray:
        """Return a carried column by name.

        Raises
        ------
        InputError
            For a part the pool has no column for, and a column it does not carry.
        """
        if name is None:
            raise InputError(
                f"a {self.roles.kind} pool without the column that is asked for",
                mend="name text=, features=, target=, item= or rating= when the pool is read",
            )
        if name not in self.columns.column_names:
            raise InputError(
                f"the pool does not carry the column {name!r}", mend=f"read it with keep=({name!r},)"
            )
        return self.columns.column(name)

    def slice(self, start: int, stop: int) -> Batch:
        """Return the works start ... stop - 1 of this batch."""
        rows = slice(start, stop)
        return Batch(
            self.number[rows], self.block[rows], self.columns.slice(start, max(0, stop - start)), self.roles
        )

    def where(self, mask: NDArray[np.bool_], block: NDArray[np.int64] | None = None) -> Batch:
        """Return the works where `mask` is true, with new blocks where given."""
        codes = self.block if block is None else block
        if mask.all():
            return Batch(self.number, codes, self.columns, self.roles)
        return Batch(self.number[mask], codes[mask], self.columns.filter(pa.array(mask)), self.roles)


def rebatch(batches: Iterable[Batch], size: int) -> Iterator[Batch]:
    """Yield the same works in batches of `size`, or fewer where they pass `BATCH_BYTES` (and at the end)."""
    waiting: list[Batch] = []
    rows = weight = 0
    for batch in batches:
        rest = batch
        while len(rest):
            head = rest.slice(0, min(size - rows, len(rest)))
            rest = rest.slice(len(head), len(rest))
            waiting.append(head)
            rows, weight = rows + len(head), weight + head.columns.nbytes
            if rows == size or weight >= BATCH_BYTES:
                yield join(waiting)
                waiting, rows, weight = [], 0, 0
    if rows:
        yield join(waiting)


def join(batches: list[Batch]) -> Batch:
    """Return one batch of the works of several."""
    if len(batches) == 1:
        return batches[0]
    return Batch(
        np.concatenate([b.number for b in batches]),
        np.concatenate([b.block for b in batches]),
        pa.concat_tables([b.columns for b in batches]),
        batches[0].roles,
    )
