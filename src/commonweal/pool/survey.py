"""The first pass: who owns what, in which blocks, what can't be used; small inputs stay in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from commonweal.errors import InputError
from commonweal.pool.batch import Batch, Source
from commonweal.pool.checks import Faults, check_columns, faults
from commonweal.pool.frames import FRAME
from commonweal.pool.origins import Files, Held, Origin, Span
from commonweal.pool.owners import Key, block_table, owner_codes
from commonweal.pool.readers import File
from commonweal.pool.shape import Shape, learn_shape, shape_of

HOLD_BYTES = 256 * 2**20
ON_BAD = ("raise", "leave_out")
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Surveyed:
    """What the first pass leaves: see `Pool` for the parts."""

    shape: Shape
    owners: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    works: Ints
    left_out: dict[str, int]
    sources: tuple[Source, ...]
    origin: Origin


def survey_files(
    files: list[File], shape: Shape, *, on_bad: str = "raise", hold: bool | None = None
) -> Surveyed:
    """Read all files once, check everything, and return what was found.

    Parameters
    ----------
    files : list of File
        Shards of one format.
    shape : Shape
        Roles and the owners' separator; the types are learned here.
    on_bad : {"raise", "leave_out"}
        What becomes of works with a fault.
    hold : bool, optional
        Whether the works stay in memory; None: while they are no more than 256 MiB.
    """
    for file in files:
        check_columns(shape.roles.columns, file.reader().names(), file.path)
    shape = learn_shape(files, shape.roles, shape.separator)
    first = _FirstPass(shape, hold)
    sources = []
    for number, file in enumerate(files):
        sources.append(file.source())
        reader = file.reader()
        for chunk in reader.chunks(shape.roles.columns):
            table = shape.cast(chunk.table, file.path, written=reader.written)
            first.add(table, file.path, chunk.row, chunk.lines)
            first.mark(number, chunk.start, chunk.stop, table.num_rows)
        file.check_unchanged()
    where = files[0].path if len(files) == 1 else f"{files[0].path} and {len(files) - 1} more"
    owners, blocks, works = first.close(on_bad, where)
    origin: Origin = (
        Held(first.gathered())
        if first.held is not None
        else Files(tuple(files), tuple(first.spans), shape, owners, blocks, strict=not first.faults.counts)
    )
    return Surveyed(shape, owners, blocks, works, first.faults.counts, tuple(sources), origin)


def survey_frame(table: pa.Table, shape: Shape, *, on_bad: str = "raise") -> Surveyed:
    """Check a frame's columns, already chosen, and return what was found; it stays in memory."""
    shape = shape_of(table, shape.roles, shape.separator)
    first = _FirstPass(shape, True)
    first.add(shape.cast(table, FRAME, written=False), FRAME, 0, None)
    owners, blocks, works = first.close(on_bad, FRAME)
    return Surveyed(shape, owners, blocks, works, first.faults.counts, (), Held(first.gathered()))


class _FirstPass:
    """Owner sets in the order of their first sight, faults, spans, and the works while they are few."""

    def __init__(self, shape: Shape, hold: bool | None) -> None:
        self._roles, self._hold = shape.roles, hold
        self._at: dict[Key, int] = {}
        self._works = np.zeros(0, np.int64)
        self._rows = self._weight = 0
        self.faults = Faults()
        self.spans: list[Span] = []
        self.held: list[Batch] | None = None if hold is False else []

    def add(self, table: pa.Table, name: str, row: int, lines: Any) -> None:
        keys, codes = owner_codes(table, self._roles.owner)
        good = np.ones(len(codes), bool)
        for reason, mask in faults(table, self._roles, codes):
            new = np.flatnonzero(mask & good)  # each work is counted once, for its first fault
            if len(new):
                self.faults.add(reason, new, name, row, lines)
            good &= ~mask
        block = self._provisional(keys, codes, good)
        self._works = self._works + np.bincount(block[good], minlength=len(self._at))
        number = self._rows + np.arange(len(codes), dtype=np.int64)
        self._rows += len(codes)
        self._keep(Batch(number, block, table, self._roles).where(good))

    def mark(self, file: int, start: int, stop: int, rows: int) -> None:
        """Note where these rows lie; neighbours in one row group or gzipped file are one span."""
        last = self.spans[-1] if self.spans else None
        if last and (last.file, last.start, last.stop) == (file, start, stop):
            self.spans[-1] = replace(last, rows=last.rows + rows)
        else:
            self.spans.append(Span(file, start, stop, self._rows - rows, rows))

    def close(self, on_bad: str, where: str) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...], Ints]:
        if self._rows == 0:
            raise InputError("no rows", where=where, mend="write at least one work, or name another file")
        if on_bad == "raise":
            self.faults.refuse()
        if not self._works.sum():
            reasons = ", ".join(f"{count:,} with {reason}" for reason, count in self.faults.counts.items())
            raise InputError(
                f"no work is left: {reasons}", where=where, mend="mend the works, or name other columns"
            )
        seen = [key for key, works in zip(self._at, self._works.tolist(), strict=True) if works]
        owners, blocks, place = block_table(seen)
        self._place = np.full(len(self._at), -1, np.int64)
        self._place[self._works > 0] = place
        works = np.zeros(len(blocks), np.int64)
        works[place] = self._works[self._works > 0]
        return owners, blocks, works

    def gathered(self) -> Batch:
        """Return the held works in their final blocks."""
        assert self.held is not None
        block = self._place[np.concatenate([b.block for b in self.held])]
        number = np.concatenate([b.number for b in self.held])
        return Batch(number, block, pa.concat_tables([b.columns for b in self.held]), self._roles)

    def _provisional(self, keys: list[Key], codes: Ints, good: NDArray[np.bool_]) -> Ints:
        used = np.zeros(len(keys) + 1, bool)
        used[codes[good]] = True
        place = [self._at.setdefault(k, len(self._at)) if u else -1 for k, u in zip(keys, used, strict=False)]
        grown = np.zeros(len(self._at), np.int64)
        grown[: len(self._works)] = self._works
        self._works = grown
        return np.where(good, np.array([*place, -1], np.int64)[codes], -1)

    def _keep(self, batch: Batch) -> None:
        if self.held is None:
            return
        self.held.append(batch)
        self._weight += batch.columns.nbytes
        if self._hold is None and self._weight > HOLD_BYTES:
            self.held = None


def check_policy(on_bad: str) -> None:
    """Raise InputError for an unknown policy."""
    if on_bad not in ON_BAD:
        raise InputError(f"unknown on_bad {on_bad!r}", mend=f"choose one of {', '.join(ON_BAD)}")
