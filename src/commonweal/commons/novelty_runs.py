"""Runs of six words: those of a pool's works, and how many works of an index hold each.

An index keeps the low half of the hash of each 5 words in a row (`registry.segment`). Two of them in a row,
64 bits, stand for 6 words: one alone would agree by chance with one of 500 million others every tenth time.

Where the runs are more than memory should hold, one in 2^k is kept, by its hash: the same ones in every work
and in the index, so shares are estimated without bias but for that of a ratio (Broder 1997, "mod m" sampling;
Irber et al. 2022, FracMinHash).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from commonweal.registry.index import Index
from commonweal.registry.reading import Row, batches
from commonweal.registry.segment import Segment
from commonweal.registry.texts import Key, digest

WORDS = 6
MOST = 4_000_000
"""Runs of all works that are held at a time, 100 to 200 bytes each while they are counted."""
SPREAD = np.uint64(0x9E3779B97F4A7C15)


def runs_of(marks: Any) -> Any:
    """Return the runs of a text in order, from its shingles: uint32[n] → uint64[n - 1]."""
    wide = np.asarray(marks, dtype=np.uint64)
    return (wide[:-1] << np.uint64(32)) | wide[1:]


def chosen(runs: Any, halvings: int) -> Any:
    """Return which runs are among the one in 2^halvings that are kept: bool[n]."""
    if not halvings:
        return np.ones(len(runs), dtype=bool)
    return (runs * SPREAD) >> np.uint64(64 - halvings) == 0


@dataclass(frozen=True)
class Runs:
    """Different runs of a pool, and which works hold them.

    Attributes
    ----------
    names : uint64[keys, runs]
        The hash of each run under each key, in order of the first key's.
    work, run : int64[pairs]
        Each work with each of its different runs.
    owners : sequence of tuple of str
        Of each work.
    titles : sequence of str
        What the owner calls each work.
    words : int64[works]
    halvings : int
        One run in 2^halvings was kept.
    """

    names: Any
    work: Any
    run: Any
    owners: Sequence[tuple[str, ...]]
    titles: Sequence[str]
    words: Any
    halvings: int


def gather(rows: Iterable[Row], keys: Sequence[Key], most: int = MOST) -> Runs:
    """Return the runs of works, under each of the keys.

    Parameters
    ----------
    rows : iterable of Row
        Taken as they come, in batches.
    keys : sequence of Key
    most : int
        Above this many runs of all works, every second one is given up, by its hash; then every second of
        those.
    """
    held: list[Any] = []
    owners, titles, words = [], [], []
    total = halvings = 0
    for batch in batches(iter(rows)):
        digested = [digest([row.text for row in batch], key) for key in keys]
        bounds = digested[0].mark_bounds
        for i, row in enumerate(batch):
            here = slice(bounds[i], bounds[i + 1])
            runs = _different(np.stack([runs_of(d.marks[here]) for d in digested]), halvings)
            held.append(runs)
            total += runs.shape[1]
            owners.append(row.owners)
            titles.append(row.key)
        words.append(np.diff(digested[0].word_bounds))
        while total > most:
            halvings += 1
            held = [runs[:, chosen(runs[0], halvings)] for runs in held]
            total = sum(runs.shape[1] for runs in held)
    flat = np.concatenate([np.empty((len(keys), 0), np.uint64), *held], axis=1)
    _, first, run = np.unique(flat[0], return_index=True, return_inverse=True)
    work = np.repeat(np.arange(len(held)), [runs.shape[1] for runs in held])
    counted = np.concatenate([np.empty(0, np.int64), *words])
    return Runs(flat[:, first], work, run.astype(np.int64), owners, titles, counted, halvings)


def _different(runs: Any, halvings: int) -> Any:
    """Return the different ones among a text's runs, of those that are kept: uint64[keys, n] both."""
    runs = runs[:, chosen(runs[0], halvings)]
    return runs[:, np.unique(runs[0], return_index=True)[1]]


@dataclass(frozen=True)
class Shelf:
    """A segment and which of its works are in force: bool[works]."""

    segment: Segment
    stays: Any

    @property
    def works(self) -> int:
        """How many are in force."""
        return int(self.stays.sum())

    def marks(self, row: int) -> Any:
        """Return the shingles of a work: uint32[n]."""
        bounds = self.segment.mark_bounds
        return self.segment.marks[bounds[row] : bounds[row + 1]]


def shelves(index: Index) -> list[Shelf]:
    """Return the segments of an index, without what was withdrawn."""
    return [Shelf(s, ~s.rows_of(index.catalog.withdrawn(s.name))) for s in index.segments()]


def frequencies(names: Any, places: Sequence[Shelf], halvings: int = 0) -> Any:
    """Return how many works in force hold each run, by reading all shingles of an index once.

    Parameters
    ----------
    names : uint64[n]
        Different runs, under the index's key.
    places : sequence of Shelf
    halvings : int
        Runs that aren't among the one in 2^halvings are passed over.

    Returns
    -------
    int64[n]
    """
    from commonweal.commons.novelty_kernels import count, table_of

    slots = table_of(names)
    counts, latest = np.zeros(len(names), np.int64), np.full(len(names), -1, np.int64)
    if not len(names):
        return counts
    for place in places:
        latest[:] = -1
        segment = place.segment
        count(names, slots, segment.marks, segment.mark_bounds, place.stays, halvings, counts, latest)
    return counts


def sought(names: Any, wanted: Any) -> tuple[Any, Any]:
    """Return where runs stand among sorted ones, and whether they do: int64[n], bool[n]."""
    at = np.minimum(np.searchsorted(names, wanted), max(len(names) - 1, 0))
    return at, names[at] == wanted if len(names) else np.zeros(len(wanted), dtype=bool)
