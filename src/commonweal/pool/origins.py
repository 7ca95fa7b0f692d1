"""Where a pool's works are: held in memory, or in files that are read again on each pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from commonweal.pool.batch import Batch, join, rebatch
from commonweal.pool.checks import faults
from commonweal.pool.owners import Key, owner_codes
from commonweal.pool.readers import File
from commonweal.pool.shape import Shape
from commonweal.pool.steps import Chain, HeldOut, Rule, Step, ranks

Ints = NDArray[np.int64]


class Origin(Protocol):
    """Works that can be read through again and again; picklable."""

    def batches(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Yield the works in reading order, with the columns asked for (None: all)."""

    def then(self, step: Step, n_blocks: int) -> Origin:
        """Return what a step leaves; it sees `n_blocks` blocks."""

    def halves(self, rule: Rule, n_blocks: int) -> tuple[Origin, Origin]:
        """Return (train, test): what the rule leaves and what it holds out."""

    def shards(self, pieces: int, n_blocks: int) -> list[tuple[Origin, Ints]]:
        """Return about `pieces` origins that hold the works in order, each with its works by block."""


@dataclass(frozen=True)
class Held:
    """Works in memory."""

    batch: Batch

    def batches(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Yield slices of the works."""
        batch = (
            self.batch
            if columns is None
            else replace(self.batch, columns=self.batch.columns.select(list(columns)))
        )
        for start in range(0, len(batch), size):
            yield batch.slice(start, min(start + size, len(batch)))

    def then(self, step: Step, n_blocks: int) -> Held:
        """Apply the step at once."""
        left = list(Chain().then(step, n_blocks).run([self.batch]))
        return Held(join(left) if left else self.batch.slice(0, 0))

    def halves(self, rule: Rule, n_blocks: int) -> tuple[Origin, Origin]:
        """Split at once."""
        out = rule(self.batch, ranks(self.batch.block, np.zeros(n_blocks, np.int64)))
        return Held(self.batch.where(~out)), Held(self.batch.where(out))

    def shards(self, pieces: int, n_blocks: int) -> list[tuple[Origin, Ints]]:
        """Return row ranges of nearly equal length."""
        cuts = np.linspace(0, len(self.batch), max(1, pieces) + 1).astype(int).tolist()
        parts = [self.batch.slice(a, b) for a, b in pairwise(cuts) if b > a]
        return [(Held(part), np.bincount(part.block, minlength=n_blocks)) for part in parts]


@dataclass(frozen=True)
class Span:
    """A piece of a file that is read at once: its number among the files, where it lies, its rows.

    Parameters
    ----------
    file, start, stop : int
        Arguments of `Reader.chunks`.
    first, rows : int
        Number of its first row over all files, and how many it has.
    """

    file: int
    start: int
    stop: int
    first: int
    rows: int


@dataclass(frozen=True)
class Files:
    """Works in files.

    Parameters
    ----------
    files : tuple of File
        In reading order.
    spans : tuple of Span
        The pieces that are read, in order.
    shape : Shape
        Types of the columns.
    owners, blocks : tuple
        As the files have them, before any choice of owners.
    strict : bool
        Whether every row is a work; otherwise rows with a fault are passed over.
    chain : Chain
        Splits and choices of owners.
    """

    files: tuple[File, ...]
    spans: tuple[Span, ...]
    shape: Shape
    owners: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    strict: bool = True
    chain: Chain = field(default_factory=Chain)

    def batches(self, size: int, columns: Sequence[str] | None = None) -> Iterator[Batch]:
        """Read the files once more."""
        for span_file in sorted({span.file for span in self.spans}):
            self.files[span_file].check_unchanged()
        roles = self.shape.roles
        wanted = tuple(columns) if columns is not None else roles.columns
        for batch in rebatch(self.chain.run(self._read(self.spans, wanted, size)), size):
            yield replace(batch, columns=batch.columns.select(list(wanted)))

    def then(self, step: Step, n_blocks: int) -> Files:
        """Apply the step on each pass."""
        return replace(self, chain=self.chain.then(step, n_blocks))

    def halves(self, rule: Rule, n_blocks: int) -> tuple[Origin, Origin]:
        """Split on each pass."""
        return self.then(HeldOut(rule, False), n_blocks), self.then(HeldOut(rule, True), n_blocks)

    def shards(self, pieces: int, n_blocks: int) -> list[tuple[Origin, Ints]]:
        """Return runs of row groups or of pieces of text files, with the ranks at which each begins."""
        groups = _runs(self.spans, pieces)
        starts = self.chain.starts((self._read(group, (), 65_536) for group in groups), n_blocks)
        return [
            (replace(self, spans=group, chain=chain), works)
            for group, (chain, works) in zip(groups, starts, strict=True)
        ]

    def _read(self, spans: Sequence[Span], wanted: Sequence[str], size: int) -> Iterator[Batch]:
        """Yield the works of some spans before any step, with the wanted columns and those the steps read."""
        roles = self.shape.roles
        names = (roles.owner, *wanted, *self.chain.columns) if self.strict else roles.columns
        names = tuple(dict.fromkeys(name for name in names if name)) or roles.columns[:1]
        lookup = {tuple(self.owners[i] for i in members): b for b, members in enumerate(self.blocks)}
        for span in spans:
            file = self.files[span.file]
            reader = file.reader()
            for chunk in reader.chunks(names, span.start, span.stop):
                table = self.shape.cast(chunk.table, file.path, written=reader.written, only=names)
                keys, codes = owner_codes(table, roles.owner)
                good = codes >= 0
                if not self.strict:
                    for _, bad in faults(table, roles, codes):
                        good &= ~bad
                number = span.first + chunk.row + np.arange(table.num_rows, dtype=np.int64)
                batch = Batch(number, _blocks(keys, codes, good, lookup), table, roles).where(good)
                for start in range(0, len(batch), size):
                    yield batch.slice(start, min(start + size, len(batch)))


def _blocks(keys: Sequence[Key], codes: Ints, good: NDArray[np.bool_], lookup: dict[Key, int]) -> Ints:
    table = np.array([*(lookup.get(key, -1) for key in keys), -1], dtype=np.int64)
    return np.where(good, table[codes], -1)


def _runs(spans: Sequence[Span], pieces: int) -> list[tuple[Span, ...]]:
    """Return `spans` in at most `pieces` runs of nearly equal numbers of rows."""
    total = max(1, sum(span.rows for span in spans))
    runs: dict[int, list[Span]] = {}
    done = 0
    for span in spans:
        runs.setdefault((2 * done + span.rows) * max(1, pieces) // (2 * total), []).append(span)
        done += span.rows
    return [tuple(run) for run in runs.values()]


def count_blocks(batches: Iterable[Batch], n_blocks: int) -> Ints:
    """Return the number of works in each block: int64[n_blocks]."""
    works = np.zeros(n_blocks, np.int64)
    for batch in batches:
        works += np.bincount(batch.block, minlength=n_blocks)
    return works
