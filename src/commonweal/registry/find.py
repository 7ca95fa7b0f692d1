"""Whose works are in a text: near duplicates, passages with their places, and runs that everybody shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from commonweal.errors import InputError
from commonweal.registry.index import Index
from commonweal.registry.segment import Segment
from commonweal.registry.texts import Digested, digest

THRESHOLD = 0.8
COMMON_FROM = 10
MOST = 4_096
BATCH = 2_048


@dataclass(frozen=True)
class Hit:
    """A work, or a run of words that many works share, in a text.

    Attributes
    ----------
    query : int
        Place of the text among those asked.
    kind : {"near", "passage"}
    work : str or None
        Its id in hexadecimal; None for what is common.
    owner, key : str or None
    common : bool
        Shared by `frequency` works: it tells of nobody.
    frequency : int or None
        Works that hold the run's rarest fingerprint.
    jaccard, containment : float or None
        Exact, over different shingles of 5 words: of both texts, and of the asked one.
    spans : tuple of (query start, query end, work start, work end)
        In characters; the work's are -1 for what is common.
    """

    query: int
    kind: str
    work: str | None
    owner: str | None
    key: str | None
    common: bool
    frequency: int | None
    jaccard: float | None
    containment: float | None
    spans: tuple[tuple[int, int, int, int], ...]


def find(
    index: Index,
    texts: Iterable[str],
    *,
    threshold: float = THRESHOLD,
    common_from: int = COMMON_FROM,
    near: bool = True,
    passages: bool = True,
) -> Iterator[Hit]:
    """Yield whose works are in texts, text by text.

    Parameters
    ----------
    index : Index
    texts : iterable of str
        Looked up in batches; memory is bounded by a batch.
    threshold : float
        Jaccard similarity from which a work is a near duplicate. Candidates are compared exactly, so none below is
        returned; at .8 and above 32 bands of 4 miss fewer than one in a million by chance, at .5 one in eight.
    common_from : int
        Works from which on a run is common and names nobody.
    near, passages : bool
        What to look for.

    Raises
    ------
    InputError
        For a threshold outside 0 to 1.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"a threshold of {threshold:g}", mend="above 0, and 1 at most")
    segments = index.segments()
    away = [_away(index, segment) for segment in segments]
    number = 0
    for batch in _batches(texts):
        digested = digest(batch, index.key)
        seeker = _Seeker(index, segments, away, digested, threshold, common_from)
        for d in range(len(batch)):
            yield from seeker.text(d, number + d, near, passages)
        number += len(batch)


