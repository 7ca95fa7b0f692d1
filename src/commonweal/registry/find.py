"""Whose works are in a text: near duplicates, passages with their places, and runs that everybody shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from commonweal.errors import InputError
from commonweal.registry.catalog import Entry
from commonweal.registry.index import Index
from commonweal.registry.segment import Segment
from commonweal.registry.texts import Digested, digest

THRESHOLD = 0.8
COMMON_FROM = 10
BATCH = 2_048
BATCH_CHARACTERS = 8 << 20
AT_ONCE = 1 << 20
"""Hits, from which on no further text is begun before these are told."""


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
        Works that hold the rarest 16 words of the passages; of what is common, the rarest common ones.
    jaccard, containment : float or None
        Exact, over different shingles of 5 words: of both texts, and of the asked one.
    spans : tuple of (query start, query end, work start, work end)
        In characters; the work's are -1 for what is common.
    index : int
        Place of the work's index among those asked.
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
    index: int = 0


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
        Looked up in batches; memory is bounded by a batch and the hits of one text.
    threshold : float
        Jaccard similarity from which a work is a near duplicate. Candidates are compared exactly, so none
        below is returned; at .8 and above 32 bands of 4 miss fewer than one in a million by chance, at .5 one
        in eight.
    common_from : int
        Works from which on 16 words are common; a run names its work if at least 8 of its words are in no
        such 16.
    near, passages : bool
        What to look for.

    Raises
    ------
    InputError
        For a threshold outside 0 to 1, or if fewer than 2 works were to be many.
    """
    return find_all(
        [index], texts, threshold=threshold, common_from=common_from, near=near, passages=passages
    )


