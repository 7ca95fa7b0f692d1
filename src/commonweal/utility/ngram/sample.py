"""A text to be predicted: the test, or works held out of the training half to tune on.

Each work is cut at a number of words, so that one long work can't decide; with `owners_equal` each owner's
text counts the same. A co-owned work is shared equally by its owners and gives one unit for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from commonweal.pool import Batch, Pool
from commonweal.utility.base import Floats, Ints
from commonweal.utility.ngram.counting import BATCH, Numbers, join
from commonweal.utility.ngram.index import Index, longest
from commonweal.utility.units import unit_slices

HELD_OUT = 0.1  # of the works, to tune on
HELD_OUT_WORDS = 60_000


@dataclass
class Sample:
    """Works to predict.

    Attributes
    ----------
    works : list of int64 arrays
        Word numbers of each work, cut.
    cut : list of bool
        Whether a work goes on after the cut: then its end is not predicted.
    block : list of int
        Block of each work in its pool.
    number : list of int
        Identity of each work in its pool.
    slice : list of str
        Test slice of each work, or empty.
    """

    works: list[Ints]
    cut: list[bool]
    block: list[int]
    number: list[int]
    slice: list[str]

    @property
    def scored(self) -> Ints:
        """Number of predicted words of each work; the end of a work counts as one."""
        return np.array([len(w) + (not c) for w, c in zip(self.works, self.cut, strict=True)], np.int64)

    def relabel(self, new: Ints) -> Sample:
        """Return the sample with word number i replaced by new[i]."""
        return Sample([new[w] for w in self.works], self.cut, self.block, self.number, self.slice)

    def stream(self) -> Ints:
        """Return the works as one stream for `Index.locate`."""
        return join(self.works)


def read(pool: Pool, numbers: Numbers, cap: int | None, slice_by: str | None = None) -> Sample:
    """Read a whole pool as a sample; works without any word are left out."""
    sample = Sample([], [], [], [], [])
    for batch in pool.batches(BATCH):
        labels = unit_slices(batch, slice_by)
        _append(sample, batch, np.arange(len(batch)), numbers, cap, labels)
    return sample


def hold_out(pool: Pool, numbers: Numbers, cap: int | None) -> Sample:
    """Return works of the pool to tune on: about a tenth, spread by a hash of their number.

    Only blocks with two works or more give one away, unless there are none. The choice depends on the
    numbers of the works alone, not on the order they are read in.
    """
    several = pool.works >= 2
    candidates = int(pool.works[several].sum()) if several.any() else pool.n_works
    share = max(HELD_OUT, 4 / max(candidates, 1))
    sample = Sample([], [], [], [], [])
    for batch in pool.batches(BATCH):
        can = several[batch.block] if several.any() else np.ones(len(batch), bool)
        _append(sample, batch, np.flatnonzero(can & (fraction(batch.number) < share)), numbers, cap)
        if sum(map(len, sample.works)) > 2 * HELD_OUT_WORDS:
            sample = _first(sample, HELD_OUT_WORDS)
    return _first(sample, HELD_OUT_WORDS)


def fraction(number: Ints, seed: int = 0) -> Floats:
    """Return a fixed pseudo-random number in [0, 1) for each whole number (SplitMix64)."""
    z = number.astype(np.uint64) + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((z ^ (z >> np.uint64(31))) / 2.0**64, dtype=np.float64)


def _first(sample: Sample, budget: int) -> Sample:
    """Keep the works of smallest hash, at least one, within a budget of words."""
    order = np.argsort(fraction(np.array(sample.number, np.int64)), kind="stable")
    so_far = np.cumsum([len(sample.works[i]) for i in order])
    keep = order[: max(1, int(np.searchsorted(so_far, budget, side="right")))].tolist()
    return Sample(
        [sample.works[i] for i in keep],
        [sample.cut[i] for i in keep],
        [sample.block[i] for i in keep],
        [sample.number[i] for i in keep],
        [],
    )


def _append(
    sample: Sample,
    batch: Batch,
    rows: Ints,
    numbers: Numbers,
    cap: int | None,
    labels: Sequence[str] | None = None,
) -> None:
    texts = batch.text if len(rows) else []
    for row in rows.tolist():
        work = numbers.encode(texts[row], None)  # in full: words beyond the cut are of the vocabulary too
        if not len(work):
            continue
        sample.works.append(work[:cap])
        sample.cut.append(cap is not None and len(work) > cap)
        sample.block.append(int(batch.block[row]))
        sample.number.append(int(batch.number[row]))
        if labels is not None:
            sample.slice.append(labels[row])


@dataclass(frozen=True)
class Units:
    """What is scored: pairs of a work and one of its owners.

    Attributes
    ----------
    work : int64[u]
        Index into the sample's works.
    owner : int64[u]
        Index into the owners of the sample's own pool.
    words : float64[u]
        Weighted number of predicted words: the denominator of a unit's score.
    scored : int64[works]
        Number of predicted words of each work.
    by_work : csr_array[works, nodes]
        How often each n-gram is predicted in each work.
    """

    work: Ints
    owner: Ints
    words: Floats
    scored: Ints
    by_work: csr_array

    @property
    def per_word(self) -> Floats:
        """float64[u]: what a word of its work weighs in each unit."""
        return np.asarray(self.words / self.scored[self.work])

    @property
    def weight(self) -> Floats:
        """float64[nodes]: what each n-gram weighs in the sum of all numerators."""
        of_work = np.bincount(self.work, self.per_word, len(self.scored))
        return np.asarray(of_work @ self.by_work)


def units(sample: Sample, index: Index, pool: Pool, owners_equal: bool) -> Units:
    """Return the units of a sample and how its n-grams make up their scores."""
    members = [pool.blocks[b] for b in sample.block]
    work = np.repeat(np.arange(len(members)), [len(m) for m in members])
    owner = np.array([o for m in members for o in m], np.int64)
    scored = sample.scored
    words = scored[work] / np.array([len(m) for m in members])[work]
    if owners_equal:
        of_owner = np.bincount(owner, words)
        words = words / of_owner[owner] * (words.sum() / np.count_nonzero(of_owner))
    place_work = np.repeat(np.arange(len(members)), [len(w) + 1 for w in sample.works])
    node = longest(index.locate(sample.stream()))[1:]
    ends = np.cumsum([len(w) + 1 for w in sample.works]) - 1
    counted = np.ones(len(node), bool)
    counted[ends[np.array(sample.cut, bool)]] = False
    shape = (len(members), index.nodes)
    by_work = csr_array((np.ones(counted.sum()), (place_work[counted], node[counted])), shape=shape)
    return Units(work, owner, words, scored, by_work)