def _batches(texts: Iterable[str]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if len(batch) == BATCH or size > 8 << 20:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _away(index: Index, segment: Segment) -> Any:
    """Return which rows of a segment were withdrawn: bool[works]."""
    gone = index.catalog.withdrawn(segment.name)
    if not gone:
        return np.zeros(segment.works, dtype=bool)
    return np.array([segment.id(row) in gone for row in range(segment.works)], dtype=bool)


class _Seeker:
    """Looks texts of one batch up."""

    def __init__(
        self, index: Index, segments: list[Segment], away: list[Any], digested: Digested, threshold: float,
        common_from: int,
    ) -> None:  # fmt: skip
        from commonweal.registry import kernels

        self.kernels = kernels
        self.index, self.segments, self.away, self.digested = index, segments, away, digested
        self.threshold, self.common_from = threshold, common_from
        self.print_bounds = np.searchsorted(digested.print_text, np.arange(len(digested) + 1))

    def text(self, d: int, query: int, near: bool, passages: bool) -> Iterator[Hit]:
        """Yield what is found in one text."""
        bounds = self.digested.mark_bounds
        marks = self.digested.marks[bounds[d] : bounds[d + 1]]
        if not len(marks):
            return
        if near:
            yield from self._near(d, query, marks)
        if passages:
            yield from self._passages(d, query, marks)

    def _near(self, d: int, query: int, marks: Any) -> Iterator[Hit]:
        size = self.kernels.slots_for(len(marks))
        slots, stamps = np.empty(size, np.int64), np.empty(size, np.int64)
        found, jaccard, containment = np.empty(MOST, np.int64), np.empty(MOST), np.empty(MOST)
        for segment, gone in zip(self.segments, self.away, strict=True):
            stamps[:] = -1
            bands = segment.bands
            count = self.kernels.near(
                marks, len(marks), self.digested.band[d], bands.hashes, bands.rows, bands.firsts, bands.shift,
                segment.marks, segment.mark_bounds, segment.different, self.threshold, slots, stamps, found,
                jaccard, containment,
            )  # fmt: skip
            rows = [i for i in range(count) if not gone[found[i]]]
            known = self.index.catalog.get(segment.id(int(found[i])) for i in rows)
            for i in rows:
                work = segment.id(int(found[i]))
                if work in known and not known[work].withdrawn:
                    entry = known[work]
                    yield Hit(
                        query, "near", work.hex(), entry.owner, entry.key, False, None, float(jaccard[i]),
                        float(containment[i]), (),
                    )  # fmt: skip

    def _passages(self, d: int, query: int, marks: Any) -> Iterator[Hit]:
        here = slice(self.print_bounds[d], self.print_bounds[d + 1])
        prints, places = self.digested.prints[here], self.digested.print_place[here]
        if not len(prints):
            return
        frequency = np.zeros(len(prints), np.int64)
        for segment in self.segments:
            p = segment.prints
            self.kernels.frequencies(prints, p.hashes, p.rows, p.firsts, p.shift, frequency)
        if not frequency.any():
            return
        covered = np.zeros(len(marks), np.int64)
        for segment, gone in zip(self.segments, self.away, strict=True):
            rows = self._runs(segment, gone, marks, prints, places, frequency, covered)
            yield from self._named(d, query, segment, rows)
        yield from self._common(d, query, covered)

    def _runs(
        self, segment: Segment, gone: Any, marks: Any, prints: Any, places: Any, frequency: Any, covered: Any
    ) -> Any:
        p = segment.prints
        room = 64
        while True:
            out = np.empty((room, 5), np.int64)
            count = self.kernels.runs(
                marks, prints, places, frequency, self.common_from, covered, p.hashes, p.rows,
                segment.print_place, p.firsts, p.shift, segment.marks, segment.mark_bounds, gone, out,
            )  # fmt: skip
            if count <= room:
                return out[:count]
            room = count

    def _named(self, d: int, query: int, segment: Segment, rows: Any) -> Iterator[Hit]:
        by_row: dict[int, list[Any]] = {}
        for run in rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]:
            by_row.setdefault(int(run[0]), []).append(run)
        known = self.index.catalog.get(segment.id(row) for row in by_row)
        for row, found in by_row.items():
            work = segment.id(row)
            if work not in known or known[work].withdrawn:
                continue
            spans = tuple(self._span(d, segment, run) for run in found)
            entry, least = known[work], min(int(run[4]) for run in found)
            yield Hit(query, "passage", work.hex(), entry.owner, entry.key, False, least, None, None, spans)

    def _span(self, d: int, segment: Segment, run: Any) -> tuple[int, int, int, int]:
        row, here, there, shingles = (int(x) for x in run[:4])
        words = shingles + self.kernels.SHINGLE - 1
        return (*self._words(d, here, here + words - 1), *segment.span(row, there, there + words - 1))

    def _words(self, d: int, first: int, last: int) -> tuple[int, int]:
        base, digested = int(self.digested.word_bounds[d]), self.digested
        return int(digested.starts[base + first]), int(digested.starts[base + last]) + int(
            digested.lengths[base + last]
        )

    def _common(self, d: int, query: int, covered: Any) -> Iterator[Hit]:
        """Yield the stretches that only common runs cover, a hit for each."""
        edges = np.flatnonzero(np.diff(np.concatenate([[0], covered > 0, [0]]).astype(np.int8)))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            span = self._words(d, int(begin), int(end) + self.kernels.SHINGLE - 2)
            least = int(covered[begin:end].min())
            yield Hit(query, "passage", None, None, None, True, least, None, None, ((*span, -1, -1),))