def find_all(
    indexes: Sequence[Index],
    texts: Iterable[str],
    *,
    threshold: float = THRESHOLD,
    common_from: int = COMMON_FROM,
    near: bool = True,
    passages: bool = True,
) -> Iterator[Hit]:
    """Yield whose works are in texts, of several indexes at once, each under its own key: see `find`.

    Works that hold the same run are counted over all indexes; one that is in two of them counts twice.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"a threshold of {threshold:g}", mend="above 0, and 1 at most")
    if common_from < 2:
        raise InputError(f"common from {common_from} works on", mend="2 at least")
    return _found(indexes, texts, threshold, common_from, near, passages)


def _found(
    indexes: Sequence[Index],
    texts: Iterable[str],
    threshold: float,
    common_from: int,
    near: bool,
    passages: bool,
) -> Iterator[Hit]:
    number = 0
    for batch in _batches(texts):
        search = _Search(indexes, batch, number)
        for begin, end, similar, runs in search.rounds(threshold, near, passages):
            hits = [*search.near(similar), *search.passages(begin, end, runs, common_from)]
            yield from sorted(hits, key=lambda hit: hit.query)
        number += len(batch)


def _batches(texts: Iterable[str]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if len(batch) == BATCH or size > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@dataclass(frozen=True)
class _Shelf:
    """A segment to look in, and the texts digested under its key; `gone` bool[works]: withdrawn."""

    index: int
    segment: Segment
    gone: Any
    digested: Digested


class _Search:
    """Looks a batch of texts up."""

    def __init__(self, indexes: Sequence[Index], batch: Sequence[str], number: int) -> None:
        digested = {index.key: digest(batch, index.key) for index in indexes}
        self.indexes, self.number, self.count = indexes, number, len(batch)
        self.shelves = [
            _Shelf(i, segment, segment.rows_of(index.catalog.withdrawn(segment.name)), digested[index.key])
            for i, index in enumerate(indexes)
            for segment in index.segments()
        ]

    def rounds(self, threshold: float, near: bool, passages: bool) -> Iterator[tuple[int, int, Any, Any]]:
        """Yield (first text, end, near hits, runs), of as many texts as memory holds the hits of.

        Hits are int64[m, 5]: shelf, text, row, shingles that both have, the text's; runs are int64[m, 6]:
        shelf, text, row, place in the text, place in the work, shingles. Both are in that order.
        """
        begin = 0
        while begin < self.count:
            end = self.count
            similar, runs = [], []
            for shelf in self.shelves:
                if near:
                    found, end = _near(shelf, threshold, begin, end)
                    similar.append(found)
                if passages:
                    found, end = _runs(shelf, begin, end)
                    runs.append(found)
            yield begin, end, _stacked(similar, 4, end), _stacked(runs, 5, end)
            begin = end

    def near(self, hits: Any) -> Iterator[Hit]:
        """Yield near duplicates."""
        entries = self._entries(hits)
        for shelf, text, row, both, own in hits.tolist():
            entry = entries.get((shelf, row))
            if entry is not None:
                place = self.shelves[shelf]
                jaccard = both / (own + int(place.segment.different[row]) - both)
                yield Hit(
                    self.number + text, "near", entry.work.hex(), entry.owner, entry.key, False, None,
                    jaccard, both / own, (), place.index,
                )  # fmt: skip

    def passages(self, begin: int, end: int, runs: Any, common_from: int) -> Iterator[Hit]:
        """Yield whose passages the texts from `begin` to `end` hold, and what they hold that is common."""
        if not len(runs):
            return
        named, frequency, stretches = self._judged(begin, end, runs, common_from)
        yield from self._named(runs[named], frequency[named])
        yield from self._common(stretches)

    def _judged(self, begin: int, end: int, runs: Any, common_from: int) -> tuple[Any, Any, Any]:
        from commonweal.registry.kernels import judge_all

        named, frequency = np.empty(len(runs), dtype=bool), np.empty(len(runs), np.int64)
        edges = np.searchsorted(runs[:, 1], np.arange(begin, end + 1))
        bounds = self.shelves[0].digested.mark_bounds[begin : end + 1]
        group = np.cumsum(_new(runs[:, :3]))
        stretches = judge_all(runs, group, edges, bounds, common_from, named, frequency)
        stretches[:, 0] += begin
        return named, frequency, stretches

    def _named(self, runs: Any, frequency: Any) -> Iterator[Hit]:
        entries = self._entries(runs)
        spans = self._spans(runs)
        edges = np.append(np.flatnonzero(_new(runs[:, :3])), len(runs))
        for first, end in pairwise(edges):
            shelf, text, row = runs[first, :3].tolist()
            entry = entries.get((shelf, row))
            if entry is not None:
                places = tuple((a, b, c, d) for a, b, c, d in spans[first:end].tolist())
                yield Hit(
                    self.number + text, "passage", entry.work.hex(), entry.owner, entry.key, False,
                    int(frequency[first:end].min()), None, None, places, self.shelves[shelf].index,
                )  # fmt: skip

    def _spans(self, runs: Any) -> Any:
        """Return the spans of runs: int64[m, 4]."""
        from commonweal.registry.kernels import SHINGLE

        spans = np.empty((len(runs), 4), np.int64)
        last = runs[:, 5] + SHINGLE - 2
        spans[:, 0], spans[:, 1] = self._places(runs[:, 1], runs[:, 3], runs[:, 3] + last)
        for number, shelf in enumerate(self.shelves):
            here = runs[:, 0] == number
            row, first = runs[here, 2], runs[here, 4]
            spans[here, 2] = shelf.segment.words(row, first)[0]
            spans[here, 3] = shelf.segment.words(row, first + last[here])[1]
        return spans

    def _places(self, texts: Any, first: Any, last: Any) -> tuple[Any, Any]:
        """Return where words of the texts that are looked up begin and end, in characters."""
        digested = self.shelves[0].digested
        base = digested.word_bounds[texts]
        return digested.starts[base + first], digested.starts[base + last].astype(
            np.int64
        ) + digested.lengths[base + last]

    def _common(self, found: Any) -> Iterator[Hit]:
        from commonweal.registry.kernels import SHINGLE

        first, last = self._places(found[:, 0], found[:, 1], found[:, 2] + SHINGLE - 2)
        for (text, _, _, holders), begin, end in zip(
            found.tolist(), first.tolist(), last.tolist(), strict=True
        ):
            yield Hit(
                self.number + text, "passage", None, None, None, True, holders, None, None,
                ((begin, end, -1, -1),),
            )  # fmt: skip

    def _entries(self, hits: Any) -> dict[tuple[int, int], Entry]:
        """Return what catalogs know of the works in force among (shelf, text, row, …)."""
        entries = {}
        for number, shelf in enumerate(self.shelves):
            rows = np.unique(hits[hits[:, 0] == number, 2]).tolist()
            ids = {row: shelf.segment.id(row) for row in rows}
            known = self.indexes[shelf.index].catalog.get(ids.values())
            for row, work in ids.items():
                if work in known and not known[work].withdrawn:
                    entries[number, row] = known[work]
        return entries


def _near(shelf: _Shelf, threshold: float, begin: int, end: int) -> tuple[Any, int]:
    from commonweal.registry import kernels

    digested, bands, segment = shelf.digested, shelf.segment.bands, shelf.segment
    found: tuple[Any, int] = kernels.near(
        digested.marks, digested.mark_bounds, digested.band, bands.hashes, bands.rows, bands.firsts,
        bands.shift, segment.marks, segment.mark_bounds, segment.different, shelf.gone, threshold, begin, end,
        AT_ONCE,
    )  # fmt: skip
    return found


def _runs(shelf: _Shelf, begin: int, end: int) -> tuple[Any, int]:
    from commonweal.registry import kernels

    digested, prints, segment = shelf.digested, shelf.segment.prints, shelf.segment
    found: tuple[Any, int] = kernels.runs(
        digested.marks, digested.mark_bounds, digested.prints, digested.print_bounds, digested.print_place,
        prints.hashes, prints.rows, segment.print_place, prints.firsts, prints.shift, segment.marks,
        segment.mark_bounds, shelf.gone, begin, end, AT_ONCE,
    )  # fmt: skip
    return found


def _stacked(found: list[Any], width: int, end: int) -> Any:
    """Return what was found in texts before `end`, the shelf's number first, in order of texts."""
    kept = [rows[rows[:, 0] < end] for rows in found]
    stacked = np.empty((sum(map(len, kept)), width + 1), np.int64)
    at = 0
    for number, rows in enumerate(kept):
        here = stacked[at : at + len(rows)]
        here[:, 0], here[:, 1:] = number, rows
        at += len(rows)
    shelf, text, row, place, other = stacked[:, :5].T
    return stacked[np.lexsort([place << 32 | other, row, text * len(found) + shelf])]


def _new(keys: Any) -> Any:
    """Return which rows differ from the one before: bool[m]."""
    return np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)])[: len(keys)]
